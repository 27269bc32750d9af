"""Workers that die or freeze: at every statement and at every commit of a posting, and what is left ends as if nothing had happened.

Each point kills a process of its own that posts a store of its own. All stores have the same day, so each must end like the one that
was posted undisturbed.
"""

import re
import signal
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from retailhq.db.bulk import fetch_value
from statements.models import Statement, StatementEvent
from statements.rules.states import POST_STATES
from statements.services import posting, runner
from statements.services.posting import postable_statements, request_posting, rescue_interrupted
from statements.services.runner import run_lanes
from tests.concurrency.parallel import Child, Fuse, wait_for
from tests.statements.town import DAY, MILK, SOAP, Town, count_rows, exported, line, must_be_sound

LANES_HELD = (
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() AND classid = 71001"
)
KINDS = ("allocations", "on-hand", "inventory-transactions", "statements", "vouchers", "invoices", "batch-debt")
Export = dict[str, list[tuple[str, ...]]]


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No worker listens here: the tests are the workers."""
    monkeypatch.setattr(posting, "dispatch", lambda job_id: True)
    yield
    connection.close()


def make_day(town: Town, store: str, days: int = 1) -> int:
    """A day with something for every state: batches, the default batch, returns, two customers, gift card, cash events; its warehouse."""
    town.store(store)
    for day in range(days):
        town.stock(3, f"A{day}", store=store, expires=DAY + timedelta(days=5))
        numbers = iter(f"{day}-{number}" for number in range(99))
        sold = town.sale(line(MILK, 5), line(SOAP, 2), store=store, day=day, at=1, number=next(numbers), method="gift_card")
        town.takes_back(sold[0], 1, store=store, day=day, at=2, number=next(numbers))
        town.sale(line(MILK, 1, discount=Decimal("0.50")), store=store, day=day, at=3, customer="C1", number=next(numbers))
        town.event("income", "7.00", store=store, day=day, at=4, number=next(numbers))
        town.event("bank_drop", "3.00", store=store, day=day, at=5, number=next(numbers))
    warehouse = town.stores[store].warehouse
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
            code = re.search(r"K\d+", " ".join(row))
            assert code is not None, row
            if "receipt" not in row:
                found[code[0]][kind].append(tuple(value.replace(code[0], "K") for value in row))
    return found


def all_dead() -> None:
    """The server has noticed that its clients are gone."""
    wait_for(lambda: fetch_value(LANES_HELD) == 0, "all lanes are free")


def states_after_death(store: str) -> str:
    return Statement.objects.get(store__code=store).post_state


def test_a_worker_killed_at_any_point_changes_nothing(town: Town) -> None:
    undisturbed = make_day(town, "K1")
    counted = make_day(town, "K2")
    town.calculates()
    ask()
    run_lanes([undisturbed], "test")
    fuse = Fuse(None)
    fuse.light(lambda: run_lanes([counted], "test"))
    points = range(1, fuse.count + 1)
    assert len(points) >= 100

    killed = {point: make_day(town, f"K{point + 2}") for point in points}
    town.calculates()
    ask()
    connection.close()
    for point, warehouse in killed.items():
        child = Child(lambda point=point, warehouse=warehouse: Fuse(point).light(lambda: run_lanes([warehouse], "test")))  # type: ignore[misc]
        assert child.wait() == -signal.SIGKILL
    all_dead()
    # Deaths are spread over all states, those before the first and after the last included.
    assert {states_after_death(f"K{point + 2}") for point in points} == {"", *map(str, POST_STATES)}
    assert Statement.objects.filter(work_state="running").count() > len(points) / 2

    rescued = rescue_interrupted()
    assert rescued["requeued"] == StatementEvent.objects.filter(event="interrupted").count()
    assert not Statement.objects.filter(work_state="running").exists()
    run_lanes(killed.values(), "test")
    assert set(town.states().values()) == {("Posted", "", "")}
    found = by_store()
    expected = found.pop("K1")
    assert len(expected) == len(KINDS)
    for store, rows in found.items():
        assert rows == expected, store
    must_be_sound()


def test_a_worker_killed_again_while_it_resumes(town: Town) -> None:
    """Each life goes a little further than the one before; the day is posted after as many deaths as it takes."""
    undisturbed = make_day(town, "K1", days=2)
    mortal = make_day(town, "K2", days=2)
    town.calculates()
    ask()
    run_lanes([undisturbed], "test")
    connection.close()
    deaths = 0
    while Child(lambda: Fuse(25).light(lambda: run_lanes([mortal], "test"))).wait() == -signal.SIGKILL:
        deaths += 1
        assert deaths < 50
        all_dead()
    assert deaths >= 4
    assert set(town.states().values()) == {("Posted", "", "")}
    found = by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()


def test_a_frozen_worker_that_wakes_up_writes_nothing_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle of invoicing the first day, rows and lane in its hands; awake again, it must not touch the second day either."""
    undisturbed = make_day(town, "K1", days=2)
    frozen = make_day(town, "K2", days=2)
    town.calculates()
    ask()
    run_lanes([undisturbed], "test")
    monkeypatch.setattr(runner, "CHUNK_LINES", 1)
    connection.close()
    child = Child(lambda: Fuse(45, signal.SIGSTOP).light(lambda: run_lanes([frozen], "test")))
    child.wait_until_stopped()
    assert [row.work_state for row in Statement.objects.filter(store__code="K2").order_by("business_date")] == ["running", "queued"]
    Statement.objects.filter(work_state="running").update(heartbeat_at=DAY)
    assert rescue_interrupted(quiet_seconds=0)["requeued"] == 1
    before, states = count_rows(), town.states()
    child.go_on()
    assert child.wait() == 1
    assert (count_rows(), town.states()) == (before, states)
    assert set(Statement.objects.filter(store__code="K2").values_list("work_state", flat=True)) == {"queued"}
    run_lanes([frozen], "test")
    found = by_store()
    assert found["K1"] == found["K2"]
    must_be_sound()


