"""Writes of recurrences and of the clock's own rows (django-celery-beat)."""

import json
from datetime import time

from django.contrib.auth.models import User
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from retailhq.jobs.models import Job, Recurrence

SYSTEM = "system"
TASK = "jobs.start_recurrence"


def save_schedule(recurrence: Recurrence, minutes: int | None, at: time | None, zone: str) -> Recurrence:
    """Saves the recurrence with its row of the clock."""
    task = recurrence.task if recurrence.task_id else PeriodicTask(name="a recurrence being made", task=TASK)
    task.interval, task.crontab = None, None
    if minutes is not None:
        task.interval, _ = IntervalSchedule.objects.get_or_create(every=minutes, period=IntervalSchedule.MINUTES)
    elif at is not None:
        task.crontab, _ = CrontabSchedule.objects.get_or_create(
            minute=str(at.minute), hour=str(at.hour), day_of_week="*", day_of_month="*", month_of_year="*", timezone=zone
        )
    task.save()
    recurrence.task = task
    recurrence.save()
    task.name, task.args = f"recurrence {recurrence.pk}", json.dumps([recurrence.pk])
    task.save()
    return recurrence


def set_enabled(recurrence: Recurrence, *, enabled: bool) -> None:
    """The clock heeds it, or passes it over."""
    recurrence.task.enabled = enabled
    recurrence.task.save()


def set_last_job(recurrence: Recurrence, job: Job) -> None:
    """Its latest run."""
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
