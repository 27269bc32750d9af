"""Error pages: in the frame where the person is known, without SQL where the database is away (which is really done here)."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from core.db.availability import database_is_away
from retailhq import urls


@login_not_required
def break_down(request: HttpRequest) -> HttpResponse:
    """A page that fails."""
    raise RuntimeError("boom")


handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500
urlpatterns = [*urls.urlpatterns, path("broken/", break_down, name="health")]


@pytest.fixture
def browser(client: Client) -> Client:
    """A browser that gets the page of an error and not the exception."""
    client.raise_request_exception = False
    return client


@pytest.mark.django_db
def test_errors_of_somebody_who_is_signed_in_stand_in_the_frame(browser: Client) -> None:
    browser.force_login(User.objects.create_user("maria"))

    missing = browser.get("/jobs/999999999/")
    assert missing.status_code == 404
    assert 'id="navpane"' in missing.content.decode()
    refused = browser.get("/parameters/retail/")
    assert refused.status_code == 403
    assert 'id="navpane"' in refused.content.decode()


@pytest.mark.django_db
def test_a_stranger_gets_the_still_frame(browser: Client) -> None:
    page = browser.get("/there-is-no-such-page/")

    assert page.status_code == 404
    assert "navpane" not in page.content.decode()


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.retailhq.home.test_errors")
def test_a_failing_page_says_so_in_the_colours_and_language_of_the_person(browser: Client) -> None:
    browser.cookies["theme"] = "dark"
    page = browser.get("/broken/?a=1")

    assert page.status_code == 500
    assert 'data-bs-theme="dark"' in page.content.decode()
    assert 'href="/broken/?a=1"' in page.content.decode()
    assert "boom" not in page.content.decode()


@pytest.fixture
def dead_database(transactional_db: None) -> Iterator[None]:
    """Nobody listens where the connection points to."""
    before = {name: connection.settings_dict[name] for name in ("HOST", "PORT")}
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    yield
    connection.close()
    connection.settings_dict.update(before)


@pytest.mark.parametrize("path_", ["/", "/statements/", "/sign-in/", "/jobs/bell/"])
def test_database_away(path_: str, browser: Client, dead_database: None) -> None:
    browser.cookies["sessionid"] = "x" * 32
    page = browser.get(path_)

    if path_ == "/sign-in/" and page.status_code == 200:
        pytest.fail("somebody with a session was taken for a stranger")
    assert page.status_code == 503
    assert int(page["Retry-After"]) > 0
    assert page["Cache-Control"] == "no-store"
    assert "database" in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]


def test_sending_a_form_to_a_dead_database_offers_no_second_try(browser: Client, dead_database: None) -> None:
    browser.cookies["sessionid"] = "x" * 32
    page = browser.post("/sign-in/", {"username": "maria", "password": "x"})

    assert page.status_code == 503
    assert "Try again</a>" not in page.content.decode()


def test_only_a_missing_database_is_called_away() -> None:
    assert database_is_away(OperationalError("connection refused"))
    assert not database_is_away(RuntimeError())
    assert not database_is_away(None)
