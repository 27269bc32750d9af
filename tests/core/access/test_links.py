"""No link leads its reader to a page that is closed to him: what he may not do is said in words, or asked for."""

import re
from copy import deepcopy

import pytest
from django.test import Client

from core.access.roles import ROLES
from statements.models import Statement
from tests.browser.world import Showcase
from tests.core.access.people import make_person
from tests.orders.desk import invoice, make_desk, take_order
from tests.shared import make_once

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
made_grocer = make_once(make_desk)


@pytest.fixture
def showcase(made_grocer: Showcase, db: None) -> Showcase:
    return deepcopy(made_grocer)


def links_on(client: Client, address: str) -> set[str]:
    """Own addresses that a page leads to; none where the page is closed itself."""
    answer = client.get(address)
    if answer.status_code in (302, 403):
        return set()
    assert answer.status_code == 200, address
    return {link.replace("&amp;", "&") for link in LINK.findall(answer.content.decode())}


def place_of(link: str) -> tuple[str, ...]:
    """The page of an address and the names of what it says to the page: links that differ in values alone are open or closed alike."""
    path, _, query = link.partition("?")
    return path, *sorted({part.partition("=")[0] for part in query.split("&")})


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.key)
def test_links_of_pages_with_something_wrong_are_open(client: Client, showcase: Showcase, role: object) -> None:
    """Home, inbox, lists, a statement and an order that are stopped, a transaction with problems: C10 and its kind."""
    order = take_order(showcase.stores[0], ("1029743", "80"), paid="10.00")
    invoice(order)
    client.force_login(make_person("walker", role.key))  # type: ignore[attr-defined]
    stopped = [f"/statements/{row.pk}/" for row in Statement.objects.order_by("pk")[:2]]
    pages = ["/", "/inbox/", "/customer-orders/", f"/customer-orders/{order.pk}/", "/statements/", *stopped, "/pos-transactions/"]
    pages += ["/inventory/items/", "/inventory/receipts/", "/inventory/journals/", "/inventory/debt/", "/setup/", "/jobs/"]
    seen: dict[tuple[str, ...], str] = {}
    for page in pages:
        fresh = {place_of(link): link for link in sorted(links_on(client, page)) if place_of(link) not in seen}
        seen |= fresh
        closed = sorted(link for link in fresh.values() if not link.startswith("/static/") and client.get(link).status_code == 403)
        assert closed == [], f"{page} for {role.key}"  # type: ignore[attr-defined]
    assert len(seen) > 5
