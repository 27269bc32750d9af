"""bench_year: the real year, from its files to the ledger; prints one JSON object per figure."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from retailhq.bench.year import BY_LINES, DAYS, FIRST_DAY, ensure_files, year_figures
from retailhq.demo.source import SourceMissing, installed_source
from retailhq.demo.stores import Slice


class Command(BaseCommand):
    """Measures S2 to S6 and S12 on real tickets (docs/benchmarks.md) in a database of its own, which it drops again."""

    help = "Imports, calculates and posts real grocery tickets, by default a year of 457 stores; prints what each of it costs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of the year, and where its files are kept."""
        parser.add_argument("--days", type=int, default=DAYS, metavar="N", help="business days (default %(default)s)")
        parser.add_argument("--stores", type=int, metavar="N", help="only the N busiest stores")
        parser.add_argument("--by-lines", type=int, default=BY_LINES, metavar="N", help="post by so many lines (default %(default)s)")
        parser.add_argument("--folder", type=Path, help="where derived files are kept (default: bench in RETAILHQ_HOME)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints each figure as soon as it is known."""
        folder = options["folder"] or settings.HOME.path / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = Slice(FIRST_DAY, options["days"], options["stores"], with_stop_store=False)
        try:
            files = ensure_files(folder, wanted, installed_source())
        except SourceMissing as error:
            raise CommandError(str(error)) from None
        name = f"{options['days']} days of {options['stores'] or 'all'} stores"
        for figure in year_figures(files, options["by_lines"], name):
            self.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False))
            self.stdout.flush()
