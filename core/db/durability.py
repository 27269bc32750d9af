"""When a commit waits for the disk.

A posting run commits each state. Only the commit that a person is told about (Posted, or failed) must be on disk; it takes all earlier ones
with it, because the log is written in order. A crash of the server may lose the states before it, and the run goes on there: every step
is idempotent. Nothing can become inconsistent.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from core.db.bulk import execute


@contextmanager
def commits_without_waiting() -> Iterator[None]:
    """Commits inside do not wait for the disk, unless `wait_for_this_commit` says so."""
    execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        execute("RESET synchronous_commit")


def wait_for_this_commit() -> None:
    """The open transaction's commit waits for the disk."""
    execute("SET LOCAL synchronous_commit = on")
