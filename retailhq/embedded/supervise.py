"""Keeps web server, worker and beat running together, for `manage.py serve` and `make run`.

Written here and not taken from a process manager, because it also restarts the built-in services, lets the demo start the worker first and
the rest later, and gives the worker the time to finish its chunk.
"""

import functools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

import structlog
from django.conf import settings

from retailhq.embedded.control import start_needed
from retailhq.embedded.home import EmbeddedError

logger = structlog.get_logger(__name__)

# The worker finishes its chunk; whatever is not done by then is rolled back and resumed by the next worker.
STOP_SECONDS = 30.0
CHECK_SECONDS = 5.0
# A program that keeps dying is a fault to be seen, not to be hidden by starting it for ever.
MOST_RESTARTS_PER_MINUTE = 5


class CannotServeError(Exception):
    """Serving cannot start: the port is taken, or the database is not up to date; the message is one line that a person can act on."""


class Crew:
    """Child processes that live and die together. Leaving the `with` block stops them; so does the death of this process."""

    def __init__(self, output: IO[bytes] | None = None, environment: Mapping[str, str] | None = None) -> None:
        """`output` takes what the children print, without it they share our standard error; `environment` replaces ours."""
        self._output = output
        self._environment = environment
        self._commands: dict[str, list[str]] = {}
        self._handed_down: dict[str, tuple[int, ...]] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ended_at: list[float] = []
        self._stopping = False

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: list[str], hand_down: tuple[int, ...] = ()) -> None:
        """Starts one program under a name, with open files to hand down; it is started again when it ends by itself."""
        self._commands[name] = command
        self._handed_down[name] = hand_down
        self._spawn(name)

    def _spawn(self, name: str) -> None:
        wrapper = [sys.executable, "-m", "retailhq.embedded.child", str(os.getpid())]
        self._children[name] = subprocess.Popen(
            [*wrapper, *self._commands[name]],
            cwd=settings.BASE_DIR,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output or sys.stderr.fileno(),
            stderr=self._output or sys.stderr.fileno(),
            # Ctrl-C in a terminal goes to its whole foreground group: the children must hear it from us, once.
            start_new_session=True,
            pass_fds=self._handed_down[name],
        )

    def pids(self) -> dict[str, int]:
        """Process numbers of the children by name."""
        return {name: child.pid for name, child in self._children.items()}

    def look_after(self) -> bool:
        """Starts again what has ended; false when that happens too often, and then the caller should stop."""
        for name, child in list(self._children.items()):
            if child.poll() is None or self._stopping:
                continue
            now = time.monotonic()
            self._ended_at = [moment for moment in self._ended_at if now - moment < 60] + [now]
            logger.warning("child_ended", child=name, status=child.returncode)
            if len(self._ended_at) > MOST_RESTARTS_PER_MINUTE:
                return False
            # What it may have left: a master that was killed leaves its pool behind.
            _signal_group(child, signal.SIGKILL)
            self._spawn(name)
        return True

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Asks all children to end, waits up to `seconds`, then kills each with all its descendants."""
        self._stopping = True
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        try:
            for child in self._children.values():
                try:
                    child.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    continue
        finally:
            # Also after a second Ctrl-C, which arrives here as an exception.
            for child in self._children.values():
                _signal_group(child, signal.SIGKILL)
                child.wait()
            self._children.clear()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def worker_command(concurrency: int | None = None) -> list[str]:
    """The Celery worker with as many processes as asked for; gossip and mingling between workers serve nothing here."""
    return [
        # In a container the only user is often root; the tasks are ours and the messages are JSON, so that warning helps nobody here.
        *(sys.executable, "-W", "ignore:You're running the worker with superuser"),
        *("-m", "celery", "--quiet", "--skip-checks", "--app", "retailhq", "worker", "--loglevel", settings.LOG_LEVEL),
        *("--concurrency", str(concurrency or settings.WORKER_CONCURRENCY), "--hostname", f"retailhq-{os.getpid()}@%h"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat_command() -> list[str]:
    """Celery's clock; recurrences are kept in the database. A second one elsewhere does no harm, because every task may run twice."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--skip-checks", "--app", "retailhq"]
    return [*celery, "beat", "--loglevel", settings.LOG_LEVEL, "--pidfile", ""]


