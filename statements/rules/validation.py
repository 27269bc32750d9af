"""The rules that every till transaction is checked by on arrival (docs/domain.md#validation-rules); one function each.

To add a rule: write a function that takes the transaction and the facts and yields the values of its sentence, enter it in RULES with its
code, title, remedy, sentence, kinds and severity, and add a pass and a fail row to tests/statements/test_rules_validation.py. Import,
revalidation and the list of rules in Retail parameters pick it up from here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from core.lib.problems import Code, Problem, Severity, register, register_texts
from inventory.rules.captured import BLOCKED, CAPTURE_CODES, DIFFERS, EXPIRED
from orders.rules.accounts import ACCOUNT_TEXTS
from orders.rules.till_lines import SHARED_CODES
from statements.rules.header_rules import (
    SOLD_BY_OTHERS,
    Found,
    account_of_customer,
    amounts_not_negative,
    amounts_rounded,
    business_date_open,
    company_of_return,
    currency_of_store,
    customer_known,
    customer_not_blocked,
    date_plausible,
    discount_adds_up,
    fully_paid,
    gift_card_covers,
    gift_card_not_blocked,
    gift_cards_named_rightly,
    gross_adds_up,
    item_count_adds_up,
    may_buy_on_account,
    net_adds_up,
    net_and_tax_add_up,
    not_empty,
    only_once,
    paid_adds_up,
    total_plausible,
)
from statements.rules.line_rules import (
    batches_cover,
    captured_batch_allowed,
    captured_batch_known,
    captured_batch_not_blocked,
    captured_batch_not_expired,
    default_batch_usable,
    item_known,
    price_fits,
    price_not_negative,
    quantity_expected,
    quantity_plausible,
    return_not_above_sale,
    return_reference_known,
    scanned_expiry_agrees,
    signs_agree,
    unit_converts,
    warehouse_set,
)
from statements.rules.till import (
    KINDS,
    PAYMENT,
    SALE,
    PosTransactionData,
    ValidationContext,
)

Check = Callable[[PosTransactionData, ValidationContext], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `check` yields what it finds; title, remedy and sentences are those of its code (core.lib.problems.Code).

    `kinds` are the kinds of transactions that it is asked about.
    """

    code: str
    check: Check
    title: str
    remedy: str
    text: str | Mapping[str, str]
    kinds: frozenset[str] = frozenset({SALE})
    severity: Severity = Severity.ERROR
    # What posting relies on (docs/posting.md, Rules that can be switched off); without it a record would be lost or wrong.
    always_on: bool = False


_ALL = frozenset(KINDS)
_PAID = frozenset({"sale", "income", "expense", PAYMENT})
# A count may be negative: who counts without the change fund, on a day of many refunds, is below zero.
_SIGNED_EVENTS = _ALL - {SALE, "tender_declaration"}
_WARNING = Severity.WARNING

