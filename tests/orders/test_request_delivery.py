"""A delivery at the till: exact payment, refusals that change nothing, failures that a cashier can read."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.access.scope import Scope
from core.lib.problems import BusinessError
from ledger.models import FiscalPeriod
from orders.models import Customer, Delivery, OrderEvent, OrderPayment, SalesOrder, Store
from orders.rules.fulfilment import Verb
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import due, request_delivery
from parameters.models import Unit
from tests.oracle.building import line
from tests.orders.till import each, failure_of, hands_over, money, order_id, payments_of, pays, prepaid, stages, voucher
from tests.scenarios.world import OrderLineRef, Shop, milk

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    return shop


def scope_of(store: str) -> Scope:
    row = Store.objects.get(code=store)
    entity = row.warehouse.legal_entity_id if row.warehouse else 0
    return Scope(entity, frozenset({entity}), frozenset({"LE"}), False, frozenset({row.pk}), frozenset({row.warehouse_id or 0}))


def test_what_is_due_is_what_must_be_paid(shop: Shop) -> None:
    # 4 milk: 6.00 net, 0.36 tax; the deposit of 2.00 is shared over two pick-ups.
    order = shop.is_ordered(milk(4), paid="2.00")
    shop.comes_in()
    shown = due(order_id(order), Verb.PICK_UP, each({1: 3}))
    assert shown == (D("4.77"), D("1.50"), D("3.27"), "USD")
    for paid, code in (("3.21", "PAYMENT_INCOMPLETE"), ("3.33", "PAYMENT_TOO_HIGH"), ("-3.27", "BAD_PAYMENT")):
        with pytest.raises(BusinessError, match=code):
            hands_over(order, quantities={1: 3}, payments=pays(paid))
    with pytest.raises(BusinessError, match="UNKNOWN_PAYMENT_METHOD"):
        hands_over(order, quantities={1: 3}, payments=pays("3.27", method="shells"))
    assert not Delivery.objects.exists()
    assert hands_over(order, quantities={1: 3}, payments=(*pays("3.00"), *pays("0.27", method="card"))) == ()
    assert voucher("CO1-I1-PAY") == {"2300": D("1.50"), "1010": D("3.00"), "1020": D("0.27"), "1200": D("-4.77")}
    assert due(order_id(order), Verb.PICK_UP, None) == (D("1.59"), D("0.50"), D("1.09"), "USD")
    assert hands_over(order, payments=pays("1.09")) == ()
    assert prepaid() == 0
    assert payments_of(order) == [
        ("deposit", "cash", D("2.00"), "CO1-DEP"),
        ("payment", "cash", D("3.00"), "CO1-I1-PAY"),
        ("payment", "card", D("0.27"), "CO1-I1-PAY"),
        ("payment", "cash", D("1.09"), "CO1-I2-PAY"),
    ]
    assert SalesOrder.objects.get().status == "invoiced"
    assert list(OrderEvent.objects.order_by("id").values_list("what", "actor")) == [
        ("taken", "import_data"),
        ("requested", "till"),
        ("invoiced", "worker"),
        ("requested", "till"),
        ("invoiced", "worker"),
    ]
    shop.must_be_sound()


def test_nothing_due_is_concluded_without_payment(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), paid="6.36")
    shop.comes_in()
    with pytest.raises(BusinessError, match="BAD_PAYMENT"):
        hands_over(order, payments=pays("0"))
    assert hands_over(order, payments=()) == ()
    assert voucher("CO1-I1-PAY") == {"2300": D("6.36"), "1200": D("-6.36")}
    shop.must_be_sound()


def test_without_payments_the_rest_goes_on_account(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), paid="2.00")
    shop.comes_in()
    assert hands_over(order) == ()
    assert Delivery.objects.get().on_account
    assert voucher("CO1-I1-PAY")["2300"] == D("2.00")
    assert sum(voucher("CO1-I1-PAY").values()) == 0
    shop.must_be_sound()


def test_what_cannot_be_handed_over(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), milk(-1), line("MILK", 2))
    shop.comes_in()
    number = order_id(order)
    for verb, quantities, code in (
        (Verb.PICK_UP, {1: 5}, "QUANTITY_NOT_OPEN"),
        (Verb.PICK_UP, {1: 0}, "BAD_QUANTITY"),
        (Verb.PICK_UP, {9: 1}, "QUANTITY_NOT_OPEN"),
        (Verb.PICK_UP, {2: 1}, "WRONG_DELIVERY_MODE"),
        (Verb.RETURN, {1: 1}, "WRONG_DELIVERY_MODE"),
        (Verb.SHIP, {1: 1}, "WRONG_DELIVERY_MODE"),
        (Verb.SHIP, None, "NOTHING_TO_DELIVER"),
        (Verb.PICK_UP, {}, "NOTHING_TO_DELIVER"),
    ):
        with pytest.raises(BusinessError, match=code):
            request_delivery(number, verb, each(quantities), None, user_id=None, actor="till")
    with pytest.raises(BusinessError) as refused:
        request_delivery(number, Verb.PICK_UP, each({1: 5, 3: 9}), None, user_id=None, actor="till")
    assert [(problem.code, problem.line) for problem in refused.value.problems] == [("QUANTITY_NOT_OPEN", 1), ("QUANTITY_NOT_OPEN", 3)]
    with pytest.raises(BusinessError, match="UNKNOWN_ORDER"):
        request_delivery(0, Verb.PICK_UP, None, None, user_id=None, actor="till")
    with pytest.raises(BusinessError, match="OTHER_STORE"):
        request_delivery(number, Verb.PICK_UP, None, None, user_id=None, actor="till", scope=scope_of("S2"))
    with pytest.raises(BusinessError, match="ORDER_CHANGED"):
        request_delivery(number, Verb.PICK_UP, None, None, user_id=None, actor="till", version=7)
    assert not Delivery.objects.exists()
    assert hands_over(order, version=1, scope=scope_of("S1")) == ()
    assert stages(order) == (0, 0, 4, 0)
    # Goods that come back were not among what was picked up.
    assert stages(OrderLineRef("CO1", 2)) == (0, 0, 0, 0)


def test_a_delivery_in_work_keeps_everybody_else_out(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    _, first = request_delivery(order_id(order), Verb.PICK_UP, each({1: 1}), None, user_id=None, actor="till")
    with pytest.raises(BusinessError, match="DELIVERY_IN_PROGRESS"):
        hands_over(order)
    with pytest.raises(BusinessError, match="DELIVERY_IN_PROGRESS"):
        handle_quantities(order_id(order), Verb.PICK, {1: D(1)}, actor="anna")
    finish_here([first], "worker")
    assert hands_over(order) == ()
    with pytest.raises(BusinessError, match="ORDER_CLOSED"):
        hands_over(order)


def test_a_customer_blocked_since_gets_nothing(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    _, asked = request_deliveries([order_id(order)], Verb.INVOICE, None, "test", to_workers=False)
    Customer.objects.filter(code="C1").update(blocked=True)
    finish_here(asked, "worker")
    assert [problem.code for problem in failure_of(asked[0])] == ["CUSTOMER_BLOCKED"]
    with pytest.raises(BusinessError, match="CUSTOMER_BLOCKED"):
        hands_over(order)
    assert stages(order) == (0, 0, 0, 0)


def test_a_closed_period_fails_the_delivery_and_changes_nothing(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), paid="2.00")
    shop.comes_in()
    _, asked = request_deliveries([order_id(order)], Verb.INVOICE, None, "test", to_workers=False)
    day = Delivery.objects.get().day
    entity = SalesOrder.objects.get().warehouse.legal_entity_id
    month = FiscalPeriod.objects.create(legal_entity_id=entity, starts_on=day, ends_on=day, status=FiscalPeriod.Status.CLOSED)
    finish_here(asked, "worker")
    (problem,) = failure_of(asked[0])
    assert (problem.code, problem.item, problem.missing) == ("PERIOD_CLOSED", "", None)
    assert (money(order).invoiced, shop.shelf(), prepaid()) == (D(0), {"A": "10"}, D("2.00"))
    month.status = FiscalPeriod.Status.OPEN
    month.save()
    assert hands_over(order) == ()
    shop.must_be_sound()


def test_the_till_reads_which_item_and_how_much_is_missing(shop: Shop) -> None:
    shop.sells_item("CHEESE", negative=True)
    order = shop.is_ordered(milk(12), line("CHEESE", 2), paid="3.00")
    shop.comes_in()
    missing = hands_over(order, payments=pays("19.26"))
    assert [(p.code, p.line, p.item, p.missing) for p in missing] == [
        ("NO_VALID_BATCH", 1, "MILK", D(2)),
        ("NO_VALID_BATCH", 2, "CHEESE", D(2)),
    ]
    assert [(problem.remedy, str(problem.message)) for problem in missing if problem.remedy not in str(problem.message)] == []
    assert (shop.shelf(), prepaid(), shop.exports("invoices")) == ({"A": "10"}, D("3.00"), [])
    # Nothing of the payment was posted, and it goes with its delivery.
    assert payments_of(order)[1:] == [("payment", "cash", D("19.26"), "")]
    shop.must_be_sound()
    assert hands_over(order, quantities={1: 10}, payments=pays("13.76")) == ()
    assert OrderPayment.objects.count() == 2
    assert (SalesOrder.objects.get().error_code, failure_of(Delivery.objects.get().pk)) == ("", ())
    shop.must_be_sound()


def test_goods_in_another_unit(shop: Shop) -> None:
    """Scenario 21 at the till: two boxes of 12, part by part, are 24 pieces."""
    shop.has("B", 14)
    shop.converts("box", 12)
    order = shop.is_ordered(milk(2, unit="box"))
    shop.comes_in()
    assert Unit.objects.filter(code="box").exists()
    assert hands_over(order, quantities={1: "1.5"}) == ()
    assert shop.shelf() == {"B": "6"}
    assert hands_over(order) == ()
    assert shop.shelf() == {}
    shop.must_be_sound()


def test_the_longest_number_has_room_for_its_documents(shop: Shop) -> None:
    order = shop.is_ordered(milk(4), number="N" * 60, paid="1.00")
    shop.comes_in()
    assert hands_over(order, quantities={1: 1}, payments=pays("1.34")) == ()
    assert {row["voucher"] for row in shop.exports("vouchers") if row["source_kind"] != "receipt"} == {
        "N" * 60 + end for end in ("-DEP", "-I1-INV", "-I1-PAY")
    }


def test_what_is_left_aside_is_what_is_left_to_deliver(shop: Shop) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    # The shelf is found short of what was reserved: a captured line of a statement took it.
    shop.sells(8, batch="A")
    shop.posts()
    shop.must_be_posted()
    shop.has("B", 9)
    shop.comes_in()
    assert hands_over(order, quantities={1: 3}) == ()
    shop.must_be_sound()
    assert hands_over(order) == ()
    assert shop.order_allocated(order)[0][0] in {"A", "B"}
    shop.must_be_sound()


def test_what_is_carried_out_of_a_hybrid_order_was_paid_in_full(shop: Shop) -> None:
    """Half of what is picked up later and all of what is carried out are paid ahead; the carry-out leaves nothing on account."""
    shop.parameters(**{"customer_orders.default_deposit_percent": "50"})
    order = shop.is_ordered(milk(4), milk(1), paid="4.77")
    shop.orders[-1]["lines"][1]["delivery"] = "carry_out"  # type: ignore[index]
    shop.comes_in()
    finish_here([Delivery.objects.get().pk], "worker")
    assert voucher("CO1-I1-PAY") == {"2300": D("1.59"), "1200": D("-1.59")}
    assert due(order_id(order), Verb.PICK_UP, None) == (D("6.36"), D("3.18"), D("3.18"), "USD")
    assert hands_over(order, payments=pays("3.18")) == ()
    assert prepaid() == 0
    shop.must_be_sound()
