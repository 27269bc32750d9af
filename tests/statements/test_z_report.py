"""What a till printed at the end of its shift against what its transactions come to (docs/domain.md#z-report)."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from orders.models import Terminal
from statements.models import PosTransactionLine, Statement, ZReport
from tests.cases.test_counting import says, sells
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, run
from tests.retailhq.api.calling import Till
from tests.scenarios.world import Shop

ENTER = ("enter_z_report", "--store", "S1", "--terminal", "T1", "--date", "2024-05-01")


@pytest.fixture
def day(db: None, tmp_path: Path) -> Shop:
    """Two sales for 30 in cash, a drop of 10, and another till's sale for 7."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    sells(shop, "20.00")
    sells(shop, "10.00")
    says(shop, "bank_drop", "10.00")
    sells(shop, "7.00", terminal="T2")
    shop.calculates()
    return shop


def test_a_report_that_agrees(day: Shop) -> None:
    done = run(
        *ENTER, "transactions=2", "returns=0", "drawer_events=1", "total=30.00", "tender:cash=30.00", "drawer:bank_drop=-10", "tax:0=0"
    )
    assert (done.status, done.data["differences"]) == (DONE, 0), done
    figures = {row["figure"]: (row["printed"], row["computed"]) for row in done.data["figures"]}
    assert figures["transactions"] == ("2", "2")
    assert figures["net"] == (None, "30")


def test_differences_are_named(day: Shop) -> None:
    done = run(*ENTER, "transactions=3", "total=31")
    assert done.status == PARTLY
    assert {row["figure"]: row["difference"] for row in done.data["figures"] if row["difference"] != "0"} == {
        "transactions": "1",
        "total": "1",
    }
    assert run(*ENTER, "transactions=2", "total=30").status == DONE
    assert ZReport.objects.get().figures == {"transactions": "2", "total": "30"}
    assert [(row["figure"], row["printed"]) for row in day.exports("z-reports")] == [("total", "30"), ("transactions", "2")]
    assert run(*ENTER, "pieces=2").status == WRONG_USE


def test_the_page_enters_compares_and_prints(client: Client, day: Shop) -> None:
    client.force_login(make_person("maria", "clerk"))
    statement, till = Statement.objects.get().pk, Terminal.objects.get(code="T1").pk
    assert "not entered" in client.get(f"/statements/{statement}/?tab=z").content.decode()
    address = f"/statements/{statement}/z-reports/{till}/"
    assert client.post(address, {"transactions": "2", "total": "29.00"}).status_code == 302
    report = ZReport.objects.get()
    assert (report.actor, report.figures) == ("maria", {"transactions": "2", "total": "29"})
    page = client.get(address).content.decode()
    assert page.count("is-broken") == 1
    assert "1 figure differs" in client.get(f"/statements/{statement}/?tab=z").content.decode()
    assert client.get(f"{address}pdf/")["Content-Type"] == "application/pdf"
    assert "29.00" in client.get(f"{address}print/").content.decode()
    assert client.get(f"{address}?shift=9").status_code == 404
    assert client.post(address, {"total": "much"}).status_code == 422
    client.force_login(make_person("paul", "auditor"))
    assert client.get(address).status_code == 200
    assert client.post(address, {"transactions": "2"}).status_code == 403
    assert Decimal(ZReport.objects.get().figures["total"]) == 29


def test_a_rate_is_the_same_however_it_is_written(day: Shop) -> None:
    done = run(*ENTER, "tax:0.0=0", "tender: cash =30")
    assert (done.status, done.data["differences"]) == (DONE, 0), done
    assert ZReport.objects.get().figures == {"tax:0": "0", "tender:cash": "30"}
    for wrong in ("tax:much=1", "tax:=1", "tender:=1", "tender:a\x00b=1"):
        assert run(*ENTER, wrong).status == WRONG_USE, wrong


