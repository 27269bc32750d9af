"""Columns of the lists of statements; how a cell looks stands in templates/components/."""

import django_tables2 as tables
from django.utils.translation import gettext, gettext_lazy

from core.tables.tables import NUMBER, UNBROKEN, UNBROKEN_WIDE, WIDE, WIDE_NUMBER, Column, PickColumn
from statements.models import Statement
from statements.queries.late import days_late, late_kind


def state_text(statement: Statement) -> str:
    """Where a statement stands, in words."""
    if statement.work_state:
        return str(statement.get_work_state_display())
    if statement.failed_state:
        return gettext("Failed: %(at)s") % {"at": gettext(statement.failed_state)}
    return gettext("Reversed") if statement.reversal_id is not None else statement.post_state or statement.calc_state


class StatementTable(tables.Table):  # type: ignore[misc]
    """Statements to choose from, each with where it stands."""

    pick = PickColumn("number")
    number = Column(
        '<a href="{% url "statements:detail" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Statement"), attrs=UNBROKEN
    )
    state = Column(
        "{% load show %}{% statement_state record %}",
        plain=state_text,
        verbose_name=gettext_lazy("State"),
    )
    store = Column(
        '{{ record.store.code }} <span class="muted wide-only">{{ record.store.name }}</span>',
        plain="store__code",
        verbose_name=gettext_lazy("Store"),
        attrs=UNBROKEN_WIDE,
    )
    store_name = Column("{{ record.store.name }}", plain="store__name", verbose_name=gettext_lazy("Store name"), attrs=WIDE, shown=False)
    business_date = Column("{% load show %}{{ record.business_date|day }}", verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN)
    kind = Column("{{ record.get_kind_display }}", verbose_name=gettext_lazy("Kind"), attrs=WIDE)
    error_code = Column('<span class="code">{{ record.error_code }}</span>', verbose_name=gettext_lazy("Error"), attrs=UNBROKEN)
    error_text = Column(
        "{% load show %}{{ record.error_text|message }}",
        plain=lambda record: str(record.error_text or ""),
        verbose_name=gettext_lazy("What went wrong"),
        attrs=WIDE,
        shown=False,
    )
    transaction_count = Column(
        "{% load show %}{{ record.transaction_count|count }}", verbose_name=gettext_lazy("Transactions"), attrs=WIDE_NUMBER
    )
    line_count = Column("{% load show %}{{ record.line_count|count }}", verbose_name=gettext_lazy("Lines"), attrs=WIDE_NUMBER)
    total = Column("{% load show %}{% money record.total record.store.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)
    currency = Column(
        "{{ record.store.currency_id }}", plain="store__currency_id", verbose_name=gettext_lazy("Currency"), attrs=WIDE, shown=False
    )
    attempts = Column("{% load show %}{{ record.attempts|count }}", verbose_name=gettext_lazy("Attempts"), attrs=WIDE_NUMBER, shown=False)
    posted_at = Column(
        '{% load show %}{% moment record.posted_at record.store.time_zone "short" %}',
        zone="store__time_zone",
        verbose_name=gettext_lazy("Posted at"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )


class TransactionTable(tables.Table):  # type: ignore[misc]
    """POS transactions with the result of their validation."""

    pick = PickColumn("number")
    number = Column(
        '<a href="{% url "statements:transaction" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Transaction")
    )
    store = Column("{{ record.store.code }}", plain="store__code", verbose_name=gettext_lazy("Store"))
    terminal = Column("{{ record.terminal.code }}", plain="terminal__code", verbose_name=gettext_lazy("Terminal"), attrs=WIDE)
    business_date = Column("{% load show %}{{ record.business_date|day }}", verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN_WIDE)
    sold_at = Column(
        '{% load show %}{% moment record.sold_at record.store.time_zone "short" %}',
        zone="store__time_zone",
        verbose_name=gettext_lazy("Sold at"),
        attrs=UNBROKEN,
    )
    kind = Column("{{ record.get_kind_display }}", verbose_name=gettext_lazy("Kind"), attrs=WIDE)
    customer = Column(
        "{% if record.customer %}{{ record.customer.code }}{% else %}{{ record.customer_code }}{% endif %}",
        plain=lambda record: record.customer.code if record.customer else record.customer_code,
        verbose_name=gettext_lazy("Customer"),
        attrs=WIDE,
        shown=False,
    )
    validation = Column(
        "{% load show %}{% state record.validation_status %}", plain="validation_status", verbose_name=gettext_lazy("Validation")
    )
    statement = Column(
        '{% if record.statement %}<a href="{% url "statements:detail" record.statement.pk %}">{{ record.statement.number }}</a>{% endif %}',
        plain="statement__number",
        verbose_name=gettext_lazy("Statement"),
        attrs=UNBROKEN_WIDE,
    )
    net = Column("{% load show %}{% money record.net record.currency %}", verbose_name=gettext_lazy("Net"), attrs=WIDE_NUMBER, shown=False)
    tax = Column("{% load show %}{% money record.tax record.currency %}", verbose_name=gettext_lazy("Tax"), attrs=WIDE_NUMBER, shown=False)
    total = Column("{% load show %}{% money record.total record.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)
    currency = Column("{{ record.currency_id }}", plain="currency_id", verbose_name=gettext_lazy("Currency"), attrs=WIDE, shown=False)


class LateTable(tables.Table):  # type: ignore[misc]
    """Late documents: what, of which day, when it came and how late that is, and the statement that took it."""

    what = Column(
        "{{ record.late_word }}", plain=lambda record: str(late_kind(record).label), verbose_name=gettext_lazy("What"), attrs=UNBROKEN
    )
    number = Column(
        '<a href="{% url "statements:transaction" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Transaction")
    )
    store = Column("{{ record.store.code }}", plain="store__code", verbose_name=gettext_lazy("Store"), attrs=UNBROKEN)
    terminal = Column("{{ record.terminal.code }}", plain="terminal__code", verbose_name=gettext_lazy("Terminal"), attrs=WIDE, shown=False)
    business_date = Column("{% load show %}{{ record.business_date|day }}", verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN)
    day_posted_at = Column(
        '{% load show %}{% moment record.day_posted_at record.store.time_zone "short" %}',
        zone="store__time_zone",
        verbose_name=gettext_lazy("Day posted at"),
        attrs=UNBROKEN_WIDE,
    )
    imported_at = Column(
        '{% load show %}{% moment record.imported_at record.store.time_zone "short" %}',
        zone="store__time_zone",
        verbose_name=gettext_lazy("Arrived at"),
        attrs=UNBROKEN_WIDE,
    )
    late = Column("{% load show %}{{ record.days_late|count }}", plain=days_late, verbose_name=gettext_lazy("Days late"), attrs=NUMBER)
    validation = Column(
        "{% load show %}{% state record.validation_status %}",
        plain="validation_status",
        verbose_name=gettext_lazy("Validation"),
        attrs=WIDE,
        shown=False,
    )
    statement = Column(
        '{% load i18n show %}{% if record.statement %}<a href="{% url "statements:detail" record.statement.pk %}">'
        '{{ record.statement.number }}</a>{% if record.statement.posting_date %} <span class="muted">'
        "{% blocktranslate with day=record.statement.posting_date|day %}posted on {{ day }}{% endblocktranslate %}</span>{% endif %}"
        '{% else %}<span class="muted">{% translate "none yet" %}</span>{% endif %}',
        plain="statement__number",
        verbose_name=gettext_lazy("Statement"),
    )
    posting_date = Column(
        "{% load show %}{% if record.statement.posting_date %}{{ record.statement.posting_date|day }}{% endif %}",
        plain="statement__posting_date",
        verbose_name=gettext_lazy("Posted on"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
    total = Column("{% load show %}{% money record.total record.currency %}", verbose_name=gettext_lazy("Value"), attrs=NUMBER)
    currency = Column("{{ record.currency_id }}", plain="currency_id", verbose_name=gettext_lazy("Currency"), attrs=WIDE, shown=False)


class ProblemTable(tables.Table):  # type: ignore[misc]
    """What validation found, each with its transaction; `may_correct` rows lead to the page that corrects it."""

    pick = PickColumn("transaction__number")
    code = Column('<span class="code">{{ record.code }}</span>', verbose_name=gettext_lazy("Code"), attrs=UNBROKEN)
    severity = Column("{% load show %}{% state record.severity %}", verbose_name=gettext_lazy("Severity"))
    message = Column(
        "{% load show %}{{ record.message|message }}",
        plain=lambda problem: str(problem.message),
        verbose_name=gettext_lazy("What is wrong"),
    )
    transaction = Column(
        '{% load i18n %}<a href="{% url "statements:transaction" record.transaction_id %}">{{ record.transaction.number }}</a>'
        '{% if record.may_correct %} <a class="small" href="{% url "statements:correct" record.transaction_id %}">{% translate "Correct" %}'
        '<span class="visually-hidden"> {{ record.transaction.number }}</span></a>{% endif %}',
        plain="transaction__number",
        verbose_name=gettext_lazy("Transaction"),
        attrs=UNBROKEN,
    )
    line_number = Column('{{ record.line_number|default_if_none:"" }}', verbose_name=gettext_lazy("Line"), attrs=WIDE_NUMBER)
    store = Column("{{ record.transaction.store.code }}", plain="transaction__store__code", verbose_name=gettext_lazy("Store"), attrs=WIDE)
    terminal = Column(
        "{{ record.transaction.terminal.code }}",
        plain="transaction__terminal__code",
        verbose_name=gettext_lazy("Terminal"),
        attrs=WIDE,
        shown=False,
    )
    business_date = Column(
        "{% load show %}{{ record.transaction.business_date|day }}",
        plain="transaction__business_date",
        verbose_name=gettext_lazy("Business date"),
        attrs=UNBROKEN_WIDE,
    )


class GiftCardTable(tables.Table):  # type: ignore[misc]
    """Gift cards with what they hold (`balance`) and what was ever put on them (`loaded`)."""

    number = Column(
        '<a href="{% url "statements:gift_card" record.pk %}">{{ record.number }}</a>',
        verbose_name=gettext_lazy("Gift card"),
        attrs=UNBROKEN,
    )
    status = Column(
        '{% load i18n show %}{% if record.blocked %}{% translate "Blocked" as text %}{% state "warning" text %}{% endif %}',
        plain=lambda row: "blocked" if row.blocked else "",
        verbose_name=gettext_lazy("Status"),
    )
    loaded = Column("{% load show %}{% money record.loaded record.currency %}", verbose_name=gettext_lazy("Put on it"), attrs=WIDE_NUMBER)
    balance = Column("{% load show %}{% money record.balance record.currency %}", verbose_name=gettext_lazy("Balance"), attrs=NUMBER)


class RecallTable(tables.Table):  # type: ignore[misc]
    """Recalls with what was found."""

    batch = Column(
        '<a href="{% url "statements:recall" record.pk %}">{{ record.batch.number }}</a>',
        plain="batch__number",
        verbose_name=gettext_lazy("Batch"),
        attrs=UNBROKEN,
    )
    item = Column(
        '{{ record.item.code }} <span class="muted wide-only">{{ record.item.name }}</span>',
        plain="item__code",
        verbose_name=gettext_lazy("Item"),
    )
    certain = Column("{% load show %}{{ record.certain|count }}", verbose_name=gettext_lazy("Certain"), attrs=NUMBER)
    probable = Column("{% load show %}{{ record.probable|count }}", verbose_name=gettext_lazy("Probable"), attrs=NUMBER)
    possible = Column("{% load show %}{{ record.possible|count }}", verbose_name=gettext_lazy("Possible"), attrs=NUMBER)
    is_mock = Column("{{ record.is_mock|yesno:_('Mock recall,') }}", verbose_name=gettext_lazy("Mock recall"), attrs=WIDE)
    seconds = Column(
        "{% load show %}{% if record.done_at %}{{ record.seconds|plain }}{% endif %}",
        verbose_name=gettext_lazy("Seconds"),
        attrs=WIDE_NUMBER,
    )
    actor = Column("{{ record.actor }}", verbose_name=gettext_lazy("Asked by"), attrs=WIDE)
    asked_at = Column(
        '{% load show %}{% moment record.asked_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Asked at (UTC)"),
        attrs=UNBROKEN_WIDE,
    )


class RecallLineTable(tables.Table):  # type: ignore[misc]
    """Sales that were, or may have been, of a recalled batch."""

    certainty = Column(
        "{{ record.certainty_name }}",
        plain=lambda record: str(record.certainty_name),
        verbose_name=gettext_lazy("Certainty"),
        attrs=UNBROKEN,
    )
    reason = Column("{% load inventory %}{{ record.reason|reason }}", plain="reason", verbose_name=gettext_lazy("Why"))
    store = Column("{{ record.store.code }}", plain="store__code", verbose_name=gettext_lazy("Store"), attrs=UNBROKEN)
    terminal = Column("{{ record.terminal }}", verbose_name=gettext_lazy("Terminal"), attrs=WIDE)
    document = Column("{{ record.document }}", verbose_name=gettext_lazy("Transaction or order"), attrs=UNBROKEN)
    line_number = Column("{% load show %}{{ record.line_number|count }}", verbose_name=gettext_lazy("Line"), attrs=NUMBER)
    customer_code = Column("{{ record.customer_code }}", verbose_name=gettext_lazy("Customer"))
    item = Column("{{ record.recall.item.code }}", plain="recall__item__code", verbose_name=gettext_lazy("Item"), attrs=WIDE, shown=False)
    recalled = Column(
        "{{ record.recall.batch.number }}",
        plain="recall__batch__number",
        verbose_name=gettext_lazy("Recalled batch"),
        attrs=WIDE,
        shown=False,
    )
    batch_number = Column("{{ record.batch_number }}", verbose_name=gettext_lazy("Batch as recorded"), attrs=UNBROKEN)
    quantity = Column(
        "{% load show %}{% quantity record.quantity record.recall.item.unit_id %}", verbose_name=gettext_lazy("Quantity"), attrs=NUMBER
    )
    business_date = Column("{% load show %}{{ record.business_date|day }}", verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN)
