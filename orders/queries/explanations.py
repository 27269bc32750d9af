"""What an explanation of an allocation starts from: the run that posted the line, and what its lines wanted then."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as
from core.lib.document_kinds import SourceKind
from inventory.queries.settlements import settled_of
from inventory.rules.explanation import Taken
from inventory.rules.issues import Taken as TakenBefore
from inventory.rules.issues import still_taken
from inventory.rules.reservations import Reserved
from inventory.rules.stock import Demand, PriorAllocation
from orders.models import DeliveryLine

# What inventory transactions of allocated lines name as their source.
MOVED_BY = {SourceKind.POS_LINE: SourceKind.SALES_ORDER_LINE, SourceKind.DELIVERY_LINE: SourceKind.DELIVERY_LINE}


class PostedRun(NamedTuple):
    """The run that posted a line, in the line's (warehouse, item).

    One COPY wrote all its movements, so they have one instant; `before` is the first of them, and whatever has a smaller key was there when
    the run decided, since stock was held. `sources` are what its movements name.
    """

    warehouse_id: int
    item_id: int
    legal_entity_id: int
    posted_at: datetime
    before: int
    sources: list[int]


_RUN = """
    WITH line AS (
        SELECT warehouse_id, item_id, order_line_id FROM orders_batchallocation
        WHERE source_kind = %(kind)s AND source_id = %(line)s ORDER BY ordinal LIMIT 1
    ), moved AS (
        SELECT t.posted_at FROM inventory_inventorytransaction t, line
        WHERE t.source_kind = %(moved)s AND t.source_id = CASE WHEN %(by_line)s THEN %(line)s ELSE line.order_line_id END
        ORDER BY t.id LIMIT 1
    )
    SELECT line.warehouse_id, line.item_id, w.legal_entity_id, moved.posted_at, min(t.id) AS before,
           array_agg(DISTINCT t.source_id) AS sources
    FROM line, moved, inventory_warehouse w, inventory_inventorytransaction t
    WHERE w.id = line.warehouse_id AND t.item_id = line.item_id AND t.warehouse_id = line.warehouse_id
      AND t.posted_at = moved.posted_at AND t.source_kind = %(moved)s
    GROUP BY 1, 2, 3, 4
"""


def posted_run(kind: SourceKind, line_id: int) -> PostedRun | None:
    """The run of a line, None for one that moved nothing; one query."""
    moved = MOVED_BY[kind]
    rows = fetch_as(PostedRun, _RUN, {"kind": kind, "line": line_id, "moved": moved, "by_line": moved is SourceKind.DELIVERY_LINE})
    return rows[0] if rows else None


def posted_parts(kind: SourceKind, line_id: int) -> list[Taken]:
    """What was posted for a line, in order; one query."""
    return fetch_as(
        Taken,
        "SELECT batch_id, quantity, source, reason FROM orders_batchallocation WHERE source_kind = %s AND source_id = %s ORDER BY ordinal",
        [kind, line_id],
    )


_RUNS = """
    SELECT t.source_kind, t.warehouse_id, t.item_id, w.legal_entity_id, t.posted_at, min(t.id), array_agg(DISTINCT t.source_id)
    FROM inventory_inventorytransaction t
    JOIN inventory_warehouse w ON w.id = t.warehouse_id
    JOIN inventory_item i ON i.id = t.item_id
    JOIN inventory_trackinggroup g ON g.id = i.tracking_group_id AND g.batch_active
    WHERE t.warehouse_id = ANY(%(warehouses)s::bigint[]) AND t.date BETWEEN %(first)s AND %(last)s
      AND t.source_kind = ANY(%(kinds)s::smallint[]) AND (%(all)s OR t.item_id = ANY(%(items)s::bigint[]))
    GROUP BY t.source_kind, t.warehouse_id, t.item_id, w.legal_entity_id, t.posted_at
    ORDER BY t.warehouse_id, t.item_id, min(t.id) LIMIT %(limit)s
