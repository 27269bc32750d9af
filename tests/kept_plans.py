"""What the server works out for our queries is kept from test to test: for tables of few rows, planning was most of its work.

psycopg prepares nothing in the product (Django's choice), and forgets what it has prepared at each rollback, with which every test ends.
The server keeps a plan until a table of the query changes, but forgets all of them when somebody makes a schema, such as that of the
session's temporary tables. So these are made before the first test and not within each.
"""

from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg import sql
from psycopg._preparing import PrepareManager

from core.db.import_keys import clear_import_keys
from inventory.writes import receipts, takes


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
    """For all connections that this process makes from now on."""
    connection_created.connect(make_ready)


def make_ready(sender: type, connection: BaseDatabaseWrapper, **_: object) -> None:
    """Has a new connection to a test database keep what it prepares, and makes its work tables."""
    if str(connection.settings_dict["NAME"]).startswith("test_"):
        connection.connection._prepared = KeptQueries()
        takes.make_work_tables()
        receipts.make_work_tables()
        clear_import_keys()


# Pages of a work table (8 kB) from which on it is worth giving them back.
MANY_PAGES = 8


def empty_work_tables() -> None:
    """Gives back the room of rows that tests took back, between two files."""
    if connection.connection is None or connection.in_atomic_block:
        return
    # Not Django's cursor, which no test may have that does not ask for the database.
    session = connection.connection
    find = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = pg_my_temp_schema() AND pg_relation_size(oid) > %s * 8192"
    if tables := [sql.Identifier("pg_temp", name) for (name,) in session.execute(find, [MANY_PAGES]).fetchall()]:
        session.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))


def drop_work_tables() -> None:
    """So that the server is quickly done with a connection that is closed."""
    if connection.connection is not None:
        connection.connection.execute("DISCARD TEMP")
