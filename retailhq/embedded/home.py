"""The folder of the built-in services: where it is, who may use it, its lock, and the places inside it."""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVICE_USER = "retailhq"
MARKER = ".retailhq-home"
LOCK_SECONDS = 180.0
# sockaddr_un holds 108 bytes on Linux and 104 elsewhere, the closing zero included; the longest of our socket names is 14 with its slash.
LONGEST_SOCKET_FOLDER = 104 - 1 - 14
# Socket paths travel in broker addresses, so anything that an address would have to escape moves to the short folder as well.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
# Everything that RetailHQ ever makes in its home: `remove` deletes these names and no others.
OWN_ENTRIES = (
    *("postgres", "postgres.new", "postgres.ready", "valkey", "run", "log"),
    *("engine", "engine.new", "secret_key", "secret_key.new", "demo"),
)


class EmbeddedError(Exception):
    """The built-in services cannot be used here; the message is one line that a person can act on."""


@dataclass(frozen=True)
class Account:
    """The operating system account that owns the servers: ourselves, or the service user when we are root."""

    uid: int
    gid: int
    name: str
    switched: bool


@dataclass(frozen=True)
class Home:
    """The folder of the built-in services and the paths inside it; making one touches nothing."""

    path: Path

    @property
    def marker(self) -> Path:
        """Lock file and proof that this folder is ours to manage; the first file made in it."""
        return self.path / MARKER

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def postgres_ready(self) -> Path:
        """Exists once role and database have been made."""
        return self.path / "postgres.ready"

    @property
    def valkey_data(self) -> Path:
        """Valkey's append-only files."""
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        """The servers' log files."""
        return self.path / "log"

    @property
    def engines(self) -> Path:
        """Copies of the servers, made only where the service user may not read the originals."""
        return self.path / "engine"

    @property
    def secret_key(self) -> Path:
        """Django's secret key when none is given."""
        return self.path / "secret_key"

    @property
    def sockets(self) -> Path:
        """Folder of the unix sockets: inside the home, or a short one derived from its path where that would be too long."""
        inside = self.path / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        # Not TMPDIR and not XDG_RUNTIME_DIR: two commands with different environments must find the same sockets.
        base = Path("/run") if os.geteuid() == 0 and os.access("/run", os.W_OK) else Path("/tmp")
        return base / f"retailhq-{os.geteuid()}-{digest}"


def find_home(environment: Mapping[str, str] | None = None) -> Home:
    """The home that the environment asks for. Raises EmbeddedError when `RETAILHQ_HOME` is not a usable absolute path."""
    given = (os.environ if environment is None else environment).get("RETAILHQ_HOME")
    if given is None:
        if os.geteuid() == 0:
            return Home(Path("/var/lib/retailhq"))
        state = os.environ.get("XDG_STATE_HOME", "")
        return Home((Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "retailhq")
    if not given.strip():
        raise EmbeddedError("RETAILHQ_HOME is set but empty: give the folder of the built-in services or unset it")
    if not given.isprintable() or set(given) & set("\"'`$\\"):
        # pg_ctl hands the path of the log to a shell.
        raise EmbeddedError("RETAILHQ_HOME contains quotes, $, a backslash or control characters: give a plain path")
    path = Path(given).expanduser()
    if not path.is_absolute():
        raise EmbeddedError(f"RETAILHQ_HOME={given} is not an absolute path: commands started elsewhere would not find it")
    return Home(Path(os.path.realpath(path)))


def find_account() -> Account:
    """The account that will own the servers; as root the service user is created if it is missing.

    PostgreSQL refuses to run as root. Raises EmbeddedError when the user cannot be made.
    """
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid()) if _has_entry(os.geteuid()) else None
        return Account(os.geteuid(), os.getegid(), entry.pw_name if entry else str(os.geteuid()), switched=False)
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        entry = _create_service_user()
    if entry.pw_uid == 0:
        raise EmbeddedError(f"the user {SERVICE_USER} is root on this machine: the built-in PostgreSQL cannot run as root")
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, switched=True)


