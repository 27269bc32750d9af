"""`explain_allocation STORE/TERMINAL/NUMBER LINE`, or `--order N LINE`: why a posted line got its batches (docs/domain.md#batch-choice)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from orders.queries.explanations import delivered_lines_of
from orders.services.explanations import Explained, explain_delivery_line, not_allocated
from statements.queries.explanations import line_by_key
from statements.services.explanations import explain_pos_line, explanation_payload


class Command(RetailCommand):
    """Policy, settings of then, and what became of each batch."""

    help = "Why a posted line got its batches: policy, settings of then, each batch with its stock at that moment and why it won or lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A line of a POS transaction, or of a customer order."""
        parser.add_argument("transaction", metavar="STORE/TERMINAL/NUMBER", nargs="?", default="")
        parser.add_argument("line", type=int, metavar="LINE")
        parser.add_argument("--order", default="", metavar="N", help="number of a customer order, in place of a transaction")

    def run(self, **options: Any) -> CommandResult:
        """One explanation, or one per delivery of the order's line."""
        line, order = options["line"], options["order"]
        if bool(order) == bool(options["transaction"]):
            raise not_allocated(order or options["transaction"], line, known=False)
        found = explain_order_line(order, line) if order else [explain_transaction_line(options["transaction"], line)]
        explained = [explanation_payload(one) for one in found]
        data = explained[0] if len(explained) == 1 else {"deliveries": explained}
        return CommandResult(data, partly=not all(one.agrees for one in found))


def explain_transaction_line(transaction: str, line: int) -> Explained:
    """Raises BusinessError for a line that is not known, or moved nothing."""
    parts = transaction.split("/", 2)
    key = line_by_key(parts[0], parts[1], parts[2], line) if len(parts) == 3 else None
    if key is None:
        raise not_allocated(transaction, line, known=False)
    found = explain_pos_line(key.id)
    if found is None:
        raise not_allocated(transaction, line)
    return found


def explain_order_line(order: str, line: int) -> list[Explained]:
    """Raises BusinessError for a line that is not known, or moved nothing yet."""
    found = [one for row in delivered_lines_of(order, line) if (one := explain_delivery_line(row.id)) is not None]
    if not found:
        raise not_allocated(order, line, known=False)
    return found
