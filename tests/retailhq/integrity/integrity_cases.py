"""Corruptions of a sound shop, and every difference that follows from each; names in braces are filled in by the test."""

Case = tuple[str, str, list[tuple[str, str, str, str]]]

# Rows of the ledger that take something back, for corruptions of reversals.
REVERSAL_OF = (
    "INSERT INTO ledger_reversal (id, legal_entity_id, source_kind, source_id, document, reason, actor) "
    "SELECT 1900000000, legal_entity_id, 5, id, number, '', '' FROM statements_statement WHERE id = {statement};"
)
SALE_REVERSED = (
    REVERSAL_OF + "UPDATE statements_postransaction SET reversal_id = 1900000000, validation_status = 'reversed' WHERE id = {sale}"
)
LINES_NOT_BACK = [
    ("reversed_lines", "{till}/1 {batch_number}", "2 costing 1", "0 costing 0"),
    ("reversed_lines", "{till}/1 DEF", "1 costing 0.5", "0 costing 0"),
]

# A card that a till names, for corruptions of gift cards.
GIFT_CARD = (
    "INSERT INTO orders_giftcard (id, number) VALUES (1900000000, 'G1'); "
    "INSERT INTO statements_giftcardmovement (card_id, transaction_id, amount, line_number, payment_number) "
)

