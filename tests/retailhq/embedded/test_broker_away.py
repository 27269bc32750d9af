"""A click with the broker away: the answer within two seconds, nothing raised, and the next click works once it is back."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery

from core.db import after_commit
from retailhq import celery as project
from retailhq.embedded import control, valkey
from retailhq.embedded.home import Home

MOST_SECONDS = 2.0


@pytest.fixture
def send_to(monkeypatch: pytest.MonkeyPatch) -> Iterator["Celery"]:
    """An application with the project's settings and connections of its own, which `after_commit` uses."""
    app = Celery("away", set_as_current=False)
    app.conf.update(project.SETTINGS)
    monkeypatch.setattr(after_commit, "current_app", app)
    yield app
    app.close()


def timed_send() -> tuple[bool, float]:
    begin = time.monotonic()
    sent = after_commit.send("statements.nothing", 1)
    return sent, time.monotonic() - begin


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]


def test_nobody_listens(send_to: Celery) -> None:
    with silent_server() as port:
        pass
    send_to.conf.update(broker_url=f"redis://127.0.0.1:{port}/0")
    sent, seconds = timed_send()
    assert not sent
    assert seconds < MOST_SECONDS


def test_the_socket_is_missing(send_to: Celery, tmp_path: Path) -> None:
    send_to.conf.update(broker_url=f"redis+socket://{tmp_path}/valkey.sock")
    sent, seconds = timed_send()
    assert not sent
    assert seconds < MOST_SECONDS


def test_the_broker_hangs(send_to: Celery) -> None:
    with silent_server() as port:
        send_to.conf.update(broker_url=f"redis://127.0.0.1:{port}/0")
        sent, seconds = timed_send()
    assert not sent
    assert seconds < MOST_SECONDS


def test_a_broker_that_came_back_is_used_at_once(send_to: Celery, home: Home) -> None:
    control.start(home, with_postgres=False)
    send_to.conf.update(broker_url=project.kombu_url(f"unix://{valkey.socket_path(home)}?db=0"))
    assert timed_send()[0]
    pid = valkey.server_pid(home)
    assert pid
    os.kill(pid, signal.SIGKILL)
    sent, seconds = timed_send()
    assert not sent
    assert seconds < MOST_SECONDS
    control.start(home, with_postgres=False)
    assert timed_send()[0]
