"""Till transactions as they came in, as values; and the master data that rules look at."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from core.lib.decimals import ZERO
from inventory.rules.facts import (
    BatchFacts,
    Conversions,
    ItemFacts,
    ReturnedQuantity,
    SoldQuantity,
    in_sold_unit,
    in_stock_unit,
    share_of_sale,
)
from inventory.rules.file_columns import STOCKED
from inventory.rules.plausible import Limits
from inventory.rules.stock import FallbackSettings, Policy, StockPolicy
from orders.rules.accounts import ON_ACCOUNT, CustomerAccount
from orders.rules.till_lines import PosLineData, PosPaymentData, ReturnRef

SALE = "sale"
PAYMENT = "payment"
KINDS = (
    *("sale", "income", "expense", "payment", "tender_declaration", "start_amount", "float", "removal", "bank_drop", "safe_drop"),
    *("shift_open", "shift_close"),
)


# What a payment does to the gift card that it names, by kind of transaction; other kinds move no card.
CARD_SIGNS = {SALE: -1, PAYMENT: -1, "income": -1, "expense": 1}


class GiftCardMove(NamedTuple):
    """What a gift card gets (a sale or a reload, above zero) or gives, and the line or payment that says so."""

    card: str
    amount: Decimal
    line: int | None
    payment: int | None


class PosTransactionKey(NamedTuple):
    """What a transaction is known by."""

    store: str
    terminal: str
    number: str

    def __str__(self) -> str:
        """As people write it."""
        return "/".join(self)


class PosTransactionData(NamedTuple):
    """One event at a till. `live` are the lines that are not voided; `discount`, `paid` and `item_count` are optional words of the till."""

    key: PosTransactionKey
    kind: str
    sold_at: datetime
    business_date: date
    currency: str
    customer: str
    staff: str
    net: Decimal
    tax: Decimal
    total: Decimal
    discount: Decimal | None
    paid: Decimal | None
    item_count: Decimal | None
    lines: tuple[PosLineData, ...]
    live: tuple[PosLineData, ...]
    payments: tuple[PosPaymentData, ...]
    shift: int | None = None
    gift_cards: tuple[GiftCardMove, ...] = ()


class StoreFacts(NamedTuple):
    """A store and what its warehouse says; ids are None for a store without warehouse."""

    id: int
    currency: str
    time_zone: str
    end_of_business_day: time
    rounding_limit: Decimal
    warehouse_id: int | None
    warehouse: str
    legal_entity_id: int | None
    negative_physical: bool
    negative_financial: bool
    wms_enabled: bool
    plate_controlled: bool
    company_currency: str = ""
    number_series: str = "terminal"


DAY_SERIES = "day"
_DATED = re.compile(r"[0-9]{8}-.")


def dated_number(number: str, business_date: date) -> str:
    """The number of a transaction where numbers begin anew each day: with its business date in front, unless it has one."""
    return number if _DATED.match(number) else f"{business_date:%Y%m%d}-{number}"


def with_dated_numbers(transaction: PosTransactionData, stores: Mapping[str, StoreFacts]) -> PosTransactionData:
    """The transaction with dates in the numbers of stores whose numbers begin anew each day; a return without one means its own day."""

    def dated(store: str, number: str) -> str:
        by_day = store in stores and stores[store].number_series == DAY_SERIES
        return dated_number(number, transaction.business_date) if by_day else number

    def dated_line(line: PosLineData) -> PosLineData:
        ref = line.return_of
        return line if ref is None else line._replace(return_of=ref._replace(number=dated(ref.store, ref.number)))

    key = transaction.key._replace(number=dated(transaction.key.store, transaction.key.number))
    return transaction._replace(key=key, lines=tuple(map(dated_line, transaction.lines)), live=tuple(map(dated_line, transaction.live)))


class Original(NamedTuple):
    """The line that a return names, as far as it is known; `stock_quantity` is None while item or unit conversion is unknown.

    `unit` and `quantity` are those of the sale.
    """

    item: str
    stock_quantity: Decimal | None
    is_sale: bool
    voided: bool
    is_return: bool
    legal_entity_id: int | None = None
    unit: str = ""
    quantity: Decimal = ZERO


class Span(NamedTuple):
    """The first and the last business date that a company takes for possible."""

    first: date
    last: date


class StockQuestion(NamedTuple):
    """How much valid stock was there for a sale?"""

    warehouse_id: int
    item_id: int
    business_date: date
    sold_at: datetime


class StockCheck(NamedTuple):
    """A line that only stock can cover, what to ask of the stock, and the code that would stop its posting."""

    line: PosLineData
    question: StockQuestion
    refusal: str


@dataclass(frozen=True, slots=True)
class ValidationContext:
    """Everything that the rules look at beside the transaction itself, read for a whole batch of transactions.

    `decimals` by currency; `open_dates` of (legal entity, date), `stock_closed` those of them on which no goods move; `conversions` by
    (item or blank, from unit, to unit); `returned` is what other valid transactions brought back of a line, in stock units; `shares` are
    what returns of the transaction that is looked at bring back, by line number, in stock units; `stock_checks` are the lines, by key,
    whose rest could not go to the default batch, `available` is the valid stock for them; `duplicates` names, by key, an earlier
    transaction with the same content; `plausible` are the dates that legal entities take, `accounts` those of the customers named, by legal
    entity (0 for a store that has none) and customer; `card_balances` what gift cards hold, by legal entity and number,
    `blocked_cards` the numbers of those that are blocked; `limits` are the amounts that legal entities take for possible.
    """

    stores: Mapping[str, StoreFacts]
    items: Mapping[str, ItemFacts] = field(default_factory=dict)
    customers: Mapping[str, int] = field(default_factory=dict)
    batches: Mapping[tuple[int, str], BatchFacts] = field(default_factory=dict)
    conversions: Conversions = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    open_dates: Set[tuple[int, date]] = field(default_factory=frozenset)
    stock_closed: Set[tuple[int, date]] = field(default_factory=frozenset)
    fallback: Mapping[int, FallbackSettings] = field(default_factory=dict)
    originals: Mapping[ReturnRef, Original] = field(default_factory=dict)
    returned: Mapping[ReturnRef, Decimal] = field(default_factory=dict)
    shares: Mapping[int, Decimal] = field(default_factory=dict)
    stock_checks: Mapping[PosTransactionKey, Sequence[StockCheck]] = field(default_factory=dict)
    available: Mapping[StockQuestion, Decimal] = field(default_factory=dict)
    duplicates: Mapping[PosTransactionKey, PosTransactionKey] = field(default_factory=dict)
    plausible: Mapping[int, Span] = field(default_factory=dict)
    accounts: Mapping[tuple[int, str], CustomerAccount] = field(default_factory=dict)
    card_balances: Mapping[tuple[int, str], Decimal] = field(default_factory=dict)
    blocked_cards: Set[str] = frozenset()
    limits: Mapping[int, Limits] = field(default_factory=dict)

    def account_key(self, transaction: PosTransactionData) -> tuple[int, str]:
        """What `accounts` knows the customer's account by."""
        return self.stores[transaction.key.store].legal_entity_id or 0, transaction.customer

    def account(self, transaction: PosTransactionData) -> CustomerAccount | None:
        """The account of the transaction's customer with the store's company."""
        return self.accounts.get(self.account_key(transaction)) if transaction.customer else None

    def is_stocked(self, line: PosLineData) -> bool:
        """Whether the line moves what lies in stock, as far as its item is known."""
        return line.item in self.items and self.items[line.item].kind == STOCKED

    def stock_quantity(self, line: PosLineData) -> Decimal | None:
        """The line's quantity in the item's unit, rounded half up; None while item or conversion is unknown or the result too large."""
        item = self.items.get(line.item)
        if item is None:
            return None
        if line.return_of is not None and line.number in self.shares:
            return self.shares[line.number]
        return in_stock_unit(line.quantity, line.unit, line.item, item.unit, self.conversions)

    def captured_batch(self, line: PosLineData) -> BatchFacts | None:
        """The real batch that the till captured; the default batch's row is none."""
        item = self.items.get(line.item)
        batch = self.batches.get((item.id, line.batch)) if item and line.batch else None
        return None if batch and batch.is_default_batch else batch


