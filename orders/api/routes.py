"""Addresses of customer orders."""

from typing import Annotated, NamedTuple

from django.http import HttpRequest, HttpResponse
from ninja import Header, Path, Query, Router

from core.api.answers import ApiError, Reply, item_of, json_response, refusal, refusal_of
from core.api.bodies import idempotent, rows_of
from core.api.caller import Bearer, request_token
from core.api.documents import object_body, rows_body
from core.api.jobs import Wait, address_of, ended_job
from core.api.lists import NO_NUL, Named
from core.api.models import Token
from core.api.writes import note_job
from core.jobs.models import Job
from core.lib.parsing import LARGEST_WHOLE
from core.lib.problems import BusinessError, Problem
from orders.api.answers import (
    ApprovedOrderOut,
    CancelledOut,
    HandedOverOut,
    HandledOut,
    OrderOut,
    ReversedDeliveryOut,
    RowsOut,
    handed_over_out,
    order_out,
    why_deliveries_failed,
)
from orders.api.bodies import (
    CANCEL,
    HAND_OVER,
    HANDLE,
    NOTE,
    RETURN,
    REVERSE,
    CancelIn,
    HandleIn,
    HandOverIn,
    NoteIn,
    ReturnedIn,
    ReverseIn,
    asked_of,
)
from orders.api.pending import HandedInRows, PendingOut, pending_out, pending_seen, submit_rows, wants_to_wait
from orders.api.placement import place
from orders.models import CustomerOrder
from orders.queries.whole_order import first_delivery
from orders.rules.fulfilment import Verb
from orders.services.approvals import approve_order_fallback
from orders.services.cancellation import cancel_order
from orders.services.order_files import OrderIn
from orders.services.order_numbers import EVERY_ORDER, find_orders
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import request_delivery
from orders.services.returns import return_lines
from orders.services.reversals import reverse_delivery

router = Router(tags=["Customer orders"])
May = Token.Verb
Company = Annotated[
    str, Query(max_length=60, pattern=NO_NUL, description="Company of the order; needed where several companies have one of that number.")
]
DeliveryNumber = Annotated[int, Path(ge=1, le=LARGEST_WHOLE)]
Prefer = Annotated[str, Header(alias="Prefer", max_length=200, description="`respond-async`: keep the orders now and take them later.")]


def order_seen(request: HttpRequest, number: str, legal_entity: str, store: str | None = None) -> int:
    """The order of that number, if it is of a store of the token; goods that come back to `store` may be of any store.

    Of several companies' orders the one of `legal_entity` is meant, without it the one of the company of `store`. Raises ApiError:
    UNKNOWN_LEGAL_ENTITY, UNKNOWN_ORDER, AMBIGUOUS_NUMBER.
    """
    seen = request_token(request).at("order__store__code") if store is None else EVERY_ORDER
    try:
        return find_orders([number], legal_entity, seen, unknown="in_stores", store=store)[number]
    except BusinessError as error:
        raise refusal_of(error, order=number) from None


@router.post(
    "/customer-orders",
    auth=Bearer(May.PLACE_ORDERS),
    response={200: OrderOut | RowsOut, 201: OrderOut, 202: PendingOut | HandedInRows},
    operation_id="place_customer_orders",
    summary="Place customer orders",
    openapi_extra=rows_body(OrderIn),
)
def place_customer_orders(request: HttpRequest, prefer: Prefer = "") -> HttpResponse:
    """One order: 201 with the order, 200 when it is there with the same content, or a problem. Several: 200 with what became of each.

    With `Prefer: respond-async` the orders are kept and taken later: 202 with a confirmation number, at once.

    Payments are deposits. Goods to be picked up or shipped are reserved; what is carried out at once is invoiced in the background.
    """
    rows = rows_of(request)
    act = submit_rows if wants_to_wait(prefer) else place
    return idempotent(request, lambda: act(request_token(request), rows)).response()


@router.get(
    "/customer-orders/pending/{confirmation}",
    auth=Bearer(May.VIEW_ORDERS, May.PLACE_ORDERS),
    response=PendingOut,
    operation_id="get_pending_order",
    summary="An order that was handed in",
)
def get_pending_order(request: HttpRequest, confirmation: Named) -> HttpResponse:
    """Whether it waits, was taken (with a link to the order), or why it could not be taken."""
    row = pending_seen(confirmation, request_token(request).at("store__code"))
    if row is None:
        raise refusal(Problem("UNKNOWN_ORDER", {"confirmation": confirmation}, variant="handed_in"), order=confirmation)
    return json_response(200, pending_out(row))


@router.get(
    "/customer-orders/{order}",
    auth=Bearer(May.VIEW_ORDERS, May.PLACE_ORDERS),
    response=OrderOut,
    operation_id="get_customer_order",
    summary="A customer order",
)
def get_customer_order(request: HttpRequest, order: Named, legal_entity: Company = "") -> HttpResponse:
    """Lines with stages, reservations and batches; payments, deliveries and invoices."""
    return json_response(200, order_out(order_seen(request, order, legal_entity)))


