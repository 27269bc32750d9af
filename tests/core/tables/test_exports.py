"""Exports: the rows of the list, harmless in a spreadsheet, in little memory whatever their number."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.files.storage import read_file
from core.jobs.models import Job
from core.jobs.services import run_job
from core.tables import views
from core.tables.exports import csv_blocks, xlsx_blocks
from statements.models import Statement
from tests.core.access.people import make_person
from tests.factories import StatementFactory, StoreFactory

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def rows_of(content: bytes) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def exported(client: Client, address: str, form: str = "csv") -> bytes:
    """The file that a list gives at once."""
    answer: Any = client.post(address, {"do": "export", "format": form})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.fixture
def signed_in(client: Client, db: None) -> Client:
    client.force_login(make_person("ada", "administrator"))
    return client


def make_statements(number: int) -> None:
    """Statements of one store, every third one failed."""
    store = StoreFactory.create(code="S1", name="=cmd|' /C calc'!A0")
    failed = {"failed_state": "Checked", "error_code": "X"}
    Statement.objects.bulk_create(
        StatementFactory.build(store=store, total=Decimal(index) - 5, **(failed if index % 3 == 0 else {})) for index in range(number)
    )


def test_the_file_holds_what_the_filtered_list_shows(signed_in: Client) -> None:
    make_statements(130)
    address = "/statements/?state=failed&sort=total&columns=number,total,store_name,business_date"
    shown: list[str] = []
    after = ""
    while True:
        context = signed_in.get(f"{address}{after}").context
        shown += [row.record.number for row in context["table"].rows]
        if not context["page"].later:
            break
        after = f"&after={context['page'].later}"
    rows = rows_of(exported(signed_in, address))
    assert rows[0] == ["Statement", "Total", "Store name", "Business date"]
    assert [row[0] for row in rows[1:]] == shown
    # Numbers stay numbers, also negative ones; text that would be a formula is set off; days know no language.
    entry = AuditEntry.objects.get(action=AuditEntry.Action.EXPORT)
    assert (entry.actor, entry.subject, entry.details["rows"], entry.details["format"]) == ("ada", "statements", len(shown), "csv")
    assert "state=failed" in entry.details["query"]
    assert rows[1][1:] == ["-5", "'=cmd|' /C calc'!A0", str(Statement.objects.get(number=shown[0]).business_date)]


def test_long_lists_are_written_by_a_job(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_statements(30)
    at_once = exported(signed_in, "/statements/?state=failed&columns=number,total")
    monkeypatch.setattr(views, "MOST_AT_ONCE", 5)
    answer = signed_in.post("/statements/?state=failed&columns=number,total", {"do": "export", "format": "csv"})
    job = Job.objects.get()
    assert AuditEntry.objects.get(action=AuditEntry.Action.EXPORT, details__job=job.pk).actor == "ada"
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result, job.total) == ("done", {"rows": 10}, 10)
    assert b"".join(read_file(job.files.get().pk)) == at_once


def test_a_job_gives_nothing_to_somebody_who_may_not_see_the_list(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_statements(30)
    monkeypatch.setattr(views, "MOST_AT_ONCE", 5)
    signed_in.post("/statements/", {"do": "export", "format": "csv"})
    job = Job.objects.get()
    assert job.requested_by is not None
    job.requested_by.groups.clear()
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result["problems"][0]["code"], job.files.count()) == ("failed", "UNKNOWN_LIST", 0)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_text_is_a_formula(text: str) -> None:
    rows = [[text, Decimal("-1.50"), None, True]]
    assert rows_of(b"".join(csv_blocks(["a", "b", "c", "d"], rows)))[1] == [f"'{text}", "-1.5", "", "true"]
    sheet = sheet_of(b"".join(xlsx_blocks("List", ["a", "b", "c", "d"], rows)))
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet
    assert "<v>-1.50</v>" in sheet


def sheet_of(book: bytes) -> str:
    """The XML of the first sheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_cells_of_a_workbook_are_typed() -> None:
    values = [date(2024, 5, 1), datetime(2024, 5, 1, 12, 30, tzinfo=UTC), 7, Decimal("12345678901234567.89"), "x" * 40_000]
    sheet = sheet_of(b"".join(xlsx_blocks("A/B: [x]", ["h"] * 5, [values])))
    assert "<v>45413</v>" in sheet
    assert "<v>45413.52083333" in sheet
    assert "<v>7</v>" in sheet
    # A number that a spreadsheet would round stays text.
    assert "12345678901234567.89" in sheet


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_rows(form: str) -> None:
    def peak(number: int) -> int:
        def rows() -> Iterator[list[Any]]:
            return ([f"text {index}", Decimal(index), date(2024, 5, 1)] for index in range(number))

        tracemalloc.start()
        size = sum(len(block) for block in (csv_blocks(["a"], rows()) if form == "csv" else xlsx_blocks("L", ["a", "b", "c"], rows())))
        assert size > number
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small = peak(1_000)
    assert peak(20_000) < 2 * small + 1_000_000
