"""Sign-in, the start page and the switches of the frame; every address wants a signed-in person."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.core.access.people import make_person

pytestmark = pytest.mark.django_db


def test_sign_in_leads_to_the_page_that_was_asked_for(client: Client) -> None:
    User.objects.create_user("maria", password="correct-horse-battery")

    answer = client.post("/sign-in/", {"username": "maria", "password": "correct-horse-battery", "next": "/jobs/"})
    assert answer["Location"] == "/jobs/"
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


def test_every_page_carries_the_strict_policy(client: Client) -> None:
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_start_page_without_anything_says_how_to_begin(client: Client) -> None:
    client.force_login(make_person("maria", "clerk"))

    assert "import_data" in client.get("/").content.decode()


def test_colours_are_kept_in_a_cookie_and_only_known_ones(client: Client) -> None:
    client.force_login(make_person("maria", "clerk"))

    answer = client.post("/theme/", {"theme": "dark", "next": "/jobs/"})
    assert answer["Location"] == "/jobs/"
    assert 'data-bs-theme="dark"' in client.get("/jobs/").content.decode()
    assert "theme" not in client.post("/theme/", {"theme": '"><script>', "next": "//elsewhere.example"}).cookies
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="system"' in client.get("/jobs/").content.decode()
