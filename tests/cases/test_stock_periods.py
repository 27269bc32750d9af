"""A stock month is closed beside its fiscal month: no door moves goods in it, everything else is posted (docs/domain.md)."""

import pytest
from django.test import Client
from django.utils import timezone

from ledger.models import FiscalPeriod, Voucher
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, Answer, run
from tests.retailhq.api.calling import Till
from tests.scenarios.world import NOON, TODAY, milk

CODE = "STOCK_PERIOD_CLOSED"
MONTH = f"{TODAY:%Y-%m}"
COMPANY = "LE"


@pytest.fixture
def shop_of_may(shop: PricedShop) -> PricedShop:
    """Ten pieces of milk lie there, one was sold and posted on the first of May."""
    shop.sells_at_cost()
    shop.receives(10, "0.60", "A")
    shop.sells(1)
    shop.posts()
    shop.must_be_posted()
    return shop


def closes(*how: str) -> Answer:
    answer = run("close_period", COMPANY, MONTH, "--stock", *how)
    assert answer.status == DONE, answer
    return answer


def test_the_stock_of_a_month_is_closed_and_opened_by_command(shop_of_may: PricedShop) -> None:
    shop_of_may.sells(1)
    shop_of_may.calculates()
    shop_of_may.till_event("income", "3.00")
    shop_of_may.comes_in()
    answer = closes()
    assert (answer.data["stock"], answer.data["status"], answer.data["changed"]) == (True, "closed", True)
    # Income moves no goods, so nobody waits for it.
    assert [row["kind"] for row in answer.data["open"]] == ["statement"]
    period = FiscalPeriod.objects.get(starts_on=TODAY.replace(day=1))
    assert (period.status, period.stock_status) == ("open", "closed")
    assert closes().data["changed"] is False
    assert closes("--reopen").data["status"] == "open"
    period.refresh_from_db()
    assert period.stock_status == "open"


def test_what_tills_sold_waits_for_the_stock_period(shop_of_may: PricedShop) -> None:
    closes()
    shop_of_may.sells(1)
    assert shop_of_may.validates() == {"H01"}
    shop_of_may.posts()
    assert shop_of_may.shelf() == {"A": "9"}
    closes("--reopen")
    shop_of_may.posts()
    shop_of_may.must_be_posted()
    assert shop_of_may.shelf() == {"A": "8"}


def test_a_statement_that_was_calculated_before_waits_and_then_goes_on(shop_of_may: PricedShop) -> None:
    shop_of_may.sells(1)
    shop_of_may.calculates()
    closes()
    shop_of_may.posts()
    assert {row["error_code"] for row in shop_of_may.exports("statements")} == {"", CODE}
    told = run("preview_posting").data["statements"]
    assert [(row["would_end"], row["error_code"]) for row in told] == [("Checked", CODE)]
    shop_of_may.journal.not_followed("what comes late is posted today")
    shop_of_may.parameters(statements__late_documents="current")
    shop_of_may.posts()
    shop_of_may.must_be_posted()
    assert shop_of_may.shelf() == {"A": "8"}
    today = timezone.now().date().isoformat()
    assert today in {row["date"] for row in shop_of_may.exports("inventory-transactions")}


def test_what_moves_no_goods_is_posted_on_its_day(shop_of_may: PricedShop) -> None:
    closes()
    shop_of_may.till_event("income", "3.00")
    assert shop_of_may.validates() == set()
    shop_of_may.posts()
    shop_of_may.must_be_posted()
    assert set(Voucher.objects.filter(number__startswith="S1-").values_list("date", flat=True)) == {TODAY}


def test_receipts_and_journals_are_refused(shop_of_may: PricedShop) -> None:
    closes()
    head = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition"
    shop_of_may.must_refuse("receipts", f"{head}\nR9,1,W1,MILK,B,5,0.60,{NOON.isoformat()},,,\n", CODE)
    for kind in ("adjustment", "count", "write_off"):
        answer = shop_of_may.keeps_journal(kind, "-1" if kind == "write_off" else "5", "A", at=NOON)
        assert answer.status == PARTLY, answer
    assert shop_of_may.shelf() == {"A": "9"}


