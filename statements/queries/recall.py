"""What a recall starts from, and what it found; a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.access.access import Access
from core.access.scope import Scope
from core.db.bulk import fetch_all, fetch_as, fetch_dicts, fetch_value
from core.lib.document_kinds import SourceKind
from inventory.models import JournalLine, OnHand, ReceiptLine
from orders.models import Reservation
from statements.models import Recall, RecallLine
from statements.rules.recall import Certainty, Movement, ReturnedLine


class RecalledBatch(NamedTuple):
    """A batch by the codes that people name it by."""

    item_id: int
    batch_id: int
    is_default_batch: bool


def find_batch(item: str, batch: str) -> RecalledBatch | None:
    """The batch of the item; one query."""
    rows = fetch_as(
        RecalledBatch,
        """
        SELECT i.id AS item_id, b.id AS batch_id, b.is_default_batch FROM inventory_batch b JOIN inventory_item i ON i.id = b.item_id
        WHERE i.code = %s AND b.number = %s
        """,
        [item, batch],
    )
    return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What somebody recorded of a batch by its number: what came, what left, and where a count found none of it."""

    arrived: list[Movement]
    left: list[Movement]
    emptied: list[tuple[int, datetime]]


# A journal says a day and no instant: goods may have come with its first and gone with its last hour in any time zone.
_RECORDED = """
    SELECT 'arrived', warehouse_id, received_at, quantity FROM inventory_receiptline WHERE batch_id = %(batch)s
    UNION ALL
    SELECT CASE WHEN j.kind = 'count' AND j.quantity = 0 THEN 'emptied' WHEN j.change > 0 THEN 'arrived' ELSE 'left' END, j.warehouse_id,
           CASE WHEN j.change > 0 THEN j.date::timestamp AT TIME ZONE 'UTC' - interval '14 hours'
                ELSE j.date::timestamp AT TIME ZONE 'UTC' + interval '36 hours' END,
           abs(j.change)
    FROM inventory_journalline j WHERE j.item_id = %(item)s AND j.batch_id = %(batch)s
    UNION ALL
    SELECT 'arrived', j.to_warehouse_id, j.date::timestamp AT TIME ZONE 'UTC' - interval '14 hours', j.quantity
    FROM inventory_journalline j
    WHERE j.item_id = %(item)s AND j.batch_id = %(batch)s AND j.to_warehouse_id IS NOT NULL AND j.quantity > 0
    UNION ALL
    SELECT 'left', a.warehouse_id, t.sold_at, a.quantity
    FROM orders_batchallocation a
    JOIN statements_postransactionline l ON l.id = a.source_id
    JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
    WHERE a.batch_id = %(batch)s AND a.source_kind = %(till)s AND a.source = 'captured' AND a.quantity > 0
    UNION ALL
    SELECT 'left', a.warehouse_id, i.posted_at, a.quantity
    FROM orders_batchallocation a
    JOIN orders_deliveryline l ON l.id = a.source_id
    JOIN orders_delivery d ON d.id = l.delivery_id
    JOIN orders_invoice i ON i.id = d.invoice_id
    WHERE a.batch_id = %(batch)s AND a.source_kind = %(delivery)s AND a.source = 'captured' AND a.quantity > 0
"""


def recorded_of(item_id: int, batch_id: int) -> Recorded:
    """Receipts, journals and sales that name the batch; one query."""
    keys = {"item": item_id, "batch": batch_id, "till": TILL, "delivery": DELIVERY}
    found = Recorded([], [], [])
    for what, warehouse_id, at, quantity in fetch_all(_RECORDED, keys):
        if what == "emptied":
            found.emptied.append((warehouse_id, at))
        elif quantity:
            (found.arrived if what == "arrived" else found.left).append(Movement(warehouse_id, at, quantity))
    return found


