"""`export_data`: every kind has the columns, the order and the plain decimals of docs/formats.md."""

import gzip
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from core.lib.document_kinds import SourceKind
from retailhq.exchange.queries import export_sources, exports
from retailhq.exchange.rules.exports import BY_NAME, KINDS
from tests.factories import (
    BatchAllocationFactory,
    BatchDebtFactory,
    BatchFactory,
    DeliveryLineFactory,
    InventoryTransactionFactory,
    ItemFactory,
    OnHandFactory,
    PostedDay,
    PosTransactionFactory,
    PosTransactionLineFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StoreFactory,
    ValidationProblemFactory,
    WarehouseFactory,
    make_posted_day,
)
from tests.oracle.commands import DONE, WRONG_USE, run
from tests.retailhq.exchange.conftest import Export

# As docs/formats.md#files-out lists them.
COLUMNS = {
    "allocations": "store, terminal, transaction, line, item, warehouse, batch, quantity, source, reason, business_date",
    "order-allocations": "order, line, item, warehouse, batch, quantity, source, reason",
    "on-hand": "warehouse, item, batch, quantity",
    "inventory-transactions": "warehouse, item, batch, quantity, date, source_kind, source_id, cost_amount",
    "statements": "statement, store, business_date, calc_state, post_state, failed_state, error_code, transactions, lines, total, "
    "kind, terminal, shift",
    "aggregation": "statement, order, status, customer, store, terminal, transaction, date, total",
    "counts": "store, terminal, shift, date, method, expected, counted, difference, posted_difference",
    "denominations": "store, terminal, shift, date, transaction, method, value, pieces, amount",
    "z-reports": "store, terminal, shift, date, figure, printed, actor",
    "corrections": "store, terminal, transaction, line, field, before, after, reason, actor, at",
    "problems": "store, terminal, transaction, line, code, severity, message",
    "journals": "journal, line, kind, warehouse, to_warehouse, item, batch, quantity, date, receipt, reason",
    "vouchers": "voucher, date, account, debit, credit, source_kind, source_id",
    "general-journal": "company, date, voucher, line, account, account_name, text, debit, credit, currency",
    "invoices": "invoice, order, store, date, net, tax, total",
    "batch-debt": "warehouse, item, store, terminal, transaction, line, quantity, open_quantity, business_date, age_days",
    "debt-settlements": "settlement, warehouse, item, from_batch, to_batch, quantity, store, terminal, transaction, line, date, undone",
    "customer-accounts": "legal_entity, customer, date, document, amount, open_amount",
    "gift-cards": "legal_entity, gift_card, balance, blocked",
    "recall": "certainty, reason, store, terminal, transaction, line, customer, item, batch, quantity, business_date",
}


@pytest.fixture
def day(db: None) -> PostedDay:
    return make_posted_day(StoreFactory.create(code="S1", warehouse=WarehouseFactory.create(code="W1")))


def test_kinds_are_those_of_the_contract() -> None:
    assert {kind.name: ", ".join(kind.header) for kind in KINDS} == COLUMNS


# About one batch, which has to be there (tests/statements/test_recall.py).
OF_ROWS = [kind for kind in COLUMNS if kind != "recall"]


@pytest.mark.parametrize("kind", OF_ROWS)
def test_nothing_gives_a_header(kind: str, export: Export) -> None:
    assert export(kind) == [COLUMNS[kind].split(", ")]


def test_allocations(export: Export, day: PostedDay) -> None:
    key = ["S1", day.sale.terminal.code, day.sale.number, "1", day.item.code, "W1"]
    assert export("allocations")[1:] == sorted(
        [[*key, day.batch.number, "2", "allocated", "FEFO", "2024-05-01"], [*key, "DEF", "1", "default", "FEFO", "2024-05-01"]]
    )


def test_allocations_leave_customer_orders_to_order_allocations(export: Export, day: PostedDay) -> None:
    line = SalesOrderLineFactory.create(
        order=SalesOrderFactory.create(number="CO1", origin="customer"), line_number=4, quantity=Decimal("0.5")
    )
    batch = BatchFactory.create(item=line.item)
    delivered = DeliveryLineFactory.create(order_line=line)
    BatchAllocationFactory.create(source_kind=SourceKind.DELIVERY_LINE, source_id=delivered.pk, order_line=line, batch=batch)
    assert export("order-allocations")[1:] == [
        ["CO1", "4", line.item.code, line.order.warehouse.code, batch.number, "0.5", "allocated", "FEFO"]
    ]
    assert len(export("allocations")) == 3


def test_on_hand(export: Export, day: PostedDay) -> None:
    untracked = ItemFactory.create(code="A")
    OnHandFactory.create(warehouse=day.statement.warehouse, item=untracked, batch=None, physical=Decimal("12.3400"))
    assert export("on-hand")[1:] == sorted(
        [["W1", day.item.code, day.batch.number, "0"], ["W1", day.item.code, "DEF", "-1"], ["W1", "A", "", "12.34"]]
    )


