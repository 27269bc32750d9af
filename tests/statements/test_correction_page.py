"""The page that corrects one transaction: what is typed is done, or refused and kept; somebody else's change is not written over."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.access.models import AuditEntry
from statements.models import PosTransaction, TransactionVersion
from tests.cases.test_replacing import sends, ticket, wrong
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.building import line, pos_transaction
from tests.scenarios.world import NOON


@pytest.fixture
def shop(db: None, tmp_path: Path) -> PricedShop:
    shop = PricedShop(tmp_path)
    shop.sells_at_cost()
    shop.falls_back()
    shop.receives(10, "0.60", "A")
    shop.comes_in()
    return shop


@pytest.fixture
def clerk(client: Client, shop: PricedShop) -> Client:
    client.force_login(make_person("maria", "clerk"))
    return client


def address(number: str = "1001") -> str:
    return f"/pos-transactions/{PosTransaction.objects.get(number=number).pk}/correct/"


def filled(client: Client, number: str = "1001", **typed: str) -> dict[str, str]:
    """What the browser sends when a person opens the form and types; names with __ for -."""
    form = client.get(address(number)).context["form"]
    data: dict[str, str] = {"version": str(TransactionVersion.objects.filter(transaction__number=number).count()), "reason": ""}
    for name, field in form.fields.items():
        if name != "reason":
            shown = form[name]
            value = (
                field.widget.format_value(field.prepare_value(field.initial)) if name.find("voided") < 0 and "discarded" not in name else ""
            )
            data[name] = value if value is not None else ""
            data[shown.html_initial_name] = str(field.initial) if value == "" and isinstance(field.initial, bool) else data[name]
    return data | {name.replace("__", "-"): value for name, value in typed.items()}


def test_what_is_typed_is_corrected_and_kept_in_the_history(clerk: Client, shop: PricedShop) -> None:
    sends(shop, wrong(ticket()), how=())
    answer = clerk.post(address(), filled(clerk, payment__1__amount="3.18", reason="Typing error at the till"))
    assert answer.status_code == 302, answer.content.decode()
    page = clerk.get(answer["Location"]).content.decode()
    assert "Typing error at the till" in page
    assert "maria" in page
    assert (PosTransaction.objects.get().validation_status, PosTransaction.objects.get().total) == ("valid", Decimal("3.18"))
    assert AuditEntry.objects.filter(action="correct", actor="maria").count() == 1
    shop.posts()
    shop.must_be_posted()
    assert clerk.get(address()).status_code == 302, "what is posted is not corrected"


def test_nothing_typed_is_lost_when_it_is_refused(clerk: Client, shop: PricedShop) -> None:
    sends(shop, ticket())
    for typed in ({"line__1__quantity": "many", "doc__staff": "77"}, {"doc__staff": "77"}, {"line__1__item": "", "doc__staff": "77"}):
        answer = clerk.post(address(), filled(clerk, **typed))
        assert answer.status_code == 422
        assert 'value="77"' in answer.content.decode()
    assert not TransactionVersion.objects.exists()


def test_nothing_changed_is_no_version(clerk: Client, shop: PricedShop) -> None:
    sends(shop, ticket())
    assert clerk.post(address(), filled(clerk, reason="none")).status_code == 302
    assert not TransactionVersion.objects.exists()


def test_a_change_of_somebody_else_stays(clerk: Client, shop: PricedShop) -> None:
    sends(shop, pos_transaction("S1", "1001", NOON, line("MILK", 2)))
    mine = filled(clerk, doc__staff="77", reason="mine")
    clerk.post(address(), filled(clerk, doc__customer="C1", reason="theirs"))
    answer = clerk.post(address(), mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "CHANGED_MEANWHILE" in page
    assert 'value="77"' in page
    form = answer.context["form"]
    again = {name: form.data[name] for name in form.data} | {"version": str(answer.context["version"])}
    assert clerk.post(address(), again).status_code == 302
    kept = PosTransaction.objects.get()
    assert (kept.customer_code, kept.staff.code if kept.staff else "") == ("C1", "77")


def test_discarding_and_voiding(clerk: Client, shop: PricedShop) -> None:
    sends(shop, ticket())
    clerk.post(address(), filled(clerk, doc__discarded="on", reason="rung up twice"))
    assert PosTransaction.objects.get().validation_status == "discarded"
    assert "Discarded" in clerk.get(address().replace("correct/", "")).content.decode()


def test_who_has_no_right_is_told_so(client: Client, shop: PricedShop) -> None:
    sends(shop, ticket())
    client.force_login(make_person("otto", "auditor"))
    assert client.get(address()).status_code == 403
    assert "You have no right to correct transactions." in client.get(address().replace("correct/", "")).content.decode()
    assert User.objects.count() == 1


def test_a_problem_leads_to_the_page_for_those_who_may_correct(clerk: Client, shop: PricedShop) -> None:
    sends(shop, wrong(ticket()), how=())
    assert f'href="{address()}"' in clerk.get("/validation-problems/").content.decode()
    clerk.force_login(make_person("paul", "auditor"))
    page = clerk.get("/validation-problems/").content.decode()
    assert f'href="{address()}"' not in page
    assert address().removesuffix("correct/") in page
