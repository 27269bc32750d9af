"""Stock as allocation sees it: one locking read of on-hand, one read of policies."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from inventory.rules.stock import ZERO, BatchStock, Policy, Stock, StockPolicy
from retailhq.db.bulk import fetch_all

Pool = tuple[int, int]
StockKey = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class LoadedStock:
    """Stocks by (warehouse, item), ids of the on-hand rows that exist by (warehouse, item, batch), unit cost by (warehouse, item)."""

    stocks: Mapping[Pool, Stock]
    on_hand_ids: Mapping[StockKey, int]
    unit_costs: Mapping[Pool, Decimal]


_LOCKED_STOCK = """
    SELECT o.id, o.warehouse_id, o.item_id, o.batch_id, o.physical, o.reserved, b.number, b.expires_on, o.first_received_at,
           COALESCE(d.blocks_sale, false), COALESCE(b.is_placeholder, false)
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    JOIN inventory_onhand o ON o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id
    LEFT JOIN inventory_batch b ON b.id = o.batch_id
    LEFT JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE o.physical <> 0 OR o.reserved <> 0 OR o.batch_id = ANY(%(named)s)
    ORDER BY o.warehouse_id, o.item_id, o.batch_id
"""

# A batch that a line names but that was never in the warehouse has no on-hand row to lock.
_NAMED_BATCHES = """
    SELECT b.id, b.item_id, b.number, b.expires_on, d.blocks_sale, b.is_placeholder
    FROM inventory_batch b JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE b.id = ANY(%s)
"""

_POLICIES = """
    SELECT p.warehouse_id, p.item_id, t.batch_active, m.allocation_policy, m.negative_physical OR w.store_negative_physical,
           m.negative_financial OR w.store_negative_financial, w.wms_enabled AND g.wms_enabled, w.location_plate_controlled,
           CASE m.costing_method WHEN 'standard' THEN i.standard_cost ELSE COALESCE(c.unit_cost, i.standard_cost) END
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    JOIN inventory_item i ON i.id = p.item_id
    JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
    JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
    JOIN inventory_storagegroup g ON g.id = i.storage_group_id
    JOIN inventory_warehouse w ON w.id = p.warehouse_id
    LEFT JOIN inventory_warehouseitemcost c ON c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id AND m.costing_method <> 'standard'
"""

_HAD_BATCHES = """
    SELECT p.warehouse_id, p.item_id
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    WHERE EXISTS (
        SELECT FROM inventory_onhand o JOIN inventory_batch b ON b.id = o.batch_id
        WHERE o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id AND NOT b.is_placeholder
    )
"""


def load_stock(pools: Collection[Pool], named: Iterable[tuple[Pool, int]], *, lock: bool) -> LoadedStock:
    """Stock, policies and costs of the (warehouse, item) pools; at most four statements.

    With `lock` the on-hand rows are held FOR NO KEY UPDATE in (warehouse, item, batch) order until the transaction ends; a preview reads
    without. `named` are the batches that lines name themselves (captured, or to be returned to), wanted even without stock.
    """
    ordered = sorted(pools)
    keys = {"warehouses": [pool[0] for pool in ordered], "items": [pool[1] for pool in ordered]}
    named_pairs = set(named)
    named_ids = sorted({batch_id for _, batch_id in named_pairs})
    rows = fetch_all(_LOCKED_STOCK + ("FOR NO KEY UPDATE OF o" if lock else ""), {**keys, "named": named_ids})
    physical: dict[Pool, Decimal] = {}
    batches: dict[Pool, list[BatchStock]] = {}
    ids: dict[StockKey, int] = {}
    for row_id, warehouse, item, batch, quantity, reserved, number, expires_on, received_at, blocked, placeholder in rows:
        pool = (warehouse, item)
        ids[warehouse, item, batch] = row_id
        physical[pool] = physical.get(pool, ZERO) + quantity
        if batch is not None:
            stock = BatchStock(batch, number, quantity, reserved, expires_on, received_at, blocked, placeholder)
            batches.setdefault(pool, []).append(stock)
    if missing := {(pool, batch) for pool, batch in named_pairs if (*pool, batch) not in ids}:
        _add_absent_batches(missing, batches)
    policies, unit_costs = _load_policies(keys)
    without = {pool for pool in ordered if policies[pool].tracked and all(batch.placeholder for batch in batches.get(pool, ()))}
    had = _pools_with_history(sorted(without))
    stocks = {
        pool: Stock(policies[pool], physical.get(pool, ZERO), batches.get(pool, ()), pool not in without or pool in had) for pool in ordered
    }
    return LoadedStock(stocks, ids, unit_costs)


def _add_absent_batches(missing: Collection[tuple[Pool, int]], batches: dict[Pool, list[BatchStock]]) -> None:
    known = {row[0]: row for row in fetch_all(_NAMED_BATCHES, [sorted({batch for _, batch in missing})])}
    for pool, batch_id in sorted(missing):
        _, item_id, number, expires_on, blocked, placeholder = known[batch_id]
        if item_id == pool[1]:
            batches.setdefault(pool, []).append(BatchStock(batch_id, number, ZERO, ZERO, expires_on, None, blocked, placeholder))


def _load_policies(keys: dict[str, list[int]]) -> tuple[dict[Pool, StockPolicy], dict[Pool, Decimal]]:
    known: dict[tuple[object, ...], StockPolicy] = {}
    policies: dict[Pool, StockPolicy] = {}
    costs: dict[Pool, Decimal] = {}
    for warehouse, item, *flags, cost in fetch_all(_POLICIES, keys):
        flag_key = tuple(flags)
        if flag_key not in known:
            known[flag_key] = StockPolicy(flags[0], Policy(flags[1]), *flags[2:])
        policies[warehouse, item] = known[flag_key]
        costs[warehouse, item] = cost
    return policies, costs


def _pools_with_history(pools: list[Pool]) -> set[Pool]:
    if not pools:
        return set()
    keys = {"warehouses": [pool[0] for pool in pools], "items": [pool[1] for pool in pools]}
    return set(fetch_all(_HAD_BATCHES, keys))
