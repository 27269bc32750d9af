"""Checks of what stock is worth: cost rows, adjustments, allocations, and the inventory account. All recompute from the movements."""

from core.lib.messages import Message
from retailhq.integrity.checks.check import COST_ADJUSTMENT, DELIVERY_LINE, ORDER_LINE, Check, number

_POOL = "concat(w.code, '/', i.code)"
_POOL_TABLES = """
    LEFT JOIN inventory_warehouse w ON w.id = x.warehouse_id
    LEFT JOIN inventory_item i ON i.id = x.item_id
"""

_STOCK_VALUE = f"""
    SELECT {_POOL}, concat({number("x.moved")}, ' worth ', {number("x.cost")}),
           concat({number("x.quantity")}, ' worth ', {number("x.value")})
    FROM (
        SELECT warehouse_id, item_id, sum(moved) AS moved, sum(cost) AS cost, sum(quantity) AS quantity, sum(value) AS value
        FROM (
            SELECT warehouse_id, item_id, quantity AS moved, cost_amount AS cost, 0 AS quantity, 0 AS value
            FROM inventory_inventorytransaction
            UNION ALL
            SELECT warehouse_id, item_id, 0, 0, quantity, value FROM inventory_warehouseitemcost
        ) u
        GROUP BY 1, 2 HAVING sum(moved) <> sum(quantity) OR sum(cost) <> sum(value)
    ) x
    {_POOL_TABLES}
"""

_UNIT_COST = f"""
    SELECT {_POOL}, {number("round(x.quantity * x.unit_cost, u.decimals)")}, {number("x.value")}
    FROM inventory_warehouseitemcost x
    {_POOL_TABLES}
    LEFT JOIN parameters_legalentity e ON e.id = w.legal_entity_id
    LEFT JOIN parameters_currency u ON u.code = e.currency_id
    WHERE round(x.quantity * x.unit_cost, u.decimals) <> x.value
"""

_ADJUSTMENTS = f"""
    SELECT x.id::text, {number("x.amount")}, {number("x.moved")}
    FROM (
        SELECT id, sum(amount) AS amount, sum(moved) AS moved
        FROM (
            SELECT id, amount, 0 AS moved FROM inventory_costadjustment
            UNION ALL
            SELECT source_id, 0, cost_amount FROM inventory_inventorytransaction WHERE source_kind = {COST_ADJUSTMENT}
        ) u
        GROUP BY 1 HAVING sum(amount) <> sum(moved)
    ) x
"""

_ALLOCATION_COSTS = f"""
    SELECT concat(o.number, '/', l.line_number, ' ', b.number), {number("-x.moved")}, {number("x.allocated")}
    FROM (
        SELECT kind, line_id, batch_id, sum(moved) AS moved, sum(allocated) AS allocated
        FROM (
            SELECT CASE source_kind WHEN {DELIVERY_LINE} THEN {DELIVERY_LINE} ELSE {ORDER_LINE} END AS kind,
                   CASE source_kind WHEN {DELIVERY_LINE} THEN source_id ELSE order_line_id END AS line_id,
                   batch_id, 0 AS moved, cost_amount AS allocated FROM orders_batchallocation
            UNION ALL
            SELECT source_kind, source_id, batch_id, cost_amount, 0
            FROM inventory_inventorytransaction WHERE source_kind IN ({ORDER_LINE}, {DELIVERY_LINE})
        ) u
        GROUP BY 1, 2, 3 HAVING sum(moved) <> -sum(allocated)
    ) x
    LEFT JOIN orders_deliveryline dl ON x.kind = {DELIVERY_LINE} AND dl.id = x.line_id
    LEFT JOIN orders_salesorderline l ON l.id = CASE WHEN x.kind = {ORDER_LINE} THEN x.line_id ELSE dl.order_line_id END
    LEFT JOIN orders_salesorder o ON o.id = l.order_id
    LEFT JOIN inventory_batch b ON b.id = x.batch_id
"""

# An account that was ever set for something else as well tells nobody what of it is stock, and its legal entity is left out.
_INVENTORY_ACCOUNT = f"""
    WITH known AS (
        SELECT legal_entity_id, account_id, posting_type FROM ledger_postingprofile
        UNION SELECT legal_entity_id, account_id, posting_type FROM ledger_historicalpostingprofile
    ),
    stock_accounts AS (SELECT legal_entity_id, account_id FROM known WHERE posting_type = 'inventory'),
    told_apart AS (
        SELECT legal_entity_id FROM stock_accounts
        EXCEPT
        SELECT s.legal_entity_id FROM stock_accounts s JOIN known k ON k.account_id = s.account_id AND k.posting_type <> 'inventory'
    )
    SELECT e.code, {number("x.cost")}, {number("x.posted")}
    FROM (
        SELECT legal_entity_id, sum(cost) AS cost, sum(posted) AS posted
        FROM (
            SELECT w.legal_entity_id, t.cost_amount AS cost, 0 AS posted
            FROM inventory_inventorytransaction t JOIN inventory_warehouse w ON w.id = t.warehouse_id
            UNION ALL
            SELECT a.legal_entity_id, 0, l.debit - l.credit
            FROM ledger_voucherline l JOIN stock_accounts a ON a.account_id = l.account_id
        ) u
        GROUP BY 1 HAVING sum(cost) <> sum(posted)
    ) x
    JOIN parameters_legalentity e ON e.id = x.legal_entity_id
    WHERE x.legal_entity_id IN (SELECT legal_entity_id FROM told_apart)
"""

CHECKS = (
    Check("stock_value", Message("Quantity and value of stock are the sums of its movements."), _STOCK_VALUE),
    Check("unit_cost", Message("The value of stock is its quantity times its unit cost."), _UNIT_COST),
    Check("cost_adjustments", Message("A cost adjustment stands on one movement."), _ADJUSTMENTS),
    Check("allocation_costs", Message("What allocations of a line cost is what its movements cost, by batch."), _ALLOCATION_COSTS),
    Check("inventory_account", Message("The inventory account holds what stock is worth."), _INVENTORY_ACCOUNT),
)
