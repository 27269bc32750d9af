"""English sentences told again in the language of the reader.

Rules, services and jobs write English, and much of it is stored. `retailhq/locale/sentences.json` has the template of each, collected by
`make_messages`; `retell` finds the template of a text, and puts its values into the translation. What no template knows stays as it is.
"""

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from django.utils.translation import gettext

from core.lib.messages import Message
from core.lib.problems import Problem

SENTENCES = Path(__file__).resolve().parents[2] / "retailhq" / "locale" / "sentences.json"
PLACE = re.compile(r"\{(\d+)\}")
_CODE = re.compile(r"([A-Z][A-Z0-9_]+: )(.+)", re.DOTALL)
# A text with more sentences than this is nothing that rules say.
MOST_SENTENCES = 12


@dataclass(frozen=True, slots=True)
class Pattern:
    """A template that has places for values; `literal` is its longest piece of fixed text, which is looked for first."""

    template: str
    literal: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Told:
    """A template with the values that were found in a text; without a template, the value alone."""

    template: str
    values: tuple["Told", ...] = ()
    plain: bool = False


def retell(text: object) -> str:
    """The text in the language that is active; a text of several sentences, or with a code before it, is retold in its parts."""
    if isinstance(text, Message | Problem):
        # Templates that show either, until the last call site makes messages.
        from core.i18n.messages import render

        return render(text)
    return "" if text is None else "\n".join(_fill(_understood(line)) for line in str(text).split("\n"))


def _fill(told: Told) -> str:
    if told.plain:
        return told.template
    values = [_fill(value) for value in told.values]
    translated = gettext(told.template) if PLACE.sub("", told.template).strip(" ,:") else told.template
    if not values:
        return translated
    # A place that the sentence does not have is a mistake of the translation; the page is shown all the same.
    return PLACE.sub(lambda match: values[int(match[1])] if int(match[1]) < len(values) else match[0], translated)


@lru_cache(maxsize=4096)
def _understood(text: str) -> Told:
    found = _match(text)
    if found and not any(". " in value for value in found[1]):
        return _told(*found)
    return _in_parts(text) or (_told(*found) if found else None) or Told(text, plain=True)


def _in_parts(text: str) -> Told | None:
    """A text that is a code and a sentence, or several sentences of which one at least is known."""
    if coded := _CODE.fullmatch(text):
        rest = _understood(coded[2])
        return None if rest.plain else Told("{0}{1}", (Told(coded[1], plain=True), rest))
    pieces = text.split(". ")
    if not 1 < len(pieces) <= MOST_SENTENCES:
        return None
    pieces = [*(f"{piece}." for piece in pieces[:-1]), pieces[-1]]
    parts: list[Told] = []
    at = 0
    while at < len(pieces):
        for end in range(len(pieces), at, -1):
            joined = " ".join(pieces[at:end])
            found = _match(joined) if end - at < len(pieces) else None
            if found and not any(". " in value and end - at > 1 and _match(pieces[at]) for value in found[1]):
                parts.append(_told(*found))
                at = end
                break
        else:
            parts.append(Told(pieces[at], plain=True))
            at += 1
    if all(part.plain for part in parts):
        return None
    return Told(" ".join(f"{{{place}}}" for place in range(len(parts))), tuple(parts))


def _told(template: str, values: tuple[str, ...]) -> Told:
    return Told(template, tuple(_value(value) for value in values))


def _value(text: str) -> Told:
    """A value is data, unless it is itself a known part of a sentence, or a list of such."""
    found = _match(text) if " " in text else None
    if found:
        return _told(*found)
    parts = text.split(", ")
    matches = [_match(part) if " " in part else None for part in parts] if len(parts) > 1 else []
    if any(matches):
        each = (_told(*match) if match else Told(part, plain=True) for part, match in zip(parts, matches, strict=True))
        return Told(", ".join(f"{{{place}}}" for place in range(len(parts))), tuple(each))
    return Told(text, plain=True)


def _match(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The template of the whole text with its values: the one with the most fixed text."""
    whole, patterns = known()
    if text in whole:
        return text, ()
    for pattern in patterns:
        if pattern.literal in text and (match := pattern.pattern.fullmatch(text)):
            return pattern.template, match.groups()
    return None


@cache
def known() -> tuple[frozenset[str], tuple[Pattern, ...]]:
    """Texts without values, and patterns, those with the most fixed text first."""
    templates: list[str] = json.loads(SENTENCES.read_text())
    patterned = [template for template in templates if PLACE.search(template)]
    patterned.sort(key=lambda template: (-len(PLACE.sub("", template)), template))
    return frozenset(template for template in templates if not PLACE.search(template)), tuple(map(_pattern, patterned))


def _pattern(template: str) -> Pattern:
    pieces = PLACE.split(template)[::2]
    return Pattern(template, max(pieces, key=len), re.compile("(.*?)".join(map(re.escape, pieces)), re.DOTALL))
