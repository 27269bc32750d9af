"""Customer orders under real parallel connections: two tills, two pickers, one request three times, orders beside statements.

Each race has its control: the same two meet without the guard, and what the guard prevents is seen to happen, or the next guard stops it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from core.db.bulk import execute, fetch_all
from inventory.models import OnHand
from inventory.rules.reservations import decide_reserved, reserve
from inventory.writes import issues, takes
from inventory.writes.issues import StaleStock
from inventory.writes.plain_pools import hold_pools
from inventory.writes.takes import take_off_hand
from orders.models import CustomerOrderLine, Delivery, OrderPayment, Reservation, SalesOrder
from orders.queries import deliveries as reads
from orders.queries import order_state
from orders.queries.deliveries import open_lines, open_orders
from orders.rules.fulfilment import Verb
from orders.rules.till_lines import OrderPaymentData
from orders.services import invoices, reservations
from orders.services.cancellation import cancel_order
from orders.services.delivery_queue import finish_here
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import request_delivery
from orders.writes import deliveries as writes
from statements.models import Statement
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import post_partitions as run_statement_partitions
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.concurrency.tills import ask, comes_in, incoming, numbers, outcome, remove_row_locks, sources, take, unlocked
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal


# -- an order and a statement want the last units --------------------------------------------------------------------------


def last_units(shop: Shop, monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[str]:
    """Both want four of five pieces. The first stops when it has decided; before it goes on the second waits, or has decided too."""
    # Carried out: nothing was reserved for it.
    shop.is_ordered(milk(4), delivery="carry_out", paid="6.36")
    shop.sells(4)
    shop.calculates()
    asked = reads.deliveries_in_work()
    request_posting(postable_statements(), None, "test", to_workers=False)
    partition = Statement.objects.get().warehouse_id
    first_gate, second_gate = Gate(), Gate()
    stale: list[str] = []

    def stopped(genuine: Callable[..., Any]) -> Callable[..., Any]:
        def stop_decided(*arguments: Any) -> Any:
            decision = genuine(*arguments)
            (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
            return decision

        return stop_decided

    def note_stale(*arguments: Any, **named: Any) -> None:
        try:
            take_off_hand(*arguments, **named)
        except StaleStock as error:
            stale.append(str(error))
            raise

    # The order is decided by the rule, the statement's pool is plain.
    monkeypatch.setattr(invoices, "decide_reserved", stopped(decide_reserved))
    monkeypatch.setattr(invoices, "hold_pools", stopped(hold_pools))
    monkeypatch.setattr(invoices, "take_off_hand", note_stale)
    actions: list[Callable[[], object]] = [
        lambda: finish_here(asked, "orders"),
        lambda: run_statement_partitions([partition], "statements"),
    ]
    with ThreadGroup() as threads:
        first = threads.start(actions[not order_first])
        first_gate.wait()
        second = threads.start(actions[order_first])
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second waits, or has decided too")
        first_gate.open()
        first.result()
        second_gate.open()
        second.result()
    return stale


@pytest.mark.parametrize("order_first", [True, False], ids=["the order first", "the statement first"])
def test_an_order_and_a_statement_never_get_more_than_there_is(shop: Shop, monkeypatch: pytest.MonkeyPatch, order_first: bool) -> None:
    before = deadlocks()
    assert last_units(shop, monkeypatch, order_first=order_first) == []
    first, second = ("order", "sale") if order_first else ("sale", "order")
    got = sources(shop)
    assert got[first] == [("A", 4)]
    assert got[second] == [("A", 1), ("CO-DEF" if order_first is False else "DEF", 3)]
    assert deadlocks() == before
    shop.must_be_posted()


def test_an_order_and_a_statement_without_row_locks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both decide on the same five pieces; the guard of the write notices, and the second decides again."""
    remove_row_locks(monkeypatch)
    assert last_units(shop, monkeypatch, order_first=False) == ["1 on-hand rows would go negative"]
    assert sources(shop)["order"] == [("A", 1), ("CO-DEF", 3)]
    shop.must_be_posted()


