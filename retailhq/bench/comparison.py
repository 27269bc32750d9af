"""Posting compared with an earlier commit in one interleaved run, so that what the machine does otherwise meets both sides alike."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from retailhq.bench import databases
from retailhq.bench.figures import Figure
from retailhq.bench.year import MASTER_DATA, PARAMETERS
from retailhq.demo.output import RECEIPTS, TRANSACTIONS
from retailhq.demo.stores import MAIN_ENTITY

SCRIPT = Path(__file__).with_name("comparison_side.py")
OURS, THEIRS = "ours", "theirs"


def real_work(files: Path) -> dict[str, Any]:
    """What a side shall post: real tickets."""
    return {
        "files": str(files),
        "master_data": MASTER_DATA,
        "receipts": RECEIPTS,
        "transactions": TRANSACTIONS,
        "parameters": PARAMETERS,
        "legal_entity": MAIN_ENTITY,
    }


class Side:
    """A process that posts with the code of one folder."""

    def __init__(self, name: str, folder: Path, work: Mapping[str, Any]) -> None:
        self.name = name
        self.imports: dict[str, dict[str, float]] = {}
        # -P: the modules beside the script have names of rooms.
        command = [sys.executable, "-P", str(SCRIPT), f"{databases.PREFIX}_{name}", json.dumps(work)]
        environment = {**os.environ, "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "retailhq.settings"}
        environment |= {"RETAILHQ_HOME": str(settings.HOME.path), "DATABASE_URL": databases.database_url(), "REDIS_URL": settings.REDIS_URL}
        environment |= {"SECRET_KEY": settings.SECRET_KEY, "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "false", "LOG_LEVEL": "WARNING"}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def answer(self) -> dict[str, Any]:
        """The next line that it writes. Raises RuntimeError when it ended."""
        line = cast("IO[str]", self.process.stdout).readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def wait_until_ready(self) -> None:
        """Waits for its data; on the way it writes what their import took."""
        while "ready" not in (found := self.answer()):
            self.imports = found

    def post(self) -> dict[str, Any]:
        """Has it post a fresh copy."""
        commands = cast("IO[str]", self.process.stdin)
        commands.write("post\n")
        commands.flush()
        return self.answer()

    def end(self) -> None:
        """Lets it drop its databases and end."""
        cast("IO[str]", self.process.stdin).close()
        self.process.wait()


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """The project as it was, in a folder that is taken away again. Raises CalledProcessError for what is no commit."""
    root = settings.BASE_DIR
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "earlier"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(place), commit], cwd=root, check=True)
        try:
            yield place
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(place)], cwd=root, check=True)


def comparison_figures(folder: Path, commit: str, work: Mapping[str, Any], runs: int) -> Iterator[Figure]:
    """S1, S12 and, for real files, S5, each against the code in `folder`; the sides post by turns, medians of the ratios of the turns."""
    with ExitStack() as stack:
        sides = [Side(name, where, work) for name, where in ((OURS, settings.BASE_DIR), (THEIRS, folder))]
        for side in sides:
            stack.callback(side.end)
        for side in sides:
            side.wait_until_ready()
        turns = [[side.post() for side in sides] for _ in range(runs)]
    yield from _figures(turns, commit)
    for kind, ours in sides[0].imports.items():
        theirs = sides[1].imports[kind]
        beside = {**_beside("", ours), **_beside("theirs_", theirs)}
        yield Figure(f"S5 {kind}", round(_busy(ours), 2), "s of processor time", commit, round(_busy(theirs) / _busy(ours), 3), "", beside)


def _figures(turns: Sequence[Sequence[Mapping[str, float]]], commit: str) -> Iterator[Figure]:
    lines = int(turns[0][0]["lines"])
    name = f"{lines} lines, {len(turns)} runs by turns, {int(turns[0][0]['left'])} and {int(turns[0][1]['left'])} statements not posted"
    gain = statistics.median(_busy(theirs) / _busy(ours) for ours, theirs in turns)
    ours, theirs = ({part: statistics.median(turn[side][part] for turn in turns) for part in turns[0][0]} for side in (0, 1))
    beside = {**_beside("", ours), **_beside("theirs_", theirs)}
    yield Figure("S1", round(_busy(ours) / lines * 1e6, 1), "µs of processor time a line", commit, round(gain, 3), name, beside)
    for what in ("wal", "disk"):
        share = round(ours[what] / theirs[what], 3) if theirs[what] else None
        yield Figure(f"S12 {what}", round(ours[what] / lines, 1), "bytes a line", commit, share, name)


def _busy(effort: Mapping[str, float]) -> float:
    return effort["client"] + effort["server"]


def _beside(prefix: str, effort: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}{part}_seconds": round(effort[part], 3) for part in ("wall", "client", "server")}
