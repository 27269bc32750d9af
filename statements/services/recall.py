"""Recall: who got a batch, for certain, probably or possibly (docs/domain.md#recall)."""

from dataclasses import dataclass
from datetime import date, timedelta
from time import monotonic

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.jobs.kinds import JobResult, register_kind
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.messages import Message
from core.lib.problems import BusinessError, Problem
from statements.models import Recall
from statements.queries import recall as reads
from statements.rules.recall import find_windows
from statements.writes import recall as writes

RECALL = "recall"
# More allocations of an item than a person wants to wait for are looked through by a worker.
AT_ONCE = 50_000
KEPT_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RecallRequest:
    """A batch, and the business days of sales that are asked for."""

    item: str
    batch: str
    first: date | None = None
    last: date | None = None
    is_mock: bool = False


def start_recall(request: RecallRequest, actor: str) -> Recall:
    """A recall that is not answered yet. Raises BusinessError UNKNOWN_BATCH, RECALL_OF_DEFAULT_BATCH, DATES_REVERSED."""
    if request.first and request.last and request.first > request.last:
        raise BusinessError(Problem("DATES_REVERSED", {"first": request.first, "last": request.last}))
    found = reads.find_batch(request.item, request.batch)
    if found is None:
        raise BusinessError(Problem("UNKNOWN_BATCH", {"item": request.item, "batch": request.batch}, variant="recall"))
    if found.is_default_batch:
        raise BusinessError(Problem("RECALL_OF_DEFAULT_BATCH", {"item": request.item, "batch": request.batch}))
    recall = writes.make_recall(found.item_id, found.batch_id, request.first, request.last, actor, is_mock=request.is_mock)
    record_audit(
        AuditEntry.Action.EXPORT, actor, f"{request.item} {request.batch}", {"kind": RECALL, "recall": recall.pk, "mock": request.is_mock}
    )
    return recall


@transaction.atomic
def answer_recall(recall: Recall) -> None:
    """Finds the lines of a recall, anew where an attempt broke off; six queries."""
    began = monotonic()
    writes.clear_lines(recall.pk)
    returned = reads.returns_of_item(recall.item_id, recall.batch_id)
    recorded = reads.recorded_of(recall.item_id, recall.batch_id)
    windows = find_windows(recorded.arrived, recorded.left, returned, recorded.emptied)
    writes.insert_lines(recall, windows)
    writes.finish_recall(recall.pk, monotonic() - began)
    recall.refresh_from_db()


@transaction.atomic
def recall_batch(request: RecallRequest, actor: str) -> Recall:
    """A recall with its answer. Raises as `start_recall`."""
    recall = start_recall(request, actor)
    answer_recall(recall)
    return recall


def kept_recall(request: RecallRequest, actor: str) -> Recall:
    """The answer of a moment ago, else a new one: pages of a list are of one answer. Raises as `start_recall`."""
    known = reads.recent_recall(request.item, request.batch, request.first, request.last, timezone.now() - KEPT_FOR)
    return known or recall_batch(request, actor)


@transaction.atomic
def request_recall(request: RecallRequest, user: User | AnonymousUser) -> Recall:
    """A recall that is answered at once, or by a worker where the item moved much. Raises as `start_recall`."""
    recall = start_recall(request, user.get_username())
    if reads.count_allocations(recall.item_id, AT_ONCE + 1) <= AT_ONCE:
        answer_recall(recall)
        return recall
    title = Message("Recall batch {batch} of item {item}", {"batch": request.batch, "item": request.item})
    recall.job = request_work(RECALL, title, {"recall": recall.pk}, user)
    recall.save(update_fields=["job"])
    return recall


def work_recall(run: Run) -> JobResult:
    """The work of a recall; a second run finds the same."""
    recall = Recall.objects.get(pk=run.arguments["recall"])
    answer_recall(recall)
    return JobResult({"lines": recall.certain + recall.probable + recall.possible})


register_kind(RECALL, work_recall, unit=gettext_lazy("lines"), may_repeat=False)
