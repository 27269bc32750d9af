"""What calls about customer orders are answered with."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema

from core.api.answers import ErrorItem, Money, Quantity, render_for_caller, stored_item
from core.api.jobs import JobOut, job_out, register_explanation
from core.jobs.models import Job
from core.lib.messages import decode_message
from core.lib.problems import Code, register, register_texts
from orders.models import Delivery, OrderPayment
from orders.queries.deliveries import failed_deliveries
from orders.queries.whole_order import delivery_state, whole_order
from orders.rules.fulfilment import DeliveryMode, Verb
from orders.services.delivery_queue import DELIVERIES


class ReturnOut(Schema):
    """The order line that a return brings back."""

    order: str
    line: int


class ReservedOut(Schema):
    """What is reserved for a line, in the item's unit; no batch for items that have none."""

    batch: str | None
    quantity: Quantity


class AllocationOut(Schema):
    """Where delivered goods came from (returns: went to), in the item's unit, and why that batch."""

    warehouse: str
    batch: str | None
    quantity: Quantity
    source: Literal["captured", "allocated", "default", "returned", "untracked"]
    reason: str


class LineOut(Schema):
    """A line; its quantity is spread over the stages open, picked, packed, invoiced and cancelled, which are never negative."""

    line: int
    item: str
    quantity: Quantity
    unit: str
    price: Quantity
    discount: Money
    net: Money
    tax: Money
    delivery: DeliveryMode
    batch: str | None
    gift_card: str | None
    return_of: ReturnOut | None
    open: Quantity
    picked: Quantity
    packed: Quantity
    invoiced: Quantity
    cancelled: Quantity
    reserved: list[ReservedOut]
    allocations: list[AllocationOut]


class PaymentOut(Schema):
    """Money that came in (refunds are negative): deposits before a delivery, payments with one."""

    number: int
    kind: OrderPayment.Kind
    method: str | None
    gift_card: str | None
    amount: Money
    paid_at: datetime
    voucher: str | None
    delivery: int | None


DeliveryStatus = Literal["queued", "running", "invoiced", "failed", "idle"]


class DeliveryOut(Schema):
    """Goods that leave together; `status` is queued, running, invoiced, failed or idle."""

    number: int
    verb: Verb
    day: date
    requested_at: datetime
    requested_by: str
    net: Money
    tax: Money
    total: Money
    status: DeliveryStatus
    invoice: str | None
    job: int | None
    error_code: str | None
    error_text: str | None


class InvoiceOut(Schema):
    invoice: str
    date: date
    net: Money
    tax: Money
    total: Money


class OrderOut(Schema):
    """A customer order with everything that became of it. `version` counts its changes."""

    order: str
    legal_entity: str
    store: str
    warehouse: str
    customer: str
    status: Literal["created", "invoiced", "cancelled"]
    business_date: date
    channel: str
    currency: str
    ordered_at: datetime
    delivery: DeliveryMode
    net: Money
    tax: Money
    total: Money
    deposit_wanted: Money
    deposit_used: Money
    invoiced: Money
    cancelled: Money
    charged: Money
    version: int
    lines: list[LineOut]
    payments: list[PaymentOut]
    deliveries: list[DeliveryOut]
    invoices: list[InvoiceOut]


DeliveryOutcome = Literal["new", "unchanged", "refused"]


class RowOut(Schema):
    """What became of one row of a call; `errors` say why it was refused."""

    row: int
    key: str
    status: DeliveryOutcome
    errors: list[ErrorItem]


class RowsOut(Schema):
    """What became of every row of a call, in its order."""

    new: int
    unchanged: int
    refused: int
    rows: list[RowOut]


class HandedOverOut(Schema):
    """A delivery that was asked for. `invoice` is its number once it is invoiced; until then look at the job."""

    order: str
    delivery: int
    status: DeliveryStatus
    invoice: str | None
    job: JobOut


class HandledOut(Schema):
    """The order after its quantities were moved."""

    order: str
    version: int


class ApprovedOrderOut(Schema):
    """The order that may pass the fallback limit once, and why."""

    order: str
    note: str


class ReversedDeliveryOut(Schema):
    """The delivery that was taken back, the number of its reversal, and its credit note."""

    document: str
    reversal: int
    invoice: str


class CancelledOut(Schema):
    """What was kept of the deposit, what was paid back, and what was taken off what the customer owes of the order."""

    order: str
    charge: Money
    refund: Money
    credited: Money
    voucher: str | None


def order_out(order_id: int) -> dict[str, Any]:
    """The order as `GET customer-orders/{order}` answers."""
    found = whole_order(order_id)
    for delivery in found["deliveries"]:
        delivery["error_text"] = render_for_caller(decode_message(delivery["error_text"])) if delivery["error_text"] else None
    for line in found["lines"]:
        number, place = line.pop("return_of_order"), line.pop("return_of_line")
        line["return_of"] = {"order": number, "line": place} if number else None
    return OrderOut.model_validate(found).model_dump(mode="json")


def handed_over_out(number: str, delivery_id: int, job: Job) -> HandedOverOut:
    """How far a delivery is; one that gave way to a later request has failed."""
    found = delivery_state(delivery_id) or {"number": 0, "status": "failed", "invoice": None}
    return HandedOverOut(order=number, delivery=found["number"], status=found["status"], invoice=found["invoice"], job=job_out(job))


def why_deliveries_failed(delivery_ids: Sequence[int]) -> list[ErrorItem]:
    """What kept deliveries from being invoiced, line by line where lines are the reason."""
    about = ("order", "line", "item", "missing_quantity")
    return [stored_item(row["code"], row["message"], **{name: row[name] for name in about}) for row in failed_deliveries(delivery_ids)]


def why_job_failed(job_id: int) -> list[ErrorItem]:
    """The same for all deliveries of a job."""
    return why_deliveries_failed(list(Delivery.objects.filter(job=job_id).values_list("pk", flat=True)))


register(
    Code(
        "DELIVERY_REPLACED",
        "customer order",
        "The delivery failed, and another one was asked for since.",
        "Look at the order; it names its deliveries.",
        "The delivery of order {order} failed and gave way to a later one.",
    ),
)
register_texts("NO_ROWS", {"no_line": "The call names no line."})
register_explanation(DELIVERIES.kind, why_job_failed)
