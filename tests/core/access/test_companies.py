"""Company by company, and all together: a link opens the document in the company that it belongs to, and search and Home know all."""

import pytest
from django.test import Client

from tests.core.access.people import make_person
from tests.factories import CustomerOrderFactory, StatementFactory

pytestmark = pytest.mark.django_db


def test_a_link_to_another_company_opens_and_says_so(client: Client) -> None:
    own, other = StatementFactory.create(), StatementFactory.create()
    client.force_login(make_person("paul", "poster"))
    client.post("/company/", {"company": own.legal_entity.code})
    assert client.get(f"/statements/{own.pk}/").status_code == 200
    answer = client.get(f"/statements/{other.pk}/?tab=events", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [(f"/statements/{other.pk}/?tab=events", 302)])
    assert f"This belongs to company {other.legal_entity.code}; you work in it now." in answer.content.decode()
    assert client.session["company"] == other.legal_entity.code
    order = CustomerOrderFactory.create(order__store=own.store).order
    assert client.get(f"/customer-orders/{order.pk}/", follow=True).status_code == 200
    assert client.session["company"] == own.legal_entity.code


def test_what_is_nowhere_or_not_theirs_stays_unfound(client: Client) -> None:
    own, other = StatementFactory.create(), StatementFactory.create()
    client.force_login(make_person("paul", "poster", stores=[own.store]))
    assert client.get(f"/statements/{other.pk}/").status_code == 404
    client.force_login(make_person("petra", "poster"))
    client.post("/company/", {"company": own.legal_entity.code})
    assert client.get("/statements/999999/").status_code == 404
    assert client.post(f"/statements/{other.pk}/clear/").status_code in {403, 404}, "what changes something does not wander"
    assert client.session["company"] == own.legal_entity.code


def test_search_and_home_know_all_companies(client: Client) -> None:
    own = StatementFactory.create()
    other = StatementFactory.create(failed_state="Checked", error_code="PERIOD_CLOSED", error_text="x")
    client.force_login(make_person("paul", "poster"))
    client.post("/company/", {"company": own.legal_entity.code})
    found = client.get(f"/search/?q={other.number}").content.decode()
    assert f"{other.legal_entity.code} · {other.store.code}" in found
    assert "1 cause keeps documents of other companies back." in client.get("/").content.decode()
    client.post("/company/", {"company": other.legal_entity.code})
    assert "documents of other companies back" not in client.get("/").content.decode()
