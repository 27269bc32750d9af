"""`import_data KIND FILE`: takes a file in (docs/imports.md, docs/formats.md)."""

from argparse import ArgumentParser
from typing import Any

from core.cli.command import CommandResult, RetailCommand
from retailhq.exchange.services.files import KINDS, import_file


class Command(RetailCommand):
    """Imports a file; good rows are kept, bad rows go to FILE.rejected.csv."""

    help = f"Imports a file of {', '.join(KINDS[:-1])} or {KINDS[-1]}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("file", metavar="FILE", help="path, .gz or not; - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="do everything and write nothing; same report")
        parser.add_argument(
            "--replace", action="store_true", help="transactions that are known with other content and not posted are replaced"
        )

        parser.add_argument("--profile", default="", metavar="NAME", help="how the file is written, as named under Setup, or shipped")

    def run(self, **options: Any) -> CommandResult:
        """Exit status 1 when rows were refused."""
        how = {name: options[name] for name in ("dry_run", "replace", "profile")}
        report = import_file(options["kind"], options["file"], **how)
        return CommandResult(report, partly=report["rejected"] > 0)
