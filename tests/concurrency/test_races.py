"""Two at once: each race is shown to happen without its guard, and not to happen with it. Threads meet at gates, nobody sleeps."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from core.db.bulk import fetch_all, fetch_value
from core.jobs.models import Job
from core.jobs.queue import queries as partition_reads
from core.jobs.queue import writes as claims
from core.jobs.queue.rules import QueueEntry
from core.jobs.queue.services import run_partitions
from core.jobs.queue.spec import QueueSpec
from core.lib.imports import Row
from core.lib.problems import BusinessError
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.reservations import decide_reserved
from inventory.services import first_use
from inventory.services.receipts import import_receipts
from inventory.writes import plain_pools, takes
from inventory.writes.issues import StaleStock, insert_default_batches
from ledger.models import FiscalPeriod
from orders.services import invoices
from statements.models import Statement, StatementEvent
from statements.queries import needs as needs_reads
from statements.services import runner, steps
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import post_partitions
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.statements.chunks import cut_into, work_step_by_step
from tests.statements.retail_chain import CREATED, DAY, LONG_AGO, MILK, SOAP, RetailChain, count_rows, line, must_be_sound

D = Decimal
POSTED = ("Posted", "", "")


@contextmanager
def without_partitions(namespace: int, warehouse_ids: Collection[int]) -> Iterator[list[int]]:
    """Everybody gets every partition."""
    yield list(warehouse_ids)


def abandons_nothing(table: QueueSpec, warehouse_ids: Collection[int]) -> list[int]:
    return []


def remove_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were no partition locks; what they stand for elsewhere goes with them."""
    monkeypatch.setattr(run_partitions, "session_locks", without_partitions)
    monkeypatch.setattr(claims, "requeue_abandoned", abandons_nothing)


def remove_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On-hand rows are read as a preview reads them."""
    monkeypatch.setattr(plain_pools, "HOLD_STOCK", plain_pools.HOLD_STOCK.replace("FOR NO KEY UPDATE OF o", ""))
    # The cost rows, which are held first, keep two posters of one item apart as well.
    monkeypatch.setattr(plain_pools, "HOLD_COSTS", plain_pools.HOLD_COSTS.replace("FOR NO KEY UPDATE OF c", ""))


def queue(chain: RetailChain) -> None:
    chain.calculates()
    request_posting(postable_statements(), None, "test", to_workers=False)


def partitions() -> list[int]:
    return sorted(set(Statement.objects.values_list("warehouse_id", flat=True)))


# -- two clicks ------------------------------------------------------------------------------------------------------------


def two_clicks(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, queueing: Callable[..., list[int]]) -> list[object]:
    """Two requests to post the same statement; the second comes before the first is committed."""
    gate = Gate()
    monkeypatch.setattr(claims, "queue_documents", gate.around(queueing))
    ids = [row.pk for row in chain.calculates()]

    def click() -> object:
        try:
            return request_posting(ids, None, "test", to_workers=False).pk
        except BusinessError as error:
            return error.problems[0].code

    with ThreadGroup() as threads:
        first = threads.start(click)
        gate.wait()
        second = threads.start(click)
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second click meets the first")
        gate.open()
        return [first.result(), second.result()]


def test_a_second_click_asks_for_nothing(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.stock(5)
    chain.sells(2)
    first, second = two_clicks(chain, monkeypatch, claims.queue_documents)
    assert second == "NOTHING_TO_POST"
    assert list(Job.objects.values_list("pk", flat=True)) == [first]
    post_partitions(partitions(), "test")
    assert list(chain.states().values()) == [POSTED]
    assert chain.shelf() == {"A": D(3)}


def test_a_second_click_without_the_compare_and_set(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both believe that they asked for it; the job of the first is left without a statement."""

    def whatever_state(table: QueueSpec, statement_ids: Collection[int], job_id: int, store_ids: object) -> list[int]:
        rows = fetch_all(
            "UPDATE statements_statement SET work_state = 'queued', job_id = %s WHERE id = ANY(%s) RETURNING id",
            [job_id, list(statement_ids)],
        )
        return [row[0] for row in rows]

    chain.sells(2)
    first, second = two_clicks(chain, monkeypatch, whatever_state)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert Statement.objects.get().job_id == second


