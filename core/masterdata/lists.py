"""The list of a record, made from its declaration for the engine of all lists."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from core.access.access import Access, access_of
from core.masterdata import declaration
from core.masterdata.declaration import MasterData
from core.masterdata.queries import rows_of
from core.masterdata.words import cell_text, value_at
from core.tables.filters import ANYTHING, ListFilter
from core.tables.page import ListPage
from core.tables.tables import NUMBER, WIDE, WIDE_NUMBER
from core.tables.tables import Column as ListColumn
from core.tables.views import View, list_view

STATES = (("yes", gettext_lazy("Active")), ("no", gettext_lazy("Inactive")))


class ValueColumn(ListColumn):
    """A value in words, the first of a row with a link to its page."""

    def __init__(self, of: MasterData, column: declaration.MasterColumn, *, leads: bool) -> None:
        number = is_number(of, column.path)
        looks = (WIDE_NUMBER if column.wide else NUMBER) if number else WIDE if column.wide else {}
        super().__init__("", verbose_name=column.title, plain=self.plain_text, attrs=looks)
        self.of, self.path, self.leads = of, column.path, leads

    def plain_text(self, row: Any) -> object:
        """The value in exports: codes of references, everything else as it is."""
        value = value_at(row, self.path)
        return str(value) if isinstance(value, Model) else value

    def render(self, record: Model) -> str:
        """The cell of a row."""
        text = cell_text(record, self.path)
        return format_html('<a href="{}">{}</a>', self.of.address("edit", record), text or "\N{EN DASH}") if self.leads else text


def state_column() -> ListColumn:
    """Whether a row is offered."""
    source = "{% load i18n show %}{% if not record.is_active %}{% translate 'Inactive' as inactive %}{% state 'off' inactive %}{% endif %}"
    return ListColumn(source, verbose_name=gettext_lazy("State"), plain="is_active")


class StateFilter(ListFilter):
    """Active or inactive ones."""

    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=gettext_lazy("State"), empty_label=ANYTHING)

    def by_state(self, rows: "QuerySet[Any, Any]", name: str, value: str) -> "QuerySet[Any, Any]":
        """Those that are offered, or those that are not."""
        return rows.filter(is_active=value == "yes")


def list_of(record: MasterData) -> ListPage:
    """The list of a record."""
    columns: dict[str, Any] = {
        name_of(column): ValueColumn(record, column, leads=place == 0) for place, column in enumerate(record.columns)
    }
    if record.can_deactivate:
        columns["state"] = state_column()
    meta = type("Meta", (), {"model": record.model, "fields": []})
    sorts = {name_of(record.columns[0]): (*record.order, "pk")}
    sorts |= {name_of(column): (column.path, "pk") for column in record.columns[1:] if sortable(record, column.path)}
    return ListPage(
        key=f"setup-{record.slug}",
        view=f"setup:{record.slug}",
        title=record.many,
        rows=lambda access: rows_of(record, access.scope).select_related(*record.related),
        table=type("RecordTable", (tables.Table,), columns),
        filters=type("RecordFilter", (StateFilter if record.can_deactivate else ListFilter,), {"Meta": meta}),
        sorts=sorts,
        default_sort=name_of(record.columns[0]),
        quick=tuple(f"{path}__icontains" for path in record.search),
        quick_label=gettext_lazy("Code or name"),
        nothing=(gettext_lazy("Nothing is set up here yet"), record.purpose),
        no_match=gettext_lazy("Nothing matches"),
        template="masterdata/list.html",
        import_kind=record.slug,
    )


def name_of(column: declaration.MasterColumn) -> str:
    """The name of a column in addresses."""
    return column.path.replace("__", "_")


def is_number(record: MasterData, path: str) -> bool:
    """Whether the column is set right."""
    if "__" in path:
        return False
    return isinstance(record.model._meta.get_field(path), models.DecimalField | models.IntegerField)


def sortable(record: MasterData, path: str) -> bool:
    """Whether a list can be paged by the column: one of the table itself, never null, no reference."""
    if "__" in path:
        return False
    field = record.model._meta.get_field(path)
    return not field.is_relation and not field.null


def master_data_list(record: MasterData) -> View:
    """The view of the record's list."""

    def extra(request: HttpRequest) -> dict[str, Any]:
        access: Access = access_of(request)
        may_add = record.may_add and access.has(record.right("add"))
        return {
            "record": record,
            "new": record.address("new") if record.may_add else "",
            "refusal": "" if may_add else gettext("You may look, but not change: ask an administrator for the right to change this."),
        }

    return list_view(list_of(record), extra)
