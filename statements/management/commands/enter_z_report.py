"""`enter_z_report`: what a till printed at the end of its shift, against its transactions (docs/domain.md#z-report)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError
from statements.rules.z_report import read_figure
from statements.services.z_report import PrintedReport, enter_z_report


class Command(RetailCommand):
    """Enters a Z report and names what differs."""

    help = "Enters what a till printed at the end of its day or shift, and names what differs from its transactions (exit status 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, text in (("store", "code of the store"), ("terminal", "code of the terminal"), ("date", "business date, YYYY-MM-DD")):
            parser.add_argument(f"--{name}", required=True, help=text)
        parser.add_argument("--shift", default="", help="number of the shift; left out: the report of the day")
        parser.add_argument(
            "figures",
            nargs="+",
            metavar="FIGURE=VALUE",
            help="transactions, returns, voids, drawer_events, net, tax, total, tender:METHOD, drawer:KIND, tax:RATE",
        )

    def run(self, **options: Any) -> CommandResult:
        """Says what the till printed and what its transactions come to."""
        try:
            day = parsing.day(options["date"])
            shift = parsing.whole(options["shift"]) if options["shift"] else None
            figures = dict(read_figure(name, value) for name, _, value in (one.partition("=") for one in options["figures"]))
        except FieldError as error:
            raise BusinessError(error.at("FIGURE").problem) from None
        done = enter_z_report(PrintedReport(options["store"], options["terminal"], day, shift, figures), "command")
        return CommandResult({"figures": done.values(), "differences": len(done.differing)}, partly=bool(done.differing))
