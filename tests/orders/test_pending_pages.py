"""Pending orders as pages: found by what is wrong, mended field by field, held, tried again, put aside."""

from copy import deepcopy
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from core.jobs.models import Job
from core.jobs.services import run_job
from orders.models import PendingOrder, PendingOrderEvent
from tests.browser.world import Showcase, make_grocer
from tests.core.access.people import make_person
from tests.orders.desk import show_pending_orders
from tests.shared import make_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("olga", "order_desk"))
    return client


def make_pending_orders() -> Showcase:
    found = make_grocer(receipts_a_day=1, days=1)
    show_pending_orders(found)
    return found


made_grocer = make_once(make_pending_orders)


@pytest.fixture
def showcase(made_grocer: Showcase, db: None) -> Showcase:
    return deepcopy(made_grocer)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def row(number: str) -> PendingOrder:
    return PendingOrder.objects.get(number=number)


def form_of(client: Client, number: str) -> dict[str, Any]:
    """What a browser would send if nothing were changed."""
    form = client.get(f"/customer-orders/pending/{row(number).pk}/").context["form"]
    return {field.name: field.value() for field in form if field.value() not in (None, "")}


def numbers(client: Client, query: str) -> list[str]:
    return [found.number for found in client.get(f"/customer-orders/pending/?{query}").context["page"].rows]


def test_failed_ones_are_found_by_their_problem(olga: Client, showcase: Showcase) -> None:
    page = olga.get("/customer-orders/pending/")
    assert page.context["failures"] == [("UNKNOWN_ITEM", 1)]
    assert "?state=failed&amp;error_code=UNKNOWN_ITEM" in page.content.decode()
    assert numbers(olga, "state=failed&error_code=UNKNOWN_ITEM") == ["CO-2001"]
    assert numbers(olga, "held=yes") == ["CO-2003"]
    assert numbers(olga, "held=no&state=waiting") == ["CO-2004"]
    assert numbers(olga, f"q={row('CO-2000').confirmation}") == ["CO-2000"]
    assert numbers(olga, "sort=number") == ["CO-2000", "CO-2001", "CO-2003", "CO-2004"]


def test_an_edit_heals_and_is_tried_at_once(olga: Client, showcase: Showcase) -> None:
    pending = row("CO-2001")
    address = f"/customer-orders/pending/{pending.pk}/"
    assert "9999999" in olga.get(address).content.decode()
    answer = olga.post(address, {**form_of(olga, "CO-2001"), "lines-0-item": "1029743"})
    assert (answer.status_code, answer["Location"]) == (302, address)
    (event,) = PendingOrderEvent.objects.filter(what="edited")
    assert (event.actor, event.data["changes"]) == ("olga", [{"field": "lines[0].item", "from": "9999999", "to": "1029743"}])
    run_job(Job.objects.get(kind="synchronize_orders").pk)
    pending.refresh_from_db()
    assert pending.state == "created"
    page = olga.get(address).content.decode()
    assert f"/customer-orders/{pending.order_id}/" in page
    assert "9999999 → 1029743" in " ".join(page.split())
    # What is done is shown, and cannot be changed.
    assert olga.post(address, {**form_of(olga, "CO-2001"), "lines-0-item": "1082185"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines-0-quantity": "four"}, "lines-0-quantity"),
        ({"lines-0-quantity": "1e400"}, "lines-0-quantity"),
        ({"total": ""}, "total"),
        ({"ordered_at": "2017-01-02"}, "ordered_at"),
        ({"delivery": "balloon"}, "delivery"),
        ({"customer": "a\0b"}, "customer"),
        ({"customer": "x" * 300}, "customer"),
        ({"version": "x"}, "version"),
    ],
)
def test_bad_input_is_told_at_its_field_and_what_was_typed_stays(
    olga: Client, showcase: Showcase, change: dict[str, str], field: str
) -> None:
    before = (row("CO-2001").content, row("CO-2001").version)
    answer = olga.post(f"/customer-orders/pending/{row('CO-2001').pk}/", {**form_of(olga, "CO-2001"), **change})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert answer.context["form"][field].value() == change[field]
    assert (row("CO-2001").content, row("CO-2001").version) == before
    assert not Job.objects.filter(kind="synchronize_orders").exists()


