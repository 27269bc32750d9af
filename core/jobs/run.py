"""One run of one job: what its work is told, and how it says how far it is."""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection

from core.db.side_connection import Beside
from core.jobs.writes import PROGRESS, progress_values
from core.lib.messages import Message

SECONDS_BETWEEN = 0.5


class SupersededError(Exception):
    """Somebody else runs the job, or it is finished: this run must end and leave it alone."""


class CancelledError(Exception):
    """A person asked to stop the job; what is committed stays."""


class Run:
    """What a job's work gets; `user` is the person, or the system actor, on whose behalf it is done."""

    def __init__(self, job_id: int, token: UUID, kind: str, arguments: Mapping[str, Any], user: User | None) -> None:
        self.job_id = job_id
        self.token = token
        self.kind = kind
        self.arguments = arguments
        self.user = user
        self._beside = Beside()
        self._began_outside = not connection.in_atomic_block
        self._reported_at = 0.0
        self._phase: Message | None = None
        self._total: int | None = None

    @property
    def user_id(self) -> int | None:
        """The key of who asked."""
        return self.user.pk if self.user else None

    @property
    def actor(self) -> str:
        """The name of who asked, for logs of events."""
        return self.user.get_username() if self.user else ""

    def progress(self, done: int, total: int | None = None, phase: Message | None = None) -> None:
        """Says how far the work is; call it often, at least every minute: it writes twice a second at most.

        It is seen at once, also from inside a transaction of the work. Raises CancelledError and SupersededError: let them through.
        """
        news = (phase is not None and phase != self._phase) or (total is not None and total != self._total)
        if not news and monotonic() - self._reported_at < SECONDS_BETWEEN:
            return
        self._phase = self._phase if phase is None else phase
        self._total = self._total if total is None else total
        self.report(done)

    def report(self, done: int | None) -> None:
        """Writes progress and heartbeat now. Raises CancelledError and SupersededError."""
        values = progress_values(self.job_id, self.token, done, self._total, self._phase)
        if self._began_outside and connection.in_atomic_block:
            rows = self._beside.fetch_all(PROGRESS, values)
        else:
            with connection.cursor() as cursor:
                cursor.execute(PROGRESS, values)
                rows = list(cursor.fetchall())
        self._reported_at = monotonic()
        if not rows:
            raise SupersededError(self.job_id)
        if rows[0][0]:
            raise CancelledError(self.job_id)

    def close(self) -> None:
        """Closes the run's side connection."""
        self._beside.close()
