"""Uploads: checked without writing anything, applied once by the same services as import_data, with the very bytes that were checked."""

import gzip
import io
import signal
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import xlsxwriter
from django.contrib.auth.models import User
from django.db import connection

from core.access.models import AuditEntry
from core.files.models import StoredFile
from core.files.storage import read_file
from core.jobs.models import Job
from core.jobs.services import cancel_job, rescue_jobs, run_job
from core.jobs.writes import claim_job
from core.lib.messages import decode_message
from core.lib.problems import BusinessError
from inventory.models import Disposition, Item
from retailhq.exchange.models import FileImport
from retailhq.exchange.services import file_imports, files
from retailhq.exchange.services.file_imports import request_check, request_import
from tests.concurrency.parallel import Child, KillPoint, ThreadGroup, end_children, wait_for
from tests.core.access.people import make_person
from tests.core.files.loading import ITEM_COLUMNS, ITEMS
from tests.core.jobs.conftest import Queue
from tests.statements.retail_chain import count_rows

HEADER = "disposition,name,blocks_sale\n"
GOOD = "recall,Recalled,true\nreturned,Returned,false\n"
BAD = "x,=1+1,maybe\n"


@pytest.fixture(autouse=True)
def maria(transactional_db: None) -> Iterator[User]:
    yield make_person("maria", "administrator")
    end_children()
    connection.close()


def upload(text: str | bytes, maria: User, kind: str = "dispositions", name: str = "d.csv") -> FileImport:
    content = text.encode() if isinstance(text, str) else text
    found = request_check(kind, name, [content], maria)
    return found


def checked(text: str | bytes, maria: User, kind: str = "dispositions", name: str = "d.csv") -> FileImport:
    found = upload(text, maria, kind, name)
    run_job(found.check_job_id)
    return FileImport.objects.get(pk=found.pk)


def applied(found: FileImport, maria: User) -> Job:
    job = request_import(found, maria)
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def counts(job: Job) -> tuple[int, int, int, int]:
    return job.result["new"], job.result["updated"], job.result["unchanged"], job.result["rejected"]


def code_of(action: object, *arguments: object) -> str:
    with pytest.raises(BusinessError) as refused:
        action(*arguments)  # type: ignore[operator]
    return refused.value.problems[0].code


def test_a_check_writes_nothing_and_shows_what_would_come(maria: User, queue: Queue) -> None:
    found = upload(HEADER + GOOD + BAD, maria)
    before = count_rows()
    run_job(found.check_job_id)
    found.refresh_from_db()
    after = count_rows()
    assert Disposition.objects.count() == 3
    assert {table for table in after if after[table] != before.get(table)} <= {"files_storedfile", "files_storedfilepart", "jobs_job_files"}
    assert counts(found.check_job) == (2, 0, 0, 1)
    assert found.preview["columns"] == ["disposition", "name", "blocks_sale"]
    assert found.preview["accepted"] == [["2", "recall", "Recalled", "true"], ["3", "returned", "Returned", "false"]]
    (row, key, code, message) = found.preview["rejected"][0]
    assert (row, key, code) == (4, "x", "BAD_VALUE")
    assert "blocks_sale" in str(decode_message(message))


def test_what_was_checked_is_applied_and_the_history_names_who(maria: User) -> None:
    found = checked(HEADER + GOOD + BAD, maria)
    job = applied(found, maria)
    assert (counts(job), job.status) == ((2, 0, 0, 1), "failed")
    recall = Disposition.objects.get(code="recall")
    assert recall.history.get().history_user == maria
    entry = AuditEntry.objects.get(action="import")
    assert (entry.user, entry.subject, entry.details["new"]) == (maria, "d.csv", 2)


def test_rejects_are_a_file_that_a_spreadsheet_takes_as_text(maria: User) -> None:
    found = checked(HEADER + "=cmd(),A,maybe\n" + 'y,"B, C",true\nz,Z,no way\n', maria)
    (file,) = found.check_job.files.all()
    lines = b"".join(read_file(file.pk)).decode().splitlines()
    assert file.name == "d.csv.rejected.csv"
    assert lines[0] == "row,key,code,message"
    assert lines[1].startswith("2,'=cmd(),")
    assert [line.split(",")[0] for line in lines[1:]] == ["2", "4"]


