"""The pulse of a worker: a thread of its main process that gives a sign of life, and makes the watchdog's round where nobody else does."""

import threading

import structlog
from django.db import connection

from core.jobs.queries.signs import EVERY_SECONDS, WATCHDOG, WORKER, silent_parts
from core.jobs.watchdog import run_rescues
from core.jobs.writes import give_sign

logger = structlog.get_logger(__name__)
# The clock sends the watchdog every 15 seconds: three rounds that nobody made are no accident.
TAKE_OVER_SECONDS = 45


class Pulse(threading.Thread):
    """Beats until the process ends; a database that is away is asked again with the next beat."""

    def __init__(self, seconds: float = EVERY_SECONDS) -> None:
        super().__init__(name="pulse", daemon=True)
        self.seconds = seconds
        self.ended = threading.Event()

    def run(self) -> None:
        """One beat after the other."""
        while True:
            try:
                beat()
            except Exception as error:
                logger.warning("pulse_failed", error=f"{type(error).__name__}: {' '.join(str(error).split())}")
            finally:
                # Between two beats the process may fork, and a connection must not be in two processes.
                connection.close()
            if self.ended.wait(self.seconds):
                return


def beat() -> bool:
    """Says that the worker lives; says whether it made the watchdog's round, because no clock has sent it of late."""
    give_sign(WORKER)
    if WATCHDOG not in silent_parts(TAKE_OVER_SECONDS):
        return False
    logger.warning("watchdog_taken_over", remedy="start beat: celery --app retailhq beat")
    run_rescues()
    give_sign(WATCHDOG)
    return True