TILL, DELIVERY = int(SourceKind.POS_LINE), int(SourceKind.DELIVERY_LINE)
# Lines of sales that are on no statement, or on one that is not posted; those that `IS_UNPOSTED` moved no stock yet. What was discarded was
# no sale, and what was reversed stands anew beside it.
OPEN_LINES = """
    FROM (
        SELECT id FROM statements_postransaction WHERE statement_id IS NULL
        UNION ALL
        SELECT t.id FROM statements_statement st JOIN statements_postransaction t ON t.statement_id = st.id WHERE st.posted_at IS NULL
    ) open
    JOIN statements_postransaction t ON t.id = open.id
    JOIN orders_store s ON s.id = t.store_id
    JOIN statements_postransactionline l ON l.transaction_id = t.id AND l.item_id = %(item)s AND NOT l.voided
"""
IS_UNPOSTED = f"""
    t.kind = 'sale' AND t.validation_status <> 'discarded' AND t.reversal_id IS NULL
    AND NOT EXISTS (SELECT FROM orders_batchallocation a WHERE a.source_kind = {TILL} AND a.source_id = l.id)
"""
# Lines that brought the item back, but not those that say it was another batch: `b` is the recalled batch, `back` the returned line, `sold`
# the line that it names. What is on no statement, or on one that is not posted, has come back all the same.
_RETURNED = f"""
    WITH back AS (
        SELECT a.source_kind, a.source_id, a.warehouse_id, -sum(a.quantity) AS quantity
        FROM inventory_batch b JOIN orders_batchallocation a ON a.batch_id = b.id AND a.quantity < 0
        WHERE b.item_id = %(item)s GROUP BY 1, 2, 3
        UNION ALL
        SELECT {TILL}, l.id, s.warehouse_id, -l.stock_quantity
        {OPEN_LINES} WHERE {IS_UNPOSTED} AND l.stock_quantity < 0 AND s.warehouse_id IS NOT NULL
    )
    SELECT back.warehouse_id, t.sold_at AS at, back.quantity, COALESCE(l.batch_id = %(batch)s, false) AS captured,
           COALESCE(ow.warehouse_id, os.warehouse_id) AS sold_in, ot.sold_at, COALESCE(o.batch_id = %(batch)s, false) AS sold_surely,
           COALESCE(ow.likely, false) AS sold_likely
    FROM back
    JOIN statements_postransactionline l ON l.id = back.source_id
    JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
    LEFT JOIN statements_postransactionline o ON o.id = l.return_of_id
    LEFT JOIN statements_postransaction ot ON ot.id = o.transaction_id
    LEFT JOIN orders_store os ON os.id = ot.store_id
    LEFT JOIN LATERAL (
        SELECT min(a.warehouse_id) AS warehouse_id, bool_or(a.batch_id = %(batch)s) AS likely
        FROM orders_batchallocation a WHERE a.source_kind = {TILL} AND a.source_id = o.id
    ) ow ON true
    WHERE back.source_kind = {TILL} AND (l.batch_id IS NULL OR l.batch_id = %(batch)s)
      AND (o.batch_id IS NULL OR o.batch_id = %(batch)s)
    UNION ALL
    SELECT back.warehouse_id, i.posted_at, back.quantity, COALESCE(c.batch_id = %(batch)s, false),
           od.warehouse_id, oi.posted_at, COALESCE(oc.batch_id = %(batch)s, false), COALESCE(ow.likely, false)
    FROM back
    JOIN orders_deliveryline l ON l.id = back.source_id
    JOIN orders_customerorderline c ON c.order_line_id = l.order_line_id
    JOIN orders_delivery d ON d.id = l.delivery_id
    JOIN orders_invoice i ON i.id = d.invoice_id
    LEFT JOIN orders_deliveryline o ON o.id = l.return_of_id
    LEFT JOIN orders_customerorderline oc ON oc.order_line_id = o.order_line_id
    LEFT JOIN orders_delivery od ON od.id = o.delivery_id
    LEFT JOIN orders_invoice oi ON oi.id = od.invoice_id
    LEFT JOIN LATERAL (
        SELECT bool_or(a.batch_id = %(batch)s) AS likely
        FROM orders_batchallocation a WHERE a.source_kind = {DELIVERY} AND a.source_id = o.id
    ) ow ON true
    WHERE back.source_kind = {DELIVERY} AND (c.batch_id IS NULL OR c.batch_id = %(batch)s)
      AND (oc.batch_id IS NULL OR oc.batch_id = %(batch)s)
"""


def returns_of_item(item_id: int, batch_id: int) -> list[ReturnedLine]:
    """Lines that brought units of the item back which may have been of the batch; one query."""
    return fetch_as(ReturnedLine, _RETURNED, {"item": item_id, "batch": batch_id})


def count_allocations(item_id: int, limit: int) -> int:
    """How many allocations of the item's batches there are, up to a limit; one query."""
    return int(
        fetch_value(
            """
            SELECT count(*) FROM (
                SELECT FROM inventory_batch b JOIN orders_batchallocation a ON a.batch_id = b.id WHERE b.item_id = %s LIMIT %s
            ) x
            """,
            [item_id, limit],
        )
    )


def recalls_seen_by(access: Access) -> "QuerySet[Recall, Recall]":
    """All recalls: what somebody sees of one are its lines in their stores."""
    return Recall.objects.select_related("item", "batch", "job")


