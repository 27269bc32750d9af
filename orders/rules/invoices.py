"""Sales invoices as values: what an order posts to the ledger, and the words for a line that could not be issued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, Params
from core.lib.problems import REGISTRY, Problem, register_texts
from inventory.rules.stock import Failure
from ledger.rules.vouchers import Entry, VoucherPlan, merged


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order about to be invoiced, with the sums of its lines; `gift_cards` is the part of `net` that is owed to their holders."""

    order_id: int
    number: str
    legal_entity_id: int
    store: str
    date: date
    net: Decimal
    tax: Decimal
    gift_cards: Decimal = Decimal(0)


def plan_invoice_voucher(head: OrderHead, invoice_id: int, cost: Decimal, account_of: Mapping[str, int]) -> VoucherPlan:
    """Debit clearing, credit revenue, gift cards and tax; debit cost of goods, credit inventory. Returns are mirrored."""
    entries = merged(
        (
            Entry(account_of["clearing"], head.net + head.tax),
            Entry(account_of["revenue"], head.gift_cards - head.net),
            Entry(account_of["gift_card"], -head.gift_cards),
            Entry(account_of["sales_tax"], -head.tax),
            Entry(account_of["cost_of_goods"], cost),
            Entry(account_of["inventory"], -cost),
        )
    )
    return VoucherPlan(head.legal_entity_id, f"{head.number}-INV", head.date, SourceKind.INVOICE, invoice_id, "invoice", entries)


def plan_adjustment_voucher(head: OrderHead, adjustment_id: int, amount: Decimal, account_of: Mapping[str, int]) -> VoucherPlan:
    """What returns on an invoice change of the value of stock beside the cost that they bring back; a positive amount makes it dearer."""
    entries = merged((Entry(account_of["inventory"], amount), Entry(account_of["cost_adjustment"], -amount)))
    return VoucherPlan(head.legal_entity_id, f"{head.number}-ADJ", head.date, SourceKind.COST_ADJUSTMENT, adjustment_id, "cost", entries)


class Settlement(NamedTuple):
    """How an invoice of a customer order is paid: deposits used, payments by account, what rounding leaves, the rest on account."""

    deposit: Decimal
    payments: Sequence[tuple[int, Decimal]]
    on_account: Decimal
    rounding: Decimal = Decimal(0)


def plan_settlement_voucher(
    head: OrderHead, invoice_id: int, paid: Settlement, account_of: Mapping[str, int], on_account: int
) -> VoucherPlan:
    """Debit prepayments, what was paid with, what the customer owes and what rounding leaves; credit clearing, which the invoice's own
    voucher debited. `account_of` has `rounding` where there is any.
    """
    entries = merged(
        (
            Entry(account_of["prepayment"], paid.deposit),
            *(Entry(account, amount) for account, amount in paid.payments),
            Entry(on_account, paid.on_account),
            *([Entry(account_of["rounding"], paid.rounding, "rounding difference")] if paid.rounding else []),
            Entry(account_of["clearing"], -(head.net + head.tax)),
        )
    )
    return VoucherPlan(head.legal_entity_id, f"{head.number}-PAY", head.date, SourceKind.INVOICE, invoice_id, "settlement", entries)


class Reserving(NamedTuple):
    """An order that has reserved so much of an item in a warehouse."""

    order_id: int
    number: str
    quantity: Decimal


class ReservedForOrders(NamedTuple):
    """What of an item other orders have reserved in a warehouse, and the first three of them."""

    quantity: Decimal
    orders: Message


def set_aside_for_others(reserving: Sequence[Reserving], order_id: int) -> ReservedForOrders | None:
    """What others than this order have reserved; None when it is nothing."""
    others = [one for one in reserving if one.order_id != order_id]
    if not others:
        return None
    numbers = [one.number for one in others[:3]]
    if len(others) > len(numbers):
        orders = Message("order {orders} and {more} more", {"orders": numbers, "more": len(others) - len(numbers)})
    else:
        orders = Message("order {orders}", {"orders": numbers})
    return ReservedForOrders(sum((one.quantity for one in others), Decimal(0)), orders)


# Codes that more free stock would have met; a limit that is passed says so itself, because it may be approved.
SHORT_OF_STOCK = frozenset({"NO_VALID_BATCH", "NEGATIVE_NOT_ALLOWED", "DEFAULT_BATCH_OUT_OF_SCOPE", "LOCATION_CANNOT_GO_NEGATIVE"})


FAILURE_CODES = (
    *("NO_VALID_BATCH", "NEGATIVE_NOT_ALLOWED", "DEFAULT_BATCH_NOT_SET", "DEFAULT_BATCH_IS_REAL", "DEFAULT_BATCH_OUT_OF_SCOPE"),
    *("LOCATION_CANNOT_GO_NEGATIVE", "FINANCIAL_NEGATIVE_NOT_ALLOWED", "CAPTURED_BATCH_SHORT"),
    *("FALLBACK_OVER_LIMIT", "RETURN_OF_UNPOSTED_SALE", "RETURN_EXCEEDS_SALE"),
)
for _code in FAILURE_CODES:
    register_texts(
        _code,
        {
            "missing": "Item {item} in store {store}: {missing} {unit} missing. {why} {remedy}",
            "came_back": "Item {item} in store {store}: {missing} {unit} came back. {why} {remedy}",
        },
    )
register_texts(
    "UNEXPECTED_ERROR",
    {
        "order": "Sales order {order} cannot be invoiced because of item {items} ({error}: {reason}).",
        "delivery": "A delivery of {items} of customer order {order} cannot be invoiced ({error}: {reason}).",
        "pending": "The pending order {order} cannot be taken ({error}: {reason}).",
    },
)
register_texts(
    "DEFAULT_BATCH_NOT_SET",
    {
        "blind_return": (
            "Item {item} in store {store}: {missing} {unit} came back without their sale and without a batch, and the default batch is "
            "not in use. Name the batch on the return, or switch on Use default batch id, then post again."
        ),
    },
)


def failure_problem(failure: Failure, item: str, unit: str, store: str, reserved: ReservedForOrders | None = None) -> Problem:
    """Item, store, missing quantity or what came back, and what would fix it; goods that are `set_aside` for others are one way."""
    said: Params = {"item": item, "store": store, "missing": failure.missing.normalize(), "unit": unit}
    comes_back = failure.need.quantity < 0
    if comes_back and failure.code == "DEFAULT_BATCH_NOT_SET":
        return Problem(failure.code, said, variant="blind_return")
    why, remedy = why_short(failure.code, unit, None if comes_back else reserved)
    return Problem(failure.code, {**said, "why": why, "remedy": remedy}, variant="came_back" if comes_back else "missing")


def why_short(code: str, unit: str, reserved: ReservedForOrders | None) -> tuple[Message, Message]:
    """Why goods are missing, and what would fix it: what others have `set_aside` where that is the reason, else what the code says."""
    if reserved is None or code not in SHORT_OF_STOCK:
        return Message(REGISTRY[code].title), Message(REGISTRY[code].remedy)
    held: Params = {"quantity": reserved.quantity.normalize(), "unit": unit, "orders": reserved.orders}
    return (
        Message("{quantity} {unit} that lie there are set aside for {orders}.", held),
        Message("Hand out or cancel these orders, or register the missing receipt, then post again."),
    )
