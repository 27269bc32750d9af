"""Clear and hold against a posting that is asked for at the same moment: one of them happens first, and the other sees what it did."""

from collections.abc import Callable

import pytest

from core.jobs.queue import writes as partition_writes
from core.lib.problems import BusinessError
from statements.models import PosTransaction, Statement
from statements.queries import posting as posting_reads
from statements.services import undo_calculation
from statements.services.posting import request_posting, run_inline
from statements.writes import undo_calculation as reopening_writes
from tests.concurrency.parallel import Gate, ThreadGroup, somebody_waits_for_a_lock, wait_for
from tests.statements.retail_chain import SOAP, RetailChain, must_be_sound


def outcome(action: Callable[[], object]) -> Callable[[], object]:
    """The action, with what refused it as its result."""

    def tried() -> object:
        try:
            return action()
        except BusinessError as error:
            return error.problems[0].code

    return tried


def post(statement_id: int) -> object:
    """Asks for the posting and does it."""
    run_inline(request_posting([statement_id], None, "ben", to_workers=False).pk, "ben")
    return Statement.objects.get(pk=statement_id).post_state


def test_post_waits_for_clear_and_finds_nothing_to_post(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.sells(1, SOAP)
    statement = chain.calculates()[0].pk
    gate = Gate()
    monkeypatch.setattr(reopening_writes, "take_back", gate.around(reopening_writes.take_back))
    with ThreadGroup() as threads:
        clearing = threads.start(outcome(lambda: undo_calculation.clear_statement(statement, "maria")))
        gate.wait()
        asked = threads.start(outcome(lambda: post(statement)))
        wait_for(lambda: somebody_waits_for_a_lock() or asked.done(), "the posting meets the clearing")
        assert not asked.done(), "the posting did not wait"
        gate.open()
        assert (clearing.result(), asked.result()) == (1, "NOTHING_TO_POST")
    assert PosTransaction.objects.filter(statement=None).count() == 1
    must_be_sound()


@pytest.mark.parametrize(
    "verb", [undo_calculation.clear_statement, undo_calculation.recalculate_statement, undo_calculation.revalidate_statement]
)
def test_what_is_asked_to_be_posted_first_is_not_taken_back(
    chain: RetailChain, monkeypatch: pytest.MonkeyPatch, verb: Callable[[int, str], object]
) -> None:
    """The request to post is written and not committed yet when the other one comes."""
    chain.sells(1, SOAP)
    statement = chain.calculates()[0].pk
    gate = Gate()

    monkeypatch.setattr(partition_writes, "queue_documents", gate.around(partition_writes.queue_documents))
    with ThreadGroup() as threads:
        first = threads.start(outcome(lambda: post(statement)))
        gate.wait()
        other = threads.start(outcome(lambda: verb(statement, "maria")))
        wait_for(lambda: somebody_waits_for_a_lock() or other.done(), "the other one meets the request")
        gate.open()
        assert (first.result(), other.result()) == ("Posted", "STATEMENT_MOVED_ON")
    assert not PosTransaction.objects.filter(statement=None).exists()
    must_be_sound()


def test_post_waits_for_hold_and_posts_the_rest(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.fallback(False)
    chain.sells(1, SOAP)
    chain.sells(3)
    chain.posts()
    statement = Statement.objects.get().pk
    gate = Gate()
    monkeypatch.setattr(posting_reads, "transactions_of_lines", gate.around(posting_reads.transactions_of_lines))
    with ThreadGroup() as threads:
        holding = threads.start(outcome(lambda: undo_calculation.hold_failing(statement, "maria")))
        gate.wait()
        asked = threads.start(outcome(lambda: post(statement)))
        wait_for(lambda: somebody_waits_for_a_lock() or asked.done(), "the posting meets the holding")
        assert not asked.done(), "the posting did not wait"
        gate.open()
        assert (holding.result(), asked.result()) == (1, "Posted")
    assert chain.states()["S1-000002"][2] == "NO_VALID_BATCH"
    must_be_sound()
