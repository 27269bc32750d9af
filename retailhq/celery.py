"""The Celery application: carries ids to the workers; what has to be done is always in the database."""

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import Celery
from celery.signals import celeryd_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retailhq.settings")


def kombu_url(redis_url: str) -> str:
    """The address in kombu's notation: `unix:///path?db=1` becomes `redis+socket:///path?virtual_host=1`, the rest stays."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


app = Celery("retailhq")
app.conf.update(
    broker_url=kombu_url(settings.REDIS_URL),
    broker_transport_options={
        "global_keyprefix": settings.REDIS_KEY_PREFIX,
        # An unacknowledged task comes back after this. Shorter than an hour, because the watchdog in the database notices a lost run
        # within a minute anyway; longer than any posting run, which would otherwise be handed out a second time while it works.
        "visibility_timeout": 3600,
        "socket_timeout": 1.0,
        "socket_connect_timeout": 1,
        # A click must not wait for a broker that is away: one attempt, then the caller says "queued, waiting for the broker".
        "max_retries": 0,
        "retry_on_timeout": False,
    },
    broker_connection_timeout=1,
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_publish_retry=False,
    task_default_queue="retailhq",
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    # Results are rows of the job table.
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    # A task counts as done when it is done: a killed worker's task comes back, and every task may run twice.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_concurrency=settings.WORKER_CONCURRENCY,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
    enable_utc=True,
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_schedule={"jobs.watchdog": {"task": "jobs.watchdog", "schedule": 15.0, "options": {"expires": 15.0}}},
)
app.autodiscover_tasks()


@celeryd_init.connect
def start_services(**_: Any) -> None:
    """A worker started by hand (`celery -A retailhq worker`) brings the built-in services up like any other command."""
    from retailhq.embedded.control import start_or_exit

    start_or_exit()
