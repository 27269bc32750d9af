"""How queued statements are cut: lane groups for workers, chunks for transactions."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

CHUNK_LINES = 5_000


class Lane(NamedTuple):
    """Lines that wait in one warehouse."""

    warehouse_id: int
    lines: int


class LaneStatement(NamedTuple):
    """A statement in its lane, and the job that asked for it."""

    statement_id: int
    warehouse_id: int
    business_date: date
    line_count: int
    job_id: int | None = None


def group_lanes(lanes: Sequence[Lane], most_groups: int, chunk_lines: int = CHUNK_LINES) -> list[list[int]]:
    """Warehouses shared out to at most `most_groups` groups of about equal lines, the fullest lane first.

    There are no more groups than full chunks, so a few small stores do not cost a transaction each.
    """
    if not lanes:
        return []
    total = sum(lane.lines for lane in lanes)
    groups = max(1, min(most_groups, len(lanes), -(-total // chunk_lines)))
    loads = [0] * groups
    members: list[list[int]] = [[] for _ in range(groups)]
    for lane in sorted(lanes, key=lambda lane: (-lane.lines, lane.warehouse_id)):
        least = loads.index(min(loads))
        loads[least] += lane.lines
        members[least].append(lane.warehouse_id)
    return [sorted(group) for group in members]


def cut_chunks(statements: Sequence[LaneStatement], chunk_lines: int = CHUNK_LINES) -> list[list[int]]:
    """Statements in lane order (warehouse, date, number) as chunks of about `chunk_lines` lines.

    Statements of one warehouse and business date stay together: they are one unit of decision.
    """
    units: dict[tuple[int, date], list[LaneStatement]] = {}
    for statement in statements:
        units.setdefault((statement.warehouse_id, statement.business_date), []).append(statement)
    chunks: list[list[int]] = []
    lines = 0
    for unit in units.values():
        unit_lines = sum(statement.line_count for statement in unit)
        # The first unit may have no lines: a day with nothing but cash events.
        if not chunks or lines + unit_lines > chunk_lines:
            chunks.append([])
            lines = 0
        chunks[-1] += [statement.statement_id for statement in unit]
        lines += unit_lines
    return chunks


def progress_of(statements: Iterable[LaneStatement]) -> dict[int, int]:
    """What finished statements count for in the progress of the jobs that asked for them: their lines, and one for the statement."""
    progress: dict[int, int] = {}
    for statement in statements:
        if statement.job_id is not None:
            progress[statement.job_id] = progress.get(statement.job_id, 0) + statement.line_count + 1
    return progress
