"""How money, quantities, times, states and problems look, the same on every page (templates/components/)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django_stubs_ext import StrPromise

from core.i18n.messages import render
from core.i18n.texts import count_text, day_text, decimal_text, moment_text, price_text
from core.i18n.words import MODES, VERBS
from core.lib.messages import Message, decode_message
from core.lib.parsing import USUAL_PLACES
from core.lib.problems import Problem

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


@dataclass(frozen=True, slots=True)
class Badge:
    """How a state looks: its words, its meaning (good, warn, bad, work, idle) and its icon."""

    text: str | StrPromise
    meaning: str
    icon: str


BADGES: dict[str, Badge] = {
    "Started": Badge(gettext_lazy("Started"), "idle", "clock"),
    "Marked": Badge(gettext_lazy("Marked"), "idle", "clock"),
    "Calculated": Badge(gettext_lazy("Calculated"), "idle", "calculator"),
    "Posted": Badge(gettext_lazy("Posted"), "good", "check"),
    "failed": Badge(gettext_lazy("Done with failures"), "bad", "alert"),
    "queued": Badge(gettext_lazy("Waiting to be posted"), "work", "clock"),
    "running": Badge(gettext_lazy("Being posted"), "work", "work"),
    "job:queued": Badge(gettext_lazy("Waiting"), "idle", "clock"),
    "job:running": Badge(gettext_lazy("Running"), "work", "work"),
    "job:done": Badge(gettext_lazy("Done"), "good", "check"),
    "job:failed": Badge(gettext_lazy("Done with failures"), "bad", "alert"),
    "job:cancelled": Badge(gettext_lazy("Cancelled"), "idle", "dash"),
    "import:checking": Badge(gettext_lazy("Being checked"), "work", "work"),
    "import:checked": Badge(gettext_lazy("Checked, not imported"), "idle", "clock"),
    "import:unusable": Badge(gettext_lazy("Cannot be used"), "bad", "alert"),
    "import:applying": Badge(gettext_lazy("Being imported"), "work", "work"),
    "import:applied": Badge(gettext_lazy("Imported"), "good", "check"),
    "import:partly": Badge(gettext_lazy("Imported without the rejects"), "warn", "alert"),
    "import:stopped": Badge(gettext_lazy("Stopped"), "warn", "alert"),
    "none": Badge(gettext_lazy("Not validated"), "idle", "dash"),
    "valid": Badge(gettext_lazy("Successful"), "good", "check"),
    "error": Badge(gettext_lazy("Error"), "bad", "alert"),
    "discarded": Badge(gettext_lazy("Discarded"), "idle", "cross"),
    "reversed": Badge(gettext_lazy("Reversed"), "idle", "undo"),
    "warning": Badge(gettext_lazy("Warning"), "warn", "alert"),
    "aggregated": Badge(gettext_lazy("Aggregated"), "idle", "clock"),
    "created": Badge(gettext_lazy("Open order"), "idle", "clock"),
    "invoiced": Badge(gettext_lazy("Invoiced"), "good", "check"),
    "order:failed": Badge(gettext_lazy("Failed"), "bad", "alert"),
    "order:queued": Badge(gettext_lazy("Waiting"), "work", "clock"),
    "order:running": Badge(gettext_lazy("Being invoiced"), "work", "work"),
    "order:partly": Badge(gettext_lazy("Partly invoiced"), "idle", "clock"),
    "cancelled": Badge(pgettext_lazy("order", "Cancelled"), "idle", "dash"),
    "stage:open": Badge(gettext_lazy("Open"), "idle", "clock"),
    "stage:picked": Badge(gettext_lazy("Picked"), "work", "check"),
    "stage:packed": Badge(gettext_lazy("Packed"), "work", "batch"),
    "stage:invoiced": Badge(gettext_lazy("Invoiced"), "good", "check"),
    "stage:cancelled": Badge(pgettext_lazy("order", "Cancelled"), "idle", "dash"),
    "pending:waiting": Badge(gettext_lazy("Waiting"), "idle", "clock"),
    "pending:created": Badge(gettext_lazy("Order created"), "good", "check"),
    "pending:failed": Badge(gettext_lazy("Failed"), "bad", "alert"),
    "pending:discarded": Badge(gettext_lazy("Discarded"), "idle", "cross"),
    "held": Badge(gettext_lazy("Held"), "warn", "clock"),
    "settlement:undone": Badge(gettext_lazy("Undone"), "idle", "cross"),
    "settlement:undo": Badge(gettext_lazy("Undoes another"), "idle", "left"),
    "default": Badge(gettext_lazy("Default batch"), "warn", "alert"),
    "allocated": Badge(gettext_lazy("Chosen by policy"), "idle", "check"),
    "captured": Badge(gettext_lazy("Captured at the till"), "idle", "check"),
    "returned": Badge(gettext_lazy("Returned"), "idle", "left"),
    "untracked": Badge(gettext_lazy("Not batch-tracked"), "idle", "dash"),
    "on": Badge(gettext_lazy("On"), "good", "check"),
    "off": Badge(gettext_lazy("Off"), "idle", "dash"),
}


@register.inclusion_tag("components/_status.html")
def state(key: str, text: str = "") -> dict[str, object]:
    """A badge: icon and words, never colour alone. `text` replaces the words of the state."""
    look = BADGES.get(key, Badge(key, "idle", "dash"))
    return {"look": look, "text": text or (str(look.text) if key in BADGES else translated(str(look.text)))}


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


REASONS = {
    "FEFO": gettext_lazy("First to expire"),
    "FIFO": gettext_lazy("First received"),
    "LIFO": gettext_lazy("Last received"),
    "BATCH_NUMBER": gettext_lazy("Lowest batch number"),
    "CAPTURED": gettext_lazy("The till recorded this batch"),
    "CAPTURED_NEGATIVE": gettext_lazy("The till recorded this batch; its stock went negative"),
    "LINKED_RETURN": gettext_lazy("Went back to the batch of the original sale"),
    "BLIND_RETURN": gettext_lazy("Return without a known sale"),
    "NOT_TRACKED": gettext_lazy("Item without batch numbers"),
    "NO_BATCH": gettext_lazy("This warehouse never had a batch of the item"),
    "STOCK_USED_UP": gettext_lazy("The batches of the item are used up"),
    "RESERVED": gettext_lazy("What is left is reserved for others"),
    "RECEIVED_LATER": gettext_lazy("The next batch came in after the sale"),
    "EXPIRED": gettext_lazy("The batches left were expired on the business date"),
    "BLOCKED": gettext_lazy("The batches left are blocked for sale"),
    "SETTLED": gettext_lazy("Debt that was paid with this batch"),
    "DEFAULT_BATCH": gettext_lazy("Sold on the default batch while it was there"),
    "OTHER_BATCH": gettext_lazy("Written down for another batch while it was there"),
    "NOT_POSTED": gettext_lazy("Sold while it was there, and not posted yet"),
}


@register.filter
def reason(code: str) -> str:
    """Why this batch, in plain words."""
    return str(REASONS.get(code, code))


@register.filter
def delivery_mode(code: str) -> str:
    """How goods reach the customer."""
    return str(MODES.get(code, code))


@register.filter
def verb(code: str) -> str:
    """What is done to an order."""
    return str(VERBS.get(code, code))


@register.simple_tag
def order_state(row: Any) -> str:
    """The badge of a customer order: in work, failed, partly invoiced, or its status. `row` has `order` and `work_state`."""
    if row.work_state:
        key = f"order:{row.work_state}"
    elif row.order.error_code:
        key = "order:failed"
    elif row.order.status == "created" and row.invoiced:
        key = "order:partly"
    else:
        key = row.order.status
    return render_to_string("components/_status.html", state(key))


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
