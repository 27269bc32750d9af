"""The navigation pane: modules and places, which one is current, what is closed, and that every place has a page."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from retailhq.home.frame import MODULES, address_of
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(client: Client) -> Client:
    """A browser in which somebody is signed in."""
    client.force_login(User.objects.create_superuser("maria"))
    return client


def test_every_place_has_a_page() -> None:
    missing = {place.view for module in MODULES for place in module.places if not address_of(place.view)}

    assert not missing, "an entry of the navigation leads nowhere"


def test_the_place_of_the_page_is_marked_and_leads_the_breadcrumb(maria: Client) -> None:
    page = maria.get("/parameters/retail/")
    modules = {module.key: module for module in page.context["frame"].modules}

    assert [place.name for place in modules["setup"].places if place.current] == ["Retail parameters"]
    assert page.context["frame"].breadcrumbs == [("Setup", "")]


def test_a_closed_module_stays_closed_except_around_the_page(maria: Client) -> None:
    maria.cookies["nav-closed"] = "stores.setup.<script>"
    modules = {module.key: module for module in maria.get("/parameters/retail/").context["frame"].modules}

    assert not modules["stores"].open
    assert modules["setup"].open


def test_lists_start_with_the_chosen_store(maria: Client) -> None:
    store = StoreFactory.create(code="S 1")
    maria.post("/store/", {"store": store.code})
    page = maria.get("/statements/")

    assert [(chip.name, str(chip.text)) for chip in page.context["chips"]] == [("store", "S 1")]
