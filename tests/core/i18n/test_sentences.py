"""Sentences that are stored in English come back in the language of the reader, whole and in their parts."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given, settings
from hypothesis import strategies as st

from core.i18n import sentences
from core.i18n.sentences import PLACE, known, retell
from inventory.rules.stock import Failure
from orders.rules.invoices import failure_problem
from retailhq.management.commands.make_messages import sentences_file
from tests.core.i18n.pseudo import in_pseudo
from tests.inventory.shelf import need

TEMPLATES = sorted(known()[0] | {pattern.template for pattern in known()[1]})
VALUES = st.lists(st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,8}", fullmatch=True), min_size=12, max_size=12)


@pytest.fixture
def pseudo() -> Iterator[None]:
    """Every text in the marks of the pseudo language."""
    with in_pseudo():
        yield


def test_file_of_sentences_is_fresh() -> None:
    """Run `manage.py make_messages` after a sentence changed."""
    assert sentences.SENTENCES.read_text() == sentences_file()


@settings(max_examples=3, deadline=None)
@given(VALUES)
def test_every_template_is_found_again(values: list[str]) -> None:
    """In English the text itself, in the pseudo language the translated template with the same values."""
    for template in TEMPLATES:
        text = PLACE.sub(lambda place: values[int(place[1])], template)
        with translation.override("en"):
            assert retell(text) == text
        with in_pseudo():
            translated = retell(text)
        assert translated.startswith("⟦"), text
        assert re.sub("[⟦⟧]", "", translated) == text


@pytest.mark.parametrize("language", ["de", "fr"])
def test_translations_keep_the_places(language: str) -> None:
    with translation.override(language):
        wrong = [template for template in TEMPLATES if sorted(PLACE.findall(gettext(template))) != sorted(PLACE.findall(template))]
    assert not wrong


def test_the_reason_of_an_order_is_told_in_its_parts(pseudo: None) -> None:
    problem = failure_problem(Failure(need(1, 3), "DEFAULT_BATCH_NOT_SET", Decimal(3)), "1082185", "kg", "S367")
    assert retell(problem).count("⟦") == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A title of somebody's own", "A title of somebody's own"),
        ("S367 is not known to anybody here", "S367 is not known to anybody here"),
        ("CONFLICT: Item 5 is not known; import it first.", "CONFLICT: ⟦Item 5 is not known; import it first.⟧"),
        ("Column 'a' is not known. The columns of items are a.", "⟦Column 'a' is not known.⟧ ⟦The columns of items are a.⟧"),
        ("", ""),
    ],
)  # fmt: skip
def test_retelling(pseudo: None, text: str, told: str) -> None:
    assert retell(text) == told
