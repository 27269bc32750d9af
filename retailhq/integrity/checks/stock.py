"""Checks of stock: on-hand, movements, allocations, batch debt."""

from core.lib.document_kinds import SourceKind
from core.lib.messages import Message
from retailhq.integrity.checks.check import (
    DELIVERY_LINE,
    JOURNAL_ARRIVAL,
    JOURNAL_LINE,
    ORDER_LINE,
    POS_LINE,
    POS_LINE_KEY,
    POS_LINE_KEY_TABLES,
    RECEIPT,
    REVERSAL,
    REVERSED_POS_LINE,
    SETTLEMENT_LINE,
    STOCK_KEY,
    Check,
    number,
    stock_key_tables,
)

_ON_HAND = f"""
    SELECT {STOCK_KEY}, {number("x.moved")}, {number("x.stored")}
    FROM (
        SELECT warehouse_id, item_id, batch_id, sum(moved) AS moved, sum(stored) AS stored
        FROM (
            SELECT warehouse_id, item_id, batch_id, quantity AS moved, 0 AS stored FROM inventory_inventorytransaction
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, 0, physical FROM inventory_onhand
        ) u
        GROUP BY 1, 2, 3 HAVING sum(moved) <> sum(stored)
    ) x
    {stock_key_tables("x")}
"""

_ON_HAND_KIND = f"""
    SELECT {STOCK_KEY}, CASE WHEN b.is_default_batch THEN 'default batch' ELSE 'real batch' END,
           CASE WHEN x.is_default THEN 'default batch' ELSE 'real batch' END
    FROM inventory_onhand x
    {stock_key_tables("x")}
    WHERE b.is_default_batch <> x.is_default
"""

_RECEIPTS = f"""
    SELECT r.receipt || '/' || r.line_number || CASE WHEN m.moved IS NULL THEN '' ELSE ' ' || m.place END,
           r.place || ' ' || {number("r.quantity")}, COALESCE(m.place || ' ' || {number("m.moved")}, 'nothing')
    FROM (
        SELECT l.id, l.receipt, l.line_number, l.quantity, {STOCK_KEY} AS place
        FROM inventory_receiptline l {stock_key_tables("l")}
    ) r
    LEFT JOIN (
        SELECT x.source_id, {STOCK_KEY} AS place, sum(x.quantity) AS moved
        FROM inventory_inventorytransaction x {stock_key_tables("x")}
        WHERE x.source_kind = {RECEIPT} GROUP BY 1, 2
    ) m ON m.source_id = r.id
    WHERE m.moved IS DISTINCT FROM r.quantity OR m.place <> r.place
"""

_JOURNAL_LINES = f"""
    SELECT concat(j.number, '/', l.line_number, ' ', {STOCK_KEY}), concat({number("x.change")}, ' worth ', {number("x.cost")}),
           concat({number("x.moved")}, ' worth ', {number("x.moved_cost")})
    FROM (
        SELECT line_id, warehouse_id, item_id, batch_id, sum(change) AS change, sum(cost) AS cost, sum(moved) AS moved,
               sum(moved_cost) AS moved_cost
        FROM (
            SELECT id AS line_id, warehouse_id, item_id, batch_id, change, cost_amount AS cost, 0 AS moved, 0 AS moved_cost
            FROM inventory_journalline
            UNION ALL
            SELECT id, to_warehouse_id, item_id, batch_id, -change, -cost_amount, 0, 0
            FROM inventory_journalline WHERE to_warehouse_id IS NOT NULL
            UNION ALL
            SELECT source_id, warehouse_id, item_id, batch_id, 0, 0, quantity, cost_amount
            FROM inventory_inventorytransaction WHERE source_kind IN ({JOURNAL_LINE}, {JOURNAL_ARRIVAL})
        ) u
        GROUP BY 1, 2, 3, 4 HAVING sum(change) <> sum(moved) OR sum(cost) <> sum(moved_cost)
    ) x
    LEFT JOIN inventory_journalline l ON l.id = x.line_id
    LEFT JOIN inventory_journal j ON j.id = l.journal_id
    {stock_key_tables("x")}
"""

_CORRECTIONS = f"""
    SELECT r.receipt || '/' || r.line_number, 'at most ' || {number("r.quantity")}, {number("-x.change")}
    FROM (
        SELECT l.receipt_line_id, sum(l.change) AS change
        FROM inventory_journalline l LEFT JOIN ledger_reversal v ON v.source_kind = {int(SourceKind.JOURNAL)} AND v.source_id = l.journal_id
        WHERE l.receipt_line_id IS NOT NULL AND v.id IS NULL GROUP BY 1
    ) x
    JOIN inventory_receiptline r ON r.id = x.receipt_line_id
    WHERE r.quantity + x.change < 0
"""

