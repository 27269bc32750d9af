"""Rows of the list of gift cards, and what the page of one shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from core.access.access import Access
from core.lib.decimals import ZERO
from parameters.queries import company_for
from statements.models import GiftCard, GiftCardMovement, PosTransaction

CARD_SORTS: dict[str, tuple[str, ...]] = {"number": ("number",)}
MOST_MOVEMENTS = 500


def movements_in(access: Access) -> "QuerySet[GiftCardMovement, GiftCardMovement]":
    """What tills of the company did to gift cards, as far as their transactions are valid."""
    company = Q(transaction__store__warehouse__legal_entity=access.company_id)
    return GiftCardMovement.objects.filter(company, transaction__validation_status=PosTransaction.ValidationStatus.VALID)


def cards_seen_by(access: Access) -> "QuerySet[GiftCard, GiftCard]":
    """Cards that the company sold or took; a card belongs to no store."""
    return GiftCard.objects.filter(Exists(movements_in(access).filter(card=OuterRef("pk"))))


def add_balances(cards: Sequence[Any], access: Access) -> None:
    """Gives every card its `balance`, what was ever `loaded`, and its `currency`; two queries."""
    moved = movements_in(access).filter(card__in=[card.pk for card in cards]).order_by().values("card")
    totals = moved.annotate(balance=Sum("amount"), loaded=Sum("amount", filter=Q(amount__gt=0)))
    sums = {card: (balance, loaded) for card, balance, loaded in totals.values_list("card", "balance", "loaded")}
    company = company_for(access)
    for card in cards:
        balance, loaded = sums.get(card.pk, (None, None))
        card.balance, card.loaded = balance or ZERO, loaded or ZERO
        card.currency = company.currency if company else None


@dataclass(frozen=True, slots=True)
class MovementView:
    """A movement with what the card held after it."""

    movement: GiftCardMovement
    balance: Decimal

    @property
    def taken(self) -> Decimal:
        """What was taken from the card."""
        return -self.movement.amount


def card_for_page(access: Access, card_id: int) -> GiftCard | None:
    """A card that the company knows; one query."""
    return cards_seen_by(access).filter(pk=card_id).first()


def movements_of(access: Access, card_id: int) -> list[MovementView]:
    """The newest movements of a card, newest first, with running balances; two queries."""
    rows = movements_in(access).filter(card=card_id)
    balance = rows.aggregate(total=Sum("amount"))["total"] or ZERO
    related = rows.select_related("transaction__store", "transaction__terminal")
    views = []
    for movement in related.order_by("-transaction__sold_at", "-pk")[:MOST_MOVEMENTS]:
        views.append(MovementView(movement, balance))
        balance -= movement.amount
    return views
