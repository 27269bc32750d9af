"""Settlements of batch debt beside posting, receipts and each other: threads meet at gates, nobody sleeps."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.lib.problems import BusinessError
from inventory.models import BatchDebt, DebtSettlement, OnHand, Warehouse
from inventory.queries.settlements import Selection
from inventory.services import settlements
from inventory.services.settlements import Settled, Settling, settle_warehouse, undo_settlement
from inventory.writes import settlements as writes
from statements.queries import needs as needs_reads
from tests.concurrency.parallel import Gate, ThreadGroup, deadlocks, somebody_waits_for_a_lock, wait_for
from tests.oracle.commands import run
from tests.scenarios.world import DEFAULT, NOON, Shop

DAY = timedelta(days=1)


def settle() -> Settled | None:
    warehouse = Warehouse.objects.get(code="W1").pk
    return settle_warehouse(warehouse, Selection([warehouse]), Settling("race", "test"))


def late_batch(shop: Shop, quantity: int = 5) -> None:
    """Goods that were there before the sale, registered only now."""
    shop.has("LATE", quantity)
    shop.comes_in()


def test_a_return_that_is_being_posted_goes_to_the_batch_that_pays_its_sale_meanwhile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sale took was read before the settlement; what of it was settled is read once the stock is held."""
    sale = shop.sells(8)
    shop.posts()
    late_batch(shop)
    back = shop.takes_back(sale, 2, at=NOON + DAY)
    shop.calculates()
    gate = Gate()
    monkeypatch.setattr(needs_reads, "earlier_takes", gate.around(needs_reads.earlier_takes))
    with ThreadGroup() as threads:
        posting = threads.start(lambda: run("post_statements", "--inline"))
        gate.wait()
        settled = settle()
        gate.open()
        assert posting.result().status == 0
    assert settled is not None
    assert settled.quantity == 3
    assert shop.batches_of(back) == {"LATE": "-2"}
    shop.must_be_sound()


def test_two_settlements_pay_each_debt_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sells(8)
    shop.posts()
    late_batch(shop, 9)
    gate = Gate()
    monkeypatch.setattr(settlements, "plan_settlement", gate.around(settlements.plan_settlement))
    with ThreadGroup() as threads:
        first = threads.start(settle)
        gate.wait()
        second = threads.start(settle)
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second meets the first")
        gate.open()
        results = [first.result(), second.result()]
    assert [result and result.quantity for result in results] == [3, None]
    assert OnHand.objects.get(batch__number="LATE").physical == 6
    shop.must_be_sound()


def test_a_sale_and_a_settlement_never_take_the_same_goods(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sells(8)
    shop.posts()
    late_batch(shop, 3)
    sale = shop.sells(3, at=NOON + DAY)
    shop.calculates()
    before = deadlocks()
    gate = Gate()
    monkeypatch.setattr(settlements, "plan_settlement", gate.around(settlements.plan_settlement))
    with ThreadGroup() as threads:
        settling = threads.start(settle)
        gate.wait()
        posting = threads.start(lambda: run("post_statements", "--inline"))
        wait_for(lambda: somebody_waits_for_a_lock() or posting.done(), "posting meets the settlement")
        gate.open()
        assert settling.result() is not None
        assert posting.result().status == 0
    assert deadlocks() == before
    assert shop.batches_of(sale) == {DEFAULT: "3"}
    assert OnHand.objects.get(batch__number="LATE").physical == 0
    assert sum(BatchDebt.objects.values_list("open_quantity", flat=True)) == Decimal(3)
    shop.must_be_sound()


def test_a_settlement_is_undone_once_however_often_it_is_asked_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sells(8)
    shop.posts()
    late_batch(shop)
    settled = settle()
    assert settled is not None
    gate = Gate()
    monkeypatch.setattr(settlements, "insert_settlement", gate.around(writes.insert_settlement))

    def undo() -> str:
        try:
            return undo_settlement(settled.number, "race", "test").number
        except BusinessError as error:
            return error.problems[0].code

    with ThreadGroup() as threads:
        first = threads.start(undo)
        gate.wait()
        second = threads.start(undo)
        wait_for(lambda: somebody_waits_for_a_lock() or second.done(), "the second meets the first")
        gate.open()
        results = [first.result(), second.result()]
    assert results == [f"{settled.number}-U", "SETTLEMENT_UNDONE"]
    assert DebtSettlement.objects.count() == 2
    assert OnHand.objects.get(batch__number="LATE").physical == 5
    shop.must_be_sound()
