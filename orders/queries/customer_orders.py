"""Rows of the list of customer orders, and what the page of one shows; a fixed number of queries each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, Sum, When
from django.urls import reverse

from core.access.access import Access
from core.access.scope import Scope
from core.db.bulk import fetch_all
from core.i18n.texts import decimal_text
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.tables.sources import Origin, OriginKind, register_source
from inventory.queries.units import convertible_units
from ledger.models import Voucher
from orders.models import (
    BatchAllocation,
    CustomerOrder,
    CustomerOrderLine,
    Delivery,
    DeliveryLine,
    Invoice,
    OrderEvent,
    OrderPayment,
    OrderProblem,
    Reservation,
    SalesOrderLine,
)
from orders.queries.returns import RETURNED_QUANTITY, sold_lines
from orders.rules.fulfilment import TRANSITIONS, DeliveryMode, Stages, Verb, movable
from orders.rules.returns import all_returnable

CUSTOMER_ORDER_SORTS: dict[str, tuple[str, ...]] = {"ordered_at": ("ordered_at", "order_id")}
# What customers really paid: a charge moves no money, and what comes with a delivery is theirs until it is invoiced.
PAID = Q(voucher__isnull=False) & ~Q(kind=OrderPayment.Kind.CHARGE)
LEFT = F("ordered") - F("invoiced") - F("cancelled")


def customer_orders_seen_by(access: Access) -> "QuerySet[CustomerOrder, CustomerOrder]":
    """Customer orders of the stores that somebody sees."""
    rows = CustomerOrder.objects.filter(access.scope.stores("order__store"))
    return rows.select_related("order__store", "order__customer", "currency")


def add_what_is_open(orders: Sequence[Any], access: Access) -> None:
    """Gives every order what of it is still to be delivered by unit, what was paid, and its delivery in work; three queries."""
    ids = [order.pk for order in orders]
    left: dict[int, list[tuple[Decimal, str]]] = defaultdict(list)
    lines = CustomerOrderLine.objects.filter(order_line__order__in=ids).order_by("order_line__unit")
    # What comes back counts down.
    signed = Case(When(order_line__quantity__lt=0, then=-LEFT), default=LEFT)
    for order_id, unit, quantity in lines.values_list("order_line__order", "order_line__unit").annotate(left=Sum(signed)):
        if quantity:
            left[order_id].append((quantity, unit))
    paid = dict(OrderPayment.objects.filter(PAID, order__in=ids).order_by().values_list("order").annotate(sum=Sum("amount")))
    working = dict(Delivery.objects.filter(order__in=ids).exclude(work_state="").values_list("order", "work_state"))
    for order in orders:
        order.left = left[order.pk]
        order.paid = paid.get(order.pk, ZERO)
        order.work_state = working.get(order.pk, "")


def left_in_words(order: Any) -> str:
    """What is still to be delivered, as an export says it: `3 each, 1.5 kg`."""
    return ", ".join(f"{decimal_text(quantity)} {unit}" for quantity, unit in order.left)


def customer_order_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Customer orders by their keys."""
    rows = CustomerOrder.objects.filter(pk__in=ids).values_list("pk", "order__number")
    return {pk: Origin(number, reverse("customer_orders:detail", args=[pk])) for pk, number in rows}


def delivery_line_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Customer orders by the keys of lines of their deliveries."""
    columns = ("pk", "delivery__order_id", "delivery__order__number", "order_line__line_number")
    rows = DeliveryLine.objects.filter(pk__in=ids).values_list(*columns)
    return {pk: Origin(f"{number}/{line}", reverse("customer_orders:detail", args=[order])) for pk, order, number, line in rows}


register_source(
    SourceKind.CUSTOMER_ORDER,
    OriginKind(
        customer_order_origins,
        lambda access: CustomerOrder.objects.filter(access.scope.stores("order__store")).values("pk"),
        view="customer_orders:detail",
    ),
)
register_source(
    SourceKind.DELIVERY_LINE,
    OriginKind(
        delivery_line_origins,
        lambda access: DeliveryLine.objects.filter(access.scope.stores("delivery__store")).values("pk"),
        view="customer_orders:detail",
    ),
)


# --- One order -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with where its quantity stands and what is reserved for it."""

    line: CustomerOrderLine
    stages: Stages
    reservations: list[Reservation]

    @property
    def track(self) -> list[tuple[str, Decimal]]:
        """The stages that hold something, in the order in which goods go through them."""
        named = ((stage, getattr(self.stages, stage)) for stage in ("open", "picked", "packed", "invoiced", "cancelled"))
        return [(stage, quantity) for stage, quantity in named if quantity]


