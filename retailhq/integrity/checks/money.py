"""Checks of the ledger: vouchers, their documents, payment journals."""

from core.lib.messages import Message
from retailhq.integrity.checks.check import DELIVERY_LINE, INVOICE, ORDER_LINE, STATEMENT, Check, number

_BALANCE = f"""
    SELECT v.number, 'debit ' || {number("l.credit")}, 'debit ' || {number("l.debit")}
    FROM ledger_voucher v
    JOIN (
        SELECT voucher_id, sum(debit) AS debit, sum(credit) AS credit FROM ledger_voucherline GROUP BY 1 HAVING sum(debit) <> sum(credit)
    ) l ON l.voucher_id = v.id
"""

_WITHOUT_LINES = """
    SELECT v.number, 'lines', 'none' FROM ledger_voucher v
    WHERE NOT EXISTS (SELECT FROM ledger_voucherline l WHERE l.voucher_id = v.id)
"""

# Profiles change; a voucher stands on the account that was set when it was posted, so the history of profiles counts as well. Where one
# account serves (or served) several of the kinds that are compared, nobody can tell its parts apart, and the legal entity is left out.
ACCOUNTS = """
    WITH known AS (
        SELECT DISTINCT legal_entity_id, account_id, posting_type::text AS kind
        FROM (
            SELECT legal_entity_id, account_id, posting_type FROM ledger_postingprofile
            UNION ALL SELECT legal_entity_id, account_id, posting_type FROM ledger_historicalpostingprofile
        ) p
        WHERE posting_type IN ({kinds})
    ),
    accounts AS (
        SELECT account_id, kind, legal_entity_id FROM known
        WHERE legal_entity_id NOT IN (SELECT legal_entity_id FROM known GROUP BY legal_entity_id, account_id HAVING count(*) > 1)
    )
"""

_INVOICE_KINDS = "'clearing', 'revenue', 'gift_card', 'sales_tax', 'cost_of_goods', 'inventory'"

# Generated orders have one invoice each, so their cost is the invoice's; a customer order has one for each delivery.
_INVOICE_VOUCHERS = f"""
    {ACCOUNTS.format(kinds=_INVOICE_KINDS)},
    costs AS (
        SELECT i.id AS invoice_id, -sum(t.cost_amount) AS cost
        FROM inventory_inventorytransaction t
        JOIN orders_salesorderline l ON l.id = t.source_id
        JOIN orders_invoice i ON i.order_id = l.order_id AND i.ordinal = 1
        WHERE t.source_kind = {ORDER_LINE} GROUP BY 1
        UNION ALL
        SELECT d.invoice_id, -sum(t.cost_amount)
        FROM inventory_inventorytransaction t
        JOIN orders_deliveryline l ON l.id = t.source_id
        JOIN orders_delivery d ON d.id = l.delivery_id
        WHERE t.source_kind = {DELIVERY_LINE} GROUP BY 1
    )
    SELECT n.number || ' ' || x.kind, {number("x.expected")}, {number("x.posted")}
    FROM (
        SELECT invoice_id, kind, sum(expected) AS expected, sum(posted) AS posted
        FROM (
            SELECT n.id AS invoice_id, k.kind, k.amount AS expected, 0 AS posted
            FROM orders_invoice n
            JOIN orders_salesorder o ON o.id = n.order_id
            JOIN inventory_warehouse w ON w.id = o.warehouse_id
            LEFT JOIN costs c ON c.invoice_id = n.id
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(x.net), 0) AS net
                FROM orders_invoiceline x
                JOIN orders_salesorderline ol ON ol.id = x.order_line_id
                JOIN inventory_item i ON i.id = ol.item_id AND i.kind = 'gift_card'
                WHERE x.invoice_id = n.id
            ) g
            CROSS JOIN LATERAL (
                VALUES ('clearing', n.total), ('revenue', g.net - n.net), ('gift_card', -g.net), ('sales_tax', -n.tax),
                       ('cost_of_goods', COALESCE(c.cost, 0)), ('inventory', -COALESCE(c.cost, 0))
            ) AS k (kind, amount)
            WHERE w.legal_entity_id IN (SELECT legal_entity_id FROM accounts)
            UNION ALL
            SELECT v.source_id, a.kind, 0, l.debit - l.credit
            FROM ledger_voucher v
            JOIN ledger_voucherline l ON l.voucher_id = v.id
            JOIN accounts a ON a.account_id = l.account_id
            WHERE v.source_kind = {INVOICE} AND v.step = 'invoice'
        ) u
        GROUP BY 1, 2 HAVING sum(expected) <> sum(posted)
    ) x
    JOIN orders_invoice n ON n.id = x.invoice_id
"""

