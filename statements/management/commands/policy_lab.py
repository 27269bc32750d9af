"""`policy_lab --from DATE --through DATE [...]`: a past period decided again under other settings (docs/domain.md#policy-lab)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.db.upsert import ids_by_code
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.queries.debt import warehouses_named
from inventory.rules.stock import Policy
from statements.services.policy_lab import Period, compare, comparison_values, scenario_of

SWITCHES = {
    "default_batch": ("use_default_batch", "use a default batch where no valid batch is found"),
    "advanced_only": ("scope_advanced_only", "default batches only where warehouse and item use warehouse management"),
    "received_after_sale": ("use_batches_received_after_sale", "use batches received after the sale"),
    "sellable_on_expiration": ("sellable_on_expiration_date", "sell batches on their expiration date"),
}


class Command(RetailCommand):
    """Reads; writes nothing."""

    help = "Decides the sales of a past period again under other settings: what would have gone to default batches, failed or expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", required=True, metavar="DATE", help="first business date")
        parser.add_argument("--through", dest="last", required=True, metavar="DATE", help="last business date")
        parser.add_argument("--warehouse", default="", metavar="W", help="only in this warehouse")
        parser.add_argument("--item", default="", metavar="I", help="only this item")
        parser.add_argument("--policy", choices=[policy.value for policy in Policy], help="as if items had this allocation policy")
        for option, (_, words) in SWITCHES.items():
            parser.add_argument(f"--{option.replace('_', '-')}", choices=["on", "off"], help=f"as if this had been set: {words}")

    def run(self, **options: Any) -> CommandResult:
        """Both sides, and where they differ most."""
        days = {}
        for name, option in (("first", "--from"), ("last", "--through")):
            try:
                days[name] = parsing.day(options[name])
            except FieldError as error:
                raise BusinessError(error.at(option).problem) from None
        if days["first"] > days["last"]:
            raise BusinessError(Problem("DATES_REVERSED", {"first": days["first"], "last": days["last"]}))
        warehouses = warehouses_named(options["warehouse"])
        if options["warehouse"] and not warehouses:
            raise BusinessError(Problem("UNKNOWN_WAREHOUSE", {"warehouse": options["warehouse"]}))
        items = ids_by_code("inventory_item", [options["item"]]) if options["item"] else {}
        if options["item"] and not items:
            raise BusinessError(Problem("UNKNOWN_ITEM", {"item": options["item"]}))
        supposed = {name: options[option] == "on" for option, (name, _) in SWITCHES.items() if options[option]}
        scenario = scenario_of({**supposed, "policy": options["policy"]})
        found = compare(Period(days["first"], days["last"], warehouses, list(items.values()) or None), scenario)
        return CommandResult(comparison_values(found))
