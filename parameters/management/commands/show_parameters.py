"""`show_parameters`: all keys with values, who changed each and when (docs/domain.md#parameters)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from parameters.queries import parameters_with_changes
from parameters.services import legal_entity_named


class Command(RetailCommand):
    """Shows Retail parameters of a legal entity."""

    help = "Shows all Retail parameters with their values, who changed each and when."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--legal-entity", metavar="CODE", help="may be left out while there is one")

    def run(self, **options: Any) -> CommandResult:
        """One row per key."""
        entity = legal_entity_named(options["legal_entity"])
        return CommandResult({"legal_entity": entity.code, "parameters": parameters_with_changes(entity.pk)})