def _has_entry(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _create_service_user() -> pwd.struct_passwd:
    program = shutil.which("useradd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    if program:
        options = "--system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin"
        subprocess.run([program, *options.split(), SERVICE_USER], check=False, capture_output=True)
    try:
        # Also right when useradd failed because another command has just made the user.
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise EmbeddedError(
            f"the built-in PostgreSQL cannot run as root and the user {SERVICE_USER} could not be created: "
            f"start as an ordinary user, create that user, or give DATABASE_URL and REDIS_URL"
        ) from None


def claim(home: Home, account: Account) -> None:
    """Makes the folder ours, with its marker, and the folders inside it.

    An existing folder is taken only when it is empty or carries the marker, and a person's home folder never, because its mode is set here.
    Raises EmbeddedError otherwise, and when the servers' account could not reach it.
    """
    refuse_foreign(home)
    refuse_unreachable(home)
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        # Once more: folders that mkdir has just made follow the umask.
        refuse_unreachable(home)
        if (home.postgres_data / "PG_VERSION").exists() and home.postgres_data.stat().st_uid != account.uid:
            raise EmbeddedError(f"{home.postgres_data} belongs to another user: start as that user, or choose another RETAILHQ_HOME")
        os.close(os.open(home.marker, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        home.path.chmod(0o711 if account.switched else 0o700)
        for folder in (home.valkey_data, home.logs, home.sockets):
            _own_folder(folder, account)
    except OSError as error:
        reason = f"{error.strerror or error}: {error.filename or home.path}"
        raise EmbeddedError(f"RETAILHQ_HOME={home.path} cannot be used: {reason}") from error


def refuse_foreign(home: Home) -> None:
    """Raises EmbeddedError when the folder is a system or home folder, or holds what RetailHQ did not make."""
    if home.path == Path("/") or any(Path(entry.pw_dir) == home.path for entry in pwd.getpwall() if entry.pw_name != SERVICE_USER):
        raise EmbeddedError(f"RETAILHQ_HOME={home.path} is a system or home folder: give a folder of its own below it")
    try:
        if home.path.exists() and not home.path.is_dir():
            raise EmbeddedError(f"RETAILHQ_HOME={home.path} is not a folder")
        # The marker is the first thing that is made, so it is looked for last: another command may be making the home at this moment.
        if home.path.is_dir() and any(home.path.iterdir()) and not os.path.lexists(home.marker):
            raise EmbeddedError(f"RETAILHQ_HOME={home.path} holds files that RetailHQ did not make: give an empty or a new folder")
    except OSError as error:
        raise EmbeddedError(f"RETAILHQ_HOME={home.path} cannot be read: {error.strerror or error}") from error


def refuse_unreachable(home: Home) -> None:
    """As root the servers run as another user, who must be able to walk to the folder; no mode of a foreign folder is changed for that.

    Raises EmbeddedError naming the folder that is closed. Creates no user: before the first start everybody else is a stranger.
    """
    if os.geteuid() != 0:
        return
    try:
        uid, gid = pwd.getpwnam(SERVICE_USER)[2:4]
    except KeyError:
        uid = gid = -1
    for folder in reversed(home.path.parents):
        try:
            about = folder.stat()
        except FileNotFoundError:
            return
        needed = stat.S_IXUSR if about.st_uid == uid else stat.S_IXGRP if about.st_gid == gid else stat.S_IXOTH
        if not about.st_mode & needed:
            raise EmbeddedError(
                f"RETAILHQ_HOME={home.path} lies inside {folder}, which the servers' user {SERVICE_USER} may not enter: "
                f"choose a folder such as /var/lib/retailhq"
            )


def _own_folder(folder: Path, account: Account) -> None:
    """Makes one folder that only the servers' account (and root) may enter; refuses one that somebody else has put there."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        about = folder.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid not in {os.geteuid(), account.uid}:
            raise EmbeddedError(f"{folder} exists and belongs to somebody else: remove it, or choose another RETAILHQ_HOME") from None
    if account.switched:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


@contextmanager
def locked(home: Home, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Holds the home's lock, so that two commands never start or stop the same server at once.

    The lock is the kernel's (flock): it ends with the process however that ends, so there is no stale lock to clean up.
    Raises EmbeddedError when another command holds it for longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        descriptor = os.open(home.marker, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # `embedded remove` deletes the file that it holds locked: whoever waited for that one has locked nothing.
            if os.path.exists(home.marker) and os.path.samestat(os.fstat(descriptor), os.stat(home.marker)):
                break
        except BlockingIOError:
            pass
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise EmbeddedError(f"another command has held {home.marker} for {seconds:.0f} seconds: see what it waits for")
        time.sleep(0.02)
    try:
        yield
    finally:
        os.close(descriptor)
