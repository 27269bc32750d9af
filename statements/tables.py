"""Columns of the lists; how a cell looks stands in templates/components/."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
WIDE_NUMBER = {"td": {"class": "num wide-only"}, "th": {"class": "num wide-only"}}
WIDE = {"td": {"class": "wide-only"}, "th": {"class": "wide-only"}}
UNBROKEN = {"td": {"class": "nowrap"}}
UNBROKEN_WIDE = {"td": {"class": "nowrap wide-only"}, "th": {"class": "wide-only"}}
PICK = {"td": {"class": "pick"}, "th": {"class": "pick"}}


class StatementTable(tables.Table):  # type: ignore[misc]
    """Statements to choose from, each with where it stands."""

    pick = tables.TemplateColumn(template_name="statements/_pick.html", attrs=PICK, verbose_name="")
    number = tables.TemplateColumn(
        '<a href="{% url "statements:detail" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Statement"), attrs=UNBROKEN
    )
    state = tables.TemplateColumn("{% load show %}{% statement_state record %}", verbose_name=gettext_lazy("State"))
    store = tables.TemplateColumn(
        '{{ record.store.code }} <span class="muted wide-only">{{ record.store.name }}</span>',
        verbose_name=gettext_lazy("Store"),
        attrs=UNBROKEN_WIDE,
    )
    business_date = tables.TemplateColumn(
        '{{ record.business_date|date:"Y-m-d" }}', verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN
    )
    error_code = tables.TemplateColumn(
        '<span class="code">{{ record.error_code }}</span>', verbose_name=gettext_lazy("Error"), attrs=UNBROKEN
    )
    transaction_count = tables.TemplateColumn(
        "{% load show %}{{ record.transaction_count|count }}", verbose_name=gettext_lazy("Transactions"), attrs=WIDE_NUMBER
    )
    line_count = tables.TemplateColumn(
        "{% load show %}{{ record.line_count|count }}", verbose_name=gettext_lazy("Lines"), attrs=WIDE_NUMBER
    )
    total = tables.TemplateColumn(
        "{% load show %}{% money record.total record.store.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER
    )

    class Meta:
        orderable = False


class TransactionTable(tables.Table):  # type: ignore[misc]
    """POS transactions with the result of their validation."""

    number = tables.TemplateColumn(
        '<a href="{% url "statements:transaction" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Transaction")
    )
    store = tables.TemplateColumn("{{ record.store.code }}", verbose_name=gettext_lazy("Store"))
    terminal = tables.TemplateColumn("{{ record.terminal.code }}", verbose_name=gettext_lazy("Terminal"), attrs=WIDE)
    sold_at = tables.TemplateColumn(
        '{% load show %}{% moment record.sold_at record.store.time_zone "short" %}', verbose_name=gettext_lazy("Sold at"), attrs=UNBROKEN
    )
    kind = tables.TemplateColumn("{{ record.get_kind_display }}", verbose_name=gettext_lazy("Kind"), attrs=WIDE)
    validation = tables.TemplateColumn("{% load show %}{% state record.validation_status %}", verbose_name=gettext_lazy("Validation"))
    statement = tables.TemplateColumn(
        '{% if record.statement %}<a href="{% url "statements:detail" record.statement.pk %}">{{ record.statement.number }}</a>{% endif %}',
        verbose_name=gettext_lazy("Statement"),
        attrs=UNBROKEN_WIDE,
    )
    total = tables.TemplateColumn(
        "{% load show %}{% money record.total record.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER
    )

    class Meta:
        orderable = False
