"""Fiscal months are closed and opened by command and page, which say what is not posted in them."""

from datetime import date

import pytest
from django.test import Client

from core.access.models import AuditEntry
from ledger.models import FiscalPeriod
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, WRONG_USE, run
from tests.statements.retail_chain import DAY, SOAP, RetailChain, line

MONTH = f"{DAY:%Y-%m}"


@pytest.fixture
def chain(db: None) -> RetailChain:
    return RetailChain()


def status() -> str:
    return FiscalPeriod.objects.get(starts_on=DAY.replace(day=1)).status


def test_a_month_is_closed_and_opened(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.posts()
    answer = run("close_period", "LE", MONTH)
    assert (answer.status, answer.data["status"], answer.data["changed"], answer.data["open"]) == (DONE, "closed", True, [])
    assert status() == "closed"
    assert AuditEntry.objects.filter(action="master_data", subject__startswith="fiscal-periods").exists()
    assert run("close_period", "LE", MONTH).data["changed"] is False

    chain.sells(1, SOAP)
    chain.posts()
    assert "PERIOD_CLOSED" in {code for *_, code in chain.states().values()}

    answer = run("close_period", "LE", MONTH, "--reopen")
    assert (answer.status, answer.data["status"]) == (DONE, "open")
    # What waited is named as long as it waits.
    assert [(row["kind"], row["state"]) for row in answer.data["open"]] == [("statement", "PERIOD_CLOSED")]
    chain.posts()
    assert {state for state, *_ in chain.states().values()} == {"Posted"}
    assert FiscalPeriod.history.filter(starts_on=DAY.replace(day=1)).count() >= 2


def test_what_is_not_posted_is_listed_and_does_not_keep_it_open(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.calculates()
    chain.sale(line(SOAP, 1), valid=False)
    chain.sells(1, SOAP, day=40)
    answer = run("close_period", "LE", MONTH)
    assert answer.status == DONE
    assert [(row["kind"], row["store"], row["day"], row["document"], row["state"], row["documents"]) for row in answer.data["open"]] == [
        ("statement", "S1", DAY.isoformat(), "S1-000001", "Calculated", 1),
        ("transactions", "S1", DAY.isoformat(), "", "error", 1),
    ]
    assert status() == "closed"


def test_a_month_that_nothing_was_posted_in_gets_its_period(chain: RetailChain) -> None:
    chain.store()
    assert run("close_period", "LE", "2020-02").data["changed"] is True
    period = FiscalPeriod.objects.get()
    assert (period.starts_on, period.ends_on, period.status) == (date(2020, 2, 1), date(2020, 2, 29), "closed")


@pytest.mark.parametrize(
    ("entity", "month", "code"),
    [("LE", "2026-13", "BAD_DATE"), ("LE", "2026-1", "BAD_DATE"), ("LE", "0001-01", "BAD_DATE"), ("XX", "2026-01", "UNKNOWN_LEGAL_ENTITY")],
)
def test_wrong_use_changes_nothing(chain: RetailChain, entity: str, month: str, code: str) -> None:
    chain.store()
    answer = run("close_period", entity, month)
    assert answer.status == WRONG_USE
    assert code in answer.errors
    assert not FiscalPeriod.objects.exists()


def test_a_period_of_other_days_is_closed_on_its_page(chain: RetailChain) -> None:
    chain.store()
    FiscalPeriod.objects.create(legal_entity=chain.entities["LE"], starts_on="2026-01-01", ends_on="2026-03-31")
    answer = run("close_period", "LE", "2026-02")
    assert answer.status == WRONG_USE
    assert "PERIOD_IS_NO_MONTH" in answer.errors
    assert FiscalPeriod.objects.get().status == "open"


def test_the_page_asks_before_it_closes_what_is_not_posted(chain: RetailChain, client: Client) -> None:
    chain.sells(1, SOAP)
    chain.posts()
    chain.sells(1, SOAP)
    client.force_login(make_person("ada", "administrator"))
    period = FiscalPeriod.objects.get(starts_on=DAY.replace(day=1))
    address = f"/setup/fiscal-periods/{period.pk}/edit/"
    page = client.get(address)
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields} | {"status": "closed"}
    fields = {form.add_prefix(name): value if value is not None else "" for name, value in values.items()}
    asked = client.post(address, fields)
    assert "1 transaction of the period is on no statement yet" in asked.content.decode()
    assert status() == "open"
