"""Numbers that no document means: a bar code as quantity, totals of sixteen digits; and one culprit that stops nobody else."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from statements.models import PosTransaction, Statement, ValidationProblem
from statements.services.undo_calculation import clear_statement
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import LineRef
from tests.scenarios.world import NOON

EAN13, EAN8 = "4006381333931", "40063813"
LARGE = Decimal("9999999999999999")


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    shop.sells_at_cost()
    shop.falls_back()
    shop.comes_in()
    return shop


def offer(shop: PricedShop, *documents: dict[str, object], kind: str = "transactions") -> tuple[int, str]:
    """Status of the import, and what its file of rejects says."""
    shop.steps += 1
    path = shop.folder / f"bounds{shop.steps}.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in documents), encoding="utf-8")
    answer = run("import_data", kind, str(path))
    rejected = Path(f"{path}.rejected.csv")
    return answer.status, rejected.read_text(encoding="utf-8") if rejected.exists() else ""


def ticket(number: str, quantity: str, price: str, net: str, store: str = "S1") -> dict[str, object]:
    row = {"number": 1, "item": "MILK", "quantity": quantity, "unit": "pcs", "price": price, "net": net, "tax": "0"}
    return {
        **{"store": store, "terminal": "T1", "number": number, "kind": "sale", "sold_at": NOON.isoformat(), "currency": "USD"},
        **{"lines": [row], "payments": [{"number": 1, "method": "cash", "amount": net}], "net": net, "tax": "0", "total": net},
    }


def order(number: str, quantity: str, price: str, net: str) -> dict[str, object]:
    row = {"number": 1, "item": "MILK", "quantity": quantity, "unit": "pcs", "price": price, "net": net, "tax": "0"}
    return {
        **{"store": "S1", "order": number, "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": "pickup", "currency": "USD"},
        **{"lines": [row], "payments": [], "net": net, "tax": "0", "total": net},
    }


def test_totals_of_sixteen_digits_are_refused_and_stop_no_store(milk: PricedShop) -> None:
    status, rejected = offer(milk, *(ticket(number, "1", str(LARGE), str(LARGE)) for number in ("1", "2")))
    assert (status, rejected.count("TOO_LARGE")) == (PARTLY, 2)
    milk.sells(1, store="S2")
    milk.posts()
    milk.must_be_posted()


@pytest.mark.parametrize(("quantity", "price"), [(EAN13, "1.59"), ("1000000000", "0"), ("999999999", "9999999")])
def test_a_quantity_or_product_beyond_a_document_is_refused_at_every_door(milk: PricedShop, quantity: str, price: str) -> None:
    for kind, make in (("transactions", ticket), ("customer-orders", order)):
        status, rejected = offer(milk, make("1", quantity, price, "1.59"), kind=kind)
        assert (status, rejected.count("TOO_LARGE")) == (PARTLY, 1), kind
    receipt = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at\n"
    milk.must_refuse("receipts", f"{receipt}R1,1,W1,MILK,A,{quantity},{price.replace('0', '1', 1)},{NOON.isoformat()}\n", "TOO_LARGE")


def test_a_bar_code_as_quantity_is_an_error_with_a_way_out(milk: PricedShop) -> None:
    assert offer(milk, ticket("1", EAN8, "1.59", "1.59"))[0] in (DONE, PARTLY)
    assert milk.validates() == {"L18", "L19", "L20"}
    assert run("calculate_statements").data["statements"] == 0
    path = milk.folder / "right.csv"
    path.write_text("store,terminal,transaction,line,field,value,reason\nS1,T1,1,1,quantity,1,bar code typed as quantity\n")
    assert run("correct_transactions", str(path)).status == DONE
    milk.posts()
    milk.must_be_posted()
    assert "BAD_QUANTITY" in offer(milk, order("CO1", EAN8, "1.59", "1.59"), kind="customer-orders")[1]
    assert "LINE_AMOUNTS" in offer(milk, order("CO2", "12", "1.59", "1.59"), kind="customer-orders")[1]


def test_a_correction_obeys_the_same_bounds(milk: PricedShop) -> None:
    milk.sells(1)
    milk.comes_in()
    path = milk.folder / "wrong.csv"
    for corrections in ({"quantity": EAN13}, {"net": str(LARGE)}, {"price": "999999999999", "quantity": "2"}):
        rows = "".join(f"S1,T1,1,1,{field},{value},why\n" for field, value in corrections.items())
        path.write_text(f"store,terminal,transaction,line,field,value,reason\n{rows}")
        assert run("correct_transactions", str(path)).status == PARTLY
        assert "TOO_LARGE" in Path(f"{path}.rejected.csv").read_text()


def refuses(table: str, when: str) -> None:
    """Makes the database refuse rows of a table, as if something had gone wrong that nobody foresaw."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE OR REPLACE FUNCTION test_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'sum out of range' USING ERRCODE = '22003';
            END $$;
            CREATE OR REPLACE TRIGGER test_refuses BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW
                WHEN ({when}) EXECUTE FUNCTION test_refuses();
            """
        )


def allows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS test_refuses() CASCADE")


def test_a_store_that_cannot_be_calculated_stops_no_other(milk: PricedShop) -> None:
    milk.sells(1)
    milk.sells(1, store="S2")
    milk.comes_in()
    store = PosTransaction.objects.get(store__code="S1").store_id
    refuses("statements_statement", f"NEW.store_id = {store}")
    answer = run("calculate_statements")
    assert answer.status == PARTLY
    assert [row["code"] for row in answer.data["failed"]] == ["UNEXPECTED_ERROR"]
    assert "S1" in answer.data["failed"][0]["message"]
    assert list(Statement.objects.values_list("store__code", flat=True)) == ["S2"]
    allows()
    milk.posts()
    milk.must_be_posted()


def test_a_transaction_that_cannot_be_validated_stops_no_other(milk: PricedShop) -> None:
    milk.sells(1, item="NEW")
    milk.sells(2, item="NEW")
    milk.comes_in()
    first, second = PosTransaction.objects.order_by("number")
    milk.pending.items = []
    milk.sells_at_cost(item="NEW")
    milk.comes_in()
    refuses("statements_postransactionline", f"NEW.transaction_id = {first.pk}")
    run("validate_transactions")
    problem = ValidationProblem.objects.get(transaction=first)
    assert problem.code == "UNEXPECTED_ERROR"
    assert problem.params["transaction"] == "S1/T1/1"
    assert not ValidationProblem.objects.filter(transaction=second, severity="error").exists()
    allows()
    milk.posts()
    milk.must_be_posted()


def test_an_order_that_cannot_be_invoiced_names_itself_and_its_item(milk: PricedShop) -> None:
    milk.parameters(posting__max_lines_per_order="1", posting__aggregate_lines="false")
    milk.sells_at_cost(item="HONEY")
    milk.sells(1)
    milk.rings(line("HONEY", 1), line("MILK", 1))
    milk.calculates()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM inventory_item WHERE code = 'HONEY'")
        (item,) = cursor.fetchone()
    refuses("inventory_inventorytransaction", f"NEW.item_id = {item}")
    assert run("post_statements", "--inline").status == PARTLY
    row = milk.statement()
    assert (row["failed_state"], row["error_code"]) == ("Customer order invoiced", "UNEXPECTED_ERROR")
    text = str(Statement.objects.get().error_text)
    assert "HONEY" in text
    assert "MILK" not in text
    assert [found["quantity"] for found in milk.exports("allocations")] == ["1"]
    allows()
    milk.posts()
    milk.must_be_posted()


def test_what_cannot_be_invoiced_has_a_way_out(milk: PricedShop) -> None:
    """Its orders are deleted, its transaction is corrected, and the day is posted; nothing had to be put right in the program."""
    milk.sells_at_cost(item="HONEY")
    milk.rings(line("HONEY", 1))
    milk.calculates()
    refuses("inventory_inventorytransaction", "NEW.quantity = -1")
    run("post_statements", "--inline")
    row = milk.statement()
    assert row["error_code"] == "UNEXPECTED_ERROR"
    assert run("discard_orders", "--statement", row["statement"]).status == DONE
    path = milk.folder / "right.csv"
    header = "store,terminal,transaction,line,field,value,reason\n"
    path.write_text(f"{header}S1,T1,1,,discarded,true,rung up by mistake\n")
    assert run("correct_transactions", str(path)).status == DONE
    milk.sells(2)
    milk.posts()
    milk.must_be_posted()
    allows()


def test_before_orders_a_statement_is_cleared(milk: PricedShop) -> None:
    milk.sells(1)
    milk.calculates()
    refuses("statements_tendercount", "NEW.expected > 0")
    run("post_statements", "--inline")
    statement = Statement.objects.get()
    assert (statement.failed_state, statement.error_code) == ("Checked", "UNEXPECTED_ERROR")
    assert statement.number in str(statement.error_text)
    assert clear_statement(statement.pk, "test") == 1
    allows()
    milk.posts()
    milk.must_be_posted()


def test_a_row_that_cannot_be_kept_leaves_its_neighbours(milk: PricedShop) -> None:
    receipt = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at\n"
    rows = "".join(f"R{number},1,W1,MILK,B{number},1,1.00,{NOON.isoformat()}\n" for number in range(4))
    refuses("inventory_batch", "NEW.number = 'B2'")
    sentence = milk.must_refuse("receipts", receipt + rows, "TOO_LARGE")
    assert sentence.count("\n") == 2
    allows()
    assert {row["batch"] for row in milk.exports("on-hand")} == {"B0", "B1", "B3"}


def test_the_line_that_is_returned_is_a_line(milk: PricedShop) -> None:
    """The bounds are those of a document; what comes back of it has the same."""
    sale = milk.sells(3)
    milk.comes_in()
    back = replace(line("MILK", "-1000000000"), return_of=LineRef(sale.store, sale.terminal, sale.number, 1))
    assert abs(back.quantity) >= 10**9
    assert offer(milk, ticket("77", str(back.quantity), "1.50", "-1.50"))[1].count("TOO_LARGE") == 1
