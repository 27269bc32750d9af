"""Cells as people's programs write them: what can be meant in one way is taken, the rest is read by style or named."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lib.cells import PLAIN, CellStyle, DateOrder, plain_cell
from core.lib.holds import Holds
from core.lib.parsing import FieldError

EUROPEAN = CellStyle(decimal_sign=",", date_order=DateOrder.DAY_MONTH, time_zone="Europe/Berlin")
AMERICAN = CellStyle(
    date_order=DateOrder.MONTH_DAY, time_zone="America/New_York", has_money_signs=True, groups_thousands=True, has_serial_dates=True
)
ODD = CellStyle(has_odd_codes=True)


def read(text: str, holds: Holds, style: CellStyle = PLAIN) -> str:
    """The cell in our spelling, or code and variant of the refusal."""
    try:
        return plain_cell(text, holds, style)
    except FieldError as error:
        return f"{error.code} {error.problem.variant}".strip()


@pytest.mark.parametrize(
    ("text", "plain", "european", "american"),
    [
        ("0.60", "0.60", "BAD_NUMBER point", "0.60"),
        ("0,60", "BAD_NUMBER comma", "0.60", "BAD_NUMBER comma"),
        ("1,000", "BAD_NUMBER thousands", "1.000", "1000"),
        ("1.000", "1.000", "1000", "1.000"),
        ("1,234.56", "1234.56", "BAD_NUMBER point", "1234.56"),
        ("1.234,56", "BAD_NUMBER comma", "1234.56", "BAD_NUMBER comma"),
        ("1,234,567", "1234567", "1,234,567", "1234567"),
        ("1\u00a0234", "1234", "1234", "1234"),
        ("1'000", "1000", "1000", "1000"),
        ("12 34", "12 34", "12 34", "12 34"),
        ("5-", "-5", "-5", "-5"),
        ("(5)", "-5", "-5", "-5"),
        ("\u22125", "-5", "-5", "-5"),
        ("$2.40", "BAD_NUMBER money_sign", "BAD_NUMBER money_sign", "2.40"),
        ("-$1,000.28", "BAD_NUMBER money_sign", "BAD_NUMBER money_sign", "-1000.28"),
        ("1-Nov", "SPREADSHEET_DATE", "SPREADSHEET_DATE", "SPREADSHEET_DATE"),
        ("#VALUE!", "SPREADSHEET_ERROR", "SPREADSHEET_ERROR", "SPREADSHEET_ERROR"),
        ("abc", "abc", "abc", "abc"),
        ("1e3", "1e3", "1e3", "1e3"),
    ],
)
def test_numbers(text: str, plain: str, european: str, american: str) -> None:
    assert [read(text, Holds.NUMBER, style) for style in (PLAIN, EUROPEAN, AMERICAN)] == [plain, european, american]


@pytest.mark.parametrize(
    ("text", "plain", "european", "american"),
    [
        ("2026-12-01", "2026-12-01", "2026-12-01", "2026-12-01"),
        ("29/11/2026", "BAD_DATE local", "2026-11-29", "BAD_DATE order"),
        ("12/1/2026", "BAD_DATE local", "2026-01-12", "2026-12-01"),
        ("01.12.26", "BAD_DATE local", "2026-12-01", "2026-01-12"),
        ("1-Dec-26", "2026-12-01", "2026-12-01", "2026-12-01"),
        ("1. Dezember 2026", "2026-12-01", "2026-12-01", "2026-12-01"),
        ("Dec 1, 2026", "2026-12-01", "2026-12-01", "2026-12-01"),
        ("2026-12-01 00:00:00", "2026-12-01", "2026-12-01", "2026-12-01"),
        ("2026-12-01 08:00", "BAD_DATE has_time", "BAD_DATE has_time", "BAD_DATE has_time"),
        ("46357", "SPREADSHEET_SERIAL", "SPREADSHEET_SERIAL", "2026-12-01"),
        ("2026-13-01", "2026-13-01", "2026-13-01", "2026-13-01"),
        ("soon", "soon", "soon", "soon"),
    ],
)
def test_days(text: str, plain: str, european: str, american: str) -> None:
    assert [read(text, Holds.DAY, style) for style in (PLAIN, EUROPEAN, AMERICAN)] == [plain, european, american]


@pytest.mark.parametrize(
    ("text", "plain", "european", "american"),
    [
        ("2026-11-01T07:00:00Z", *["2026-11-01T07:00:00+00:00"] * 3),
        ("2026-11-01 07:00:00 +0000 UTC", *["2026-11-01T07:00:00+0000"] * 3),
        ("2026-11-02 10:00:00 -0500", *["2026-11-02T10:00:00-0500"] * 3),
        ("2026-11-02", "BAD_DATE no_zone", "2026-11-02T00:00:00+01:00", "2026-11-02T00:00:00-05:00"),
        ("11/2/2026 8:00 PM", "BAD_DATE local", "2026-02-11T20:00:00+01:00", "2026-11-02T20:00:00-05:00"),
        ("46357.5", "SPREADSHEET_SERIAL", "SPREADSHEET_SERIAL", "2026-12-01T12:00:00-05:00"),
        ("8:00", "8:00", "8:00", "8:00"),
    ],
)
def test_moments(text: str, plain: str, european: str, american: str) -> None:
    assert [read(text, Holds.MOMENT, style) for style in (PLAIN, EUROPEAN, AMERICAN)] == [plain, european, american]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("5.01E+12", "SPREADSHEET_EXPONENT"),
        ("2,02611E+07", "SPREADSHEET_EXPONENT"),
        *((text, "SPREADSHEET_DATE") for text in ("1-Nov", "Nov-26", "01. Nov", "3-Mai", "Mrz 26", "12-Dec-2026")),
        ("#N/A", "SPREADSHEET_ERROR"),
        ("########", "SPREADSHEET_ERROR"),
        ('="00123"', "00123"),
        *((text, text) for text in ("1.2E5", "12E5", "MILK", "1-MILK", "A-12", "1-2026", "0012345", "#1001")),
    ],
)
def test_codes(text: str, plain: str) -> None:
    assert read(text, Holds.CODE) == plain
    if not plain.startswith("SPREADSHEET_ERROR"):
        assert read(text, Holds.CODE, ODD) == text, "a profile says that the codes are right"


def test_flags_and_words() -> None:
    assert {read(text, Holds.FLAG) for text in ("TRUE", "Yes", "1", "wahr", "oui")} == {"true"}
    assert {read(text, Holds.FLAG) for text in ("False", "NO", "0", "Falsch", "non")} == {"false"}
    assert read("perhaps", Holds.FLAG) == "perhaps"
    assert (read("Batch number", Holds.WORD), read("FEFO", Holds.WORD), read("eur", Holds.CURRENCY)) == ("batch_number", "fefo", "EUR")
    assert read("TRUE", Holds.TEXT) == "TRUE", "a name is never changed"


NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)


@given(NUMBERS)
def test_what_a_style_writes_it_reads(number: Decimal) -> None:
    plain = f"{number:f}"
    grouped = f"{number:,f}"
    swapped = grouped.translate(str.maketrans(",.", ".,"))
    assert Decimal(read(plain, Holds.NUMBER)) == number
    assert Decimal(read(grouped, Holds.NUMBER, AMERICAN)) == number
    assert Decimal(read(swapped, Holds.NUMBER, EUROPEAN)) == number
    assert Decimal(read(plain.replace(".", ","), Holds.NUMBER, EUROPEAN)) == number


@given(st.text(max_size=30), st.sampled_from(Holds), st.sampled_from([PLAIN, EUROPEAN, AMERICAN]))
def test_no_text_breaks_the_reader(text: str, holds: Holds, style: CellStyle) -> None:
    found = read(text.strip() or "x", holds, style)
    assert found or text
    if holds == Holds.TEXT and "SPREADSHEET" not in found:
        assert found == (text.strip() or "x")
