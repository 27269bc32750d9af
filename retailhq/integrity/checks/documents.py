"""Checks of documents: transactions on statements and orders, order lines, invoices."""

from core.lib.messages import Message
from retailhq.integrity.checks.check import STATEMENT, Check, number


def _totals_text(transactions: str, lines: str, captured: str, total: str) -> str:
    """SQL that says the totals of a statement in words."""
    return f"{transactions} || ' transactions, ' || {lines} || ' lines, ' || {captured} || ' captured, ' || {number(total)}"


_STATEMENT_TOTALS = f"""
    SELECT t.number, {_totals_text("COALESCE(x.transactions, 0)", "COALESCE(x.lines, 0)", "COALESCE(x.captured, 0)", "x.total")},
           {_totals_text("t.transaction_count", "t.line_count", "t.captured_count", "t.total")}
    FROM statements_statement t
    LEFT JOIN (
        SELECT r.statement_id, count(*) AS transactions, sum(l.lines) AS lines, sum(l.captured) AS captured,
               sum(r.total) FILTER (WHERE r.kind = 'sale') AS total
        FROM statements_postransaction r
        LEFT JOIN (
            SELECT transaction_id, count(*) AS lines, count(batch_id) AS captured FROM statements_postransactionline GROUP BY 1
        ) l ON l.transaction_id = r.id
        WHERE r.statement_id IS NOT NULL GROUP BY 1
    ) x ON x.statement_id = t.id
    WHERE t.calc_state = 'Calculated' AND (t.transaction_count, t.line_count, t.captured_count, t.total)
          IS DISTINCT FROM (COALESCE(x.transactions, 0), COALESCE(x.lines, 0), COALESCE(x.captured, 0), COALESCE(x.total, 0))
"""

_STATEMENT_LINES = f"""
    SELECT t.number || ' ' || x.method_id, {number("x.paid")}, {number("x.stored")}
    FROM (
        SELECT statement_id, method_id, sum(paid) AS paid, sum(stored) AS stored
        FROM (
            SELECT COALESCE(r.counted_on_id, r.statement_id) AS statement_id, p.method_id, 0 AS stored,
                   CASE WHEN r.kind IN ('sale', 'income', 'float', 'payment') THEN p.amount
                        WHEN r.kind IN ('expense', 'removal', 'bank_drop', 'safe_drop') THEN -p.amount ELSE 0 END AS paid
            FROM statements_postransaction r JOIN statements_pospayment p ON p.transaction_id = r.id
            WHERE r.statement_id IS NOT NULL OR r.counted_on_id IS NOT NULL
            UNION ALL
            SELECT statement_id, payment_method_id, transaction_amount, 0 FROM statements_statementline
        ) u
        GROUP BY 1, 2 HAVING sum(paid) <> sum(stored)
    ) x
    JOIN statements_statement t ON t.id = x.statement_id AND t.calc_state = 'Calculated' AND t.kind <> 'transactional'
        -- What a posted financial one counted may be corrected until its sales are posted, and is counted anew then.
        AND (t.kind = 'combined' OR t.post_state = '')
"""

_STATEMENT_KINDS = """
    SELECT concat(s.code, '/', m.code, '/', t.number), 'statements of kinds that take a ' || t.kind || ', each once',
           concat(COALESCE(o.kind, 'none'), ' for goods, ', COALESCE(c.kind, 'none'), ' for money')
    FROM statements_postransaction t
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
    LEFT JOIN statements_statement o ON o.id = t.statement_id
    LEFT JOIN statements_statement c ON c.id = t.counted_on_id
    WHERE o.kind <> 'combined' AND (o.kind = 'transactional') <> (t.kind IN ('sale', 'income', 'expense', 'payment'))
       OR o.kind <> 'transactional' AND t.counted_on_id <> t.statement_id
       OR c.kind = 'transactional' OR t.counted_on_id IS NOT NULL AND c.id IS NULL
"""

