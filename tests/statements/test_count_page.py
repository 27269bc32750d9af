"""The page that enters a count: what is typed is counted, what is refused stays typed, and only who may count sees it."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from core.access.models import AuditEntry
from orders.models import Store
from statements.models import PosTransaction, Statement, TransactionVersion
from tests.cases.test_counting import says, sells
from tests.core.access.people import make_person
from tests.scenarios.world import Shop


@pytest.fixture
def calculated(db: None, tmp_path: Path) -> Shop:
    """A day that sold for 100 in cash, of which 50 were declared."""
    shop = Shop(tmp_path)
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.parameters(statements__max_difference="0")
    sells(shop, "100")
    says(shop, "tender_declaration", "50")
    shop.calculates()
    return shop


@pytest.fixture
def clerk(client: Client, calculated: Shop) -> Client:
    client.force_login(make_person("maria", "clerk"))
    return client


def address() -> str:
    return f"/statements/{Statement.objects.get().pk}/count/"


def typed(**more: str) -> dict[str, str]:
    return {"terminal": "T1", "method": "cash", "amount": "98.00", "reason": "Counted again", **more}


def test_what_was_counted_is_entered_with_its_reason(clerk: Client) -> None:
    assert address() in clerk.get(f"/statements/{Statement.objects.get().pk}/").content.decode()
    answer = clerk.post(address(), typed())
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"].endswith("?tab=payments")
    line = Statement.objects.get().lines.get(payment_method="cash")
    assert (line.transaction_amount, line.counted_amount) == (Decimal(100), Decimal(98))
    version = TransactionVersion.objects.get()
    assert (str(version.reason), version.actor) == ("Counted again", "maria")
    assert AuditEntry.objects.filter(action="count", actor="maria").count() == 1
    clerk.post(address(), typed())
    assert TransactionVersion.objects.count() == 1, "the same amount again changes nothing"


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"amount": "many"}, {"amount": "98.001"}, {"terminal": "T9"}, {"method": "shells"}])
def test_what_is_refused_stays_typed(clerk: Client, wrong: dict[str, str]) -> None:
    before = PosTransaction.objects.count()
    answer = clerk.post(address(), typed(**wrong))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert {name: form[name].value() for name in typed()} == typed(**wrong)
    assert form.errors
    assert PosTransaction.objects.count() == before


@pytest.mark.parametrize(("method", "given", "unasked"), [("shift", "1", "staff"), ("staff", "77", "shift")])
def test_the_drawer_is_named_as_the_store_counts(clerk: Client, method: str, given: str, unasked: str) -> None:
    Store.objects.update(statement_method=method)
    answer = clerk.post(address(), typed())
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [method]
    assert unasked not in answer.context["form"].fields


def test_who_may_not_count_has_no_button(client: Client, calculated: Shop) -> None:
    client.force_login(make_person("paul", "auditor"))
    assert "/count/" not in client.get(f"/statements/{Statement.objects.get().pk}/").content.decode()
    assert client.get(address()).status_code == 403
    assert client.post(address(), typed()).status_code == 403
