"""The catalogues are whole: nothing is untranslated or doubtful, values stay where they were, and what is compiled is what is written."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Values, tags, and the names of codes, files and settings that people type.
KEPT = re.compile(r"%\(\w+\)\w|%%|%s|\{\w*\}|<[^>]+>|\b[A-Z]+(?:_[A-Z]+)+\b")


def path_of(language: str, ending: str) -> Path:
    return Path(settings.BASE_DIR) / "retailhq" / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def catalogue(language: str) -> Catalog:
    with path_of(language, "po").open("rb") as file:
        return read_po(file)


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """One form, or those of a plural."""
    return [text or ""] if isinstance(text, str) or text is None else list(text)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    assert not [message.id for message in messages(language) if message.fuzzy or not all(forms(message.string))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_its_form(language: str) -> None:
    wanted = catalogue(language).num_plurals
    assert not [message.id for message in messages(language) if message.pluralizable and len(forms(message.string)) != wanted]


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_stay(language: str) -> None:
    """A value that a translation names wrongly would be an error 500 in that language only."""
    wrong = []
    for message in messages(language):
        # A form for one thing need not name the number as the other does; both are in the source.
        if not {kept(text) for text in forms(message.string)} <= {kept(text) for text in forms(message.id)}:
            wrong.append((message.id, message.string))
    assert not wrong


def kept(text: str) -> tuple[bool, bool, tuple[str, ...]]:
    """What a translation may not touch: line breaks at both ends, and every name and tag as often as it stands there."""
    return text.startswith("\n"), text.endswith("\n"), tuple(sorted(KEPT.findall(text)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with path_of(language, "mo").open("rb") as file:
        assert texts(read_mo(file)) == texts(catalogue(language))


def texts(catalog: Catalog) -> dict[tuple[str, str], list[str]]:
    """What each text becomes in its context, in all its forms."""
    return {(context_of(message), forms(message.id)[0]): forms(message.string) for message in catalog if message.id}


def context_of(message: Message) -> str:
    """What tells a text from others of the same words; Babel reads it from compiled files as bytes."""
    context: str | bytes | None = message.context
    return context.decode() if isinstance(context, bytes) else context or ""
