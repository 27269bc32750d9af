"""At the door: guessing is stopped and says for how long, a forgotten password is replaced by mail, the page speaks one's language."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from playwright.sync_api import expect

from core.access import services
from tests.browser.conftest import Opener, Watch
from tests.browser.world import PASSWORD, Showcase


def test_who_guesses_too_often_is_told_how_long_to_wait(open_page: Opener, showcase: Showcase, watch: Watch) -> None:
    watch.expected = ("429 (Too Many Requests)",)
    page = open_page("/sign-in/")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        page.get_by_label("User name").fill("theo")
        page.get_by_label("Password").fill("a guess")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Too many failed attempts\. Wait \d+ minutes"))
    # The right password does not help now, and another person is not kept out.
    page.get_by_label("User name").fill("theo")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many failed attempts")
    page.get_by_label("User name").fill("maria")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Store financials")).to_be_visible()


def test_a_forgotten_password_is_replaced(open_page: Opener, showcase: Showcase, monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    watch.expected = ("422 (Unprocessable",)

    def at_once(task: str, *values: Any) -> bool:
        return bool(services.send_reset_links(*values))

    monkeypatch.setattr(settings, "SENDS_MAIL", True)
    monkeypatch.setattr(services, "send", at_once)
    User.objects.filter(username="theo").update(email="theo@example.com")
    page = open_page("/sign-in/")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail")).to_have_value("no address")
    page.get_by_label("E-mail").fill("theo@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    link = re.search(r"http\S+/password/new/\S+", str(mail.outbox[0].body))
    assert link
    page.goto(link.group())
    for field in page.locator("input[type=password]").all():
        field.fill("another-horse-battery")
    page.get_by_role("button", name="Store the new password").click()
    expect(page.get_by_role("status")).to_contain_text("Your new password is stored.")
    page.get_by_label("User name").fill("theo")
    page.get_by_label("Password").fill("another-horse-battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Store financials")).to_be_visible()
    stale = open_page(link.group())
    expect(stale.get_by_role("alert")).to_contain_text("This link was used already, or is too old.")


def test_the_door_speaks_ones_language(open_page: Opener, showcase: Showcase) -> None:
    page = open_page("/sign-in/?next=/jobs/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-pressed", "true")
    page.locator("#id_username").fill("maria")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    expect(page).to_have_url(re.compile("/jobs/$"))
    expect(page.locator("html")).to_have_attribute("lang", "de")
