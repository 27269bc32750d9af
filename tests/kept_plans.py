"""What the server works out for our queries is kept from test to test: for tables of few rows, planning was most of its work.

psycopg prepares nothing in the product (Django's choice), and forgets what it has prepared at each rollback, with which every test ends.
The server keeps a plan until a table of the query changes, but forgets all of them when somebody makes a schema, such as that of the
session's temporary tables. So these are made before the first test and not within each.
"""

from contextlib import suppress
from functools import lru_cache
from typing import Any
from weakref import ref

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import TestCase
from psycopg import _queries, sql
from psycopg._preparing import PrepareManager

from core.db.import_keys import clear_import_keys
from inventory.writes import receipts, takes
from statements.writes import calculation


class KeptQueries(PrepareManager):
    """Prepares a query at the second time, and keeps it as long as the connection."""

    prepare_threshold = 1
    prepared_max = 1000

    def _should_discard(self, *_: Any) -> bool:
        return False

    def clear(self) -> bool:
        """Nothing: the server makes plans anew by itself."""
        return False


def keep_plans() -> None:
    """For all connections that this process makes from now on, and for all tests that are one transaction."""
    connect = DatabaseWrapper.get_new_connection

    def connect_and_keep(wrapper: DatabaseWrapper, parameters: dict[str, Any]) -> Any:
        made = connect(wrapper, parameters)
        if str(wrapper.settings_dict["NAME"]).startswith("test_"):
            made._prepared = KeptQueries()
            MADE[made.info.backend_pid] = ref(made)
        return made

    DatabaseWrapper.get_new_connection = connect_and_keep  # type: ignore[assignment]
    send = psycopg.Cursor._send_query_prepared

    def send_and_note(cursor: "psycopg.Cursor[Any]", name: bytes, query: Any, **how: Any) -> None:
        # As psycopg does for what is not prepared: Django's log of queries asks for it.
        cursor._query = query
        send(cursor, name, query, **how)

    psycopg.Cursor._send_query_prepared = send_and_note  # type: ignore[assignment]
    # psycopg keeps the texts of 128 queries as it sends them; the suite has some thousand, by turns.
    _queries._query2pg = lru_cache(5_000)(_queries._query2pg_nocache)
    genuine = TestCase._enter_atomics.__func__  # type: ignore[attr-defined]  # where Django begins the transaction of a test

    def enter_atomics(cls: type[TestCase]) -> object:
        make_work_tables()
        return genuine(cls)

    TestCase._enter_atomics = classmethod(enter_atomics)  # type: ignore[attr-defined]  # likewise


# Connections to test databases by the number of their server process.
MADE: dict[int, "ref[psycopg.Connection[Any]]"] = {}


def is_closed(server_process: int) -> bool:
    """Whether that is the end of a connection of ours that is closed: the server needs a moment more, to drop its work tables."""
    made = MADE.get(server_process)
    found = made() if made else None
    return made is not None and (found is None or found.closed)


def make_work_tables() -> None:
    """Makes the work tables of this session for good, unless a transaction has begun; to be called before one that is taken back."""
    if connection.in_atomic_block:
        return
    connection.ensure_connection()
    if connection.connection is not Session.with_tables:
        Session.with_tables = connection.connection
        takes.make_work_tables()
        receipts.make_work_tables()
        calculation.make_work_table()
        clear_import_keys()


class Session:
    """The connection whose work tables are made."""

    with_tables: object = None


# Pages of a work table (8 kB) from which on it is worth giving them back.
MANY_PAGES = 8


def empty_work_tables() -> None:
    """Gives back the room of rows that tests took back, between two files."""
    if connection.connection is None or connection.in_atomic_block:
        return
    find = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = pg_my_temp_schema() AND pg_relation_size(oid) > %s * 8192"
    # Not Django's cursor, which no test may have that does not ask for the database. A test may have left a connection that is dead.
    session = connection.connection
    with suppress(psycopg.OperationalError):
        if tables := [sql.Identifier("pg_temp", name) for (name,) in session.execute(find, [MANY_PAGES]).fetchall()]:
            session.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))


def drop_work_tables() -> None:
    """So that the server is quickly done with a connection that is closed."""
    if connection.connection is not None:
        with suppress(psycopg.OperationalError):
            connection.connection.execute("DISCARD TEMP")
