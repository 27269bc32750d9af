"""A row of a till system's export, read by value; whole files are in tests/retailhq/exchange/test_till_systems.py."""

from decimal import Decimal
from typing import Any

import pytest

from core.lib.parsing import FieldError
from statements.rules.till_table import TILL_ROWS, TillFacts, TillRow, TillStore, document_of

STORE = TillStore("S1", "America/Chicago", "USD")
BLANK: dict[str, Any] = {column.name: "" for column in TILL_ROWS.columns} | {
    column.name: column.blank for column in TILL_ROWS.columns if column.name not in TILL_ROWS.key
}
SOLD = TillRow(**BLANK | {"number": "1", "item": "MILK", "quantity": Decimal(2), "unit": "pcs", "price": Decimal("1.25")})


@pytest.mark.parametrize("word", ["line", "document", "payment", "ignored"])
def test_a_row_is_of_one_of_four_kinds(word: str) -> None:
    assert TILL_ROWS.column("row").parse(word) == word


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [("row", "total", "BAD_VALUE"), ("sold_at", "noon", "BAD_DATE"), ("sold_at", "2026-11-31T10:00", "BAD_DATE")],
)
def test_what_cannot_be_read_is_named(column: str, text: str, code: str) -> None:
    with pytest.raises(FieldError) as refused:
        TILL_ROWS.column(column).parse(text)
    assert refused.value.code == code
    assert refused.value.problem.params["value"] == f"'{text}'"


def test_whether_there_is_such_a_kind_is_asked_of_the_document() -> None:
    assert TILL_ROWS.column("kind").parse("Layaway") == "Layaway"


@pytest.mark.parametrize(
    ("sold_at", "zone", "moment"),
    [
        ("", "", None),
        ("2026-11-02T10:00", "", "2026-11-02T10:00:00-06:00"),
        ("2026-11-02T10:00", "Europe/Berlin", "2026-11-02T10:00:00+01:00"),
        ("2026-11-02T10:00+02:00", "Europe/Berlin", "2026-11-02T10:00:00+02:00"),
    ],
)
def test_a_moment_without_offset_is_of_the_clock_of_the_zone_or_the_store(sold_at: str, zone: str, moment: str | None) -> None:
    """A document without one is refused for that as any other is (docs/formats.md), not here."""
    found = document_of([SOLD._replace(sold_at=sold_at, time_zone=zone)], STORE, TillFacts({}, {"USD": 2}), turned=False)
    assert found["sold_at"] == moment
    assert (found["net"], found["total"]) == ("2.5", "2.5")