class VerbRoute(NamedTuple):
    """A call that moves quantities of an order: its address and what its description says."""

    path: str
    verb: Verb
    operation: str
    summary: str
    description: str


DELIVERY_ROUTES = (
    VerbRoute(
        *("invoice", Verb.INVOICE, "invoice_customer_order", "Invoice what is open"),
        "Delivers and invoices, whatever the delivery mode; without lines everything that is open.",
    ),
    VerbRoute(
        *("ship", Verb.SHIP, "ship_customer_order", "Ship"),
        "Ships lines of the delivery mode ship, packed goods first, then picked, then open ones, and invoices them.",
    ),
    VerbRoute(
        *("pick-up", Verb.PICK_UP, "pick_up_customer_order", "Hand out"),
        "Hands out lines of the delivery mode pickup and invoices them; what is due is paid, or goes on account.",
    ),
)
HANDLING_ROUTES = (
    VerbRoute("pick", Verb.PICK, "pick_customer_order", "Pick", "Notes quantities as picked; stock does not move before the delivery."),
    VerbRoute("unpick", Verb.UNPICK, "unpick_customer_order", "Take picking back", "Picked quantities are open again."),
    VerbRoute("pack", Verb.PACK, "pack_customer_order", "Pack", "Notes quantities as packed, picked ones first."),
    VerbRoute("unpack", Verb.UNPACK, "unpack_customer_order", "Take packing back", "Packed quantities are picked again."),
)


def add_delivery_route(route: VerbRoute) -> None:
    """Mounts a call that delivers; it is answered by `respond_delivery`."""

    def deliver(request: HttpRequest, order: Named, legal_entity: Company = "", wait: Wait = 0) -> HttpResponse:
        return respond_delivery(request, order, legal_entity, route.verb, wait)

    router.post(
        f"/customer-orders/{{order}}/{route.path}",
        auth=Bearer(May.DELIVER_ORDERS),
        response={200: HandedOverOut, 202: HandedOverOut},
        operation_id=route.operation,
        url_name=route.operation,
        summary=route.summary,
        description=route.description,
        openapi_extra=object_body(HandOverIn),
    )(deliver)


def add_handling_route(route: VerbRoute) -> None:
    """Mounts a call that picks or packs; it is answered by `respond_handling`."""

    def handle(request: HttpRequest, order: Named, legal_entity: Company = "") -> HttpResponse:
        return respond_handling(request, order, legal_entity, route.verb)

    router.post(
        f"/customer-orders/{{order}}/{route.path}",
        auth=Bearer(May.HANDLE_ORDERS),
        response=HandledOut,
        operation_id=route.operation,
        url_name=route.operation,
        summary=route.summary,
        description=route.description,
        openapi_extra=object_body(HandleIn, required=True),
    )(handle)


for delivery_route in DELIVERY_ROUTES:
    add_delivery_route(delivery_route)
for handling_route in HANDLING_ROUTES:
    add_handling_route(handling_route)


@router.post(
    "/customer-orders/{order}/cancel",
    auth=Bearer(May.CANCEL_ORDERS),
    response=CancelledOut,
    operation_id="cancel_customer_order",
    summary="Cancel",
    openapi_extra=object_body(CancelIn),
)
def cancel_customer_order(request: HttpRequest, order: Named, legal_entity: Company = "") -> HttpResponse:
    """What was reserved is free again; a charge may be kept of the deposit, what it exceeds the rest of the order by is paid back."""
    asked = asked_of(request, CANCEL, may_be_missing=True)
    order_id = order_seen(request, order, legal_entity)

    def cancel() -> Reply:
        done = cancel_order(order_id, asked.quantities, asked.refund_method, actor=request_token(request).actor, version=asked.version)
        money = {"charge": done.charge, "refund": done.refund, "credited": done.credited}
        answer = CancelledOut(order=order, voucher=done.voucher or None, **money)
        return Reply(200, answer.model_dump(mode="json"))

    return idempotent(request, cancel, legal_entity).response()


@router.post(
    "/customer-orders/{order}/return",
    auth=Bearer(May.CANCEL_ORDERS),
    response={200: HandedOverOut, 202: HandedOverOut},
    operation_id="return_customer_order",
    summary="Take goods back",
    openapi_extra=object_body(ReturnedIn),
)
def return_customer_order(request: HttpRequest, order: Named, legal_entity: Company = "", wait: Wait = 0) -> HttpResponse:
    """Makes an order of its own with negative lines, which the answer names, and pays back exactly what was invoiced for the goods.

    They go back to the batches that they came from. A store may take back what another one sold, if the token is for it.
    """
    asked = asked_of(request, RETURN, may_be_missing=True)
    token = request_token(request)
    if asked.store and not token.sees(asked.store):
        raise refusal(Problem("STORE_NOT_ALLOWED", {"token": token.name, "store": asked.store}))
    order_id = order_seen(request, order, legal_entity, asked.store)

    def take_back() -> Reply:
        back_id, job = return_lines(
            order_id,
            asked.quantities,
            asked.refund_method,
            units=asked.units,
            store=asked.store,
            user_id=None,
            actor=token.actor,
            version=asked.version,
            channel=CustomerOrder.Channel.API,
        )
        note_job(token.pk, job.pk)
        return Reply(202, {"job": job.pk, **first_delivery(back_id)}, address_of(job.pk))

    reply = idempotent(request, take_back, legal_entity)
    return await_delivery(reply.body["order"], reply.body["job"], reply.body["delivery"], wait)


