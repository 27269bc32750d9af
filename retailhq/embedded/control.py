"""What the rest of the project calls: start what is needed, stop, report, remove."""

import os
import shutil
import sys
from dataclasses import dataclass

from retailhq.embedded import postgres, processes, valkey
from retailhq.embedded.engines import find_engines
from retailhq.embedded.home import OWN_ENTRIES, EmbeddedError, Home, claim, find_account, find_home, locked


@dataclass(frozen=True)
class ServiceStatus:
    """One service as `manage.py embedded status` shows it."""

    name: str
    needed: bool
    running: bool
    pid: int | None
    address: str


def start(home: Home, *, with_postgres: bool = True, with_valkey: bool = True) -> bool:
    """Brings the wanted services up and returns whether any of them had to be started.

    Costs about a millisecond when they run. Otherwise takes the home's lock, so that of several commands at once one starts them and the
    others find them running. Raises EmbeddedError.
    """

    def ready() -> bool:
        return (not with_postgres or postgres.is_ready(home)) and (not with_valkey or valkey.is_ready(home))

    if ready():
        return False
    account = find_account()
    claim(home, account)
    with locked(home):
        if ready():
            return False
        engines = find_engines(home, account)
        if with_valkey:
            valkey.ensure(home, account, engines)
        if with_postgres:
            postgres.ensure(home, account, engines)
    return True


def start_needed() -> bool:
    """Starts the services that the Django settings do not take from outside. Raises EmbeddedError."""
    from django.conf import settings

    if not (settings.EMBEDDED_POSTGRES or settings.EMBEDDED_VALKEY):
        return False
    return start(find_home(), with_postgres=settings.EMBEDDED_POSTGRES, with_valkey=settings.EMBEDDED_VALKEY)


def start_or_exit() -> None:
    """`start_needed` for entry points: ends the process with status 2 and one line when the services cannot be had."""
    try:
        start_needed()
    except (EmbeddedError, OSError) as error:
        sys.stderr.write(f"retailhq: {error}\n")
        raise SystemExit(2) from None


def stop(home: Home) -> list[str]:
    """Stops whatever runs in the home and returns the names of what was stopped. Raises EmbeddedError."""
    if not os.path.exists(home.marker):
        return []
    account = find_account()
    stopped = []
    with locked(home):
        if home.postgres_data.is_dir() and processes.servers_in(home.postgres_data, "postgres"):
            postgres.stop(home, account, find_engines(home, account))
            stopped.append("PostgreSQL")
        if valkey.stop(home):
            stopped.append("Valkey")
    return stopped


def status(home: Home, *, with_postgres: bool = True, with_valkey: bool = True) -> list[ServiceStatus]:
    """What runs in the home; starts nothing."""
    return [
        ServiceStatus("PostgreSQL", with_postgres, postgres.is_ready(home), postgres.server_pid(home), postgres.address(home)),
        ServiceStatus("Valkey", with_valkey, valkey.is_ready(home), valkey.server_pid(home), str(valkey.socket_path(home))),
    ]


def remove(home: Home) -> list[str]:
    """Stops the services and deletes what RetailHQ made in the home, database included; the folder itself goes only if it is empty then.

    Does nothing in a folder without our marker. Returns the names of what was deleted.
    """
    if not os.path.exists(home.marker):
        return []
    stop(home)
    gone = []
    with locked(home):
        if not home.sockets.is_relative_to(home.path) and home.sockets.is_dir():
            shutil.rmtree(home.sockets)
            gone.append(str(home.sockets))
        for name in OWN_ENTRIES:
            entry = home.path / name
            if entry.is_symlink() or entry.is_file():
                entry.unlink()
            elif entry.is_dir():
                shutil.rmtree(entry)
            else:
                continue
            gone.append(str(entry))
        home.marker.unlink()
        gone.append(str(home.marker))
    if not any(home.path.iterdir()):
        try:
            home.path.rmdir()
        except OSError:
            return gone
        gone.append(str(home.path))
    return gone
