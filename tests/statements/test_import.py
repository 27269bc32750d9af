"""Till transactions through the command: kept once, resolved, validated on arrival, healed later."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.files import run as frame
from inventory.models import Batch
from ledger.models import FiscalPeriod
from orders.models import Staff, Store, Terminal
from parameters.models import DisabledRule, LegalEntity, Unit
from statements.models import PosPayment, PosTransaction, PosTransactionLine, ValidationProblem
from statements.services import documents
from statements.writes import imports as writes
from tests.core.files.loading import CUSTOMERS, ITEM_COLUMNS, RECEIPT_COLUMNS, counts, load, load_good, load_world
from tests.oracle.commands import DONE, PARTLY, Answer, done, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    load_world(tmp_path)
    done("set_parameters", "posting.use_default_batch_id=true", "posting.default_batch_id=DEF")
    return tmp_path


def line(number: int = 1, item: str = "MILK", quantity: str = "2", net: str = "2.00", **changes: Any) -> dict[str, Any]:
    return {"number": number, "item": item, "quantity": quantity, "unit": "each", "price": "1.00", "net": net, "tax": "0.10"} | changes


def ticket(number: str, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A receipt whose sums agree."""
    rows = list(lines or (line(),))
    net = sum((Decimal(row["net"]) for row in rows if not row.get("voided")), Decimal(0))
    tax = sum((Decimal(row["tax"]) for row in rows if not row.get("voided")), Decimal(0))
    payment = {"number": 1, "method": "cash", "amount": str(net + tax)}
    sums = {"net": str(net), "tax": str(tax), "total": str(net + tax), "payments": [payment]}
    header = {"store": "S1", "terminal": "T1", "number": number, "kind": "sale", "sold_at": f"2024-05-01T12:00:{int(number) % 60:02}-04:00"}
    return header | {"currency": "USD", "staff": "0042", "lines": rows} | sums | changes


def keep(folder: Path, *tickets: dict[str, Any] | str, options: tuple[str, ...] = ()) -> tuple[Answer, list[dict[str, str]]]:
    content = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in tickets)
    return load(folder, "transactions", content, *options, name="tickets.ndjson")


def problems() -> set[tuple[str, int | None, str]]:
    rows = ValidationProblem.objects.values_list("transaction__number", "line_number", "code")
    return set(rows)


def back(number: int, of: str, of_line: int = 1, quantity: str = "-1") -> dict[str, Any]:
    reference = {"store": "S1", "terminal": "T1", "number": of, "line": of_line}
    price = str(round(1 / abs(Decimal(quantity)), 4))
    return line(number, quantity=quantity, price=price, net="-1.00", tax="-0.05", return_of=reference)


def test_a_ticket_is_kept_as_it_came(folder: Path) -> None:
    load_good(folder, "receipts", RECEIPT_COLUMNS + "R1,1,W1,MILK,A,5,1,2024-01-01T08:00:00Z,,2024-12-31,\n")
    row = ticket("1", line(batch="A"), line(2, item="NAILS", voided=True), customer="C1", discount="0", paid="2.10", item_count="2")
    answer, _ = keep(folder, row)
    assert (answer.status, counts(answer.data), answer.data["lines"], answer.data["errors"]) == (DONE, (1, 0, 0, 0), 2, 0)
    kept = PosTransaction.objects.select_related("customer", "staff", "terminal").get()
    assert (kept.terminal.code, kept.number, kept.kind, kept.currency_id) == ("T1", "1", "sale", "USD")
    assert (kept.sold_at, kept.business_date) == (datetime(2024, 5, 1, 16, 0, 1, tzinfo=UTC), date(2024, 5, 1))
    assert kept.customer is not None
    assert kept.staff is not None
    assert (kept.customer.code, kept.customer_code, kept.staff.code) == ("C1", "C1", "0042")
    assert [str(amount) for amount in (kept.net, kept.tax, kept.total, kept.header_discount, kept.header_paid, kept.header_item_count)] == [
        *("2.00", "0.10", "2.10", "0.00", "2.10", "2.0000")
    ]
    assert (kept.validation_status, kept.statement_id) == ("valid", None)
    first, second = PosTransactionLine.objects.order_by("number")
    assert first.batch == Batch.objects.get()
    assert (first.batch_number, str(first.stock_quantity)) == ("A", "2.0000")
    assert (second.voided, second.item_code, second.batch) == (True, "NAILS", None)
    assert list(PosPayment.objects.values_list("number", "method_id", "amount")) == [(1, "cash", Decimal("2.10"))]
    period = FiscalPeriod.objects.latest("starts_on")
    assert (period.starts_on, period.ends_on, period.status) == (date(2024, 5, 1), date(2024, 5, 31), "open")


