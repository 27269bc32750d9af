"""Kinds of background work: what runs a job of a kind, and what that work is told and gives back.

An app registers its kinds in a module that its `tasks` import, so that every worker knows them:

    def make_export(run: Run) -> JobResult:
        ...
        run.progress(done, total, Message("Writing rows"))
        return JobResult({"rows": done}, files=[write_file(...)])

    register_kind("export", make_export)

The work may run again from its start: after a crash, a restart, a second delivery. What it writes needs natural keys, as everything does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from core.files.models import StoredFile
from core.jobs.run import Run
from core.lib.problems import AS_WRITTEN, Problem, stored_problem

Work = Callable[[Run], "JobResult"]


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job gives back: `result` is shown as names and values, `files` are linked, `failed` says that something did not go through."""

    result: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()
    failed: bool = False


def written_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems for the result of a job."""
    return [{"code": problem.code, "variant": problem.variant, "params": problem.stored_params} for problem in problems]


def problems_of_result(result: Mapping[str, Any]) -> list[Problem]:
    """The problems in the result of a job; results of earlier versions hold their sentences."""
    return [
        stored_problem(
            written["code"], written.get("variant", AS_WRITTEN), written["params"] if "params" in written else {"text": written["message"]}
        )
        for written in result.get("problems", ())
    ]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job. `unit` names what its progress counts; `cancellable`: the work may be cancelled while it runs.

    `may_repeat`: a person may ask for it again as it was. `page` is the name of an address that takes the job's number and shows more.
    """

    name: str
    work: Work
    unit: str | Promise
    cancellable: bool
    may_repeat: bool
    page: str


KINDS: dict[str, Kind] = {}


def register_kind(
    name: str, work: Work, *, unit: str | Promise = "", cancellable: bool = True, may_repeat: bool = True, page: str = ""
) -> None:
    """Makes a kind known; raises ValueError when it is registered twice."""
    if name in KINDS:
        raise ValueError(f"job kind {name} is registered twice")
    KINDS[name] = Kind(name, work, unit, cancellable, may_repeat, page)
