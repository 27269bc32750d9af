"""`correct_transactions FILE`: corrects POS transactions that are not posted (docs/imports.md#corrections)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.files.rejects import RejectsFile
from core.files.source import display_name, open_source
from core.files.tables import read_rows
from retailhq.exchange.services.profiles import profile_for
from statements.rules.corrections import CORRECTIONS
from statements.services.corrections import correct_transactions


class Command(RetailCommand):
    """Makes the corrections of a file; what is refused goes to FILE.rejected.csv."""

    help = "Corrects POS transactions that are not posted; a table of store, terminal, transaction, line, field, value, reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="path, .gz or not; - for standard input")
        parser.add_argument("--profile", default="", metavar="NAME", help="how the file is written, as named under Setup, or shipped")

    def run(self, **options: Any) -> CommandResult:
        """Exit status 1 when rows were refused."""
        file = options["file"]
        profile = profile_for(CORRECTIONS.kind, options["profile"])
        with open_source(file) as source:
            rows = list(read_rows(source, CORRECTIONS, profile))
        result = correct_transactions(rows, "command", profile.style)
        with RejectsFile(file) as rejects:
            rejects.write(result.rejects)
        data = {
            "file": display_name(file),
            "profile": profile.code or None,
            "notes": [str(note) for note in source.notes],
            "rows": len(rows),
            "corrected": result.corrected,
            "unchanged": result.unchanged,
            "rejected": len(result.rejects),
            "errors": result.errors,
            "problems_by_code": dict(sorted((result.found + result.refusals).items())),
            "rejects_file": str(rejects.path) if rejects.path else None,
        }
        return CommandResult(data, partly=bool(result.rejects))
