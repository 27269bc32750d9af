"""Every key of Retail parameters: its field, kind, bounds, tab and fast tab. Commands, forms and tests read this one list."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from core.lib.decimals import fits
from core.lib.messages import Message, Params
from core.lib.parsing import FieldError, money, shown
from core.lib.problems import Problem

Kind = Literal["switch", "batch_id", "choice", "count", "days", "age", "money", "limit", "percent"]

BATCH_ID_LENGTH = 60
MOST_DAYS = 100_000


@dataclass(frozen=True, slots=True)
class Key:
    """One parameter: `key` as commands write it, `field` of the table, where people find it, what it does."""

    key: str
    field: str
    kind: Kind
    tab: str
    fast_tab: str
    effect: str
    choices: tuple[str, ...] = ()


KEYS: tuple[Key, ...] = (
    Key(
        "customer_orders.use_default_batch_id",
        "customer_orders_use_default_batch_id",
        "switch",
        "Customer orders",
        "Order",
        "Invoices customer order lines without a valid batch on the default batch instead of refusing them at the till.",
    ),
    Key(
        "customer_orders.default_batch_id",
        "customer_orders_default_batch_id",
        "batch_id",
        "Customer orders",
        "Order",
        "Batch number for customer order lines without a valid batch; created per item on first use.",
    ),
    Key(
        "customer_orders.offer_pickup",
        "customer_orders_offer_pickup",
        "switch",
        "Customer orders",
        "Order",
        "Customers may collect what they order; off: new orders with such lines are refused.",
    ),
    Key(
        "customer_orders.offer_ship",
        "customer_orders_offer_ship",
        "switch",
        "Customer orders",
        "Order",
        "Customers may have their order shipped; off: new orders with such lines are refused.",
    ),
    Key(
        "customer_orders.offer_carry_out",
        "customer_orders_offer_carry_out",
        "switch",
        "Customer orders",
        "Order",
        "Customers may take lines of an order along at once; off: new orders with such lines are refused.",
    ),
    Key(
        "customer_orders.default_deposit_percent",
        "customer_orders_default_deposit_percent",
        "percent",
        "Customer orders",
        "Order",
        "Share of the order that is paid when it is taken.",
    ),
    Key(
        "customer_orders.cancellation_charge_percent",
        "customer_orders_cancellation_charge_percent",
        "percent",
        "Customer orders",
        "Order",
        "Share of the order that is kept when it is cancelled.",
    ),
    Key(
        "posting.use_default_batch_id",
        "posting_use_default_batch_id",
        "switch",
        "Posting",
        "Inventory update",
        "Posts statement lines without a valid batch on the default batch instead of stopping the statement.",
    ),
    Key(
        "posting.default_batch_id",
        "posting_default_batch_id",
        "batch_id",
        "Posting",
        "Inventory update",
        "Batch number for statement lines without a valid batch; created per item on first use.",
    ),
    Key(
        "inventory.default_batch_scope",
        "inventory_default_batch_scope",
        "choice",
        "Posting",
        "Inventory update",
        "Where the default batches may be used: everywhere, or only where warehouse and item use warehouse management.",
        ("all", "advanced"),
    ),
    Key(
        "inventory.sellable_on_expiration_date",
        "inventory_sellable_on_expiration_date",
        "switch",
        "Posting",
        "Inventory update",
        "A batch may still be sold on the day that it expires.",
    ),
    Key(
        "inventory.use_batches_received_after_sale",
        "inventory_use_batches_received_after_sale",
        "switch",
        "Posting",
        "Inventory update",
        "A batch that came in after the sale may be chosen for it.",
    ),
    Key(
        "inventory.pay_debt_on_receipt",
        "inventory_pay_debt_on_receipt",
        "switch",
        "Posting",
        "Inventory update",
        "Goods that come in pay open batch debt of their warehouse that they could have been.",
    ),
    Key(
        "inventory.payback_limit_quantity",
        "inventory_payback_limit_quantity",
        "limit",
        "Posting",
        "Inventory update",
        "Where more of a warehouse would be paid at once by receipts or a recurrence, it is proposed instead; blank: no limit.",
    ),
    Key(
        "inventory.payback_limit_value",
        "inventory_payback_limit_value",
        "limit",
        "Posting",
        "Inventory update",
        "Where debt of a warehouse worth more at cost would be paid at once by receipts or a recurrence, it is proposed instead; blank: "
        "no limit.",
    ),
    Key(
        "inventory.payback_limit_days",
        "inventory_payback_limit_days",
        "age",
        "Posting",
        "Inventory update",
        "Batch debt that is more days old is not paid by receipts or a recurrence but proposed; blank: no limit.",
    ),
    Key(
        "inventory.fallback_limit_quantity",
        "inventory_fallback_limit_quantity",
        "limit",
        "Posting",
        "Inventory update",
        "So much of an item group may go to default batches in a week and warehouse; blank: no limit.",
    ),
    Key(
        "inventory.fallback_limit_value",
        "inventory_fallback_limit_value",
        "limit",
        "Posting",
        "Inventory update",
        "Goods of an item group worth so much at cost may go to default batches in a week and warehouse; blank: no limit.",
    ),
    Key(
        "inventory.fallback_limit_share",
        "inventory_fallback_limit_share",
        "limit",
        "Posting",
        "Inventory update",
        "So many percent of what is sold of an item group in a week and warehouse may go to default batches; blank: no limit.",
    ),
    Key(
        "inventory.fallback_over_limit",
        "inventory_fallback_over_limit",
        "choice",
        "Posting",
        "Inventory update",
        "What passes a limit is posted and the document says so, or fails, or waits until somebody approves it with a note.",
        ("warn", "stop", "ask"),
    ),
    Key(
        "posting.aggregate_lines",
        "posting_aggregate_lines",
        "switch",
        "Posting",
        "Aggregation",
        "Merges transactions of a customer into sales orders, one line per item; off: one order per transaction.",
    ),
    Key(
        "posting.max_lines_per_order",
        "posting_max_lines_per_order",
        "count",
        "Posting",
        "Aggregation",
        "A further sales order starts before this many transaction lines would be passed.",
    ),
    Key(
        "posting.max_parallel_lanes",
        "posting_max_parallel_lanes",
        "count",
        "Posting",
        "Batch processing",
        "How many groups of warehouses are posted side by side at most.",
    ),
    Key(
        "posting.max_lines_per_chunk",
        "posting_max_lines_per_chunk",
        "count",
        "Posting",
        "Batch processing",
        "So many statement lines are posted in one go at most, and their stock is locked as long; a day of a store stays together.",
    ),
    Key(
        "posting.max_lines_per_chunk_with_orders",
        "posting_max_lines_per_chunk_with_orders",
        "count",
        "Posting",
        "Batch processing",
        "The same while a customer order waits to be invoiced; customer orders are invoiced by so many lines as well.",
    ),
    Key(
        "posting.hold_failing_transactions",
        "posting_hold_failing_transactions",
        "switch",
        "Posting",
        "Batch processing",
        "Moves transactions that cannot be posted to a supplementary statement so that the rest of the day posts.",
    ),
    Key(
        "statements.max_difference",
        "statements_max_difference",
        "money",
        "Posting",
        "Statement",
        "A statement whose counted amounts differ by more is not posted.",
    ),
    Key(
        "statements.max_line_difference",
        "statements_max_line_difference",
        "limit",
        "Posting",
        "Statement",
        "A statement is not posted if a payment method of what is counted together differs by more; blank: no limit.",
    ),
    Key(
        "statements.max_shift_difference",
        "statements_max_shift_difference",
        "limit",
        "Posting",
        "Statement",
        "A statement is not posted if what is counted together (day, terminal, shift or person) differs by more; blank: no limit.",
    ),
    Key(
        "statements.disable_counting",
        "statements_disable_counting",
        "switch",
        "Posting",
        "Statement",
        "Posts statements whatever the counted difference.",
    ),
    Key(
        "statements.late_documents",
        "statements_late_documents",
        "choice",
        "Posting",
        "Statement",
        "What becomes of documents whose fiscal period is closed: they wait for it, or are posted today, in the current one.",
        ("period", "current"),
    ),
    Key(
        "statements.model",
        "statements_model",
        "choice",
        "Posting",
        "Statement",
        "Stores that do not say otherwise post a day as one statement, or its sales and its money on statements of their own.",
        ("combined", "split"),
    ),
    Key(
        "validation.days_ahead",
        "validation_days_ahead",
        "days",
        "Posting",
        "Plausible dates",
        "Business dates further ahead of today are an error, and open no fiscal period.",
    ),
    Key(
        "validation.days_back",
        "validation_days_back",
        "days",
        "Posting",
        "Plausible dates",
        "Business dates further back from today are an error, and open no fiscal period.",
    ),
    Key(
        "validation.largest_quantity",
        "validation_largest_quantity",
        "limit",
        "Posting",
        "Plausible amounts",
        "A line of more, of whatever document, is kept with a warning; blank: no limit.",
    ),
    Key(
        "validation.largest_amount",
        "validation_largest_amount",
        "limit",
        "Posting",
        "Plausible amounts",
        "A document, or goods, worth more are kept with a warning; blank: no limit.",
    ),
)

BY_KEY = {key.key: key for key in KEYS}
BY_FIELD = {key.field: key for key in KEYS}
# The validation rules that are off, by code with commas: no column, but a row each; the page has a switch for each rule.
DISABLED_RULES = "validation.disabled_rules"
NAMES = (*sorted((*BY_KEY, DISABLED_RULES)),)

Value = bool | int | str | Decimal | None


class Assignments(NamedTuple):
    """`KEY=VALUE` texts as values by field, the rules that are to be off (None: as they are), and what is wrong with the texts."""

    values: dict[str, Value]
    disabled_rules: frozenset[str] | None
    problems: tuple[Problem, ...]


def parse_assignments(assignments: Iterable[str], rules: Collection[str]) -> Assignments:
    """What the texts of a command say; `rules` are the codes of the validation rules that there are."""
    values: dict[str, Value] = {}
    disabled: frozenset[str] | None = None
    problems: list[Problem] = []
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        key = BY_KEY.get(name.strip())
        if not equals:
            problems.append(Problem("PARAMETER_WITHOUT_VALUE", {"assignment": shown(assignment)}, variant="one"))
        elif name.strip() == DISABLED_RULES:
            disabled = frozenset(code.strip() for code in text.split(",") if code.strip())
            if unknown := sorted(disabled.difference(rules)):
                problems.append(Problem("BAD_PARAMETER_VALUE", {"key": DISABLED_RULES, "rules": unknown}, variant="unknown_rules"))
        elif key is None:
            problems.append(Problem("UNKNOWN_PARAMETER", {"name": shown(name), "keys": NAMES}, variant="unknown"))
        else:
            value = parse_value(key, text.strip())
            if isinstance(value, Problem):
                problems.append(value)
            else:
                values[key.field] = value
    return Assignments(values, disabled, tuple(problems))


def parse_value(key: Key, text: str) -> Value | Problem:
    """The value that `text` stands for, or a problem that says what is allowed."""
    if key.kind == "switch":
        return {"true": True, "false": False}.get(text, bad(key, text, Message("true or false")))
    if key.kind == "choice":
        return text if text in key.choices else bad(key, text, Message("one of {choices}", {"choices": key.choices}))
    if key.kind == "batch_id":
        clean = len(text) <= BATCH_ID_LENGTH and text.isprintable()
        return text if clean else bad(key, text, Message("at most {most} printable characters", {"most": BATCH_ID_LENGTH}))
    if key.kind in ("limit", "age") and not text:
        return None
    if key.kind == "count":
        return (
            int(text)
            if text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 1_000_000
            else bad(key, text, Message("a whole number from {least} to {most}", {"least": 1, "most": 1_000_000}))
        )
    if key.kind in ("days", "age"):
        plain = text.isascii() and text.isdigit() and int(text[:10]) <= MOST_DAYS
        said: Params = {"least": 0, "most": MOST_DAYS}
        words = "nothing, or a whole number from {least} to {most}" if key.kind == "age" else "a whole number from {least} to {most}"
        return int(text) if plain else bad(key, text, Message(words, said))
    limit, places = (Decimal(100), 2) if key.kind == "percent" else (Decimal("9999999999.999"), 3)
    try:
        number = money(text)
    except FieldError:
        number = Decimal(-1)
    if 0 <= number <= limit and (key.kind != "percent" or fits(number, 2)):
        return number
    said = {"least": 0, "most": limit, "decimals": places}
    if key.kind == "limit":
        return bad(key, text, Message("nothing, or a number from {least} to {most} with at most {decimals} decimals", said))
    return bad(key, text, Message("a number from {least} to {most} with at most {decimals} decimals", said))


def bad(key: Key, text: str, allowed: Message) -> Problem:
    """The problem of a value that is not allowed."""
    return Problem("BAD_PARAMETER_VALUE", {"key": key.key, "value": shown(text), "allowed": allowed}, key.field, variant="kind")


def too_fine(values: Mapping[str, Value], currency: str, decimals: int) -> tuple[Problem, ...]:
    """Amounts, by field, with more decimals than the currency that the company keeps books in."""
    return tuple(
        Problem(
            "BAD_PARAMETER_VALUE",
            {"key": key.key, "value": value, "decimals": decimals, "currency": currency},
            key.field,
            variant="too_fine",
        )
        for key in KEYS
        if key.kind in ("money", "limit") and isinstance(value := values.get(key.field), Decimal) and not fits(value, decimals)
    )


def check_pairs(values: dict[str, Value]) -> tuple[Problem, ...]:
    """A switch that is on needs its value (docs/domain.md#parameters); `values` holds all four fields of the pairs."""
    return tuple(
        Problem("DEFAULT_BATCH_NOT_SET", {"key": f"{group}.default_batch_id"}, f"{group}_default_batch_id", variant=f"unfilled_{group}")
        for group in ("posting", "customer_orders")
        if values[f"{group}_use_default_batch_id"] and not values[f"{group}_default_batch_id"]
    )
