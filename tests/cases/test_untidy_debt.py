"""Debt, recall and evidence where histories are untidy: what was settled is reversed, corrected, blocked, moved or sent back afterwards."""

import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.models import BatchDebt, SettlementProposal
from orders.models import Delivery, OrderApproval
from retailhq.exchange import verify_evidence
from tests.cases.world import PricedShop
from tests.oracle.commands import PARTLY, WRONG_USE, Answer, done, run
from tests.oracle.rows import LegalEntity, Warehouse
from tests.scenarios.world import DEFAULT, NOON, milk

DAY = timedelta(days=1)


@pytest.fixture
def paid(shop: PricedShop) -> PricedShop:
    """3 sold on the default batch, paid by late goods of A (10)."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.sale = shop.sells(3)  # type: ignore[attr-defined]
    shop.posts()
    shop.receives(10, "1.00", "A", receipt="LATE")
    shop.comes_in()
    done("settle_batch_debt")
    return shop


def refusal(answer: Answer) -> str:
    assert answer.status in (WRONG_USE, PARTLY), answer
    return str(answer.data["problems"][0]["code"])


def statement_of(shop: PricedShop) -> str:
    return shop.exports("statements")[0]["statement"]


def holds(shop: PricedShop, tmp_path: Path) -> None:
    """Books, and evidence of the batch and of all days, prove themselves."""
    shop.must_be_sound()
    file = tmp_path / "evidence.zip"
    days = ("--legal-entity", "LE", "--from", "2000-01-01", "--through", "2099-12-31")
    for kind, arguments in (("batch", ("--item", "MILK", "--batch", "A")), ("period", days)):
        done("export_evidence", str(file), *arguments)
        with zipfile.ZipFile(file) as package:
            assert [text for check in verify_evidence.CHECKS[kind] for text in check(package)] == []


@pytest.mark.django_db(transaction=True)
def test_a_settled_sale_is_reversed_once_its_settlement_is_undone(paid: PricedShop, tmp_path: Path) -> None:
    number = statement_of(paid)
    assert refusal(run("reverse", "--statement", number, "--reason", "wrong day")) == "DEBT_SETTLED"
    done("undo_settlement", "W1-S000001", "--reason", "first")
    done("reverse", "--statement", number, "--reason", "wrong day")
    assert (paid.shelf(), paid.debts()) == ({"A": "10"}, [])
    assert done("settle_batch_debt").data["lines"] == 0
    holds(paid, tmp_path)


@pytest.mark.django_db(transaction=True)
def test_the_receipt_that_paid_is_corrected_away_and_the_payment_undone(paid: PricedShop, tmp_path: Path) -> None:
    answer = paid.keeps_journal("receipt_correction", "-10", "A", receipt="LATE/1")
    if answer.status:
        # What paid is gone from the batch: it takes the undoing first.
        done("undo_settlement", "W1-S000001", "--reason", "it never came")
        assert paid.keeps_journal("receipt_correction", "-10", "A", receipt="LATE/1").status == 0
    else:
        done("undo_settlement", "W1-S000001", "--reason", "it never came")
    assert paid.shelf() == {DEFAULT: "-3"}
    assert paid.debts() == [("1", "3")]
    holds(paid, tmp_path)


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_blocked_after_it_paid_takes_returns_and_the_undoing(paid: PricedShop, tmp_path: Path) -> None:
    path = paid.folder / "batches.csv"
    path.write_text("item,batch,disposition,expires_on,best_before\nMILK,A,blocked,,\n", encoding="utf-8")
    done("import_data", "batches", str(path))
    paid.takes_back(paid.sale, 1, at=NOON + DAY)  # type: ignore[attr-defined]
    paid.posts()
    assert paid.shelf() == {"A": "8"}
    done("undo_settlement", "W1-S000001", "--reason", "another batch")
    assert sum(debt.open_quantity for debt in BatchDebt.objects.all()) == 2 or paid.shelf()[DEFAULT] == "-3"
    paid.sells(1, at=NOON + DAY)
    paid.posts()
    holds(paid, tmp_path)


@pytest.mark.django_db(transaction=True)
def test_credits_and_debts_of_one_place_never_stand_beside_each_other(paid: PricedShop, tmp_path: Path) -> None:
    """A blind return, a sale that uses it, an undone settlement that it then pays, and credit that is moved."""
    paid.takes_back(None, 2, at=NOON + DAY)
    paid.posts()
    assert paid.shelf() == {"A": "7", DEFAULT: "2"}
    done("undo_settlement", "W1-S000001", "--reason", "first")
    assert (paid.shelf(), [row[1] for row in paid.debts()]) == ({"A": "10", DEFAULT: "-1"}, ["1"])
    paid.takes_back(None, 5, at=NOON + DAY)
    paid.posts()
    assert paid.shelf() == {"A": "10", DEFAULT: "4"}
    moved = done("move_credit", "--warehouse", "W1", "--item", "MILK", "--batch", "BACK", "--reason", "looked at").data["settlement"]
    assert paid.shelf() == {"A": "10", "BACK": "4"}
    done("undo_settlement", moved, "--reason", "no")
    assert paid.shelf() == {"A": "10", DEFAULT: "4"}
    holds(paid, tmp_path)


def test_a_recall_follows_a_batch_through_transfers(shop: PricedShop) -> None:
    """What W2 sold on the default batch before the batch came there was not of it; what it sold afterwards could be."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.receives(10, "1.00", "A")
    shop.sells(1, store="S2")
    shop.posts()
    assert shop.keeps_journal("transfer", "4", "A", to_warehouse="W2", at=NOON + 2 * DAY).status == 0
    shop.receives(6, "1.00", "B", warehouse="W2")
    after = shop.sells(2, store="S2", at=NOON + 3 * DAY)
    shop.posts()
    answer = done("recall", "--item", "MILK", "--batch", "A").data
    lines = {(row["store"], row["transaction"]) for row in answer["lines"]}
    assert ("S2", after.number) in lines
    assert all(row["transaction"] == after.number for row in answer["lines"] if row["store"] == "S2"), lines
    shop.must_be_sound()


