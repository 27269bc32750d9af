"""The runner: queries per chunk, claims, fences, time slices, and everything given back whatever happens."""

import gc
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from core.db.bulk import execute, fetch_all, fetch_value
from core.jobs.models import Job
from core.jobs.queue.services import run_partitions
from core.jobs.queue.writes import claim_documents, hold_documents
from inventory.queries.policies import Policies
from inventory.writes import takes
from inventory.writes.issues import StaleStock
from orders.services import invoices
from statements.models import Statement, StatementEvent
from statements.services import runner, steps
from statements.services.posting import postable_statements, request_posting, run_inline
from statements.services.runner import STATEMENTS, post_partitions
from statements.writes import posting as writes
from tests.statements.chunks import cut_into, work_step_by_step
from tests.statements.retail_chain import MILK, SOAP, RetailChain, count_rows, exported, line, must_be_sound
from tests.statements.wire import statements_on_the_wire

PARTITIONS_HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 71001 AND pid = pg_backend_pid()"


def queue(chain: RetailChain) -> Job:
    chain.calculates()
    return request_posting(postable_statements(), None, "test", to_workers=False)


def partitions() -> list[int]:
    return [row[0] for row in fetch_all("SELECT DISTINCT warehouse_id FROM statements_statement")]


def kinds(sent: list[str]) -> list[str]:
    """The first words of what was sent."""
    return [" ".join(sql.split()[:3]) for sql in sent]


# -- how many queries ---------------------------------------------------------------------------------------------------------


def posted_with(chain: RetailChain, stores: int, lines: int) -> list[str]:
    """Queries on the wire for posting one chunk of so many stores with so many lines each."""
    first = len(chain.stores)
    for number in range(first, first + stores):
        chain.stock(3, store=f"S{number}")
        chain.sale(*(line(MILK, 1) for _ in range(lines)), line(SOAP, 1), store=f"S{number}")
    job = queue(chain)
    with statements_on_the_wire() as sent:
        run_inline(job.pk, "test")
    assert set(Statement.objects.values_list("post_state", flat=True)) == {"Posted"}
    return sent


def test_one_statement_and_fifty_cost_the_same_number_of_sql_statements(real_town: RetailChain) -> None:
    posted_with(real_town, 1, 5)  # makes fiscal period and placeholder, which are made once
    one = posted_with(real_town, 1, 5)
    fifty = posted_with(real_town, 50, 5)
    assert kinds(fifty) == kinds(one)
    longer = posted_with(real_town, 1, 200)
    assert kinds(longer) == kinds(one)
    # Rows of lines stay in the database.
    copies = [sql.split()[1] for sql in one if sql.startswith("COPY")]
    assert copies == ["statements_statementline", "statements_tendercount", "ledger_voucherline", "ledger_voucherline"]
    assert len([sql for sql in one if sql.split()[0] not in ("BEGIN", "COMMIT", "SET")]) <= 82


def test_failures_cost_the_same_number_too(real_town: RetailChain) -> None:
    real_town.fallback(False)

    def failing(stores: int) -> list[str]:
        first = len(real_town.stores)
        for number in range(first, first + stores):
            real_town.sells(1, store=f"S{number}")
        job = queue(real_town)
        with statements_on_the_wire() as sent:
            run_inline(job.pk, "test")
        Statement.objects.filter(failed_state="").update(failed_state="Checked")
        return sent

    failing(1)
    one, many = failing(1), failing(20)
    assert len(many) == len(one)


