"""The frame of every command: `--json`, one JSON object on standard output, exit status 0, 1 or 2, never a traceback for bad input."""

import json
import sys
from abc import abstractmethod
from argparse import ArgumentParser
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InternalError, OperationalError

from core.db.availability import fault_of_server, is_fault_of_server
from core.lib.messages import Message
from core.lib.problems import BusinessError

if TYPE_CHECKING:
    from rich.table import Table

EXIT_DONE, EXIT_PARTLY, EXIT_WRONG_USE = 0, 1, 2


@dataclass(slots=True)
class CommandResult:
    """What a command did: `data` for `--json` and for the summary table; `partly` when something was rejected, failed or differs."""

    data: dict[str, Any] = field(default_factory=dict)
    partly: bool = False


class RetailCommand(BaseCommand):
    """Subclasses write `run`, which returns an Outcome or raises BusinessError (exit status 2, nothing written).

    System checks are left to `manage.py check` and `make check`: they find mistakes of developers, not of whoever runs a command, and
    the check of addresses imports every page.
    """

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Adds `--json` to every command."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object on standard output")
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Arguments of the command itself."""

    @abstractmethod
    def run(self, **options: Any) -> CommandResult:
        """Does the work."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs and reports; leaves with the exit status (README.md#a-first-posting-by-hand)."""
        try:
            outcome = self.run(**options)
        except BusinessError as error:
            problems = [{"code": problem.code, "message": str(problem.message)} for problem in error.problems]
            if options["as_json"]:
                self.stdout.write(json.dumps({"problems": problems}))
            for problem in problems:
                self.stderr.write(f"{problem['code']}: {problem['message']}")
            raise SystemExit(EXIT_WRONG_USE) from None
        except (OperationalError, InternalError) as error:
            if not is_fault_of_server(error):
                raise
            fault = fault_of_server(error)
            self.stderr.write(f"{fault.code}: {fault.message}")
            raise SystemExit(EXIT_PARTLY) from None
        if options["as_json"]:
            self.stdout.write(json.dumps(outcome.data, default=json_value, ensure_ascii=False))
        else:
            self.print_summary(outcome.data)
        if outcome.partly:
            raise SystemExit(EXIT_PARTLY)

    def print_summary(self, data: dict[str, Any]) -> None:
        """A table of the plain values and one of each list of rows."""
        from rich.console import Console
        from rich.table import Table

        console = Console(file=getattr(self.stdout, "_out", sys.stdout))
        plain = Table(show_header=False, box=None)
        for key, value in data.items():
            if not isinstance(value, list):
                plain.add_row(key.replace("_", " "), str(value))
        if plain.row_count:
            console.print(plain)
        for key, value in data.items():
            if isinstance(value, list) and value:
                console.print(rows_table(key.replace("_", " "), value))


def rows_table(title: str, rows: list[Any]) -> "Table":
    """Rows of dictionaries, or of plain values, as a table."""
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    if not isinstance(rows[0], dict):
        rows = [{title: row} for row in rows]
    for column in rows[0]:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in rows[0]))
    return table


def json_value(value: object) -> str:
    """Decimals, dates and messages as the text that files use."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Message):
        return str(value)
    raise CommandError(f"cannot write {type(value).__name__} as JSON")
