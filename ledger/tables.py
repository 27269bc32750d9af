"""Columns of the list of vouchers."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from core.tables.tables import NUMBER, UNBROKEN, UNBROKEN_WIDE, WIDE, Column


class VoucherTable(tables.Table):  # type: ignore[misc]
    """Vouchers with what made them; `amount` is the sum of one side."""

    number = Column(
        '<a href="{% url "ledger:voucher" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Voucher"), attrs=UNBROKEN
    )
    date = Column("{% load show %}{{ record.date|day }}", verbose_name=gettext_lazy("Date"), attrs=UNBROKEN)
    origin = Column(
        '{% include "tables/_origin.html" with origin=record.origin %}',
        plain="origin__text",
        verbose_name=gettext_lazy("Made by"),
        attrs=UNBROKEN_WIDE,
    )
    step = Column("{{ record.step }}", verbose_name=gettext_lazy("Step"), attrs=WIDE)
    amount = Column(
        "{% load show %}{% money record.amount record.legal_entity.currency %}", verbose_name=gettext_lazy("Amount"), attrs=NUMBER
    )
    currency = Column(
        "{{ record.legal_entity.currency_id }}",
        plain="legal_entity__currency_id",
        verbose_name=gettext_lazy("Currency"),
        attrs=WIDE,
        shown=False,
    )
    posted_at = Column(
        '{% load show %}{% moment record.posted_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Posted (UTC)"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
