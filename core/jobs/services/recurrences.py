"""Recurrences: made, changed, paused, deleted, started by the clock or by hand; one run of a recurrence at a time."""

from dataclasses import dataclass
from datetime import time

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.current_actor import acting_as
from core.db.locks import RECURRENCE, lock_for_transaction
from core.jobs.models import Job, Recurrence
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.writes_recurrences import delete_with_task, save_crontab, save_interval, set_enabled, set_last_job, system_actor
from core.lib.messages import Message, encode


@dataclass(frozen=True, slots=True)
class Timing:
    """When: every so many minutes, every hour at a minute, or at a time of every day or of some weekdays (1 Monday to 7 Sunday).

    Exactly one of `minutes`, `minute` and `at` is set; `days` goes with `at`, blank for every day. `minute` and `at` are those of `zone`.
    """

    minutes: int | None = None
    minute: int | None = None
    at: time | None = None
    days: tuple[int, ...] = ()
    zone: str = "UTC"

    @property
    def message(self) -> Message:
        """When, in words."""
        if self.minutes is not None:
            return Message("every {minutes} minutes", {"minutes": self.minutes})
        if self.minute is not None:
            return Message("hourly at minute {minute} {zone}", {"minute": self.minute, "zone": self.zone})
        at = f"{self.at:%H:%M}"
        if self.days:
            return Message("weekly on days {days} at {time} {zone}", {"days": self.days, "time": at, "zone": self.zone})
        return Message("daily at {time} {zone}", {"time": at, "zone": self.zone})


@transaction.atomic
def save_recurrence(recurrence: Recurrence | None, kind: str, name: str, timing: Timing, user: User | AnonymousUser) -> Recurrence:
    """Makes or changes a recurrence; the clock hears of it within seconds."""
    is_new = recurrence is None
    recurrence = recurrence or Recurrence()
    recurrence.kind, recurrence.name = kind, name
    if timing.minutes is not None:
        saved = save_interval(recurrence, timing.minutes)
    else:
        saved = save_crontab(recurrence, timing.minute, timing.at, timing.days, timing.zone)
    record_audit(
        AuditEntry.Action.RECURRENCE,
        user.get_username(),
        name,
        {"action": "made" if is_new else "changed", "kind": kind, "when": encode(timing.message)},
    )
    return saved


@transaction.atomic
def pause_recurrence(recurrence: Recurrence, user: User | AnonymousUser, *, paused: bool) -> None:
    """Stops the clock for it, or lets it go on. A run that is going on goes on."""
    set_enabled(recurrence, enabled=not paused)
    record_audit(AuditEntry.Action.RECURRENCE, user.get_username(), recurrence.name, {"action": "paused" if paused else "resumed"})


@transaction.atomic
def delete_recurrence(recurrence_id: int, user: User | AnonymousUser) -> None:
    """Deletes a recurrence and its row of the clock; a run that is going on goes on, and its jobs stay. One that is gone stays gone.

    Takes the lock of the recurrence: a start at the same moment is before or after.
    """
    lock_for_transaction(RECURRENCE, [recurrence_id])
    recurrence = Recurrence.objects.select_related("task").filter(pk=recurrence_id).first()
    if recurrence is not None:
        delete_with_task(recurrence)
        record_audit(AuditEntry.Action.RECURRENCE, user.get_username(), recurrence.name, {"action": "deleted", "kind": recurrence.kind})


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
        record_audit(AuditEntry.Action.RECURRENCE, user.get_username(), recurrence.name, {"action": "run now", "job": job.pk})
    return job