def test_an_order_and_a_statement_without_row_locks_and_guard(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the table's own CHECK is left: eight pieces of five are refused, and the delivery stands failed."""
    remove_row_locks(monkeypatch)
    guard = "AND (c.quantity >= 0 OR c.may_go_negative OR o.physical + c.quantity >= 0)"
    assert guard in takes.TAKE_OFF_HAND
    monkeypatch.setattr(takes, "TAKE_OFF_HAND", takes.TAKE_OFF_HAND.replace(guard, ""))
    last_units(shop, monkeypatch, order_first=False)
    failed = Delivery.objects.get()
    assert failed.error_code == "UNEXPECTED_ERROR"
    assert "on_hand_not_negative" in str(failed.error_text)


# -- two orders set the last units aside -----------------------------------------------------------------------------------


def two_orders(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Both want four of five pieces reserved at once; the first stops when it has chosen."""
    comes_in(shop)
    orders = [incoming(shop, milk(4)), incoming(shop, milk(4))]
    first_gate, second_gate = Gate(), Gate()

    def stop_decided(*arguments: Any) -> Any:
        takes = reserve(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return takes

    monkeypatch.setattr(reservations, "reserve", stop_decided)
    with ThreadGroup() as threads:
        first = threads.start(outcome(lambda: take(orders[0])))
        first_gate.wait()
        second = threads.start(outcome(lambda: take(orders[1])))
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second waits, or has chosen too")
        first_gate.open()
        second_gate.open()
        return [first.result(), second.result()]


def test_two_orders_set_the_last_units_aside_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_orders(shop, monkeypatch) == ["new", "new"]
    assert numbers(Reservation.objects.order_by("id").values_list("quantity", flat=True)) == [4, 1]
    shop.must_be_sound()


def test_two_orders_without_row_locks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both choose the same four; the guard of the write refuses the second, which has set nothing aside and is not taken."""
    remove_row_locks(monkeypatch)
    assert sorted(map(str, two_orders(shop, monkeypatch))) == ["new", "stale"]
    assert numbers(Reservation.objects.values_list("quantity", flat=True)) == [4]
    assert SalesOrder.objects.count() == 1
    shop.must_be_sound()


def test_two_orders_without_row_locks_and_guard(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight of five pieces are reserved."""
    remove_row_locks(monkeypatch)
    monkeypatch.setattr(
        issues, "execute", lambda sql, values=(): execute(sql.replace("AND o.physical - o.reserved >= d.quantity", ""), values)
    )
    assert two_orders(shop, monkeypatch) == ["new", "new"]
    row = OnHand.objects.get(batch__number="A")
    assert numbers([row.physical, row.reserved]) == [5, 8]


# -- two tills hand out the same order -------------------------------------------------------------------------------------


def two_tills(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Both look at the order before either has asked for its delivery, unless something keeps the second from looking."""
    shop.is_ordered(milk(4))
    shop.comes_in()
    first_gate, second_gate = Gate(), Gate()

    def stop_seen(*arguments: Any) -> Any:
        lines = open_lines(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return lines

    monkeypatch.setattr(reads, "open_lines", stop_seen)
    with ThreadGroup() as threads:
        first = threads.start(outcome(ask))
        first_gate.wait()
        second = threads.start(outcome(ask))
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second waits for the order, or has seen it too")
        first_gate.open()
        asked = first.result()
        second_gate.open()
        return [asked, second.result()]


def test_two_tills_ask_for_the_same_order_and_one_delivers_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_tills(shop, monkeypatch)
    assert (len(first), second) == (1, [])  # type: ignore[arg-type]
    finish_here(first, "test")  # type: ignore[arg-type]
    assert sources(shop)["order"] == [("A", 4)]
    shop.must_be_sound()


def test_two_tills_without_the_lock_on_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both see four pieces that nobody delivers; the index of open deliveries refuses the second."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    first, second = two_tills(shop, monkeypatch)
    assert (len(first), second) == (1, "one_open_delivery_per_order")  # type: ignore[arg-type]
    assert Delivery.objects.count() == 1


@contextmanager
def without_index(name: str) -> Iterator[None]:
    """The table of deliveries without one of its indexes, for a while."""
    definition = fetch_all("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])[0][0]
    execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        execute("TRUNCATE orders_delivery CASCADE")
        execute(definition)


def test_two_tills_without_the_lock_and_the_index(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both get a delivery of all four pieces; what is left by stage is the last guard, and the second delivery fails."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    with without_index("one_open_delivery_per_order"):
        first, second = two_tills(shop, monkeypatch)
        assert (len(first), len(second)) == (1, 1)  # type: ignore[arg-type]
        finish_here([*first, *second], "test")  # type: ignore[misc]
        assert sorted(Delivery.objects.values_list("error_code", flat=True)) == ["", "QUANTITY_NOT_OPEN"]
        assert sources(shop)["order"] == [("A", 4)]


# -- two pickers handle the same line --------------------------------------------------------------------------------------


def picked() -> int:
    return int(CustomerOrderLine.objects.get().picked)


def two_pickers(shop: Shop, monkeypatch: pytest.MonkeyPatch, version: int | None = 1) -> list[object]:
    """Both have version 1 of the order on their screen and pick two of its four pieces; without `version` they do not say so."""
    shop.is_ordered(milk(4))
    shop.comes_in()
    (order,) = open_orders()
    first_gate, second_gate = Gate(), Gate()

    def stop_seen(*arguments: Any) -> Any:
        lines = open_lines(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return lines

    monkeypatch.setattr(reads, "open_lines", stop_seen)
    pick = outcome(lambda: handle_quantities(order, Verb.PICK, {1: D(2)}, version, actor="till"))
    with ThreadGroup() as threads:
        first = threads.start(pick)
        first_gate.wait()
        second = threads.start(pick)
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second waits for the order, or has seen it too")
        first_gate.open()
        done = first.result()
        second_gate.open()
        return [done, second.result()]


def test_the_second_picker_is_told_that_the_order_changed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_pickers(shop, monkeypatch) == [2, "ORDER_CHANGED"]
    assert picked() == 2


def test_two_pickers_without_the_lock_on_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version alone still keeps the second from writing what it saw."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    assert two_pickers(shop, monkeypatch) == [2, "ORDER_CHANGED"]
    assert picked() == 2


def any_version(order_id: int, version: int | None) -> int:
    """A change of the order that does not compare."""
    return int(fetch_all("UPDATE orders_customerorder SET version = version + 1 WHERE order_id = %s RETURNING version", [order_id])[0][0])


def test_two_pickers_without_the_lock_who_do_not_say_their_version(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each of them read counts, said or not."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    assert two_pickers(shop, monkeypatch, None) == [2, "ORDER_CHANGED"]
    assert picked() == 2


def test_two_pickers_without_the_version(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second picks two more, which it never saw on its screen."""
    assert two_pickers(shop, monkeypatch, None) == [2, 3]
    assert picked() == 4


def test_two_pickers_without_the_lock_and_the_version(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are told that they picked two; two of the four are lost."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    monkeypatch.setattr(writes, "next_version", any_version)
    assert two_pickers(shop, monkeypatch, None) == [2, 3]
    assert picked() == 2


def two_payments(shop: Shop, monkeypatch: pytest.MonkeyPatch, *, cancels: bool = False) -> list[object]:
    """Two tills have the same order: the second pays in cash what the first pays by card, or cancels it."""
    shop.is_ordered(milk(4), paid="2.00")
    shop.comes_in()
    (order,) = open_orders()
    first_gate, second_gate = Gate(), Gate()

    def stop_seen(*arguments: Any) -> Any:
        lines = open_lines(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return lines

    monkeypatch.setattr(reads, "open_lines", stop_seen)

    def pay(method: str) -> str:
        request_delivery(order, Verb.PICK_UP, None, [OrderPaymentData(1, method, D("4.36"))], user_id=None, actor=method)
        return method

    def cancel() -> str:
        return str(cancel_order(order, None, "cash", actor="desk").refund)

    with ThreadGroup() as threads:
        first = threads.start(outcome(lambda: pay("card")))
        first_gate.wait()
        second = threads.start(outcome(cancel if cancels else lambda: pay("cash")))
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second waits for the order, or has seen it too")
        first_gate.open()
        done = first.result()
        second_gate.open()
        return [done, second.result()]


@pytest.mark.parametrize("cancels", [False, True], ids=["pays too", "cancels"])
def test_an_order_is_paid_at_one_till_and_the_other_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch, cancels: bool) -> None:
    assert two_payments(shop, monkeypatch, cancels=cancels) == ["card", "DELIVERY_IN_PROGRESS"]
    finish_here(reads.deliveries_in_work(), "test")
    paid = OrderPayment.objects.order_by("ordinal").values_list("kind", "method_id", "amount")
    assert [(kind, method, str(amount)) for kind, method, amount in paid] == [("deposit", "cash", "2.00"), ("payment", "card", "4.36")]
    assert sources(shop)["order"] == [("A", 4)]
    shop.must_be_sound()


def test_two_payments_without_the_lock_on_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both tills take money; the index of open deliveries refuses the second before it is kept."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    assert two_payments(shop, monkeypatch) == ["card", "one_open_delivery_per_order"]
    assert OrderPayment.objects.filter(kind="payment").count() == 1


def test_a_payment_and_a_cancellation_without_the_lock_on_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deposit is paid back while the goods are on their way out: the delivery then finds nothing left, and fails."""
    monkeypatch.setattr(order_state, "fetch_all", unlocked)
    assert two_payments(shop, monkeypatch, cancels=True) == ["card", "2.00"]
    finish_here(reads.deliveries_in_work(), "test")
    assert Delivery.objects.get().error_code == "QUANTITY_NOT_OPEN"
