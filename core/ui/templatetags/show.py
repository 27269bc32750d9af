"""How money, quantities, times, states and problems look, the same on every page (templates/components/)."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.i18n.messages import render
from core.i18n.texts import count_text, day_text, decimal_text, moment_text, price_text
from core.lib.messages import Message, decode_message
from core.lib.parsing import USUAL_PLACES
from core.lib.problems import Problem
from core.ui.badges import Badge, all_badges

register = template.Library()


@register.filter
def message(said: Message | Problem | str | None) -> str:
    """A message or problem in the language of the reader; nothing is '', and a text is said already."""
    return said if isinstance(said, str) else render(said) if said else ""


@register.filter
def translated(term: str) -> str:
    """One of our own terms, kept in English, in the language of the reader: a state, an event, the name of a tab or a field."""
    return gettext(term) if term else ""


@register.filter
def stored_message(written: Any) -> str:
    """A message as JSON holds it, in the language of the reader."""
    return render(decode_message(written))


@register.inclusion_tag("components/_status.html")
def state(key: str, text: str = "") -> dict[str, object]:
    """A badge: icon and words, never colour alone. `text` replaces the words of the state."""
    look = all_badges().get(key)
    return {"look": look or Badge(key, "idle", "dash"), "text": text or (str(look.text) if look else translated(key))}


@register.inclusion_tag("components/_state_of_statement.html")
def statement_state(statement: Any) -> dict[str, object]:
    """The one badge that says where a statement stands: in work, failed at, posted, or its last state."""
    return {"statement": statement}


@register.inclusion_tag("components/_money.html")
def money(amount: Decimal | None, currency: Any = "", *, named: bool = True) -> dict[str, object]:
    """An amount in the decimals of its currency, and the currency unless the column names it; of "" for several, as many as it needs."""
    if amount is None:
        return {"known": False}
    text = decimal_text(amount, currency.decimals) if currency else price_text(amount, USUAL_PLACES)
    return {"text": text, "currency": currency.code if currency and named else "", "negative": amount < 0, "known": True}


@register.inclusion_tag("components/_quantity.html")
def quantity(amount: Decimal | None, unit: str = "") -> dict[str, object]:
    """A quantity with its unit, without trailing zeros."""
    if amount is None:
        return {"known": False}
    return {"text": decimal_text(amount), "unit": unit, "negative": amount < 0, "known": True}


@register.filter
def count(number: int | None) -> str:
    """A whole number with thousands separators."""
    return count_text(number)


@register.filter
def day(value: date | None) -> str:
    """A date in the digits of the language."""
    return day_text(value)


@register.filter
def plain(value: Decimal | None) -> str:
    """A decimal without trailing zeros, for sentences."""
    return "" if value is None else decimal_text(value)


@register.filter
def price(value: Decimal, currency: Any) -> str:
    """A price in a currency, which the column names."""
    return price_text(value, currency.decimals)


@register.filter
def number_text(value: object) -> str:
    """A number that was kept as text, in the digits of the language; what is no number stays as it is."""
    text = str(value)
    try:
        return decimal_text(Decimal(text), len(text.partition(".")[2]))
    except InvalidOperation:
        return text


@register.simple_tag
def moment(at: datetime | None, zone: str = "UTC", style: str = "full", *, zoned: bool = True) -> SafeString:
    """An instant in the zone of its store, which stands behind it; offset and name of the zone stand in the title.

    `style`: full, time, short. Without `zoned` the label or head above it says the zone.
    """
    if at is None:
        return SafeString("")
    local = at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    title = f"{moment_text(local)} {offset[:3]}:{offset[3:]} {zone}"
    behind = format_html(' <span class="zone">{}</span>', local.strftime("%Z")) if zoned else ""
    return format_html('<time datetime="{}" title="{}">{}{}</time>', local.isoformat(), title, moment_text(local, style), behind)


@register.filter
def duration(seconds: float | None) -> str:
    """A span of time in words that fit into a table."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if seconds < 10:
        return gettext("%(count)s s") % {"count": decimal_text(Decimal(f"{seconds:.1f}"), 1)}
    if whole < 60:
        return gettext("%(count)s s") % {"count": whole}
    if whole < 3600:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """The query of this page with some values replaced; None takes one out, blank ones are left out."""
    values = {**context["request"].GET.dict(), **changes}
    return f"?{urlencode({name: value for name, value in values.items() if value not in (None, '')})}"


@register.simple_tag(takes_context=True)
def without(context: template.Context, name: str) -> str:
    """The query of a list without one of its filters, from the first page on; a bare address would open the default view instead."""
    view = context["request"].GET.get("view") or "none"
    return with_query(context, **{"view": view, "after": None, "before": None, name: None})


@register.simple_tag(takes_context=True)
def sort_link(context: template.Context, column: str, sort: str) -> str:
    """The query that sorts by a column, the other way round when it is sorted by it already; paging starts again."""
    return with_query(context, sort=f"-{column}" if sort == column else column, after=None, before=None)


@register.simple_tag
def sort_state(column: str, sort: str) -> SafeString:
    """The attribute that tells assistive technology how the list is sorted."""
    if not sort or sort.lstrip("-") != column:
        return SafeString("")
    return format_html(' aria-sort="{}"', "descending" if sort.startswith("-") else "ascending")


@register.simple_tag
def sort_arrow(column: str, sort: str) -> str:
    """An arrow behind the name of the column that the list is sorted by."""
    if not sort or sort.lstrip("-") != column:
        return ""
    return " ↓" if sort.startswith("-") else " ↑"
