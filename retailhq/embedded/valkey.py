"""The built-in Valkey: started, stopped and repaired in one home."""

import shutil
import signal
import socket
import time
from pathlib import Path

from retailhq.embedded import processes
from retailhq.embedded.engines import Engines, run_program
from retailhq.embedded.home import Account, EmbeddedError, Home
from retailhq.embedded.postgres import MEGABYTE, last_words

PROGRAM = "valkey-server"
START_SECONDS = 60.0
# A server that is alive, not loading and silent for so long hangs; its files are safe, so it is ended and started again.
SILENT_SECONDS = 10.0
PING_SECONDS = 2.0


def socket_path(home: Home) -> Path:
    """The server's unix socket; its name is as short as PostgreSQL's, see home.LONGEST_SOCKET_FOLDER."""
    return home.sockets / "valkey.sock"


def configuration(home: Home) -> str:
    """The server's settings, with the reason for each that differs from Valkey's own choice."""
    return f"""\
# Written by RetailHQ at every start.
port 0
unixsocket {_quoted(socket_path(home))}
unixsocketperm 700
daemonize yes
dir {_quoted(home.valkey_data)}
pidfile {_quoted(home.valkey_data / "valkey.pid")}
logfile {_quoted(home.logs / "valkey.log")}
loglevel notice
# An id that was taken survives a kill and a power cut. With `everysec` a kill was seen to lose one: while a background fsync is under way
# the file is not even written. The truth is in the database and the watchdog would send it again, but only after a minute; traffic is
# ids only, so the fsync of each costs nothing that anybody would notice.
appendonly yes
appendfsync always
aof-load-truncated yes
save ""
# A broker that silently drops messages when memory is short would lose requests.
maxmemory-policy noeviction
databases 16
"""


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_ready(home: Home) -> bool:
    """Whether the server answers PING; costs less than a millisecond and needs no lock."""
    return _ping(home) == "ready"


def _ping(home: Home) -> str:
    """`ready`, `loading`, or `silent`."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PING_SECONDS)
            connection.connect(str(socket_path(home)))
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            answer = connection.recv(64)
    except OSError:
        return "silent"
    if answer.startswith(b"+PONG"):
        return "ready"
    return "loading" if answer.startswith((b"-LOADING", b"-BUSY")) else "silent"


def ensure(home: Home, account: Account, engines: Engines) -> None:
    """Brings the server up, repairing whatever is in the way. The home's lock is held by the caller.

    Raises EmbeddedError with the server's own last words when it does not start.
    """
    if is_ready(home):
        return
    running = processes.servers_in(home.valkey_data, PROGRAM)
    # One whose folder was removed under it has lost its socket as well, so there is nothing to wait for.
    if any(processes.has_its_folder(process) for process in running) and _wait_until_ready(home, SILENT_SECONDS):
        return
    processes.end(running, signal.SIGTERM, seconds=3)
    if not _start(home, account, engines):
        # The broker carries ids that the database knows as well: broken files are kept aside, and the service comes up empty.
        broken = home.valkey_data / "appendonlydir"
        if broken.is_dir() and any(broken.iterdir()):
            broken.rename(home.valkey_data / f"appendonlydir.broken-{int(time.time())}")
            if _start(home, account, engines):
                return
        raise EmbeddedError(f"Valkey did not start: {last_words(_log_tail(home))} (see {home.logs / 'valkey.log'})")


def _start(home: Home, account: Account, engines: Engines) -> bool:
    socket_path(home).unlink(missing_ok=True)
    log = home.logs / "valkey.log"
    if log.exists() and log.stat().st_size > 20 * MEGABYTE:
        log.rename(home.logs / "valkey.log.1")
    config = home.valkey_data / "valkey.conf"
    config.write_text(configuration(home), encoding="utf-8")
    config.chmod(0o600)
    if account.switched:
        shutil.chown(config, account.uid, account.gid)
    done = run_program([str(engines.valkey_server), str(config)], account, seconds=START_SECONDS)
    if done.returncode != 0:
        said = done.stderr + done.stdout
        raise EmbeddedError(f"Valkey did not start: {last_words(said)}")
    return _wait_until_ready(home, START_SECONDS)


def _wait_until_ready(home: Home, patience: float) -> bool:
    """Waits while the server starts or loads; false as soon as its process is gone, or after `patience` seconds of silence."""
    deadline = time.monotonic() + patience
    grace = time.monotonic() + 1.0  # a server that has just become a daemon may not have reached its folder yet
    while time.monotonic() < deadline:
        state = _ping(home)
        if state == "ready":
            return True
        if state == "loading":
            deadline = time.monotonic() + patience
        elif time.monotonic() > grace and not processes.servers_in(home.valkey_data, PROGRAM):
            return False
        time.sleep(0.02)
    return False


def _log_tail(home: Home) -> str:
    try:
        return (home.logs / "valkey.log").read_bytes()[-4000:].decode(errors="replace")
    except OSError:
        return ""


def stop(home: Home) -> bool:
    """Stops the server after its last write reached the file; true if there was one. The home's lock is held by the caller."""
    running = processes.servers_in(home.valkey_data, PROGRAM)
    processes.end(running, signal.SIGTERM, seconds=30)
    if running:
        socket_path(home).unlink(missing_ok=True)
    return bool(running)


def server_pid(home: Home) -> int | None:
    """Process number of the running server, or None."""
    running = processes.servers_in(home.valkey_data, PROGRAM)
    return running[0].pid if running else None
