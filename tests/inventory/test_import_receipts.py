"""Receipts: what comes in is in stock at once, once, with its batch, its cost and its movement."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.lib.document_kinds import SourceKind
from inventory.models import Batch, InventoryTransaction, Item, ItemModelGroup, OnHand, ReceiptLine, WarehouseItemCost
from inventory.services import receipts as service
from retailhq.exchange.services.files import CSV_KINDS
from tests.core.files.loading import ITEMS, RECEIPT_COLUMNS, counts, load, load_good, load_world
from tests.oracle.commands import DONE, PARTLY

pytestmark = pytest.mark.django_db


def receipt(
    number: str, line: int = 1, warehouse: str = "W1", item: str = "MILK", batch: str = "A", quantity: str = "5", cost: str = "1.10",
    at: str = "2024-01-10T20:00:00-05:00", made: str = "", expires: str = "", disposition: str = "",
) -> str:  # fmt: skip
    return f"{number},{line},{warehouse},{item},{batch},{quantity},{cost},{at},{made},{expires},{disposition}\n"


def stock() -> dict[tuple[str, str, str | None], Decimal]:
    rows = OnHand.objects.values_list("warehouse__code", "item__code", "batch__number", "physical")
    return {(warehouse, item, batch): quantity for warehouse, item, batch, quantity in rows}


def test_a_receipt_is_posted(tmp_path: Path) -> None:
    load_world(tmp_path)
    content = RECEIPT_COLUMNS + receipt("R1", quantity="3.3333", cost="1.555555", made="2024-01-09")
    assert counts(load_good(tmp_path, "receipts", content)) == (1, 0, 0, 0)
    line = ReceiptLine.objects.get()
    batch = Batch.objects.get()
    assert (line.receipt, line.line_number, line.batch) == ("R1", 1, batch)
    assert (batch.manufactured_on, batch.expires_on, batch.disposition.code) == (date(2024, 1, 9), date(2024, 1, 19), "available")
    on_hand = OnHand.objects.get()
    assert (on_hand.physical, on_hand.reserved, on_hand.negative_allowed) == (Decimal("3.3333"), Decimal(0), False)
    assert on_hand.first_received_at == line.received_at
    movement = InventoryTransaction.objects.get()
    assert (movement.source_kind, movement.source_id) == (SourceKind.RECEIPT_LINE, line.pk)
    assert (movement.quantity, movement.cost_amount) == (Decimal("3.3333"), Decimal("3.33")), "at standard cost"
    assert movement.date == date(2024, 1, 10), "the day that the file names, in its own offset"


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    load_world(tmp_path)
    content = RECEIPT_COLUMNS + receipt("R1") + receipt("R1", 2, item="NAILS", batch="") + receipt("R2", batch="B")
    assert counts(load_good(tmp_path, "receipts", content)) == (3, 0, 0, 0)
    before = stock()
    assert before == {("W1", "MILK", "A"): 5, ("W1", "MILK", "B"): 5, ("W1", "NAILS", None): 5}
    assert counts(load_good(tmp_path, "receipts", content)) == (0, 0, 3, 0)
    spelled_otherwise = content.replace("1.10", "1.1000").replace("20:00:00-05:00", "18:00:00-07:00")
    assert counts(load_good(tmp_path, "receipts", spelled_otherwise)) == (0, 0, 3, 0)
    assert stock() == before
    assert InventoryTransaction.objects.count() == 3


def test_a_receipt_may_name_its_item_by_barcode(tmp_path: Path) -> None:
    load_world(tmp_path)
    Item.objects.filter(code="MILK").update(barcode="96385074")
    content = RECEIPT_COLUMNS + receipt("R1", item="00000096385074")
    assert counts(load_good(tmp_path, "receipts", content)) == (1, 0, 0, 0)
    assert stock() == {("W1", "MILK", "A"): 5}
    assert counts(load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1"))) == (0, 0, 1, 0)


@pytest.mark.parametrize("batch", [1, 5000])
def test_a_key_twice_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setitem(CSV_KINDS, "receipts", CSV_KINDS["receipts"]._replace(batch=lambda: batch))
    load_world(tmp_path)
    answer, rejects = load(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1") + receipt("R1") + receipt("R1", quantity="6"))
    assert counts(answer.data) == (1, 0, 1, 1)
    assert [(row["row"], row["key"], row["code"]) for row in rejects] == [("4", "R1/1", "CONFLICT")]
    assert stock() == {("W1", "MILK", "A"): 5}


def test_a_refused_row_does_not_claim_its_key(tmp_path: Path) -> None:
    load_world(tmp_path)
    content = RECEIPT_COLUMNS + receipt("R1", item="GONE") + receipt("R1")
    answer, rejects = load(tmp_path, "receipts", content)
    assert counts(answer.data) == (1, 0, 0, 1)
    assert [row["code"] for row in rejects] == ["UNKNOWN_ITEM"]


BAD = [
    (receipt("R1", warehouse="W9"), "UNKNOWN_WAREHOUSE"), (receipt("R1", item="GONE"), "UNKNOWN_ITEM"),
    (receipt("R1", disposition="rotten"), "UNKNOWN_DISPOSITION"), (receipt("R1", batch=""), "BATCH_REQUIRED"),
    (receipt("R1", item="NAILS"), "BATCH_NOT_ALLOWED"), (receipt("R1", quantity="0"), "BAD_NUMBER"),
    (receipt("R1", quantity="-1"), "BAD_NUMBER"), (receipt("R1", cost="-1"), "BAD_NUMBER"), (receipt("R1", cost=""), "MISSING_FIELD"),
    (receipt("R1", quantity="99999999999999", cost="999999999999"), "TOO_LARGE"),
    (receipt("R1", made="2024-01-02", expires="2024-01-01"), "BAD_DATE"), (receipt("R1", expires="31.01.2024"), "BAD_DATE"),
    (receipt("R1", at="2024-01-10T20:00:00"), "BAD_DATE"), (receipt("R1", line=0), "BAD_NUMBER"),
    (receipt("R1", batch="A").replace("1.10", "1e1"), "BAD_NUMBER"), (receipt("R1", item="CHEESE", batch="", quantity="x"), "BAD_NUMBER"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "code"), BAD, ids=[row[1] + str(place) for place, row in enumerate(BAD)])
def test_a_bad_row_leaves_no_trace(tmp_path: Path, row: str, code: str) -> None:
    load_world(tmp_path)
    answer, rejects = load(tmp_path, "receipts", RECEIPT_COLUMNS + row + receipt("R2", batch="B"))
    assert (answer.status, [reject["code"] for reject in rejects]) == (PARTLY, [code])
    assert stock() == {("W1", "MILK", "B"): 5}
    assert Batch.objects.count() == ReceiptLine.objects.count() == InventoryTransaction.objects.count() == 1


def test_a_batch_contradicted_within_one_file(tmp_path: Path) -> None:
    load_world(tmp_path)
    rows = [receipt("R1", expires="2024-02-01"), receipt("R2", expires="2024-02-02"), receipt("R3", disposition="blocked"), receipt("R4")]
    answer, rejects = load(tmp_path, "receipts", RECEIPT_COLUMNS + "".join(rows))
    assert [(row["key"], row["code"]) for row in rejects] == [("R2/1", "CONFLICT"), ("R3/1", "CONFLICT")]
    assert counts(answer.data) == (2, 0, 0, 2)
    assert stock() == {("W1", "MILK", "A"): 10}


def test_a_batch_is_completed_by_a_later_receipt(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1", item="CHEESE"))
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R2", item="CHEESE", expires="2024-03-01"))
    assert Batch.objects.get().expires_on == date(2024, 3, 1)
    answer, _ = load(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R3", item="CHEESE", expires="2024-03-02"))
    assert answer.status == PARTLY


def test_the_earliest_receipt_counts_for_the_batch(tmp_path: Path) -> None:
    load_world(tmp_path)
    for number, at in (("R1", "2024-01-10T08:00:00Z"), ("R2", "2024-01-05T08:00:00Z"), ("R3", "2024-01-20T08:00:00Z")):
        load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt(number, at=at))
    first = OnHand.objects.get().first_received_at
    assert first is not None
    assert first.date() == date(2024, 1, 5)


def test_goods_may_come_into_a_negative_stock(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1", item="NAILS", batch=""))
    OnHand.objects.update(physical=-8, negative_allowed=True, first_received_at=None)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R2", item="NAILS", batch=""))
    on_hand = OnHand.objects.get()
    assert (on_hand.physical, on_hand.negative_allowed) == (Decimal(-3), True)
    assert on_hand.first_received_at is not None


def test_moving_average_is_kept_per_warehouse(tmp_path: Path) -> None:
    load_world(tmp_path)
    group = ItemModelGroup.objects.create(code="AVG", name="x", negative_physical=True, costing_method="moving_average")
    Item.objects.filter(code="MILK").update(model_group=group)
    rows = [
        receipt("R1", quantity="10", cost="1"), receipt("R2", quantity="10", cost="2", batch="B"), receipt("R3", warehouse="W2", cost="7"),
        receipt("R4", item="CHEESE", cost="9"),
    ]  # fmt: skip
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + "".join(rows))
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R5", quantity="20", cost="3"))
    costs = {row.warehouse.code: row.unit_cost for row in WarehouseItemCost.objects.filter(item__code="MILK").select_related("warehouse")}
    assert costs == {"W1": Decimal("2.25"), "W2": Decimal(7)}


def test_nothing_is_received_on_the_default_batch(tmp_path: Path) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1", batch="DEF"))
    OnHand.objects.all().delete()
    Batch.objects.update(is_default_batch=True)
    answer, rejects = load(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R2", batch="DEF"))
    assert (answer.status, rejects[0]["code"]) == (PARTLY, "CONFLICT")


def test_the_number_of_statements_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    load_world(tmp_path)
    # The first file of a name is noted as new, later ones as seen again.
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("N1", 1))
    statements = []
    for count in (2, 300):
        rows = "".join(receipt(f"N{count}", line, batch=f"B{line % 7}", warehouse=f"W{1 + line % 2}") for line in range(1, count + 1))
        with CaptureQueriesContext(connection) as captured:
            load_good(tmp_path, "receipts", RECEIPT_COLUMNS + rows)
        statements.append(len(captured))
    assert statements[0] == statements[1] < 35


def test_a_row_that_only_the_database_refuses_is_found(tmp_path: Path) -> None:
    """A constraint that no rule knows: the rows before are kept, the others are named."""
    load_world(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_onhand ADD CONSTRAINT test_small CHECK (physical < 100)")
    rows = "".join(receipt(f"R{number}", quantity="60", cost="0") for number in range(1, 5))
    answer, rejects = load(tmp_path, "receipts", RECEIPT_COLUMNS + rows)
    assert {row["code"] for row in rejects} == {"REFUSED_BY_DATABASE"}
    assert counts(answer.data) == (1, 0, 0, 3)
    assert ReceiptLine.objects.count() == InventoryTransaction.objects.count() == 1
    assert stock() == {("W1", "MILK", "A"): Decimal(60)}


def test_a_killed_import_leaves_whole_batches_and_the_same_file_completes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_world(tmp_path)
    monkeypatch.setitem(CSV_KINDS, "receipts", CSV_KINDS["receipts"]._replace(batch=lambda: 3))
    content = RECEIPT_COLUMNS + "".join(receipt("R1", line) for line in range(1, 9))
    post = service._post
    batches = iter([None, None])

    def killed(*arguments: object) -> object:
        repeats = post(*arguments)  # type: ignore[arg-type]
        if next(batches, "third") == "third":
            raise KeyboardInterrupt
        return repeats

    monkeypatch.setattr(service, "_post", killed)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path, "receipts", content)
    monkeypatch.setattr(service, "_post", post)
    assert stock() == {("W1", "MILK", "A"): 30}
    assert counts(load_good(tmp_path, "receipts", content)) == (2, 0, 6, 0)
    assert stock() == {("W1", "MILK", "A"): 40}


@pytest.fixture
def posting_elsewhere(transactional_db: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A second connection, as a worker would have."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        yield other


def test_a_receipt_waits_for_the_posting_that_holds_its_stock(
    tmp_path: Path, posting_elsewhere: psycopg.Connection[tuple[object, ...]]
) -> None:
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1"))
    posting_elsewhere.execute("SELECT FROM inventory_onhand FOR NO KEY UPDATE")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    answer, rejects = load(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R2"))
    assert (answer.status, [row["code"] for row in rejects]) == (PARTLY, ["DATABASE_LOST"])
    posting_elsewhere.rollback()
    assert load(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R2"))[0].status == DONE
    assert stock() == {("W1", "MILK", "A"): 10}


def test_items_stay_untouched(tmp_path: Path) -> None:
    """Receiving reads master data and never writes it."""
    load_world(tmp_path)
    load_good(tmp_path, "receipts", RECEIPT_COLUMNS + receipt("R1"))
    assert counts(load_good(tmp_path, "items", ITEMS)) == (0, 0, 3, 0)