def web_command(listener: socket.socket) -> list[str]:
    """gunicorn with a few threads for each process; the application is loaded before forking, so a broken setting ends the start."""
    return [
        *(
            sys.executable,
            "-m",
            "gunicorn",
            "retailhq.wsgi:application",
            "--preload",
            "--worker-class",
            "retailhq.web_worker.SheddingWorker",
        ),
        *(
            "--workers",
            str(min(4, max(2, os.cpu_count() or 1))),
            "--threads",
            str(settings.WEB_THREADS),
            "--bind",
            f"fd://{listener.fileno()}",
        ),
        *("--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning"),
    ]


def bind_host() -> str:
    """The address to listen on, IPv6 in brackets."""
    return f"[{settings.BIND}]" if ":" in settings.BIND else str(settings.BIND)


def address() -> str:
    """The address that a person opens."""
    host = "localhost" if settings.BIND in {"127.0.0.1", "0.0.0.0", "::", "::1"} else bind_host()
    return f"http://{host}:{settings.PORT}/"


def listen() -> socket.socket:
    """The web server's socket, opened here and handed down, so that a taken port is found before anything starts.

    Visitors of the first second, or of a restart, wait instead of being refused. Raises CannotServeError.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.BIND, settings.PORT))
        listener.listen(512)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise CannotServeError(
            f"PORT {settings.PORT} on {settings.BIND} cannot be used ({reason}): set PORT (or BIND) to a free one"
        ) from error
    return listener


def require_migrated_database() -> None:
    """Raises CannotServeError when tables are missing: pages and tasks would only fail one by one. Leaves no connection open."""
    from django.db import connection

    try:
        missing = missing_migrations()
    finally:
        connection.close()
    if missing:
        raise CannotServeError(f"the database lacks {len(missing)} migrations: run manage.py migrate first")


def migrated_or_exit() -> None:
    """Ends this process with status 2 and a line when tables are missing."""
    try:
        require_migrated_database()
    except CannotServeError as refusal:
        sys.stderr.write(f"retailhq: {refusal}\n")
        raise SystemExit(2) from None


def missing_migrations() -> list[tuple[str, str]]:
    """App and name of each migration of this version that the database lacks; it may have others, of a later version."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = MigrationRecorder(connection).applied_migrations().keys()
    return [one for one, recorded_as in migrations_of_this_version().items() if not applied >= recorded_as]


@functools.cache
def migrations_of_this_version() -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    """All migrations, and what a database records of each: itself, or those that it replaces."""
    from django.db.migrations.loader import MigrationLoader

    found = MigrationLoader(None).disk_migrations.items()
    return {one: frozenset(migration.replaces or [one]) for one, migration in found}


def prepare_static_files() -> None:
    """In production pages name static files by their content's hash, which needs them collected; elsewhere there is nothing to do."""
    from django.core.management import call_command

    if settings.PRODUCTION:
        call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def running_worker(*, concurrency: int | None = None, log: Path | None = None) -> Iterator[Crew]:
    """A Celery worker for the length of the block, its messages in `log` if given. Call `look_after` while waiting for it."""
    start_needed()
    output = log.open("ab") if log else None
    try:
        with Crew(output) as crew:
            crew.start("worker", worker_command(concurrency))
            yield crew
    finally:
        if output:
            output.close()


def serve(crew: Crew | None = None) -> int:
    """Runs web, worker and beat until SIGINT or SIGTERM and returns the exit status: 0 after a signal, 1 when a program keeps ending.

    A crew that already has a worker (the demo's) is completed and taken over. Raises CannotServeError, EmbeddedError.
    """
    with listen() as listener, crew or Crew() as members, _ended_by_signals() as asked_to_end:
        start_needed()
        require_migrated_database()
        prepare_static_files()
        if "worker" not in members.pids():
            members.start("worker", worker_command())
        members.start("beat", beat_command())
        members.start("web", web_command(listener), hand_down=(listener.fileno(),))
        checked_at = time.monotonic()
        while not asked_to_end:
            time.sleep(0.2)
            if not members.look_after():
                return 1
            if time.monotonic() - checked_at > CHECK_SECONDS:
                checked_at = time.monotonic()
                _revive_services()
        return 0


def _revive_services() -> None:
    """Starts a built-in service again that somebody has killed; a failure is logged and tried again later."""
    try:
        if start_needed():
            logger.warning("services_restarted")
    except (EmbeddedError, OSError) as error:
        logger.error("services_not_restarted", reason=str(error))


@contextmanager
def _ended_by_signals() -> Iterator[list[int]]:
    """A list that stays empty until SIGINT or SIGTERM arrives; a second signal raises KeyboardInterrupt, which ends the waiting."""
    received: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
