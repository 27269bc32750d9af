"""Tells a database that is away, or has no room, from a query that failed."""

from django.db import InterfaceError, OperationalError

from core.lib.problems import Code, Problem, register

register(
    Code(
        "DATABASE_WITHOUT_ROOM",
        "job",
        "The database has no room: its disk or memory is full. No document has anything to do with it.",
        "Free room on the disk of the database; what is queued goes on by itself, anything else is asked for again.",
        "The database has no room ({reason}). Free some; what is queued goes on by itself, anything else is asked for again.",
    )
)

# What a client is told to wait before it asks again.
RETRY_SECONDS = 10
# Disk or memory full, no connection left, an error of the file system: SQLSTATE classes of PostgreSQL.
WITHOUT_ROOM = ("53", "58")
# Those, connection trouble, and shutdown and start of the server.
AWAY = ("08", "57P01", "57P02", "57P03", *WITHOUT_ROOM)


def database_is_away(error: BaseException | None) -> bool:
    """Whether the error says that there is no database to talk to, and not that a query failed."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(AWAY)


def is_fault_of_server(error: BaseException | None) -> bool:
    """Whether the server could do nothing for anybody: no document is to blame, and trying the next one is of no use."""
    state = getattr(getattr(error, "__cause__", None), "sqlstate", None) or ""
    return isinstance(error, OperationalError) and state.startswith(WITHOUT_ROOM)


def without_room(error: BaseException) -> Problem:
    """What people are told then, in one line."""
    return Problem("DATABASE_WITHOUT_ROOM", {"reason": " ".join(str(error).split())[:300]})
