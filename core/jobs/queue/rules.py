"""How queued documents are cut: partition groups for workers, chunks for transactions."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

# So many lines are worth a worker of their own.
LINES_OF_A_GROUP = 5_000


class Partition(NamedTuple):
    """Lines that wait in one warehouse."""

    warehouse_id: int
    lines: int


class QueueEntry(NamedTuple):
    """A document in its partition, and the job that asked for it; those of one warehouse and `unit` are decided together.

    Documents of which each is decided alone have their own id as `unit`.
    """

    document_id: int
    warehouse_id: int
    unit: date | int
    line_count: int
    job_id: int | None = None


def group_partitions(partitions: Sequence[Partition], most_groups: int, lines_of_a_group: int = LINES_OF_A_GROUP) -> list[list[int]]:
    """Warehouses shared out to at most `most_groups` groups of about equal lines, the fullest partition first.

    There are no more groups than have `lines_of_a_group`, so a few small stores do not cost a transaction each. While it is the lines that
    limit them there are two, four, eight: three groups would leave one of two workers idle for a third of the time.
    """
    if not partitions:
        return []
    total = sum(partition.lines for partition in partitions)
    most = min(most_groups, len(partitions))
    worthwhile = max(1, -(-total // lines_of_a_group))
    groups = most if worthwhile >= most else 1 << (worthwhile.bit_length() - 1)
    loads = [0] * groups
    members: list[list[int]] = [[] for _ in range(groups)]
    for partition in sorted(partitions, key=lambda partition: (-partition.lines, partition.warehouse_id)):
        least = loads.index(min(loads))
        loads[least] += partition.lines
        members[least].append(partition.warehouse_id)
    return [sorted(group) for group in members]


def cut_chunks(documents: Sequence[QueueEntry], chunk_lines: int) -> list[list[int]]:
    """Documents in partition order (warehouse, unit, and so on) as chunks of at most `chunk_lines` lines, unit by unit over all warehouses.

    Documents of one warehouse and unit stay together, however many lines they have: they compete for the same batches. A chunk of few days
    of many stores has fewer batches that come or expire in its midst than one of many days of one store.
    """
    units: dict[tuple[int, Any], list[QueueEntry]] = {}
    for document in documents:
        units.setdefault((document.warehouse_id, document.unit), []).append(document)
    chunks: list[list[int]] = []
    lines = 0
    for _, unit in sorted(units.items(), key=lambda entry: (entry[0][1], entry[0][0])):
        unit_lines = sum(document.line_count for document in unit)
        # The first unit may have no lines: a day with nothing but cash events.
        if not chunks or lines + unit_lines > chunk_lines:
            chunks.append([])
            lines = 0
        chunks[-1] += [document.document_id for document in unit]
        lines += unit_lines
    return chunks


def cut_in_order(documents: Iterable[tuple[int, int]], chunk_lines: int) -> list[list[int]]:
    """Documents with their lines as chunks of at most `chunk_lines` lines, in the order in which they come; one alone may have more."""
    chunks: list[list[int]] = []
    lines = 0
    for document_id, own in documents:
        if not chunks or lines + own > chunk_lines:
            chunks.append([])
            lines = 0
        chunks[-1].append(document_id)
        lines += own
    return chunks


def progress_of(documents: Iterable[QueueEntry]) -> dict[int, int]:
    """What finished documents count for in the progress of the jobs that asked for them: their lines, and one for the document."""
    progress: dict[int, int] = {}
    for document in documents:
        if document.job_id is not None:
            progress[document.job_id] = progress.get(document.job_id, 0) + document.line_count + 1
    return progress
