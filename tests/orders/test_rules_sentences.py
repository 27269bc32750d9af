"""What customer orders say when something is wrong, word for word as files, commands and calls have it."""

from decimal import Decimal

import pytest
from django.utils import translation

from core.files.source import Line
from core.i18n.messages import render
from core.lib.imports import Reject
from core.lib.messages import TEXTS, encode_message
from core.lib.problems import REGISTRY, Problem
from inventory.rules.stock import Failure
from orders.models import OrderEvent, PendingOrderEvent
from orders.rules.edits import LineEdit, OrderEdit, prepayment_problems
from orders.rules.fulfilment import DeliveryMode, Stages, Verb, move
from orders.rules.invoices import FAILURE_CODES, Reserving, failure_problem, set_aside_for_others
from orders.rules.order_money import method_problems, payment_problem, till_problems
from orders.rules.returns import goods_back
from orders.rules.settlement import refund_problems
from orders.rules.till_lines import OrderPaymentData
from orders.services.order_files import CUSTOMER_ORDERS
from tests.inventory.shelf import need

D = Decimal
CASH = OrderPaymentData(1, "cash", D("-5.00"))
OTHERS = [Reserving(number, f"CO{number}", D("1.5000")) for number in range(1, 6)]


def said(*problems: Problem | Stages | None) -> list[str]:
    return [str(problem.message) for problem in problems if isinstance(problem, Problem)]


@pytest.mark.parametrize(
    ("verb", "quantity", "mode", "is_return", "sentence"),
    [
        (Verb.PICK_UP, "5", DeliveryMode.PICKUP, False, "Line 3: only 4 of 5 are left to pick up."),
        (Verb.SHIP, "100", DeliveryMode.SHIP, False, "Line 3: only 4 of 100 are left to ship."),
        (Verb.SHIP, "1", DeliveryMode.CARRY_OUT, False, "Line 3: the delivery mode is carry out; it has nothing to ship."),
        (Verb.PICK, "1", DeliveryMode.SHIP, True, "Line 3: it is a return; it has nothing to pick."),
        (Verb.CANCEL, "-0.50", DeliveryMode.SHIP, False, "Line 3: -0.5 is not above zero."),
    ],
)  # fmt: skip
def test_quantities(verb: Verb, quantity: str, mode: DeliveryMode, is_return: bool, sentence: str) -> None:
    assert said(move(Stages(D(4)), verb, D(quantity), mode, 3, is_return=is_return)) == [sentence]


def test_payments() -> None:
    assert said(payment_problem(D(-3), D("-5.00"), "USD")) == ["5.00 USD are to be paid back, not 3."]
    assert said(payment_problem(D(3), D(5), "USD"), payment_problem(D(7), D(5), "USD")) == [
        "2 USD of 5 USD are missing.",
        "2 USD are too much; 5 USD are due.",
    ]
    assert said(*till_problems([CASH], D("9.50"), "USD", 2, {"cash"})) == ["Payment 1 of -5.00: 9.50 USD are to be paid."]
    assert said(*till_problems([CASH._replace(amount=D(1))], D(-9), "USD", 2, {"cash"})) == ["Payment 1 of 1: 9 USD are to be paid back."]
    assert said(*method_problems([CASH._replace(method="gold")], {"card", "on_account", "cash"})) == [
        "Payment method gold is not known; use one of card, cash."
    ]


def test_refunds() -> None:
    paid = {"cash": D("1.50"), "card": D("2.00")}
    assert said(*refund_problems([CASH], paid, "USD")) == [
        "5.00 USD would be paid back by cash; of the sale 2.00 by card, 1.50 by cash can be paid back."
    ]
    assert said(*refund_problems([CASH], {}, "USD")) == ["5.00 USD would be paid back by cash; of the sale nothing can be paid back."]
    assert said(*goods_back([], {4: D("2.0000")}, {}, {})[1]) == ["Line 4: nothing of it can be returned any more."]