def test_packed_files_and_an_unchanged_second_time(maria: User) -> None:
    packed = gzip.compress((HEADER + GOOD).encode())
    first = applied(checked(packed, maria, name="d.csv.gz"), maria)
    again = checked(packed, maria, name="d.csv.gz")
    assert (counts(first), counts(again.check_job)) == ((2, 0, 0, 0), (0, 0, 2, 0))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"nonsense\n1\n", "WRONG_COLUMNS"),
        (b"\xff\xfea\x00", "BAD_ENCODING"),
        (b"\x1f\x8b broken", "UNREADABLE_FILE"),
        (b"\n\n", "WRONG_COLUMNS"),
    ],
)
def test_a_file_that_cannot_be_used(maria: User, content: bytes, code: str) -> None:
    found = checked(content, maria)
    assert found.check_job.status == "failed"
    assert {problem["code"] for problem in found.check_job.result["problems"]} == {code}
    assert code_of(request_import, found, maria) == "NOT_CHECKED"


def test_refused_at_the_door(maria: User) -> None:
    assert code_of(request_check, "nonsense", "a.csv", [b"x"], maria) == "UNKNOWN_KIND"
    assert code_of(request_check, "items", "a.csv", [], maria) == "FILE_EMPTY"
    with pytest.raises(BusinessError):
        request_check("items", "a.csv", [b"x" * 10], maria, most_bytes=9)
    assert (StoredFile.objects.count(), Job.objects.count(), FileImport.objects.count()) == (0, 0, 0)


def test_not_before_the_check_and_not_without_a_good_row(maria: User) -> None:
    assert code_of(request_import, upload(HEADER + GOOD, maria), maria) == "NOT_CHECKED"
    assert code_of(request_import, checked(HEADER + BAD, maria), maria) == "NOTHING_TO_IMPORT"


def test_a_double_click_is_one_import(maria: User, queue: Queue) -> None:
    """Four clicks at once, each with the page as it was before."""
    found = checked(HEADER + GOOD, maria)

    def click() -> str:
        try:
            request_import(FileImport.objects.get(pk=found.pk), maria)
        except BusinessError as error:
            return error.problems[0].code
        return "asked"

    with ThreadGroup() as threads:
        answers = sorted(future.result() for future in [threads.start(click) for _ in range(4)])
    assert answers == ["IMPORT_REQUESTED"] * 3 + ["asked"]
    assert Job.objects.filter(kind="import_file").count() == 1


def test_another_clicks_first_between_reading_and_asking(maria: User) -> None:
    """The page was read before; the compare-and-set decides."""
    found = checked(HEADER + GOOD, maria)
    stale = FileImport.objects.select_related("check_job", "apply_job").get(pk=found.pk)
    request_import(found, maria)
    assert code_of(request_import, stale, maria) == "IMPORT_REQUESTED"
    assert Job.objects.filter(kind="import_file").count() == 1


def test_a_cancelled_import_may_be_asked_for_again(maria: User) -> None:
    found = checked(HEADER + GOOD, maria)
    first = request_import(found, maria)
    assert cancel_job(first.pk)
    found = FileImport.objects.get(pk=found.pk)
    assert counts(applied(found, maria)) == (2, 0, 0, 0)


def test_a_stored_file_that_is_gone_or_another(maria: User) -> None:
    found = checked(HEADER + GOOD, maria)
    job = request_import(found, maria)
    StoredFile.objects.filter(digest=found.digest).update(digest="0" * 64)
    run_job(job.pk)
    assert Job.objects.get(pk=job.pk).result["problems"][0]["code"] == "FILE_GONE"
    assert not Disposition.objects.filter(code="recall").exists()
    StoredFile.objects.filter(digest="0" * 64).delete()
    found = FileImport.objects.get(pk=found.pk)
    assert (found.file, found.digest != "") == (None, True)
    assert code_of(request_import, found, maria) == "FILE_GONE"


def test_delivered_twice_it_imports_once(maria: User) -> None:
    job = applied(checked(ITEM_COLUMNS + ITEMS.split("\n", 1)[1], maria, "items"), maria)
    run_job(job.pk)
    assert Item.history.count() == 3
    assert AuditEntry.objects.filter(action="import").count() == 1


