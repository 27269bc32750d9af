"""Writes change history for rows that were written set-based, where django-simple-history cannot see the change."""

from collections.abc import Collection
from typing import Literal

from django.db.models import Model

from core.db.bulk import execute
from core.db.current_actor import acting_user_id
from core.db.upsert import Upserted

REASON_LENGTH = 100


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
        SELECT {names}, now(), %s::text, %s::text, %s::int FROM {model._meta.db_table} WHERE {key} = ANY(%s) ORDER BY {key}
        """,
        [reason[:REASON_LENGTH], kind, acting_user_id() if user_id is None else user_id, list(ids)],
    )


def record_upsert(model: type[Model], touched: Upserted, reason: str) -> None:
    """History of rows that an upsert made or changed; at most two queries."""
    record_history(model, touched.new, "+", reason)
    record_history(model, touched.updated, "~", reason)