# Whether a till line is posted hangs on its order; where it is not, not even allocations that cancel each other may be there.
_LINE_ALLOCATIONS = f"""
    SELECT {POS_LINE_KEY}, {number("x.expected")},
           {number("x.allocated")} || CASE WHEN x.expected = 0 THEN ' in ' || x.parts || ' parts' ELSE '' END
    FROM (
        SELECT l.id, COALESCE(a.allocated, 0) AS allocated, COALESCE(a.parts, 0) AS parts,
               CASE WHEN o.status = 'invoiced' AND NOT l.voided AND i.kind = 'stocked' THEN COALESCE(l.stock_quantity, 0) ELSE 0 END
                   AS expected
        FROM statements_postransactionline l
        LEFT JOIN inventory_item i ON i.id = l.item_id
        LEFT JOIN statements_orderreceipt r ON r.transaction_id = l.transaction_id
        LEFT JOIN orders_salesorder o ON o.id = r.order_id
        LEFT JOIN (
            SELECT source_id, sum(quantity) AS allocated, count(*) AS parts
            FROM orders_batchallocation WHERE source_kind = {POS_LINE} GROUP BY 1
        ) a ON a.source_id = l.id
    ) x
    JOIN statements_postransactionline l ON l.id = x.id
    {POS_LINE_KEY_TABLES}
    WHERE x.expected <> x.allocated OR x.expected = 0 AND x.parts > 0
"""

_ORDER_LINE_ALLOCATIONS = f"""
    SELECT x.key, {number("x.expected")}, {number("x.allocated")}
    FROM (
        SELECT concat(o.number, '/', l.line_number) AS key, COALESCE(a.allocated, 0) AS allocated,
               CASE WHEN o.status = 'invoiced' AND i.kind = 'stocked' THEN l.stock_quantity ELSE 0 END AS expected
        FROM orders_salesorderline l
        LEFT JOIN inventory_item i ON i.id = l.item_id
        LEFT JOIN orders_salesorder o ON o.id = l.order_id
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS allocated FROM orders_batchallocation GROUP BY 1) a ON a.order_line_id = l.id
        WHERE o.origin IS DISTINCT FROM 'customer'
    ) x
    WHERE x.expected <> x.allocated
"""

# What every allocation is one of: its source kind, source and ordinal, written as `2/4711/1`.
_ALLOCATION_KEY = "a.source_kind || '/' || a.source_id || '/' || a.ordinal"

_ALLOCATION_ITEM = f"""
    SELECT {_ALLOCATION_KEY}, concat('item ', i.code), concat('batch ', b.number, ' of item ', bi.code)
    FROM orders_batchallocation a
    JOIN inventory_batch b ON b.id = a.batch_id
    LEFT JOIN inventory_item i ON i.id = a.item_id
    LEFT JOIN inventory_item bi ON bi.id = b.item_id
    WHERE b.item_id <> a.item_id
"""

_ALLOCATION_PLACE = f"""
    SELECT {_ALLOCATION_KEY}, ow.code || '/' || oi.code, concat(w.code, '/', i.code)
    FROM orders_batchallocation a
    JOIN orders_salesorderline l ON l.id = a.order_line_id
    JOIN orders_salesorder o ON o.id = l.order_id
    JOIN inventory_warehouse ow ON ow.id = o.warehouse_id
    JOIN inventory_item oi ON oi.id = l.item_id
    LEFT JOIN inventory_warehouse w ON w.id = a.warehouse_id
    LEFT JOIN inventory_item i ON i.id = a.item_id
    WHERE a.warehouse_id <> o.warehouse_id OR a.item_id <> l.item_id
"""

_ALLOCATION_SOURCE = f"""
    SELECT {_ALLOCATION_KEY},
           CASE a.source WHEN 'default' THEN 'a default batch' WHEN 'untracked' THEN 'no batch' ELSE 'a real batch' END,
           concat(CASE WHEN b.id IS NULL THEN 'no batch' WHEN b.is_default_batch THEN 'default batch ' ELSE 'batch ' END, b.number)
    FROM orders_batchallocation a LEFT JOIN inventory_batch b ON b.id = a.batch_id
    WHERE CASE a.source
        WHEN 'default' THEN b.is_default_batch IS NOT true
        WHEN 'allocated' THEN b.is_default_batch IS NOT false
        WHEN 'captured' THEN a.batch_id IS NULL
        WHEN 'untracked' THEN a.batch_id IS NOT NULL
        ELSE false
    END AND (a.batch_id IS NULL OR b.id IS NOT NULL)
"""

