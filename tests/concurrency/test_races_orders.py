"""Customer orders under real parallel connections: two tills, two pickers, one request three times, orders beside statements.

Each race has its control: the same two meet without the guard, and what the guard prevents is seen to happen, or the next guard stops it.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from inventory.models import OnHand
from inventory.queries import stock as stock_reads
from inventory.rules.reserving import decide_reserved, reserve
from inventory.writes import issuing
from inventory.writes.issuing import StaleStock, apply_deltas
from ledger.services import ensure_periods
from orders.models import CustomerOrderLine, Delivery, Reservation, SalesOrder
from orders.queries import deliveries as reads
from orders.queries.deliveries import open_lines, open_orders
from orders.rules.fulfilment import Verb
from orders.services import deliveries, invoicing, placing
from orders.services.deliveries import WORK, finish_here, request_deliveries, rescue_interrupted
from orders.services.delivering import invoice_deliveries
from orders.services.fulfilling import handle_quantities
from orders.services.order_files import CUSTOMER_ORDERS, IncomingOrder
from orders.services.placing import place_orders
from orders.writes import deliveries as writes
from orders.writes import placing as order_writes
from parameters.models import LegalEntity
from retailhq.db.bulk import execute, fetch_all
from retailhq.embedded.supervise import Crew
from retailhq.lanes.services import running
from retailhq.lib.problems import BusinessError
from statements.models import Statement
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import run_lanes as run_statement_lanes
from tests.concurrency.parallel import Crowd, Gate, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.concurrency.test_races import remove_lanes
from tests.oracle.building import line
from tests.oracle.commands import run
from tests.oracle.rows import Line
from tests.scenarios.world import NOON, Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal


@pytest.fixture
def shop(tmp_path: Path, transactional_db: None) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    shop.falls_back()
    shop.has("A", 5)
    yield shop
    connection.close()


def ask() -> list[int]:
    """Asks for everything that is open; the deliveries."""
    return request_deliveries(open_orders(), Verb.INVOICE, None, "test", to_workers=False)[1]


def outcome(action: Callable[[], object]) -> Callable[[], object]:
    """The action, with what refused it as its result."""

    def tried() -> object:
        try:
            return action()
        except BusinessError as error:
            return error.problems[0].code
        except IntegrityError as error:
            return "one_open_delivery_per_order" if "one_open_delivery_per_order" in str(error) else str(error)
        except StaleStock:
            return "stale"

    return tried


def unlocked(sql: str, parameters: Any = ()) -> list[Any]:
    """A read that takes no row locks."""
    return fetch_all(sql.replace("FOR NO KEY UPDATE", ""), parameters)


def remove_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On-hand rows are read as a preview reads them, by whoever issues and by whoever sets aside."""
    genuine = stock_reads.load_stock

    def free(*arguments: Any, lock: bool) -> Any:
        return genuine(*arguments, lock=False)

    monkeypatch.setattr(invoicing, "load_stock", free)
    monkeypatch.setattr(placing, "load_stock", free)


def incoming(shop: Shop, *lines: Line, **how: Any) -> IncomingOrder:
    """An order that a till is about to send."""
    shop.is_ordered(*lines, **how)
    return CUSTOMER_ORDERS.checked(CUSTOMER_ORDERS.decoder.decode(json.dumps(shop.orders.pop())))


def comes_in(shop: Shop) -> None:
    """What was said comes in, and the month is open: otherwise the first order of a month opens it, and others wait for that."""
    shop.comes_in()
    ensure_periods({(entity, NOON.date()) for entity in LegalEntity.objects.values_list("pk", flat=True)})


def take(order: IncomingOrder) -> str:
    """Sends it; what became of it."""
    taken = place_orders([order], "api", "till")
    return "new" if taken.new else "unchanged" if taken.unchanged else taken.refused[0][0].code


def numbers(values: Iterable[Decimal]) -> list[int]:
    return [int(value) for value in values]


# -- an order and a statement want the last units --------------------------------------------------------------------------


