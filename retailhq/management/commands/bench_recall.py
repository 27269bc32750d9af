"""`bench_recall`: how long a recall of an item takes that every store sold every day of a year."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from retailhq.bench.databases import PREFIX, database
from retailhq.bench.recall import fill, recall_figures


class Command(BaseCommand):
    """Works in a database of its own, which it drops at the end."""

    help = "Measures a recall: seconds until every certain, probable and possible sale is listed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large."""
        parser.add_argument("--stores", type=int, default=500)
        parser.add_argument("--days", type=int, default=365)

    def handle(self, *args: Any, **options: Any) -> None:
        """Fills, measures, prints one JSON line."""
        with database(f"{PREFIX}_recall"):
            call_command("migrate", verbosity=0)
            fill(options["stores"], options["days"])
            self.stdout.write(json.dumps(recall_figures(options["stores"], options["days"])))
