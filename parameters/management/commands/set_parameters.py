"""`set_parameters KEY=VALUE ...` (docs/domain.md#parameters)."""

import getpass
from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from core.lib.problems import BusinessError, Problem
from parameters.rules.keys import NAMES
from parameters.services import set_retail_parameters


class Command(RetailCommand):
    """Sets Retail parameters of a legal entity, all or none."""

    help = f"Sets Retail parameters. Keys: {', '.join(NAMES)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("assignments", nargs="*", metavar="KEY=VALUE")
        parser.add_argument("--legal-entity", metavar="CODE", help="may be left out while there is one")

    def run(self, **options: Any) -> CommandResult:
        """Saves, and reports the values that changed."""
        if not options["assignments"]:
            raise BusinessError(Problem("PARAMETER_WITHOUT_VALUE", {"keys": NAMES}, variant="none"))
        actor = f"set_parameters ({operating_system_user()})"
        changed = set_retail_parameters(options["assignments"], options["legal_entity"], actor)
        return CommandResult({"changed": [{"key": key, "value": value} for key, value in changed.items()]})


def operating_system_user() -> str:
    """Who runs the command, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
