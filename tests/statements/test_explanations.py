"""Why this batch: what a posted line is explained by is what it was posted by, whatever happened before and since."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.lib.document_kinds import SourceKind
from inventory.models import Batch, Disposition, ItemModelGroup
from inventory.rules.explanation import Candidate, Outcome
from orders.models import BatchAllocation, Invoice, Reservation
from orders.services.explanations import Explained, explain_delivery_line
from parameters.models import RetailParameters
from statements.models import PosTransactionLine
from statements.services.explanations import explain_pos_line
from tests.core.access.people import make_person
from tests.oracle.commands import run, set_parameters
from tests.oracle.driving import Drive
from tests.oracle.rows import LineRef, Warehouse
from tests.oracle.worlds import SEEDS, SIZE, make_world
from tests.scenarios.world import DEFAULT, NOON, TODAY, Shop, milk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def unexplained(least: int = 1) -> list[object]:
    """Allocated lines of tills and deliveries whose explanation is not what was posted; there must be `least` lines at all."""
    lines = set(BatchAllocation.objects.values_list("source_kind", "source_id"))
    assert len(lines) >= least
    differing: list[object] = []
    for kind, line_id in sorted(lines):
        found = explain_pos_line(line_id) if kind == SourceKind.POS_LINE else explain_delivery_line(line_id)
        if found is None or not found.agrees:
            differing.append((kind, line_id, found and (found.posted, found.explanation)))
    return differing


@pytest.mark.parametrize("seed", SEEDS)
def test_every_line_of_a_world_is_explained_as_it_was_posted(seed: int, tmp_path: Path) -> None:
    """Blocks, late goods, returns, other settings and policies: before and after they come."""
    story = Drive(make_world(seed, SIZE, f"w{seed}-"), tmp_path, Random(seed))
    story.import_world()
    story.first_run()
    assert unexplained(0) == []
    story.import_later()
    story.settle()
    assert unexplained(0) == []


def explained(ref: LineRef) -> Explained:
    line = PosTransactionLine.objects.get(transaction__number=ref.number, number=ref.line)
    found = explain_pos_line(line.pk)
    assert found is not None
    return found


def candidates(found: Explained) -> dict[str, Candidate]:
    return {candidate.number: candidate for candidate in found.explanation.candidates}


def outcomes(found: Explained) -> dict[str, str]:
    return {number: str(candidate.outcome) for number, candidate in candidates(found).items()}


def test_each_candidate_says_why_it_won_or_lost(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.disposition("held", blocks=True)
    shop.has("OLD", 2, expires=TODAY - DAY)
    shop.has("SOON", 3, expires=TODAY + DAY)
    shop.has("LONG", 4, expires=TODAY + 9 * DAY)
    shop.has("HELD", 5, disposition="held")
    shop.has("LATE", 6, received=NOON + 9 * DAY)
    shop.sells(2)
    sale = shop.sells(2)
    shop.posts()
    found = explained(sale)
    assert found.agrees
    assert outcomes(found) == {
        "OLD": Outcome.EXPIRED, "SOON": Outcome.TAKEN, "LONG": Outcome.TAKEN, "HELD": Outcome.BLOCKED, "LATE": Outcome.RECEIVED_LATER,
    }  # fmt: skip
    soon = candidates(found)["SOON"]
    assert [soon.rank, soon.physical, soon.taken] == [2, Decimal(1), Decimal(1)]
    assert [found.explanation.lines_before, found.explanation.total] == [1, Decimal(18)]


def test_what_changes_later_changes_no_explanation(shop: Shop) -> None:
    """Receipts, blocks, dates, policy, parameters and warehouse: as they were then."""
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 1, expires=TODAY + DAY)
    shop.has("B", 5)
    first = shop.sells(2)
    shop.posts()
    before = explained(first)
    shop.has("C", 9, expires=TODAY)
    shop.disposition("available", blocks=True)
    shop.warehouse(Warehouse("W1", "LE", wms_enabled=True, store_negative_physical=True))
    shop.sells_item(negative=False, policy="lifo")
    shop.parameters(inventory__use_batches_received_after_sale="true", posting__default_batch_id="OTHER")
    second = shop.sells(1, at=NOON + DAY)
    shop.posts()
    after = explained(first)
    assert after.agrees
    assert after.explanation == before.explanation
    later = explained(second)
    assert later.agrees
    assert outcomes(later) == {"A": Outcome.USED_UP, "B": Outcome.BLOCKED, "C": Outcome.BLOCKED}
    assert [(part.source, part.reason) for part in later.posted] == [("default", "BLOCKED")]


def test_dates_that_a_later_receipt_fills_in_were_not_known(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5)
    shop.has("B", 5, expires=TODAY + DAY)
    sale = shop.sells(1)
    shop.posts()
    assert shop.batches_of(sale) == {"B": "1"}
    shop.has("A", 5, expires=TODAY)
    shop.comes_in()
    assert Batch.objects.get(number="A").expires_on == TODAY
    assert explained(sale).agrees


def test_a_page_that_blocks_a_batch_in_the_middle_of_a_run_is_seen_through(shop: Shop) -> None:
    """What a run had read before somebody changed it still explains it."""
    shop.sells_item()
    shop.has("A", 5)
    sale = shop.sells(1)
    shop.posts()
    batch = Batch.objects.get(number="A")
    blocked = Disposition.objects.get(code="blocked")
    found = explained(sale)
    entries = (("~", found.run.posted_at - DAY, batch.disposition_id), ("~", found.run.posted_at - timedelta(microseconds=1), blocked.pk))
    for kind, at, disposition in entries:
        Batch.history.create(
            id=batch.pk,
            item_id=batch.item_id,
            number="A",
            disposition_id=disposition,
            is_default_batch=False,
            history_type=kind,
            history_date=at,
        )
    again = explained(sale)
    assert again.agrees
    assert again.judged_at < again.run.posted_at


def test_books_that_were_changed_behind_the_product_are_told(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 5)
    shop.has("B", 5)
    sale = shop.sells(1)
    shop.posts()
    assert explained(sale).agrees
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_batchallocation DISABLE TRIGGER USER")
    BatchAllocation.objects.update(batch=Batch.objects.get(number="B"))
    assert not explained(sale).agrees


def test_what_was_reserved_then_is_known_though_it_is_gone(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.orders_fall_back()
    shop.has("A", 3)
    shop.has("B", 4)
    order = shop.is_ordered(milk(3))
    shop.comes_in()
    sale = shop.sells(5)
    shop.posts()
    shop.invoices()
    assert not Reservation.objects.exists()
    found = explained(sale)
    assert found.agrees
    assert outcomes(found) == {"A": Outcome.RESERVED, "B": Outcome.TAKEN}
    assert shop.batches_of(sale) == {"B": "4", DEFAULT: "1"}
    assert [row[0] for row in shop.order_allocated(order)] == ["A"]
    assert unexplained(2) == []


def test_orders_returns_and_tills_in_one_warehouse(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.orders_fall_back()
    shop.has("A", 3)
    ordered = shop.is_ordered(milk(5))
    shop.is_ordered(milk(2, batch="A"))
    shop.comes_in()
    sale = shop.sells(4)
    shop.takes_back(None, 1)
    shop.posts()
    shop.invoices()
    shop.is_ordered(milk(-2), back=ordered)
    shop.takes_back(sale, 2, at=NOON + DAY, store="S2")
    shop.sells(1, at=NOON + DAY, store="S2")
    shop.posts()
    shop.invoices()
    assert unexplained(7) == []


def test_an_order_that_takes_what_was_set_aside_for_it(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.orders_fall_back()
    shop.has("A", 3)
    shop.is_ordered(milk(2))
    shop.comes_in()
    shop.invoices()
    assert unexplained(1) == []


def test_what_was_reversed_explains_itself_and_what_came_after(shop: Shop) -> None:
    """A statement, a transaction and a return that were taken back: each line by what was there when it was posted."""
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 3)
    shop.has("B", 4)
    sale = shop.sells(5)
    shop.posts()
    number = shop.statement()["statement"]
    shop.takes_back(sale, 2, at=NOON + DAY)
    shop.posts()
    (later,) = [row["statement"] for row in shop.exports("statements") if row["statement"] != number]
    assert run("reverse", "--statement", later, "--reason", "wrong day").status == 0
    assert unexplained(2) == []
    shop.sells(1, at=NOON + 2 * DAY)
    shop.takes_back(sale, 1, at=NOON + 2 * DAY)
    shop.posts()
    other = shop.sells(1, at=NOON + 3 * DAY)
    shop.posts()
    assert run("reverse", "--transaction", f"S1/{other.terminal}/{other.number}", "--reason", "typed twice").status == 0
    shop.sells(2, at=NOON + 4 * DAY)
    shop.posts()
    assert unexplained(5) == []
    assert run("explain_allocation", f"S1/{sale.terminal}/{sale.number}", "1").status == 0


def test_settlements_change_no_explanation(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    sale = shop.sells(3)
    shop.posts()
    shop.has("A", 2)
    shop.has("B", 3)
    shop.comes_in()
    assert run("settle_batch_debt", "--reason", "late goods").status == 0
    shop.takes_back(sale, 1, at=NOON + DAY)
    shop.sells(2, at=NOON + DAY)
    shop.posts()
    assert unexplained(3) == []
    assert [part.source for part in explained(sale).posted] == ["default"]


def test_journals_are_part_of_the_books(shop: Shop, tmp_path: Path) -> None:
    """A batch that a transfer brought is there from the beginning of its day."""
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 4)
    shop.comes_in()
    journal = tmp_path / "journal.csv"
    journal.write_text(
        "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\n"
        "J1,1,transfer,W1,W2,MILK,A,3,2024-05-01,,moved\nJ1,2,write_off,W1,,MILK,A,-1,2024-05-01,,broken\n",
        encoding="utf-8",
    )
    assert run("import_data", "journals", str(journal)).status == 0
    shop.sells(1, store="S1")
    sale = shop.sells(2, store="S2")
    shop.posts()
    assert shop.batches_of(sale) == {"A": "2"}
    assert unexplained(2) == []


def test_the_default_batch_is_explained_by_what_was_missing(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    sale = shop.sells(3)
    shop.posts()
    found = explained(sale)
    assert found.agrees
    assert not found.explanation.candidates
    assert found.explanation.credit == 0
    assert [(part.source, part.reason) for part in found.explanation.takes] == [("default", "NO_BATCH")]


def test_the_number_of_queries_does_not_depend_on_history(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 50)
    sale = shop.sells(1)
    shop.posts()
    with CaptureQueriesContext(connection) as few:
        explained(sale)
    for day in range(1, 4):
        shop.has(f"B{day}", 2)
        shop.sells(1, at=NOON + day * DAY)
        shop.takes_back(sale, "0.1", at=NOON + day * DAY)
        shop.posts()
    later = shop.sells(3, at=NOON + 9 * DAY)
    shop.posts()
    with CaptureQueriesContext(connection) as many:
        explained(later)
    assert len(many) <= len(few) <= 20


def test_the_command_says_it_for_tills_and_orders(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back()
    shop.has("A", 2)
    sale = shop.sells(3)
    order = shop.is_ordered(milk(1))
    shop.orders_fall_back()
    shop.posts()
    shop.invoices()
    answer = run("explain_allocation", f"S1/{sale.terminal}/{sale.number}", "1")
    assert answer.status == 0
    data = answer.data
    assert (data["item"], data["warehouse"], data["policy"], data["agrees"]) == ("MILK", "W1", "fefo", True)
    assert [(row["batch"], row["physical"], row["taken"], row["outcome"]) for row in data["candidates"]] == [("A", "2", "1", "taken")]
    assert [(row["batch"], row["quantity"], row["reason"]) for row in data["posted"]][-1] == (DEFAULT, "2", "RESERVED")
    assert run("explain_allocation", "--order", order.order, "1").status == 0
    for wrong in (("S1/T1/none", "1"), ("S1", "1"), ("--order", "none", "1"), (f"S1/{sale.terminal}/{sale.number}", "9")):
        assert run("explain_allocation", *wrong).status == 2


def test_settings_of_then_are_said(shop: Shop) -> None:
    shop.sells_item(negative=True)
    shop.falls_back("FIRST")
    sale = shop.sells(1)
    shop.posts()
    set_parameters({"posting.default_batch_id": "SECOND"})
    ItemModelGroup.objects.update(allocation_policy="lifo")
    assert RetailParameters.objects.get().posting_default_batch_id == "SECOND"
    assert explained(sale).explanation.settings.default_batch_id == "FIRST"


def test_lines_of_invoices_lead_to_why_each_batch(shop: Shop, client: Client) -> None:
    """Of statements and of customer orders; of an order that was delivered in parts each invoice shows its own."""
    shop.sells_item()
    shop.has("A", 2)
    shop.has("B", 9)
    shop.sells(3)
    shop.posts()
    order = shop.is_ordered(milk(4))
    shop.invoices()
    client.force_login(make_person("ada", "auditor"))
    for number, batches in ((Invoice.objects.exclude(order__number=order.order).get(), ["A", "B"]), (order.order, ["B"])):
        invoice = number if isinstance(number, Invoice) else Invoice.objects.get(order__number=number)
        page = client.get(f"/orders/invoices/{invoice.pk}/")
        (line,) = page.context["lines"]
        assert [allocation.batch.number for allocation in line.allocations] == batches
        assert page.content.decode().count("Why this batch") == len(batches)