def test_inventory_transactions(export: Export, day: PostedDay) -> None:
    receipt, issued = f"{day.receipt.receipt}/1", f"{day.order.number}/1"
    assert export("inventory-transactions")[1:] == sorted(
        [
            ["W1", day.item.code, day.batch.number, "2", "2024-05-01", "receipt", receipt, "1"],
            ["W1", day.item.code, day.batch.number, "-2", "2024-05-01", "sales_order_line", issued, "-1"],
            ["W1", day.item.code, "DEF", "-1", "2024-05-01", "sales_order_line", issued, "-0.5"],
        ],
        key=lambda row: (row[:3], Decimal(row[3])),
    )


def test_statements(export: Export, day: PostedDay) -> None:
    assert export("statements")[1:] == [
        [day.statement.number, "S1", "2024-05-01", "Calculated", "Posted", "", "", "1", "1", "3.3", "combined", "", ""]
    ]


def test_problems(export: Export) -> None:
    sale = PosTransactionFactory.create(store=StoreFactory.create(code="S1"), number="7")
    ValidationProblemFactory.create(transaction=sale, line_number=10, code="L04", params={"text": 'Item "x", unknown'})
    ValidationProblemFactory.create(transaction=sale, line_number=9, code="L04", severity="warning", params={"text": "=1+1"})
    ValidationProblemFactory.create(transaction=sale, code="H01", params={"text": "é"})
    head = ["S1", sale.terminal.code, "7"]
    assert export("problems")[1:] == [
        [*head, "", "H01", "error", "é"],
        [*head, "9", "L04", "warning", "=1+1"],
        [*head, "10", "L04", "error", 'Item "x", unknown'],
    ]


def test_vouchers(export: Export, day: PostedDay) -> None:
    number, invoice = day.statement.number, day.invoice.number
    of = {kind: account.number for kind, account in day.accounts.items()}
    assert export("vouchers")[1:] == sorted(
        [
            [f"{number}-0001-INV", "2024-05-01", of["clearing"], "3.3", "0", "invoice", invoice],
            [f"{number}-0001-INV", "2024-05-01", of["revenue"], "0", "3", "invoice", invoice],
            [f"{number}-0001-INV", "2024-05-01", of["sales_tax"], "0", "0.3", "invoice", invoice],
            [f"{number}-0001-INV", "2024-05-01", of["cost_of_goods"], "1.5", "0", "invoice", invoice],
            [f"{number}-0001-INV", "2024-05-01", of["inventory"], "0", "1.5", "invoice", invoice],
            [f"GR-{day.receipt.receipt}-1", "2024-05-01", of["inventory"], "1", "0", "receipt", f"{day.receipt.receipt}/1"],
            [f"GR-{day.receipt.receipt}-1", "2024-05-01", of["goods_received"], "0", "1", "receipt", f"{day.receipt.receipt}/1"],
            [f"{number}-PAY", "2024-05-01", of["payment"], "3.3", "0", "statement", number],
            [f"{number}-PAY", "2024-05-01", of["clearing"], "0", "3.3", "statement", number],
        ]
    )


def test_invoices(export: Export, day: PostedDay) -> None:
    assert export("invoices")[1:] == [[day.invoice.number, day.order.number, "S1", "2024-05-01", "3", "0.3", "3.3"]]


def test_batch_debt_is_as_old_as_the_store_says(export: Export, day: PostedDay, monkeypatch: pytest.MonkeyPatch) -> None:
    east = PosTransactionLineFactory.create(
        transaction=PosTransactionFactory.create(store=StoreFactory.create(code="S2", time_zone="Pacific/Auckland")), number=3
    )
    BatchDebtFactory.create(source_id=east.pk, quantity=Decimal(5), open_quantity=Decimal("4.5"), business_date=date(2024, 5, 2))
    # Noon in London is the next day already in Auckland.
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2024, 5, 3, 12, 30, tzinfo=UTC))
    rows = {row[2]: row for row in export("batch-debt")[1:]}
    assert rows["S1"][3:] == [day.sale.terminal.code, day.sale.number, "1", "1", "1", "2024-05-01", "2"]
    assert rows["S2"][3:] == [east.transaction.terminal.code, east.transaction.number, "3", "5", "4.5", "2024-05-02", "2"]


def test_batch_debt_of_a_customer_order_names_the_order(export: Export) -> None:
    line = SalesOrderLineFactory.create(order=SalesOrderFactory.create(number="CO1"), line_number=2)
    BatchDebtFactory.create(source_kind=SourceKind.DELIVERY_LINE, source_id=DeliveryLineFactory.create(order_line=line).pk)
    assert [row[2:6] for row in export("batch-debt")[1:]] == [[line.order.store.code, "", "CO1", "2"]]


