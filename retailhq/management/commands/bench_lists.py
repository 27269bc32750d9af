"""bench_lists: how long the server takes for every list page on a large history; prints one JSON object per list."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from retailhq.bench.databases import PREFIX, database, existing_database
from retailhq.bench.history import make_history, size_for
from retailhq.bench.lists import list_figures


class Command(BaseCommand):
    """Works in a database of its own, which it drops at the end unless it shall be kept."""

    help = "Measures S8: server time of every list with filters, sorts, quick filter and deep pages, behind 10 million POS lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large, and whether the database stays for another look."""
        parser.add_argument("--lines", type=int, default=10_000_000)
        parser.add_argument("--stores", type=int, default=400)
        parser.add_argument("--runs", type=int, default=5, help="requests per address")
        parser.add_argument("--keep", action="store_true", help="keep the database for --again")
        parser.add_argument("--again", action="store_true", help="measure in the database that --keep left")
        parser.add_argument("--slow", type=float, default=0, help="explain the statements of addresses slower than this, in ms")

    def handle(self, *args: Any, **options: Any) -> None:
        """Makes the history, measures, prints each figure as soon as it is known."""
        size = size_for(options["lines"], options["stores"])
        name = f"{PREFIX}_lists"
        with existing_database(name) if options["again"] else database(name, keep=options["keep"]):
            call_command("migrate", verbosity=0)
            if not options["again"]:
                make_history(size, lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201
            for figure in list_figures(size, options["runs"], options["slow"]):
                self.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False))
                self.stdout.flush()
