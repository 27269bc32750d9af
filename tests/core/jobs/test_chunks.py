"""Halving and retrying: the culprit stands alone, the rest goes through once, what passes by itself is tried again."""

import time
from collections.abc import Callable

import pytest
from django.db.utils import IntegrityError, OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.jobs.chunks import ATTEMPTS, RetryableError, SplitChunk, middle_of, run_chunk

pytestmark = pytest.mark.django_db


class Work:
    """Notes what went through and who was marked; fails wherever one of `bad` takes part."""

    def __init__(self, bad: Callable[[list[int]], Exception | None]) -> None:
        self.bad = bad
        self.calls: list[list[int]] = []
        self.done: list[int] = []
        self.marked: list[tuple[int, str]] = []

    def action(self, part: list[int]) -> None:
        self.calls.append(part)
        if error := self.bad(part):
            raise error
        self.done += part

    def run(self, documents: list[int]) -> "Work":
        run_chunk(documents, self.action, lambda document, error: self.marked.append((document, type(error).__name__)))
        return self


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, not taken."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def coded(state: str) -> OperationalError:
    """An error as Django wraps it, with PostgreSQL's code on its cause."""
    error = OperationalError(state)
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": state})()
    return error


def test_everything_at_once_when_nothing_is_wrong() -> None:
    work = Work(lambda part: None).run([1, 2, 3])
    assert (work.calls, work.done, work.marked) == ([[1, 2, 3]], [1, 2, 3], [])
    assert Work(lambda part: None).run([]).calls == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 20), st.sets(st.integers(1, 20)))
def test_the_culprits_stand_alone_and_the_rest_goes_through_in_order(count: int, bad: set[int]) -> None:
    documents = list(range(1, count + 1))
    culprits = bad & set(documents)
    work = Work(lambda part: IntegrityError("no") if culprits & set(part) else None).run(documents)
    assert work.done == [document for document in documents if document not in culprits]
    assert [document for document, _ in work.marked] == sorted(culprits)
    # Each culprit costs no more than the halvings that lead to it, there and back.
    assert len(work.calls) <= 1 + 2 * len(culprits) * count.bit_length()


@pytest.mark.parametrize("error", [IntegrityError("x"), ValueError("x"), TypeError("x"), KeyError("x"), AssertionError("x"), MemoryError()])
def test_whatever_it_is_only_the_culprit_is_marked(error: Exception) -> None:
    work = Work(lambda part: error if 2 in part else None).run([1, 2, 3])
    assert (work.done, work.marked) == ([1, 3], [(2, type(error).__name__)])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_whoever_stops_the_process_stops_it(error: type[BaseException]) -> None:
    def action(part: list[int]) -> None:
        raise error

    with pytest.raises(error):
        run_chunk([1, 2], action, lambda document, failure: None)


@pytest.mark.parametrize("passing", [coded("40P01"), coded("40001"), coded("55P03"), RetryableError("stale")])
def test_what_passes_is_tried_again_as_a_whole(passing: Exception, no_pauses: list[float]) -> None:
    left = [passing, passing]
    work = Work(lambda part: left.pop() if left else None).run([1, 2])
    assert (work.calls, work.done) == ([[1, 2]] * 3, [1, 2])
    assert len(no_pauses) == 2
    assert all(0 <= pause < 1 for pause in no_pauses)


def test_what_never_passes_is_marked_in_the_end() -> None:
    work = Work(lambda part: RetryableError("stale") if 2 in part else None).run([1, 2])
    assert (work.done, work.marked) == ([1], [(2, "RetryableError")])
    assert len(work.calls) == ATTEMPTS + 1 + ATTEMPTS


def test_an_error_of_the_server_that_does_not_pass_is_not_tried_again() -> None:
    assert len(Work(lambda part: coded("57014")).run([1]).calls) == 1


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=12))
def test_units_are_parted_only_when_nothing_else_is_left(sizes: list[int]) -> None:
    units = [unit for unit, size in enumerate(sizes) for _ in range(size)]
    documents = list(range(len(units)))
    middle = middle_of(documents, units.__getitem__)
    assert 0 < middle < len(documents)
    assert units[middle - 1] != units[middle]
    assert abs(middle - len(documents) / 2) <= max(sizes), "about a half"
    assert middle_of(documents[: sizes[0]], units.__getitem__) == sizes[0] // 2


def test_documents_that_get_in_each_others_way_are_worked_one_part_after_the_other() -> None:
    """The parts that the action names, in their order, and nobody is marked."""
    work = Work(lambda part: SplitChunk("two of them", [[1, 3], [2], [4]]) if {1, 4} <= set(part) else None).run([1, 2, 3, 4])
    assert (work.calls, work.done, work.marked) == ([[1, 2, 3, 4], [1, 3], [2], [4]], [1, 3, 2, 4], [])
