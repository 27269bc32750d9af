"""Rules on a transaction as a whole: sums, date, currency, company, signs, customers; see statements/rules/validation.py."""

from collections.abc import Iterator

from core.lib.decimals import ZERO
from orders.rules.accounts import ON_ACCOUNT, account_problem
from parameters.rules.amounts import fits
from statements.rules.till import PAYMENT, SALE, PosTransactionData, ValidationContext

Found = Iterator[tuple[str, int | None]]


def business_date_open(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The business date lies in an open fiscal period."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    if entity is not None and (entity, transaction.business_date) not in facts.open_dates:
        yield f"Business date {transaction.business_date} lies in no open fiscal period; open the period or correct the date.", None


def amounts_rounded(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Amounts have no more decimals than the currency."""
    decimals = facts.decimals.get(transaction.currency, 2)
    amounts = [transaction.net, transaction.tax, transaction.total, *(payment.amount for payment in transaction.payments)]
    amounts += [amount for amount in (transaction.discount, transaction.paid) if amount is not None]
    amounts += [amount for line in transaction.live for amount in (line.net, line.tax, line.discount)]
    for amount in amounts:
        if not fits(amount, decimals):
            yield f"Amount {amount} has more decimals than the {decimals} of {transaction.currency}; round it at the till.", None
            return


def customer_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The customer exists."""
    if transaction.customer and transaction.customer not in facts.customers:
        yield f"Customer {transaction.customer} is not known; import the customer and validate again.", None


def discount_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The header's discount, if given, is the sum of the lines' discounts."""
    if transaction.discount is not None:
        lines = sum((line.discount for line in transaction.live), ZERO)
        if transaction.discount != lines:
            yield f"Header discount {transaction.discount} differs from the lines' {lines}; correct one of the two.", None


def gross_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The total is the sum of the lines' net and tax, but for what rounding the tax or the cash of a receipt may leave."""
    lines = sum((line.net + line.tax for line in transaction.live), ZERO)
    if abs(transaction.total - lines) > (limit := facts.stores[transaction.key.store].rounding_limit):
        yield (
            f"Total {transaction.total} differs from the lines' net and tax {lines} by more than the store's rounding limit {limit}; "
            "correct one of the two.",
            None,
        )


def net_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The net is the sum of the lines' net, but for what rounding a receipt may leave."""
    lines = sum((line.net for line in transaction.live), ZERO)
    if abs(transaction.net - lines) > (limit := facts.stores[transaction.key.store].rounding_limit):
        yield (
            f"Net {transaction.net} differs from the lines' net {lines} by more than the store's rounding limit {limit}; "
            "correct one of the two.",
            None,
        )


def net_and_tax_add_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The total is net plus tax."""
    if transaction.total != transaction.net + transaction.tax:
        both = transaction.net + transaction.tax
        yield f"Total {transaction.total} differs from net plus tax {both}; correct one of the three.", None


def item_count_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The number of items, if given, is the sum of the lines' quantities."""
    if transaction.item_count is not None:
        lines = sum((line.quantity for line in transaction.live), ZERO)
        if transaction.item_count != lines:
            yield f"Item count {transaction.item_count} differs from the lines' quantities {lines}; correct one of the two.", None


def paid_adds_up(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The header's payment, if given, is the sum of the payments."""
    if transaction.paid is not None:
        payments = sum((payment.amount for payment in transaction.payments), ZERO)
        if transaction.paid != payments:
            yield f"Paid amount {transaction.paid} differs from the payments' {payments}; correct one of the two.", None


def not_empty(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """There is a line that is not voided."""
    if not transaction.live:
        yield "No line is left that is not voided; add lines or leave the transaction out.", None


def fully_paid(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Total and payments differ by no more than the store allows."""
    payments = sum((payment.amount for payment in transaction.payments), ZERO)
    difference = abs(transaction.total - payments)
    if difference:
        allowed = facts.stores[transaction.key.store].rounding_limit
        if difference > allowed:
            yield (
                f"Total {transaction.total} and payments {payments} differ by {difference}, {allowed} is allowed; correct the payments, "
                "or raise the store's rounding limit.",
                None,
            )


def only_once(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """No other receipt of the store has the same moment, total and lines."""
    twin = facts.duplicates.get(transaction.key)
    if twin:
        yield f"Receipt {twin} has the same moment, total and lines; check whether this one was uploaded twice under two numbers.", None


def currency_of_store(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The currency is the store's, and the store's is that of its company: amounts are booked as they are."""
    store = facts.stores[transaction.key.store]
    if transaction.currency != store.currency:
        yield f"Currency {transaction.currency} is not the store's {store.currency}; correct the transaction or the store.", None
    elif store.company_currency and store.currency != store.company_currency:
        yield (
            f"The store's currency {store.currency} is not its company's {store.company_currency}; move the store to a warehouse of a "
            "company that keeps books in it, then validate again.",
            None,
        )


def date_plausible(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The business date is not further ahead or back than the company takes for possible."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    span = facts.plausible.get(entity) if entity is not None else None
    if span and not span.first <= transaction.business_date <= span.last:
        yield (
            f"Business date {transaction.business_date} does not lie from {span.first} to {span.last}; see whether the till's clock is "
            "right and correct the date, or widen Days ahead and Days back in Retail parameters.",
            None,
        )


def amounts_not_negative(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Amounts of an event are written in its own direction: a removal of 20 is 20."""
    for payment in transaction.payments:
        if payment.amount < 0:
            yield (
                f"Amount {payment.amount} of a {transaction.kind} is negative; write {-payment.amount}: its kind says whether money comes "
                "or goes.",
                None,
            )
            return
    if transaction.total < 0:
        yield f"Total {transaction.total} of a {transaction.kind} is negative; write {-transaction.total}.", None


def company_of_return(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """What comes back was sold by the same company."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    for line in transaction.live:
        original = facts.originals.get(line.return_of) if line.return_of else None
        if original and line.return_of and original.legal_entity_id not in (None, entity):
            yield other_company(f"{line.return_of.store}/{line.return_of.terminal}/{line.return_of.number}"), line.number


def other_company(sale: str) -> str:
    """A return of what another company sold."""
    return f"The returned line was sold by another company (receipt {sale}); take the goods back in one of its stores."


def account_of_customer(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """What is bought on account, and what is paid for it, is somebody's: a customer of the file, not whoever walked in."""
    on_account = any(payment.method == ON_ACCOUNT for payment in transaction.payments)
    if transaction.kind == PAYMENT and on_account:
        yield "A payment on account cannot be made on account; name the method that was really paid with.", None
    if not on_account and transaction.kind != PAYMENT:
        return
    customer = facts.account(transaction)
    if not transaction.customer:
        yield "The transaction is on account and names no customer; name the one who owes it.", None
    elif customer is not None and customer.walk_in:
        yield f"Customer {transaction.customer} stands for whoever walks in and has no account; name the one who owes it.", None
    elif transaction.customer not in facts.customers:
        yield f"Customer {transaction.customer} is not known and has no account; import the customer and validate again.", None


def may_buy_on_account(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Who buys on account is not blocked, not on hold, and within the credit limit."""
    owed = sum((payment.amount for payment in transaction.payments if payment.method == ON_ACCOUNT), ZERO)
    customer = facts.account(transaction)
    if owed <= 0 or customer is None or transaction.kind != SALE:
        return
    if not customer.walk_in and (problem := account_problem(transaction.customer, customer, owed)):
        yield problem.message, None


def customer_not_blocked(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The customer is not blocked."""
    customer = facts.account(transaction)
    if customer is not None and customer.blocked:
        yield f"Customer {transaction.customer} is blocked and bought all the same; look into it.", None