def test_goods_of_another_company_are_recalled_and_paid_in_their_own_books(shop: PricedShop) -> None:
    """Between companies goods go back to the supplier and come in again: one batch of the item, two books."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.comes_in()
    shop.pending.legal_entities.append(LegalEntity("LE2", "Other"))
    shop.warehouse(Warehouse("W2", "LE2"))
    shop.comes_in()
    done("set_parameters", "posting.use_default_batch_id=true", f"posting.default_batch_id={DEFAULT}", "--legal-entity", "LE2")
    shop.receives(10, "1.00", "A")
    first = shop.sells(1)
    second = shop.sells(2, store="S2", at=NOON + DAY)
    shop.posts()
    assert shop.keeps_journal("transfer", "4", "A", to_warehouse="W2", at=NOON).status == PARTLY
    assert shop.keeps_journal("supplier_return", "4", "A", at=NOON).status == 0
    shop.receives(4, "1.00", "A", warehouse="W2", at=NOON + timedelta(hours=1))
    shop.comes_in()
    (one,) = done("settle_batch_debt").data["settlements"]
    assert (one["settlement"], one["quantity"]) == ("W2-S000001", "2")
    assert shop.shelf() == {"A": "5"}
    found = {(row["certainty"], row["transaction"]) for row in done("recall", "--item", "MILK", "--batch", "A").data["lines"]}
    assert found == {("probable", first.number), ("probable", second.number)}
    shop.must_be_sound()


def test_an_approval_is_used_by_its_delivery_though_that_is_reversed(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.orders_fall_back(DEFAULT)
    shop.parameters(inventory__fallback_limit_quantity="1", inventory__fallback_over_limit="ask")
    order = shop.is_ordered(milk(3)).order
    assert shop.invoices().status == PARTLY
    done("approve_fallback", "--order", order, "--note", "known")
    assert shop.invoices().status == 0
    delivery = Delivery.objects.get(order__number=order)
    done("reverse", "--order", order, "--delivery", str(delivery.ordinal), "--reason", "came back")
    assert OrderApproval.objects.get().delivery == delivery
    assert shop.invoices().status == PARTLY
    done("approve_fallback", "--order", order, "--note", "known again")
    assert shop.invoices().status == 0
    assert OrderApproval.objects.count() == 2
    shop.must_be_sound()


def test_what_is_proposed_and_then_paid_by_a_return_waits_no_longer(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.parameters(inventory__pay_debt_on_receipt="true", inventory__payback_limit_quantity="1")
    sale = shop.sells(3)
    shop.posts()
    shop.receives(10, "1.00", "A")
    shop.comes_in()
    assert SettlementProposal.objects.get().quantity == 3
    shop.takes_back(sale, 3, at=NOON + DAY)
    shop.posts()
    assert (shop.debts(), shop.shelf()) == ([], {"A": "10"})
    assert done("settle_batch_debt").data["lines"] == 0
    # A later debt of the place is proposed with figures of its own.
    shop.sells(12, at=NOON + 2 * DAY)
    shop.posts()
    shop.receives(5, "1.00", "C")
    shop.comes_in()
    (open_one,) = SettlementProposal.objects.filter(decided_at=None)
    assert (open_one.quantity, open_one.oldest_on) == (Decimal(2), (NOON + 2 * DAY).date())
    shop.must_be_sound()
