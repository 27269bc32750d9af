"""Cases D01, D03: a default batch id that names a real batch is no default (docs/domain.md#real-default-batch)."""

from datetime import date

import pytest

from orders.models import OrderProblem
from parameters.models import RetailParameters
from tests.cases.world import PricedShop
from tests.oracle.commands import run
from tests.oracle.rows import Warehouse
from tests.scenarios.world import CREATED, INVOICED, milk

CODE = "DEFAULT_BATCH_IS_REAL"
COLUMNS = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition\n"


def becomes_default(number: str, path: str = "posting") -> None:
    """The parameter by another way than any door."""
    RetailParameters.objects.update(**{f"{path}_use_default_batch_id": True, f"{path}_default_batch_id": number})


def missing_of(code: str = CODE) -> list[str]:
    return [f"{row.missing_quantity.normalize():f}" for row in OrderProblem.objects.filter(code=code)]


@pytest.mark.parametrize("path", ["posting", "customer_orders"])
def test_d03_the_parameter_is_refused_with_the_items(shop: PricedShop, path: str) -> None:
    shop.sells_at_cost()
    shop.receives(5, "1.00", "DEF")
    shop.comes_in()
    answer = run("set_parameters", f"{path}.default_batch_id=DEF", f"{path}.use_default_batch_id=true")
    assert answer.status == 2
    assert [problem["code"] for problem in answer.data["problems"]] == [CODE]
    assert "MILK" in answer.data["problems"][0]["message"]
    assert not RetailParameters.objects.filter(**{f"{path}_default_batch_id": "DEF"}).exists()


def test_d01_goods_are_not_received_under_the_default_batch_id(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back("DEF")
    shop.comes_in()
    row = "R1,1,W1,MILK,DEF,5,1.00,2024-04-01T06:00:00+01:00,,,\n"
    shop.must_refuse("receipts", COLUMNS + row, CODE)
    assert shop.stock() == {}


def test_d01_a_good_batch_is_sold_and_what_is_missing_fails(shop: PricedShop) -> None:
    shop.warehouse(Warehouse("W1", "LE", store_negative_physical=True))
    shop.sells_at_cost(negative=False)
    shop.receives(5, "1.00", "DEF")
    shop.comes_in()
    becomes_default("DEF")
    shop.sells(8)
    shop.posts()
    shop.must_stand_at_invoicing(CODE)
    assert missing_of() == ["3"]


def test_d01_a_good_batch_that_covers_the_sale_is_chosen_by_policy(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.receives(5, "1.00", "DEF")
    shop.comes_in()
    becomes_default("DEF")
    sale = shop.sells(5)
    shop.posts()
    assert shop.allocated(sale) == [("DEF", "5", "allocated", "FEFO")]
    shop.must_be_posted()


def test_d03_an_expired_batch_is_not_sold_from(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.has("DEF", 5, expires=date(2024, 4, 1))
    shop.comes_in()
    becomes_default("DEF")
    shop.sells(3)
    shop.posts()
    row = shop.statement()
    assert (row["post_state"], row["failed_state"], row["error_code"]) == (CREATED, INVOICED, CODE)
    assert missing_of() == ["3"]
    shop.must_be_sound()


def test_a_batch_that_is_used_up_or_elsewhere_is_real_all_the_same(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.receives(1, "1.00", "DEF", warehouse="W2")
    shop.comes_in()
    becomes_default("DEF")
    shop.sells(3)
    shop.posts()
    assert shop.statement()["error_code"] == CODE


def test_a_blind_return_does_not_go_to_a_real_batch(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.receives(1, "1.00", "DEF")
    shop.comes_in()
    becomes_default("DEF")
    shop.takes_back(None, 1)
    shop.posts()
    assert shop.statement()["error_code"] == CODE


def test_a_customer_order_does_not_fall_back_on_a_real_batch(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.receives(1, "1.00", "DEF")
    shop.comes_in()
    becomes_default("DEF", "customer_orders")
    shop.is_ordered(milk(3))
    shop.invoices()
    assert missing_of() == ["2"]
    shop.must_be_sound()
