"""bench_posting: measures posting against its floors; prints one JSON object per figure."""

import json
from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from retailhq.bench.figures import growth_figures, row_by_row_figure, speed_figures
from retailhq.bench.generate import Size


class Command(BaseCommand):
    """Measures posting (docs/benchmarks.md) in databases of its own, which it drops again."""

    help = "Measures S1, S1b, S2, S4, S6 and S9; without arguments at the sizes of docs/benchmarks.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One size, or the whole programme."""
        parser.add_argument("--lines", type=int, help="only S1, S1b, S4 and S6 at this many lines")
        parser.add_argument("--stores", type=int, default=20)
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--runs", type=int, default=5, help="runs per figure, medians are shown")
        parser.add_argument("--growth-to", type=int, default=1_000_000, help="largest size of S2")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints each figure as soon as it is known."""
        runs, workers = options["runs"], options["workers"]
        if options["lines"]:
            figures = speed_figures(Size(options["lines"], options["stores"]), runs, workers)
        else:
            sizes = [Size(lines, max(20, lines // 2_000)) for lines in (10_000, 100_000, 1_000_000) if lines <= options["growth_to"]]
            figures = chain(
                speed_figures(Size(10_000, 20), runs, workers),
                speed_figures(Size(100_000, 50), min(runs, 3), workers),
                row_by_row_figure(Size(2_000, 5), runs),
                growth_figures(sizes[:-1], runs),
                growth_figures([sizes[0], sizes[-1]], 1),
            )
        for figure in figures:
            self.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False))
            self.stdout.flush()
