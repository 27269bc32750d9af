"""What is taken back, in the work table of takes: each movement, or part of one, as a take of less than nothing at the cost that it had.

Movements and on-hand are then written as those of what is issued (`inventory/writes/takes.py`). Of a row of `work_take`, `line_id` is what
the new movement has as its source, `order_id` the document that is taken back, and (`ordinal`, `order_line_id`) the source of the debts and
credits that the movement made.
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, copy_rows, execute, fetch_all, fetch_as
from inventory.rules.default_stock import Place
from inventory.rules.reversals import Source, StockBefore, TakenBack
from inventory.rules.stock import OnHandKey, StockKey
from inventory.writes.costing import UPDATE_COSTS

PUT_BACK_COLUMNS = (
    *("line_id", "order_id", "ordinal", "order_line_id", "warehouse_id", "item_id", "batch_id", "quantity", "cost", "day"),
    "by_rule",
)

HOLD_COSTS = """
    WITH held AS MATERIALIZED (
        SELECT c.id FROM (SELECT DISTINCT warehouse_id, item_id FROM work_take) p
        JOIN inventory_warehouseitemcost c ON c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
        ORDER BY c.warehouse_id, c.item_id FOR NO KEY UPDATE OF c
    )
    SELECT count(*) FROM held
"""

HOLD_ON_HAND = """
    WITH wanted AS MATERIALIZED (
        SELECT warehouse_id, item_id, batch_id, sum(quantity) AS quantity FROM work_take GROUP BY warehouse_id, item_id, batch_id
    ), held AS MATERIALIZED (
        SELECT o.id, o.warehouse_id, o.item_id, COALESCE(o.batch_id, 0) AS batch_id, o.is_default, o.physical < w.quantity AS below
        FROM wanted w
        JOIN inventory_onhand o ON o.warehouse_id = w.warehouse_id AND o.item_id = w.item_id AND o.batch_id IS NOT DISTINCT FROM w.batch_id
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
    )
    UPDATE work_take t SET on_hand_id = h.id, is_default = h.is_default, may_go_negative = h.below
    FROM held h WHERE h.warehouse_id = t.warehouse_id AND h.item_id = t.item_id AND h.batch_id = COALESCE(t.batch_id, 0)
"""

# What each pool is worth without what is taken back: where that is what its quantity costs, nothing is left to decide.
_WITHOUT = """
    SELECT c.warehouse_id, c.item_id, c.quantity + m.quantity AS quantity, c.value + m.value AS value, c.unit_cost,
           NULL::boolean AS moving_average, c.value + m.value = round((c.quantity + m.quantity) * c.unit_cost, u.decimals) AS is_plain
    FROM (
        SELECT warehouse_id, item_id, -sum(quantity) AS quantity, -sum(cost) AS value FROM work_take GROUP BY warehouse_id, item_id
    ) m
    JOIN inventory_warehouseitemcost c ON c.warehouse_id = m.warehouse_id AND c.item_id = m.item_id
    JOIN inventory_warehouse w ON w.id = c.warehouse_id
    JOIN parameters_legalentity e ON e.id = w.legal_entity_id
    JOIN parameters_currency u ON u.code = e.currency_id
"""
SAVE_PLAIN_COSTS = f"""
    WITH pool AS MATERIALIZED ({_WITHOUT}), saved AS ({UPDATE_COSTS.format(worth="SELECT * FROM pool WHERE is_plain")})
    SELECT warehouse_id, item_id FROM pool WHERE NOT is_plain ORDER BY warehouse_id, item_id
"""


class Short(NamedTuple):
    """An on-hand row that would go below nothing; `document` is one of those that want it."""

    document: int
    key: OnHandKey
    change: Decimal
    before: StockBefore


class DefaultLine(NamedTuple):
    """A line that moved stock of a default batch, with the stock that is there without all that is taken back."""

    document: int
    source: Source
    day: date
    place: Place
    after: Decimal


class PoolMoved(NamedTuple):
    """What taking one document back does to a pool, and the date of its last movement."""

    document: int
    warehouse_id: int
    item_id: int
    quantity: Decimal
    cost: Decimal
    day: date


def put_back(document: int, parts: Sequence[TakenBack]) -> None:
    """What of a document is taken back, into `work_take`; one COPY."""
    copy_rows(
        "work_take",
        PUT_BACK_COLUMNS,
        (
            (p.key, document, p.line[0], p.line[1], p.warehouse_id, p.item_id, p.batch_id, p.quantity, p.cost_amount, p.date, True)
            for p in parts
        ),
    )


def documents_put_back() -> set[int]:
    """Documents that `work_take` has something of; one query."""
    return {row[0] for row in fetch_all("SELECT DISTINCT order_id FROM work_take")}


def hold_stock() -> None:
    """Locks the cost rows, then the on-hand rows of `work_take`, FOR NO KEY UPDATE in (warehouse, item, batch) order; two queries."""
    fetch_all(HOLD_COSTS)
    execute(HOLD_ON_HAND)


def short_stock() -> list[Short]:
    """Held on-hand rows that would lose more than they have; one query."""
    rows = fetch_all(
        """
        SELECT min(t.order_id), o.warehouse_id, o.item_id, o.batch_id, -sum(t.quantity), o.id, o.physical, o.negative_allowed, o.is_default
        FROM work_take t JOIN inventory_onhand o ON o.id = t.on_hand_id WHERE t.may_go_negative
        GROUP BY o.id HAVING sum(t.quantity) > 0 ORDER BY o.warehouse_id, o.item_id, o.batch_id
        """
    )
    return [Short(row[0], tuple(row[1:4]), row[4], StockBefore(*row[5:])) for row in rows]


def default_lines() -> list[DefaultLine]:
    """Lines whose movements were of default batches; one query, before on-hand is changed."""
    rows = fetch_all(
        """
        SELECT t.order_id, t.ordinal, t.order_line_id, t.day, t.warehouse_id, t.item_id, t.batch_id,
               o.physical - sum(t.quantity) OVER (PARTITION BY t.on_hand_id)
        FROM work_take t JOIN inventory_onhand o ON o.id = t.on_hand_id WHERE t.is_default
        """
    )
    return [DefaultLine(row[0], (row[1], row[2]), row[3], Place(*row[4:7]), row[7]) for row in rows]


def date_takes(day: date) -> None:
    """All that is in `work_take` moves on that day; one query."""
    execute("UPDATE work_take SET day = %s", [day])


def save_plain_costs() -> list[StockKey]:
    """What the held pools of `work_take` are worth without it, where their cost stays; gives those that the rule decides. One query."""
    return [(warehouse_id, item_id) for warehouse_id, item_id in fetch_all(SAVE_PLAIN_COSTS)]


def moved_in(pools: Collection[StockKey]) -> list[PoolMoved]:
    """What taking back moves in these pools, document by document; one query."""
    return fetch_as(
        PoolMoved,
        """
        SELECT t.order_id AS document, t.warehouse_id, t.item_id, -sum(t.quantity) AS quantity, -sum(t.cost) AS cost, max(t.day) AS day
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        JOIN work_take t ON t.warehouse_id = p.warehouse_id AND t.item_id = p.item_id
        GROUP BY t.order_id, t.warehouse_id, t.item_id ORDER BY t.order_id, t.warehouse_id, t.item_id
        """,
        [array(pool[0] for pool in pools), array(pool[1] for pool in pools)],
    )