def recall_lines_seen_by(access: Access) -> "QuerySet[RecallLine, RecallLine]":
    """Lines of recalls in the stores that somebody sees."""
    return RecallLine.objects.filter(access.scope.stores()).select_related("store", "recall__item", "recall__batch")


_SEEN = "r.recall_id = %(recall)s AND (%(all)s OR r.store_id = ANY(%(stores)s))"


def _seen(recall_id: int, scope: Scope, **more: object) -> dict[str, object]:
    """Values for `_SEEN`: lines `r` of the recall in the stores of a scope."""
    return {"recall": recall_id, "all": scope.unlimited, "stores": sorted(scope.store_ids), "possible": Certainty.POSSIBLE, **more}


@dataclass(frozen=True, slots=True)
class Share:
    """What of a recall is of one certainty: lines, quantity, customers with a name, lines without."""

    certainty: int
    lines: int
    quantity: Decimal
    customers: int
    anonymous: int


def shares_of(recall_id: int, scope: Scope) -> list[Share]:
    """The recall by certainty, in the stores of a scope; one query."""
    rows = fetch_dicts(
        f"""
        SELECT certainty, count(*) AS lines, sum(quantity) AS quantity,
               count(DISTINCT customer_code) FILTER (WHERE customer_code <> '') AS customers,
               count(*) FILTER (WHERE customer_code = '') AS anonymous
        FROM statements_recallline r WHERE {_SEEN} GROUP BY 1 ORDER BY 1
        """,
        _seen(recall_id, scope),
    )
    return [Share(**row) for row in rows]


class NamedCustomer(NamedTuple):
    """A customer by name whom the recall concerns, with how to reach them and the surest of their lines.

    `reachable` is how many of all such customers can be reached, `unreachable` how many cannot.
    """

    code: str
    name: str
    email: str
    phone: str
    address: str
    certainty: int
    lines: int
    quantity: Decimal
    first: date
    last: date
    reachable: int
    unreachable: int

    @property
    def contacts(self) -> list[str]:
        """How they can be reached; none where nothing is known."""
        return [known for known in (self.email, self.phone, " ".join(self.address.split())) if known]


def customers_of(recall_id: int, scope: Scope, limit: int) -> list[NamedCustomer]:
    """Customers who are known by name, the surest first; one query."""
    return fetch_as(
        NamedCustomer,
        f"""
        SELECT r.customer_code AS code, COALESCE(c.name, '') AS name, COALESCE(c.email, '') AS email, COALESCE(c.phone, '') AS phone,
               COALESCE(c.address, '') AS address,
               min(r.certainty) AS certainty, count(*) AS lines, sum(r.quantity) AS quantity, min(r.business_date) AS first,
               max(r.business_date) AS last,
               count(*) FILTER (WHERE concat(c.email, c.phone, c.address) <> '') OVER () AS reachable,
               count(*) FILTER (WHERE concat(c.email, c.phone, c.address) = '') OVER () AS unreachable
        FROM statements_recallline r LEFT JOIN orders_customer c ON c.code = r.customer_code
        WHERE {_SEEN} AND r.customer_code <> ''
        GROUP BY r.customer_code, c.id ORDER BY 6, 1 LIMIT %(limit)s
        """,
        _seen(recall_id, scope, limit=limit),
    )


class StoreShare(NamedTuple):
    """Sales of a store to people without a name: a notice there is all that reaches them."""

    store: str
    name: str
    lines: int
    quantity: Decimal
    first: date
    last: date


def anonymous_by_store(recall_id: int, scope: Scope, limit: int) -> list[StoreShare]:
    """Where those who cannot be reached by name bought; one query."""
    return fetch_as(
        StoreShare,
        f"""
        SELECT s.code AS store, s.name, count(*) AS lines, sum(r.quantity) AS quantity, min(r.business_date) AS first,
               max(r.business_date) AS last
        FROM statements_recallline r JOIN orders_store s ON s.id = r.store_id
        WHERE {_SEEN} AND r.customer_code = ''
        GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT %(limit)s
        """,
        _seen(recall_id, scope, limit=limit),
    )


class NoticedStore(NamedTuple):
    """What a store sold of the batch: `likely` for certain and probably, `possible` perhaps."""

    store: str
    name: str
    first: date
    last: date
    likely: Decimal
    possible: Decimal


