"""The import folder: files that lie in a folder of their kind are imported and moved to `done` or `failed`.

IMPORT_FOLDER/items/monday.csv becomes IMPORT_FOLDER/items/done/monday.csv, or .../failed/monday.csv with its rejects beside it. A crash
between import and move leaves the file where it was; the next run imports it again, which changes nothing, and moves it.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy

from core.jobs.kinds import JobResult, register_kind
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.messages import Message
from core.lib.problems import BusinessError, Code, Problem, register
from retailhq.exchange.services.files import KINDS, import_file
from retailhq.exchange.services.profiles import remembered_profile

FOLDER = "import_folder"
SETTLED_SECONDS = 5

register(
    Code(
        "NO_IMPORT_FOLDER",
        "import",
        "The import folder is not set or cannot be read.",
        "Set IMPORT_FOLDER for web and worker to a folder that the worker may read and write.",
        {"": "The import folder is not set.", "no_folder": "The import folder {folder} is no folder."},
    ),
)


def import_folder(folder: str, actor: str, progress: Callable[[int, int, Message], None]) -> list[dict[str, Any]]:
    """Imports what lies in the folder, in the order of kinds, and moves every file; gives a report for each.

    Raises BusinessError NO_IMPORT_FOLDER. What is not a file of a kind, and what is still being written, is left alone.
    """
    root = Path(folder)
    if not folder or not root.is_dir():
        raise BusinessError(Problem("NO_IMPORT_FOLDER", {"folder": folder}, variant="no_folder") if folder else Problem("NO_IMPORT_FOLDER"))
    waiting = list(files_of(root))
    reports = []
    for number, (kind, path) in enumerate(waiting):
        progress(number, len(waiting), Message("Importing {file}", {"file": path.name}))
        reports.append(import_one(kind, path, actor))
    return reports


def files_of(root: Path) -> Iterator[tuple[str, Path]]:
    """Files by kind and name; hidden ones, rejects and those that changed a moment ago are passed over."""
    for kind in KINDS:
        place = root / kind
        names = sorted(os.listdir(place)) if place.is_dir() else []
        for name in names:
            path = place / name
            if name.startswith(".") or name.endswith((".rejected.csv", ".part", ".tmp")) or path.is_symlink() or not path.is_file():
                continue
            if time.time() - path.stat().st_mtime >= SETTLED_SECONDS:
                yield kind, path


def import_one(kind: str, path: Path, actor: str) -> dict[str, Any]:
    """One file: imported, then moved with its rejects. A file that cannot be used at all has its reason beside it."""
    try:
        report = import_file(kind, str(path), actor=actor, profile=remembered_profile(kind, path.name))
        report["file"] = f"{kind}/{path.name}"
    except BusinessError as error:
        reason = "\n".join(f"{problem.code}: {problem.message}" for problem in error.problems)
        report = {"file": f"{kind}/{path.name}", "rejected": 0, "problem": reason}
        path.with_name(f"{path.name}.rejected.csv").write_text(f"{reason}\n", encoding="utf-8", errors="backslashreplace")
    move(path, "failed" if report["rejected"] or "problem" in report else "done")
    return report


def move(path: Path, name: str) -> None:
    """Into the folder of that name beside it, rejects first: while the file itself is there, the next run does it all again."""
    goal = path.parent / name
    goal.mkdir(exist_ok=True)
    free = free_name(goal, path.name)
    rejects = path.with_name(f"{path.name}.rejected.csv")
    if rejects.exists():
        rejects.replace(goal / f"{free}.rejected.csv")
    path.replace(goal / free)


def free_name(folder: Path, name: str) -> str:
    """The name, or with a number in front where a file of an earlier day has it."""
    free, number = name, 1
    while (folder / free).exists():
        number += 1
        free = f"{number}-{name}"
    return free


def import_from_folder(run: Run) -> JobResult:
    """The work of the import folder."""
    files = import_folder(settings.IMPORT_FOLDER, run.actor, run.progress)
    failed = [file for file in files if file["rejected"] or file.get("problem")]
    return JobResult({"files": len(files), "with_rejects": len(failed), "names": [file["file"] for file in files]}, failed=bool(failed))


register_kind(FOLDER, import_from_folder, unit=gettext_lazy("files"))
register_recurring(
    FOLDER,
    gettext_lazy("Import folder"),
    gettext_lazy("Imports the files of the import folder, kind by kind, and moves them away."),
    lambda title, actor: request_work(FOLDER, title, {}, actor),
)
