"""What every test stands on: the real PostgreSQL and Valkey, and names that no other run uses."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import quote

import psutil
import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker

from retailhq.celery import app
from retailhq.embedded.control import start_needed
from retailhq.embedded.home import EmbeddedError
from retailhq.embedded.supervise import Crew, worker_command

# Set by the first process of a run and inherited by its xdist workers and by every command that a test starts.
RUN_VARIABLE = "RETAILHQ_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Starts the built-in services and gives this run its own database name and its own corner of the broker.

    Two runs on one machine must not meet, so both names carry the process number of the run; what a killed run left is removed by the next.
    """
    first = RUN_VARIABLE not in os.environ
    run = os.environ.setdefault(RUN_VARIABLE, str(os.getpid()))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    try:
        start_needed()
    except EmbeddedError as error:
        pytest.exit(str(error), returncode=2)
    prefix = f"test-{run}-{worker}:"
    os.environ["REDIS_KEY_PREFIX"] = settings.REDIS_KEY_PREFIX = prefix
    settings.CACHES["default"]["KEY_PREFIX"] = f"{prefix}cache"
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "global_keyprefix": prefix}
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_retailhq_{run}"
    if first:
        _drop_databases_of_dead_runs()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Empties this process's corner of the broker."""
    prefix = os.environ.get("REDIS_KEY_PREFIX", "")
    if not prefix.startswith("test-"):
        return
    with redis_client() as client:
        keys = list(client.scan_iter(match=f"{prefix}*", count=1000))
        if keys:
            client.delete(*keys)


def _drop_databases_of_dead_runs() -> None:
    given = settings.DATABASES["default"]
    account = {"host": given["HOST"], "port": given["PORT"] or None, "user": given["USER"], "password": given["PASSWORD"] or None}
    with psycopg.connect(dbname=given["NAME"], autocommit=True, **account) as server:
        for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_retailhq\\_%'").fetchall():
            run = re.match(r"test_retailhq_(\d+)", name)
            if run and not psutil.pid_exists(int(run[1])):
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def redis_client() -> redis.Redis:
    """A client of the broker that the settings name."""
    return redis.Redis.from_url(settings.REDIS_URL)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The migrated test database, told not to wait for the disk at each commit: it need not survive a power cut."""
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)).as_string())
        connection.close()


@pytest.fixture
def command_environment(django_db_setup: None) -> dict[str, str]:
    """The environment for a command of its own process that shall see this test's database and broker."""
    given = settings.DATABASES["default"]
    name = str(connection.settings_dict["NAME"])
    login = quote(given["USER"]) + (f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else "")
    # A socket folder goes into the path of the address, a host name before it.
    place = f"/{given['HOST']}" if given["HOST"].startswith("/") else f"{given['HOST']}:{given['PORT'] or 5432}"
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{login}@{place}/{name}",
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "localhost",
        "HTTPS": "false",
        "DJANGO_SETTINGS_MODULE": "retailhq.settings",
    }


@pytest.fixture
def start_worker(command_environment: dict[str, str], transactional_db: None) -> Iterator[Callable[..., Crew]]:
    """Starts real Celery workers on this test's database and broker: `start_worker(concurrency=2)`; they end with the test."""
    with ExitStack() as crews:

        def start(concurrency: int = 1) -> Crew:
            crew = crews.enter_context(Crew(environment=command_environment))
            crew.start("worker", worker_command(concurrency))
            return crew

        yield start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that empty the tables get back what migrations put there: dispositions, payment methods.

    Chosen by what a test asks for, not by an automatic fixture: that would open the database to every test, and a rule that reads it
    has to fail by itself.
    """
    for item in items:
        names = getattr(item, "fixturenames", [])
        mark = item.get_closest_marker("django_db")
        if {"transactional_db", "live_server"} & set(names) or (mark and mark.kwargs.get("transaction")):
            names.append("django_db_serialized_rollback")
