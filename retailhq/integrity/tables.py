"""Columns of the list of differences."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from core.tables.tables import NUMBER, UNBROKEN, UNBROKEN_WIDE, WIDE, Column


class DifferenceTable(tables.Table):  # type: ignore[misc]
    """Differences of recounts; `age` in days and `holds`, what the check says, are added for a page."""

    first_seen = Column(
        '{% load show %}<a href="{% url "integrity:difference" record.pk %}">{% moment record.first_seen "UTC" "short" zoned=False %}</a>',
        verbose_name=gettext_lazy("First found (UTC)"),
        attrs=UNBROKEN,
    )
    age = Column("{% load show %}{{ record.age|count }}", plain="age", verbose_name=gettext_lazy("Age, days"), attrs=NUMBER)
    state = Column(
        '{% load i18n show %}{% if record.gone_at %}{% translate "Gone" as words %}{% state "valid" words %}'
        '{% else %}{% translate "Open" as words %}{% state "error" words %}{% endif %}',
        plain=lambda record: "gone" if record.gone_at else "open",
        verbose_name=gettext_lazy("State"),
        attrs=UNBROKEN,
    )
    check_name = Column("{{ record.holds }}", plain="check_name", verbose_name=gettext_lazy("Check"))
    key = Column("{{ record.key }}", verbose_name=gettext_lazy("Row"))
    expected = Column("{{ record.expected }}", verbose_name=gettext_lazy("Recounted"), attrs=WIDE)
    found = Column("{{ record.found }}", verbose_name=gettext_lazy("Stored"), attrs=WIDE)
    owner = Column(
        '{{ record.owner.username|default:"" }}', plain="owner__username", verbose_name=gettext_lazy("Looked after by"), attrs=WIDE
    )
    note = Column("{{ record.note }}", verbose_name=gettext_lazy("Note"), attrs=WIDE)
    gone_at = Column(
        '{% load show %}{% moment record.gone_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Gone (UTC)"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )
