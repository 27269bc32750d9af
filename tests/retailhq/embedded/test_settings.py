"""A missing or broken variable ends the start with status 2 and one line that names it; nothing is started."""

import os
import re
import runpy
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from retailhq.celery import kombu_url
from retailhq.embedded.home import EmbeddedError, Home, refuse_foreign
from retailhq.embedded.keys import read_or_make_secret_key
from retailhq.embedded.supervise import beat_command, worker_command
from tests.retailhq.embedded.conftest import DECIDING, environment, run_manage, start_manage

PRODUCTION = {
    "DATABASE_URL": "postgresql://nobody:secret-word@localhost:1/none",
    "REDIS_URL": "redis://localhost:1/0",
    "SECRET_KEY": "long-and-not-too-monotonous-" * 3,
    "ALLOWED_HOSTS": "retailhq.example",
}

BROKEN = [
    ("DATABASE_URL", "mysql://nobody:secret-word@localhost/none"),
    ("DATABASE_URL", "postgresql://nobody:secret-word@localhost:port/none"),
    ("DATABASE_URL", "postgresql://nobody:secret-word@localhost"),
    ("DATABASE_URL", ""),
    ("REDIS_URL", "http://localhost/0"),
    ("REDIS_URL", "redis://localhost/zero"),
    ("REDIS_URL", "redis://localhost:99999999/0"),
    ("REDIS_URL", "unix://relative/path"),
    ("REDIS_URL", ""),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", None),
    ("ALLOWED_HOSTS", None),
    ("ALLOWED_HOSTS", "one,,two"),
    ("DEBUG", "perhaps"),
    ("PORT", "http"),
    ("PORT", "0"),
    ("PORT", "70000"),
    ("WORKER_CONCURRENCY", "0"),
    ("WORKER_CONCURRENCY", "1.5"),
    ("LOG_LEVEL", "LOUD"),
    ("RETAILHQ_HOME", ""),
    ("RETAILHQ_HOME", "relative/folder"),
    ("RETAILHQ_HOME", "/tmp/with`quotes`"),
]


@pytest.mark.parametrize(("name", "value"), BROKEN, ids=[f"{name}={value}" for name, value in BROKEN])
def test_a_broken_value_is_one_line_and_status_2(
    name: str, value: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for deciding in DECIDING:
        monkeypatch.delenv(deciding, raising=False)
    for given, text in {**PRODUCTION, **({} if value is None else {name: value})}.items():
        if given != name or value is not None:
            monkeypatch.setenv(given, text)
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(settings.BASE_DIR / "retailhq" / "settings.py"))
    said = capsys.readouterr()
    assert end.value.code == 2
    assert said.err.count("\n") == 1
    assert name in said.err
    assert "secret-word" not in said.err
    assert not said.out


def test_a_command_says_the_same_without_a_traceback(home: Home) -> None:
    answer = run_manage("check", PORT="http", RETAILHQ_HOME=str(home.path))
    assert (answer.returncode, answer.stderr) == (2, "retailhq: PORT must be a whole number from 1 to 65535, not 'http'\n")


def test_the_whole_set_is_fine_and_passes_the_deployment_check() -> None:
    answer = run_manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert answer.returncode == 0, answer.stderr


def test_a_database_that_is_away_is_one_line() -> None:
    answer = run_manage("migrate", "--check", **PRODUCTION)
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1].startswith("retailhq: the database does not answer: ")
    assert "Traceback" not in answer.stderr
    assert "secret-word" not in answer.stderr


def test_a_database_that_was_never_migrated_is_one_line(made_home: Home) -> None:
    """Whatever is asked for first starts the services: here beat, then the worker."""
    values = environment(RETAILHQ_HOME=str(made_home.path))
    lacking = re.compile(r"retailhq: the database lacks \d+ migrations: run manage.py migrate first\n")
    for command in (beat_command(), worker_command(1)):
        by_hand = subprocess.run(command, cwd=settings.BASE_DIR, env=values, capture_output=True, text=True, timeout=60, check=False)
        assert by_hand.returncode == 2
        assert lacking.fullmatch(by_hand.stderr.splitlines(keepends=True)[-1])
        assert "Traceback" not in by_hand.stderr

    answer = run_manage("calculate_statements", RETAILHQ_HOME=str(made_home.path))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert lacking.fullmatch(answer.stderr)


