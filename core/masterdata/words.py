"""Values of records in words, for histories, summaries and both versions of a concurrent edit."""

from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext

from core.i18n.texts import day_text, decimal_text


def value_text(column: Any, value: object, *, row: object = None) -> str:
    """A value as people read it: On or Off, the name of a choice, the code of the row that it refers to (`row` if known), blank."""
    if value in (None, ""):
        return gettext("blank")
    if isinstance(value, bool):
        return gettext("On") if value else gettext("Off")
    if isinstance(row, models.Model):
        return str(row)
    choices = dict(getattr(column, "choices", None) or ())
    if value in choices:
        return str(choices[value])
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date):
        return day_text(value)
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def value_at(row: Any, path: str) -> Any:
    """The value at a path, None where a reference on the way is blank."""
    for name in path.split("__"):
        row = None if row is None else getattr(row, name)
    return row


def cell_text(row: Any, path: str) -> str:
    """The value at a path as lists show it; nothing for a blank."""
    *way, last = path.split("__")
    parent = value_at(row, "__".join(way)) if way else row
    value = None if parent is None else getattr(parent, last)
    return "" if value in (None, "") else value_text(parent._meta.get_field(last), value, row=value)