def test_one_worker_and_four_give_the_same(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight stores of five warehouses, three days, some receipts that fail: posted by one process, and the same again by four."""
    town.item("HONEY", negative=False)
    for first in (10, 20):
        for number in range(first, first + 8):
            beside = f"K{number - 5}" if number >= first + 5 else ""
            town.store(f"K{number}", beside=beside)
            town.stock(9, "A", store=f"K{number}", expires=DAY + timedelta(days=1))
            town.stock(5, "B", store=f"K{number}")
            for day in range(3):
                for at in range(3):
                    place = f"{day}{at}"
                    how = {"store": f"K{number}", "day": day, "at": 10 * at + number - first, "number": place}
                    items = line("HONEY", 1) if (at, number - first) == (1, 2) else line(SOAP, at)
                    town.sale(line(MILK, 2 + at), items, customer=f"C{at}", **how)
    town.calculates()
    monkeypatch.setattr(runner, "CHUNK_LINES", 8)
    by_group = [Statement.objects.filter(store__code__startswith=f"K{letter}") for letter in "12"]
    lanes = [sorted(set(rows.values_list("warehouse_id", flat=True))) for rows in by_group]
    ask()
    run_lanes(lanes[0], "test")
    connection.close()
    children = [Child(lambda own=own: [run_lanes([lane], "test") for lane in own]) for own in rotations(lanes[1], 4)]  # type: ignore[misc]
    assert [child.wait() for child in children] == [0] * 4
    run_lanes(lanes[1], "the rest")
    assert {row.post_state for row in town.statements()} == {"Posted", "Customer order created"}
    found = by_store()
    for number in range(8):
        one = {kind: [tuple(value.replace("-K", "") for value in row) for row in rows] for kind, rows in found[f"K{10 + number}"].items()}
        four = {kind: [tuple(value.replace("-K", "") for value in row) for row in rows] for kind, rows in found[f"K{20 + number}"].items()}
        assert one == four, number
    must_be_sound()


def rotations(lanes: list[int], workers: int) -> list[list[int]]:
    """The lanes for each worker, each beginning at another one and coming to all of them."""
    return [lanes[start:] + lanes[:start] for start in range(workers)]
