"""Any set of documents that is accepted can be calculated and posted, or gets a code with a way out; nothing stops the others.

Documents of every kind, with values at the edge of every field: sales, returns, voids, money that comes and goes, counts, drawers, gift
cards, customer orders with everything that is done to them, goods that come in, journals. Whatever a door lets in must go through the rest.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from core.lib.problems import REGISTRY
from orders.models import Delivery
from statements.models import Statement
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import Item, UnitConversion
from tests.retailhq.api.calling import Till, work
from tests.scenarios.world import NOON

Row = dict[str, Any]
EAN = "4006381333931"
NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "-1", "0.001", "2.50", "999999", "1000000", "999999999", "999999999999", "99999999999.99", EAN]),
    st.sampled_from(["9999999999999999", "-9999999999999999", "9999999999999.99"]),
    st.decimals(-(10**12), 10**12, places=2, allow_nan=False).map(str),
)
PIECES = st.sampled_from(
    ["1", "1", "2", "-1", "3", "0.0001", "999", "999999", "-999999", "999999.9999", "999999999", "-999999999", EAN, "40063813"]
)
ITEMS = ("MILK", "GOLD", "DUST", "CARD", "WORK")
CARDS = st.sampled_from([None, None, "GC1", "GC2"])
LINES = st.fixed_dictionaries(
    {
        "item": st.sampled_from(ITEMS),
        "quantity": PIECES,
        "unit": st.sampled_from(["pcs", "pcs", "pcs", "ship", "crumb", "third"]),
        "price": st.sampled_from(["0", "0.01", "1.50", "1.50", "3.333333", "999999", "999999999999"]),
        "discount": st.sampled_from(["0", "0", "0.50"]),
        "tax": st.sampled_from(["0", "0", "0.07"]),
        "batch": st.sampled_from([None, None, "A", "NONE", "DEF"]),
        "gift_card": CARDS,
        "agrees": st.sampled_from([True, True, True, False]),
        "voided": st.sampled_from([False, False, False, True]),
        "back": st.sampled_from([None, None, None, 0, 1, 2]),
        "net": NUMBERS,
    }
)
KINDS = (
    *("sale", "sale", "sale", "sale", "income", "expense", "removal", "tender_declaration", "float", "start_amount", "bank_drop"),
    *("safe_drop", "shift_open", "shift_close", "payment"),
)
TICKETS = st.fixed_dictionaries(
    {
        "store": st.sampled_from(["S1", "S2"]),
        "kind": st.sampled_from(KINDS),
        "lines": st.lists(LINES, min_size=1, max_size=3),
        "amount": NUMBERS,
        "method": st.sampled_from(["cash", "card", "on_account", "gift_card"]),
        "gift_card": CARDS,
        "shift": st.sampled_from([None, None, 1, 2147483647]),
        "currency": st.sampled_from([None, None, None, None, "EUR", "ZZZ"]),
        "again": st.sampled_from([False, False, False, True]),
    }
)
ORDERS = st.fixed_dictionaries(
    {
        "lines": st.lists(LINES, min_size=1, max_size=2),
        "delivery": st.sampled_from(["pickup", "ship", "carry_out"]),
        "paid": st.sampled_from(["0", "0", "1.00", "999999999999"]),
        "method": st.sampled_from(["cash", "gift_card"]),
        "gift_card": CARDS,
    }
)
VERBS = ("pick", "unpick", "pack", "unpack", "pick-up", "pick-up", "ship", "invoice", "cancel", "return", "deliveries/1/reverse")
HANDLED = st.tuples(
    st.integers(0, 1), st.sampled_from(VERBS), st.one_of(st.none(), PIECES), st.sampled_from([None, "0", "1.50", "999999999999"])
)
RECEIPTS = st.tuples(st.sampled_from(ITEMS), PIECES, st.sampled_from(["0", "1", "999999", "99999999999.999999"]))
JOURNALS = st.tuples(
    st.sampled_from(["adjustment", "count", "transfer", "write_off", "supplier_return", "receipt_correction"]),
    st.sampled_from(ITEMS),
    PIECES,
)
COUNTS = st.tuples(st.sampled_from(["cash", "card", "gift_card"]), NUMBERS)
DAYS = st.fixed_dictionaries(
    {
        "tickets": st.lists(TICKETS, min_size=1, max_size=5),
        "orders": st.lists(ORDERS, max_size=2),
        "handled": st.lists(HANDLED, max_size=5),
        "receipts": st.lists(RECEIPTS, max_size=3),
        "journals": st.lists(JOURNALS, max_size=3),
        "counts": st.lists(COUNTS, max_size=2),
        "off": st.sampled_from(["", "", "L18,L19", "L18,L19,H06,H07,H08,H14"]),
        "currency": st.sampled_from([("USD", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)]),
        "model": st.sampled_from(["combined", "split"]),
        "counting": st.booleans(),
        "averages": st.booleans(),
    }
)


@settings(max_examples=16, deadline=None, suppress_health_check=list(HealthCheck))
@given(day=DAYS)
def test_what_is_accepted_is_posted_or_has_a_code_with_a_way_out(db: None, tmp_path_factory: pytest.TempPathFactory, day: Row) -> None:
    with transaction.atomic():
        shop = opened(PricedShop(tmp_path_factory.mktemp("shop")), day)
        come_in(shop, day)
        handle(shop, day["handled"])
        must_go_through()
        shop.must_be_sound()
        event("posted" if Statement.objects.filter(post_state="Posted").exists() else "nothing posted")
        transaction.set_rollback(True)


def opened(shop: PricedShop, day: Row) -> PricedShop:
    """A shop whose items and units are as odd as may be."""
    if day["currency"][0] != "USD":
        shop.trades_in(*day["currency"])
    shop.sells_at_cost("0.60")
    shop.pending.items += [
        Item("GOLD", batch_tracked=False, negative_physical=True, standard_cost=Decimal("99999999999.999999")),
        Item("DUST", batch_tracked=True, negative_physical=False, standard_cost=Decimal(0)),
        Item("CARD", batch_tracked=False, kind="gift_card"),
        Item("WORK", batch_tracked=False, kind="service"),
    ]
    shop.pending.conversions += [
        UnitConversion("", "ship", "pcs", Decimal("999999999999.999999")),
        UnitConversion("", "crumb", "pcs", Decimal("0.000001")),
        UnitConversion("", "third", "pcs", Decimal("0.333333")),
    ]
    shop.falls_back()
    shop.orders_fall_back()
    if day["off"]:
        shop.parameters(validation__disabled_rules=day["off"])
    shop.parameters(statements__disable_counting="false" if day["counting"] else "true", statements__model=day["model"])
    if day["averages"]:
        shop.averages()
    shop.receives(10, "0.60", "A", receipt="R0")
    shop.comes_in()
    return shop


def come_in(shop: PricedShop, day: Row) -> None:
    """The files of the day, and what tills count; each row is taken, or refused by a code of ours."""
    unit, currency = shop.unit, shop.currency
    tickets = [ticket_of(place, row, currency, unit) for place, row in enumerate(day["tickets"])]
    receipts = [
        f"R{place + 1},1,W1,{item},{'A' if item in ('MILK', 'DUST') else ''},{quantity},{cost},{NOON.isoformat()}"
        for place, (item, quantity, cost) in enumerate(day["receipts"])
    ]
    journals = [
        f"J{place},1,{kind},W1,{'W2' if kind == 'transfer' else ''},{item},{'A' if item == 'MILK' else ''},{quantity},2024-05-01,"
        f"{'R0/1' if kind == 'receipt_correction' else ''},because"
        for place, (kind, item, quantity) in enumerate(day["journals"])
    ]
    imported(shop, "receipts", ["receipt,line,warehouse,item,batch,quantity,unit_cost,received_at", *receipts])
    imported(shop, "transactions", map(json.dumps, tickets))
    again = [ticket | {"staff": "0042"} for ticket, row in zip(tickets, day["tickets"], strict=True) if row["again"]]
    if again:
        imported(shop, "transactions", map(json.dumps, again), "--replace")
    imported(shop, "customer-orders", [json.dumps(order_of(place, row, currency, unit)) for place, row in enumerate(day["orders"])])
    imported(shop, "journals", ["journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason", *journals])
    till = Till()
    for method, amount in day["counts"]:
        counted = {"store": "S1", "terminal": "T1", "date": "2024-05-01", "method": method, "amount": amount, "reason": "counted"}
        must_answer(till.post("counts", counted))


def imported(shop: PricedShop, kind: str, rows: Any, *options: str) -> None:
    path = Path(shop.folder) / f"{kind}{len(options)}.any"
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    answer = run("import_data", kind, str(path), *options)
    assert answer.status in (DONE, PARTLY), answer
    codes = answer.data["problems_by_code"]
    assert not {"REFUSED_BY_DATABASE", "ROW_NOT_KEPT", "UNEXPECTED_ERROR"} & set(codes), answer
    assert all(REGISTRY[code].remedy for code in codes)


def handle(shop: PricedShop, handled: list[tuple[int, str, str | None, str | None]]) -> None:
    """What a till does to orders, whether that is possible or not."""
    till = Till()
    for place, verb, quantity, paid in handled:
        body: Row = {"reason": "because"} if verb.endswith("reverse") else {}
        if quantity is not None and not verb.endswith("reverse"):
            body["lines"] = [{"line": 1, "quantity": quantity}]
        elif verb in ("pick", "unpick", "pack", "unpack"):
            body["lines"] = [{"line": 1, "quantity": "1"}]
        if paid is not None and verb in ("pick-up", "ship", "invoice"):
            body["payments"] = [{"method": "cash", "amount": paid}]
        must_answer(till.post(f"customer-orders/CO{place}/{verb}", body))
        work()


def must_answer(answer: Any) -> None:
    """Done, or refused by codes with remedies."""
    assert answer.status in (200, 201, 202, 404, 409, 422), answer
    codes = [] if answer.status < 400 else answer.codes
    assert not [code for code in codes if code.startswith(("UNEXPECTED", "REFUSED_BY"))], answer
    assert all(REGISTRY[code].remedy for code in codes), answer


def must_go_through() -> None:
    """Everything that was taken is calculated, posted and invoiced, or has a code with a remedy."""
    answer = run("validate_transactions")
    assert answer.status in (DONE, PARTLY)
    assert "UNEXPECTED_ERROR" not in answer.codes, answer
    answer = run("calculate_statements")
    assert (answer.status, answer.data.get("failed")) == (DONE, None), answer
    for command in ("post_statements", "invoice_orders"):
        answer = run(command, "--inline")
        assert answer.status in (DONE, PARTLY), answer
        assert "UNEXPECTED_ERROR" not in answer.codes, answer
    stopped = [*Statement.objects.exclude(post_state="Posted").values_list("error_code", flat=True)]
    stopped += Delivery.objects.exclude(error_code="").values_list("error_code", flat=True)
    assert all(code != "UNEXPECTED_ERROR" and REGISTRY[code].remedy for code in stopped), stopped


def line_of(number: int, row: Row, unit: Decimal) -> Row:
    """A line whose net agrees with its price, or says anything."""
    net = (Decimal(row["quantity"]) * Decimal(row["price"])).quantize(unit) - Decimal(row["discount"]).quantize(unit)
    kept = {name: row[name] for name in ("item", "quantity", "unit", "price", "tax", "batch", "voided")}
    card = {"gift_card": row["gift_card"]} if row["gift_card"] else {}
    said = {"discount": str(Decimal(row["discount"]).quantize(unit)), "tax": str(Decimal(row["tax"]).quantize(unit))}
    return {"number": number, **kept, **card, **said, "net": str(net) if row["agrees"] else row["net"]}


def sums_of(lines: list[Row]) -> Row:
    net, tax = (sum((Decimal(row[name]) for row in lines if not row["voided"]), Decimal(0)) for name in ("net", "tax"))
    return {"net": str(net), "tax": str(tax), "total": str(net + tax)}


def paid_by(method: str, amount: str, card: str | None) -> list[Row]:
    return [{"number": 1, "method": method, "amount": amount, **({"gift_card": card} if card and method == "gift_card" else {})}]


def ticket_of(number: int, row: Row, currency: str, unit: Decimal) -> Row:
    head = {"store": row["store"], "terminal": "T1", "number": str(number), "kind": row["kind"], "sold_at": NOON.isoformat()}
    head |= {"currency": row["currency"] or currency, "customer": "C1", **({"shift": row["shift"]} if row["shift"] else {})}
    if row["kind"] != "sale":
        amount = str(row["amount"])
        return {**head, "payments": paid_by("cash", amount, None), "net": amount, "tax": "0", "total": amount}
    lines = [line_of(place, line, unit) for place, line in enumerate(row["lines"], 1)]
    for line, typed in zip(lines, row["lines"], strict=True):
        if typed["back"] is not None:
            line["return_of"] = {"store": row["store"], "terminal": "T1", "number": str(typed["back"]), "line": 1}
    sums = sums_of(lines)
    return {**head, "lines": lines, "payments": paid_by(row["method"], sums["total"], row["gift_card"]), **sums}


def order_of(number: int, row: Row, currency: str, unit: Decimal) -> Row:
    lines = [line_of(place, line, unit) for place, line in enumerate(row["lines"], 1)]
    for line, typed in zip(lines, row["lines"], strict=True):
        if typed["back"] == 0 and number:
            line["return_of"] = {"order": "CO0", "line": 1}
    paid = paid_by(row["method"], row["paid"], row["gift_card"]) if row["paid"] != "0" else []
    head = {"store": "S1", "order": f"CO{number}", "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": row["delivery"]}
    return {**head, "currency": currency, "lines": lines, "payments": paid, **sums_of(lines)}
