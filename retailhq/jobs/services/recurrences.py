"""Recurrences: made, changed, paused, started by the clock or by hand; one run of a recurrence at a time."""

from dataclasses import dataclass
from datetime import time

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from retailhq.access.models import AuditEntry
from retailhq.access.writes import record_deed
from retailhq.db.acting import acting_as
from retailhq.db.locks import RECURRENCE, lock_for_transaction
from retailhq.jobs.models import Job, Recurrence
from retailhq.jobs.recurring import RECURRING
from retailhq.jobs.writes_recurrences import save_schedule, set_enabled, set_last_job, system_actor
from retailhq.lib.sentences import sentence


@dataclass(frozen=True, slots=True)
class Timing:
    """When: every so many minutes, or every day at a time of a zone. Exactly one of `minutes` and `at` is set."""

    minutes: int | None = None
    at: time | None = None
    zone: str = "UTC"

    def __str__(self) -> str:
        return sentence(f"every {self.minutes} minutes" if self.minutes else f"daily at {self.at:%H:%M} {self.zone}")


@transaction.atomic
def save_recurrence(recurrence: Recurrence | None, kind: str, name: str, timing: Timing, user: User | AnonymousUser) -> Recurrence:
    """Makes or changes a recurrence; the clock hears of it within seconds."""
    is_new = recurrence is None
    recurrence = recurrence or Recurrence()
    recurrence.kind, recurrence.name = kind, name
    saved = save_schedule(recurrence, timing.minutes, timing.at, timing.zone)
    record_deed(
        AuditEntry.Deed.RECURRENCE, user.get_username(), name, {"deed": "made" if is_new else "changed", "kind": kind, "when": str(timing)}
    )
    return saved


@transaction.atomic
def pause_recurrence(recurrence: Recurrence, user: User | AnonymousUser, *, paused: bool) -> None:
    """Stops the clock for it, or lets it go on. A run that is going on goes on."""
    set_enabled(recurrence, enabled=not paused)
    record_deed(AuditEntry.Deed.RECURRENCE, user.get_username(), recurrence.name, {"deed": "paused" if paused else "resumed"})


@transaction.atomic
def start_recurrence(recurrence_id: int, user: User | AnonymousUser | None = None) -> Job | None:
    """Starts a run, unless the one before is not finished or the recurrence is gone; gives its job, or None.

    Whoever starts it, the work is done as the system actor. Takes the lock of the recurrence until the job is committed, so two starts at
    once are one.
    """
    lock_for_transaction(RECURRENCE, [recurrence_id])
    recurrence = Recurrence.objects.select_related("last_job").filter(pk=recurrence_id).first()
    if recurrence is None or recurrence.kind not in RECURRING:
        return None
    if recurrence.last_job is not None and recurrence.last_job.finished_at is None:
        return None
    actor = system_actor()
    with acting_as(actor):
        job = RECURRING[recurrence.kind].start(recurrence.name, actor)
    set_last_job(recurrence, job)
    if user is not None:
        record_deed(AuditEntry.Deed.RECURRENCE, user.get_username(), recurrence.name, {"deed": "run now", "job": job.pk})
    return job
