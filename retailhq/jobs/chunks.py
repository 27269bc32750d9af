"""Runs an action over a chunk of documents: retries what passes by itself, halves what does not until the culprit stands alone."""

import random
import time
from collections.abc import Callable, Sequence

import structlog
from django.db import OperationalError, connection

logger = structlog.get_logger(__name__)

ATTEMPTS = 6
# Deadlock, serialization failure, lock time-out: the same work succeeds when it is done again.
PASSING_STATES = frozenset({"40P01", "40001", "55P03"})


class Passing(Exception):
    """A failure that goes away when the action is done again, such as stale stock."""


class Halve(Exception):
    """These documents cannot be worked in one transaction; each half can."""


def run_chunk(documents: Sequence[int], action: Callable[[list[int]], None], poisoned: Callable[[int, Exception], None]) -> None:
    """Runs `action` over all documents, in as few calls as possible.

    `action` must be one transaction that leaves nothing behind when it raises. A document whose action raises on its own, whatever it
    raises, is logged and given to `poisoned`; the rest goes through. A mistake in our code counts as well: what is tried again for ever
    would keep all other documents waiting. Raises what the action raised when the database connection is gone.
    """
    parts = [list(documents)]
    while parts:
        part = parts.pop()
        if not part:
            continue
        try:
            run_with_retries(action, part)
        except Exception as error:
            if connection_is_gone():
                raise
            if len(part) == 1:
                logger.exception("poisoned_document", document=part[0])
                poisoned(part[0], error)
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]


def run_with_retries(action: Callable[[list[int]], None], part: list[int]) -> None:
    """Does the action again, at most ATTEMPTS times, while its failure is one that passes."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return action(part)
        except (OperationalError, Passing) as error:
            if attempt == ATTEMPTS or not passes(error):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))


def passes(error: Exception) -> bool:
    """Whether the failure is one that goes away by itself."""
    return isinstance(error, Passing) or getattr(error.__cause__, "sqlstate", None) in PASSING_STATES


def connection_is_gone() -> bool:
    """Whether the database is away, which no halving mends."""
    return connection.connection is None or bool(connection.connection.closed)
