"""Pending orders under real parallel connections: two synchronisations, one that is killed, a till and a desk in the same moment."""

import json
import signal
from typing import Any

import pytest

from core.db.bulk import fetch_as
from core.lib.problems import BusinessError
from orders.models import CustomerOrder, PendingOrder, PendingOrderEvent, SalesOrder
from orders.queries import pending as reads
from orders.services import pending as service
from orders.services.order_files import IncomingOrder
from orders.services.pending import ProcessedCounts, SubmittedOrder, edit_pending, hold_pending, read, submit_orders, synchronize_orders
from orders.services.place_orders import place_orders
from tests.concurrency.parallel import Child, Gate, KillPoint, ThreadGroup, somebody_waits_for_a_lock, wait_for
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)


def handed_in(shop: Shop, number: int = 1) -> list[SubmittedOrder]:
    """So many orders of one piece each, submitted."""
    shop.comes_in()
    found = []
    for _ in range(number):
        shop.is_ordered(milk(1))
        content = json.dumps(shop.orders.pop())
        incoming = read(content)
        assert isinstance(incoming, IncomingOrder)
        found.append(SubmittedOrder(content, incoming))
    submit_orders(found, CustomerOrder.Channel.API, "token:till")
    return found


def meet(first: Gate, threads: ThreadGroup) -> list[ProcessedCounts]:
    """Two synchronisations; the first stands at the gate with its rows held until the second is done, or waits for it."""
    one = threads.start(lambda: synchronize_orders("one"))
    first.wait()
    two = threads.start(lambda: synchronize_orders("two"))
    wait_for(lambda: two.done() or somebody_waits_for_a_lock(), "the second is done, or waits")
    first.open()
    return [one.result(), two.result()]


def test_two_synchronisations_take_every_order_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_in(shop, 5)
    gate = Gate()
    monkeypatch.setattr(reads, "hold_waiting", gate.around(reads.hold_waiting))
    with ThreadGroup() as threads:
        found = meet(gate, threads)
    # The second did not wait: it left alone what the first held.
    assert [part.total for part in found] == [5, 0]
    assert (SalesOrder.objects.count(), PendingOrderEvent.objects.filter(what="created").count()) == (5, 5)
    shop.must_be_sound()


def test_without_the_hold_an_order_would_be_told_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: rows are read without being locked. The number of the order still lets only one be made."""
    handed_in(shop, 5)

    def unlocked(row_type: Any, sql: str, values: list[Any]) -> list[Any]:
        return fetch_as(row_type, sql.replace("FOR NO KEY UPDATE SKIP LOCKED", ""), values)

    monkeypatch.setattr(reads, "fetch_as", unlocked)
    gate = Gate()
    monkeypatch.setattr(reads, "hold_waiting", gate.around(reads.hold_waiting))
    with ThreadGroup() as threads:
        found = meet(gate, threads)
    assert sum(part.total for part in found) == 10
    assert PendingOrderEvent.objects.filter(what__in=("created", "linked")).count() == 10
    assert SalesOrder.objects.count() == 5


@pytest.mark.parametrize("words", ["INSERT INTO orders_salesorder", "UPDATE orders_pendingorder"])
def test_a_synchronisation_that_is_killed_leaves_its_orders_waiting(shop: Shop, words: str) -> None:
    handed_in(shop, 3)
    assert Child(lambda: KillPoint(before=words).arm(lambda: synchronize_orders("interrupted"))).wait() == -signal.SIGKILL
    assert (SalesOrder.objects.count(), PendingOrder.objects.filter(state="waiting").count()) == (0, 3)
    # The server gives the rows back in its own time.
    wait_for(lambda: synchronize_orders("next worker").created == 3, "the orders are taken")
    assert PendingOrderEvent.objects.filter(what="created").count() == 3
    shop.must_be_sound()


def test_the_same_order_handed_in_three_times_at_once_is_one(shop: Shop) -> None:
    shop.comes_in()
    shop.is_ordered(milk(1))
    content = json.dumps(shop.orders.pop())
    incoming = read(content)
    assert isinstance(incoming, IncomingOrder)
    with ThreadGroup() as threads:
        found = [
            threads.start(lambda: submit_orders([SubmittedOrder(content, incoming)], CustomerOrder.Channel.API, "token:till"))
            for _ in range(3)
        ]
        answers = [one.result() for one in found]
    assert sorted(len(answer.new) for answer in answers) == [0, 0, 1]
    assert len({(answer.new or answer.unchanged)[0] for answer in answers}) == 1
    assert (PendingOrder.objects.count(), PendingOrderEvent.objects.count()) == (1, 1)


def test_an_order_that_comes_in_by_itself_in_the_same_moment_is_linked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (order,) = handed_in(shop)
    gate = Gate()
    monkeypatch.setattr(service, "place_orders", gate.around(place_orders, after=False))
    with ThreadGroup() as threads:
        synchronized = threads.start(lambda: synchronize_orders("clock"))
        gate.wait()
        place_orders([order.incoming], CustomerOrder.Channel.API, "token:till")
        gate.open()
        found = synchronized.result()
    assert (found.created, found.linked) == (0, 1)
    assert PendingOrder.objects.get().order_id == SalesOrder.objects.get().pk


def test_an_edit_and_a_hold_wait_for_the_synchronisation_and_come_too_late(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_in(shop)
    row = PendingOrder.objects.get()
    gate = Gate()
    monkeypatch.setattr(reads, "hold_waiting", gate.around(reads.hold_waiting))
    with ThreadGroup() as threads:
        synchronized = threads.start(lambda: synchronize_orders("clock"))
        gate.wait()
        edited = threads.start(lambda: edit_pending(row.pk, row.version, {"customer": ""}, "olga"))
        held = threads.start(lambda: hold_pending([row.pk], "olga"))
        wait_for(somebody_waits_for_a_lock, "they wait")
        gate.open()
        assert synchronized.result().created == 1
        assert held.result() == []
        with pytest.raises(BusinessError, match=r"PENDING_ORDER_(CHANGED|DONE)"):
            edited.result()
    assert list(PendingOrderEvent.objects.values_list("what", flat=True).order_by("pk")) == ["handed_in", "created"]
