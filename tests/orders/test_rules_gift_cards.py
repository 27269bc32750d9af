"""What payments take from gift cards and give back to them; values alone."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.lib.decimals import ZERO
from orders.rules.gift_cards import GIFT_CARD, HeldCard, refunded_to_cards, taken_from_cards
from orders.rules.till_lines import OrderPaymentData
from tests.orders.test_rules_refusals import facts, line, order

D = Decimal
AMOUNTS = st.integers(min_value=-900, max_value=900).map(lambda cents: D(cents) / 100)
CARDS = st.sampled_from(["G1", "G2", "G3"])
PAYMENTS = st.lists(st.builds(OrderPaymentData, st.just(1), st.sampled_from([GIFT_CARD, "cash"]), AMOUNTS, CARDS | st.just("")))
PAID_WITH = st.dictionaries(CARDS, AMOUNTS.map(abs))


def is_open_refund(payment: OrderPaymentData) -> bool:
    return payment.method == GIFT_CARD and not payment.gift_card and payment.amount < 0


@given(PAYMENTS, PAID_WITH)
def test_refunds_go_back_to_the_cards_that_paid_and_nothing_is_lost(
    payments: list[OrderPaymentData], paid_with: dict[str, Decimal]
) -> None:
    found = refunded_to_cards(payments, paid_with)

    assert sum((one.amount for one in found), ZERO) == sum((one.amount for one in payments), ZERO)
    named = [one for one in payments if not is_open_refund(one)]
    back = list(found)
    for one in named:
        back.remove(one)
    given_back = {card: -amount for card, amount in taken_from_cards(back).items()}
    assert all(ZERO < amount <= paid_with[card] for card, amount in given_back.items())
    # What stays without a card is more than all cards gave together.
    rest = [one for one in back if not one.gift_card]
    assert not rest or given_back == {card: amount for card, amount in paid_with.items() if amount}


def test_cards_are_refunded_in_the_order_of_their_numbers() -> None:
    refund = OrderPaymentData(1, GIFT_CARD, D(-5))
    assert [(one.gift_card, one.amount) for one in refunded_to_cards([refund], {"G2": D(4), "G0": D(0), "G1": D(3)})] == [
        ("G1", D(-3)),
        ("G2", D(-2)),
    ]
    assert [(one.gift_card, one.amount) for one in refunded_to_cards([refund], {"G1": D(3)})] == [("G1", D(-3)), ("", D(-2))]


def test_what_one_order_of_a_batch_takes_from_a_card_the_next_one_does_not_find() -> None:
    known = replace(facts(), cards={(100, "G1"): HeldCard(D(5))})
    paid = (OrderPaymentData(1, GIFT_CARD, D(2), "G1"), OrderPaymentData(2, GIFT_CARD, D(1), "G9"))
    taken = known.with_taken(order(line())._replace(payments=paid))
    assert taken.cards == {(100, "G1"): HeldCard(D(3))}
