"""Orders that are submitted now and taken later: kept at once under a confirmation number, made into orders in the background.

Locks: rows of pending orders (FOR NO KEY UPDATE, by id; the synchronisation skips what others hold), then those of `place_orders`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction

from core.db.bulk import reserve_ids
from core.db.meant_codes import name_meant
from core.files.source import LONGEST_LINE, Line
from core.jobs.chunks import reason_of, run_chunk
from core.lib.imports import Reject
from core.lib.messages import encode_message
from core.lib.problems import AS_WRITTEN, BusinessError, Problem
from orders.models import PendingOrder, PendingOrderEvent
from orders.queries import pending as reads
from orders.queries.pending import Waiting
from orders.queries.place_orders import NAMED_BY, known_orders, order_stores
from orders.rules import pending as rules
from orders.rules.order_numbers import store_of_statement
from orders.rules.place_orders import OrderKey, OrderStore, number_problem
from orders.services.order_files import CUSTOMER_ORDERS, IncomingOrder
from orders.services.place_orders import PlaceResult, conflict, place_orders
from orders.writes import pending as writes
from orders.writes.pending import NewPending

What = PendingOrderEvent.What
ORDERS_PER_CHUNK = 200
MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class SubmittedOrder:
    """An order as it was sent, and as it was read."""

    content: str
    incoming: IncomingOrder


@dataclass(slots=True)
class SubmitResult:
    """What became of orders by their position: confirmation numbers of new ones and of repeats, problems of others."""

    new: dict[int, str] = field(default_factory=dict)
    unchanged: dict[int, str] = field(default_factory=dict)
    refused: dict[int, list[Problem]] = field(default_factory=dict)


@dataclass(slots=True)
class ProcessedCounts:
    """What became of pending orders; `linked` were there as orders with the same content."""

    created: int = 0
    linked: int = 0
    failed: int = 0

    def add(self, part: "ProcessedCounts") -> None:
        """Adds a part that is committed."""
        self.created += part.created
        self.linked += part.linked
        self.failed += part.failed

    @property
    def total(self) -> int:
        """How many pending orders were tried."""
        return self.created + self.linked + self.failed


# --- Handing in ----------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit_orders(handed: Sequence[SubmittedOrder], channel: str, actor: str, *, may_override: bool = False) -> SubmitResult:
    """Keeps the orders, to be taken later; some five queries, whatever their number.

    Only what needs no look at the order is checked: the store, and that in its company the number neither stands for other content, as a
    pending order or as an order, nor is one that statements give. An order that was submitted before with the same content keeps its
    confirmation number.
    """
    accepted = SubmitResult()
    named = [one.incoming.order for one in handed]
    stores = order_stores({code for order in named for code in (order.store, store_of_statement(order.number))})
    orders = known_orders([order.number for order in named])
    ids = reserve_ids("orders_pendingorder", len(handed))
    rows: dict[OrderKey, NewPending] = {}
    positions: dict[OrderKey, list[int]] = {}

    def new_row(pending_id: int, store: OrderStore, one: SubmittedOrder) -> NewPending:
        number, digest = one.incoming.order.number, one.incoming.digest
        return NewPending(pending_id, number, store.legal_entity_id, store.id, one.content, digest, channel, actor, may_override)

    for position, (pending_id, one) in enumerate(zip(ids, handed, strict=True)):
        order, digest = one.incoming
        store = stores.get(order.store)
        if store is None:
            accepted.refused[position] = name_meant([Problem("UNKNOWN_STORE", {"store": order.store})], NAMED_BY)
            continue
        key = (store.legal_entity_id, order.number)
        row = rows.get(key) or new_row(pending_id, store, one)
        is_there = key in orders and orders[key][1] == digest
        if not is_there and (problem := number_problem(order.number, store.legal_entity_id, stores)):
            accepted.refused[position] = [problem]
        elif digest != row.digest or (key in orders and not is_there):
            accepted.refused[position] = [conflict(order.number)]
        else:
            rows[key] = row
            positions.setdefault(key, []).append(position)
    inserted = writes.insert_pending(list(rows.values()))
    before = reads.handed_in([row.number for row in rows.values() if row.pending_id not in inserted])
    for key, row in rows.items():
        first, *repeats = positions[key]
        if row.pending_id in inserted:
            accepted.new[first] = row.confirmation
            accepted.unchanged |= dict.fromkeys(repeats, row.confirmation)
        elif before[key][1] == row.digest:
            accepted.unchanged |= dict.fromkeys((first, *repeats), before[key][0])
        else:
            accepted.refused |= {position: [conflict(row.number)] for position in (first, *repeats)}
    new = [row for row in rows.values() if row.pending_id in inserted]
    writes.insert_events([(row.pending_id, What.HANDED_IN, {"order": row.number}) for row in new], actor)
    return accepted


# --- Taking --------------------------------------------------------------------------------------------------------------------------


def synchronize_orders(
    actor: str, only: Sequence[int] | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> ProcessedCounts:
    """Makes orders of what waits and is not held, of these or of all, chunk by chunk; each chunk is one transaction.

    Two at once share the work: neither waits for what the other holds. One that dies leaves what it held waiting.
    """
    found = ProcessedCounts()
    total = len(only) if only is not None else reads.count_waiting()
    progress(0, total)
    last = 0
    while ids := reads.waiting_ids(last, ORDERS_PER_CHUNK, only):
        run_chunk(
            ids,
            lambda part: found.add(take_waiting(part, actor)),
            lambda pending_id, error: found.add(mark_poisoned(pending_id, error, actor)),
        )
        last = ids[-1]
        progress(found.total, max(total, found.total))
    return found


@transaction.atomic
def take_waiting(ids: Sequence[int], actor: str) -> ProcessedCounts:
    """Takes those of the pending orders that still wait: all of it or nothing."""
    held = reads.hold_waiting(ids)
    created: dict[int, int] = {}
    linked: dict[int, int] = {}
    failed: dict[int, list[Problem]] = {}
    for (channel, received_by, may_override), rows in groupby(sorted(held, key=origin_of), key=origin_of):
        readable: list[tuple[Waiting, IncomingOrder]] = []
        for row in rows:
            order = read(row.content)
            if isinstance(order, Problem):
                failed[row.pending_id] = [order]
            else:
                readable.append((row, order))
        taken = place_orders([order for _, order in readable], channel, received_by, may_override=may_override)
        sort_out(readable, taken, created, linked, failed)
    writes.record_created(created | linked)
    writes.record_failed(failed)
    writes.insert_events(
        [
            *((key, What.CREATED, {"order": order}) for key, order in created.items()),
            *((key, What.LINKED, {"order": order}) for key, order in linked.items()),
            *((key, What.FAILED, {"code": why[0].code, "text": encode_message(why[0].message)}) for key, why in failed.items()),
        ],
        actor,
    )
    return ProcessedCounts(len(created), len(linked), len(failed))


def origin_of(row: Waiting) -> tuple[str, str, bool]:
    """What orders that are placed in one call share."""
    return row.channel, row.received_by, row.may_override


def sort_out(
    readable: Sequence[tuple[Waiting, IncomingOrder]],
    taken: PlaceResult,
    created: dict[int, int],
    linked: dict[int, int],
    failed: dict[int, list[Problem]],
) -> None:
    """Puts every pending order to what became of it."""
    for position, (row, _) in enumerate(readable):
        if position in taken.refused:
            failed[row.pending_id] = taken.refused[position]
        elif position in taken.new:
            created[row.pending_id] = taken.new[position]
        else:
            linked[row.pending_id] = taken.unchanged[position]


@transaction.atomic
def mark_poisoned(pending_id: int, error: Exception, actor: str) -> ProcessedCounts:
    """The one that cannot be worked is marked; its neighbours went through."""
    if not reads.hold_waiting([pending_id]):
        return ProcessedCounts()
    number = PendingOrder.objects.values_list("number", flat=True).get(pk=pending_id)
    problem = Problem("UNEXPECTED_ERROR", {"order": number, **reason_of(error)}, variant="pending")
    writes.record_failed({pending_id: [problem]})
    writes.insert_events([(pending_id, What.FAILED, {"code": problem.code, "text": encode_message(problem.message)})], actor)
    return ProcessedCounts(failed=1)


def read(content: str) -> IncomingOrder | Problem:
    """The order that the content holds, or why it cannot be read."""
    data = content.encode()
    row = CUSTOMER_ORDERS.read_line(Line(1, data, len(data) > LONGEST_LINE))
    if not isinstance(row, Reject):
        return row.value
    field = row.message.params.get("field")
    return Problem(row.code, {"text": row.message}, field if isinstance(field, str) else None, variant=AS_WRITTEN)


# --- Mending -------------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def hold_pending(ids: Sequence[int], actor: str) -> list[int]:
    """The synchronisation passes these over until they are released; gives those that were not held before."""
    return _change_state(ids, writes.HOLD, What.HELD, actor)


@transaction.atomic
def release_pending(ids: Sequence[int], actor: str) -> list[int]:
    """Takes the hold off; gives those that were held."""
    return _change_state(ids, writes.RELEASE, What.RELEASED, actor)


@transaction.atomic
def retry_pending(ids: Sequence[int], actor: str) -> list[int]:
    """Failed ones that are not held wait again; gives these."""
    return _change_state(ids, writes.RETRY, What.RETRIED, actor)


@transaction.atomic
def discard_pending(pending_id: int, reason: str, actor: str) -> None:
    """Puts the order aside for good; its content and its history stay. Raises BusinessError REASON_MISSING, PENDING_ORDER_DONE."""
    reason = " ".join(reason.replace("\0", "").split())[:MOST_REASON]
    if not reason:
        raise BusinessError(Problem("REASON_MISSING"))
    if not _change_state([pending_id], writes.DISCARD, What.DISCARDED, actor, {"reason": reason}):
        raise BusinessError(rules.done(PendingOrder.objects.get(pk=pending_id).confirmation))


def _change_state(ids: Sequence[int], change: str, what: What, actor: str, data: dict[str, object] | None = None) -> list[int]:
    changed = writes.change_state(ids, change)
    writes.insert_events([(pending_id, what, data or {}) for pending_id in changed], actor)
    return changed


@transaction.atomic
def edit_pending(pending_id: int, version: int, wanted: dict[str, str], actor: str) -> int:
    """Replaces values of the content by path and lets it wait again; gives how many changed. What was wrong is looked for when it is taken.

    Raises BusinessError with what keeps the content from being read (its field is the path), PENDING_ORDER_CHANGED for another
    version, PENDING_ORDER_DONE, NOTHING_CHANGED; then nothing is changed. Number and store stay: they are what the till was told.
    """
    row = PendingOrder.objects.get(pk=pending_id)
    if row.state not in (PendingOrder.State.WAITING, PendingOrder.State.FAILED):
        raise BusinessError(rules.done(row.confirmation))
    content, changes = rules.edited(row.content, wanted)
    if not changes:
        raise BusinessError(Problem("NOTHING_CHANGED"))
    found = read(content)
    if isinstance(found, Problem):
        raise BusinessError(found)
    if not writes.replace_content(pending_id, version, content):
        raise BusinessError(Problem("PENDING_ORDER_CHANGED", {"confirmation": row.confirmation}))
    data = [{"field": change.field, "from": change.before, "to": change.after} for change in changes]
    writes.insert_events([(pending_id, What.EDITED, {"changes": data})], actor)
    return len(changes)
