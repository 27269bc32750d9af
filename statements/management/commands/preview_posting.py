"""preview_posting: the decisions that posting would make now, nothing written."""

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from orders.queries.invoices import item_names
from statements.management.commands.post_statements import check_known
from statements.queries.outcomes import source_lines, taken_lines
from statements.queries.preview import account_names
from statements.services.posting import postable_statements
from statements.services.preview import PreviewedStatement, preview_posting


class Command(RetailCommand):
    """Decides without writing (docs/posting.md)."""

    help = "Says what posting would do with calculated or failed statements, without doing it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which statements, and how much detail."""
        parser.add_argument("--store", action="append", default=[], metavar="S", help="only this store; may be repeated")
        parser.add_argument("--statement", action="append", default=[], metavar="N", help="only this statement; may be repeated")
        parser.add_argument("--allocations", action="store_true", help="list every allocation that would be made")

    def run(self, **options: Any) -> CommandResult:
        check_known(options["store"], options["statement"])
        chosen = postable_statements(options["store"], options["statement"])
        previewed = preview_posting(chosen, with_vouchers=True, with_takes=options["allocations"])
        lines = source_lines([failure.line_id for statement in previewed for failure in statement.failures])
        data: dict[str, Any] = {
            "statements": [summary(statement) for statement in previewed],
            "failures": [
                {
                    "statement": statement.head.number,
                    "store": statement.head.store,
                    **lines[failure.line_id],
                    "code": failure.code,
                    "item": failure.item,
                    "missing_quantity": failure.missing,
                    "message": str(failure.message),
                }
                for statement in previewed
                for failure in statement.failures
            ],
        }
        data["warnings"] = [
            {
                "statement": statement.head.number,
                "transaction_id": key,
                "line": problem.line,
                "code": problem.code,
                "message": str(problem.message),
            }
            for statement in previewed
            for key, problem in statement.warnings
        ]
        data["fallback"] = fallback_rows(previewed)
        data["vouchers"] = voucher_rows(previewed)
        if options["allocations"]:
            # As the export `allocations` would show them.
            data["allocations"] = [one._asdict() for one in taken_lines([take for statement in previewed for take in statement.takes])]
        return CommandResult(data, partly=any(statement.failed_state for statement in previewed))


def fallback_rows(previewed: list[PreviewedStatement]) -> list[dict[str, Any]]:
    """What would fall back, by statement and item."""
    names = item_names({item for statement in previewed for item in statement.fallback})
    return [
        {"statement": statement.head.number, "item": names[one.item_id][0], "quantity": one.quantity, "value": one.value}
        for statement in previewed
        for one in statement.fallback.values()
    ]


def voucher_rows(previewed: list[PreviewedStatement]) -> list[dict[str, Any]]:
    """What would be posted, by statement, step and account."""
    names = account_names({entry.account_id for statement in previewed for entry in statement.entries})
    return [
        {
            "statement": statement.head.number,
            "step": entry.step,
            "account": names[entry.account_id][0],
            "debit": max(entry.amount, Decimal(0)),
            "credit": max(-entry.amount, Decimal(0)),
        }
        for statement in previewed
        for entry in statement.entries
    ]


def summary(statement: PreviewedStatement) -> dict[str, Any]:
    """One row per statement."""
    sources = statement.lines_by_source
    return {
        "statement": statement.head.number,
        "store": statement.head.store,
        "business_date": statement.head.business_date,
        "would_end": statement.failed_state or "Posted",
        "error_code": statement.error_code,
        "message": str(statement.problem.message) if statement.problem else "",
        **{source: sources[source] for source in ("captured", "allocated", "default", "returned", "untracked")},
        "failing": len(statement.failures),
        "held": statement.held,
        "default_quantity": statement.default_quantity,
        "default_value": statement.default_value,
    }