@dataclass(frozen=True, slots=True)
class Money:
    """What a customer order came to and what was paid for it; `deposit_left` is not used by an invoice yet."""

    paid: Decimal
    deposit: Decimal
    deposit_left: Decimal
    open: Decimal


def customer_order(scope: Scope, order_id: int) -> CustomerOrder | None:
    """The order, if its store is in scope, with all that its head shows; one query."""
    related = ("order__store", "order__customer", "order__warehouse__legal_entity", "currency")
    return CustomerOrder.objects.select_related(*related).filter(scope.stores("order__store"), pk=order_id).first()


def money_of(order: CustomerOrder) -> Money:
    """Sums of its payments; one query."""
    deposits = Q(kind__in=(OrderPayment.Kind.DEPOSIT, OrderPayment.Kind.REFUND), delivery__isnull=True)
    found = OrderPayment.objects.filter(PAID, order=order.pk).aggregate(paid=Sum("amount"), deposit=Sum("amount", filter=deposits))
    deposit = found["deposit"] or ZERO
    return Money(
        paid=found["paid"] or ZERO,
        deposit=deposit,
        deposit_left=deposit - order.deposit_used - order.charged,
        open=order.total - order.invoiced - order.cancelled,
    )


def lines_of(order_id: int) -> "QuerySet[CustomerOrderLine, CustomerOrderLine]":
    """Lines of an order with their items, by number."""
    related = ("order_line__item", "warehouse", "batch", "return_of__order")
    return CustomerOrderLine.objects.filter(order_line__order=order_id).select_related(*related)


def last_line_of(order_id: int) -> int:
    """The highest number of an order's lines, returns included; one query."""
    return int(lines_of(order_id).aggregate(last=Max("order_line__line_number"))["last"] or 0)


def stages_of(line: CustomerOrderLine) -> Stages:
    """A line's quantity by stage."""
    return Stages(line.ordered, line.picked, line.packed, line.invoiced, line.cancelled)


def with_reservations(lines: Sequence[CustomerOrderLine]) -> list[LineView]:
    """Lines with what is reserved for them; one query."""
    aside: dict[int, list[Reservation]] = defaultdict(list)
    for row in Reservation.objects.filter(order_line__in=[line.pk for line in lines]).select_related("batch").order_by("ordinal", "pk"):
        aside[row.order_line_id].append(row)
    return [LineView(line, stages_of(line), aside[line.pk]) for line in lines]


def deliveries_of(order_id: int) -> "QuerySet[Delivery, Delivery]":
    """Deliveries of an order with their invoices."""
    return Delivery.objects.filter(order=order_id).select_related("invoice", "job__requested_by")


def open_delivery(order_id: int) -> Delivery | None:
    """The delivery of an order that is not invoiced, in work or failed; one query."""
    return deliveries_of(order_id).filter(invoice__isnull=True).first()


def problems_of(order_id: int) -> list[OrderProblem]:
    """Why lines kept the last delivery from being invoiced; one query."""
    return list(OrderProblem.objects.filter(order=order_id).select_related("item").order_by("item__code", "source_id"))


def allocations_of(order_id: int) -> "QuerySet[BatchAllocation, BatchAllocation]":
    """Where the units of an order came from, and why."""
    lines = DeliveryLine.objects.filter(delivery__order=order_id).values("pk")
    rows = BatchAllocation.objects.filter(source_kind=SourceKind.DELIVERY_LINE, source_id__in=lines)
    return rows.select_related("batch", "item", "order_line", "warehouse")


