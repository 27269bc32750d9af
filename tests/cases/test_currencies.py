"""Case 07 and its kind: amounts have the decimals of their currency, none, two or three, and no more, whatever door they come in by."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.api.answers import amount_text
from ledger.models import VoucherLine
from orders.models import Store
from parameters.models import Currency, RetailParameters
from statements.models import PosPayment, PosTransaction, Statement
from tests.cases.world import PricedShop
from tests.oracle.building import cash_event
from tests.oracle.commands import PARTLY, WRONG_USE, run
from tests.oracle.rows import Line, LineRef, Payment, Transaction
from tests.scenarios.world import NOON

D = Decimal
CURRENCIES = [("JPY", 0), ("USD", 2), ("KWD", 3)]


def sells(shop: PricedShop, quantity: str, price: str, **how: object) -> LineRef:
    return shop.rings(shop.line(D(quantity), D(price)), **how)  # type: ignore[arg-type]  # passed on as given


# -- what is right ---------------------------------------------------------------------------------------------------------


def test_07_a_day_in_dinars_posts_to_the_fils(shop: PricedShop) -> None:
    shop.trades_in("KWD", 3)
    shop.sells_at_cost("0.605")
    shop.receives(500, "0.605")
    sells(shop, "1", "1.250")
    shop.till_event("tender_declaration", "1.312")
    shop.posts()
    shop.must_be_posted()
    posted = {name: shop.account(name) for name in ("payment", "revenue", "sales_tax", "over_short", "cost_of_goods", "inventory")}
    assert posted == {
        **{"payment": D("1.312"), "revenue": D("-1.25"), "sales_tax": D("-0.063"), "over_short": D("0.001")},
        **{"cost_of_goods": D("0.605"), "inventory": D("301.895")},
    }
    shop.must_be_worth_what_it_costs()
    assert {row["total"] for row in shop.exports("statements")} == {"1.313"}


def test_07_what_stock_costs_is_rounded_to_the_yen(shop: PricedShop) -> None:
    shop.trades_in("JPY", 0)
    shop.sells_at_cost("33.5")
    shop.receives(3, "33.5")
    sale = sells(shop, "3", "98")
    shop.posts()
    shop.rings(shop.line(D(-1), D(98), return_of=sale), at=NOON + timedelta(days=1))
    shop.posts()
    shop.must_be_posted()
    assert shop.account("inventory") == D(34)
    assert shop.account("cost_of_goods") == D(67)
    shop.must_be_worth_what_it_costs()


@pytest.mark.parametrize(("currency", "decimals"), CURRENCIES)
def test_a_new_currency_has_the_decimals_of_its_standard(shop: PricedShop, currency: str, decimals: int) -> None:
    shop.trades_in(currency, decimals)
    shop.comes_in()
    assert Currency.objects.get(code=currency).decimals == decimals


def test_the_database_refuses_amounts_that_no_currency_has(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.receives(1, "1.00")
    shop.comes_in()
    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherLine.objects.update(debit=D("1.0001"))


def test_a_column_of_amounts_keeps_what_it_is_given(shop: PricedShop) -> None:
    """Widened without rewriting a table: amounts of two decimals are read, told and exported as they always were."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE old (amount numeric(18, 2))")
        cursor.execute("INSERT INTO old VALUES (6.3), (0), (12345678901234.56)")
        cursor.execute("SELECT pg_relation_filenode('old'), array_agg(amount::text ORDER BY amount) FROM old")
        before = cursor.fetchone()
        cursor.execute("ALTER TABLE old ALTER COLUMN amount TYPE numeric")
        cursor.execute("SELECT pg_relation_filenode('old'), array_agg(amount::text ORDER BY amount) FROM old")
        assert cursor.fetchone() == before


def test_values_of_before_are_brought_to_the_unit_of_their_currency(shop: PricedShop) -> None:
    """The upgrade: stock of a company whose currency has no decimals was worth 100.40; the 0.40 go to cost adjustments with a voucher."""
    shop.sells_at_cost("50.2")
    shop.receives(2, "50.2")
    shop.comes_in()
    Currency.objects.update(decimals=0)
    shop.journal.not_followed("the currency loses its decimals by an upgrade")
    shop.unit = D(1)
    sql = Path(str(import_module("inventory.migrations.replaced.0013_amounts_by_currency").DATA)).read_text(encoding="utf-8")
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute(sql)
    assert (shop.account("inventory"), shop.account("cost_adjustment")) == (D(100), D("0.4"))
    shop.must_be_worth_what_it_costs()


# -- what is refused, at each door -----------------------------------------------------------------------------------------


def too_fine(name: str) -> Transaction:
    """A sale of 10 with one amount that has a decimal too many for a currency without any."""
    row = Line(1, "MILK", D(1), price=D(10), net=D(10))
    sale = Transaction("S1", "T1", "1", NOON, lines=(row,), payments=(Payment(1, "cash", D(10)),), net=D(10), total=D(10))
    if name in ("net", "tax", "total"):
        head: dict[str, Any] = {name: D("10.5")}
        return replace(sale, **head)
    if name == "payment":
        return replace(sale, payments=(Payment(1, "cash", D("9.5")), Payment(2, "card", D("0.5"))))
    wrong: dict[str, Any] = {name.removeprefix("line "): D("0.5")}
    return replace(sale, lines=(replace(row, **wrong),))


