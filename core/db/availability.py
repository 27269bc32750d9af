"""Tells a database that is away from a query that failed."""

from django.db import InterfaceError, OperationalError

# What a client is told to wait before it asks again.
RETRY_SECONDS = 10
# Connection trouble, shutdown and start of the server, no connection left: SQLSTATE classes and codes of PostgreSQL.
AWAY = ("08", "57P01", "57P02", "57P03", "53300")


def database_is_away(error: BaseException | None) -> bool:
    """Whether the error says that there is no database to talk to, and not that a query failed."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(AWAY)