@pytest.mark.slow
def test_an_import_whose_worker_is_killed_is_finished_by_the_next(maria: User, monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    """Batches of one row; the process dies after some of them; the rest comes with the next run, nothing twice."""
    rows = "".join(f"d{number},Disposition {number},false\n" for number in range(40))
    found = checked(HEADER + rows, maria)
    job = request_import(found, maria)
    monkeypatch.setattr("core.files.run.BATCH_WEIGHT", 1)
    connection.close()
    assert Child(lambda: KillPoint(150).arm(lambda: run_job(job.pk))).wait() == -signal.SIGKILL
    made = Disposition.objects.filter(code__startswith="d").count()
    assert 0 < made < 40
    wait_for(lambda: rescue_jobs()["requeued"] == 1, "the dead worker's lock is free")
    run_job(job.pk)
    done = Job.objects.get(pk=job.pk)
    assert (done.status, counts(done), done.attempts) == ("done", (40 - made, 0, made, 0), 2)
    assert Disposition.history.filter(code__startswith="d").count() == 40


def test_a_database_that_breaks_off_leads_to_another_attempt(maria: User, monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    found = checked(HEADER + GOOD, maria)
    job = request_import(found, maria)
    genuine = files.carry_out

    def broken_off(*arguments: object, **named: object) -> object:
        result = genuine(*arguments, **named)  # type: ignore[arg-type]
        result.broken_off = True
        return result

    monkeypatch.setattr(file_imports, "carry_out", broken_off)
    run_job(job.pk)
    assert Job.objects.get(pk=job.pk).status == "queued"
    monkeypatch.setattr(file_imports, "carry_out", genuine)
    run_job(job.pk)
    assert Job.objects.get(pk=job.pk).status == "done"


def test_a_check_can_be_cancelled(maria: User) -> None:
    found = upload(HEADER + GOOD, maria)
    token = uuid4()
    claim_job(found.check_job_id, token)
    assert cancel_job(found.check_job_id)
    Job.objects.filter(pk=found.check_job_id).update(status="queued", run_token=None)
    run_job(found.check_job_id)
    assert Job.objects.get(pk=found.check_job_id).status == "cancelled"


def test_a_bomb_of_refused_rows_leaves_no_more_than_people_read(maria: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some hundred bytes of gzip: twenty thousand rows, each with a reject of its own."""
    monkeypatch.setattr(file_imports, "MOST_STORED_REJECTS", 500)
    packed = gzip.compress((HEADER + "good,Good,false\n" + "x,y,maybe\n" * 20_000).encode())
    assert len(packed) < 1000
    found = checked(packed, maria, name="bomb.csv.gz")
    job = Job.objects.get(pk=found.check_job_id)
    assert job.result["rejected"] == 20_000
    stored = b"".join(read_file(job.files.get().pk)).decode().splitlines()
    assert len(stored) == 502
    assert stored[-1].startswith("0,,MORE_REJECTS,")
    assert "19500 more rows" in stored[-1].replace(",", "").replace("\u202f", "")


@pytest.mark.parametrize(("setting", "value"), [("UNPACKED_LIMIT_MB", 1), ("IMPORT_MOST_LINES", 1000)])
def test_a_workbook_that_unpacks_to_too_much_ends_there(maria: User, settings: Any, setting: str, value: int) -> None:
    setattr(settings, setting, value)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.strip().split(","))
        for row in range(1, 3000):
            sheet.write_row(row, 0, [f"good{row}", f"{row}{'x' * 400}", "false"])
    found = checked(out.getvalue(), maria, name="bomb.xlsx")
    job = Job.objects.get(pk=found.check_job_id)
    assert ("TOO_LARGE" if setting == "UNPACKED_LIMIT_MB" else "FILE_DAMAGED") in str(job.result)
    assert job.result.get("rows", 0) < 1001


@pytest.mark.parametrize(("setting", "value"), [("UNPACKED_LIMIT_MB", 1), ("IMPORT_MOST_LINES", 1000)])
def test_a_file_that_unpacks_to_too_much_ends_there(maria: User, settings: Any, setting: str, value: int) -> None:
    setattr(settings, setting, value)
    packed = gzip.compress((HEADER + GOOD + ("# " + "x" * 2000 + "\n") * 3000).encode())
    found = checked(packed, maria, name="bomb.csv.gz")
    job = Job.objects.get(pk=found.check_job_id)
    assert job.result["rows"] < 1001
    assert job.result["problems_by_code"]["FILE_DAMAGED"] == 1
    assert job.result["new"] == 2
