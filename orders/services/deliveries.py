"""Deliveries of customer orders: asked for, worked by the posting engine in lanes of their own, one invoice each (ADR 0012).

Locks: orders first (FOR NO KEY UPDATE, by id) where a delivery is asked for; a run holds its deliveries, then their orders, then
allocations that returns name, then on-hand rows.
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from inventory.queries.policies import Policies
from inventory.rules.stock import FallbackSettings
from orders.queries import deliveries as reads
from orders.rules.deliveries import OpenLine, Part, parts_of
from orders.rules.fulfilment import TRANSITIONS, Verb, movable
from orders.services.delivering import invoice_deliveries
from orders.writes import deliveries as writes
from parameters.queries import most_parallel_lanes
from parameters.rules.settings import RetailSettings
from retailhq.access.models import AuditEntry
from retailhq.access.scope import Scope
from retailhq.access.writes import record_deed
from retailhq.db.durability import wait_for_this_commit
from retailhq.db.locks import DELIVERY_LANE
from retailhq.jobs.chunks import run_chunk
from retailhq.jobs.models import Job
from retailhq.lanes.services import asking
from retailhq.lanes.services.asking import HEARTBEAT_SECONDS
from retailhq.lanes.tables import LaneTable
from retailhq.lanes.work import LaneWork, OpenRun
from retailhq.lanes.writes import hold_documents
from retailhq.lib.problems import Code, Problem, register

register(
    Code("UNKNOWN_ORDER", "customer order", "The customer order is not known.", "Look the number up in the list of sales orders."),
)

DELIVERIES = LaneTable(
    name="orders_delivery",
    kind="invoice_orders",
    task="orders.post_deliveries",
    lock=DELIVERY_LANE,
    # Orders do not wait for each other: what comes first takes first, and a chunk may end after any of them.
    day="id",
    order="id",
    lines="line_count",
    queueable="invoice_id IS NULL",
    outcomes={"invoiced": "d.invoice_id IS NOT NULL", "failed": "d.error_code <> ''"},
    failing=frozenset({"failed"}),
)
ORDERS_IN_TRAIL = 1000


def order_fallback(settings: RetailSettings) -> FallbackSettings:
    """The Customer orders tab's half of the default batch settings."""
    return FallbackSettings(
        settings.customer_orders_use_default_batch_id,
        settings.customer_orders_default_batch_id,
        settings.inventory_default_batch_scope == "advanced",
        settings.inventory_sellable_on_expiration_date,
        settings.inventory_use_batches_received_after_sale,
    )


class DeliveryWork(LaneWork):
    """Deliveries as the posting engine sees them."""

    table = DELIVERIES
    done_phase = "Invoiced"

    def look(self) -> OpenRun:
        """Item and warehouse policies are read once per look at the queue."""
        policies = Policies()
        return lambda claimed, token, actor: DeliveryRun(claimed, token, policies)

    def most_lanes(self) -> int:
        """The parameter of the Posting tab."""
        return most_parallel_lanes()

    def asked(self, job: Job, document_ids: Sequence[int], actor: str) -> None:
        """One entry of the audit trail; a delivery itself says who asked for it."""
        record_deed(AuditEntry.Deed.POST, actor, job.title, {"job": job.pk, "deliveries": document_ids[:ORDERS_IN_TRAIL]})

    def interrupted(self, document_ids: Collection[int], text: str, actor: str) -> None:
        """Nothing to write down: a delivery changes nothing before it is invoiced."""


WORK = DeliveryWork()


class DeliveryRun:
    """One run of one chunk of deliveries; `ended` are those that it invoiced or saw fail."""

    def __init__(self, claimed: Sequence[int], token: UUID, policies: Policies) -> None:
        self.claimed = claimed
        self.token = token
        self.policies = policies
        self.ended: set[int] = set()

    def run(self) -> None:
        """Invoices the chunk; what cannot be worked at all is found by halving and marked."""
        run_chunk(self.claimed, self.invoice, self.poison)

    def invoice(self, part: list[int]) -> None:
        """Everything that a delivery changes, in one transaction."""
        with transaction.atomic():
            held = hold_documents(DELIVERIES, part, self.token)
            if held:
                now = timezone.now()
                wait_for_this_commit()
                writes.record_failed_deliveries(invoice_deliveries(sorted(held), self.policies, order_fallback, now))
        self.ended |= held

    def poison(self, delivery_id: int, error: Exception) -> None:
        """The one delivery that cannot be worked is marked; its neighbours went through."""
        text = " ".join(str(error).split())[:1000]
        with transaction.atomic():
            if hold_documents(DELIVERIES, [delivery_id], self.token):
                wait_for_this_commit()
                writes.record_failed_deliveries({delivery_id: Problem("UNEXPECTED_ERROR", f"{type(error).__name__}: {text}")})
                self.ended.add(delivery_id)


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
    parts = _everything_open(reads.open_lines(ids), verb)
    days = {order.order_id: now.astimezone(ZoneInfo(order.time_zone)).date() for order in orders}
    deliveries = list(writes.insert_deliveries(orders, parts, days, verb, now, actor).values())
    if not deliveries:
        return None, []
    return asking.request_work(WORK, deliveries, title_of, user_id, actor, to_workers=to_workers, scope=scope), deliveries


def _everything_open(lines: Sequence[OpenLine], verb: Verb) -> dict[int, list[Part]]:
    """Parts by order: all that the verb can move of each line whose delivery mode it serves."""
    originals = {line.return_of for line in lines if line.return_of is not None}
    delivered = reads.delivered_lines(originals) if originals else {}
    parts: dict[int, list[Part]] = {}
    for order_id, own in groupby(lines, key=lambda line: line.order_id):
        parts[order_id] = [
            part
            for line in own
            if line.mode in TRANSITIONS[verb].modes
            for part in parts_of(line, movable(line.stages, verb), delivered.get(line.return_of or 0, ()))
        ]
    return parts


def title_of(deliveries: int) -> str:
    """What the job is called."""
    return f"Invoice {deliveries} customer order" + ("s" if deliveries > 1 else "")


def finish_here(delivery_ids: Sequence[int], actor: str) -> None:
    """Invoices in this process what was asked for; lanes that a worker holds are left to it."""
    asking.finish_here(WORK, delivery_ids, actor)


def rescue_interrupted(quiet_seconds: int = HEARTBEAT_SECONDS) -> dict[str, int]:
    """The watchdog of deliveries."""
    return asking.rescue_interrupted(WORK, quiet_seconds)
