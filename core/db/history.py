"""Change history of rows that are written set-based, where django-simple-history cannot see the change; and rows as they once were."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Model

from core.db.bulk import execute, fetch_all
from core.db.current_actor import acting_user_id
from core.db.upsert import Upserted

REASON_LENGTH = 100
# In the place of a person: what no page has changed.
AS_FOUND = "import or run"


def record_history(
    model: type[Model], ids: Collection[int] | Collection[str], kind: Literal["+", "~", "-"], reason: str, user_id: int | None = None
) -> None:
    """Copies the rows as they are into the model's history table: `+` made, `~` changed, `-` about to go. At most one query.

    Without `user_id` the history names whoever acts (core/db/current_actor.py).
    """
    if not ids:
        return
    history = model.history.model._meta.db_table  # type: ignore[attr-defined]
    names = ", ".join(str(field.column) for field in model._meta.concrete_fields)
    key = model._meta.pk.column
    execute(
        f"""
        INSERT INTO {history} ({names}, history_date, history_change_reason, history_type, history_user_id)
        SELECT {names}, statement_timestamp(), %s::text, %s::text, %s::int FROM {model._meta.db_table} WHERE {key} = ANY(%s) ORDER BY {key}
        """,
        [reason[:REASON_LENGTH], kind, acting_user_id() if user_id is None else user_id, list(ids)],
    )


def record_upsert(model: type[Model], touched: Upserted, reason: str) -> None:
    """History of rows that an upsert made or changed; at most two queries."""
    record_history(model, touched.new, "+", reason)
    record_history(model, touched.updated, "~", reason)


def record_as_found(model: type[Model], ids: Collection[int]) -> None:
    """Adds rows without any history to it as they are, before a run changes them; at most one query.

    Rows that a run made have no history, and what they were before their first change would be lost.
    """
    if not ids:
        return
    history = model.history.model._meta.db_table  # type: ignore[attr-defined]
    names = ", ".join(str(field.column) for field in model._meta.concrete_fields)
    key = model._meta.pk.column
    execute(
        f"""
        INSERT INTO {history} ({names}, history_date, history_change_reason, history_type)
        SELECT {names}, statement_timestamp(), %s::text, '~' FROM {model._meta.db_table} t
        WHERE {key} = ANY(%s) AND NOT EXISTS (SELECT FROM {history} h WHERE h.{key} = t.{key}) ORDER BY {key}
        """,
        [AS_FOUND, list(ids)],
    )


@dataclass(frozen=True, slots=True)
class Versions:
    """A row as it was at any instant: its history, the oldest first, and the row of today for one that never changed."""

    history: Sequence[tuple[datetime, Mapping[str, Any]]]
    now: Mapping[str, Any]

    def at(self, instant: datetime) -> Mapping[str, Any]:
        """The row as it was; before its first entry it was as that entry says."""
        found = [row for at, row in self.history if at <= instant]
        return found[-1] if found else self.history[0][1] if self.history else self.now


def load_versions(model: type[Model], columns: Sequence[str], where: str, parameters: Sequence[Any]) -> dict[Any, Versions]:
    """Versions by key of the rows that `where` (a condition of ours on the table `t`) picks, with these columns; one query.

    A row that is gone is not found.
    """
    history = model.history.model._meta.db_table  # type: ignore[attr-defined]
    table, key = model._meta.db_table, model._meta.pk.column
    now, then = (", ".join(f"{side}.{name}" for name in columns) for side in ("t", "h"))
    rows = fetch_all(
        f"""
        SELECT t.{key}, NULL::timestamptz AS at, 0 AS place, {now} FROM {table} t WHERE {where}
        UNION ALL
        SELECT t.{key}, h.history_date, h.history_id, {then} FROM {table} t JOIN {history} h ON h.{key} = t.{key} WHERE {where}
        ORDER BY 2 NULLS FIRST, 3
        """,
        [*parameters, *parameters],
    )
    current: dict[Any, Mapping[str, Any]] = {}
    past: dict[Any, list[tuple[datetime, Mapping[str, Any]]]] = {}
    for row_id, at, _, *values in rows:
        row = dict(zip(columns, values, strict=True))
        if at is None:
            current[row_id] = row
        else:
            past.setdefault(row_id, []).append((at, row))
    return {row_id: Versions(past.get(row_id, ()), row) for row_id, row in current.items()}
