"""CSV files: columns by name, rows that cannot be taken apart spoil themselves alone."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files.csv_rows import _WINDOWS_WORD, csv_table
from core.files.source import LONGEST_LINE, DamagedFileError, Line
from core.files.table import TableRow, _read_singly, _read_together, read_table
from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.imports import Reject, Row
from core.lib.problems import BusinessError


class Thing(NamedTuple):
    code: str
    name: str
    amount: int | None


THINGS = FileFormat(
    "things",
    ("code",),
    (Column("code", parsing.code), Column("name", parsing.name), Column("count", parsing.whole, blank=None)),
    Thing,
)


def lines_of(content: bytes) -> Iterator[Line]:
    for number, data in enumerate(content.split(b"\n"), 1):
        yield Line(number, data.rstrip(b"\r")[:LONGEST_LINE], len(data) > LONGEST_LINE)


def read(content: str | bytes) -> list[Row[Thing] | Reject]:
    return list(read_table(csv_table(lines_of(content.encode() if isinstance(content, str) else content)), THINGS))


def values(content: str | bytes) -> list[tuple[int, object]]:
    """(line, value or code) of every row."""
    return [(row.number, row.value) if isinstance(row, Row) else (row.row, row.code) for row in read(content)]


def test_columns_come_by_name_in_any_order() -> None:
    assert values("count,code,name\n3,A,Apple\n") == [(2, Thing("A", "Apple", 3))]


def test_an_optional_column_may_be_left_out_or_blank() -> None:
    assert values("code,name\nA,Apple\n") == [(2, Thing("A", "Apple", None))]
    assert values("code,name,count\nA,Apple,\n") == [(2, Thing("A", "Apple", None))]


def test_case_blanks_and_dashes_of_names_do_not_count() -> None:
    assert values("\ufeffCODE , Name,Count\nA,Apple,\n") == [(2, Thing("A", "Apple", None))]
    with pytest.raises(BusinessError, match="stands twice"):
        read("code,Code,name\nA,A,Apple\n")


def test_blanks_around_cells_do_not_count() -> None:
    assert values("code , name\n A , Apple \n") == [(2, Thing("A", "Apple", None))]


def test_blank_lines_are_passed_over_and_counted() -> None:
    assert values("code,name\n\n  \nA,Apple\n\n") == [(4, Thing("A", "Apple", None))]


BAD_HEADERS = [
    *("", "code\n", "code,name,colour\n", "code,name,name\n", "code;name\n", "code\tname\n", "A,Apple\n", '"code,name\n'),
    "\x00,\x01\n",
]  # fmt: skip


@pytest.mark.parametrize("header", BAD_HEADERS)
def test_headers_that_cannot_be_used(header: str) -> None:
    with pytest.raises(BusinessError) as refused:
        read(header)
    assert {problem.code for problem in refused.value.problems} <= {"WRONG_COLUMNS", "BAD_CSV"}


def test_a_header_in_another_encoding() -> None:
    with pytest.raises(BusinessError, match="BAD_ENCODING"):
        read("code,n\u00e4me\n".encode("latin-1"))


def test_a_header_that_cannot_be_read() -> None:
    def broken() -> Iterator[Line]:
        yield from ()
        raise DamagedFileError(0, "disk gone")

    with pytest.raises(BusinessError, match="UNREADABLE_FILE"):
        read_table(csv_table(broken()), THINGS)


BAD_ROWS: list[tuple[str | bytes, str]] = [
    ("B", "BAD_CSV"), ("B,b,1,2", "BAD_CSV"), (",b,", "MISSING_FIELD"), ("B,,", "MISSING_FIELD"), ("B,b,x", "BAD_NUMBER"),
    ('B,"b,1', "BAD_CSV"), ('B,"b"x,1', "BAD_CSV"), (b"B,\xff,1", "BAD_ENCODING"), (b"B,\xed\xa0\x80,1", "BAD_ENCODING"),
    ("B,a\0b,1", "BAD_TEXT"), ("B," + "x" * 500_000 + ",1", "BAD_VALUE"), ('B,"' + "x" * 500_000 + '",1', "BAD_CSV"),
    ("B," + "x" * 1_000_001 + ",1", "TOO_LARGE"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "code"), BAD_ROWS, ids=[f"{row[0][:20]!r}" for row in BAD_ROWS])
def test_a_bad_row_spoils_itself_alone(row: str | bytes, code: str) -> None:
    data = row if isinstance(row, bytes) else row.encode()
    found = values(b"code,name,count\nA,a,1\n" + data + b'\nC,"c, ""c""",3\nD,d,4\n')
    assert found == [(2, Thing("A", "a", 1)), (3, code), (4, Thing("C", 'c, "c"', 3)), (5, Thing("D", "d", 4))]