_CLEARING = f"""
    {ACCOUNTS.format(kinds=_INVOICE_KINDS)}
    SELECT t.number, '0', {number("sum(l.debit - l.credit)")}
    FROM statements_statement t
    JOIN (
        SELECT id AS voucher_id, source_id AS statement_id FROM ledger_voucher WHERE source_kind = {STATEMENT}
        UNION ALL
        SELECT v.id, o.source_id
        FROM ledger_voucher v JOIN orders_invoice n ON n.id = v.source_id JOIN orders_salesorder o ON o.id = n.order_id
        WHERE v.source_kind = {INVOICE} AND o.source_kind = {STATEMENT}
    ) v ON v.statement_id = t.id
    JOIN ledger_voucherline l ON l.voucher_id = v.voucher_id
    JOIN accounts a ON a.account_id = l.account_id AND a.kind = 'clearing'
    WHERE t.post_state = 'Posted' AND t.reversal_id IS NULL
    GROUP BY t.id, t.number HAVING sum(l.debit - l.credit) <> 0
"""

_JOURNALS = f"""
    SELECT concat(j.number, ' ', n.number, ' ', x.method_id), {number("x.paid")}, {number("x.stored")}
    FROM (
        SELECT journal_id, invoice_id, method_id, sum(paid) AS paid, sum(stored) AS stored
        FROM (
            SELECT j.id AS journal_id, n.id AS invoice_id, p.method_id, p.amount AS paid, 0 AS stored
            FROM orders_paymentjournal j
            JOIN statements_postransaction t ON t.statement_id = j.source_id AND t.kind = 'sale'
            JOIN statements_orderreceipt r ON r.transaction_id = t.id
            JOIN orders_invoice n ON n.order_id = r.order_id
            JOIN statements_pospayment p ON p.transaction_id = t.id
            WHERE j.source_kind = {STATEMENT}
            UNION ALL
            SELECT l.journal_id, l.invoice_id, l.payment_method_id, 0, l.amount
            FROM orders_paymentjournalline l JOIN orders_paymentjournal j ON j.id = l.journal_id
            WHERE j.source_kind = {STATEMENT}
        ) u
        GROUP BY 1, 2, 3 HAVING sum(paid) <> sum(stored)
    ) x
    JOIN orders_paymentjournal j ON j.id = x.journal_id
    LEFT JOIN orders_invoice n ON n.id = x.invoice_id
"""

CHECKS = (
    Check("voucher_balance", Message("Debit and credit of a voucher are equal."), _BALANCE),
    Check("voucher_lines", Message("A voucher has lines."), _WITHOUT_LINES),
    Check(
        "invoice_vouchers", Message("Vouchers of an invoice carry its total, net, tax and cost, each on its accounts."), _INVOICE_VOUCHERS
    ),
    Check(
        "clearing",
        Message("Vouchers of a posted statement that is not reversed and of its invoices leave nothing on the clearing account."),
        _CLEARING,
    ),
    Check(
        "payment_journals", Message("Lines of a payment journal are the payments of the POS transactions behind each invoice."), _JOURNALS
    ),
)
