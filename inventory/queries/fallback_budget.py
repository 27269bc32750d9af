"""What of the fallback limits was spent; two queries."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SALES
from inventory.rules.fallback_budget import Budget, BudgetKey, Spent, falls_back, week_of
from inventory.rules.stock import Allocation

# The currency that the books of a debt's warehouse are kept in, as `u`.
CURRENCY_OF_DEBT = """
    JOIN inventory_warehouse w ON w.id = d.warehouse_id
    JOIN parameters_legalentity e ON e.id = w.legal_entity_id
    JOIN parameters_currency u ON u.code = e.currency_id
"""
_SPENT = f"""
    SELECT g.code, d.warehouse_id, date_trunc('week', d.business_date)::date, sum(d.quantity),
           sum(round(d.quantity * d.unit_cost, u.decimals))
    FROM inventory_batchdebt d
    JOIN inventory_item i ON i.id = d.item_id
    JOIN inventory_itemgroup g ON g.id = i.item_group_id
    {CURRENCY_OF_DEBT}
    WHERE d.warehouse_id = ANY(%s::bigint[]) AND d.business_date BETWEEN %s AND %s::date + 6 AND g.id = ANY(%s::bigint[])
    GROUP BY 1, 2, 3
"""
_SOLD = """
    SELECT g.code, t.warehouse_id, date_trunc('week', t.date)::date, -sum(t.quantity)
    FROM inventory_inventorytransaction t
    JOIN inventory_item i ON i.id = t.item_id
    JOIN inventory_itemgroup g ON g.id = i.item_group_id
    WHERE t.warehouse_id = ANY(%s::bigint[]) AND t.date BETWEEN %s AND %s::date + 6 AND g.id = ANY(%s::bigint[])
      AND t.quantity < 0 AND t.source_kind = ANY(%s::smallint[])
    GROUP BY 1, 2, 3
"""


def budget_for(takes: Collection[Allocation], *, with_sales: bool = False) -> Budget:
    """What went to default batches in the weeks, warehouses and item groups of those takes that fall back; two queries, none for nothing.

    `with_sales` adds all that was sold there, for shares: one query more. The cost rows of their places are held, but not those of other
    items of the groups: posting of a warehouse is one after the other.
    """
    needs = [take.need for take in takes if falls_back(take)]
    if not needs:
        return Budget()
    known = {take.need.item_id for take in takes} if with_sales else {need.item_id for need in needs}
    items = fetch_all(
        "SELECT i.id, g.code, g.id FROM inventory_item i JOIN inventory_itemgroup g ON g.id = i.item_group_id"
        " WHERE i.id = ANY(%s::bigint[])",
        [array(known)],
    )
    weeks = sorted({week_of(need.day) for need in needs})
    own = {need.item_id for need in needs}
    where = [array({need.warehouse_id for need in needs}), weeks[0], weeks[-1], array({row[2] for row in items if row[0] in own})]
    spent = {BudgetKey(*row[:3]): Spent(row[3], row[4]) for row in fetch_all(_SPENT, where)}
    if with_sales:
        for group, warehouse, week, sold in fetch_all(_SOLD, [*where, array(int(kind) for kind in SALES)]):
            key = BudgetKey(group, warehouse, week)
            spent[key] = spent.get(key, Spent())._replace(sold=sold)
    return Budget(spent, {row[0]: row[1] for row in items})
