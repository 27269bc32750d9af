"""The inbox and journals over HTTP: what the pages do, a token does for its stores."""

from typing import Any

import pytest
from django.utils import timezone

from statements.models import CauseHandling, PosTransaction, Statement, ValidationProblem
from statements.rules.causes import CauseKey
from statements.services.causes import note_cause
from statements.services.posting import finish_here
from tests.core.access.people import make_person
from tests.retailhq.api.calling import Till
from tests.retailhq.api.counting import counts
from tests.scenarios.world import Shop

pytestmark = pytest.mark.django_db
GHOST = {"area": "validation", "company": "LE", "code": "L04", "item": "GHOST"}


@pytest.fixture
def ghosts(shop: Shop) -> Shop:
    """Three transactions of two stores name an item that nobody knows; a fourth is sound."""
    shop.sells(1, item="GHOST")
    shop.sells(2, item="GHOST")
    shop.sells(1, item="GHOST", store="S2")
    shop.sells(1)
    shop.validates()
    return shop


def test_causes_are_listed_with_what_they_keep_back(ghosts: Shop, till: Till) -> None:
    answer = till.get("inbox?area=validation&code=L04")
    (row,) = answer.body["rows"]
    assert {name: row[name] for name in GHOST} == GHOST
    assert (row["documents"], row["severity"], row["currency"], row["assigned_to"], row["is_snoozed"]) == (3, "error", "USD", None, False)
    assert row["remedy"]
    assert till.get("inbox?area=posting").body["rows"] == []
    assert till.get("inbox?area=nonsense").status == 400
    documents = till.post("inbox/documents", GHOST).body["rows"]
    assert [(one["store"], one["line"]) for one in documents] == [("S1", 1), ("S1", 1), ("S2", 1)]
    assert all("GHOST" in one["message"] for one in documents)
    some = Till(stores=["S2"])
    assert [row["documents"] for row in some.get("inbox?code=L04").body["rows"]] == [1]
    assert len(some.post("inbox/documents", GHOST).body["rows"]) == 1


def test_a_cause_is_put_right_and_tried_again(ghosts: Shop, till: Till) -> None:
    refused = till.post("inbox/correct", {**GHOST, "field": "item", "value": "MILK", "reason": " "})
    assert (refused.status, refused.body["code"]) == (422, "MISSING_FIELD"), refused
    some = Till(stores=["S2"]).post("inbox/correct", {**GHOST, "field": "item", "value": "MILK", "reason": "a wrong code at the till"})
    assert some.body == {"corrected": 1, "unchanged": 0, "errors": 0, "refused": {}}, some
    ghosts.sells_item("GHOST")
    ghosts.comes_in()
    assert till.post("inbox/replay", GHOST).body == {"documents": 2, "freed": 2, "stay": 0, "job": None}
    assert not PosTransaction.objects.filter(validation_status="error").exists()
    assert till.post("inbox/replay", GHOST).body["documents"] == 0


def test_statements_that_stopped_are_posted_again(ghosts: Shop, till: Till) -> None:
    ghosts.sells(30)
    ghosts.posts()
    (row,) = till.get("inbox?area=posting").body["rows"]
    ghosts.has("B", 100)
    ghosts.comes_in()
    key = {name: row[name] for name in ("area", "company", "code", "store", "item", "batch", "customer", "unit", "day")}
    answer = till.post("inbox/replay", key)
    assert (answer.status, answer.body["documents"]) == (200, 1), answer
    finish_here([ghosts_statement()], "test")
    assert till.get(f"jobs/{answer.body['job']}").body["status"] == "done"
    assert till.get("inbox?area=posting").body["rows"] == []


def ghosts_statement() -> int:
    return Statement.objects.get(store__code="S1").pk


def test_who_sees_to_it_until_when_and_what_was_said(ghosts: Shop, till: Till) -> None:
    make_person("dora", "clerk")
    assert till.post("inbox/assign", {**GHOST, "person": "dora"}).body["assigned_to"] == "dora"
    assert till.post("inbox/note", {**GHOST, "note": "The till of lane 3 was not updated."}).body["notes"] == 1
    tomorrow = timezone.now().date().replace(year=2999).isoformat()
    assert till.post("inbox/snooze", {**GHOST, "until": tomorrow}).body["snoozed_until"] == tomorrow
    assert [row["is_snoozed"] for row in till.get("inbox?code=L04").body["rows"]] == [True]
    assert till.post("inbox/snooze", {**GHOST, "until": None}).body["snoozed_until"] is None
    assert till.post("inbox/assign", {**GHOST, "person": None}).body["assigned_to"] is None
    assert till.post("inbox/assign", {**GHOST, "person": "nobody"}).body["code"] == "BAD_VALUE"
    note = CauseHandling.objects.get().notes.get()
    assert note.actor.startswith("token:")


