"""Any set of documents that is accepted can be calculated and posted, or gets a code with a way out; nothing stops the others."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.lib.problems import REGISTRY
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import Item, UnitConversion
from tests.scenarios.world import NOON

LIMIT = Decimal(10)
NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "-1", "0.001", "2.50", "999999", "1000000", "999999999", "999999999999", "99999999999.99", "4006381333931"]),
    st.decimals(-(10**12), 10**12, places=2, allow_nan=False).map(str),
)
PIECES = st.sampled_from(["1", "-1", "3", "0.0001", "999", "999999", "-999999", "999999.9999", "999999999", "-999999999"])
LINES = st.fixed_dictionaries(
    {
        "item": st.sampled_from(["MILK", "GOLD", "DUST"]),
        "quantity": PIECES,
        "unit": st.sampled_from(["pcs", "ship", "crumb"]),
        "price": st.sampled_from(["0", "0.01", "1.50", "999999", "999999999999"]),
        "discount": st.sampled_from(["0", "0", "0.50"]),
        "tax": st.sampled_from(["0", "0", "0.07"]),
        "agrees": st.booleans(),
        "net": NUMBERS,
    }
)
TICKETS = st.fixed_dictionaries(
    {
        "store": st.sampled_from(["S1", "S2"]),
        "kind": st.sampled_from(["sale", "sale", "sale", "income", "expense", "removal", "tender_declaration", "float", "start_amount"]),
        "lines": st.lists(LINES, min_size=1, max_size=3),
        "amount": NUMBERS,
        "method": st.sampled_from(["cash", "card", "on_account", "gift_card"]),
    }
)
ORDERS = st.fixed_dictionaries({"lines": st.lists(LINES, min_size=1, max_size=2), "delivery": st.sampled_from(["pickup", "carry_out"])})
RECEIPTS = st.tuples(st.sampled_from(["MILK", "GOLD", "DUST"]), PIECES, st.sampled_from(["0", "1", "999999", "99999999999.999999"]))
CENT = Decimal("0.01")


def line_of(number: int, row: dict[str, str]) -> dict[str, object]:
    """A line whose net agrees with its price, or says anything."""
    net = (Decimal(row["quantity"]) * Decimal(row["price"])).quantize(CENT) - Decimal(row["discount"]) if row["agrees"] else row["net"]
    return {"number": number, "net": str(net), **{name: row[name] for name in ("item", "quantity", "unit", "price", "discount", "tax")}}


def sums_of(lines: list[dict[str, object]]) -> dict[str, str]:
    net, tax = (sum((Decimal(str(row[name])) for row in lines), Decimal(0)) for name in ("net", "tax"))
    return {"net": str(net), "tax": str(tax), "total": str(net + tax)}


def ticket_of(number: int, row: dict[str, object]) -> dict[str, object]:
    head = {
        "store": row["store"],
        "terminal": "T1",
        "number": str(number),
        "kind": row["kind"],
        "sold_at": NOON.isoformat(),
        "currency": "USD",
    }
    if row["kind"] != "sale":
        amount = str(row["amount"])
        paid = [{"number": 1, "method": "cash", "amount": amount}]
        return {**head, "payments": paid, "net": amount, "tax": "0", "total": amount}
    lines = [line_of(place, line) for place, line in enumerate(row["lines"], 1)]  # type: ignore[arg-type, var-annotated]  # of the strategy
    sums = sums_of(lines)
    paid = [{"number": 1, "method": str(row["method"]), "amount": sums["total"]}]
    return {**head, "customer": "C1", "lines": lines, "payments": paid, **sums}


def order_of(number: int, row: dict[str, object]) -> dict[str, object]:
    lines = [line_of(place, line) for place, line in enumerate(row["lines"], 1)]  # type: ignore[arg-type, var-annotated]  # of the strategy
    head = {"store": "S1", "order": f"CO{number}", "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": row["delivery"]}
    return {**head, "currency": "USD", "lines": lines, "payments": [], **sums_of(lines)}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    tickets=st.lists(TICKETS, min_size=1, max_size=4),
    orders=st.lists(ORDERS, max_size=2),
    receipts=st.lists(RECEIPTS, max_size=3),
    off=st.sampled_from(["", "L18,L19", "L18,L19,H06,H07,H08,H14"]),
)
def test_what_is_accepted_is_posted_or_has_a_code_with_a_way_out(
    db: None,
    tmp_path_factory: pytest.TempPathFactory,
    tickets: list[dict[str, object]],
    orders: list[dict[str, object]],
    receipts: list[tuple[str, str, str]],
    off: str,
) -> None:
    with transaction.atomic():
        shop = PricedShop(tmp_path_factory.mktemp("shop"))
        play(shop, tickets, orders, receipts, off)
        transaction.set_rollback(True)


def play(
    shop: PricedShop, tickets: list[dict[str, object]], orders: list[dict[str, object]], receipts: list[tuple[str, str, str]], off: str
) -> None:
    shop.sells_at_cost("0.60")
    shop.pending.items += [
        Item("GOLD", batch_tracked=False, negative_physical=True, standard_cost=Decimal("99999999999.999999")),
        Item("DUST", batch_tracked=True, negative_physical=False, standard_cost=Decimal(0)),
    ]
    shop.pending.conversions += [
        UnitConversion("", "ship", "pcs", Decimal("999999999999.999999")),
        UnitConversion("", "crumb", "pcs", Decimal("0.000001")),
    ]
    shop.falls_back()
    shop.orders_fall_back()
    if off:
        shop.parameters(validation__disabled_rules=off)
    shop.parameters(statements__disable_counting="true")
    shop.comes_in()
    header = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at\n"
    rows = "".join(
        f"R{place},1,W1,{item},{'' if item == 'GOLD' else 'A'},{quantity},{cost},{NOON.isoformat()}\n"
        for place, (item, quantity, cost) in enumerate(receipts)
    )
    files = {
        "receipts": header + rows,
        "transactions": "".join(json.dumps(ticket_of(place, row)) + "\n" for place, row in enumerate(tickets)),
        "customer-orders": "".join(json.dumps(order_of(place, row)) + "\n" for place, row in enumerate(orders)),
    }
    for kind, content in files.items():
        path = Path(shop.folder) / f"any.{kind}"
        path.write_text(content, encoding="utf-8")
        answer = run("import_data", kind, str(path))
        assert answer.status in (DONE, PARTLY), answer
        assert not {"REFUSED_BY_DATABASE", "ROW_NOT_KEPT"} & set(answer.data["problems_by_code"]), answer
    assert run("validate_transactions").status in (DONE, PARTLY)
    problems = {row["code"] for row in shop.exports("problems")}
    assert "UNEXPECTED_ERROR" not in problems
    answer = run("calculate_statements")
    assert (answer.status, answer.data.get("failed")) == (DONE, None)
    for command in (("post_statements", "--inline"), ("invoice_orders", "--inline")):
        assert run(*command).status in (DONE, PARTLY)
    for row in shop.exports("statements"):
        if row["post_state"] != "Posted":
            assert REGISTRY[row["error_code"]].remedy, row
            assert row["error_code"] != "UNEXPECTED_ERROR", row
    shop.must_be_sound()
