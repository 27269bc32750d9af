"""Deliveries as sets come to what the pure rule comes to, row by row, whatever was ordered, reserved and lies there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from core.db.bulk import execute, fetch_all
from inventory.writes.takes import make_work_tables
from orders.models import Customer
from orders.queries.deliveries import deliveries_in_work, open_orders
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine, NewOrder
from orders.rules.till_lines import OrderPaymentData
from orders.services import invoice_deliveries
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.invoices import issue_needs
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.place_orders import place_orders
from tests.statements.retail_chain import DAY, NOON, RetailChain
from tests.statements.test_plain_pools import (
    ITEMS,
    ROWS,
    WITHOUT_SHRINKING,
    Company,
    companies,
    found_company,
    mostly,
    plain_lines,
    quantities,
    town,
)

__all__ = ["town"]

D = Decimal

OF_ORDERS = {
    **ROWS,
    "movements": """
        SELECT t.source_kind, CASE WHEN t.source_kind = 3 THEN NULL ELSE t.source_id END, t.warehouse_id, t.item_id, b.number, t.quantity,
               t.date, t.cost_amount
        FROM inventory_inventorytransaction t LEFT JOIN inventory_batch b ON b.id = t.batch_id ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
    """,
    # All but the instant, which is that of the run.
    "debts": """
        SELECT d.warehouse_id, d.item_id, b.number, d.source_kind, d.source_id, d.quantity, d.open_quantity, d.business_date, d.unit_cost,
               d.reason
        FROM inventory_batchdebt d JOIN inventory_batch b ON b.id = d.batch_id ORDER BY 4, 5
    """,
    "reservations": "SELECT order_line_id, warehouse_id, item_id, batch_id, ordinal, quantity FROM orders_reservation ORDER BY 1, 4",
    "deliveries": "SELECT id, invoice_id IS NOT NULL, error_code, error_text::text, work_state FROM orders_delivery ORDER BY 1",
    "stages": "SELECT order_line_id, ordered, picked, packed, invoiced, cancelled FROM orders_customerorderline ORDER BY 1",
}


@dataclass(frozen=True)
class Ordered:
    item: str
    quantity: Decimal
    batch: str
    delivery: str


ordered_lines = st.builds(Ordered, st.sampled_from(ITEMS), quantities, mostly("", "", "A"), st.sampled_from(["carry_out", "pickup"]))
ordered = st.lists(st.tuples(mostly("S1", "S2"), st.lists(ordered_lines, min_size=1, max_size=4)), min_size=1, max_size=6)


def incoming(number: int, store: str, lines: Sequence[Ordered]) -> IncomingOrder:
    new = tuple(
        NewLine(place, one.item, one.quantity, "pcs", D(4), D(0), 4 * one.quantity, D(0), one.batch, one.delivery, None)
        for place, one in enumerate(lines, 1)
    )
    net = sum((line.net for line in new), D(0))
    carried = sum((line.net for line in new if line.delivery == "carry_out"), D(0))
    paid = (OrderPaymentData(1, "cash", carried),) if carried else ()
    order = NewOrder(f"CO{number}", store, "BUYER", NOON, "pickup", "USD", "", new, paid, net, D(0), net)
    return IncomingOrder(order, order_digest(order))


def ask(chain: RetailChain, company: Company, orders: Sequence[tuple[str, Sequence[Ordered]]]) -> list[int]:
    """Takes the orders, as far as they can be taken, and asks for all that is open of them; the deliveries."""
    falls_back = company.parameters["posting_use_default_batch_id"]
    chain.set(customer_orders_use_default_batch_id=falls_back, customer_orders_default_batch_id="CO-DEF" if falls_back else "")
    Customer.objects.create(code="BUYER", name="Buyer")
    # They are judged by today.
    execute("UPDATE inventory_batch SET expires_on = expires_on + %s", [(timezone.now().date() - DAY).days])
    for store, lines in orders:
        chain.store(store)
        for one in lines:
            chain.item(one.item)
    for number, (store, lines) in enumerate(orders):
        place_orders([incoming(number, store, lines)], "import", "ada")
    request_deliveries(open_orders(), Verb.INVOICE, None, "ada", to_workers=False)
    return deliveries_in_work()


def after(asked: list[int], issue: Callable[..., Any] | None) -> tuple[dict[str, list[Any]], list[str]]:
    """What invoicing leaves behind, and which ways the pools went; nothing of it stays."""
    with transaction.atomic():
        if issue is None:
            finish_here(asked, "ada")
        else:
            with patch.object(invoice_deliveries, "issue_delivered", issue):
                finish_here(asked, "ada")
        rows = {name: fetch_all(sql) for name, sql in OF_ORDERS.items()}
        ways = [row[0] for row in fetch_all("SELECT kind FROM work_pool")] if issue is None else []
        transaction.set_rollback(True)
    return rows, ways


@pytest.mark.django_db
@settings(max_examples=30, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(companies(plain_lines), ordered)
def test_sets_come_to_what_the_rule_comes_to(town: RetailChain, company: Company, orders: Sequence[tuple[str, Sequence[Ordered]]]) -> None:
    with transaction.atomic():
        chain = found_company(town, company)
        asked = ask(chain, company, orders)
        assume(asked)
        make_work_tables()
        expected, _ = after(asked, issue_needs)
        found, ways = after(asked, None)
        transaction.set_rollback(True)
    for way in sorted(set(ways)) or ["by the rule alone"]:
        event(way)
    assert {name: (rows, found[name]) for name, rows in expected.items() if found[name] != rows} == {}
