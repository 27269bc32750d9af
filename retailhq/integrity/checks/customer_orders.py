"""Checks of customer orders: what is reserved, stages, deliveries, money paid ahead."""

from core.lib.messages import Message
from retailhq.integrity.checks.check import CUSTOMER_ORDER, DELIVERY_LINE, INVOICE, STOCK_KEY, Check, number, stock_key_tables
from retailhq.integrity.checks.money import ACCOUNTS

_RESERVED = f"""
    SELECT {STOCK_KEY}, {number("x.wanted")}, {number("x.stored")}
    FROM (
        SELECT warehouse_id, item_id, batch_id, sum(wanted) AS wanted, sum(stored) AS stored
        FROM (
            SELECT warehouse_id, item_id, batch_id, quantity AS wanted, 0 AS stored FROM orders_reservation
            UNION ALL
            SELECT warehouse_id, item_id, batch_id, 0, reserved FROM inventory_onhand
        ) u
        GROUP BY 1, 2, 3 HAVING sum(wanted) <> sum(stored)
    ) x
    {stock_key_tables("x")}
"""

_LINE_KEY = "concat(o.number, '/', l.line_number)"

# Nothing may be reserved for what has left, been returned or been cancelled.
_RESERVED_LINES = f"""
    SELECT {_LINE_KEY}, 'at most ' || {number("x.possible")}, {number("x.reserved")}
    FROM (
        SELECT r.order_line_id, sum(r.quantity) AS reserved,
               max(CASE WHEN l.stock_quantity <= 0 OR c.ordered = c.invoiced + c.cancelled THEN 0
                        ELSE l.stock_quantity - c.cancelled_stock - COALESCE(d.delivered, 0) END) AS possible
        FROM orders_reservation r
        JOIN orders_salesorderline l ON l.id = r.order_line_id
        JOIN orders_customerorderline c ON c.order_line_id = l.id
        LEFT JOIN (
            SELECT dl.order_line_id, sum(dl.stock_quantity) AS delivered
            FROM orders_deliveryline dl JOIN orders_delivery d ON d.id = dl.delivery_id AND d.invoice_id IS NOT NULL GROUP BY 1
        ) d ON d.order_line_id = l.id
        GROUP BY r.order_line_id
    ) x
    JOIN orders_salesorderline l ON l.id = x.order_line_id
    JOIN orders_salesorder o ON o.id = l.order_id
    WHERE x.reserved > x.possible
"""

_DELIVERED = f"""
    SELECT {_LINE_KEY}, {number("x.expected")}, {number("x.allocated")}
    FROM (
        SELECT dl.order_line_id, CASE WHEN d.invoice_id IS NULL THEN 0 ELSE dl.stock_quantity END AS expected,
               COALESCE(a.allocated, 0) AS allocated
        FROM orders_deliveryline dl
        JOIN orders_delivery d ON d.id = dl.delivery_id
        LEFT JOIN (
            SELECT source_id, sum(quantity) AS allocated FROM orders_batchallocation WHERE source_kind = {DELIVERY_LINE} GROUP BY 1
        ) a ON a.source_id = dl.id
    ) x
    JOIN orders_salesorderline l ON l.id = x.order_line_id
    JOIN orders_salesorder o ON o.id = l.order_id
    WHERE x.expected <> x.allocated
"""

_STAGES = f"""
    SELECT {_LINE_KEY}, {number("d.delivered")} || ' delivered, ' || {number("n.invoiced")} || ' on invoices', {number("c.invoiced")}
    FROM orders_customerorderline c
    JOIN orders_salesorderline l ON l.id = c.order_line_id
    JOIN orders_salesorder o ON o.id = l.order_id
    LEFT JOIN (
        SELECT dl.order_line_id, abs(sum(dl.quantity)) AS delivered
        FROM orders_deliveryline dl JOIN orders_delivery d ON d.id = dl.delivery_id AND d.invoice_id IS NOT NULL GROUP BY 1
    ) d ON d.order_line_id = l.id
    LEFT JOIN (
        SELECT il.order_line_id, abs(sum(il.quantity)) AS invoiced
        FROM orders_invoiceline il
        JOIN orders_invoice i ON i.id = il.invoice_id
        JOIN orders_salesorder so ON so.id = i.order_id AND so.origin = 'customer'
        GROUP BY 1
    ) n ON n.order_line_id = l.id
    WHERE c.invoiced <> COALESCE(d.delivered, 0) OR c.invoiced <> COALESCE(n.invoiced, 0)
       OR c.ordered <> abs(l.quantity)
"""

