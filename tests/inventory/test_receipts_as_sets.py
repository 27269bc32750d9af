"""Goods received as sets come to what the pure rule comes to, row by row: costs, stock, receipt lines, movements, vouchers, warnings."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from core.db.bulk import execute, fetch_all, fetch_value
from core.lib.imports import Row
from inventory.models import Item, ItemModelGroup, Warehouse, WarehouseItemCost
from inventory.rules.costing import worth
from inventory.rules.file_columns import ReceiptRow
from inventory.services.receipts import import_receipts
from inventory.writes import receipts as writes
from tests.core.files.loading import ITEM_COLUMNS, load_good
from tests.statements.test_plain_pools import gone_through_again, plan_of

D = Decimal
FIRST = datetime(2024, 1, 10, 8, tzinfo=UTC)
COMPANIES = (("U", "USD", 2), ("J", "JPY", 0), ("K", "KWD", 3))
COSTS = ("0.333333", "1.555555", "0", "7.005")

ROWS = {
    "receipts": """
        SELECT r.receipt, r.line_number, r.legal_entity_id, r.warehouse_id, r.item_id, b.number, r.quantity, r.unit_cost, r.received_at,
               r.content_hash
        FROM inventory_receiptline r LEFT JOIN inventory_batch b ON b.id = r.batch_id ORDER BY 1, 2, 3
    """,
    "movements": """
        SELECT r.receipt, r.line_number, t.warehouse_id, t.item_id, b.number, t.quantity, t.date, t.source_kind, t.cost_amount
        FROM inventory_inventorytransaction t LEFT JOIN inventory_receiptline r ON t.source_kind = 1 AND r.id = t.source_id
        LEFT JOIN inventory_batch b ON b.id = t.batch_id ORDER BY 1, 2, 3, 4, 5, 6, 9
    """,
    "on-hand": """
        SELECT o.warehouse_id, o.item_id, b.number, o.physical, o.reserved, o.negative_allowed, o.first_received_at, o.is_default
        FROM inventory_onhand o LEFT JOIN inventory_batch b ON b.id = o.batch_id ORDER BY 1, 2, 3
    """,
    "batches": "SELECT item_id, number, manufactured_on, expires_on, disposition_id FROM inventory_batch ORDER BY 1, 2",
    "history": "SELECT item_id, number, history_type FROM inventory_historicalbatch ORDER BY 1, 2, 3",
    "costs": "SELECT warehouse_id, item_id, quantity, value, unit_cost, moving_average FROM inventory_warehouseitemcost ORDER BY 1, 2",
    "adjustments": "SELECT warehouse_id, item_id, date, reason, quantity, unit_cost, amount FROM inventory_costadjustment ORDER BY 1, 2, 7",
    "vouchers": """
        SELECT v.legal_entity_id, v.number, v.date, v.source_kind, r.receipt, r.line_number, v.step, l.line_number, l.account_id, l.debit,
               l.credit
        FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id JOIN inventory_receiptline r ON r.id = v.source_id
        ORDER BY 1, 2, 8
    """,
}


def make_companies(folder: Path) -> None:
    """A company a currency with a warehouse; items of each standard cost, the last two of them valued at moving average."""
    load_good(folder, "legal-entities", "legal_entity,name,currency\n" + "".join(f"{c},{c},{currency}\n" for c, currency, _ in COMPANIES))
    header = "warehouse,name,site,legal_entity,wms_enabled,store_negative_physical\n"
    load_good(folder, "warehouses", header + "".join(f"W{c},{c},S,{c},false,true\n" for c, _, _ in COMPANIES))
    items = "".join(
        f"{'T' if tracked else 'L'}{number},,ALL,each,{tracked},true,false,,,{cost},,{'moving_average' if number > 1 else ''}\n".replace(
            "True", "true"
        ).replace("False", "false")
        for number, cost in enumerate(COSTS)
        for tracked in (True, False)
    )
    load_good(folder, "items", ITEM_COLUMNS.replace("\n", ",kind,costing\n") + items)


quantities = st.decimals("0.0001", 50, places=4)
prices = st.sampled_from([D("0.000001"), D("0.50"), D("1.555555"), D("7.005")]) | st.decimals(0, 20, places=6)
lines = st.tuples(
    st.sampled_from(["R1", "R2", "R3"]), st.sampled_from("UJK"), st.sampled_from("TL"), st.integers(0, 3), st.sampled_from("AB"),
    quantities | st.just(D(5)), prices | st.just(D(1)), st.integers(0, 30),
)  # fmt: skip


def rows_of(drawn: Sequence[tuple[Any, ...]]) -> list[Row[ReceiptRow]]:
    return [
        Row(
            number,
            f"{receipt}/{number}",
            ReceiptRow(
                receipt, number, f"W{company}", f"{kind}{item}", batch if kind == "T" else "", quantity, unit_cost,
                FIRST + timedelta(hours=hours), None, None, "",
            ),
        )
        for number, (receipt, company, kind, item, batch, quantity, unit_cost, hours) in enumerate(drawn, 1)
    ]  # fmt: skip


def imported(rows: list[Row[ReceiptRow]], *, by_rule: bool) -> tuple[dict[str, list[Any]], list[Any]]:
    """What the import leaves, and its warnings; it is taken back."""
    with transaction.atomic():
        if by_rule:
            with (
                patch.object(writes, "MAKE_COSTS", "SELECT %s"),
                patch.object(writes, "HOLD_COSTS", "SELECT place FROM work_receipt ORDER BY id"),
            ):
                result = import_receipts(rows)
        else:
            result = import_receipts(rows)
        assert (result.new, result.rejects) == (len(rows), [])
        found = {name: fetch_all(sql) for name, sql in ROWS.items()}
        transaction.set_rollback(True)
    return found, [(one.row, one.code, str(one.message)) for one in result.warnings]


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(lines, max_size=6),
    stock=st.lists(st.decimals(-40, 40, places=4), min_size=1, max_size=8),
    now=st.lists(lines, min_size=1, max_size=14),
)
def test_sets_and_rule_come_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, before: list[Any], stock: list[D], now: list[Any]
) -> None:
    with transaction.atomic():
        make_companies(tmp_path_factory.mktemp("in"))
        if before:
            earlier = [row._replace(value=row.value._replace(receipt=f"E{row.value.receipt}")) for row in rows_of(before)]
            assert import_receipts(earlier).new == len(before)
        # Goods went out meanwhile, some of them below zero.
        decimals = {f"W{company}": places for company, _, places in COMPANIES}
        for place, cost in enumerate(WarehouseItemCost.objects.select_related("warehouse").order_by("warehouse_id", "item_id")):
            cost.quantity = stock[place % len(stock)]
            cost.value = worth(cost.quantity, cost.unit_cost, decimals[cost.warehouse.code])
            cost.save()
        rows = rows_of(now)
        as_sets, warned = imported(rows, by_rule=False)
        by_rule, warned_by_rule = imported(rows, by_rule=True)
        event(f"{len(as_sets['adjustments'])} adjustments, {len(warned)} warnings")
        assert as_sets == by_rule
        assert warned == warned_by_rule
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_standard_cost_is_no_matter_of_the_rule(tmp_path: Path) -> None:
    make_companies(tmp_path)
    ItemModelGroup.objects.update(costing_method="standard")
    with patch.object(writes, "fill_costs", side_effect=AssertionError("asked the rule")):
        assert import_receipts(rows_of([("R1", "U", "T", 0, "A", D(3), D(1), 0), ("R1", "J", "L", 1, "", D(3), D(1), 0)])).new == 2


@pytest.mark.django_db
def test_no_query_goes_through_a_work_table_for_each_row_of_another(tmp_path: Path) -> None:
    """Work tables have no statistics; a plan that takes one for tiny costs a hundred times as much as all of the import does."""
    make_companies(tmp_path)
    warehouse, item = Warehouse.objects.get(code="WU").pk, Item.objects.get(code="L0").pk
    writes.make_work_tables()
    execute(
        """
        INSERT INTO work_receipt
        SELECT n, n, n / 100, 'R' || n / 100, n, 1, %s, %s + n, NULL, 1, 1, now(), '2024-01-10', gen_random_uuid(), true
        FROM generate_series(1, 5000) n
        """,
        [warehouse, item],
    )
    execute("INSERT INTO work_receipt_pool SELECT warehouse_id, item_id, 1, 1, 1, 2, true FROM work_receipt")
    plans = {
        "make": plan_of(writes.MAKE_COSTS, ["moving_average"]),
        "hold": plan_of(writes.HOLD_COSTS, {}),
        "receive": plan_of(writes.RECEIVE, {"source_kind": 1}),
    }
    assert {name: gone_through_again(plan) for name, plan in plans.items()} == {name: [] for name in plans}
    assert fetch_value("SELECT count(*) FROM work_receipt") == 5000
