"""`approve_fallback STATEMENT --note N` or `--order N`: lets a document pass a fallback limit once (docs/domain.md#fallback-limits)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.problems import BusinessError, Problem
from orders.services.approvals import approve_order_fallback
from orders.services.order_numbers import find_orders
from statements.models import Statement
from statements.services.approvals import approve_fallback


class Command(RetailCommand):
    """Approves one statement or customer order, once; post it or ask for the delivery again then."""

    help = (
        "Lets a statement, or a customer order, pass a fallback limit that asks for approval, once; post_statements or invoice_orders "
        "posts it then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("statement", nargs="?", default="", metavar="STATEMENT", help="number of the statement")
        what.add_argument("--order", default="", metavar="N", help="number of the customer order")
        parser.add_argument("--legal-entity", default="", metavar="CODE", help="company of the order, where several have one of its number")
        parser.add_argument("--note", required=True, metavar="N", help="why it may pass")

    def run(self, **options: Any) -> CommandResult:
        """The document that was approved."""
        if number := options["order"]:
            order_id = find_orders([number], options["legal_entity"])[number]
            return CommandResult({"order": number, "note": approve_order_fallback(order_id, options["note"], "command").note})
        statement = Statement.objects.filter(number=options["statement"]).first()
        if statement is None:
            raise BusinessError(Problem("UNKNOWN_STATEMENT", {"statement": options["statement"]}, variant="check_number"))
        approval = approve_fallback(statement.pk, options["note"], "command")
        return CommandResult({"statement": statement.number, "note": approval.note})
