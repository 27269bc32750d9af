"""Gift cards by number: what customer orders did to them, and which cards paid for an order."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as, text_array

# What customer orders put on cards (above zero) or took from them. What is taken counts from when it is asked for, so that no two
# deliveries are paid with the same money; what is given counts once it is posted.
ORDER_CARD_MOVES = """
    SELECT p.gift_card_id AS card_id, o.legal_entity_id, p.order_id, p.delivery_id, -p.amount AS amount, p.paid_at AS at,
           p.delivery_id IS NULL OR d.invoice_id IS NOT NULL AS is_posted
    FROM orders_orderpayment p
    JOIN orders_salesorder o ON o.id = p.order_id
    LEFT JOIN orders_delivery d ON d.id = p.delivery_id
    WHERE p.gift_card_id IS NOT NULL
      AND (p.delivery_id IS NULL OR d.invoice_id IS NOT NULL OR (p.amount > 0 AND d.error_code = ''))
    UNION ALL
    SELECT c.gift_card_id, o.legal_entity_id, o.id, d.id, dl.net, d.requested_at, d.invoice_id IS NOT NULL
    FROM orders_customerorderline c
    JOIN orders_salesorderline l ON l.id = c.order_line_id
    JOIN orders_salesorder o ON o.id = l.order_id
    JOIN orders_deliveryline dl ON dl.order_line_id = l.id
    JOIN orders_delivery d ON d.id = dl.delivery_id
    WHERE c.gift_card_id IS NOT NULL AND (d.invoice_id IS NOT NULL OR (dl.net < 0 AND d.error_code = ''))
"""


class CardMove(NamedTuple):
    """What documents of one kind put on a card in a company, less what they took."""

    legal_entity_id: int
    card: str
    amount: Decimal


def hold_cards(numbers: Collection[str]) -> dict[str, bool]:
    """Whether cards are blocked, by number, held FOR NO KEY UPDATE by id: whoever takes from one card waits for the other. One query."""
    sql = "SELECT number, blocked FROM orders_giftcard WHERE number = ANY(%s::text[]) ORDER BY id FOR NO KEY UPDATE"
    return dict(fetch_all(sql, [text_array(numbers)]))


def order_card_moves(numbers: Collection[str]) -> list[CardMove]:
    """What customer orders left on cards, by company; one query."""
    return fetch_as(
        CardMove,
        f"""
        SELECT m.legal_entity_id, g.number AS card, sum(m.amount) AS amount
        FROM orders_giftcard g JOIN ({ORDER_CARD_MOVES}) m ON m.card_id = g.id
        WHERE g.number = ANY(%s::text[]) GROUP BY 1, 2
        """,
        [text_array(numbers)],
    )


def cards_paid_with(order_ids: Collection[int]) -> dict[str, Decimal]:
    """What gift cards paid for orders, less what went back to them, for these and for their returns; one query."""
    rows = fetch_all(
        """
        WITH documents AS (
            SELECT unnest(%(orders)s::bigint[]) AS id
            UNION
            SELECT b.order_id
            FROM orders_salesorderline s
            JOIN orders_customerorderline c ON c.return_of_id = s.id
            JOIN orders_salesorderline b ON b.id = c.order_line_id
            WHERE s.order_id = ANY(%(orders)s::bigint[])
        )
        SELECT g.number, sum(p.amount)
        FROM documents o
        JOIN orders_orderpayment p ON p.order_id = o.id AND p.gift_card_id IS NOT NULL
        JOIN orders_giftcard g ON g.id = p.gift_card_id
        GROUP BY 1 HAVING sum(p.amount) > 0 ORDER BY 1
        """,
        {"orders": array(order_ids)},
    )
    return dict(rows)


def cards_of_lines(order_line_ids: Collection[int]) -> dict[int, str]:
    """The gift cards that order lines name; one query."""
    sql = """
        SELECT c.order_line_id, g.number FROM orders_customerorderline c JOIN orders_giftcard g ON g.id = c.gift_card_id
        WHERE c.order_line_id = ANY(%s::bigint[])
    """
    return dict(fetch_all(sql, [array(order_line_ids)]))


class CardOfDelivery(NamedTuple):
    """What a delivery takes from a card, all of it together."""

    delivery_id: int
    legal_entity_id: int
    card: str
    taken: Decimal


def cards_of_deliveries(delivery_ids: Collection[int]) -> list[CardOfDelivery]:
    """What deliveries take from gift cards; one query."""
    return fetch_as(
        CardOfDelivery,
        f"""
        SELECT m.delivery_id, m.legal_entity_id, g.number AS card, -sum(m.amount) AS taken
        FROM ({ORDER_CARD_MOVES}) m JOIN orders_giftcard g ON g.id = m.card_id
        WHERE m.delivery_id = ANY(%s::bigint[]) GROUP BY 1, 2, 3 HAVING sum(m.amount) < 0 ORDER BY 1, 3
        """,
        [array(delivery_ids)],
    )
