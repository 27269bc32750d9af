"""A real Chromium on Django's live server; every page that a test opens is watched for errors and for requests to other hosts."""

import os
import shutil
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, ViewportSize, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.browser.world import PASSWORD, Showcase, make_grocer
from tests.conftest import Snapshot, take_snapshot

# The shell, where there is one, is the same browser without its windows: less work for each page.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    # Scripts live no longer than a page: to optimise them, by either of the two compilers, takes more time than it saves.
    # Nor need their memory be cleared by several threads at once.
    "--js-flags=--no-opt --no-maglev --single-threaded-gc",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the journeys, and skips them by name where there is no Chromium."""
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=f"needs a Chromium; none of {', '.join(NAMES)} is installed"))


@pytest.fixture(scope="session")
def chromium(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Browser]:
    """One browser for all journeys."""
    # Playwright's loop runs in this thread; Django would take every query of a test for one inside a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
        # Below that loop Django has a connection of its own, which nobody would find when the loop has ended.
        with django_db_blocker.unblock():
            connection.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


SIZE: ViewportSize = {"width": 1440, "height": 900}

# What htmx says of a question that the browser gave up because the page was left; a failed one is a responseError or sendError.
LEFT_EARLY = ("htmx:afterRequest", "htmx:sendAbort")


@dataclass
class Watch:
    """What went wrong on the pages of a test without anybody looking."""

    host: str
    found: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def console(self, message: ConsoleMessage) -> None:
        """Errors of scripts and of the content security policy."""
        if message.type in ("error", "warning") and not any(text in message.text for text in (*self.expected, *LEFT_EARLY)):
            self.found.append(f"{message.type}: {message.text}")

    def request(self, request: Request) -> None:
        """Requests to anywhere else."""
        if urlsplit(request.url).scheme != "data" and urlsplit(request.url).netloc != self.host:
            self.found.append(f"request to {request.url}")

    def script(self, error: Error) -> None:
        """An error that no script caught."""
        self.found.append(f"script: {error}")


@pytest.fixture
def watch(live_server: LiveServer) -> Iterator[Watch]:
    """Fails the test when a page complained; a test names what it provokes in `expected`."""
    watch = Watch(urlsplit(live_server.url).netloc)
    yield watch
    assert not watch.found


def session_of(user: str) -> str:
    """Signs in through the form's address; what people see of it is a test of its own (test_sign_in.py)."""
    client = Client()
    assert client.post("/sign-in/", {"username": user, "password": PASSWORD}).status_code == 302
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Opener:
    """Pages on the live server, each in a context of its own: its own cookies, its own memory.

    A page that a test is done with is emptied and waits for the next test. A new context would cost the browser a window and a process,
    and would load and compile all scripts and styles again: five times the work of opening an address.
    """

    def __init__(self, browser: Browser, server: str) -> None:
        self.browser = browser
        self.server = server
        self.watch = Watch("")
        self.free: list[Page] = []
        self.in_use: list[Page] = []

    def __call__(self, path: str = "/", *, user: str = "", alone: bool = False) -> Page:
        """`open_page("/statements/", user="maria")`: signed in when a user is named. No other test gets a page that was `alone`.

        A test that gives a page listeners of its own, or another clock, takes one alone.
        """
        page = self.free.pop() if self.free and not alone else self._make()
        if not alone:
            self.in_use.append(page)
        if user:
            page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": self.server}])
        page.goto(path)
        return page

    def _make(self) -> Page:
        context = self.browser.new_context(
            base_url=self.server, viewport=SIZE, color_scheme="light", reduced_motion="reduce", accept_downloads=True
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: self.watch.console(message))
        page.on("request", lambda request: self.watch.request(request))
        page.on("pageerror", lambda error: self.watch.script(error))
        return page

    def take_back(self) -> None:
        """Empties the pages in use; what is alone or was closed goes."""
        for page in self.in_use:
            if not page.is_closed() and page.url.startswith(self.server):
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
                page.goto("about:blank")
                page.context.clear_cookies()
                page.set_viewport_size(SIZE)
                page.emulate_media(color_scheme="light", reduced_motion="reduce")
                self.free.append(page)
        self.in_use.clear()
        for context in self.browser.contexts:
            for page in context.pages:
                if page not in self.free:
                    page.close()
            if not context.pages:
                context.close()


@pytest.fixture(scope="session")
def opener(django_db_setup: None, chromium: Browser, live_server: LiveServer) -> Iterator[Opener]:
    """What opens the pages of all tests."""
    yield Opener(chromium, live_server.url)
    for context in chromium.contexts:
        context.close()
    # Each connection of the browser has a thread of the server, which keeps one to the database.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


@pytest.fixture
def open_page(opener: Opener, watch: Watch) -> Iterator[Opener]:
    """The opener, with the pages watched for this test."""
    opener.watch = watch
    yield opener
    opener.take_back()


@pytest.fixture(scope="session")
def made_showcases() -> list[tuple[Showcase, Snapshot]]:
    """The showcase and its rows, once it was made: in the first test that asks for it."""
    return []


@pytest.fixture
def showcase(transactional_db: None, made_showcases: list[tuple[Showcase, Snapshot]]) -> Showcase:
    """The showcase with receipts, nothing calculated; its rows are written anew for each test."""
    if not made_showcases:
        made_showcases.append((make_grocer(), take_snapshot()))
    else:
        made_showcases[0][1].restore()
    return deepcopy(made_showcases[0][0])
