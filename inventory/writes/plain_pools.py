"""Plain pools: decided as sets, in the caller's transaction, without their rows leaving the database.

A pool is what a chunk wants of an item in a warehouse. It is plain where the order of its lines only says who gets which part of what is
there: sales by policy that valid batches cover, or that may fall back for the rest, of batches that are valid for all of the chunk or for
none of it. Its running demand is laid along the running stock of its batches. All other pools (returns, captured batches, lines that goods
are reserved for, batches that become valid or expire within the chunk, what may fail, what a limit counts, units that lie on the default
batch) are decided by the pure rule (`inventory/rules/allocation.py`), which decides plain pools the same way: a property test compares the
two row by row. What both decide is written as one set (`inventory/writes/takes.py`).
"""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field

from core.db.bulk import array, copy_rows, execute, fetch_all, fetch_as
from inventory.queries.pools import (
    JUDGED_STOCK,
    KIND_OF_POOL,
    NEEDS_RULE,
    PLACE,
    POLICY_OF_POOL,
    SETTINGS_OF_POOL,
    STOCK_OF_POOL,
    STOCK_SUMS,
    WANTED,
    settings_arrays,
)
from inventory.rules.stock import Demand, FallbackSettings
from inventory.writes.costing import ensure_cost_rows_of_demands
from inventory.writes.issues import insert_default_batches
from inventory.writes.takes import EMPTY_TABLES, make_work_tables

# Cost rows, held in their order, with what item, warehouse and parameters say of the pool.
HOLD_COSTS = f"""
    WITH {PLACE}
    INSERT INTO work_cost
    SELECT d.warehouse_id, d.item_id, d.demand, d.by_rule OR w.all_by_rule, d.first_day, d.last_day, d.first_at, d.last_at, c.id,
           {POLICY_OF_POOL}, c.quantity, c.value, c.unit_cost, w.decimals
    FROM ({WANTED.format(lines="work_demand", by_rule=f"{NEEDS_RULE} OR is_reserved IS TRUE")}) d
    JOIN inventory_warehouseitemcost c ON c.warehouse_id = d.warehouse_id AND c.item_id = d.item_id
    {SETTINGS_OF_POOL}
    ORDER BY c.warehouse_id, c.item_id FOR NO KEY UPDATE OF c
"""

# On-hand rows, held in their order, with what each is to its pool.
HOLD_STOCK = f"""
    WITH held AS MATERIALIZED (
        {STOCK_OF_POOL.format(pools="work_cost")}
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
    )
    INSERT INTO work_stock {JUDGED_STOCK.format(held="held")}
"""

# Each pool with its kind.
JUDGE = f"""
    WITH judged AS (INSERT INTO work_pool
    SELECT p.warehouse_id, p.item_id, {KIND_OF_POOL}, p.demand, COALESCE(s.available, 0), s.loose_id,
           CASE WHEN NOT p.tracked OR p.demand <= s.available THEN ''
                WHEN s.was_here THEN
                    CASE s.rejection WHEN 1 THEN 'RESERVED' WHEN 2 THEN 'RECEIVED_LATER' WHEN 3 THEN 'EXPIRED' WHEN 4 THEN 'BLOCKED'
                                ELSE 'STOCK_USED_UP' END
                WHEN (
                    SELECT true FROM inventory_onhand o JOIN inventory_batch b ON b.id = o.batch_id
                    WHERE o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id AND NOT b.is_default_batch
                      AND o.first_received_at IS NOT NULL LIMIT 1
                ) THEN 'STOCK_USED_UP'
                ELSE 'NO_BATCH' END,
           p.policy, p.negative_physical, p.number, p.cost_id, p.quantity, p.value, p.unit_cost, p.decimals
    FROM work_cost p
    LEFT JOIN (
        SELECT warehouse_id, item_id, {STOCK_SUMS} FROM work_stock GROUP BY warehouse_id, item_id
    ) s ON s.warehouse_id = p.warehouse_id AND s.item_id = p.item_id
    RETURNING kind, item_id, number)
    SELECT DISTINCT kind, number, item_id FROM judged j
    WHERE kind = 'short' AND NOT EXISTS (SELECT FROM inventory_batch b WHERE b.item_id = j.item_id AND b.number = j.number)
    UNION ALL
    SELECT DISTINCT kind, '', 0 FROM judged WHERE kind = 'rule'
"""

BY_RULE = """
    SELECT d.line_id, d.order_id, d.order_line_id, d.warehouse_id, d.item_id, d.quantity, d.day, d.at, d.batch_id, d.return_of
    FROM work_demand d JOIN work_pool p ON p.warehouse_id = d.warehouse_id AND p.item_id = d.item_id
    WHERE p.kind = 'rule' ORDER BY d.place
"""

_STILL_SHORT = """
    SELECT p.number, p.item_id
    FROM work_pool p JOIN work_demand d ON d.warehouse_id = p.warehouse_id AND d.item_id = p.item_id
    WHERE p.kind = 'short' AND NOT d.order_id = ANY(%(without)s::bigint[])
    GROUP BY p.warehouse_id, p.item_id, p.number, p.available HAVING sum(d.quantity) > p.available
"""

