"""What every test stands on: the real PostgreSQL and Valkey, and names that no other run uses."""

import gc
import os
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

import hypothesis
import pytest
import redis
from _pytest import runner
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.template import Context, Template
from django.test import TransactionTestCase
from django.utils import translation
from django.utils.safestring import SafeString
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from psycopg import sql
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from core.lib.call_stack import with_room
from retailhq.celery import app
from retailhq.embedded.control import start_needed
from retailhq.embedded.home import EmbeddedError
from retailhq.embedded.supervise import Crew, worker_command
from tests.kept_plans import drop_work_tables, empty_work_tables, is_closed, keep_plans
from tests.template import (
    drop_databases_of_dead_runs,
    drop_test_database,
    make_test_database,
    remove_dead_rows,
    server_connection,
    use_database,
)

# A slow machine is no fault of a property: neither an example's time nor that of making examples fails a test. The same examples in every
# run, so that a change is blamed for what it broke; who looks further runs pytest with --hypothesis-profile=further, as often as wanted.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("further", hypothesis.settings.get_profile("suite"), derandomize=False)
hypothesis.settings.load_profile("suite")
# Now and then Hypothesis would draw a number or text that stands in the code that is loaded, which depends on what ran before.
providers._get_local_constants = Constants

# The collector of cycles would go through half a million objects of modules and collected tests thousands of times: two thirds of the work
# of tests that open pages. What lives as long as the run is left out once all tests are collected; the rest is looked at less often.
gc.set_threshold(20_000, 20, 20)

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
    settings.PASSWORD_HASHERS = ["tests.hashing.FewRounds"]
    # A test stands below a hundred frames of pytest, and calls deep itself.
    runner.runtestprotocol = with_room(runner.runtestprotocol)
    keep_plans()
    if first:
        drop_databases_of_dead_runs()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Empties this process's corner of the broker."""
    prefix = os.environ.get("REDIS_KEY_PREFIX", "")
    if not prefix.startswith("test-"):
        return
    with redis_client() as client:
        keys = list(client.scan_iter(match=f"{prefix}*", count=1000))
        if keys:
            client.delete(*keys)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test, and those of crashes, come first, then those of many tests: at the end no process is left alone with one."""
    # Of tests of one id xdist runs a single one and says nothing.
    if twice := [test for test, times in Counter(item.nodeid for item in items).items() if times > 1]:
        raise pytest.UsageError(f"several tests have one id: {', '.join(twice)}")
    slow = {item.path for item in items if item.get_closest_marker("slow") or "crashes" in item.path.stem}
    tests_of = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -tests_of[item.path], item.path))


def pytest_collection_finish() -> None:
    """Takes what is there for good out of the sight of the garbage collector."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Tidies the test database behind each file that used it."""
    result = yield
    name = str(settings.DATABASES["default"]["NAME"])
    if nextitem is not None and nextitem.path != item.path and name.startswith("test_"):
        remove_dead_rows(name)
        empty_work_tables()
    return result


def redis_client() -> redis.Redis:
    """A client of the broker that the settings name."""
    return redis.Redis.from_url(settings.REDIS_URL)


