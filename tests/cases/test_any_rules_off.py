"""Any subset of the switchable rules off, any flaws: tills and orders end posted, or failed with a way out, and the books are right.

Right is what the independent recount and `check_integrity` say; the ways out are walked, and then everything that may be booked is.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.lib.problems import REGISTRY
from orders.models import CustomerOrder, Delivery, SalesOrder
from orders.rules.fulfilment import Verb
from orders.rules.till_lines import OrderPaymentData
from orders.services.delivery_queue import finish_here
from orders.services.request_delivery import due, request_delivery
from statements.rules.states import PostState
from statements.services.undo_calculation import clear_statement
from tests.cases.test_money_rules_off import FLAWS, SWITCHABLE, not_posted, wrong_in_books
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, done, rejected, run
from tests.oracle.rows import Customer, Item
from tests.scenarios.world import NOON, milk

Row = dict[str, Any]
Flaw = Callable[[Row], Row]


def of_line(**changes: Any) -> Flaw:
    return lambda row: row | {"lines": [row["lines"][0] | changes, *row["lines"][1:]]}


def pays(method: str, amount: str, **more: Any) -> Flaw:
    return lambda row: row | {"payments": [{"number": 1, "method": method, "amount": amount, **more}]}


# One flaw of a customer order each, and orders without one that stock may not cover.
ORDER_FLAWS: dict[str, Flaw] = {
    "none": lambda row: row,
    "carried out": lambda row: row | {"delivery": "carry_out"},
    "a deposit": pays("cash", "1.00"),
    "too much paid": pays("cash", "999.00"),
    "paid on account": pays("on_account", "1.00"),
    "unknown card": pays("gift_card", "1.00", gift_card="GC9"),
    "card without number": pays("gift_card", "1.00"),
    "shells": pays("shells", "1.00"),
    "nobody": lambda row: row | {"customer": "NOBODY"},
    "walk-in": lambda row: row | {"customer": None},
    "blocked": lambda row: row | {"customer": "C2"},
    "cents": lambda row: row | {"total": "6.05", "tax": "0.05"},
    "total": lambda row: row | {"total": "9.00", "tax": "3.00"},
    "currency": lambda row: row | {"currency": "EUR"},
    "item": of_line(item="CHEESE"),
    "unit": of_line(unit="pallet"),
    "batch": of_line(batch="NOPE"),
    "blocked batch": of_line(batch="BAD"),
    "price": of_line(price="-3.00"),
    "signs": of_line(quantity="-2"),
    "net": of_line(net="5.00"),
    "zero": of_line(quantity="0", net="0"),
    "more than there is": of_line(quantity="700", net="2100.00"),
    "untracked": of_line(item="NAILS"),
    "a card is sold": of_line(item="CARD", gift_card="GC1"),
    "a card on goods": of_line(gift_card="GC1"),
    "return of nothing": of_line(quantity="-1", net="-3.00", return_of={"order": "NONE", "line": 1}),
    "blind return": lambda row: of_line(quantity="-2", net="-6.00")(row) | {"net": "-6.00", "total": "-6.00"},
    "no lines": lambda row: row | {"lines": [], "net": "0", "total": "0"},
}


def order(number: int, flaw: str) -> Row:
    """Two milk at 3.00 each, to be picked up, with the flaw; the head follows the lines unless the flaw is about it."""
    first = {"number": 1, "item": "MILK", "quantity": "2", "unit": "pcs", "price": "3.00", "net": "6.00", "tax": "0"}
    head = {"store": "S1", "order": f"CO{number}", "customer": "C1", "ordered_at": NOON.isoformat(), "delivery": "pickup"}
    row: Row = head | {"currency": "USD", "lines": [first], "payments": [], "net": "6.00", "tax": "0", "total": "6.00"}
    row = ORDER_FLAWS[flaw](row)
    if flaw in {"more than there is", "return of nothing", "zero", "net"}:
        net = row["lines"][0]["net"]
        row |= {"net": net, "total": net}
    return row


@pytest.mark.parametrize("averages", [False, True])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    off=st.one_of(st.just(frozenset(SWITCHABLE)), st.frozensets(st.sampled_from(SWITCHABLE))),
    tickets=st.lists(st.sampled_from(sorted(FLAWS)), min_size=1, max_size=5),
    orders=st.lists(st.sampled_from(sorted(ORDER_FLAWS)), min_size=1, max_size=5),
    negative=st.booleans(),
    falls_back=st.tuples(st.booleans(), st.booleans()),
)
def test_posted_or_failed_with_a_way_out_and_the_books_are_right(
    db: None,
    tmp_path_factory: pytest.TempPathFactory,
    averages: bool,
    off: frozenset[str],
    tickets: list[str],
    orders: list[str],
    negative: bool,
    falls_back: tuple[bool, bool],
) -> None:
    with transaction.atomic():
        shop = PricedShop(tmp_path_factory.mktemp("shop"))
        with shop.journal.listening():
            opens(shop, averages=averages, negative=negative, falls_back=falls_back)
            done("set_parameters", f"validation.disabled_rules={','.join(sorted(off))}")
            comes(shop, tickets, orders)
            posts(shop)
            assert all(REGISTRY[statement.error_code].remedy for statement in not_posted())
            assert all(REGISTRY[code].remedy for code in failed_orders())
            assert {statement.failed_state for statement in not_posted()} <= {PostState.CHECKED, PostState.ORDER_INVOICED}
            must_be_right(shop)
            walk_out(shop)
            assert [(statement.number, statement.error_code) for statement in not_posted() if statement.post_state] == []
            assert failed_orders() == []
            must_be_right(shop)
        transaction.set_rollback(True)


def opens(shop: PricedShop, *, averages: bool, negative: bool, falls_back: tuple[bool, bool]) -> None:
    """Milk in two batches, one of which is blocked; nails; gift cards; a blocked customer."""
    shop.sells_at_cost("0.60", negative=negative)
    shop.sells_at_cost("0.10", "NAILS", tracked=False, negative=negative)
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    shop.pending.customers = [Customer("C1"), Customer("C2", blocked=True)]
    if averages:
        shop.averages()
    shop.receives("500", "0.70", "A")
    shop.receives("50", "0.70", "BAD")
    shop.receives("500", "0.12", batch=" ", item="NAILS")
    for wanted, switch in zip(falls_back, (shop.falls_back, shop.orders_fall_back), strict=True):
        if wanted:
            switch()
    shop.comes_in()
    path = shop.folder / "batches.csv"
    path.write_text("item,batch,disposition\nMILK,BAD,blocked\n", encoding="utf-8")
    done("import_data", "batches", str(path))


def comes(shop: PricedShop, tickets: list[str], orders: list[str]) -> None:
    """The files of a day; what is refused says why."""
    for number, flaw in enumerate(tickets, 1):
        row = pos_transaction("S1", str(number), NOON + timedelta(minutes=number), milk(2), line("NAILS", 1))
        shop.keeps(FLAWS[flaw](replace(row)))
    shop.comes_in()
    path = Path(shop.folder) / "orders.ndjson"
    path.write_text("".join(json.dumps(order(number, flaw)) + "\n" for number, flaw in enumerate(orders, 1)), encoding="utf-8")
    assert run("import_data", "customer-orders", str(path)).status in (DONE, PARTLY)
    for refused in rejected(path):
        assert REGISTRY[refused["code"]].remedy, refused
        assert refused["code"] not in {"REFUSED_BY_DATABASE", "ROW_NOT_KEPT", "UNEXPECTED_ERROR"}, refused


def posts(shop: PricedShop) -> None:
    assert shop.posts().status in (DONE, PARTLY)
    assert run("invoice_orders", "--inline").status in (DONE, PARTLY)


def failed_orders() -> list[str]:
    """Codes of customer orders whose delivery failed; there is none that stands anywhere between."""
    assert not Delivery.objects.exclude(work_state="").exists()
    return list(SalesOrder.objects.filter(origin="customer").exclude(error_code="").values_list("error_code", flat=True))


def must_be_right(shop: PricedShop) -> None:
    assert wrong_in_books_of_tills(shop) == []
    shop.must_be_worth_what_it_costs()
    shop.journal.must_be_right()


def wrong_in_books_of_tills(shop: PricedShop) -> list[str]:
    """The comparison with the tickets' own lines, where no customer order and no order of a stopped statement is invoiced beside them."""
    stopped = [statement.pk for statement in not_posted()]
    beside = SalesOrder.objects.filter(origin="statement", source_id__in=stopped, status=SalesOrder.Status.INVOICED)
    return [] if beside.exists() or CustomerOrder.objects.exclude(invoiced=0).exists() else wrong_in_books(shop)


def walk_out(shop: PricedShop) -> None:
    """The remedies: rules on, clear and validate again; goods come in, who is blocked or owes may pay and buy, the default is set."""
    done("set_parameters", "validation.disabled_rules=")
    shop.receives("2000", "0.80", "B")
    shop.receives("500", "0.12", batch=" ", item="NAILS")
    shop.falls_back()
    shop.orders_fall_back()
    shop.comes_in()
    for statement in not_posted():
        if statement.failed_state == PostState.CHECKED:
            clear_statement(statement.pk, "ada")
    assert run("validate_transactions").status in (DONE, PARTLY)
    posts(shop)
    for failed in SalesOrder.objects.filter(error_code="ACCOUNT_NEEDS_CUSTOMER"):
        shop.journal.not_followed("what is due is paid at the counter")
        wanted = due(failed.pk, Verb.PICK_UP, None).due
        _, delivery = request_delivery(failed.pk, Verb.PICK_UP, None, [OrderPaymentData(1, "cash", wanted)], user_id=None, actor="till")
        finish_here([delivery], "worker")
