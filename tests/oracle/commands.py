"""Runs the public commands as a stranger would: arguments in, exit status and one JSON object out, exports as files."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser, call_command, get_commands, load_command_class

DONE, PARTLY, WRONG_USE = 0, 1, 2
# Who wants to know of each command that ran to its end (tests/oracle/journal.py).
listeners: list[Callable[[str, tuple[str, ...]], None]] = []


@dataclass(frozen=True)
class Answer:
    """What a command left behind: its exit status, the JSON object on standard output, and standard error."""

    status: int
    data: dict[str, Any]
    errors: str

    @property
    def codes(self) -> set[str]:
        """Every code that the JSON object names, wherever it stands."""
        return set(_codes(self.data))


def run(name: str, *arguments: str) -> Answer:
    """Run a command with `--json`; whatever is neither success nor an exit status is a traceback and goes through."""
    out, errors = StringIO(), StringIO()
    status = DONE
    try:
        call_command(_command(name), *arguments, "--json", stdout=out, stderr=errors)
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else WRONG_USE
    except CommandError as refused:
        # The command line turns this into one line on standard error and an exit status.
        errors.write(str(refused))
        status = WRONG_USE
    if status != WRONG_USE:
        for listener in listeners:
            listener(name, arguments)
    text = out.getvalue().strip()
    return Answer(status, json.loads(text) if text else {}, errors.getvalue())


def _command(name: str) -> BaseCommand:
    """A new command that reads its arguments as the first of its name did: to describe them is much of the work of a small command."""
    command: BaseCommand = load_command_class(get_commands()[name], name)
    command.create_parser = lambda *_, **__: _parser(name)  # type: ignore[method-assign]
    return command


@cache
def _parser(name: str) -> CommandParser:
    command: BaseCommand = load_command_class(get_commands()[name], name)
    return command.create_parser("", name)


def done(name: str, *arguments: str) -> Answer:
    """Run a command that must leave with status 0."""
    answer = run(name, *arguments)
    assert answer.status == DONE, f"{name} {' '.join(arguments)}: status {answer.status}, {answer.data} {answer.errors}"
    return answer


def export(folder: Path, kind: str, *arguments: str) -> list[dict[str, str]]:
    """The rows of an export, columns by name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}.csv"
    done("export_data", kind, str(path), *arguments)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rejected(path: Path) -> list[dict[str, str]]:
    """The rejects file that an import wrote beside its file; no file, no rejects."""
    beside = path.with_name(f"{path.name}.rejected.csv")
    if not beside.exists():
        return []
    with beside.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def set_parameters(values: dict[str, str], *arguments: str) -> Answer:
    return done("set_parameters", *(f"{key}={value}" for key, value in values.items()), *arguments)


def _codes(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("code", "error_code") and isinstance(inner, str):
                yield inner
            yield from _codes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _codes(inner)
