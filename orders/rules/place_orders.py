"""Customer orders as they come in, and everything that must hold before one is taken, whole (docs/domain.md#taking-an-order)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.lib.decimals import ZERO, fits
from core.lib.messages import Params
from core.lib.problems import Code, Problem, register, register_texts
from inventory.rules.facts import BatchFacts, Conversions, ItemFacts, in_sold_unit, in_stock_unit
from inventory.rules.file_columns import STOCKED
from orders.rules.accounts import AccountKey, CustomerAccount, account_problem
from orders.rules.file_columns import store_currency_problem
from orders.rules.fulfilment import DeliveryMode
from orders.rules.gift_cards import GIFT_CARD, CardKey, HeldCard, card_problems, taken_from_cards
from orders.rules.line_bounds import beyond_bounds, impossible_amounts
from orders.rules.order_money import decimals_problems, deposit_problem, deposit_wanted, method_problems
from orders.rules.order_numbers import number_of_statements, store_of_statement
from orders.rules.sold_lines import ReturnedLine, most_left, with_places_to_spare
from orders.rules.till_lines import OrderPaymentData, beside_its_price, business_date, is_covered, within_rounding

_AREA = "customer order"
register(
    Code(
        "WAREHOUSE_MISSING",
        _AREA,
        "The store has no warehouse that goods could leave from.",
        "Give the store a warehouse, then send again.",
        "Store {store} has no warehouse.",
    ),
    Code(
        "UNKNOWN_CUSTOMER",
        _AREA,
        "The customer is not known.",
        "Import the customer first, or leave the field blank for the walk-in customer.",
        "Customer {customer} is not known; import it first, or leave it blank.",
    ),
    Code(
        "NO_UNIT_CONVERSION",
        _AREA,
        "The unit does not convert to the item's own unit.",
        "Set up the unit conversion, or order in another unit.",
        "Line {line}: {unit} of item {item} does not convert to {stock_unit}.",
    ),
    Code(
        "LINE_AMOUNTS",
        _AREA,
        "Sign, price and amount of a line do not fit together.",
        "Correct the line where the order was taken.",
        {
            "impossible": "Line {line}: {quantity} at {price} cannot come to {net}.",
            "differs": "Line {line}: {quantity} at {price} come to {amount} after discount, the line says {net} net and {tax} tax.",
            "decimals": "Line {line}: {amount} has more decimals than the {decimals} of {currency}; round it.",
            "decimals_of_order": "Line {line}: {amount} has more than the {decimals} decimals of the order's currency; round it.",
        },
    ),
    Code(
        "TOTALS_DIFFER",
        _AREA,
        "The totals differ from the sums of the lines by more than the store's rounding limit.",
        "Correct the order where it was taken, or raise the store's rounding limit.",
        "The order says {net} net, {tax} tax, {total} in all; its lines come to {lines_net}, {lines_tax} and {lines_total}.",
    ),
    Code(
        "DELIVERY_MODE_OFF",
        _AREA,
        "The delivery mode of a line is not offered.",
        "Choose another one, or switch it on in Retail parameters (Customer orders > Order).",
        {"line": "Line {line}: the delivery mode {mode} is not offered.", "order": "The delivery mode {mode} is not offered."},
    ),
    Code(
        "NO_LINES",
        _AREA,
        "The order has no line.",
        "Add what the customer wants.",
        {"": "The order has no line.", "left": "The order would have no line; cancel it instead."},
    ),
    Code(
        "WRONG_CURRENCY",
        _AREA,
        "The currency is not that of the store.",
        "Take the order in the store's currency.",
        "The order is in {currency}, store {store} sells in {store_currency}.",
    ),
    Code(
        "UNKNOWN_ORIGINAL",
        _AREA,
        "The order line that the return names is not known.",
        "Correct the reference, or leave it blank.",
        "Line {line}: line {sold_line} of order {order} is no sale of {item} in {unit}.",
    ),
)
register_texts("UNKNOWN_BATCH", {"order_line": "Line {line}: item {item} has no batch {batch}."})
register_texts("UNKNOWN_ITEM", {"order_line": "Line {line}: item {item} is not known; import it first."})
register_texts("CONFLICT", {"order": "Order {order} came in before with other content; correct the number or leave it out."})

# What tells orders apart: the company that sells (0 or None: none is known) and the number, which is unique within it (ADR 0020).
OrderKey = tuple[int | None, str]


class OrderReturn(NamedTuple):
    """The order line that a return brings back."""

    order: str
    line: int


class NewLine(NamedTuple):
    """A line of an order; returns have negative quantity and net. `delivery` is how this line reaches the customer.

    `gift_card` is the number of the card that it sells, reloads or takes back; blank on a return means that of the line that was sold.
    `expires_on` is the expiry that was scanned, `gtin` what the scan named the item by; it is not kept.
    """

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
    gift_card: str = ""
    expires_on: date | None = None
    gtin: str = ""


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
    payments: tuple[OrderPaymentData, ...]
    net: Decimal
    tax: Decimal
    total: Decimal

    @property
    def paid(self) -> Decimal:
        """What came with the order."""
        return sum((payment.amount for payment in self.payments), ZERO)

    def as_lines_come_to(self) -> "NewOrder":
        """The same with the sums of its lines, which is what will be invoiced."""
        net, tax = sum((line.net for line in self.lines), ZERO), sum((line.tax for line in self.lines), ZERO)
        return self._replace(net=net, tax=tax, total=net + tax)


class OrderStore(NamedTuple):
    """A store that takes orders."""

    id: int
    currency: str
    time_zone: str
    end_of_business_day: time
    walk_in_id: int
    warehouse: str
    walk_in: str = ""
    rounding_limit: Decimal = ZERO
    legal_entity_id: int | None = None


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


class OrderParameters(NamedTuple):
    """What Retail parameters say about orders: the deposit, the delivery modes that are offered, the charge of a cancellation."""

    deposit_percent: Decimal
    modes: frozenset[str]
    charge_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything that the checks look at beside the order itself, read for a whole batch of orders.

    `parameters` by legal entity, `closed` are (legal entity, date) that nothing may be posted on, `accounts` those of buyers who owe
    something as soon as their orders are taken, `cards` gift cards that deposits are paid with. `originals` are lines that returns name, by
    the company that sold them.
    """

    stores: Mapping[str, OrderStore]
    warehouses: Mapping[str, OrderPlace]
    methods: Collection[str]
    customers: Mapping[str, Buyer] = field(default_factory=dict)
    items: Mapping[str, ItemFacts] = field(default_factory=dict)
    conversions: Conversions = field(default_factory=dict)
    batches: Mapping[tuple[int, str], BatchFacts] = field(default_factory=dict)
    originals: Mapping[tuple[int, OrderReturn], ReturnedLine] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[int, OrderParameters] = field(default_factory=dict)
    closed: Collection[tuple[int, date]] = frozenset()
    accounts: Mapping[AccountKey, CustomerAccount] = field(default_factory=dict)
    cards: Mapping[CardKey, HeldCard] = field(default_factory=dict)

    def place(self, order: NewOrder) -> OrderPlace | None:
        """Where the goods leave from."""
        return place_of(order, self.stores, self.warehouses)

    def day(self, order: NewOrder) -> date:
        """The business day of the order at its store, which is known."""
        store = self.stores[order.store]
        return business_date(order.ordered_at, ZoneInfo(store.time_zone), store.end_of_business_day)

    def original_key(self, order: NewOrder, back: OrderReturn) -> tuple[int, OrderReturn] | None:
        """What `originals` knows the line that the order brings back by: its own company's before that of another one."""
        place = self.place(order)
        if place and (place.legal_entity_id, back) in self.originals:
            return place.legal_entity_id, back
        return next((key for key in self.originals if key[1] == back), None)

    def stock_quantity(self, line: NewLine) -> Decimal | None:
        """The line's quantity in the item's unit."""
        item = self.items.get(line.item)
        return in_stock_unit(line.quantity, line.unit, line.item, item.unit, self.conversions) if item else None

    def came_back(self, line: NewLine, sold: ReturnedLine) -> Decimal | None:
        """What a return brings back, in the unit of the sale and with places to spare; None while a unit does not convert."""
        item = self.items.get(line.item)
        back = in_sold_unit(-line.quantity, line.unit, line.item, item.unit, sold.sold, self.conversions) if item else None
        return None if back is None else with_places_to_spare(back)

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

    def with_taken(self, order: NewOrder) -> "OrderFacts":
        """The same once the order is taken: what it puts on account is owed, what it brings back is on a return."""
        key, amount = self.account_key(order), self.on_account_at_once(order)
        accounts, originals = self.accounts, dict(self.originals)
        if key in accounts and amount:
            accounts = {**accounts, key: accounts[key]._replace(open_amount=accounts[key].open_amount + amount)}
        for line in order.lines:
            if line.return_of and (sold := self.original_key(order, line.return_of)):
                originals[sold] = originals[sold].with_returned(self.came_back(line, originals[sold]) or ZERO, line.net, line.tax)
        cards = dict(self.cards)
        for card, taken in taken_from_cards(order.payments).items():
            if held := cards.get((key[0], card)):
                cards[key[0], card] = held._replace(balance=held.balance - taken)
        return replace(self, accounts=accounts, originals=originals, cards=cards)

    def card_of(self, order: NewOrder, line: NewLine) -> str:
        """The gift card of a line: the one that it names, or that of the line that it brings back."""
        sold = self.original_key(order, line.return_of) if line.return_of and not line.gift_card else None
        return self.originals[sold].gift_card if sold else line.gift_card

    def deposit_wanted(self, order: NewOrder) -> Decimal:
        """The deposit by the parameters of the company."""
        place = self.place(order)
        now = sum((line.net + line.tax for line in order.lines if line.delivery == DeliveryMode.CARRY_OUT), ZERO)
        percent = self.parameters[place.legal_entity_id].deposit_percent if place else ZERO
        return deposit_wanted(order.total - now, now, percent, self.decimals.get(order.currency, 2))

    def rounding_limit(self, order: NewOrder) -> Decimal:
        """How far header, lines and payments may be apart in the order's store."""
        store = self.stores.get(order.store)
        return store.rounding_limit if store else ZERO

    def on_account_at_once(self, order: NewOrder) -> Decimal:
        """What goes on account as soon as the order is taken: what is carried out and not paid, but for what rounding leaves.

        The rest may be paid when it is delivered.
        """
        carried = [line for line in order.lines if line.delivery == DeliveryMode.CARRY_OUT]
        if not any(line.quantity > 0 for line in carried):
            return ZERO
        back = [line for line in order.lines if line.quantity < 0 and line.delivery != DeliveryMode.CARRY_OUT]
        amount = sum((line.net + line.tax for line in (*carried, *back)), ZERO)
        return ZERO if is_covered(order.paid, amount, self.rounding_limit(order)) else amount - order.paid