@pytest.mark.parametrize("name", ["net", "tax", "total", "payment", "line net", "line tax", "line discount"])
def test_an_amount_of_a_sale_has_no_more_decimals_than_its_currency(shop: PricedShop, name: str) -> None:
    shop.trades_in("JPY", 0)
    shop.sells_at_cost()
    shop.keeps(too_fine(name))
    assert "H02" in shop.validates()


@pytest.mark.parametrize(("currency", "decimals", "amount"), [("JPY", 0, "10.5"), ("USD", 2, "1.234"), ("KWD", 3, None)])
@pytest.mark.parametrize("kind", ["tender_declaration", "start_amount", "float", "removal", "bank_drop", "income", "expense", "payment"])
def test_so_has_what_is_counted_and_moved(shop: PricedShop, currency: str, decimals: int, amount: str | None, kind: str) -> None:
    shop.trades_in(currency, decimals)
    shop.keeps(cash_event("S1", "1", NOON, kind, amount or "1.234"))
    found = shop.validates()
    assert ("H02" in found) == (amount is not None)


@pytest.mark.parametrize(("amount", "code"), [("1.2345", "BAD_NUMBER"), ("12345678901234567", "TOO_LARGE")])
def test_an_amount_that_no_currency_has_is_no_amount(shop: PricedShop, amount: str, code: str) -> None:
    shop.comes_in()
    path = shop.folder / "bad.ndjson"
    row = {
        **{"store": "S1", "terminal": "T1", "number": "1", "kind": "income", "sold_at": NOON.isoformat(), "currency": "USD"},
        **{"net": amount, "tax": "0", "total": amount, "payments": [{"number": 1, "method": "cash", "amount": amount}]},
    }
    path.write_text(json.dumps(row), encoding="utf-8")
    answer = run("import_data", "transactions", str(path))
    assert answer.status == PARTLY
    assert code in Path(f"{path}.rejected.csv").read_text(encoding="utf-8")
    assert not PosTransaction.objects.exists()


def test_the_same_file_is_unchanged_when_it_comes_again(shop: PricedShop) -> None:
    """An amount is the same however many zeros stand behind it: 6.3, 6.30 and 6.300."""
    shop.sells_at_cost()
    shop.comes_in()
    for number, amount in enumerate(("6.3", "6.30", "6.300", 6.3)):
        path = shop.folder / f"again{number}.ndjson"
        row = {
            **{"store": "S1", "terminal": "T1", "number": "1", "kind": "income", "sold_at": NOON.isoformat(), "currency": "USD"},
            **{"net": amount, "tax": "0", "total": amount, "payments": [{"number": 1, "method": "cash", "amount": amount}]},
        }
        path.write_text(json.dumps(row), encoding="utf-8")
        answer = run("import_data", "transactions", str(path))
        assert answer.data["unchanged" if number else "new"] == 1, answer
    assert str(PosPayment.objects.get().amount) == "6.30"


@pytest.mark.parametrize(
    ("name", "code"), [("net", "LINE_AMOUNTS"), ("tax", "LINE_AMOUNTS"), ("discount", "LINE_AMOUNTS"), ("paid", "BAD_PAYMENT")]
)
def test_so_has_a_customer_order(shop: PricedShop, name: str, code: str) -> None:
    shop.trades_in("JPY", 0)
    shop.sells_at_cost()
    shop.comes_in()
    line = {"number": 1, "item": "MILK", "quantity": "1", "unit": "pcs", "price": "10.5", "net": "10", "tax": "0"}
    order = {
        **{"store": "S1", "order": "CO1", "ordered_at": NOON.isoformat(), "delivery": "pickup", "currency": "JPY"},
        **{"lines": [line], "payments": [{"number": 1, "method": "cash", "amount": "10"}], "net": "10", "tax": "0", "total": "10"},
    }
    if name == "paid":
        order["payments"] = [{"number": 1, "method": "cash", "amount": "9.5"}]
    else:
        line[name] = "10.5"
    path = shop.folder / "orders.ndjson"
    path.write_text(json.dumps(order), encoding="utf-8")
    answer = run("import_data", "customer-orders", str(path))
    assert answer.status == PARTLY
    told = Path(f"{path}.rejected.csv").read_text(encoding="utf-8")
    assert code in told
    assert "more decimals than the 0 of JPY" in told


STORE = "store,name,warehouse,currency,time_zone,end_of_business_day,rounding_limit\nS1,Shop,W1,{},UTC,00:00,{}\n"


