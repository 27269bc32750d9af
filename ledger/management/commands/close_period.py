"""`close_period LEGAL_ENTITY YYYY-MM [--stock] [--reopen]`: closes or opens a fiscal month, or its stock (docs/domain.md)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from ledger.models import FiscalPeriod
from ledger.rules.master_data import month_of
from ledger.services import set_month


class Command(RetailCommand):
    """Says what is not posted in the month; that does not keep it from being closed."""

    help = "Closes or opens a fiscal month of a legal entity, or with --stock only its movements of goods; lists what is still open in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("legal_entity", metavar="LEGAL_ENTITY", help="code of the company")
        parser.add_argument("month", metavar="YYYY-MM", help="the month")
        parser.add_argument("--stock", action="store_true", help="only the stock period: no goods move in it, everything else is posted")
        parser.add_argument("--reopen", action="store_true", help="open it again")

    def run(self, **options: Any) -> CommandResult:
        """Closes or opens, and lists."""
        month = month_of(options["month"])
        status = FiscalPeriod.Status.OPEN if options["reopen"] else FiscalPeriod.Status.CLOSED
        done = set_month(options["legal_entity"], month, status, "command", stock=options["stock"])
        rows = [{**row._asdict(), "day": row.day.isoformat()} for row in done.open_documents]
        return CommandResult(
            {
                "legal_entity": options["legal_entity"],
                "month": options["month"],
                "stock": options["stock"],
                "status": str(status),
                "changed": done.changed,
                "open": rows,
            }
        )