def test_states_are_recorded_without_touching_an_index(real_town: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the updates of a statement only the last, which says that it is posted, must write index entries; most of the others are HOT."""
    work_step_by_step(monkeypatch)

    def updated() -> tuple[int, int]:
        fetch_all("SELECT pg_stat_force_next_flush()")
        fetch_all("SELECT pg_stat_clear_snapshot()")
        rows = fetch_all("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'statements_statement'")
        return int(rows[0][0]), int(rows[0][1])

    for number in range(4):
        real_town.stock(3, store=f"S{number}")
        real_town.sells(2, store=f"S{number}")
        real_town.event("income", "5.00", store=f"S{number}")
    job = queue(real_town)
    all_before, hot_before = updated()
    run_inline(job.pk, "test")
    all_after, hot_after = updated()
    assert set(Statement.objects.values_list("post_state", flat=True)) == {"Posted"}
    assert all_after - all_before >= 4 * 8
    # Where a page is full of versions that somebody may still see, one more of them is not; with a state in an index none would be.
    assert hot_after - hot_before >= (all_after - all_before) / 2


# -- claims and fences -----------------------------------------------------------------------------------------------------


def at_step(monkeypatch: pytest.MonkeyPatch, name: str, action: Callable[[], object]) -> None:
    """Does something in the middle of a step: after it has held its statements, before it writes."""
    genuine = getattr(steps, name)

    def interrupted(chunk: Any, ids: list[int]) -> Any:
        action()
        return genuine(chunk, ids)

    replaced = tuple(step._replace(run=interrupted) if step.run is genuine else step for step in steps.POSTING_STEPS)
    monkeypatch.setattr(runner, "POSTING_STEPS", replaced)


def take_away() -> None:
    """What the watchdog does to a run that it gives up."""
    execute("UPDATE statements_statement SET work_state = 'queued', run_token = NULL, heartbeat_at = NULL WHERE work_state = 'running'")


def test_a_run_whose_token_is_gone_writes_nothing_more(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two of its steps: the statements are somebody else's by now."""
    work_step_by_step(monkeypatch)
    chain.stock(5)
    chain.sells(2)
    queue(chain)
    token = uuid4()
    run = runner.open_run(claim_documents(STATEMENTS, [row.pk for row in chain.statements()], token), token, Policies(), "old")
    at_step(monkeypatch, "run_create_orders", take_away)
    run.run()
    state = Statement.objects.get()
    # The step that was under way had its rows held and went through; the next one found that they were gone.
    assert (state.post_state, state.work_state) == ("Customer order created", "queued")
    assert count_rows()["Invoice"] == count_rows()["BatchAllocation"] == 0
    post_partitions(partitions(), "new")
    assert Statement.objects.get().post_state == "Posted"
    assert chain.shelf() == {"A": 3}
    must_be_sound()


def test_a_claim_takes_only_what_is_queued(chain: RetailChain) -> None:
    chain.sells(1)
    chain.sells(1, store="S2")
    queue(chain)
    first, second = chain.statements()
    token = uuid4()
    assert claim_documents(STATEMENTS, [first.pk], token) == [first.pk]
    assert claim_documents(STATEMENTS, [first.pk, second.pk], uuid4()) == [second.pk]
    assert hold_documents(STATEMENTS, [first.pk, second.pk], token) == {first.pk}


def test_a_run_that_was_given_up_does_not_overwrite_the_settings_of_the_next(chain: RetailChain) -> None:
    chain.sells(1)
    queue(chain)
    token = uuid4()
    claimed = claim_documents(STATEMENTS, [row.pk for row in chain.statements()], token)
    take_away()
    writes.save_snapshots({claimed[0]: '{"late": true}'}, token)
    assert Statement.objects.get().settings_snapshot == {}


def test_the_settings_of_the_attempt_are_kept(chain: RetailChain) -> None:
    chain.sells(1)
    chain.posts()
    kept = Statement.objects.get().settings_snapshot
    assert (kept["posting_default_batch_id"], kept["statements_max_difference"]) == ("DEF", "10.00")


# -- interrupted ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "state"), [("at once", ""), ("step by step", "Discounts posted")])
def test_a_run_that_is_stopped_gives_everything_back(real_town: RetailChain, monkeypatch: pytest.MonkeyPatch, way: str, state: str) -> None:
    """Ctrl-C in the middle: statements are queued again, the partition is free, nothing of the open transaction stays."""
    if way == "step by step":
        work_step_by_step(monkeypatch)

    def stop() -> None:
        raise KeyboardInterrupt

    real_town.stock(5)
    real_town.sells(2)
    job = queue(real_town)
    at_step(monkeypatch, "run_link_vouchers", stop)
    with pytest.raises(KeyboardInterrupt):
        run_inline(job.pk, "test")
    statement = Statement.objects.get()
    assert (statement.post_state, statement.work_state, statement.run_token) == (state, "queued", None)
    assert StatementEvent.objects.filter(event="interrupted").count() == 1
    assert fetch_value(PARTITIONS_HELD) == 0
    assert gc.isenabled()
    assert fetch_value("SHOW synchronous_commit") == fetch_value("SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'")
    monkeypatch.undo()
    run_inline(job.pk, "test")
    assert Statement.objects.get().post_state == "Posted"
    assert real_town.shelf() == {"A": 3}
    must_be_sound()


def test_what_a_dead_run_left_in_the_partition_is_taken_up_before_later_days(real_town: RetailChain) -> None:
    """Nobody holds the partition, so nobody works on its running statements. A later day that overtook them would get their batches."""
    real_town.stock(3)
    real_town.sells(3)
    second = real_town.sells(3, day=1)
    queue(real_town)
    dead = real_town.statements()[0]
    claim_documents(STATEMENTS, [dead.pk], uuid4())
    post_partitions(partitions(), "test")
    assert set(real_town.states().values()) == {("Posted", "", "")}
    assert real_town.takes(second) == [("DEF", Decimal(3), "default", "STOCK_USED_UP")]
    assert StatementEvent.objects.filter(statement=dead, event="interrupted").exists()


def test_a_partition_that_somebody_holds_is_left_alone(real_town: RetailChain) -> None:
    real_town.sells(1)
    real_town.sells(1, store="S2")
    queue(real_town)
    here = real_town.stores["S1"].warehouse
    assert here is not None
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(71001, %s)", [here.pk])
            claim_documents(STATEMENTS, [real_town.statements()[0].pk], uuid4())
            assert post_partitions(partitions(), "test") is False
            assert [row.work_state for row in real_town.statements()] == ["running", ""]
    finally:
        other.close()


def test_a_time_slice_ends_after_a_chunk(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_into(monkeypatch, 1)
    for day in range(3):
        chain.sells(1, day=day)
    queue(chain)
    assert post_partitions(partitions(), "test", seconds=0) is True
    assert [row.post_state for row in chain.statements()] == ["Posted", "", ""]
    assert fetch_value(PARTITIONS_HELD) == 0
    assert post_partitions(partitions(), "test") is False
    assert {row.post_state for row in chain.statements()} == {"Posted"}


def test_what_is_left_is_cut_anew_once_somebody_waits(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog goes in large chunks until a customer order is to be invoiced, which then waits for a small one at most."""
    for day in range(4):
        chain.sells(1, day=day)
    queue(chain)
    cut: list[int] = []
    genuine = run_partitions.run_one_chunk

    def counted(worker: Any, documents: Any, *rest: Any) -> None:
        cut.append(len(documents))
        genuine(worker, documents, *rest)

    monkeypatch.setattr(run_partitions, "run_one_chunk", counted)
    chain.set(posting_max_lines_per_chunk=2, posting_max_lines_per_chunk_with_orders=1)
    monkeypatch.setattr(runner, "is_delivery_in_work", lambda: bool(cut))
    post_partitions(partitions(), "test")
    assert cut == [2, 1, 1]
    assert {row.post_state for row in chain.statements()} == {"Posted"}


def test_chunks_of_any_size_give_the_same(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same receipts in two warehouses: one posted in a single chunk, one statement by statement."""
    for store in ("S1", "S2"):
        chain.stock(7, store=store)
        for day in range(4):
            chain.sells(2, store=store, day=day, at=day, number=f"{day}")
    chain.posts("S1")
    cut_into(monkeypatch, 1)
    chain.posts("S2")
    one, other = (exported(("allocations", "on-hand", "vouchers"), [store]) for store in ("S1", "S2"))
    assert {kind: [tuple(value.replace("S2", "S1") for value in row) for row in rows] for kind, rows in other.items()} == one


# -- what passes by itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["plain", "rule"])
def test_stale_stock_is_decided_again(chain: RetailChain, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Whichever way a pool goes: as one of a set, or (with a captured batch) by the rule."""
    batch = chain.stock(5)
    chain.sells(2, batch=batch if way == "rule" else None)
    tries = []
    genuine = takes.take_off_hand

    def stale_once(*arguments: Any) -> Any:
        tries.append(1)
        result = genuine(*arguments)
        if len(tries) == 1:
            raise StaleStock("1 on-hand rows would go negative")
        return result

    monkeypatch.setattr(invoices, "take_off_hand", stale_once)
    chain.posts()
    assert len(tries) == 2
    assert set(chain.states().values()) == {("Posted", "", "")}
    assert chain.shelf() == {"A": 3}
    must_be_sound()


# -- progress --------------------------------------------------------------------------------------------------------------


def test_progress_goes_to_the_job_that_asked_whoever_works(chain: RetailChain) -> None:
    """Two requests of one partition: the worker of the first does the work of both."""
    chain.sale(line(MILK, 1), line(MILK, 1))
    first = queue(chain)
    chain.sells(1, day=1)
    second = queue(chain)
    run_inline(first.pk, "test")
    jobs = Job.objects.in_bulk([first.pk, second.pk])
    assert [(jobs[job.pk].done, jobs[job.pk].total, jobs[job.pk].status) for job in (first, second)] == [(3, 3, "done"), (2, 2, "done")]
    assert all(job.started_at is not None for job in jobs.values())


def test_failed_statements_count_as_done(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(1)
    chain.sells(1, SOAP, store="S2")
    job = queue(chain)
    run_inline(job.pk, "test")
    job.refresh_from_db()
    assert (job.done, job.total, job.status) == (4, 4, "failed")


def test_a_statement_that_was_taken_away_is_counted_by_the_run_that_ends_it(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.sells(1)
    job = queue(chain)
    at_step(monkeypatch, "run_create_orders", take_away)
    post_partitions(partitions(), "test")
    job.refresh_from_db()
    assert Statement.objects.get().post_state == "Posted"
    assert (job.done, job.total) == (2, 2)
