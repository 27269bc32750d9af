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


def failure_message(failure: Failure, item: str, unit: str, store: str) -> str:
    """One sentence: item, store, missing quantity, and what would fix it."""
    code = REGISTRY[failure.code]
    missing = format(failure.missing.normalize(), "f")
    return f"Item {item} in store {store}: {missing} {unit} missing. {code.meaning} {code.remedy}"
