"""Tells a database that is away, or has no room, from a query that failed."""

import logging

from django.db import InterfaceError, InternalError, OperationalError

from core.lib.problems import Code, Problem, register

register(
    Code(
        "DATABASE_WITHOUT_ROOM",
        "job",
        "The database has no room: its disk or memory is full. No document has anything to do with it.",
        "Free room on the disk of the database; what is queued goes on by itself, anything else is asked for again.",
        "The database has no room ({reason}). Free some; what is queued goes on by itself, anything else is asked for again.",
    ),
    Code(
        "DATABASE_READ_ONLY",
        "job",
        "The database takes no changes: it is a standby, or somebody made it read-only. No document has anything to do with it.",
        "Let the operator make the database writable, or point DATABASE_URL to the one that is; what is queued goes on by itself.",
        "The database takes no changes ({reason}). Make it writable; what is queued goes on by itself, anything else is asked for again.",
    ),
)

# What a client is told to wait before it asks again.
RETRY_SECONDS = 10
# Disk or memory full, no connection left, an error of the file system: SQLSTATE classes of PostgreSQL.
WITHOUT_ROOM = ("53", "58")
READ_ONLY = "25006"
# Those, connection trouble, and shutdown and start of the server.
AWAY = ("08", "57P01", "57P02", "57P03", READ_ONLY, *WITHOUT_ROOM)


def database_is_away(error: BaseException | None) -> bool:
    """Whether the error says that there is no database to talk to, and not that a query failed."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return state_of(error) == READ_ONLY
    state = state_of(error)
    return not state or state.startswith(AWAY)


def state_of(error: BaseException | None) -> str:
    """The SQLSTATE of an error of the database, '' for one without."""
    return getattr(getattr(error, "__cause__", None), "sqlstate", None) or ""


def is_fault_of_server(error: BaseException | None) -> bool:
    """Whether the server could do nothing for anybody: no document is to blame, and trying the next one is of no use."""
    return isinstance(error, OperationalError | InternalError) and state_of(error).startswith((READ_ONLY, *WITHOUT_ROOM))


def fault_of_server(error: BaseException) -> Problem:
    """What people are told then, in one line."""
    reason = " ".join(str(error).split())[:300]
    code = "DATABASE_READ_ONLY" if state_of(error) == READ_ONLY else "DATABASE_WITHOUT_ROOM"
    return Problem(code, {"reason": reason})


class FaultsInOneLine(logging.Filter):
    """Says in one line that the database is away or takes nothing: people get a page that says so, and no code of ours is to blame."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The record, without the traceback of such an error."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and database_is_away(error):
            record.msg, record.args = f"{record.getMessage()}: {' '.join(str(error).split())[:300]}", ()
            record.exc_info = None
        return True
