"""Reads of records for their pages; the number of queries depends on the kind of record, never on the number of rows."""

from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from django.utils.translation import gettext

from core.access.scope import Scope
from core.db.pagination import COUNT_LIMIT, count_up_to
from core.i18n.texts import count_text
from core.masterdata.declaration import MasterData
from core.masterdata.keys import read_key
from core.masterdata.words import value_text

CHANGE_LIMIT = 300


class FieldChange(NamedTuple):
    """One value that somebody changed."""

    at: datetime
    who: str
    what: str
    before: str
    after: str


class UseCount(NamedTuple):
    """How many rows refer to a record."""

    title: str
    number: str


def rows_of(record: MasterData, scope: Scope) -> "QuerySet[Model]":
    """The rows that a person may see."""
    return record.model._default_manager.filter(record.within(scope))


def row_of(record: MasterData, scope: Scope, text: str) -> Model | None:
    """The row of a key as addresses write it, None where there is none to be seen; one query."""
    key = read_key(record.model, text)
    return None if key is None else rows_of(record, scope).filter(pk=key).select_related(*record.related).first()


def author_of(row: Any) -> str:
    """Who made a row of history: the person, else the command."""
    return row.history_user.get_username() if row.history_user else (row.history_change_reason or "")


def latest_change(record: MasterData, row: Model) -> Any:
    """The newest row of history, None where nothing was recorded; one query."""
    history: Any = record.model.history  # type: ignore[attr-defined]
    return history.filter(**{record.model._meta.pk.name: row.pk}).select_related("history_user").order_by("-history_id").first()


def changes_of(record: MasterData, row: Model) -> list[FieldChange]:
    """The latest changes, newest first: one query, and one per reference whose codes are to be shown."""
    history: Any = record.model.history  # type: ignore[attr-defined]
    mine = history.filter(**{record.model._meta.pk.name: row.pk}).select_related("history_user").order_by("-history_id")
    rows = list(mine[: CHANGE_LIMIT + 1])
    columns = [column for column in record.model._meta.concrete_fields if not column.primary_key]
    codes = {column.name: codes_of(column, rows) for column in columns if column.is_relation}
    found: list[FieldChange] = []
    for newer, older in pairwise([*rows, None]):
        if newer is None:
            continue
        if newer.history_type == "+":
            found.append(FieldChange(newer.history_date, author_of(newer), gettext("Made"), "", ""))
        elif older is not None:
            for column in columns:
                before, after = getattr(older, column.attname), getattr(newer, column.attname)
                if before != after:
                    texts = [codes.get(column.name, {}).get(value) or value_text(column, value) for value in (before, after)]
                    found.append(FieldChange(newer.history_date, author_of(newer), label_of(record, column), *texts))
    return found[:CHANGE_LIMIT]


def label_of(record: MasterData, column: Any) -> str:
    """What a column is called on the form."""
    field = record.form.base_fields.get(column.name)
    return str(field.label if field is not None and field.label else column.verbose_name).capitalize()


def codes_of(column: Any, rows: list[Any]) -> dict[Any, str]:
    """Codes of the rows that a reference points to, by key; one query, none where it never changed."""
    keys = {getattr(row, column.attname) for row in rows} - {None}
    if len({getattr(row, column.attname) for row in rows}) < 2:
        return {}
    return {row.pk: str(row) for row in column.related_model._default_manager.filter(pk__in=keys)}


def use_counts(record: MasterData, row: Model) -> list[UseCount]:
    """What refers to the row, exact up to a limit; one query each."""
    counts = []
    for use in record.uses:
        number = count_up_to(use.model._default_manager.filter(**{use.path: row.pk}))
        text = f"{count_text(COUNT_LIMIT)}+" if number > COUNT_LIMIT else count_text(number)
        counts.append(UseCount(str(use.title), text))
    return counts
