"""`approve_fallback STATEMENT --note N`: lets a statement pass a fallback limit that asks for approval (docs/domain.md#fallback-limits)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.problems import BusinessError, Problem
from statements.models import Statement
from statements.services.approvals import approve_fallback


class Command(RetailCommand):
    """Approves one statement, once; post it again then."""

    help = "Lets a statement pass a fallback limit that asks for approval, once; post_statements posts it then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("statement", metavar="STATEMENT", help="number of the statement")
        parser.add_argument("--note", required=True, metavar="N", help="why it may pass")

    def run(self, **options: Any) -> CommandResult:
        """The statement that was approved."""
        statement = Statement.objects.filter(number=options["statement"]).first()
        if statement is None:
            raise BusinessError(Problem("UNKNOWN_STATEMENT", {"statement": options["statement"]}, variant="check_number"))
        approval = approve_fallback(statement.pk, options["note"], "command")
        return CommandResult({"statement": statement.number, "note": approval.note})
