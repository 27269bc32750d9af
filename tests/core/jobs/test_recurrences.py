"""Recurrences: in plain words, one run at a time, as the system actor; what they start; the folder that is imported."""

import os
import time as clock
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from core.access.models import AuditEntry
from core.db.bulk import execute
from core.files.models import StoredFile
from core.files.storage import read_file, write_file
from core.jobs import writes_recurrences
from core.jobs.models import Job, Recurrence
from core.jobs.queries.recurrences import failed_recurrences, recurrence_for_page
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services import recurrences, run_job
from core.jobs.services.recurrences import Timing, delete_recurrence, pause_recurrence, save_recurrence, start_recurrence
from core.jobs.tasks import start
from inventory.models import Disposition
from retailhq.embedded.supervise import Crew, beat_command, worker_command
from retailhq.exchange.models import ImportSource
from retailhq.exchange.services import folder
from statements.services import background  # noqa: F401  registers what may recur
from tests.concurrency.parallel import Gate, ThreadGroup, somebody_waits_for_a_lock, wait_for
from tests.core.access.people import make_person
from tests.core.jobs.conftest import Queue
from tests.statements.retail_chain import RetailChain

GOOD = "disposition,name,blocks_sale\nrecall,Recalled,true\n"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_person("ada", "administrator")


def make(ada: User, kind: str = "remove_expired_files", timing: Timing | None = None) -> Recurrence:
    return save_recurrence(None, kind, f"Nightly {kind}", timing or Timing(minutes=15), ada)


def run_of(recurrence: Recurrence) -> Job:
    """Starts it and does its work."""
    job = start_recurrence(recurrence.pk)
    assert job is not None
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


# -- in plain words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timing", "words", "due"),
    [
        (Timing(minutes=1), "Every minute", "2024-03-30T12:00"),
        (Timing(minutes=15), "Every 15 minutes", "2024-03-30T12:00"),
        (Timing(at=time(2, 30), zone="Europe/Paris"), "Every day at 02:30 in Europe/Paris", "2024-03-31T00:30"),
        (Timing(at=time(14, 0), zone="America/New_York"), "Every day at 14:00 in America/New_York", "2024-03-30T18:00"),
        (Timing(at=time(12, 0)), "Every day at 12:00 in UTC", "2024-03-31T12:00"),
        # 30 March 2024 is a Saturday.
        (Timing(minute=0), "Every hour at minute 0 in UTC", "2024-03-30T13:00"),
        (Timing(minute=5, zone="Asia/Kolkata"), "Every hour at minute 5 in Asia/Kolkata", "2024-03-30T12:35"),
        (Timing(at=time(12, 0), days=(6,)), "On Saturday at 12:00 in UTC", "2024-04-06T12:00"),
        (Timing(at=time(12, 30), days=(1, 6, 7)), "On Monday, Saturday, Sunday at 12:30 in UTC", "2024-03-30T12:30"),
        (Timing(at=time(0, 30), days=(7,), zone="Asia/Tokyo"), "On Sunday at 00:30 in Asia/Tokyo", "2024-03-30T15:30"),
    ],
)
def test_words_and_next_run(ada: User, timing: Timing, words: str, due: str) -> None:
    saved = make(ada, timing=timing)
    PeriodicTask.objects.update(date_changed=datetime(2024, 3, 1, tzinfo=UTC))
    found = recurrence_for_page(saved.pk, datetime(2024, 3, 30, 12, tzinfo=UTC))
    assert found is not None
    assert found.when == words
    assert found.next_at is not None
    # On 31 March 2024 Paris skips the hour from 2 to 3; what is due then runs once, at the instant that 02:30 would have been.
    assert abs(found.next_at - datetime.fromisoformat(f"{due}:00+00:00")) <= timedelta(hours=1)


@pytest.mark.parametrize("timing", [Timing(minute=5, zone="Asia/Kolkata"), Timing(at=time(0, 30), days=(1, 7), zone="Asia/Tokyo")])
def test_the_clock_strikes_when_the_page_says(ada: User, timing: Timing) -> None:
    """Celery's own reading of the row agrees with the page's next run."""
    saved = make(ada, timing=timing)
    as_of = datetime(2024, 3, 30, 12, 7, tzinfo=UTC)
    found = recurrence_for_page(saved.pk, as_of)
    assert found is not None
    assert found.next_at is not None
    schedule = saved.task.crontab.schedule
    schedule.nowfun = lambda: as_of.astimezone(schedule.tz)
    assert abs(as_of + schedule.remaining_estimate(as_of) - found.next_at) < timedelta(seconds=1)