def test_over_the_api(day: Shop) -> None:
    body = {"store": "S1", "terminal": "T1", "date": "2024-05-01", "figures": {"transactions": "2", "total": "29.00"}}
    answer = Till().post("z-reports", body)
    assert (answer.status, answer.body["differences"]) == (200, 1), answer
    assert {"figure": "total", "printed": "29", "computed": "30", "difference": "-1"} in answer.body["figures"]
    report = ZReport.objects.get()
    assert (report.actor.startswith("token:"), report.figures) == (True, {"transactions": "2", "total": "29"})
    for change, code in (
        ({"figures": {"pieces": "2"}}, "BAD_VALUE"),
        ({"figures": {"tender:\x00": "2"}}, "BAD_TEXT"),
        ({"figures": {"total": "much"}}, "BAD_NUMBER"),
        ({"terminal": "T9"}, "UNKNOWN_TERMINAL"),
        ({"shift": 0}, "BAD_VALUE"),
    ):
        refused = Till().post("z-reports", {**body, **change})
        assert refused.body["code"] == code, (change, refused)
    assert Till(stores=["S2"]).post("z-reports", body).body["code"] == "STORE_NOT_ALLOWED"
    assert ZReport.objects.get().figures == {"transactions": "2", "total": "29"}


def test_over_a_file(day: Shop, tmp_path: Path) -> None:
    """A figure a row; what differs is a warning, what is not known is refused, and the same file again changes nothing."""
    head, rows = "store,terminal,shift,date,figure,printed", [
        "S1,T1,,2024-05-01,transactions,2",
        "S1,T1,,2024-05-01,total,29.00",
        "S1,T1,,2024-05-01,tax:0.0,0",
        "S1,T2,,2024-05-01,total,7.00",
        "S9,T1,,2024-05-01,total,1",
        "S1,T9,,2024-05-01,total,1",
        "S1,T1,,2024-05-01,pieces,1",
        "S1,T1,,2024-05-01,total,30.00",
    ]  # fmt: skip
    path = tmp_path / "z.csv"
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    done = run("import_data", "z-reports", str(path))
    assert (done.status, done.data["new"]) == (PARTLY, 4), done
    codes = {"BAD_VALUE": 1, "CONFLICT": 1, "UNKNOWN_STORE": 1, "UNKNOWN_TERMINAL": 1, "Z_REPORT_DIFFERS": 1}
    assert done.data["problems_by_code"] == codes
    assert [(one["row"], one["code"]) for one in done.data["warnings"]] == [(3, "Z_REPORT_DIFFERS")]
    assert done.data["warnings"][0]["message"] == "total: the till printed 29.00, its transactions come to 30.00."
    assert ZReport.objects.get(terminal__code="T1").figures == {"total": "29", "transactions": "2", "tax:0": "0"}
    path.write_text("\n".join([head, *rows[:4], ""]), encoding="utf-8")
    assert run("import_data", "z-reports", str(path)).data["unchanged"] == 4
    path.write_text("\n".join([head, rows[1].replace("29.00", "30.00"), ""]), encoding="utf-8")
    done = run("import_data", "z-reports", str(path))
    assert (done.data["updated"], done.data["warnings"]) == (1, [])
    assert ZReport.objects.get(terminal__code="T1").figures == {"total": "30", "transactions": "2", "tax:0": "0"}, "the others stay"


def test_tax_goes_by_the_rates_that_the_tills_printed(db: None, tmp_path: Path) -> None:
    """A cent of tax tells no rate by itself; what one till of the day printed tells it for all."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    sells(shop, "20.00")
    shop.comes_in()
    PosTransactionLine.objects.update(net=Decimal("0.30"), tax=Decimal("0.02"))
    figures = {row["figure"] for row in run(*ENTER, "transactions=1").data["figures"]}
    assert "tax:7" in figures
    printed = run(*ENTER, "tax:6.625=0.02")
    assert (printed.status, printed.data["differences"]) == (DONE, 0), printed
