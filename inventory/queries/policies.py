"""What items and warehouses say about stock, read once per run."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from core.db.bulk import array, fetch_all
from inventory.rules.stock import Policy, StockKey, StockPolicy


class _ItemPolicy(NamedTuple):
    tracked: bool
    policy: Policy
    negative_physical: bool
    negative_financial: bool
    wms_enabled: bool


class _WarehousePolicy(NamedTuple):
    negative_physical: bool
    negative_financial: bool
    wms_enabled: bool
    plate_controlled: bool


@dataclass(slots=True)
class Policies:
    """Policies of the pools that were asked for so far; keep it no longer than one look at the queue.

    A later request to post must see what was changed before it, so it gets a Policies of its own.
    """

    _items: dict[int, _ItemPolicy] = field(default_factory=dict)
    _warehouses: dict[int, _WarehousePolicy] = field(default_factory=dict)
    _combined: dict[tuple[_WarehousePolicy, bool, Policy, bool, bool, bool], StockPolicy] = field(default_factory=dict)

    def load(self, pools: Collection[StockKey]) -> dict[StockKey, StockPolicy]:
        """Policy by (warehouse, item); at most two queries, none for what is known."""
        self._read({pool[0] for pool in pools} - self._warehouses.keys(), {pool[1] for pool in pools} - self._items.keys())
        return {pool: self._combine(self._warehouses[pool[0]], self._items[pool[1]]) for pool in pools}

    def _combine(self, warehouse: _WarehousePolicy, item: _ItemPolicy) -> StockPolicy:
        key = (warehouse, *item)
        known = self._combined.get(key)
        if known is None:
            known = self._combined[key] = StockPolicy(
                tracked=item.tracked,
                policy=item.policy,
                negative_physical=item.negative_physical or warehouse.negative_physical,
                negative_financial=item.negative_financial or warehouse.negative_financial,
                advanced=item.wms_enabled and warehouse.wms_enabled,
                plate_controlled=warehouse.plate_controlled,
            )
        return known

    def _read(self, warehouse_ids: Collection[int], item_ids: Collection[int]) -> None:
        if warehouse_ids:
            sql = """
                SELECT id, store_negative_physical, store_negative_financial, wms_enabled, location_plate_controlled
                FROM inventory_warehouse WHERE id = ANY(%s::bigint[])
            """
            for warehouse_id, *flags in fetch_all(sql, [array(warehouse_ids)]):
                self._warehouses[warehouse_id] = _WarehousePolicy(*flags)
        if item_ids:
            sql = """
                SELECT i.id, t.batch_active, m.allocation_policy, m.negative_physical, m.negative_financial, g.wms_enabled
                FROM inventory_item i
                JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
                JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
                JOIN inventory_storagegroup g ON g.id = i.storage_group_id
                WHERE i.id = ANY(%s::bigint[])
            """
            for item_id, tracked, policy, *rest in fetch_all(sql, [array(item_ids)]):
                self._items[item_id] = _ItemPolicy(tracked, Policy(policy), *rest)
