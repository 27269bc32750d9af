"""Jobs of registered kinds: run once however often delivered, brought back when a worker dies or freezes, cancelled where one may."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from core.db.bulk import execute, fetch_value
from core.files.storage import read_file
from core.jobs import services
from core.jobs.kinds import problems_of_result
from core.jobs.models import Job
from core.jobs.services import MOST_ATTEMPTS, cancel_job, repeat_job, request_work, rescue_jobs, run_job
from core.jobs.tasks import run
from core.jobs.writes import claim_job, finish_run
from parameters.models import Unit
from retailhq.embedded.supervise import Crew, worker_command
from tests.concurrency.parallel import Child, ThreadGroup, end_children, wait_for
from tests.core.jobs.conftest import Queue
from tests.core.jobs.made_up_kinds import KIND, STEADY
from tests.core.jobs.test_posting_jobs import broker_at, dead_address


@pytest.fixture(autouse=True)
def nothing_is_left(transactional_db: None) -> Iterator[None]:
    yield
    end_children()
    connection.close()


def ask(kind: str = KIND, **arguments: Any) -> Job:
    return request_work(kind, "Make units", arguments, None)


def again(job: Job) -> Job:
    job.refresh_from_db()
    return job


def units() -> int:
    return Unit.objects.filter(code__regex=r"^U\d+$").count()


def began(diary: Path) -> int:
    return len(diary.read_text().splitlines()) if diary.exists() else 0


JOB_LOCKS = """
    SELECT count(*) FROM pg_locks WHERE classid = 71005 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def wait_until_nobody_works() -> None:
    wait_for(lambda: fetch_value(JOB_LOCKS) == 0, "no job is worked on")


# -- one run -----------------------------------------------------------------------------------------------------------------


def test_a_job_is_done_with_result_files_and_the_name_of_who_asked(queue: Queue) -> None:
    maria = User.objects.create_user("maria")
    job = request_work(KIND, "Make units", {"rounds": 4}, maria)
    assert len(queue) == 1
    assert run_job(job.pk)
    again(job)
    assert (job.status, job.result, job.done, job.total, job.attempts, job.run_token) == ("done", {"units": 4}, 3, 4, 1, None)
    assert b"".join(read_file(job.files.get().pk)) == b"4 units by maria"
    assert job.finished_at is not None


def test_partly_refused_and_broken(queue: Queue) -> None:
    partly, refused, broken = ask(partly=True), ask(refuse=True), ask(KIND, broken=True)
    for job in (partly, refused, broken):
        run_job(job.pk)
        assert again(job).status == "failed"
    assert partly.result == {"units": 3}
    assert refused.result == {"problems": [{"code": "FILE_EMPTY", "variant": "", "params": {"file": "units.csv"}}]}
    assert [problem["code"] for problem in broken.result["problems"]] == ["UNEXPECTED_ERROR_IN_JOB"]
    assert "a mistake of ours" in str(problems_of_result(broken.result)[0].message)


def test_a_kind_that_nobody_registered() -> None:
    with pytest.raises(ValueError, match="no job kind"):
        request_work("never", "x", {}, None)
    job = ask()
    Job.objects.filter(pk=job.pk).update(kind="of a newer version")
    run_job(job.pk)
    assert again(job).result["problems"][0]["code"] == "UNKNOWN_JOB_KIND"


def test_progress_is_seen_while_the_work_is_in_one_long_transaction(tmp_path: Path) -> None:
    job = ask(in_one_transaction=True, gate=str(tmp_path / "gate"), seen=str(tmp_path / "seen"), rounds=1)
    with ThreadGroup() as threads:
        running = threads.start(lambda: run_job(job.pk))
        wait_for((tmp_path / "seen").exists, "it is in its transaction")
        # Let go before anything is compared: a test that fails here must not wait for itself.
        seen = (str(again(job).phase), job.done)
        (tmp_path / "gate").touch()
        assert running.result()
        assert seen == ("Seen from outside", 1)
    assert again(job).status == "done"