def test_importing_again_changes_nothing(folder: Path) -> None:
    tickets = [ticket(str(number)) for number in range(1, 6)]
    assert counts(keep(folder, *tickets)[0].data) == (5, 0, 0, 0)
    assert counts(keep(folder, *tickets, ticket("6"))[0].data) == (1, 0, 5, 0)
    assert PosTransaction.objects.count() == PosTransactionLine.objects.count() == PosPayment.objects.count() == 6


@pytest.mark.parametrize("batch_weight", [1, 5000])
def test_the_same_number_with_other_content(folder: Path, monkeypatch: pytest.MonkeyPatch, batch_weight: int) -> None:
    monkeypatch.setattr(frame, "BATCH_WEIGHT", batch_weight)
    tickets = [ticket("1"), ticket("1"), ticket("1", line(quantity="3")), ticket("1", store="S2"), ticket("1", terminal="T2")]
    answer, rejects = keep(folder, *tickets)
    assert (answer.status, counts(answer.data)) == (PARTLY, (3, 0, 1, 1))
    assert [(row["row"], row["key"], row["code"]) for row in rejects] == [("3", "S1/T1/1", "CONFLICT")]
    assert "H16" in rejects[0]["message"]


def test_a_refused_ticket_makes_nothing(folder: Path) -> None:
    shells = [{"number": 1, "method": "shells", "amount": "1"}]
    strange = ticket("2", line(unit="crate"), terminal="T9", staff="9999", payments=shells)
    answer, rejects = keep(folder, ticket("1", store="S9"), strange)
    assert (answer.status, [row["code"] for row in rejects]) == (PARTLY, ["UNKNOWN_STORE", "BAD_VALUE"])
    assert Terminal.objects.count() == Staff.objects.count() == PosTransaction.objects.count() == 0
    assert not Unit.objects.filter(code="crate").exists()


def test_business_dates_follow_the_store(folder: Path) -> None:
    """S1 keeps calendar days in New York, the day of S2 in Berlin ends at 04:00; what the till says wins."""
    keep(
        folder,
        ticket("1", sold_at="2024-05-02T03:59:00Z"),
        ticket("2", sold_at="2024-05-02T04:00:00Z"),
        ticket("3", sold_at="2024-05-02T01:59:00Z", store="S2"),
        ticket("4", sold_at="2024-05-02T02:00:00Z", store="S2"),
        ticket("5", sold_at="2024-05-02T02:00:00Z", store="S2", business_date="2024-04-30"),
    )
    dates = PosTransaction.objects.order_by("number").values_list("business_date", flat=True)
    assert [day.isoformat() for day in dates] == ["2024-05-01", "2024-05-02", "2024-05-01", "2024-05-02", "2024-04-30"]


def test_units_convert_for_the_item_before_all(folder: Path) -> None:
    load_good(folder, "unit-conversions", "item,from_unit,to_unit,factor\n,box,each,12\nMILK,box,each,6.5\n")
    keep(folder, ticket("1", line(unit="box"), line(2, item="NAILS", unit="box"), line(3, unit="crate")))
    assert list(PosTransactionLine.objects.order_by("number").values_list("stock_quantity", flat=True)) == [13, 24, None]
    assert problems() == {("1", 3, "L13")}


