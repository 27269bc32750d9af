"""Workers that die or freeze: at every query and at every commit of a posting, and what is left ends as if nothing had happened.

Each point kills a process of its own that posts a store of its own. All stores have the same day, so each must end like the one that
was posted undisturbed.
"""

import re
import signal
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import product

import pytest
from django.db import connection

from core.jobs.queue.services import enqueue
from statements.models import Statement, StatementEvent
from statements.rules.states import POST_STATES
from statements.services.posting import postable_statements, request_posting, rescue_interrupted
from statements.services.runner import post_partitions
from tests.concurrency.parallel import Child, KillPoint, end_children, wait_until_partitions_are_free
from tests.statements.chunks import cut_into, work_step_by_step
from tests.statements.retail_chain import DAY, MILK, SOAP, RetailChain, count_rows, exported, line, must_be_sound

KINDS = ("allocations", "on-hand", "inventory-transactions", "statements", "vouchers", "invoices", "batch-debt")
Export = dict[str, list[tuple[str, ...]]]


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No worker listens here: the tests are the workers."""
    monkeypatch.setattr(enqueue, "dispatch", lambda work, job_id: True)
    yield
    end_children()
    connection.close()


def make_day(chain: RetailChain, store: str, days: int = 1) -> int:
    """A day with something for every state: batches, the default batch, returns, two customers, gift card, cash events; its warehouse."""
    chain.store(store)
    for day in range(days):
        chain.stock(3, f"A{day}", store=store, expires=DAY + timedelta(days=5))
        numbers = iter(f"{day}-{number}" for number in range(99))
        sold = chain.sale(line(MILK, 5), line(SOAP, 2), store=store, day=day, at=1, number=next(numbers), method="gift_card")
        chain.takes_back(sold[0], 1, store=store, day=day, at=2, number=next(numbers))
        chain.sale(line(MILK, 1, discount=Decimal("0.50")), store=store, day=day, at=3, customer="C1", number=next(numbers))
        chain.event("income", "7.00", store=store, day=day, at=4, number=next(numbers))
        chain.event("bank_drop", "3.00", store=store, day=day, at=5, number=next(numbers))
    warehouse = chain.stores[store].warehouse
    assert warehouse is not None
    return warehouse.pk


def ask() -> None:
    """Queues everything that is calculated."""
    request_posting(postable_statements(), None, "test", to_workers=False)


def by_store() -> dict[str, Export]:
    """What is exported of each store, with the store's code taken out, and goods received left out: each has receipts of its own."""
    found: dict[str, Export] = defaultdict(lambda: defaultdict(list))
    for kind, rows in exported(KINDS).items():
        for row in rows:
            if "receipt" in row:
                continue
            code = re.search(r"K\d+", " ".join(row))
            assert code is not None, row
            found[code[0]][kind].append(tuple(value.replace(code[0], "K") for value in row))
    return found


def states_after_death(store: str) -> str:
    return Statement.objects.get(store__code=store).post_state


