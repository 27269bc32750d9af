"""`manage.py serve`: one command that serves, ends cleanly with all its children, and says what is wrong in one line."""

import contextlib
import json
import os
import shutil
import signal
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
from celery import Celery

from retailhq import celery as project
from retailhq.embedded import control, postgres, valkey
from retailhq.embedded.home import Home
from tests.retailhq.embedded.conftest import run_manage, start_manage_into

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A home with a migrated database; every command in here ends before the next one begins."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="retailhq-test-", dir="/tmp")))
    folder.chmod(0o755)
    made = Home(folder / "home")
    try:
        answer = run_manage("serve", RETAILHQ_HOME=str(made.path), PORT=str(free_port()))
        assert answer.returncode == 2
        assert "manage.py migrate" in answer.stderr.splitlines()[-1]
        assert run_manage("migrate", RETAILHQ_HOME=str(made.path)).returncode == 0
        yield made
    finally:
        control.remove(made)
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(home: Home) -> Iterator[tuple[psutil.Process, int]]:
    port = free_port()
    with (home.path.parent / "serve.log").open("w") as log:
        command = start_manage_into(log, "serve", RETAILHQ_HOME=str(home.path), PORT=str(port), WORKER_CONCURRENCY="1")
    try:
        yield psutil.Process(command.pid), port
    finally:
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(command.pid).children(recursive=True):
                child.kill()
        command.kill()
        command.wait()


def healthy(port: int) -> bool:
    def says_so() -> bool:
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as page:
            return bool(json.load(page)["healthy"])
        return False

    return eventually(says_so)


def family(process: psutil.Process, least: int) -> list[psutil.Process]:
    """All descendants, once there are at least so many."""
    assert eventually(lambda: len(process.children(recursive=True)) >= least)
    return list(process.children(recursive=True))


def taken_by_the_worker(home: Home) -> bool:
    """Whether a task that is queued as soon as the broker is there again leaves the queue."""
    app = Celery("probe", set_as_current=False)
    app.conf.update({**project.SETTINGS, "broker_url": project.kombu_url(f"unix://{valkey.socket_path(home)}?db=0")})
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "global_keyprefix": "retailhq:"}
    assert eventually(lambda: valkey.is_ready(home))
    with app, redis.Redis(unix_socket_path=str(valkey.socket_path(home))) as client:
        app.send_task("nobody.knows.me")
        return eventually(lambda: not client.llen("retailhq:retailhq"))


def all_gone(processes: list[psutil.Process], seconds: float) -> bool:
    _, left = psutil.wait_procs(processes, timeout=seconds)
    return not [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_sigterm_ends_everything_with_status_0(home: Home) -> None:
    with serving(home) as (command, port):
        assert healthy(port)
        children = family(command, 6)  # worker and its process, beat, gunicorn and its processes
        command.send_signal(signal.SIGTERM)
        assert command.wait(60) == 0
        assert all_gone(children, 10)


def test_children_die_with_a_killed_supervisor_and_the_port_is_free_again(home: Home) -> None:
    with serving(home) as (command, port):
        assert healthy(port)
        children = family(command, 6)
        command.kill()
        assert all_gone(children, 40)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_a_killed_database_broker_and_worker_come_back_and_sigint_ends_them(home: Home) -> None:
    with serving(home) as (command, port):
        assert healthy(port)
        family(command, 6)
        worker = worker_of(command)
        assert worker
        of_postgres, of_valkey = postgres.server_pid(home), valkey.server_pid(home)
        assert of_postgres
        assert of_valkey
        os.kill(of_postgres, signal.SIGKILL)
        os.kill(of_valkey, signal.SIGKILL)
        assert taken_by_the_worker(home)
        worker.kill()
        assert eventually(lambda: postgres.server_pid(home) not in {None, of_postgres})
        assert eventually(lambda: worker_of(command) not in {None, worker})
        assert taken_by_the_worker(home)
        assert healthy(port)
        children = command.children(recursive=True)
        command.send_signal(signal.SIGINT)
        assert command.wait(60) == 0
        assert all_gone(children, 10)


def worker_of(command: psutil.Process) -> psutil.Process | None:
    for child in command.children():
        with contextlib.suppress(psutil.Error):
            if "worker" in child.cmdline():
                return child
    return None


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def test_a_taken_port_is_one_line(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run_manage("serve", RETAILHQ_HOME=str(home.path), PORT=str(port))
    assert answer.returncode == 2
    assert f"PORT {port}" in answer.stderr.splitlines()[-1]
    assert "Traceback" not in answer.stderr
