"""Stock as allocation sees it: one locking read of on-hand, one read of policies."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.db.bulk import array, fetch_all
from core.lib.decimals import ZERO
from inventory.queries.policies import Policies
from inventory.rules.costing import PoolCost
from inventory.rules.default_stock import DefaultStock, Place, Posting
from inventory.rules.stock import BatchStock, OnHandKey, Stock, StockKey


@dataclass(frozen=True, slots=True)
class LoadedStock:
    """Stocks and costs by (warehouse, item), ids of the on-hand rows that exist by (warehouse, item, batch)."""

    stocks: Mapping[StockKey, Stock]
    on_hand_ids: Mapping[OnHandKey, int]
    costs: Mapping[StockKey, PoolCost]

    @property
    def default_batches(self) -> set[int]:
        """Default batches among the batches that were read."""
        return {batch.batch_id for stock in self.stocks.values() for batch in stock.batches if batch.is_default_batch}

    def credit(self, place: Place) -> Decimal:
        """What lies on a default batch; below nothing it is owed."""
        batches = self.stocks[place.warehouse_id, place.item_id].batches
        return sum((batch.physical for batch in batches if batch.batch_id == place.batch_id), ZERO)


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


_REAL_NUMBERS = """
    SELECT item_id, number FROM inventory_batch
    WHERE item_id = ANY(%s::bigint[]) AND number = ANY(%s::text[]) AND NOT is_default_batch
"""


def load_stock(
    pools: Collection[StockKey],
    named: Iterable[tuple[StockKey, int]],
    known: Policies,
    costs: Mapping[StockKey, PoolCost],
    default_numbers: Collection[str] = (),
    *,
    lock: bool,
) -> LoadedStock:
    """Stock and policies of the (warehouse, item) pools, with their costs; at most six queries.

    With `lock` the on-hand rows are held FOR NO KEY UPDATE in (warehouse, item, batch) order until the transaction ends; a preview reads
    without. `named` are the batches that lines name themselves (captured, or to be returned to), wanted even without stock;
    `default_numbers` the default batch ids in question.
    """
    ordered = sorted(pools)
    keys = _pool_arrays(ordered)
    named_pairs = set(named)
    named_ids = array({batch_id for _, batch_id in named_pairs})
    rows = fetch_all(_LOCKED_STOCK + ("FOR NO KEY UPDATE OF o" if lock else ""), {**keys, "named": named_ids})
    physical: dict[StockKey, Decimal] = {}
    loose: dict[StockKey, Decimal] = {}
    batches: dict[StockKey, list[BatchStock]] = {}
    ids: dict[OnHandKey, int] = {}
    for row_id, warehouse, item, batch, quantity, reserved, number, expires_on, received_at, blocked, is_default_batch in rows:
        pool = (warehouse, item)
        ids[warehouse, item, batch] = row_id
        physical[pool] = physical.get(pool, ZERO) + quantity
        if batch is None:
            loose[pool] = reserved
        else:
            stock = BatchStock(batch, number, quantity, reserved, expires_on, received_at, blocked, is_default_batch)
            batches.setdefault(pool, []).append(stock)
    if missing := {(pool, batch) for pool, batch in named_pairs if (*pool, batch) not in ids}:
        _add_absent_batches(missing, batches)
    policies = known.load(ordered)
    without = {
        pool
        for pool in ordered
        if policies[pool].tracked and all(batch.is_default_batch or batch.first_received_at is None for batch in batches.get(pool, ()))
    }
    had = _pools_with_history(sorted(without))
    real_numbers = _real_numbers({pool[1] for pool in ordered if policies[pool].tracked}, default_numbers)
    stocks = {
        pool: Stock(
            policies[pool],
            physical.get(pool, ZERO),
            batches.get(pool, ()),
            pool not in without or pool in had,
            loose.get(pool, ZERO),
            real_numbers.get(pool[1], ()),
        )
        for pool in ordered
    }
    return LoadedStock(stocks, ids, costs)


def _real_numbers(item_ids: Collection[int], numbers: Collection[str]) -> dict[int, list[str]]:
    """Which of the numbers are real batches, by item."""
    wanted = [number for number in numbers if number]
    found: dict[int, list[str]] = {}
    for item_id, number in fetch_all(_REAL_NUMBERS, [array(item_ids), wanted]) if item_ids and wanted else ():
        found.setdefault(item_id, []).append(number)
    return found


def load_default_stock(owed_in: Collection[Place], credit_in: Collection[Place], source_kind: int) -> DefaultStock:
    """Open debts and open credits of places, the oldest first, one query each where there are places; the cost rows are held.

    Lines of other kinds of documents than `source_kind` are nobody's own.
    """
    sides = []
    for table, places in (("inventory_batchdebt", owed_in), ("inventory_batchcredit", credit_in)):
        sql = f"""
            SELECT d.warehouse_id, d.item_id, d.batch_id, CASE WHEN d.source_kind = %s THEN d.source_id ELSE -1 END, d.quantity,
                   d.open_quantity, d.business_date, d.id
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id, batch_id)
            JOIN {table} d ON d.warehouse_id = p.warehouse_id AND d.item_id = p.item_id AND d.batch_id = p.batch_id
            WHERE d.open_quantity > 0 ORDER BY d.business_date, d.id
        """
        keys = [array(place[column] for place in places) for column in range(3)]
        rows = fetch_all(sql, [source_kind, *keys]) if places else ()
        sides.append([Posting(Place(*row[:3]), row[3], row[4], row[5], row[6], id=row[7]) for row in rows])
    return DefaultStock.of(*sides)


def _add_absent_batches(missing: Collection[tuple[StockKey, int]], batches: dict[StockKey, list[BatchStock]]) -> None:
    known = {row[0]: row for row in fetch_all(_NAMED_BATCHES, [array({batch for _, batch in missing})])}
    for pool, batch_id in sorted(missing):
        _, item_id, number, expires_on, blocked, is_default_batch = known[batch_id]
        if item_id == pool[1]:
            batches.setdefault(pool, []).append(BatchStock(batch_id, number, ZERO, ZERO, expires_on, None, blocked, is_default_batch))


def _pools_with_history(pools: list[StockKey]) -> set[StockKey]:
    if not pools:
        return set()
    return set(fetch_all(_HAD_BATCHES, _pool_arrays(pools)))


def _pool_arrays(pools: Collection[StockKey]) -> dict[str, str]:
    return {"warehouses": array(pool[0] for pool in pools), "items": array(pool[1] for pool in pools)}
