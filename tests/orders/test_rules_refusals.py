"""Refusals of orders that a rule makes of values alone, each beside what it takes."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from core.lib.parsing import FieldError
from inventory.rules.facts import ItemFacts, Ratio
from orders.rules.accounts import CustomerAccount, WaitingAmount, account_problem, with_waiting
from orders.rules.deliveries import Delivered, OpenLine, Part, still_returnable
from orders.rules.edits import LineEdit, _line_problems
from orders.rules.file_columns import LARGEST_ROUNDING, closing_problem, one_of, rounding_limit
from orders.rules.fulfilment import Stages
from orders.rules.order_money import Money
from orders.rules.place_orders import (
    NewLine,
    NewOrder,
    OrderFacts,
    OrderParameters,
    OrderPlace,
    OrderReturn,
    OrderStore,
    problems_of,
)
from orders.rules.returns import SoldLine, goods_back
from orders.rules.settlement import refund_problems
from orders.rules.sold_lines import ReturnedLine
from orders.rules.till_lines import OrderPaymentData

D = Decimal
STORE = OrderStore(1, "EUR", "Europe/Paris", time(0), 1, "W1")
PLACES = {"W1": OrderPlace(1, 100, "FRMF", "EUR"), "W2": OrderPlace(2, 200, "DEMF", "EUR")}
SOLD = OrderReturn("CO0", 1)


def order(*lines: NewLine, warehouse: str = "", currency: str = "EUR") -> NewOrder:
    net = sum((line.net for line in lines), D(0))
    at = datetime(2024, 5, 1, 10, tzinfo=UTC)
    return NewOrder("CO1", "S1", "", at, "pickup", currency, warehouse, lines, (), net, D(0), net)


def line(quantity: str = "1", net: str = "2.00", back: OrderReturn | None = None) -> NewLine:
    return NewLine(1, "MILK", D(quantity), "pcs", D(2), D(0), D(net), D(0), "", "pickup", back)


def facts(*, store: OrderStore = STORE, originals: Sequence[ReturnedLine] = ()) -> OrderFacts:
    return OrderFacts(
        stores={"S1": store},
        warehouses=PLACES,
        methods=("cash",),
        items={"MILK": ItemFacts(1, "pcs", False, True, True, False)},
        originals={(sold.legal_entity_id, SOLD): sold for sold in originals},
        decimals={"EUR": 2, "USD": 2},
        parameters={entity: OrderParameters(D(0), frozenset({"pickup"})) for entity in (100, 200)},
    )


def codes(placed: NewOrder, known: OrderFacts) -> list[str]:
    return [problem.code for problem in problems_of(placed, known)]


def test_an_order_stays_in_its_company_and_currency() -> None:
    assert codes(order(line()), facts()) == []
    assert "OTHER_COMPANY" in codes(order(line(), warehouse="W2"), facts())
    assert "CURRENCY_MISMATCH" in codes(order(line()), facts(store=STORE._replace(currency="USD")))
    assert "WRONG_CURRENCY" in codes(order(line(), currency="USD"), facts())


@pytest.mark.parametrize(
    ("quantity", "net", "original", "code"),
    [
        ("-1", "-2.00", None, "UNKNOWN_ORIGINAL"),
        ("-1", "-2.00", ReturnedLine(1, 100, "BREAD", "pcs", D(3), D(6), D(0)), "UNKNOWN_ORIGINAL"),
        ("-1", "-2.00", ReturnedLine(1, 200, "MILK", "pcs", D(3), D(6), D(0)), "OTHER_COMPANY"),
        ("-4", "-8.00", ReturnedLine(1, 100, "MILK", "pcs", D(3), D(6), D(0)), "RETURN_EXCEEDS_SALE"),
        ("-1", "-5.00", ReturnedLine(1, 100, "MILK", "pcs", D(3), D(6), D(0)), "RETURN_EXCEEDS_SALE"),
        ("-1", "-2.00", ReturnedLine(1, 100, "MILK", "pcs", D(3), D(6), D(0)), ""),
    ],
)
def test_a_return_on_an_order_fits_what_was_sold(quantity: str, net: str, original: ReturnedLine | None, code: str) -> None:
    known = facts(originals=[original] if original else [])
    found = codes(order(line(quantity, net, SOLD)), known)
    assert (code in found) if code else not found, found


def test_a_return_names_the_line_of_its_own_company_before_that_of_another_one() -> None:
    other, own = (ReturnedLine(entity, entity, "MILK", "pcs", D(3), D(6), D(0)) for entity in (200, 100))
    known = facts(originals=[other, own])
    back = order(line("-1", "-2.00", SOLD))
    assert known.original_key(back, SOLD) == (100, SOLD)
    assert known.original_key(back._replace(warehouse="W2"), SOLD) == (200, SOLD)
    assert known.original_key(back._replace(store="S9"), SOLD) == (200, SOLD)
    assert known.original_key(back, OrderReturn("CO0", 2)) is None


def test_what_one_order_of_a_batch_brings_back_the_next_one_does_not() -> None:
    known = facts(originals=[ReturnedLine(1, 100, "MILK", "pcs", D(3), D(6), D(0))])
    back = order(line("-2", "-4.00", SOLD))
    assert codes(back, known) == []
    assert "RETURN_EXCEEDS_SALE" in codes(back, known.with_taken(back))
    assert codes(order(line("-1", "-2.00", SOLD)), known.with_taken(back)) == []


def test_whoever_walks_in_is_owed_nothing() -> None:
    walk_in = CustomerAccount(True, False, False, None, D("5.00"))
    assert account_problem("W", walk_in, D("-5.00")) is None
    found = account_problem("W", walk_in, D("-6.00"))
    assert found is not None
    assert (found.code, found.variant) == ("ACCOUNT_NEEDS_CUSTOMER", "paid_back")


def test_what_waits_of_customers_that_nobody_asked_about_is_left_out() -> None:
    account = CustomerAccount(False, False, False, None, D(1))
    waiting = [WaitingAmount(1, "C1", D(2)), WaitingAmount(1, "C2", D(4))]
    assert with_waiting({(1, "C1"): account}, waiting) == {(1, "C1"): account._replace(open_amount=D(3))}


def test_parts_that_return_nothing_leave_what_can_be_returned() -> None:
    delivered = [Delivered(7, D(3), D(36))]
    sale, back = (Part(1, 1, D(quantity), D(stock), D(0), D(0), of) for quantity, stock, of in (("1", "12", None), ("-2", "-24", 7)))
    line = OpenLine(1, 1, 1, "pickup", D(-2), D(-24), D(0), D(0), 2, 1, Stages(D(2), D(0), D(0), D(0), D(0)), of_sale=D(2))
    assert still_returnable(delivered, [sale], line) == delivered
    assert still_returnable(delivered, [sale, back], line) == [Delivered(7, D(1), D(12))]


def test_an_edit_keeps_to_the_decimals_of_the_currency() -> None:
    open_line = OpenLine(1, 1, 1, "pickup", D(1), D(1), D(2), D(0), 2, None, Stages(D(1), D(0), D(0), D(0), D(0)))
    assert [problem.code for problem in _line_problems(open_line, LineEdit(1, discount=D("0.005")), ["pickup"])] == ["LINE_AMOUNTS"]
    assert list(_line_problems(open_line, LineEdit(1, discount=D("0.05")), ["pickup"])) == []


def test_columns_of_stores_take_what_can_be_meant() -> None:
    assert rounding_limit(str(LARGEST_ROUNDING)) == LARGEST_ROUNDING
    with pytest.raises(FieldError, match="must not be above"):
        rounding_limit(str(LARGEST_ROUNDING + 1))
    assert one_of("last", "sum")("sum") == "sum"
    with pytest.raises(FieldError, match="last, sum"):
        one_of("last", "sum")("first")


def test_refunds_look_at_what_goes_back_alone() -> None:
    paid = OrderPaymentData(1, "cash", D("5.00"))
    back = OrderPaymentData(2, "card", D("-2.00"))
    assert refund_problems([paid, back], {"card": D("2.00")}, "EUR") == []
    assert [problem.code for problem in refund_problems([paid, back], {"cash": D("2.00")}, "EUR")] == ["REFUND_NOT_AS_PAID"]
    assert Money(D("2.00"), D("0.12")).total == D("2.12")


@pytest.mark.parametrize(("closing", "counting", "refused"), [("shift", "total", True), ("shift", "shift", False), ("", "total", False)])
def test_a_store_closes_by_shift_where_it_counts_by_shift(closing: str, counting: str, refused: bool) -> None:
    problem = closing_problem("S1", closing, counting)
    assert (problem is not None) == refused
    assert problem is None or (problem.variant, problem.params) == ("closing_by_shift", {"store": "S1"})


def test_of_a_line_that_is_back_nothing_can_come_back() -> None:
    gone = SoldLine(1, "MILK", "dozen", D(12), D(0), "pickup", D(1), D(1), D(12), D(0), D(1), D(12), D(0), "pcs", D(12))
    found, (problem,) = goods_back([gone], {1: D(1)}, {1: "pcs"}, {("", "dozen", "pcs"): Ratio(D(12))})
    assert (found, problem.code, problem.variant) == ({}, "RETURN_EXCEEDS_SALE", "nothing")
