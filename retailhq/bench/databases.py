"""Databases of their own for benchmarks: made once with data, then copied for each run, so that every run starts the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from retailhq.bench.generate import Size, generate

PREFIX = "retailhq_bench"
# What new databases are copied from; a test names one that is migrated already.
EMPTY = "template0"
# How a filled database is copied: as files, which forces two checkpoints but writes no log; tests copy tiny ones.
STRATEGY = "file_copy"


def _administer(*statements: sql.Composed) -> None:
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters, autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement)


def database_url() -> str:
    """Where another process finds the database that Django uses now."""
    given = connection.settings_dict
    login = quote(given["USER"]) + (f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else "")
    place_of = f"/{given['HOST']}" if given["HOST"].startswith("/") else f"{given['HOST']}:{given['PORT'] or 5432}"
    return f"postgresql://{login}@{place_of}/{given['NAME']}"


@contextmanager
def database(name: str, template: str = "", *, keep: bool = False) -> Iterator[None]:
    """Makes the database a copy of `template` (empty if not given), lets Django use it, and drops it at the end unless it shall be kept."""
    before = connection.settings_dict["NAME"]
    connection.close()
    strategy = sql.Identifier(STRATEGY if template else "wal_log")
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template or EMPTY), "strategy": strategy}
    _administer(
        sql.SQL("DROP DATABASE IF EXISTS {name}").format(**names),
        sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY {strategy}").format(**names),
    )
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        if not keep:
            _administer(sql.SQL("DROP DATABASE IF EXISTS {name}").format(**names))


@contextmanager
def existing_database(name: str) -> Iterator[None]:
    """Lets Django use a database that was kept."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def filled_template(size: Size) -> Iterator[str]:
    """A database with calculated statements of this size, to be copied from."""
    name = f"{PREFIX}_{size.lines}_{size.stores}"
    with database(name):
        call_command("migrate", verbosity=0)
        generate(size)
        connection.close()
        yield name


@contextmanager
def fresh_copy(template: str) -> Iterator[None]:
    """A copy of the template that Django uses inside."""
    connection.close()
    with database(f"{template}_run", template):
        yield
