"""Checks of gift cards: by number, and of the account that says what is owed to their holders."""

from core.lib.messages import Message
from orders.queries.gift_cards import ORDER_CARD_MOVES
from retailhq.integrity.checks.check import INVOICE, STATEMENT, Check, number
from retailhq.integrity.checks.money import ACCOUNTS

_TILL_MOVES = """
    SELECT m.card_id, w.legal_entity_id, m.amount, t.statement_id
    FROM statements_giftcardmovement m
    JOIN statements_postransaction t ON t.id = m.transaction_id AND t.validation_status = 'valid'
    JOIN orders_store s ON s.id = t.store_id
    JOIN inventory_warehouse w ON w.id = s.warehouse_id
"""

# What was asked for and is not posted is left out: it may still fail.
_BALANCES = f"""
    SELECT concat(e.code, ' ', g.number), 'at least 0', {number("x.balance")}
    FROM (
        SELECT card_id, legal_entity_id, sum(amount) AS balance
        FROM (
            SELECT card_id, legal_entity_id, amount FROM ({_TILL_MOVES}) t
            UNION ALL SELECT card_id, legal_entity_id, amount FROM ({ORDER_CARD_MOVES}) o WHERE o.is_posted
        ) m
        GROUP BY 1, 2 HAVING sum(amount) < 0
    ) x
    JOIN orders_giftcard g ON g.id = x.card_id
    JOIN parameters_legalentity e ON e.id = x.legal_entity_id
"""

_MOVES = f"""
    SELECT concat(s.code, '/', r.code, '/', t.number, ' ', g.number), {number("x.amount")}, {number("m.amount")}
    FROM statements_giftcardmovement m
    JOIN orders_giftcard g ON g.id = m.card_id
    JOIN statements_postransaction t ON t.id = m.transaction_id
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal r ON r.id = t.terminal_id
    LEFT JOIN statements_postransactionline l ON l.transaction_id = m.transaction_id AND l.number = m.line_number
    LEFT JOIN statements_pospayment p ON p.transaction_id = m.transaction_id AND p.number = m.payment_number
    CROSS JOIN LATERAL (
        SELECT CASE WHEN l.voided THEN 0 WHEN l.id IS NOT NULL THEN l.net WHEN t.kind = 'expense' THEN p.amount ELSE -p.amount END AS amount
    ) x
    WHERE m.amount IS DISTINCT FROM x.amount AND t.validation_status = 'valid'
"""

# The account against the documents: by card where they name one, else by their lines and payments. Statements that are posted only in
# part, and what was taken back (its reversal cancels it), are on neither side.
_LIABILITY = f"""
    {ACCOUNTS.format(kinds="'clearing', 'revenue', 'gift_card', 'sales_tax', 'prepayment', 'rounding'")},
    posted AS (
        SELECT a.legal_entity_id, sum(l.debit - l.credit) AS amount
        FROM accounts a
        JOIN ledger_voucherline l ON l.account_id = a.account_id
        JOIN ledger_voucher v ON v.id = l.voucher_id
        LEFT JOIN orders_invoice n ON v.source_kind = {INVOICE} AND n.id = v.source_id
        LEFT JOIN orders_salesorder o ON o.id = n.order_id AND o.source_kind = {STATEMENT}
        LEFT JOIN statements_statement t ON t.id = CASE WHEN v.source_kind = {STATEMENT} THEN v.source_id ELSE o.source_id END
        WHERE a.kind = 'gift_card' AND (t.id IS NULL OR t.post_state = 'Posted')
        GROUP BY 1
    ),
    sold AS (
        SELECT t.id AS transaction_id, t.kind, st.legal_entity_id
        FROM statements_postransaction t
        JOIN statements_statement st ON st.id = t.statement_id AND st.post_state = 'Posted'
        WHERE t.validation_status = 'valid'
    ),
    owed AS (
        SELECT m.legal_entity_id, m.amount
        FROM ({_TILL_MOVES}) m JOIN statements_statement st ON st.id = m.statement_id AND st.post_state = 'Posted'
        UNION ALL SELECT m.legal_entity_id, m.amount FROM ({ORDER_CARD_MOVES}) m WHERE m.is_posted
        UNION ALL
        SELECT t.legal_entity_id, l.net
        FROM sold t
        JOIN statements_postransactionline l ON l.transaction_id = t.transaction_id AND NOT l.voided
        JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'gift_card'
        WHERE t.kind = 'sale' AND NOT EXISTS (
            SELECT FROM statements_giftcardmovement m WHERE m.transaction_id = l.transaction_id AND m.line_number = l.number
        )
        UNION ALL
        SELECT t.legal_entity_id, CASE t.kind WHEN 'expense' THEN p.amount ELSE -p.amount END
        FROM sold t
        JOIN statements_pospayment p ON p.transaction_id = t.transaction_id AND p.method_id = 'gift_card'
        WHERE t.kind IN ('sale', 'income', 'expense', 'payment') AND NOT EXISTS (
            SELECT FROM statements_giftcardmovement m WHERE m.transaction_id = p.transaction_id AND m.payment_number = p.number
        )
        UNION ALL
        SELECT o.legal_entity_id, dl.net
        FROM orders_delivery d
        JOIN orders_deliveryline dl ON dl.delivery_id = d.id
        JOIN orders_salesorderline l ON l.id = dl.order_line_id
        JOIN orders_salesorder o ON o.id = l.order_id
        JOIN orders_customerorderline c ON c.order_line_id = l.id AND c.gift_card_id IS NULL
        JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'gift_card'
        WHERE d.invoice_id IS NOT NULL
        UNION ALL
        SELECT o.legal_entity_id, -p.amount
        FROM orders_orderpayment p
        JOIN orders_salesorder o ON o.id = p.order_id
        LEFT JOIN orders_delivery d ON d.id = p.delivery_id
        WHERE p.method_id = 'gift_card' AND p.gift_card_id IS NULL AND (p.delivery_id IS NULL OR d.invoice_id IS NOT NULL)
    )
    SELECT e.code, {number("-x.owed")}, {number("x.posted")}
    FROM (
        SELECT legal_entity_id, sum(owed) AS owed, sum(posted) AS posted
        FROM (
            SELECT legal_entity_id, amount AS owed, 0 AS posted FROM owed
            WHERE legal_entity_id IN (SELECT legal_entity_id FROM accounts WHERE kind = 'gift_card')
            UNION ALL SELECT legal_entity_id, 0, amount FROM posted
        ) b
        GROUP BY 1 HAVING sum(owed) + sum(posted) <> 0
    ) x
    JOIN parameters_legalentity e ON e.id = x.legal_entity_id
"""

CHECKS = (
    Check("gift_cards", Message("No gift card gave more than was put on it."), _BALANCES),
    Check("gift_card_moves", Message("What a till did to a gift card is what its line or payment says."), _MOVES),
    Check("gift_card_liability", Message("What is owed to the holders of gift cards is what their cards hold."), _LIABILITY),
)
