"""Sends tasks by name once the transaction is committed; services never import tasks."""

from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)


def after_commit(task_name: str, *arguments: Any, countdown: float = 0) -> None:
    """Sends the task `task_name` with ids as arguments when the transaction commits.

    A broker that is away is logged and not raised: the request is a row in the database, and the watchdog sends it again.
    """
    transaction.on_commit(partial(send, task_name, *arguments, countdown=countdown))


def send(task_name: str, *arguments: Any, countdown: float = 0) -> bool:
    """Sends the task now and says whether the broker took it."""
    try:
        current_app.send_task(task_name, args=arguments, countdown=countdown or None)
    except (OperationalError, OSError) as error:
        logger.warning("broker_away", task=task_name, arguments=arguments, error=str(error))
        return False
    return True
