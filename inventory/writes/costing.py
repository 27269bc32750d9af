"""Set-based writes of what stock is worth: cost rows, adjustments with their movements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, copy_rows, execute, fetch_all, reserve_ids
from core.lib.document_kinds import SourceKind
from inventory.models import ItemModelGroup
from inventory.rules.costing import AdjustmentReason, PoolCost
from inventory.rules.stock import StockKey
from inventory.writes.movements import Movement, copy_movements

# Cost rows of `pools` that are missing. Their items are read FOR SHARE, so that a change of their standard cost either is seen here or sees
# the rows.
_ENSURE = """
    INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
    SELECT p.warehouse_id, p.item_id, 0, 0, i.standard_cost, m.costing_method = %s
    FROM ({pools}) p
    JOIN inventory_item i ON i.id = p.item_id
    JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
    WHERE NOT EXISTS (SELECT FROM inventory_warehouseitemcost c WHERE c.warehouse_id = p.warehouse_id AND c.item_id = p.item_id)
    ORDER BY p.warehouse_id, p.item_id FOR SHARE OF i, m
    ON CONFLICT (warehouse_id, item_id) DO NOTHING
"""


def ensure_cost_rows(pools: Collection[StockKey]) -> None:
    """Makes the cost rows of (warehouse, item) that are missing; one query."""
    ordered = sorted(pools)
    execute(
        _ENSURE.format(pools="SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)"),
        [
            ItemModelGroup.CostingMethod.MOVING_AVERAGE,
            array(pool[0] for pool in ordered),
            array(pool[1] for pool in ordered),
        ],
    )


def ensure_cost_rows_of_demands() -> None:
    """As `ensure_cost_rows`, for the pools of `work_demand`, before any cost row is held; one query."""
    execute(_ENSURE.format(pools="SELECT DISTINCT warehouse_id, item_id FROM work_demand"), [ItemModelGroup.CostingMethod.MOVING_AVERAGE])


def insert_costs(costs: Mapping[StockKey, PoolCost]) -> set[StockKey]:
    """Makes the rows of pools that had none, in order; gives those that it made: somebody may have made others meanwhile. One query."""
    if not costs:
        return set()
    ordered = sorted(costs)
    rows = fetch_all(
        """
        INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::bool[])
        ON CONFLICT (warehouse_id, item_id) DO NOTHING RETURNING warehouse_id, item_id
        """,
        [
            array(pool[0] for pool in ordered),
            array(pool[1] for pool in ordered),
            array(costs[pool].quantity for pool in ordered),
            array(costs[pool].value for pool in ordered),
            array(costs[pool].unit_cost for pool in ordered),
            array(costs[pool].moving_average for pool in ordered),
        ],
    )
    return set(rows)


# What `worth` says that pools are worth, whose rows are held; `moving_average` NULL leaves the method as it is.
UPDATE_COSTS = """
    UPDATE inventory_warehouseitemcost c
    SET quantity = n.quantity, value = n.value, unit_cost = n.unit_cost, moving_average = COALESCE(n.moving_average, c.moving_average),
        averaged_after = CASE WHEN n.moving_average AND NOT c.moving_average THEN COALESCE((
            SELECT max(t.id) FROM inventory_inventorytransaction t WHERE t.item_id = c.item_id AND t.warehouse_id = c.warehouse_id
        ), 0) ELSE c.averaged_after END
    FROM ({worth}) n
    WHERE c.warehouse_id = n.warehouse_id AND c.item_id = n.item_id
"""
SAVE_COSTS = f"WITH saved AS ({UPDATE_COSTS})"
_SAVE_GIVEN = (
    SAVE_COSTS.format(
        worth="""
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::bool[])
            AS g (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
        """
    )
    + "SELECT 1"
)


def save_costs(costs: Mapping[StockKey, PoolCost]) -> None:
    """Keeps the costs of pools whose rows the caller holds; one query."""
    if costs:
        execute(
            _SAVE_GIVEN,
            [
                array(pool[0] for pool in costs),
                array(pool[1] for pool in costs),
                array(cost.quantity for cost in costs.values()),
                array(cost.value for cost in costs.values()),
                array(cost.unit_cost for cost in costs.values()),
                array(cost.moving_average for cost in costs.values()),
            ],
        )


class NewAdjustment(NamedTuple):
    """A change of the value of stock, with the document that brought it; a document of its own has none."""

    pool: StockKey
    date: date
    reason: AdjustmentReason
    quantity: Decimal
    unit_cost: Decimal
    amount: Decimal
    source: tuple[SourceKind, int] | None = None


def insert_adjustments(adjustments: Sequence[NewAdjustment]) -> list[int]:
    """Adjustments and their movements of quantity 0; gives their ids. Three statements, none for nothing."""
    if not adjustments:
        return []
    ids = reserve_ids("inventory_costadjustment", len(adjustments))
    copy_rows(
        "inventory_costadjustment",
        ("id", "warehouse_id", "item_id", "date", "reason", "quantity", "unit_cost", "amount", "source_kind", "source_id"),
        (
            (
                row_id,
                *a.pool,
                a.date,
                a.reason.value,
                a.quantity,
                a.unit_cost,
                a.amount,
                *(a.source or (SourceKind.COST_ADJUSTMENT, row_id)),
            )
            for row_id, a in zip(ids, adjustments, strict=True)
        ),
    )
    copy_movements(
        Movement(*a.pool, None, Decimal(0), a.date, SourceKind.COST_ADJUSTMENT, row_id, a.amount)
        for row_id, a in zip(ids, adjustments, strict=True)
    )
    return ids
