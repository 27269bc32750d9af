"""Plain pools as sets come to what the pure rule comes to, row by row, whatever the company looks like; and so do all states at once."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from core.db.bulk import array, execute, fetch_all, fetch_value
from inventory.models import ItemModelGroup, OnHand, StorageGroup, Warehouse
from inventory.queries.pools import settings_arrays
from inventory.rules.stock import FallbackSettings
from inventory.writes import plain_pools, takes
from orders.services.invoices import FailedOrder, Issuing, invoice_orders
from statements.models import PosTransactionLine
from statements.queries import needs as needs_reads
from statements.services import steps
from statements.services.chunks import Chunk
from statements.services.runner import ChunkRun
from statements.writes.posting import PLACE_DEMANDS
from tests.statements.retail_chain import DAY, LONG_AGO, NOON, SOAP, Line, RetailChain, line

pytestmark = pytest.mark.usefixtures("new_database")

D = Decimal

# Everything that invoicing writes, by natural keys.
ROWS = {
    "allocations": """
        SELECT a.source_id, a.ordinal, o.number, l.line_number, a.item_id, a.warehouse_id, b.number, a.quantity, a.source, a.reason,
               a.setting, a.cost_amount
        FROM orders_batchallocation a JOIN orders_salesorderline l ON l.id = a.order_line_id JOIN orders_salesorder o ON o.id = l.order_id
        LEFT JOIN inventory_batch b ON b.id = a.batch_id ORDER BY 1, 2
    """,
    "movements": """
        SELECT o.number, l.line_number, t.warehouse_id, t.item_id, b.number, t.quantity, t.date, t.source_kind, t.cost_amount
        FROM inventory_inventorytransaction t LEFT JOIN orders_salesorderline l ON t.source_kind = 3 AND l.id = t.source_id
        LEFT JOIN orders_salesorder o ON o.id = l.order_id LEFT JOIN inventory_batch b ON b.id = t.batch_id
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """,
    "on-hand": """
        SELECT o.warehouse_id, o.item_id, b.number, o.physical, o.reserved, o.negative_allowed, o.first_received_at, o.is_default,
               o.open_debt, o.open_credit
        FROM inventory_onhand o LEFT JOIN inventory_batch b ON b.id = o.batch_id ORDER BY 1, 2, 3
    """,
    "batches": "SELECT item_id, number, is_default_batch FROM inventory_batch ORDER BY 1, 2",
    "costs": "SELECT warehouse_id, item_id, quantity, value, unit_cost, moving_average FROM inventory_warehouseitemcost ORDER BY 1, 2",
    "debts": """
        SELECT d.warehouse_id, d.item_id, b.number, d.source_kind, d.source_id, d.quantity, d.open_quantity, d.business_date, d.unit_cost,
               d.sold_at, d.reason
        FROM inventory_batchdebt d JOIN inventory_batch b ON b.id = d.batch_id ORDER BY 4, 5
    """,
    "credits": "SELECT warehouse_id, item_id, source_id, quantity, open_quantity FROM inventory_batchcredit ORDER BY 1, 2, 3",
    "adjustments": """
        SELECT warehouse_id, item_id, date, reason, quantity, unit_cost, amount FROM inventory_costadjustment ORDER BY 1, 2, 3, 7
    """,
    "invoices": """
        SELECT i.number, i.date, i.net, i.tax, i.total, l.line_number, l.quantity, l.net
        FROM orders_invoice i JOIN orders_invoiceline l ON l.invoice_id = i.id ORDER BY 1, 6
    """,
    "vouchers": """
        SELECT v.number, v.date, v.step, a.number, l.debit, l.credit
        FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id JOIN ledger_mainaccount a ON a.id = l.account_id
        ORDER BY 1, 4, 5, 6
    """,
    "orders": "SELECT number, status, error_code, error_text::text FROM orders_salesorder ORDER BY 1",
    "problems": """
        SELECT o.number, p.source_id, p.code, p.missing_quantity, p.message::text
        FROM orders_orderproblem p JOIN orders_salesorder o ON o.id = p.order_id ORDER BY 1, 2, 3
    """,
    "statements": "SELECT number, post_state, failed_state, error_code, error_text::text FROM statements_statement ORDER BY 1",
    "events": """
        SELECT s.number, e.event, e.state, e.text::text
        FROM statements_statementevent e JOIN statements_statement s ON s.id = e.statement_id ORDER BY s.number, e.id
    """,
}


def all_rows() -> dict[str, list[Any]]:
    return {name: fetch_all(sql) for name, sql in ROWS.items()}


def by_rule(orders: Mapping[int, int], ids: Sequence[int], chunk: Chunk, how: Issuing) -> dict[int, FailedOrder]:
    """Invoices as if no pool were plain."""
    needs = needs_reads.needs_of_orders(orders)
    earlier = needs_reads.earlier_takes(needs, lock=True)
    steps.keep_apart_returns_of_one_line(needs, earlier.lines, chunk, ids)
    return invoice_orders(orders, needs, earlier, chunk.accounts, how)


def posted(chain: RetailChain, how: Callable[..., Any] | None) -> tuple[dict[str, list[Any]], list[str]]:
    """What posting leaves behind, and which ways the pools went; nothing of it stays.

    With `how` orders are invoiced that way, and each state stands in a transaction of its own.
    """
    with transaction.atomic():
        if how is None:
            chain.posts()
        else:
            with patch.object(steps, "invoice_together", how), patch.object(ChunkRun, "posted_at_once", lambda _: False):
                chain.posts()
        rows = all_rows()
        ways = [row[0] for row in fetch_all("SELECT kind FROM work_pool")] if how is None else []
        transaction.set_rollback(True)
    return rows, ways


# -- random companies --------------------------------------------------------------------------------------------------------

ITEMS = ("MILK", "CHEESE", SOAP)
STORES = ("S1", "S2")
quantities = st.sampled_from([D(1), D(2), D(3), D("0.5"), D("2.25"), D(7)])


@dataclass(frozen=True)
class Goods:
    item: str
    store: str
    batch: str
    quantity: Decimal
    expires: int | None
    received: datetime
    disposition: str
    reserved: Decimal


@dataclass(frozen=True)
class Sold:
    """A line; `back` says that it brings back what the sale of that place sold (0 none, 1 blind, then linked)."""

    item: str
    quantity: Decimal
    back: int = 0
    captured: str = ""


@dataclass(frozen=True)
class Company:
    parameters: Mapping[str, Any]
    groups: Mapping[str, tuple[str, bool, bool, str]]
    warehouses: Mapping[str, tuple[bool, bool, bool]]
    advanced: bool
    goods: Sequence[Goods]
    sales: Sequence[tuple[str, int, Sequence[Sold]]]
    earlier: int
    packs: bool


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual value four times out of five."""
    return st.sampled_from([usual] * 4 * len(others) + list(others))


