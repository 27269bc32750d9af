"""Partitions and chunks: every warehouse in one group, every unit of decision in one chunk, in order."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.jobs.queue.rules import Partition, QueueEntry, cut_chunks, group_partitions, progress_of

DAY = date(2024, 5, 1)
PARTITIONS = st.lists(st.integers(1, 9_000), max_size=12).map(
    lambda lines: [Partition(10 + place, count) for place, count in enumerate(lines)]
)
DOCUMENTS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 900)), max_size=25).map(
    lambda rows: [
        QueueEntry(number, warehouse, DAY + timedelta(days=days), lines)
        for number, (warehouse, days, lines) in enumerate(sorted(rows, key=lambda row: row[:2]), 1)
    ]
)


@settings(deadline=None)
@given(PARTITIONS, st.integers(1, 16))
def test_groups_cover_each_warehouse_once(partitions: list[Partition], most: int) -> None:
    groups = group_partitions(partitions, most, lines_of_a_group=1_000)
    members = [warehouse for group in groups for warehouse in group]
    assert sorted(members) == sorted(partition.warehouse_id for partition in partitions)
    assert all(group == sorted(group) and group for group in groups)
    assert len(groups) <= most
    total = sum(partition.lines for partition in partitions)
    assert len(groups) <= max(1, -(-total // 1_000))


@settings(deadline=None)
@given(PARTITIONS, st.integers(1, 16))
def test_no_group_carries_much_more_than_its_share(partitions: list[Partition], most: int) -> None:
    """Fullest partition first onto the emptiest group: nobody has more than the average and one partition."""
    groups = group_partitions(partitions, most, lines_of_a_group=1_000)
    lines = {partition.warehouse_id: partition.lines for partition in partitions}
    loads = [sum(lines[warehouse] for warehouse in group) for group in groups]
    if loads:
        assert max(loads) <= sum(loads) / len(loads) + max(lines.values())


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("chunks", range(1, 20))
def test_workers_finish_together(workers: int, chunks: int) -> None:
    """Each takes the next group when it is done with one: with as many full chunks as workers none stands idle for long."""
    stores = [Partition(number, 250 * chunks) for number in range(40)]
    loads = [0] * workers
    for group in group_partitions(stores, 16, lines_of_a_group=10_000):
        loads[loads.index(min(loads))] += len(group)
    assert sum(loads) == len(stores)
    if chunks >= workers:
        assert max(loads) - min(loads) <= 40 // 16 + 1


def test_few_small_stores_share_one_group() -> None:
    assert group_partitions([Partition(3, 10), Partition(1, 20), Partition(2, 0)], 16) == [[1, 2, 3]]
    assert group_partitions([], 16) == []


@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 1_000))
def test_chunks_cover_each_statement_once_in_order(statements: list[QueueEntry], size: int) -> None:
    """Day by day over all warehouses; inside a warehouse the order of period stays."""
    chunks = cut_chunks(statements, size)
    by_day = sorted(statements, key=lambda statement: (statement.unit, statement.warehouse_id))
    assert [number for chunk in chunks for number in chunk] == [statement.document_id for statement in by_day]
    assert all(chunks)


@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 1_000))
def test_a_unit_of_decision_is_never_cut(statements: list[QueueEntry], size: int) -> None:
    chunk_of = {number: place for place, chunk in enumerate(cut_chunks(statements, size)) for number in chunk}
    units: dict[tuple[int, date | int], set[int]] = {}
    for statement in statements:
        units.setdefault((statement.warehouse_id, statement.unit), set()).add(chunk_of[statement.document_id])
    assert all(len(chunks) == 1 for chunks in units.values())


@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 1_000))
def test_a_chunk_is_no_larger_than_asked_unless_one_unit_is(statements: list[QueueEntry], size: int) -> None:
    lines = {statement.document_id: statement.line_count for statement in statements}
    unit_of = {statement.document_id: (statement.warehouse_id, statement.unit) for statement in statements}
    for chunk in cut_chunks(statements, size):
        assert sum(lines[number] for number in chunk) <= size or len({unit_of[number] for number in chunk}) == 1


@pytest.mark.parametrize("lines", [(0,), (0, 0), (0, 9), (9, 0)])
def test_statements_without_lines_are_posted_too(lines: tuple[int, ...]) -> None:
    """A day on which a store only moved cash."""
    statements = [QueueEntry(number, number, DAY, count) for number, count in enumerate(lines, 1)]
    assert [number for chunk in cut_chunks(statements, 5) for number in chunk] == [statement.document_id for statement in statements]


def test_progress_goes_to_the_job_that_asked() -> None:
    first = [QueueEntry(1, 1, DAY, 5, 70), QueueEntry(2, 1, DAY, 3, 70)]
    statements = [*first, QueueEntry(3, 2, DAY, 0, 71), QueueEntry(4, 2, DAY, 9)]
    assert progress_of(statements) == {70: 10, 71: 1}
    assert progress_of([]) == {}


@pytest.mark.parametrize(("lines", "chunks"), [((5, 5), 1), ((5, 6), 2), ((11,), 1), ((11, 0), 2), ((10, 0), 1)])
def test_a_chunk_is_filled_to_the_last_line(lines: tuple[int, ...], chunks: int) -> None:
    statements = [QueueEntry(number, number, DAY, count) for number, count in enumerate(lines, 1)]
    assert len(cut_chunks(statements, 10)) == chunks
