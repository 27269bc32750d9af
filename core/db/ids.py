"""Ids reserved before rows are written, so that rows that belong together can be copied without reading anything back."""

from core.db.bulk import fetch_all


def reserve_ids(table: str, count: int) -> list[int]:
    """The next `count` ids of a table, rising; at most one query. Ids of a transaction that is rolled back are lost."""
    if not count:
        return []
    rows = fetch_all("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
    return [row[0] for row in rows]