_KINDS_APART = f"""
    SELECT t.number, '0', {number("x.found")}
    FROM statements_statement t
    JOIN (
        SELECT source_id AS statement_id, 'financial' AS kind, count(*) AS found
        FROM orders_salesorder WHERE source_kind = {STATEMENT} GROUP BY 1
        UNION ALL
        SELECT statement_id, 'transactional', count(*) FROM statements_statementline GROUP BY 1
    ) x ON x.statement_id = t.id AND x.kind = t.kind
"""

_RECEIPT_ORDERS = f"""
    SELECT concat(s.code, '/', m.code, '/', t.number), COALESCE('order of ' || st.number, 'no order'),
           CASE WHEN o.id IS NULL THEN 'no order' WHEN os.number IS NULL THEN 'order ' || o.number ELSE 'order of ' || os.number END
    FROM statements_postransaction t
    LEFT JOIN statements_statement st ON st.id = t.statement_id
    LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
    LEFT JOIN orders_salesorder o ON o.id = r.order_id
    LEFT JOIN statements_statement os ON o.source_kind = {STATEMENT} AND os.id = o.source_id
    LEFT JOIN orders_store s ON s.id = t.store_id
    LEFT JOIN orders_terminal m ON m.id = t.terminal_id
    LEFT JOIN (SELECT transaction_id FROM statements_postransactionline WHERE NOT voided GROUP BY 1) sold ON sold.transaction_id = t.id
    WHERE o.id IS NOT NULL AND os.id IS DISTINCT FROM t.statement_id
       OR o.id IS NULL AND t.kind = 'sale' AND st.post_state = 'Posted' AND sold.transaction_id IS NOT NULL
"""

_SUMS_TEXT = " || ' / ' || ".join(number(f"x.{{side}}_{what}") for what in ("quantity", "net", "tax"))

# An order that is only aggregated has no lines yet.
_ORDER_LINES = f"""
    SELECT concat(o.number, ' ', i.code), {_SUMS_TEXT.format(side="till")}, {_SUMS_TEXT.format(side="order")}
    FROM (
        SELECT order_id, item_id, sum(till_quantity) AS till_quantity, sum(till_net) AS till_net, sum(till_tax) AS till_tax,
               sum(order_quantity) AS order_quantity, sum(order_net) AS order_net, sum(order_tax) AS order_tax
        FROM (
            SELECT r.order_id, l.item_id, l.stock_quantity AS till_quantity, l.net AS till_net, l.tax AS till_tax,
                   0 AS order_quantity, 0 AS order_net, 0 AS order_tax
            FROM statements_orderreceipt r JOIN statements_postransactionline l ON l.transaction_id = r.transaction_id AND NOT l.voided
            UNION ALL
            SELECT order_id, item_id, 0, 0, 0, stock_quantity, net, tax FROM orders_salesorderline
        ) u
        GROUP BY 1, 2
        HAVING sum(till_quantity) <> sum(order_quantity) OR sum(till_net) <> sum(order_net) OR sum(till_tax) <> sum(order_tax)
    ) x
    JOIN orders_salesorder o ON o.id = x.order_id AND o.origin = 'statement' AND o.status <> 'aggregated'
    LEFT JOIN inventory_item i ON i.id = x.item_id
"""

_ORDER_INVOICES = """
    SELECT o.number, CASE WHEN o.status = 'invoiced' THEN 'one invoice' ELSE 'no invoice' END, COALESCE(n.invoices, 0) || ' invoices'
    FROM orders_salesorder o
    LEFT JOIN (SELECT order_id, count(*) AS invoices FROM orders_invoice GROUP BY 1) n ON n.order_id = o.id
    WHERE o.origin = 'statement' AND COALESCE(n.invoices, 0) <> CASE WHEN o.status = 'invoiced' THEN 1 ELSE 0 END
       OR o.origin = 'customer' AND o.status = 'invoiced' AND n.invoices IS NULL
"""

