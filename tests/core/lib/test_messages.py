"""Messages as values: in English, and through JSON and back."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lib.messages import (
    TEXTS,
    Message,
    Param,
    as_written,
    decode_message,
    encode_message,
    has_words,
    places_of,
    together,
)
from core.lib.problems import AS_WRITTEN, REGISTRY, Code, Problem, register, register_texts, stored_problem

D = Decimal
TEXT = st.text(max_size=10)
LEAVES = st.one_of(
    TEXT,
    st.integers(-(2**31), 2**31),
    st.decimals(-1000, 1000, places=3),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
)
VALUES: st.SearchStrategy[Param] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda p: Message("{a}x", p))
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(("item", "line", "text")), VALUES))
def test_messages_come_back_from_json(params: dict[str, Param]) -> None:
    message = Message("Item {item} on line {line}: {text}", params)
    assert decode_message(json.loads(json.dumps(encode_message(message)))) == message


@given(TEXT, TEXT)
def test_a_value_is_never_taken_for_a_place(one: str, two: str) -> None:
    """Values are put in at once, whatever they look like."""
    assert str(Message("<{one}|{two}>", {"one": f"{{two}}{one}", "two": two})) == f"<{{two}}{one}|{two}>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("{item}", "{item}"),
        (1000, "1000"),
        (D("1234.50"), "1234.50"),
        (D("1E+2"), "100"),
        (date(2026, 11, 29), "2026-11-29"),
        (datetime(2026, 11, 29, 20, 58, tzinfo=UTC), "2026-11-29T20:58:00+00:00"),
        (("A", D(1), Message("line {n}", {"n": 2})), "A, 1, line 2"),
        ((), ""),
    ],
)
def test_english(value: Param, written: str) -> None:
    assert str(Message("It is {value}.", {"value": value})) == f"It is {written}."


def test_sentences_together() -> None:
    one, two = Message("One {n}.", {"n": 1}), Message("Two.")
    assert together([one]) is one
    assert str(together([one, two])) == "One 1. Two."
    assert not has_words(together([one, two]).text)


def test_a_place_without_a_value_stays() -> None:
    assert str(Message("Item {item}.")) == "Item {item}."
    assert places_of("{a} and {b_2}, {a}, {0}, {B}") == {"a", "b_2"}


def test_what_earlier_versions_stored_is_said_as_it_was_written() -> None:
    assert decode_message("Post 2 statements") == as_written("Post 2 statements")
    found = stored_problem("L04", AS_WRITTEN, {"text": "Item {x} is not known."}, 7, "warning")
    assert (str(found.message), found.line, found.severity) == ("Item {x} is not known.", 7, "warning")


def test_problems_take_their_sentence_from_the_catalogue() -> None:
    register(
        Code("MADE_UP_ONE", "test", "A title.", "A remedy.", "Item {item} is wrong."),
        Code("MADE_UP_TWO", "test", "A title.", "A remedy.", {"one": "One.", "two": "Two of {item}."}),
    )
    try:
        register_texts("MADE_UP_TWO", {"three": "Three."})
        assert str(Problem("MADE_UP_ONE", {"item": "M"}).message) == "Item M is wrong."
        assert str(Problem("MADE_UP_TWO", {"item": "M"}, variant="two").message) == "Two of M."
        assert str(Problem("MADE_UP_TWO", variant="three").message) == "Three."
        assert str(Problem("MADE_UP_TWO", variant="gone").message) == "A title."
        assert str(Problem("NEVER_THERE").message) == "NEVER_THERE"
        with pytest.raises(ValueError, match="MADE_UP_TWO has the variant 'one' twice"):
            register_texts("MADE_UP_TWO", {"one": "Again."})
        again = stored_problem("MADE_UP_ONE", "", json.loads(json.dumps(Problem("MADE_UP_ONE", {"item": D("1.50")}).stored_params)))
        assert again == Problem("MADE_UP_ONE", {"item": D("1.5")})
    finally:
        for code in ("MADE_UP_ONE", "MADE_UP_TWO"):
            del REGISTRY[code]
        for key in [key for key in TEXTS if key[0].startswith("MADE_UP_")]:
            del TEXTS[key]
