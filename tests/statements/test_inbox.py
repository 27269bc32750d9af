"""The inbox: open problems of all companies by cause, one fix and one replay that free exactly what is cured, people, mail."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.access.models import AuditEntry, HelpRequest
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services import run_job
from orders.models import Store
from statements.models import CauseHandling, PosTransaction, Statement, ValidationProblem
from statements.queries.causes import open_causes
from statements.rules.causes import CauseKey
from statements.services.cause_mail import KIND, mail_exceptions
from statements.views.inbox import field_of
from tests.core.access.people import make_person
from tests.factories import PendingOrderFactory, StatementFactory, StoreFactory, ValidationProblemFactory, WarehouseFactory
from tests.scenarios.world import Shop, milk

GHOST = CauseKey("validation", "LE", "L04", item="GHOST")
GHOST_PAGE = "?area=validation&company=LE&code=L04&item=GHOST"


@pytest.fixture
def shop(db: None, tmp_path: Path) -> Shop:
    """Three receipts of two stores name an item that nobody knows, two lines of one of them; a fourth is sound."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.sells(1, item="GHOST")
    shop.sells(2, item="GHOST")
    shop.sells(1, item="GHOST", store="S2")
    shop.sells(1, item="BAG")
    shop.validates()
    return shop


@pytest.fixture
def clerk(client: Client, shop: Shop) -> Client:
    client.force_login(make_person("clara", "clerk"))
    return client


def ghosts() -> int:
    return ValidationProblem.objects.filter(code="L04").count()


def all_causes() -> dict[CauseKey, int]:
    stores = Store.objects.values_list("pk", flat=True)
    return {cause.key: cause.documents for cause in open_causes(list(stores), ["validation", "posting", "orders", "pending"])}


def test_one_fix_is_one_row(clerk: Client) -> None:
    assert all_causes()[GHOST] == 3
    page = clerk.get("/inbox/").content.decode()
    assert "GHOST" in page
    assert f"/inbox/cause/{GHOST_PAGE}".replace("&", "&amp;") in page
    cause = clerk.get(f"/inbox/cause/{GHOST_PAGE}")
    assert [document.number for document, _ in cause.context["documents"]] == ["1", "2", "3"]
    assert "/setup/items/open/?code=GHOST" not in cause.content.decode(), "a clerk makes no items"
    assert "Open or make item GHOST: Inventory controller" in cause.content.decode()


def test_the_same_correction_heals_all(clerk: Client) -> None:
    answer = clerk.post(f"/inbox/cause/correct/{GHOST_PAGE}", {"field": "item", "value": "BAG", "reason": "Typed by hand"})
    assert answer["Location"] == "/inbox/", answer.content.decode()
    assert GHOST not in all_causes()
    assert set(PosTransaction.objects.values_list("validation_status", flat=True)) == {"valid"}
    assert AuditEntry.objects.filter(action="correct", actor="clara").count() == 1


def test_a_correction_that_is_refused_stays_typed(clerk: Client) -> None:
    for given in ({"field": "item", "value": "BAG", "reason": ""}, {"field": "quantity", "value": "many", "reason": "x"}):
        answer = clerk.post(f"/inbox/cause/correct/{GHOST_PAGE}", given)
        assert answer.status_code == 422
        assert given["value"] in answer.content.decode()
    assert all_causes()[GHOST] == 3


@pytest.mark.parametrize(
    ("code", "field"),
    [
        *(("L04", "item"), ("L16", "item"), ("B01", "batch"), ("B02", "batch"), ("L13", "unit"), ("L07", "price"), ("L10", "quantity")),
        *(("H01", "business_date"), ("H18", "business_date"), ("H03", "customer"), ("H21", "customer"), ("H13", "discarded")),
        *(("H16", "discarded"), ("H02", ""), ("L18", "")),
    ],
)
def test_the_form_begins_with_the_field_that_the_remedy_names(code: str, field: str) -> None:
    assert field_of(code) == field


def test_wrong_receipts_are_discarded_together(clerk: Client) -> None:
    clerk.post(f"/inbox/cause/correct/{GHOST_PAGE}", {"field": "discarded", "value": "true", "reason": "Trial of a till"})
    assert PosTransaction.objects.filter(validation_status="discarded").count() == 3
    assert GHOST not in all_causes()


