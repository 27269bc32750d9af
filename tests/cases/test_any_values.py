"""Values at the edge of what fits, in every field of every kind of document, by file, API and form: taken, or refused by a code of ours.

What is taken can be calculated, posted and invoiced, or gets a code with a remedy; the database refuses nothing that we let through.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.lib.problems import REGISTRY
from retailhq.exchange.services.files import KINDS
from statements.models import PosTransaction, Statement, ValidationProblem
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, PARTLY, Answer, rejected, run
from tests.oracle.rows import Item
from tests.retailhq.api.calling import Till
from tests.scenarios.world import NOON

NINES = "9" * 40
NUMBERS = (
    *("0", "-0", "-0.00", "00", "007", "+1", "1", "-1", "1.", ".5", "-.5", "1e3", "1E+2", "1e-7", "1E400", "0x10", "1/3", "1_000"),
    *("0.0001", "0.00001", "0.000001", "0.0000000001", "1.0000", "1.000000000000", "0.333333", "-0.0001"),
    *("999999", "999999.9999", "999999999", "999999999.9999", "1000000000", "999999999999", "999999999999.999", "1000000000000"),
    *("9999999999999999", "10000000000000000", "1000000000000000", "-1000000000000000", NINES, f"0.{NINES}", f"-{NINES}.{NINES}"),
    *("NaN", "Infinity", "-inf", "\N{FULLWIDTH DIGIT ONE}", "\N{ARABIC-INDIC DIGIT THREE}", "\N{MINUS SIGN}5", "1 000", "$1", "5-", ""),
)
TEXTS = (
    *(
        "\x00",
        "A\x00B",
        "\N{RIGHT-TO-LEFT OVERRIDE}KLIM",
        "MI\N{ZERO WIDTH SPACE}LK",
        "CAFE\N{COMBINING ACUTE ACCENT}",
        "CAF\N{LATIN SMALL LETTER E WITH ACUTE}",
    ),
    *(
        "\N{GRINNING FACE}",
        "\N{MATHEMATICAL BOLD DIGIT ONE}",
        "\N{GREEK CAPITAL LETTER OMEGA}" * 60,
        "x" * 60,
        "x" * 61,
        "x" * 5000,
        "\N{GRINNING FACE}" * 60,
    ),
    *(
        "A/B",
        "a,b",
        "=1+1",
        "'quoted'",
        '"',
        "\N{NO-BREAK SPACE}",
        " ",
        "\t",
        "two\nlines",
        "\r",
        "0",
        "-",
        "%s",
        "{0}",
        "{item}",
        "<script>alert(1)</script>",
    ),
    *(
        "';--",
        "NULL",
        "None",
        "\\",
        "\N{LINE SEPARATOR}",
        "\ufeffMILK",
        "\u041cILK",
        "12345",
        "5.01E+12",
        "1-Nov",
        "#REF!",
        "milk",
        "MILK ",
    ),
)
DAYS = (
    "0001-01-01",
    "1899-12-31",
    "1900-01-01",
    "2024-02-29",
    "2023-02-29",
    "2154-12-31",
    "2199-12-31",
    "2200-01-01",
    "9999-12-31",
    "2024-13-01",
    "now",
    "",
)
MOMENTS = (
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1900-01-01T00:00:00+00:00", "2199-12-31T23:59:59Z", "2024-06-30T23:59:60Z"),
    # Hours that clocks of New York skip and have twice, and those of other ends of the day.
    *("2024-03-10T02:30:00-05:00", "2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00", "2024-05-01T00:00:00+14:00"),
    *("2024-05-01T23:59:59-12:00", "2024-05-01T12:00:00+99:99", "2024-05-01T12:00:00", "2024-05-01", "2024-05-01T12:00:00.123456789Z", ""),
)
OURS = frozenset(("REFUSED_BY_DATABASE", "ROW_NOT_KEPT", "UNEXPECTED_ERROR", "UNEXPECTED_ERROR_IN_CALL", "DATABASE_LOST"))
numbers = count(1)


@pytest.fixture
def shop(shop: PricedShop) -> PricedShop:
    """MILK with batches, GOLD without, a CARD; units of a third of a piece and of a thousand million; everything may go below zero."""
    shop.sells_at_cost("0.60")
    shop.pending.items += [
        Item("GOLD", batch_tracked=False, negative_physical=True),
        Item("CARD", batch_tracked=False, kind="gift_card"),
        Item("WORK", batch_tracked=False, kind="service"),
    ]
    shop.falls_back()
    shop.orders_fall_back()
    shop.parameters(statements__disable_counting="true")
    shop.receives(10, "0.60", "A", receipt="R1")
    shop.comes_in()
    path = shop.folder / "units.csv"
    path.write_text("item,from_unit,to_unit,factor,denominator\n,third,pcs,1,3\n,ship,pcs,1000000000,1\n,crumb,pcs,1,1000000000\n")
    assert run("import_data", "unit-conversions", str(path)).status == DONE
    return shop


def ticket(**values: Any) -> dict[str, Any]:
    """A sale of one piece that is right but for what is said: `line_` and `payment_` in front of a name mean the line and payment."""
    parts: dict[str, dict[str, Any]] = {"": {}, "line": {}, "payment": {}}
    for name, value in values.items():
        where, _, rest = name.partition("_")
        parts[where if where in ("line", "payment") else ""][rest if where in ("line", "payment") else name] = value
    line = {"number": 1, "item": "GOLD", "quantity": "1", "unit": "pcs", "price": "1.50", "discount": "0", "net": "1.50", "tax": "0"}
    payment = {"number": 1, "method": "cash", "amount": "1.50"}
    head = {"store": "S1", "terminal": "T1", "number": f"N{next(numbers)}", "kind": "sale", "sold_at": NOON.isoformat(), "currency": "USD"}
    sums = {"net": "1.50", "tax": "0", "total": "1.50"}
    return {**head, **sums, **parts[""], "lines": [line | parts["line"]], "payments": [payment | parts["payment"]]}


def tickets() -> Iterator[dict[str, Any]]:
    """One wrong or odd value at a time, and whole documents of one odd amount."""
    for number in NUMBERS:
        for field in ("net", "tax", "total", "discount", "paid", "item_count", "shift"):
            yield ticket(**{field: number})
        for field in ("quantity", "price", "discount", "net", "tax", "number"):
            yield ticket(**{f"line_{field}": number})
        yield ticket(payment_amount=number)
        yield ticket(line_price=number, line_net=number, net=number, total=number, payment_amount=number)
        yield ticket(
            line_item="CARD", line_gift_card="G1", line_price=number, line_net=number, net=number, total=number, payment_amount=number
        )
        for kind in ("income", "expense", "float", "removal", "tender_declaration", "start_amount", "payment", "safe_drop"):
            yield ticket(kind=kind, net=number, total=number, payment_amount=number, customer="C1") | {"lines": []}
        for unit in ("third", "ship", "crumb"):
            yield ticket(line_quantity=number, line_unit=unit)
    for text in TEXTS:
        for field in ("store", "terminal", "number", "kind", "currency", "customer", "staff"):
            yield ticket(**{field: text})
        for field in ("item", "unit", "batch", "scan", "gift_card"):
            yield ticket(**{f"line_{field}": text})
        yield ticket(payment_method=text)
        yield ticket(line_return_of={"store": text, "terminal": text, "number": text, "line": 1}, line_quantity="-1")
    for moment in MOMENTS:
        yield ticket(sold_at=moment)
    for day in DAYS:
        yield ticket(business_date=day)


def orders() -> Iterator[dict[str, Any]]:
    for row in tickets():
        if row["kind"] != "sale":
            continue
        head = {"store": row["store"], "order": row["number"], "ordered_at": row["sold_at"], "customer": row.get("customer") or "C1"}
        lines = [{name: value for name, value in line.items() if name not in ("gift_card", "return_of")} for line in row["lines"]]
        rest = {name: row[name] for name in ("currency", "net", "tax", "total", "payments")}
        yield {**head, **rest, "lines": lines, "delivery": "carry_out"}


def import_rows(shop: PricedShop, kind: str, rows: Iterable[str]) -> Answer:
    path = Path(shop.folder) / f"{kind}-{next(numbers)}.txt"
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    answer = run("import_data", kind, str(path))
    assert answer.status in (DONE, PARTLY), answer.errors
    codes = {row["code"] for row in rejected(path)} if b"\0" not in path.read_bytes() else set(answer.data["problems_by_code"])
    assert not OURS & codes, rejected(path)
    assert all(REGISTRY[code].remedy for code in codes)
    return answer


def must_go_through(shop: PricedShop) -> None:
    """Everything that was taken is calculated, posted and invoiced, or has a code with a remedy."""
    assert run("validate_transactions").status in (DONE, PARTLY)
    assert "UNEXPECTED_ERROR" not in {row["code"] for row in shop.exports("problems")}
    answer = run("calculate_statements")
    assert (answer.status, answer.data.get("failed")) == (DONE, None)
    for command in ("post_statements", "invoice_orders"):
        answer = run(command, "--inline")
        assert answer.status in (DONE, PARTLY)
        assert "UNEXPECTED_ERROR" not in answer.codes, answer
    for code in Statement.objects.exclude(error_code="").values_list("error_code", flat=True):
        assert REGISTRY[code].remedy
    shop.must_be_sound()


@pytest.mark.slow
def test_transactions_of_any_values(shop: PricedShop) -> None:
    shop.journal.not_followed("documents of any values")
    answer = import_rows(shop, "transactions", map(json.dumps, tickets()))
    assert answer.data["new"] > 300
    must_go_through(shop)
    assert PosTransaction.objects.exclude(statement=None).count() > 100


def test_numbers_of_json_are_the_texts_that_they_are_written_as(shop: PricedShop) -> None:
    shop.journal.not_followed("documents of any values")
    raw = (
        "0",
        "-0",
        "-0.0",
        "1",
        "1.50",
        "1.5e0",
        "15e-1",
        "1E400",
        "1e-400",
        "1e15",
        "999999999999.99",
        "1" * 30,
        "0.1",
        "true",
        "null",
        "[]",
        "{}",
    )
    row = json.dumps(ticket(number="NUMBER", line_price="@", line_net="@", net="@", total="@", payment_amount="@"))
    import_rows(shop, "transactions", [row.replace('"@"', number).replace("NUMBER", f"J{place}") for place, number in enumerate(raw)])
    assert {f"{total:.2f}" for total in PosTransaction.objects.values_list("total", flat=True)} == {
        "0.00",
        "1.00",
        "1.50",
        "0.10",
        "999999999999.99",
    }
    must_go_through(shop)


def test_customer_orders_of_any_values(shop: PricedShop) -> None:
    shop.journal.not_followed("documents of any values")
    answer = import_rows(shop, "customer-orders", map(json.dumps, orders()))
    assert answer.data["new"] > 50
    must_go_through(shop)


RECEIPT = {
    **{"line": "1", "warehouse": "W1", "item": "GOLD", "batch": "", "quantity": "1", "unit_cost": "1.00"},
    **{"received_at": NOON.isoformat(), "manufactured_on": "", "expires_on": "", "disposition": ""},
}
JOURNAL = {
    **{"line": "1", "kind": "adjustment", "warehouse": "W1", "to_warehouse": "", "item": "GOLD", "batch": "", "quantity": "1"},
    **{"date": "2024-05-01", "receipt": "", "reason": "why"},
}
ITEM = {
    **{"name": "", "item_group": "G", "unit": "pcs", "batch_tracked": "false", "negative_physical": "true", "wms_enabled": "false"},
    **{"shelf_life_days": "", "standard_cost": "1"},
}
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "receipts": ("receipt", RECEIPT),
    "journals": ("journal", JOURNAL),
    "items": ("item", ITEM),
    "customers": ("customer", {"name": "", "blocked": "false", "credit_limit": "", "email": "", "phone": "", "address": ""}),
    "unit-conversions": ("from_unit", {"item": "", "to_unit": "pcs", "factor": "1", "denominator": "1"}),
    "stores": (
        "store",
        {"name": "", "warehouse": "W1", "currency": "USD", "time_zone": "UTC", "end_of_business_day": "", "rounding_limit": ""},
    ),
    "warehouses": ("warehouse", {"name": "", "site": "X", "legal_entity": "LE", "wms_enabled": "false", "store_negative_physical": "true"}),
    "dispositions": ("disposition", {"name": "", "blocks_sale": "false"}),
    "legal-entities": ("legal_entity", {"name": "", "currency": "USD"}),
    "z-reports": ("", {"store": "S1", "terminal": "T1", "shift": "", "date": "2024-05-01", "figure": "tender:cash", "printed": "1"}),
    "batches": ("", {"item": "MILK", "batch": "A", "disposition": "", "expires_on": "", "best_before": ""}),
}


def test_every_kind_is_tried() -> None:
    assert TABLES.keys() | {"transactions", "customer-orders"} == set(KINDS)


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_any_values(shop: PricedShop, kind: str) -> None:
    shop.journal.not_followed("documents of any values")
    key, row = TABLES[kind]
    values = dict.fromkeys((*NUMBERS, *(text for text in TEXTS if "\n" not in text and "\r" not in text), *DAYS, *MOMENTS))
    keys = [key] if key else []
    rows = [",".join([*keys, *row])]
    for field in (*keys, *row):
        for value in values:
            made = {**{name: f"K{next(numbers)}" for name in keys}, **row, field: value}
            rows.append(",".join('"' + cell.replace('"', '""') + '"' for cell in made.values()))
    answer = import_rows(shop, kind, rows)
    assert answer.data["rejected"] > 0
    must_go_through(shop)


def test_over_the_api(shop: PricedShop) -> None:
    shop.journal.not_followed("documents of any values")
    till = Till()
    some_tickets, some_orders = list(tickets())[::3], list(orders())[::5]
    journals = [
        {"journal": f"K{next(numbers)}", **JOURNAL, "line": 1, field: value}
        for field in ("quantity", "item", "batch", "date", "reason", "warehouse")
        for value in (*NUMBERS, *TEXTS, *DAYS)
    ]
    for path, rows in (("transactions", some_tickets), ("customer-orders", some_orders), ("journals", journals)):
        for start in range(0, len(rows), 200):
            answer = till.post(path, rows[start : start + 200])
            assert answer.status in (200, 422), answer
            found = json.dumps(answer.body)
            assert not any(code in found for code in OURS), found
    for path in (
        "customer-orders/%00",
        "customer-orders/%F0%9F%98%80",
        "on-hand?item=%00",
        "statements?store=%00",
        "recalls?item=%00&batch=%00",
    ):
        assert till.get(path).status < 500, path
    must_go_through(shop)


FORMS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "/inventory/journals/new/": (
        {"kind": "adjustment", "warehouse": "W1", "date": "2024-05-01", "number": "", "reason": "why", "item_1": "GOLD", "quantity_1": "1"},
        ("warehouse", "date", "number", "reason", "item_1", "batch_1", "quantity_1", "receipt_1", "rows", "opened"),
    ),
    "/inventory/receipts/new/": (
        {"warehouse": "W1", "received_at": "2024-05-01T09:15", "number": "", "item_1": "GOLD", "quantity_1": "1", "unit_cost_1": "1"},
        ("warehouse", "received_at", "number", "item_1", "batch_1", "quantity_1", "unit_cost_1", "expires_on_1", "rows", "opened"),
    ),
    "/customer-orders/new/": (
        {"store": "S1", "delivery": "pickup", "number": "", "customer": "C1", "item_1": "GOLD", "quantity_1": "1", "price_1": "1.50"},
        (
            "store",
            "number",
            "customer",
            "delivery",
            "item_1",
            "quantity_1",
            "unit_1",
            "price_1",
            "discount_1",
            "tax_1",
            "amount_1",
            "opened",
        ),
    ),
}


@pytest.mark.parametrize("address", FORMS)
def test_on_forms(shop: PricedShop, client: Client, address: str) -> None:
    """Never a page that broke; and what was typed stands in the form that says what is wrong."""
    shop.journal.not_followed("documents of any values")
    client.force_login(User.objects.create_superuser("root"))
    base, fields = FORMS[address]
    amounts = re.compile("quantity|price|cost|discount|tax|amount|rows")
    for field in fields:
        for value in (*NUMBERS[::3], "") if amounts.match(field) else (*TEXTS[::3], *DAYS[::3]):
            opened = f"2024-05-01T10:{next(numbers) // 60 % 60:02}:{next(numbers) % 60:02}+00:00"
            answer = client.post(address, {"rows": "2", "opened": opened, "do": "save", **base, field: value})
            assert answer.status_code in (302, 422), (field, value)
            if answer.status_code == 422 and field in answer.context["form"].fields and value.strip() and value.isprintable():
                shown = answer.context["form"][field].value()
                assert str(shown or "") == value, (field, value)
    must_go_through(shop)


def test_corrections_of_any_values(shop: PricedShop) -> None:
    shop.journal.not_followed("documents of any values")
    fields = ("item", "batch", "unit", "quantity", "price", "discount", "net", "tax", "voided")
    of_document = ("business_date", "customer", "staff", "kind", "discarded", "payment:1:method", "payment:1:amount", "payment:9:amount")
    values = [value for value in (*NUMBERS, *TEXTS, *DAYS) if "\n" not in value and "\r" not in value]
    wanted = [(field, value) for field in (*fields, *of_document) for value in values]
    rows = [ticket(number=f"C{place}") for place in range(len(wanted))]
    import_rows(shop, "transactions", map(json.dumps, rows))
    lines = ["store,terminal,transaction,line,field,value,reason"]
    for place, (field, value) in enumerate(wanted):
        cell = '"' + value.replace('"', '""') + '"'
        lines.append(f"S1,T1,C{place},{'' if field in of_document else 1},{field},{cell},why")
    path = Path(shop.folder) / "corrections.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    answer = run("correct_transactions", str(path))
    assert answer.status == PARTLY, answer.errors
    assert not OURS & answer.codes
    must_go_through(shop)


def test_factors_at_both_ends_come_out_even_or_are_refused(shop: PricedShop) -> None:
    """Three thirds are one piece; a bar code of crumbs is implausible, a ship of pieces is more than a line may have."""
    shop.journal.not_followed("units of other tests")
    rows = [
        ticket(line_unit=unit, line_quantity=quantity, line_price="1.50", line_net=net, net=net, total=net, payment_amount=net)
        for unit, quantity, net in (("third", "3", "4.50"), ("crumb", "999999999", "1499999998.50"), ("ship", "1", "1.50"))
    ]
    import_rows(shop, "transactions", map(json.dumps, rows))
    must_go_through(shop)
    errors = ValidationProblem.objects.filter(severity="error").values_list("transaction__lines__unit", "code")
    assert dict(errors) == {"crumb": "L19", "ship": "L13"}
    assert shop.stock()["W1", "GOLD"] == -1
