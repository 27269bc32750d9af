"""`check_integrity` of customer orders: each check names the order or shelf that somebody corrupted behind the guards."""

from pathlib import Path

import pytest
from django.db import connection

from core.db.bulk import execute
from orders.services.cancellation import cancel_order
from retailhq.integrity.checks import differences
from tests.orders.till import order_id
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db

# CO1 is invoiced with a deposit of 2.00; CO2 is open with 3 pieces of batch A reserved; CO3 is cancelled, 0.16 were charged.
CASES: tuple[tuple[str, str, str, str, str], ...] = (
    ("reserved", "UPDATE inventory_onhand SET reserved = 1 WHERE reserved = 3", "W1/MILK/A", "3", "1"),
    ("reserved", "DELETE FROM orders_reservation", "W1/MILK/A", "0", "3"),
    ("reserved_lines", "UPDATE orders_customerorderline SET cancelled = 3 WHERE ordered = 3", "CO2/1", "at most 0", "3"),
    ("delivery_allocations", "UPDATE orders_deliveryline SET stock_quantity = 7", "CO1/1", "7", "4"),
    ("delivery_allocations", "DELETE FROM orders_batchallocation", "CO1/1", "4", "0"),
    ("order_stages", "UPDATE orders_customerorderline SET invoiced = 3 WHERE ordered = 4", "CO1/1", "4 delivered, 4 on invoices", "3"),
    ("customer_order_status", "UPDATE orders_salesorder SET status = 'created' WHERE number = 'CO1'", "CO1", "invoiced", "created"),
    ("customer_order_invoiced", "UPDATE orders_customerorder SET invoiced = 1 WHERE invoiced > 0", "CO1", "6.36", "1"),
    ("customer_order_cancelled", "UPDATE orders_customerorder SET cancelled = 1 WHERE cancelled > 0", "CO3", "1.59", "1"),
    ("customer_order_totals", "UPDATE orders_customerorder SET net = 5, total = 5.36 WHERE net = 6", "CO1", "6 net, 0.36 tax",
     "5 net, 0.36 tax"),
    ("order_line_amounts", "UPDATE orders_customerorderline SET cancelled_net = 1 WHERE cancelled = 1", "CO3/1", "1.59", "1.09"),
    ("order_line_amounts", "UPDATE orders_deliveryline SET tax = 0.30", "CO1/1", "6.36", "6.3"),
    ("cancellation_charges", "UPDATE orders_customerorder SET charged = 0.10 WHERE charged > 0", "CO3", "0.1",
     "0.16 as payments, 0.16 posted"),
    ("cancellation_charges", "DELETE FROM orders_orderpayment WHERE kind = 'charge'", "CO3", "0.16", "0 as payments, 0.16 posted"),
    ("deposits", "UPDATE orders_customerorder SET deposit_used = 1.50 WHERE deposit_used > 0", "CO1", "0.5", "0"),
    ("deposits", "UPDATE orders_orderpayment SET amount = 3 WHERE amount = 2", "CO1", "1", "0"),
    ("settlements", "DELETE FROM ledger_voucherline WHERE voucher_id IN (SELECT id FROM ledger_voucher WHERE step = 'settlement')",
     "CO1-I1", "0", "6.36"),
    ("order_rounding", "UPDATE orders_delivery SET rounding = 0.02", "CO1-I1", "0.02", "0"),
)  # fmt: skip
GUARDED = ("orders_batchallocation", "ledger_voucherline", "ledger_voucher")


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    shop.is_ordered(milk(4), paid="2.00")
    shop.invoices()
    shop.is_ordered(milk(3))
    shop.parameters(**{"customer_orders.cancellation_charge_percent": "10"})
    given_up = shop.is_ordered(milk(1), paid="1.00")
    shop.comes_in()
    cancel_order(order_id(given_up), None, "cash", actor="test")
    return shop


def test_a_corrupted_order_is_named(shop: Shop) -> None:
    assert list(differences()) == []
    connection.check_constraints()
    for table in GUARDED:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for check, corruption, *expected in CASES:
        execute("SAVEPOINT sound")
        execute(corruption)
        found = [tuple(row[1:]) for row in differences() if row.check == check]
        assert found == [tuple(expected)], (check, corruption)
        execute("ROLLBACK TO SAVEPOINT sound")