instants = mostly(
    *(LONG_AGO, LONG_AGO + timedelta(days=1), NOON + timedelta(minutes=12), NOON + timedelta(days=1, minutes=1), NOON + timedelta(days=9))
)
items = mostly("MILK", "CHEESE", SOAP)
goods = st.builds(
    Goods,
    items,
    mostly("S1", "S2"),
    st.sampled_from("ABCDa"),
    quantities,
    st.sampled_from([None, 30, 30, 40, 40, 0, 1, -3]),
    instants,
    mostly("available", "blocked"),
    mostly(D(0), D(1)),
)
plain_lines = st.builds(Sold, items, quantities)
lines = st.one_of(
    *[plain_lines] * 6,
    st.builds(Sold, st.sampled_from(ITEMS), quantities, st.integers(1, 4), st.sampled_from(["", "A"])),
    st.builds(Sold, st.just("CHEESE"), quantities, st.just(0), st.sampled_from(["A", "B"])),
)


def companies(lines_of_sales: st.SearchStrategy[Sold]) -> st.SearchStrategy[Company]:
    sales = st.tuples(mostly("S1", "S2"), st.integers(0, 2), st.lists(lines_of_sales, min_size=1, max_size=5))
    parameters = {
        "posting_use_default_batch_id": mostly(True, False),
        "inventory_default_batch_scope": mostly("all", "advanced"),
        "inventory_sellable_on_expiration_date": st.booleans(),
        "inventory_use_batches_received_after_sale": st.booleans(),
        "posting_hold_failing_transactions": mostly(False, True),
        "posting_aggregate_lines": st.booleans(),
        "inventory_fallback_limit_quantity": mostly(None, D(2)),
        "inventory_fallback_limit_share": mostly(None, D(40)),
        "inventory_fallback_over_limit": st.sampled_from(["stop", "warn", "ask"]),
    }
    group = st.tuples(
        st.sampled_from(["fefo", "fifo", "lifo", "batch_number"]),
        mostly(True, False),
        mostly(True, False),
        st.sampled_from(["standard", "moving_average"]),
    )
    return st.builds(
        Company,
        st.fixed_dictionaries(parameters),
        st.fixed_dictionaries(dict.fromkeys(ITEMS, group)),
        st.fixed_dictionaries(dict.fromkeys(STORES, st.tuples(st.booleans(), mostly(False, True), st.booleans()))),
        mostly(False, True),
        st.lists(goods, min_size=2, max_size=12),
        st.lists(sales, min_size=2, max_size=7),
        st.integers(0, 2),
        mostly(False, True),
    )


