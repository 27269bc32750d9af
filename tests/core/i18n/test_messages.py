"""Messages in the language of the reader: the text is translated, numbers and dates are written as there, user data stays."""

import ast
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext

from core.i18n.extraction import texts_in, texts_of_messages
from core.i18n.messages import render
from core.i18n.words import EVENTS
from core.lib.messages import TEXTS, Message, Param, has_words, places_of
from core.lib.problems import Problem
from retailhq.codes import register_all
from tests.core.i18n.pseudo import in_pseudo

ROOT = Path(__file__).parents[3]
SALE = {"total": Decimal("1234.50"), "payments": Decimal(0), "difference": Decimal("1234.50"), "limit": Decimal("0.10")}


def all_texts() -> list[str]:
    """The texts of all messages and problems that have words."""
    register_all()
    return sorted(text for text in {*texts_of_messages(ROOT), *TEXTS.values()} if has_words(text))


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_text_is_translated_with_the_same_places(language: str) -> None:
    texts = all_texts()
    with translation.override(language):
        translated = {text: gettext(text) for text in texts}
    assert [text for text, told in translated.items() if places_of(told) != places_of(text)] == []
    # A text that is the same in both languages would be a word like Import; sentences are not.
    assert [text for text, told in translated.items() if told == text and " " in text and places_of(text)] == []


def test_user_data_is_not_translated() -> None:
    """Gift card is a text of pages, so gettext knows it; as the name of something it stays."""
    with in_pseudo():
        assert render(Problem("H03", {"customer": "Gift card"})).count("⟦") == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Gift card", "Gift card"),
        (1000, "1000"),
        (Decimal("-1234.50"), "\N{MINUS SIGN}1.234,50"),
        (date(2026, 11, 29), "29.11.2026"),
        (datetime(2026, 11, 29, 20, 58, tzinfo=UTC), "29.11.2026 20:58:00"),
        (("A", Decimal("1.5")), "A, 1,5"),
        (Message("Save"), "Speichern"),
    ],
)
def test_values_in_german(value: Param, told: str) -> None:
    with translation.override("de"):
        assert render(Message("{value}", {"value": value, "text": ""})) == told


def test_a_problem_in_three_languages() -> None:
    problem = Problem("H14", SALE)
    said = {}
    for language in ("en", "de", "fr"):
        with translation.override(language):
            said[language] = render(problem)
    assert str(problem.message).startswith("Total 1234.50 and payments 0 differ by 1234.50, 0.10 is allowed;")
    assert said["en"].startswith("Total 1,234.50 and payments 0 differ")
    assert "1.234,50" in said["de"]
    assert "1\N{NARROW NO-BREAK SPACE}234,50" in said["fr"] or "1\N{NO-BREAK SPACE}234,50" in said["fr"]


def test_extraction_finds_both_of_two_texts() -> None:
    source = 'run.progress(1, 2, Message("One row" if rows == 1 else "{rows} rows", {"rows": rows}))\nMessage(text)'
    assert list(texts_in(source)) == ["One row", "{rows} rows"]


def test_the_names_of_all_events_of_statements_are_collected() -> None:
    """Entries of the event log are written as tuples: statement, event, state, what is said."""
    trees = (ast.parse(path.read_text("utf-8")) for path in (ROOT / "statements").rglob("*.py"))
    tuples = (node.elts for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 4)
    entries = (parts for parts in tuples if ast.unparse(parts[0]) in {"statement_id", "statement.id", "row"})
    names = {name.value for _, name, *_ in entries if isinstance(name, ast.Constant) and isinstance(name.value, str)}
    assert {"post", "late", "reversed", "fallback limit"} <= names <= set(EVENTS)
