"""Runs an action over a chunk of documents: retries what passes by itself, halves what does not until the culprit stands alone."""

import random
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from core.db.availability import is_fault_of_server
from core.lib.problems import Code, register

logger = structlog.get_logger(__name__)

register(
    Code(
        "UNEXPECTED_ERROR",
        "posting",
        "A transaction, statement or order met an error that no rule foresaw; everything else went on.",
        "Do the step again, and report the text if it comes back. What the text names can be corrected or discarded while it is not "
        "invoiced (clear the statement for that, or delete its customer orders); a statement of which all is invoiced is posted again, or "
        "reversed: its transactions are free then.",
        "{error}: {reason}",
    )
)
ATTEMPTS = 6
# Deadlock, serialization failure, lock time-out: the same work succeeds when it is done again.
PASSING_STATES = frozenset({"40P01", "40001", "55P03"})


class RetryableError(Exception):
    """A failure that goes away when the action is done again, such as stale stock."""


class SplitChunk(Exception):
    """These documents cannot be worked in one transaction; each of `parts`, one after the other, can."""

    def __init__(self, reason: str, parts: Sequence[Sequence[int]]) -> None:
        super().__init__(reason)
        self.parts = parts


def run_chunk(
    documents: Sequence[int],
    action: Callable[[list[int]], None],
    on_poison: Callable[[int, Exception], None],
    unit_of: Callable[[int], Hashable] = lambda document: document,
) -> None:
    """Runs `action` over all documents, in as few calls as possible.

    Neighbours of one unit are decided together; they are only parted when the culprit is among them.

    `action` must be one transaction that leaves nothing behind when it raises. A document whose action raises on its own, whatever it
    raises, is logged and given to `on_poison`; the rest goes through. A mistake in our code counts as well: what is tried again for ever
    would keep all other documents waiting. Raises what the action raised when the database connection is gone.
    """
    connection.ensure_connection()
    session = connection.connection
    parts = [list(documents)]
    while parts:
        part = parts.pop()
        if not part:
            continue
        try:
            run_with_retries(action, part)
        except SplitChunk as split:
            parts += [list(documents) for documents in reversed(split.parts)]
        except Exception as error:
            if connection_is_gone(session) or is_fault_of_server(error):
                raise
            if len(part) == 1:
                log_poison(part[0], error)
                on_poison(part[0], error)
            else:
                middle = middle_of(part, unit_of)
                parts += [part[middle:], part[:middle]]


def part_culprits(
    documents: Sequence[int],
    action: Callable[[list[int]], None],
    on_poison: Callable[[int, Exception], None],
) -> None:
    """Runs `action` over all documents and halves them where it raises, until the culprit stands alone and is given to `on_poison`.

    For steps that are no queue: they may stand in a transaction of the caller's. `action` must be one transaction, or savepoint, that
    leaves nothing behind when it raises. What the whole database has (a lost connection, a deadlock, a full disk) is raised as it is.
    """
    parts = [list(documents)]
    while parts:
        part = parts.pop()
        if not part:
            continue
        try:
            action(part)
        except (OperationalError, InterfaceError, RetryableError, SplitChunk):
            raise
        except Exception as error:
            if len(part) == 1:
                log_poison(part[0], error)
                on_poison(part[0], error)
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]


def log_poison(document: int, error: Exception) -> None:
    """A culprit is marked and its text kept: what the database refused is said in one line, a mistake of ours with its traceback."""
    if isinstance(error, DatabaseError):
        logger.error("poisoned_document", document=document, **reason_of(error))
    else:
        logger.exception("poisoned_document", document=document)


def reason_of(error: Exception) -> dict[str, str]:
    """What an error that nobody foresaw says: values of the sentences of UNEXPECTED_ERROR, in one line each."""
    return {"error": type(error).__name__, "reason": " ".join(str(error).split())[:1000]}


def middle_of(part: Sequence[int], unit_of: Callable[[int], Hashable]) -> int:
    """Where to halve: between two units, as near to the middle as can be; in the middle of a single unit."""
    middle = len(part) // 2
    borders = [place for place in range(1, len(part)) if unit_of(part[place - 1]) != unit_of(part[place])]
    return min(borders, key=lambda place: abs(place - middle), default=middle)


def run_with_retries(action: Callable[[list[int]], None], part: list[int]) -> None:
    """Does the action again, at most ATTEMPTS times, while its failure is one that passes."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return action(part)
        except (OperationalError, RetryableError) as error:
            if attempt == ATTEMPTS or not is_retryable(error):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))


def is_retryable(error: Exception) -> bool:
    """Whether the failure is one that goes away by itself."""
    return isinstance(error, RetryableError) or getattr(error.__cause__, "sqlstate", None) in PASSING_STATES


def connection_is_gone(session: Any) -> bool:
    """Whether the database connection `session` is lost, which no halving mends.

    Django connects anew as soon as it leaves the transaction, without a word; but the locks of the session are lost, and whoever works
    under them must stop.
    """
    return connection.connection is not session or bool(session.closed)
