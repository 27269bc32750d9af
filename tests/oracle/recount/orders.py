"""Customer orders, delivery by delivery: what was invoiced of each line, and how deposit, payments and account settled it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tests.oracle.recount.books import Books
from tests.oracle.recount.documents import rounded
from tests.oracle.recount.history import ZERO, Known, Order
from tests.oracle.recount.steps import Rows
from tests.oracle.rows import Line, Payment


@dataclass
class Settlement:
    """What the invoices of an order come to and how they were settled; `wrong` names an invoice that nothing of the order comes to."""

    net: Decimal = ZERO
    tax: Decimal = ZERO
    used: Decimal = ZERO
    owed: Decimal = ZERO
    rounding: Decimal = ZERO
    paid: list[Payment] = field(default_factory=list)
    # Invoiced quantity by line number, and what went on gift cards by their number (blank: a card without one).
    done: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    cards: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


@dataclass(frozen=True)
class _Asked:
    """A delivery that somebody asked for: quantities by line, and what was paid with it; None: all that is left, on account."""

    quantities: Mapping[int, Decimal] | None
    payments: tuple[Payment, ...] = ()
    is_carried_out: bool = False


def settlements(known: Known, books: Books) -> dict[str, Settlement]:
    """By order, of sales that were never taken back; of the others invoices do not say which lines they are of."""
    found: dict[str, Settlement] = {}
    for order in known.orders.values():
        company = known.entity_of[order.warehouse]
        own = [row for row in books.of("invoices") if row["order"] == order.number and known.company_of(row["store"]) == company]
        if order.total > 0 and not any(row["invoice"].endswith("R") for row in own):
            found[order.key] = _settle(known, order, sorted(own, key=lambda row: _ordinal(row["invoice"])))
    return found


def _ordinal(invoice: str) -> int:
    return int(invoice.rpartition("-I")[2])


def _settle(known: Known, order: Order, invoices: Rows) -> Settlement:
    found = Settlement()
    asked = list(_asked_for(known, order))
    for row in invoices:
        wanted = (Decimal(row["net"]), Decimal(row["tax"]))
        # What was asked for and failed left nothing; what was asked for later did.
        at = next((place for place, one in enumerate(asked) if _amounts(known, order, found, one) == wanted), None)
        if at is None and _amounts(known, order, found, _Asked(None)) != wanted:
            found.wrong.append(f"invoice {row['invoice']}: net {wanted[0]}, tax {wanted[1]}, and nothing left of the order comes to that")
            return found
        _book(known, order, found, _Asked(None) if at is None else asked[at])
        asked = asked if at is None else asked[at + 1 :]
    return found


def _asked_for(known: Known, order: Order) -> Iterator[_Asked]:
    """What is carried out goes at once and is paid ahead; then what a counter gave out."""
    if order.carried:
        yield _Asked({line.number: abs(line.quantity) for line in _live(order) if line.number in order.carried}, (), is_carried_out=True)
    for step in known.given_out:
        if step.order == order.number:
            yield _Asked(step.quantities, step.payments)


def _live(order: Order) -> list[Line]:
    return [line for line in order.lines if not line.voided]


def _moved(order: Order, done: Mapping[int, Decimal], asked: _Asked) -> Iterator[tuple[Line, Decimal]]:
    for line in _live(order):
        left = abs(line.quantity) - done.get(line.number, ZERO)
        quantity = left if asked.quantities is None else min(left, asked.quantities.get(line.number, ZERO))
        if quantity > 0:
            yield line, quantity


def _share(amount: Decimal, line: Line, quantity: Decimal, unit: Decimal) -> Decimal:
    return rounded(Fraction(amount) * Fraction(quantity) / Fraction(abs(line.quantity)), unit)


def _amounts(known: Known, order: Order, found: Settlement, asked: _Asked) -> tuple[Decimal, Decimal]:
    """Net and tax of what was asked for: parts of a line are rounded so that they add up."""
    unit = known.smallest_amount(order.warehouse)
    net, tax = ZERO, ZERO
    for line, quantity in _moved(order, found.done, asked):
        upto, before = found.done.get(line.number, ZERO) + quantity, found.done.get(line.number, ZERO)
        net += _share(line.net, line, upto, unit) - _share(line.net, line, before, unit)
        tax += _share(line.tax, line, upto, unit) - _share(line.tax, line, before, unit)
    return net, tax


def _book(known: Known, order: Order, found: Settlement, asked: _Asked) -> None:
    unit, limit = known.smallest_amount(order.warehouse), known.stores[order.store].rounding_limit
    net, tax = _amounts(known, order, found, asked)
    invoice, remaining = net + tax, sum((line.net + line.tax for line in _live(order)), ZERO) - found.total
    deposit = sum((payment.amount for payment in order.payments), ZERO) - found.used
    paid = sum((payment.amount for payment in asked.payments), ZERO)
    used = _deposit_used(deposit, invoice, remaining, limit, unit, in_full=asked.is_carried_out)
    rest = invoice - used - paid
    # Cents are rounding where the customer paid all that was asked for; else they are owed as everything else.
    is_paid = bool(asked.payments) or (bool(used) and (asked.is_carried_out or abs(remaining - deposit) <= limit))
    for line, quantity in _moved(order, dict(found.done), asked):
        before = found.done[line.number]
        found.done[line.number] += quantity
        if known.items[line.item].kind == "gift_card":
            more = _share(line.net, line, found.done[line.number], unit) - _share(line.net, line, before, unit)
            found.cards[line.gift_card or ""] += more
    found.net, found.tax, found.used = found.net + net, found.tax + tax, found.used + used
    found.paid += asked.payments
    if is_paid and abs(rest) <= limit:
        found.rounding += rest
    else:
        found.owed += rest


def _deposit_used(deposit: Decimal, invoice: Decimal, remaining: Decimal, limit: Decimal, unit: Decimal, *, in_full: bool) -> Decimal:
    """The share of the invoice in what is still to be invoiced; the last one uses all that is left, what is carried out all it needs."""
    if invoice <= 0 or deposit <= 0:
        return ZERO
    if invoice == remaining and abs(deposit - invoice) <= limit:
        return deposit
    share = deposit if in_full or invoice == remaining else rounded(Fraction(deposit) * Fraction(invoice) / Fraction(remaining), unit)
    return min(share, invoice)
