"""What gift cards give and get on customer orders: the rule of tills (G01, G02), asked before anything is taken (docs/domain.md#money)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

from core.lib.decimals import ZERO
from core.lib.problems import Code, Problem, register

GIFT_CARD = "gift_card"
_AREA = "customer order"

register(
    Code(
        "GIFT_CARD_MISPLACED",
        _AREA,
        "A gift card is named where none is sold or paid with.",
        "Take the number out, or correct item or payment method.",
        {
            "line": "Line {line}: gift card {card} is named on item {item}, which is none; correct the item, or take the number out.",
            "payment": "Payment {number}: gift card {card} is named on a payment by {method}; correct the method, or take the number out.",
        },
    ),
    Code(
        "UNKNOWN_GIFT_CARD",
        _AREA,
        "The company sold no gift card of that number.",
        "Correct the number, import the sale of the card, or have it paid otherwise.",
        "The company sold no gift card {card}; correct the number, or have it paid otherwise.",
    ),
    Code(
        "GIFT_CARD_SHORT",
        _AREA,
        "A gift card would give more than it holds.",
        "Take what it holds, and the rest by another method.",
        {
            "": "Gift card {card} holds {held}, {taken} would be taken; have the rest paid otherwise.",
            "reversal": "Gift card {card} holds {held}, {taken} would be taken back from it; reverse what was paid with it first.",
        },
    ),
    Code(
        "GIFT_CARD_BLOCKED",
        _AREA,
        "The gift card is blocked: it was lost, or is disputed.",
        "Have it paid otherwise, or lift the block on the page of the card.",
        "Gift card {card} is blocked; have it paid otherwise, or lift the block.",
    ),
)


class HeldCard(NamedTuple):
    """What a card holds in a company, and whether it is blocked."""

    balance: Decimal
    blocked: bool = False


# A legal entity and the number of a card.
CardKey = tuple[int, str]


class PaidByCard(Protocol):
    """A payment that may name a gift card."""

    @property
    def method(self) -> str | None: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def gift_card(self) -> str: ...


def taken_from_cards(payments: Iterable[PaidByCard]) -> dict[str, Decimal]:
    """What payments take from cards, by number; what goes back to one comes off."""
    taken: dict[str, Decimal] = {}
    for payment in payments:
        if payment.gift_card:
            taken[payment.gift_card] = taken.get(payment.gift_card, ZERO) + payment.amount
    return taken


def card_problem(card: str, held: HeldCard | None, taken: Decimal) -> Problem | None:
    """Why `taken` (above zero) cannot be taken from the card; None where it can, or nothing is taken."""
    if taken <= 0:
        return None
    if held is None:
        return Problem("UNKNOWN_GIFT_CARD", {"card": card})
    if held.blocked:
        return Problem("GIFT_CARD_BLOCKED", {"card": card})
    if held.balance < taken:
        return Problem("GIFT_CARD_SHORT", {"card": card, "held": held.balance, "taken": taken})
    return None


def card_problems(legal_entity_id: int, taken: Mapping[str, Decimal], held: Mapping[CardKey, HeldCard]) -> Iterator[Problem]:
    """Why what is taken cannot be taken, card by card."""
    for card, amount in taken.items():
        if problem := card_problem(card, held.get((legal_entity_id, card)), amount):
            yield problem


PaidT = TypeVar("PaidT", bound="Replaceable")


class Replaceable(PaidByCard, Protocol):
    """A payment as a named tuple."""

    def _replace(self: PaidT, *, amount: Decimal = ..., gift_card: str = ...) -> PaidT: ...


def refunded_to_cards(payments: Sequence[PaidT], paid_with: Mapping[str, Decimal]) -> list[PaidT]:
    """Refunds (below zero) by gift card that name none go back to the cards that paid, at most what each gave; the rest stays unnamed."""
    left = dict(paid_with)
    found: list[PaidT] = []
    for payment in payments:
        if payment.method != GIFT_CARD or payment.gift_card or payment.amount >= 0:
            found.append(payment)
            continue
        rest = -payment.amount
        for card in sorted(left):
            if part := min(rest, left[card]):
                found.append(payment._replace(amount=-part, gift_card=card))
                left[card] -= part
                rest -= part
        if rest:
            found.append(payment._replace(amount=-rest))
    return found
