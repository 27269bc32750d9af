"""Drift watch: a recount keeps what it finds until it is gone, and tells those who look after it of what is new."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access.models import AuditEntry
from core.jobs.models import Job
from core.jobs.services import request_work, run_job
from retailhq.integrity.checks import Difference
from retailhq.integrity.job import INTEGRITY
from retailhq.integrity.models import KeptDifference
from retailhq.integrity.services import keep_differences, mail_new
from statements.models import Statement
from tests.core.access.people import make_person
from tests.factories import make_posted_day

pytestmark = pytest.mark.django_db
AT = datetime(2024, 5, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
MILK = Difference("on-hand", "W1/MILK/A", "3", "4")
TEA = Difference("on-hand", "W1/TEA/", "1", "0")


def rows() -> list[tuple[str, str, bool]]:
    return [(row.key, row.found, row.gone_at is None) for row in KeptDifference.objects.order_by("pk")]


def test_a_difference_is_kept_until_it_is_gone_and_one_that_comes_back_is_another(db: None) -> None:
    assert len(keep_differences([MILK, TEA], AT).new) == 2
    KeptDifference.objects.filter(key=MILK.key).update(note="the truck of Monday")
    changed = MILK._replace(found="5")
    again = keep_differences([changed], AT + DAY)
    assert (again.new, again.gone) == ([], 1)
    assert rows() == [("W1/MILK/A", "5", True), ("W1/TEA/", "0", False)]
    kept = KeptDifference.objects.get(key=MILK.key)
    assert (kept.first_seen, kept.last_seen, kept.note) == (AT, AT + DAY, "the truck of Monday")
    assert KeptDifference.objects.get(key=TEA.key).gone_at == AT + DAY
    assert len(keep_differences([changed, TEA], AT + 2 * DAY).new) == 1
    assert keep_differences([], AT + 3 * DAY).gone == 2
    assert [open_ for _, _, open_ in rows()] == [False, False, False]


def test_odd_texts_and_the_same_row_twice_are_kept_once(db: None) -> None:
    odd = Difference("documents", 'a"b\\c, {NULL}', "ä", "")
    assert len(keep_differences([odd, odd._replace(expected="ö")], AT).new) == 1
    assert KeptDifference.objects.get().key == odd.key


@pytest.mark.parametrize("count", [1, 40])
def test_it_costs_the_same_however_much_differs(count: int) -> None:
    found = [MILK._replace(key=f"W1/MILK/{number}") for number in range(count)]
    with CaptureQueriesContext(connection) as queries:
        keep_differences(found, AT)
    assert len([query for query in queries if "keptdifference" in query["sql"]]) == 3


def test_only_what_is_new_is_mailed_and_only_to_those_who_may_look_after_it(db: None) -> None:
    keeper, clerk, quiet = (
        make_person(name, role) for name, role in (("ivy", "inventory_controller"), ("theo", "clerk"), ("maria", "administrator"))
    )
    for person in (keeper, clerk):
        person.email = f"{person.username}@example.com"
        person.save()
    assert quiet.email == ""
    assert mail_new(keep_differences([MILK], AT)) == 1
    (sent,) = mail.outbox
    assert sent.to == ["ivy@example.com"]
    assert sent.subject == "RetailHQ: a recount found 1 new difference"
    assert "on-hand: W1/MILK/A" in sent.body
    assert "recounted 3, stored 4" in sent.body
    assert sent.body.rstrip().endswith("/jobs/differences/")
    assert mail_new(keep_differences([MILK], AT + DAY)) == 0
    many = [MILK._replace(key=f"W1/MILK/{number}") for number in range(30)]
    mail_new(keep_differences([MILK, *many], AT + 2 * DAY))
    assert "and 10 more" in mail.outbox[-1].body


@pytest.fixture
def corrupted() -> Statement:
    """A posted day whose statement somebody changed behind the guards."""
    statement = make_posted_day().statement
    Statement.objects.filter(pk=statement.pk).update(total=statement.total + 1)
    return statement


def recount() -> dict[str, object]:
    job = request_work(INTEGRITY, "test", {}, make_person(f"p{Job.objects.count()}", "administrator"))
    run_job(job.pk)
    job.refresh_from_db()
    return dict(job.result)


def test_the_recurrence_finds_it_and_closes_it_by_itself(corrupted: Statement, client: Client) -> None:
    found = recount()
    assert found["differences"] == found["new"] == KeptDifference.objects.filter(gone_at=None).count()
    assert found["new"]
    client.force_login(make_person("ivy", "inventory_controller"))
    assert client.get("/jobs/differences/").context["number"] == found["new"]
    Statement.objects.filter(pk=corrupted.pk).update(total=corrupted.total)
    assert recount()["gone"] == found["new"]
    assert client.get("/jobs/differences/").context["number"] == 0
    assert client.get("/jobs/differences/?state=gone").context["number"] == found["new"]


def test_a_mail_server_that_is_away_takes_no_recount_with_it(corrupted: Statement, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ConnectionRefusedError

    User.objects.filter(pk=make_person("ivy", "inventory_controller").pk).update(email="ivy@example.com")
    monkeypatch.setattr("retailhq.integrity.services.get_connection", refuse)
    found = recount()
    assert found["new"] == KeptDifference.objects.filter(gone_at=None).count() > 0
    assert found["mails"] == 0


def test_a_check_is_said_by_its_sentence_in_the_language_of_the_reader(client: Client) -> None:
    (row_id,) = keep_differences([MILK._replace(check="on_hand")], AT).new
    ivy = make_person("ivy", "inventory_controller")
    User.objects.filter(pk=ivy.pk).update(email="ivy@example.com")
    client.force_login(ivy)
    english, german = "On-hand is the sum of its inventory transactions.", "Der verfügbare Bestand ist die Summe seiner Lagerbuchungen."
    for address in ("/jobs/differences/", f"/jobs/differences/{row_id}/"):
        assert english in client.get(address).content.decode()
        assert german in client.get(address, headers={"accept-language": "de"}).content.decode()
    assert mail_new(keep_differences([TEA._replace(check="on_hand")], AT + DAY)) == 1
    assert english in mail.outbox[0].body


def test_somebody_looks_after_it(client: Client) -> None:
    (row_id,) = keep_differences([MILK], AT).new
    ivy = make_person("ivy", "inventory_controller")
    client.force_login(ivy)
    address = f"/jobs/differences/{row_id}/"
    page = client.get(address)
    assert "W1/MILK/A" in page.content.decode()
    assert client.post(address, {"owner": "nobody-known", "note": "x"}).status_code == 422
    assert client.post(address, {"owner": "ivy", "note": "counted again tomorrow"}).status_code == 302
    kept = KeptDifference.objects.get()
    assert (kept.owner, kept.note) == (ivy, "counted again tomorrow")
    assert AuditEntry.objects.filter(action="watch", actor="ivy").count() == 1
    assert client.get("/jobs/differences/?owner=mine").context["number"] == 1
    assert client.get("/jobs/differences/?owner=nobody").context["number"] == 0
    client.force_login(make_person("ada", "auditor"))
    assert client.get(address).status_code == 200
    assert client.post(address, {"owner": "", "note": ""}).status_code == 403
    client.force_login(make_person("theo", "clerk"))
    assert client.get(address).status_code == 403
