"""Stock and journals over HTTP (docs/api.md)."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from core.api.answers import ErrorItem, Quantity, Reply, item_of, json_response, nothing_kept, stored_item
from core.api.bodies import Rows, idempotent, rows_of
from core.api.caller import Bearer, request_token
from core.api.documents import rows_body
from core.api.lists import DAY, After, Limit, QueryText, day_of, page_of
from core.api.models import Token
from core.files.document_lines import DocumentLines
from core.lib.document_kinds import SourceKind
from core.lib.imports import BatchResult, Reject, Row
from core.lib.problems import Problem, register_texts
from inventory.models import BatchDebt, JournalLine, OnHand, Warehouse
from inventory.queries.expiring import EXPIRING_SORTS, dated_stock
from inventory.queries.lists import NAMED_OF_STOCK
from inventory.rules.barcodes import canonical_barcode
from inventory.rules.fallback_budget import week_of
from inventory.services.available import add_available
from inventory.services.document_lines import JOURNAL_LINES, RECEIPT_LINES, JournalLineIn, ReceiptLineIn, meant_by_calls
from inventory.services.expiring import advise_within, row_values
from inventory.services.fallback_weeks import line_values, lines_of_week
from inventory.services.journals import import_journals
from inventory.services.receipts import receive_lines
from ledger.models import Reversal

register_texts("STORE_NOT_ALLOWED", {"warehouse": "The token {token} is not for warehouse {warehouse}."})

RowT = TypeVar("RowT", bound=Model)
LineT = TypeVar("LineT")
router = Router(tags=["Stock"])
ORDER = ("warehouse__code", "item__code", "pk")
OfWeek = Annotated[str, Query(pattern=DAY, examples=["2017-01-02"])]
Days = Annotated[int, Query(ge=0, le=3650, examples=[14])]


class OnHandRow(Schema):
    """Stock of an item, or of a batch of it, in the item's unit; `available` is unreserved, nothing of an expired or blocked batch."""

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
    barcode: QueryText = "",
    after: After = "",
    limit: Limit = 100,
) -> HttpResponse:
    """Stock in the warehouses of the token's stores, by warehouse and item; a token for all stores sees warehouses without store too.

    `barcode` finds the item in whatever form its GTIN was read, with 8, 12, 13 or 14 digits.
    """
    wanted = {"warehouse__code": warehouse, "item__code": item, "batch__number": batch, "item__barcode": canonical_barcode(barcode)}
    rows = OnHand.objects.filter(**{path: code for path, code in wanted.items() if code}).select_related(*NAMED_OF_STOCK)
    page = page_of(_in_warehouses_of(request_token(request), rows), ORDER, after, limit)
    add_available(page.rows)
    return json_response(200, OnHandPage(rows=[on_hand_row(row) for row in page.rows], next=page.later or None).model_dump(mode="json"))


def on_hand_row(row: Any) -> OnHandRow:
    """A row of stock for an answer; `add_available` was there before."""
    return OnHandRow(
        warehouse=row.warehouse.code,
        item=row.item.code,
        unit=row.item.unit_id,
        batch=row.batch.number if row.batch else None,
        physical=row.physical,
        reserved=row.reserved,
        available=row.available,
    )


class PostedJournalLine(Schema):
    """A posted line, in the item's unit: of a count what was there, of others the change; `reversed`: the journal was taken back."""

    legal_entity: str
    journal: str
    line: int
    kind: str
    warehouse: str
    to_warehouse: str | None
    item: str
    batch: str | None
    quantity: Quantity
    date: date
    reason: str
    posted_at: datetime
    reversed: bool


class PostedJournalPage(Schema):
    """A page, what was posted last first; `next` is the cursor of the page after it, null on the last."""

    rows: list[PostedJournalLine]
    next: str | None


