"""S7: customer orders of five lines, invoiced in bulk, and one after the other as a till sees it over HTTP."""

import http.client
import json
import os
import resource
import socket
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import psutil
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from core.api.models import Token
from core.api.services import TokenRequest, create_token
from core.db.bulk import execute, fetch_all, fetch_value
from orders.queries.deliveries import open_orders
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine, NewOrder
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.place_orders import place_orders
from retailhq.bench.databases import PREFIX, database, database_url, fresh_copy
from retailhq.bench.effort import QueryCounter, processor_time
from retailhq.bench.figures import Figure
from retailhq.bench.generate import ITEMS, Size, generate
from retailhq.embedded.control import start_needed
from retailhq.embedded.supervise import Crew, web_command, worker_command

LINES = 5
BATCH = 1_000  # orders taken at once
STORES = 20
ORDERED_AT = datetime(2026, 1, 5, 15, tzinfo=UTC)
BUYER = "BENCH"  # buys on account
WARM_UP = 20  # calls before the clock counts
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Invoiced:
    """What a bulk run took: wall seconds of asking and of invoicing, and what else is told of it.

    `busy` are the seconds in all that this process and its database session were at work, which neighbours on the machine do not change;
    `megabytes` the peak memory of this process.
    """

    asked: float
    invoiced: float
    busy: float
    orders: int
    queries: int
    megabytes: float


def order(number: int, delivery: str = "pickup") -> IncomingOrder:
    """An order of five lines, some 60 % of them batch-tracked; one item in twenty has no batch and goes to the default batch."""
    lines = tuple(
        NewLine(
            place,
            f"I{1 + (number * 7919 + place * 104_729) % ITEMS}",
            Decimal(1 + place % 2),
            "each",
            Decimal(4),
            Decimal(0),
            Decimal(4 * (1 + place % 2)),
            Decimal(0),
            "",
            delivery,
            None,
        )
        for place in range(1, LINES + 1)
    )
    net = sum((line.net for line in lines), Decimal(0))
    taken = NewOrder(f"CO{number}", f"S{1 + number % STORES}", BUYER, ORDERED_AT, delivery, "USD", "", lines, (), net, Decimal(0), net)
    return IncomingOrder(taken, order_digest(taken))


def place(count: int) -> None:
    """Takes so many orders."""
    for first in range(0, count, BATCH):
        orders = [order(number) for number in range(first, min(first + BATCH, count))]
        taken = place_orders(orders, "import", "bench")
        assert len(taken.new) == len(orders), taken.refused


@contextmanager
def orders_template(count: int) -> Iterator[str]:
    """A database with so many open orders and the goods for them, to be copied from."""
    name = f"{PREFIX}_orders_{count}"
    with database(name):
        call_command("migrate", verbosity=0)
        generate(Size(2_000, STORES))
        for sql in _GOODS:
            execute(sql)
        place(count)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        connection.close()
        yield name


def invoice_all() -> Invoiced:
    """Invoices everything that is open, in this process, as `invoice_orders --inline` does."""
    counter = QueryCounter()
    backend = fetch_value("SELECT pg_backend_pid()")
    started, busy = time.perf_counter(), processor_time(backend)
    with connection.execute_wrapper(counter):
        asked = request_deliveries(open_orders(), Verb.INVOICE, None, "bench", to_workers=False)[1]
        waited = time.perf_counter()
        finish_here(asked, "bench")
    ended, busy = time.perf_counter(), (processor_time(backend) - busy) / 1000
    left = fetch_value("SELECT count(*) FROM orders_salesorder WHERE status <> 'invoiced'")
    assert left == 0, f"{left} orders are not invoiced"
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Invoiced(waited - started, ended - waited, busy, len(asked), counter.count, megabytes)


def bulk_figures(count: int, runs: int) -> Iterator[Figure]:
    """Orders per second from asking to invoiced, and queries per order."""
    with orders_template(count) as template:
        found = []
        for _ in range(runs):
            with fresh_copy(template):
                found.append(invoice_all())
    name = f"{count} orders of {LINES} lines, {STORES} stores, {runs} runs"
    rate = statistics.median(run.orders / (run.asked + run.invoiced) for run in found)
    alone = statistics.median(run.orders / run.invoiced for run in found)
    yield Figure("S7 bulk", round(rate), "orders/s", "without the asking", round(rate / alone, 3), name)
    undisturbed = statistics.median(run.orders / run.busy for run in found)
    yield Figure("S7 bulk processor time", round(undisturbed), "orders per second at work", "", None, name)
    yield Figure("S7 bulk queries", round(found[0].queries / count, 4), "queries/order", "", None, name)
    yield Figure("S7 bulk memory", round(max(run.megabytes for run in found)), "MB", "", None, name)


# -- one order as a till sees it --------------------------------------------------------------------------------------------------------


