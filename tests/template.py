"""The migrated database that every test database is copied from; kept on the server, so that only a new migration costs the migrating."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from core.access import pages, rights, writes
from retailhq.management.commands import migrate

PREFIX = "retailhq_template_"
# Processes that make, copy and drop templates do so one after another; the number means nothing and is used nowhere else.
LOCK = 5_271_828_182


def server_connection(database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of its own to the server; to no test database unless one is named."""
    given = settings.DATABASES["default"]
    account = {"host": given["HOST"], "port": given["PORT"] or None, "user": given["USER"], "password": given["PASSWORD"] or None}
    return psycopg.connect(dbname=database, autocommit=True, **account)


def migrations_hash() -> str:
    """A name for what migrating gives: of the texts of all migrations, of those of other packages too, and of what they write."""
    files = [Path(__file__), *(Path(str(module.__file__)) for module in (writes, pages, rights, migrate))]
    for config in apps.get_app_configs():
        files += Path(config.path).glob("permissions.py")
        files += [file for file in (Path(config.path) / "migrations").glob("*") if file.suffix in {".py", ".sql"}]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def make_test_database(name: str) -> None:
    """Copies the template, which is migrated first where it is missing; nobody else copies or drops it meanwhile (advisory lock)."""
    template = f"{PREFIX}{migrations_hash()}"
    with server_connection() as server, locked(server):
        if not exists(server, template):
            migrate_into(server, template)
        run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        run(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
        # A test database need not survive a power cut.
        run(server, "ALTER DATABASE {} SET synchronous_commit = off", name)
        # Which parameters a query has makes no difference on tables of few rows: it is planned once (tests/kept_plans.py).
        run(server, "ALTER DATABASE {} SET plan_cache_mode = force_generic_plan", name)


def drop_test_database(name: str) -> None:
    with server_connection() as server:
        run(server, "DROP DATABASE IF EXISTS {}", name)


@contextmanager
def locked(server: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[None]:
    """Holds the lock of all templates; a process that dies gives it back with its connection."""
    server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    yield
    server.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def migrate_into(server: "psycopg.Connection[tuple[Any, ...]]", template: str) -> None:
    """Migrates a new database and gives it the template's name when it is whole; templates of other migrations are dropped."""
    draft = f"{template}_draft"
    run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", draft)
    run(server, "CREATE DATABASE {}", draft)
    use_database(draft)
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    keep_plans_the_same()
    connection.close()
    # A template that somebody is connected to cannot be copied, so nobody may.
    run(server, "ALTER DATABASE {} ALLOW_CONNECTIONS false", draft)
    run(server, "ALTER DATABASE {} RENAME TO {}", draft, template)
    for (name,) in server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX]).fetchall():
        if name != template:
            run(server, "DROP DATABASE {}", name)


def keep_plans_the_same() -> None:
    """Nothing vacuums or analyses tables behind the back of a test.

    Tests take back what they write, so the server would note at a moment of its own that all tables are empty, and from then on join a
    world of some hundred rows row by row: minutes in place of milliseconds, in one run and not in the next. Of a table that was never
    looked at it assumes ten pages.
    """
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.Identifier(table)).as_string())


# Pages of a table (8 kB) from which on it is worth removing what tests took back.
MANY_PAGES = 50


def remove_dead_rows(name: str) -> None:
    """Gives back the room of rows that tests took back, between two files, when nobody writes; a table that is empty then counts as new."""
    with server_connection(name) as server:
        rows = server.execute(
            """
            SELECT relname FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > %s * 8192
            """,
            [MANY_PAGES],
        ).fetchall()
        if tables := [table for (table,) in rows]:
            server.execute(sql.SQL("VACUUM (SKIP_LOCKED) {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
            count_as_new(server, tables)


def count_as_new(server: "psycopg.Connection[tuple[Any, ...]]", tables: Sequence[str]) -> None:
    """The planner assumes ten pages of them again, as if they had never been vacuumed: else plans would depend on what ran before.

    Only PostgreSQL 18 and later, such as the built-in one, can be told so.
    """
    if server.info.server_version >= 180_000:
        server.execute(
            """
            SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', name, 'relpages', 0, 'reltuples', (-1)::real)
            FROM unnest(%s::text[]) AS name
            """,
            [list(tables)],
        )


def use_database(name: str) -> None:
    """Django's connection goes to this database from now on, in every thread."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def drop_databases_of_dead_runs() -> None:
    """What a killed run left: its test databases carry its process number."""
    with server_connection() as server:
        for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_retailhq\\_%'").fetchall():
            run_number = re.match(r"test_retailhq_(\d+)", name)
            if run_number and not psutil.pid_exists(int(run_number[1])):
                run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def exists(server: "psycopg.Connection[tuple[Any, ...]]", name: str) -> bool:
    return server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def run(server: "psycopg.Connection[tuple[Any, ...]]", statement: str, *names: str) -> None:
    """One statement about databases, which take no parameters."""
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