def stores_of(recall_id: int, scope: Scope) -> list[NoticedStore]:
    """Stores by code with what they sold; one query."""
    return fetch_as(
        NoticedStore,
        f"""
        SELECT s.code AS store, s.name, min(r.business_date) AS first, max(r.business_date) AS last,
               COALESCE(sum(r.quantity) FILTER (WHERE r.certainty < %(possible)s), 0) AS likely,
               COALESCE(sum(r.quantity) FILTER (WHERE r.certainty = %(possible)s), 0) AS possible
        FROM statements_recallline r JOIN orders_store s ON s.id = r.store_id
        WHERE {_SEEN} GROUP BY 1, 2 ORDER BY s.code COLLATE "C"
        """,
        _seen(recall_id, scope),
    )


def sales_of(recall_id: int, scope: Scope) -> list[tuple[str, str, Decimal, datetime, bool]]:
    """Certain and probable sales as (document, store, quantity, instant in UTC, whether it is certain); one query."""
    return fetch_all(
        f"""
        SELECT concat_ws('/', s.code, NULLIF(r.terminal, ''), r.document, r.line_number::text), s.code, r.quantity,
               COALESCE(t.sold_at, i.posted_at), r.certainty = %(certain)s
        FROM statements_recallline r
        JOIN orders_store s ON s.id = r.store_id
        LEFT JOIN statements_postransactionline l ON r.source_kind = {TILL} AND l.id = r.source_id
        LEFT JOIN statements_postransaction t ON t.id = l.transaction_id
        LEFT JOIN orders_deliveryline dl ON r.source_kind = {DELIVERY} AND dl.id = r.source_id
        LEFT JOIN orders_delivery d ON d.id = dl.delivery_id
        LEFT JOIN orders_invoice i ON i.id = d.invoice_id
        WHERE {_SEEN} AND r.certainty < %(possible)s ORDER BY r.certainty, r.id
        """,
        _seen(recall_id, scope, certain=Certainty.CERTAIN),
    )


def receipts_of_batch(batch_id: int, scope: Scope) -> "QuerySet[ReceiptLine, ReceiptLine]":
    """Where the batch came from, in the warehouses of a scope, the first first."""
    return ReceiptLine.objects.filter(scope.warehouses(), batch_id=batch_id).select_related("warehouse").order_by("received_at", "pk")


def transfers_of_batch(item_id: int, batch_id: int, scope: Scope) -> "QuerySet[JournalLine, JournalLine]":
    """Where the batch went within the company, in or out of the warehouses of a scope, the first first."""
    rows = JournalLine.objects.filter(scope.warehouses() | scope.warehouses("to_warehouse"), item_id=item_id, batch_id=batch_id)
    return rows.filter(kind=JournalLine.Kind.TRANSFER).select_related("warehouse", "to_warehouse", "journal").order_by("date", "pk")


def stock_of_batch(item_id: int, batch_id: int, scope: Scope) -> "QuerySet[OnHand, OnHand]":
    """Where the batch lies by the books, in the warehouses of a scope."""
    rows = OnHand.objects.filter(scope.warehouses(), item_id=item_id, batch_id=batch_id).exclude(physical=0, reserved=0)
    return rows.select_related("warehouse").order_by("warehouse__code")


def reservations_of_batch(batch_id: int, scope: Scope) -> "QuerySet[Reservation, Reservation]":
    """What of the batch is reserved for which orders, in the warehouses of a scope."""
    rows = Reservation.objects.filter(scope.warehouses(), batch_id=batch_id)
    return rows.select_related("order_line__order__customer", "warehouse").order_by("order_line__order__number", "pk")


def recent_recall(item: str, batch: str, first: date | None, last: date | None, since: datetime) -> Recall | None:
    """The latest finished recall of the batch and days that is no older; one query."""
    rows = Recall.objects.filter(item__code=item, batch__number=batch, from_date=first, through_date=last, done_at__gte=since)
    return rows.order_by("-asked_at", "-pk").first()


def public_lines(recall_id: int) -> list[dict[str, Any]]:
    """Lines of a recall in the columns of the export, sorted by them; one query."""
    rows = fetch_dicts(
        """
        SELECT r.certainty, r.reason, s.code AS store, r.terminal, r.document AS transaction, r.line_number AS line,
               r.customer_code AS customer, i.code AS item, r.batch_number AS batch, r.quantity, r.business_date
        FROM statements_recallline r
        JOIN statements_recall c ON c.id = r.recall_id
        JOIN inventory_item i ON i.id = c.item_id
        JOIN orders_store s ON s.id = r.store_id
        WHERE r.recall_id = %s
        ORDER BY r.certainty, r.reason COLLATE "C", s.code COLLATE "C", r.terminal COLLATE "C", r.document COLLATE "C", r.line_number,
                 r.batch_number COLLATE "C"
        """,
        [recall_id],
    )
    return [{**row, "certainty": Certainty(row["certainty"]).label} for row in rows]