def test_a_replay_frees_exactly_what_was_cured(clerk: Client, shop: Shop) -> None:
    shop.sells(1, item="PHANTOM")
    shop.validates()
    before = PosTransaction.objects.filter(validation_status="error").count()
    answer = clerk.post(f"/inbox/cause/replay/{GHOST_PAGE}", follow=True)
    assert "0 transactions are free; 3 still have an error." in answer.content.decode()
    shop.sells_item("GHOST", tracked=False, negative=True)
    shop.comes_in()
    answer = clerk.post(f"/inbox/cause/replay/{GHOST_PAGE}", follow=True)
    assert "3 transactions are free; 0 still have an error." in answer.content.decode()
    assert PosTransaction.objects.filter(validation_status="error").count() == before - 3


def test_a_statement_that_stopped_is_posted_again(client: Client, shop: Shop) -> None:
    shop.sells_item("MILK")
    shop.sells(2)
    shop.posts()
    stopped = Statement.objects.get(store__code="S1")
    key = CauseKey("posting", "LE", "NO_VALID_BATCH", store="S1", item="MILK")
    assert all_causes()[key] == 1
    client.force_login(make_person("paul", "poster"))
    page = "?area=posting&company=LE&code=NO_VALID_BATCH&store=S1&item=MILK"
    cause = client.get(f"/inbox/cause/{page}").content.decode()
    assert stopped.number in cause
    assert f"/statements/{stopped.pk}/post/" in cause
    job = int(client.post(f"/inbox/cause/replay/{page}")["Location"].split("/")[2])
    stopped.refresh_from_db()
    assert (stopped.job_id, stopped.work_state) == (job, "queued")
    assert key not in all_causes(), "what is in work is not open"


def test_causes_that_differ_in_their_documents_alone_say_which_these_are(client: Client, shop: Shop) -> None:
    """A statement is posted again, a customer order is delivered again, each by its own people; goods that come in cure both."""
    shop.sells_item("MILK")
    shop.sells(2)
    shop.posts()
    shop.is_ordered(milk(3))
    shop.invoices()
    subject = {"company": "LE", "code": "NO_VALID_BATCH", "store": "S1", "item": "MILK"}
    posting, order = CauseKey("posting", **subject), CauseKey("orders", **subject)
    assert (all_causes()[posting], all_causes()[order]) == (1, 1)
    client.force_login(make_person("alex", "administrator"))
    rows = [row for row in client.get("/inbox/").content.decode().split("<tr>") if "NO_VALID_BATCH" in row]
    assert [sum(kind in row for row in rows) for kind in (">Statements<", ">Customer orders<")] == [1, 1]
    assert len(rows) == 2


def test_what_other_companies_have_is_there_too(client: Client, shop: Shop) -> None:
    warehouse = WarehouseFactory.create(code="FAR", legal_entity__code="FAR", site__code="FAR")
    store = StoreFactory.create(code="FAR", warehouse=warehouse, walk_in_customer__code="FAR")
    elsewhere = StatementFactory.create(store=store, failed_state="Checked", error_code="PERIOD_CLOSED", error_text="x")
    pending = PendingOrderFactory.create(store=elsewhere.store, state="failed", error_code="UNKNOWN_ITEM", error_text="x")
    other = elsewhere.legal_entity.code
    day = elsewhere.business_date.isoformat()
    found = all_causes()
    assert (found[GHOST], found[CauseKey("posting", other, "PERIOD_CLOSED", day=day)]) == (3, 1)
    assert found[CauseKey("pending", other, "UNKNOWN_ITEM")] == 1
    client.force_login(make_person("paul", "poster"))
    assert {cause.key.company for cause, *_ in client.get("/inbox/").context["causes"]} == {"LE", other}
    assert client.get(f"/inbox/cause/?area=pending&company={other}&code=UNKNOWN_ITEM").context["documents"][0][0].number == pending.number

    client.force_login(make_person("own", "poster", stores=[elsewhere.store]))
    assert {cause.key.company for cause, *_ in client.get("/inbox/").context["causes"]} == {other}
    assert client.get(f"/inbox/cause/{GHOST_PAGE}").context["documents"] == []
    client.post(f"/inbox/cause/replay/{GHOST_PAGE}")
    client.post(f"/inbox/cause/correct/{GHOST_PAGE}", {"field": "discarded", "value": "true", "reason": "Not mine"})
    assert PosTransaction.objects.filter(validation_status="discarded").count() == 0


