"""The registered codes as a page for people (docs/codes.md)."""

from collections.abc import Iterable

from core.lib.problems import Code
from core.lib.ways import WAYS, Command, Page, Sender

_HEAD = """# Codes

Every code that an import, a validation, a posting or a command may answer with. Codes are stable: one is never reused for something else.
This page is printed from the registry that the code uses: `.venv/bin/python manage.py print_codes > docs/codes.md`.
"""


def markdown(codes: Iterable[Code]) -> str:
    """The page: a table per area, areas and codes in order."""
    by_area: dict[str, list[Code]] = {}
    for code in sorted(codes, key=lambda code: (code.area, code.code)):
        by_area.setdefault(code.area, []).append(code)
    return _HEAD + "".join(_table(area, of_area) for area, of_area in by_area.items())


def _table(area: str, codes: Iterable[Code]) -> str:
    rows = "".join(
        f"| `{code.code}` | {code.severity} | {_cell(code.title)} | {_cell(code.remedy)} | {_cell(_ways(code.code))} |\n" for code in codes
    )
    return f"\n## {area.capitalize()}\n\n| Code | Severity | Meaning | What to do | Where |\n|---|---|---|---|---|\n{rows}"


def _ways(code: str) -> str:
    """Links that pages show, commands, and what the sender does where there is neither."""
    ways = WAYS.get(code, ())
    said = [str(way.words) for way in ways if isinstance(way, Page)] + [f"`{way.line}`" for way in ways if isinstance(way, Command)]
    return "; ".join(dict.fromkeys(said)) or " ".join(str(way.reason) for way in ways if isinstance(way, Sender))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
