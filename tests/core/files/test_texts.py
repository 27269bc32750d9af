"""Values from text: what Decimal, int and the calendar would take too kindly is refused, and everything else is exact."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.lib import parsing
from core.lib.parsing import Codes, Decimals, FieldError, decimal_of


def code_of(parse: object, value: object) -> str:
    """The code that a parser refuses a value with, or ''."""
    try:
        parse(value)  # type: ignore[operator]
    except FieldError as error:
        return error.code if str(error).isprintable() else "a message that cannot be printed"
    return ""


NUMBERS = [
    ("1", "1.00"), ("1.5", "1.50"), ("-1.50", "-1.50"), ("0", "0.00"), ("-0", "0.00"), ("-0.00", "0.00"), (".5", "0.50"), ("5.", "5.00"),
    ("007", "7.00"), ("1.500000", "1.50"), ("9999999999999999.99", "9999999999999999.99"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_numbers_are_exact(text: str, value: str) -> None:
    assert str(parsing.decimal(text, 2)) == value


BAD_NUMBERS = [
    ("1e5", "BAD_NUMBER"), ("1E5", "BAD_NUMBER"), ("1.5e1", "BAD_NUMBER"), ("NaN", "BAD_NUMBER"), ("sNaN", "BAD_NUMBER"),
    ("Infinity", "BAD_NUMBER"), ("-inf", "BAD_NUMBER"), ("1_000", "BAD_NUMBER"), ("1,000", "BAD_NUMBER"), ("1 000", "BAD_NUMBER"),
    (" 1", "BAD_NUMBER"), ("1\n", "BAD_NUMBER"), ("+1", "BAD_NUMBER"), ("--1", "BAD_NUMBER"), ("", "BAD_NUMBER"), (".", "BAD_NUMBER"),
    ("-", "BAD_NUMBER"), ("0x10", "BAD_NUMBER"), ("\u0661", "BAD_NUMBER"), ("\uff11", "BAD_NUMBER"), ("1.234", "BAD_NUMBER"),
    ("10000000000000000", "TOO_LARGE"), ("9" * 500_000, "TOO_LARGE"), ("$5", "BAD_NUMBER"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), BAD_NUMBERS, ids=[repr(row[0])[:20] for row in BAD_NUMBERS])
def test_numbers_that_are_none(text: str, code: str) -> None:
    assert code_of(lambda value: parsing.decimal(value, 2), text) == code


@given(st.text() | st.from_regex(r"[-+]?[0-9_. eE,]{0,25}", fullmatch=True) | st.decimals(allow_nan=True).map(str))
@example("1e5")
@example("-.5")
def test_a_number_is_taken_exactly_or_refused(text: str) -> None:
    code = code_of(lambda value: parsing.decimal(value, 4), text)
    assert code in {"", "BAD_NUMBER", "TOO_LARGE"}
    if not code:
        number = parsing.decimal(text, 4)
        assert re.fullmatch(r"-?[0-9]*\.?[0-9]*", text, re.ASCII)
        assert number == Decimal(text)
        assert number.as_tuple().exponent == -4
        assert len(number.as_tuple().digits) <= 18


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-999_999, max_value=999_999))
def test_what_fits_is_never_refused(number: Decimal) -> None:
    assert parsing.decimal(format(number, "f"), 6) == number


def test_known_numbers_are_looked_up() -> None:
    numbers = Decimals(decimal_of(2), 16)
    assert numbers["1.5"] is numbers["1.5"]
    assert numbers[3] == Decimal(3)
    assert 3 not in numbers, "1, True and Decimal(1) are one key, so ints are not kept"


@pytest.mark.parametrize("value", [True, False, None, 1.5, b"1", Decimal(1), ("1",)])
def test_only_texts_and_whole_numbers_are_numbers(value: object) -> None:
    assert code_of(Decimals(decimal_of(2), 16).__getitem__, value) == "BAD_NUMBER"


def test_a_whole_number_of_any_length_is_answered() -> None:
    assert code_of(Decimals(decimal_of(2), 16).__getitem__, 10**400) == "TOO_LARGE"
    assert code_of(Decimals(decimal_of(2), 16).__getitem__, 10**5000) == "TOO_LARGE"


def test_the_memory_of_known_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decimals, "LARGEST", 10)
    monkeypatch.setattr(Codes, "LARGEST", 10)
    numbers, codes = Decimals(decimal_of(2), 16), Codes()
    for value in range(100):
        assert numbers[str(value)] == value
        assert codes[f" {value}"] == str(value)
    assert len(numbers) <= 10
    assert len(codes) <= 10


CODES = [
    (" A 1 ", ""), ("\u00e4", ""), ("x" * 60, ""), ("x" * 61, "BAD_VALUE"), ("", "MISSING_FIELD"), ("  ", "MISSING_FIELD"),
    ("a\0b", "BAD_TEXT"), ("a\nb", "BAD_TEXT"), ("a\x7fb", "BAD_TEXT"), ("\ud800", "BAD_TEXT"), ("a\udcffb", "BAD_TEXT"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), CODES, ids=[ascii(row[0])[:20] for row in CODES])
def test_codes(text: str, code: str) -> None:
    assert code_of(parsing.code, text) == code
    if not code:
        assert parsing.code(text) == text.strip()


@given(st.text(alphabet=st.characters()))
def test_every_code_can_be_stored(text: str) -> None:
    """PostgreSQL takes neither NUL nor halves of surrogate pairs."""
    for parse in (parsing.code, parsing.name):
        try:
            clean = parse(text)
        except FieldError:
            continue
        assert "\0" not in clean
        clean.encode()


def test_names_may_have_line_breaks() -> None:
    assert parsing.name(" Milk,\n1 l ") == "Milk,\n1 l"
    assert code_of(parsing.name, "a\0") == "BAD_TEXT"
    assert code_of(parsing.name, "x" * 201) == "BAD_VALUE"


INSTANTS = [
    ("2017-01-31T11:53:26-05:00", ""), ("2017-01-31 11:53:26Z", ""), ("2017-01-31T11:53+0530", ""), ("2017-01-31T11:53:26.123456Z", ""),
    ("2017-01-31T11:53:26", "BAD_DATE"), ("2017-01-31", "BAD_DATE"), ("2017-02-30T11:53:26Z", "BAD_DATE"), ("yesterday", "BAD_DATE"),
    ("20170131T115326Z", "BAD_DATE"), ("2017-W05-2T11:53:26Z", "BAD_DATE"), ("1899-12-31T23:59:59Z", "BAD_DATE"),
    ("2200-01-01T00:00:00Z", "BAD_DATE"), ("0001-01-01T00:00:00+14:00", "BAD_DATE"), ("9999-12-31T23:59:59-14:00", "BAD_DATE"),
    ("2017-01-31T24:00:00Z", "BAD_DATE"), ("2017-01-31T11:53:26+25:00", "BAD_DATE"), ("1485863606", "BAD_DATE"), ("", "BAD_DATE"),
    ("\u0662017-01-31T11:53:26Z", "BAD_DATE"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), INSTANTS)
def test_instants_need_an_offset(text: str, code: str) -> None:
    assert code_of(parsing.instant, text) == code


@given(st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_an_instant_is_usable_or_refused(text: str) -> None:
    code = code_of(parsing.instant, text)
    assert code in {"", "BAD_DATE"}
    if not code:
        moment = parsing.instant(text)
        assert moment.utcoffset() is not None
        assert moment.astimezone(UTC) == moment


def test_an_instant_has_one_spelling() -> None:
    assert parsing.utc_text(parsing.instant("2017-01-01T02:00:00+02:00")) == parsing.utc_text(parsing.instant("2017-01-01T00:00:00Z"))


DAYS = [
    ("2017-02-28", ""), ("9999-12-31", ""), ("2017-02-29", "BAD_DATE"), ("2017-2-28", "BAD_DATE"), ("28.02.2017", "BAD_DATE"),
    ("20170228", "BAD_DATE"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), DAYS)
def test_days(text: str, code: str) -> None:
    assert code_of(parsing.day, text) == code


def test_other_values() -> None:
    assert parsing.day("2017-02-28") == date(2017, 2, 28)
    assert parsing.clock_time("04:30") == time(4, 30)
    assert [code_of(parsing.clock_time, text) for text in ("24:00", "4:30", "04:30:00", "")] == ["BAD_DATE"] * 4
    assert [code_of(parsing.flag, text) for text in ("TRUE", "yes", "1", "")] == ["BAD_VALUE"] * 4
    assert [parsing.flag(text) for text in ("true", "false")] == [True, False]
    assert [code_of(parsing.whole, text) for text in ("0", "-1", "1.0", "\u0661", "2147483648", "9" * 5000, "")] == ["BAD_NUMBER"] * 7
    assert parsing.whole("2147483647") == 2147483647


def test_decimal_and_our_grammar_differ_where_we_say() -> None:
    """The reason for the grammar: Decimal takes all of these."""
    for text in ("1e5", "NaN", "1_000", " 1 ", "\u0661"):
        try:
            Decimal(text)
        except InvalidOperation:
            pytest.fail(f"Decimal refuses {text!r} by itself")
        assert code_of(lambda value: parsing.decimal(value, 2), text) == "BAD_NUMBER"
