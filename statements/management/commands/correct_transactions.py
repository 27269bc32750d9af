"""`correct_transactions FILE`: corrects POS transactions that are not posted (docs/imports.md#corrections)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.files.csv_rows import read_csv
from core.files.rejects import RejectsFile
from core.files.source import display_name, open_source
from statements.rules.corrections import CORRECTIONS
from statements.services.corrections import correct_transactions


class Command(RetailCommand):
    """Makes the corrections of a file; what is refused goes to FILE.rejected.csv."""

    help = "Corrects POS transactions that are not posted; CSV with store, terminal, transaction, line, field, value, reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="path, .gz or not; - for standard input")

    def run(self, **options: Any) -> CommandResult:
        """Exit status 1 when rows were refused."""
        file = options["file"]
        with open_source(file) as source:
            rows = list(read_csv(source.lines(), CORRECTIONS))
        result = correct_transactions(rows, "command")
        with RejectsFile(file) as rejects:
            rejects.write(result.rejects)
        data = {
            "file": display_name(file),
            "rows": len(rows),
            "corrected": result.corrected,
            "unchanged": result.unchanged,
            "rejected": len(result.rejects),
            "errors": result.errors,
            "problems_by_code": dict(sorted((result.found + result.refusals).items())),
            "rejects_file": str(rejects.path) if rejects.path else None,
        }
        return CommandResult(data, partly=bool(result.rejects))
