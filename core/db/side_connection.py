"""A second connection beside Django's own, for what others must see while a long transaction is open."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


class Beside:
    """Opened on first use; every query is a transaction of its own."""

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper | None = None

    def fetch_all(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        if self._connection is None:
            self._connection = connection.copy()
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def close(self) -> None:
        """Ends the connection if it was opened."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
