"""Cases 08, R02, X18: debt and stock of a default batch are one book (docs/domain.md#batch-debt), and the database keeps it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from inventory.models import BatchCredit, BatchDebt, OnHand, Warehouse
from tests.cases.world import PricedShop
from tests.oracle.rows import Warehouse as WarehouseRow
from tests.scenarios.world import DEFAULT, NOON, milk

DAY = timedelta(days=1)
Book = dict[str, Any]


def book(item: str = "MILK") -> Book:
    """Stock, open debt and open credit of the default batch by warehouse."""
    found: Book = {}
    for row in OnHand.objects.filter(item__code=item, batch__is_default_batch=True).select_related("warehouse"):
        place = {"warehouse": row.warehouse, "item": row.item_id, "batch": row.batch_id}
        debt = sum((debt.open_quantity for debt in BatchDebt.objects.filter(**place)), Decimal(0))
        credit = sum((credit.open_quantity for credit in BatchCredit.objects.filter(**place)), Decimal(0))
        found[row.warehouse.code] = (row.physical, debt, credit)
    return found


def test_08_a_return_in_another_store_pays_nothing_there(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    sale = shop.sells(3)
    shop.posts()
    shop.takes_back(sale, 3, at=NOON + DAY, store="S2")
    shop.posts()
    assert book() == {"W1": (-3, 3, 0), "W2": (3, 0, 3)}
    shop.must_be_worth_what_it_costs()


def test_r02_a_part_comes_back_elsewhere_where_nothing_may_go_negative(shop: PricedShop) -> None:
    shop.warehouse(WarehouseRow("W1", "LE", store_negative_physical=True))
    shop.sells_at_cost(negative=False)
    shop.falls_back()
    sale = shop.sells(3)
    shop.posts()
    shop.takes_back(sale, 2, at=NOON + DAY, store="S2")
    shop.posts()
    assert book() == {"W1": (-3, 3, 0), "W2": (2, 0, 2)}
    shop.must_be_posted()


def test_x18_what_lies_on_the_default_batch_is_sold_without_negative_inventory(shop: PricedShop) -> None:
    shop.sells_at_cost(negative=False)
    shop.falls_back()
    shop.takes_back(None, 2)
    sale = shop.sells(1)
    shop.posts()
    assert shop.allocated(sale) == [(DEFAULT, "1", "default", "NO_BATCH")]
    assert book() == {"W1": (1, 0, 1)}
    shop.must_be_posted()


def test_more_than_lies_there_needs_negative_inventory(shop: PricedShop) -> None:
    shop.sells_at_cost(negative=False)
    shop.falls_back()
    shop.takes_back(None, 2)
    shop.posts()
    shop.sells(3, at=NOON + DAY)
    shop.posts()
    failed = [row for row in shop.exports("statements") if row["error_code"]]
    assert [row["error_code"] for row in failed] == ["NEGATIVE_NOT_ALLOWED"]
    assert book() == {"W1": (2, 0, 2)}


def test_a_sale_uses_the_credit_first_and_owes_the_rest(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.takes_back(None, 2)
    shop.posts()
    shop.sells(5, at=NOON + DAY)
    shop.posts()
    assert book() == {"W1": (-3, 3, 0)}
    assert shop.debts() == [("2", "3")]
    shop.must_be_posted()


@pytest.mark.parametrize(("returned", "left"), [(1, (-4, 4, 0)), (5, (0, 0, 0)), (7, (2, 0, 2))])
def test_a_blind_return_pays_the_oldest_debt_of_the_place(shop: PricedShop, returned: int, left: tuple[int, int, int]) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.sells(2)
    shop.sells(3)
    shop.posts()
    shop.takes_back(None, returned, at=NOON + DAY)
    shop.posts()
    assert book() == {"W1": left}
    if returned == 1:
        assert shop.debts() == [("1", "1"), ("2", "3")]
    shop.must_be_posted()


def test_a_linked_return_pays_its_own_line_first_then_the_oldest(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.sells(2)
    second = shop.sells(3)
    shop.posts()
    shop.takes_back(second, 2, at=NOON + DAY)
    shop.posts()
    assert shop.debts() == [("1", "2"), ("2", "1")]
    shop.takes_back(None, 1, at=NOON + 2 * DAY)
    shop.posts()
    shop.takes_back(second, 1, at=NOON + 3 * DAY)
    shop.posts()
    assert shop.debts() == [("1", "1")]
    shop.must_be_posted()


def test_a_sale_and_returns_of_one_day_are_one_book(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    sale = shop.sells(4)
    shop.takes_back(sale, 1)
    shop.takes_back(None, 6)
    shop.sells(1)
    shop.posts()
    (row,) = book().values()
    assert row == (2, 0, 2)
    shop.must_be_posted()


def test_customer_orders_and_tills_share_the_book_of_a_default_batch(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.orders_fall_back(DEFAULT)
    sold = shop.is_ordered(milk(3))
    shop.invoices()
    assert book() == {"W1": (-3, 3, 0)}
    shop.takes_back(None, 2)
    shop.posts()
    assert book() == {"W1": (-1, 1, 0)}
    shop.is_ordered(milk(-3), back=sold)
    shop.invoices()
    assert book() == {"W1": (2, 0, 2)}
    shop.must_be_worth_what_it_costs()


def owe_elsewhere(row: OnHand) -> None:
    BatchDebt.objects.create(**_place(row, warehouse=Warehouse.objects.get(code="W2")))


def credit_where_something_is_owed(row: OnHand) -> None:
    BatchCredit.objects.create(**_place(row))


def move_stock_alone(row: OnHand) -> None:
    OnHand.objects.filter(pk=row.pk).update(physical=0)


def call_it_a_real_batch(row: OnHand) -> None:
    OnHand.objects.filter(pk=row.pk).update(is_default=False, physical=0, open_debt=0)
    connection.check_constraints()


@pytest.mark.parametrize("change", [owe_elsewhere, credit_where_something_is_owed, move_stock_alone, call_it_a_real_batch])
def test_the_database_refuses_anything_else(shop: PricedShop, change: Callable[[OnHand], None]) -> None:
    """Stock of a default batch moves with its debts and credits only, and never both are open."""
    shop.sells_at_cost()
    shop.falls_back()
    shop.sells(2)
    shop.posts()
    row = OnHand.objects.get(batch__is_default_batch=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        change(row)
    shop.journal.not_followed("a debt was paid by hand")
    BatchDebt.objects.update(open_quantity=1)
    row.refresh_from_db()
    assert [row.physical, row.open_debt] == [Decimal(-1), Decimal(1)]


def _place(row: OnHand, **other: object) -> dict[str, object]:
    place = {"warehouse": row.warehouse, "item": row.item, "batch": row.batch}
    rest = {"source_kind": 2, "source_id": 1, "quantity": 1, "open_quantity": 1, "business_date": NOON.date()}
    return {**place, **rest, **other}
