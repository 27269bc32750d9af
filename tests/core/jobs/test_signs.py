"""Worker, beat and watchdog give signs of life; who falls silent is named, and the watchdog has a second path."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from core.jobs import watchdog
from core.jobs.models import SignOfLife
from core.jobs.queries.signs import BEAT, PARTS, WATCHDOG, WORKER, silent_parts
from core.jobs.tasks import watchdog as watchdog_task
from core.jobs.writes import give_sign
from retailhq import pulse
from retailhq.beat import Scheduler
from retailhq.celery import app
from retailhq.embedded.supervise import migrations_of_this_version
from tests.core.access.people import make_person
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


def fall_silent(*parts: str, seconds: int = 61) -> None:
    SignOfLife.objects.filter(part__in=parts).update(at=timezone.now() - timedelta(seconds=seconds))


def everything_lives() -> None:
    for part in PARTS:
        give_sign(part)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rounds of the watchdog that were made; no rescue of another app interferes."""
    made: list[int] = []
    monkeypatch.setattr(watchdog, "RESCUES", {"count": lambda: made.append(1)})
    return made


def test_who_has_said_nothing_is_silent() -> None:
    assert silent_parts() == PARTS
    everything_lives()
    assert silent_parts() == ()
    fall_silent(BEAT)
    assert silent_parts() == (BEAT,)


def test_the_health_page_names_what_is_silent_and_goes_on_serving(client: Client) -> None:
    everything_lives()
    assert json.loads(client.get("/health/").content) == {
        **{"healthy": True, "database": True, "migrations": True, "broker": True},
        **{"worker": True, "beat": True, "watchdog": True},
    }
    fall_silent(WORKER, WATCHDOG)
    answer = client.get("/health/")
    found = json.loads(answer.content)
    assert (answer.status_code, found["worker"], found["beat"], found["watchdog"]) == (200, False, True, False)


def test_a_server_that_was_started_before_its_migrations_gets_no_visitors(client: Client) -> None:
    everything_lives()
    recorder = MigrationRecorder(connection)
    recorder.record_applied("statements", "9999_of_a_later_version")
    assert client.get("/health/").status_code == 200

    missing = next(one for one, recorded_as in migrations_of_this_version().items() if recorded_as == {one})
    recorder.record_unapplied(*missing)
    answer = client.get("/health/")
    assert (answer.status_code, json.loads(answer.content)) == (
        503,
        {
            **{"healthy": False, "database": True, "migrations": False, "broker": True},
            **{"worker": True, "beat": True, "watchdog": True},
        },
    )


def test_home_says_what_it_means(client: Client) -> None:
    StoreFactory()  # type: ignore[no-untyped-call]
    client.force_login(make_person("clara", "clerk"))
    everything_lives()
    assert "has not reported" not in client.get("/").content.decode()
    fall_silent(WORKER, BEAT, WATCHDOG)
    page = client.get("/").content.decode()
    for words in ("No worker has reported", "The clock has not reported", "The watchdog has made no round"):
        assert words in page


def test_the_watchdog_gives_its_sign_also_when_a_rescue_fails(rounds: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    watchdog_task()
    assert WATCHDOG not in silent_parts()
    SignOfLife.objects.all().delete()

    def broken() -> None:
        raise ValueError("no")

    monkeypatch.setitem(watchdog.RESCUES, "broken", broken)
    with pytest.raises(ExceptionGroup):
        watchdog_task()
    assert WATCHDOG not in silent_parts()


def test_a_worker_makes_the_round_that_no_clock_sends(rounds: list[int]) -> None:
    assert pulse.beat()
    assert (len(rounds), silent_parts()) == (1, (BEAT,))
    assert not pulse.beat(), "the round was just made"
    fall_silent(WATCHDOG, seconds=46)
    assert pulse.beat()
    assert len(rounds) == 2


def test_the_process_of_a_worker_makes_the_round_where_no_clock_runs(transactional_db: None, command_environment: dict[str, str]) -> None:
    """A process of its own, as a worker starts it: nobody sent the watchdog, and its round is made all the same."""
    fall_silent(WATCHDOG, seconds=46)
    assert WATCHDOG in silent_parts(pulse.TAKE_OVER_SECONDS)
    beats = "import django; django.setup(); from retailhq.pulse import Pulse; p = Pulse(); p.start(); p.ended.set(); p.join(30)"
    environment = {**command_environment, "DJANGO_SETTINGS_MODULE": "retailhq.settings"}
    answer = subprocess.run([sys.executable, "-c", beats], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, "watchdog_taken_over" in answer.stderr, "Traceback" in answer.stderr) == (0, True, False), answer.stderr
    assert WATCHDOG not in silent_parts(pulse.TAKE_OVER_SECONDS)
    assert WORKER not in silent_parts(pulse.TAKE_OVER_SECONDS)


def scheduler() -> Scheduler:
    found = Scheduler(app=app, lazy=True)
    found.setup_schedule()
    return found


@pytest.mark.parametrize("lost", ["deleted", "disabled", "rewritten"])
def test_the_watchdog_cannot_vanish_from_the_schedule(transactional_db: None, lost: str) -> None:
    """The scheduler ends its connection where the schedule changed, so the test commits."""
    clock = scheduler()
    clock.tick()
    row = PeriodicTask.objects.get(name="jobs.watchdog")
    assert BEAT not in silent_parts()
    if lost == "deleted":
        row.delete()
    elif lost == "disabled":
        PeriodicTask.objects.filter(pk=row.pk).update(enabled=False)
    else:
        PeriodicTask.objects.filter(pk=row.pk).update(task="celery.ping")
    clock._said = float("-inf")
    clock.tick()
    found = PeriodicTask.objects.get(name="jobs.watchdog")
    assert (found.task, found.enabled) == ("jobs.watchdog", True)
    assert found.interval == IntervalSchedule.objects.get(every=15, period=IntervalSchedule.SECONDS)
    assert "jobs.watchdog" in clock.schedule
