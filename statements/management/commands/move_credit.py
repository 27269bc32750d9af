"""`move_credit`: moves goods that lie on a default batch to a real batch, or to one to be inspected (docs/domain.md#settlement)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.db.upsert import ids_by_code
from core.lib import parsing
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.services.settlements import move_credit


class Command(RetailCommand):
    """Moves all that lies on default batches of an item in a warehouse."""

    help = (
        "Moves goods that lie on a default batch, because they came back there, to a batch of the item; a number that is not known yet "
        "becomes a batch to be inspected. undo_settlement takes it back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The place, the batch and why."""
        parser.add_argument("--warehouse", required=True, metavar="W")
        parser.add_argument("--item", required=True, metavar="I")
        parser.add_argument("--batch", required=True, metavar="B", help="batch that the goods are of, or a number of your own")
        parser.add_argument("--reason", required=True, metavar="R", help="why they are moved")

    def run(self, **options: Any) -> CommandResult:
        """The settlement that moved them."""
        warehouse, item = options["warehouse"], options["item"]
        try:
            reason = parsing.reason(options["reason"])
        except FieldError as error:
            raise BusinessError(error.at("--reason").problem) from None
        try:
            batch = parsing.code(options["batch"])
        except FieldError as error:
            raise BusinessError(error.at("--batch").problem) from None
        warehouses, items = ids_by_code("inventory_warehouse", [warehouse]), ids_by_code("inventory_item", [item])
        problems = [] if warehouses else [Problem("UNKNOWN_WAREHOUSE", {"warehouse": warehouse})]
        problems += [] if items else [Problem("UNKNOWN_ITEM", {"item": item})]
        if problems:
            raise BusinessError(*problems)
        moved = move_credit((warehouses[warehouse], items[item]), batch, reason, "command")
        return CommandResult({"settlement": moved.number, "lines": moved.lines, "quantity": plain_text(-moved.quantity)})
