"""Columns of lists: how a cell looks on the page, and its plain value in an export."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.db.models import Model
from django.template import Context, Template
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from core.db.pagination import value_of

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
WIDE_NUMBER = {"td": {"class": "num wide-only"}, "th": {"class": "num wide-only"}}
WIDE = {"td": {"class": "wide-only"}, "th": {"class": "wide-only"}}
UNBROKEN = {"td": {"class": "nowrap"}}
UNBROKEN_WIDE = {"td": {"class": "nowrap wide-only"}, "th": {"class": "wide-only"}}
PICK = {"td": {"class": "pick"}, "th": {"class": "pick"}}


@cache
def compiled(source: str) -> Template:
    """The template of a text, compiled once and on first use: template tags are known only when all apps are loaded."""
    return Template(source)


class Column(tables.Column):  # type: ignore[misc]
    """A column: `source` is the template text of a cell, which calls the row `record`.

    `plain` is the value in exports, a path over relations or a function of the row; without it the path is the column's name. `zone` is
    the path of the time zone in which an instant is exported. A column that is not `shown` can be chosen but is not there at first.
    """

    def __init__(
        self, source: str, *, plain: str | Callable[[Any], object] | None = None, zone: str = "", shown: bool = True, **options: Any
    ) -> None:
        super().__init__(empty_values=(), orderable=False, **options)
        self.source = source
        self.plain = plain
        self.zone = zone
        self.shown = shown

    def render(self, record: Model) -> str:
        """The cell of a row."""
        return compiled(self.source).render(Context({"record": record}))

    def plain_value(self, name: str, record: Model) -> Any:
        """The value of a row without any dressing: text, number, date, instant, truth value or None."""
        value: Any = self.plain(record) if callable(self.plain) else value_of(record, self.plain or name)
        return value.astimezone(ZoneInfo(value_of(record, self.zone))) if self.zone and value is not None else value


class PickColumn(tables.Column):  # type: ignore[misc]
    """The box that picks a row; its label names the row by the column `by`."""

    def __init__(self, by: str) -> None:
        super().__init__(empty_values=(), orderable=False, verbose_name=gettext_lazy("Pick"), attrs=PICK)
        self.by = by

    def render(self, record: Model) -> str:
        """The box of a row."""
        label = gettext("Pick %(name)s") % {"name": value_of(record, self.by)}
        return format_html('<input class="form-check-input" type="checkbox" name="picked" value="{}" aria-label="{}">', record.pk, label)


def cells_of(table: Any, records: Sequence[Model]) -> list[list[tuple[str, str]]]:
    """Class and content of every cell; django-tables2 would look at each function's signature again for each cell."""
    columns = [(column.column, column.attrs["td"].get("class", "")) for column in table.columns]
    return [[(look, column.render(record=record)) for column, look in columns] for record in records]
