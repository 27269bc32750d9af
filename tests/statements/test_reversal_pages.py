"""Reversals on the pages, by the API and as a job: what would be booked is shown, a reason is needed, and both sides lead to each other."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from core.access.models import AuditEntry
from core.jobs.models import Job
from core.jobs.services import run_job
from ledger.models import FiscalPeriod, Reversal, Voucher
from statements.models import PosTransaction, Statement
from statements.services.background import request_reversal
from tests.cases.test_replacing import sends, ticket
from tests.cases.test_reversing import standing
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.retailhq.api.calling import Till
from tests.scenarios.world import TODAY
from tests.statements.test_correction_page import filled


@pytest.fixture
def shop(db: None, tmp_path: Path) -> PricedShop:
    """Ten MILK, of which two tickets were posted."""
    shop = PricedShop(tmp_path)
    shop.sells_at_cost()
    shop.falls_back()
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    return shop


@pytest.fixture
def posted(shop: PricedShop) -> PricedShop:
    sends(shop, ticket(3), ticket(9, "1002"), how=())
    shop.posts()
    return shop


@pytest.fixture
def poster(client: Client, shop: PricedShop) -> Client:
    client.force_login(make_person("paul", "poster"))
    return client


def sale(number: str = "1001") -> PosTransaction:
    return PosTransaction.objects.get(number=number, reversal=None)


def test_a_statement_is_reversed_with_a_reason(poster: Client, shop: PricedShop) -> None:
    before = standing(shop)
    sends(shop, ticket(3), ticket(9, "1002"), how=())
    shop.posts()
    statement = Statement.objects.get()
    address = f"/statements/{statement.pk}/reverse/"
    assert f'href="{address}"' in poster.get(f"/statements/{statement.pk}/").content.decode()
    page = poster.get(address)
    would = page.context["would"]
    assert (would.transactions, would.movements, would.closed) == (2, 3, False)
    booked = {row.number: (row.debit, row.credit) for row in would.accounts}
    assert booked["1010"] == (0, Decimal("19.08"))
    assert poster.post(address, {"reason": " "}).status_code == 422
    assert not Reversal.objects.exists()
    assert poster.post(address, {"reason": "Posted with the wrong date"}).status_code == 302
    assert standing(shop) == before
    shown = poster.get(f"/statements/{statement.pk}/").content.decode()
    assert "Posted with the wrong date" in shown
    assert "paul" in shown
    assert AuditEntry.objects.filter(action="reverse", subject=statement.number, actor="paul").exists()
    assert poster.get(address).status_code == 302
    voucher = Voucher.objects.get(number=f"{statement.number}-PAY")
    back = Voucher.objects.get(number=f"{statement.number}-PAY-R")
    assert f"/ledger/vouchers/{back.pk}/" in poster.get(f"/ledger/vouchers/{voucher.pk}/").content.decode()
    assert f"/ledger/vouchers/{voucher.pk}/" in poster.get(f"/ledger/vouchers/{back.pk}/").content.decode()


def test_a_transaction_is_reversed_and_both_lead_to_each_other(poster: Client, posted: PricedShop) -> None:
    old = sale()
    address = f"/pos-transactions/{old.pk}/reverse/"
    assert f'href="{address}"' in poster.get(f"/pos-transactions/{old.pk}/").content.decode()
    assert poster.get(address).context["would"].transactions == 1
    answer = poster.post(address, {"reason": "Rung up twice"})
    anew = sale()
    assert answer["Location"] == f"/pos-transactions/{anew.pk}/"
    page = poster.get(answer["Location"]).content.decode()
    assert f"/pos-transactions/{old.pk}/" in page
    assert "Rung up twice" in page
    page = poster.get(f"/pos-transactions/{old.pk}/").content.decode()
    assert f"/pos-transactions/{anew.pk}/" in page
    assert poster.get(address).status_code == 302
    posted.must_be_sound()


def test_reverse_and_correct_is_one_step_on_the_page_of_corrections(client: Client, posted: PricedShop) -> None:
    user = make_person("rita", "poster")
    user.groups.add(*make_person("carl", "clerk").groups.all())
    client.force_login(user)
    old = sale()
    page = client.get(f"/pos-transactions/{old.pk}/correct/").content.decode()
    assert "Reverse and correct" in page
    typed = {"line__1__quantity": "2", "line__1__net": "3.00", "line__1__tax": "0.18", "payment__1__amount": "3.18"}
    answer = client.post(f"/pos-transactions/{old.pk}/correct/", filled(client, reason="Two, not three", **typed))
    assert answer.status_code == 302, answer.content.decode()
    anew = sale()
    assert (anew.pk != old.pk, anew.total, anew.statement) == (True, Decimal("3.18"), None)
    posted.posts()
    assert posted.shelf() == {"A": "1", "DEF": "-2"}
    posted.must_be_sound()


def test_who_may_not_reverse_is_told_what_to_do(client: Client, posted: PricedShop) -> None:
    client.force_login(make_person("carl", "clerk"))
    old = sale()
    assert client.get(f"/pos-transactions/{old.pk}/correct/").status_code == 302
    assert client.get(f"/pos-transactions/{old.pk}/reverse/").status_code == 403
    assert client.post(f"/statements/{old.statement_id}/reverse/", {"reason": "No right"}).status_code == 403


def test_in_a_closed_period_the_page_asks_for_today(poster: Client, posted: PricedShop) -> None:
    FiscalPeriod.objects.filter(starts_on__lte=TODAY).update(status="closed")
    address = f"/statements/{Statement.objects.get().pk}/reverse/"
    page = poster.get(address)
    today = timezone.now().date()
    assert page.context["form"].initial["date"] == today
    refused = poster.post(address, {"reason": "Wrong date", "date": ""})
    assert (refused.status_code, "PERIOD_CLOSED" in refused.content.decode()) == (422, True)
    assert poster.post(address, {"reason": "Wrong date", "date": today.isoformat()}).status_code == 302
    assert set(Voucher.objects.filter(source_kind=10).values_list("date", flat=True)) == {today}


def test_what_is_not_posted_cannot_be_reversed_on_the_page(poster: Client, shop: PricedShop) -> None:
    sends(shop, ticket(3), how=())
    assert poster.get(f"/pos-transactions/{sale().pk}/reverse/").status_code == 302
    shop.calculates()
    assert poster.get(f"/pos-transactions/{sale().pk}/reverse/").status_code == 302
    assert poster.get(f"/statements/{Statement.objects.get().pk}/reverse/").status_code == 302
    assert poster.get("/pos-transactions/999999/reverse/").status_code == 404


def test_a_job_reverses_each_once(posted: PricedShop) -> None:
    user = make_person("paul", "poster")
    statement = Statement.objects.get()
    job = request_reversal([statement.pk], "A whole day", None, user)
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result["reversed"], job.result["transactions"]) == (Job.Status.DONE, 1, 2)
    again = request_reversal([statement.pk], "A whole day", None, user)
    run_job(again.pk)
    again.refresh_from_db()
    assert (again.status, again.result["reversed"]) == (Job.Status.DONE, 0)
    assert Reversal.objects.count() == 1


def test_a_job_says_what_was_refused(posted: PricedShop) -> None:
    FiscalPeriod.objects.filter(starts_on__lte=TODAY).update(status="closed")
    job = request_reversal([Statement.objects.get().pk], "A whole day", None, make_person("paul", "poster"))
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, [row["code"] for row in job.result["problems"]]) == (Job.Status.FAILED, ["PERIOD_CLOSED"])


def test_the_api_reverses_statements_and_transactions(posted: PricedShop) -> None:
    till, other = Till(), Till(stores=["S2"])
    number = Statement.objects.get().number
    asked = {"store": "S1", "terminal": "T1", "number": "1001", "reason": "Rung up twice"}
    assert other.post("transactions/reverse", asked).body["code"] == "STORE_NOT_ALLOWED"
    assert other.post(f"statements/{number}/reverse", {"reason": "No"}).status == 404
    assert till.post("transactions/reverse", {**asked, "reason": ""}).body["code"] == "MISSING_FIELD"
    assert till.post("transactions/reverse", {**asked, "date": "1.5.2024"}).body["code"] == "BAD_DATE"
    answer = till.post("transactions/reverse", asked)
    assert (answer.status, answer.body["document"], answer.body["transactions"]) == (200, "S1/T1/1001", 1)
    assert till.post("transactions/reverse", asked).body["code"] == "REVERSED_ALREADY"
    answer = till.post(f"statements/{number}/reverse", {"reason": "A whole day"})
    assert (answer.status, answer.body["transactions"]) == (200, 1)
    assert [row["post_state"] for row in till.get("statements").body["rows"]] == ["Reversed"]
    assert till.post(f"statements/{number}/reverse", {"reason": "Again"}).body["code"] == "REVERSED_ALREADY"
    posted.must_be_sound()


def test_the_lists_say_what_is_reversed(poster: Client, posted: PricedShop) -> None:
    poster.post(f"/statements/{Statement.objects.get().pk}/reverse/", {"reason": "A whole day"})
    assert "Reversed" in poster.get("/statements/").content.decode()