_MOVEMENT_ITEM = """
    SELECT x.id::text, concat('item ', i.code), concat('batch ', b.number, ' of item ', bi.code)
    FROM inventory_inventorytransaction x
    JOIN inventory_batch b ON b.id = x.batch_id
    LEFT JOIN inventory_item i ON i.id = x.item_id
    LEFT JOIN inventory_item bi ON bi.id = b.item_id
    WHERE b.item_id <> x.item_id
"""

_MOVEMENTS = f"""
    SELECT concat(o.number, '/', l.line_number, ' ', {STOCK_KEY}), {number("-x.allocated")}, {number("x.moved")}
    FROM (
        SELECT kind, line_id, warehouse_id, item_id, batch_id, sum(moved) AS moved, sum(allocated) AS allocated
        FROM (
            SELECT CASE source_kind WHEN {DELIVERY_LINE} THEN {DELIVERY_LINE} ELSE {ORDER_LINE} END AS kind,
                   CASE source_kind WHEN {DELIVERY_LINE} THEN source_id ELSE order_line_id END AS line_id,
                   warehouse_id, item_id, batch_id, 0 AS moved, quantity AS allocated FROM orders_batchallocation
            UNION ALL
            SELECT source_kind, source_id, warehouse_id, item_id, batch_id, quantity, 0
            FROM inventory_inventorytransaction WHERE source_kind IN ({ORDER_LINE}, {DELIVERY_LINE})
        ) u
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(moved) <> -sum(allocated)
    ) x
    LEFT JOIN orders_deliveryline dl ON x.kind = {DELIVERY_LINE} AND dl.id = x.line_id
    LEFT JOIN orders_salesorderline l ON l.id = CASE WHEN x.kind = {ORDER_LINE} THEN x.line_id ELSE dl.order_line_id END
    LEFT JOIN orders_salesorder o ON o.id = l.order_id
    {stock_key_tables("x")}
"""

_DEFAULT_BATCHES = f"""
    SELECT {STOCK_KEY}, {number("x.expected")}, {number("x.stored")}
    FROM (
        SELECT warehouse_id, item_id, batch_id, sum(expected) AS expected, sum(stored) AS stored
        FROM (
            SELECT warehouse_id, item_id, batch_id, -quantity AS expected, 0 AS stored FROM orders_batchallocation
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, quantity, 0 FROM inventory_receiptline
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, change, 0 FROM inventory_journalline
            UNION ALL
            SELECT to_warehouse_id, item_id, batch_id, -change, 0 FROM inventory_journalline WHERE to_warehouse_id IS NOT NULL
            UNION ALL
            SELECT d.warehouse_id, d.item_id, d.batch_id, s.quantity, 0
            FROM inventory_debtsettlementline s JOIN inventory_batchdebt d ON d.id = s.debt_id
            UNION ALL
            SELECT c.warehouse_id, c.item_id, c.batch_id, s.quantity, 0
            FROM inventory_debtsettlementline s JOIN inventory_batchcredit c ON c.id = s.credit_id
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, quantity, 0 FROM inventory_inventorytransaction
            WHERE source_kind IN ({REVERSAL}, {REVERSED_POS_LINE})
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, 0, physical FROM inventory_onhand
        ) u
        WHERE batch_id IN (SELECT id FROM inventory_batch WHERE is_default_batch)
        GROUP BY 1, 2, 3 HAVING sum(expected) <> sum(stored)
    ) x
    {stock_key_tables("x")}
"""

