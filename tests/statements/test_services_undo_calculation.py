"""Clear, recalculate, revalidate and hold: what they leave behind, when they are refused, and that a posting cannot overlap with them."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.access.models import AuditEntry
from core.lib.problems import BusinessError
from ledger.models import FiscalPeriod
from parameters.models import DisabledRule
from statements.models import PosTransaction, Statement, StatementEvent
from statements.services.undo_calculation import clear_statement, hold_failing, recalculate_statement, revalidate_statement
from tests.core.access.people import make_person
from tests.statements.retail_chain import CREATED, INVOICED, SOAP, RetailChain, line, must_be_sound

CHANGES = (clear_statement, recalculate_statement, revalidate_statement)


def only() -> Statement:
    return Statement.objects.get()


def test_what_is_cleared_waits_and_is_calculated_onto_the_same_statement(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.event("tender_declaration", "99.00")
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "DIFFERENCE_TOO_LARGE")]

    assert clear_statement(only().pk, "maria") == 2

    cleared = only()
    assert (cleared.calc_state, cleared.failed_state, cleared.error_code) == ("Started", "", "")
    assert (cleared.transaction_count, cleared.line_count, cleared.total) == (0, 0, Decimal(0))
    assert not cleared.lines.exists()
    assert PosTransaction.objects.filter(statement=None).count() == 2
    must_be_sound()
    chain.set(statements_disable_counting=True)
    chain.posts()
    assert chain.states() == {"S1-000001": ("Posted", "", "")}
    assert StatementEvent.objects.filter(event="clear", actor="maria").exists()
    assert AuditEntry.objects.filter(action="clear", subject="S1-000001").exists()


def test_a_day_whose_period_is_closed_can_be_cleared(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.calculates()
    FiscalPeriod.objects.create(legal_entity=chain.entities["LE"], starts_on="2024-01-01", ends_on="2024-12-31", status="closed")
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "PERIOD_CLOSED")]
    assert clear_statement(only().pk, "maria") == 1


def test_recalculating_follows_the_transactions(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.event("tender_declaration", "99.00")
    chain.posts()
    PosTransaction.objects.filter(kind="tender_declaration").update(statement=None, counted_on=None, validation_status="error")

    recalculate_statement(only().pk, "maria")

    again = only()
    assert (again.calc_state, again.failed_state, again.transaction_count) == ("Calculated", "", 1)
    assert [row.difference for row in again.lines.all()] == [Decimal(0)]
    must_be_sound()


def test_revalidating_sends_away_what_breaks_a_rule(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.sale(line(SOAP, 1), paid="1.00")
    assert [row.transaction_count for row in chain.calculates()] == [2]

    outcome = revalidate_statement(only().pk, "maria")

    assert (outcome.stayed, outcome.left) == (1, 1)
    assert (only().transaction_count, only().calc_state) == (1, "Calculated")
    gone = PosTransaction.objects.get(statement=None)
    assert gone.validation_status == "error"
    assert set(gone.problems.values_list("code", flat=True)) == {"H14"}
    must_be_sound()
    DisabledRule.objects.create(legal_entity=chain.entities["LE"], code="H14")
    assert revalidate_statement(only().pk, "maria").left == 0


def test_a_statement_that_loses_everything_is_empty_and_not_calculated(chain: RetailChain) -> None:
    chain.sale(line(SOAP, 1), paid="1.00")
    chain.calculates()

    assert revalidate_statement(only().pk, "maria").stayed == 0

    assert (only().calc_state, only().transaction_count, only().total) == ("Started", 0, Decimal(0))
    must_be_sound()


def test_what_fails_is_held_and_the_rest_posts(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(1, SOAP)
    chain.sells(3)
    chain.posts()
    stopped = only()
    assert (stopped.post_state, stopped.failed_state) == (CREATED, INVOICED)

    assert hold_failing(stopped.pk, "maria") == 1

    assert "moved to a supplement" in str(Statement.objects.get(pk=stopped.pk).error_text)
    chain.posts()
    assert chain.states()["S1-000001"] == ("Posted", "", "")
    assert chain.states()["S1-000002"][2] == "NO_VALID_BATCH"
    assert AuditEntry.objects.filter(action="hold", subject="S1-000001").exists()
    must_be_sound()


def test_holding_everything_is_refused_and_changes_nothing(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(3)
    chain.posts()
    before = chain.states()

    with pytest.raises(BusinessError) as refused:
        hold_failing(only().pk, "maria")

    assert refused.value.problems[0].code == "NOTHING_TO_HOLD"
    assert chain.states() == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_statement_with_orders_is_left_alone(chain: RetailChain, change: Callable[[int, str], object]) -> None:
    chain.fallback(False)
    chain.sells(3)
    chain.posts()
    before = chain.states()

    with pytest.raises(BusinessError) as refused:
        change(only().pk, "maria")

    assert refused.value.problems[0].code == "STATEMENT_MOVED_ON"
    assert chain.states() == before
    assert only().lines.exists()


@pytest.mark.parametrize("change", [*CHANGES, hold_failing])
@pytest.mark.parametrize("state", ["queued", "posted", "unknown"])
def test_what_somebody_works_on_or_posted_is_left_alone(chain: RetailChain, change: Callable[[int, str], object], state: str) -> None:
    chain.sells(3)
    chain.calculates()
    if state == "posted":
        chain.posts()
    else:
        Statement.objects.update(work_state="queued")

    with pytest.raises(BusinessError) as refused:
        change(only().pk if state != "unknown" else 0, "maria")

    assert refused.value.problems[0].code == "STATEMENT_MOVED_ON"
    assert only().lines.exists()
    assert not PosTransaction.objects.filter(statement=None).exists()


@pytest.fixture
def maria(client: Client) -> User:
    person = make_person("maria", "administrator")
    client.force_login(person)
    return person


def test_the_page_offers_what_is_possible_and_says_why_not(chain: RetailChain, client: Client, maria: User) -> None:
    chain.fallback(False)
    chain.sells(1, SOAP)
    chain.sells(3)
    chain.calculates()
    address = f"/statements/{only().pk}/"

    def refusals() -> dict[str, str]:
        return {verb.page: str(button.refusal) for verb, button in client.get(address).context["verbs"]}

    assert {page for page, refusal in refusals().items() if not refusal} == {"clear", "recalculate", "revalidate"}
    chain.posts()
    assert {page for page, refusal in refusals().items() if not refusal} == {"hold", "discard_orders"}
    assert "sales orders already" in refusals()["clear"]
    answer = client.post(f"{address}hold/", follow=True)
    assert "1 transaction was moved to a supplement" in answer.content.decode()
    refused = client.post(f"{address}clear/", follow=True)
    assert "nothing was changed" in refused.content.decode()


@pytest.mark.parametrize(("page", "words"), [("clear", "1 transaction is free again"), ("recalculate", "anew"), ("revalidate", "valid: 1")])
def test_buttons_do_what_they_say(chain: RetailChain, client: Client, maria: User, page: str, words: str) -> None:
    chain.sells(1, SOAP)
    chain.calculates()

    assert words in client.post(f"/statements/{only().pk}/{page}/", follow=True).content.decode()
    assert client.get(f"/statements/{only().pk}/{page}/").status_code == 405


def test_each_verb_needs_its_right(chain: RetailChain, client: Client) -> None:
    chain.sells(1, SOAP)
    chain.calculates()
    client.force_login(make_person("cleo", "clerk"))
    answers = {page: client.post(f"/statements/{only().pk}/{page}/").status_code for page in ("clear", "hold", "recalculate", "revalidate")}
    assert answers == {"clear": 403, "hold": 403, "recalculate": 302, "revalidate": 302}
    client.force_login(make_person("odd", "poster", stores=[]))
    assert client.post(f"/statements/{only().pk}/clear/").status_code == 404, "a store that the person does not see"


def test_the_preview_page_says_what_posting_would_do(chain: RetailChain, client: Client, maria: User) -> None:
    chain.fallback(False)
    chain.sells(1, SOAP)
    chain.sells(3)
    chain.calculates()
    address = f"/statements/{only().pk}/preview/"

    page = client.get(address).content.decode()

    assert "NO_VALID_BATCH" in page
    assert "3 pcs missing" in page
    assert chain.states() == {"S1-000001": ("", "", "")}
    chain.fallback(True)
    chain.posts()
    assert "The statement is posted" in client.get(address).content.decode()
