"""No work of every day goes through all of a table that grows with every day: each read of one is led by an index."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.db.bulk import execute, fetch_all, fetch_value
from tests.oracle.building import line
from tests.oracle.commands import done, run
from tests.scenarios.world import Shop, milk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("new_database")]

# What gets rows with every line, order, transaction, movement or voucher.
GROWING = frozenset(
    (
        *("statements_postransaction", "statements_postransactionline", "statements_pospayment", "statements_orderreceipt"),
        *("statements_statementevent", "statements_validationproblem"),
        *("orders_salesorder", "orders_salesorderline", "orders_batchallocation", "orders_invoice", "orders_invoiceline"),
        *("orders_paymentjournal", "orders_paymentjournalline", "orders_customertransaction", "orders_delivery", "orders_deliveryline"),
        *("inventory_inventorytransaction", "inventory_onhand", "inventory_warehouseitemcost", "inventory_batch", "inventory_receiptline"),
        *("inventory_batchdebt", "inventory_defaultstockuse", "inventory_debtsettlementline", "inventory_costadjustment"),
        *("ledger_voucher", "ledger_voucherline", "access_auditentry"),
    )
)
# With few rows each of these is cheaper than an index; with many it is what makes a day dearer than the day before.
WAYS_AROUND = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
EXPLAINED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


class Watch:
    """A wrapper of queries: asks for the plan of each before it runs, and notes what goes through all of a growing table."""

    def __init__(self) -> None:
        self.found: set[tuple[str, str]] = set()
        self.plans = 0
        self.asking = False
        rows = fetch_all("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL")
        self.partial = frozenset(row[0] for row in rows)

    def __call__(self, execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        if not self.asking and not many and isinstance(sql, str) and EXPLAINED.match(sql):
            self.asking = True
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters or None)
                    (plan,) = cursor.fetchone()
            finally:
                self.asking = False
            self.plans += 1
            self.found |= {(table, " ".join(sql.split())[:600]) for table in gone_through(plan[0]["Plan"], self.partial)}
        return execute(sql, parameters, many, context)


def gone_through(plan: Mapping[str, Any], partial: Collection[str]) -> Iterator[str]:
    """Growing tables of which a plan reads every row: without a condition that an index answers, and by no partial (short) index."""
    children = plan.get("Plans", ())
    led = any("Index Cond" in node or node.get("Index Name") in partial for node in (plan, *children))
    if plan.get("Relation Name") in GROWING and "Scan" in plan["Node Type"] and not led:
        yield plan["Relation Name"]
    for child in children:
        # Made once for many rows, where the planner may as well ask row by row: it chooses by how many there are.
        if not (child.get("Parent Relationship") == "SubPlan" and "hashed SubPlan" in str(plan.get("Filter"))):
            yield from gone_through(child, partial)


@contextmanager
def watched() -> Iterator[Watch]:
    """Plans with which a table is read whole only where no index leads to what is asked for."""
    watch = Watch()
    for way in WAYS_AROUND:
        execute(f"SET {way} = off")
    try:
        with connection.execute_wrapper(watch):
            yield watch
    finally:
        for way in WAYS_AROUND:
            execute(f"RESET {way}")
    assert watch.plans
    assert sorted(watch.found) == []


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item(negative=True)
    shop.sells_item("HAM", negative=True)
    shop.sells_item("SOAP", negative=True, tracked=False)
    shop.falls_back()
    shop.orders_fall_back()
    for batch in "AB":
        shop.has(batch, 20)
    shop.comes_in()
    return shop


def test_the_watch_sees_a_table_that_is_read_whole(shop: Shop) -> None:
    shop.sells(1)
    shop.comes_in()
    with pytest.raises(AssertionError, match="statements_postransactionline"), watched():
        fetch_value("SELECT count(*) FROM statements_postransactionline WHERE net > 5")


def test_posting_a_day(shop: Shop) -> None:
    sold = shop.sells(3)
    shop.sells(2, item="HAM")
    shop.sells(2, item="SOAP")
    shop.calculates()
    with watched() as watch:
        done("post_statements", "--inline")
    assert watch.plans > 50
    shop.takes_back(sold, 1)
    shop.sells(1, batch="A")
    shop.calculates()
    with watched():
        done("post_statements", "--inline")
    shop.must_be_posted()


def test_customer_orders_from_till_to_invoice(shop: Shop) -> None:
    shop.is_ordered(milk(2), line("HAM", 1), store="S1", paid="1.00")
    with watched():
        shop.comes_in()
    with watched():
        assert run("invoice_orders", "--inline").status == 0


def test_putting_right_what_is_posted(shop: Shop) -> None:
    """A sale is reversed, goods come in late, the default batch's debt is settled."""
    sold = shop.sells(3)
    shop.sells(2, item="HAM")
    shop.posts()
    shop.must_be_posted()
    with watched():
        done("reverse", "--transaction", f"S1/{sold.terminal}/{sold.number}", "--reason", "Rung twice.")
    assert shop.shelf() == {"A": "20", "B": "20"}
    assert len(shop.debts()) == 1
    shop.has("H", 5, item="HAM")
    with watched():
        shop.comes_in()
    with watched():
        done("settle_batch_debt")
    assert (shop.debts(), shop.shelf(item="HAM")) == ([], {"H": "3"})
    shop.must_be_sound()


def test_what_comes_in(shop: Shop) -> None:
    shop.sells(3)
    shop.sells(2, item="SOAP")
    with watched():
        shop.comes_in()
    with watched():
        assert run("validate_transactions").status == 0
    with watched():
        assert run("calculate_statements").status == 0
    with watched():
        assert run("preview_posting").status == 0


def test_every_growing_table_is_there() -> None:
    assert set(connection.introspection.table_names()) >= GROWING