def place_of(order: NewOrder, stores: Mapping[str, OrderStore], warehouses: Mapping[str, OrderPlace]) -> OrderPlace | None:
    """Where the goods of an order leave from: the warehouse that it names, or that of its store."""
    store = stores.get(order.store)
    return warehouses.get(order.warehouse or (store.warehouse if store else ""))


def number_problem(number: str, legal_entity_id: int | None, stores: Mapping[str, OrderStore]) -> Problem | None:
    """Why no order may come in under the number: statements of one of the company's stores give it to their sales orders.

    `stores` has the one of `store_of_statement`, where there is such a store.
    """
    store = stores.get(store_of_statement(number))
    return number_of_statements(number) if store and store.legal_entity_id == legal_entity_id else None


def problems_of(order: NewOrder, facts: OrderFacts, *, may_override: bool = False) -> list[Problem]:
    """What keeps the order from being taken; none when it may be."""
    return [*_head(order, facts), *_modes(order, facts), *_lines(order, facts), *_money(order, facts, may_override=may_override)]


def addition_problems(order: NewOrder, facts: OrderFacts) -> list[Problem]:
    """What keeps lines, a customer and payments from being added to an order that was taken; `order` holds what is added."""
    return [*_customer(order, facts), *_modes(order, facts), *_lines(order, facts), *method_problems(order.payments, facts.methods)]