@pytest.mark.parametrize("way", ["at once", "step by step"])
def test_a_worker_killed_at_any_point_changes_nothing(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """With all states in one transaction a death leaves nothing or everything; with one for each state, any of them."""
    if way == "step by step":
        work_step_by_step(monkeypatch)
    undisturbed = make_day(chain, "K1")
    counted = make_day(chain, "K2")
    chain.calculates()
    ask()
    post_partitions([undisturbed], "test")
    kill_point = KillPoint()
    kill_point.arm(lambda: post_partitions([counted], "test"))
    points = range(1, kill_point.count + 1)
    assert len(points) >= (60 if way == "at once" else 100)

    killed = {point: make_day(chain, f"K{point + 2}") for point in points}
    chain.calculates()
    ask()
    connection.close()
    for point, warehouse in killed.items():
        child = Child(lambda point=point, warehouse=warehouse: KillPoint(point).arm(lambda: post_partitions([warehouse], "test")))  # type: ignore[misc]
        assert child.wait() == -signal.SIGKILL
    wait_until_partitions_are_free()
    # Deaths are spread over all states, those before the first and after the last included.
    left = {states_after_death(f"K{point + 2}") for point in points}
    assert left == ({"", "Posted"} if way == "at once" else {"", *map(str, POST_STATES)})
    assert Statement.objects.filter(work_state="running").count() > len(points) / 2

    rescued = rescue_interrupted()
    assert rescued["requeued"] == StatementEvent.objects.filter(event="interrupted").count()
    assert not Statement.objects.filter(work_state="running").exists()
    post_partitions(killed.values(), "test")
    assert set(chain.states().values()) == {("Posted", "", "")}
    found = by_store()
    expected = found.pop("K1")
    assert len(expected) == len(KINDS)
    for store, rows in found.items():
        assert rows == expected, store
    log: dict[int, list[str]] = defaultdict(list)
    for statement, state in StatementEvent.objects.filter(event="completed").order_by("id").values_list("statement", "state"):
        log[statement].append(state)
    assert all(states == ["Calculated", *map(str, POST_STATES)] for states in log.values()), "each state is logged once, whoever reached it"
    must_be_sound()


def test_a_worker_killed_again_while_it_resumes(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each life goes a little further than the one before; the days are posted after as many deaths as it takes."""
    work_step_by_step(monkeypatch)
    cut_into(monkeypatch, 1)
    undisturbed = make_day(chain, "K1", days=4)
    interrupted = make_day(chain, "K2", days=4)
    chain.calculates()
    ask()
    post_partitions([undisturbed], "test")
    connection.close()
    deaths = 0
    while Child(lambda: KillPoint(70).arm(lambda: post_partitions([interrupted], "test"))).wait() == -signal.SIGKILL:
        deaths += 1
        assert deaths < 50
        wait_until_partitions_are_free()
    assert deaths >= 4
    assert set(chain.states().values()) == {("Posted", "", "")}
    found = by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()


def test_a_frozen_worker_that_wakes_up_writes_nothing_more(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped while it invoices the first day, rows and partition in its hands; awake again, it must not touch the second day either."""
    undisturbed = make_day(chain, "K1", days=2)
    frozen = make_day(chain, "K2", days=2)
    chain.calculates()
    ask()
    post_partitions([undisturbed], "test")
    cut_into(monkeypatch, 1)
    connection.close()
    kill_point = KillPoint(before="INSERT INTO orders_invoice ", number=signal.SIGSTOP)
    child = Child(lambda: kill_point.arm(lambda: post_partitions([frozen], "test")))
    child.wait_until_stopped()
    assert [row.work_state for row in Statement.objects.filter(store__code="K2").order_by("business_date")] == ["running", "queued"]
    assert rescue_interrupted(quiet_seconds=0)["requeued"] == 1
    before, states = count_rows(), chain.states()
    child.go_on()
    assert child.wait() == 1
    assert (count_rows(), chain.states()) == (before, states)
    assert set(Statement.objects.filter(store__code="K2").values_list("work_state", flat=True)) == {"queued"}
    post_partitions([frozen], "test")
    found = by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()


def make_shared_days(chain: RetailChain, first: int) -> None:
    """Eight stores of five warehouses, three days; stock that does not last, and one customer's orders that fail."""
    for number in range(8):
        store = f"K{first + number}"
        chain.store(store, beside=f"K{first + number - 5}" if number >= 5 else "")
        chain.stock(9, "A", store=store, expires=DAY + timedelta(days=1))
        chain.stock(5, "B", store=store)
        for day, at in product(range(3), range(3)):
            items = line("HONEY", 1) if (at, number) == (1, 2) else line(SOAP, at)
            chain.sale(line(MILK, 2 + at), items, customer=f"C{at}", store=store, day=day, at=10 * at + number, number=f"{day}{at}")


def exported_of(first: int) -> Export:
    """Exports of the stores from that number on, as if they were counted from 0."""
    found: Export = defaultdict(list)
    for kind, rows in exported(KINDS).items():
        for row in rows:
            if f"K{first // 10}" in " ".join(row) and "receipt" not in row:
                found[kind].append(tuple(re.sub(rf"K{first // 10}(\d)", r"K\1", value) for value in row))
    return found


def test_one_worker_and_four_give_the_same(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.item("HONEY", negative=False)
    make_shared_days(chain, 10)
    make_shared_days(chain, 20)
    chain.calculates()
    ask()
    cut_into(monkeypatch, 8)
    one, four = (
        sorted(set(Statement.objects.filter(store__code__startswith=prefix).values_list("warehouse_id", flat=True)))
        for prefix in ("K1", "K2")
    )
    post_partitions(one, "test")
    connection.close()
    # Each begins at another partition and comes to all of them.
    turns = [four[start:] + four[:start] for start in range(4)]

    def post_in_turn(partitions: list[int]) -> None:
        for partition in partitions:
            post_partitions([partition], "test")

    children = [Child(partial(post_in_turn, turn)) for turn in turns]
    assert [child.wait() for child in children] == [0] * 4
    post_partitions(four, "the rest")
    assert {row.post_state for row in chain.statements()} == {"Posted", "Customer order created"}
    expected, found = exported_of(10), exported_of(20)
    for kind in KINDS:
        assert found[kind] == expected[kind], kind
    must_be_sound()