# The order is the order of messages.
RULES: tuple[Rule, ...] = (
    Rule(
        "H01",
        business_date_open,
        "The business date lies in no open fiscal period, or goods would move in a closed stock period.",
        "Open the period, correct the date (correct_transactions), or post what is late today (Late documents in Retail parameters).",
        {
            "": "Business date {date} lies in no open fiscal period; open the period or correct the date.",
            "stock": "Business date {date} lies in a closed stock period, in which no goods move; open the period or correct the date.",
        },
        _ALL,
    ),
    Rule(
        "H02",
        amounts_rounded,
        "An amount has more decimals than its currency.",
        "Round the amount at the till.",
        "Amount {amount} has more decimals than the {decimals} of {currency}; round it at the till.",
        _ALL,
        always_on=True,
    ),
    Rule(
        "H03",
        customer_known,
        "The customer is not known.",
        "Import the customer, then validate again.",
        "Customer {customer} is not known; import the customer and validate again.",
        _ALL,
    ),
    Rule(
        "H04",
        discount_adds_up,
        "Header discount and line discounts disagree.",
        "Correct one of the two at the till.",
        "Header discount {discount} differs from the lines' {lines}; correct one of the two.",
    ),
    Rule(
        "H06",
        gross_adds_up,
        "Total and lines disagree by more than the store's rounding limit.",
        "Correct one of the two at the till, or raise the store's rounding limit.",
        "Total {total} differs from the lines' net and tax {lines} by more than the store's rounding limit {limit}; correct "
        "one of the two.",
    ),
    Rule(
        "H07",
        net_adds_up,
        "Net and lines disagree by more than the store's rounding limit.",
        "Correct one of the two at the till, or raise the store's rounding limit.",
        "Net {net} differs from the lines' net {lines} by more than the store's rounding limit {limit}; correct one of the two.",
    ),
    Rule(
        "H08",
        net_and_tax_add_up,
        "Total is not net plus tax.",
        "Correct one of the three at the till.",
        "Total {total} differs from net plus tax {sum}; correct one of the three.",
    ),
    Rule(
        "H09",
        item_count_adds_up,
        "Item count and line quantities disagree.",
        "Correct one of the two at the till.",
        "Item count {count} differs from the lines' quantities {lines}; correct one of the two.",
    ),
    Rule(
        "H10",
        paid_adds_up,
        "Paid amount and payments disagree.",
        "Correct one of the two at the till.",
        "Paid amount {paid} differs from the payments' {payments}; correct one of the two.",
        _PAID,
    ),
    Rule(
        "H13",
        not_empty,
        "The sale has no line, not even a voided one.",
        "Add lines, or leave the transaction out.",
        "The sale has no line; add lines or leave the transaction out.",
    ),
    Rule(
        "H14",
        fully_paid,
        "Total and payments differ by more than the store allows.",
        "Correct the payments, or raise the store's rounding limit.",
        "Total {total} and payments {payments} differ by {difference}, {limit} is allowed; correct the payments, or raise the "
        "store's rounding limit.",
        _PAID,
    ),
    Rule(
        "H16",
        only_once,
        "Another transaction of the store has the same moment, total and lines. (The same number twice is refused on import: "
        "CONFLICT, or unchanged.)",
        "Check whether the transaction was uploaded twice under two numbers.",
        "Transaction {receipt} has the same moment, total and lines; check whether this one was uploaded twice under two numbers.",
        severity=_WARNING,
    ),
    Rule(
        "H18",
        date_plausible,
        "The business date is further ahead or back than is taken for possible.",
        "Correct the date, or widen Days ahead and Days back in Retail parameters.",
        "Business date {date} does not lie from {first} to {last}; see whether the till's clock is right and correct the "
        "date, or widen Days ahead and Days back in Retail parameters.",
        _ALL,
    ),
    Rule(
        "H19",
        amounts_not_negative,
        "An amount of a till event is negative.",
        "Write the amount without sign: the kind says whether money comes or goes.",
        {
            "amount": "Amount {amount} of a {kind} is negative; write {positive}: its kind says whether money comes or goes.",
            "total": "Total {total} of a {kind} is negative; write {positive}.",
        },
        _SIGNED_EVENTS,
        always_on=True,
    ),
    Rule(
        "H20",
        account_of_customer,
        "Something on account has no customer who owes it.",
        "Name a customer of the customers file, then validate again.",
        {
            "paid_on_account": "A payment on account cannot be made on account; name the method that was really paid with.",
            "nobody": "The transaction is on account and names no customer; name the one who owes it.",
            "walk_in": "Customer {customer} stands for whoever walks in and has no account; name the one who owes it.",
            "unknown": "Customer {customer} is not known and has no account; import the customer and validate again.",
        },
        _PAID,
        always_on=True,
    ),
    Rule(
        "H21",
        may_buy_on_account,
        "The customer cannot buy on account: blocked, on hold, or above the credit limit.",
        "Unblock the customer, end the hold, raise the limit or take a payment; then validate again.",
        ACCOUNT_TEXTS,
    ),
    Rule(
        "H22",
        customer_not_blocked,
        "The customer is blocked.",
        "Look into how it was sold.",
        "Customer {customer} is blocked and bought all the same; look into it.",
        severity=_WARNING,
    ),
    Rule(
        "H23",
        total_plausible,
        "The document comes to more than the company takes for possible.",
        "See whether it is meant and correct it, or raise Largest amount in Retail parameters.",
        "{amount} is more than the {limit} of Largest amount; see whether it is meant.",
        _ALL,
        severity=_WARNING,
    ),
    Rule(
        "G01",
        gift_cards_named_rightly,
        "A gift card is named where none is sold or paid with.",
        "Take the number out, or correct item or payment method at the till.",
        {
            "line": "Gift card {card} is named on item {item}, which is none; correct the item, or take the number out.",
            "payment": "Gift card {card} is named on a payment by {method}; correct the method, or take the number out.",
        },
        _PAID,
    ),
    Rule(
        "G02",
        gift_card_covers,
        "A gift card would give more than it holds.",
        "Import the sale of the card, correct its number, or have it paid otherwise; then validate again.",
        "Gift card {card} holds {held}, {taken} would be taken; correct its number, or have the rest paid otherwise.",
        _PAID,
        always_on=True,
    ),
    Rule(
        "G03",
        gift_card_not_blocked,
        "A gift card that is blocked was paid with.",
        "Look into how it was taken; lift the block where it was right.",
        "Gift card {card} is blocked and was paid with all the same; look into it.",
        _PAID,
        severity=_WARNING,
    ),
    Rule(
        "CURRENCY_MISMATCH",
        currency_of_store,
        "Transaction, store and company do not have the same currency.",
        "Correct the transaction, or the currency of store and company.",
        {
            "of_transaction": "Currency {currency} is not the store's {own}; correct the transaction or the store.",
            "of_store": (
                "The store's currency {currency} is not its company's {own}; move the store to a warehouse of a company that "
                "keeps books in it, then validate again."
            ),
        },
        _ALL,
        always_on=True,
    ),
    Rule(
        "OTHER_COMPANY",
        company_of_return,
        "Goods come back to another company than the one that sold them.",
        "Take them back in a store of the company that sold them.",
        {
            SOLD_BY_OTHERS: "The returned line was sold by another company (transaction {receipt});"
            " take the goods back in one of its stores.",
        },
        always_on=True,
    ),
    Rule(
        "L04",
        item_known,
        "The item is not known.",
        "Import the item, then validate again.",
        "Item {item} is not known; import the item and validate again.",
        always_on=True,
    ),
    Rule(
        "L07",
        price_not_negative,
        "A price is negative.",
        "Correct the price at the till.",
        "Price {price} of item {item} is negative; correct it.",
    ),
    Rule(
        "L10",
        signs_agree,
        "Quantity and net have opposite signs.",
        "Correct one of the two at the till.",
        "Quantity {quantity} and net {net} of item {item} contradict each other; correct one of them.",
    ),
    Rule(
        "L18",
        price_fits,
        "Quantity times price less discount is neither the net nor net and tax of the line.",
        "Correct quantity, price, discount or net (correct_transactions).",
        "{quantity} of item {item} at {price} come to {amount} after discount, the line says {net} net and {tax} tax; correct one of them.",
    ),
    Rule(
        "L19",
        quantity_plausible,
        "The quantity is that of a bar code or an amount: a million or more in one line.",
        "Correct the quantity (correct_transactions); if it is meant, switch the rule off in Retail parameters and validate again.",
        "Quantity {quantity} of item {item} looks like a bar code or an amount; correct it.",
    ),
    Rule(
        "L20",
        quantity_expected,
        "The quantity of a line is larger than the company takes for possible.",
        "See whether it is meant and correct it, or raise Largest quantity in Retail parameters.",
        "{quantity} of item {item} are more than the {limit} of Largest quantity; see whether it is meant.",
        severity=_WARNING,
    ),
    Rule(
        "L13",
        unit_converts,
        "The unit does not convert to the item's unit.",
        "Import the unit conversion, then validate again.",
        "Unit {unit} of item {item} does not convert to {stock_unit}; import the conversion (kind unit-conversions) and validate again.",
        always_on=True,
    ),
    Rule(
        "L14",
        warehouse_set,
        "The store has no warehouse.",
        "Give the store a warehouse, then validate again.",
        "Store {store} has no warehouse; give it one (kind stores) and validate again.",
        _ALL,
        always_on=True,
    ),
    Rule(
        "L16",
        return_reference_known,
        "A linked return does not name a sold line of the same item.",
        "Import the sale, or correct the reference, then validate again.",
        {
            "unknown": "The returned line {receipt} line {line} is not known; import its transaction and validate again.",
            "other_item": "The returned line {receipt} line {line} sold item {sold}, not {item}; correct the reference.",
            "no_sale": "The returned line {receipt} line {line} is itself no sale; correct the reference.",
            "positive": "The line returns {receipt} line {line} and has quantity {quantity}; a return is negative.",
        },
        always_on=True,
    ),
    Rule(
        "L17",
        return_not_above_sale,
        "More comes back than was sold.",
        "Correct the quantity or the reference.",
        "Returns {quantity} of item {item}, of which {sold} were sold and {returned} returned before; correct quantity or reference.",
        always_on=True,
    ),
    Rule(
        "B01",
        captured_batch_known,
        "The captured batch is not a batch of the item.",
        "Import its receipt, then validate again.",
        "Batch {batch} of item {item} is not known; import its receipt and validate again.",
        always_on=True,
    ),
    Rule(
        "B02",
        captured_batch_allowed,
        "A batch was captured for an item without batch tracking.",
        "Take the batch out.",
        "Item {item} is not batch-tracked and the line names batch {batch}; take it out.",
    ),
    Rule(
        "B03",
        captured_batch_not_blocked,
        BLOCKED.title,
        BLOCKED.remedy,
        BLOCKED.text,
        severity=_WARNING,
    ),
    Rule(
        "B04",
        captured_batch_not_expired,
        EXPIRED.title,
        EXPIRED.remedy,
        EXPIRED.text,
        severity=_WARNING,
    ),
    Rule(
        "B05",
        batches_cover,
        "Valid batches do not cover the line and the default batch could not be used.",
        "Register the missing receipt, or switch on the default batch; else posting stops.",
        {
            "short": (
                "Item {item} needs {quantity} and valid batches in warehouse {warehouse} hold {available}; posting would stop "
                "with {code} unless stock or settings change."
            ),
            "blind_return": (
                "Item {item} comes back without its sale and without a batch, and the default batch is not in use; name the batch "
                "on the return, or switch on Use default batch id before posting."
            ),
        },
        severity=_WARNING,
    ),
    Rule(
        "B06",
        default_batch_usable,
        "The default batch number is a real or blocked batch of the item.",
        "Choose another default batch id, or make the batch available.",
        {
            "real": "Default batch {batch} is a real batch of item {item}; choose another default batch id.",
            "blocked": "Default batch {batch} of item {item} is {disposition}; make it available.",
        },
        severity=_WARNING,
    ),
    Rule(
        "B07",
        scanned_expiry_agrees,
        DIFFERS.title,
        DIFFERS.remedy,
        DIFFERS.text,
        severity=_WARNING,
    ),
)

# Codes that customer orders share are registered there.
_OWN = [rule for rule in RULES if rule.code not in {code.code for code in (*SHARED_CODES, *CAPTURE_CODES)}]
register(
    *(Code(rule.code, "validation", rule.title, rule.remedy, rule.text, severity=rule.severity, always_on=rule.always_on) for rule in _OWN)
)
for rule in RULES:
    if rule not in _OWN and not isinstance(rule.text, str):
        register_texts(rule.code, rule.text)


@cache
def rules_for(kind: str, disabled: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that apply to a kind of transaction, without those that are switched off; some cannot be."""
    return tuple(rule for rule in RULES if kind in rule.kinds and (rule.always_on or rule.code not in disabled))


def validate(transaction: PosTransactionData, facts: ValidationContext, disabled: frozenset[str] = frozenset()) -> list[Problem]:
    """What the rules find, in their order."""
    problems = []
    for rule in rules_for(transaction.kind, disabled):
        for found in rule.check(transaction, facts):
            problems.append(Problem(rule.code, found.params, None, found.line, found.variant, rule.severity))
    return problems


def keeps_off_statements(problems: Iterable[Problem]) -> bool:
    """Whether one of the problems is an error."""
    return any(problem.severity is Severity.ERROR for problem in problems)
