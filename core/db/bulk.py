"""Bulk reads and writes: COPY and array parameters; the number of queries never depends on the number of rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg.pq import Format

RowT = TypeVar("RowT")


@contextmanager
def cursor() -> "Iterator[psycopg.Cursor[Any]]":
    """A cursor of Django's connection, inside the open transaction if there is one.

    It binds parameters on the server and reads results in binary, which Django's own does not and which costs a third less time on
    rows of numbers and instants; Django's query log and execute wrappers see it as any other.
    """
    # As Django's own cursors do: a connection that was kept from the last request or task may have died since.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    # The stubs take Django's cursor classes for wrappers, hence Any.
    raw: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    with connection.wrap_database_errors, raw:
        raw.format = Format.BINARY
        yield cast("psycopg.Cursor[Any]", connection.make_debug_cursor(raw) if connection.queries_logged else connection.make_cursor(raw))


def array(values: Iterable[object]) -> str:
    """Numbers, dates, instants, truth values or None as the literal of a PostgreSQL array; for `%s::bigint[]` and the like.

    Joining text is many times cheaper than adapting a list value by value.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_array(values: Iterable[str]) -> str:
    """Texts as the literal of a PostgreSQL array; for `%s::text[]`."""
    return "{" + ",".join(['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]) + "}"


def fetch_all(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
    """All rows of one query as tuples."""
    with cursor() as c:
        c.execute(sql, parameters or None)
        return c.fetchall()


def fetch_as(row_type: Callable[..., RowT], sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[RowT]:
    """All rows of one query as values of a named tuple or dataclass: a column fills the field of its name, wherever it stands.

    Raises TypeError for a column without a field, and for a field without a column or a default.
    """
    with cursor() as c:
        c.execute(sql, parameters or None)
        make = _maker(row_type, [column[0] for column in c.description or ()])
        return [make(row) for row in c.fetchall()]


def fetch_by(
    keys: tuple[str, ...], row_type: Callable[..., RowT], sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
) -> dict[Any, RowT]:
    """As `fetch_as`, by the first columns, which bear the names of `keys` and are no fields: by the value of one, by a tuple of several."""
    with cursor() as c:
        c.execute(sql, parameters or None)
        names, many = [column[0] for column in c.description or ()], len(keys)
        if names[:many] != list(keys):
            raise TypeError(f"the query begins with {names[:many]} and not with {list(keys)}")
        make = _maker(row_type, names[many:])
        return {(row[0] if many == 1 else row[:many]): make(row[many:]) for row in c.fetchall()}


def _maker(row_type: Callable[..., RowT], names: list[str]) -> Callable[[Sequence[Any]], RowT]:
    # A named tuple whose fields are the columns in their order is made without looking at names again.
    if list(getattr(row_type, "_fields", ())) == names:
        return cast("Callable[[Sequence[Any]], RowT]", row_type._make)  # type: ignore[attr-defined]
    return lambda row: row_type(**dict(zip(names, row, strict=True)))


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
    """Runs one query and says how many rows it touched."""
    with cursor() as c:
        c.execute(sql, parameters or None)
        return int(c.rowcount)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows with COPY; far cheaper than INSERT for anything above a handful. Table and column names must be literals of ours."""
    with cursor() as c, c.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def reserve_ids(table: str, count: int) -> list[int]:
    """The next `count` ids of a table, rising; at most one query. Ids of a transaction that is rolled back are lost."""
    if not count:
        return []
    # The sequence is looked up once: inside the SELECT it would be for each row.
    rows = fetch_all(
        """
        WITH s AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)
        SELECT nextval(s.sequence) FROM s, generate_series(1, %s)
        """,
        [table, count],
    )
    return [row[0] for row in rows]
