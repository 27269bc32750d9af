"""What the tests of customer orders say of a till: one order, verbs on it, money in and out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core.db.bulk import fetch_all
from core.lib.problems import AS_WRITTEN, REGISTRY, Problem
from orders.models import CustomerOrder, CustomerOrderLine, Delivery, OrderPayment, SalesOrder
from orders.queries.deliveries import failed_deliveries
from orders.rules.fulfilment import Verb
from orders.rules.till_lines import OrderPaymentData
from orders.services.delivery_queue import finish_here
from orders.services.request_delivery import request_delivery
from tests.oracle.journal import counters
from tests.oracle.rows import Payment
from tests.scenarios.world import OrderLineRef

PREPAYMENTS = "2300"


@dataclass(frozen=True, slots=True)
class LineFailure(Problem):
    """What kept a line from being delivered: also the item, and what of it is missing in its unit."""

    item: str = ""
    missing: Decimal | None = None

    @property
    def remedy(self) -> str:
        """What the code says to do."""
        return REGISTRY[self.code].remedy


def order_id(ref: OrderLineRef) -> int:
    return SalesOrder.objects.get(number=ref.order).pk


def pays(*amounts: str, method: str = "cash") -> tuple[OrderPaymentData, ...]:
    return tuple(OrderPaymentData(place, method, Decimal(amount)) for place, amount in enumerate(amounts, 1))


def each(quantities: Mapping[int, str | int] | None) -> dict[int, Decimal] | None:
    return None if quantities is None else {number: Decimal(quantity) for number, quantity in quantities.items()}


def failure_of(delivery_id: int) -> tuple[LineFailure, ...]:
    """Why a delivery failed, per line where lines failed; empty for one that did not fail."""
    return tuple(
        LineFailure(
            row["code"],
            {"text": row["message"]},
            line=row["line"],
            variant=AS_WRITTEN,
            item=row["item"] or "",
            missing=row["missing_quantity"],
        )
        for row in failed_deliveries([delivery_id])
    )


def hands_over(
    ref: OrderLineRef,
    verb: Verb = Verb.PICK_UP,
    quantities: Mapping[int, str | int] | None = None,
    payments: tuple[OrderPaymentData, ...] | None = None,
    **how: Any,
) -> tuple[LineFailure, ...]:
    """A delivery asked for and worked; why it failed."""
    _, delivery = request_delivery(order_id(ref), verb, each(quantities), payments, user_id=None, actor="till", **how)
    finish_here([delivery], "worker")
    for journal in counters:
        paid = [Payment(one.number, one.method, one.amount, one.gift_card or None) for one in payments or ()]
        journal.gave_out(ref.order, each(quantities), paid)
    return failure_of(delivery)


def money(ref: OrderLineRef) -> CustomerOrder:
    return CustomerOrder.objects.get(order__number=ref.order)


def stages(ref: OrderLineRef) -> tuple[int, int, int, int]:
    """Picked, packed, invoiced, cancelled of the order's first line."""
    line = CustomerOrderLine.objects.get(order_line__order__number=ref.order, order_line__line_number=ref.line)
    return int(line.picked), int(line.packed), int(line.invoiced), int(line.cancelled)


def payments_of(ref: OrderLineRef) -> list[tuple[str, str | None, Decimal, str]]:
    """Kind, method, amount and voucher."""
    rows = OrderPayment.objects.filter(order__number=ref.order).order_by("ordinal")
    return [(row.kind, row.method_id, row.amount, row.voucher.number if row.voucher else "") for row in rows.select_related("voucher")]


def voucher(number: str) -> dict[str, Decimal]:
    """Debit less credit by account."""
    rows = fetch_all(
        """
        SELECT a.number, l.debit - l.credit
        FROM ledger_voucherline l JOIN ledger_voucher v ON v.id = l.voucher_id JOIN ledger_mainaccount a ON a.id = l.account_id
        WHERE v.number = %s
        """,
        [number],
    )
    return dict(rows)


def prepaid() -> Decimal:
    """What the prepayment account holds."""
    sql = """
        SELECT COALESCE(sum(l.credit - l.debit), 0) FROM ledger_voucherline l JOIN ledger_mainaccount a ON a.id = l.account_id
        WHERE a.number = %s
    """
    held: Decimal = fetch_all(sql, [PREPAYMENTS])[0][0]
    return held


def deliveries() -> int:
    return Delivery.objects.count()


def today() -> date:
    return timezone.now().date()
