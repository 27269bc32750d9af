"""Checks a batch of till transactions: reads the facts that the rules need, set-based, and runs the rules; writes only missing periods."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from core.db.upsert import ids_by_code
from core.lib.decimals import ZERO
from core.lib.problems import Problem
from inventory.queries.named import batches_named, conversions_between, items_by_code
from inventory.rules.facts import BatchFacts, ItemFacts, ReturnedQuantity
from inventory.rules.fallback import statement_fallback
from inventory.rules.plausible import Limits
from inventory.rules.stock import FallbackSettings
from ledger.queries import closed_dates
from ledger.rules.vouchers import PERIOD_CLOSED
from ledger.services import ensure_periods
from orders.queries.accounts import posted_accounts
from orders.rules.accounts import AccountKey, CustomerAccount, WaitingAmount, with_waiting
from orders.rules.till_lines import PosLineData, ReturnRef
from parameters.queries import currency_decimals, settings_of
from statements.queries import facts as reads
from statements.rules.line_rules import find_stock_checks
from statements.rules.till import (
    SALE,
    Original,
    PosTransactionData,
    PosTransactionKey,
    StoreFacts,
    ValidationContext,
    moved_by_card,
    on_account,
    plausible_dates,
    share_returns,
)
from statements.rules.validation import keeps_off_statements, validate


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found on each transaction, in their order, and the facts that they looked at.

    `shares` are what linked returns bring back in stock units, by (transaction, line number).
    """

    facts: ValidationContext
    problems: list[list[Problem]]
    shares: Mapping[tuple[PosTransactionKey, int], Decimal] = field(default_factory=dict)

    def stock_quantity(self, key: PosTransactionKey, line: PosLineData) -> Decimal | None:
        """The line's quantity in the item's unit; None while item or conversion is unknown or the result too large."""
        share = self.shares.get((key, line.number)) if line.return_of is not None else None
        return self.facts.stock_quantity(line) if share is None else share


def check_transactions(
    transactions: Sequence[PosTransactionData],
    stores: Mapping[str, StoreFacts],
    valid_before: Set[PosTransactionKey] = frozenset(),
    stored: Collection[int] = (),
) -> Checked:
    """Runs the rules over transactions whose stores are known; at most twenty queries for any number.

    Makes fiscal periods that are missing. Of several returns of one line, those of `valid_before` come first, then the order given; what
    is bought on account adds up in the same order. `stored` are the ids of these transactions, as far as they have one.
    """
    entities = {store.legal_entity_id for store in stores.values() if store.legal_entity_id is not None}
    settings = settings_of(entities)
    fallback = {entity: statement_fallback(of) for entity, of in settings.items()}
    late = {entity for entity, of in settings.items() if of.statements_late_documents == "current"}
    facts, came_back = load_validation_context(transactions, stores, fallback, stored, late)
    today = timezone.now().date()
    facts = replace(
        facts,
        duplicates=find_duplicates(transactions, stores),
        plausible={entity: plausible_dates(today, of.validation_days_back, of.validation_days_ahead) for entity, of in settings.items()},
        limits={entity: Limits(of.validation_largest_quantity, of.validation_largest_amount) for entity, of in settings.items()},
        accounts=_accounts(facts.customers, {store.legal_entity_id or 0 for store in stores.values()}, stored),
    )
    if cards := {move.card for transaction in transactions for move in transaction.gift_cards}:
        held = reads.hold_gift_cards(cards, stored)
        facts = replace(facts, card_balances=held.balances, blocked_cards=held.blocked)
    disabled = reads.disabled_rules(entities)
    off = {code: disabled.get(store.legal_entity_id or 0, frozenset()) for code, store in stores.items()}
    problems: list[list[Problem]] = [[] for _ in transactions]
    shares: dict[tuple[PosTransactionKey, int], Decimal] = {}
    owed: dict[AccountKey, Decimal] = {}
    for place in sorted(range(len(transactions)), key=lambda place: transactions[place].key not in valid_before):
        transaction = transactions[place]
        known = _with_owed(facts, transaction, owed)
        after: dict[ReturnRef, ReturnedQuantity] = {}
        if refs := {line.return_of for line in transaction.live if line.return_of is not None}:
            own, after = share_returns(transaction, facts, came_back)
            returned = {ref: came_back[ref].stock_quantity for ref in refs if ref in came_back}
            known = replace(known, returned=returned, shares=own)
            shares |= {(transaction.key, number): quantity for number, quantity in own.items()}
        problems[place] = validate(transaction, known, off[transaction.key.store])
        if keeps_off_statements(problems[place]):
            continue
        came_back |= after
        if amount := on_account(transaction):
            key = facts.account_key(transaction)
            owed[key] = owed.get(key, ZERO) + amount
        if transaction.gift_cards:
            facts = _with_cards(facts, transaction)
    return Checked(facts, problems, shares)


