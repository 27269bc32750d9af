"""Workers that die while they invoice deliveries: at every query and every commit, and what is left ends as if nothing had happened.

As in test_crashes.py, each point kills a process of its own that works a store of its own, and all stores have the same orders.
"""

import re
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import psutil
import pytest
from django.db import connection, transaction
from django.db.models import Q

from core.db.bulk import execute
from core.jobs.models import Job
from core.jobs.queue.services import enqueue
from core.jobs.queue.services.run_partitions import work_partitions
from core.jobs.tasks import watchdog
from core.lib.messages import Message
from orders.models import Customer, CustomerOrderLine, Delivery, OrderProblem, Reservation, SalesOrder
from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine, NewOrder, OrderReturn
from orders.rules.till_lines import OrderPaymentData
from orders.services.delivery_queue import WORK, finish_here, request_deliveries, rescue_interrupted
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.place_orders import place_orders
from orders.tasks import post_deliveries
from retailhq.embedded.supervise import Crew
from tests.concurrency.parallel import Child, KillPoint, end_children, somebody_waits_for_a_lock, wait_for, wait_until_partitions_are_free
from tests.statements.chunks import cut_into
from tests.statements.retail_chain import LONG_AGO, MILK, NOON, SOAP, RetailChain, exported, must_be_sound

KINDS = ("order-allocations", "on-hand", "inventory-transactions", "vouchers", "invoices", "batch-debt")
STRICT = "STRICT"
STARTING = 90.0  # seconds that a worker may take on a busy machine
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def chain(transactional_db: None) -> Iterator[RetailChain]:
    """Both default batches are on; STRICT may not go below zero and is never there."""
    chain = RetailChain()
    chain.set(customer_orders_use_default_batch_id=True, customer_orders_default_batch_id="CO-DEF")
    Customer.objects.create(code="REGULAR", name="Regular customer")
    for item in (MILK, SOAP):
        chain.item(item)
    chain.item(STRICT, negative=False)
    yield chain
    end_children()
    connection.close()


