"""Reads of what stock is worth; one query each."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from inventory.models import ItemModelGroup
from inventory.rules.costing import AdjustmentReason, Arrival, Arrived, PoolCost
from inventory.rules.stock import StockKey

_CURRENCY = """JOIN inventory_warehouse w ON w.id = p.warehouse_id
    JOIN parameters_legalentity e ON e.id = w.legal_entity_id
    JOIN parameters_currency u ON u.code = e.currency_id"""

_HELD = f"""
    SELECT c.warehouse_id, c.item_id, c.quantity, c.value, c.unit_cost, c.moving_average, u.decimals
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    JOIN inventory_warehouseitemcost c ON c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
    {_CURRENCY}
    ORDER BY c.warehouse_id, c.item_id FOR NO KEY UPDATE OF c
"""

_LOOKED_AT = f"""
    SELECT p.warehouse_id, p.item_id, COALESCE(c.quantity, 0), COALESCE(c.value, 0), COALESCE(c.unit_cost, i.standard_cost),
           COALESCE(c.moving_average, m.costing_method = %(average)s), u.decimals
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    JOIN inventory_item i ON i.id = p.item_id
    JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
    {_CURRENCY}
    LEFT JOIN inventory_warehouseitemcost c ON c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
"""


def pool_costs(pools: Collection[StockKey], *, lock: bool) -> dict[StockKey, PoolCost]:
    """Costs by (warehouse, item); with `lock` the rows, which must be there, are held FOR NO KEY UPDATE in that order."""
    ordered = sorted(pools)
    keys: dict[str, object] = {"warehouses": array(pool[0] for pool in ordered), "items": array(pool[1] for pool in ordered)}
    rows = fetch_all(_HELD, keys) if lock else fetch_all(_LOOKED_AT, {**keys, "average": ItemModelGroup.CostingMethod.MOVING_AVERAGE})
    return {(row[0], row[1]): PoolCost(*row[2:]) for row in rows}


def costs_of_new(pools: Collection[StockKey]) -> dict[StockKey, PoolCost]:
    """Costs to begin with of the (warehouse, item) that have no row yet; one query.

    Holds their items FOR SHARE, so that a change of their standard cost either is seen here or sees the rows that are made next.
    """
    ordered = sorted(pools)
    rows = fetch_all(
        f"""
        SELECT p.warehouse_id, p.item_id, i.standard_cost, m.costing_method = %s, u.decimals
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        JOIN inventory_item i ON i.id = p.item_id
        JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
        {_CURRENCY}
        WHERE NOT EXISTS (
            SELECT FROM inventory_warehouseitemcost c WHERE c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
        )
        ORDER BY p.warehouse_id, p.item_id FOR SHARE OF i, m
        """,
        [ItemModelGroup.CostingMethod.MOVING_AVERAGE, array(pool[0] for pool in ordered), array(pool[1] for pool in ordered)],
    )
    return {(warehouse, item): PoolCost(ZERO, ZERO, cost, average, decimals) for warehouse, item, cost, average, decimals in rows}


_ARRIVED = """
    SELECT p.warehouse_id, p.item_id, t.cost_amount, r.received_at, r.receipt, r.line_number, r.quantity, r.unit_cost
    FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[]) AS p (warehouse_id, item_id)
    CROSS JOIN LATERAL (
        SELECT GREATEST(c.averaged_after, (
            SELECT t.id FROM inventory_inventorytransaction t
            WHERE t.item_id = p.item_id AND t.warehouse_id = p.warehouse_id AND t.quantity <> 0
              AND t.source_kind NOT IN (%(receipt)s, %(settlement)s)
            ORDER BY t.id DESC LIMIT 1
        )) AS id
        FROM inventory_warehouseitemcost c WHERE c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id
    ) moved
    JOIN inventory_inventorytransaction t ON t.item_id = p.item_id AND t.warehouse_id = p.warehouse_id AND t.id > moved.id
    LEFT JOIN inventory_receiptline r ON t.source_kind = %(receipt)s AND r.id = t.source_id
    LEFT JOIN inventory_costadjustment a ON t.source_kind = %(adjustment)s AND a.id = t.source_id AND a.reason = %(below_zero)s
    WHERE r.id IS NOT NULL OR a.id IS NOT NULL
"""


def arrived_since_last_move(pools: Collection[StockKey]) -> dict[StockKey, Arrived]:
    """What came in by (warehouse, item) since goods moved otherwise, or are averaged, with the adjustments that it brought.

    The cost rows are there. One query, none for nothing.
    """
    found: dict[StockKey, Arrived] = {}
    if not pools:
        return found
    ordered = sorted(pools)
    keys = {
        "warehouses": array(pool[0] for pool in ordered),
        "items": array(pool[1] for pool in ordered),
        "receipt": SourceKind.RECEIPT_LINE,
        "settlement": SourceKind.SETTLEMENT_LINE,
        "adjustment": SourceKind.COST_ADJUSTMENT,
        "below_zero": AdjustmentReason.ISSUED_BELOW_ZERO,
    }
    for warehouse_id, item_id, cost, received_at, *line in fetch_all(_ARRIVED, keys):
        arrived = found.setdefault((warehouse_id, item_id), Arrived([]))
        arrived.value += cost
        if received_at is not None:
            arrived.arrivals.append(Arrival(received_at, *line))
    return found


class ItemCost(NamedTuple):
    """Stock of an item in a warehouse with what the item says of its cost by now."""

    pool: StockKey
    legal_entity_id: int
    cost: PoolCost
    standard_cost: Decimal
    moving_average: bool


def hold_costs_of_items(item_ids: Collection[int]) -> list[ItemCost]:
    """Costs of the items in all warehouses, held FOR NO KEY UPDATE by (warehouse, item)."""
    rows = fetch_all(
        """
        SELECT c.warehouse_id, c.item_id, w.legal_entity_id, c.quantity, c.value, c.unit_cost, c.moving_average, u.decimals,
               i.standard_cost, m.costing_method = %s
        FROM inventory_warehouse w
        JOIN inventory_warehouseitemcost c ON c.warehouse_id = w.id AND c.item_id = ANY(%s::bigint[])
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = e.currency_id
        JOIN inventory_item i ON i.id = c.item_id
        JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
        ORDER BY c.warehouse_id, c.item_id FOR NO KEY UPDATE OF c
        """,
        [ItemModelGroup.CostingMethod.MOVING_AVERAGE, array(item_ids)],
    )
    return [ItemCost((row[0], row[1]), row[2], PoolCost(*row[3:8]), row[8], row[9]) for row in rows]


def entities_with_stock(item_codes: Collection[str]) -> dict[str, set[int]]:
    """Legal entities that have stock, or owe some, of the items, by item code."""
    rows = fetch_all(
        """
        SELECT DISTINCT i.code, w.legal_entity_id
        FROM inventory_item i
        CROSS JOIN inventory_warehouse w
        JOIN inventory_warehouseitemcost c ON c.warehouse_id = w.id AND c.item_id = i.id AND c.quantity <> 0
        WHERE i.code = ANY(%s::text[])
        """,
        [list(item_codes)],
    )
    found: dict[str, set[int]] = {}
    for code, entity in rows:
        found.setdefault(code, set()).add(entity)
    return found
