"""What `make test` measured against what it must reach: a floor for all code and one for the rules, both in pyproject.toml; they only rise.

    python -m tests.coverage_floor REPORT

Names every line and branch of a rule that nothing ran, and ends with status 1 below a floor.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def is_of_rules(path: str) -> bool:
    """Whether the file belongs to a `rules` package."""
    return "rules" in Path(path).parts


def gaps(path: str, file: dict[str, Any]) -> Iterator[str]:
    """Lines that nothing ran, and branches between lines that ran which nothing took."""
    yield from (f"{path}:{line} was not run" for line in file["missing_lines"])
    for start, end in file["missing_branches"]:
        if not {start, end} & set(file["missing_lines"]):
            yield f"{path}:{start} never went on to {f'line {end}' if end else 'the end'}"


def percent_run(files: dict[str, dict[str, Any]]) -> float:
    """How much of lines and branches together was run, in percent."""
    run = sum(len(file["executed_lines"]) + len(file["executed_branches"]) for file in files.values())
    missing = sum(len(file["missing_lines"]) + len(file["missing_branches"]) for file in files.values())
    return 100 * run / (run + missing) if run + missing else 100.0


def measure(report: dict[str, Any]) -> tuple[dict[str, float], list[str]]:
    """Percent of all code and of the rules in a report of SlipCover, and the gaps of the rules."""
    rules = {path: file for path, file in sorted(report["files"].items()) if is_of_rules(path)}
    found = [gap for path, file in rules.items() for gap in gaps(path, file)]
    return {"all": percent_run(report["files"]), "rules": percent_run(rules)}, found


def read_floors() -> dict[str, float]:
    """The least percentages, of all code and of the rules."""
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage_floor"])


def main(path: str) -> int:
    """Prints gaps and percentages; the status of the command."""
    measured, found = measure(json.loads(Path(path).read_text(encoding="utf-8")))
    floors = read_floors()
    found += [f"coverage of {part}: {percent:.2f} % of lines and branches, floor {floors[part]} %" for part, percent in measured.items()]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return int(any(percent < floors[part] for part, percent in measured.items()))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
