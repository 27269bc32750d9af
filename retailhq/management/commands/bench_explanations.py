"""`bench_explanations`: how long it takes to say why a line got its batch, behind a long history."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from retailhq.bench.databases import PREFIX, database
from retailhq.bench.explanations import explanation_figure
from retailhq.bench.history import make_history, size_for


class Command(BaseCommand):
    """Works in a database of its own, which it drops at the end."""

    help = "Measures explanations of allocations (target: p95 below 200 ms) behind the history of bench_lists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large, and how many lines are explained."""
        parser.add_argument("--lines", type=int, default=1_000_000)
        parser.add_argument("--stores", type=int, default=40)
        parser.add_argument("--explain", type=int, default=300)

    def handle(self, *args: Any, **options: Any) -> None:
        """Makes the history, measures, prints one JSON line."""
        size = size_for(options["lines"], options["stores"])
        with database(f"{PREFIX}_explanations"):
            call_command("migrate", verbosity=0)
            make_history(size, lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201
            self.stdout.write(json.dumps(explanation_figure(size, options["explain"])))
