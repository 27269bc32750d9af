"""The rules that every till transaction is checked by on arrival (docs/domain.md#validation-rules); one function each.

To add a rule: write a function that takes the transaction and the facts and yields problems, enter it in RULES with its code, kinds and
severity, and add a pass and a fail row to tests/statements/test_rules_validation.py. Import, revalidation and the list of rules in Retail
parameters pick it up from here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from core.lib.decimals import ZERO
from core.lib.problems import Code, Problem, Severity, register
from inventory.rules.facts import ItemFacts
from inventory.rules.fallback import blind_return_refusal, fallback_refusal
from inventory.rules.file_columns import STOCKED
from orders.rules.till_lines import SHARED_CODES, PosLineData
from statements.rules.header_rules import (
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
    gross_adds_up,
    item_count_adds_up,
    may_buy_on_account,
    net_adds_up,
    net_and_tax_add_up,
    not_empty,
    only_once,
    paid_adds_up,
)
from statements.rules.till import (
    KINDS,
    PAYMENT,
    SALE,
    PosTransactionData,
    PosTransactionKey,
    StockCheck,
    StockQuestion,
    ValidationContext,
    policy_of,
)

Check = Callable[[PosTransactionData, ValidationContext], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `check` yields (sentence, line number or None); `kinds` are the kinds of transactions that it is asked about."""

    code: str
    check: Check
    meaning: str
    remedy: str
    kinds: frozenset[str] = frozenset({SALE})
    severity: Severity = Severity.ERROR
    # What posting relies on (docs/posting.md, Rules that can be switched off); without it a record would be lost or wrong.
    always_on: bool = False


def item_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The item exists."""
    items = facts.items
    for line in transaction.live:
        if line.item not in items:
            yield f"Item {line.item} is not known; import the item and validate again.", line.number


def price_not_negative(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """No price below zero."""
    for line in transaction.live:
        if line.price < 0:
            yield f"Price {line.price} of item {line.item} is negative; correct it.", line.number


def signs_agree(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Quantity and net have the same sign."""
    for line in transaction.live:
        if (line.quantity < 0 < line.net) or (line.net < 0 < line.quantity):
            yield (
                f"Quantity {line.quantity} and net {line.net} of item {line.item} contradict each other; correct one of them.",
                line.number,
            )


