"""A counted difference over the limits is accepted once, with a note, by who has the right for it; counts are kept by coins and notes."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from statements.models import AcceptedDifference, CountedDenomination, Statement, StatementEvent
from statements.services.accept_difference import accept_difference
from tests.cases.test_counting import says, sells
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, PARTLY, WRONG_USE, run
from tests.scenarios.world import Shop

COUNT = ("count_tender", "--store", "S1", "--terminal", "T1", "--date", "2024-05-01", "--method", "cash", "--reason", "counted")


@pytest.fixture
def stopped(db: None, tmp_path: Path) -> Shop:
    """A day that sold for 100 in cash, of which 50 were counted, and stands failed."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.parameters(statements__max_difference="0")
    sells(shop, "100")
    says(shop, "tender_declaration", "50")
    assert shop.posts().status == PARTLY
    return shop


def address() -> str:
    return f"/statements/{Statement.objects.get().pk}/accept-difference/"


def test_an_accepted_difference_is_posted(stopped: Shop) -> None:
    number = Statement.objects.get().number
    assert run("accept_difference", "--statement", number, "--note", " ").status == WRONG_USE
    done = run("accept_difference", "--statement", number, "--note", "stolen, reported to the police")
    assert done.data["accepted"] == [{"unit": "S1", "method": "cash", "difference": "-50"}]
    assert run("post_statements", "--inline").status == DONE
    assert Statement.objects.get().post_state == "Posted"
    accepted = AcceptedDifference.objects.get()
    assert (accepted.actor, accepted.note) == ("command", "stolen, reported to the police")
    assert StatementEvent.objects.filter(event="accepted").count() == 1
    assert run("accept_difference", "--statement", number, "--note", "again").status == WRONG_USE


def test_another_count_is_judged_anew(stopped: Shop) -> None:
    accept_difference(Statement.objects.get().pk, "stolen", "maria")
    assert run(*COUNT, "--amount", "40").status == DONE
    assert run("post_statements", "--inline").status == PARTLY
    assert Statement.objects.get().error_code == "DIFFERENCE_TOO_LARGE"


def test_who_may_post_may_accept_and_a_clerk_may_not(client: Client, stopped: Shop) -> None:
    client.force_login(make_person("maria", "clerk"))
    assert client.get(address()).status_code == 403
    client.force_login(make_person("paul", "poster"))
    page = client.get(address())
    assert page.status_code == 200
    assert client.post(address(), {"note": ""}).status_code == 422
    assert client.post(address(), {"note": "stolen"}).status_code == 302
    assert AcceptedDifference.objects.get().actor == "paul"
    assert "stolen" in client.get(f"/statements/{Statement.objects.get().pk}/?tab=payments").content.decode()


def test_coins_and_notes_are_kept_and_come_to_the_amount(client: Client, stopped: Shop) -> None:
    assert run(*COUNT, "--denomination", "20=4", "--denomination", "0.25=2").data["counted"] == "80.5"
    assert list(CountedDenomination.objects.order_by("-value").values_list("value", "pieces")) == [(Decimal(20), 4), (Decimal("0.25"), 2)]
    rows = stopped.exports("denominations")
    assert [(row["value"], row["pieces"], row["amount"]) for row in rows] == [("0.25", "2", "0.5"), ("20", "4", "80")]
    assert run(*COUNT, "--amount", "80", "--denomination", "20=3").status == WRONG_USE
    assert run(*COUNT, "--denomination", "3=1").status == WRONG_USE
    client.force_login(make_person("maria", "clerk"))
    statement = Statement.objects.get().pk
    typed = {"terminal": "T1", "method": "cash", "amount": "", "reason": "again", "pieces_100": "1"}
    assert client.post(f"/statements/{statement}/count/", typed).status_code == 302
    assert Statement.objects.get().lines.get().counted_amount == 100
    counted = CountedDenomination.objects.get(value=100)
    assert "100" in client.get(f"/pos-transactions/{counted.transaction_id}/").content.decode()
    assert client.post(f"/statements/{statement}/count/", {**typed, "pieces_100": ""}).status_code == 422