@router.get("/journals", auth=Bearer(Token.Verb.VIEW_STOCK), response=PostedJournalPage, operation_id="list_journals", summary="Journals")
def list_journals(
    request: HttpRequest, journal: QueryText = "", warehouse: QueryText = "", after: After = "", limit: Limit = 100
) -> HttpResponse:
    """Lines of journals in the warehouses of the token's stores, of a transfer either of its two."""
    rows = JournalLine.objects.filter(**{"journal__number": journal} if journal else {})
    if warehouse:
        rows = rows.filter(Q(warehouse__code=warehouse) | Q(to_warehouse__code=warehouse))
    if not request_token(request).all_stores:
        own = _warehouses_of(request_token(request)).values("pk")
        rows = rows.filter(Q(warehouse__in=own) | Q(to_warehouse__in=own))
    back = Reversal.objects.filter(source_kind=SourceKind.JOURNAL, source_id=OuterRef("journal_id"))
    rows = rows.annotate(is_reversed=Exists(back))
    page = page_of(rows.select_related("journal__legal_entity", "warehouse", "to_warehouse", "item", "batch"), ("-pk",), after, limit)
    found = [
        PostedJournalLine(
            legal_entity=row.journal.legal_entity.code,
            journal=row.journal.number,
            line=row.line_number,
            kind=row.kind,
            warehouse=row.warehouse.code,
            to_warehouse=row.to_warehouse.code if row.to_warehouse else None,
            item=row.item.code,
            batch=row.batch.number if row.batch else None,
            quantity=row.quantity,
            date=row.date,
            reason=row.reason,
            posted_at=row.journal.posted_at,
            reversed=row.is_reversed,  # type: ignore[attr-defined]  # annotated
        )
        for row in page.rows
    ]
    return json_response(200, PostedJournalPage(rows=found, next=page.later or None).model_dump(mode="json"))


class JournalLineOut(Schema):
    """What became of a line: posted, known with the same content, or refused (`errors`)."""

    row: int
    key: str
    status: Literal["new", "unchanged", "refused"]
    errors: list[ErrorItem]


class JournalsOut(Schema):
    """What became of every line, in the order of the call."""

    new: int
    unchanged: int
    refused: int
    rows: list[JournalLineOut]


@router.post(
    "/journals",
    auth=Bearer(Token.Verb.POST_JOURNALS),
    response=JournalsOut,
    operation_id="post_journals",
    summary="Post lines of inventory journals",
    openapi_extra=rows_body(JournalLineIn),
)
def post_journals(request: HttpRequest) -> HttpResponse:
    """Posts lines of journals in their order; each is answered for itself, so good ones are posted though others are refused.

    A line that is there with the same content is unchanged; with other content it is refused (CONFLICT).
    """
    rows = rows_of(request)
    return idempotent(request, lambda: _post_journals(request_token(request), rows)).response()


class ReceivedLineOut(JournalLineOut):
    """The same of a line of a receipt, and what should be looked at although it was taken (`warnings`)."""

    warnings: list[ErrorItem]


class ReceivedOut(Schema):
    """What became of every line, in the order of the call."""

    new: int
    unchanged: int
    refused: int
    rows: list[ReceivedLineOut]


@router.post(
    "/receipts",
    auth=Bearer(Token.Verb.POST_JOURNALS),
    response=ReceivedOut,
    operation_id="post_receipts",
    summary="Receive goods",
    openapi_extra=rows_body(ReceiptLineIn),
)
def post_receipts(request: HttpRequest) -> HttpResponse:
    """Takes in lines of receipts of goods; each is answered for itself, so good ones are in stock though others are refused.

    A line that is there with the same content is unchanged; with other content it is refused (CONFLICT).
    """
    rows = rows_of(request)
    return idempotent(request, lambda: _post_receipts(request_token(request), rows)).response()


def _post_journals(token: Token, rows: Rows) -> Reply:
    done = _post_lines(token, rows, JOURNAL_LINES, lambda row: (row.warehouse, row.to_warehouse), import_journals)
    answer = JournalsOut(**done.counts, rows=[JournalLineOut(**values) for values in done.rows])
    return Reply(200, answer.model_dump(mode="json"))


def _post_receipts(token: Token, rows: Rows) -> Reply:
    done = _post_lines(token, rows, RECEIPT_LINES, lambda row: (row.warehouse,), receive_lines)
    answers = [ReceivedLineOut(**values, warnings=done.warnings.get(values["row"], [])) for values in done.rows]
    return Reply(200, ReceivedOut(**done.counts, rows=answers).model_dump(mode="json"))


