"""`post_statements --inline`: a run that was interrupted is finished by the next one, without any worker or watchdog."""

from uuid import uuid4

import pytest

from core.jobs.models import Job
from core.jobs.queue.services import enqueue
from core.jobs.queue.writes import claim_documents
from statements.models import Statement
from statements.services.posting import postable_statements, request_posting
from statements.services.runner import STATEMENTS
from tests.oracle.commands import DONE, PARTLY, run
from tests.statements.retail_chain import RetailChain, must_be_sound


def test_what_an_interrupted_inline_run_left_is_finished_by_the_next(chain: RetailChain) -> None:
    """One statement was being posted when the process was killed, one was still queued, one comes new."""
    chain.stock(9)
    for day in range(2):
        chain.sells(2, day=day)
    chain.calculates()
    job = request_posting(postable_statements(), None, "command", to_workers=False)
    claim_documents(STATEMENTS, [chain.statements()[0].pk], uuid4())
    chain.sells(1, day=2)
    chain.calculates()
    answer = run("post_statements", "--inline")
    assert answer.status == DONE
    assert (answer.data["statements"], answer.data["posted"], answer.data["waiting"]) == (3, 3, 0)
    assert set(chain.states().values()) == {("Posted", "", "")}
    job.refresh_from_db()
    assert job.status == "done"
    must_be_sound()


def test_only_of_the_stores_that_are_named(chain: RetailChain) -> None:
    chain.sells(1)
    chain.sells(1, store="S2")
    chain.calculates()
    request_posting(postable_statements(), None, "command", to_workers=False)
    answer = run("post_statements", "--inline", "--store", "S2")
    assert answer.data["statements"] == 1
    assert {row.store.code: row.post_state for row in chain.statements()} == {"S1": "", "S2": "Posted"}


def test_nothing_to_do_is_no_mistake(chain: RetailChain) -> None:
    chain.sells(1)
    assert run("post_statements", "--inline").status == DONE
    assert run("post_statements", "--inline").data["statements"] == 0
    assert Job.objects.count() == 0


def test_what_fails_is_told(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(1)
    chain.calculates()
    request_posting(postable_statements(), None, "command", to_workers=False)
    answer = run("post_statements", "--inline")
    assert (answer.status, answer.data["failed"], answer.codes) == (PARTLY, 1, {"NO_VALID_BATCH"})
    assert Statement.objects.get().attempts == 1


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """These runs need no broker."""
    monkeypatch.setattr(enqueue, "dispatch", lambda work, job_id: True)