class Till:
    """Calls the API over one connection that stays open."""

    def __init__(self, port: int, secret: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def post(self, path: str, key: str, body: Mapping[str, object]) -> tuple[int, dict[str, object]]:
        """Status and body of a call."""
        self.line.request("POST", f"/api/v1/{path}", json.dumps(body), {**self.headers, "Idempotency-Key": key})
        answer = self.line.getresponse()
        return answer.status, json.loads(answer.read())


@contextmanager
def server_and_worker() -> Iterator[tuple[int, Crew]]:
    """gunicorn and one worker on the current database and a corner of the broker of their own; gives the port and the processes."""
    start_needed()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "REDIS_KEY_PREFIX": f"bench-{os.getpid()}:",
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "API_CALLS_PER_MINUTE": "100000",
        "LOG_LEVEL": "WARNING",
    }
    with socket.create_server(("127.0.0.1", 0)) as listener, Crew(environment=environment) as crew:
        crew.start("worker", worker_command(1))
        crew.start("web", web_command(listener), hand_down=(listener.fileno(),))
        yield listener.getsockname()[1], crew


def seconds_at_work(crew: Crew) -> float:
    """Seconds that web server, worker and all database sessions have worked so far."""
    masters = [psutil.Process(pid) for pid in crew.pids().values()]
    everybody = [process for master in masters for process in (master, *master.children(recursive=True))]
    everybody += [psutil.Process(pid) for (pid,) in fetch_all("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")]
    return sum(sum(process.cpu_times()[:2]) for process in everybody)


def latency_figures(orders: int, runs: int) -> Iterator[Figure]:
    """From the call that asks for the invoice, with `wait`, to its answer with the invoice; the worker has nothing else to do."""
    with orders_template(orders + WARM_UP) as template:
        found: list[list[float]] = []
        busy: list[float] = []
        for _ in range(runs):
            with fresh_copy(template):
                seconds, at_work = _call_one_by_one(orders)
                found.append(seconds)
                busy.append(at_work)
    p50, p95 = (statistics.median(statistics.quantiles(seconds, n=100)[rank - 1] for seconds in found) for rank in (50, 95))
    name = f"{orders} orders of {LINES} lines one after the other, {runs} runs"
    yield Figure("S7 latency p95", round(p95 * 1000, 1), "ms", "p50", round(p95 / p50, 2), name)
    yield Figure("S7 latency p50", round(p50 * 1000, 1), "ms", "", None, name)
    # What is left of it when nobody else is on the machine: the steps follow each other, but for the disk and the looking.
    yield Figure("S7 processor time of a call", round(statistics.median(busy) * 1000, 1), "ms, mean", "", None, name)


def _call_one_by_one(orders: int) -> tuple[list[float], float]:
    """Seconds of each call, and the mean of the seconds that everybody worked for one."""
    user, _ = User.objects.get_or_create(username="bench")
    _, secret = create_token(TokenRequest("bench", [Token.Verb.DELIVER_ORDERS], True, (), None), user)
    connection.close()
    seconds = []
    before = 0.0
    with server_and_worker() as (port, crew):
        till = Till(port, secret)
        for number in range(orders + WARM_UP):
            if number == WARM_UP:
                before = seconds_at_work(crew)
            started = time.perf_counter()
            status, body = till.post(f"customer-orders/CO{number}/pick-up?wait=60", f"bench-{number}", {})
            seconds.append(time.perf_counter() - started)
            assert status == 200, body
        busy = seconds_at_work(crew) - before
    return seconds[WARM_UP:], busy / orders


# Batches are good for years: orders are delivered today, whenever that is.
_GOODS = (
    f"INSERT INTO orders_customer (code, name, blocked) VALUES ('{BUYER}', '{BUYER}', false)",
    "UPDATE parameters_retailparameters SET customer_orders_use_default_batch_id = true, customer_orders_default_batch_id = 'ORDERS'",
    "UPDATE inventory_batch SET expires_on = expires_on + 36500",
    """
    INSERT INTO inventory_receiptline (receipt, line_number, legal_entity_id, warehouse_id, item_id, batch_id, quantity, unit_cost,
                                       received_at, content_hash)
    SELECT 'G' || w.id, row_number() OVER (PARTITION BY w.id ORDER BY i.id, b.number), w.legal_entity_id, w.id, i.id, b.id, 20,
           i.standard_cost, '2026-01-04', gen_random_uuid()
    FROM inventory_warehouse w CROSS JOIN inventory_item i JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
    LEFT JOIN inventory_batch b ON b.item_id = i.id
    WHERE b.id IS NOT NULL OR NOT t.batch_active
    """,
    """
    INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount)
    SELECT warehouse_id, item_id, batch_id, quantity, received_at::date, 1, id, quantity * unit_cost
    FROM inventory_receiptline WHERE receipt LIKE 'G%%'
    """,
    """
    INSERT INTO inventory_onhand AS o (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at)
    SELECT warehouse_id, item_id, batch_id, sum(quantity), 0, false, min(received_at) FROM inventory_receiptline
    WHERE receipt LIKE 'G%%' GROUP BY 1, 2, 3
    ON CONFLICT (warehouse_id, item_id, batch_id) DO UPDATE SET physical = o.physical + EXCLUDED.physical
    """,
    """
    INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
    SELECT warehouse_id, item_id, sum(quantity), sum(cost_amount), max(i.standard_cost), false
    FROM inventory_inventorytransaction t JOIN inventory_item i ON i.id = t.item_id GROUP BY 1, 2
    ON CONFLICT (warehouse_id, item_id) DO UPDATE SET quantity = EXCLUDED.quantity, value = EXCLUDED.value
    """,
)