class PostedLines(NamedTuple):
    """What became of the lines of a call, counted and line by line, and what should be looked at, by line."""

    counts: dict[str, int]
    rows: list[dict[str, Any]]
    warnings: dict[int, list[ErrorItem]]


def _post_lines(
    token: Token,
    rows: Rows,
    lines: DocumentLines[LineT],
    warehouses_of: Callable[[LineT], Collection[str]],
    post: Callable[[Sequence[Row[LineT]], str], BatchResult],
) -> PostedLines:
    """Posts what can be posted. Raises ApiError when nothing could be: then nothing has changed."""
    found = list(lines.read(rows.lines, meant_by_calls()))
    own = None if token.all_stores else set(_warehouses_of(token).values_list("code", flat=True))
    errors: dict[int, list[ErrorItem]] = {}
    readable: list[Row[LineT]] = []
    for row in found:
        if isinstance(row, Reject):
            errors[row.row] = [stored_item(row.code, row.message, row=row.row, key=row.key or None)]
        elif foreign := [code for code in warehouses_of(row.value) if code and own is not None and code not in own]:
            problem = Problem("STORE_NOT_ALLOWED", {"token": token.name, "warehouse": foreign[0]}, variant="warehouse")
            errors[row.number] = [item_of(problem, row=row.number, key=row.key)]
        else:
            readable.append(row)
    result = post(readable, token.actor) if readable else BatchResult()
    errors |= {reject.row: [stored_item(reject.code, reject.message, row=reject.row, key=reject.key)] for reject in result.rejects}
    if len(errors) == len(found):
        raise nothing_kept(errors, many=rows.many)
    repeated = set(result.repeated)
    answers: list[dict[str, Any]] = [
        {
            "row": number,
            "key": row.key,
            "status": "refused" if number in errors else "unchanged" if number in repeated else "new",
            "errors": errors.get(number, []),
        }
        for number, row in enumerate(found, 1)
    ]
    counted = Counter(answer["status"] for answer in answers)
    warnings: dict[int, list[ErrorItem]] = {}
    for one in result.warnings:
        warnings.setdefault(one.row, []).append(stored_item(one.code, one.message, row=one.row, key=one.key))
    return PostedLines({status: counted[status] for status in ("new", "unchanged", "refused")}, answers, warnings)


def _warehouses_of(token: Token) -> "QuerySet[Warehouse, Warehouse]":
    """The warehouses of the token's stores; of a token for all stores those without store, too."""
    # Stores stand in a higher room; their warehouses are found by the name of the relation.
    return Warehouse.objects.all() if token.all_stores else Warehouse.objects.filter(token.at("store__code"))


def _in_warehouses_of(token: Token, rows: "QuerySet[RowT, RowT]") -> "QuerySet[RowT, RowT]":
    """Those of the rows that are in the warehouses of the token's stores."""
    return rows if token.all_stores else rows.filter(warehouse__in=_warehouses_of(token).values("pk"))


class BatchDebtRow(Schema):
    """What is owed on a default batch, in the item's unit: since when, how much is open, why no real batch served the sale."""

    warehouse: str
    item: str
    unit: str
    batch: str
    business_date: date
    quantity: Quantity
    open_quantity: Quantity
    reason: str


class BatchDebtPage(Schema):
    """A page; `next` is the cursor of the page after it, null on the last."""

    rows: list[BatchDebtRow]
    next: str | None


