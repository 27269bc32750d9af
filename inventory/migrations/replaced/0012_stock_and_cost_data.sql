-- What was posted before debt and stock were one book, and before stock had a value of its own, is brought to where the rules put it.

UPDATE inventory_onhand o SET is_default = true, negative_allowed = o.negative_allowed OR o.physical < 0
FROM inventory_batch b WHERE b.id = o.batch_id AND b.is_default_batch;

-- What a place owes is what its default batch lacks: returns elsewhere had closed debts whose stock stayed away, returns here had left
-- debts open whose stock was back. The oldest debts are the ones that are paid.
UPDATE inventory_batchdebt d SET open_quantity = x.open_quantity
FROM (
    SELECT d.id, GREATEST(0, LEAST(d.quantity, GREATEST(0, -COALESCE(o.physical, 0)) - COALESCE(sum(d.quantity) OVER (
               PARTITION BY d.warehouse_id, d.item_id, d.batch_id ORDER BY d.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0))) AS open_quantity
    FROM inventory_batchdebt d
    LEFT JOIN inventory_onhand o ON o.warehouse_id = d.warehouse_id AND o.item_id = d.item_id AND o.batch_id = d.batch_id
) x
WHERE x.id = d.id AND d.open_quantity <> x.open_quantity;

-- What lies on a default batch came back last.
INSERT INTO inventory_batchcredit (warehouse_id, item_id, batch_id, source_kind, source_id, quantity, open_quantity, business_date)
SELECT x.warehouse_id, x.item_id, x.batch_id, x.source_kind, x.source_id, x.quantity, x.open_quantity, x.date
FROM (
    SELECT t.*, LEAST(t.quantity, o.physical - COALESCE(sum(t.quantity) OVER (
               PARTITION BY t.warehouse_id, t.item_id, t.batch_id ORDER BY t.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0)) AS open_quantity
    FROM inventory_onhand o
    JOIN inventory_inventorytransaction t ON t.warehouse_id = o.warehouse_id AND t.item_id = o.item_id AND t.batch_id = o.batch_id
    WHERE o.is_default AND o.physical > 0 AND t.quantity > 0
) x
WHERE x.open_quantity > 0 ORDER BY x.id;

UPDATE inventory_onhand SET open_debt = GREATEST(0, -physical), open_credit = GREATEST(0, physical) WHERE is_default AND physical <> 0;

-- The value of stock is the sum of what its movements cost.
INSERT INTO inventory_warehouseitemcost AS c (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
SELECT o.warehouse_id, o.item_id, o.quantity, COALESCE(t.value, 0),
       CASE WHEN m.costing_method = 'moving_average' THEN COALESCE(k.unit_cost, i.standard_cost) ELSE i.standard_cost END,
       m.costing_method = 'moving_average'
FROM (SELECT warehouse_id, item_id, sum(physical) AS quantity FROM inventory_onhand GROUP BY 1, 2) o
JOIN inventory_item i ON i.id = o.item_id
JOIN inventory_itemmodelgroup m ON m.id = i.model_group_id
LEFT JOIN inventory_warehouseitemcost k ON k.warehouse_id = o.warehouse_id AND k.item_id = o.item_id
LEFT JOIN (
    SELECT warehouse_id, item_id, sum(cost_amount) AS value FROM inventory_inventorytransaction GROUP BY 1, 2
) t ON t.warehouse_id = o.warehouse_id AND t.item_id = o.item_id
ON CONFLICT (warehouse_id, item_id) DO UPDATE
SET quantity = EXCLUDED.quantity, value = EXCLUDED.value, unit_cost = EXCLUDED.unit_cost, moving_average = EXCLUDED.moving_average;
UPDATE inventory_warehouseitemcost SET unit_cost = round(value / quantity, 12) WHERE moving_average AND quantity > 0 AND value >= 0;

-- Where it is not what the quantity costs, cents had been left over, or the standard cost had changed.
-- An adjustment that follows no document is its own source.
INSERT INTO inventory_costadjustment (id, warehouse_id, item_id, date, reason, quantity, unit_cost, amount, source_kind, source_id)
SELECT n.id, n.warehouse_id, n.item_id, current_date, 'standard_changed', n.quantity, n.unit_cost, n.amount, 12, n.id
FROM (
    SELECT nextval(pg_get_serial_sequence('inventory_costadjustment', 'id')) AS id, warehouse_id, item_id, quantity, unit_cost,
           round(quantity * unit_cost, 2) - value AS amount
    FROM inventory_warehouseitemcost WHERE round(quantity * unit_cost, 2) <> value
) n;
INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount)
SELECT warehouse_id, item_id, NULL, 0, date, 12, id, amount FROM inventory_costadjustment;
UPDATE inventory_warehouseitemcost SET value = round(quantity * unit_cost, 2) WHERE round(quantity * unit_cost, 2) <> value;

-- Goods received were posted to no account. One voucher a company brings the inventory account to the value of stock.
INSERT INTO ledger_voucher (legal_entity_id, number, date, source_kind, source_id, step)
SELECT e.id, 'GR-OPENING-' || e.code, current_date, 1, min(r.id), 'opening'
FROM parameters_legalentity e
JOIN inventory_warehouse w ON w.legal_entity_id = e.id
JOIN inventory_receiptline r ON r.warehouse_id = w.id
WHERE (SELECT count(*) FROM ledger_postingprofile p
       WHERE p.legal_entity_id = e.id AND p.posting_type IN ('inventory', 'goods_received', 'cost_adjustment')) = 3
GROUP BY e.id, e.code;
INSERT INTO ledger_voucherline (voucher_id, line_number, account_id, debit, credit, text)
SELECT voucher_id, row_number() OVER (PARTITION BY voucher_id ORDER BY place), account_id, GREATEST(amount, 0), GREATEST(-amount, 0), ''
FROM (
    SELECT v.id AS voucher_id, k.place, p.account_id, k.amount
    FROM ledger_voucher v
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(t.cost_amount), 0) AS stock, COALESCE(sum(t.cost_amount) FILTER (WHERE t.source_kind = 1), 0) AS received
        FROM inventory_inventorytransaction t JOIN inventory_warehouse w ON w.id = t.warehouse_id
        WHERE w.legal_entity_id = v.legal_entity_id
    ) s
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(l.debit - l.credit), 0) AS amount
        FROM ledger_voucherline l JOIN ledger_voucher x ON x.id = l.voucher_id
        WHERE x.legal_entity_id = v.legal_entity_id AND l.account_id IN (
            SELECT account_id FROM ledger_postingprofile q WHERE q.legal_entity_id = v.legal_entity_id AND q.posting_type = 'inventory'
        )
    ) posted
    CROSS JOIN LATERAL (
        VALUES (1, 'inventory', s.stock - posted.amount), (2, 'goods_received', -s.received),
               (3, 'cost_adjustment', s.received - s.stock + posted.amount)
    ) AS k (place, kind, amount)
    JOIN ledger_postingprofile p ON p.legal_entity_id = v.legal_entity_id AND p.posting_type = k.kind
    WHERE v.step = 'opening' AND k.amount <> 0
) n;

SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
