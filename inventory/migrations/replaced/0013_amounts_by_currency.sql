-- Values were rounded to two decimals whatever the currency. Where its unit is another one they are brought to it, with a voucher a company.
CREATE TEMPORARY TABLE value_by_currency ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('inventory_costadjustment', 'id')) AS id, w.legal_entity_id, c.warehouse_id, c.item_id, c.quantity,
       c.unit_cost, round(c.quantity * c.unit_cost, u.decimals) - c.value AS amount
FROM inventory_warehouseitemcost c
JOIN inventory_warehouse w ON w.id = c.warehouse_id
JOIN parameters_legalentity e ON e.id = w.legal_entity_id
JOIN parameters_currency u ON u.code = e.currency_id
WHERE u.decimals <> 2 AND round(c.quantity * c.unit_cost, u.decimals) <> c.value;
INSERT INTO inventory_costadjustment (id, warehouse_id, item_id, date, reason, quantity, unit_cost, amount, source_kind, source_id)
SELECT id, warehouse_id, item_id, current_date, 'standard_changed', quantity, unit_cost, amount, 12, id FROM value_by_currency;
INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount)
SELECT warehouse_id, item_id, NULL, 0, current_date, 12, id, amount FROM value_by_currency;
UPDATE inventory_warehouseitemcost c SET value = c.value + v.amount
FROM value_by_currency v WHERE v.warehouse_id = c.warehouse_id AND v.item_id = c.item_id;
INSERT INTO ledger_voucher (legal_entity_id, number, date, source_kind, source_id, step)
SELECT v.legal_entity_id, 'REV-' || min(v.id), current_date, 12, min(v.id), 'revaluation'
FROM value_by_currency v
WHERE (SELECT count(*) FROM ledger_postingprofile p
       WHERE p.legal_entity_id = v.legal_entity_id AND p.posting_type IN ('inventory', 'cost_adjustment')) = 2
GROUP BY v.legal_entity_id HAVING sum(v.amount) <> 0;
INSERT INTO ledger_voucherline (voucher_id, line_number, account_id, debit, credit, text)
SELECT x.id, k.line, p.account_id, GREATEST(k.sign * s.amount, 0), GREATEST(-k.sign * s.amount, 0), ''
FROM (SELECT legal_entity_id, min(id) AS first, sum(amount) AS amount FROM value_by_currency GROUP BY 1) s
JOIN ledger_voucher x ON x.source_kind = 12 AND x.source_id = s.first AND x.step = 'revaluation'
CROSS JOIN (VALUES (1, 'inventory', 1), (2, 'cost_adjustment', -1)) AS k (line, kind, sign)
JOIN ledger_postingprofile p ON p.legal_entity_id = s.legal_entity_id AND p.posting_type = k.kind;
DROP TABLE value_by_currency;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
