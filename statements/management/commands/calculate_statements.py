"""calculate_statements: statements of store days with unposted, valid transactions."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.problems import BusinessError, Problem
from statements.rules.states import StatementKind
from statements.services.calculation import calculate_statements


class Command(RetailCommand):
    """Puts valid transactions on statements (docs/domain.md#statement-life-cycle)."""

    help = "Calculates statements of store days that have unposted, valid transactions: one a day, or by kind where a store is split."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", action="append", default=[], metavar="S", help="only this store; may be repeated")
        parser.add_argument("--through", metavar="DATE", help="last business date, YYYY-MM-DD")
        parser.add_argument("--kind", choices=tuple(StatementKind), default="", help="only statements of this kind; left out: all")

    def run(self, **options: Any) -> CommandResult:
        done = calculate_statements(options["store"], parse_date(options["through"]), actor="command", kind=options["kind"])
        return CommandResult(
            {
                "statements": done.statements,
                "new": done.new,
                "transactions": done.transactions,
                "waiting": done.waiting,
                "numbers": done.numbers,
                **({"failed": [{"code": problem.code, "message": str(problem.message)} for problem in done.failed]} if done.failed else {}),
            },
            partly=bool(done.failed),
        )


def parse_date(text: str | None) -> date | None:
    """An ISO date; raises BusinessError BAD_DATE."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BusinessError(Problem("BAD_DATE", {"value": repr(text)}, variant="option")) from None
