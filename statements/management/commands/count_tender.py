"""`count_tender`: enters what was counted in a drawer (docs/domain.md#counting)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.decimals import plain_text
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError
from parameters.rules.denominations import read_pieces, total_of
from statements.services.counts import CountRequest, count_tender


class Command(RetailCommand):
    """Enters a counted amount in place of what was declared."""

    help = "The counted amount of a payment method in a terminal's drawer of a day (or shift), in place of what was declared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, text in (
            ("store", "code of the store"),
            ("terminal", "code of the terminal"),
            ("date", "business date, YYYY-MM-DD"),
            ("method", "payment method"),
            ("reason", "why it is entered"),
        ):
            parser.add_argument(f"--{name}", required=True, help=text)
        parser.add_argument("--amount", default="", help="what was counted, with a point; left out: what the denominations come to")
        parser.add_argument(
            "--denomination", action="append", default=[], metavar="VALUE=PIECES", help="coins or notes of a value; may be repeated"
        )
        parser.add_argument("--shift", default="", help="number of the shift, where the store counts by shift")
        parser.add_argument("--staff", default="", help="code of the person, where the store counts by person")

    def run(self, **options: Any) -> CommandResult:
        """Says what counted before and counts now."""
        parsers = {
            "date": parsing.day,
            "amount": parsing.document_amount,
            "reason": parsing.reason,
            "shift": parsing.whole,
            "staff": parsing.code,
        }
        values: dict[str, Any] = {}
        needed = {"date", "reason"} | (set() if options["denomination"] else {"amount"})
        for name, parse in parsers.items():
            try:
                values[name] = parse(options[name]) if options[name] or name in needed else None
            except FieldError as error:
                raise BusinessError(error.at(f"--{name}").problem) from None
        try:
            pieces = read_pieces(
                (value, parsing.whole(count)) for value, _, count in (one.partition("=") for one in options["denomination"])
            )
        except FieldError as error:
            raise BusinessError(error.at("--denomination").problem) from None
        amount = total_of(pieces) if values["amount"] is None else values["amount"]
        request = CountRequest(
            *(options["store"], options["terminal"], values["date"], options["method"], amount, values["reason"]),
            *(values["shift"], values["staff"] or "", pieces),
        )
        result = count_tender(request, "command")
        return CommandResult(
            {
                "before": None if result.before is None else plain_text(result.before),
                "counted": plain_text(result.counted),
                "transaction": result.transaction or None,
            }
        )
