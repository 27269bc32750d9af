"""A document comes in again at the moment in which its statement is posted or calculated: one happens first, the other sees what it did."""

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from core.jobs.queue import writes as partition_writes
from core.lib.imports import Row
from core.lib.messages import Message
from statements.models import PosTransaction, Statement, TransactionVersion
from statements.queries.validation import lock_stored
from statements.services import versions
from statements.services.calculation import calculate_statements
from statements.services.decode import Incoming
from statements.services.imports import Replacing, import_transactions
from statements.services.posting import request_posting, run_inline
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.statements.retail_chain import SOAP, RetailChain, must_be_sound

PRICE = Decimal(2)


def sent_again(transaction_id: int, quantity: int) -> Callable[[], str]:
    """Sends the transaction with another quantity; gives the code that refused it."""
    with transaction.atomic():
        (stored,) = lock_stored([transaction_id])
    old, total = stored.value, PRICE * quantity
    lines = (old.lines[0]._replace(quantity=Decimal(quantity), net=total),)
    paid = (old.payments[0]._replace(amount=total),)
    value = old._replace(lines=lines, live=lines, payments=paid, net=total, total=total)
    row = Row(1, str(value.key), Incoming(value, value.business_date, uuid4()))

    def send() -> str:
        result = import_transactions([row], Replacing("maria", Message("Sent again by a till.")))
        return result.rejects[0].code if result.rejects else ""

    return send


def post(statement_id: int) -> str:
    run_inline(request_posting([statement_id], None, "ben", to_workers=False).pk, "ben")
    return Statement.objects.get(pk=statement_id).post_state


@pytest.fixture
def calculated(chain: RetailChain) -> int:
    """The statement of one sale of one SOAP."""
    chain.sells(1, SOAP)
    return chain.calculates()[0].pk


def test_posting_waits_for_the_new_version_and_posts_it(calculated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    monkeypatch.setattr(versions, "lock_documents", gate.around(versions.lock_documents))
    monkeypatch.setattr("statements.services.imports.lock_documents", versions.lock_documents)
    sale = PosTransaction.objects.get()
    with ThreadGroup() as threads:
        sending = threads.start(sent_again(sale.pk, 3))
        gate.wait()
        posting = threads.start(lambda: post(calculated))
        wait_for(lambda: somebody_waits_for_a_lock() or posting.done(), "the posting meets the new version")
        assert not posting.done(), "the posting did not wait"
        gate.open()
        assert (sending.result(), posting.result()) == ("", "Posted")
    assert Statement.objects.get().total == 6
    must_be_sound()


def test_what_is_asked_to_be_posted_first_is_not_replaced(calculated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    monkeypatch.setattr(partition_writes, "queue_documents", gate.around(partition_writes.queue_documents))
    sale = PosTransaction.objects.get()
    with ThreadGroup() as threads:
        posting = threads.start(lambda: post(calculated))
        gate.wait()
        sending = threads.start(sent_again(sale.pk, 3))
        wait_for(lambda: somebody_waits_for_a_lock() or sending.done(), "the new version meets the posting")
        gate.open()
        assert posting.result() == "Posted"
        assert sending.result() in ("BEING_POSTED", "POSTED_ALREADY")
    assert Statement.objects.get().total == 2
    assert not TransactionVersion.objects.exists()
    must_be_sound()


def test_many_at_once_end_with_one_of_them_and_a_whole_history(chain: RetailChain) -> None:
    """Tills, calculation and posting at once: no deadlock, and what is posted is what the sale says."""
    for number in range(4):
        chain.sells(number + 1, SOAP)
    sales = list(PosTransaction.objects.order_by("pk").values_list("pk", flat=True))
    before = deadlocks()
    with ThreadGroup() as threads:
        sent = [threads.start(sent_again(sale, 10 * round_ + place)) for round_ in (1, 2) for place, sale in enumerate(sales)]
        counted = [threads.start(lambda: calculate_statements(actor="ben")) for _ in range(2)]
        codes = [future.result() for future in sent]
        assert all(future.result() is not None for future in counted)
    assert (set(codes), deadlocks()) == ({""}, before)
    assert TransactionVersion.objects.count() == len(codes)
    chain.posts()
    assert {statement.post_state for statement in Statement.objects.all()} == {"Posted"}
    must_be_sound()