_DEBT = f"""
    SELECT CASE x.source_kind WHEN {POS_LINE} THEN {POS_LINE_KEY} WHEN {JOURNAL_LINE} THEN concat(j.number, '/', jl.line_number)
           ELSE concat(o.number, '/', ol.line_number) END,
           'at most ' || {number("x.allocated")}, {number("x.owed")}
    FROM (
        SELECT source_kind, source_id, batch_id, sum(allocated) AS allocated, sum(owed) AS owed
        FROM (
            SELECT source_kind, source_id, batch_id, quantity AS allocated, 0 AS owed FROM orders_batchallocation WHERE source = 'default'
            UNION ALL
            SELECT {JOURNAL_LINE}, id, batch_id, GREATEST(0, -change), 0 FROM inventory_journalline
            UNION ALL
            SELECT source_kind, source_id, batch_id, 0, quantity FROM inventory_batchdebt
        ) u
        GROUP BY 1, 2, 3 HAVING sum(allocated) < sum(owed)
    ) x
    LEFT JOIN statements_postransactionline l ON x.source_kind = {POS_LINE} AND l.id = x.source_id
    {POS_LINE_KEY_TABLES}
    LEFT JOIN orders_deliveryline dl ON x.source_kind = {DELIVERY_LINE} AND dl.id = x.source_id
    LEFT JOIN orders_salesorderline ol ON ol.id = dl.order_line_id
    LEFT JOIN orders_salesorder o ON o.id = ol.order_id
    LEFT JOIN inventory_journalline jl ON x.source_kind = {JOURNAL_LINE} AND jl.id = x.source_id
    LEFT JOIN inventory_journal j ON j.id = jl.journal_id
"""

# From the movements alone, whatever lines and returns there were: what a default batch lacks is owed, what it has too much lies there.
_DEFAULT_STOCK = f"""
    SELECT {STOCK_KEY}, concat({number("GREATEST(0, -x.moved)")}, ' owed, ', {number("GREATEST(0, x.moved)")}, ' lying'),
           concat({number("x.debt")}, ' owed, ', {number("x.credit")}, ' lying')
    FROM (
        SELECT warehouse_id, item_id, batch_id, sum(moved) AS moved, sum(debt) AS debt, sum(credit) AS credit
        FROM (
            SELECT t.warehouse_id, t.item_id, t.batch_id, t.quantity AS moved, 0 AS debt, 0 AS credit
            FROM inventory_inventorytransaction t JOIN inventory_batch d ON d.id = t.batch_id AND d.is_default_batch
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, 0, open_quantity, 0 FROM inventory_batchdebt
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, 0, 0, open_quantity FROM inventory_batchcredit
        ) u
        GROUP BY 1, 2, 3
        HAVING sum(debt) <> GREATEST(0, -sum(moved)) OR sum(credit) <> GREATEST(0, sum(moved))
    ) x
    {stock_key_tables("x")}
"""

# A settlement moves what it says from the real batch to the default batch of its debt or credit, at one cost, and nothing else.
_SETTLEMENTS = f"""
    SELECT concat(h.number, '/', l.line_number, ' ', {STOCK_KEY}),
           concat({number("x.expected")}, ' at ', {number("x.cost")}), concat({number("x.moved")}, ' at ', {number("x.moved_cost")})
    FROM (
        SELECT line_id, warehouse_id, item_id, batch_id, sum(expected) AS expected, sum(cost) AS cost, sum(moved) AS moved,
               sum(moved_cost) AS moved_cost
        FROM (
            SELECT s.id AS line_id, p.warehouse_id, p.item_id, b.batch_id, b.quantity AS expected, b.cost, 0 AS moved, 0 AS moved_cost
            FROM inventory_debtsettlementline s
            LEFT JOIN inventory_batchdebt d ON d.id = s.debt_id
            LEFT JOIN inventory_batchcredit c ON c.id = s.credit_id
            CROSS JOIN LATERAL (
                SELECT COALESCE(d.warehouse_id, c.warehouse_id) AS warehouse_id, COALESCE(d.item_id, c.item_id) AS item_id,
                       COALESCE(d.batch_id, c.batch_id) AS batch_id
            ) p
            CROSS JOIN LATERAL (
                VALUES (p.batch_id, s.quantity, s.cost_amount), (s.to_batch_id, -s.quantity, -s.cost_amount)
            ) b (batch_id, quantity, cost)
            UNION ALL
            SELECT source_id, warehouse_id, item_id, batch_id, 0, 0, quantity, cost_amount
            FROM inventory_inventorytransaction WHERE source_kind = {SETTLEMENT_LINE}
        ) u
        GROUP BY 1, 2, 3, 4 HAVING sum(expected) <> sum(moved) OR sum(cost) <> sum(moved_cost)
    ) x
    LEFT JOIN inventory_debtsettlementline l ON l.id = x.line_id
    LEFT JOIN inventory_debtsettlement h ON h.id = l.settlement_id
    {stock_key_tables("x")}
"""

