"""What every test stands on: the real PostgreSQL and Valkey, and names that no other run uses."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

import psutil
import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
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
    settings.PASSWORD_HASHERS = ["tests.hashing.FewRounds"]
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


@dataclass(frozen=True)
class Snapshot:
    """The rows of the freshly migrated database, table by table, as COPY writes them."""

    blocker: DjangoDbBlocker
    tables: dict[str, bytes]

    def restore(self) -> None:
        """Puts exactly these rows back into their tables, with their keys; the foreign keys are checked at the commit."""
        with self.blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
            names = sql.SQL(", ").join(map(sql.Identifier, self.tables))
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(names).as_string())
            for name, rows in self.tables.items():
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name)).as_string()) as copy:
                    copy.write(rows)
        ContentType.objects.clear_cache()


SNAPSHOT = pytest.StashKey[Snapshot]()


def take_snapshot(blocker: DjangoDbBlocker) -> Snapshot:
    """Reads all tables that are not empty after the migrations."""
    tables: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.django_table_names(only_existing=True, include_views=False):
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name)).as_string()) as copy:
                if rows := b"".join(bytes(part) for part in copy):
                    tables[name] = rows
    return Snapshot(blocker, tables)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, pytestconfig: pytest.Config) -> None:
    """The migrated test database, told not to wait for the disk at each commit: it need not survive a power cut."""
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
        if not name.startswith(settings.DATABASES["default"]["TEST"]["NAME"]):
            pytest.exit("No test of this run says that it needs the database (db), so none was made; this is the real one.", returncode=2)
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)).as_string())
        pytestconfig.stash[SNAPSHOT] = take_snapshot(django_db_blocker)
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """After a test that empties the tables, puts back what migrations had put there: dispositions, payment methods, permissions.

    Django's own way (serialized rollback) restores before the next such test only, so that a plain test after it would find nothing; and
    an automatic fixture would open the database to every test, where a rule that reads it has to fail by itself. After the last test of
    a process the database itself is gone.
    """
    mark = item.get_closest_marker("django_db")
    used = set(item._request.fixturenames) if isinstance(item, pytest.Function) else set()
    empties = bool({"transactional_db", "live_server"} & used or (mark and mark.kwargs.get("transaction")))
    try:
        return (yield)
    finally:
        if empties and nextitem is not None and SNAPSHOT in item.config.stash:
            item.config.stash[SNAPSHOT].restore()
