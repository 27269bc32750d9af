"""Columns of the lists of sales orders and invoices."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from retailhq.lists.tables import NUMBER, UNBROKEN, UNBROKEN_WIDE, WIDE, WIDE_NUMBER, Column


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
        "{% load show %}{{ record.error_text|retell }}", verbose_name=gettext_lazy("What went wrong"), attrs=WIDE, shown=False
    )
    line_count = Column("{% load show %}{{ record.line_count|count }}", verbose_name=gettext_lazy("Lines"), attrs=WIDE_NUMBER)
    total = Column("{% load show %}{% money record.total record.store.currency %}", verbose_name=gettext_lazy("Total"), attrs=NUMBER)


class InvoiceTable(tables.Table):  # type: ignore[misc]
    """Invoices of sales orders."""

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
