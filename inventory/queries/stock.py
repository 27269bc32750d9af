"""Stock as allocation sees it: one locking read of on-hand, one read of policies."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.db.bulk import array, fetch_all
from inventory.queries.policies import Policies
from inventory.rules.stock import ZERO, BatchStock, Stock

Pool = tuple[int, int]
StockKey = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class LoadedStock:
    """Stocks by (warehouse, item), ids of the on-hand rows that exist by (warehouse, item, batch), unit cost by (warehouse, item)."""

    stocks: Mapping[Pool, Stock]
    on_hand_ids: Mapping[StockKey, int]
    unit_costs: Mapping[Pool, Decimal]


# Rows that are used up hold nothing to decide on and are many, except the one without a batch, which every issue of an untracked item
# changes: it must be locked in its place, or posting and receipts could each hold what the other waits for.
_LOCKED_STOCK = """
    SELECT o.id, o.warehouse_id, o.item_id, o.batch_id, o.physical, o.reserved, b.number, b.expires_on, o.first_received_at,
           COALESCE(d.blocks_sale, false), COALESCE(b.is_default_batch, false)
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    JOIN inventory_onhand o ON o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id
    LEFT JOIN inventory_batch b ON b.id = o.batch_id
    LEFT JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE o.physical <> 0 OR o.reserved <> 0 OR o.batch_id IS NULL OR o.batch_id = ANY(%(named)s::bigint[])
    ORDER BY o.warehouse_id, o.item_id, o.batch_id
"""

# A batch that a line names but that was never in the warehouse has no on-hand row to lock.
_NAMED_BATCHES = """
    SELECT b.id, b.item_id, b.number, b.expires_on, d.blocks_sale, b.is_default_batch
    FROM inventory_batch b JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE b.id = ANY(%s::bigint[])
"""

_HAD_BATCHES = """
    SELECT p.warehouse_id, p.item_id
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    WHERE EXISTS (
        SELECT FROM inventory_onhand o JOIN inventory_batch b ON b.id = o.batch_id
        WHERE o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id AND NOT b.is_default_batch
              AND o.first_received_at IS NOT NULL
    )
"""


def load_stock(pools: Collection[Pool], named: Iterable[tuple[Pool, int]], known: Policies, *, lock: bool) -> LoadedStock:
    """Stock, policies and costs of the (warehouse, item) pools; at most six statements.

    With `lock` the on-hand rows are held FOR NO KEY UPDATE in (warehouse, item, batch) order until the transaction ends; a preview reads
    without. `named` are the batches that lines name themselves (captured, or to be returned to), wanted even without stock.
    """
    ordered = sorted(pools)
    keys = _pool_arrays(ordered)
    named_pairs = set(named)
    named_ids = array({batch_id for _, batch_id in named_pairs})
    rows = fetch_all(_LOCKED_STOCK + ("FOR NO KEY UPDATE OF o" if lock else ""), {**keys, "named": named_ids})
    physical: dict[Pool, Decimal] = {}
    loose: dict[Pool, Decimal] = {}
    batches: dict[Pool, list[BatchStock]] = {}
    ids: dict[StockKey, int] = {}
    for row_id, warehouse, item, batch, quantity, reserved, number, expires_on, received_at, blocked, placeholder in rows:
        pool = (warehouse, item)
        ids[warehouse, item, batch] = row_id
        physical[pool] = physical.get(pool, ZERO) + quantity
        if batch is None:
            loose[pool] = reserved
        else:
            stock = BatchStock(batch, number, quantity, reserved, expires_on, received_at, blocked, placeholder)
            batches.setdefault(pool, []).append(stock)
    if missing := {(pool, batch) for pool, batch in named_pairs if (*pool, batch) not in ids}:
        _add_absent_batches(missing, batches)
    policies, unit_costs = known.load(ordered)
    without = {
        pool
        for pool in ordered
        if policies[pool].tracked and all(batch.placeholder or batch.first_received_at is None for batch in batches.get(pool, ()))
    }
    had = _pools_with_history(sorted(without))
    stocks = {
        pool: Stock(
            policies[pool], physical.get(pool, ZERO), batches.get(pool, ()), pool not in without or pool in had, loose.get(pool, ZERO)
        )
        for pool in ordered
    }
    return LoadedStock(stocks, ids, unit_costs)


def _add_absent_batches(missing: Collection[tuple[Pool, int]], batches: dict[Pool, list[BatchStock]]) -> None:
    known = {row[0]: row for row in fetch_all(_NAMED_BATCHES, [array({batch for _, batch in missing})])}
    for pool, batch_id in sorted(missing):
        _, item_id, number, expires_on, blocked, placeholder = known[batch_id]
        if item_id == pool[1]:
            batches.setdefault(pool, []).append(BatchStock(batch_id, number, ZERO, ZERO, expires_on, None, blocked, placeholder))


def _pools_with_history(pools: list[Pool]) -> set[Pool]:
    if not pools:
        return set()
    return set(fetch_all(_HAD_BATCHES, _pool_arrays(pools)))


def _pool_arrays(pools: Collection[Pool]) -> dict[str, str]:
    return {"warehouses": array(pool[0] for pool in pools), "items": array(pool[1] for pool in pools)}
