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

from core.db.bulk import array, copy_rows, execute, fetch_all, fetch_as, text_array
from inventory.models import ItemModelGroup
from inventory.rules.fallback_budget import is_limited
from inventory.rules.stock import Demand, FallbackSettings
from inventory.writes.issues import insert_default_batches
from inventory.writes.takes import EMPTY_TABLES, make_work_tables

_ENSURE_COSTS = """
    INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
    SELECT p.warehouse_id, p.item_id, 0, 0, i.standard_cost, m.costing_method = %s
    FROM (SELECT DISTINCT warehouse_id, item_id FROM work_demand) p
    JOIN inventory_item i ON i.id = p.item_id
    JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
    WHERE NOT EXISTS (SELECT FROM inventory_warehouseitemcost c WHERE c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id)
    ORDER BY p.warehouse_id, p.item_id FOR SHARE OF i, m
    ON CONFLICT (warehouse_id, item_id) DO NOTHING
"""

# Cost rows, held in their order, with what item, warehouse and parameters say of the pool.
HOLD_COSTS = """
    WITH place AS MATERIALIZED (
        SELECT w.id, w.wms_enabled, w.location_plate_controlled, w.store_negative_physical, w.store_negative_financial, u.decimals, e.*
        FROM inventory_warehouse w
        JOIN parameters_legalentity l ON l.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = l.currency_id
        JOIN unnest(
            %(entities)s::bigint[], %(fall_back)s::bool[], %(numbers)s::text[], %(advanced)s::bool[], %(earlier)s::int[], %(later)s::bool[],
            %(all_by_rule)s::bool[]
        ) AS e (entity_id, falls_back, number, advanced_only, expires_earlier, received_later, all_by_rule)
            ON e.entity_id = w.legal_entity_id
    )
    INSERT INTO work_cost
    SELECT d.warehouse_id, d.item_id, d.demand, d.by_rule OR w.all_by_rule, d.first_day, d.last_day, d.first_at, d.last_at, c.id,
           g.batch_active, m.allocation_policy,
           f.negative_physical, m.negative_financial OR w.store_negative_financial,
           f.negative_physical AND NOT (f.advanced AND w.location_plate_controlled),
           w.falls_back AND f.negative_physical AND (NOT w.advanced_only OR f.advanced)
               AND NOT (f.advanced AND w.location_plate_controlled),
           w.number, w.expires_earlier, w.received_later, c.quantity, c.value, c.unit_cost, w.decimals
    FROM (
        SELECT warehouse_id, item_id, sum(quantity) AS demand,
               bool_or(quantity < 0 OR batch_id IS NOT NULL OR is_reserved IS TRUE) AS by_rule,
               min(day) AS first_day, max(day) AS last_day, min(at) AS first_at, max(at) AS last_at
        FROM work_demand GROUP BY warehouse_id, item_id
    ) d
    JOIN inventory_warehouseitemcost c ON c.warehouse_id = d.warehouse_id AND c.item_id = d.item_id
    JOIN inventory_item i ON i.id = d.item_id
    JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
    JOIN inventory_trackinggroup g ON g.id = i.tracking_group_id
    JOIN inventory_storagegroup s ON s.id = i.storage_group_id
    JOIN place w ON w.id = d.warehouse_id
    CROSS JOIN LATERAL (
        SELECT m.negative_physical OR w.store_negative_physical AS negative_physical, s.wms_enabled AND w.wms_enabled AS advanced
    ) f
    ORDER BY c.warehouse_id, c.item_id FOR NO KEY UPDATE OF c
"""

