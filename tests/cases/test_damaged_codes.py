"""Codes that a spreadsheet damaged, at every door: the code that exists and is meant is named, and what is left of it becomes nothing."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.db.meant_codes import Meant, meant_codes
from core.lib.damaged_codes import Damage, damage_of
from inventory.models import Item as ItemRow
from inventory.models import JournalLine, ReceiptLine
from orders.models import CustomerOrder
from statements.models import PosTransaction
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, rejected, run
from tests.oracle.rows import Item
from tests.retailhq.api.calling import Till
from tests.scenarios.world import NOON

# What is left of a code, the code, and what happened to it.
DAMAGED = {
    "12345": ("00012345", "LOST_ZEROS"),
    "5.01E+12": ("5012345678900", "SPREADSHEET_EXPONENT"),
    "11-Jan": ("1-11", "SPREADSHEET_DATE"),
}


@pytest.fixture
def shop(shop: PricedShop) -> PricedShop:
    """Items with such codes; W1 belongs to store S1."""
    for code, _ in DAMAGED.values():
        shop.pending.items.append(Item(code, batch_tracked=False, negative_physical=True))
    shop.comes_in()
    return shop


def write(shop: PricedShop, name: str, text: str) -> Path:
    path = Path(shop.folder) / name
    path.write_text(text, encoding="utf-8")
    return path


def sale(item: str, number: str = "1") -> dict[str, Any]:
    """A ticket whose numbers are those of JSON."""
    row = {"number": 1, "item": item, "quantity": 1, "unit": "PCS", "price": 1.50, "net": 1.50, "tax": 0}
    return {
        **{"store": "S1", "terminal": "T1", "number": number, "kind": "sale", "sold_at": NOON.isoformat(), "currency": "USD"},
        **{"lines": [row], "payments": [{"number": 1, "method": "cash", "amount": 1.50}], "net": 1.50, "tax": 0, "total": 1.50},
    }


def order(item: str, **head: str) -> dict[str, Any]:
    row = {"number": 1, "item": item, "quantity": 1, "unit": "PCS", "price": "1.50", "net": "1.50", "tax": "0"}
    values = {"store": "S1", "order": "CO1", "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": "pickup", "currency": "USD"}
    return {**values, **head, "lines": [row], "payments": [], "net": "1.50", "tax": "0", "total": "1.50"}


def journal_line(item: str) -> dict[str, Any]:
    head = {"journal": "J1", "line": 1, "kind": "adjustment", "warehouse": "W1", "item": item, "batch": "", "quantity": 1}
    return {**head, "date": f"{NOON:%Y-%m-%d}", "reason": "found"}


@pytest.mark.parametrize("left", DAMAGED)
def test_over_the_api(shop: PricedShop, left: str) -> None:
    code, damage = DAMAGED[left]
    till = Till()
    answer = till.post("transactions", sale(left))
    (row,) = answer.body["rows"]
    (found,) = [problem for problem in row["problems"] if problem["code"] == damage]
    assert (row["status"], found["severity"], code in found["message"]) == ("new", "warning", True)
    assert "L04" in {problem["code"] for problem in row["problems"]}, "it is kept back until it is corrected"
    for path, body in (("customer-orders", order(left)), ("journals", journal_line(left))):
        answer = till.post(path, body)
        assert (answer.status, answer.codes) == (422, [damage]), path
        assert code in answer.body["errors"][0]["detail"]
    assert not CustomerOrder.objects.exists()
    assert till.post("customer-orders", order(code)).status == 201
    assert till.post("transactions", sale(code, "2")).body["rows"][0]["problems"] == []


@pytest.mark.parametrize("left", DAMAGED)
def test_on_the_forms(shop: PricedShop, client: Client, left: str) -> None:
    code, damage = DAMAGED[left]
    client.force_login(make_person("root", "administrator"))
    now = timezone.now().replace(microsecond=0).isoformat()
    head = {"warehouse": "W1", "number": "", "rows": "5", "opened": now, "do": "save", "item_1": left, "quantity_1": "1"}
    forms = {
        "/inventory/journals/new/": {**head, "kind": "adjustment", "date": "2024-05-01", "reason": "Found", "to_warehouse": ""},
        "/inventory/receipts/new/": {**head, "received_at": "2024-05-01T09:15"},
        "/customer-orders/new/": {**head, "store": "S1", "delivery": "pickup", "customer": "", "price_1": "1.50"},
    }
    for address, typed in forms.items():
        answer = client.post(address, typed)
        assert answer.status_code == 422, address
        (error,) = answer.context["form"].errors.as_data()["item_1"]
        assert (error.code, f"Write {code}." in error.message) == (damage, True), address
        assert f'value="{left}"' in answer.content.decode(), "nothing that was typed is lost"
    assert not ReceiptLine.objects.exists()
    assert not JournalLine.objects.exists()


def test_a_customer_whose_zeros_are_lost_stands_at_its_field(shop: PricedShop, client: Client) -> None:
    write(shop, "customers.csv", "customer,name,blocked\n0077,Somebody,no\n")
    assert run("import_data", "customers", str(Path(shop.folder) / "customers.csv")).status == DONE
    client.force_login(make_person("root", "administrator"))
    typed = {"store": "S1", "delivery": "pickup", "customer": "77", "number": "", "rows": "5", "opened": NOON.isoformat(), "do": "save"}
    answer = client.post("/customer-orders/new/", {**typed, "item_1": "1-11", "quantity_1": "1", "price_1": "1.50"})
    (error,) = answer.context["form"].errors.as_data()["customer"]
    assert (error.code, "Write 0077." in error.message) == ("LOST_ZEROS", True)
    assert Till().post("customer-orders", order("1-11", customer="77")).codes == ["LOST_ZEROS"]


@pytest.mark.parametrize("left", DAMAGED)
def test_in_files(shop: PricedShop, left: str) -> None:
    code, damage = DAMAGED[left]
    receipts = write(
        shop, "in.csv", f"receipt,line,warehouse,item,batch,quantity,unit_cost,received_at\nR1,1,W1,{left},,1,1,{NOON.isoformat()}\n"
    )
    items = write(
        shop, "items.csv", f"item,item_group,unit,batch_tracked,negative_physical,wms_enabled,standard_cost\n{left},G,pcs,no,yes,no,1\n"
    )
    for kind, path in (("receipts", receipts), ("items", items)):
        assert run("import_data", kind, str(path)).status == PARTLY
        (row,) = rejected(path)
        assert (row["code"], code in row["message"]) == (damage, True), kind
    assert set(ItemRow.objects.values_list("code", flat=True)) == {code for code, _ in DAMAGED.values()}


def test_stores_and_warehouses(shop: PricedShop) -> None:
    companies = "warehouse,name,site,legal_entity,wms_enabled,store_negative_physical\n007,W,X,LE,false,true\n"
    assert run("import_data", "warehouses", str(write(shop, "w.csv", companies))).status == DONE
    stores = "store,name,warehouse,currency,time_zone\n012,Shop,7,USD,UTC\n"
    path = write(shop, "s.csv", stores)
    assert run("import_data", "stores", str(path)).status == PARTLY
    assert "Write 007." in rejected(path)[0]["message"]
    path.write_text(stores.replace(",7,", ",007,"))
    assert run("import_data", "stores", str(path)).status == DONE
    answer = Till().post("transactions", {**sale("1-11"), "store": "12"})
    assert (answer.status, answer.codes) == (422, ["LOST_ZEROS"])
    assert Till().post("customer-orders", order("1-11", store="12")).codes == ["LOST_ZEROS"]
    assert not PosTransaction.objects.exists()


def test_what_may_have_been_two_codes_is_not_guessed(shop: PricedShop) -> None:
    shop.pending.items += [Item("5012999999999", batch_tracked=False), Item("11/1", batch_tracked=False)]
    shop.comes_in()
    assert meant_codes("inventory_item", ["5.01E+12", "11-Jan", "12345", "1-11", "MILK", "99"]) == {
        "12345": Meant("00012345", "LOST_ZEROS")
    }


@pytest.mark.parametrize(
    ("left", "low", "high"),
    [("5.01E+12", "5005000000000", "5014999999999"), ("4E+03", "3500", "4499"), ("1.5e+01", "15", "15"), ("9.99E+02", "999", "999")],
)
def test_an_exponent_stands_for_what_is_rounded_to_it(left: str, low: str, high: str) -> None:
    assert damage_of(left) == Damage("SPREADSHEET_EXPONENT", (), low, high)


@pytest.mark.parametrize("whole", ["MILK", "0012345", "", "1-13", "Nov", "12.5", "5.01E-12", "9.99999E+02", "1E+99"])
def test_what_shows_no_damage(whole: str) -> None:
    assert damage_of(whole) is None