"""


def runs_between(
    warehouse_ids: Collection[int], item_ids: Collection[int] | None, first: date, last: date, limit: int
) -> list[tuple[SourceKind, PostedRun]]:
    """Runs that moved batch-tracked items on these dates, by (warehouse, item) and in their order, up to a limit; one query."""
    kinds = {int(moved): kind for kind, moved in MOVED_BY.items()}
    values = {
        "warehouses": array(warehouse_ids), "items": array(item_ids or ()), "all": item_ids is None, "first": first, "last": last,
        "kinds": array(kinds), "limit": limit,
    }  # fmt: skip
    return [(kinds[row[0]], PostedRun(*row[1:])) for row in fetch_all(_RUNS, values)]


def posted_of_lines(kind: SourceKind, line_ids: Collection[int]) -> dict[int, list[Taken]]:
    """What was posted for lines, each in order; one query."""
    found: dict[int, list[Taken]] = {}
    for line_id, *part in fetch_all(
        """
        SELECT source_id, batch_id, quantity, source, reason FROM orders_batchallocation
        WHERE source_kind = %s AND source_id = ANY(%s::bigint[]) ORDER BY source_id, ordinal
        """,
        [kind, array(line_ids)],
    ):
        found.setdefault(line_id, []).append(Taken(*part))
    return found


def reversed_sources(run: PostedRun, kind: SourceKind) -> set[int]:
    """Those sources of a run's movements that were reversed since; one query."""
    rows = fetch_all(
        """
        SELECT t.source_id FROM inventory_inventorytransaction t
        JOIN inventory_inventorytransaction r ON r.source_kind = %s AND r.source_id = t.id
        WHERE t.source_kind = %s AND t.source_id = ANY(%s::bigint[])
        """,
        [SourceKind.REVERSAL, MOVED_BY[kind], array(run.sources)],
    )
    return {row[0] for row in rows}


def needs_of_delivery_lines(line_ids: Collection[int], posted_at: datetime) -> list[Demand]:
    """What delivery lines wanted, in the order in which they were decided; one query.

    Nobody keeps the instant that they were judged by; it was shortly before their movements were written.
    """
    rows = fetch_all(
        """
        SELECT l.id, l.delivery_id, l.order_line_id, d.warehouse_id, o.item_id, l.stock_quantity, d.day, c.batch_id, l.return_of_id
        FROM orders_deliveryline l
        JOIN orders_delivery d ON d.id = l.delivery_id
        JOIN orders_salesorderline o ON o.id = l.order_line_id
        JOIN orders_customerorderline c ON c.order_line_id = l.order_line_id
        WHERE l.id = ANY(%s::bigint[]) ORDER BY l.delivery_id, o.line_number, l.id
        """,
        [array(line_ids)],
    )
    return [Demand._make((*row[:7], posted_at, *row[7:])) for row in rows]


def reservations_before(order_line_ids: Collection[int], before: int) -> dict[int, list[Reserved]]:
    """What was reserved for order lines before an inventory transaction, in the order in which it was used; one query."""
    found: dict[int, list[Reserved]] = {}
    for line_id, batch_id, quantity, reason, _ in fetch_all(
        """
        WITH later AS (
            SELECT DISTINCT ON (order_line_id, batch_id) order_line_id, batch_id, ordinal, before, reason
            FROM orders_reservationchange WHERE order_line_id = ANY(%(lines)s::bigint[]) AND id > %(before)s
            ORDER BY order_line_id, batch_id, id
        )
        SELECT order_line_id, batch_id, before, reason, ordinal FROM later WHERE before > 0
        UNION ALL
        SELECT r.order_line_id, r.batch_id, r.quantity, r.reason, r.ordinal FROM orders_reservation r
        WHERE r.order_line_id = ANY(%(lines)s::bigint[])
          AND NOT EXISTS (SELECT FROM later l WHERE l.order_line_id = r.order_line_id AND l.batch_id IS NOT DISTINCT FROM r.batch_id)
        ORDER BY 1, 5
        """,
        {"lines": array(order_line_ids), "before": before},
    ):
        found.setdefault(line_id, []).append(Reserved(batch_id, quantity, reason))
    return found