@router.post(
    "/customer-orders/{order}/deliveries/{delivery}/reverse",
    auth=Bearer(May.CANCEL_ORDERS),
    response=ReversedDeliveryOut,
    operation_id="reverse_delivery",
    url_name="reverse_delivery",
    summary="Reverse a delivery",
    openapi_extra=object_body(ReverseIn, required=True),
)
def reverse_invoiced_delivery(request: HttpRequest, order: Named, delivery: DeliveryNumber, legal_entity: Company = "") -> HttpResponse:
    """Takes an invoiced delivery back exactly and once, by a credit note; the order is open for its goods again."""
    asked = asked_of(request, REVERSE)
    order_id = order_seen(request, order, legal_entity)

    def reverse() -> Reply:
        done = reverse_delivery(order_id, delivery, asked.reason, request_token(request).actor, asked.on)
        answer = ReversedDeliveryOut(document=done.document, reversal=done.reversal_id, invoice=done.invoice)
        return Reply(200, answer.model_dump(mode="json"))

    return idempotent(request, reverse, legal_entity).response()


@router.post(
    "/customer-orders/{order}/approve-fallback",
    auth=Bearer(May.APPROVE_FALLBACKS),
    response=ApprovedOrderOut,
    operation_id="approve_order_fallback",
    url_name="approve_order_fallback",
    summary="Let an order pass a fallback limit",
    openapi_extra=object_body(NoteIn, required=True),
)
def approve_fallback_of_order(request: HttpRequest, order: Named, legal_entity: Company = "") -> HttpResponse:
    """The next delivery of the order may put what passes the limit on the default batch, once; ask for it again then."""
    note = asked_of(request, NOTE)
    order_id = order_seen(request, order, legal_entity)

    def approve() -> Reply:
        done = approve_order_fallback(order_id, note, request_token(request).actor)
        return Reply(200, ApprovedOrderOut(order=order, note=done.note).model_dump(mode="json"))

    return idempotent(request, approve, legal_entity).response()


def respond_delivery(request: HttpRequest, number: str, legal_entity: str, verb: Verb, seconds: int) -> HttpResponse:
    """Asks for the delivery, once per Idempotency-Key; then waits for its job, each time that the call is repeated."""
    asked = asked_of(request, HAND_OVER, may_be_missing=True)
    order_id = order_seen(request, number, legal_entity)

    def ask() -> Reply:
        token = request_token(request)
        job, delivery_id = request_delivery(
            order_id, verb, asked.quantities, asked.payments, user_id=None, actor=token.actor, version=asked.version
        )
        note_job(token.pk, job.pk)
        return Reply(202, {"job": job.pk, "delivery": delivery_id}, address_of(job.pk))

    reply = idempotent(request, ask, legal_entity)
    return await_delivery(number, reply.body["job"], reply.body["delivery"], seconds)


def await_delivery(number: str, job_id: int, delivery_id: int, seconds: int) -> HttpResponse:
    """200 with the invoice, 202 while there is none, or the problem that kept the delivery from being invoiced."""
    job = ended_job(job_id, seconds)
    if job.status == Job.Status.FAILED:
        gave_way = item_of(Problem("DELIVERY_REPLACED", {"order": number}), order=number)
        raise ApiError(*(why_deliveries_failed([delivery_id]) or [gave_way]), job=job_id)
    answer = handed_over_out(number, delivery_id, job)
    return Reply(200 if answer.invoice else 202, answer.model_dump(mode="json"), address_of(job_id)).response()


def respond_handling(request: HttpRequest, number: str, legal_entity: str, verb: Verb) -> HttpResponse:
    """Moves quantities from stage to stage, once per Idempotency-Key."""
    asked = asked_of(request, HANDLE)
    quantities = asked.quantities
    if not quantities:
        raise refusal(Problem("NO_ROWS", variant="no_line"))
    order_id = order_seen(request, number, legal_entity)

    def handle() -> Reply:
        version = handle_quantities(order_id, verb, quantities, asked.version, actor=request_token(request).actor)
        return Reply(200, HandledOut(order=number, version=version).model_dump(mode="json"))

    return idempotent(request, handle, legal_entity).response()