def test_decimals_are_plain(export: Export) -> None:
    item = ItemFactory.create()
    for quantity in ("2", "0.5", "-3.25", "0", "10", "1000000", "99999999999999.9999", "0.0001", "-0.1000"):
        OnHandFactory.create(item=item, physical=Decimal(quantity), negative_allowed=True)
    assert sorted(Decimal(row[3]) for row in export("on-hand")[1:]) == sorted({Decimal(row[3]) for row in export("on-hand")[1:]})
    assert {row[3] for row in export("on-hand")[1:]} == {
        "2", "0.5", "-3.25", "0", "10", "1000000", "99999999999999.9999", "0.0001", "-0.1",
    }  # fmt: skip


def test_text_sorts_by_code_point_and_numbers_by_value(export: Export) -> None:
    item = ItemFactory.create(code="I")
    for code in ("b", "B", "a", "_", "1", "10", "é", "2"):
        OnHandFactory.create(warehouse=WarehouseFactory.create(code=code), item=item, batch=None)
    warehouse = WarehouseFactory.create(code="W")
    batch = BatchFactory.create(item=item)
    for quantity in (10, 9, -1, 100):
        InventoryTransactionFactory.create(warehouse=warehouse, item=item, batch=batch, quantity=Decimal(quantity))
    assert [row[0] for row in export("on-hand")[1:]] == ["1", "10", "2", "B", "_", "a", "b", "é"]
    assert [row[3] for row in export("inventory-transactions")[1:]] == ["-1", "9", "10", "100"]


def test_awkward_text_comes_back_as_it_was(export: Export) -> None:
    odd = ["a,b", 'say "x"', "two\nlines", "=1+1", "@x", "-5", " space ", "日本", "\\.", "\\N", "'"]
    for code in odd:
        OnHandFactory.create(warehouse=WarehouseFactory.create(code=code), batch=None)
    assert [row[0] for row in export("on-hand")[1:]] == sorted(odd)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["on-hand", "--store", "S1", "--store", "nowhere"], "UNKNOWN_STORE"),
        (["statements", "--statement", "nothing"], "UNKNOWN_STATEMENT"),
        (["on-hand", "--statement", "nothing"], "FILTER_NOT_POSSIBLE"),
        (["order-allocations", "--statement", "nothing"], "FILTER_NOT_POSSIBLE"),
        (["everything"], "UNKNOWN_KIND"),
    ],
)
def test_wrong_use_writes_nothing(arguments: list[str], code: str, tmp_path: Path, day: PostedDay) -> None:
    path = tmp_path / "rows.csv"
    answer = run("export_data", arguments[0], str(path), *arguments[1:])
    assert (answer.status, answer.codes) == (WRONG_USE, {code})
    assert list(tmp_path.iterdir()) == []


def test_rows_and_json_do_not_share_standard_output(db: None) -> None:
    answer = run("export_data", "on-hand", "-")
    assert (answer.status, answer.codes) == (WRONG_USE, {"OUTPUT_TAKEN"})


def test_standard_output_holds_rows_only(day: PostedDay) -> None:
    out = io.StringIO()
    call_command("export_data", "invoices", "-", stdout=out)
    assert out.getvalue().splitlines() == [
        "invoice,order,store,date,net,tax,total",
        f"{day.invoice.number},{day.order.number},S1,2024-05-01,3,0.3,3.3",
    ]


def test_gz_is_compressed_and_the_same_each_time(tmp_path: Path, day: PostedDay) -> None:
    path = tmp_path / "rows.csv.gz"
    copies = []
    for _ in range(2):
        assert run("export_data", "on-hand", str(path)).status == DONE
        copies.append(path.read_bytes())
    assert copies[0] == copies[1]
    assert gzip.decompress(copies[0]).startswith(b"warehouse,item,batch,quantity\n")


@pytest.mark.parametrize("kind", OF_ROWS)
def test_one_query_reads_an_export(kind: str, tmp_path: Path, day: PostedDay, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # The second one asks which time zones there are.
    # One more keeps the audit trail.
    with django_assert_num_queries(3 if kind == "batch-debt" else 2):
        done = run("export_data", kind, str(tmp_path / "rows.csv"))
    assert done.status == DONE


def test_rows_are_streamed(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows need no more memory than few: nothing between PostgreSQL and the file holds more than a row."""
    import tracemalloc

    def peak(rows: int) -> int:
        many = export_sources.ExportSource(("'W'", "'I'", "'B'", "g::numeric"), f"generate_series(1, {rows}) AS g")
        monkeypatch.setitem(export_sources.SOURCES, "on-hand", many)
        tracemalloc.start()
        try:
            count = sum(1 for _ in exports.stream_rows(BY_NAME["on-hand"], exports.Selection(), datetime.now(UTC)))
            assert count == rows + 1
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few = peak(1_000)
    assert peak(100_000) < few + 100_000