@router.get("/batch-debt", auth=Bearer(Token.Verb.VIEW_STOCK), response=BatchDebtPage, operation_id="list_batch_debt", summary="Batch debt")
def list_batch_debt(
    request: HttpRequest, warehouse: QueryText = "", item: QueryText = "", after: After = "", limit: Limit = 100
) -> HttpResponse:
    """Open batch debt in the warehouses of the token's stores, oldest first; a token for all stores sees warehouses without store too."""
    wanted = {"warehouse__code": warehouse, "item__code": item}
    rows = BatchDebt.objects.filter(open_quantity__gt=0, **{path: code for path, code in wanted.items() if code})
    rows = _in_warehouses_of(request_token(request), rows)
    page = page_of(rows.select_related("warehouse", "item", "batch"), ("business_date", "pk"), after, limit)
    found = [
        BatchDebtRow(
            warehouse=row.warehouse.code,
            item=row.item.code,
            unit=row.item.unit_id,
            batch=row.batch.number,
            business_date=row.business_date,
            quantity=row.quantity,
            open_quantity=row.open_quantity,
            reason=row.reason,
        )
        for row in page.rows
    ]
    return json_response(200, BatchDebtPage(rows=found, next=page.later or None).model_dump(mode="json"))


class ExpiringRow(Schema):
    """A batch that expires, in the item's unit: what it is worth (null: not known), what sells in time, and what to do with `quantity`.

    `advice` is sells, transfer (to `to_warehouse`), mark_down, write_off or blocked; null where all of it is reserved, or the warehouse is
    not active.
    """

    expires_on: date
    days_left: int
    warehouse: str
    item: str
    unit: str
    batch: str
    physical: Quantity
    reserved: Quantity
    value: Quantity | None
    sells_in_time: Quantity
    advice: str | None
    quantity: Quantity
    to_warehouse: str | None


class ExpiringPage(Schema):
    """A page; `next` is the cursor of the page after it, null on the last."""

    rows: list[ExpiringRow]
    next: str | None


@router.get(
    "/expiring-stock",
    auth=Bearer(Token.Verb.VIEW_STOCK),
    response=ExpiringPage,
    operation_id="list_expiring_stock",
    summary="Stock that expires",
)
def list_expiring_stock(
    request: HttpRequest, days: Days = 14, warehouse: QueryText = "", item: QueryText = "", after: After = "", limit: Limit = 100
) -> HttpResponse:
    """Stock that is expired or will be within so many days in the warehouses of the token's stores, the first to expire first."""
    wanted = {"warehouse__code": warehouse, "item__code": item}
    rows = dated_stock().filter(
        batch__expires_on__lte=timezone.localdate() + timedelta(days=days), **{path: code for path, code in wanted.items() if code}
    )
    token = request_token(request)
    page = page_of(_in_warehouses_of(token, rows), EXPIRING_SORTS["expires_on"], after, limit)
    advise_within(page.rows, list(_warehouses_of(token).values_list("pk", flat=True)))
    found = ExpiringPage(rows=[ExpiringRow(**row_values(row)) for row in page.rows], next=page.later or None)
    return json_response(200, found.model_dump(mode="json"))


class FallbackRow(Schema):
    """What went to default batches of an item group in a warehouse in the week from `week`, at cost, with its limits (null: none).

    `share` is percent of what was sold, null where nothing was; `state` is within, will_be_over or over.
    """

    week: date
    warehouse: str
    item_group: str
    quantity: Quantity
    value: Quantity
    sold: Quantity
    share: Quantity | None
    forecast_quantity: Quantity
    forecast_value: Quantity
    limit_quantity: Quantity | None
    limit_value: Quantity | None
    limit_share: Quantity | None
    state: str


class FallbackWeekOut(Schema):
    """All lines of the week, the most value first."""

    rows: list[FallbackRow]


@router.get(
    "/fallback-budget",
    auth=Bearer(Token.Verb.VIEW_STOCK),
    response=FallbackWeekOut,
    operation_id="list_fallback_budget",
    summary="Fallback budget of a week",
)
def list_fallback_budget(request: HttpRequest, week: OfWeek = "") -> HttpResponse:
    """What went to default batches in the week of a day (this one where none is named), in the warehouses of the token's stores."""
    today = timezone.localdate()
    monday = week_of(day_of(week) or today)
    own = list(_warehouses_of(request_token(request)).values_list("pk", flat=True))
    lines = lines_of_week(own, monday, today)
    found = FallbackWeekOut(rows=[FallbackRow(**line_values(line, monday)) for line in lines])
    return json_response(200, found.model_dump(mode="json"))
