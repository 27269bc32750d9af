"""Fiscal periods over HTTP (docs/api.md)."""

from datetime import date
from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from core.api.answers import Reply, json_response, refusal
from core.api.bodies import idempotent, value_of
from core.api.caller import Bearer, request_token
from core.api.documents import object_body
from core.api.lists import After, Limit, Named, QueryText, page_of
from core.api.models import Token
from core.lib.problems import Problem, register_texts
from ledger.models import FiscalPeriod
from ledger.rules.master_data import month_of
from ledger.services import set_month

register_texts("UNKNOWN_LEGAL_ENTITY", {"of_token": "There is no legal entity {company}, or the token is not for all of its stores."})

router = Router(tags=["Periods"])
ORDER = ("-starts_on", "legal_entity__code", "pk")


class PeriodIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a month shall be: open or closed; with `stock` only movements of goods in it."""

    status: Literal["open", "closed"]
    stock: bool = False


class PeriodOut(Schema):
    """A period: `status` is for everything, `stock_status` for movements of goods."""

    legal_entity: str
    starts_on: date
    ends_on: date
    status: str
    stock_status: str


class PeriodPage(Schema):
    """A page, the latest first; `next` is the cursor of the page after it, null on the last."""

    rows: list[PeriodOut]
    next: str | None


class OpenDocumentOut(Schema):
    """Documents of a store and day that are not posted: a statement with its number, or transactions on none."""

    kind: str
    store: str
    day: date
    document: str
    state: str
    documents: int


class PeriodSetOut(Schema):
    """Whether the call changed the month, and what is not posted in it."""

    legal_entity: str
    month: str
    stock: bool
    status: str
    changed: bool
    open: list[OpenDocumentOut]


@router.get(
    "/fiscal-periods", auth=Bearer(Token.Verb.CLOSE_PERIODS), response=PeriodPage, operation_id="list_fiscal_periods", summary="Periods"
)
def list_fiscal_periods(request: HttpRequest, legal_entity: QueryText = "", after: After = "", limit: Limit = 100) -> HttpResponse:
    """Periods of all companies, or of one; a token that is not for all stores sees none."""
    rows = FiscalPeriod.objects.select_related("legal_entity")
    rows = rows if request_token(request).all_stores else rows.none()
    page = page_of(rows.filter(legal_entity__code=legal_entity) if legal_entity else rows, ORDER, after, limit)
    found = [
        PeriodOut(
            legal_entity=row.legal_entity.code,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            status=row.status,
            stock_status=row.stock_status,
        )
        for row in page.rows
    ]
    return json_response(200, PeriodPage(rows=found, next=page.later or None).model_dump(mode="json"))


@router.post(
    "/fiscal-periods/{legal_entity}/{month}",
    auth=Bearer(Token.Verb.CLOSE_PERIODS),
    response=PeriodSetOut,
    operation_id="set_fiscal_period",
    summary="Close or open a month",
    openapi_extra=object_body(PeriodIn, required=True),
)
def set_fiscal_period(request: HttpRequest, legal_entity: Named, month: Named) -> HttpResponse:
    """Closes or opens a month (YYYY-MM) of a company, or only its stock; says what is not posted in it, which waits."""
    asked = value_of(request, PeriodIn)
    token = request_token(request)
    if not token.all_stores:
        raise refusal(Problem("UNKNOWN_LEGAL_ENTITY", {"company": legal_entity}, variant="of_token"))

    def close() -> Reply:
        done = set_month(legal_entity, month_of(month), asked.status, token.actor, stock=asked.stock)
        answer: dict[str, Any] = {"legal_entity": legal_entity, "month": month, "stock": asked.stock, "status": asked.status}
        rows = [OpenDocumentOut(**row._asdict()) for row in done.open_documents]
        return Reply(200, PeriodSetOut(**answer, changed=done.changed, open=rows).model_dump(mode="json"))

    return idempotent(request, close).response()
