"""May what no valid batch covers go to the default batch? The whole decision of the feature (docs/domain.md#fallback)."""

from collections.abc import Sequence
from decimal import Decimal

from core.lib.problems import Code, Problem, register
from inventory.rules.stock import FallbackSettings, StockPolicy
from parameters.rules.keys import BY_KEY
from parameters.rules.settings import RetailSettings

register(
    Code(
        "NO_VALID_BATCH",
        "posting",
        "No valid batch covers the line and the default batch is not in use.",
        "Switch on Use default batch id, or register the missing receipt, then post again.",
    ),
    Code(
        "NEGATIVE_NOT_ALLOWED",
        "posting",
        "Stock is short and neither the item nor the store's warehouse allows negative physical inventory.",
        "Register the missing receipt, or allow physical negative inventory for the item's model group or the warehouse, then post again.",
    ),
    Code(
        "DEFAULT_BATCH_NOT_SET",
        "posting",
        "A default batch id is needed and none is set.",
        "Fill in Default batch id in Retail parameters and switch on its use, or name the batch of goods that came back, then post again.",
    ),
    Code(
        "DEFAULT_BATCH_IS_REAL",
        "posting",
        "The default batch id names a real batch of the item.",
        "Choose a default batch id that no goods were ever received under, then post again.",
        {
            "parameter": "{key} cannot be {number}: it is a real batch of {items}; choose a number that no goods came in under.",
            "parameter_more": "{key} cannot be {number}: it is a real batch of {items} and {more} more;"
            " choose a number that no goods came in under.",
            "receipt": "Batch {batch} of item {item} is a default batch id; give the goods a batch number of their own.",
        },
    ),
    Code(
        "DEFAULT_BATCH_OUT_OF_SCOPE",
        "posting",
        "The default batch may only be used where warehouse and item use advanced warehousing.",
        "Set Default batch scope to all, or register the missing receipt, then post again.",
    ),
    Code(
        "LOCATION_CANNOT_GO_NEGATIVE",
        "posting",
        "The default issue location is license plate controlled and cannot go negative.",
        "Register the missing receipt, or issue from a location without license plates, then post again.",
    ),
    Code(
        "FINANCIAL_NEGATIVE_NOT_ALLOWED",
        "posting",
        "The item's total would go negative and financial negative inventory is not allowed.",
        "Register the missing receipt, or allow financial negative inventory for the item's model group or the warehouse, then post again.",
    ),
    Code(
        "CAPTURED_BATCH_SHORT",
        "posting",
        "The batch that the till captured has too little stock and may not go negative.",
        "Register the missing receipt of that batch, or allow physical negative inventory, then post again.",
    ),
    Code(
        "FALLBACK_OVER_LIMIT",
        "posting",
        "More of the item group would go to the default batch in this week than the limit allows.",
        "Register the missing receipts or raise the fallback limit, then post again. Where the limit asks for approval, approve the "
        "document instead; failing transactions of a statement may also be held.",
    ),
    Code("RETURN_OF_UNPOSTED_SALE", "posting", "The returned sale is not posted yet.", "Post the sale first, then post again."),
    Code(
        "RETURN_EXCEEDS_SALE",
        "posting",
        "More is returned than the sale took.",
        "Correct the return's quantity or its reference, then post again.",
    ),
)

# The settings that decide on batches, of statements and of customer orders alike; each has its own default batch besides.
DECIDING_SETTINGS = (
    "inventory_default_batch_scope",
    "inventory_sellable_on_expiration_date",
    "inventory_use_batches_received_after_sale",
    "inventory_fallback_limit_quantity",
    "inventory_fallback_limit_value",
    "inventory_fallback_limit_share",
    "inventory_fallback_over_limit",
)