HEALS = [
    ("H03", ticket("1", customer="C9"), "customers", CUSTOMERS + "C9,,false\n"),
    ("L04", ticket("1", line(item="EGGS")), "items", ITEM_COLUMNS + "EGGS,,DAIRY,each,true,true,false,,,1\n"),
    ("L13", ticket("1", line(unit="crate")), "unit-conversions", "item,from_unit,to_unit,factor\n,crate,each,10\n"),
    ("B01", ticket("1", line(batch="NEW")), "receipts", RECEIPT_COLUMNS + "R1,1,W1,MILK,NEW,5,1,2024-01-01T08:00:00Z,,,\n"),
]


@pytest.mark.parametrize(("code", "row", "kind", "content"), HEALS, ids=[heal[0] for heal in HEALS])
def test_what_was_unknown_is_kept_and_heals(folder: Path, code: str, row: dict[str, Any], kind: str, content: str) -> None:
    answer, _ = keep(folder, row)
    assert (answer.status, answer.data["new"], answer.data["errors"], answer.data["problems_by_code"]) == (DONE, 1, 1, {code: 1})
    assert PosTransaction.objects.get().validation_status == "error"
    assert (run("validate_transactions").status, run("validate_transactions").data["changed"]) == (PARTLY, 0)
    load_good(folder, kind, content)
    answer = done("validate_transactions", "--store", "S1")
    assert (answer.data["transactions"], answer.data["valid"], answer.data["changed"], answer.data["problems_by_code"]) == (1, 1, 1, {})
    kept = PosTransaction.objects.get()
    assert (kept.validation_status, kept.customer_id is not None) == ("valid", code == "H03")
    (resolved,) = PosTransactionLine.objects.all()
    assert resolved.item_id is not None
    assert resolved.stock_quantity == (20 if code == "L13" else 2)
    assert (resolved.batch_id is not None) == (code == "B01")


def test_a_return_that_comes_before_its_sale_heals_at_the_end_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "BATCH_WEIGHT", 1)
    answer, _ = keep(folder, ticket("2", back(1, "1")), ticket("3", back(1, "9")), ticket("1"))
    assert (answer.data["errors"], answer.data["problems_by_code"]) == (1, {"L16": 1})
    assert problems() == {("3", 1, "L16")}
    assert PosTransactionLine.objects.get(transaction__number="2").return_of == PosTransactionLine.objects.get(transaction__number="1")
    keep(folder, ticket("9"))
    assert problems() == set(), "a sale of a later file heals it too"


def test_a_return_of_a_sale_of_the_same_file(folder: Path) -> None:
    answer, _ = keep(folder, ticket("1"), ticket("2", back(1, "1"), back(2, "1")), ticket("3", back(1, "1")))
    assert answer.data["problems_by_code"] == {"L17": 1}
    assert problems() == {("3", 1, "L17")}
    sale = PosTransactionLine.objects.get(transaction__number="1")
    assert set(PosTransactionLine.objects.exclude(transaction__number="1").values_list("return_of", flat=True)) == {sale.pk}


def test_only_valid_returns_count_towards_what_was_returned(folder: Path) -> None:
    keep(folder, ticket("1"), ticket("2", back(1, "1", quantity="-3")), ticket("3", back(1, "1", quantity="-2")))
    assert problems() == {("2", 1, "L17")}
    assert run("validate_transactions").data["problems_by_code"] == {"L17": 1}
    assert problems() == {("2", 1, "L17")}, "who was valid stays valid"
    answer, _ = keep(folder, ticket("4", back(1, "1")))
    assert answer.data["problems_by_code"] == {"L17": 1}


