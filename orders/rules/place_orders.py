"""Customer orders as they come in, and everything that must hold before one is taken, whole (docs/domain.md#taking-an-order)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO, plain_text
from core.lib.problems import Code, Problem, register
from inventory.rules.facts import BatchFacts, Conversions, ItemFacts, in_stock_unit
from inventory.rules.file_columns import STOCKED
from orders.rules.accounts import AccountKey, CustomerAccount, account_problem
from orders.rules.file_columns import store_currency_refused
from orders.rules.fulfilment import DeliveryMode
from orders.rules.order_money import decimals_problems, deposit_problem, deposit_wanted, method_problems, rounded_share
from orders.rules.till_lines import PosPaymentData
from parameters.rules.amounts import fits

_AREA = "customer order"
register(
    Code(
        "WAREHOUSE_MISSING",
        _AREA,
        "The store has no warehouse that goods could leave from.",
        "Give the store a warehouse, then send again.",
    ),
    Code(
        "UNKNOWN_CUSTOMER",
        _AREA,
        "The customer is not known.",
        "Import the customer first, or leave the field blank for the walk-in customer.",
    ),
    Code(
        "NO_UNIT_CONVERSION",
        _AREA,
        "The unit does not convert to the item's own unit.",
        "Set up the unit conversion, or order in another unit.",
    ),
    Code("LINE_AMOUNTS", _AREA, "Sign, price and amount of a line do not fit together.", "Correct the line where the order was taken."),
    Code("TOTALS_DIFFER", _AREA, "The totals are not the sums of the lines.", "Correct the order where it was taken."),
    Code(
        "DELIVERY_MODE_OFF",
        _AREA,
        "The delivery mode of a line is not offered.",
        "Choose another one, or switch it on in Retail parameters (Customer orders > Order).",
    ),
    Code("NO_LINES", _AREA, "The order has no line.", "Add what the customer wants."),
    Code(
        "BAD_PAYMENT",
        _AREA,
        "A payment is zero, or goes the wrong way.",
        "Take payments above zero; pay money back, below zero, with the delivery of the return.",
    ),
    Code("WRONG_CURRENCY", _AREA, "The currency is not that of the store.", "Take the order in the store's currency."),
    Code(
        "UNKNOWN_BATCH", _AREA, "The batch that the order names is not known for the item.", "Correct the batch number, or leave it blank."
    ),
    Code("UNKNOWN_ORIGINAL", _AREA, "The order line that the return names is not known.", "Correct the reference, or leave it blank."),
)


class OrderReturn(NamedTuple):
    """The order line that a return brings back."""

    order: str
    line: int


class NewLine(NamedTuple):
    """A line of an order; returns have negative quantity and net. `delivery` is how this line reaches the customer."""

    number: int
    item: str
    quantity: Decimal
    unit: str
    price: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    batch: str
    delivery: str
    return_of: OrderReturn | None


class NewOrder(NamedTuple):
    """An order as a till, the order desk or a file gives it; blank customer is the store's walk-in, blank warehouse the store's own."""

    number: str
    store: str
    customer: str
    ordered_at: datetime
    delivery: str
    currency: str
    warehouse: str
    lines: tuple[NewLine, ...]
    payments: tuple[PosPaymentData, ...]
    net: Decimal
    tax: Decimal
    total: Decimal

    @property
    def paid(self) -> Decimal:
        """What came with the order."""
        return sum((payment.amount for payment in self.payments), ZERO)


class OrderStore(NamedTuple):
    """A store that takes orders."""

    id: int
    currency: str
    time_zone: str
    end_of_business_day: time
    walk_in_id: int
    warehouse: str
    walk_in: str = ""


class OrderPlace(NamedTuple):
    """A warehouse, and the company that keeps its books."""

    id: int
    legal_entity_id: int
    company: str
    currency: str


class Buyer(NamedTuple):
    """What the checks need of a customer."""

    id: int
    blocked: bool


class ReturnedLine(NamedTuple):
    """An order line that a return names, with what of it is invoiced and what is on other returns; quantities in its unit."""

    order_line_id: int
    legal_entity_id: int
    item: str
    unit: str
    invoiced: Decimal
    net: Decimal
    tax: Decimal
    returned: Decimal = ZERO
    returned_net: Decimal = ZERO
    returned_tax: Decimal = ZERO

    @property
    def returnable(self) -> Decimal:
        """What can still come back."""
        return self.invoiced - self.returned

    def with_returned(self, line: "NewLine") -> "ReturnedLine":
        """The same once `line`, a return, is taken."""
        back = (self.returned - line.quantity, self.returned_net - line.net, self.returned_tax - line.tax)
        return self._replace(returned=back[0], returned_net=back[1], returned_tax=back[2])

    def gives_too_much(self, decimals: int) -> bool:
        """More is given back than was invoiced for what is on returns; a till may round net and tax of a part by one smallest unit."""
        unit = Decimal(1).scaleb(-decimals)
        return any(
            back > min(sold, rounded_share(sold, self.returned, self.invoiced, decimals) + unit)
            for back, sold in ((self.returned_net, self.net), (self.returned_tax, self.tax))
        )


class OrderParameters(NamedTuple):
    """What Retail parameters say about orders: the deposit, the delivery modes that are offered, the charge of a cancellation."""

    deposit_percent: Decimal
    modes: frozenset[str]
    charge_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything that the checks look at beside the order itself, read for a whole batch of orders.

    `parameters` by legal entity, `closed` are (legal entity, date) that nothing may be posted on, `accounts` those of buyers who owe
    something as soon as their orders are taken.
    """

    stores: Mapping[str, OrderStore]
    warehouses: Mapping[str, OrderPlace]
    methods: Collection[str]
    days: Mapping[str, date] = field(default_factory=dict)
    customers: Mapping[str, Buyer] = field(default_factory=dict)
    items: Mapping[str, ItemFacts] = field(default_factory=dict)
    conversions: Conversions = field(default_factory=dict)
    batches: Mapping[tuple[int, str], BatchFacts] = field(default_factory=dict)
    originals: Mapping[OrderReturn, ReturnedLine] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[int, OrderParameters] = field(default_factory=dict)
    closed: Collection[tuple[int, date]] = frozenset()
    accounts: Mapping[AccountKey, CustomerAccount] = field(default_factory=dict)

    def place(self, order: NewOrder) -> OrderPlace | None:
        """Where the goods leave from."""
        store = self.stores.get(order.store)
        return self.warehouses.get(order.warehouse or (store.warehouse if store else ""))

    def stock_quantity(self, line: NewLine) -> Decimal | None:
        """The line's quantity in the item's unit."""
        item = self.items.get(line.item)
        return in_stock_unit(line.quantity, line.unit, line.item, item.unit, self.conversions) if item else None

    def moved_quantity(self, line: NewLine) -> Decimal:
        """What of it leaves stock, in the item's unit: nothing of gift cards and services."""
        item = self.items.get(line.item)
        return (self.stock_quantity(line) or ZERO) if item and item.kind == STOCKED else ZERO

    def batch_of(self, line: NewLine) -> BatchFacts | None:
        """The real batch that the line names."""
        item = self.items.get(line.item)
        batch = self.batches.get((item.id, line.batch)) if item and line.batch else None
        return None if batch and batch.is_default_batch else batch

    def account_key(self, order: NewOrder) -> AccountKey:
        """What `accounts` knows the buyer's account by; legal entity 0 while the order has no place."""
        place, store = self.place(order), self.stores.get(order.store)
        return place.legal_entity_id if place else 0, order.customer or (store.walk_in if store else "")

    def with_owed(self, order: NewOrder) -> "OrderFacts":
        """The same once the order is taken: what it puts on account is owed."""
        key, amount = self.account_key(order), on_account_at_once(order)
        if key not in self.accounts or not amount:
            return self
        account = self.accounts[key]
        return replace(self, accounts={**self.accounts, key: account._replace(open_amount=account.open_amount + amount)})

    def deposit_wanted(self, order: NewOrder) -> Decimal:
        """The deposit by the parameters of the company."""
        place = self.place(order)
        now = sum((line.net + line.tax for line in order.lines if line.delivery == DeliveryMode.CARRY_OUT), ZERO)
        percent = self.parameters[place.legal_entity_id].deposit_percent if place else ZERO
        return deposit_wanted(order.total - now, now, percent, self.decimals.get(order.currency, 2))


