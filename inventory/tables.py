"""Columns of the lists of items, batches, stock and movements."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from core.tables.tables import NUMBER, UNBROKEN, UNBROKEN_WIDE, WIDE, WIDE_NUMBER, Column

ITEM = '<a href="{% url "inventory:item" record.item_id %}">{{ record.item.code }}</a>'
BATCH = (
    '{% if record.batch_id %}<a href="{% url "inventory:batch" record.batch_id %}">{{ record.batch.number }}</a>'
    '{% if record.batch.is_default_batch %} {% load show %}{% state "default" %}{% endif %}{% endif %}'
)


class ItemTable(tables.Table):  # type: ignore[misc]
    """Items with the groups that decide how they are handled."""

    code = Column('<a href="{% url "inventory:item" record.pk %}">{{ record.code }}</a>', verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    name = Column("{{ record.name }}", verbose_name=gettext_lazy("Name"))
    item_group = Column("{{ record.item_group.code }}", plain="item_group__code", verbose_name=gettext_lazy("Item group"), attrs=WIDE)
    model_group = Column(
        "{{ record.model_group.code }}", plain="model_group__code", verbose_name=gettext_lazy("Item model group"), attrs=WIDE
    )
    batch_tracked = Column(
        '{% load show %}{% if record.tracking_group.batch_active %}{% state "on" %}{% else %}{% state "off" %}{% endif %}',
        plain="tracking_group__batch_active",
        verbose_name=gettext_lazy("Batch numbers"),
    )
    negative = Column(
        '{% load show %}{% if record.model_group.negative_physical %}{% state "on" %}{% else %}{% state "off" %}{% endif %}',
        plain="model_group__negative_physical",
        verbose_name=gettext_lazy("Negative inventory"),
        attrs=WIDE,
    )
    policy = Column(
        "{{ record.model_group.get_allocation_policy_display }}",
        plain="model_group__allocation_policy",
        verbose_name=gettext_lazy("Batch choice"),
        attrs=WIDE,
        shown=False,
    )
    shelf_life_days = Column(
        '{{ record.shelf_life_days|default_if_none:"" }}', verbose_name=gettext_lazy("Shelf life, days"), attrs=WIDE_NUMBER, shown=False
    )
    standard_cost = Column(
        "{% load show %}{{ record.standard_cost|plain }}", verbose_name=gettext_lazy("Standard cost"), attrs=WIDE_NUMBER, shown=False
    )
    unit = Column("{{ record.unit_id }}", plain="unit_id", verbose_name=gettext_lazy("Unit"), attrs=WIDE)
    barcode = Column("{{ record.barcode }}", verbose_name=gettext_lazy("Barcode"), attrs=WIDE, shown=False)


class BatchTable(tables.Table):  # type: ignore[misc]
    """Batches with their dates and stock; `stock` is what the warehouses of the person hold."""

    item = Column(ITEM, plain="item__code", verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    item_name = Column("{{ record.item.name }}", plain="item__name", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    number = Column(
        '<a href="{% url "inventory:batch" record.pk %}">{{ record.number }}</a>'
        '{% if record.is_default_batch %} {% load show %}{% state "default" %}{% endif %}',
        verbose_name=gettext_lazy("Batch"),
        attrs=UNBROKEN,
    )
    manufactured_on = Column(
        "{% load show %}{{ record.manufactured_on|day }}", verbose_name=gettext_lazy("Manufactured"), attrs=UNBROKEN_WIDE, shown=False
    )
    expires_on = Column("{% load show %}{{ record.expires_on|day }}", verbose_name=gettext_lazy("Expires"), attrs=UNBROKEN)
    best_before = Column(
        "{% load show %}{{ record.best_before|day }}", verbose_name=gettext_lazy("Best before"), attrs=UNBROKEN_WIDE, shown=False
    )
    disposition = Column(
        '{% if record.disposition.blocks_sale %}{% load show %}{% state "off" record.disposition.name %}'
        "{% else %}{{ record.disposition.name|default:record.disposition.code }}{% endif %}",
        plain="disposition__code",
        verbose_name=gettext_lazy("Disposition"),
        attrs=WIDE,
    )
    stock = Column("{% load show %}{% quantity record.stock record.item.unit_id %}", verbose_name=gettext_lazy("In stock"), attrs=NUMBER)


class OnHandTable(tables.Table):  # type: ignore[misc]
    """Stock by warehouse, item and batch."""

    warehouse = Column("{{ record.warehouse.code }}", plain="warehouse__code", verbose_name=gettext_lazy("Warehouse"), attrs=UNBROKEN)
    item = Column(ITEM, plain="item__code", verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    item_name = Column("{{ record.item.name }}", plain="item__name", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    batch = Column(BATCH, plain="batch__number", verbose_name=gettext_lazy("Batch"), attrs=UNBROKEN)
    expires_on = Column(
        "{% load show %}{% if record.batch_id %}{{ record.batch.expires_on|day }}{% endif %}",
        plain="batch__expires_on",
        verbose_name=gettext_lazy("Expires"),
        attrs=UNBROKEN_WIDE,
    )
    physical = Column(
        "{% load show %}{% quantity record.physical record.item.unit_id %}", verbose_name=gettext_lazy("Physical"), attrs=NUMBER
    )
    reserved = Column(
        "{% load show %}{% quantity record.reserved record.item.unit_id %}", verbose_name=gettext_lazy("Reserved"), attrs=WIDE_NUMBER
    )
    available = Column(
        "{% load show %}{% quantity record.available record.item.unit_id %}", verbose_name=gettext_lazy("Available"), attrs=WIDE_NUMBER
    )
    unit = Column("{{ record.item.unit_id }}", plain="item__unit_id", verbose_name=gettext_lazy("Unit"), attrs=WIDE, shown=False)
    first_received_at = Column(
        '{% load show %}{% moment record.first_received_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("First received (UTC)"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )


class ExpiringTable(tables.Table):  # type: ignore[misc]
    """Stock that expires; days, value and suggestion of a row are added for a page."""

    expires_on = Column(
        "{% load show %}{{ record.batch.expires_on|day }}", plain="batch__expires_on", verbose_name=gettext_lazy("Expires"), attrs=UNBROKEN
    )
    days_left = Column(
        '{% load i18n show %}{% if record.days_left < 0 %}{% translate "Expired" as words %}{% state "error" words %}'
        "{% else %}{{ record.days_left|count }}{% endif %}",
        plain="days_left",
        verbose_name=gettext_lazy("Days left"),
        attrs=NUMBER,
    )
    warehouse = Column("{{ record.warehouse.code }}", plain="warehouse__code", verbose_name=gettext_lazy("Warehouse"), attrs=UNBROKEN)
    item = Column(ITEM, plain="item__code", verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    item_name = Column("{{ record.item.name }}", plain="item__name", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    item_group = Column(
        "{{ record.item.item_group.code }}",
        plain="item__item_group__code",
        verbose_name=gettext_lazy("Item group"),
        attrs=WIDE,
        shown=False,
    )
    batch = Column(BATCH, plain="batch__number", verbose_name=gettext_lazy("Batch"), attrs=UNBROKEN)
    physical = Column(
        "{% load show %}{% quantity record.physical record.item.unit_id %}", verbose_name=gettext_lazy("In stock"), attrs=NUMBER
    )
    reserved = Column(
        "{% load show %}{% quantity record.reserved record.item.unit_id %}",
        verbose_name=gettext_lazy("Reserved"),
        attrs=WIDE_NUMBER,
        shown=False,
    )
    value = Column(
        "{% load show %}{% money record.value record.warehouse.legal_entity.currency named=False %}",
        verbose_name=gettext_lazy("Value"),
        attrs=WIDE_NUMBER,
    )
    in_time = Column(
        "{% load show %}{% if record.suggestion %}{% quantity record.suggestion.in_time record.item.unit_id %}{% endif %}",
        plain=lambda record: record.suggestion and record.suggestion.in_time,
        verbose_name=gettext_lazy("Sells in time"),
        attrs=WIDE_NUMBER,
    )
    suggestion = Column(
        '{% include "inventory/_suggestion.html" with row=record only %}',
        plain=lambda record: record.suggestion and record.suggestion.advice.value,
        verbose_name=gettext_lazy("Suggestion"),
    )
    suggested = Column(
        "{% load show %}{% if record.suggestion %}{% quantity record.suggestion.quantity record.item.unit_id %}{% endif %}",
        plain=lambda record: record.suggestion and record.suggestion.quantity,
        verbose_name=gettext_lazy("Suggested quantity"),
        attrs=WIDE_NUMBER,
        shown=False,
    )
    to_warehouse = Column("{{ record.to_code }}", plain="to_code", verbose_name=gettext_lazy("To warehouse"), attrs=WIDE, shown=False)


class MovementTable(tables.Table):  # type: ignore[misc]
    """Inventory transactions; receipts are positive, issues negative. `origin` of a row is what made it."""

    date = Column("{% load show %}{{ record.date|day }}", verbose_name=gettext_lazy("Date"), attrs=UNBROKEN)
    warehouse = Column("{{ record.warehouse.code }}", plain="warehouse__code", verbose_name=gettext_lazy("Warehouse"), attrs=UNBROKEN)
    item = Column(ITEM, plain="item__code", verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    item_name = Column("{{ record.item.name }}", plain="item__name", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    batch = Column(BATCH, plain="batch__number", verbose_name=gettext_lazy("Batch"), attrs=UNBROKEN)
    quantity = Column(
        "{% load show %}{% quantity record.quantity record.item.unit_id %}", verbose_name=gettext_lazy("Quantity"), attrs=NUMBER
    )
    unit = Column("{{ record.item.unit_id }}", plain="item__unit_id", verbose_name=gettext_lazy("Unit"), attrs=WIDE, shown=False)
    cost_amount = Column(
        "{% load show %}{% money record.cost_amount record.warehouse.legal_entity.currency named=False %}",
        verbose_name=gettext_lazy("Cost"),
        attrs=WIDE_NUMBER,
    )
    origin = Column(
        '{% include "tables/_origin.html" with origin=record.origin %}',
        plain="origin__text",
        verbose_name=gettext_lazy("Made by"),
        attrs=UNBROKEN_WIDE,
    )
    posted_at = Column(
        '{% load show %}{% moment record.posted_at "UTC" "short" zoned=False %}',
        verbose_name=gettext_lazy("Posted (UTC)"),
        attrs=UNBROKEN_WIDE,
        shown=False,
    )


class JournalTable(tables.Table):  # type: ignore[misc]
    """Inventory journals; lines, kinds, warehouses and reason of a row are added for a page."""

    number = Column(
        '<a href="{% url "inventory:journal" record.pk %}">{{ record.number }}</a>', verbose_name=gettext_lazy("Journal"), attrs=UNBROKEN
    )
    posted = Column(
        '{% load show %}{% moment record.posted_at "UTC" "short" zoned=False %}',
        plain="posted_at",
        verbose_name=gettext_lazy("Posted (UTC)"),
        attrs=UNBROKEN,
    )
    kinds = Column("{{ record.kinds }}", plain="kinds", verbose_name=gettext_lazy("Kind"))
    warehouses = Column("{{ record.warehouse_codes }}", plain="warehouse_codes", verbose_name=gettext_lazy("Warehouse"), attrs=WIDE)
    lines = Column("{% load show %}{{ record.line_count|count }}", plain="line_count", verbose_name=gettext_lazy("Lines"), attrs=NUMBER)
    reason = Column("{{ record.reason }}", verbose_name=gettext_lazy("Reason"), attrs=WIDE)
    actor = Column("{{ record.actor }}", verbose_name=gettext_lazy("Posted by"), attrs=UNBROKEN_WIDE)


class ReceiptTable(tables.Table):  # type: ignore[misc]
    """Receipt lines; `left` of a row is what corrections have made of its quantity."""

    receipt = Column("{{ record.receipt }}/{{ record.line_number }}", verbose_name=gettext_lazy("Number and line"), attrs=UNBROKEN)
    received = Column(
        '{% load show %}{% moment record.received_at "UTC" "short" zoned=False %}',
        plain="received_at",
        verbose_name=gettext_lazy("Received (UTC)"),
        attrs=UNBROKEN,
    )
    warehouse = Column("{{ record.warehouse.code }}", plain="warehouse__code", verbose_name=gettext_lazy("Warehouse"), attrs=UNBROKEN)
    item = Column(ITEM, plain="item__code", verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    item_name = Column("{{ record.item.name }}", plain="item__name", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    batch = Column(BATCH, plain="batch__number", verbose_name=gettext_lazy("Batch"), attrs=UNBROKEN)
    quantity = Column(
        "{% load show %}{% quantity record.quantity record.item.unit_id %}", verbose_name=gettext_lazy("Received"), attrs=NUMBER
    )
    left = Column(
        "{% load show %}{% if record.left != record.quantity %}{% quantity record.left record.item.unit_id %}{% endif %}",
        plain="left",
        verbose_name=gettext_lazy("After corrections"),
        attrs=WIDE_NUMBER,
    )
    unit_cost = Column("{% load show %}{{ record.unit_cost|plain }}", verbose_name=gettext_lazy("Unit cost"), attrs=WIDE_NUMBER)
    voucher = Column(
        '{% if record.voucher %}<a href="{% url "ledger:voucher" record.voucher.pk %}">{{ record.voucher.number }}</a>{% endif %}',
        plain=lambda record: record.voucher.number if record.voucher else "",
        verbose_name=gettext_lazy("Voucher"),
        attrs=UNBROKEN_WIDE,
    )
    correct = Column(
        '{% load i18n %}{% if record.may_correct %}<a href="{{ record.correction_url }}">{% translate "Correct" %}</a>{% endif %}',
        plain="pk",
        verbose_name=gettext_lazy("Correction"),
        attrs=UNBROKEN,
    )


class DebtTable(tables.Table):  # type: ignore[misc]
    """Batch debt: `origin` is the document that opened it, `age` how many days ago that was, `value` what is open at the cost of then."""

    day = Column("{% load show %}{{ record.business_date|day }}", plain="business_date", verbose_name=gettext_lazy("Sold"), attrs=UNBROKEN)
    age = Column("{% load show %}{{ record.age|count }}", plain="age", verbose_name=gettext_lazy("Age, days"), attrs=NUMBER)
    warehouse = Column("{{ record.warehouse.code }}", plain="warehouse__code", verbose_name=gettext_lazy("Warehouse"), attrs=UNBROKEN)
    item = Column(ITEM, plain="item__code", verbose_name=gettext_lazy("Item"), attrs=UNBROKEN)
    item_name = Column("{{ record.item.name }}", plain="item__name", verbose_name=gettext_lazy("Name"), attrs=WIDE)
    batch = Column(BATCH, plain="batch__number", verbose_name=gettext_lazy("Batch"), attrs=UNBROKEN_WIDE, shown=False)
    origin = Column(
        '{% include "tables/_origin.html" with origin=record.origin %}',
        plain="origin__text",
        verbose_name=gettext_lazy("Document"),
        attrs=UNBROKEN_WIDE,
    )
    quantity = Column(
        "{% load show %}{% quantity record.quantity record.item.unit_id %}",
        verbose_name=gettext_lazy("Owed at first"),
        attrs=WIDE_NUMBER,
        shown=False,
    )
    open_quantity = Column(
        "{% load show %}{% quantity record.open_quantity record.item.unit_id %}", verbose_name=gettext_lazy("Open"), attrs=NUMBER
    )
    value = Column(
        "{% load show %}{% money record.value record.warehouse.legal_entity.currency named=False %}",
        verbose_name=gettext_lazy("Value"),
        attrs=WIDE_NUMBER,
    )
    reason = Column(
        "{% load inventory %}{% if record.reason %}{{ record.reason|reason }}{% endif %}", verbose_name=gettext_lazy("Why"), attrs=WIDE
    )


class SettlementTable(tables.Table):  # type: ignore[misc]
    """Settlements of batch debt and what undid them."""

    number = Column(
        '<a href="{% url "inventory:settlement" record.pk %}">{{ record.number }}</a>',
        verbose_name=gettext_lazy("Settlement"),
        attrs=UNBROKEN,
    )
    date = Column("{% load show %}{{ record.date|day }}", verbose_name=gettext_lazy("Date"), attrs=UNBROKEN)
    warehouse = Column("{{ record.warehouse.code }}", plain="warehouse__code", verbose_name=gettext_lazy("Warehouse"), attrs=UNBROKEN)
    lines = Column("{% load show %}{{ record.lines|count }}", verbose_name=gettext_lazy("Lines"), attrs=NUMBER)
    quantity = Column("{% load show %}{% quantity record.quantity %}", verbose_name=gettext_lazy("Quantity"), attrs=NUMBER)
    state = Column(
        '{% load show %}{% if record.undoes_id %}{% state "settlement:undo" %}{% elif record.undone_by %}{% state "settlement:undone" %}'
        '{% else %}{% state "Posted" %}{% endif %}',
        plain="undone_by__number",
        verbose_name=gettext_lazy("State"),
    )
    reason = Column("{{ record.reason }}", verbose_name=gettext_lazy("Reason"), attrs=WIDE)
    actor = Column("{{ record.actor }}", verbose_name=gettext_lazy("By"), attrs=UNBROKEN_WIDE)