def test_the_same_receipt_under_another_number_is_an_alert(folder: Path) -> None:
    at = {"sold_at": "2024-05-01T12:00:00-04:00"}
    keep(folder, ticket("1", **at))
    others = [ticket("3", line(quantity="3", price="0.6667"), **at), ticket("4", store="S2", **at)]
    answer, _ = keep(folder, ticket("2", **at), *others, ticket("5", terminal="T2", **at))
    assert (answer.data["errors"], answer.data["problems_by_code"]) == (0, {"H16": 2})
    assert problems() == {("2", None, "H16"), ("5", None, "H16")}
    assert done("validate_transactions").data["changed"] == 0


def test_rules_that_are_switched_off_are_not_asked(folder: Path) -> None:
    DisabledRule.objects.create(legal_entity=LegalEntity.objects.get(), code="H03")
    assert keep(folder, ticket("1", customer="C9"))[0].data["problems_by_code"] == {}
    DisabledRule.objects.all().delete()
    assert run("validate_transactions").data["problems_by_code"] == {"H03": 1}


def test_a_closed_period_takes_nothing_more(folder: Path) -> None:
    keep(folder, ticket("1"))
    FiscalPeriod.objects.update(status="closed")
    answer, _ = keep(folder, ticket("2"), ticket("3", sold_at="2024-04-30T12:00:00Z"), ticket("4", sold_at="2024-06-01T12:00:00Z"))
    assert problems() == {("2", None, "H01"), ("3", None, "H01")}
    assert answer.data["errors"] == 2
    assert FiscalPeriod.objects.filter(status="open").get().starts_on == date(2024, 6, 1), "no period is opened before a closed one"


def test_a_store_without_a_warehouse_keeps_its_tickets(folder: Path) -> None:
    Store.objects.filter(code="S1").update(warehouse=None)
    keep(folder, ticket("1"))
    assert problems() == {("1", None, "L14")}
    load_world(folder)
    assert done("validate_transactions").data["errors"] == 0


def test_a_feasibility_alert_comes_and_goes(folder: Path) -> None:
    receipts = "R1,1,W1,CHEESE,{},{},1,{}T08:00:00Z,,{},{}\n"
    load_good(folder, "receipts", RECEIPT_COLUMNS + receipts.format("A", 1, "2024-01-01", "2024-12-31", ""))
    keep(folder, ticket("1", line(item="CHEESE")))
    assert problems() == {("1", 1, "B05")}
    message = str(ValidationProblem.objects.get().message)
    assert all(word in message for word in ("CHEESE", "2.0000", "1.0000", "W1", "NEGATIVE_NOT_ALLOWED"))
    useless = [("B", 9, "2024-06-01", "", ""), ("C", 9, "2024-01-01", "2024-04-30", ""), ("D", 9, "2024-01-01", "", "blocked")]
    for place, batch in enumerate(useless, 2):
        load_good(folder, "receipts", RECEIPT_COLUMNS + receipts.format(*batch).replace("R1", f"R{place}"))
    assert done("validate_transactions").data["problems_by_code"] == {"B05": 1}
    load_good(folder, "receipts", RECEIPT_COLUMNS + receipts.format("E", 1, "2024-05-01", "2024-05-01", "").replace("R1", "R9"))
    assert done("validate_transactions").data["problems_by_code"] == {}
    done("set_parameters", "inventory.sellable_on_expiration_date=false")
    assert done("validate_transactions").data["problems_by_code"] == {"B05": 1}


def test_posted_tickets_are_not_validated_again(folder: Path) -> None:
    keep(folder, ticket("1"), ticket("2", customer="C9"))
    done("calculate_statements")
    PosTransactionLine.objects.filter(transaction__number="1").update(price=-1)
    assert run("validate_transactions").data["transactions"] == 1
    assert run("validate_transactions", "--store", "nowhere").data["problems"][0]["code"] == "UNKNOWN_STORE"


def test_a_dry_run_reports_the_same_and_writes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "BATCH_WEIGHT", 2)
    tickets: list[dict[str, Any] | str] = [ticket("1"), ticket("2", back(1, "3")), ticket("1"), ticket("1", staff="1"), "{"]
    tickets += [ticket("3"), ticket("4", customer="C9")]
    dry, dry_rejects = keep(folder, *tickets, options=("--dry-run",))
    tables = (PosTransaction, Terminal, Staff, FiscalPeriod, ValidationProblem)
    assert [table.objects.count() for table in tables] == [0] * 5
    wet, rejects = keep(folder, *tickets)
    assert dry_rejects == rejects
    for report in (dry.data, wet.data):
        report.pop("seconds"), report.pop("dry_run")
    assert dry.data == wet.data
    assert counts(wet.data) == (4, 0, 1, 2)
    assert wet.data["problems_by_code"] == {"BAD_JSON": 1, "CONFLICT": 1, "H03": 1}


def test_a_killed_import_leaves_whole_batches_and_the_same_file_completes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "BATCH_WEIGHT", 4)
    tickets = [ticket(str(number)) for number in range(1, 8)]
    insert = writes.insert_payments
    calls = iter([None, None])

    def killed(rows: Any) -> None:
        insert(rows)
        if next(calls, "third") == "third":
            raise KeyboardInterrupt

    monkeypatch.setattr(writes, "insert_payments", killed)
    with pytest.raises(KeyboardInterrupt):
        keep(folder, *tickets)
    monkeypatch.setattr(writes, "insert_payments", insert)
    assert PosTransaction.objects.count() == PosTransactionLine.objects.count() == 4
    assert counts(keep(folder, *tickets)[0].data) == (3, 0, 4, 0)
    assert PosTransaction.objects.count() == PosTransactionLine.objects.count() == PosPayment.objects.count() == 7


def test_a_ticket_that_only_the_database_refuses_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second line of defence: whatever the decoder let through, its neighbours are kept and it is named."""
    monkeypatch.setattr(documents, "ensure_staff", lambda codes: {code: 10**12 if code == "bad" else None for code in codes})
    tickets = [ticket(str(number), staff="bad" if number == 5 else "good") for number in range(1, 9)]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    answer, rejects = keep(folder, *tickets)
    assert (answer.status, counts(answer.data)) == (PARTLY, (7, 0, 0, 1))
    assert [(row["row"], row["key"], row["code"]) for row in rejects] == [("5", "S1/T1/5", "REFUSED_BY_DATABASE")]


def test_the_number_of_statements_does_not_grow_with_the_tickets(folder: Path) -> None:
    load_good(folder, "receipts", RECEIPT_COLUMNS + "R1,1,W1,CHEESE,A,1,1,2024-01-01T08:00:00Z,,,\n")
    keep(folder, ticket("1"), ticket("2"))
    statements = []
    for count in (3, 2, 150):
        tickets = []
        for place in range(count):
            number = str(1000 * count + place)
            rows = [line(item="CHEESE"), line(2, batch="A"), line(3, unit="crate"), back(4, "1"), line(5, item="GONE")]
            tickets.append(ticket(number, *rows, customer="C9", terminal=f"T{count}", sold_at=f"2024-05-0{count % 7 + 1}T09:00:00Z"))
        with CaptureQueriesContext(connection) as captured:
            assert keep(folder, *tickets)[0].data["new"] == count
        statements.append(len(captured))
    assert statements[1] == statements[2] < 50, "the first one made the unit"
    statements = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            run("validate_transactions")
        statements.append(len(captured))
    assert statements[0] >= statements[1]
    assert statements[0] < 50
    PosTransaction.objects.update(validation_status="none")
    with CaptureQueriesContext(connection) as captured:
        run("validate_transactions")
    assert len(captured) < 50


def test_standard_input_and_gzip(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip
    import io

    content = (json.dumps(ticket("1")) + "\n").encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(content))))
    answer = done("import_data", "transactions", "-")
    assert (answer.data["file"], answer.data["new"], answer.data["rejects_file"]) == ("standard input", 1, None)


def test_an_unknown_kind(folder: Path) -> None:
    answer = run("import_data", "nonsense", "nowhere")
    assert (answer.status, answer.data["problems"][0]["code"]) == (2, "UNKNOWN_KIND")
