"""A real Chromium on Django's live server; every page that a test opens is watched for errors and for requests to other hosts."""

import os
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.world import PASSWORD, Showcase, make_grocer
from tests.conftest import Snapshot, take_snapshot

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the journeys, keeps them in one process (one Chromium), and skips them by name where there is none."""
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=f"needs a Chromium; none of {', '.join(NAMES)} is installed"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all journeys."""
    # Playwright's loop runs in this thread; Django would take every query of a test for one inside a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


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

    def follow(self, page: Page) -> None:
        """Watches a page from now on."""
        page.on("console", self.console)
        page.on("request", self.request)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))


@pytest.fixture
def watch(live_server: LiveServer) -> Iterator[Watch]:
    """Fails the test when a page complained; a test names what it provokes in `expected`."""
    watch = Watch(urlsplit(live_server.url).netloc)
    yield watch
    assert not watch.found


Opener = Callable[..., Page]


def session_of(user: str) -> str:
    """Signs in through the form's address; what people see of it is a test of its own (test_sign_in.py)."""
    client = Client()
    assert client.post("/sign-in/", {"username": user, "password": PASSWORD}).status_code == 302
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer, watch: Watch) -> Iterator[Opener]:
    """`open_page("/statements/", user="maria", theme="dark", width=375)`: a page in its own context, signed in when a user is named."""
    contexts: list[BrowserContext] = []

    def start(path: str = "/", *, user: str = "", theme: str = "light", width: int = 1440, height: int = 900) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        if user:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}])
        page = context.new_page()
        watch.follow(page)
        page.goto(path)
        return page

    yield start
    for context in contexts:
        context.close()


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
