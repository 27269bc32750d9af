"""What gift cards hold, whatever app knows of it, and what customer orders may take from them."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import locked_row
from core.lib.contributions import Contributions
from core.lib.decimals import ZERO
from core.lib.problems import BusinessError
from orders.models import GiftCard
from orders.queries.gift_cards import CardMove, cards_paid_with, hold_cards, order_card_moves
from orders.rules.gift_cards import GIFT_CARD, CardKey, HeldCard, PaidT, card_problems, refunded_to_cards
from orders.writes.gift_cards import set_blocked

# Contributed by higher apps: of the cards asked about, by number, what their documents left on them.
CARD_MOVES: Contributions[Collection[str], CardMove] = Contributions()


def held_cards(numbers: Collection[str]) -> dict[CardKey, HeldCard]:
    """What cards hold in each company that moved something on them; the cards are held for the rest of the transaction.

    Two queries and one for each app that contributes, none without numbers.
    """
    if not numbers:
        return {}
    blocked = hold_cards(numbers)
    found: dict[CardKey, HeldCard] = {}
    for move in (*order_card_moves(numbers), *CARD_MOVES.ask(numbers)):
        key = (move.legal_entity_id, move.card)
        before = found.get(key, HeldCard(ZERO, blocked.get(move.card, False)))
        found[key] = before._replace(balance=before.balance + move.amount)
    return found


def refuse_takings(legal_entity_id: int, taken: Mapping[str, Decimal]) -> None:
    """Raises BusinessError UNKNOWN_GIFT_CARD, GIFT_CARD_SHORT, GIFT_CARD_BLOCKED; holds the cards."""
    cards = [card for card, amount in taken.items() if amount > 0]
    if problems := list(card_problems(legal_entity_id, taken, held_cards(cards))):
        raise BusinessError(*problems)


def back_to_cards(order_ids: Collection[int], payments: Sequence[PaidT]) -> list[PaidT]:
    """Refunds by gift card with the cards that paid for the orders; one query, none where no refund lacks its card."""
    if not any(one.method == GIFT_CARD and one.amount < 0 and not one.gift_card for one in payments):
        return list(payments)
    return refunded_to_cards(payments, cards_paid_with(order_ids))


@transaction.atomic
def block_card(card_id: int, *, blocked: bool, actor: str) -> None:
    """From now on nothing is taken from the card on orders, and tills that took it are warned of (G03); or that ends.

    Raises GiftCard.DoesNotExist; locks the card.
    """
    card = locked_row(GiftCard, card_id)
    if card.blocked != blocked:
        set_blocked(card_id, blocked=blocked)
        record_audit(AuditEntry.Action.MASTER_DATA, actor, f"gift card {card.number}", {"blocked": blocked})