def test_an_edit_that_somebody_overtook_is_refused_with_what_was_typed(olga: Client, showcase: Showcase) -> None:
    form = form_of(olga, "CO-2001")
    address = f"/customer-orders/pending/{row('CO-2001').pk}/"
    olga.post(address, {**form, "lines-0-item": "1029743"})
    answer = olga.post(address, {**form, "lines-0-item": "1082185"})
    assert answer.status_code == 422
    assert "Somebody changed pending order" in answer.content.decode()
    assert 'value="1082185"' in answer.content.decode()


def test_hold_release_try_again_and_synchronize_now(olga: Client, showcase: Showcase) -> None:
    every = list(PendingOrder.objects.values_list("pk", flat=True))
    answer = olga.post("/customer-orders/pending/hold/", {"picked": every, "next": "/customer-orders/pending/?held=no"})
    assert answer["Location"] == "/customer-orders/pending/?held=no"
    assert said(answer) == ["Hold: 2 orders.", "2 orders stay as they are."]
    assert said(olga.post("/customer-orders/pending/synchronize/"))[-1] == "No order waits."
    assert said(olga.post("/customer-orders/pending/retry/", {"picked": every}))[-1] == "4 orders stay as they are."
    olga.post("/customer-orders/pending/release/", {"picked": every})
    assert not PendingOrder.objects.filter(held=True).exists()
    olga.post("/customer-orders/pending/retry/", {"picked": every})
    assert (row("CO-2001").state, Job.objects.get().arguments) == ("waiting", {"pending": [row("CO-2001").pk]})
    olga.post("/customer-orders/pending/synchronize/")
    run_job(Job.objects.latest("pk").pk)
    assert set(PendingOrder.objects.values_list("state", flat=True)) == {"created", "failed"}
    assert said(olga.post("/customer-orders/pending/hold/", {}))[-1] == "Pick at least one order first."


def test_discarded_only_with_a_reason(olga: Client, showcase: Showcase) -> None:
    address = f"/customer-orders/pending/{row('CO-2001').pk}/discard/"
    (refused,) = said(olga.post(address, {"reason": " "}))
    assert refused.startswith("Say why the order is not wanted; nothing was changed. <a ")
    assert refused.endswith('<a href="/customer-orders/pending/">Open the pending orders</a>')
    assert row("CO-2001").state == "failed"
    olga.post(address, {"reason": "Rung up twice"})
    assert row("CO-2001").state == "discarded"
    assert "Rung up twice" in olga.get(f"/customer-orders/pending/{row('CO-2001').pk}/").content.decode()
    assert "It is created or discarded." in olga.get(f"/customer-orders/pending/{row('CO-2001').pk}/").content.decode()


def test_who_may_only_look_changes_nothing(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("ada", "auditor"))
    address = f"/customer-orders/pending/{row('CO-2001').pk}/"
    page = client.get(address)
    assert all(field.field.disabled for field in page.context["form"])
    assert client.post(address, {}).status_code == 403
    assert client.post(f"{address}discard/", {"reason": "x"}).status_code == 403
    for verb in ("hold", "release", "retry", "synchronize"):
        assert client.post(f"/customer-orders/pending/{verb}/", {}).status_code == 403


def test_those_of_other_stores_are_not_there(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("cleo", "order_desk", stores=[showcase.stores[1]]))
    other = row("CO-2001")
    assert client.get(f"/customer-orders/pending/{other.pk}/").status_code == 404
    assert client.post(f"/customer-orders/pending/{other.pk}/discard/", {"reason": "x"}).status_code == 404
    client.post("/customer-orders/pending/hold/", {"picked": [other.pk]})
    assert not row("CO-2001").held
    assert numbers(client, "") == ["CO-2004"]
    client.post("/customer-orders/pending/synchronize/")
    assert Job.objects.get().arguments == {"pending": [row("CO-2004").pk]}


def test_home_counts_what_failed_and_leads_to_it(client: Client, showcase: Showcase) -> None:
    client.force_login(make_person("mara", "administrator"))
    page = client.get("/")
    assert page.context["home"].failed_pending == 1
    assert "/customer-orders/pending/?state=failed" in page.content.decode()