@pytest.fixture
def town(db: None) -> RetailChain:
    """What all companies of a test have: stores, and items with a model group each."""
    chain = RetailChain()
    for code in STORES:
        chain.store(code)
    for code in ITEMS:
        row = chain.item(code, cost="1.337")
        row.model_group = ItemModelGroup.objects.create(code=f"G-{code}")
        row.save()
    return chain


def found_company(town: RetailChain, company: Company) -> RetailChain:
    """The company's stock and sales in the tables; the first `earlier` sales are posted, `packs` of cheese hold six."""
    chain = deepcopy(town)
    chain.set(**company.parameters)
    if not company.parameters["posting_use_default_batch_id"]:
        chain.set(posting_default_batch_id="")
    if company.advanced:
        StorageGroup.objects.filter(code="T-PLAIN").update(wms_enabled=True)
    for code, (wms, plates, negative) in company.warehouses.items():
        Warehouse.objects.filter(code=f"W-{code}").update(
            wms_enabled=wms, location_plate_controlled=plates, store_negative_physical=negative
        )
    for item, (policy, physical, financial, costing) in company.groups.items():
        ItemModelGroup.objects.filter(code=f"G-{item}").update(
            negative_physical=physical, negative_financial=financial, allocation_policy=policy, costing_method=costing
        )
    for one in company.goods:
        chain.batch(
            one.batch, one.item, expires=None if one.expires is None else DAY + timedelta(days=one.expires), disposition=one.disposition
        )
        batch = chain.stock(str(one.quantity), one.batch, item=one.item, store=one.store, received=one.received)
        if one.reserved and batch is not None:
            there = OnHand.objects.get(warehouse=chain.stores[one.store].warehouse, batch=batch)
            OnHand.objects.filter(pk=there.pk).update(reserved=min(one.reserved, there.physical))
    sold: list[Any] = []
    for place, (store, day, wanted) in enumerate(company.sales):
        rows = chain.sale(*(line_of(chain, one, sold) for one in wanted), store=store, day=day)
        sold += rows
        if company.packs:
            PosTransactionLine.objects.filter(pk__in=[row.pk for row in rows], item__code="CHEESE").update(stock_quantity=F("quantity") * 6)
        if place + 1 == company.earlier:
            chain.posts()
    return chain


def line_of(chain: RetailChain, one: Sold, sold: Sequence[Any]) -> Line:
    """A till line; what comes back is linked to a line of the same item where there is one."""
    tracked = one.item != SOAP
    captured = chain.batch(one.captured, one.item) if one.captured and tracked else None
    if not one.back:
        return line(one.item, one.quantity, batch=captured)
    of_item = [row for row in sold if row.item.code == one.item and row.quantity > 0]
    if one.back == 1 or not of_item:
        return line(one.item, -one.quantity, batch=captured)
    original = of_item[one.back % len(of_item)]
    return line(one.item, -min(one.quantity, original.quantity), return_of=original)


# Making a company smaller takes minutes; the first that is found is small enough to read.
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


def differing(town: RetailChain, company: Company) -> dict[str, Any]:
    """Tables whose rows differ by the way of posting, with both."""
    with transaction.atomic():
        chain = found_company(town, company)
        expected, _ = posted(chain, by_rule)
        found, ways = posted(chain, None)
        transaction.set_rollback(True)
    for way in sorted(set(ways)):
        event(way)
    return {name: (rows, found[name]) for name, rows in expected.items() if found[name] != rows}


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=40, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(companies(lines))
def test_sets_come_to_what_the_rule_comes_to(town: RetailChain, company: Company) -> None:
    """Returns, captured batches and refusals among them: each pool goes the one way or the other."""
    assert differing(town, company) == {}