def test_an_open_quote_does_not_swallow_the_file() -> None:
    rows = "".join(f"N{number},name,1\n" for number in range(500))
    found = values('code,name,count\nA,"a,1\n' + rows)
    assert found[0] == (2, "BAD_CSV")
    assert [value.code for _, value in found[1:] if isinstance(value, Thing)] == [f"N{number}" for number in range(500)]


def test_quoted_cells_may_hold_line_breaks() -> None:
    assert values('code,name,count\nA,"one\ntwo",1\nB,b,2\n') == [(2, Thing("A", "one\ntwo", 1)), (4, Thing("B", "b", 2))]


def test_all_problems_of_a_row_are_told_under_the_code_of_the_first() -> None:
    (row,) = read("code,name,count\nB,,x\n")
    assert isinstance(row, Reject)
    assert (row.key, row.code) == ("B", "MISSING_FIELD")
    assert "name" in str(row.message)
    assert "count" in str(row.message)


def test_a_bad_row_spoils_none_of_the_rows_that_are_read_with_it() -> None:
    rows = [f"A{number},a,{'x' if number in (7, 250) else number}\n" for number in range(1, 331)]
    found = values("code,name,count\n" + "".join(rows))
    assert found == [(number + 1, "BAD_NUMBER" if number in (7, 250) else Thing(f"A{number}", "a", number)) for number in range(1, 331)]


@pytest.mark.parametrize("sound", [99, 100, 101, 250])
def test_rows_before_the_place_where_reading_breaks_off_are_read(sound: int) -> None:
    def broken() -> Iterator[Line]:
        yield from lines_of(b"code,name" + b"\nA,a" * sound)
        raise DamagedFileError(sound + 1, "disk gone")

    rows = read_table(csv_table(broken()), THINGS)
    found: list[Row[Thing] | Reject] = []
    with pytest.raises(DamagedFileError):
        found.extend(rows)
    assert len(found) == sound


CELLS = st.sampled_from(["A", " A", "\u00e9", "", "1", "x", "1" * 12, "a\0"])


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4), st.booleans())
def test_rows_read_column_by_column_are_those_read_one_by_one(rows: list[tuple[str, ...]], whole: bool) -> None:
    reader = THINGS.reader(["code", "name", "count"] if whole else ["name", "code"])
    records = [TableRow(number, list(cells[: reader.width])) for number, cells in enumerate(rows)]
    singly = list(_read_singly(records, reader))
    together = _read_together(records, reader)
    assert together == (singly if all(isinstance(row, Row) for row in singly) else [])


CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('",\n '), min_size=1, max_size=20)


@given(st.lists(st.tuples(CELL.filter(str.strip), st.integers(1, 999)), max_size=8))
def test_what_the_standard_library_writes_is_read_back(rows: list[tuple[str, int]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("code", "name", "count"))
    writer.writerows([(f"K{place}", name, count) for place, (name, count) in enumerate(rows)])
    found = read(out.getvalue())
    assert [row.value for row in found if isinstance(row, Row)] == [
        Thing(f"K{place}", name.strip(), count) for place, (name, count) in enumerate(rows)
    ]
    assert len(found) == len(rows)


@given(st.binary(max_size=300))
def test_no_bytes_can_do_harm(junk: bytes) -> None:
    content = b"code,name\nA,a\n" + junk
    if _WINDOWS_WORD.search(content):
        # It may be the text of another encoding as a whole.
        content = content.decode("cp1252", "replace").encode()
    for row in read(content):
        if isinstance(row, Row):
            row.value.name.encode()
            assert row.value.code
