"""The Celery application: carries ids to the workers; what has to be done is always in the database."""

import contextlib
import os
import warnings
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning
from celery.signals import celeryd_init, setup_logging, worker_init, worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retailhq.settings")


def kombu_url(redis_url: str) -> str:
    """The address in kombu's notation: `unix:///path?db=1` becomes `redis+socket:///path?virtual_host=1`.

    TLS is told to check the server's certificate, which kombu leaves out unless asked.
    """
    parts = urlsplit(redis_url)
    if parts.scheme == "rediss" and "ssl_cert_reqs" not in parse_qs(parts.query):
        return f"{redis_url}{'&' if parts.query else '?'}ssl_cert_reqs=required"
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


SETTINGS: dict[str, Any] = {
    "broker_url": kombu_url(settings.REDIS_URL),
    "broker_transport_options": {
        "global_keyprefix": settings.REDIS_KEY_PREFIX,
        # An unacknowledged task comes back after this. Longer than any posting run, which would otherwise be handed out a second time
        # while it works (harmless, but for nothing); a run that is lost is found by the watchdog within a minute, not by this.
        "visibility_timeout": 3600,
        "socket_timeout": 1.0,
        "socket_connect_timeout": 1,
        # A click must not wait for a broker that is away: one attempt, then the caller says "queued, waiting for the broker".
        "max_retries": 0,
        "retry_on_timeout": False,
    },
    "broker_connection_timeout": 1,
    "broker_connection_retry": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "task_publish_retry": False,
    "task_default_queue": "retailhq",
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
    # Results are rows of the job table.
    "task_ignore_result": True,
    "task_store_errors_even_if_ignored": False,
    # A task counts as done when it is done: a killed worker's task comes back, and every task may run twice.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "worker_concurrency": settings.WORKER_CONCURRENCY,
    "worker_hijack_root_logger": False,
    # A broker that restarts does not stop a chunk that is being posted: it commits, and its second delivery finds nothing to do.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "timezone": "UTC",
    "enable_utc": True,
    "beat_scheduler": "retailhq.beat:Scheduler",
    "beat_schedule": {"jobs.watchdog": {"task": "jobs.watchdog", "schedule": 15.0, "options": {"expires": 15.0}}},
}
app = Celery("retailhq")
app.conf.update(SETTINGS)
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Being connected is the point: Celery then leaves the logging of settings.py alone."""


@celeryd_init.connect
def prepare_worker(**_: Any) -> None:
    """A worker started by hand (`celery -A retailhq worker`) brings the built-in services up like any other command."""
    from retailhq.embedded.control import start_or_exit

    # Celery announces at every lost connection that it may change the default that SETTINGS sets on purpose.
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
    # Nobody waits for a click here, and a worker must not lose its connection because the broker was busy for a second.
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "socket_timeout": 30, "socket_connect_timeout": 5}
    start_or_exit()


@worker_ready.connect
def start_pulse(**_: Any) -> None:
    """The worker's main process says that it lives, also while all its children work."""
    from retailhq.pulse import Pulse

    Pulse().start()


@worker_init.connect
def end_without_migrations(**_: Any) -> None:
    """A worker started by hand before `migrate` would fail whatever it takes; for a database that is away it waits, as always."""
    from django.db import OperationalError

    from retailhq.embedded.supervise import migrated_or_exit

    with contextlib.suppress(OperationalError):
        migrated_or_exit()