def test_a_note_is_kept_although_its_cause_is_put_right_meanwhile(ghosts: Shop, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def note_and_put_right(key: CauseKey, text: str, actor: str) -> None:
        note_cause(key, text, actor)
        PosTransaction.objects.update(validation_status="valid")
        ValidationProblem.objects.all().delete()

    monkeypatch.setattr("statements.api.inbox.note_cause", note_and_put_right)
    answer = till.post("inbox/note", {**GHOST, "note": "The till of lane 3 was not updated."})
    assert (answer.status, answer.body) == (200, {"assigned_to": None, "snoozed_until": None, "notes": 1})
    assert till.get("inbox?code=L04").body["rows"] == []


def test_more_speaks_of_the_causes_that_were_asked_for(ghosts: Shop, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ghosts.sells(1, item="PHANTOM")
    ghosts.validates()
    monkeypatch.setattr("statements.api.inbox.CAUSES_SHOWN", 1)
    answer = till.get("inbox?code=L04").body
    assert (len(answer["rows"]), answer["more"]) == (1, True)
    answer = till.get("inbox?code=H99").body
    assert (answer["rows"], answer["more"]) == ([], False)


@pytest.mark.parametrize(
    ("address", "body", "why"),
    [
        ("inbox/note", {**GHOST, "note": ""}, "note is blank; fill it in."),
        ("inbox/note", GHOST, "note is missing; fill it in."),
        ("inbox/replay", {**GHOST, "area": "elsewhere"}, "area 'elsewhere' is not known here; write validation, posting, orders, pending."),
        ("inbox/replay", {**GHOST, "colour": "red"}, "colour is no field of the format; take it out or correct its name."),
        ("inbox/replay", {**GHOST, "store": 7}, "store is a whole number; write a text in quotes."),
        ("inbox/snooze", {**GHOST, "until": "tomorrow"}, "until cannot be read; write it as 2024-05-31."),
    ],
)
def test_bad_bodies_are_refused_in_words_of_who_sent_them(till: Till, address: str, body: dict[str, Any], why: str) -> None:
    assert till.post(address, body).body["detail"] == f"The body is not what the call takes. {why}"


def test_bad_bodies_change_nothing(ghosts: Shop, till: Till) -> None:
    some = Till(stores=["S3"])
    before = counts()
    bodies = (
        ("inbox/note", {**GHOST, "note": ""}, "BAD_JSON"),
        ("inbox/replay", {**GHOST, "area": "elsewhere"}, "BAD_JSON"),
        ("inbox/replay", {**GHOST, "colour": "red"}, "BAD_JSON"),
        ("inbox/correct", {"area": "posting", "code": "X", "field": "item", "reason": "x"}, "BAD_VALUE"),
        ("inbox/snooze", {**GHOST, "until": "tomorrow"}, "BAD_JSON"),
        ("inbox/note", {**GHOST, "note": "a\x00b"}, "BAD_VALUE"),
        ("inbox/note", {**GHOST, "item": "ELSE", "note": "x"}, "UNKNOWN_CAUSE"),
    )
    for address, body, code in bodies:
        answer = till.post(address, body)
        assert answer.body["code"] == code, (address, answer)
    assert some.post("inbox/assign", {**GHOST, "person": None}).body["code"] == "UNKNOWN_CAUSE"
    assert counts() == before


def test_the_preview_says_what_would_end_where(ghosts: Shop, till: Till) -> None:
    ghosts.sells(30)
    ghosts.calculates()
    rows = till.get("statements/preview").body["rows"]
    assert [(row["would_end"], row["error_code"], len(row["failures"])) for row in rows] == [
        ("Customer order invoiced", "NO_VALID_BATCH", 1)
    ]
    assert rows[0]["failures"][0]["missing_quantity"] == "21"
    assert till.get(f"statements/preview?statement={rows[0]['statement']}&store=S1").body["rows"] == rows
    assert Till(stores=["S2"]).get("statements/preview").body["rows"] == []


def test_the_preview_names_the_batches_of_each_line_where_they_are_asked_for(shop: Shop, till: Till) -> None:
    sale = shop.sells(2)
    shop.calculates()
    assert [row["allocations"] for row in till.get("statements/preview").body["rows"]] == [[]]
    (row,) = till.get("statements/preview?allocations=true").body["rows"]
    shop.posts()
    taken = [(one["transaction"], one["line"], one["batch"], one["quantity"], one["reason"]) for one in row["allocations"]]
    assert taken == [(sale.number, sale.line, batch, quantity, reason) for batch, quantity, _, reason in shop.allocated(sale)]


def test_posted_journals_are_listed(shop: Shop, till: Till) -> None:
    line = {"journal": "J1", "line": 1, "kind": "adjustment", "warehouse": "W1", "item": "MILK", "batch": "A", "quantity": "-2"}
    assert till.post("journals", {**line, "date": "2024-05-01", "reason": "broken"}).status == 200
    (row,) = till.get("journals?journal=J1").body["rows"]
    assert (row["kind"], row["quantity"], row["batch"], row["to_warehouse"], row["reversed"]) == ("adjustment", "-2", "A", None, False)
    assert till.get("journals?warehouse=W2").body["rows"] == []
    assert Till(stores=["S2"]).get("journals").body["rows"] == []
