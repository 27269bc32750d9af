"""Rows of the list of gift cards, and what the page of one shows: what tills and customer orders did to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from core.access.access import Access
from core.db.bulk import fetch_all, fetch_dicts
from core.lib.decimals import ZERO
from orders.models import GiftCard
from orders.queries.gift_cards import ORDER_CARD_MOVES
from parameters.queries import company_for

CARD_SORTS: dict[str, tuple[str, ...]] = {"number": ("number",)}
MOST_MOVEMENTS = 500

# Everything that happened to cards: of tills as far as their transactions are valid.
CARD_MOVES = f"""
    SELECT m.card_id, w.legal_entity_id, m.amount, t.sold_at AS at, t.business_date AS day, t.id AS transaction_id,
           NULL::bigint AS order_id, s.code || '/' || r.code || '/' || t.number AS document
    FROM statements_giftcardmovement m
    JOIN statements_postransaction t ON t.id = m.transaction_id AND t.validation_status = 'valid'
    JOIN orders_terminal r ON r.id = t.terminal_id
    JOIN orders_store s ON s.id = t.store_id
    JOIN inventory_warehouse w ON w.id = s.warehouse_id
    UNION ALL
    SELECT m.card_id, m.legal_entity_id, m.amount, m.at, (m.at AT TIME ZONE s.time_zone)::date, NULL, m.order_id, o.number
    FROM ({ORDER_CARD_MOVES}) m JOIN orders_salesorder o ON o.id = m.order_id JOIN orders_store s ON s.id = o.store_id
"""


def cards_seen_by(access: Access) -> "QuerySet[GiftCard, GiftCard]":
    """Cards that the company sold or took; a card belongs to no store."""
    moved = RawSQL(f"SELECT m.card_id FROM ({CARD_MOVES}) m WHERE m.legal_entity_id = %s", [access.company_id])
    return GiftCard.objects.filter(pk__in=moved)


def add_balances(cards: Sequence[Any], access: Access) -> None:
    """Gives every card its `balance`, what was ever `loaded`, and its `currency`; two queries."""
    rows = fetch_all(
        f"""
        SELECT m.card_id, sum(m.amount), COALESCE(sum(m.amount) FILTER (WHERE m.amount > 0), 0) FROM ({CARD_MOVES}) m
        WHERE m.card_id = ANY(%s) AND m.legal_entity_id = %s GROUP BY 1
        """,
        [[card.pk for card in cards], access.company_id],
    )
    sums = {card: (balance, loaded) for card, balance, loaded in rows}
    company = company_for(access)
    for card in cards:
        card.balance, card.loaded = sums.get(card.pk, (ZERO, ZERO))
        card.currency = company.currency if company else None


@dataclass(frozen=True, slots=True)
class MovementView:
    """What a document put on the card, or took from it (below zero), and what the card held after it."""

    day: date
    document: str
    transaction_id: int | None
    order_id: int | None
    amount: Decimal
    balance: Decimal

    @property
    def taken(self) -> Decimal:
        """What was taken from the card."""
        return -self.amount


def card_for_page(access: Access, card_id: int) -> GiftCard | None:
    """A card that the company knows; one query."""
    known = f"EXISTS (SELECT FROM ({CARD_MOVES}) m WHERE m.card_id = c.id AND m.legal_entity_id = %s)"
    rows = GiftCard.objects.raw(
        f"SELECT c.id, c.number, c.blocked FROM orders_giftcard c WHERE c.id = %s AND {known}", [card_id, access.company_id]
    )
    return next(iter(rows), None)


def movements_of(access: Access, card_id: int) -> list[MovementView]:
    """The newest movements of a card, newest first, with running balances; one query."""
    rows = fetch_dicts(
        f"""
        SELECT m.day, m.document, m.transaction_id, m.order_id, m.amount,
               sum(m.amount) OVER (ORDER BY m.at, m.transaction_id NULLS FIRST, m.order_id, m.amount DESC
                                   ROWS UNBOUNDED PRECEDING) AS balance
        FROM ({CARD_MOVES}) m WHERE m.card_id = %(card)s AND m.legal_entity_id = %(company)s
        ORDER BY m.at DESC, m.transaction_id DESC NULLS LAST, m.order_id DESC, m.amount LIMIT %(most)s
        """,
        {"card": card_id, "company": access.company_id, "most": MOST_MOVEMENTS},
    )
    return [MovementView(**row) for row in rows]
