"""Deliveries under real parallel connections: one request three times, two workers of a partition, a run that was given up, all at once.

Each race has its control, as in test_races_orders.py.
"""

from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.db.bulk import execute, fetch_all
from core.jobs.queue.services.run_partitions import work_partitions
from inventory.services import first_use
from inventory.writes.takes import take_off_hand
from orders.models import Delivery, Reservation, SalesOrder
from orders.queries import deliveries as reads
from orders.queries.deliveries import open_lines, open_orders
from orders.rules.fulfilment import Verb
from orders.services import delivery_queue
from orders.services.delivery_queue import WORK, finish_here, rescue_interrupted
from orders.services.invoice_deliveries import invoice_deliveries
from orders.services.pick_and_pack import handle_quantities
from orders.writes import place_orders as order_writes
from retailhq.embedded.supervise import Crew
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for, waiting_for_locks
from tests.concurrency.test_races import remove_partitions
from tests.concurrency.tills import ask, comes_in, incoming, numbers, outcome, sources, take
from tests.oracle.building import line
from tests.oracle.commands import run
from tests.scenarios.world import Shop, milk
from tests.statements.chunks import cut_into

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal


# -- one request, three times at once --------------------------------------------------------------------------------------


def three_times(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A till that hears nothing sends its order again, and again, while the first is still being taken."""
    order = incoming(shop, milk(4), paid="2.00")
    comes_in(shop)
    gate = Gate()
    monkeypatch.setattr(order_writes, "insert_heads", gate.around(order_writes.insert_heads))
    with ThreadGroup() as threads:
        futures = [threads.start(outcome(lambda: take(order)))]
        gate.wait()
        futures += [threads.start(outcome(lambda: take(order))) for _ in range(2)]
        wait_for(lambda: waiting_for_locks() == 2 or any(future.done() for future in futures[1:]), "the others wait for the number")
        gate.open()
        return [future.result() for future in futures]


def test_the_same_order_three_times_at_once_is_taken_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert three_times(shop, monkeypatch) == ["new", "unchanged", "unchanged"]
    assert (SalesOrder.objects.count(), numbers(Reservation.objects.values_list("quantity", flat=True))) == (1, [4])
    assert {row["voucher"] for row in shop.exports("vouchers")} == {"CO1-DEP", "GR-R1-1"}
    shop.must_be_sound()


def test_the_same_order_three_times_without_waiting_for_the_number(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unique number is the last guard: the others are refused by the database, and the till would not know that its order stands."""

    def insists(sql: str, parameters: Any = ()) -> list[Any]:
        return fetch_all(sql.replace("ON CONFLICT (number, legal_entity_id) DO NOTHING", ""), parameters)

    monkeypatch.setattr(order_writes, "fetch_all", insists)
    first, *others = three_times(shop, monkeypatch)
    assert first == "new"
    assert all("duplicate key" in str(other) for other in others)
    assert SalesOrder.objects.count() == 1


def test_the_same_delivery_three_times_at_once_is_made_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.is_ordered(milk(4), paid="6.36")
    shop.comes_in()
    gate = Gate()
    monkeypatch.setattr(reads, "open_lines", gate.around(open_lines))
    with ThreadGroup() as threads:
        futures = [threads.start(ask)]
        gate.wait()
        futures += [threads.start(ask) for _ in range(2)]
        wait_for(lambda: waiting_for_locks() == 2, "the others wait for the order")
        gate.open()
        asked = [future.result() for future in futures]
    assert [len(deliveries) for deliveries in asked] == [1, 0, 0]
    with ThreadGroup() as threads:
        for future in [threads.start(lambda: finish_here(asked[0], "worker")) for _ in range(3)]:
            future.result()
    finish_here(asked[0], "the rest")
    assert [row["invoice"] for row in shop.exports("invoices")] == ["CO1-I1"]
    shop.must_be_sound()


# -- two workers of one partition -----------------------------------------------------------------------------------------------


def two_workers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries in one partition; the first worker stops before the first of them, the second comes and goes as far as it can."""
    for quantity in (4, 3):
        shop.is_ordered(milk(quantity), delivery="carry_out", paid=str(D(quantity) * D("1.59")))
    shop.comes_in()
    asked = reads.deliveries_in_work()
    cut_into(monkeypatch, 1)
    gate = Gate()
    monkeypatch.setattr(delivery_queue, "invoice_deliveries", gate.around(invoice_deliveries, after=False))
    with ThreadGroup() as threads:
        first = threads.start(lambda: finish_here(asked, "first"))
        gate.wait()
        second = threads.start(lambda: finish_here(asked, "second"))
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second worker comes to its end, or to a lock")
        gate.open()
        first.result()
        second.result()


def test_two_workers_of_one_partition_invoice_in_the_order_of_asking(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    two_workers(shop, monkeypatch)
    assert sources(shop)["order"] == [("A", 4), ("A", 1), ("CO-DEF", 2)]
    shop.must_be_sound()


def test_two_workers_without_the_partition_lock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The later order overtakes the earlier one and gets its batch."""
    remove_partitions(monkeypatch)
    two_workers(shop, monkeypatch)
    assert sources(shop)["order"] == [("A", 2), ("CO-DEF", 2), ("A", 3)]
    shop.must_be_sound()


# -- a run that was given up -----------------------------------------------------------------------------------------------


def late_run(shop: Shop) -> Delivery:
    """A worker freezes with a claimed delivery; the watchdog gives it to another, which invoices it; then the first wakes up."""
    shop.is_ordered(milk(4))
    shop.comes_in()
    asked = ask()
    token = uuid4()
    execute("UPDATE orders_delivery SET work_state = 'running', run_token = %s, heartbeat_at = now()", [str(token)])
    late = WORK.open()(asked, token, "late")
    assert rescue_interrupted(0)["requeued"] == 1
    finish_here(asked, "test")
    late.run()
    return Delivery.objects.get()


def test_a_run_that_was_given_up_writes_nothing(shop: Shop) -> None:
    delivery = late_run(shop)
    assert (delivery.error_code, delivery.invoice_id is None) == ("", False)
    assert [row["invoice"] for row in shop.exports("invoices")] == ["CO1-I1"]
    shop.must_be_sound()


def test_a_run_that_was_given_up_without_the_fence(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works the delivery once more: an order that is invoiced is told that nothing was left."""
    monkeypatch.setattr(delivery_queue, "hold_documents", lambda table, document_ids, token: set(document_ids))
    delivery = late_run(shop)
    assert (delivery.error_code, delivery.invoice_id is None) == ("QUANTITY_NOT_OPEN", False)


def test_what_a_dead_run_left_is_brought_back(shop: Shop) -> None:
    shop.is_ordered(milk(4))
    shop.comes_in()
    asked = ask()
    execute("UPDATE orders_delivery SET work_state = 'running', run_token = %s, heartbeat_at = now() - interval '1 hour'", [str(uuid4())])
    assert rescue_interrupted(0)["requeued"] == 1
    finish_here(asked, "test")
    assert sources(shop)["order"] == [("A", 4)]
    shop.must_be_sound()


# -- everybody at once -----------------------------------------------------------------------------------------------------


def test_orders_deliveries_statements_and_pickers_at_once(shop: Shop) -> None:
    """Six tills take orders of the same two items, others are picked, invoiced and posted meanwhile: nobody waits in a ring."""
    shop.sells_item("EGGS", negative=True)
    shop.has("E", 30, item="EGGS")
    for _ in range(6):
        shop.is_ordered(milk(1), line("EGGS", 2))
        shop.rings(line("EGGS", 1), milk(1))
    shop.calculates()
    new = [incoming(shop, *((milk(1), line("EGGS", 1)) if turn % 2 else (line("EGGS", 1), milk(1)))) for turn in range(6)]
    before = deadlocks()
    (picked_order, *_) = open_orders()
    with ThreadGroup() as threads:
        futures: list[Future[object]] = [threads.start(outcome(lambda order=order: take(order))) for order in new]  # type: ignore[misc]
        futures.append(threads.start(outcome(lambda: handle_quantities(picked_order, Verb.PICK, {2: D(1)}, 1, actor="till"))))
        futures += [threads.start(lambda: run("invoice_orders", "--inline").status) for _ in range(2)]
        futures.append(threads.start(lambda: run("post_statements", "--inline").status))
        answers = [future.result() for future in futures]
    assert answers[:6] == ["new"] * 6
    assert run("invoice_orders", "--inline").status == 0
    assert deadlocks() == before
    assert not Reservation.objects.exists()
    assert SalesOrder.objects.exclude(status="invoiced").count() == 0
    shop.must_be_posted()


def test_a_worker_invoices_what_waits(shop: Shop, start_worker: Callable[..., Crew]) -> None:
    order = shop.is_ordered(milk(4))
    shop.comes_in()
    start_worker(concurrency=1)
    answer = run("invoice_orders", "--wait")
    assert (answer.status, answer.data["invoiced"]) == (0, 1), answer
    assert shop.order_allocated(order) == [("A", "4", "allocated", "FEFO")]
    shop.must_be_sound()


# -- the default batch is made on first use --------------------------------------------------------------------------------


def second_waits(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Two warehouses deliver an item that neither has, for the first time; whether the second waits while the first stands in its chunk."""
    shop.is_ordered(milk(9))
    shop.is_ordered(milk(1), store="S2", warehouse="W2")
    comes_in(shop)
    ask()
    first, second = sorted(Delivery.objects.values_list("warehouse_id", flat=True))
    gate = Gate()
    monkeypatch.setattr("orders.services.invoices.take_off_hand", gate.around(take_off_hand))
    with ThreadGroup() as threads:
        one = threads.start(lambda: work_partitions(WORK, [first], "test"))
        gate.wait()
        other = threads.start(lambda: work_partitions(WORK, [second], "test"))
        wait_for(lambda: other.done() or somebody_waits_for_a_lock(), "the second is done, or waits")
        waited = not other.done()
        gate.open()
        one.result()
        other.result()
    assert not Delivery.objects.filter(invoice=None).exists()
    shop.must_be_sound()
    return waited


def test_who_stops_while_delivering_keeps_no_default_batch(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not second_waits(shop, monkeypatch)


def test_default_batches_that_are_made_within_a_chunk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nothing was foreseen."""
    monkeypatch.setattr(first_use, "insert_default_batches", lambda item_ids, number: None)
    assert second_waits(shop, monkeypatch)