def test_a_clock_without_a_database_is_one_line() -> None:
    away = subprocess.run(
        beat_command(), cwd=settings.BASE_DIR, env=environment(**PRODUCTION), capture_output=True, text=True, timeout=60, check=False
    )
    assert away.returncode == 2
    assert away.stderr.splitlines()[-1].startswith("retailhq: the database does not answer: ")
    assert "Traceback" not in away.stderr


def test_nothing_embedded_is_made_when_everything_comes_from_outside(home: Home) -> None:
    assert run_manage("diffsettings", RETAILHQ_HOME=str(home.path), **PRODUCTION).returncode == 0
    assert not home.path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a service user that could be shut out")
def test_a_home_inside_a_closed_folder_is_refused_as_root_and_left_alone(home: Home) -> None:
    home.path.parent.chmod(0o700)
    answer = run_manage("check", RETAILHQ_HOME=str(home.path))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert str(home.path.parent) in answer.stderr
    assert not home.path.exists()
    assert stat.S_IMODE(home.path.parent.stat().st_mode) == 0o700


def test_a_home_with_foreign_files_is_refused_and_left_alone(home: Home) -> None:
    home.path.mkdir()
    (home.path / "letters").write_text("dear")
    answer = run_manage("check", RETAILHQ_HOME=str(home.path))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert [entry.name for entry in home.path.iterdir()] == ["letters"]


def test_a_persons_home_folder_is_never_taken(home: Home) -> None:
    mode = os.stat(os.path.expanduser("~root")).st_mode
    answer = run_manage("check", RETAILHQ_HOME=os.path.realpath(os.path.expanduser("~root")))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert os.stat(os.path.expanduser("~root")).st_mode == mode


def test_the_secret_key_is_made_once_and_closed_to_others(home: Home) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: read_or_make_secret_key(home), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE(home.secret_key.stat().st_mode) == 0o600


def test_a_home_that_another_command_makes_meanwhile_is_not_foreign(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other command makes marker and key between the two looks at the folder, wherever the second look comes."""
    home.path.mkdir()
    listing = Path.iterdir

    def make_home_first(path: Path) -> Iterator[Path]:
        home.marker.touch()
        (home.path / "secret_key.new").touch()
        yield from listing(path)

    monkeypatch.setattr(Path, "iterdir", make_home_first)
    refuse_foreign(home)
    assert {path.name for path in listing(home.path)} == {home.marker.name, "secret_key.new"}


def test_a_half_written_draft_of_the_key_is_no_obstacle(home: Home) -> None:
    home.path.mkdir()
    home.marker.touch()
    (home.path / "secret_key.new").write_text("half")
    assert len(read_or_make_secret_key(home)) >= 50


def test_a_damaged_key_is_not_replaced_silently(home: Home) -> None:
    home.path.mkdir()
    home.marker.touch()
    home.secret_key.write_text("short")
    with pytest.raises(EmbeddedError, match="damaged"):
        read_or_make_secret_key(home)
    assert home.secret_key.read_text() == "short"


@pytest.mark.parametrize(
    ("given", "kombu"),
    [
        ("redis://:word@host:6379/2", "redis://:word@host:6379/2"),
        ("rediss://host/0", "rediss://host/0?ssl_cert_reqs=required"),
        ("rediss://host/0?ssl_ca_certs=/ca.pem", "rediss://host/0?ssl_ca_certs=/ca.pem&ssl_cert_reqs=required"),
        ("rediss://host/0?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_gets_the_broker_in_its_own_notation(given: str, kombu: str) -> None:
    assert kombu_url(given) == kombu


def test_help_needs_no_services(home: Home) -> None:
    with start_manage("serve", "--help", RETAILHQ_HOME=str(home.path)) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Ctrl-C" in out
    assert not home.postgres_data.exists()
