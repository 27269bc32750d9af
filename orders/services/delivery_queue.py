"""Deliveries of customer orders: asked for, worked by the posting engine in partitions of their own, one invoice each (ADR 0012).

Locks: orders first (FOR NO KEY UPDATE, by id, those that returns name included) where a delivery is asked for; a run holds its own
deliveries, then their orders, then allocations that returns name, then on-hand rows. Nobody who holds an order touches a running delivery.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.scope import Scope
from core.access.writes import record_audit
from core.db.durability import wait_for_this_commit
from core.db.locks import DELIVERY_PARTITION
from core.jobs.chunks import reason_of, run_chunk
from core.jobs.models import Job
from core.jobs.queue.services import enqueue
from core.jobs.queue.spec import QueueSpec
from core.jobs.queue.work import OpenRun, Worker
from core.jobs.queue.writes import hold_documents
from core.lib.messages import Message, Params, encode_message
from core.lib.problems import Problem
from inventory.queries.policies import Policies
from inventory.rules.fallback import order_fallback
from inventory.rules.stock import FallbackSettings
from inventory.services.first_use import make_first_uses
from orders.models import OrderEvent
from orders.queries import deliveries as reads
from orders.queries import first_use
from orders.rules.deliveries import Delivered, OpenLine, Part, all_movable, parts_of, still_returnable
from orders.rules.fulfilment import Verb
from orders.services.invoice_deliveries import invoice_deliveries
from orders.writes import deliveries as writes
from orders.writes.place_orders import insert_events
from parameters.queries import lines_per_chunk, max_partitions, settings_of

DELIVERIES = QueueSpec(
    name="orders_delivery",
    kind="invoice_orders",
    task="orders.post_deliveries",
    lock=DELIVERY_PARTITION,
    # Orders do not wait for each other: what comes first takes first, and a chunk may end after any of them.
    unit="id",
    order="id",
    lines="line_count",
    queueable="invoice_id IS NULL",
    unfinished="invoice_id IS NULL",
    outcomes={"invoiced": "d.invoice_id IS NOT NULL", "failed": "d.error_code <> ''"},
    failing=frozenset({"failed"}),
)
ORDERS_IN_TRAIL = 1000


class DeliveryWork(Worker):
    """Deliveries as the posting engine sees them."""

    spec = DELIVERIES
    done_phase = Message("Invoiced")

    def open(self) -> OpenRun:
        """Item and warehouse policies are read once per look at the queue."""
        policies = Policies()
        return lambda claimed, token, actor: DeliveryRun(claimed, token, policies, actor)

    def max_partitions(self) -> int:
        """The parameter of the Posting tab."""
        return max_partitions()

    def chunk_lines(self) -> int:
        """By the parameter: whoever takes orders waits for stock that a chunk keeps locked until it is done. One query."""
        return lines_per_chunk(orders_wait=True)

    def record_request(self, job: Job, document_ids: Sequence[int], actor: str) -> None:
        """One entry of the audit trail; a delivery itself says who asked for it."""
        record_audit(AuditEntry.Action.POST, actor, job.title, {"job": job.pk, "deliveries": document_ids[:ORDERS_IN_TRAIL]})

    def record_interruption(self, document_ids: Collection[int], text: Message | None, actor: str) -> None:
        """Nothing to write down: a delivery changes nothing before it is invoiced."""


WORK = DeliveryWork()


class DeliveryRun:
    """One run of one chunk of deliveries; `ended` are those that it invoiced or saw fail."""

    def __init__(self, claimed: Sequence[int], token: UUID, policies: Policies, actor: str) -> None:
        self.claimed = claimed
        self.token = token
        self.policies = policies
        self.actor = actor
        self.ended: set[int] = set()
        self.settings: dict[int, FallbackSettings] = {}

    def run(self) -> None:
        """What is made on first use, then invoices the chunk; what cannot be worked at all is found by halving and marked."""
        days = first_use.days_of_deliveries(self.claimed)
        self.settings = {entity: order_fallback(own) for entity, own in settings_of({entity for entity, _ in days}).items()}
        make_first_uses(days, self.settings, partial(first_use.items_delivered_short, self.claimed))
        run_chunk(self.claimed, self.invoice, self.record_poison)

    def invoice(self, part: list[int]) -> None:
        """Everything that a delivery changes, in one transaction."""
        with transaction.atomic():
            held = hold_documents(DELIVERIES, part, self.token)
            if held:
                now = timezone.now()
                wait_for_this_commit()
                record_failed(invoice_deliveries(sorted(held), self.policies, self.settings, now, self.actor), self.actor)
        self.ended |= held

    def record_poison(self, delivery_id: int, error: Exception) -> None:
        """The one delivery that cannot be worked is marked; its neighbours went through."""
        with transaction.atomic():
            if hold_documents(DELIVERIES, [delivery_id], self.token):
                wait_for_this_commit()
                order, items = reads.names_of_delivery(delivery_id)
                said: Params = {"order": order, "items": items, **reason_of(error)}
                record_failed({delivery_id: Problem("UNEXPECTED_ERROR", said, variant="delivery")}, self.actor)
                self.ended.add(delivery_id)


def record_failed(problems: Mapping[int, Problem], actor: str) -> None:
    """Deliveries stand idle with their problem, orders know it, histories say it; three queries, none for nothing."""
    orders = writes.record_failed_deliveries(problems)
    insert_events(
        [
            (orders[delivery_id], OrderEvent.What.FAILED, {"code": problem.code, "text": encode_message(problem.message)})
            for delivery_id, problem in problems.items()
        ],
        actor,
    )


# --- Asking --------------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_deliveries(
    order_ids: Sequence[int], verb: Verb, user_id: int | None, actor: str, *, to_workers: bool = True, scope: Scope | None = None
) -> tuple[Job | None, list[int]]:
    """Asks for the delivery of everything that the verb can move of the orders; gives the job and the deliveries.

    Orders that are done, that have nothing for the verb, or a delivery in work, are left alone: asking twice delivers once. A delivery
    that failed is replaced. What is not paid goes on account.
    """
    now = timezone.now()
    orders = reads.hold_open_orders(order_ids)
    ids = [order.order_id for order in orders]
    writes.delete_idle_deliveries(ids)
    parts = everything_open(reads.open_lines(ids), verb)
    days = {order.order_id: now.astimezone(ZoneInfo(order.time_zone)).date() for order in orders}
    by_order = writes.insert_deliveries(orders, parts, days, verb, now, actor)
    if not by_order:
        return None, []
    insert_events([(order_id, OrderEvent.What.REQUESTED, {"verb": verb}) for order_id in by_order], actor)
    deliveries = list(by_order.values())
    return enqueue.request_work(WORK, deliveries, title_of, user_id, actor, to_workers=to_workers, scope=scope), deliveries


def everything_open(lines: Sequence[OpenLine], verb: Verb) -> dict[int, list[Part]]:
    """Parts by order: all that the verb can move of each line that it is for."""
    parts: dict[int, list[Part]] = {}
    delivered = delivered_of(lines)
    for order_id, own in groupby(lines, key=lambda line: line.order_id):
        of_order = list(own)
        parts[order_id] = parts_to_deliver(of_order, all_movable(of_order, verb), delivered)
    return parts


def delivered_of(lines: Sequence[OpenLine]) -> dict[int, list[Delivered]]:
    """What was delivered of the lines that linked returns among `lines` bring back; one query, none without returns."""
    originals = {line.return_of for line in lines if line.return_of is not None}
    return reads.delivered_lines(originals) if originals else {}


def parts_to_deliver(lines: Sequence[OpenLine], quantities: Mapping[int, Decimal], delivered: dict[int, list[Delivered]]) -> list[Part]:
    """The delivery lines that move `quantities` (by line number) of one order's lines.

    What linked returns take is taken off `delivered`: several that are asked for together do not bring back the same goods.
    """
    parts: list[Part] = []
    for line in lines:
        if line.number in quantities:
            originals = delivered.get(line.return_of or 0, [])
            own = list(parts_of(line, quantities[line.number], originals))
            if originals:
                delivered[line.return_of or 0] = still_returnable(originals, own, line)
            parts += own
    return parts


def title_of(deliveries: int) -> Message:
    """What the job is called."""
    return Message("Invoice {count} customer orders" if deliveries > 1 else "Invoice 1 customer order", {"count": deliveries})


# The engine's, of deliveries.
finish_here = partial(enqueue.finish_here, WORK)
rescue_interrupted = partial(enqueue.rescue_interrupted, WORK)
