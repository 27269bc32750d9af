"""Rules on a transaction as a whole: sums, date, currency, company, signs, customers; see statements/rules/validation.py."""

from collections.abc import Iterator
from typing import NamedTuple

from core.lib.decimals import ZERO, fits
from core.lib.messages import Params
from inventory.rules.file_columns import GIFT_CARD
from inventory.rules.plausible import Limits
from orders.rules.accounts import ON_ACCOUNT, account_problem
from orders.rules.till_lines import within_rounding
from statements.rules.till import PAYMENT, SALE, PosTransactionData, ValidationContext, moved_by_card


class Finding(NamedTuple):
    """What a rule finds: the values of its sentence, the line, and which of the rule's sentences it is."""

    params: Params
    line: int | None = None
    variant: str = ""


Found = Iterator[Finding]
# The variant of OTHER_COMPANY that a transaction shows; customer orders share the code.
SOLD_BY_OTHERS = "sold_by_others"


def business_date_open(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The business date lies in an open fiscal period and, where goods move, in an open stock period."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    if entity is None:
        return
    day = (entity, transaction.business_date)
    if day not in facts.open_dates:
        yield Finding({"date": transaction.business_date})
    elif day in facts.stock_closed and transaction.kind == SALE and any(facts.is_stocked(line) for line in transaction.live):
        yield Finding({"date": transaction.business_date}, variant="stock")


def amounts_rounded(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Amounts have no more decimals than the currency."""
    decimals = facts.decimals.get(transaction.currency, 2)
    amounts = [transaction.net, transaction.tax, transaction.total, *(payment.amount for payment in transaction.payments)]
    amounts += [amount for amount in (transaction.discount, transaction.paid) if amount is not None]
    amounts += [amount for line in transaction.live for amount in (line.net, line.tax, line.discount)]
    for amount in amounts:
        if not fits(amount, decimals):
            yield Finding({"amount": amount, "decimals": decimals, "currency": transaction.currency})
            return


def customer_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The customer exists."""
    if transaction.customer and transaction.customer not in facts.customers:
        yield Finding({"customer": transaction.customer})


def discount_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The header's discount, if given, is the sum of the lines' discounts."""
    if transaction.discount is not None:
        lines = sum((line.discount for line in transaction.live), ZERO)
        if transaction.discount != lines:
            yield Finding({"discount": transaction.discount, "lines": lines})


def gross_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The total is the sum of the lines' net and tax, but for what rounding the tax or the cash of a transaction may leave."""
    lines = sum((line.net + line.tax for line in transaction.live), ZERO)
    if not within_rounding(transaction.total - lines, limit := facts.stores[transaction.key.store].rounding_limit):
        yield Finding({"total": transaction.total, "lines": lines, "limit": limit})


def net_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The net is the sum of the lines' net, but for what rounding a transaction may leave."""
    lines = sum((line.net for line in transaction.live), ZERO)
    if not within_rounding(transaction.net - lines, limit := facts.stores[transaction.key.store].rounding_limit):
        yield Finding({"net": transaction.net, "lines": lines, "limit": limit})


def net_and_tax_add_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The total is net plus tax."""
    if transaction.total != transaction.net + transaction.tax:
        both = transaction.net + transaction.tax
        yield Finding({"total": transaction.total, "sum": both})


def item_count_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The number of items, if given, is the sum of the lines' quantities."""
    if transaction.item_count is not None:
        lines = sum((line.quantity for line in transaction.live), ZERO)
        if transaction.item_count != lines:
            yield Finding({"count": transaction.item_count, "lines": lines})


def paid_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The header's payment, if given, is the sum of the payments."""
    if transaction.paid is not None:
        payments = sum((payment.amount for payment in transaction.payments), ZERO)
        if transaction.paid != payments:
            yield Finding({"paid": transaction.paid, "payments": payments})


def not_empty(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """There is a line; a transaction that was voided at the till has all of them voided."""
    if not transaction.lines:
        yield Finding({})


def fully_paid(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Total and payments differ by no more than the store allows."""
    payments = sum((payment.amount for payment in transaction.payments), ZERO)
    difference = abs(transaction.total - payments)
    if difference:
        allowed = facts.stores[transaction.key.store].rounding_limit
        if not within_rounding(difference, allowed):
            yield Finding({"total": transaction.total, "payments": payments, "difference": difference, "limit": allowed})


def only_once(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """No other transaction of the store has the same moment, total and lines."""
    duplicate = facts.duplicates.get(transaction.key)
    if duplicate:
        yield Finding({"receipt": duplicate})


def currency_of_store(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The currency is the store's, and the store's is that of its company: amounts are booked as they are."""
    store = facts.stores[transaction.key.store]
    if transaction.currency != store.currency:
        yield Finding({"currency": transaction.currency, "own": store.currency}, variant="of_transaction")
    elif store.company_currency and store.currency != store.company_currency:
        yield Finding({"currency": store.currency, "own": store.company_currency}, variant="of_store")


def date_plausible(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The business date is not further ahead or back than the company takes for possible."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    span = facts.plausible.get(entity) if entity is not None else None
    if span and not span.first <= transaction.business_date <= span.last:
        yield Finding({"date": transaction.business_date, "first": span.first, "last": span.last})


def total_plausible(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The document comes to no more than the company takes for possible."""
    limits = facts.limits.get(facts.stores[transaction.key.store].legal_entity_id or 0, Limits())
    if problem := limits.of_amount(transaction.total):
        yield Finding(problem.params)


def amounts_not_negative(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Amounts of an event are written in its own direction: a removal of 20 is 20."""
    for payment in transaction.payments:
        if payment.amount < 0:
            yield Finding({"amount": payment.amount, "kind": transaction.kind, "positive": -payment.amount}, variant="amount")
            return
    if transaction.total < 0:
        yield Finding({"total": transaction.total, "kind": transaction.kind, "positive": -transaction.total}, variant="total")


def company_of_return(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """What comes back was sold by the same company."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    for line in transaction.live:
        original = facts.originals.get(line.return_of) if line.return_of else None
        if original and line.return_of and original.legal_entity_id not in (None, entity):
            receipt = f"{line.return_of.store}/{line.return_of.terminal}/{line.return_of.number}"
            yield Finding({"receipt": receipt}, line.number, SOLD_BY_OTHERS)


def account_of_customer(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """What is bought on account, and what is paid for it, is somebody's: a customer of the file, not whoever walked in."""
    on_account = any(payment.method == ON_ACCOUNT for payment in transaction.payments)
    if transaction.kind == PAYMENT and on_account:
        yield Finding({}, variant="paid_on_account")
    if not on_account and transaction.kind != PAYMENT:
        return
    customer = facts.account(transaction)
    if not transaction.customer:
        yield Finding({}, variant="nobody")
    elif customer is not None and customer.walk_in:
        yield Finding({"customer": transaction.customer}, variant="walk_in")
    elif transaction.customer not in facts.customers:
        yield Finding({"customer": transaction.customer}, variant="unknown")


def may_buy_on_account(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Who buys on account is not blocked, not on hold, and within the credit limit."""
    owed = sum((payment.amount for payment in transaction.payments if payment.method == ON_ACCOUNT), ZERO)
    customer = facts.account(transaction)
    if owed <= 0 or customer is None or transaction.kind != SALE:
        return
    if not customer.walk_in and (problem := account_problem(transaction.customer, customer, owed)):
        yield Finding(problem.message.params, variant=problem.code)


def customer_not_blocked(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The customer is not blocked."""
    customer = facts.account(transaction)
    if customer is not None and customer.blocked:
        yield Finding({"customer": transaction.customer})


def gift_cards_named_rightly(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A card is named by lines that sell one and by payments with one."""
    lines, payments = {line.number: line for line in transaction.lines}, {payment.number: payment for payment in transaction.payments}
    for card, _, line, payment in transaction.gift_cards:
        if line is not None:
            item = facts.items.get(lines[line].item)
            if item is not None and item.kind != GIFT_CARD:
                yield Finding({"card": card, "item": lines[line].item}, line, "line")
        elif payment is not None and payments[payment].method != GIFT_CARD:
            yield Finding({"card": card, "method": payments[payment].method}, None, "payment")


def gift_card_not_blocked(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Nothing is taken from a card that is blocked."""
    for card, amount in moved_by_card(transaction).items():
        if amount < 0 and card in facts.blocked_cards:
            yield Finding({"card": card})


def gift_card_covers(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """No gift card holds less than nothing."""
    entity = facts.stores[transaction.key.store].legal_entity_id or 0
    for card, amount in moved_by_card(transaction).items():
        held = facts.card_balances.get((entity, card), ZERO)
        if amount < 0 and held + amount < 0:
            yield Finding({"card": card, "held": held, "taken": -amount})
