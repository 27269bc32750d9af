"""`discard_orders`: deletes the sales orders of a statement that are not invoiced (docs/posting.md)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from statements.management.commands.post_statements import check_known
from statements.models import Statement
from statements.services.discard_orders import discard_orders


class Command(RetailCommand):
    """Frees the transactions of the orders that failed."""

    help = "Deletes the failed, uninvoiced sales orders of a statement; their transactions are free again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--statement", required=True, metavar="N", help="number of the statement")

    def run(self, **options: Any) -> CommandResult:
        """Says how many transactions are free, and whether the statement stays."""
        number = options["statement"]
        check_known([], [number])
        done = discard_orders(Statement.objects.values_list("pk", flat=True).get(number=number), "command")
        return CommandResult({"statement": number, "transactions": done.transactions, "stays": done.stays})
