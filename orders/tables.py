"""Columns of the lists of customer orders, sales orders and invoices."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from core.tables.tables import NUMBER, UNBROKEN, UNBROKEN_WIDE, WIDE, WIDE_NUMBER, Column, PickColumn
from orders.queries.customer_orders import left_in_words


class CustomerOrderTable(tables.Table):  # type: ignore[misc]
    """Customer orders with what of them is still to be delivered (`left`), what was paid (`paid`), and why they stopped."""

    pick = PickColumn("order__number")
    number = Column(
        '<a href="{% url "customer_orders:detail" record.pk %}">{{ record.order.number }}</a>',
        plain="order__number",
        verbose_name=gettext_lazy("Customer order"),
        attrs=UNBROKEN,
    )
    status = Column(
        "{% load orders show %}{% order_state record %}{% if record.order.error_code %}"
        '<div class="code">{{ record.order.error_code }}</div>{% endif %}',
        plain="order__status",
        verbose_name=gettext_lazy("Status"),
    )
    error_code = Column(
        '<span class="code">{{ record.order.error_code }}</span>',
        plain="order__error_code",
        verbose_name=gettext_lazy("Error"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
    error_text = Column(
        "{% load show %}{{ record.order.error_text|message }}",
        plain=lambda record: str(record.order.error_text or ""),
        verbose_name=gettext_lazy("What went wrong"),
        attrs=WIDE,
        shown=False,
    )
    store = Column("{{ record.order.store.code }}", plain="order__store__code", verbose_name=gettext_lazy("Store"), attrs=UNBROKEN_WIDE)
    customer = Column(
        "{{ record.order.customer.code }}", plain="order__customer__code", verbose_name=gettext_lazy("Customer"), attrs=UNBROKEN_WIDE
    )
    customer_name = Column(
        "{{ record.order.customer.name }}",
        plain="order__customer__name",
        verbose_name=gettext_lazy("Customer's name"),
        attrs=WIDE,
        shown=False,
    )
    ordered_at = Column(
        '{% load show %}{% moment record.ordered_at record.order.store.time_zone "short" %}',
        zone="order__store__time_zone",
        verbose_name=gettext_lazy("Ordered at"),
        attrs=UNBROKEN_WIDE,
    )
    delivery = Column("{% load orders %}{{ record.delivery|delivery_mode }}", verbose_name=gettext_lazy("Delivery"), attrs=UNBROKEN_WIDE)
    channel = Column("{{ record.get_channel_display }}", verbose_name=gettext_lazy("Came in by"), attrs=WIDE, shown=False)
    left = Column(
        "{% load show %}{% for quantity, unit in record.left %}<div>{% quantity quantity unit %}</div>{% endfor %}",
        plain=left_in_words,
        verbose_name=gettext_lazy("Open"),
        attrs=WIDE_NUMBER,
    )
    open_amount = Column(
        "{% load show %}{% if record.open_amount %}{% money record.open_amount record.currency %}{% endif %}",
        verbose_name=gettext_lazy("Open amount"),
        attrs=NUMBER,
    )
    paid = Column(
        "{% load show %}{% if record.paid %}{% money record.paid record.currency %}{% endif %}",
        verbose_name=gettext_lazy("Paid"),
        attrs=WIDE_NUMBER,
    )
    total = Column("{% load show %}{% money record.total record.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)


class OrderTable(tables.Table):  # type: ignore[misc]
    """Sales orders with why they stopped; `line_count` and `total` are sums of their lines."""

    number = Column(
        '<a href="{% url "orders:detail" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Sales order"), attrs=UNBROKEN
    )
    status = Column(
        '{% load show %}{% if record.error_code %}{% state "order:failed" %}{% else %}{% state record.status %}{% endif %}',
        plain="status",
        verbose_name=gettext_lazy("Status"),
    )
    origin = Column("{{ record.get_origin_display }}", verbose_name=gettext_lazy("Origin"), attrs=WIDE)
    store = Column("{{ record.store.code }}", plain="store__code", verbose_name=gettext_lazy("Store"), attrs=UNBROKEN_WIDE)
    customer = Column("{{ record.customer.code }}", plain="customer__code", verbose_name=gettext_lazy("Customer"), attrs=UNBROKEN_WIDE)
    business_date = Column("{% load show %}{{ record.business_date|day }}", verbose_name=gettext_lazy("Business date"), attrs=UNBROKEN)
    error_code = Column('<span class="code">{{ record.error_code }}</span>', verbose_name=gettext_lazy("Error"), attrs=UNBROKEN)
    error_text = Column(
        "{% load show %}{{ record.error_text|message }}",
        plain=lambda record: str(record.error_text or ""),
        verbose_name=gettext_lazy("What went wrong"),
        attrs=WIDE,
        shown=False,
    )
    line_count = Column("{% load show %}{{ record.line_count|count }}", verbose_name=gettext_lazy("Lines"), attrs=WIDE_NUMBER)
    total = Column("{% load show %}{% money record.total record.store.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)


class InvoiceTable(tables.Table):  # type: ignore[misc]
    number = Column(
        '<a href="{% url "orders:invoice" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Invoice"), attrs=UNBROKEN
    )
    order = Column(
        '<a href="{% url "orders:detail" record.order_id %}">{{ record.order.number }}</a>',
        plain="order__number",
        verbose_name=gettext_lazy("Sales order"),
        attrs=UNBROKEN_WIDE,
    )
    store = Column("{{ record.order.store.code }}", plain="order__store__code", verbose_name=gettext_lazy("Store"), attrs=UNBROKEN)
    customer = Column(
        "{{ record.order.customer.code }}", plain="order__customer__code", verbose_name=gettext_lazy("Customer"), attrs=UNBROKEN_WIDE
    )
    date = Column("{% load show %}{{ record.date|day }}", verbose_name=gettext_lazy("Date"), attrs=UNBROKEN)
    net = Column("{% load show %}{% money record.net record.order.store.currency %}", verbose_name=gettext_lazy("Net"), attrs=WIDE_NUMBER)
    tax = Column("{% load show %}{% money record.tax record.order.store.currency %}", verbose_name=gettext_lazy("Tax"), attrs=WIDE_NUMBER)
    total = Column("{% load show %}{% money record.total record.order.store.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)
    currency = Column(
        "{{ record.order.store.currency_id }}",
        plain="order__store__currency_id",
        verbose_name=gettext_lazy("Currency"),
        attrs=WIDE,
        shown=False,
    )
    posted_at = Column(
        '{% load show %}{% moment record.posted_at record.order.store.time_zone "short" %}',
        zone="order__store__time_zone",
        verbose_name=gettext_lazy("Posted at"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )


class AccountTable(tables.Table):  # type: ignore[misc]
    """Customers with what they owe the company (`open_amount`), and what they may owe at most."""

    code = Column(
        '<a href="{% url "orders:account" record.pk %}">{{ record.code }}</a>', verbose_name=gettext_lazy("Customer"), attrs=UNBROKEN
    )
    name = Column("{{ record.name }}", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    status = Column(
        '{% load i18n show %}{% if record.blocked %}{% translate "Blocked" as text %}{% state "off" text %}{% endif %}'
        '{% if record.on_hold %} {% translate "On hold" as text %}{% state "held" text %}{% endif %}',
        plain=lambda row: " ".join(name for name in ("blocked", "on_hold") if getattr(row, name)),
        verbose_name=gettext_lazy("Status"),
    )
    credit_limit = Column(
        "{% load show %}{% if record.credit_limit is not None %}{% money record.credit_limit record.currency %}{% endif %}",
        verbose_name=gettext_lazy("Credit limit"),
        attrs=WIDE_NUMBER,
    )
    open_amount = Column(
        "{% load show %}{% money record.open_amount record.currency %}", verbose_name=gettext_lazy("Open amount"), attrs=NUMBER
    )


class PendingOrderTable(tables.Table):  # type: ignore[misc]
    """Orders that were submitted, each with what became of it."""

    pick = PickColumn("number")
    confirmation = Column(
        '<a href="{% url "customer_orders:pending_one" record.pk %}">{{ record.confirmation }}</a>',
        verbose_name=gettext_lazy("Confirmation"),
        attrs=UNBROKEN,
    )
    number = Column(
        '{% if record.order_id %}<a href="{% url "customer_orders:detail" record.order_id %}">{{ record.number }}</a>'
        "{% else %}{{ record.number }}{% endif %}",
        verbose_name=gettext_lazy("Customer order"),
        attrs=UNBROKEN,
    )
    state = Column(
        '{% load show %}{% with "pending:"|add:record.state as key %}{% state key %}{% endwith %}'
        '{% if record.held %} {% state "held" %}{% endif %}',
        verbose_name=gettext_lazy("State"),
    )
    error_code = Column('<span class="code">{{ record.error_code }}</span>', verbose_name=gettext_lazy("Problem"), attrs=UNBROKEN)
    error_text = Column(
        "{% load show %}{{ record.error_text|message }}",
        plain=lambda record: str(record.error_text or ""),
        verbose_name=gettext_lazy("What is wrong"),
        attrs=WIDE,
    )
    store = Column("{{ record.store.code }}", plain="store__code", verbose_name=gettext_lazy("Store"), attrs=UNBROKEN_WIDE)
    received_at = Column(
        '{% load show %}{% moment record.received_at record.store.time_zone "short" %}',
        zone="store__time_zone",
        verbose_name=gettext_lazy("Handed in"),
        attrs=UNBROKEN_WIDE,
    )
    received_by = Column("{{ record.received_by }}", verbose_name=gettext_lazy("By"), attrs=WIDE, shown=False)
    attempts = Column("{% load show %}{{ record.attempts|count }}", verbose_name=gettext_lazy("Attempts"), attrs=WIDE_NUMBER)
    tried_at = Column(
        '{% load show %}{% moment record.tried_at record.store.time_zone "short" %}',
        zone="store__time_zone",
        verbose_name=gettext_lazy("Last tried"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
