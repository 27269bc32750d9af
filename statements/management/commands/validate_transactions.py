"""`validate_transactions`: runs the rules again over transactions that are on no statement (docs/domain.md#validation-rules)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from statements.services.validation import validate_open_transactions


class Command(RetailCommand):
    """Looks up again what was unknown and replaces the problems."""

    help = "Validates transactions that are on no statement; problems by code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", action="append", default=[], metavar="S", help="only this store; may be repeated")

    def run(self, **options: Any) -> CommandResult:
        """Exit status 1 when transactions are kept off statements."""
        found = validate_open_transactions(options["store"], "command")
        data = {
            "transactions": found.transactions,
            "valid": found.valid,
            "errors": found.errors,
            "changed": found.changed,
            "problems_by_code": dict(sorted(found.problems_by_code.items())),
        }
        return CommandResult(data, partly=found.errors > 0)
