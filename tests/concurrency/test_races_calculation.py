"""Two at once around calculation, and everybody at once; each race is shown to happen without its guard."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from core.db.bulk import execute, fetch_all, fetch_as
from inventory.models import OnHand
from inventory.services.receipts import import_receipts
from statements.models import PosTransaction, Statement
from statements.queries import calculation as calculation_reads
from statements.services import calculation
from statements.services.calculation import calculate_statements
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import post_partitions
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.concurrency.test_races import partitions, queue, receipt_into
from tests.statements.chunks import cut_into
from tests.statements.retail_chain import MILK, SOAP, RetailChain, line, must_be_sound

D = Decimal
POSTED = ("Posted", "", "")


# -- calculation -----------------------------------------------------------------------------------------------------------


def two_calculations(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The second begins when the first has looked but not written; gives the new statements of each, or what the database refused."""
    gate = Gate()
    monkeypatch.setattr(calculation_reads, "store_days", gate.around(calculation_reads.store_days))

    def calculate() -> object:
        done = calculate_statements()
        return [str(problem.params["reason"]) for problem in done.failed] or done.new

    with ThreadGroup() as threads:
        first = threads.start(calculate)
        gate.wait()
        second = threads.start(calculate)
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second calculation meets the first")
        gate.open()
        return [first.result(), second.result()]


def test_two_calculations_do_the_work_once(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.sells(1)
    chain.sells(1, store="S2")
    assert two_calculations(monkeypatch) == [2, 0]
    assert Statement.objects.count() == 2
    assert not PosTransaction.objects.filter(statement=None).exists()
    must_be_sound()


def test_two_calculations_without_their_lock(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses the second statement of the day; the store is named as one that could not be calculated."""
    monkeypatch.setattr(calculation, "lock_for_transaction", lambda namespace, keys: None)
    chain.sells(1)
    refused, new = two_calculations(monkeypatch)
    assert isinstance(refused, list)
    assert "statement_once_per_day" in refused[0]
    assert (len(refused), new, Statement.objects.count()) == (1, 1, 1)


def calculation_meets_posting(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further receipt is being added to the open statement when somebody posts it."""
    chain.sells(1)
    chain.calculates()
    chain.sells(2)
    gate = Gate()
    monkeypatch.setattr(calculation_reads, "store_days", gate.around(calculation_reads.store_days))
    ids = postable_statements()
    with ThreadGroup() as threads:
        calculating = threads.start(calculate_statements)
        gate.wait()
        asking = threads.start(lambda: request_posting(ids, None, "test", to_workers=False))
        wait_for(lambda: somebody_waits_for_a_lock() or asking.done(), "the click meets the calculation")
        gate.open()
        calculating.result()
        asking.result()
    post_partitions(partitions(), "test")


def test_a_statement_is_not_posted_while_receipts_are_added(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    calculation_meets_posting(chain, monkeypatch)
    statement = Statement.objects.get()
    assert (statement.post_state, statement.transaction_count, statement.total) == ("Posted", 2, D(6))
    must_be_sound()


def test_calculation_without_its_hold_on_open_statements(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement is queued under its hands: the receipt finds no statement to stand on, though calculation says that it does."""

    def unlocked(row_type: Any, sql: str) -> list[Any]:
        return fetch_as(row_type, sql.replace("FOR NO KEY UPDATE OF t", ""))

    monkeypatch.setattr(calculation_reads, "fetch_as", unlocked)
    calculation_meets_posting(chain, monkeypatch)
    assert PosTransaction.objects.filter(statement=None).count() == 1


def test_calculation_takes_statements_in_the_order_in_which_posting_does(chain: RetailChain) -> None:
    """By id. Here the store that comes first has the later statement: whoever goes by store holds it while it waits for the other."""
    for store in ("S1", "S2"):
        chain.store(store)
    chain.sells(1, store="S2")
    chain.calculates()
    chain.sells(1, store="S1")
    chain.calculates()
    first, second = Statement.objects.order_by("id")
    assert (first.store.code, second.store.code) == ("S2", "S1")
    for store in ("S1", "S2"):
        chain.sells(2, store=store)
    with ThreadGroup() as threads:
        with transaction.atomic():
            execute("SELECT FROM statements_statement WHERE id = %s FOR NO KEY UPDATE", [first.pk])
            calculating = threads.start(calculate_statements)
            wait_for(somebody_waits_for_a_lock, "calculation waits for the first statement")
            free = fetch_all("SELECT id FROM statements_statement WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [second.pk])
        calculating.result()
    assert free == [(second.pk,)]


# -- everybody at once -----------------------------------------------------------------------------------------------------


def test_many_partitions_and_imports_at_once(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve stores in six warehouses, four workers without any order among them, goods coming in: no deadlock, everything adds up."""
    for number in range(12):
        chain.store(f"S{number}", beside=f"S{number - 6}" if number >= 6 else "")
        chain.stock(6, store=f"S{number}", batch=f"B{number % 6}")
        for day in range(2):
            chain.sale(line(MILK, 4), line(SOAP, 1), store=f"S{number}", day=day)
    queue(chain)
    cut_into(monkeypatch, 1)
    before = deadlocks()
    everywhere = partitions()
    rows = [receipt_into(f"W-S{number}", f"N{number}", MILK, f"B{number}", 1) for number in range(6)]
    with ThreadGroup() as threads:
        futures = [threads.start(lambda: post_partitions(everywhere, "worker")) for _ in range(4)]
        imports = [threads.start(lambda row=row: import_receipts([row])) for row in rows]  # type: ignore[misc]  # bound early
        for future in futures:
            future.result()
        for coming in imports:
            coming.result()
    assert post_partitions(everywhere, "the rest") is False
    assert set(chain.states().values()) == {POSTED}
    assert deadlocks() == before
    received = 12 * 6 + 6
    milk = OnHand.objects.filter(item=chain.items[MILK])
    assert sum(row.physical for row in milk) == received - 12 * 2 * 4
    assert all(row.physical >= 0 for row in milk.filter(batch__is_default_batch=False))
    must_be_sound()


@pytest.fixture(autouse=True)
def connections_are_closed() -> Iterator[None]:
    yield
    connection.close()
