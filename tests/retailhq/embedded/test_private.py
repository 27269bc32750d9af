"""What is written below the home is for the accounts that run RetailHQ, whatever library writes it; everybody else is asked to read it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from core.files.private_mail import PrivateFileBackend
from retailhq.embedded import control
from retailhq.embedded.home import Home
from tests.retailhq.embedded.conftest import run_manage

pytestmark = pytest.mark.slow
NOBODY = 65534
# Programs of the servers, copied where their account can run them: no data.
PROGRAMS = "engine"
READ = """
import os, sys
found = []
for folder, folders, files in os.walk(sys.argv[1]):
    for name in files:
        path = os.path.join(folder, name)
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            found.append(path)
        except OSError:
            pass
for name in sys.argv[2:]:
    try:
        os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK))
        found.append(name)
    except OSError:
        pass
print("\\n".join(found))
"""


def everything(home: Home) -> list[Path]:
    return [path for path in home.path.rglob("*") if PROGRAMS not in path.relative_to(home.path).parts]


def read_by_others(home: Home) -> list[str]:
    """What another user of the machine can read, also where it knows the names."""
    names = [str(path) for path in everything(home) if path.is_file()]
    child = subprocess.run(
        [
            "/usr/bin/setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            "/usr/bin/env",
            "python3",
            "-c",
            READ,
            str(home.path),
            *names,
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return [line for line in child.stdout.splitlines() if line and f"/{PROGRAMS}/" not in line]


def open_to_others(home: Home) -> list[str]:
    """Files and folders whose mode lets others in; the home itself may be walked through by the servers' account."""
    return [
        f"{stat.S_IMODE(path.lstat().st_mode):o} {path}"
        for path in everything(home)
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]


@pytest.fixture
def umask() -> object:
    """The usual one, which leaves files readable by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_nobody_else_reads_what_lies_below_the_home(made_home: Home) -> None:
    home = made_home
    control.start(home)
    assert run_manage("embedded", "status", RETAILHQ_HOME=str(home.path)).returncode == 0
    folder = home.path / "mail"
    folder.mkdir(mode=0o755)
    (folder / "of-an-earlier-version.log").write_text("https://localhost/password/new/secret")
    backend = PrivateFileBackend(file_path=str(folder))
    EmailMessage("New password", "https://localhost/password/new/token", "a@localhost", ["b@localhost"], connection=backend).send()
    assert len(list(folder.iterdir())) == 2
    assert open_to_others(home) == []
    if os.geteuid() == 0 and Path("/usr/bin/setpriv").exists():
        assert read_by_others(home) == []


def test_mails_go_through_the_private_backend(tmp_path: Path) -> None:
    """The tests themselves keep mails in memory; what a demo uses stands in the settings."""
    code = "from django.conf import settings; print(settings.EMAIL_BACKEND)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "retailhq.settings"}
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=settings.BASE_DIR)
    assert child.stdout.strip() == "core.files.private_mail.PrivateFileBackend"
    assert isinstance(get_connection(child.stdout.strip(), file_path=str(tmp_path)), PrivateFileBackend)