_STATUS = """
    SELECT o.number, CASE WHEN x.left_over > 0 THEN 'created' WHEN x.invoiced > 0 THEN 'invoiced' ELSE 'cancelled' END, o.status
    FROM orders_salesorder o
    JOIN (
        SELECT l.order_id, sum(c.ordered - c.invoiced - c.cancelled) AS left_over, sum(c.invoiced) AS invoiced
        FROM orders_salesorderline l JOIN orders_customerorderline c ON c.order_line_id = l.id GROUP BY 1
    ) x ON x.order_id = o.id
    WHERE o.status <> CASE WHEN x.left_over > 0 THEN 'created' WHEN x.invoiced > 0 THEN 'invoiced' ELSE 'cancelled' END
"""

_INVOICED = f"""
    SELECT o.number, {number("i.total")}, {number("c.invoiced")}
    FROM orders_customerorder c
    JOIN orders_salesorder o ON o.id = c.order_id
    LEFT JOIN (SELECT order_id, sum(total) AS total FROM orders_invoice GROUP BY 1) i ON i.order_id = o.id
    WHERE c.invoiced <> COALESCE(i.total, 0)
"""

# What the prepayment account of an order holds is what was paid ahead and neither used, charged nor paid back.
_DEPOSITS = f"""
    {ACCOUNTS.format(kinds="'prepayment'")}
    SELECT o.number, {number("COALESCE(p.paid, 0) - c.deposit_used - c.charged")}, {number("v.held")}
    FROM orders_customerorder c
    JOIN orders_salesorder o ON o.id = c.order_id
    JOIN inventory_warehouse w ON w.id = o.warehouse_id AND w.legal_entity_id IN (SELECT legal_entity_id FROM accounts)
    LEFT JOIN (
        SELECT order_id, sum(amount) AS paid FROM orders_orderpayment WHERE kind IN ('deposit', 'refund') AND delivery_id IS NULL GROUP BY 1
    ) p ON p.order_id = o.id
    LEFT JOIN (
        SELECT x.order_id, sum(l.credit - l.debit) AS held
        FROM (
            SELECT v.id AS voucher_id, v.source_id AS order_id FROM ledger_voucher v WHERE v.source_kind = {CUSTOMER_ORDER}
            UNION ALL
            SELECT v.id, i.order_id FROM ledger_voucher v JOIN orders_invoice i ON i.id = v.source_id WHERE v.source_kind = {INVOICE}
        ) x
        JOIN ledger_voucherline l ON l.voucher_id = x.voucher_id
        JOIN accounts a ON a.account_id = l.account_id
        GROUP BY 1
    ) v ON v.order_id = o.id
    WHERE COALESCE(p.paid, 0) - c.deposit_used - c.charged <> COALESCE(v.held, 0)
       OR COALESCE(p.paid, 0) - c.deposit_used - c.charged < 0
"""

_SETTLED = f"""
    {ACCOUNTS.format(kinds="'clearing'")}
    SELECT n.number, '0', {number("sum(l.debit - l.credit)")}
    FROM orders_invoice n
    JOIN orders_salesorder o ON o.id = n.order_id AND o.origin = 'customer'
    JOIN ledger_voucher v ON v.source_kind = {INVOICE} AND v.source_id = n.id
    JOIN ledger_voucherline l ON l.voucher_id = v.id
    JOIN accounts a ON a.account_id = l.account_id
    GROUP BY n.id, n.number HAVING sum(l.debit - l.credit) <> 0
"""

_ROUNDING = f"""
    {ACCOUNTS.format(kinds="'rounding'")}
    SELECT n.number, {number("d.rounding")}, {number("v.rounding")}
    FROM orders_delivery d
    JOIN orders_invoice n ON n.id = d.invoice_id
    JOIN orders_salesorder o ON o.id = d.order_id
    JOIN inventory_warehouse w ON w.id = o.warehouse_id AND w.legal_entity_id IN (SELECT legal_entity_id FROM accounts)
    LEFT JOIN (
        SELECT v.source_id AS invoice_id, sum(l.debit - l.credit) AS rounding
        FROM ledger_voucher v
        JOIN ledger_voucherline l ON l.voucher_id = v.id AND l.text = 'rounding difference'
        JOIN accounts a ON a.account_id = l.account_id
        WHERE v.source_kind = {INVOICE} GROUP BY 1
    ) v ON v.invoice_id = n.id
    WHERE d.rounding <> COALESCE(v.rounding, 0)
"""

