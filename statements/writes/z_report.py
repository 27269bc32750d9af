"""Writes of what tills printed."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core.db.bulk import array, execute, text_array


class PrintedFigures(NamedTuple):
    """Figures of a till's day or shift as a JSON object."""

    terminal_id: int
    day: date
    shift: int | None
    figures: str


def merge_z_reports(reports: Sequence[PrintedFigures], actor: str) -> None:
    """Keeps figures beside those that were entered of the same day or shift, in place of what they said before; one query."""
    execute(
        """
        INSERT INTO statements_zreport AS z (terminal_id, business_date, shift, figures, actor)
        SELECT r.terminal_id, r.day, r.shift, r.figures, %s
        FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::jsonb[]) AS r (terminal_id, day, shift, figures)
        ON CONFLICT (terminal_id, business_date, shift) DO UPDATE
        SET figures = z.figures || EXCLUDED.figures, actor = EXCLUDED.actor, at = now()
        """,
        [
            actor,
            array(report.terminal_id for report in reports),
            array(report.day for report in reports),
            array(report.shift for report in reports),
            text_array(report.figures for report in reports),
        ],
    )