@pytest.mark.parametrize(
    ("currency", "decimals", "good", "bad"), [("JPY", 0, "5", "0.5"), ("USD", 2, "0.05", "0.005"), ("KWD", 3, "0.005", "0.0005")]
)
def test_so_has_a_rounding_limit(shop: PricedShop, currency: str, decimals: int, good: str, bad: str) -> None:
    shop.trades_in(currency, decimals)
    shop.comes_in()
    shop.must_refuse("stores", STORE.format(currency, bad), "BAD_NUMBER")
    path = shop.folder / "stores.csv"
    path.write_text(STORE.format(currency, good), encoding="utf-8")
    assert run("import_data", "stores", str(path)).status == 0
    assert Store.objects.get(code="S1").rounding_limit == D(good)


@pytest.mark.parametrize(
    ("currency", "decimals", "good", "bad"), [("JPY", 0, "500", "0.5"), ("USD", 2, "0.05", "0.005"), ("KWD", 3, "0.005", "0.0005")]
)
def test_so_has_a_parameter_in_money(shop: PricedShop, currency: str, decimals: int, good: str, bad: str) -> None:
    shop.trades_in(currency, decimals)
    shop.comes_in()
    answer = run("set_parameters", f"statements.max_difference={bad}")
    assert (answer.status, answer.data["problems"][0]["code"]) == (WRONG_USE, "BAD_PARAMETER_VALUE")
    assert run("set_parameters", f"statements.max_difference={good}").status == 0
    assert RetailParameters.objects.get().statements_max_difference == D(good)


# -- what people see -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("currency", "decimals", "shown"), [("JPY", 0, "1,313"), ("USD", 2, "1,312.50"), ("KWD", 3, "1,312.500")])
def test_pages_show_amounts_in_the_decimals_of_their_currency(
    shop: PricedShop, client: Client, currency: str, decimals: int, shown: str
) -> None:
    shop.trades_in(currency, decimals)
    shop.sells_at_cost()
    shop.receives(10, "1.00")
    sells(shop, "1", "1250")
    shop.posts()
    client.force_login(User.objects.create_superuser("maria", password="x"))
    text = client.get(f"/statements/{Statement.objects.get().pk}/").content.decode()
    assert f'{shown} <span class="currency">{currency}' in text


@pytest.mark.parametrize(
    ("amount", "told"), [("6.3", "6.30"), ("0", "0.00"), ("1.313", "1.313"), ("-1.250", "-1.25"), ("1250.00", "1250.00")]
)
def test_the_api_tells_amounts_with_two_decimals_and_the_third_where_there_is_one(amount: str, told: str) -> None:
    assert amount_text(D(amount)) == told


# -- any day ---------------------------------------------------------------------------------------------------------------

SALES = st.lists(
    st.tuples(st.decimals("0.1", 5, places=1), st.integers(1, 99_999), st.sampled_from(["0", "0.05", "0.19"])), min_size=1, max_size=4
)


@pytest.mark.parametrize(("currency", "decimals"), CURRENCIES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(st.tuples(SALES, st.booleans(), st.integers(-3, 3)), min_size=1, max_size=3), costs=st.integers(0, 99_999))
def test_any_day_adds_up_to_the_smallest_unit(
    db: None,
    tmp_path_factory: pytest.TempPathFactory,
    currency: str,
    decimals: int,
    days: list[tuple[list[tuple[Decimal, int, str]], bool, int]],
    costs: int,
) -> None:
    """Vouchers balance, the inventory account is what stock is worth, a statement is the sum of its transactions, counts are booked."""
    with transaction.atomic():
        shop = PricedShop(tmp_path_factory.mktemp("shop"))
        shop.trades_in(currency, decimals)
        shop.sells_at_cost(str(D(costs).scaleb(-decimals - 2)))
        shop.falls_back()
        shop.receives("7.3", str(D(costs).scaleb(-decimals - 1)), at=NOON - timedelta(days=3))
        taken = off = D(0)
        for day, (sales, back, wrong) in enumerate(days):
            at, total = NOON + timedelta(days=day), D(0)
            for number, (quantity, price, tax) in enumerate(sales):
                line = shop.line(quantity, D(price).scaleb(-decimals), tax=tax)
                sale = shop.rings(line, at=at + timedelta(minutes=number))
                total += line.net + line.tax
            if back:
                gone = replace(line, quantity=-line.quantity, net=-line.net, tax=-line.tax, return_of=sale)
                shop.rings(gone, at=at + timedelta(hours=1))
                total -= line.net + line.tax
            difference = wrong * shop.unit
            if total + difference >= 0:
                shop.keeps(cash_event("S1", f"count{day}", at + timedelta(hours=2), "tender_declaration", total + difference))
                off += difference
            taken += total
            shop.posts()
        shop.must_be_posted()
        shop.must_be_worth_what_it_costs()
        assert -(shop.account("revenue") + shop.account("sales_tax")) == taken
        assert shop.account("over_short") == -off
        assert shop.account("clearing") == 0
        for statement in Statement.objects.all():
            sums = PosTransaction.objects.filter(statement=statement, kind="sale").values_list("total", flat=True)
            assert statement.total == sum(sums)
        for debit, credit in VoucherLine.objects.values_list("debit", "credit"):
            assert (debit - credit) % shop.unit == 0
        transaction.set_rollback(True)