@pytest.fixture
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker listens here: the tests are the workers."""
    monkeypatch.setattr(enqueue, "dispatch", lambda work, job_id: True)


def order(
    number: str, *wanted: tuple[str, int], delivery: str = "pickup", paid: str = "0", back: OrderReturn | None = None
) -> IncomingOrder:
    """An order of these items at 2.00 a piece, of the store that its number begins with."""
    lines = tuple(
        NewLine(place, item, Decimal(count), "pcs", Decimal(2), Decimal(0), Decimal(2 * count), Decimal(0), "", delivery, back)
        for place, (item, count) in enumerate(wanted, start=1)
    )
    payments = (OrderPaymentData(1, "cash", Decimal(paid)),) if Decimal(paid) else ()
    total = sum((line.net for line in lines), Decimal(0))
    store = number.partition("-")[0]
    taken = NewOrder(number, store, "REGULAR", NOON, delivery, "USD", "", lines, payments, total, Decimal(0), total)
    return IncomingOrder(taken, order_digest(taken))


def take(orders: Sequence[IncomingOrder]) -> None:
    taken = place_orders(orders, "import", "test")
    assert len(taken.new) == len(orders), taken


def make_orders(chain: RetailChain, stores: Iterable[str]) -> dict[str, int]:
    """Each store's orders, asked to be invoiced, with something of everything; its warehouse.

    Reserved and on the default batch, with a deposit and on account, taken along, failing, and a return of an order that was invoiced.
    """
    partitions = {}
    for store in stores:
        place = chain.store(store).warehouse
        assert place is not None
        partitions[store] = place.pk
        chain.stock(4, "A", store=store, received=LONG_AGO)
        chain.stock(9, item=SOAP, store=store, received=LONG_AGO)
    take([order(f"{store}-0", (MILK, 2)) for store in partitions])
    finish_here(ask(partitions), "before")
    take([order(f"{store}-1", (MILK, 5), (SOAP, 2), paid="6") for store in partitions])
    take([order(f"{store}-2", (SOAP, 3), (MILK, 1), delivery="carry_out", paid="8") for store in partitions])
    take([order(f"{store}-3", (STRICT, 1), (MILK, 1), delivery="ship") for store in partitions])
    take([order(f"{store}-4", (MILK, -1), back=OrderReturn(f"{store}-0", 1)) for store in partitions])
    ask(partitions)
    return partitions


def ask(stores: Iterable[str]) -> list[int]:
    """Asks for everything that is open in the stores; the deliveries."""
    orders = open_orders(Q(number__in=[f"{store}-{number}" for store in stores for number in range(5)]))
    return request_deliveries(orders, Verb.INVOICE, None, "test", to_workers=False)[1]


def found_by_store() -> dict[str, Rows]:
    """What is exported of each store and what its orders say of themselves, with the store's code taken out; receipts left out."""
    rows: list[tuple[str, tuple[object, ...]]] = [
        (kind, row) for kind, found in exported(KINDS).items() for row in found if "receipt" not in row
    ]
    rows += [("orders", row) for row in SalesOrder.objects.order_by("number").values_list("number", "status", "error_code", "error_text")]
    line = ("order_line__order__number", "order_line__line_number")
    stages = CustomerOrderLine.objects.order_by(*line).values_list(*line, "ordered", "picked", "packed", "invoiced", "cancelled")
    rows += [("stages", row) for row in stages]
    money = ("customer_order__deposit_used", "customer_order__invoiced", "customer_order__version")
    rows += [("money", row) for row in SalesOrder.objects.order_by("number").values_list("number", *money)]
    rows += [("reserved", row) for row in Reservation.objects.order_by(*line).values_list(*line, "batch__number", "quantity")]
    problem = ("order__number", "code", "missing_quantity", "message")
    rows += [("problems", row) for row in OrderProblem.objects.order_by("order__number", "id").values_list(*problem)]
    delivery = ("order__number", "ordinal", "error_code", "work_state", "net")
    rows += [("deliveries", row) for row in Delivery.objects.order_by("order__number", "ordinal").values_list(*delivery)]
    found: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
    for kind, row in rows:
        code = re.search(r"K\d+", " ".join(map(str, row)))
        assert code is not None, row
        found[code[0]][kind].append(tuple(str(value).replace(code[0], "K") if isinstance(value, str | Message) else value for value in row))
    return found


@pytest.mark.usefixtures("nothing_is_sent")
def test_a_worker_killed_at_any_point_changes_nothing(chain: RetailChain) -> None:
    undisturbed, counted = make_orders(chain, ["K1", "K2"]).values()
    work_partitions(WORK, [undisturbed], "test")
    kill_point = KillPoint()
    kill_point.arm(lambda: work_partitions(WORK, [counted], "test"))
    points = range(1, kill_point.count + 1)
    assert len(points) >= 50

    killed = make_orders(chain, [f"K{point + 2}" for point in points])
    connection.close()
    for point, partition in zip(points, killed.values(), strict=True):
        child = Child(lambda point=point, partition=partition: KillPoint(point).arm(lambda: work_partitions(WORK, [partition], "test")))  # type: ignore[misc]
        assert child.wait() == -signal.SIGKILL
    wait_until_partitions_are_free()
    left = Delivery.objects.filter(work_state="running").count()
    assert left > 2 * len(points), "most of them die with all four deliveries in their hands"

    assert rescue_interrupted()["requeued"] == left
    work_partitions(WORK, killed.values(), "test")
    found = found_by_store()
    expected = found.pop("K1")
    assert {"order-allocations", "on-hand", "vouchers", "invoices", "batch-debt", "stages", "problems"} <= set(expected)
    assert {row[0]: row[2] for row in expected["deliveries"] if row[2]} == {"K-3": "NEGATIVE_NOT_ALLOWED"}
    assert {row[3] for row in expected["deliveries"]} == {""}
    for store, rows in found.items():
        assert rows == expected, store
    must_be_sound()


