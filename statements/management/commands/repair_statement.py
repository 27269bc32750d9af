"""`repair_statement`: clears, recalculates or revalidates statements, or holds what fails (docs/domain.md#operations-on-a-statement)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.problems import BusinessError
from statements.management.commands.post_statements import check_known
from statements.models import Statement
from statements.services.repairs import REPAIRS, repair_statement


class Command(RetailCommand):
    """Does one thing with each of the statements; what one refuses leaves the others alone."""

    help = "Clears, recalculates or revalidates statements that are not posted, or moves failing transactions to a supplement (hold)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=tuple(REPAIRS), help="what is done with the statements")
        parser.add_argument("--statement", action="append", required=True, metavar="N", help="number of a statement; may be repeated")

    def run(self, **options: Any) -> CommandResult:
        """Exit status 1 when a statement refused it."""
        check_known([], options["statement"])
        ids = dict(Statement.objects.filter(number__in=options["statement"]).values_list("number", "pk"))
        done: list[dict[str, object]] = []
        problems: list[dict[str, str]] = []
        for number in dict.fromkeys(options["statement"]):
            try:
                done.append({"statement": number, **repair_statement(ids[number], options["action"], "command")})
            except BusinessError as error:
                problems += [{"statement": number, "code": problem.code, "message": str(problem.message)} for problem in error.problems]
        return CommandResult({"action": options["action"], "statements": done, "problems": problems}, partly=bool(problems))