def on_account_at_once(order: NewOrder) -> Decimal:
    """What goes on account as soon as the order is taken: what is carried out and not paid. The rest may be paid when it is delivered."""
    carried = [line for line in order.lines if line.delivery == DeliveryMode.CARRY_OUT]
    if not any(line.quantity > 0 for line in carried):
        return ZERO
    back = [line for line in order.lines if line.quantity < 0 and line.delivery != DeliveryMode.CARRY_OUT]
    return max(sum((line.net + line.tax for line in (*carried, *back)), ZERO) - order.paid, ZERO)


def problems_of(order: NewOrder, facts: OrderFacts, *, may_override: bool = False) -> list[Problem]:
    """What keeps the order from being taken; none when it may be."""
    return [*_head(order, facts), *_modes(order, facts), *_lines(order, facts), *_money(order, facts, may_override=may_override)]


def addition_problems(order: NewOrder, facts: OrderFacts) -> list[Problem]:
    """What keeps lines, a customer and payments from being added to an order that was taken; `order` holds what is added."""
    return [*_customer(order, facts), *_modes(order, facts), *_lines(order, facts), *method_problems(order.payments, facts.methods)]


def _head(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    store = facts.stores.get(order.store)
    if store is None:
        yield Problem("UNKNOWN_STORE", f"Store {order.store} is not known; import it first (kind stores).")
        return
    place = facts.place(order)
    home = facts.warehouses.get(store.warehouse)
    if place is None and order.warehouse:
        yield Problem("UNKNOWN_WAREHOUSE", f"Warehouse {order.warehouse} is not known; import it first.")
    elif place is None:
        yield Problem("WAREHOUSE_MISSING", f"Store {order.store} has no warehouse.")
    elif home and home.legal_entity_id != place.legal_entity_id:
        yield Problem("OTHER_COMPANY", f"Warehouse {order.warehouse} belongs to another company than store {order.store}.")
    elif (place.legal_entity_id, facts.days[order.number]) in facts.closed:
        yield Problem("PERIOD_CLOSED", f"{facts.days[order.number]} lies in a closed fiscal period; open it, or correct the date.")
    elif store.currency != place.currency:
        problem = store_currency_refused(order.store, store.currency, place.company, place.currency)
        if problem:
            yield problem
    if order.currency != store.currency:
        yield Problem("WRONG_CURRENCY", f"The order is in {order.currency}, store {order.store} sells in {store.currency}.")
    yield from _customer(order, facts)
    if not order.lines:
        yield Problem("NO_LINES", "The order has no line.")


def _customer(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    if order.customer:
        buyer = facts.customers.get(order.customer)
        if buyer is None:
            yield Problem("UNKNOWN_CUSTOMER", f"Customer {order.customer} is not known; import it first, or leave it blank.")
        elif buyer.blocked:
            yield Problem("CUSTOMER_BLOCKED", f"Customer {order.customer} is blocked.")


def _modes(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    place = facts.place(order)
    if place is None:
        return
    offered = facts.parameters[place.legal_entity_id].modes
    for line in order.lines:
        # What comes back is taken whatever is offered now.
        if line.delivery not in offered and line.quantity > 0:
            yield Problem("DELIVERY_MODE_OFF", f"Line {line.number}: the delivery mode {line.delivery} is not offered.", line.number)


def _lines(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    originals, decimals = dict(facts.originals), facts.decimals.get(order.currency, 2)
    for line in order.lines:
        item = facts.items.get(line.item)
        if item is None:
            yield Problem("UNKNOWN_ITEM", f"Line {line.number}: item {line.item} is not known; import it first.", line.number)
        elif line.quantity and not facts.stock_quantity(line):
            yield Problem(
                "NO_UNIT_CONVERSION", f"Line {line.number}: {line.unit} of item {line.item} does not convert to {item.unit}.", line.number
            )
        elif line.batch and (not item.tracked or facts.batch_of(line) is None):
            yield Problem("UNKNOWN_BATCH", f"Line {line.number}: item {line.item} has no batch {line.batch}.", line.number)
        if not line.quantity:
            yield Problem("BAD_QUANTITY", f"Line {line.number}: the quantity is zero.", line.number)
        elif line.price < 0 or line.net * line.quantity < 0 or line.tax * line.net < 0:
            yield Problem(
                "LINE_AMOUNTS", f"Line {line.number}: {plain_text(line.quantity)} at {line.price} cannot come to {line.net}.", line.number
            )
        for amount in (line.net, line.tax, line.discount):
            if not fits(amount, decimals):
                text = f"Line {line.number}: {amount} has more decimals than the {decimals} of {order.currency}; round it."
                yield Problem("LINE_AMOUNTS", text, line.number)
                break
        if line.return_of:
            yield from _return(line, line.return_of, originals, order, facts)


def _return(
    line: NewLine, back: OrderReturn, originals: dict[OrderReturn, ReturnedLine], order: NewOrder, facts: OrderFacts
) -> Iterator[Problem]:
    original, place = originals.get(back), facts.place(order)
    if original is None or (original.item, original.unit) != (line.item, line.unit) or line.quantity > 0:
        wanted = f"line {back.line} of order {back.order}"
        yield Problem("UNKNOWN_ORIGINAL", f"Line {line.number}: {wanted} is no sale of {line.item} in {line.unit}.", line.number)
        return
    if place and place.legal_entity_id != original.legal_entity_id:
        yield Problem(
            "OTHER_COMPANY", f"Line {line.number}: another company than that of the store sold it, on order {back.order}.", line.number
        )
    originals[back] = after = original.with_returned(line)
    if after.returnable < 0:
        most = f"{plain_text(original.returnable)} of line {back.line} of order {back.order} can still be returned"
        yield Problem("RETURN_EXCEEDS_SALE", f"Line {line.number}: only {most}, not {plain_text(-line.quantity)}.", line.number)
    elif after.gives_too_much(facts.decimals.get(order.currency, 2)):
        paid = (
            f"{plain_text(-line.quantity)} of line {back.line} of order {back.order} was not invoiced for {-line.net} and {-line.tax} tax"
        )
        yield Problem("RETURN_EXCEEDS_SALE", f"Line {line.number}: {paid}; give back at most its share.", line.number)


def _money(order: NewOrder, facts: OrderFacts, *, may_override: bool) -> Iterator[Problem]:
    net = sum((line.net for line in order.lines), ZERO)
    tax = sum((line.tax for line in order.lines), ZERO)
    if (net, tax, net + tax) != (order.net, order.tax, order.total):
        stated = f"{order.net} net, {order.tax} tax, {order.total} in all"
        yield Problem("TOTALS_DIFFER", f"The order says {stated}; its lines come to {net}, {tax} and {net + tax}.")
    yield from method_problems(order.payments, facts.methods)
    for payment in order.payments:
        if payment.amount <= 0:
            yield Problem("BAD_PAYMENT", f"Payment {payment.number} of {payment.amount} is not above zero.")
    yield from decimals_problems(order.payments, order.currency, facts.decimals.get(order.currency, 2))
    if order.paid > max(order.total, ZERO):
        yield Problem("PAYMENT_TOO_HIGH", f"{order.paid} {order.currency} are paid, the order comes to {order.total}.")
    elif order.total > 0:
        problem = deposit_problem(order.paid, facts.deposit_wanted(order), order.currency, may_override=may_override)
        key, amount = facts.account_key(order), on_account_at_once(order)
        if not problem and amount and key in facts.accounts:
            problem = account_problem(key[1], facts.accounts[key], amount)
        if problem:
            yield problem
