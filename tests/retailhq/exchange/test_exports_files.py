"""Exports are written whole or not at all."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.files.target import whole_file
from retailhq.exchange.queries import export_sources
from retailhq.management.commands import export_data
from tests.factories import PostedDay, make_posted_day
from tests.oracle.commands import DONE, WRONG_USE, run


@pytest.fixture
def day(db: None) -> PostedDay:
    return make_posted_day()


def breaking(*_: object) -> Iterator[bytes]:
    """A stream that breaks in the middle."""
    yield b"warehouse\n"
    raise OSError(28, "No space left on device")


def test_a_broken_export_leaves_what_was_there(tmp_path: Path, day: PostedDay, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("before")
    monkeypatch.setattr(export_data, "stream_rows", breaking)
    answer = run("export_data", "on-hand", str(path))
    assert (answer.status, answer.codes) == (WRONG_USE, {"CANNOT_WRITE"})
    assert "No space left on device" in answer.errors
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_that_breaks_off_leaves_what_was_there(tmp_path: Path, day: PostedDay, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_text("before")
    rows = export_sources.ExportSource(("'W'", "'I'", "'B'", "1.0 / (g - 5000)"), "generate_series(1, 9000) AS g")
    monkeypatch.setitem(export_sources.SOURCES, "on-hand", rows)
    answer = run("export_data", "on-hand", str(path))
    assert (answer.status, answer.codes) == (WRONG_USE, {"EXPORT_BROKEN_OFF"})
    assert "division by zero" in answer.errors
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["", "missing/rows.csv", "nul\0.csv", f"{'x' * 300}.csv"])
def test_unusable_paths(place: str, tmp_path: Path, day: PostedDay) -> None:
    answer = run("export_data", "on-hand", f"{tmp_path}/{place}")
    assert (answer.status, answer.codes) == (WRONG_USE, {"CANNOT_WRITE"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_below_a_file(tmp_path: Path, day: PostedDay) -> None:
    (tmp_path / "file").write_text("x")
    answer = run("export_data", "on-hand", str(tmp_path / "file" / "rows.csv"))
    assert (answer.status, answer.codes) == (WRONG_USE, {"CANNOT_WRITE"})


def test_a_name_as_long_as_the_system_allows(tmp_path: Path, day: PostedDay) -> None:
    path = tmp_path / f"{'x' * 251}.csv"
    assert run("export_data", "on-hand", str(path)).status == DONE
    assert path.exists()


def test_an_existing_file_keeps_its_mode_and_its_link(tmp_path: Path, day: PostedDay) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("before")
    real.chmod(0o640)
    link.symlink_to(real)
    assert run("export_data", "on-hand", str(link)).status == DONE
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().startswith("warehouse,")


def test_a_new_file_has_the_mode_of_any_file(tmp_path: Path) -> None:
    with whole_file(tmp_path / "ours") as stream:
        stream.write(b"x")
    (tmp_path / "theirs").write_bytes(b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_device_is_written_to_and_stays(tmp_path: Path, day: PostedDay) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("export_data", "on-hand", str(pipe)).status == DONE
        assert os.read(reader, 100).startswith(b"warehouse,item,batch,quantity\n")
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.slow
@pytest.mark.usefixtures("db")
def test_a_reader_that_leaves_early_sees_no_traceback(command_environment: dict[str, str]) -> None:
    """As a shell would: `manage.py export_data ... - | head -0`."""
    manage = Path(__file__).parents[3] / "manage.py"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, str(manage), "export_data", "on-hand", "-"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=command_environment,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
