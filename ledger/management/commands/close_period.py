"""`close_period LEGAL_ENTITY YYYY-MM [--reopen]`: closes or opens a fiscal month (docs/domain.md)."""

import re
from argparse import ArgumentParser
from calendar import monthrange
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from ledger.models import FiscalPeriod
from ledger.rules.master_data import Span
from ledger.services import set_month


class Command(RetailCommand):
    """Says what is not posted in the month; that does not keep it from being closed."""

    help = "Closes or opens a fiscal month of a legal entity, and lists what is still open in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("legal_entity", metavar="LEGAL_ENTITY", help="code of the company")
        parser.add_argument("month", metavar="YYYY-MM", help="the month")
        parser.add_argument("--reopen", action="store_true", help="open it again")

    def run(self, **options: Any) -> CommandResult:
        """Closes or opens, and lists."""
        month = month_of(options["month"])
        status = FiscalPeriod.Status.OPEN if options["reopen"] else FiscalPeriod.Status.CLOSED
        done = set_month(options["legal_entity"], month, status, "command")
        rows = [{**row._asdict(), "day": row.day.isoformat()} for row in done.open_documents]
        return CommandResult(
            {
                "legal_entity": options["legal_entity"],
                "month": options["month"],
                "status": str(status),
                "changed": done.changed,
                "open": rows,
            }
        )


def month_of(text: str) -> Span:
    """The days of a month. Raises BusinessError BAD_DATE."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise BusinessError(Problem("BAD_DATE", {"value": parsing.shown(text)}, variant="no_month"))
    try:
        first = parsing.usable_day(parsing.day(f"{text}-01"))
    except FieldError as error:
        raise BusinessError(error.at("YYYY-MM").problem) from None
    return Span(first, first.replace(day=monthrange(first.year, first.month)[1]))