def _head(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    store = facts.stores.get(order.store)
    if store is None:
        yield Problem("UNKNOWN_STORE", {"store": order.store})
        return
    place = facts.place(order)
    home = facts.warehouses.get(store.warehouse)
    if place is None and order.warehouse:
        yield Problem("UNKNOWN_WAREHOUSE", {"warehouse": order.warehouse})
    elif place is None:
        yield Problem("WAREHOUSE_MISSING", {"store": order.store})
    elif home and home.legal_entity_id != place.legal_entity_id:
        yield Problem("OTHER_COMPANY", {"warehouse": order.warehouse, "store": order.store}, variant="warehouse")
    elif (place.legal_entity_id, facts.day(order)) in facts.closed:
        yield Problem("PERIOD_CLOSED", {"date": facts.day(order)}, variant="order")
    elif problem := store_currency_problem(order.store, store.currency, place.company, place.currency):
        yield problem
    if place and (problem := number_problem(order.number, place.legal_entity_id, facts.stores)):
        yield problem
    if order.currency != store.currency:
        sold: Params = {"currency": order.currency, "store": order.store, "store_currency": store.currency}
        yield Problem("WRONG_CURRENCY", sold)
    yield from _customer(order, facts)
    if not order.lines:
        yield Problem("NO_LINES")


def _customer(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    if order.customer:
        buyer = facts.customers.get(order.customer)
        if buyer is None:
            yield Problem("UNKNOWN_CUSTOMER", {"customer": order.customer})
        elif buyer.blocked:
            yield Problem("CUSTOMER_BLOCKED", {"customer": order.customer})


def _modes(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    place = facts.place(order)
    if place is None:
        return
    offered = facts.parameters[place.legal_entity_id].modes
    for line in order.lines:
        # What comes back is taken whatever is offered now.
        if line.delivery not in offered and line.quantity > 0:
            yield Problem("DELIVERY_MODE_OFF", {"line": line.number, "mode": line.delivery}, line=line.number, variant="line")


def _lines(order: NewOrder, facts: OrderFacts) -> Iterator[Problem]:
    originals, decimals = dict(facts.originals), facts.decimals.get(order.currency, 2)
    for line in order.lines:
        item = facts.items.get(line.item)
        if item is None:
            yield Problem("UNKNOWN_ITEM", {"line": line.number, "item": line.item}, line=line.number, variant="order_line")
        elif line.quantity and not facts.stock_quantity(line):
            units: Params = {"line": line.number, "unit": line.unit, "item": line.item, "stock_unit": item.unit}
            yield Problem("NO_UNIT_CONVERSION", units, line=line.number)
        elif line.batch and (not item.tracked or facts.batch_of(line) is None):
            yield Problem(
                "UNKNOWN_BATCH", {"line": line.number, "item": line.item, "batch": line.batch}, line=line.number, variant="order_line"
            )
        if not line.quantity:
            yield Problem("BAD_QUANTITY", {"line": line.number}, line=line.number, variant="zero")
        elif line.price < 0 or line.net * line.quantity < 0 or line.tax * line.net < 0:
            yield impossible_amounts(line.number, line.quantity, line.price, line.net)
        elif problem := beyond_bounds(line.number, line.quantity, line.price):
            yield problem
        elif not line.return_of and (amount := beside_its_price(line, decimals, facts.rounding_limit(order))) is not None:
            apart: Params = {"line": line.number, "quantity": line.quantity.normalize(), "price": line.price, "amount": amount}
            yield Problem("LINE_AMOUNTS", {**apart, "net": line.net, "tax": line.tax}, line=line.number, variant="differs")
        for amount in (line.net, line.tax, line.discount):
            if not fits(amount, decimals):
                said: Params = {"line": line.number, "amount": amount, "decimals": decimals, "currency": order.currency}
                yield Problem("LINE_AMOUNTS", said, line=line.number, variant="decimals")
                break
        if line.gift_card and item is not None and item.kind != GIFT_CARD:
            named: Params = {"line": line.number, "card": line.gift_card, "item": line.item}
            yield Problem("GIFT_CARD_MISPLACED", named, line=line.number, variant="line")
        if line.return_of:
            yield from _return(line, line.return_of, originals, order, facts)


def _return(
    line: NewLine, back: OrderReturn, originals: dict[tuple[int, OrderReturn], ReturnedLine], order: NewOrder, facts: OrderFacts
) -> Iterator[Problem]:
    key, place = facts.original_key(order, back), facts.place(order)
    original = originals[key] if key else None
    sold: Params = {"line": line.number, "sold_line": back.line, "order": back.order}
    back_of_sale = facts.came_back(line, original) if original and original.item == line.item and line.quantity < 0 else None
    if key is None or original is None or back_of_sale is None:
        yield Problem("UNKNOWN_ORIGINAL", {**sold, "item": line.item, "unit": line.unit}, line=line.number)
        return
    if place and place.legal_entity_id != original.legal_entity_id:
        yield Problem("OTHER_COMPANY", {"line": line.number, "order": back.order}, line=line.number, variant="sold_line")
    originals[key] = after = original.with_returned(back_of_sale, line.net, line.tax)
    if after.returnable < 0:
        left = most_left(original.returnable, -line.quantity, back_of_sale)
        most: Params = {**sold, "most": left.normalize(), "unit": line.unit, "quantity": (-line.quantity).normalize()}
        yield Problem("RETURN_EXCEEDS_SALE", most, line=line.number, variant="sold_line")
    elif after.gives_too_much(facts.decimals.get(order.currency, 2)):
        paid: Params = {**sold, "quantity": (-line.quantity).normalize(), "net": -line.net, "tax": -line.tax}
        yield Problem("RETURN_EXCEEDS_SALE", paid, line=line.number, variant="amount")


def _money(order: NewOrder, facts: OrderFacts, *, may_override: bool) -> Iterator[Problem]:
    lines, limit = order.as_lines_come_to(), facts.rounding_limit(order)
    apart = (order.net - lines.net, order.tax - lines.tax, order.total - lines.total)
    if order.total == order.net + order.tax and all(within_rounding(amount, limit) for amount in apart):
        order = lines
    else:
        sums: Params = {"lines_net": lines.net, "lines_tax": lines.tax, "lines_total": lines.total}
        yield Problem("TOTALS_DIFFER", {"net": order.net, "tax": order.tax, "total": order.total, **sums})
    yield from method_problems(order.payments, facts.methods)
    for payment in order.payments:
        if payment.amount <= 0:
            yield Problem("BAD_PAYMENT", {"number": payment.number, "amount": payment.amount}, variant="not_positive")
    yield from decimals_problems(order.payments, order.currency, facts.decimals.get(order.currency, 2))
    yield from card_problems(facts.account_key(order)[0], taken_from_cards(order.payments), facts.cards)
    if order.paid > (order.total + limit if order.total > 0 else ZERO):
        yield Problem("PAYMENT_TOO_HIGH", {"paid": order.paid, "currency": order.currency, "total": order.total}, variant="order")
    elif order.total > 0:
        problem = deposit_problem(order.paid, facts.deposit_wanted(order), order.currency, limit, may_override=may_override)
        key, amount = facts.account_key(order), facts.on_account_at_once(order)
        if not problem and amount and key in facts.accounts:
            problem = account_problem(key[1], facts.accounts[key], amount)
        if problem:
            yield problem