def test_people_share_the_work(clerk: Client) -> None:
    make_person("dora", "clerk")
    page = f"/inbox/cause/handle/{GHOST_PAGE}"
    clerk.post(page, {"what": "assign", "person": "dora"})
    clerk.post(page, {"what": "note", "note": "The till of lane 3 was not updated."})
    tomorrow = timezone.now().date() + timedelta(days=1)
    clerk.post(page, {"what": "snooze", "until": tomorrow.isoformat()})
    handling = CauseHandling.objects.get()
    assert (str(handling.assigned_to), handling.snoozed_until) == ("dora", tomorrow)
    assert handling.notes.get().text == "The till of lane 3 was not updated."
    assert AuditEntry.objects.filter(action="inbox", actor="clara").count() == 3
    assert [cause.key for cause, *_ in clerk.get("/inbox/").context["causes"]] == []
    assert [cause.key for cause, *_ in clerk.get("/inbox/?show=snoozed").context["causes"]] == [GHOST]
    assert "lane 3" in clerk.get(f"/inbox/cause/{GHOST_PAGE}").content.decode()
    clerk.post(page, {"what": "snooze", "until": ""})
    clerk.post(page, {"what": "take"})
    assert [cause.key for cause, *_ in clerk.get("/inbox/?show=mine").context["causes"]] == [GHOST]
    clerk.post(page, {"what": "assign", "person": "nobody-there"})
    handling.refresh_from_db()
    assert str(handling.assigned_to) == "clara"


def test_who_only_looks_changes_nothing(client: Client, shop: Shop) -> None:
    client.force_login(make_person("anna", "auditor"))
    assert client.get(f"/inbox/cause/{GHOST_PAGE}").status_code == 200
    for page, given in (("replay", {}), ("handle", {"what": "take"}), ("correct", {"field": "item", "value": "BAG", "reason": "x"})):
        assert client.post(f"/inbox/cause/{page}/{GHOST_PAGE}", given).status_code == 403
    client.force_login(make_person("olga", "order_desk"))
    assert client.get(f"/inbox/cause/{GHOST_PAGE}").status_code == 404
    assert client.get("/inbox/").status_code == 200


@pytest.mark.parametrize("query", ["", "?area=else&code=L04", "?area=validation", "?area=validation&code=L04&item=%00"])
def test_what_names_no_cause_is_not_found(clerk: Client, query: str) -> None:
    assert clerk.get(f"/inbox/cause/{query}").status_code == 404


def test_the_badge_counts_causes_and_questions(clerk: Client, shop: Shop) -> None:
    assert ">1<" in clerk.get("/inbox/badge/").content.decode()
    asker = make_person("olga", "order_desk")
    HelpRequest.objects.create(code="L04", way="statements:correct", right="statements.correct_transactions", asked_by=asker, note="Please")
    assert ">2<" in clerk.get("/inbox/badge/").content.decode()
    page = clerk.get("/inbox/").content.decode()
    assert "Please" in page


@pytest.mark.parametrize("number", [1, 40])
def test_queries_do_not_grow(client: Client, shop: Shop, number: int) -> None:
    sales = list(PosTransaction.objects.order_by("pk"))
    for place in range(number):
        ValidationProblemFactory.create(transaction=sales[place % 3], code=f"X{place}", line_number=1)
    client.force_login(make_person("clara", "clerk"))
    with CaptureQueriesContext(connection) as queries:
        client.get("/inbox/")
    assert len(queries) == 10, json.dumps([query["sql"][:120] for query in queries], indent=1)


def test_the_mail_of_the_night_tells_those_who_may_mend(shop: Shop) -> None:
    for name, role in (("clara", "clerk"), ("anna", "auditor"), ("olga", "order_desk"), ("gone", "clerk")):
        person = make_person(name, role)
        person.email, person.is_active = f"{name}@example.org", name != "gone"
        person.save()
    make_person("dora", "clerk")
    system = make_person("system", "administrator")
    job = RECURRING[KIND].start("Mail what is open", system)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.result == {"mails": 1, "nothing_open": 2}
    assert [message.to for message in mail.outbox] == [["clara@example.org"]]
    assert mail.outbox[0].subject == "RetailHQ: 3 documents wait for you"
    assert "LE L04 GHOST" in mail.outbox[0].body
    assert "(POS transactions)" in mail.outbox[0].body
    assert mail.outbox[0].body.rstrip().endswith("/inbox/")


def test_no_mail_comes_when_nothing_is_left(clerk: Client, shop: Shop) -> None:
    person = make_person("dora", "clerk")
    person.email = "dora@example.org"
    person.save()
    clerk.post(f"/inbox/cause/handle/{GHOST_PAGE}", {"what": "snooze", "until": "2999-01-01"})
    assert mail_exceptions(timezone.now().date()) == {"mails": 0, "nothing_open": 1}
    CauseHandling.objects.all().delete()
    clerk.post(f"/inbox/cause/correct/{GHOST_PAGE}", {"field": "discarded", "value": "true", "reason": "Trial"})
    assert mail_exceptions(timezone.now().date())["mails"] == 0
    assert mail.outbox == []
