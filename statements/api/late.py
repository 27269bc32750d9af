"""Late documents over HTTP (docs/api.md)."""

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from core.api.answers import Money, json_response
from core.api.caller import Bearer, request_token
from core.api.lists import After, Day, Limit, QueryText, day_of, page_of
from core.api.models import Token
from statements.models import PosTransaction
from statements.queries.late import days_late, late_documents, late_kind

router = Router(tags=["Statements"])
ORDER = ("-business_date", "-pk")


class LateDocumentOut(Schema):
    """A document that came in after its day was posted: what it is, and the statement that took it (null: none yet).

    `posted_on` is the date of its entries where that is not the business date, because its period was closed.
    """

    what: str
    store: str
    terminal: str
    transaction: str
    kind: str
    business_date: date
    day_posted_at: datetime
    arrived_at: datetime
    days_late: int
    validation: str
    statement: str | None
    posted_on: date | None
    total: Money
    currency: str


class LateDocumentPage(Schema):
    """A page, newest business date first; `next` is the cursor of the page after it, null on the last."""

    rows: list[LateDocumentOut]
    next: str | None


@router.get(
    "/late-documents",
    auth=Bearer(Token.Verb.VIEW_STATEMENTS),
    response=LateDocumentPage,
    operation_id="list_late_documents",
    summary="Documents that came after their day was posted",
)
def list_late_documents(
    request: HttpRequest, store: QueryText = "", business_date: Day = "", after: After = "", limit: Limit = 100
) -> HttpResponse:
    """Late documents of the token's stores."""
    rows = PosTransaction.objects.filter(request_token(request).at("store__code"))
    rows = rows.filter(store__code=store) if store else rows
    day = day_of(business_date)
    page = page_of(late_documents(rows.filter(business_date=day) if day else rows), ORDER, after, limit)
    found = LateDocumentPage(rows=[late_document_out(row) for row in page.rows], next=page.later or None)
    return json_response(200, found.model_dump(mode="json"))


def late_document_out(row: PosTransaction) -> LateDocumentOut:
    """A late document for an answer."""
    assert row.day_posted_at is not None
    return LateDocumentOut(
        what=late_kind(row),
        store=row.store.code,
        terminal=row.terminal.code,
        transaction=row.number,
        kind=row.kind,
        business_date=row.business_date,
        day_posted_at=row.day_posted_at,
        arrived_at=row.imported_at,
        days_late=days_late(row),
        validation=row.validation_status,
        statement=row.statement.number if row.statement else None,
        posted_on=row.statement.posting_date if row.statement else None,
        total=row.total,
        currency=row.currency_id,
    )