def test_reversals_ask_for_a_date(shop_of_may: PricedShop) -> None:
    closes()
    (number,) = [row["statement"] for row in shop_of_may.exports("statements")]
    refused = run("reverse", "--statement", number, "--reason", "wrong day")
    assert CODE in refused.errors + str(refused.data), refused
    shop_of_may.journal.not_followed("reversed")
    taken = run("reverse", "--statement", number, "--reason", "wrong day", "--date", timezone.now().date().isoformat())
    assert taken.status == DONE, taken
    assert shop_of_may.shelf() == {"A": "10"}


def test_deliveries_and_settlements_of_today_are_refused(shop_of_may: PricedShop) -> None:
    shop_of_may.falls_back()
    shop_of_may.sells(20)
    shop_of_may.posts()
    shop_of_may.receives(30, "0.60", "C", at=timezone.now())
    shop_of_may.comes_in()
    FiscalPeriod.objects.filter(starts_on=timezone.now().date().replace(day=1)).update(stock_status="closed")
    answer = run("settle_batch_debt", "--reason", "month end")
    assert CODE in answer.errors + str(answer.data), answer
    shop_of_may.is_ordered(milk(1))
    assert CODE in str(shop_of_may.invoices().data)


def test_earlier_months_are_closed_for_goods_with_a_later_one(shop: PricedShop) -> None:
    """As for fiscal periods: nothing opens by itself before what somebody closed."""
    shop.sells_at_cost()
    shop.comes_in()
    closes()
    head = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition"
    shop.must_refuse("receipts", f"{head}\nR9,1,W1,MILK,B,5,0.60,{NOON.replace(month=4).isoformat()},,,\n", CODE)
    assert set(FiscalPeriod.objects.values_list("status", "stock_status")) == {("open", "closed")}


def test_the_page_closes_it_and_says_what_waits(shop_of_may: PricedShop, client: Client) -> None:
    shop_of_may.sells(1)
    shop_of_may.calculates()
    client.force_login(make_person("ada", "administrator"))
    period = FiscalPeriod.objects.get(starts_on=TODAY.replace(day=1))
    address = f"/setup/fiscal-periods/{period.pk}/edit/"
    form = client.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields} | {"stock_status": "closed"}
    asked = client.post(address, {form.add_prefix(name): value if value is not None else "" for name, value in values.items()})
    assert "1 statement of the period is not posted" in asked.content.decode()


def test_the_api_closes_it(shop_of_may: PricedShop) -> None:
    till = Till()
    answer = till.post(f"fiscal-periods/{COMPANY}/{MONTH}", {"status": "closed", "stock": True})
    assert (answer.status, answer.body["changed"], answer.body["open"]) == (200, True, []), answer
    rows = till.get(f"fiscal-periods?legal_entity={COMPANY}").body["rows"]
    assert [(row["status"], row["stock_status"]) for row in rows if row["starts_on"] == f"{MONTH}-01"] == [("open", "closed")]
    assert till.post(f"fiscal-periods/{COMPANY}/2024-13", {"status": "closed"}).body["code"] == "BAD_DATE"
    assert till.post(f"fiscal-periods/{COMPANY}/{MONTH}", {"status": "shut"}).body["code"] == "BAD_JSON"
    assert till.post(f"fiscal-periods/XX/{MONTH}", {"status": "closed"}).body["code"] == "UNKNOWN_LEGAL_ENTITY"
    some = Till(stores=["S1"])
    assert some.post(f"fiscal-periods/{COMPANY}/{MONTH}", {"status": "open"}).body["code"] == "UNKNOWN_LEGAL_ENTITY"
    assert some.get("fiscal-periods").body["rows"] == []


def test_wrong_use(shop: PricedShop) -> None:
    assert run("close_period", "XX", MONTH, "--stock").status == WRONG_USE