@dataclass(frozen=True)
class Snapshot:
    """The rows of a database, such as the freshly migrated one, table by table, as COPY writes them."""

    all_tables: tuple[str, ...]
    rows: dict[str, bytes]

    def restore(self) -> None:
        """Puts exactly these rows back, with their keys, and empties all other tables; the foreign keys are checked at the commit.

        Much faster than to truncate all tables after each test: a hundred tables have a thousand files.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            filled = self._filled(cursor)
            wrong = {name for name in filled if name not in self.rows or self.rows[name] != copied(cursor, name)}
            missing = self.rows.keys() - (filled - wrong)
            for_each(cursor, "ALTER TABLE {} DISABLE TRIGGER USER", wrong | missing)
            for_each(cursor, "DELETE FROM {}", wrong)
            for name in missing:
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name)).as_string()) as copy:
                    copy.write(self.rows[name])
            # A table with checks that are still to come cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for_each(cursor, "ALTER TABLE {} ENABLE TRIGGER USER", wrong | missing)
        ContentType.objects.clear_cache()

    def _filled(self, cursor: CursorWrapper) -> set[str]:
        found = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name)) for name in self.all_tables
        )
        cursor.execute(found.as_string())
        return {name for (name,) in cursor.fetchall()}


def for_each(cursor: CursorWrapper, statement: str, tables: Iterable[str]) -> None:
    """The statement for every table, sent at once."""
    if text := ";".join(sql.SQL(statement).format(sql.Identifier(name)).as_string() for name in tables):
        cursor.execute(text)


def copied(cursor: CursorWrapper, table: str) -> bytes:
    """All rows of a table as COPY writes them."""
    with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table)).as_string()) as copy:
        return b"".join(bytes(part) for part in copy)


def take_snapshot() -> Snapshot:
    """Reads all tables that are not empty, as after the migrations."""
    names = tuple(connection.introspection.django_table_names(only_existing=True, include_views=False))
    with connection.cursor() as cursor:
        rows = {name: copied(cursor, name) for name in names}
    return Snapshot(names, {name: text for name, text in rows.items() if text})


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """English before and after every test: a request leaves the language of its reader active."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True, scope="session")
def contexts_of_whole_pages(django_test_environment: None) -> None:
    """`response.context` has what the view gave to its page.

    Django's test environment copies the context of every inclusion, block and widget as well: a hundred copies for a list, and nobody
    asks for them.
    """

    render_and_copy: Callable[[Template, Context], SafeString] = Template._render  # type: ignore[attr-defined]  # of that environment

    def render(template: Template, context: Context) -> SafeString:
        if template is context.template:
            return render_and_copy(template, context)
        return template.nodelist.render(context)

    Template._render = render  # type: ignore[attr-defined]  # as django.test.utils does it


@pytest.fixture(autouse=True, scope="session")
def static_files_found_once() -> None:
    """The client of each test makes the middleware anew; the static files that WhiteNoise serves are looked for at the first time."""
    find = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, object] = {}

    def add_found(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add_found


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This process's test database, copied from the migrated template, in place of the one that Django would migrate anew."""
    name = f"test_retailhq_{os.environ[RUN_VARIABLE]}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    real = str(settings.DATABASES["default"]["NAME"])
    with django_db_blocker.unblock():
        make_test_database(name)
        use_database(name)
        snapshot = take_snapshot()
        # Django would empty the tables, what migrations put there included: dispositions, payment methods, permissions.
        TransactionTestCase._fixture_teardown = lambda _: snapshot.restore()  # type: ignore[attr-defined]
        connection.close()
    yield
    with django_db_blocker.unblock():
        drop_work_tables()
        use_database(real)
    end_other_connections(name)
    drop_test_database(name)


@pytest.fixture(scope="module")
def new_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For a file that asks for plans: which is the cheapest depends on the pages of tables and indexes that tests of other files left."""
    used = str(settings.DATABASES["default"]["NAME"])
    name = f"{used}_new"
    with django_db_blocker.unblock():
        make_test_database(name)
        use_database(name)
    yield
    with django_db_blocker.unblock():
        drop_work_tables()
        use_database(used)
    end_other_connections(name)
    drop_test_database(name)


def end_other_connections(database: str) -> None:
    """Names in a warning who is still connected when all tests are done, and ends it: a database in use cannot be dropped."""
    with server_connection() as server:
        # The server's own workers leave by themselves, and are not ours to end: autovacuum still looks after the catalogs.
        ours = "SELECT pid, state, left(query, 200) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
        left = server.execute(ours, [database]).fetchall()
        for pid, state, query in left:
            server.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            if not is_closed(pid):
                left_open = f"A test left a connection to {database} open: {state}, last asked {query!r}"
                warnings.warn(pytest.PytestWarning(left_open), stacklevel=1)


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
