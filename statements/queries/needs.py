"""What sales want from stock, in data order, and what earlier takes their returns refer to."""

from collections.abc import Collection, Mapping, Sequence

from core.db.bulk import array, fetch_all, fetch_as, text_array
from core.lib.document_kinds import SourceKind
from inventory.rules.issues import Taken
from inventory.rules.stock import Demand

# Data order (docs/posting.md#the-runner): it alone decides who gets which batch, so the number of workers never shows.
_NEEDS = """
    SELECT l.id AS line_id, o.id AS order_id, ol.id AS order_line_id, o.warehouse_id, l.item_id, l.stock_quantity AS quantity,
           o.business_date AS day, t.sold_at AS at, l.batch_id, l.return_of_id AS return_of
    FROM orders_salesorder o
    JOIN statements_orderreceipt r ON r.order_id = o.id
    JOIN statements_postransaction t ON t.id = r.transaction_id
    JOIN statements_postransactionline l ON l.transaction_id = t.id
    JOIN orders_salesorderline ol ON ol.order_id = o.id AND ol.item_id = l.item_id AND ol.unit_id = l.unit_id
        AND (ol.quantity < 0) = (l.quantity < 0) AND (o.merges_lines OR ol.line_number = l.number)
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
    JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stocked'
    WHERE {chosen} AND NOT l.voided AND l.stock_quantity <> 0
    ORDER BY o.business_date, t.sold_at, s.code COLLATE "C", m.code COLLATE "C", t.number COLLATE "C", l.number
"""


def needs_of_orders(order_ids: Collection[int]) -> list[Demand]:
    """What the transactions behind the orders want from stock, in data order; one query."""
    return fetch_as(Demand, _NEEDS.format(chosen="o.id = ANY(%s)"), [list(order_ids)])


def needs_of_order_lines(order_line_ids: Collection[int]) -> list[Demand]:
    """What the transactions behind lines of orders wanted, in data order; one query."""
    return fetch_as(Demand, _NEEDS.format(chosen="ol.id = ANY(%s::bigint[])"), [array(order_line_ids)])


def earlier_takes(needs: Sequence[Demand], *, lock: bool) -> Taken:
    """What posted lines that needs return to took, and what came back since; two queries, none without returns.

    With `lock` the allocations of these lines are held FOR NO KEY UPDATE until the transaction ends, before any on-hand row: two
    warehouses that take back the same line do so one after the other, and the second sees what the first brought back.
    """
    originals = sorted({need.return_of for need in needs if need.return_of is not None})
    if not originals:
        return Taken()
    taken = fetch_all(
        """
        SELECT source_id, batch_id, quantity, cost_amount FROM orders_batchallocation
        WHERE source_kind = %s AND source_id = ANY(%s) ORDER BY source_id, ordinal
        """
        + ("FOR NO KEY UPDATE" if lock else ""),
        [SourceKind.POS_LINE, originals],
    )
    returned = fetch_all(
        """
        SELECT l.return_of_id, a.batch_id, -sum(a.quantity), -sum(a.cost_amount)
        FROM statements_postransactionline l
        JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
        JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = l.id
        WHERE l.return_of_id = ANY(%s) GROUP BY l.return_of_id, a.batch_id
        UNION ALL
        SELECT l.id, NULL, NULL, NULL
        FROM statements_postransactionline l JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NOT NULL
        WHERE l.id = ANY(%s)
        """,
        [SourceKind.POS_LINE, originals, originals],
    )
    # A sale that was reversed while this waited for its allocations took nothing any more.
    reversed_lines = {row[0] for row in returned if row[2] is None}
    return Taken([row for row in taken if row[0] not in reversed_lines], [row for row in returned if row[0] not in reversed_lines])


_SOLD_SHORT = """
    SELECT DISTINCT s.legal_entity_id, s.item_id
    FROM (
        SELECT t.legal_entity_id, t.warehouse_id, l.item_id, sum(l.stock_quantity) AS quantity
        FROM statements_statement t
        JOIN unnest(%(entities)s::bigint[], %(numbers)s::text[]) AS e (id, number) ON e.id = t.legal_entity_id
        JOIN statements_postransaction r ON r.statement_id = t.id AND r.kind = 'sale'
        JOIN statements_postransactionline l ON l.transaction_id = r.id AND NOT l.voided AND l.batch_id IS NULL AND l.stock_quantity > 0
        JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stocked'
        JOIN inventory_trackinggroup g ON g.id = i.tracking_group_id AND g.batch_active
        WHERE t.id = ANY(%(ids)s::bigint[])
          AND NOT EXISTS (SELECT FROM inventory_batch b WHERE b.item_id = l.item_id AND b.number = e.number)
        GROUP BY t.legal_entity_id, t.warehouse_id, l.item_id
    ) s
    LEFT JOIN inventory_warehouseitemcost c ON c.warehouse_id = s.warehouse_id AND c.item_id = s.item_id
    WHERE s.quantity > COALESCE(c.quantity, 0)
"""


def items_sold_short(statement_ids: Collection[int], numbers: Mapping[int, str]) -> list[tuple[int, int]]:
    """(legal entity, item) of tracked items without a batch of the entity's number that sell more than all that is there.

    One query, none without numbers. It locks nothing and looks at no batch, so it foresees most of what decisions will need, not all.
    """
    if not numbers:
        return []
    values = {"ids": array(statement_ids), "entities": array(numbers), "numbers": text_array(numbers.values())}
    return fetch_all(_SOLD_SHORT, values)
