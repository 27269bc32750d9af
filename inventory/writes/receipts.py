"""Set-based writes of receipts: batches, then lines, movements, on-hand and costs in one pass over a work table.

What goods of standard cost do to stock is computed where they are written; a moving average hangs on what came before, and is decided by
the pure rule (`inventory/rules/costing.py`), which decides the others the same way: a property test compares the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, copy_rows, execute, fetch_all, reserve_ids, text_array
from core.db.history import record_as_found, record_history
from core.db.work_tables import ensure_empty_work_tables
from core.lib.document_kinds import SourceKind
from inventory.models import Batch, ItemModelGroup
from inventory.rules.costing import ReceiptCost
from inventory.rules.receipts import BatchCard
from inventory.rules.stock import StockKey


class ReceiptToWrite(NamedTuple):
    """A line of a receipt; `place` is its place among the rows of the run, `document` that of its document among those of the run, `moment`
    its instant and `day` its day where it was written.

    `may_repeat` says that the very same may have come in before: an item or batch that is made now never did.
    """

    id: int
    place: int
    document: int
    receipt: str
    line: int
    legal_entity_id: int
    warehouse_id: int
    item_id: int
    batch_id: int | None
    quantity: Decimal
    unit_cost: Decimal
    moment: str
    day: date
    digest: str
    may_repeat: bool

    @property
    def pool(self) -> StockKey:
        """The (warehouse, item) that it comes into."""
        return self.warehouse_id, self.item_id


WORK_TABLES = """
DO $$ BEGIN
CREATE TEMPORARY TABLE work_receipt (
    id bigint, place int, document int, receipt text, line_number int, legal_entity_id bigint, warehouse_id bigint, item_id bigint,
    batch_id bigint, quantity numeric, unit_cost numeric, received_at timestamptz, day date, content_hash uuid, may_repeat boolean
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE work_receipt_pool (
    warehouse_id bigint, item_id bigint, quantity numeric, value numeric, unit_cost numeric, decimals int, was_there boolean
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE work_receipt_cost (
    id bigint, amount numeric, value numeric, variance numeric, adjustment numeric
) ON COMMIT DELETE ROWS;
END $$
"""

_DECIMALS = """
    SELECT w.id, u.decimals
    FROM inventory_warehouse w
    JOIN parameters_legalentity e ON e.id = w.legal_entity_id
    JOIN parameters_currency u ON u.code = e.currency_id
"""

# Cost rows of standard cost that are missing are made as they come out. Their items are held FOR SHARE, so that a change of their standard
# cost either is seen here or sees the rows. Which rows are there is asked pool by pool: a join may come to read all of them.
MAKE_COSTS = f"""
    WITH fresh AS MATERIALIZED (
        SELECT p.warehouse_id, p.item_id, p.quantity, i.standard_cost, w.decimals
        FROM (SELECT warehouse_id, item_id, sum(quantity) AS quantity FROM work_receipt GROUP BY warehouse_id, item_id) p
        JOIN ({_DECIMALS}) w ON w.id = p.warehouse_id
        JOIN inventory_item i ON i.id = p.item_id
        JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
        WHERE m.costing_method <> %s AND CASE WHEN EXISTS (
            SELECT FROM inventory_warehouseitemcost c WHERE c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
        ) THEN false ELSE true END
        ORDER BY p.warehouse_id, p.item_id FOR SHARE OF i, m
    ), made AS (
        INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
        SELECT warehouse_id, item_id, quantity, round(quantity * standard_cost, decimals), standard_cost, false FROM fresh
        ON CONFLICT (warehouse_id, item_id) DO NOTHING RETURNING warehouse_id, item_id, unit_cost
    )
    INSERT INTO work_receipt_pool
    SELECT m.warehouse_id, m.item_id, 0, 0, m.unit_cost, w.decimals, false FROM made m JOIN ({_DECIMALS}) w ON w.id = m.warehouse_id
"""

# The other cost rows, also those that somebody made meanwhile, held in their order. Gives the places of lines that the rule decides.
HOLD_COSTS = f"""
    WITH held AS MATERIALIZED (
        SELECT c.warehouse_id, c.item_id, c.quantity, c.value, c.unit_cost, c.moving_average, w.decimals
        FROM (
            SELECT warehouse_id, item_id FROM work_receipt EXCEPT SELECT warehouse_id, item_id FROM work_receipt_pool
        ) p
        JOIN inventory_warehouseitemcost c ON c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
        JOIN ({_DECIMALS}) w ON w.id = c.warehouse_id
        ORDER BY c.warehouse_id, c.item_id FOR NO KEY UPDATE OF c
    ), kept AS (
        INSERT INTO work_receipt_pool
        SELECT warehouse_id, item_id, quantity, value, unit_cost, decimals, true FROM held WHERE NOT moving_average
        RETURNING warehouse_id, item_id
    )
    SELECT r.place FROM work_receipt r
    WHERE NOT EXISTS (SELECT FROM work_receipt_pool p WHERE p.warehouse_id = r.warehouse_id AND p.item_id = r.item_id)
      AND NOT EXISTS (SELECT FROM kept k WHERE k.warehouse_id = r.warehouse_id AND k.item_id = r.item_id)
    ORDER BY r.id
"""

# Asked row by row, as a join may come to read all receipts.
_REPEATS = """
    SELECT place, other
    FROM (
        SELECT w.place, (
            SELECT min(r.receipt COLLATE "C") FROM inventory_receiptline r
            WHERE r.item_id = w.item_id AND r.received_at = w.received_at AND r.warehouse_id = w.warehouse_id
              AND r.quantity = w.quantity AND r.unit_cost = w.unit_cost AND r.batch_id IS NOT DISTINCT FROM w.batch_id
              AND r.receipt <> w.receipt
        ) AS other
        FROM work_receipt w WHERE w.may_repeat
    ) w
    WHERE other IS NOT NULL
"""

# The value of a line is the difference of what the pool is worth behind it and before it (inventory/rules/costing.py). Who holds the cost
# row of a pool may make its on-hand rows without asking for conflicts: whoever moves stock holds it first.
RECEIVE = """
    WITH line AS MATERIALIZED (
        SELECT r.*, COALESCE(d.amount, v.amount) AS amount, COALESCE(d.value, v.value) AS value,
               COALESCE(d.variance, v.amount - v.value) AS variance, COALESCE(d.adjustment, 0) AS adjustment
        FROM (
            SELECT w.*, sum(w.quantity) OVER (PARTITION BY w.warehouse_id, w.item_id ORDER BY w.id ROWS UNBOUNDED PRECEDING) AS upto
            FROM work_receipt w
        ) r
        LEFT JOIN work_receipt_pool p ON p.warehouse_id = r.warehouse_id AND p.item_id = r.item_id
        LEFT JOIN work_receipt_cost d ON d.id = r.id
        CROSS JOIN LATERAL (
            SELECT round(r.quantity * r.unit_cost, p.decimals) AS amount,
                   round((p.quantity + r.upto) * p.unit_cost, p.decimals) - CASE
                       WHEN r.upto = r.quantity THEN p.value ELSE round((p.quantity + r.upto - r.quantity) * p.unit_cost, p.decimals)
                   END AS value
        ) v
    ), kept AS (
        INSERT INTO inventory_receiptline (
            id, receipt, line_number, legal_entity_id, warehouse_id, item_id, batch_id, quantity, unit_cost, received_at, content_hash
        )
        SELECT id, receipt, line_number, legal_entity_id, warehouse_id, item_id, batch_id, quantity, unit_cost, received_at, content_hash
        FROM line ORDER BY id
    ), moved AS (
        INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount)
        SELECT warehouse_id, item_id, batch_id, quantity, day, %(source_kind)s, id, value FROM line ORDER BY id
    ), stock AS MATERIALIZED (
        SELECT l.*, CASE
            WHEN batch_id IS NULL THEN (
                SELECT o.id FROM inventory_onhand o
                WHERE o.warehouse_id = l.warehouse_id AND o.item_id = l.item_id AND o.batch_id IS NULL
            )
            ELSE (
                SELECT o.id FROM inventory_onhand o
                WHERE o.warehouse_id = l.warehouse_id AND o.item_id = l.item_id AND o.batch_id = l.batch_id
            )
        END AS on_hand_id
        FROM (
            SELECT warehouse_id, item_id, batch_id, sum(quantity) AS quantity, min(received_at) AS received_at
            FROM line GROUP BY warehouse_id, item_id, batch_id
        ) l
    ), held AS MATERIALIZED (
        SELECT o.id, s.quantity, s.received_at
        FROM stock s JOIN inventory_onhand o ON o.id = s.on_hand_id
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
    ), added AS (
        UPDATE inventory_onhand o
        SET physical = o.physical + h.quantity, first_received_at = least(o.first_received_at, h.received_at)
        FROM held h WHERE o.id = h.id
    ), stocked AS (
        INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at)
        SELECT warehouse_id, item_id, batch_id, quantity, 0, false, received_at
        FROM stock WHERE on_hand_id IS NULL ORDER BY warehouse_id, item_id, batch_id
    ), valued AS (
        UPDATE inventory_warehouseitemcost c
        SET quantity = c.quantity + t.quantity, value = round((c.quantity + t.quantity) * c.unit_cost, t.decimals)
        FROM (
            SELECT p.warehouse_id, p.item_id, p.decimals, sum(w.quantity) AS quantity
            FROM work_receipt_pool p JOIN work_receipt w ON w.warehouse_id = p.warehouse_id AND w.item_id = p.item_id
            WHERE p.was_there GROUP BY p.warehouse_id, p.item_id, p.decimals
        ) t
        WHERE c.warehouse_id = t.warehouse_id AND c.item_id = t.item_id
    )
    SELECT document, sum(amount), sum(value), sum(variance), sum(adjustment) FROM line GROUP BY document