# A corruption, and every difference that follows from it: the check that it is made for comes first.
CASES: tuple[Case, ...] = (
    (
        "on_hand",
        "UPDATE inventory_onhand SET physical = 5 WHERE batch_id = {batch}",
        [("on_hand", "{place}/{batch_number}", "0", "5")],
    ),
    (
        "on_hand without movements",
        "INSERT INTO inventory_onhand (warehouse_id, item_id, physical, reserved, negative_allowed) "
        "VALUES ({warehouse}, {item}, 1.5, 0, false)",
        [("on_hand", "{place}/", "0", "1.5")],
    ),
    (
        "movements without on_hand",
        "DELETE FROM inventory_onhand WHERE batch_id = {default_batch}",
        [("on_hand", "{place}/DEF", "-1", "0"), ("placeholders", "{place}/DEF", "-1", "0")],
    ),
    (
        "on_hand_kind",
        "UPDATE inventory_onhand SET is_default = true WHERE batch_id = {batch}",
        [("on_hand_kind", "{place}/{batch_number}", "real batch", "default batch")],
    ),
    (
        "receipts",
        "UPDATE inventory_receiptline SET quantity = 2.5 WHERE id = {receipt}",
        [("receipts", "{receipt_key} {place}/{batch_number}", "{place}/{batch_number} 2.5", "{place}/{batch_number} 2")],
    ),
    (
        "journal_lines",
        "UPDATE inventory_journalline SET change = 1, cost_amount = 0.5 WHERE batch_id = {batch}",
        [("journal_lines", "{counted} {place}/{batch_number}", "1 worth 0.5", "0 worth 0")],
    ),
    (
        "corrections",
        "UPDATE inventory_journalline SET change = -3, kind = 'receipt_correction', receipt_line_id = {receipt} WHERE batch_id = {batch}",
        [
            ("corrections", "{receipt_key}", "at most 2", "3"),
            ("journal_lines", "{counted} {place}/{batch_number}", "-3 worth 0", "0 worth 0"),
        ],
    ),
    (
        "line_allocations",
        "UPDATE statements_postransactionline SET stock_quantity = 4 WHERE id = {sold}",
        [("line_allocations", "{till}/1", "4", "3"), ("order_lines", "{order_number} {item_code}", "4 / 3 / 0.3", "3 / 3 / 0.3")],
    ),
    (
        "line_allocations of a voided line",
        "UPDATE statements_postransactionline SET voided = true WHERE id = {sold}",
        [
            ("line_allocations", "{till}/1", "0", "3 in 2 parts"),
            ("order_lines", "{order_number} {item_code}", "0 / 0 / 0", "3 / 3 / 0.3"),
        ],
    ),
    (
        "order_line_allocations",
        "UPDATE orders_salesorderline SET stock_quantity = 2 WHERE id = {order_line}",
        [
            ("order_line_allocations", "{order_number}/1", "2", "3"),
            ("order_lines", "{order_number} {item_code}", "3 / 3 / 0.3", "2 / 3 / 0.3"),
        ],
    ),
    (
        "allocation_item",
        "UPDATE inventory_batch SET item_id = {other_item} WHERE id = {batch}",
        [
            ("allocation_item", "2/{sold}/1", "item {item_code}", "batch {batch_number} of item {other_item_code}"),
            *[("movement_item", "MOVEMENT", "item {item_code}", "batch {batch_number} of item {other_item_code}")] * 4,
        ],
    ),
    (
        "allocation_place",
        "UPDATE orders_salesorder SET warehouse_id = {other_warehouse} WHERE id = {order}",
        [
            ("allocation_place", "2/{sold}/1", "{other_warehouse_code}/{item_code}", "{place}"),
            ("allocation_place", "2/{sold}/2", "{other_warehouse_code}/{item_code}", "{place}"),
        ],
    ),
    (
        "allocation_source default",
        "UPDATE inventory_batch SET is_default_batch = false WHERE id = {default_batch}",
        [
            ("allocation_source", "2/{sold}/2", "a default batch", "batch DEF"),
            ("default_stock", "{place}/DEF", "0 owed, 0 lying", "1 owed, 0 lying"),
            ("on_hand_kind", "{place}/DEF", "real batch", "default batch"),
        ],
    ),
    (
        "allocation_source allocated",
        "UPDATE inventory_batch SET is_default_batch = true WHERE id = {batch}",
        [
            ("allocation_source", "2/{sold}/1", "a real batch", "default batch {batch_number}"),
            ("on_hand_kind", "{place}/{batch_number}", "default batch", "real batch"),
        ],
    ),
    (
        "allocation_source untracked",
        "UPDATE orders_batchallocation SET source = 'untracked' WHERE source_id = {sold} AND ordinal = 1",
        [("allocation_source", "2/{sold}/1", "no batch", "batch {batch_number}")],
    ),
    (
        "movement_item",
        "UPDATE inventory_inventorytransaction SET batch_id = {other_batch} WHERE source_kind = 1 AND source_id = {receipt}",
        [
            ("movement_item", "MOVEMENT", "item {item_code}", "batch {other_batch_number} of item {other_item_code}"),
            ("on_hand", "{place}/{batch_number}", "-2", "0"),
            ("on_hand", "{place}/{other_batch_number}", "2", "0"),
            ("receipts", "{receipt_key} {place}/{other_batch_number}", "{place}/{batch_number} 2", "{place}/{other_batch_number} 2"),
        ],
    ),
    (
        "movements",
        "UPDATE inventory_inventorytransaction SET quantity = -3 WHERE source_kind = 3 AND source_id = {order_line} AND batch_id = {batch}",
        [
            ("movements", "{order_number}/1 {place}/{batch_number}", "-2", "-3"),
            ("on_hand", "{place}/{batch_number}", "-1", "0"),
            ("stock_value", "{place}", "-2 worth -0.5", "-1 worth -0.5"),
        ],
    ),
    (
        "movements lost",
        "DELETE FROM inventory_inventorytransaction WHERE source_kind = 3 AND source_id = {order_line} AND batch_id = {batch}",
        [
            ("movements", "{order_number}/1 {place}/{batch_number}", "-2", "0"),
            ("on_hand", "{place}/{batch_number}", "2", "0"),
            ("invoice_vouchers", "{invoice_number} cost_of_goods", "0.5", "1.5"),
            ("invoice_vouchers", "{invoice_number} inventory", "-0.5", "-1.5"),
            ("allocation_costs", "{order_number}/1 {batch_number}", "0", "1"),
            ("stock_value", "{place}", "1 worth 0.5", "-1 worth -0.5"),
            ("inventory_account", "{company}", "0.5", "-0.5"),
        ],
    ),
    (
        "placeholders",
        "ALTER TABLE inventory_onhand DROP CONSTRAINT default_batch_is_credit_less_debt;"
        "UPDATE inventory_onhand SET physical = -2 WHERE batch_id = {default_batch}",
        [("placeholders", "{place}/DEF", "-1", "-2"), ("on_hand", "{place}/DEF", "-1", "-2")],
    ),
    (
        "batch_debt",
        "UPDATE inventory_batchdebt SET quantity = 7 WHERE source_id = {sold}",
        [("batch_debt", "{till}/1", "at most 1", "7")],
    ),
    (
        "default_stock",
        "UPDATE inventory_batchdebt SET quantity = 0, open_quantity = 0 WHERE source_id = {sold}",
        [("default_stock", "{place}/DEF", "1 owed, 0 lying", "0 owed, 0 lying")],
    ),
    (
        "default_stock of a debt that was paid by nothing",
        "UPDATE inventory_batchdebt SET open_quantity = 0.5 WHERE source_id = {sold}",
        [("default_stock", "{place}/DEF", "1 owed, 0 lying", "0.5 owed, 0 lying")],
    ),
    (
        "default_stock of credit beside debt",
        "UPDATE inventory_batchcredit SET open_quantity = 1 WHERE source_id = {sold}",
        [("default_stock", "{place}/DEF", "1 owed, 0 lying", "1 owed, 1 lying")],
    ),
    (
        "debt_settlements",
        "UPDATE inventory_inventorytransaction SET cost_amount = 0.5 WHERE source_kind = 9 AND batch_id = {batch} AND quantity > 0;"
        "UPDATE inventory_inventorytransaction SET cost_amount = -0.5 WHERE source_kind = 9 AND batch_id = {batch} AND quantity < 0",
        [
            ("debt_settlements", "{settlement}/1 {place}/{batch_number}", "-0.5 at -0.25", "-0.5 at -0.5"),
            ("debt_settlements", "{undo}/1 {place}/{batch_number}", "0.5 at 0.25", "0.5 at 0.5"),
        ],
    ),
    (
        "settled_debt",
        "UPDATE inventory_debtsettlementline l SET quantity = 1, cost_amount = 0.5 FROM inventory_debtsettlement h "
        "WHERE h.id = l.settlement_id AND h.number = '{settlement}'",
        [
            ("settled_debt", "{place}/DEF", "0 to 0", "0.5"),
            ("debt_settlements", "{settlement}/1 {place}/{batch_number}", "-1 at -0.5", "-0.5 at -0.25"),
            ("debt_settlements", "{settlement}/1 {place}/DEF", "1 at 0.5", "0.5 at 0.25"),
            ("placeholders", "{place}/DEF", "-0.5", "-1"),
            ("undone_settlements", "{settlement} {place}/{batch_number}", "-1", "-0.5"),
        ],
    ),
    (
        "undone_settlements",
        "UPDATE inventory_debtsettlementline l SET to_batch_id = {other_batch} FROM inventory_debtsettlement h "
        "WHERE h.id = l.settlement_id AND h.number = '{undo}'",
        [
            ("undone_settlements", "{settlement} {place}/{batch_number}", "-0.5", "0"),
            ("undone_settlements", "{settlement} {place}/{other_batch_number}", "0", "-0.5"),
            ("debt_settlements", "{undo}/1 {place}/{batch_number}", "0 at 0", "0.5 at 0.25"),
            ("debt_settlements", "{undo}/1 {place}/{other_batch_number}", "0.5 at 0.25", "0 at 0"),
        ],
    ),
    (
        "stock_value",
        "UPDATE inventory_warehouseitemcost SET value = 7, quantity = 14 WHERE item_id = {item}",
        [("stock_value", "{place}", "-1 worth -0.5", "14 worth 7")],
    ),
    (
        "unit_cost",
        "UPDATE inventory_warehouseitemcost SET unit_cost = 2 WHERE item_id = {item}",
        [("unit_cost", "{place}", "-2", "-0.5")],
    ),
    (
        "cost_adjustments",
        "UPDATE inventory_costadjustment SET amount = 3 WHERE item_id = {item}",
        [("cost_adjustments", "{adjustment}", "3", "0")],
    ),
    (
        "allocation_costs",
        "UPDATE orders_batchallocation SET cost_amount = 9 WHERE source_id = {sold} AND ordinal = 1",
        [("allocation_costs", "{order_number}/1 {batch_number}", "1", "9")],
    ),
    (
        "inventory_account",
        "UPDATE ledger_voucherline SET credit = 5 WHERE credit > 0 AND voucher_id IN "
        "(SELECT id FROM ledger_voucher WHERE source_kind = 1 AND source_id = {receipt});"
        "UPDATE ledger_voucherline SET debit = 5 WHERE debit > 0 AND voucher_id IN "
        "(SELECT id FROM ledger_voucher WHERE source_kind = 1 AND source_id = {receipt})",
        [("inventory_account", "{company}", "-0.5", "3.5")],
    ),
    (
        "statement_totals",
        "UPDATE statements_statement SET total = 3.31 WHERE id = {statement}",
        [
            (
                "statement_totals",
                "{statement_number}",
                "1 transactions, 1 lines, 0 captured, 3.3",
                "1 transactions, 1 lines, 0 captured, 3.31",
            )
        ],
    ),
    (
        "statement_totals of a lost transaction",
        "UPDATE statements_postransaction SET kind = 'income' WHERE id = {sale}",
        [
            (
                "statement_totals",
                "{statement_number}",
                "1 transactions, 1 lines, 0 captured, 0",
                "1 transactions, 1 lines, 0 captured, 3.3",
            ),
            ("payment_journals", "{journal_number} {invoice_number} cash", "0", "3.3"),
        ],
    ),
    (
        "statement_lines",
        "UPDATE statements_statementline SET transaction_amount = 3, counted_amount = 3 WHERE statement_id = {statement}",
        [("statement_lines", "{statement_number} cash", "3.3", "3")],
    ),
    (
        "statement_lines lost",
        "DELETE FROM statements_statementline WHERE statement_id = {statement}",
        [("statement_lines", "{statement_number} cash", "3.3", "0")],
    ),
    (
        "kinds_apart",
        "UPDATE statements_statement SET kind = 'transactional' WHERE id = {statement}",
        [("kinds_apart", "{statement_number}", "0", "1")],
    ),
    (
        "statement_kinds",
        "UPDATE statements_statement SET kind = 'financial' WHERE id = {statement}",
        [
            ("statement_kinds", "{till}", "statements of kinds that take a sale, each once", "financial for goods, none for money"),
            ("kinds_apart", "{statement_number}", "0", "1"),
        ],
    ),
    (
        "receipt_orders",
        "UPDATE statements_orderreceipt SET order_id = {twin_order} WHERE transaction_id = {sale}",
        [
            ("receipt_orders", "{till}", "order of {statement_number}", "order of {twin_statement_number}"),
            ("order_lines", "{order_number} {item_code}", "0 / 0 / 0", "3 / 3 / 0.3"),
            ("order_lines", "TWIN {item_code}", "3 / 3 / 0.3", "0 / 0 / 0"),
            ("payment_journals", "{journal_number} {invoice_number} cash", "0", "3.3"),
            ("payment_journals", "{journal_number} TWIN cash", "3.3", "0"),
        ],
    ),
    (
        "receipt_orders lost",
        "DELETE FROM statements_orderreceipt WHERE transaction_id = {sale}",
        [
            ("receipt_orders", "{till}", "order of {statement_number}", "no order"),
            ("line_allocations", "{till}/1", "0", "3 in 2 parts"),
            ("order_lines", "{order_number} {item_code}", "0 / 0 / 0", "3 / 3 / 0.3"),
            ("payment_journals", "{journal_number} {invoice_number} cash", "0", "3.3"),
        ],
    ),
    (
        "order_lines",
        "UPDATE statements_postransactionline SET net = 2.99 WHERE id = {sold}",
        [("order_lines", "{order_number} {item_code}", "3 / 2.99 / 0.3", "3 / 3 / 0.3")],
    ),
    (
        "document_companies",
        "INSERT INTO parameters_legalentity (code, name, currency_id, is_active) SELECT 'ELSE', '', currency_id, true "
        "FROM parameters_legalentity WHERE code = '{company}'; "
        "UPDATE orders_salesorder SET legal_entity_id = (SELECT id FROM parameters_legalentity WHERE code = 'ELSE') WHERE id = {order}",
        [
            ("document_companies", "order {order_number}", "{company}", "ELSE"),
            ("document_companies", "invoice {invoice_number}", "ELSE", "{company}"),
        ],
    ),
    (
        "order_invoices missing",
        "UPDATE orders_salesorder SET status = 'invoiced' WHERE id = {other_order}",
        [
            ("order_invoices", "{other_order_number}", "one invoice", "0 invoices"),
            ("invoiced_order_lines", "{other_order_number}/1", "1 / 1 / 0", "0 / 0 / 0"),
            ("line_allocations", "TRANSACTION/1", "1", "0"),
            ("order_line_allocations", "{other_order_number}/1", "1", "0"),
        ],
    ),
    (
        "order_invoices twice",
        "INSERT INTO orders_invoice (number, legal_entity_id, order_id, ordinal, date, net, tax, total) "
        "SELECT number || '-twin', legal_entity_id, order_id, 2, date, 0, 0, 0 FROM orders_invoice WHERE id = {invoice}",
        [
            ("order_invoices", "{order_number}", "one invoice", "2 invoices"),
            ("payment_journals", "{journal_number} {invoice_number}-twin cash", "3.3", "0"),
        ],
    ),
    (
        "invoice_lines",
        "UPDATE orders_invoice SET net = 2.90, total = 3.20 WHERE id = {invoice}",
        [
            ("invoice_lines", "{invoice_number}", "3 / 0.3", "2.9 / 0.3"),
            ("invoice_vouchers", "{invoice_number} clearing", "3.2", "3.3"),
            ("invoice_vouchers", "{invoice_number} revenue", "-2.9", "-3"),
        ],
    ),
    (
        "invoiced_order_lines",
        "UPDATE orders_invoiceline SET quantity = 2 WHERE invoice_id = {invoice}",
        [("invoiced_order_lines", "{order_number}/1", "3 / 3 / 0.3", "2 / 3 / 0.3")],
    ),
    (
        "posted_orders",
        "UPDATE orders_salesorder SET status = 'created' WHERE id = {order}",
        [
            ("posted_orders", "{order_number}", "invoiced", "created"),
            ("order_invoices", "{order_number}", "no invoice", "1 invoices"),
            ("invoiced_order_lines", "{order_number}/1", "0 / 0 / 0", "3 / 3 / 0.3"),
            ("line_allocations", "{till}/1", "0", "3 in 2 parts"),
            ("order_line_allocations", "{order_number}/1", "0", "3"),
        ],
    ),
    (
        "voucher_balance",
        "UPDATE ledger_voucherline SET debit = 1.6 WHERE debit = 1.5 "
        "AND voucher_id IN (SELECT id FROM ledger_voucher WHERE source_kind = 4 AND source_id = {invoice})",
        [
            ("voucher_balance", "{order_number}-INV", "debit 4.8", "debit 4.9"),
            ("invoice_vouchers", "{invoice_number} cost_of_goods", "1.5", "1.6"),
        ],
    ),
    (
        "voucher_lines",
        "DELETE FROM ledger_voucherline WHERE voucher_id IN "
        "(SELECT id FROM ledger_voucher WHERE source_kind = 5 AND source_id = {statement})",
        [("voucher_lines", "{statement_number}-PAY", "lines", "none"), ("clearing", "{statement_number}", "0", "3.3")],
    ),
    (
        "invoice_vouchers",
        "UPDATE ledger_voucherline SET credit = CASE credit WHEN 3.00 THEN 2.90 ELSE 0.40 END WHERE credit IN (3.00, 0.30) "
        "AND voucher_id IN (SELECT id FROM ledger_voucher WHERE source_kind = 4 AND source_id = {invoice})",
        [
            ("invoice_vouchers", "{invoice_number} revenue", "-3", "-2.9"),
            ("invoice_vouchers", "{invoice_number} sales_tax", "-0.3", "-0.4"),
        ],
    ),
    (
        "clearing",
        "UPDATE ledger_voucherline SET debit = debit / 2, credit = credit / 2 "
        "WHERE voucher_id IN (SELECT id FROM ledger_voucher WHERE source_kind = 5 AND source_id = {statement})",
        [("clearing", "{statement_number}", "0", "1.65")],
    ),
    (
        "payment_journals",
        "UPDATE orders_paymentjournalline SET amount = 3 WHERE journal_id = {journal}",
        [("payment_journals", "{journal_number} {invoice_number} cash", "3.3", "3")],
    ),
    (
        "payment_journals lost",
        "DELETE FROM orders_paymentjournalline WHERE journal_id = {journal}",
        [("payment_journals", "{journal_number} {invoice_number} cash", "3.3", "0")],
    ),
    ("reversed_lines", SALE_REVERSED, LINES_NOT_BACK),
    (
        "reversed_movements",
        "INSERT INTO inventory_inventorytransaction "
        "(id, warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount) "
        "SELECT 1900000000, warehouse_id, item_id, batch_id, 0, date, 10, id, 0 FROM inventory_inventorytransaction "
        "WHERE source_kind = 1 AND source_id = {receipt}",
        [("reversed_movements", "1900000000", "-2 costing -1", "0 costing 0")],
    ),
    (
        "reversed_vouchers",
        "INSERT INTO ledger_voucher (id, legal_entity_id, number, date, source_kind, source_id, step) "
        "SELECT 1900000000, legal_entity_id, 'BACK', date, 10, id, 'reversal' FROM ledger_voucher "
        "WHERE source_kind = 5 AND source_id = {statement};"
        "INSERT INTO ledger_voucherline (voucher_id, line_number, account_id, debit, credit, text) "
        "SELECT 1900000000, l.line_number, l.account_id, l.credit / 2, l.debit / 2, '' FROM ledger_voucher v "
        "JOIN ledger_voucherline l ON l.voucher_id = v.id WHERE v.source_kind = 5 AND v.source_id = {statement}",
        [
            ("reversed_vouchers", "BACK {account_payment}", "3.3", "1.65"),
            ("reversed_vouchers", "BACK {account_clearing}", "-3.3", "-1.65"),
        ],
    ),
    (
        "reversed_statements",
        REVERSAL_OF + "UPDATE statements_statement SET reversal_id = 1900000000 WHERE id = {statement}",
        [
            ("reversed_statements", "{statement_number} {account_payment}", "0", "3.3"),
            ("reversed_statements", "{statement_number} {account_revenue}", "0", "-3"),
            ("reversed_statements", "{statement_number} {account_sales_tax}", "0", "-0.3"),
            ("reversed_statements", "{statement_number} {account_cost_of_goods}", "0", "1.5"),
            ("reversed_statements", "{statement_number} {account_inventory}", "0", "-1.5"),
            ("reversed_transactions", "{statement_number}", "all transactions reversed", "1 are not"),
        ],
    ),
    (
        "reversed_transactions",
        REVERSAL_OF + "DELETE FROM ledger_voucherline WHERE voucher_id IN (SELECT id FROM ledger_voucher WHERE source_kind = 5 "
        "AND source_id = {statement});UPDATE statements_statement SET reversal_id = 1900000000 WHERE id = {statement}",
        [
            ("reversed_transactions", "{statement_number}", "all transactions reversed", "1 are not"),
            ("voucher_lines", "{statement_number}-PAY", "lines", "none"),
            ("reversed_statements", "{statement_number} {account_clearing}", "0", "3.3"),
            ("reversed_statements", "{statement_number} {account_revenue}", "0", "-3"),
            ("reversed_statements", "{statement_number} {account_sales_tax}", "0", "-0.3"),
            ("reversed_statements", "{statement_number} {account_cost_of_goods}", "0", "1.5"),
            ("reversed_statements", "{statement_number} {account_inventory}", "0", "-1.5"),
        ],
    ),
    (
        "reversed_accounts",
        SALE_REVERSED
        + ";INSERT INTO orders_customertransaction (legal_entity_id, customer_id, source_kind, source_id, date, amount, text) "
        "SELECT s.legal_entity_id, o.customer_id, 20, {sale}, s.business_date, 3.3, '' FROM statements_statement s, orders_salesorder o "
        "WHERE s.id = {statement} AND o.id = {order}",
        [("reversed_accounts", "{till}", "0", "3.3"), *LINES_NOT_BACK],
    ),
    (
        "gift_cards",
        GIFT_CARD + "SELECT 1900000000, {sale}, -5, NULL, NULL",
        [
            ("gift_cards", "{company} G1", "at least 0", "-5"),
            ("gift_card_moves", "{till} G1", "0", "-5"),
            ("gift_card_liability", "{company}", "5", "0"),
        ],
    ),
    (
        "gift_card_moves",
        GIFT_CARD + "SELECT 1900000000, {sale}, 4, 1, NULL",
        [("gift_card_moves", "{till} G1", "3", "4"), ("gift_card_liability", "{company}", "-4", "0")],
    ),
    (
        "gift_card_liability",
        GIFT_CARD + "SELECT 1900000000, {sale}, 3, 1, NULL",
        [("gift_card_liability", "{company}", "-3", "0")],
    ),
)