def test_money_of_an_edit() -> None:
    edit = OrderEdit((LineEdit(1),), payments=(CASH._replace(amount=D(0)),))
    found = prepayment_problems(edit, D(9), D(4), (D(0), D(0)), "USD", 2, may_override=False)
    assert said(*found) == [
        "Payment 1 of 0 is zero.",
        "9 USD are paid ahead, what is left of the order comes to 4; pay 5 back.",
    ]


def test_goods_that_others_have_set_aside() -> None:
    failure = Failure(need(1, 3), "NO_VALID_BATCH", D("3.0000"))
    problem = failure_problem(failure, "MILK", "pcs", "S1", set_aside_for_others(OTHERS, 5))
    assert str(problem.message) == (
        "Item MILK in store S1: 3 pcs missing. 6 pcs that lie there are set aside for order CO1, CO2, CO3 and 1 more. "
        "Hand out or cancel these orders, or register the missing receipt, then post again."
    )
    two = failure_problem(failure, "MILK", "pcs", "S1", set_aside_for_others(OTHERS[:2], 0))
    assert "are set aside for order CO1, CO2. Hand out" in str(two.message)


@pytest.mark.parametrize("code", FAILURE_CODES)
def test_lines_that_fail(code: str) -> None:
    known = REGISTRY[code]
    missing = failure_problem(Failure(need(1, 3), code, D(3)), "MILK", "pcs", "S1")
    assert str(missing.message) == f"Item MILK in store S1: 3 pcs missing. {known.title} {known.remedy}"
    back = str(failure_problem(Failure(need(1, -3), code, D(3)), "MILK", "pcs", "S1").message)
    assert back.startswith("Item MILK in store S1: 3 pcs came back")
    assert ("without their sale" in back) is (code == "DEFAULT_BATCH_NOT_SET")


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ('{"net": ' + "[" * 100_000, "BAD_JSON", "The line is nested too deeply; write one flat object as the format says."),
        ("[]", "BAD_JSON", "The line is a list in brackets, not a customer order; write one object a line."),
        ('{"order": 1}', "BAD_VALUE", "order is a whole number; write a text in quotes."),
        ('{"order": "\\ud800"}', "BAD_TEXT", "A text holds half of a surrogate pair; take it out where the data comes from."),
        ('{"order": "1", "gift": 1}', "UNKNOWN_FIELD", "gift is no field of the format; take it out or correct its name."),
        ('{"order": "1", "lines": [{"number": 1}]}', "MISSING_FIELD", "lines[0].quantity is missing; fill it in."),
        ('{"ordered_at": "today"}', "BAD_DATE", "ordered_at cannot be read; write it as 2017-01-31T11:53:26-05:00."),
        ('{"lines": [{"number": -1}]}', "BAD_NUMBER", "lines[0].number must be at least 1."),
    ],
)  # fmt: skip
def test_lines_that_cannot_be_read(line: str, code: str, sentence: str) -> None:
    row = CUSTOMER_ORDERS.read_line(Line(1, line.encode(), False))
    assert isinstance(row, Reject)
    assert (row.code, str(row.message)) == (code, sentence)


def test_histories_tell_failures_in_the_language_of_the_reader() -> None:
    """Entries of earlier versions hold a text, which is told as it was written."""
    problem = move(Stages(D(4)), Verb.SHIP, D("4.5"), DeliveryMode.SHIP, 3)
    assert isinstance(problem, Problem)
    for event in (OrderEvent, PendingOrderEvent):
        now = event(data={"code": problem.code, "text": encode_message(problem.message)}).message
        before = event(data={"code": "X", "text": "It went wrong {so}."}).message
        assert now is not None
        assert before is not None
        with translation.override("de"):
            assert render(now) == "Position 3: nur 4 von 4,5 sind noch übrig zum Versenden."
            assert render(before) == "It went wrong {so}."
        assert event(data={}).message is None


def test_failures_have_their_sentences() -> None:
    assert all((code, variant) in TEXTS for code in FAILURE_CODES for variant in ("missing", "came_back"))