_SETTLED = f"""
    SELECT {STOCK_KEY}, concat('0 to ', {number("x.closed")}), {number("x.settled")}
    FROM (
        SELECT d.warehouse_id, d.item_id, d.batch_id, d.quantity - d.open_quantity AS closed, sum(s.quantity) AS settled
        FROM inventory_batchdebt d JOIN inventory_debtsettlementline s ON s.debt_id = d.id
        GROUP BY d.id, d.warehouse_id, d.item_id, d.batch_id, d.quantity, d.open_quantity
        HAVING sum(s.quantity) NOT BETWEEN 0 AND d.quantity - d.open_quantity
        UNION ALL
        SELECT c.warehouse_id, c.item_id, c.batch_id, c.quantity - c.open_quantity, -sum(s.quantity)
        FROM inventory_batchcredit c JOIN inventory_debtsettlementline s ON s.credit_id = c.id
        GROUP BY c.id, c.warehouse_id, c.item_id, c.batch_id, c.quantity, c.open_quantity
        HAVING -sum(s.quantity) NOT BETWEEN 0 AND c.quantity - c.open_quantity
    ) x
    {stock_key_tables("x")}
"""

_UNDONE = f"""
    SELECT concat(h.number, ' ', {STOCK_KEY}), {number("-x.done")}, {number("x.undone")}
    FROM (
        SELECT settlement_id, warehouse_id, item_id, batch_id, sum(done) AS done, sum(undone) AS undone
        FROM (
            SELECT COALESCE(h.undoes_id, h.id) AS settlement_id, h.warehouse_id, COALESCE(d.item_id, c.item_id) AS item_id,
                   s.to_batch_id AS batch_id, CASE WHEN h.undoes_id IS NULL THEN s.quantity ELSE 0 END AS done,
                   CASE WHEN h.undoes_id IS NULL THEN 0 ELSE s.quantity END AS undone
            FROM inventory_debtsettlement h
            JOIN inventory_debtsettlementline s ON s.settlement_id = h.id
            LEFT JOIN inventory_batchdebt d ON d.id = s.debt_id
            LEFT JOIN inventory_batchcredit c ON c.id = s.credit_id
            WHERE h.undoes_id IS NOT NULL OR EXISTS (SELECT FROM inventory_debtsettlement u WHERE u.undoes_id = h.id)
        ) u
        GROUP BY 1, 2, 3, 4 HAVING sum(done) <> -sum(undone)
    ) x
    LEFT JOIN inventory_debtsettlement h ON h.id = x.settlement_id
    {stock_key_tables("x")}
"""

CHECKS = (
    Check("on_hand", Message("On-hand is the sum of its inventory transactions."), _ON_HAND),
    Check("on_hand_kind", Message("On-hand of a batch is of its kind, default batch or real one."), _ON_HAND_KIND),
    Check("receipts", Message("Each receipt line moved its quantity into its place, once."), _RECEIPTS),
    Check("journal_lines", Message("Each journal line moved what it changed, at its cost, once."), _JOURNAL_LINES),
    Check("corrections", Message("No more of a receipt line was taken back than it brought."), _CORRECTIONS),
    Check("line_allocations", Message("Allocations of a posted till line add up to it; other lines have none."), _LINE_ALLOCATIONS),
    Check(
        "order_line_allocations",
        Message("Allocations of an invoiced order line add up to it; other lines have none."),
        _ORDER_LINE_ALLOCATIONS,
    ),
    Check("allocation_item", Message("The batch of an allocation belongs to its item."), _ALLOCATION_ITEM),
    Check("allocation_place", Message("An allocation has the item of its order line and the warehouse of its order."), _ALLOCATION_PLACE),
    Check("allocation_source", Message("The kind of batch is the one that the source says."), _ALLOCATION_SOURCE),
    Check("movement_item", Message("The batch of an inventory transaction belongs to its item."), _MOVEMENT_ITEM),
    Check("movements", Message("Inventory transactions of an order line are its allocations, by batch, with the other sign."), _MOVEMENTS),
    Check("placeholders", Message("On-hand of a default batch is what was allocated to it and returned to it."), _DEFAULT_BATCHES),
    Check("batch_debt", Message("Batch debt of a line is at most what it took from the default batch."), _DEBT),
    Check("debt_settlements", Message("A settlement moves what it says from real batch to default batch, at one cost."), _SETTLEMENTS),
    Check("settled_debt", Message("What settlements paid of a debt is no longer open, and no more than was owed."), _SETTLED),
    Check("undone_settlements", Message("What undid a settlement mirrors it."), _UNDONE),
    Check("default_stock", Message("What a default batch lacks is owed, what lies on it is credit, never both."), _DEFAULT_STOCK),
)
