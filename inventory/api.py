"""Stock over HTTP (docs/api.md)."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from core.api.answers import Quantity, json_response
from core.api.caller import Bearer, request_token
from core.api.lists import After, Limit, QueryText, page_of
from core.api.models import Token
from inventory.models import OnHand, Warehouse

router = Router(tags=["Stock"])
ORDER = ("warehouse__code", "item__code", "pk")


class OnHandRow(Schema):
    """Stock of an item, and of a batch of it where it is tracked, in the item's unit; `available` is what nobody has reserved."""

    warehouse: str
    item: str
    unit: str
    batch: str | None
    physical: Quantity
    reserved: Quantity
    available: Quantity


class OnHandPage(Schema):
    """A page; `next` is the cursor of the page after it, null on the last."""

    rows: list[OnHandRow]
    next: str | None


@router.get("/on-hand", auth=Bearer(Token.Verb.VIEW_STOCK), response=OnHandPage, operation_id="list_on_hand", summary="On-hand stock")
def list_on_hand(
    request: HttpRequest,
    warehouse: QueryText = "",
    item: QueryText = "",
    batch: QueryText = "",
    after: After = "",
    limit: Limit = 100,
) -> HttpResponse:
    """Stock in the warehouses of the token's stores, by warehouse and item; a token for all stores sees warehouses without store too."""
    wanted = {"warehouse__code": warehouse, "item__code": item, "batch__number": batch}
    rows = OnHand.objects.filter(**{path: code for path, code in wanted.items() if code}).select_related("warehouse", "item", "batch")
    if not request_token(request).all_stores:
        # Stores stand in a higher room; their warehouses are found by the name of the relation.
        rows = rows.filter(warehouse__in=Warehouse.objects.filter(request_token(request).at("store__code")).values("pk"))
    page = page_of(rows, ORDER, after, limit)
    return json_response(200, OnHandPage(rows=[on_hand_row(row) for row in page.rows], next=page.later or None).model_dump(mode="json"))


def on_hand_row(row: OnHand) -> OnHandRow:
    """A row of stock for an answer."""
    return OnHandRow(
        warehouse=row.warehouse.code,
        item=row.item.code,
        unit=row.item.unit_id,
        batch=row.batch.number if row.batch else None,
        physical=row.physical,
        reserved=row.reserved,
        available=row.physical - row.reserved,
    )
