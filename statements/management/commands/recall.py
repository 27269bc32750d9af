"""`recall --item I --batch B [--from DATE] [--through DATE]`: who got a batch (docs/domain.md#recall)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError
from statements.queries.recall import public_lines
from statements.services.recall import RecallRequest, recall_batch


class Command(RetailCommand):
    """Certain, probable and possible sales of a batch."""

    help = "Who got a batch: certain (recorded), probable (chosen by the books) and possible (it was there, and nobody recorded which)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The batch, and days."""
        add_batch_arguments(parser, required=True)
        parser.add_argument("--mock", action="store_true", help="a drill; the answer says how long it took")

    def run(self, **options: Any) -> CommandResult:
        """The counts and every line."""
        recall = recall_batch(recall_request(options), "command")
        lines = public_lines(recall.pk)
        return CommandResult(
            {
                "recall": recall.pk,
                **{name: getattr(recall, name) for name in ("certain", "probable", "possible")},
                "seconds": recall.seconds,
                "lines": [{**line, "quantity": plain_text(line["quantity"])} for line in lines],
            }
        )


def add_batch_arguments(parser: ArgumentParser, *, required: bool) -> None:
    """Which batch, and the business days of sales."""
    parser.add_argument("--item", required=required, default="", metavar="I", help="code of the item")
    parser.add_argument("--batch", required=required, default="", metavar="B", help="number of the batch")
    parser.add_argument("--from", dest="first", default="", metavar="DATE", help="first business date of sales")
    parser.add_argument("--through", dest="last", default="", metavar="DATE", help="last business date of sales")


def recall_request(options: dict[str, Any]) -> RecallRequest:
    """What the options ask for. Raises BusinessError for what is no day."""
    days = {}
    for name, option in (("first", "--from"), ("last", "--through")):
        try:
            days[name] = parsing.day(options[name]) if options[name] else None
        except FieldError as error:
            raise BusinessError(error.at(option).problem) from None
    return RecallRequest(options["item"], options["batch"], days["first"], days["last"], bool(options.get("mock")))
