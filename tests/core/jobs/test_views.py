"""Pages of jobs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.jobs.models import Job
from core.jobs.queries.pages import JobView, job_view
from core.lib.messages import Message, as_written
from tests.core.access.people import make_person

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def signed_in(client: Client, db: None) -> Client:
    client.force_login(make_person("maria", "poster"))
    return client


def view(**values: object) -> JobView:
    """A job as it looks at noon."""
    return job_view(Job(**{"kind": "post_statements", "title": as_written("Post"), "requested_at": NOW, **values}), NOW)


def test_progress_rate_and_time_left() -> None:
    job = view(
        status="running", done=2_000, total=10_000, started_at=NOW - timedelta(seconds=4), dispatched_at=NOW, phase=Message("Aggregated")
    )

    assert (job.percent, job.rate, job.seconds_left, job.phase_text) == (20, 500, 16.0, "Aggregated")


def test_nothing_is_guessed_before_the_first_line() -> None:
    job = view(status="running", total=10, started_at=NOW, dispatched_at=NOW)

    assert (job.percent, job.rate, job.seconds_left) == (0, None, None)


def test_a_job_that_the_queue_did_not_take_says_so() -> None:
    assert view().waits_for_queue
    assert not view(dispatched_at=NOW).waits_for_queue
    assert view(status="done", finished_at=NOW).percent == 100


@pytest.mark.parametrize("status", ["done", "failed"])
def test_a_job_that_came_to_its_end_is_complete(signed_in: Client, status: str) -> None:
    """Not "Finished, 0 / 1, 0 %" (C17): what was counted on the way is not told to the last piece."""
    job = view(status=status, done=0, total=1, started_at=NOW, finished_at=NOW, dispatched_at=NOW, result={"rows": 3})
    assert (job.percent, job.counted) == (100, 1)
    maria = User.objects.get(username="maria")
    row = Job.objects.create(
        kind="k", title="Check", status=status, done=0, total=1, finished_at=NOW, result={"rows": 3}, requested_by=maria
    )
    page = signed_in.get(f"/jobs/{row.pk}/").content.decode()
    assert "100 %" in page
    assert "0 / 1" not in page


def test_a_job_that_broke_off_says_how_far_it_came() -> None:
    broken = view(status="failed", done=3, total=10, finished_at=NOW, dispatched_at=NOW, result={"problems": [{"code": "GAVE_UP"}]})
    cancelled = view(status="cancelled", done=3, total=10, finished_at=NOW, dispatched_at=NOW)
    assert [(job.percent, job.counted) for job in (broken, cancelled)] == [(30, 3)] * 2


def test_list_by_status(signed_in: Client) -> None:
    for status in Job.Status.values:
        finished = NOW if status in ("done", "failed", "cancelled") else None
        Job.objects.create(kind="k", title=f"is {status}", status=status, finished_at=finished, done=5, total=3)

    def found(query: str) -> list[str]:
        return [str(job.title) for job in signed_in.get(f"/jobs/{query}").context["page"].rows]

    assert found("") == ["is cancelled", "is failed", "is done", "is running", "is queued"]
    assert found("?show=open") == ["is running", "is queued"]
    assert found("?show=failed") == ["is failed"]
    assert found("?show=nonsense") == found("")


def test_detail_polls_only_while_open_and_shows_the_result(signed_in: Client) -> None:
    job = Job.objects.create(kind="k", title="Post 3 statements", total=10)
    live = {"HX-Request": "true"}

    assert "every 2s" in signed_in.get(f"/jobs/{job.pk}/", headers=live).content.decode()
    Job.objects.update(status="failed", finished_at=NOW, result={"posted": 2_000, "failed": 1, "numbers": [str(n) for n in range(12)]})
    page = signed_in.get(f"/jobs/{job.pk}/", headers=live).content.decode()
    assert "every 2s" not in page
    assert "<html" not in page
    assert "2,000" in page
    assert "… (12)" in page


def test_bell_polls_only_while_something_is_open(signed_in: Client) -> None:
    assert "hx-trigger" not in signed_in.get("/jobs/bell/").content.decode()
    Job.objects.create(kind="k", title="t")
    assert "hx-trigger" in signed_in.get("/jobs/bell/").content.decode()