_CANCELLED = f"""
    SELECT o.number, {number("l.cancelled")}, {number("c.cancelled")}
    FROM orders_customerorder c
    JOIN orders_salesorder o ON o.id = c.order_id
    JOIN (
        SELECT l.order_id, sum(s.cancelled_net + s.cancelled_tax) AS cancelled
        FROM orders_salesorderline l JOIN orders_customerorderline s ON s.order_line_id = l.id GROUP BY 1
    ) l ON l.order_id = o.id
    WHERE c.cancelled <> l.cancelled
"""

# Every cent of a line that is done is on an invoice or was cancelled, whatever was rounded or edited on the way.
_LINE_AMOUNTS = f"""
    SELECT {_LINE_KEY}, {number("l.net + l.tax")}, {number("COALESCE(d.total, 0) + c.cancelled_net + c.cancelled_tax")}
    FROM orders_customerorderline c
    JOIN orders_salesorderline l ON l.id = c.order_line_id
    JOIN orders_salesorder o ON o.id = l.order_id
    LEFT JOIN (
        SELECT dl.order_line_id, sum(dl.net + dl.tax) AS total
        FROM orders_deliveryline dl JOIN orders_delivery d ON d.id = dl.delivery_id AND d.invoice_id IS NOT NULL GROUP BY 1
    ) d ON d.order_line_id = l.id
    WHERE c.ordered = c.invoiced + c.cancelled AND l.net + l.tax <> COALESCE(d.total, 0) + c.cancelled_net + c.cancelled_tax
"""

_TOTALS = f"""
    SELECT o.number, concat({number("l.net")}, ' net, ', {number("l.tax")}, ' tax'),
           concat({number("c.net")}, ' net, ', {number("c.tax")}, ' tax')
    FROM orders_customerorder c
    JOIN orders_salesorder o ON o.id = c.order_id
    JOIN (SELECT order_id, sum(net) AS net, sum(tax) AS tax FROM orders_salesorderline GROUP BY 1) l ON l.order_id = o.id
    WHERE (c.net, c.tax) <> (l.net, l.tax)
"""

_CHARGES = f"""
    {ACCOUNTS.format(kinds="'cancellation'")}
    SELECT o.number, {number("c.charged")}, {number("p.charged")} || ' as payments, ' || {number("v.charged")} || ' posted'
    FROM orders_customerorder c
    JOIN orders_salesorder o ON o.id = c.order_id
    JOIN inventory_warehouse w ON w.id = o.warehouse_id AND w.legal_entity_id IN (SELECT legal_entity_id FROM accounts)
    LEFT JOIN (SELECT order_id, sum(amount) AS charged FROM orders_orderpayment WHERE kind = 'charge' GROUP BY 1) p ON p.order_id = o.id
    LEFT JOIN (
        SELECT v.source_id AS order_id, sum(l.credit - l.debit) AS charged
        FROM ledger_voucher v
        JOIN ledger_voucherline l ON l.voucher_id = v.id
        JOIN accounts a ON a.account_id = l.account_id
        WHERE v.source_kind = {CUSTOMER_ORDER} GROUP BY 1
    ) v ON v.order_id = o.id
    WHERE c.charged <> COALESCE(p.charged, 0) OR c.charged <> COALESCE(v.charged, 0)
"""

CHECKS = (
    Check("reserved", Message("What on-hand has reserved is the sum of the reservations."), _RESERVED),
    Check("reserved_lines", Message("No line has more reserved than it may still want."), _RESERVED_LINES),
    Check("delivery_allocations", Message("Allocations of an invoiced delivery line add up to it; other lines have none."), _DELIVERED),
    Check("order_stages", Message("What of a line is invoiced is what its deliveries moved and what its invoices say."), _STAGES),
    Check("customer_order_status", Message("The status of a customer order follows from its lines."), _STATUS),
    Check("customer_order_invoiced", Message("What of a customer order is invoiced is the sum of its invoices."), _INVOICED),
    Check("customer_order_cancelled", Message("What of a customer order is cancelled is the sum over its lines."), _CANCELLED),
    Check("customer_order_totals", Message("Net and tax of a customer order are the sums of its lines."), _TOTALS),
    Check("order_line_amounts", Message("Invoices and cancellations of a line that is done add up to it."), _LINE_AMOUNTS),
    Check("cancellation_charges", Message("What was charged for cancellations is what was kept of payments and posted."), _CHARGES),
    Check("deposits", Message("Prepayments of an order are its deposits less what was used, charged and paid back."), _DEPOSITS),
    Check("settlements", Message("Vouchers of an invoice of a customer order leave nothing on the clearing account."), _SETTLED),
    Check("order_rounding", Message("What invoices of customer orders left to rounding is what was booked on its account."), _ROUNDING),
)
