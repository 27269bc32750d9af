"""Temporary tables that a session makes once and keeps: made anew, they cost files each time, and the server its plans."""

from core.db.bulk import execute, fetch_value

# Above so many bytes new files are cheaper than to mark row by row; below, new files for tables and indexes are dearer.
_SMALL = 65_536


def ensure_work_tables(creation: str, table: str) -> None:
    """Makes the tables of `creation` unless this session has `table`, the last of them; one query, two for the first time."""
    if fetch_value("SELECT to_regclass(%s) IS NULL", [f"pg_temp.{table}"]):
        execute(creation)


def ensure_empty_work_tables(creation: str, largest: str, *others: str) -> None:
    """Makes the tables of `creation` unless this session has them, else empties them; two queries."""
    size = fetch_value("SELECT pg_relation_size(to_regclass(%s))", [f"pg_temp.{largest}"])
    if size is None:
        execute(creation)
    elif size > _SMALL:
        execute(f"TRUNCATE {', '.join((largest, *others))}")
    else:
        emptied = ", ".join(f"{table}_before AS (DELETE FROM {table})" for table in others)
        execute(f"{f'WITH {emptied}' if emptied else ''} DELETE FROM {largest}")
