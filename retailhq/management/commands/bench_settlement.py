"""`bench_settlement`: how long it takes to pay batch debt by late batches, and to undo it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from retailhq.bench.databases import PREFIX, database
from retailhq.bench.settlement import fill, settlement_figures


class Command(BaseCommand):
    """Works in a database of its own, which it drops at the end."""

    help = "Measures S13: lines per second of a proposal, a settlement and its undoing; prints one JSON object per figure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much is owed."""
        parser.add_argument("--items", type=int, default=2_000, metavar="N", help="items with debt (default %(default)s)")
        parser.add_argument("--debts", type=int, default=50, metavar="N", help="debts of each item (default %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fills, measures, prints."""
        with database(f"{PREFIX}_settlement"):
            call_command("migrate", verbosity=0)
            fill(options["items"], options["debts"])
            for figure in settlement_figures():
                self.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False))
                self.stdout.flush()
