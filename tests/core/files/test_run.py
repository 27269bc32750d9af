"""The frame of every import: batches, what the database refuses, what breaks off; without a database."""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from django.db import DataError, IntegrityError, OperationalError
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from core.files import run
from core.files.rejects import RejectsFile
from core.files.run import ImportCounts, run_batches, write_batch
from core.files.source import DamagedFileError
from core.lib.imports import BatchResult, Reject, Row
from core.lib.messages import as_written
from core.lib.problems import BusinessError, Problem

Write = Callable[[Sequence[Row[int]]], BatchResult]


def rows(count: int) -> Iterator[Row[int] | Reject]:
    return (Row(number, str(number), number) for number in range(1, count + 1))


def imported(folder: Path, source: Iterator[Row[int] | Reject], write: Write) -> tuple[ImportCounts, list[str]]:
    """The counts, and the codes in the rejects file by row."""
    with RejectsFile(str(folder / "file")) as rejects:
        counts = run_batches(source, write, rejects)
    path = folder / "file.rejected.csv"
    codes = [" ".join(line.split(",")[0:3:2]) for line in path.read_text().splitlines()[1:]] if path.exists() else []
    return counts, codes


def take_all(batch: Sequence[Row[int]]) -> BatchResult:
    return BatchResult(new=len(batch))


def test_rows_are_cut_into_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_WEIGHT", 4)
    sizes: list[int] = []

    def write(batch: Sequence[Row[int]]) -> BatchResult:
        sizes.append(len(batch))
        return take_all(batch)

    counts, _ = imported(tmp_path, rows(10), write)
    assert (sizes, counts.rows, counts.result.new) == ([4, 4, 2], 10, 10)


def test_a_kind_may_have_batches_of_its_own_size(tmp_path: Path) -> None:
    sizes: list[int] = []

    def write(batch: Sequence[Row[int]]) -> BatchResult:
        sizes.append(len(batch))
        return take_all(batch)

    with RejectsFile(str(tmp_path / "file")) as rejects:
        run_batches(rows(7), write, rejects, most=lambda: 5)
    assert sizes == [5, 2]


def test_rejects_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Some are found on reading, some on writing."""

    def source() -> Iterator[Row[int] | Reject]:
        for row in rows(6):
            yield Reject(4, "", "BAD_CSV", as_written("x")) if isinstance(row, Row) and row.value == 4 else row

    def write(batch: Sequence[Row[int]]) -> BatchResult:
        result = take_all(batch)
        for row in batch:
            if row.value in (2, 5):
                result.reject(row, Problem("CONFLICT"))
        return result

    counts, codes = imported(tmp_path, source(), write)
    assert codes == ["2 CONFLICT", "4 BAD_CSV", "5 CONFLICT"]
    assert (counts.rows, counts.rejected, dict(counts.problems_by_code)) == (6, 3, {"CONFLICT": 2, "BAD_CSV": 1})


@given(st.integers(1, 60), st.sets(st.integers(1, 60)))
def test_what_the_database_refuses_is_found_and_the_rest_kept(count: int, unworkable: set[int]) -> None:
    kept: list[int] = []

    def write(batch: Sequence[Row[int]]) -> BatchResult:
        values = [row.value for row in batch]
        if unworkable & set(values):
            raise DataError("numeric field overflow\nDETAIL: more") if len(batch) % 2 else IntegrityError("check")
        kept.extend(values)
        return take_all(batch)

    batch = [row for row in rows(count) if isinstance(row, Row)]
    result = write_batch(batch, write)
    assert kept == [value for value in range(1, count + 1) if value not in unworkable]
    assert [reject.row for reject in result.rejects] == sorted(unworkable & set(range(1, count + 1)))
    assert result.new == len(kept)
    assert {reject.code for reject in result.rejects} <= {"REFUSED_BY_DATABASE"}
    assert all("\n" not in str(reject.message) for reject in result.rejects)


def failing(error: Exception, times: int) -> tuple[Write, list[int]]:
    """A writer that fails that many times, and the list of its calls."""
    calls: list[int] = []

    def write(batch: Sequence[Row[int]]) -> BatchResult:
        calls.append(len(batch))
        if len(calls) <= times:
            raise OperationalError(str(error)) from error
        return take_all(batch)

    return write, calls


@pytest.mark.parametrize("error", [errors.DeadlockDetected("deadlock"), errors.SerializationFailure("x"), errors.LockNotAvailable("x")])
def test_a_deadlock_is_tried_again(tmp_path: Path, error: Exception) -> None:
    write, calls = failing(error, 2)
    counts, codes = imported(tmp_path, rows(3), write)
    assert (len(calls), counts.result.new, codes, counts.broken_off) == (3, 3, [], False)


def test_a_lost_database_ends_the_run_with_a_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_WEIGHT", 2)
    write, calls = failing(errors.AdminShutdown("terminating connection"), 9)

    def write_second(batch: Sequence[Row[int]]) -> BatchResult:
        return take_all(batch) if batch[0].value == 1 else write(batch)

    counts, codes = imported(tmp_path, rows(6), write_second)
    assert (len(calls), counts.result.new, codes, counts.broken_off) == (1, 2, ["3 DATABASE_LOST"], True)


def test_a_file_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    def broken() -> Iterator[Row[int] | Reject]:
        yield from rows(3)
        raise DamagedFileError(3, "unexpected end")

    counts, codes = imported(tmp_path, broken(), take_all)
    assert (counts.result.new, codes) == (3, ["4 FILE_DAMAGED"])


def test_a_file_that_breaks_off_at_once_is_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Row[int] | Reject]:
        yield from ()
        raise DamagedFileError(0, "unexpected end")

    with pytest.raises(BusinessError, match="UNREADABLE_FILE"):
        imported(tmp_path, broken(), take_all)


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_WEIGHT", 500)

    def peak(count: int) -> int:
        tracemalloc.start()
        imported(tmp_path, rows(count), take_all)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1000)
    assert peak(40_000) < 1.5 * peak(1000)