def default_batch_is_real(key: str, number: str, items: Sequence[str], count: int) -> Problem:
    """A default batch id cannot be set; `items` are the first of the `count` that have a real batch of that number."""
    more = count - len(items)
    return Problem(
        "DEFAULT_BATCH_IS_REAL",
        {"key": key, "number": number, "items": items, "more": Decimal(more)}
        if more > 0
        else {"key": key, "number": number, "items": items},
        BY_KEY[key].field,
        variant="parameter_more" if more > 0 else "parameter",
    )


def receipt_of_default_batch(item: str, number: str) -> Problem:
    """Goods cannot come in under a default batch id."""
    return Problem("DEFAULT_BATCH_IS_REAL", {"batch": number, "item": item}, variant="receipt")


# Codes that only what is not there meets; units that lie on the default batch are not concerned.
NEEDS_NEGATIVE = frozenset({"NEGATIVE_NOT_ALLOWED", "LOCATION_CANNOT_GO_NEGATIVE"})


def statement_fallback(settings: RetailSettings) -> FallbackSettings:
    """What holds for statement posting: the Posting tab's default batch id."""
    return _fallback(settings, settings.posting_use_default_batch_id, settings.posting_default_batch_id)


def order_fallback(settings: RetailSettings) -> FallbackSettings:
    """What holds for customer orders: the Customer orders tab's default batch id."""
    return _fallback(settings, settings.customer_orders_use_default_batch_id, settings.customer_orders_default_batch_id)


def _fallback(settings: RetailSettings, is_used: bool, default_batch_id: str) -> FallbackSettings:
    return FallbackSettings(
        is_used,
        default_batch_id,
        settings.inventory_default_batch_scope == "advanced",
        settings.inventory_sellable_on_expiration_date,
        settings.inventory_use_batches_received_after_sale,
        settings.inventory_fallback_limit_quantity,
        settings.inventory_fallback_limit_value,
        settings.inventory_fallback_over_limit in {"stop", "ask"},
        settings.inventory_fallback_limit_share,
        settings.inventory_fallback_over_limit == "ask",
    )


def fallback_refusal(policy: StockPolicy, settings: FallbackSettings, default_is_real: bool = False, *, goes_negative: bool = True) -> str:
    """The code that forbids the default batch for a sale, or '' when it may be used.

    `default_is_real`: the default batch id names a real batch of the item. `goes_negative`: more is wanted than lies on the default batch.
    """
    if not settings.use_default_batch:
        return "NO_VALID_BATCH"
    if goes_negative and not policy.negative_physical:
        return "NEGATIVE_NOT_ALLOWED"
    if not settings.default_batch_id:
        return "DEFAULT_BATCH_NOT_SET"
    if default_is_real:
        return "DEFAULT_BATCH_IS_REAL"
    if settings.scope_advanced_only and not policy.advanced:
        return "DEFAULT_BATCH_OUT_OF_SCOPE"
    return "LOCATION_CANNOT_GO_NEGATIVE" if goes_negative and location_forbids_negative(policy) else ""


def blind_return_refusal(policy: StockPolicy, settings: FallbackSettings, default_is_real: bool = False) -> str:
    """The code that forbids a blind return to the default batch, or ''; a return never needs negative inventory."""
    if not settings.use_default_batch or not settings.default_batch_id:
        return "DEFAULT_BATCH_NOT_SET"
    if default_is_real:
        return "DEFAULT_BATCH_IS_REAL"
    return "DEFAULT_BATCH_OUT_OF_SCOPE" if settings.scope_advanced_only and not policy.advanced else ""


def negative_refusal(policy: StockPolicy, code: str) -> str:
    """The code that forbids stock without a fallback (untracked, or a captured batch) to go negative, or ''."""
    if not policy.negative_physical:
        return code
    return "LOCATION_CANNOT_GO_NEGATIVE" if location_forbids_negative(policy) else ""


def location_forbids_negative(policy: StockPolicy) -> bool:
    """A license plate controlled location never goes negative; it matters where warehouse and item use advanced warehousing."""
    return policy.advanced and policy.plate_controlled