def unit_converts(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The unit converts to the item's unit."""
    for line in transaction.live:
        item = facts.items.get(line.item)
        if item and item.unit != line.unit and facts.stock_quantity(line) is None:
            yield (
                (
                    f"Unit {line.unit} of item {line.item} does not convert to {item.unit}; import the conversion (kind unit-conversions) "
                    "and validate again."
                ),
                line.number,
            )


def warehouse_set(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The store has a warehouse, and thereby a site."""
    if facts.stores[transaction.key.store].warehouse_id is None:
        yield f"Store {transaction.key.store} has no warehouse; give it one (kind stores) and validate again.", None


def return_reference_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A linked return names a sold line of the same item that is not itself a return."""
    for line in transaction.live:
        if line.return_of is None:
            continue
        name = f"{line.return_of.store}/{line.return_of.terminal}/{line.return_of.number} line {line.return_of.line}"
        original = facts.originals.get(line.return_of)
        if original is None:
            yield f"The returned line {name} is not known; import its receipt and validate again.", line.number
        elif original.item != line.item:
            yield f"The returned line {name} sold item {original.item}, not {line.item}; correct the reference.", line.number
        elif original.is_return or original.voided or not original.is_sale:
            yield f"The returned line {name} is itself no sale; correct the reference.", line.number
        elif line.quantity > 0:
            yield f"The line returns {name} and has quantity {line.quantity}; a return is negative.", line.number


def return_not_above_sale(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """What came back of a line before, and comes back now, is not more than was sold."""
    so_far: dict[object, Decimal] = {}
    for line in transaction.live:
        if line.return_of is None or line.return_of not in facts.originals:
            continue
        sold = facts.originals[line.return_of].stock_quantity
        quantity = facts.stock_quantity(line)
        if sold is None or quantity is None or quantity >= 0:
            continue
        before = so_far.get(line.return_of, facts.returned.get(line.return_of, ZERO))
        so_far[line.return_of] = before - quantity
        if before - quantity > sold:
            yield (
                f"Returns {-quantity} of item {line.item}, of which {sold} were sold and {before} returned before; correct quantity or "
                "reference.",
                line.number,
            )


def captured_lines(transaction: PosTransactionData, facts: ValidationContext) -> Iterator[tuple[PosLineData, ItemFacts]]:
    """Lines with a captured batch whose item is known."""
    for line in transaction.live:
        if line.batch:
            item = facts.items.get(line.item)
            if item:
                yield line, item


def captured_batch_known(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch is a batch of the item."""
    for line, item in captured_lines(transaction, facts):
        if item.tracked and facts.captured_batch(line) is None:
            yield f"Batch {line.batch} of item {line.item} is not known; import its receipt and validate again.", line.number


def captured_batch_allowed(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch stands on a batch-tracked item only."""
    for line, item in captured_lines(transaction, facts):
        if not item.tracked:
            yield f"Item {line.item} is not batch-tracked and the line names batch {line.batch}; take it out.", line.number


def captured_batch_not_blocked(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The disposition of a captured batch does not block sales."""
    for line, _ in captured_lines(transaction, facts):
        batch = facts.captured_batch(line)
        if batch and batch.blocks_sale and line.quantity > 0:
            yield blocked_batch_sold(line.batch, line.item, batch.disposition), line.number


def blocked_batch_sold(batch: str, item: str, disposition: str) -> str:
    """A batch was sold that nobody may sell."""
    return f"Batch {batch} of item {item} was sold although it is {disposition}; look into it."


def captured_batch_not_expired(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """A captured batch was not expired on the business date."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    settings = facts.fallback.get(entity) if entity is not None else None
    on_the_day = settings is None or settings.sellable_on_expiration_date
    for line, _ in captured_lines(transaction, facts):
        batch = facts.captured_batch(line)
        if batch is None or batch.expires_on is None or line.quantity <= 0:
            continue
        if batch.expires_on < transaction.business_date or (batch.expires_on == transaction.business_date and not on_the_day):
            yield (
                (
                    f"Batch {line.batch} of item {line.item} expired on {batch.expires_on} and was sold on {transaction.business_date}; "
                    "look into it."
                ),
                line.number,
            )


def find_stock_checks(transactions: Iterable[PosTransactionData], facts: ValidationContext) -> dict[PosTransactionKey, list[StockCheck]]:
    """The lines, by transaction, that valid batches must cover because the default batch could not take the rest."""
    refusals: dict[tuple[str, bool, bool], str] = {}
    doubts: dict[PosTransactionKey, list[StockCheck]] = {}
    items = facts.items
    for transaction in transactions:
        store = facts.stores[transaction.key.store]
        settings = facts.fallback.get(store.legal_entity_id) if store.legal_entity_id is not None else None
        if settings is None or store.warehouse_id is None:
            continue
        for line in transaction.live:
            item = items.get(line.item)
            if item is None or not item.tracked or item.kind != STOCKED or line.batch or line.quantity <= 0:
                continue
            flags = (transaction.key.store, item.negative_physical, item.wms_enabled)
            refusal = refusals.get(flags)
            if refusal is None:
                refusal = refusals[flags] = fallback_refusal(policy_of(item, store), settings)
            if refusal:
                question = StockQuestion(store.warehouse_id, item.id, transaction.business_date, transaction.sold_at)
                doubts.setdefault(transaction.key, []).append(StockCheck(line, question, refusal))
    return doubts


def batches_cover(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """Valid batches in stock cover the line, or the default batch may be used; a blind return has a batch to go to."""
    yield from _blind_returns(transaction, facts)
    for line, question, refusal in facts.stock_checks.get(transaction.key, ()):
        quantity = facts.stock_quantity(line)
        available = facts.available.get(question, ZERO)
        if quantity is not None and available < quantity:
            warehouse = facts.stores[transaction.key.store].warehouse
            yield (
                f"Item {line.item} needs {quantity} and valid batches in warehouse {warehouse} hold {max(available, ZERO)}; posting would "
                f"stop with {refusal} unless stock or settings change.",
                line.number,
            )


def _blind_returns(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    store = facts.stores[transaction.key.store]
    settings = facts.fallback.get(store.legal_entity_id) if store.legal_entity_id is not None else None
    for line in transaction.live:
        item = facts.items.get(line.item)
        if settings is None or item is None or not item.tracked or line.batch or line.return_of is not None or line.quantity >= 0:
            continue
        if blind_return_refusal(policy_of(item, store), settings) == "DEFAULT_BATCH_NOT_SET":
            yield (
                (
                    f"Item {line.item} comes back without its sale and without a batch, and the default batch is not in use; name the "
                    "batch on the return, or switch on Use default batch id before posting."
                ),
                line.number,
            )


def default_batch_usable(transaction: PosTransactionData, facts: ValidationContext) -> Found:
    """The default batch number is not a real or blocked batch of the item."""
    entity = facts.stores[transaction.key.store].legal_entity_id
    settings = facts.fallback.get(entity) if entity is not None else None
    if settings is None or not settings.use_default_batch or not settings.default_batch_id:
        return
    number = settings.default_batch_id
    for line in transaction.live:
        item = facts.items.get(line.item)
        batch = facts.batches.get((item.id, number)) if item and item.tracked else None
        if batch and not batch.is_default_batch:
            yield f"Default batch {number} is a real batch of item {line.item}; choose another default batch id.", line.number
        elif batch and batch.blocks_sale:
            yield f"Default batch {number} of item {line.item} is {batch.disposition}; make it available.", line.number


_ALL = frozenset(KINDS)
_PAID = frozenset({"sale", "income", "expense", PAYMENT})
# A count may be negative: who counts without the change fund, on a day of many refunds, is below zero.
_SIGNED_EVENTS = _ALL - {SALE, "tender_declaration"}
_WARNING = Severity.WARNING

# The order is the order of messages.
RULES: tuple[Rule, ...] = (
    Rule("H01", business_date_open, "The business date lies in no open fiscal period.", "Open the period, or correct the date.", _ALL),
    Rule(
        "H02",
        amounts_rounded,
        "An amount has more decimals than its currency.",
        "Round the amount at the till.",
        _ALL,
        always_on=True,
    ),
    Rule("H03", customer_known, "The customer is not known.", "Import the customer, then validate again.", _ALL),
    Rule("H04", discount_adds_up, "Header discount and line discounts disagree.", "Correct one of the two at the till."),
    Rule(
        "H06",
        gross_adds_up,
        "Total and lines disagree by more than the store's rounding limit.",
        "Correct one of the two at the till, or raise the store's rounding limit.",
    ),
    Rule(
        "H07",
        net_adds_up,
        "Net and lines disagree by more than the store's rounding limit.",
        "Correct one of the two at the till, or raise the store's rounding limit.",
    ),
    Rule("H08", net_and_tax_add_up, "Total is not net plus tax.", "Correct one of the three at the till."),
    Rule("H09", item_count_adds_up, "Item count and line quantities disagree.", "Correct one of the two at the till."),
    Rule("H10", paid_adds_up, "Paid amount and payments disagree.", "Correct one of the two at the till.", _PAID),
    Rule("H13", not_empty, "The sale has no line that is not voided.", "Add lines, or leave the transaction out."),
    Rule(
        "H14",
        fully_paid,
        "Total and payments differ by more than the store allows.",
        "Correct the payments, or raise the store's rounding limit.",
        _PAID,
    ),
    Rule(
        "H16",
        only_once,
        "Another receipt of the store has the same moment, total and lines. (The same number twice is refused on import: "
        "CONFLICT, or unchanged.)",
        "Check whether the receipt was uploaded twice under two numbers.",
        severity=_WARNING,
    ),
    Rule(
        "H18",
        date_plausible,
        "The business date is further ahead or back than is taken for possible.",
        "Correct the date, or widen Days ahead and Days back in Retail parameters.",
        _ALL,
    ),
    Rule(
        "H19",
        amounts_not_negative,
        "An amount of a till event is negative.",
        "Write the amount without sign: the kind says whether money comes or goes.",
        _SIGNED_EVENTS,
        always_on=True,
    ),
    Rule(
        "H20",
        account_of_customer,
        "Something on account has no customer who owes it.",
        "Name a customer of the customers file, then validate again.",
        _PAID,
        always_on=True,
    ),
    Rule(
        "H21",
        may_buy_on_account,
        "The customer cannot buy on account: blocked, on hold, or above the credit limit.",
        "Unblock the customer, end the hold, raise the limit or take a payment; then validate again.",
    ),
    Rule("H22", customer_not_blocked, "The customer is blocked.", "Look into how it was sold.", severity=_WARNING),
    Rule(
        "CURRENCY_MISMATCH",
        currency_of_store,
        "Transaction, store and company do not have the same currency.",
        "Correct the transaction, or the currency of store and company.",
        _ALL,
        always_on=True,
    ),
    Rule(
        "OTHER_COMPANY",
        company_of_return,
        "Goods come back to another company than the one that sold them.",
        "Take them back in a store of the company that sold them.",
        always_on=True,
    ),
    Rule("L04", item_known, "The item is not known.", "Import the item, then validate again.", always_on=True),
    Rule("L07", price_not_negative, "A price is negative.", "Correct the price at the till."),
    Rule("L10", signs_agree, "Quantity and net have opposite signs.", "Correct one of the two at the till."),
    Rule(
        "L13",
        unit_converts,
        "The unit does not convert to the item's unit.",
        "Import the unit conversion, then validate again.",
        always_on=True,
    ),
    Rule("L14", warehouse_set, "The store has no warehouse.", "Give the store a warehouse, then validate again.", _ALL, always_on=True),
    Rule(
        "L16",
        return_reference_known,
        "A linked return does not name a sold line of the same item.",
        "Import the sale, or correct the reference, then validate again.",
        always_on=True,
    ),
    Rule("L17", return_not_above_sale, "More comes back than was sold.", "Correct the quantity or the reference.", always_on=True),
    Rule(
        "B01",
        captured_batch_known,
        "The captured batch is not a batch of the item.",
        "Import its receipt, then validate again.",
        always_on=True,
    ),
    Rule("B02", captured_batch_allowed, "A batch was captured for an item without batch tracking.", "Take the batch out."),
    Rule("B03", captured_batch_not_blocked, "The captured batch is blocked for sale.", "Look into how it was sold.", severity=_WARNING),
    Rule("B04", captured_batch_not_expired, "The captured batch was expired.", "Look into how it was sold.", severity=_WARNING),
    Rule(
        "B05",
        batches_cover,
        "Valid batches do not cover the line and the default batch could not be used.",
        "Register the missing receipt, or switch on the default batch; else posting stops.",
        severity=_WARNING,
    ),
    Rule(
        "B06",
        default_batch_usable,
        "The default batch number is a real or blocked batch of the item.",
        "Choose another default batch id, or make the batch available.",
        severity=_WARNING,
    ),
)

# Codes that customer orders share are registered there.
_OWN = [rule for rule in RULES if rule.code not in {code.code for code in SHARED_CODES}]
register(*(Code(rule.code, "validation", rule.meaning, rule.remedy, rule.severity, rule.always_on) for rule in _OWN))


@cache
def rules_for(kind: str, disabled: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that apply to a kind of transaction, without those that are switched off; some cannot be."""
    return tuple(rule for rule in RULES if kind in rule.kinds and (rule.always_on or rule.code not in disabled))


def validate(transaction: PosTransactionData, facts: ValidationContext, disabled: frozenset[str] = frozenset()) -> list[Problem]:
    """What the rules find, in their order."""
    problems = []
    for rule in rules_for(transaction.kind, disabled):
        for message, line in rule.check(transaction, facts):
            problems.append(Problem(rule.code, message, line, rule.severity))
    return problems


def keeps_off_statements(problems: Iterable[Problem]) -> bool:
    """Whether one of the problems is an error."""
    return any(problem.severity is Severity.ERROR for problem in problems)
