"""Every kind of dirt of the source is kept, mapped or refused with a reason."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from retailhq.demo.amounts import half_up, money_text, price_text, quantity_text, unit_price
from retailhq.demo.catalogue import ItemSales, build_item
from retailhq.demo.source import RawLine
from retailhq.demo.stores import Slice, StorePlan, choose_stores, plan_store
from retailhq.demo.tickets import Findings, Line, Ticket, build_ticket, document, pay, refusal_reason
from tests.retailhq.demo.made_up import COUPON, GAS, LETTUCE, MILK, PREPAID, PRODUCTS, TUNA, WEEK, raw

ITEMS = {
    **{product.product: build_item(product.product, product, ItemSales(1, 1, [1_000_000])) for product in PRODUCTS},
    GAS: build_item(GAS, PRODUCTS[2], ItemSales(1, 8_977, [2_729])),
    COUPON: build_item(COUPON, None, ItemSales(1, 0, [])),
}
STORE = plan_store(367, WEEK)
HALF: Any = 1.5  # a source may lie about its types


def ticket_of(*lines: RawLine) -> tuple[Ticket | None, Findings]:
    """Build the ticket of one basket."""
    findings = Findings()
    return build_ticket(STORE, lines, ITEMS, findings), findings


def line_of(row: RawLine) -> tuple[Line, set[str]]:
    """Build the only line of a ticket; also return which kinds of dirt were counted."""
    ticket, findings = ticket_of(row)
    assert ticket is not None
    return ticket.lines[0], set(+findings.dirt) - {""}


def test_value_is_net_and_the_price_is_before_discounts() -> None:
    line, dirt = line_of(raw(TUNA, 2, 2.5, retail_disc=0.2, coupon_disc=0.05, coupon_match_disc=0.03))
    assert (line.quantity, line.price, line.discount, line.net, line.tax) == (2_000, 1_390_000, 28, 250, 6)
    assert dirt == set()


@pytest.mark.parametrize(
    ("row", "dirt", "quantity", "net"),
    [
        (raw(TUNA, 0, 0.0), {"zero_quantity"}, 0, 0),
        (raw(TUNA, 0, 2.09), {"zero_quantity"}, 0, 209),
        (raw(TUNA, 0, 8.881784e-16), {"zero_quantity", "value_residue"}, 0, 0),
        (raw(MILK, 1, 0.0, retail_disc=3.29), {"zero_value"}, 1_000, 0),
        (raw(COUPON, 0, 0.0, coupon_disc=1.0), {"zero_quantity", "paper_coupon"}, 0, 0),
        (raw(COUPON, 1, 4.99), {"unlisted_product"}, 1_000, 499),
        (raw(GAS, 89_638, 220.5), {"fuel_in_thousandths"}, 89_638, 22_050),
        (raw(PREPAID, 1, 15.0), {"prepaid_fuel"}, 1_000, 1_500),
        (raw(LETTUCE, -2, -3.98), {"negative_line"}, -2_000, -398),
    ],
)
def test_dirt_is_kept_or_mapped(row: RawLine, dirt: set[str], quantity: int, net: int) -> None:
    line, found = line_of(row)
    assert (found, line.quantity, line.net) == (dirt, quantity, net)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (raw(TUNA, None), "missing_value"),
        (raw(TUNA, 1, None), "missing_value"),
        (raw(TUNA, 1, float("nan")), "missing_value"),
        (raw(TUNA, 1, float("inf")), "missing_value"),
        (raw(TUNA, 1, 1.0, retail_disc=float("nan")), "missing_value"),
        (raw(TUNA, HALF), "not_whole"),
        (raw(TUNA, 1, -1.0), "contradicting_signs"),
        (raw(TUNA, -1, 1.0), "contradicting_signs"),
        (raw(TUNA, 1, 1.0, coupon_disc=-0.5), "contradicting_signs"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_a_reason(row: RawLine, reason: str) -> None:
    assert refusal_reason(row) == reason
    ticket, findings = ticket_of(row, raw(MILK))
    assert ticket is not None
    assert [line.item.code for line in ticket.lines] == [str(MILK)]
    assert [(refusal.product, refusal.reason) for refusal in findings.refused] == [(TUNA, reason)]
    assert ticket_of(row)[0] is None


def test_fuel_is_written_in_gallons_and_prepaid_fuel_in_pieces() -> None:
    ticket, _ = ticket_of(raw(GAS, 8_977, 24.5), raw(PREPAID, 1, 20.0))
    assert ticket is not None
    gas, prepaid = document(ticket)["lines"]
    assert (gas["quantity"], gas["unit"], gas["price"], gas["net"]) == ("8.977", "gal", "2.729197", "24.50")
    assert (prepaid["quantity"], prepaid["unit"], prepaid["price"]) == ("1", "each", "20.00")


def test_a_return_gives_back_what_was_paid() -> None:
    line, _ = line_of(raw(LETTUCE, -2, -3.0, retail_disc=1.0))
    assert (line.price, line.discount, line.net, line.tax) == (1_500_000, 0, -300, -7)


@pytest.mark.parametrize("total", [0, 1, 199, 200, 201, 12_345, -250])
def test_payments_add_up(total: int) -> None:
    for basket in range(300):
        for on_account in (True, False):
            payments = pay(total, basket, on_account=on_account)
            assert sum(amount for _, amount in payments) == total
            assert all(amount for _, amount in payments)
            assert on_account or "on_account" not in dict(payments)


def test_every_payment_method_occurs() -> None:
    methods = {method for basket in range(500) for method, _ in pay(5_000, basket, on_account=True)}
    assert methods == {"cash", "card", "gift_card", "voucher", "on_account"}


def eastern(closes: time = time(4)) -> StorePlan:
    """Make a store on the east coast."""
    plan = plan_store(367, WEEK)
    return StorePlan(367, plan.entity, ZoneInfo("America/New_York"), closes, plan.first_day, plan.last_day, plan.supply, "A")


@pytest.mark.parametrize(
    ("local", "written", "oddity"),
    [
        ("2017-03-06T12:00:00", "2017-03-06T12:00:00-05:00", ""),
        ("2017-07-01T23:59:59", "2017-07-01T23:59:59-04:00", ""),
        ("2017-03-12T02:30:00", "2017-03-12T03:30:00-04:00", "local_time_skipped"),
        ("2017-11-05T01:30:00", "2017-11-05T01:30:00-04:00", "local_time_twice"),
        ("2017-11-05T02:00:00", "2017-11-05T02:00:00-05:00", ""),
    ],
)
def test_offsets_in_clock_changes(local: str, written: str, oddity: str) -> None:
    stamp = datetime.fromisoformat(local)
    assert eastern().instant(stamp).isoformat() == written
    assert eastern().clock_oddity(stamp) == oddity


def test_sales_after_midnight_belong_to_the_day_before() -> None:
    stamp = datetime.fromisoformat("2017-03-07T03:59:59")
    assert eastern().business_date(stamp) == date(2017, 3, 6)
    assert eastern(closes=time(0)).business_date(stamp) == date(2017, 3, 7)
    row = raw(MILK, stamp=stamp)
    findings = Findings()
    ticket = build_ticket(eastern(), [row], ITEMS, findings)
    assert ticket is not None
    assert ticket.business_date == date(2017, 3, 6)
    assert findings.dirt["after_midnight"] == 1


def test_stores_are_chosen_by_size_or_spread() -> None:
    lines = {1: 10, 2: 30, 3: 20, 4: 30, 5: 1}
    assert choose_stores(lines, Slice(stores=3)) == (2, 4, 3)
    assert choose_stores(lines, Slice(stores=2, choice="stratified")) == (2, 3)
    assert choose_stores(lines, Slice(stores=None)) == (2, 4, 3, 1, 5)
    with pytest.raises(ValueError, match="unknown choice"):
        Slice(choice="prettiest")
    with pytest.raises(ValueError, match="at least one day"):
        Slice(days=0)


def test_numbers_are_written_exactly() -> None:
    assert [money_text(cents) for cents in (0, 5, -5, 123_456, -100)] == ["0.00", "0.05", "-0.05", "1234.56", "-1.00"]
    assert [quantity_text(milli) for milli in (0, 1, -1_500, 2_000, 89_638)] == ["0", "0.001", "-1.5", "2", "89.638"]
    assert [price_text(micro) for micro in (0, 1, 1_390_000, 2_500_000, 333_333)] == ["0.00", "0.000001", "1.39", "2.50", "0.333333"]
    assert [half_up(value, 2) for value in (1, 2, 3, -1, -3)] == [1, 1, 2, -1, -2]
    assert unit_price(100, 3_000) == 333_333
    assert unit_price(100, 0) == 0
