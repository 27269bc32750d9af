"""Reads of pending orders: what waits, what is known, what pages show."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.access.access import Access
from core.access.scope import Scope
from core.db.bulk import array, fetch_all, fetch_as
from orders.models import PendingOrder, PendingOrderEvent
from orders.rules.place_orders import OrderKey

PENDING_SORTS: dict[str, tuple[str, ...]] = {"confirmation": ("pk",), "number": ("number", "pk"), "store": ("store__code", "pk")}


class Waiting(NamedTuple):
    """A pending order that this run holds."""

    pending_id: int
    number: str
    content: str
    channel: str
    received_by: str
    may_override: bool


def handed_in(numbers: Collection[str]) -> dict[OrderKey, tuple[str, UUID]]:
    """Confirmation number and digest of what was submitted under the numbers, to any company, and not discarded; one query."""
    rows = PendingOrder.objects.filter(number__in=numbers).exclude(state=PendingOrder.State.DISCARDED)
    return {
        (entity, number): (confirmation, digest)
        for entity, number, confirmation, digest in rows.values_list("legal_entity_id", "number", "confirmation", "digest")
    }


def waiting_ids(after: int, most: int, only: Collection[int] | None = None) -> list[int]:
    """The next pending orders that wait and are not held, oldest first; one query."""
    sql = """
        SELECT id FROM orders_pendingorder
        WHERE state = 'waiting' AND NOT held AND id > %s AND (%s::bigint[] IS NULL OR id = ANY(%s::bigint[])) ORDER BY id LIMIT %s
    """
    these = None if only is None else array(only)
    return [row[0] for row in fetch_all(sql, [after, these, these, most])]


def hold_waiting(ids: Collection[int]) -> list[Waiting]:
    """Locks those of the pending orders that still wait and that nobody else works on or changes, until the transaction ends."""
    return fetch_as(
        Waiting,
        """
        SELECT id AS pending_id, number, content, channel, received_by, may_override FROM orders_pendingorder
        WHERE id = ANY(%s::bigint[]) AND state = 'waiting' AND NOT held ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        """,
        [array(ids)],
    )


def count_waiting() -> int:
    """How many wait and are not held; one query on the index of them."""
    return PendingOrder.objects.filter(state=PendingOrder.State.WAITING, held=False).count()


def pending_seen_by(access: Access) -> "QuerySet[PendingOrder, PendingOrder]":
    """Pending orders of the stores that somebody sees."""
    return PendingOrder.objects.filter(access.scope.stores()).select_related("store", "order").defer("content")


def pending_order(scope: Scope, pending_id: int) -> PendingOrder | None:
    """One of them with its content; one query."""
    return PendingOrder.objects.filter(scope.stores(), pk=pending_id).select_related("store", "order").first()


def failures_by_code(access: Access) -> list[tuple[str, int]]:
    """How many failed ones the person sees, by their first problem, most first; one query."""
    failed = PendingOrder.objects.filter(access.scope.stores(), state=PendingOrder.State.FAILED).order_by()
    return list(failed.values_list("error_code").annotate(number=Count("pk")).order_by("-number", "error_code"))


def failed_count(scope: Scope) -> int:
    """How many failed ones there are in the stores; one query on the index of them."""
    return PendingOrder.objects.filter(Q(state=PendingOrder.State.FAILED), scope.stores()).count()


def events_of(pending_id: int) -> list[PendingOrderEvent]:
    """The history, newest first; one query."""
    return list(PendingOrderEvent.objects.filter(pending=pending_id).order_by("-pk"))