def plausible_dates(today: date, days_back: int, days_ahead: int) -> Span:
    """The dates that are taken for possible today, as far as the calendar goes."""
    back, ahead = min(days_back, (today - date.min).days), min(days_ahead, (date.max - today).days)
    return Span(today - timedelta(days=back), today + timedelta(days=ahead))


def on_account(transaction: PosTransactionData) -> Decimal:
    """What the transaction adds to its customer's account; a payment on account takes from it."""
    if transaction.kind == PAYMENT:
        return -sum((payment.amount for payment in transaction.payments), ZERO)
    return sum((payment.amount for payment in transaction.payments if payment.method == ON_ACCOUNT), ZERO)


def moved_by_card(transaction: PosTransactionData) -> dict[str, Decimal]:
    """What the transaction as a whole does to each gift card that it names."""
    moved: dict[str, Decimal] = {}
    for card, amount, _, _ in transaction.gift_cards:
        moved[card] = moved.get(card, ZERO) + amount
    return moved


def share_returns(
    transaction: PosTransactionData, facts: ValidationContext, before: Mapping[ReturnRef, ReturnedQuantity]
) -> tuple[dict[int, Decimal], dict[ReturnRef, ReturnedQuantity]]:
    """What linked returns of a transaction bring back in stock units, by line number, and what has come back of each sold line then.

    Parts of one sold line add up to it. A return whose sale is not known, or was sold in a unit that does not convert, is none of them.
    """
    shares: dict[int, Decimal] = {}
    after: dict[ReturnRef, ReturnedQuantity] = {}
    for line in transaction.live:
        original = facts.originals.get(line.return_of) if line.return_of is not None else None
        plain = facts.stock_quantity(line)
        if line.return_of is None or original is None or not original.stock_quantity or not original.quantity or plain is None:
            continue
        sold = SoldQuantity(original.unit, original.quantity, original.stock_quantity)
        back = in_sold_unit(-line.quantity, line.unit, line.item, facts.items[line.item].unit, sold, facts.conversions)
        assert back is not None, "what is known in the item's unit converts"
        so_far = after.get(line.return_of, before.get(line.return_of, ReturnedQuantity()))
        reached = share_of_sale(original.quantity, original.stock_quantity, back, so_far)
        shares[line.number] = so_far.stock_quantity - reached.stock_quantity
        after[line.return_of] = reached
    return shares, after


@cache
def stock_policy(tracked: bool, negative_physical: bool, negative_financial: bool, advanced: bool, plate_controlled: bool) -> StockPolicy:
    """The policy that the fallback rules take; the order of batches does not matter to them."""
    return StockPolicy(tracked, Policy.FEFO, negative_physical, negative_financial, advanced, plate_controlled)


def policy_of(item: ItemFacts, store: StoreFacts) -> StockPolicy:
    """What item and store's warehouse say together."""
    return stock_policy(
        item.tracked,
        item.negative_physical or store.negative_physical,
        item.negative_financial or store.negative_financial,
        item.wms_enabled and store.wms_enabled,
        store.plate_controlled,
    )