# On-hand rows, held in their order, with what each is to its pool. `rejection` says why a row with stock does not serve, the nearest to
# serving first (`rejection_reason`): 1 reserved, 2 received later, 3 expired, 4 blocked. `changes`: its batch becomes valid or expires
# within the chunk. As in `load_stock`, rows that are used up hold nothing to decide on.
HOLD_STOCK = """
    WITH held AS MATERIALIZED (
        SELECT o.id, o.warehouse_id, o.item_id, o.batch_id, o.physical, o.reserved, o.first_received_at, b.number, b.expires_on,
               d.blocks_sale, b.is_default_batch, p.number AS default_number, p.first_day, p.last_day, p.first_at, p.last_at,
               p.expires_earlier, p.received_later, p.policy, p.tracked AND NOT b.is_default_batch AS is_real
        FROM work_cost p
        JOIN inventory_onhand o ON o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id
        LEFT JOIN inventory_batch b ON b.id = o.batch_id
        LEFT JOIN inventory_disposition d ON d.id = b.disposition_id
        WHERE o.physical <> 0 OR o.reserved <> 0 OR o.batch_id IS NULL
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
    ), judged AS (
        SELECT h.*,
               CASE WHEN blocks_sale THEN 4
                    WHEN expires_on < first_day + expires_earlier THEN 3
                    WHEN NOT received_later AND (first_received_at IS NULL OR first_received_at > last_at) THEN 2
               END AS rejection,
               NOT blocks_sale AND physical > 0 AND (
                   (expires_on < last_day + expires_earlier AND NOT expires_on < first_day + expires_earlier)
                   OR (NOT received_later AND first_received_at > first_at AND NOT first_received_at > last_at)
               ) AS changes
        FROM held h
    )
    INSERT INTO work_stock
    SELECT id, warehouse_id, item_id, batch_id, physical,
           CASE WHEN is_real AND rejection IS NULL AND physical > reserved THEN physical - reserved ELSE 0 END,
           is_real AND changes, is_real AND (first_received_at IS NOT NULL OR physical > 0),
           is_real AND first_received_at IS NULL AND physical > 0,
           is_default_batch AND number = default_number AND physical > 0,
           CASE WHEN is_real AND physical > 0 THEN CASE WHEN rejection IS NOT NULL THEN rejection WHEN reserved > 0 THEN 1 END END,
           policy, number, expires_on, first_received_at
    FROM judged
"""

# Each pool with its kind: covered, short (the rest falls back), untracked, or decided by the rule. What only short pools ask is asked
# with LIMIT, pool by pool: EXISTS may become a scan of all stock, whose answers are then kept for pools that never ask.
JUDGE = """
    WITH judged AS (INSERT INTO work_pool
    SELECT p.warehouse_id, p.item_id,
           CASE WHEN p.by_rule OR (NOT p.negative_financial AND p.demand > COALESCE(s.total, 0)) THEN 'rule'
                WHEN NOT p.tracked THEN CASE WHEN p.may_be_short OR p.demand <= COALESCE(s.loose, 0) THEN 'untracked' ELSE 'rule' END
                WHEN s.changes THEN 'rule'
                WHEN p.demand <= s.available THEN 'covered'
                WHEN NOT p.falls_back OR s.has_credit OR s.never_received OR (
                    SELECT true FROM inventory_batch b
                    WHERE b.item_id = p.item_id AND b.number = p.number AND NOT b.is_default_batch LIMIT 1
                ) THEN 'rule'
                ELSE 'short' END,
           p.demand, COALESCE(s.available, 0), s.loose_id,
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
        SELECT warehouse_id, item_id, sum(physical) AS total, sum(available) AS available, bool_or(changes) AS changes,
               bool_or(was_here) AS was_here, bool_or(never_received) AS never_received, bool_or(has_credit) AS has_credit,
               min(rejection) AS rejection, sum(physical) FILTER (WHERE batch_id IS NULL) AS loose,
               max(on_hand_id) FILTER (WHERE batch_id IS NULL) AS loose_id
        FROM work_stock GROUP BY warehouse_id, item_id
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
    make_cost_rows()
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


def make_cost_rows() -> None:
    """As `ensure_cost_rows`, for the pools of `work_demand`, before any cost row is held; one query."""
    execute(_ENSURE_COSTS, [ItemModelGroup.CostingMethod.MOVING_AVERAGE])


def settings_arrays(settings: Mapping[int, FallbackSettings]) -> dict[str, object]:
    """What HOLD_COSTS wants to know of each legal entity."""
    rows = sorted(settings.items())
    return {
        "entities": [entity for entity, _ in rows],
        # What falls back where there is a limit is counted by the rule.
        "fall_back": [own.use_default_batch and own.default_batch_id != "" and not is_limited(own) for _, own in rows],
        "numbers": text_array(own.default_batch_id for _, own in rows),
        "advanced": [own.scope_advanced_only for _, own in rows],
        "earlier": [0 if own.sellable_on_expiration_date else 1 for _, own in rows],
        "later": [own.use_batches_received_after_sale for _, own in rows],
        # A share is one of all that is sold, so what real batches cover is counted as well.
        "all_by_rule": [own.limit_share is not None for _, own in rows],
    }


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
