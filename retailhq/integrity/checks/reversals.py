"""Checks of reversals: what was taken back booked exactly the other way round, and nothing else was."""

from core.lib.messages import Message
from retailhq.integrity.checks.check import (
    INVOICE,
    POS_LINE,
    POS_LINE_KEY,
    POS_LINE_KEY_TABLES,
    REVERSAL,
    REVERSED_POS_LINE,
    STATEMENT,
    TILL,
    Check,
    number,
)

# Lines of transactions that were reversed, and their allocations; a line that was not reversed has no movement back.
_LINES = f"""
    SELECT concat({POS_LINE_KEY}, ' ', b.number), concat({number("x.quantity")}, ' costing ', {number("x.cost")}),
           concat({number("x.back")}, ' costing ', {number("x.cost_back")})
    FROM (
        SELECT line_id, batch_id, sum(quantity) AS quantity, sum(cost) AS cost, sum(back) AS back, sum(cost_back) AS cost_back
        FROM (
            SELECT a.source_id AS line_id, a.batch_id, a.quantity, a.cost_amount AS cost, 0 AS back, 0 AS cost_back
            FROM statements_postransaction t
            JOIN statements_postransactionline l ON l.transaction_id = t.id
            JOIN orders_batchallocation a ON a.source_kind = {POS_LINE} AND a.source_id = l.id
            WHERE t.reversal_id IS NOT NULL
            UNION ALL
            SELECT source_id, batch_id, 0, 0, quantity, cost_amount
            FROM inventory_inventorytransaction WHERE source_kind = {REVERSED_POS_LINE}
        ) u
        GROUP BY 1, 2 HAVING sum(quantity) <> sum(back) OR sum(cost) <> sum(cost_back)
    ) x
    LEFT JOIN statements_postransactionline l ON l.id = x.line_id
    {POS_LINE_KEY_TABLES}
    LEFT JOIN inventory_batch b ON b.id = x.batch_id
"""

_MOVEMENTS = f"""
    SELECT m.id::text, concat({number("-t.quantity")}, ' costing ', {number("-t.cost_amount")}),
           concat({number("m.quantity")}, ' costing ', {number("m.cost_amount")})
    FROM inventory_inventorytransaction m
    JOIN inventory_inventorytransaction t ON t.id = m.source_id
    WHERE m.source_kind = {REVERSAL}
      AND (m.warehouse_id, m.item_id, m.batch_id, m.quantity, m.cost_amount)
          IS DISTINCT FROM (t.warehouse_id, t.item_id, t.batch_id, -t.quantity, -t.cost_amount)
"""

_VOUCHERS = f"""
    SELECT concat(v.number, ' ', a.number), {number("x.booked")}, {number("x.back")}
    FROM (
        SELECT voucher_id, account_id, sum(booked) AS booked, sum(back) AS back
        FROM (
            SELECT m.id AS voucher_id, l.account_id, l.debit - l.credit AS booked, 0 AS back
            FROM ledger_voucher m JOIN ledger_voucherline l ON l.voucher_id = m.source_id WHERE m.source_kind = {REVERSAL}
            UNION ALL
            SELECT m.id, l.account_id, 0, l.credit - l.debit
            FROM ledger_voucher m JOIN ledger_voucherline l ON l.voucher_id = m.id WHERE m.source_kind = {REVERSAL}
        ) u
        GROUP BY 1, 2 HAVING sum(booked) <> sum(back)
    ) x
    JOIN ledger_voucher v ON v.id = x.voucher_id
    LEFT JOIN ledger_mainaccount a ON a.id = x.account_id
"""

# All vouchers of a reversed statement, of its invoices and of its transactions that were reversed alone, with what took them back.
_STATEMENTS = f"""
    WITH sources AS (
        SELECT id AS statement_id, {STATEMENT} AS kind, id FROM statements_statement WHERE reversal_id IS NOT NULL
        UNION ALL
        SELECT t.id, {INVOICE}, i.id
        FROM statements_statement t
        JOIN orders_salesorder o ON o.source_kind = {STATEMENT} AND o.source_id = t.id
        JOIN orders_invoice i ON i.order_id = o.id
        WHERE t.reversal_id IS NOT NULL
        UNION ALL
        SELECT p.statement_id, {TILL}, p.id
        FROM statements_statement t JOIN statements_postransaction p ON p.statement_id = t.id WHERE t.reversal_id IS NOT NULL
    ),
    booked AS (
        SELECT s.statement_id, v.id AS voucher_id FROM sources s JOIN ledger_voucher v ON v.source_kind = s.kind AND v.source_id = s.id
    )
    SELECT concat(t.number, ' ', a.number), '0', {number("x.balance")}
    FROM (
        SELECT b.statement_id, l.account_id, sum(l.debit - l.credit) AS balance
        FROM (
            SELECT * FROM booked
            UNION ALL
            SELECT b.statement_id, m.id FROM booked b JOIN ledger_voucher m ON m.source_kind = {REVERSAL} AND m.source_id = b.voucher_id
        ) b
        JOIN ledger_voucherline l ON l.voucher_id = b.voucher_id
        GROUP BY 1, 2 HAVING sum(l.debit - l.credit) <> 0
    ) x
    JOIN statements_statement t ON t.id = x.statement_id
    JOIN ledger_mainaccount a ON a.id = x.account_id
"""

_TRANSACTIONS = """
    SELECT t.number, 'all transactions reversed', count(*) || ' are not'
    FROM statements_statement t JOIN statements_postransaction p ON p.statement_id = t.id AND p.reversal_id IS NULL
    WHERE t.reversal_id IS NOT NULL GROUP BY t.number
"""

_CUSTOMERS = f"""
    SELECT concat(s.code, '/', m.code, '/', t.number), '0', {number("c.amount + COALESCE(r.amount, 0)")}
    FROM orders_customertransaction c
    JOIN statements_postransaction t ON t.id = c.source_id AND t.reversal_id IS NOT NULL
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
    LEFT JOIN orders_customertransaction r ON r.source_kind = {REVERSAL} AND r.source_id = c.id
    WHERE c.source_kind = {TILL} AND c.amount + COALESCE(r.amount, 0) <> 0
"""

CHECKS = (
    Check(
        "reversed_lines", Message("A reversed till line moved back what it took, by batch, at its cost; no other line moved back."), _LINES
    ),
    Check("reversed_movements", Message("A movement that takes another one back is that one with the other sign."), _MOVEMENTS),
    Check("reversed_vouchers", Message("A voucher that takes another one back is that one with debit and credit changed over."), _VOUCHERS),
    Check(
        "reversed_statements",
        Message("Vouchers of a reversed statement and what took them back leave nothing on any account."),
        _STATEMENTS,
    ),
    Check("reversed_transactions", Message("All transactions on a reversed statement are reversed."), _TRANSACTIONS),
    Check("reversed_accounts", Message("What a reversed transaction put on the account of a customer is taken back."), _CUSTOMERS),
)
