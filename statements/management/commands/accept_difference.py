"""`accept_difference`: lets a statement be posted with what was counted, over its limits (docs/domain.md#counting)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError
from statements.management.commands.post_statements import check_known
from statements.models import Statement
from statements.services.accept_difference import accept_difference


class Command(RetailCommand):
    """Accepts the counted difference of a statement once."""

    help = "Accepts the counted difference of a statement that is over its limits, with a note; another count is judged anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--statement", required=True, metavar="N", help="number of the statement")
        parser.add_argument("--note", required=True, help="why it is accepted")

    def run(self, **options: Any) -> CommandResult:
        """Says what was accepted."""
        number = options["statement"]
        check_known([], [number])
        try:
            done = accept_difference(Statement.objects.values_list("pk", flat=True).get(number=number), options["note"], "command")
        except FieldError as error:
            raise BusinessError(error.at("--note").problem) from None
        rows = [{"unit": line.unit, "method": line.method, "difference": plain_text(line.difference)} for line in done.lines]
        return CommandResult({"statement": number, "accepted": rows})