def _accounts(customers: Collection[str], entities: Collection[int], stored: Collection[int]) -> dict[AccountKey, CustomerAccount]:
    """Accounts of the customers named, without what the transactions themselves add; two queries, none without customers."""
    if not customers:
        return {}
    waiting = reads.waiting_amounts(customers, stored)
    return with_waiting(posted_accounts(customers, entities), (WaitingAmount(*one) for one in waiting))


def _with_owed(facts: ValidationContext, transaction: PosTransactionData, owed: Mapping[AccountKey, Decimal]) -> ValidationContext:
    """With what the transactions before it added to the customer's account."""
    key = facts.account_key(transaction)
    account = facts.accounts.get(key)
    if account is None or key not in owed:
        return facts
    return replace(facts, accounts={**facts.accounts, key: account._replace(open_amount=account.open_amount + owed[key])})


def _with_cards(facts: ValidationContext, transaction: PosTransactionData) -> ValidationContext:
    """With what the transaction did to gift cards."""
    entity = facts.stores[transaction.key.store].legal_entity_id or 0
    balances = dict(facts.card_balances)
    for card, amount in moved_by_card(transaction).items():
        balances[entity, card] = balances.get((entity, card), ZERO) + amount
    return replace(facts, card_balances=balances)


def load_validation_context(
    transactions: Sequence[PosTransactionData],
    stores: Mapping[str, StoreFacts],
    fallback: Mapping[int, FallbackSettings],
    stored: Collection[int],
    late: Collection[int],
) -> tuple[ValidationContext, dict[ReturnRef, ReturnedQuantity]]:
    """The facts of a batch but for twins, and what transactions that are not `stored` among it brought back; at most twelve queries.

    Companies that are `late` post documents of closed periods in the current one.
    """
    days = set()
    for transaction in transactions:
        entity = stores[transaction.key.store].legal_entity_id
        if entity is not None:
            days.add((entity, transaction.business_date))
    ensure_periods(days)
    today = timezone.now().date()
    closed = {key: code for key, code in closed_dates(days, goods=True).items() if key[0] not in late or key[1] >= today}
    sales = [transaction for transaction in transactions if transaction.kind == SALE]
    items = items_by_code({line.item for transaction in sales for line in transaction.lines})
    foreign = {
        (line.unit, line.item)
        for transaction in sales
        for line in transaction.lines
        if line.item in items and line.unit != items[line.item].unit
    }
    facts = ValidationContext(
        stores=stores,
        items=items,
        customers=ids_by_code("orders_customer", {transaction.customer for transaction in transactions if transaction.customer}),
        conversions=conversions_between({unit for unit, _ in foreign}, {item for _, item in foreign}) if foreign else {},
        decimals=currency_decimals({transaction.currency for transaction in transactions}),
        open_dates=days - {key for key, code in closed.items() if code == PERIOD_CLOSED},
        stock_closed={key for key, code in closed.items() if code != PERIOD_CLOSED},
        fallback=fallback,
        batches=_named_batches(sales, items, fallback),
    )
    facts, came_back = _with_originals(facts, sales, stored)
    return _with_stock_checks(facts, sales), came_back


