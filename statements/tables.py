"""Columns of the lists; how a cell looks stands in templates/components/."""

from functools import cache
from typing import Any

import django_tables2 as tables
from django.db.models import Model
from django.template import Context, Template
from django.utils.translation import gettext_lazy

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


class Cell(tables.Column):  # type: ignore[misc]
    """A cell made from template text; django-tables2's own template column compiles the text again for every row."""

    def __init__(self, source: str, **options: Any) -> None:
        super().__init__(empty_values=(), **options)
        self.source = source

    def render(self, record: Model) -> str:
        """The cell of a row, which the text calls `record`."""
        return compiled(self.source).render(Context({"record": record}))


class StatementTable(tables.Table):  # type: ignore[misc]
    """Statements to choose from, each with where it stands."""

    pick = Cell('{% include "statements/_pick.html" %}', attrs=PICK, verbose_name="")
    number = Cell(
        '<a href="{% url "statements:detail" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Statement"), attrs=UNBROKEN
    )
    state = Cell("{% load show %}{% statement_state record %}", verbose_name=gettext_lazy("State"))
    store = Cell(
        '{{ record.store.code }} <span class="muted wide-only">{{ record.store.name }}</span>',
        verbose_name=gettext_lazy("Store"),
        attrs=UNBROKEN_WIDE,
    )
    business_date = Cell("{% load show %}{{ record.business_date|day }}", verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN)
    error_code = Cell('<span class="code">{{ record.error_code }}</span>', verbose_name=gettext_lazy("Error"), attrs=UNBROKEN)
    transaction_count = Cell(
        "{% load show %}{{ record.transaction_count|count }}", verbose_name=gettext_lazy("Transactions"), attrs=WIDE_NUMBER
    )
    line_count = Cell("{% load show %}{{ record.line_count|count }}", verbose_name=gettext_lazy("Lines"), attrs=WIDE_NUMBER)
    total = Cell("{% load show %}{% money record.total record.store.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)

    class Meta:
        orderable = False


class TransactionTable(tables.Table):  # type: ignore[misc]
    """POS transactions with the result of their validation."""

    number = Cell(
        '<a href="{% url "statements:transaction" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Transaction")
    )
    store = Cell("{{ record.store.code }}", verbose_name=gettext_lazy("Store"))
    terminal = Cell("{{ record.terminal.code }}", verbose_name=gettext_lazy("Terminal"), attrs=WIDE)
    sold_at = Cell(
        '{% load show %}{% moment record.sold_at record.store.time_zone "short" %}', verbose_name=gettext_lazy("Sold at"), attrs=UNBROKEN
    )
    kind = Cell("{{ record.get_kind_display }}", verbose_name=gettext_lazy("Kind"), attrs=WIDE)
    validation = Cell("{% load show %}{% state record.validation_status %}", verbose_name=gettext_lazy("Validation"))
    statement = Cell(
        '{% if record.statement %}<a href="{% url "statements:detail" record.statement.pk %}">{{ record.statement.number }}</a>{% endif %}',
        verbose_name=gettext_lazy("Statement"),
        attrs=UNBROKEN_WIDE,
    )
    total = Cell("{% load show %}{% money record.total record.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)

    class Meta:
        orderable = False