# -- two workers -----------------------------------------------------------------------------------------------------------


def two_workers(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, step: str = "run_create_orders") -> None:
    """The first stops in the middle of a step of the first day; the second comes for the same partitions and goes as far as it can."""
    gate = Gate()
    cut_into(monkeypatch, 1)
    genuine = getattr(steps, step)
    stopped = gate.around(genuine, after=False)
    changed = tuple(row._replace(run=stopped) if row.run is genuine else row for row in steps.POSTING_STEPS)
    monkeypatch.setattr(runner, "POSTING_STEPS", changed)
    with ThreadGroup() as threads:
        first = threads.start(lambda: post_partitions(partitions(), "first"))
        gate.wait()
        second = threads.start(lambda: post_partitions(partitions(), "second"))
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second worker comes to its end, or to a lock")
        gate.open()
        first.result()
        second.result()


def test_two_workers_of_one_partition_post_in_order_of_period(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.stock(3)
    early, late = chain.sells(3), chain.sells(3, day=1)
    queue(chain)
    two_workers(chain, monkeypatch)
    assert set(chain.states().values()) == {POSTED}
    assert chain.takes(early) == [("A", D(3), "allocated", "FEFO")]
    assert chain.takes(late) == [("DEF", D(3), "default", "STOCK_USED_UP")]
    assert set(StatementEvent.objects.filter(event="completed").exclude(state="Calculated").values_list("actor", flat=True)) == {"first"}
    must_be_sound()


def test_two_workers_without_the_partition_lock(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The later day overtakes the earlier one and gets its batch."""
    remove_partitions(monkeypatch)
    chain.stock(3)
    early, late = chain.sells(3), chain.sells(3, day=1)
    queue(chain)
    two_workers(chain, monkeypatch)
    assert chain.takes(late) == [("A", D(3), "allocated", "FEFO")]
    assert chain.takes(early) == [("DEF", D(3), "default", "STOCK_USED_UP")]


def claims_anything(table: QueueSpec, statement_ids: Collection[int], token: Any) -> list[int]:
    """A claim that does not ask whether the statement is queued."""
    rows = fetch_all(
        "UPDATE statements_statement SET work_state = 'running', run_token = %s, heartbeat_at = now() WHERE id = ANY(%s) RETURNING id",
        [token, list(statement_ids)],
    )
    return [row[0] for row in rows]


def queued_or_running(table: QueueSpec, warehouse_ids: Collection[int]) -> list[Any]:
    rows = fetch_all("SELECT id, warehouse_id, business_date, line_count, job_id FROM statements_statement WHERE work_state <> ''", [])
    return [QueueEntry(*row) for row in rows]


@pytest.mark.parametrize("fenced", [True, False], ids=["fenced", "without the fence"])
def test_two_workers_on_one_statement(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, fenced: bool) -> None:
    """Without partitions and claims both work on it. The token fences the first one off; without that, only the natural keys are left."""
    remove_partitions(monkeypatch)
    monkeypatch.setattr(claims, "claim_documents", claims_anything)
    monkeypatch.setattr(partition_reads, "queued_documents", once_each(queued_or_running))
    if not fenced:
        # At once the second would do it again state by state.
        work_step_by_step(monkeypatch)
        monkeypatch.setattr(runner, "hold_documents", lambda table, statement_ids, token: set(statement_ids))
    chain.stock(5)
    chain.sells(2)
    queue(chain)
    if not fenced:
        with pytest.raises(IntegrityError):
            two_workers(chain, monkeypatch, "run_link_vouchers")
    else:
        two_workers(chain, monkeypatch)
    assert list(chain.states().values()) == [POSTED]
    assert chain.shelf() == {"A": D(3)}
    assert count_rows()["Invoice"] == 1


def once_each(genuine: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Each thread sees the queue once and then an empty one, so that it ends."""
    seen: set[int] = set()

    def look(table: QueueSpec, warehouse_ids: Collection[int]) -> list[Any]:
        pid = fetch_value("SELECT pg_backend_pid()")
        if pid in seen:
            return []
        seen.add(pid)
        return genuine(table, warehouse_ids)

    return look


# -- two posters of the same stock -----------------------------------------------------------------------------------------


def two_posters(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two stores of one warehouse are posted by somebody who knows no partitions, as customer orders will be; gives what was refused.

    The first stops when it has decided. Before it goes on, the second waits for its rows, or has decided as well.
    """
    remove_partitions(monkeypatch)
    first_gate, second_gate = Gate(), Gate()
    stale: list[str] = []

    def stop_judged(*arguments: Any) -> Any:
        judged = plain_pools.hold_pools(*arguments)
        (second_gate if first_gate.reached.is_set() else first_gate).stop_first()
        return judged

    def note_stale(*arguments: Any, **named: Any) -> Any:
        try:
            return takes.take_off_hand(*arguments, **named)
        except (StaleStock, IntegrityError) as error:
            stale.append(str(error))
            raise

    monkeypatch.setattr(invoices, "hold_pools", stop_judged)
    monkeypatch.setattr(invoices, "take_off_hand", note_stale)
    ids = {row.store.code: row.pk for row in chain.statements()}

    def post(store: str) -> None:
        """Claims the one statement and takes it through, whatever else is queued in the warehouse."""
        own = [row for row in partition_reads.queued_documents(runner.STATEMENTS, partitions()) if row.document_id == ids[store]]
        run_partitions.run_one_chunk(runner.WORK, own, runner.WORK.open(), store)

    with ThreadGroup() as threads:
        first = threads.start(lambda: post("S1"))
        first_gate.wait()
        second = threads.start(lambda: post("S2"))
        wait_for(lambda: somebody_waits_for_a_lock() or second_gate.reached.is_set(), "the second poster waits, or has decided too")
        first_gate.open()
        first.result()
        second_gate.open()
        second.result()
    return stale


def shared_stock(chain: RetailChain) -> None:
    chain.store("S2", beside="S1")
    chain.stock(5)
    chain.sells(3)
    chain.sells(3, store="S2")
    queue(chain)


def test_two_posters_never_issue_more_than_there_is(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    shared_stock(chain)
    before = deadlocks()
    assert two_posters(chain, monkeypatch) == []
    assert set(chain.states().values()) == {POSTED}
    assert chain.shelf() == {"DEF": D(-1)}
    assert deadlocks() == before
    must_be_sound()


def test_two_posters_without_row_locks(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both decide on the same five pieces; the guard of the write notices and the second decides again."""
    remove_row_locks(monkeypatch)
    shared_stock(chain)
    assert two_posters(chain, monkeypatch) == ["1 on-hand rows would go negative"]
    assert chain.shelf() == {"DEF": D(-1)}
    must_be_sound()


def test_two_posters_without_row_locks_and_guard(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the table's own CHECK is left: six pieces of five are refused by the database, and parted the second decides again."""
    remove_row_locks(monkeypatch)

    guard = "AND (c.quantity >= 0 OR c.may_go_negative OR o.physical + c.quantity >= 0)"
    assert guard in takes.TAKE_OFF_HAND
    monkeypatch.setattr(takes, "TAKE_OFF_HAND", takes.TAKE_OFF_HAND.replace(guard, ""))
    shared_stock(chain)
    # Not the guard's word: the write itself was tried with stock that was gone, and tried again it takes what is there.
    (refused,) = two_posters(chain, monkeypatch)
    assert "on_hand_not_negative" in refused
    assert set(chain.states().values()) == {POSTED}
    assert chain.shelf() == {"DEF": D(-1)}
    must_be_sound()


# -- goods come in meanwhile -----------------------------------------------------------------------------------------------


def receipt(number: str, item: str, batch: str, quantity: int) -> Row[ReceiptRow]:
    return receipt_into("W-S1", number, item, batch, quantity)


def receipt_into(warehouse: str, number: str, item: str, batch: str, quantity: int) -> Row[ReceiptRow]:
    values = (number, 1, warehouse, item, batch, D(quantity), D(1), LONG_AGO - timedelta(days=1), None, None, "")
    return Row(1, number, ReceiptRow(*values))


def receipts_meanwhile(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, rows: list[Row[ReceiptRow]]) -> int:
    """Posting has decided and holds its rows; goods for the same rows come in; gives the deadlocks that this made."""
    gate = Gate()
    monkeypatch.setattr(invoices, "hold_pools", gate.around(plain_pools.hold_pools))
    before = deadlocks()
    with ThreadGroup() as threads:
        poster = threads.start(lambda: post_partitions(partitions(), "test"))
        gate.wait()
        importer = threads.start(lambda: import_receipts(rows))
        wait_for(lambda: somebody_waits_for_a_lock() or importer.done(), "the import meets the posting")
        gate.open()
        poster.result()
        assert importer.result().new == len(rows)
    return deadlocks() - before


def test_goods_that_come_in_during_posting_are_neither_lost_nor_doubled(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.stock(5)
    chain.sells(3)
    queue(chain)
    assert receipts_meanwhile(chain, monkeypatch, [receipt("N1", MILK, "A", 10), receipt("N2", MILK, "B", 1)]) == 0
    assert chain.shelf() == {"A": D(12), "B": D(1)}
    must_be_sound()


def test_posting_and_receipts_take_rows_in_one_order(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untracked item whose stock is used up, and a batch: both sides want both rows, and neither may hold one and wait for the other."""
    chain.item(SOAP)
    chain.stock(1, item=SOAP)
    chain.stock(5)
    chain.sells(1, SOAP)
    chain.posts()
    chain.sale(line(SOAP, 2), line(MILK, 3), day=1)
    queue(chain)
    assert receipts_meanwhile(chain, monkeypatch, [receipt("N1", SOAP, "", 10), receipt("N2", MILK, "A", 10)]) == 0
    assert (chain.shelf(SOAP), chain.shelf()) == ({"": D(8)}, {"A": D(12)})
    must_be_sound()


def test_posting_waits_for_goods_that_are_coming_in(chain: RetailChain) -> None:
    """The other way round: the receipt holds the row; posting reads it once the receipt is committed."""
    chain.stock(2)
    sold = chain.sells(5)
    queue(chain)
    with ThreadGroup() as threads:
        with transaction.atomic():
            import_receipts([receipt("N1", MILK, "A", 3)])
            poster = threads.start(lambda: post_partitions(partitions(), "test"))
            wait_for(lambda: somebody_waits_for_a_lock() or poster.done(), "posting meets the receipt")
        poster.result()
    assert chain.takes(sold) == [("A", D(5), "allocated", "FEFO")]
    must_be_sound()


# -- the default batch is made on first use --------------------------------------------------------------------------------


def test_default_batches_are_made_in_one_order(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two legal entities in one chunk need it for different items; another partition needs it for both. Nobody may wait in a circle."""
    chain.entity("LE2")
    for store, entity in (("S1", "LE"), ("S2", "LE2"), ("S3", "LE2")):
        chain.store(store, entity=entity)
    for item in ("LOW", "HIGH"):
        chain.item(item)
    chain.sells(1, "HIGH", store="S1")
    chain.sells(1, "LOW", store="S2")
    chain.sale(line("LOW", 1), line("HIGH", 1), store="S3")
    queue(chain)
    first_two, third = partitions()[:2], partitions()[2:]
    gate = Gate()
    # Neither was foreseen, so each is made within its step.
    monkeypatch.setattr(first_use, "insert_default_batches", lambda item_ids, number: None)
    monkeypatch.setattr(plain_pools, "insert_default_batches", gate.around(insert_default_batches))
    before = deadlocks()
    with ThreadGroup() as threads:
        one = threads.start(lambda: post_partitions(first_two, "test"))
        gate.wait()
        other = threads.start(lambda: post_partitions(third, "test"))
        wait_for(lambda: somebody_waits_for_a_lock() or other.done(), "both want the same default batch")
        gate.open()
        one.result()
        other.result()
    assert deadlocks() == before
    assert set(chain.states().values()) == {POSTED}
    must_be_sound()


def test_who_stops_while_checking_keeps_no_fiscal_period(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both need a month that nobody posted in; the second posts to the end while the first stands in its step."""
    for store in ("S1", "S2"):
        chain.sells(1, store=store)
    queue(chain)
    assert not FiscalPeriod.objects.filter(starts_on=DAY).exists()
    gate = Gate()
    genuine = steps.run_check
    changed = tuple(row._replace(run=gate.around(genuine)) if row.run is genuine else row for row in steps.POSTING_STEPS)
    monkeypatch.setattr(runner, "POSTING_STEPS", changed)
    first, second = partitions()
    with ThreadGroup() as threads:
        one = threads.start(lambda: post_partitions([first], "test"))
        gate.wait()
        post_partitions([second], "test")
        assert Statement.objects.get(warehouse_id=second).post_state == "Posted"
        gate.open()
        one.result()
    assert set(chain.states().values()) == {POSTED}
    must_be_sound()


def test_who_stops_while_invoicing_keeps_no_default_batch(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both want the default batch of one item for the first time; the second posts to the end while the first stands in its step."""
    for store in ("S1", "S2"):
        chain.sells(1, store=store)
    queue(chain)
    gate = Gate()
    monkeypatch.setattr(invoices, "take_plain", gate.around(plain_pools.take_plain))
    first, second = partitions()
    with ThreadGroup() as threads:
        one = threads.start(lambda: post_partitions([first], "test"))
        gate.wait()
        post_partitions([second], "test")
        assert Statement.objects.get(warehouse_id=second).post_state == "Posted"
        gate.open()
        one.result()
    assert set(chain.states().values()) == {POSTED}
    must_be_sound()


# -- one sale comes back to two warehouses ---------------------------------------------------------------------------------


def two_returns(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, str]]:
    """Three of five pieces come back here, three there, both posted at once; state and code by store."""
    chain.stock(5)
    sold = chain.sells(5)
    chain.posts()
    for store in ("S2", "S3"):
        chain.takes_back(sold, 3, store=store, day=1)
    queue(chain)
    gate = Gate()
    monkeypatch.setattr(invoices, "decide_reserved", gate.around(decide_reserved))
    with ThreadGroup() as threads:
        futures = []
        for store in ("S2", "S3"):
            warehouse = Statement.objects.get(store__code=store).warehouse_id
            futures.append(threads.start(lambda warehouse=warehouse: post_partitions([warehouse], "test")))  # type: ignore[misc]  # bound early
            gate.wait()
        wait_for(lambda: somebody_waits_for_a_lock() or futures[1].done(), "the second return meets the first")
        gate.open()
        for future in futures:
            future.result()
    return {row.store.code: (row.post_state, row.error_code) for row in chain.statements() if row.store.code != "S1"}


def test_the_second_return_sees_what_the_first_brought_back(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_returns(chain, monkeypatch) == {"S2": ("Posted", ""), "S3": (CREATED, "RETURN_EXCEEDS_SALE")}
    assert chain.shelf(store="S2") == {"A": D(3)}
    must_be_sound()


def test_two_returns_without_the_lock_on_what_was_sold(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six of five pieces come back."""
    genuine = needs_reads.earlier_takes
    monkeypatch.setattr(needs_reads, "earlier_takes", lambda needs, lock: genuine(needs, lock=False))
    assert set(two_returns(chain, monkeypatch).values()) == {("Posted", "")}


@pytest.fixture(autouse=True)
def connections_are_closed() -> Iterator[None]:
    yield
    connection.close()