@pytest.mark.usefixtures("nothing_is_sent")
def test_a_worker_killed_again_while_it_resumes(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each delivery is a chunk of its own; each life goes a little further than the one before."""
    cut_into(monkeypatch, 1)
    undisturbed, interrupted = make_orders(chain, ["K1", "K2"]).values()
    work_partitions(WORK, [undisturbed], "test")
    connection.close()
    deaths = 0
    while Child(lambda: KillPoint(80).arm(lambda: work_partitions(WORK, [interrupted], "test"))).wait() == -signal.SIGKILL:
        deaths += 1
        assert deaths < 20
        wait_until_partitions_are_free()
    assert deaths >= 2
    found = found_by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()


@pytest.mark.usefixtures("nothing_is_sent")
@pytest.mark.parametrize(
    "before", ["INSERT INTO orders_invoice ", "UPDATE orders_customerorder "], ids=["before the invoice", "at its end"]
)
def test_a_frozen_worker_that_wakes_up_writes_nothing_more(chain: RetailChain, before: str) -> None:
    """Stopped between issue and invoice, rows and partition in its hands; the watchdog ends its connection, another one invoices."""
    undisturbed, frozen = make_orders(chain, ["K1", "K2"]).values()
    work_partitions(WORK, [undisturbed], "test")
    connection.close()
    child = Child(lambda: KillPoint(before=before, number=signal.SIGSTOP).arm(lambda: work_partitions(WORK, [frozen], "test")))
    child.wait_until_stopped()
    assert rescue_interrupted(quiet_seconds=0)["requeued"] == 4
    assert Delivery.objects.filter(work_state="queued").count() == 4
    child.go_on()
    assert child.wait() == 1
    assert Delivery.objects.filter(work_state="queued").count() == 4
    work_partitions(WORK, [frozen], "test")
    found = found_by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()


# -- delivered more than once ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_is_sent")
@pytest.mark.parametrize("times", [2, 3])
def test_a_task_that_is_delivered_again_changes_nothing(chain: RetailChain, times: int) -> None:
    partitions = make_orders(chain, ["K1", "K2"])
    (job,) = Job.objects.filter(finished_at=None).order_by("id")[:1]
    connection.close()
    workers = [Child(lambda: [post_deliveries(job.pk, [partition]) for partition in partitions.values()]) for _ in range(times)]
    assert [worker.wait() for worker in workers] == [0] * times
    wait_until_partitions_are_free()
    post_deliveries(job.pk, list(partitions.values()))
    before = found_by_store()
    assert before["K1"] == before["K2"]
    assert not Delivery.objects.exclude(work_state="").exists()
    for _ in range(times):
        post_deliveries(job.pk, list(partitions.values()))
        watchdog()
    assert found_by_store() == before
    assert not Job.objects.filter(finished_at=None).exists()
    must_be_sound()


# -- a real worker ---------------------------------------------------------------------------------------------------------


def test_a_real_worker_that_is_killed_while_it_invoices(chain: RetailChain, start_worker: Callable[..., Crew]) -> None:
    """It waits for the order's row with four claimed deliveries in its hands when the whole of it is killed; the next one goes on."""
    partitions = make_orders(chain, ["K1", "K2"])
    work_partitions(WORK, [partitions["K1"]], "test")
    crew = start_worker(concurrency=1)
    with transaction.atomic():
        execute("SELECT FROM orders_salesorder WHERE number = 'K2-2' FOR UPDATE")
        assert rescue_interrupted(0)["dispatched"] >= 1
        wait_for(somebody_waits_for_a_lock, "the worker waits for the order", STARTING)
        master = psutil.Process(crew.pids()["worker"])
        for process in [*master.children(recursive=True), master]:
            process.kill()
    wait_until_partitions_are_free()
    assert Delivery.objects.filter(work_state="running").count() == 4
    assert rescue_interrupted()["requeued"] == 4
    wait_for(lambda: crew.look_after() and not Job.objects.filter(finished_at=None).exists(), "the next worker invoices", STARTING)
    found = found_by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()
