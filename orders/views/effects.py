"""The effect of a change of Retail parameters on open customer orders, in the words of its confirmation."""

from collections.abc import Sequence
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from core.i18n.texts import count_text as count
from core.i18n.texts import decimal_text as plain
from orders.queries.effects import OpenCustomerOrder
from orders.services.effects import effects_on_orders
from parameters.rules.effects import Changed, Differences, Document, Effect, ProposedChange

SHOWN = 8


def effects_of_change(change: ProposedChange) -> list[Effect]:
    """What the change would do to open customer orders, the worst first."""
    return order_effects(effects_on_orders(change))


def order_effects(found: Differences[OpenCustomerOrder]) -> list[Effect]:
    """What a change of Retail parameters means for open customer orders, as sentences."""
    if found.is_empty:
        return []
    effects = []
    if found.would_stop:
        text = ngettext(
            "%(count)s open customer order could not be invoiced any more.",
            "%(count)s open customer orders could not be invoiced any more.",
            len(found.would_stop),
        )
        effects.append(effect("bad", text, found.would_stop))
    if found.would_pass:
        text = ngettext(
            "%(count)s open customer order could be invoiced that stops today.",
            "%(count)s open customer orders could be invoiced that stop today.",
            len(found.would_pass),
        )
        effects.append(effect("good", text, found.would_pass))
    if found.redirected:
        text = ngettext(
            "%(lines)s line of open customer orders would go to the new default batch.",
            "%(lines)s lines of open customer orders would go to the new default batch.",
            found.redirected_lines,
        )
        effects.append(effect("warn", text, found.redirected, lines=count(found.redirected_lines)))
    if found.shifted:
        more = found.shifted_quantity >= 0
        text = (
            gettext("%(quantity)s units more of customer orders, worth %(value)s, would go to the default batch.")
            if more
            else gettext("%(quantity)s units fewer of customer orders, worth %(value)s, would go to the default batch.")
        )
        figures = {"quantity": plain(abs(found.shifted_quantity)), "value": plain(abs(found.shifted_value))}
        effects.append(effect("warn" if more else "good", text, found.shifted, **figures))
    if found.looked_at < found.open:
        text = gettext("The earliest %(looked)s of %(open)s open customer orders were looked at.")
        effects.append(Effect("info", text % {"looked": count(found.looked_at), "open": count(found.open)}))
    return effects


def effect(
    tone: Literal["good", "warn", "bad", "info"], text: str, changed: Sequence[Changed[OpenCustomerOrder]], **figures: str
) -> Effect:
    """The sentence with the first orders that it speaks of."""
    documents = tuple(
        Document(one.document.number, reverse("orders:detail", args=[one.document.order_id]), one.code) for one in changed[:SHOWN]
    )
    return Effect(tone, text % {"count": count(len(changed)), **figures}, documents, max(0, len(changed) - SHOWN))
