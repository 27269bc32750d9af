"""Homes of their own for the tests that start, kill and remove the built-in services."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from django.conf import settings

from retailhq.embedded import control
from retailhq.embedded.home import Home

# What would decide the outcome in place of the home under test.
DECIDING = {
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "PORT", "BIND", "HTTPS", "TRUST_PROXY", "LOG_LEVEL"),
    *("WORKER_CONCURRENCY", "REDIS_KEY_PREFIX", "RETAILHQ_HOME", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the servers' user can reach, unlike pytest's own, whose parents are closed to other users."""
    made = Path(os.path.realpath(tempfile.mkdtemp(prefix="retailhq-test-", dir="/tmp")))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def home(folder: Path) -> Iterator[Home]:
    """A home that does not exist yet; whatever runs in it is ended and removed afterwards."""
    made = Home(folder / "home")
    yield made
    control.remove(made)


@pytest.fixture(scope="session")
def stopped_home() -> Iterator[Home]:
    """A home with a new database and a broker, both stopped."""
    with tempfile.TemporaryDirectory(prefix="retailhq-test-", dir="/tmp") as made:
        os.chmod(made, 0o755)
        home = Home(Path(os.path.realpath(made)) / "home")
        try:
            control.start(home)
            control.stop(home)
            yield home
        finally:
            control.remove(home)


@pytest.fixture
def made_home(home: Home, stopped_home: Home) -> Home:
    """A stopped home of the test's own, copied: the database need not be made anew."""
    subprocess.run(["cp", "--archive", "--reflink=auto", str(stopped_home.path), str(home.path)], check=True)
    return home


def environment(**values: str) -> dict[str, str]:
    """This process's environment without anything that decides settings, plus the values given."""
    return {**{name: value for name, value in os.environ.items() if name not in DECIDING}, **values}


def start_manage(*arguments: str, **values: str) -> "subprocess.Popen[str]":
    """Starts `manage.py` in a process of its own, its output in pipes."""
    return _start(arguments, values, subprocess.PIPE)


def start_manage_into(output: IO[str], *arguments: str, **values: str) -> "subprocess.Popen[str]":
    """The same with its output in a file: a pipe that nobody reads would fill up and stop the children in the middle of a log line."""
    return _start(arguments, values, output)


def _start(arguments: tuple[str, ...], values: dict[str, str], output: IO[str] | int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        cwd="/",
        env=environment(**values),
        stdout=output,
        stderr=output,
        text=True,
    )


def run_manage(*arguments: str, **values: str) -> subprocess.CompletedProcess[str]:
    """Runs `manage.py` to its end."""
    with start_manage(*arguments, **values) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