def last_units(shop: Shop, monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[str]:
    """Both want four of five pieces. The first stops when it has decided; before it goes on the second waits, or has decided too."""
    # Carried out: nothing was set aside for it.
    shop.is_ordered(milk(4), delivery="carry_out", paid="6.36")
    shop.sells(4)
    shop.calculates()
    asked = reads.deliveries_in_work()
    request_posting(postable_statements(), None, "test", to_workers=False)
    lane = Statement.objects.get().warehouse_id
    first_gate, second_gate = Gate(), Gate()
    stale: list[str] = []

    def stop_decided(*arguments: Any) -> Any:
        decision = decide_reserved(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return decision

    def note_stale(*arguments: Any) -> None:
        try:
            apply_deltas(*arguments)
        except StaleStock as error:
            stale.append(str(error))
            raise

    monkeypatch.setattr(invoicing, "decide_reserved", stop_decided)
    monkeypatch.setattr(invoicing, "apply_deltas", note_stale)
    actions: list[Callable[[], object]] = [lambda: finish_here(asked, "orders"), lambda: run_statement_lanes([lane], "statements")]
    with Crowd() as crowd:
        first = crowd.start(actions[not order_first])
        first_gate.wait()
        second = crowd.start(actions[order_first])
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second waits, or has decided too")
        first_gate.open()
        first.result()
        second_gate.open()
        second.result()
    return stale


def sources(shop: Shop) -> dict[str, list[tuple[str, int]]]:
    """Batches and quantities that the order and the sale got."""
    taken = {"order": shop.exports("order-allocations"), "sale": shop.exports("allocations")}
    return {name: [(row["batch"], int(row["quantity"])) for row in rows] for name, rows in taken.items()}


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

    def unguarded(sql: str, parameters: Any = ()) -> int:
        return execute(sql.replace("AND (d.quantity >= 0 OR d.may_go_negative OR o.physical + d.quantity >= 0)", ""), parameters)

    monkeypatch.setattr(issuing, "execute", unguarded)
    last_units(shop, monkeypatch, order_first=False)
    failed = Delivery.objects.get()
    assert failed.error_code == "UNEXPECTED_ERROR"
    assert "on_hand_not_negative" in failed.error_text


# -- two orders set the last units aside -----------------------------------------------------------------------------------


def two_orders(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Both want four of five pieces set aside at once; the first stops when it has chosen."""
    comes_in(shop)
    orders = [incoming(shop, milk(4)), incoming(shop, milk(4))]
    first_gate, second_gate = Gate(), Gate()

    def stop_decided(*arguments: Any) -> Any:
        takes = reserve(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return takes

    monkeypatch.setattr(placing, "reserve", stop_decided)
    with Crowd() as crowd:
        first = crowd.start(outcome(lambda: take(orders[0])))
        first_gate.wait()
        second = crowd.start(outcome(lambda: take(orders[1])))
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
    """Eight of five pieces are set aside."""
    remove_row_locks(monkeypatch)
    monkeypatch.setattr(
        issuing, "execute", lambda sql, values=(): execute(sql.replace("AND o.physical - o.reserved >= d.quantity", ""), values)
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
    with Crowd() as crowd:
        first = crowd.start(outcome(ask))
        first_gate.wait()
        second = crowd.start(outcome(ask))
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
    monkeypatch.setattr(reads, "fetch_all", unlocked)
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
    monkeypatch.setattr(reads, "fetch_all", unlocked)
    with without_index("one_open_delivery_per_order"):
        first, second = two_tills(shop, monkeypatch)
        assert (len(first), len(second)) == (1, 1)  # type: ignore[arg-type]
        finish_here([*first, *second], "test")  # type: ignore[misc]
        assert sorted(Delivery.objects.values_list("error_code", flat=True)) == ["", "QUANTITY_NOT_OPEN"]
        assert sources(shop)["order"] == [("A", 4)]


# -- two pickers handle the same line --------------------------------------------------------------------------------------


def picked() -> int:
    return int(CustomerOrderLine.objects.get().picked)


def two_pickers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Both have version 1 of the order on their screen and pick two of its four pieces."""
    shop.is_ordered(milk(4))
    shop.comes_in()
    (order,) = open_orders()
    first_gate, second_gate = Gate(), Gate()

    def stop_seen(*arguments: Any) -> Any:
        lines = open_lines(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return lines

    monkeypatch.setattr(reads, "open_lines", stop_seen)
    pick = outcome(lambda: handle_quantities(order, Verb.PICK, {1: D(2)}, 1))
    with Crowd() as crowd:
        first = crowd.start(pick)
        first_gate.wait()
        second = crowd.start(pick)
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
    monkeypatch.setattr(reads, "fetch_all", unlocked)
    assert two_pickers(shop, monkeypatch) == [2, "ORDER_CHANGED"]
    assert picked() == 2


def any_version(order_id: int, version: int | None) -> int:
    """A change of the order that does not compare."""
    return int(fetch_all("UPDATE orders_customerorder SET version = version + 1 WHERE order_id = %s RETURNING version", [order_id])[0][0])


def test_two_pickers_without_the_version(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second picks two more, which it never saw on its screen."""
    monkeypatch.setattr(writes, "next_version", any_version)
    assert two_pickers(shop, monkeypatch) == [2, 3]
    assert picked() == 4


def test_two_pickers_without_the_lock_and_the_version(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are told that they picked two; two of the four are lost."""
    monkeypatch.setattr(reads, "fetch_all", unlocked)
    monkeypatch.setattr(writes, "next_version", any_version)
    assert two_pickers(shop, monkeypatch) == [2, 3]
    assert picked() == 2


# -- one request, three times at once --------------------------------------------------------------------------------------


def three_times(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A till that hears nothing sends its order again, and again, while the first is still being taken."""
    order = incoming(shop, milk(4), paid="2.00")
    comes_in(shop)
    gate = Gate()
    monkeypatch.setattr(order_writes, "insert_heads", gate.around(order_writes.insert_heads))
    with Crowd() as crowd:
        futures = [crowd.start(outcome(lambda: take(order)))]
        gate.wait()
        futures += [crowd.start(outcome(lambda: take(order))) for _ in range(2)]
        wait_for(lambda: waiting() == 2 or any(future.done() for future in futures[1:]), "the others wait for the number")
        gate.open()
        return [future.result() for future in futures]


def waiting() -> int:
    """How many connections wait for somebody's row or transaction."""
    fetch_all("SELECT pg_stat_clear_snapshot()")
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return int(fetch_all(sql)[0][0])


def test_the_same_order_three_times_at_once_is_taken_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert three_times(shop, monkeypatch) == ["new", "unchanged", "unchanged"]
    assert (SalesOrder.objects.count(), numbers(Reservation.objects.values_list("quantity", flat=True))) == (1, [4])
    assert {row["voucher"] for row in shop.exports("vouchers")} == {"CO1-DEP"}
    shop.must_be_sound()


def test_the_same_order_three_times_without_waiting_for_the_number(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unique number is the last guard: the others are refused by the database, and the till would not know that its order stands."""

    def insists(sql: str, parameters: Any = ()) -> list[Any]:
        return fetch_all(sql.replace("ON CONFLICT (number) DO NOTHING", ""), parameters)

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
    with Crowd() as crowd:
        futures = [crowd.start(ask)]
        gate.wait()
        futures += [crowd.start(ask) for _ in range(2)]
        wait_for(lambda: waiting() == 2, "the others wait for the order")
        gate.open()
        asked = [future.result() for future in futures]
    assert [len(deliveries) for deliveries in asked] == [1, 0, 0]
    with Crowd() as crowd:
        for future in [crowd.start(lambda: finish_here(asked[0], "worker")) for _ in range(3)]:
            future.result()
    finish_here(asked[0], "the rest")
    assert [row["invoice"] for row in shop.exports("invoices")] == ["CO1-I1"]
    shop.must_be_sound()


# -- two workers of one lane -----------------------------------------------------------------------------------------------


def two_workers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries in one lane; the first worker stops before the first of them, the second comes and goes as far as it can."""
    for quantity in (4, 3):
        shop.is_ordered(milk(quantity), delivery="carry_out", paid=str(D(quantity) * D("1.59")))
    shop.comes_in()
    asked = reads.deliveries_in_work()
    monkeypatch.setattr(running, "CHUNK_LINES", 1)
    gate = Gate()
    monkeypatch.setattr(deliveries, "invoice_deliveries", gate.around(invoice_deliveries, after=False))
    with Crowd() as crowd:
        first = crowd.start(lambda: finish_here(asked, "first"))
        gate.wait()
        second = crowd.start(lambda: finish_here(asked, "second"))
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second worker comes to its end, or to a lock")
        gate.open()
        first.result()
        second.result()


def test_two_workers_of_one_lane_invoice_in_the_order_of_asking(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    two_workers(shop, monkeypatch)
    assert sources(shop)["order"] == [("A", 4), ("A", 1), ("CO-DEF", 2)]
    shop.must_be_sound()


def test_two_workers_without_the_lane_lock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The later order overtakes the earlier one and gets its batch."""
    remove_lanes(monkeypatch)
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
    late = WORK.look()(asked, token, "late")
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
    monkeypatch.setattr(deliveries, "hold_documents", lambda table, document_ids, token: set(document_ids))
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
    with Crowd() as crowd:
        futures: list[Future[object]] = [crowd.start(outcome(lambda order=order: take(order))) for order in new]  # type: ignore[misc]
        futures.append(crowd.start(outcome(lambda: handle_quantities(picked_order, Verb.PICK, {2: D(1)}, 1))))
        futures += [crowd.start(lambda: run("invoice_orders", "--inline").status) for _ in range(2)]
        futures.append(crowd.start(lambda: run("post_statements", "--inline").status))
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