def takes_before(
    kind: SourceKind, line_ids: Collection[int], returned: Sequence[tuple[int, int]], before: int
) -> dict[int, list[PriorAllocation]]:
    """What posted lines had taken before an inventory transaction, less what had come back, first taken first; three queries.

    What had been reversed by then does not count.

    `returned` are pairs of a sold line and a line that brings part of it back.
    """
    if not line_ids:
        return {}
    moved = MOVED_BY[kind]
    source = "a.source_id" if moved is kind else "a.order_line_id"
    earlier = f"""
        EXISTS (
            SELECT FROM inventory_inventorytransaction t
            WHERE t.source_kind = {moved.value} AND t.source_id = {source} AND t.id < %(before)s
              AND NOT EXISTS (
                  SELECT FROM inventory_inventorytransaction r
                  WHERE r.source_kind = {SourceKind.REVERSAL.value} AND r.source_id = t.id AND r.id < %(before)s
              )
        ) AND NOT EXISTS (
            SELECT FROM inventory_inventorytransaction r
            WHERE r.source_kind = {SourceKind.REVERSED_POS_LINE.value} AND r.source_id = a.source_id AND r.id < %(before)s
              AND a.source_kind = {SourceKind.POS_LINE.value}
        )
    """
    taken = fetch_all(
        f"""
        SELECT a.source_id, a.batch_id, a.quantity, 0::numeric FROM orders_batchallocation a
        WHERE a.source_kind = %(kind)s AND a.source_id = ANY(%(lines)s::bigint[]) AND {earlier} ORDER BY a.source_id, a.ordinal
        """,
        {"kind": kind, "lines": array(sorted(line_ids)), "before": before},
    )
    known = {row[0] for row in taken}
    pairs = [pair for pair in returned if pair[0] in known]
    back: list[tuple[int, int | None, Decimal, Decimal]] = fetch_all(
        f"""
        SELECT p.sold, a.batch_id, -sum(a.quantity), 0::numeric
        FROM unnest(%(sold)s::bigint[], %(back)s::bigint[]) AS p (sold, back)
        JOIN orders_batchallocation a ON a.source_kind = %(kind)s AND a.source_id = p.back
        WHERE {earlier} GROUP BY p.sold, a.batch_id
        """,
        {"kind": kind, "sold": array(sold for sold, _ in pairs), "back": array(line for _, line in pairs), "before": before},
    )
    return still_taken(TakenBefore(taken, back), settled_of(kind, known, before))


def returns_of_delivery_lines(line_ids: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of delivery lines and those that brought part of them back; one query."""
    return list(DeliveryLine.objects.filter(return_of__in=line_ids).values_list("return_of_id", "pk"))


def movement_instants(sources: Collection[tuple[int, int, int]]) -> dict[int, datetime]:
    """When a movement was posted, by the batch: of (batch, source kind, source id); one query, none for nothing."""
    if not sources:
        return {}
    return dict(
        fetch_all(
            """
            SELECT s.batch_id, min(t.posted_at)
            FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS s (batch_id, kind, source)
            JOIN inventory_inventorytransaction t ON t.source_kind = s.kind AND t.source_id = s.source AND t.batch_id = s.batch_id
            GROUP BY 1
            """,
            [array(row[place] for row in sources) for place in range(3)],
        )
    )


class DeliveredLine(NamedTuple):
    """A delivery line of a customer order."""

    id: int
    order_id: int
    order: str
    store_id: int
    line: int


def delivered_line(line_id: int) -> DeliveredLine | None:
    """A delivery line that was invoiced; one query."""
    rows = fetch_as(DeliveredLine, f"{_DELIVERED} WHERE l.id = %s AND d.invoice_id IS NOT NULL", [line_id])
    return rows[0] if rows else None


def delivered_lines_of(order: str, line: int) -> list[DeliveredLine]:
    """The invoiced deliveries of a customer order's line, the first one first; one query."""
    condition = "o.number = %s AND ol.line_number = %s AND d.invoice_id IS NOT NULL ORDER BY d.ordinal"
    return fetch_as(DeliveredLine, f"{_DELIVERED} WHERE {condition}", [order, line])


_DELIVERED = """
    SELECT l.id, o.id AS order_id, o.number AS order, o.store_id, ol.line_number AS line
    FROM orders_deliveryline l
    JOIN orders_delivery d ON d.id = l.delivery_id
    JOIN orders_salesorderline ol ON ol.id = l.order_line_id
    JOIN orders_salesorder o ON o.id = ol.order_id
"""
