"""Whatever is refused, is refused by the same code at each door: page, file, call and command."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.ui.templatetags.page import form_problems
from parameters.models import Unit
from retailhq.setup.masters import RECORDS
from tests.cases.world import PricedShop
from tests.core.masterdata.test_pages import typed
from tests.oracle.commands import DONE, PARTLY, rejected, run
from tests.oracle.files import write_world
from tests.oracle.rows import Item, Warehouse, World
from tests.oracle.rows import LegalEntity as Company
from tests.retailhq.api.calling import Till
from tests.scenarios.world import NOON

Row = dict[str, Any]


@pytest.fixture
def shop(shop: PricedShop) -> PricedShop:
    """Milk with batches and gold without; a sale is posted, an order waits; a second company with a warehouse of its own."""
    shop.sells_at_cost(negative=False)
    shop.pending.items += [Item("GOLD", batch_tracked=False), Item("WORK", batch_tracked=False, kind="service")]
    shop.falls_back()
    shop.parameters(customer_orders__offer_ship="false")
    shop.receives(10, "0.60", "A", receipt="R1")
    shop.sells(2)
    shop.posts()
    shop.pending.legal_entities.append(Company("LE2", "Other"))
    shop.warehouse(Warehouse("W9", "LE2"))
    shop.comes_in()
    shop.must_be_posted()
    return shop


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def codes_of_page(answer: Any) -> set[str]:
    assert answer.status_code in (200, 422), answer
    return {str(problem["code"]) for problem in form_problems(answer.context["form"])}


def codes_of_file(shop: PricedShop, kind: str, rows: list[Row]) -> set[str]:
    shop.steps += 1
    path = shop.folder / f"same{shop.steps}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert run("import_data", kind, str(path)).status == PARTLY
    return {row["code"] for row in rejected(path)}


JOURNAL: Row = {
    **{"journal": "J1", "line": 1, "kind": "adjustment", "warehouse": "W1", "to_warehouse": "", "item": "MILK", "batch": "A"},
    **{"quantity": "1", "date": "2024-05-01", "receipt": "", "reason": "why"},
}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"item": "CHEESE"}, "UNKNOWN_ITEM"),
        ({"item": "WORK", "batch": ""}, "ITEM_NOT_STOCKED"),
        ({"batch": ""}, "BATCH_REQUIRED"),
        ({"batch": "NONE", "kind": "write_off", "quantity": "-1"}, "UNKNOWN_BATCH"),
        ({"item": "GOLD"}, "BATCH_NOT_ALLOWED"),
        ({"kind": "write_off", "quantity": "-99"}, "NEGATIVE_NOT_ALLOWED"),
        ({"kind": "transfer", "quantity": "1"}, "MISSING_FIELD"),
        ({"kind": "transfer", "to_warehouse": "W1"}, "BAD_VALUE"),
        ({"kind": "receipt_correction", "receipt": "R9/1", "quantity": "-1"}, "UNKNOWN_RECEIPT"),
        ({"kind": "receipt_correction", "receipt": "R1/1", "quantity": "-11"}, "CORRECTION_TOO_LARGE"),
        ({"quantity": "9999999999"}, "TOO_LARGE"),
        ({"date": "2124-05-01"}, "PERIOD_CLOSED"),
    ],
)
def test_journals(shop: PricedShop, root: Client, wrong: Row, code: str) -> None:
    """By page, file and call."""
    row = JOURNAL | wrong
    form = {"opened": NOON.isoformat(), "rows": "5", "do": "save", "number": row["journal"]}
    form |= {name: row[name] for name in ("kind", "warehouse", "to_warehouse", "date", "reason")}
    form |= {f"{name}_1": row[name] for name in ("item", "batch", "quantity", "receipt")}
    answer = Till().post("journals", [row])
    found = [codes_of_page(root.post("/inventory/journals/new/", form)), codes_of_file(shop, "journals", [row]), set(answer.codes)]
    assert found == [{code}] * 3


ORDER_LINE: Row = {"number": 1, "item": "MILK", "quantity": "1", "unit": "pcs", "price": "1.50", "net": "1.50", "tax": "0"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"item": "CHEESE"}, "UNKNOWN_ITEM"),
        ({"unit": "pallet"}, "NO_UNIT_CONVERSION"),
        ({"batch": "NONE"}, "UNKNOWN_BATCH"),
        ({"price": "-1.50", "net": "-1.50"}, "LINE_AMOUNTS"),
        ({"quantity": "0", "net": "0"}, "BAD_QUANTITY"),
        ({"quantity": "9999999999", "price": "0", "net": "0"}, "TOO_LARGE"),
        ({"quantity": "40063813", "price": "0", "net": "0"}, "BAD_QUANTITY"),
        ({"quantity": "900000", "price": "999999999999", "net": "1.50"}, "TOO_LARGE"),
        ({"delivery": "ship"}, "DELIVERY_MODE_OFF"),
        ({"customer": "NOBODY"}, "UNKNOWN_CUSTOMER"),
        ({"gift_card": "GC1"}, "GIFT_CARD_MISPLACED"),
        ({"paid": "99.00"}, "PAYMENT_TOO_HIGH"),
    ],
)
def test_customer_orders(shop: PricedShop, root: Client, wrong: Row, code: str) -> None:
    """By page, file and call."""
    line = ORDER_LINE | {name: value for name, value in wrong.items() if name not in ("customer", "paid")}
    paid = wrong.get("paid", "")
    form = {"opened": NOON.isoformat(), "rows": "5", "do": "save", "store": "S1", "delivery": "pickup", "number": "CO1"}
    form |= {"customer": wrong.get("customer", "C1"), **({"method_1": "cash", "amount_1": paid} if paid else {})}
    form |= {f"{name}_1": line.get(name, "") for name in ("item", "quantity", "unit", "price", "batch", "delivery", "gift_card")}
    order = {"store": "S1", "order": "CO1", "customer": wrong.get("customer", "C1"), "ordered_at": NOON.isoformat(), "delivery": "pickup"}
    order |= {"currency": "USD", "lines": [line], "net": line["net"], "tax": "0", "total": line["net"]}
    order["payments"] = [{"number": 1, "method": "cash", "amount": paid}] if paid else []
    by_page = codes_of_page(root.post("/customer-orders/new/", form))
    assert by_page == set(Till().post("customer-orders", order).codes) == {code}


def address_of(slug: str, code: str) -> str:
    """The page that changes a row."""
    return RECORDS[slug].address("edit", RECORDS[slug].model._default_manager.get(code=code))


def of_world(shop: PricedShop, world: World) -> set[str]:
    shop.steps += 1
    ((kind, path),) = write_world(Path(shop.folder) / f"in{shop.steps}", world)
    assert run("import_data", kind, str(path)).status in (DONE, PARTLY)
    return {row["code"] for row in rejected(Path(path))}


def test_master_data_that_documents_rely_on(shop: PricedShop, root: Client) -> None:
    """By page and by file; a page offers no warehouse of another company, so only files can ask for one."""
    kilo = {"unit": Unit.objects.get_or_create(code="kg")[0].pk}
    tried: list[tuple[str, str, Row, World, str]] = [
        ("legal-entities", "LE", {"currency": "EUR"}, World(legal_entities=[Company("LE", "Foods", "EUR")]), "COMPANY_IN_USE"),
        ("items", "MILK", kilo, World(items=[Item("MILK", batch_tracked=True, unit="kg")]), "ITEM_IN_USE"),
        ("items", "MILK", {"kind": "service"}, World(items=[Item("MILK", batch_tracked=False, kind="service")]), "ITEM_IN_USE"),
    ]
    for slug, key, values, world, code in tried:
        address = address_of(slug, key)
        by_page = codes_of_page(root.post(address, {**typed(root, address), **values}))
        assert (by_page, of_world(shop, world)) == ({code}, {code}), slug
