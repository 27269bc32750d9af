"""Runs one file through an importer, batch by batch, and counts what became of its rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError

from core.db.availability import fault_of_server, is_fault_of_server
from core.files.rejects import RejectSink
from core.files.source import DamagedFileError
from core.lib.garbage import collected_by_batch
from core.lib.imports import BatchResult, Reject, Row, reject_of
from core.lib.problems import BusinessError, Problem

T = TypeVar("T")
logger = structlog.get_logger(__name__)

NUMBER_OUT_OF_RANGE = "22003"

BATCH_WEIGHT = 5000
ATTEMPTS = 3
# How many rows to look at are told one by one; all are counted.
MOST_WARNINGS = 100


@dataclass(slots=True)
class ImportCounts:
    """What became of the rows of a file; `broken_off` when the database went away."""

    rows: int = 0
    rejected: int = 0
    broken_off: bool = False
    result: BatchResult = field(default_factory=BatchResult)
    problems_by_code: Counter[str] = field(default_factory=Counter)


def run_batches(
    rows: Iterator[Row[T] | Reject],
    write: Callable[[Sequence[Row[T]]], BatchResult],
    rejects: RejectSink,
    weigh: Callable[[T], int] = lambda value: 1,
    most: Callable[[], int] = lambda: BATCH_WEIGHT,
) -> ImportCounts:
    """Cuts rows into batches of about `most()` lines, asked before each, and hands each to `write`, which is one transaction.

    A killed run leaves whole batches. Rows that the database refuses are found by halving the batch. A file that breaks off, or a database
    that goes away or has no room, ends the run with a reject that says so.
    """
    counts = ImportCounts()
    place = 0
    try:
        with collected_by_batch() as collect:
            for batch, refused in _cut(rows, weigh, most, counts):
                place = batch[0].number if batch else place
                if batch:
                    add(counts, write_batch(batch, write), refused)
                _note(counts, refused, rejects)
                collect()
    except (OperationalError, InterfaceError, InternalError) as error:
        reason = " ".join(str(error).split())
        problem = fault_of_server(error) if is_fault_of_server(error) else Problem("DATABASE_LOST", {"reason": reason})
        _note(counts, [reject_of(place, "", problem)], rejects)
        counts.broken_off = True
    return counts


def _cut(
    rows: Iterator[Row[T] | Reject], weigh: Callable[[T], int], most: Callable[[], int], counts: ImportCounts
) -> Iterator[tuple[list[Row[T]], list[Reject]]]:
    """Batches of rows, each with the rejects among them."""
    batch: list[Row[T]] = []
    refused: list[Reject] = []
    weight, limit = 0, most()
    try:
        for row in rows:
            counts.rows += 1
            if isinstance(row, Reject):
                refused.append(row)
                weight += 1
            else:
                batch.append(row)
                weight += weigh(row.value)
            if weight >= limit:
                yield batch, refused
                batch, refused, weight, limit = [], [], 0, most()
    except DamagedFileError as error:
        if not counts.rows:
            raise BusinessError(Problem("UNREADABLE_FILE", {"reason": error.reason}, variant="reading")) from None
        problem = Problem("FILE_DAMAGED", {"reason": error.reason})
        refused.append(reject_of(error.line + 1, "", problem))
    yield batch, refused


def _note(counts: ImportCounts, refused: list[Reject], rejects: RejectSink) -> None:
    refused.sort(key=lambda reject: (reject.row, reject.key, reject.code))
    rejects.write(refused)
    counts.rejected += len(refused)
    counts.problems_by_code.update(reject.code for reject in refused)


def add(counts: ImportCounts, part: BatchResult, refused: list[Reject]) -> None:
    """Adds the result of a batch."""
    whole = counts.result
    whole.new += part.new
    whole.updated += part.updated
    whole.unchanged += part.unchanged
    whole.lines += part.lines
    whole.errors += part.errors
    whole.waiting += part.waiting
    whole.warnings += part.warnings[: max(0, MOST_WARNINGS - len(whole.warnings))]
    counts.problems_by_code.update(part.found)
    refused.extend(part.rejects)


def write_batch(batch: Sequence[Row[T]], write: Callable[[Sequence[Row[T]]], BatchResult]) -> BatchResult:
    """One batch in one transaction; a batch that the database refuses is halved until the row stands alone."""
    try:
        return with_retries(batch, write)
    except (OperationalError, InterfaceError, BusinessError):
        raise
    except Exception as error:
        if is_fault_of_server(error):
            raise
        if len(batch) == 1:
            result = BatchResult()
            result.reject(batch[0], problem_of(error))
            return result
    half = len(batch) // 2
    counts = ImportCounts()
    for part in (batch[:half], batch[half:]):
        add(counts, write_batch(part, write), counts.result.rejects)
    counts.result.found = counts.problems_by_code
    return counts.result


def problem_of(error: Exception) -> Problem:
    """Why a row alone cannot be kept: the database refused it, or we made a mistake, which is logged."""
    if not isinstance(error, (DataError, IntegrityError)):
        logger.exception("row_not_kept")
        return Problem("ROW_NOT_KEPT", {"error": type(error).__name__, "reason": " ".join(str(error).split())[:200]})
    if getattr(error.__cause__, "sqlstate", None) == NUMBER_OUT_OF_RANGE:
        return Problem("TOO_LARGE", variant="sum")
    return Problem("REFUSED_BY_DATABASE", {"reason": str(error).splitlines()[0]})


def with_retries(batch: Sequence[Row[T]], write: Callable[[Sequence[Row[T]]], BatchResult]) -> BatchResult:
    """Tries again when PostgreSQL ended the transaction to resolve a deadlock or a lock time-out; nothing of it was written."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return write(batch)
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None) or ""
            if attempt == ATTEMPTS or not state.startswith(("40", "55P03")):
                raise
    raise AssertionError("unreachable")
