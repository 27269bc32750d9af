"""Celery's clock with a sign of life, and with a watchdog that cannot vanish from its schedule."""

import sys
import time
from typing import Any

import structlog
from django.db import DatabaseError, OperationalError
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from django_celery_beat.schedulers import DatabaseScheduler

from core.jobs.queries.signs import BEAT, EVERY_SECONDS
from core.jobs.writes import give_sign
from retailhq.embedded.control import start_or_exit
from retailhq.embedded.supervise import migrated_or_exit

logger = structlog.get_logger(__name__)
WATCHDOG = "jobs.watchdog"


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # django-celery-beat is not typed
    """Reads the schedule from the database, as its parent does."""

    _said = float("-inf")

    def setup_schedule(self) -> None:
        """Reads it for the first time; a beat started by hand brings the built-in services up like any other command.

        Ends the process with status 2 and a line when the database lacks tables, or does not answer. It is done here, because Celery says
        that beat begins only after it has read the schedule.
        """
        start_or_exit()
        try:
            migrated_or_exit()
            super().setup_schedule()
        except OperationalError as error:
            sys.stderr.write(f"retailhq: the database does not answer: {' '.join(str(error).split())}\n")
            raise SystemExit(2) from None

    def tick(self, *arguments: Any, **named: Any) -> Any:
        """Sends what is due; called every five seconds at least."""
        if time.monotonic() - self._said >= EVERY_SECONDS:
            self._said = time.monotonic()
            try:
                give_sign(BEAT)
                self.keep_watchdog()
            except DatabaseError as error:
                logger.warning("beat_without_database", error=" ".join(str(error).split()))
        return super().tick(*arguments, **named)

    def keep_watchdog(self) -> None:
        """Puts the watchdog back where somebody deleted, disabled or rewrote its row."""
        if PeriodicTask.objects.filter(name=WATCHDOG, task=WATCHDOG, enabled=True, interval__isnull=False).exists():
            return
        logger.warning("watchdog_put_back")
        PeriodicTask.objects.filter(name=WATCHDOG).delete()
        self.update_from_dict(self.app.conf.beat_schedule)
        PeriodicTasks.update_changed()