@pytest.mark.django_db
@settings(max_examples=40, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(companies(plain_lines))
def test_sets_of_plain_sales_come_to_what_the_rule_comes_to(town: RetailChain, company: Company) -> None:
    assert differing(town, company) == {}


# -- plans -------------------------------------------------------------------------------------------------------------------

_MANY = """
    INSERT INTO work_demand (line_id, order_id, order_line_id, warehouse_id, item_id, quantity, day, at, place)
    SELECT n, n / 100, n, n % 50, n % 2000, 1, DATE '2024-05-01', now(), n FROM generate_series(1, 5000) n
"""
_COSTS = """
    INSERT INTO work_cost
    SELECT warehouse_id, item_id, count(*), false, min(day), max(day), min(at), max(at), 1, true, 'fefo', true, true, true, true, 'DEF', 0,
           false, 10, 15, 1.5, 2
    FROM work_demand GROUP BY warehouse_id, item_id
"""
_STOCK = """
    INSERT INTO work_stock
    SELECT n, warehouse_id, item_id, n, 1, 1, false, true, false, false, NULL, 'fefo', n::text, NULL, now()
    FROM work_cost CROSS JOIN generate_series(1, 3) n
"""


MADE_FROM_THEM = {"demand", "lot", "held", "receipt", "line", "order_line", "placed"}


def plan_of(sql: str, values: dict[str, Any] | list[Any]) -> dict[str, Any]:
    return dict(fetch_value(f"EXPLAIN (FORMAT JSON) {sql}", values)[0]["Plan"])


def gone_through_again(plan: Mapping[str, Any]) -> list[str]:
    """Work tables, and what was made from them, that a nested loop reads once for each row of another of them."""
    found: list[str] = []
    children = plan.get("Plans", ())
    if plan["Node Type"] == "Nested Loop" and from_work_tables(children[0]):
        found += from_work_tables(children[1])
    return found + [name for child in children for name in gone_through_again(child)]


def from_work_tables(plan: Mapping[str, Any]) -> list[str]:
    return [name for name in scanned(plan) if name.startswith("work_") or name in MADE_FROM_THEM]


def scanned(plan: Mapping[str, Any]) -> list[str]:
    own = [plan[key] for key in ("Relation Name", "CTE Name") if key in plan]
    return own + [name for child in plan.get("Plans", ()) for name in scanned(child)]


@pytest.mark.django_db
def test_no_query_of_a_chunk_goes_through_a_work_table_for_each_row_of_another() -> None:
    """Work tables have no statistics; a plan that takes one for tiny costs a hundred times as much as all of posting does."""
    takes.make_work_tables()
    execute(_MANY)
    execute(_COSTS)
    execute(_STOCK)
    plans = {"judge": plan_of(plain_pools.JUDGE, {})}
    execute(plain_pools.JUDGE)
    ways = fetch_all("SELECT DISTINCT kind FROM work_pool")
    assert ways == [("covered",)]
    plans["by rule"] = plan_of(plain_pools.BY_RULE, {})
    plans["take"] = plan_of(plain_pools.TAKE, {"without": "{}"})
    execute(plain_pools.TAKE, {"without": "{}"})
    assert fetch_value("SELECT count(*) FROM work_take") == 5000
    for name, sql in (
        ("move", takes.MOVE.format(mover="order_line_id")),
        ("off hand", takes.TAKE_OFF_HAND),
        ("costs", takes.SAVE_PLAIN_COSTS),
    ):
        plans[name] = plan_of(sql, {"moved_by": 3, "without": "{}"})
    plans["hold costs"] = plan_of(plain_pools.HOLD_COSTS, settings_arrays({1: FallbackSettings(True, "DEF", False)}))
    plans["hold stock"] = plan_of(plain_pools.HOLD_STOCK, {})
    assert {name: gone_through_again(plan) for name, plan in plans.items()} == {name: [] for name in plans}


def test_demands_are_placed_without_going_through_order_lines_for_each_line(chain: RetailChain) -> None:
    for number in range(5):
        chain.sale(*(line(f"I{place % 40}", 1) for place in range(200)), store=f"S{number}")
    chain.posts()
    orders = array(row[0] for row in fetch_all("SELECT id FROM orders_salesorder"))
    execute("ANALYZE orders_salesorder, orders_salesorderline, statements_postransaction, statements_postransactionline, inventory_item")
    fetch_all(PLACE_DEMANDS, {"orders": orders})
    assert fetch_value("SELECT count(*) FROM work_demand") == 1000
    assert gone_through_again(plan_of(PLACE_DEMANDS, {"orders": orders})) == []
