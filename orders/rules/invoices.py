"""Sales invoices as values: what an order posts to the ledger, and the words for a line that could not be issued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.document_kinds import SourceKind
from core.lib.problems import REGISTRY
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
    """How an invoice of a customer order is paid: deposits used, payments by account, the rest on account."""

    deposit: Decimal
    payments: Sequence[tuple[int, Decimal]]
    on_account: Decimal


def plan_settlement_voucher(
    head: OrderHead, invoice_id: int, paid: Settlement, account_of: Mapping[str, int], on_account: int
) -> VoucherPlan:
    """Debit prepayments, what was paid with, and what the customer owes; credit clearing, which the invoice's own voucher debited."""
    entries = merged(
        (
            Entry(account_of["prepayment"], paid.deposit),
            *(Entry(account, amount) for account, amount in paid.payments),
            Entry(on_account, paid.on_account),
            Entry(account_of["clearing"], -(head.net + head.tax)),
        )
    )
    return VoucherPlan(head.legal_entity_id, f"{head.number}-PAY", head.date, SourceKind.INVOICE, invoice_id, "settlement", entries)


class Reserving(NamedTuple):
    """An order that has set aside so much of an item in a warehouse."""

    order_id: int
    number: str
    quantity: Decimal


class SetAside(NamedTuple):
    """What of an item other orders have set aside in a warehouse, and the first three of them."""

    quantity: Decimal
    orders: str


def set_aside_for_others(reserving: Sequence[Reserving], order_id: int) -> SetAside | None:
    """What others than this order have set aside; None when it is nothing."""
    others = [one for one in reserving if one.order_id != order_id]
    if not others:
        return None
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    numbers = ", ".join(one.number for one in others[:3])
    return SetAside(sum((one.quantity for one in others), Decimal(0)), f"order {numbers}{more}")


# Codes that more free stock would have met.
SHORT_OF_STOCK = frozenset({"NO_VALID_BATCH", "NEGATIVE_NOT_ALLOWED", "DEFAULT_BATCH_OUT_OF_SCOPE", "LOCATION_CANNOT_GO_NEGATIVE"})


def failure_message(failure: Failure, item: str, unit: str, store: str, set_aside: SetAside | None = None) -> str:
    """Item, store, missing quantity or what came back, and what would fix it; goods that are `set_aside` for others are one way."""
    code = REGISTRY[failure.code]
    missing = format(failure.missing.normalize(), "f")
    if failure.need.quantity < 0 and failure.code == "DEFAULT_BATCH_NOT_SET":
        return (
            f"Item {item} in store {store}: {missing} {unit} came back without their sale and without a batch, and the default batch is "
            "not in use. Name the batch on the return, or switch on Use default batch id, then post again."
        )
    if failure.need.quantity < 0:
        return f"Item {item} in store {store}: {missing} {unit} came back. {code.title} {code.remedy}"
    why, remedy = why_short(failure.code, unit, set_aside)
    return f"Item {item} in store {store}: {missing} {unit} missing. {why} {remedy}"


def why_short(code: str, unit: str, set_aside: SetAside | None) -> tuple[str, str]:
    """Why goods are missing, and what would fix it: what others have `set_aside` where that is the reason, else what the code says."""
    if set_aside is None or code not in SHORT_OF_STOCK:
        return REGISTRY[code].title, REGISTRY[code].remedy
    held = format(set_aside.quantity.normalize(), "f")
    return (
        f"{held} {unit} that lie there are set aside for {set_aside.orders}.",
        "Hand out or cancel these orders, or register the missing receipt, then post again.",
    )