def payments_of(order_id: int) -> list[OrderPayment]:
    """Everything that was paid, paid back or charged, with its vouchers; one query."""
    return list(
        OrderPayment.objects.filter(order=order_id).select_related("method", "voucher", "delivery", "gift_card").order_by("ordinal")
    )


def invoices_of(order_id: int) -> list[Invoice]:
    """Invoices of an order; one query."""
    return list(Invoice.objects.filter(order=order_id).order_by("ordinal"))


def vouchers_of(order_id: int) -> list[Voucher]:
    """Vouchers that the order and its invoices made; one query."""
    invoices = Invoice.objects.filter(order=order_id).values("pk")
    own = Q(source_kind=SourceKind.CUSTOMER_ORDER, source_id=order_id)
    return list(Voucher.objects.filter(own | Q(source_kind=SourceKind.INVOICE, source_id__in=invoices)).order_by("number"))


def returned_on(order_id: int) -> list[SalesOrderLine]:
    """Lines of other orders that bring something of this one back; one query."""
    rows = SalesOrderLine.objects.filter(stages__return_of__order=order_id).select_related("order")
    return list(rows.order_by("order", "line_number"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an order's lines of one delivery mode and direction stands where, summed; `returnable` is invoiced and not returned."""

    mode: str
    is_return: bool
    stages: Stages
    returnable: Decimal


def standings_of(order_id: int) -> list[Standing]:
    """Where the quantities of an order stand, over all its lines; one query."""
    rows = fetch_all(
        f"""
        SELECT c.delivery, l.quantity < 0, sum(c.ordered), sum(c.picked), sum(c.packed), sum(c.invoiced), sum(c.cancelled),
               round(sum(c.invoiced - COALESCE((
                   SELECT sum({RETURNED_QUANTITY})
                   FROM orders_customerorderline b JOIN orders_salesorderline bl ON bl.id = b.order_line_id WHERE b.return_of_id = l.id
               ), 0)), 4)
        FROM orders_salesorderline l
        JOIN orders_customerorderline c ON c.order_line_id = l.id
        JOIN inventory_item i ON i.id = l.item_id
        WHERE l.order_id = %s GROUP BY c.delivery, l.quantity < 0
        """,
        [order_id],
    )
    return [Standing(row[0], row[1], Stages(*row[2:7]), row[7]) for row in rows]


@dataclass(frozen=True, slots=True)
class Movable:
    """A line that a verb can still move: most of it, in its unit; goods may come back in any of `units`."""

    number: int
    item: str
    item_name: str
    unit: str
    mode: str
    stages: Stages
    most: Decimal
    units: tuple[str, ...] = ()


def lines_for(order_id: int, verb: Verb) -> list[Movable]:
    """Lines that the verb can move something of, by number; one query."""
    transition = TRANSITIONS[verb]
    found = []
    for row in lines_of(order_id).order_by("order_line__line_number"):
        line, stages = row.order_line, stages_of(row)
        if (most := movable(stages, verb)) > 0 and transition.serves(DeliveryMode(row.delivery), is_return=line.quantity < 0):
            found.append(Movable(line.line_number, line.item.code, line.item.name, line.unit_id, row.delivery, stages, most))
    return found


def returnable_lines(order_id: int) -> list[Movable]:
    """Lines of which something was invoiced and is on no return yet, by number, with the units that goods may come in; three queries."""
    left = all_returnable(sold_lines(order_id))
    rows = [row for row in lines_of(order_id).order_by("order_line__line_number") if row.order_line.line_number in left]
    units = convertible_units({row.order_line.item_id for row in rows})
    found = []
    for row in rows:
        line = row.order_line
        about = (line.line_number, line.item.code, line.item.name, line.unit_id, row.delivery, stages_of(row))
        others = units[line.item_id] - {line.unit_id}
        found.append(Movable(*about, left[line.line_number], (line.unit_id, *sorted(others))))
    return found


def events_of(order_id: int) -> "QuerySet[OrderEvent, OrderEvent]":
    """The history of an order."""
    return OrderEvent.objects.filter(order=order_id)
