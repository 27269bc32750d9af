"""Turns baskets into POS transactions, and names every oddity of the source on the way.

What happens to each kind of dirt (the counts are in the summary):

- `zero_quantity`: kept with quantity 0; it carries its money and moves no stock.
- `zero_value`: kept; given away, or paid in full by a discount.
- `paper_coupon`: kept; a line with quantity 0 of a product that the product table does not list.
- `unlisted_product`: kept; sold, but missing in the product table; its item is created in the group UNLISTED.
- `value_residue`: kept as 0.00; the value is not zero but far below a cent (left over from binary floating point).
- `fuel_in_thousandths`: quantity in thousandths of a gallon, mapped to gallons with three decimals.
- `prepaid_fuel`: fuel sold as one piece at the amount paid, mapped to an item that is counted in pieces.
- `negative_line`: quantity and value below zero, mapped to a blind return (the source has none today).
- `local_time_skipped`, `local_time_twice`: the stamp lies in a clock change, see `StorePlan.instant`.
- `after_midnight`: sold after midnight, belongs to the business day before.
- Refused with a reason and left out: `missing_value` (a null or not-a-number), `not_whole` (a fraction of a source unit),
  `contradicting_signs` (quantity and value of different sign, or a discount below zero).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from retailhq.demo.amounts import MILLI, half_up, money_text, price_text, quantity_text, unit_price
from retailhq.demo.catalogue import Item
from retailhq.demo.chance import between, draw, happens
from retailhq.demo.source import RawLine
from retailhq.demo.stores import StorePlan

NAMED_HOUSEHOLDS = 120_000  # per million households; the others stay walk-in customers
TILLS = 4
STAFF = 12
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transaction. Money in cents, price in millionths, quantity in thousandths of the item's unit."""

    number: int
    item: Item
    quantity: int
    price: int
    discount: int
    net: int
    tax: int
    batch: str | None = None
    return_of: tuple[str, str, str, int] | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One POS transaction. `given_date` says that the business date is written into the file, not left to follow from `at`."""

    plan: StorePlan
    terminal: str
    number: str
    kind: str
    at: datetime
    business_date: date
    staff: str
    lines: tuple[Line, ...] = ()
    payments: tuple[tuple[str, int], ...] = ()
    customer: str | None = None
    given_date: bool = False

    @property
    def net(self) -> int:
        """Return the sum of the lines without tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """Return the tax of the lines."""
        return sum(line.tax for line in self.lines)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source row that could not be mapped."""

    basket: int
    product: int
    reason: str


@dataclass(slots=True)
class Findings:
    """What was odd in the source: counts by kind, and the refused rows."""

    dirt: Counter[str] = field(default_factory=Counter)
    refused: list[Refusal] = field(default_factory=list)


def to_cents(value: float) -> int:
    """Turn a binary amount of the source into cents; the source has two decimals, so this only removes the binary noise."""
    return math.floor(value * 100 + 0.5) if value >= 0 else -math.floor(-value * 100 + 0.5)


def refusal_reason(raw: RawLine) -> str:
    """Say why a source row cannot become a line, '' when it can."""
    quantity, value, *discounts = raw.quantity, raw.sales_value, raw.retail_disc, raw.coupon_disc, raw.coupon_match_disc
    if quantity is None or value is None or None in discounts:
        return "missing_value"
    if not math.isfinite(quantity + value + sum(filter(None, discounts))):
        return "missing_value"
    if quantity != int(quantity):
        return "not_whole"
    if min(filter(None, discounts), default=0) < 0 or (quantity >= 0 and to_cents(value) < 0) or (quantity < 0 and to_cents(value) > 0):
        return "contradicting_signs"
    return ""


def read_line(number: int, raw: RawLine, item: Item, dirt: Counter[str]) -> Line:
    """Map one usable source row and count what is odd about it.

    `sales_value` is the net amount (US sales tax comes on top of it); the price before discounts follows from it.
    """
    quantity = int(raw.quantity or 0) * item.milli
    value = raw.sales_value or 0.0
    net = to_cents(value)
    discount = sum(to_cents(part or 0.0) for part in (raw.retail_disc, raw.coupon_disc, raw.coupon_match_disc))
    dirt["zero_quantity"] += quantity == 0
    dirt["zero_value"] += net == 0 and quantity != 0
    dirt["value_residue"] += net == 0 and value != 0
    dirt["paper_coupon"] += quantity == 0 and not item.listed
    dirt["unlisted_product"] += quantity != 0 and not item.listed
    dirt["fuel_in_thousandths"] += item.milli != MILLI
    dirt["prepaid_fuel"] += item.prepaid_fuel
    if quantity < 0:
        dirt["negative_line"] += 1
        return return_line(number, item, -quantity, -net)
    price = unit_price(net + discount, quantity)
    return Line(number, item, quantity, price, discount, net, tax_on(net, item))


def return_line(number: int, item: Item, quantity: int, net: int, origin: tuple[str, str, str, int] | None = None) -> Line:
    """Give back `quantity` for `net` (both positive): the discount is inside the price, since what was paid comes back."""
    return Line(number, item, -quantity, unit_price(net, quantity), 0, -net, -tax_on(net, item), return_of=origin)


def tax_on(net: int, item: Item) -> int:
    """Return the sales tax in cents on a net amount."""
    return half_up(net * item.tax_rate, 10_000)


def build_ticket(plan: StorePlan, rows: Sequence[RawLine], items: Mapping[int, Item], findings: Findings) -> Ticket | None:
    """Turn one basket into a transaction; None when each of its rows was refused."""
    basket, household, stamp = rows[0].basket, rows[0].household, rows[0].stamp
    lines: list[Line] = []
    for raw in rows:
        reason = refusal_reason(raw)
        if reason:
            findings.refused.append(Refusal(raw.basket, raw.product, reason))
        else:
            lines.append(read_line(len(lines) + 1, raw, items[raw.product], findings.dirt))
    if not lines:
        return None
    at = plan.instant(stamp)
    business_date = plan.business_date(at.replace(tzinfo=None))
    findings.dirt[plan.clock_oddity(stamp)] += 1
    findings.dirt["after_midnight"] += business_date != at.date()
    customer = f"H{household}" if happens(NAMED_HOUSEHOLDS, "named", household) else None
    total = sum(line.net + line.tax for line in lines)
    return Ticket(
        plan=plan,
        terminal=f"T{basket % TILLS + 1}",
        number=str(basket),
        kind="sale",
        at=at,
        business_date=business_date,
        staff=f"{basket // TILLS % STAFF + 1:04d}",
        lines=tuple(lines),
        payments=pay(total, basket, on_account=customer is not None),
        customer=customer,
    )


def pay(total: int, basket: int, *, on_account: bool) -> tuple[tuple[str, int], ...]:
    """Split a total over payment methods; the parts always add up to it. Nothing to pay: no payment."""
    chance = draw("method", basket) // 10_000
    if total == 0:
        return ()
    if total < 0 or chance < 30:
        return (("cash", total),)
    if chance < 33:
        return (("gift_card", total),)
    if chance < 36:
        return split(total, ("voucher", 200), "card")
    if chance < 39:
        return split(total, ("cash", between(1, 20, "cash part", basket) * 100), "card")
    if chance < 60 and on_account:
        return (("on_account", total),)
    return (("card", total),)


def split(total: int, first: tuple[str, int], rest: str) -> tuple[tuple[str, int], ...]:
    """Pay a fixed amount with one method and what is left with another."""
    method, amount = first
    if amount >= total:
        return ((method, total),)
    return ((method, amount), (rest, total - amount))


def document(ticket: Ticket) -> dict[str, Any]:
    """Write a transaction as the object of the transactions file."""
    net, tax = ticket.net, ticket.tax
    amounts = {"net": net, "tax": tax, "total": net + tax}
    if not ticket.lines:
        amounts["net"] = amounts["total"] = sum(amount for _, amount in ticket.payments)
    date_given = {"business_date": ticket.business_date.isoformat()} if ticket.given_date else {}
    return {
        "store": ticket.plan.code,
        "terminal": ticket.terminal,
        "number": ticket.number,
        "kind": ticket.kind,
        "sold_at": ticket.at.isoformat(),
        **date_given,
        "currency": CURRENCY,
        "customer": ticket.customer,
        "staff": ticket.staff,
        "lines": [line_document(line) for line in ticket.lines],
        "payments": [
            {"number": number, "method": method, "amount": money_text(amount)}
            for number, (method, amount) in enumerate(ticket.payments, start=1)
        ],
        **{name: money_text(amount) for name, amount in amounts.items()},
    }


def line_document(line: Line) -> dict[str, Any]:
    """Write a line as the object inside its transaction."""
    origin = line.return_of
    return {
        "number": line.number,
        "item": line.item.code,
        "quantity": quantity_text(line.quantity),
        "unit": line.item.unit,
        "price": price_text(line.price),
        "discount": money_text(line.discount),
        "net": money_text(line.net),
        "tax": money_text(line.tax),
        "batch": line.batch,
        "voided": False,
        "return_of": None if origin is None else dict(zip(("store", "terminal", "number", "line"), origin, strict=True)),
    }
