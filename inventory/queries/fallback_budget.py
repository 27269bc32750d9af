"""What of the fallback limits was spent; two queries."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all
from inventory.rules.fallback_budget import Budget, BudgetKey, Spent, falls_back, week_of
from inventory.rules.stock import Allocation


def budget_for(takes: Collection[Allocation]) -> Budget:
    """What went to default batches in the weeks, warehouses and item groups of those takes that fall back; two queries, none for nothing.

    The cost rows of their places are held, but not those of other items of the groups: posting of a warehouse is one after the other.
    """
    needs = [take.need for take in takes if falls_back(take)]
    if not needs:
        return Budget()
    items = fetch_all(
        "SELECT i.id, g.code, g.id FROM inventory_item i JOIN inventory_itemgroup g ON g.id = i.item_group_id"
        " WHERE i.id = ANY(%s::bigint[])",
        [array({need.item_id for need in needs})],
    )
    weeks = sorted({week_of(need.day) for need in needs})
    spent = fetch_all(
        """
        SELECT g.code, d.warehouse_id, date_trunc('week', d.business_date)::date, sum(d.quantity),
               sum(round(d.quantity * d.unit_cost, u.decimals))
        FROM inventory_batchdebt d
        JOIN inventory_item i ON i.id = d.item_id
        JOIN inventory_itemgroup g ON g.id = i.item_group_id
        JOIN inventory_warehouse w ON w.id = d.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = e.currency_id
        WHERE d.warehouse_id = ANY(%s::bigint[]) AND d.business_date BETWEEN %s AND %s::date + 6 AND g.id = ANY(%s::bigint[])
        GROUP BY 1, 2, 3
        """,
        [array({need.warehouse_id for need in needs}), weeks[0], weeks[-1], array({row[2] for row in items})],
    )
    return Budget({BudgetKey(*row[:3]): Spent(row[3], row[4]) for row in spent}, {row[0]: row[1] for row in items})