# -- delivered more than once ------------------------------------------------------------------------------------------------


def test_delivered_twice_one_after_the_other(tmp_path: Path) -> None:
    job = ask(diary=str(tmp_path / "diary"))
    run(job.pk)
    ended = again(job).finished_at
    run(job.pk)
    assert (again(job).finished_at, began(tmp_path / "diary"), job.attempts) == (ended, 1, 1)


def test_two_deliveries_that_overlap(tmp_path: Path) -> None:
    diary, gate = tmp_path / "diary", tmp_path / "gate"
    job = ask(diary=str(diary), gate=str(gate))
    with ThreadGroup() as threads:
        first = threads.start(lambda: run_job(job.pk))
        wait_for(lambda: began(diary) == 1, "the first has begun")
        others = [threads.start(lambda: run_job(job.pk)) for _ in range(3)]
        assert [other.result() for other in others] == [False] * 3
        gate.touch()
        assert first.result() is True
    assert (again(job).status, began(diary), job.attempts) == ("done", 1, 1)


def test_the_claim_alone_lets_one_through() -> None:
    """Without the lock (lost with a connection) the compare-and-set still decides."""
    job = ask()
    assert [claim_job(job.pk, uuid4()) for _ in range(3)] == [True, False, False]


def test_a_superseded_run_writes_no_end() -> None:
    job, old, new = ask(), uuid4(), uuid4()
    claim_job(job.pk, old)
    Job.objects.update(status="queued", run_token=None)
    claim_job(job.pk, new)
    assert not finish_run(job.pk, old, Job.Status.DONE, "{}", [])
    assert again(job).status == "running"
    assert finish_run(job.pk, new, Job.Status.DONE, "{}", [])


def test_a_job_that_is_gone() -> None:
    assert run_job(987654) is False


# -- dead and frozen workers -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_real_worker_is_killed_in_the_middle_and_another_finishes(
    start_worker: Callable[..., Crew], command_environment: dict[str, str], tmp_path: Path, queue: Queue
) -> None:
    """SIGKILL to the whole Celery worker; the watchdog sees the free lock and queues the job; a new worker runs it to its end."""
    diary, gate = tmp_path / "diary", tmp_path / "gate"
    command = [*worker_command(1), "--include", "tests.core.jobs.made_up_kinds"]
    job = ask(diary=str(diary), gate=str(gate))
    with Crew(environment=command_environment) as crew:
        crew.start("worker", command)
        wait_for(lambda: began(diary) == 1 and units() == 2, "the worker is in the middle")
        members = [psutil.Process(pid) for pid in crew.pids().values()]
        members += [child for member in members for child in member.children(recursive=True)]
        for member in members:
            member.kill()
        psutil.wait_procs(members, timeout=10)
        assert again(job).status == "running"
        wait_until_nobody_works()
        queue.empty()  # its unacknowledged message would come back only after an hour
        assert rescue_jobs() == {"requeued": 1, "dispatched": 1}
        gate.touch()
        assert crew.look_after(), "a new worker"
        wait_for(lambda: again(job).finished_at is not None, "it is finished")
    assert (job.status, job.attempts, began(diary), units()) == ("done", 2, 2, 3)
    assert job.files.count() == 1