"""


def insert_batches(cards: Sequence[tuple[int, str, BatchCard]], dispositions: Mapping[str, int]) -> None:
    """Makes batches of (item id, number), whose cards get their ids, with their history; three queries, none for nothing.

    Raises IntegrityError when one was made meanwhile.
    """
    if not cards:
        return
    ids = reserve_ids("inventory_batch", len(cards))
    execute(
        """
        INSERT INTO inventory_batch (id, item_id, number, manufactured_on, expires_on, disposition_id, is_default_batch)
        SELECT r.*, false FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::date[], %s::bigint[]) AS r
        """,
        [
            array(ids),
            array(item_id for item_id, _, _ in cards),
            text_array(number for _, number, _ in cards),
            array(card.manufactured_on for _, _, card in cards),
            array(card.expires_on for _, _, card in cards),
            array(dispositions[card.disposition] for _, _, card in cards),
        ],
    )
    for row_id, (_, _, card) in zip(ids, cards, strict=True):
        card.id = row_id
    # Whether a batch was blocked on a day of the past is read from its history.
    record_history(Batch, ids, "+", "import_data")


def fill_batch_dates(cards: Sequence[BatchCard]) -> None:
    """Fills empty dates of batches and notes it in their history; at most three queries."""
    if cards:
        ids = [card.id for card in cards if card.id is not None]
        record_as_found(Batch, ids)
        execute(
            """
            UPDATE inventory_batch b
            SET manufactured_on = COALESCE(b.manufactured_on, r.manufactured_on), expires_on = COALESCE(b.expires_on, r.expires_on)
            FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS r (id, manufactured_on, expires_on)
            WHERE b.id = r.id
            """,
            [array(card.id for card in cards), array(card.manufactured_on for card in cards), array(card.expires_on for card in cards)],
        )
        record_history(Batch, ids, "~", "import_data")


def make_work_tables() -> None:
    """Empty work tables of this session: a check of a file is one transaction, in which another batch may have left rows. Two queries."""
    ensure_empty_work_tables(WORK_TABLES, "work_receipt", "work_receipt_pool", "work_receipt_cost")


def fill_work_table(receipts: Iterable[ReceiptToWrite]) -> None:
    """The lines that are to be written, in the order in which goods came in; one COPY."""
    copy_rows(
        "work_receipt",
        (
            *(
                "id",
                "place",
                "document",
                "receipt",
                "line_number",
                "legal_entity_id",
                "warehouse_id",
                "item_id",
                "batch_id",
                "quantity",
                "unit_cost",
            ),
            *("received_at", "day", "content_hash", "may_repeat"),
        ),
        receipts,
    )


def repeated_deliveries() -> dict[int, str]:
    """Places of lines that receipts of another number brought before just like that, with the first of these numbers; one query."""
    return dict(fetch_all(_REPEATS))


def hold_costs() -> list[int]:
    """Makes and holds cost rows of standard cost; gives the places of lines that the rule decides, in their order. Two queries.

    Locks the cost rows that are there FOR NO KEY UPDATE in (warehouse, item) order, the items of those that are made FOR SHARE.
    """
    execute(MAKE_COSTS, [ItemModelGroup.CostingMethod.MOVING_AVERAGE])
    return [place for (place,) in fetch_all(HOLD_COSTS)]


def fill_costs(costs: Iterable[tuple[int, ReceiptCost]]) -> None:
    """What the rule says of lines, by id; one COPY."""
    copy_rows("work_receipt_cost", ("id", "amount", "value", "variance", "adjustment"), ((row_id, *cost) for row_id, cost in costs))


def receive() -> dict[int, ReceiptCost]:
    """Receipt lines with their movements, on-hand and what stock costs after them; gives what those of each document cost. One query."""
    return {document: ReceiptCost(*cost) for document, *cost in fetch_all(RECEIVE, {"source_kind": int(SourceKind.RECEIPT_LINE)})}
