"""The built-in PostgreSQL: created, started, stopped and repaired in one home."""

import os
import shutil
import signal
import time

import psutil
import psycopg
from psycopg import pq, sql

from retailhq.embedded import processes
from retailhq.embedded.engines import Engines, run_program
from retailhq.embedded.home import Account, EmbeddedError, Home

SUPERUSER = "postgres"
ROLE = "retailhq"
DATABASE = "retailhq"
PORT = 5432  # only names the socket file; nothing listens on the network
# Crash recovery replays at most max_wal_size; on a slow disk that takes minutes, and giving up earlier would only start it again.
START_SECONDS = 300
MEGABYTE = 1024 * 1024


def configuration(home: Home) -> str:
    """The server's settings, with the reason for each that differs from PostgreSQL's own choice."""
    memory = psutil.virtual_memory().total // MEGABYTE
    shared_buffers = max(64, min(1024, memory // 8))
    return f"""\
# Written by RetailHQ at every start: changes belong into postgresql.auto.conf (ALTER SYSTEM), which is read later.
listen_addresses = ''                   # reachable through the socket folder alone, which only the servers' account and root may enter
unix_socket_directories = '{home.sockets}'
unix_socket_permissions = 0700
port = {PORT}
max_connections = 100
fsync = on                              # postings are money: no figure is worth an unsafe disk
synchronous_commit = on
shared_buffers = {shared_buffers}MB
effective_cache_size = {max(128, memory // 2)}MB
work_mem = 32MB                         # set-based posting sorts and hashes chunks of some thousand lines: keep them off the disk
maintenance_work_mem = {max(64, min(512, memory // 16))}MB
max_wal_size = 4GB                      # bulk posting would otherwise force a checkpoint, and full page images, every few seconds
min_wal_size = 256MB
checkpoint_timeout = 15min
random_page_cost = 1.1                  # SSD
jit = off                               # compiling costs more than it saves on chunks of a few thousand rows
max_parallel_workers_per_gather = 0     # partitions are the parallelism here; it also keeps large queries off a container's small /dev/shm
max_parallel_maintenance_workers = 0
idle_in_transaction_session_timeout = 15min  # a stopped process must not hold row locks for ever
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 5s
"""


def address(home: Home) -> str:
    """The server's unix socket, for people."""
    return f"{home.sockets}/.s.PGSQL.{PORT}"


def is_ready(home: Home) -> bool:
    """Whether the server answers and its database has been made; costs a millisecond and needs no lock."""
    # os.path, because pathlib raises where the folder is closed to us, and here that simply means no.
    return os.path.exists(home.postgres_ready) and answers(home)


def answers(home: Home) -> bool:
    """Whether the server accepts connections."""
    conninfo = f"host='{home.sockets}' port={PORT} dbname={DATABASE} user={ROLE} connect_timeout=5"
    return pq.PGconn.ping(conninfo.encode()) == pq.Ping.OK


def ensure(home: Home, account: Account, engines: Engines) -> None:
    """Brings the server up, making or repairing whatever is missing. The home's lock is held by the caller.

    Raises EmbeddedError with the server's own last words when it does not start.
    """
    if not answers(home):
        if not (home.postgres_data / "PG_VERSION").exists():
            _create(home, account, engines)
        _refuse_other_version(home, engines, account)
        _remove_remains(home)
        _write_configuration(home, account)
        _start(home, account, engines)
    _make_database(home)


def _create(home: Home, account: Account, engines: Engines) -> None:
    """Runs initdb beside the final place, so that a killed initdb leaves nothing that looks like a database."""
    draft = home.path / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    if home.postgres_data.exists():
        if any(home.postgres_data.iterdir()):
            raise EmbeddedError(f"{home.postgres_data} holds no database but is not empty: move it away, or restore it from a backup")
        home.postgres_data.rmdir()
    home.postgres_ready.unlink(missing_ok=True)
    draft.mkdir(mode=0o700)
    if account.switched:
        shutil.chown(draft, account.uid, account.gid)
    done = run_program(
        [
            *(str(engines.postgres_bin / "initdb"), "--pgdata", str(draft), "--username", SUPERUSER, "--no-instructions"),
            *("--auth-local", "trust", "--auth-host", "reject", "--data-checksums", "--encoding", "UTF8"),
            # The built-in provider sorts by code point, alike on every machine, whatever locales the system has.
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        ],
        account,
        seconds=START_SECONDS,
    )
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL could not create its data folder: {last_words(done.stderr + done.stdout)}")
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude = 'retailhq.conf'\n")
    draft.rename(home.postgres_data)


def _refuse_other_version(home: Home, engines: Engines, account: Account) -> None:
    of_data = (home.postgres_data / "PG_VERSION").read_text(encoding="ascii").strip()
    of_program = run_program([str(engines.postgres_bin / "postgres"), "--version"], account, seconds=30).stdout.split()[-1].split(".")[0]
    if of_data != of_program:
        versions = f"was written by PostgreSQL {of_data}, the installed one is {of_program}"
        raise EmbeddedError(f"{home.postgres_data} {versions}: dump it with the old version and load it again")


def _remove_remains(home: Home) -> None:
    """Clears what a killed server leaves: its workers, and files whose process number may by now belong to somebody else."""
    left = processes.servers_in(home.postgres_data, "postgres")
    pid = _postmaster_pid(home)
    if pid is not None and processes.is_serving(pid, home.postgres_data, "postgres"):
        # Starting, recovering or shutting down: pg_ctl knows how to wait for each of them.
        return
    # Workers that outlived their postmaster keep its shared memory, and with it the next start, busy.
    processes.end(left, signal.SIGQUIT, seconds=5)
    (home.postgres_data / "postmaster.pid").unlink(missing_ok=True)
    for remains in home.sockets.glob(".s.PGSQL.*"):
        remains.unlink(missing_ok=True)


def _postmaster_pid(home: Home) -> int | None:
    try:
        return abs(int((home.postgres_data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return None


def _write_configuration(home: Home, account: Account) -> None:
    path = home.postgres_data / "retailhq.conf"
    draft = home.postgres_data / "retailhq.conf.new"
    draft.write_text(configuration(home), encoding="utf-8")
    draft.chmod(0o600)
    if account.switched:
        shutil.chown(draft, account.uid, account.gid)
    draft.rename(path)


def _start(home: Home, account: Account, engines: Engines) -> None:
    log = home.logs / "postgres.log"
    if log.exists() and log.stat().st_size > 20 * MEGABYTE:
        log.rename(home.logs / "postgres.log.1")
    pid = _postmaster_pid(home)
    if pid is not None:
        # A server that is on its way up needs no second one, a server on its way down has to be gone first.
        _wait_for_transition(home, pid)
        if answers(home):
            return
    begin = log.stat().st_size if log.exists() else 0
    done = run_program(
        [
            *(str(engines.postgres_bin / "pg_ctl"), "start", "--wait", "--silent", "--timeout", str(START_SECONDS)),
            *("--pgdata", str(home.postgres_data), "--log", str(log)),
        ],
        account,
        seconds=START_SECONDS + 30,
    )
    if done.returncode != 0 or not answers(home):
        said = log.read_bytes()[begin:].decode(errors="replace") if log.exists() else ""
        raise EmbeddedError(f"PostgreSQL did not start: {last_words(said or done.stderr)} (see {log})")


def _wait_for_transition(home: Home, pid: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while processes.is_serving(pid, home.postgres_data, "postgres") and not answers(home):
        if time.monotonic() > deadline:
            log = home.logs / "postgres.log"
            raise EmbeddedError(f"PostgreSQL (process {pid}) is neither up nor down after {START_SECONDS} seconds: see {log}")
        time.sleep(0.1)


def _make_database(home: Home) -> None:
    """Makes role and database if they are missing; the role is no superuser, so that what runs here also runs on an external server."""
    if home.postgres_ready.exists():
        return
    try:
        with psycopg.connect(
            host=str(home.sockets), port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=10
        ) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))
    except psycopg.Error as error:
        raise EmbeddedError(f"PostgreSQL runs but its database could not be made: {last_words(str(error))}") from error
    home.postgres_ready.touch(mode=0o600)


def stop(home: Home, account: Account, engines: Engines) -> bool:
    """Stops the server, connections included; true if there was one. The home's lock is held by the caller."""
    pid = _postmaster_pid(home)
    if pid is None or not processes.is_serving(pid, home.postgres_data, "postgres"):
        left = processes.servers_in(home.postgres_data, "postgres")
        processes.end(left, signal.SIGQUIT, seconds=5)
        return bool(left)
    pg_ctl = [str(engines.postgres_bin / "pg_ctl"), "stop", "--wait", "--silent", "--pgdata", str(home.postgres_data)]
    done = run_program([*pg_ctl, "--mode", "fast", "--timeout", "60"], account, seconds=90)
    if done.returncode != 0:
        done = run_program([*pg_ctl, "--mode", "immediate", "--timeout", "30"], account, seconds=60)
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL did not stop: {last_words(done.stderr + done.stdout)}")
    return True


def server_pid(home: Home) -> int | None:
    """Process number of the running server, or None."""
    pid = _postmaster_pid(home)
    return pid if pid is not None and processes.is_serving(pid, home.postgres_data, "postgres") else None


def last_words(text: str) -> str:
    """The most telling line of a server's output: the last one that says what went wrong, else simply the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1]
