"""The proof sheet: every figure from the till to the ledger stands beside its next, and what differs is marked.

The gate before Posted compares the totals alone.
"""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.db.history import record_history
from ledger.models import MainAccount, PostingProfile
from statements.models import PosTransactionLine, Statement
from statements.queries.proof import flaws_of, item_proof, ledger_proof, proof_totals, rates_of_items
from statements.rules.proof import ItemProof, LedgerProof, ProofTotals, broken_links, prove_by_rate
from tests.core.access.people import make_person
from tests.scenarios.world import Shop


@pytest.fixture
def posted(db: None, tmp_path: Path) -> Statement:
    """A posted day with a tracked and an untracked item, a return and a till event."""
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.has("A", 10)
    sale = shop.sells(3)
    shop.sells(2, item="BAG")
    shop.takes_back(sale, 1)
    shop.till_event("expense", "5")
    shop.posts()
    shop.must_be_posted()
    return Statement.objects.get()


def broken(statement: Statement) -> int:
    items = item_proof(statement.pk)
    rates = prove_by_rate(items, rates_of_items(statement))
    return broken_links(proof_totals(statement.pk), items, rates, ledger_proof(statement), posted=True)


def test_a_posted_day_agrees_from_till_to_ledger(posted: Statement) -> None:
    milk, bag = sorted(item_proof(posted.pk), key=lambda row: row.item != "MILK")
    assert {milk.sold, milk.ordered, milk.allocated, milk.moved} == {Decimal(2)}
    assert {bag.sold, bag.moved} == {Decimal(2)}
    assert bag.net == bag.net_ordered == bag.net_invoiced
    totals = proof_totals(posted.pk)
    assert (totals.sales, totals.total) == (totals.on_orders, totals.invoiced)
    ledger = ledger_proof(posted)
    assert {row.step for row in ledger} == {"invoice", "income_expense", "payments"}
    assert {row.name for row in ledger if row.step == "invoice"} >= {"Inventory", "Cost of goods sold"}
    assert all(row.difference == 0 for row in ledger)
    assert sum(row.posted for row in ledger) == 0
    assert flaws_of(posted.pk) == []
    assert broken(posted) == 0


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE statements_postransactionline SET net = net + 1 WHERE id = (SELECT min(id) FROM statements_postransactionline)",
        "UPDATE orders_salesorderline SET tax = tax + 1 WHERE id = (SELECT min(id) FROM orders_salesorderline)",
        "UPDATE orders_batchallocation SET quantity = quantity + 1 WHERE source_id = (SELECT min(source_id) FROM orders_batchallocation)",
        "UPDATE inventory_inventorytransaction SET cost_amount = cost_amount - 1 WHERE source_kind = 3",
        "UPDATE orders_invoiceline SET net = net + 1 WHERE line_number = 1",
        "UPDATE statements_pospayment SET amount = amount + 1",
        "UPDATE ledger_voucherline SET debit = debit * 2, credit = credit * 2",
    ],
)
def test_a_fault_in_any_link_shows(posted: Statement, fault: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {fault.split()[1]} DISABLE TRIGGER USER")
        cursor.execute(fault)
    assert broken(posted) > 0


def test_what_is_booked_on_other_accounts_now_was_right_when_it_was_posted(posted: Statement) -> None:
    profile = PostingProfile.objects.get(posting_type="clearing")
    record_history(PostingProfile, [profile.pk], "~", "As found.")
    PostingProfile.objects.filter(pk=profile.pk).update(account=MainAccount.objects.exclude(pk=profile.account_id).earliest("pk"))
    record_history(PostingProfile, [profile.pk], "~", "Changed.")
    PostingProfile.history.update(history_date=timezone.now())
    assert all(row.difference == 0 for row in ledger_proof(posted))


def test_the_page_shows_the_chain_and_what_differs(posted: Statement, client: Client) -> None:
    client.force_login(make_person("anna", "auditor"))
    page = client.get(f"/statements/{posted.pk}/?tab=proof").content.decode()
    assert "Everything that is there agrees, to the cent." in page
    assert "MILK" in page
    assert "is-broken" not in page
    PosTransactionLine.objects.filter(item_code="BAG").update(net=Decimal(99))
    page = client.get(f"/statements/{posted.pk}/?tab=proof&broken=1").content.decode()
    assert "5 figures differ" in page, "the item, what it was taxed at, the total, and two accounts that its payments clear"
    assert page.count('class="is-broken"') == 5, "as many rows are marked as are counted"
    assert "MILK" not in page.split("By item")[1].split("By account")[0]


def test_what_is_not_there_yet_proves_nothing() -> None:
    none = (None,) * 3
    row = ItemProof(1, "A", "", "pcs", Decimal(2), *none, Decimal(5), None, None, Decimal(1), None, None, None, None)
    assert not row.differs
    assert row._replace(ordered=Decimal(3)).differs
    totals = ProofTotals(2, 0, Decimal(5), Decimal(0))
    ledger = [LedgerProof("payments", 1, "1000", "Cash", Decimal(5), Decimal(4))]
    assert broken_links(totals, [row], [], ledger, posted=False) == 0
    assert broken_links(totals, [row], [], ledger, posted=True) == 3, "the number of sales, their total, the account"


def test_what_differs_within_a_tax_rate_counts_as_a_row_of_its_own() -> None:
    none = (None,) * 3
    some = (Decimal(1), *none, Decimal(10), Decimal(10), None)
    items = [
        ItemProof(1, "A", "", "pcs", *some, Decimal("1.90"), Decimal("2.00"), None, None, None),
        ItemProof(2, "B", "", "pcs", *some, Decimal("1.90"), Decimal("1.90"), None, None, None),
    ]
    nothing, rate = ProofTotals(0, 0, Decimal(0), Decimal(0)), (Decimal(19),)
    assert broken_links(nothing, items, prove_by_rate(items, {1: rate, 2: rate}), [], posted=False) == 2
