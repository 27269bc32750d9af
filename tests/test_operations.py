"""What docs/domain.md says of operations is there: each has its pages, its commands and its calls."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.test import Client

from core.access.pages import need_of
from statements.views.verbs import VERBS

DOMAIN = (Path(settings.BASE_DIR) / "docs" / "domain.md").read_text(encoding="utf-8")
SECTION = DOMAIN.split("### Operations on a statement")[1].split("###")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if re.match(r"\| [A-Z]", line)]
OPERATIONS = [row for row in ROWS if row[0] != "Operation"]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row[0])
def test_an_operation_has_command_call_and_page(row: list[str]) -> None:
    commands, calls = quoted(row[-2]), quoted(row[-1])
    assert commands, row
    for command in commands:
        name, *arguments = command.split()
        assert name in get_commands(), command
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        known = parser.format_help()
        assert all(argument in known for argument in arguments if argument.startswith("--") or argument.islower()), command
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    for call in calls:
        method, path = call.split()
        assert method.lower() in paths[f"/api/v1/{path}"], call
    for page in quoted(row[1]) if len(row) == 4 else ():
        assert need_of(page, "POST"), page


def test_every_button_of_a_statement_is_described() -> None:
    assert {str(verb.name) for verb in VERBS} <= {row[0] for row in OPERATIONS}
