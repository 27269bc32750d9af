"""Goods come back in another unit than they were sold in: units are ratios, and what is left is counted to the last piece."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from core.lib.problems import BusinessError
from orders.rules.fulfilment import Verb
from orders.services.returns import return_lines
from tests.cases import books
from tests.cases.test_units import conversion
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.building import line
from tests.oracle.rows import Item, Line
from tests.orders.test_returns import takes_back, work
from tests.orders.till import hands_over, order_id, pays
from tests.retailhq.api.calling import Till
from tests.scenarios.world import NOON, OrderLineRef

D = Decimal
DAY = timedelta(days=1)
EXACT = "item,from_unit,to_unit,factor,denominator"


@pytest.fixture
def dairy(shop: PricedShop) -> PricedShop:
    """Eggs lie in pieces, thirty of them, and are sold by the dozen; soap lies in dozens, ten of them."""
    shop.pending.items += [Item("EGG", standard_cost=D("0.10")), Item("SOAP", unit="dozen", standard_cost=D("6.00"))]
    shop.receives(30, "0.10", "A", item="EGG")
    shop.receives(10, "6.00", "S", item="SOAP")
    shop.comes_in()
    conversion(shop, ",dozen,pcs,12")
    shop.journal.not_followed("goods are given out and taken back at a counter")
    return shop


def balances(shop: PricedShop) -> dict[str, str]:
    """What is left on the accounts, but for goods and what is owed for them to whoever delivered them."""
    return {name: amount for name, amount in books.balances(shop).items() if name != "2400"}


def eggs(quantity: str, unit: str = "dozen", net: str = "", price: str = "10.00") -> Line:
    amount = D(net) if net else (D(quantity) * D(price)).quantize(D("0.01"))
    return Line(0, "EGG", D(quantity), unit=unit, price=D(price), net=amount)


def sold(shop: PricedShop, *lines: Line) -> OrderLineRef:
    """An order that was paid for and carried out."""
    order = shop.is_ordered(*lines)
    shop.comes_in()
    assert hands_over(order, payments=pays(str(sum(one.net + one.tax for one in lines)))) == ()
    return order


def asks(order: OrderLineRef, quantities: Mapping[int, str], **units: str) -> None:
    chosen = {int(name.removeprefix("of_")): unit for name, unit in units.items()}
    wanted = {number: D(quantity) for number, quantity in quantities.items()}
    return_lines(order_id(order), wanted, "cash", units=chosen, user_id=None, actor="till")
    assert work() == []


def test_a_dozen_comes_back_in_pieces_to_the_cent(dairy: PricedShop) -> None:
    """A dozen for 10.00: 4 pieces give 3.33 back, 7 more 5.84, the last one 0.83; nothing is left, in stock, cash and revenue."""
    order = sold(dairy, eggs("1"))
    for pieces, cash in (("4", "6.67"), ("7", "0.83")):
        asks(order, {1: pieces}, of_1="pcs")
        assert balances(dairy)["cash"] == cash
    asks(order, {1: "1"}, of_1="pcs")
    assert balances(dairy) == {}
    assert dairy.shelf(item="EGG") == {"A": "30"}
    dairy.must_be_worth_what_it_costs()
    with pytest.raises(BusinessError, match="NOTHING_TO_DELIVER"):
        takes_back(order)


def test_the_rest_of_a_dozen_comes_back_whole(dairy: PricedShop) -> None:
    """Two pieces are back; 0.8333 of a dozen are left to be returned, which are ten pieces."""
    order = sold(dairy, eggs("1"))
    asks(order, {1: "2"}, of_1="pcs")
    takes_back(order)
    assert balances(dairy) == {}
    assert dairy.shelf(item="EGG") == {"A": "30"}
    dairy.must_be_worth_what_it_costs()


def test_pieces_come_back_over_several_deliveries(dairy: PricedShop) -> None:
    """Half a dozen and half a dozen were given out: eight pieces go back to both, then the other four."""
    order = dairy.is_ordered(eggs("1"))
    dairy.comes_in()
    for _ in range(2):
        assert hands_over(order, quantities={1: "0.5"}, payments=pays("5.00")) == ()
    asks(order, {1: "8"}, of_1="pcs")
    assert dairy.shelf(item="EGG") == {"A": "26"}
    asks(order, {1: "4"}, of_1="pcs")
    assert balances(dairy) == {}
    assert dairy.shelf(item="EGG") == {"A": "30"}
    dairy.must_be_worth_what_it_costs()


def test_what_is_too_much_says_how_much_is_left_in_the_unit_that_was_asked_in(dairy: PricedShop) -> None:
    order = sold(dairy, eggs("1"))
    asks(order, {1: "4"}, of_1="pcs")
    with pytest.raises(BusinessError, match="only 8 pcs can still be returned, not 9"):
        asks(order, {1: "9"}, of_1="pcs")
    with pytest.raises(BusinessError, match=r"only 0\.6666 dozen can still be returned, not 1"):
        asks(order, {1: "1"})
    with pytest.raises(BusinessError, match="crate of item EGG does not convert to pcs"):
        asks(order, {1: "1"}, of_1="crate")
    asks(order, {1: "8"}, of_1="PCS")
    assert balances(dairy) == {}


def test_the_file_takes_returns_in_pieces_and_refuses_one_too_many(dairy: PricedShop) -> None:
    order = sold(dairy, eggs("1"))
    for pieces, net in (("-5", "-4.17"), ("-7", "-5.83")):
        back = dairy.is_ordered(eggs(pieces, "pcs", net, "0.833333"), back=order)
        dairy.comes_in()
        assert hands_over(back, Verb.RETURN, payments=pays(net)) == ()
    assert balances(dairy) == {}
    assert dairy.shelf(item="EGG") == {"A": "30"}
    dairy.orders = []
    dairy.is_ordered(eggs("-1", "pcs", "-0.83", "0.833333"), back=order)
    with pytest.raises(AssertionError, match="RETURN_EXCEEDS_SALE"):
        dairy.comes_in()


def test_a_dozen_comes_back_of_what_was_sold_in_pieces(dairy: PricedShop) -> None:
    order = sold(dairy, eggs("18", "pcs", "15.00", "0.833333"))
    asks(order, {1: "1"}, of_1="dozen")
    assert balances(dairy)["cash"] == "5.00"
    with pytest.raises(BusinessError, match=r"only 0\.5 dozen can still be returned, not 1"):
        asks(order, {1: "1"}, of_1="dozen")
    takes_back(order)
    assert balances(dairy) == {}
    dairy.must_be_worth_what_it_costs()


def test_what_lies_in_dozens_comes_back_piece_by_piece(dairy: PricedShop) -> None:
    """A sixth of a dozen has no end: six returns of two pieces bring back one dozen, no more and no less."""
    order = sold(dairy, Line(0, "SOAP", D(1), unit="dozen", price=D("12.00"), net=D("12.00")))
    for _ in range(6):
        asks(order, {1: "2"}, of_1="pcs")
    assert balances(dairy) == {}
    assert dairy.shelf(item="SOAP") == {"S": "10"}
    dairy.must_be_worth_what_it_costs()


def test_a_till_takes_what_lies_in_dozens_back_piece_by_piece(dairy: PricedShop) -> None:
    sale = dairy.sells(1, item="SOAP", unit="dozen")
    dairy.posts()
    for day in range(1, 7):
        dairy.rings(line("SOAP", -2, unit="pcs", return_of=sale), at=NOON + day * DAY)
        assert dairy.validates() == set()
    dairy.posts()
    assert dairy.shelf(item="SOAP") == {"S": "10"}
    dairy.rings(line("SOAP", -1, unit="pcs", return_of=sale), at=NOON + 7 * DAY)
    assert "L17" in dairy.validates()


def test_a_dozen_is_what_it_was_when_it_was_sold(dairy: PricedShop) -> None:
    """A dozen becomes thirteen: the twelve pieces that left come back, and no thirteenth."""
    order = sold(dairy, eggs("1"))
    asks(order, {1: "3"}, of_1="pcs")
    conversion(dairy, ",dozen,pcs,13")
    with pytest.raises(BusinessError, match="only 9 pcs can still be returned, not 10"):
        asks(order, {1: "10"}, of_1="pcs")
    asks(order, {1: "9"}, of_1="pcs")
    assert balances(dairy) == {}
    assert dairy.shelf(item="EGG") == {"A": "30"}


def test_hours_of_a_service_come_back_in_minutes(dairy: PricedShop) -> None:
    """A service takes nothing from stock; its units convert all the same."""
    dairy.pending.items.append(Item("WORK", unit="hour", batch_tracked=False, kind="service"))
    dairy.comes_in()
    conversion(dairy, "WORK,minute,hour,1,60", EXACT)
    order = sold(dairy, Line(0, "WORK", D(1), unit="hour", price=D("60.00"), net=D("60.00")))
    asks(order, {1: "20"}, of_1="minute")
    assert balances(dairy)["cash"] == "40.00"
    with pytest.raises(BusinessError, match="only 40 minute can still be returned, not 41"):
        asks(order, {1: "41"}, of_1="minute")
    takes_back(order)
    assert balances(dairy) == {}


def test_the_call_takes_the_unit(dairy: PricedShop) -> None:
    order = sold(dairy, eggs("1"))
    asked = {"lines": [{"line": 1, "quantity": "3", "unit": "pcs"}]}
    assert Till().post(f"customer-orders/{order.order}/return", asked, key="k-1").status == 202
    assert work() == []
    assert balances(dairy)["cash"] == "7.50"
    assert dairy.shelf(item="EGG") == {"A": "21"}
    asked["lines"][0]["unit"] = "crate"
    assert Till().post(f"customer-orders/{order.order}/return", asked, key="k-2").codes == ["NO_UNIT_CONVERSION"]


def test_the_page_offers_the_units_of_the_item(dairy: PricedShop, client: Client) -> None:
    order = sold(dairy, eggs("1"))
    client.force_login(make_person("ada", "administrator"))
    address = f"/customer-orders/{order_id(order)}/return-goods/"
    page = client.get(address)
    assert '<option value="pcs">' in page.content.decode()
    typed = {"line_1": "3", "unit_1": "pcs", "refund_method": "cash", "version": str(page.context["row"].version)}
    shown = client.post(address, {**typed, "do": "due"})
    assert shown.context["comes"].refund == D("2.50")
    answer = client.post(address, {**typed, "do": "act", "seen": shown.context["comes"].seen})
    assert answer.status_code == 302, answer.content.decode()
    assert work() == []
    assert balances(dairy)["cash"] == "7.50"