_INVOICE_LINES = f"""
    SELECT n.number, {number("l.net")} || ' / ' || {number("l.tax")}, {number("n.net")} || ' / ' || {number("n.tax")}
    FROM orders_invoice n
    LEFT JOIN (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax FROM orders_invoiceline GROUP BY 1) l ON l.invoice_id = n.id
    WHERE (n.net, n.tax) IS DISTINCT FROM (COALESCE(l.net, 0), COALESCE(l.tax, 0))
"""

_INVOICED_TEXT = " || ' / ' || ".join(number(f"{{row}}.{what}") for what in ("quantity", "net", "tax"))

_INVOICED_ORDER_LINES = f"""
    SELECT o.number || '/' || l.line_number,
           CASE WHEN o.status = 'invoiced' THEN {_INVOICED_TEXT.format(row="l")} ELSE '0 / 0 / 0' END, {_INVOICED_TEXT.format(row="n")}
    FROM orders_salesorderline l
    JOIN orders_salesorder o ON o.id = l.order_id
    LEFT JOIN (
        SELECT order_line_id, sum(quantity) AS quantity, sum(net) AS net, sum(tax) AS tax FROM orders_invoiceline GROUP BY 1
    ) n ON n.order_line_id = l.id
    WHERE o.origin = 'statement' AND
          CASE WHEN o.status = 'invoiced' THEN (l.quantity, l.net, l.tax) IS DISTINCT FROM (n.quantity, n.net, n.tax)
               ELSE n.order_line_id IS NOT NULL END
"""

_POSTED_ORDERS = f"""
    SELECT o.number, 'invoiced', o.status
    FROM statements_statement t JOIN orders_salesorder o ON o.source_kind = {STATEMENT} AND o.source_id = t.id
    WHERE t.post_state = 'Posted' AND o.status <> 'invoiced'
"""

_COMPANIES = """
    SELECT concat('order ', o.number), e.code, oe.code
    FROM orders_salesorder o
    JOIN inventory_warehouse w ON w.id = o.warehouse_id
    JOIN parameters_legalentity e ON e.id = w.legal_entity_id
    JOIN parameters_legalentity oe ON oe.id = o.legal_entity_id
    WHERE o.legal_entity_id <> w.legal_entity_id
    UNION ALL
    SELECT concat('invoice ', n.number), e.code, ne.code
    FROM orders_invoice n
    JOIN orders_salesorder o ON o.id = n.order_id
    JOIN parameters_legalentity e ON e.id = o.legal_entity_id
    JOIN parameters_legalentity ne ON ne.id = n.legal_entity_id
    WHERE n.legal_entity_id <> o.legal_entity_id
"""

CHECKS = (
    Check("document_companies", Message("An order belongs to the company of its warehouse, an invoice to that of its order."), _COMPANIES),
    Check("statement_totals", Message("Counts and total of a statement are those of its transactions."), _STATEMENT_TOTALS),
    Check("statement_lines", Message("The amount of a statement line is the sum of its payments."), _STATEMENT_LINES),
    Check(
        "statement_kinds",
        Message("A transaction is on one statement for its goods and on one for its money, of kinds that take it."),
        _STATEMENT_KINDS,
    ),
    Check("kinds_apart", Message("Financial statements have no sales orders, transactional ones no lines per tender."), _KINDS_APART),
    Check(
        "receipt_orders",
        Message("A POS transaction is in an order of its own statement; on a posted statement each sale is in one."),
        _RECEIPT_ORDERS,
    ),
    Check(
        "order_lines", Message("Lines of a generated order are those of its POS transactions, by item: quantity, net, tax."), _ORDER_LINES
    ),
    Check("order_invoices", Message("An invoiced order has its invoice, a generated one exactly one; no other has any."), _ORDER_INVOICES),
    Check("invoice_lines", Message("An invoice is the sum of its lines: net, tax."), _INVOICE_LINES),
    Check(
        "invoiced_order_lines",
        Message("Invoice lines of an invoiced generated order are its lines: quantity, net, tax."),
        _INVOICED_ORDER_LINES,
    ),
    Check("posted_orders", Message("All orders of a posted statement are invoiced."), _POSTED_ORDERS),
)
