"""Writes of recurrences and of the clock's own rows (django-celery-beat)."""

import json
from collections.abc import Collection
from datetime import time

from django.contrib.auth.models import User
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from core.jobs.models import Job, Recurrence

SYSTEM = "system"
TASK = "jobs.start_recurrence"


def save_interval(recurrence: Recurrence, minutes: int) -> Recurrence:
    """Saves the recurrence with a row of the clock that strikes every so many minutes."""
    interval, _ = IntervalSchedule.objects.get_or_create(every=minutes, period=IntervalSchedule.MINUTES)
    return _save(recurrence, interval, None)


def save_crontab(recurrence: Recurrence, minute: int | None, at: time | None, days: Collection[int], zone: str) -> Recurrence:
    """Saves the recurrence with a row of the clock: at a minute of every hour, or at a time of every day or of some weekdays (ISO)."""
    # The clock counts weekdays from Sunday, 0.
    crontab, _ = CrontabSchedule.objects.get_or_create(
        minute=str(at.minute if at else minute),
        hour=str(at.hour) if at else "*",
        day_of_week=",".join(str(day % 7) for day in sorted(days)) or "*",
        day_of_month="*",
        month_of_year="*",
        timezone=zone,
    )
    return _save(recurrence, None, crontab)


def _save(recurrence: Recurrence, interval: IntervalSchedule | None, crontab: CrontabSchedule | None) -> Recurrence:
    task = recurrence.task if recurrence.task_id else PeriodicTask(name="a recurrence being made", task=TASK)
    task.interval, task.crontab = interval, crontab
    task.save()
    recurrence.task = task
    recurrence.save()
    task.name, task.args = f"recurrence {recurrence.pk}", json.dumps([recurrence.pk])
    task.save()
    return recurrence


def delete_with_task(recurrence: Recurrence) -> None:
    """The recurrence goes, and then the row of the clock that it held."""
    recurrence.delete()
    recurrence.task.delete()


def set_enabled(recurrence: Recurrence, *, enabled: bool) -> None:
    """The clock heeds it, or passes it over."""
    recurrence.task.enabled = enabled
    recurrence.task.save()


def set_last_job(recurrence: Recurrence, job: Job) -> None:
    """Notes the job of the latest run."""
    recurrence.last_job = job
    recurrence.save(update_fields=("last_job",))


def system_actor() -> User:
    """The user in whose name the clock works; nobody can sign in as it."""
    actor, made = User.objects.get_or_create(
        username=SYSTEM, defaults={"is_active": False, "first_name": "RetailHQ", "last_name": "System"}
    )
    if made:
        actor.set_unusable_password()
        actor.save()
    return actor
