"""The demo's folder: claimed for one slice, never half-written, and the figures come back as they went in."""

import stat
from pathlib import Path

import pytest

from retailhq.demo.stores import Slice
from retailhq.demo.workspace import OtherSliceError, Workspace
from tests.retailhq.demo.made_up import derived


def test_figures_come_back_as_they_went_in(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "demo")
    workspace.open(Slice())
    assert workspace.derivation() is None
    with workspace.deriving() as folder:
        result = derived(folder)
    workspace.save_derivation(result)
    assert workspace.derivation() == result
    assert (workspace.files / "transactions.ndjson").stat().st_size > 0
    assert workspace.record() is None
    workspace.save_record({"seconds": {"post": 1.5}})
    assert workspace.record() == {"seconds": {"post": 1.5}}


def test_a_derivation_that_breaks_off_leaves_no_files(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.open(Slice())

    def break_off() -> None:
        with workspace.deriving() as folder:
            (folder / "items.csv").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert not workspace.files.exists()


def test_another_slice_is_refused_in_words(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.open(Slice())
    workspace.open(Slice())
    with pytest.raises(OtherSliceError, match="7 days of 8 stores from 2017-03-06"):
        workspace.open(Slice(stores=9))


def test_the_password_is_kept_and_private(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    password = workspace.password()
    assert len(password) >= 10
    assert workspace.password() == password
    assert stat.S_IMODE((tmp_path / "password").stat().st_mode) == 0o600
