"""Recalls over HTTP (docs/api.md)."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from core.api.answers import Quantity, json_response
from core.api.caller import Bearer, request_token
from core.api.lists import DAY, After, Limit, QueryText, day_of, page_of
from core.api.models import Token
from statements.models import RecallLine
from statements.rules.recall import Certainty
from statements.services.recall import RecallRequest, kept_recall

router = Router(tags=["Recalls"])
ORDER = ("certainty", "pk")
FromDay = Annotated[str, Query(alias="from", pattern=DAY, examples=["2017-01-01"])]
ThroughDay = Annotated[str, Query(alias="through", pattern=DAY, examples=["2017-01-31"])]


class RecallRow(Schema):
    """A sale that was of the batch for certain, probably or possibly; `batch` is the one that the books name, blank before posting."""

    certainty: str
    reason: str
    store: str
    terminal: str
    transaction: str
    line: int
    customer: str
    item: str
    batch: str
    quantity: Quantity
    business_date: date


class RecallPage(Schema):
    """A page, the surest first; `next` is the cursor of the page after it, null on the last. `recall` is the answer that it is of."""

    recall: int
    rows: list[RecallRow]
    next: str | None


@router.get("/recalls", auth=Bearer(Token.Verb.VIEW_RECALLS), response=RecallPage, operation_id="list_recalls", summary="Who got a batch")
def list_recalls(
    request: HttpRequest,
    item: QueryText,
    batch: QueryText,
    first: FromDay = "",
    last: ThroughDay = "",
    after: After = "",
    limit: Limit = 100,
) -> HttpResponse:
    """Sales in the token's stores that may have been of a batch, between two business dates where given.

    An answer is kept for ten minutes, so that its pages fit together.
    """
    recall = kept_recall(RecallRequest(item, batch, day_of(first), day_of(last)), request_token(request).actor)
    rows = RecallLine.objects.filter(request_token(request).at("store__code"), recall=recall).select_related("store")
    page = page_of(rows, ORDER, after, limit)
    found = RecallPage(recall=recall.pk, rows=[recall_row(row, item) for row in page.rows], next=page.later or None)
    return json_response(200, found.model_dump(mode="json"))


def recall_row(row: RecallLine, item: str) -> RecallRow:
    """A line for an answer."""
    return RecallRow(
        certainty=Certainty(row.certainty).label,
        reason=row.reason,
        store=row.store.code,
        terminal=row.terminal,
        transaction=row.document,
        line=row.line_number,
        customer=row.customer_code,
        item=item,
        batch=row.batch_number,
        quantity=row.quantity,
        business_date=row.business_date,
    )