def test_pause_and_resume_are_the_clocks(ada: User) -> None:
    saved = make(ada)
    pause_recurrence(saved, ada, paused=True)
    assert not PeriodicTask.objects.get(pk=saved.task_id).enabled
    pause_recurrence(saved, ada, paused=False)
    assert PeriodicTask.objects.get(pk=saved.task_id).enabled
    assert list(AuditEntry.objects.filter(action="recurrence", actor="ada").order_by("pk").values_list("details__action", flat=True)) == [
        "made",
        "paused",
        "resumed",
    ]


# -- one at a time -----------------------------------------------------------------------------------------------------------


def test_a_run_that_goes_on_is_not_joined_by_another(ada: User, queue: Queue) -> None:
    saved = make(ada)
    start(saved.pk)
    start(saved.pk)
    assert start_recurrence(saved.pk, ada) is None
    job = Job.objects.get()
    run_job(job.pk)
    start(saved.pk)
    assert Job.objects.count() == 2


def test_two_starts_at_the_same_moment_are_one(ada: User, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first stands between reading that nothing runs and committing its job; the second waits for it and then sees it."""
    saved = make(ada)
    gate = Gate()
    known = RECURRING[saved.kind]
    monkeypatch.setitem(RECURRING, saved.kind, type(known)(known.key, known.name, known.does, gate.around(known.start)))
    with ThreadGroup() as threads:
        first = threads.start(lambda: start_recurrence(saved.pk))
        gate.wait()
        second = threads.start(lambda: start_recurrence(saved.pk))
        waiting = "SELECT count(*) FROM pg_locks WHERE classid = 71006 AND NOT granted"
        with connection.cursor() as cursor:

            def waits() -> bool:
                cursor.execute(waiting)
                return bool(cursor.fetchone()[0])

            wait_for(waits, "the second waits")
        gate.open()
        assert first.result() is not None
        assert second.result() is None
    assert Job.objects.count() == 1


def test_one_that_is_deleted_runs_no_more_and_leaves_its_jobs(client: Client, ada: User, queue: Queue) -> None:
    client.force_login(ada)
    saved = make(ada)
    start(saved.pk)
    address = f"/jobs/recurrences/{saved.pk}/delete/"
    question = client.get(address).content.decode()
    assert "The run that is going on goes on." in question
    assert Recurrence.objects.exists()
    assert client.post(address)["Location"] == "/jobs/recurrences/"
    assert not Recurrence.objects.exists()
    assert not PeriodicTask.objects.filter(task="jobs.start_recurrence").exists()
    assert AuditEntry.objects.filter(actor="ada", details__action="deleted").count() == 1
    assert Job.objects.count() == 1
    start(saved.pk)
    assert Job.objects.count() == 1
    assert client.post(address).status_code == 404


def test_a_start_waits_for_the_deletion_and_then_finds_nothing(ada: User, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = make(ada)
    gate = Gate()
    monkeypatch.setattr(recurrences, "delete_with_task", gate.around(writes_recurrences.delete_with_task))
    with ThreadGroup() as threads:
        deleted = threads.start(lambda: delete_recurrence(saved.pk, ada))
        gate.wait()
        started = threads.start(lambda: start_recurrence(saved.pk))
        wait_for(somebody_waits_for_a_lock, "the start waits")
        gate.open()
        deleted.result()
        assert started.result() is None
    assert not Job.objects.exists()


def test_one_that_is_gone(ada: User) -> None:
    start(987654)
    assert not Job.objects.exists()


# -- what they do ------------------------------------------------------------------------------------------------------------


def test_the_work_is_done_by_the_system_actor(ada: User, tmp_path: Path, settings: object, queue: Queue) -> None:
    settings.IMPORT_FOLDER = str(tmp_path)  # type: ignore[attr-defined]
    put(tmp_path, "dispositions", "d.csv", GOOD)
    job = run_of(make(ada, "import_folder"))
    assert job.requested_by is not None
    assert (job.status, job.requested_by.username, job.requested_by.is_active) == ("done", "system", False)
    assert Disposition.objects.get(code="recall").history.get().history_user == job.requested_by
    assert AuditEntry.objects.get(action="import").actor == "system"


def test_validate_calculate_post_and_check(chain: RetailChain, queue: Queue) -> None:
    ada = make_person("ada", "administrator")
    chain.stock(5)
    chain.sells(2)
    for kind in ("validate", "calculate"):
        assert run_of(make(ada, kind)).status == "done"
    assert chain.statements()
    posting = start_recurrence(make(ada, "post_statements").pk)
    assert posting is not None
    assert posting.requested_by is not None
    assert (posting.kind, posting.requested_by.username) == ("post_statements", "system")
    from statements.services.posting import run_inline

    run_inline(posting.pk, "system")
    assert set(chain.states().values()) == {("Posted", "", "")}
    nothing = start_recurrence(Recurrence.objects.get(kind="post_statements").pk)
    assert nothing is not None
    assert (nothing.pk != posting.pk, Job.objects.get(pk=nothing.pk).status) == (True, "done")
    checked = run_of(make(ada, "check_integrity"))
    assert (checked.status, checked.result["differences"], checked.files.count()) == ("done", 0, 0)
    execute("UPDATE inventory_onhand SET physical = physical + 1")
    again = run_of(Recurrence.objects.get(kind="check_integrity"))
    assert again.status == "failed"
    text = b"".join(read_file(again.files.get().pk)).decode()
    assert text.splitlines()[0] == "check,key,expected,found"
    assert len(text.splitlines()) == again.result["differences"] + 1 > 1
    assert [found.row.kind for found in failed_recurrences(timezone.now())] == ["check_integrity"]


def test_expired_files_are_removed(ada: User, queue: Queue) -> None:
    kept = write_file("a", "x/y", [b"x"], ada)
    write_file("b", "x/y", [b"x"], ada)
    StoredFile.objects.exclude(pk=kept.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert run_of(make(ada)).result == {"files_removed": 1}
    assert StoredFile.objects.get() == kept


# -- the folder --------------------------------------------------------------------------------------------------------------


def put(root: Path, kind: str, name: str, text: str, age: int = 60) -> Path:
    path = root / kind / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (clock.time() - age, clock.time() - age))
    return path


def listed(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_files_are_moved_with_their_rejects(transactional_db: None, tmp_path: Path) -> None:
    put(tmp_path, "dispositions", "good.csv", GOOD)
    put(tmp_path, "dispositions", "mixed.csv", f"{GOOD}x,y,perhaps\n")
    put(tmp_path, "items", "broken.csv", "nonsense\n")
    put(tmp_path, "items", "growing.csv", "nonsense\n", age=0)
    put(tmp_path, "other", "d.csv", GOOD)
    put(tmp_path, "dispositions", ".hidden", GOOD)
    reports = folder.import_folder(str(tmp_path), "test", lambda *given: None)
    assert [report["file"] for report in reports] == ["items/broken.csv", "dispositions/good.csv", "dispositions/mixed.csv"]
    assert listed(tmp_path) == [
        "dispositions/.hidden",
        "dispositions/done/good.csv",
        "dispositions/failed/mixed.csv",
        "dispositions/failed/mixed.csv.rejected.csv",
        "items/failed/broken.csv",
        "items/failed/broken.csv.rejected.csv",
        "items/growing.csv",
        "other/d.csv",
    ]
    assert "WRONG_COLUMNS" in (tmp_path / "items/failed/broken.csv.rejected.csv").read_text()
    put(tmp_path, "dispositions", "good.csv", GOOD)
    (again,) = folder.import_folder(str(tmp_path), "test", lambda *given: None)
    assert (again["unchanged"], (tmp_path / "dispositions/done/2-good.csv").exists()) == (1, True)


def test_files_are_read_as_those_of_their_name_were(transactional_db: None, tmp_path: Path) -> None:
    ImportSource.objects.create(kind="dispositions", name="monday-#.csv", profile="semicolon")
    put(tmp_path, "dispositions", "monday-48.csv", GOOD.replace(",", ";"))
    (report,) = folder.import_folder(str(tmp_path), "test", lambda *given: None)
    assert (report["profile"], report["new"]) == ("semicolon", 1)


def die(*given: object) -> None:
    raise KeyboardInterrupt


def test_a_crash_between_import_and_move(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "dispositions", "d.csv", f"{GOOD}x,y,perhaps\n")
    with monkeypatch.context() as patched:
        patched.setattr(folder, "move", die)
        with pytest.raises(KeyboardInterrupt):
            folder.import_folder(str(tmp_path), "test", lambda *given: None)
    assert Disposition.objects.filter(code="recall").exists()
    (report,) = folder.import_folder(str(tmp_path), "test", lambda *given: None)
    assert (report["new"], report["unchanged"], report["rejected"]) == (0, 1, 1)
    assert listed(tmp_path) == ["dispositions/failed/d.csv", "dispositions/failed/d.csv.rejected.csv"]
    assert Disposition.objects.get(code="recall").history.count() == 1


def test_without_a_folder_the_run_says_what_to_set(ada: User, settings: object, queue: Queue) -> None:
    settings.IMPORT_FOLDER = ""  # type: ignore[attr-defined]
    job = run_of(make(ada, "import_folder"))
    assert [problem["code"] for problem in job.result["problems"]] == ["NO_IMPORT_FOLDER"]


# -- pages -------------------------------------------------------------------------------------------------------------------

FORM = {"name": "Night", "kind": "validate", "how": "daily", "at": "02:30", "zone": "Europe/Paris", "minutes": ""}


def test_made_changed_and_run_on_the_pages(client: Client, ada: User, queue: Queue) -> None:
    client.force_login(ada)
    assert "Nothing runs by itself yet" in client.get("/jobs/recurrences/").content.decode()
    assert client.post("/jobs/recurrences/new/", FORM).status_code == 302
    saved = Recurrence.objects.get()
    page = client.get("/jobs/recurrences/").content.decode()
    assert "Every day at 02:30 in Europe/Paris" in page
    client.post(f"/jobs/recurrences/{saved.pk}/", {**FORM, "how": "every", "minutes": "15"})
    assert "Every 15 minutes" in client.get("/jobs/recurrences/").content.decode()
    assert 'value="15"' in client.get(f"/jobs/recurrences/{saved.pk}/").content.decode()
    client.post(f"/jobs/recurrences/{saved.pk}/", {**FORM, "how": "hourly", "minute": "0"})
    assert "Every hour at minute 0 in Europe/Paris" in client.get("/jobs/recurrences/").content.decode()
    client.post(f"/jobs/recurrences/{saved.pk}/", {**FORM, "how": "weekly", "days": ["7", "2"]})
    assert "On Tuesday, Sunday at 02:30 in Europe/Paris" in client.get("/jobs/recurrences/").content.decode()
    ticked = client.get(f"/jobs/recurrences/{saved.pk}/").context["form"]["days"]
    assert [box.data["value"] for box in ticked if box.data["selected"]] == [2, 7]
    client.post(f"/jobs/recurrences/{saved.pk}/", {**FORM, "how": "weekly", "days": [str(day) for day in range(1, 8)]})
    assert "Every day at 02:30 in Europe/Paris" in client.get("/jobs/recurrences/").content.decode()
    client.post(f"/jobs/recurrences/{saved.pk}/run/")
    client.post(f"/jobs/recurrences/{saved.pk}/run/")
    assert Job.objects.count() == 1
    client.post(f"/jobs/recurrences/{saved.pk}/pause/")
    assert "Paused" in client.get("/jobs/recurrences/").content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"kind": "nonsense"}, "Select a valid choice"),
        ({"how": "every"}, "Say how many minutes."),
        ({"how": "every", "minutes": "0"}, "greater than or equal to 1"),
        ({"how": "every", "minutes": "99999999999999999999999"}, "less than or equal to"),
        ({"at": ""}, "Say at what time."),
        ({"at": "25:99"}, "Enter a valid time."),
        ({"zone": "Nowhere/Land"}, "There is no such time zone"),
        ({"zone": "../../etc/passwd"}, "There is no such time zone"),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"how": "hourly"}, "Say at which minute."),
        ({"how": "hourly", "minute": "60"}, "less than or equal to 59"),
        ({"how": "hourly", "minute": "x"}, "Enter a whole number."),
        ({"how": "weekly"}, "Tick at least one weekday."),
        ({"how": "weekly", "days": ["8"]}, "Select a valid choice"),
        ({"how": "weekly", "days": ["1"], "at": ""}, "Say at what time."),
        ({"how": "yearly"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_the_field_and_stays(client: Client, ada: User, change: dict[str, Any], words: str) -> None:
    client.force_login(ada)
    answer = client.post("/jobs/recurrences/new/", {**FORM, **change})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert (Recurrence.objects.count(), PeriodicTask.objects.filter(task="jobs.start_recurrence").count()) == (0, 0)


def test_only_who_may(client: Client, transactional_db: None) -> None:
    client.force_login(make_person("paul", "poster"))
    assert client.get("/jobs/recurrences/").status_code == 403
    assert client.post("/jobs/recurrences/new/", FORM).status_code == 403


# -- the real clock ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_real_clock_starts_it_and_a_real_worker_does_it(
    ada: User, command_environment: dict[str, str], queue: Queue, start_worker: Callable[..., Crew]
) -> None:
    saved = make(ada)
    saved.task.interval, _ = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.SECONDS)
    saved.task.save()
    with Crew(environment=command_environment) as crew:
        crew.start("worker", worker_command(1))
        crew.start("beat", beat_command())
        wait_for(lambda: Job.objects.filter(kind="remove_expired_files", status="done").count() >= 2, "it recurred")
    assert not Job.objects.filter(status="failed").exists()
