"""`undo_settlement`: takes a settlement of batch debt back (docs/domain.md#settlement)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError
from inventory.services.settlements import undo_settlement


class Command(RetailCommand):
    """Undoes one settlement, once."""

    help = "Takes a settlement back: what it paid is owed again, real batches have back what they gave."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="NUMBER", help="number of the settlement")
        parser.add_argument("--reason", required=True, metavar="R", help="why it is undone")

    def run(self, **options: Any) -> CommandResult:
        """The settlement that undid it."""
        try:
            reason = parsing.reason(options["reason"])
        except FieldError as error:
            raise BusinessError(error.at("--reason").problem) from None
        undone = undo_settlement(options["number"], reason, "command")
        return CommandResult(
            {"settlement": undone.number, "undoes": options["number"], "lines": undone.lines, "quantity": plain_text(undone.quantity)}
        )