def _named_batches(
    sales: Sequence[PosTransactionData], items: Mapping[str, ItemFacts], fallback: Mapping[int, FallbackSettings]
) -> Mapping[tuple[int, str], BatchFacts]:
    """Batches that tills captured, and default batches of the items sold."""
    pairs = {(items[line.item].id, line.batch) for transaction in sales for line in transaction.lines if line.batch and line.item in items}
    numbers = {settings.default_batch_id for settings in fallback.values() if settings.use_default_batch}
    pairs |= {(item.id, number) for item in items.values() if item.tracked for number in numbers if number}
    return batches_named(pairs) if pairs else {}


def _with_originals(
    facts: ValidationContext, sales: Sequence[PosTransactionData], stored: Collection[int]
) -> tuple[ValidationContext, dict[ReturnRef, ReturnedQuantity]]:
    """Adds the lines that returns name, whether they are stored or come in the same batch."""
    refs = {line.return_of for transaction in sales for line in transaction.live if line.return_of}
    if not refs:
        return facts, {}
    known = reads.returned_lines(refs, stored)
    wanted: dict[PosTransactionKey, list[ReturnRef]] = {}
    for ref in refs:
        wanted.setdefault(PosTransactionKey(ref.store, ref.terminal, ref.number), []).append(ref)
    here: dict[ReturnRef, Original] = {}
    for transaction in sales:
        numbers = {ref.line: ref for ref in wanted.get(transaction.key, ())}
        for line in transaction.lines if numbers else ():
            if line.number in numbers:
                here[numbers[line.number]] = _as_original(line, transaction.key.store, facts)
    return replace(facts, originals={**known.originals, **here}), dict(known.returned)


def _as_original(line: PosLineData, store: str, facts: ValidationContext) -> Original:
    is_return = line.return_of is not None or line.quantity < 0
    return Original(
        line.item,
        facts.stock_quantity(line),
        is_sale=True,
        voided=line.voided,
        is_return=is_return,
        legal_entity_id=facts.stores[store].legal_entity_id,
        unit=line.unit,
        quantity=line.quantity,
    )


def _with_stock_checks(facts: ValidationContext, sales: Sequence[PosTransactionData]) -> ValidationContext:
    """Adds the lines that only stock can cover, and the valid stock for them."""
    stock_checks = find_stock_checks(sales, facts)
    settings = {
        doubt.question: facts.fallback[facts.stores[key.store].legal_entity_id or 0]
        for key, found in stock_checks.items()
        for doubt in found
    }
    return replace(facts, stock_checks=stock_checks, available=reads.available_stock(settings.items()) if settings else {})


Moment = tuple[int, datetime, Decimal]


def find_duplicates(
    transactions: Sequence[PosTransactionData], stores: Mapping[str, StoreFacts]
) -> dict[PosTransactionKey, PosTransactionKey]:
    """For sales with the same store, moment, total and lines as an earlier one: that one's key. At most two queries."""
    here: dict[Moment, list[PosTransactionData]] = {}
    for transaction in transactions:
        if transaction.kind == SALE:
            here.setdefault((stores[transaction.key.store].id, transaction.sold_at, transaction.total), []).append(transaction)
    if not here:
        return {}
    stored: dict[Moment, list[reads.Candidate]] = {}
    for candidate in reads.sales_like(here):
        stored.setdefault((stores[candidate.key.store].id, candidate.sold_at, candidate.total), []).append(candidate)
    suspects = [moment for moment, same in here.items() if len({row.key for row in same} | {row.key for row in stored.get(moment, ())}) > 1]
    contents = reads.line_contents([row.id for moment in suspects for row in stored.get(moment, ())]) if suspects else {}
    duplicates: dict[PosTransactionKey, PosTransactionKey] = {}
    for moment in suspects:
        first: dict[object, PosTransactionKey] = {}
        for row in stored.get(moment, ()):
            first.setdefault(contents.get(row.id, ()), row.key)
        for transaction in here[moment]:
            key = first.setdefault(_content(transaction.lines), transaction.key)
            if key != transaction.key:
                duplicates[transaction.key] = key
    return duplicates


def _content(lines: Iterable[PosLineData]) -> tuple[tuple[object, ...], ...]:
    return tuple((line.item, line.quantity, line.unit, line.price, line.discount, line.net, line.tax, line.voided) for line in lines)
