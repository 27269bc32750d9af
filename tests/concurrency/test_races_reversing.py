"""Somebody reverses what another one reverses, or what a return that is being posted brings back: one happens first, the other sees it."""

from decimal import Decimal

import pytest

from core.lib.problems import BusinessError
from inventory.models import OnHand
from ledger.models import Reversal
from ledger.services import begin_reversals
from orders.services.invoices import invoice_placed_orders
from statements.models import PosTransaction, Statement
from statements.services.posting import request_posting, run_inline
from statements.services.reversals import reverse_statement, reverse_transaction
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.statements.retail_chain import RetailChain, must_be_sound


def reversing(statement_id: int) -> str:
    """'done', or the code that refused it."""
    try:
        reverse_statement(statement_id, "Posted by mistake.", "maria")
    except BusinessError as error:
        return error.problems[0].code
    return "done"


def reversing_one(transaction_id: int) -> str:
    try:
        reverse_transaction(transaction_id, "Posted by mistake.", "ben")
    except BusinessError as error:
        return error.problems[0].code
    return "done"


def post(statement_id: int) -> str:
    run_inline(request_posting([statement_id], None, "ben", to_workers=False).pk, "ben")
    return Statement.objects.get(pk=statement_id).post_state


def test_of_many_reversals_at_once_one_is_done(chain: RetailChain) -> None:
    chain.stock(10)
    for _ in range(3):
        chain.sells(2)
    chain.posts()
    statement = Statement.objects.get()
    before = deadlocks()
    with ThreadGroup() as threads:
        asked = [threads.start(lambda: reversing(statement.pk)) for _ in range(4)]
        codes = sorted(future.result() for future in asked)
    assert (codes, deadlocks()) == (["REVERSED_ALREADY"] * 3 + ["done"], before)
    assert Reversal.objects.count() == 1
    assert sum(row.physical for row in OnHand.objects.all()) == Decimal(10)
    must_be_sound()


def test_a_statement_and_one_of_its_transactions_at_once(chain: RetailChain) -> None:
    chain.stock(10)
    sold = [chain.sells(2) for _ in range(3)]
    chain.posts()
    statement = Statement.objects.get()
    with ThreadGroup() as threads:
        whole = threads.start(lambda: reversing(statement.pk))
        part = threads.start(lambda: reversing_one(sold[0].transaction_id))
        assert whole.result() == "done"
        assert part.result() in {"done", "REVERSED_ALREADY"}
    assert sum(row.physical for row in OnHand.objects.all()) == Decimal(10)
    assert PosTransaction.objects.filter(reversal=None).count() == 3
    must_be_sound()


def test_a_return_that_is_being_posted_waits_and_finds_its_sale_gone(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.stock(10)
    sold = chain.sells(2)
    chain.posts()
    sale = Statement.objects.get()
    chain.takes_back(sold, 1)
    back = next(statement for statement in chain.calculates() if statement.pk != sale.pk)
    gate = Gate()
    monkeypatch.setattr("statements.services.reversals.begin_reversals", gate.around(begin_reversals))
    with ThreadGroup() as threads:
        taking = threads.start(lambda: reversing(sale.pk))
        gate.wait()
        posting = threads.start(lambda: post(back.pk))
        wait_for(lambda: somebody_waits_for_a_lock() or posting.done(), "the return meets the reversal")
        gate.open()
        assert taking.result() == "done"
        assert posting.result() != "Posted"
    assert Statement.objects.get(pk=back.pk).error_code == "RETURN_OF_UNPOSTED_SALE"
    must_be_sound()


def test_a_return_that_is_posted_first_keeps_its_sale(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    chain.stock(10)
    sold = chain.sells(2)
    chain.posts()
    sale = Statement.objects.get()
    chain.takes_back(sold, 1)
    back = next(statement for statement in chain.calculates() if statement.pk != sale.pk)
    gate = Gate()
    monkeypatch.setattr("statements.services.steps.invoice_placed_orders", gate.around(invoice_placed_orders))
    with ThreadGroup() as threads:
        posting = threads.start(lambda: post(back.pk))
        gate.wait()
        taking = threads.start(lambda: reversing(sale.pk))
        wait_for(lambda: somebody_waits_for_a_lock() or taking.done(), "the reversal meets the return")
        assert not taking.done(), "the reversal did not wait"
        gate.open()
        assert (posting.result(), taking.result()) == ("Posted", "CAME_BACK_SINCE")
    must_be_sound()