def test_a_frozen_worker_loses_the_job_and_ends_nothing_when_it_wakes_up(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    job = ask(diary=str(diary), gate=str(tmp_path / "gate"))
    connection.close()
    child = Child(lambda: run_job(job.pk))
    wait_for(lambda: began(diary) == 1 and units() == 2, "it is in the middle")
    assert rescue_jobs() == {"requeued": 0, "dispatched": 0}, "alive: left alone"
    os.kill(child.pid, signal.SIGSTOP)
    child.wait_until_stopped()
    # Between two queries the connection says nothing; it may have been stopped inside one.
    wait_for(lambda: rescue_jobs(frozen_seconds=0)["requeued"] == 1, "its connection is ended")
    (tmp_path / "gate").touch()
    assert run_job(job.pk)
    ended = again(job).finished_at
    child.go_on()
    child.wait()
    assert (again(job).finished_at, job.status, job.attempts) == (ended, "done", 2)


def test_a_job_that_takes_its_worker_down_each_time_is_given_up(queue: Queue) -> None:
    job = ask()
    for _ in range(MOST_ATTEMPTS):
        assert claim_job(job.pk, uuid4())
        rescue_jobs()
    assert (again(job).status, job.result["problems"][0]["code"]) == ("failed", "GAVE_UP")
    assert run_job(job.pk) is False


def test_a_deadlock_is_tried_again(monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    job = ask()
    genuine = services._work
    monkeypatch.setattr(services, "_work", lambda run: execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
    queue.empty()
    run_job(job.pk)
    assert (again(job).status, len(queue)) == ("queued", 1)
    monkeypatch.setattr(services, "_work", genuine)
    run_job(job.pk)
    assert (again(job).status, job.attempts) == ("done", 2)


# -- the broker --------------------------------------------------------------------------------------------------------------


def test_nothing_is_sent_for_a_request_that_is_rolled_back(queue: Queue) -> None:
    with transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert (len(queue), Job.objects.count()) == (0, 0)


@pytest.mark.slow
def test_asked_for_with_the_broker_away_and_done_by_a_real_worker_when_it_is_back(
    command_environment: dict[str, str], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broker_at(dead_address(), monkeypatch):
        job = ask()
        assert rescue_jobs() == {"requeued": 0, "dispatched": 0}
    assert (again(job).status, job.dispatched_at) == ("queued", None)
    assert rescue_jobs() == {"requeued": 0, "dispatched": 1}
    with Crew(environment=command_environment) as crew:
        crew.start("worker", [*worker_command(1), "--include", "tests.core.jobs.made_up_kinds"])
        wait_for(lambda: again(job).finished_at is not None, "it is finished")
    assert (job.status, job.attempts) == ("done", 1)


def test_an_emptied_broker_is_filled_again_but_not_at_each_tick(queue: Queue) -> None:
    ask()
    queue.empty()
    assert rescue_jobs()["dispatched"] == 0
    Job.objects.update(dispatched_at="2020-01-01T00:00Z")
    assert [rescue_jobs()["dispatched"] for _ in range(3)] == [1, 0, 0]


# -- cancelling and repeating ------------------------------------------------------------------------------------------------


def test_a_job_that_nobody_began_is_cancelled_at_once() -> None:
    job = ask()
    assert cancel_job(job.pk)
    assert again(job).status == "cancelled"
    assert run_job(job.pk) is False
    assert not cancel_job(job.pk)


def test_a_running_job_stops_at_its_next_word(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    job = ask(diary=str(diary), gate=str(tmp_path / "gate"))
    with ThreadGroup() as threads:
        running = threads.start(lambda: run_job(job.pk))
        wait_for(lambda: began(diary) == 1, "it runs")
        assert cancel_job(job.pk)
        assert running.result()
    assert (again(job).status, job.files.count()) == ("cancelled", 0)


def test_a_kind_that_may_not_stop_is_not_stopped() -> None:
    job = ask(STEADY)
    claim_job(job.pk, uuid4())
    assert not cancel_job(job.pk)
    assert again(job).cancel_asked_at is None


def test_a_failed_job_is_repeated_as_a_job_of_its_own() -> None:
    maria = User.objects.create_user("maria")
    job = ask(rounds=5, partly=True)
    run_job(job.pk)
    second = repeat_job(again(job), maria)
    assert (second.kind, second.title, second.arguments, second.requested_by) == (job.kind, job.title, job.arguments, maria)
    assert again(job).status == "failed"
