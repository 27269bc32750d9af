"""`fallback_budget [--week DATE] [--warehouse W]`: what goes to default batches against the limits (docs/domain.md#fallback-limits)."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from core.cli.command import CommandResult, RetailCommand
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.queries.debt import warehouses_named
from inventory.rules.fallback_budget import week_of
from inventory.services.fallback_weeks import line_values, lines_of_week


class Command(RetailCommand):
    """Lists; changes nothing."""

    help = "What went to default batches in a week by warehouse and item group, its share and forecast, and the limits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--week", default="", metavar="DATE", help="a day of the week, YYYY-MM-DD; today if left out")
        parser.add_argument("--warehouse", default="", metavar="W", help="only in this warehouse")

    def run(self, **options: Any) -> CommandResult:
        """The lines, the most value first."""
        today = timezone.localdate()
        try:
            day = parsing.day(options["week"]) if options["week"] else today
        except FieldError as error:
            raise BusinessError(error.at("--week").problem) from None
        warehouses = warehouses_named(options["warehouse"])
        if options["warehouse"] and not warehouses:
            raise BusinessError(Problem("UNKNOWN_WAREHOUSE", {"warehouse": options["warehouse"]}))
        week = week_of(day)
        lines = [line_values(line, week) for line in lines_of_week(warehouses, week, today)]
        return CommandResult({"week": week, "over": sum(line["state"] == "over" for line in lines), "lines": lines})