# Running demand against running stock, each in its order; what is behind the last batch of a short pool is the default batch's. The cost of
# a part is the difference of what the pool is worth before it and behind it (inventory/rules/costing.py).
TAKE = """
    WITH demand AS MATERIALIZED (
        SELECT d.*, sum(d.quantity) OVER (PARTITION BY d.warehouse_id, d.item_id ORDER BY d.place ROWS UNBOUNDED PRECEDING) AS upto,
               p.policy, p.quantity AS stock, p.value, p.unit_cost, p.decimals, p.number, p.reason, p.negative_physical
        FROM work_demand d JOIN work_pool p ON p.warehouse_id = d.warehouse_id AND p.item_id = d.item_id
        WHERE p.kind <> 'rule' AND NOT d.order_id = ANY(%(without)s::bigint[])
    ), batch AS (
        SELECT s.warehouse_id, s.item_id, s.batch_id, s.on_hand_id, s.available,
               sum(s.available) OVER (
                   PARTITION BY s.warehouse_id, s.item_id
                   ORDER BY CASE WHEN s.policy = 'fefo' THEN COALESCE(s.expires_on, 'infinity') END,
                            CASE WHEN s.policy IN ('fefo', 'fifo') THEN COALESCE(s.received_at, 'infinity') END,
                            CASE WHEN s.policy = 'lifo' THEN s.received_at END DESC NULLS LAST,
                            s.number COLLATE "C" ROWS UNBOUNDED PRECEDING
               ) AS upto
        FROM work_stock s WHERE s.available > 0
    ), lot AS MATERIALIZED (
        SELECT warehouse_id, item_id, batch_id, on_hand_id, upto - available AS since, upto, 'allocated' AS source FROM batch
        UNION ALL
        SELECT p.warehouse_id, p.item_id, b.id, NULL, p.available, 'infinity', 'default'
        FROM work_pool p JOIN inventory_batch b ON b.item_id = p.item_id AND b.number = p.number WHERE p.kind = 'short'
        UNION ALL
        SELECT warehouse_id, item_id, NULL, on_hand_id, 0, 'infinity', 'untracked' FROM work_pool WHERE kind = 'untracked'
    ), part AS (
        SELECT d.*, l.batch_id AS from_batch, l.on_hand_id, l.source, l.since AS lot_since,
               greatest(d.upto - d.quantity, l.since) AS since, least(d.upto, l.upto) AS until
        FROM demand d
        JOIN lot l ON l.warehouse_id = d.warehouse_id AND l.item_id = d.item_id AND l.since < d.upto AND l.upto > d.upto - d.quantity
    )
    INSERT INTO work_take
    SELECT place, line_id, row_number() OVER (PARTITION BY warehouse_id, item_id, place ORDER BY lot_since), order_id, order_line_id,
           warehouse_id, item_id, from_batch, on_hand_id, until - since, source,
           CASE source WHEN 'untracked' THEN 'NOT_TRACKED' WHEN 'default' THEN reason ELSE upper(policy) END,
           CASE source WHEN 'default' THEN number ELSE '' END, source = 'default' OR (source = 'untracked' AND negative_physical),
           source = 'default', false, NULL, NULL, day, at, unit_cost,
           CASE WHEN since = 0 THEN value ELSE round((stock - since) * unit_cost, decimals) END
               - round((stock - until) * unit_cost, decimals)
    FROM part
"""


@dataclass(slots=True)
class Judged:
    """Whether some pools go by the rule, and the items, by number, whose default batch is missing."""

    by_rule: bool = False
    without_default_batch: dict[str, list[int]] = field(default_factory=dict)


def hold_pools(settings: Mapping[int, FallbackSettings]) -> Judged:
    """Judges the pools of `work_demand`; four queries.

    Locks the cost rows (made where they are missing), then the on-hand rows, FOR NO KEY UPDATE in (warehouse, item, batch) order.
    """
    ensure_cost_rows_of_demands()
    execute(HOLD_COSTS, settings_arrays(settings))
    execute(HOLD_STOCK)
    judged = Judged()
    for kind, number, item_id in fetch_all(JUDGE):
        if kind == "rule":
            judged.by_rule = True
        else:
            judged.without_default_batch.setdefault(number, []).append(item_id)
    return judged


def place_demands(needs: Sequence[Demand], reserved: Container[int]) -> None:
    """Needs in data order into the emptied work tables of this session; `reserved` are order lines with goods reserved. Three queries."""
    make_work_tables()
    execute(EMPTY_TABLES)
    copy_rows(
        "work_demand",
        (
            *("line_id", "order_id", "order_line_id", "warehouse_id", "item_id", "quantity", "day", "at", "batch_id", "return_of"),
            *("place", "is_reserved"),
        ),
        ((*need, place, need.order_line_id in reserved) for place, need in enumerate(needs, 1)),
    )


def demands_by_rule() -> list[Demand]:
    """Lines of the pools that are not plain, in data order; one query."""
    return fetch_as(Demand, BY_RULE)


def take_plain(judged: Judged, without_orders: Collection[int]) -> None:
    """Takes of the plain pools into `work_take`, without orders that fail; makes default batches that are missing. One query or more."""
    missing = judged.without_default_batch
    if missing and without_orders:
        # Without the orders that fail some may not be short any more.
        short = {tuple(row) for row in fetch_all(_STILL_SHORT, {"without": array(without_orders)})}
        missing = {number: [item_id for item_id in items if (number, item_id) in short] for number, items in missing.items()}
    for number, items in sorted((number, items) for number, items in missing.items() if items):
        insert_default_batches(items, number)
    execute(TAKE, {"without": array(without_orders)})
