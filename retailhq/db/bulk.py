"""Bulk reads and writes: COPY and array parameters; the number of statements never depends on the number of rows."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

import psycopg
from django.db import connection


def cursor() -> "AbstractContextManager[psycopg.Cursor[Any]]":
    """A cursor of Django's connection; `with cursor() as c`. Takes part in the open transaction."""
    return cast("AbstractContextManager[psycopg.Cursor[Any]]", connection.cursor())


def fetch_all(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
    """All rows of one query as tuples."""
    with cursor() as c:
        c.execute(sql, parameters or None)
        return c.fetchall()


def fetch_dicts(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """All rows of one query as dictionaries by column name."""
    with cursor() as c:
        c.execute(sql, parameters or None)
        names = [column[0] for column in c.description or ()]
        return [dict(zip(names, row, strict=True)) for row in c.fetchall()]


def fetch_value(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Any:
    """The single value of a query with one row and one column, or None without a row."""
    rows = fetch_all(sql, parameters)
    return rows[0][0] if rows else None


def execute(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Runs one statement and says how many rows it touched."""
    with cursor() as c:
        c.execute(sql, parameters or None)
        return int(c.rowcount)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows with COPY; far cheaper than INSERT for anything above a handful. Table and column names must be literals of ours."""
    with cursor() as c, c.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:  # type: ignore[call-overload]
        for row in rows:
            copy.write_row(row)
