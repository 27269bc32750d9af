"""Messages and problems in the language of the reader; the only place where their texts are translated."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext

from core.i18n.texts import day_text, decimal_text, moment_text
from core.lib.messages import Message, Param, fill, has_words, in_english
from core.lib.problems import REGISTRY, Problem


def render(said: Message | Problem) -> str:
    """The sentence in the language that is active, its numbers and dates as that language writes them; values that are texts stay."""
    message = said.message if isinstance(said, Problem) else said
    return fill(gettext(message.text) if has_words(message.text) else message.text, message.params, _render_value)


def _render_value(value: Param) -> str:
    if isinstance(value, Message):
        return render(value)
    if isinstance(value, Decimal):
        return decimal_text(value, max(0, -int(value.as_tuple().exponent)))
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, str | int):
        return in_english(value)
    return ", ".join(map(_render_value, value))


def render_title(code: str) -> str:
    """What a code means; the code itself if it is not registered any more."""
    return gettext(REGISTRY[code].title) if code in REGISTRY else code


def render_remedy(code: str) -> str:
    """What puts a problem of this code right; '' if the code is not registered any more."""
    return gettext(REGISTRY[code].remedy) if code in REGISTRY else ""
