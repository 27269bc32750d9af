"""What an order has been paid ahead, as vouchers: further deposits, refunds, cancellation charges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.document_kinds import SourceKind
from ledger.rules.vouchers import Entry, VoucherPlan, merged
from orders.rules.order_state import OrderState

DEPOSIT, REFUND, CHARGE = "deposit", "refund", "charge"


class Prepaid(NamedTuple):
    """A change of what an order has been paid ahead: a deposit, a refund (negative), or a charge, which was paid with no method.

    `gift_card` is the number of the card that gives it, or gets it back.
    """

    kind: str
    method: str | None
    amount: Decimal
    gift_card: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Vouchers of one kind: their number is the order's with this ending and the next ordinal, their step is named alike."""

    ending: str
    step: str


DEPOSITS = Series("DEP", "deposit")
CANCELLATIONS = Series("CAN", "cancel")


def plan_prepayment_voucher(
    order: OrderState, series: Series, ordinal: int, day: date, moved: Sequence[Prepaid], account_of: Mapping[str, int]
) -> VoucherPlan:
    """Debit what was paid with, credit prepayments; a refund mirrored; a charge from prepayments to its revenue.

    `account_of` has `prepayment`, `cancellation` and the payment methods.
    """
    entries: list[Entry] = []
    for kind, method, amount, _ in moved:
        against = Entry(account_of["cancellation"], -amount) if method is None else Entry(account_of[f"payment {method}"], amount)
        entries += (against, Entry(account_of["prepayment"], amount if kind == CHARGE else -amount))
    number = f"{order.number}-{series.ending}{ordinal}"
    step = f"{series.step}{ordinal}"
    return VoucherPlan(order.legal_entity_id, number, day, SourceKind.CUSTOMER_ORDER, order.order_id, step, merged(entries))
