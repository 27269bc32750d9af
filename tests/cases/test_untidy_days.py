"""Untidy days as a controller would try them: each story with the balances that it must leave (debit less credit), derived by hand.

The recount and `check_integrity` look at each of them as well. What goods cost is left out of the balances.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.cases.books import GOODS, NAMES
from tests.cases.books import balances as all_balances
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, PARTLY, done, rejected, run
from tests.oracle.rows import Item, Store, UnitConversion
from tests.scenarios.world import NOON

D = Decimal
# What goods cost stands on these; it is proven by `must_be_worth_what_it_costs` and the recount.
OF_GOODS = (*GOODS, "2400", "5100", "5200")
Row = dict[str, Any]
HOUR = timedelta(hours=1)


def balances(shop: PricedShop) -> dict[str, str]:
    return all_balances(shop, without=OF_GOODS)


def sold(item: str, quantity: str, price: str, *, net: str = "", tax: str = "0", **more: Any) -> Row:
    """A line; its net is quantity times price where nothing else is said."""
    net = net or f"{D(quantity) * D(price):f}"
    return {"number": 1, "item": item, "quantity": quantity, "unit": "pcs", "price": price, "net": net, "tax": tax, **more}


def paid(method: str, amount: str, **more: Any) -> Row:
    return {"number": 1, "method": method, "amount": amount, **more}


def ticket(number: int, lines: Sequence[Row], payments: Sequence[Row] | None = None, **head: Any) -> Row:
    """A sale that comes to its lines, and is paid in cash where nothing else is said."""
    live = [line for line in lines if not line.get("voided")]
    net, tax = (sum((D(line[name]) for line in live), D(0)) for name in ("net", "tax"))
    total = head.pop("total", f"{net + tax:f}")
    given = payments if payments is not None else [paid("cash", total)] if D(total) else []
    return {
        **{"store": "S1", "terminal": "T1", "number": str(number), "kind": "sale", "sold_at": (NOON + number * HOUR / 60).isoformat()},
        **{"currency": "USD", "net": f"{net:f}", "tax": f"{tax:f}", "total": total},
        "lines": [{**line, "number": place} for place, line in enumerate(lines, 1)],
        "payments": [{**payment, "number": place} for place, payment in enumerate(given, 1)],
        **head,
    }


def event(number: int, kind: str, *payments: Row, **head: Any) -> Row:
    """Anything but a sale."""
    total = sum((D(payment["amount"]) for payment in payments), D(0))
    return ticket(number, [], payments, total=f"{total:f}", **{"kind": kind, **head}) | {"net": f"{total:f}"}


def back(number: int, line: int = 1, store: str = "S1", terminal: str = "T1") -> Row:
    """The line that comes back."""
    return {"store": store, "terminal": terminal, "number": str(number), "line": line}


def sends(shop: PricedShop, *rows: Row) -> set[tuple[str, str]]:
    """Imports documents; (transaction, code) of everything that keeps one off statements, and of refused rows."""
    shop.comes_in()
    shop.steps += 1
    path = shop.folder / f"sent{shop.steps}.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run("import_data", "transactions", str(path)).status in (DONE, PARTLY)
    wrong = {(row["transaction"], row["code"]) for row in shop.exports("problems") if row["severity"] == "error"}
    return wrong | {(row["key"].rpartition("/")[2], row["code"]) for row in rejected(path)}


@pytest.fixture
def till(shop: PricedShop) -> PricedShop:
    """A shop that sells bags (not tracked), cards, bottles that are lent, and a coupon; a large limit for what is over or short."""
    shop.sells_at_cost("4.00", "BAG", tracked=False)
    shop.pending.items += [Item(code, batch_tracked=False, kind="service") for code in ("BOTTLE", "COUPON")]
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    shop.pending.conversions.append(UnitConversion("BAG", "box", "pcs", D(12)))
    shop.parameters(statements__max_difference="1000")
    return shop


class Story(NamedTuple):
    """Documents of a day, what is wrong with them, and what the books say once the rest is posted."""

    rows: Sequence[Row]
    books: dict[str, str]
    wrong: Sequence[tuple[str, str]] = ()


SALE = ticket(1, [sold("BAG", "2", "10.00", tax="1.20")])
STORIES: dict[str, Story] = {
    "change comes back by another method": Story(
        [ticket(1, [sold("BAG", "1", "12.50")], [paid("voucher", "20.00"), paid("cash", "-7.50")])],
        {"vouchers": "20.00", "cash": "-7.50", "revenue": "-12.50"},
    ),
    "exchange that comes to nothing": Story(
        [SALE, ticket(2, [sold("BAG", "-1", "10.00", tax="-0.60", return_of=back(1)), sold("BAG", "1", "10.00", tax="0.60")])],
        {"cash": "21.20", "revenue": "-20.00", "tax": "-1.20"},
    ),
    "exchange for something dearer": Story(
        [SALE, ticket(2, [sold("BAG", "-1", "10.00", tax="-0.60", return_of=back(1)), sold("COUPON", "1", "15.00", tax="0.90")])],
        {"cash": "26.50", "revenue": "-25.00", "tax": "-1.50"},
    ),
    "whole receipt voided": Story(
        [ticket(1, [sold("BAG", "2", "10.00", voided=True)], []), ticket(2, [sold("BAG", "1", "3.00")])],
        {"cash": "3.00", "revenue": "-3.00"},
    ),
    "one line voided, with a return of it": Story(
        [
            ticket(1, [sold("BAG", "1", "10.00", voided=True), sold("BAG", "1", "5.00")]),
            ticket(2, [sold("BAG", "-1", "10.00", return_of=back(1))]),
        ],
        {"cash": "5.00", "revenue": "-5.00"},
        [("2", "L16")],
    ),
    "return of a return": Story(
        [
            ticket(1, [sold("BAG", "1", "10.00")]),
            ticket(2, [sold("BAG", "-1", "10.00", return_of=back(1))]),
            ticket(3, [sold("BAG", "-1", "10.00", return_of=back(2))]),
        ],
        {},
        [("3", "L16")],
    ),
    "more comes back than was sold, in two receipts": Story(
        [
            SALE,
            ticket(2, [sold("BAG", "-1", "10.00", tax="-0.60", return_of=back(1))]),
            ticket(3, [sold("BAG", "-2", "10.00", tax="-1.20", return_of=back(1))]),
        ],
        {"cash": "10.60", "revenue": "-10.00", "tax": "-0.60"},
        [("3", "L17")],
    ),
    "return in another unit": Story(
        [ticket(1, [sold("BAG", "1", "120.00", unit="box")]), ticket(2, [sold("BAG", "-3", "10.00", return_of=back(1))])],
        {"cash": "90.00", "revenue": "-90.00"},
    ),
    "negative price": Story(
        [ticket(1, [sold("BAG", "1", "10.00"), sold("COUPON", "1", "-2.00", net="-2.00")]), ticket(2, [sold("BAG", "1", "3.00")])],
        {"cash": "3.00", "revenue": "-3.00"},
        [("1", "L07"), ("1", "L10")],
    ),
    "coupon as a line of its own": Story(
        [ticket(1, [sold("BAG", "1", "10.00"), sold("COUPON", "-1", "2.00")])], {"cash": "8.00", "revenue": "-8.00"}
    ),
    "deposit of bottles, more come back than go": Story(
        [ticket(1, [sold("BAG", "1", "1.00"), sold("BOTTLE", "2", "0.25")]), ticket(2, [sold("BOTTLE", "-10", "0.25")])],
        {"cash": "-1.00", "revenue": "1.00"},
    ),
    "given away": Story(
        [ticket(1, [sold("BAG", "1", "10.00", net="0.00", discount="10.00")])], {"revenue": "-10.00", "discounts": "10.00"}
    ),
    "a quarter of a cent": Story([ticket(1, [sold("BAG", "0.0005", "5.00", net="0.00")])], {}),
    "two payments of one method": Story(
        [ticket(1, [sold("BAG", "1", "10.00")], [paid("cash", "4.00"), paid("cash", "6.00")])], {"cash": "10.00", "revenue": "-10.00"}
    ),
    "tax of the receipt is rounded once": Story(
        [ticket(1, [sold("BAG", "1", "0.99", tax="0.05"), sold("BAG", "1", "0.99", tax="0.05")], total="2.09", tax="0.11")],
        {"cash": "2.09", "revenue": "-1.98", "tax": "-0.10", "rounding": "-0.01"},
    ),
    "part cash, part on account": Story(
        [ticket(1, [sold("BAG", "1", "10.00")], [paid("cash", "4.00"), paid("on_account", "6.00")], customer="C1")],
        {"cash": "4.00", "on account": "6.00", "revenue": "-10.00"},
    ),
    "on account, then given back on account": Story(
        [
            ticket(1, [sold("BAG", "2", "10.00")], [paid("on_account", "20.00")], customer="C1"),
            ticket(2, [sold("BAG", "-2", "10.00", return_of=back(1))], [paid("on_account", "-20.00")], customer="C1"),
        ],
        {},
    ),
    "more is paid than is owed": Story(
        [
            ticket(1, [sold("BAG", "1", "10.00")], [paid("on_account", "10.00")], customer="C1"),
            event(2, "payment", paid("cash", "15.00"), customer="C1"),
        ],
        {"cash": "15.00", "on account": "-5.00", "revenue": "-10.00"},
    ),
    "a card is sold, spent in part, and the goods come back": Story(
        [
            ticket(1, [sold("CARD", "1", "50.00", gift_card="GC1")]),
            ticket(2, [sold("BAG", "3", "10.00")], [paid("gift_card", "30.00", gift_card="GC1")]),
            ticket(3, [sold("BAG", "-1", "10.00", return_of=back(2))], [paid("gift_card", "-10.00", gift_card="GC1")]),
            ticket(4, [sold("BAG", "1", "31.00")], [paid("gift_card", "31.00", gift_card="GC1")]),
        ],
        {"cash": "50.00", "gift card liability": "-30.00", "revenue": "-20.00"},
        [("4", "G02")],
    ),
    "a card pays for a card": Story(
        [
            ticket(1, [sold("CARD", "1", "50.00", gift_card="GC1")]),
            ticket(2, [sold("CARD", "1", "20.00", gift_card="GC2")], [paid("gift_card", "20.00", gift_card="GC1")]),
        ],
        {"cash": "50.00", "gift card liability": "-50.00"},
    ),
    "a card with tax on its sale": Story(
        [
            ticket(1, [sold("CARD", "1", "50.00", tax="5.00", gift_card="GC1")]),
            ticket(2, [sold("BAG", "1", "50.00")], [paid("gift_card", "50.00", gift_card="GC1")]),
        ],
        {"cash": "55.00", "revenue": "-50.00", "tax": "-5.00"},
    ),
    "drawer filled, drained, counted to the cent": Story(
        [
            event(1, "start_amount", paid("cash", "100.00")),
            ticket(2, [sold("BAG", "1", "10.00")]),
            event(3, "removal", paid("cash", "50.00")),
            event(4, "expense", paid("cash", "3.00")),
            event(5, "bank_drop", paid("cash", "20.00")),
            event(6, "tender_declaration", paid("cash", "36.50")),
        ],
        {"cash": "-63.50", "revenue": "-10.00", "expense": "3.00", "float": "50.00", "bank": "20.00", "over/short": "0.50"},
    ),
    "a method is counted that nobody paid with": Story(
        [ticket(1, [sold("BAG", "1", "10.00")]), event(2, "tender_declaration", paid("cash", "10.00"), paid("card", "2.00"))],
        {"cash": "10.00", "card": "2.00", "revenue": "-10.00", "over/short": "-2.00"},
    ),
    "an empty drawer is counted": Story(
        [ticket(1, [sold("BAG", "1", "10.00")]), event(2, "tender_declaration", paid("cash", "0"))],
        {"revenue": "-10.00", "over/short": "10.00"},
    ),
    "income and expense by card": Story(
        [event(1, "income", paid("card", "7.00")), event(2, "expense", paid("card", "2.00"))],
        {"card": "5.00", "income": "-7.00", "expense": "2.00"},
    ),
}


@pytest.mark.parametrize("averages", [False, True])
@pytest.mark.parametrize("story", sorted(STORIES))
def test_an_untidy_day(till: PricedShop, story: str, averages: bool) -> None:
    told = STORIES[story]
    if averages:
        till.averages()
    till.receives("50", "4.00", item="BAG", batch=" ")
    assert sends(till, *told.rows) == set(told.wrong)
    till.posts()
    till.must_be_posted()
    assert balances(till) == told.books
    till.must_be_worth_what_it_costs()


@pytest.mark.parametrize("story", sorted(STORIES))
def test_an_untidy_day_is_the_same_in_two_statements(till: PricedShop, story: str) -> None:
    """Whatever comes late: each document comes in and is posted by itself, and the books are the same."""
    told = STORIES[story]
    for row in told.rows:
        sends(till, row)
        till.posts()
    till.must_be_posted()
    assert balances(till) == told.books


@pytest.mark.parametrize("story", sorted(STORIES))
def test_an_untidy_day_that_is_reversed_leaves_nothing(till: PricedShop, story: str) -> None:
    """And posted again it leaves what it left."""
    told = STORIES[story]
    sends(till, *told.rows)
    till.posts()
    for row in till.exports("statements"):
        done("reverse", "--statement", row["statement"], "--reason", "not that day")
    assert all_balances(till, without=()) == {}
    till.posts()
    assert balances(till) == told.books
    till.must_be_sound()


# -- currencies --------------------------------------------------------------------------------------------------------

STEPS = {"cash": "10.45", "revenue": "-10.03", "tax": "-0.40", "rounding": "-0.02"}
FILS = {"cash": "1.295", "revenue": "-1.234", "tax": "-0.062", "rounding": "0.001"}
CURRENCIES = {
    "CHF, cash in steps of five": ("CHF", 2, "10.03", "0.40", "10.45", STEPS),
    "JPY": ("JPY", 0, "99", "10", "109", {"cash": "109", "revenue": "-99", "tax": "-10"}),
    "KWD": ("KWD", 3, "1.234", "0.062", "1.296", {"cash": "1.296", "revenue": "-1.234", "tax": "-0.062"}),
    "KWD, cash in steps of five fils": ("KWD", 3, "1.234", "0.062", "1.295", FILS),
}


@pytest.mark.parametrize("case", sorted(CURRENCIES))
def test_amounts_of_other_currencies(till: PricedShop, case: str) -> None:
    currency, decimals, net, tax, total, books = CURRENCIES[case]
    till.trades_in(currency, decimals)
    row = ticket(1, [sold("BAG", "1", net, tax=tax)], [paid("cash", total)], currency=currency)
    assert sends(till, row) == set()
    till.posts()
    assert sums(till) == {name: D(amount) for name, amount in books.items()}
    finer = f"{D(net) + D(1).scaleb(-decimals - 1):f}"
    bad = ticket(2, [sold("BAG", "1", finer, tax=tax)], currency=currency)
    assert {code for _, code in sends(till, bad)} & {"H02", "BAD_NUMBER"}


def sums(shop: PricedShop) -> dict[str, Decimal]:
    """Balances with all their decimals, goods apart."""
    found: dict[str, Decimal] = {}
    for row in shop.exports("vouchers"):
        name = NAMES.get(row["account"], row["account"])
        found[name] = found.get(name, D(0)) + D(row["debit"]) - D(row["credit"])
    return {name: amount for name, amount in found.items() if amount and name not in GOODS}


# -- counting, late ----------------------------------------------------------------------------------------------------

Said = Callable[[PricedShop], object]


def counts(amount: str, terminal: str = "T1") -> Said:
    """Somebody counts later, at headquarters."""
    where = ("--store", "S1", "--terminal", terminal, "--date", f"{NOON:%Y-%m-%d}", "--method", "cash")
    return lambda shop: done("count_tender", *where, "--amount", amount, "--reason", "counted again")


def comes(*rows: Row) -> Said:
    return lambda shop: sends(shop, *rows)


def posts(shop: PricedShop) -> object:
    return shop.posts()


TEN = ticket(1, [sold("BAG", "1", "10.00")])
LATE = ticket(9, [sold("BAG", "1", "5.00")])
COUNTED = event(3, "tender_declaration", paid("cash", "9.00"))
LATER: dict[str, tuple[Sequence[Said], dict[str, str]]] = {
    "counted after posting": ([comes(TEN), posts, counts("9.00"), posts], {"cash": "9.00", "over/short": "1.00"}),
    "counted twice after posting": (
        [comes(TEN), posts, counts("9.00"), posts, counts("9.50"), posts],
        {"cash": "9.50", "over/short": "0.50"},
    ),
    "a late ticket after the count": ([comes(TEN, COUNTED), posts, comes(LATE), posts], {"cash": "9.00", "over/short": "6.00"}),
    "a late ticket, and then counted": (
        [comes(TEN, COUNTED), posts, comes(LATE), posts, counts("14.00"), posts],
        {"cash": "14.00", "over/short": "1.00"},
    ),
    "counted before anything was sold": ([comes(COUNTED), posts, comes(TEN), posts], {"cash": "9.00", "over/short": "1.00"}),
    "counted at another till": (
        [comes(TEN, ticket(9, [sold("BAG", "1", "5.00")], terminal="T2")), posts, counts("4.00", "T2"), posts],
        {"cash": "4.00", "over/short": "11.00"},
    ),
    "a late refund after the count": (
        [comes(TEN, COUNTED), posts, comes(ticket(8, [sold("BAG", "-1", "10.00", return_of=back(1))])), posts],
        {"cash": "9.00", "over/short": "-9.00"},
    ),
}


@pytest.mark.parametrize("story", sorted(LATER))
def test_what_is_counted_holds_whenever_it_is_said(till: PricedShop, story: str) -> None:
    """Cash is what was counted last; the rest of it is over or short."""
    steps, books = LATER[story]
    till.journal.not_followed("counts that are entered at headquarters stand in no file")
    for step in steps:
        step(till)
    till.must_be_posted()
    found = balances(till)
    assert {name: amount for name, amount in found.items() if name in ("cash", "over/short")} == books


# -- clocks -------------------------------------------------------------------------------------------------------------


def test_the_hour_that_a_clock_shows_twice(till: PricedShop) -> None:
    """Half past one before and after the clock is turned back: two moments of one business day, in their order."""
    till.store(replace(Store("S1", "W1"), time_zone="America/New_York"))
    first, second = (datetime.fromisoformat(f"2024-11-03T01:30:00-0{hours}:00") for hours in (4, 5))
    rows = [ticket(number, [sold("BAG", "1", "10.00")], sold_at=at.isoformat()) for number, at in ((1, second), (2, first))]
    assert sends(till, *rows) == set()
    till.posts()
    assert {row["business_date"] for row in till.exports("statements")} == {"2024-11-03"}
    assert balances(till) == {"cash": "20.00", "revenue": "-20.00"}
