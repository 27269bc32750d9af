"""bench_orders: measures how fast customer orders are invoiced, in bulk and one by one over HTTP; prints one JSON object per figure."""

import json
from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from retailhq.bench.orders import bulk_figures, latency_figures


class Command(BaseCommand):
    """Works in databases of its own, which it drops again; for the latency with a web server and a worker of its own."""

    help = "Measures S7: customer orders invoiced in bulk, and the time from a till's call to its invoice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many orders, and how often."""
        parser.add_argument("--orders", type=int, default=10_000, help="open orders that are invoiced in bulk")
        parser.add_argument("--calls", type=int, default=200, help="orders that are invoiced one by one")
        parser.add_argument("--runs", type=int, default=5, help="runs per figure, medians are shown")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints each figure as soon as it is known."""
        runs = options["runs"]
        parts = [bulk_figures(options["orders"], runs)] if options["orders"] else []
        parts += [latency_figures(options["calls"], runs)] if options["calls"] else []
        for figure in chain.from_iterable(parts):
            self.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False))
            self.stdout.flush()
