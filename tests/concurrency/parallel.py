"""Real parallel connections: threads that meet at chosen points, and processes that die at chosen points. No sleeping to win a race."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from time import monotonic
from typing import Any, NoReturn, TypeVar

from django.db import connection

from core.db.bulk import fetch_all, fetch_value
from core.db.locks import DELIVERY_PARTITION, STATEMENT_PARTITION

PATIENCE = 30.0
Result = TypeVar("Result")


def apart(action: Callable[[], Result]) -> Callable[[], Result]:
    """The action in a thread's own connection, which ends with it; a lock that it cannot get is an error and not a hanging test."""

    def run() -> Result:
        try:
            fetch_all("SELECT set_config('lock_timeout', '20s', false)")
            return action()
        finally:
            connection.close()

    return run


class ThreadGroup:
    """Threads for the length of a test: `start` gives a future, leaving the block waits for all."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.pool = self.stack.enter_context(ThreadPoolExecutor(max_workers=8))

    def __enter__(self) -> "ThreadGroup":
        return self

    def __exit__(self, *details: Any) -> None:
        self.stack.__exit__(*details)

    def start(self, action: Callable[[], Result]) -> "Future[Result]":
        return self.pool.submit(apart(action))


def wait_for(fact: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Asks again until it is so."""
    ends_at = monotonic() + seconds
    while not fact():
        assert monotonic() < ends_at, f"never happened: {what}"


# Who waits a moment for a worker of the server, such as autovacuum, which cuts the catalogs short, meets nobody of the test.
WAITING = """
    SELECT count(*) FROM pg_stat_activity waiting
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND EXISTS (
        SELECT FROM pg_stat_activity holder WHERE holder.pid = ANY(pg_blocking_pids(waiting.pid)) AND holder.backend_type = 'client backend'
    )
"""


def waiting_for_locks() -> int:
    """How many connections to this database wait for a row or a transaction that another connection holds."""
    fetch_all("SELECT pg_stat_clear_snapshot()")  # inside a transaction the first answer would be given for ever
    return int(fetch_value(WAITING))


def somebody_waits_for_a_lock() -> bool:
    """Whether a connection does."""
    return waiting_for_locks() > 0


PARTITIONS_HELD = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = ANY(%s) AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def wait_until_partitions_are_free() -> None:
    """The server notices a client that is gone, and gives back its locks, in its own time."""
    wait_for(lambda: fetch_value(PARTITIONS_HELD, [[STATEMENT_PARTITION, DELIVERY_PARTITION]]) == 0, "all partitions are free")


def deadlocks() -> int:
    """How many deadlocks the server has had to end in this database."""
    fetch_all("SELECT pg_stat_clear_snapshot()")
    return int(fetch_value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


class Gate:
    """A point that one thread reaches and then waits at until somebody opens it; others pass, and so does whoever comes once it is open."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.taken = threading.Lock()

    def stop_first(self) -> None:
        """Called by the code under test."""
        if self.taken.acquire(blocking=False):
            self.reached.set()
            assert self.opened.wait(PATIENCE), "the gate was never opened"

    def wait(self) -> None:
        """Called by the test: somebody stands at the gate."""
        assert self.reached.wait(PATIENCE), "nobody came to the gate"

    def open(self) -> None:
        self.opened.set()

    def around(self, genuine: Callable[..., Result], *, after: bool = True) -> Callable[..., Result]:
        """The function, with the gate behind it (or before it)."""

        def stopped(*arguments: Any, **named: Any) -> Result:
            if not after:
                self.stop_first()
            result = genuine(*arguments, **named)
            if after:
                self.stop_first()
            return result

        return stopped


# -- processes -------------------------------------------------------------------------------------------------------------


# Those that nobody has waited for yet; one that was left stopped would hold its locks, and the test's tables, for ever.
CHILDREN: set[int] = set()


def end_children() -> None:
    """Kills what a failed test has left."""
    for pid in CHILDREN:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    CHILDREN.clear()


class Child:
    """A forked process with a database connection of its own. It ends without any of Python's farewells, as a killed one does."""

    def __init__(self, action: Callable[[], object]) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            self._live(action)
        CHILDREN.add(self.pid)

    def _live(self, action: Callable[[], object]) -> NoReturn:
        status = 1
        try:
            # The parent's connection is forgotten, not closed: closing it would end it for the parent as well.
            connection.connection = None
            action()
            status = 0
        finally:
            os._exit(status)

    def wait(self) -> int:
        """Exit status, or minus the signal that ended it."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        CHILDREN.discard(self.pid)
        return status

    def wait_until_stopped(self) -> None:
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


class KillPoint:
    """Counts what a process says to the database, each query and each commit before and after, and sends it a signal at one point."""

    def __init__(self, point: int | None = None, *, before: str = "", number: signal.Signals = signal.SIGKILL) -> None:
        """`point` counts from 1; `before` are words of the query before which it happens."""
        self.point = point
        self.before = before
        self.number = number
        self.count = 0

    def pass_point(self) -> None:
        self.count += 1
        if self.count == self.point:
            os.kill(os.getpid(), self.number)

    def __call__(self, execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        if self.before and self.before in str(sql):
            os.kill(os.getpid(), self.number)
        self.pass_point()
        return execute(sql, parameters, many, context)

    def arm(self, action: Callable[[], object]) -> None:
        """Runs the action with the kill point armed."""
        database: Any = connection
        genuine = database._commit

        def commit() -> None:
            self.pass_point()
            genuine()
            self.pass_point()

        database._commit = commit
        try:
            with connection.execute_wrapper(self):
                action()
        finally:
            database._commit = genuine
