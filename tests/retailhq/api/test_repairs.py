"""Repairs by command and over HTTP are those of the pages: calculate, clear, recalculate, revalidate, hold, correct (docs/api.md)."""

from pathlib import Path

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.jobs.models import Job
from core.jobs.services import run_job
from orders.models import Store
from statements.models import PosTransaction, Statement
from statements.services import background
from statements.views import bulk_corrections
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, run
from tests.retailhq.api.calling import Till
from tests.scenarios.world import TODAY, Shop


@pytest.fixture
def day(db: None, tmp_path: Path) -> Shop:
    """A day with a bag, and milk of which there is none."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.sells_item("MILK")
    shop.parameters(posting__aggregate_lines="false")
    shop.sells(1, item="BAG")
    shop.sells(1)
    shop.comes_in()
    return shop


def test_statements_are_calculated_and_repaired_over_http(day: Shop) -> None:
    till = Till()
    done = till.post("statements/calculate", {"store": "S1"})
    assert (done.status, done.body["statements"], done.body["transactions"]) == (200, 1, 2), done
    assert till.post("statements/calculate", {"store": "S1", "through": TODAY.isoformat()}).body["statements"] == 0
    (number,) = done.body["numbers"]
    address = f"statements/{number}/repair"
    assert till.post(address, {"action": "recalculate"}).body == {**dict.fromkeys(("freed", "stayed", "left", "held")), "statement": number}
    assert till.post(address, {"action": "revalidate"}).body["stayed"] == 2
    assert till.post(address, {"action": "hold"}).body["code"] == "STATEMENT_MOVED_ON"
    run("post_statements", "--inline")
    assert till.post(address, {"action": "clear"}).body["code"] == "STATEMENT_MOVED_ON"
    assert till.post(address, {"action": "hold"}).body["held"] == 1
    assert till.post(address, {"action": "burn"}).body["code"] == "BAD_JSON"
    assert Till(stores=["S2"]).post(address, {"action": "clear"}).status == 404
    assert Till(stores=["S2"]).post("statements/calculate", {"store": "S1"}).body["code"] == "STORE_NOT_ALLOWED"
    assert till.post("statements/calculate", {"store": "S9"}).body["code"] == "UNKNOWN_STORE"


def test_statements_are_repaired_by_command(day: Shop) -> None:
    day.calculates()
    number = Statement.objects.get().number
    for action in ("recalculate", "revalidate", "clear"):
        assert run("repair_statement", action, "--statement", number).status == DONE
    assert Statement.objects.get().calc_state == "Started"
    day.calculates()
    refused = run("repair_statement", "hold", "--statement", number)
    assert (refused.status, refused.data["problems"][0]["code"]) == (PARTLY, "STATEMENT_MOVED_ON")
    assert run("repair_statement", "hold", "--statement", "S1-999999").status == WRONG_USE
    run("post_statements", "--inline")
    assert run("repair_statement", "hold", "--statement", number).data["statements"] == [{"statement": number, "held": 1}]
    run("post_statements", "--inline")
    assert Statement.objects.get(number=number).post_state == "Posted"
    day.must_be_sound()


def test_transactions_are_corrected_over_http(day: Shop) -> None:
    till = Till()
    row = {"store": "S1", "terminal": "T1", "transaction": "2", "line": 1, "field": "item", "value": "BAG", "reason": "The wrong key"}
    of_document = {**row, "field": "discarded", "value": "true"}
    del of_document["line"]
    rows = [row, {**of_document, "transaction": "1"}, {**row, "transaction": "99"}, {**row, "field": "colour"}, {"store": "S1"}]
    done = till.post("transactions/correct", rows)
    assert done.status == 200, done
    codes = {one["row"]: one["errors"][0]["code"] for one in done.body["refused"]}
    assert codes == {1: "CORRECTION_INCOMPLETE", 3: "UNKNOWN_TRANSACTION", 4: "BAD_VALUE", 5: "BAD_JSON"}
    assert done.body["corrected"] == 1
    assert PosTransaction.objects.get(number="1").validation_status == "discarded"
    assert till.post("transactions/correct", row).body["corrected"] == 1
    assert till.post("transactions/correct", row).body["unchanged"] == 1
    assert PosTransaction.objects.get(number="2").lines.get().item_code == "BAG"
    assert till.post("transactions/correct", {**row, "reason": ""}).status == 422
    assert Till(stores=["S2"]).post("transactions/correct", row).body["code"] == "STORE_NOT_ALLOWED"
    day.calculates()
    day.must_be_sound()


def test_picked_transactions_are_moved_to_another_day_at_once(day: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    day.calculates()
    ids = sorted(PosTransaction.objects.filter(kind="sale").values_list("pk", flat=True))
    client.force_login(make_person("anna", "auditor"))
    assert client.post("/pos-transactions/correct/", {"picked": ids}).status_code == 403
    client.force_login(make_person("maria", "clerk"))
    page = client.get("/pos-transactions/").content.decode()
    assert 'formaction="/pos-transactions/correct/"' in page
    assert client.post("/pos-transactions/correct/", {}).status_code == 302
    asked = client.post("/pos-transactions/correct/", {"picked": ids}).content.decode()
    assert "2 transactions get the same correction." in asked
    move = {"picked": ids, "do": "correct", "field": "business_date", "value": "2024-04-30", "reason": "The clock was wrong"}
    assert client.post("/pos-transactions/correct/", {**move, "reason": ""}).status_code == 422
    assert client.post("/pos-transactions/correct/", {**move, "value": "yesterday"}).status_code == 422
    answer = client.post("/pos-transactions/correct/", move, follow=True)
    assert "2 transactions are corrected; 0 still have an error." in answer.content.decode()
    assert {str(one.business_date) for one in PosTransaction.objects.all()} == {"2024-04-30"}
    assert not Statement.objects.exists(), "an empty shell never stays"
    assert AuditEntry.objects.filter(action="correct", actor="maria").count() == 1

    # All that match the filter: the number is confirmed; what is more than a request takes is a job.
    everything = {**move, "all": "1", "query": "view=none", "value": "2024-05-01"}
    del everything["picked"]
    assert "By now other rows match" in client.post("/pos-transactions/correct/", {**everything, "confirmed": "3"}).content.decode()
    monkeypatch.setattr(bulk_corrections, "CORRECTED_AT_ONCE", 1)
    monkeypatch.setattr(background, "CORRECTED_AT_ONCE", 1)
    answer = client.post("/pos-transactions/correct/", {**everything, "confirmed": "2"})
    job = Job.objects.latest("pk")
    assert answer["Location"] == f"/jobs/{job.pk}/"
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result["corrected"]) == ("done", 2)
    assert {str(one.business_date) for one in PosTransaction.objects.all()} == {"2024-05-01"}


def test_what_is_posted_is_refused_and_other_stores_are_left_out(day: Shop, client: Client) -> None:
    day.has("A", 5)
    day.posts()
    ids = sorted(PosTransaction.objects.filter(kind="sale").values_list("pk", flat=True))
    move = {"picked": ids, "do": "correct", "field": "business_date", "value": "2024-04-30", "reason": "The clock was wrong"}
    client.force_login(make_person("maria", "clerk"))
    answer = client.post("/pos-transactions/correct/", move)
    assert answer.status_code == 422
    assert "is on the posted statement" in answer.content.decode() or "posted" in answer.content.decode()
    theo = make_person("theo", "clerk", stores=Store.objects.none())
    client.force_login(theo)
    assert client.post("/pos-transactions/correct/", move).status_code == 302
    assert {str(one.business_date) for one in PosTransaction.objects.all()} == {TODAY.isoformat()}


def test_a_journal_is_reversed_over_http(day: Shop, tmp_path: Path) -> None:
    path = tmp_path / "journals.csv"
    head = "journal,line,kind,warehouse,to_warehouse,item,batch,quantity,date,receipt,reason\n"
    path.write_text(f"{head}J1,1,adjustment,W1,,BAG,,5,{TODAY.isoformat()},,found\n", encoding="utf-8")
    assert run("import_data", "journals", str(path)).status == DONE
    body = {"journal": "J1", "reason": "Counted wrong"}
    assert Till(stores=["S2"]).post("journals/reverse", body).body["code"] == "NOT_POSTED"
    assert Till().post("journals/reverse", {**body, "journal": "J9"}).body["code"] == "NOT_POSTED"
    done = Till(stores=["S1"]).post("journals/reverse", {**body, "legal_entity": "LE"})
    assert (done.status, done.body["document"]) == (200, "J1"), done
    assert Till().post("journals/reverse", body).body["code"] == "REVERSED_ALREADY"
    assert day.shelf(item="BAG") == {}
    day.must_be_sound()
