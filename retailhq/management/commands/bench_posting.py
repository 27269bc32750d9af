"""bench_posting: measures posting against its floors; prints one JSON object per figure."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from retailhq.bench.figures import Figure, growth_figures, row_by_row_figure, speed_figures
from retailhq.bench.generate import Size


class Command(BaseCommand):
    """Measures posting (docs/benchmarks.md) in databases of its own, which it drops again."""

    help = "Measures S1, S2, S4, S6, S9 and S14 (reversal); without arguments at the sizes of docs/benchmarks.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One size, or the whole programme."""
        parser.add_argument("--lines", type=int, help="only S1, S4, S6 and S14 at this many lines")
        parser.add_argument("--stores", type=int, default=20)
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--runs", type=int, default=5, help="runs per figure, medians are shown")
        parser.add_argument(
            "--against", metavar="COMMIT", help="S1, S5 and S12 against an earlier commit, by turns; with --lines or --days"
        )
        parser.add_argument("--days", type=int, help="with --against: so many days of real tickets (as bench_year) in place of --lines")
        parser.add_argument("--growth-to", type=int, default=1_000_000, help="largest size of S2")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints each figure as soon as it is known."""
        runs, workers = options["runs"], options["workers"]
        if options["against"]:
            figures = against(options)
        elif options["lines"]:
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


def against(options: dict[str, Any]) -> Iterator[Figure]:
    """Posting of real or generated lines here and in a worktree of the earlier commit."""
    from retailhq.bench.comparison import comparison_figures, real_work, worktree

    if options["days"]:
        from retailhq.bench.year import FIRST_DAY, ensure_files
        from retailhq.demo.source import installed_source
        from retailhq.demo.stores import Slice

        folder = settings.HOME.path / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = Slice(FIRST_DAY, options["days"], options["stores"], with_stop_store=False)
        work = real_work(ensure_files(folder, wanted, installed_source()))
    else:
        work = {"lines": options["lines"] or 10_000, "stores": options["stores"]}
    with worktree(options["against"]) as earlier:
        yield from comparison_figures(earlier, options["against"], work, options["runs"])
