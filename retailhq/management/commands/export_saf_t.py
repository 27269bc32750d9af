"""`export_saf_t LEGAL_ENTITY FILE --from DATE --to DATE`: a ledger as SAF-T Financial (docs/exports.md#general-journal-and-saf-t)."""

from argparse import ArgumentParser
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.db import Error
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.cli.command import CommandResult, RetailCommand
from core.files.target import whole_file
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from retailhq.exchange.services.saf_t_financial import wanted_ledger, write_saf_t


class Command(RetailCommand):
    """Exports vouchers with accounts and balances as XML; the file is written whole or not at all."""

    help = "Writes the ledger of a company as SAF-T Financial 1.30 (XML). A name that ends in .gz is compressed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """LEGAL_ENTITY, FILE and the days."""
        parser.add_argument("legal_entity", metavar="LEGAL_ENTITY")
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--from", dest="first", required=True, metavar="DATE", help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", required=True, metavar="DATE", help="last day, YYYY-MM-DD")
        parser.add_argument("--country", default="NO", metavar="CC", help="country that the file is for, two letters (NO)")

    def run(self, **options: Any) -> CommandResult:
        """Checks the request, then streams."""
        wanted = wanted_ledger(
            options["legal_entity"], day_of(options, "first", "--from"), day_of(options, "last", "--to"), options["country"]
        )
        file = options["file"]
        try:
            with whole_file(Path(file)) as stream:
                count = write_saf_t(stream, wanted, timezone.now().date(), installed_version())
        except Error as error:
            raise BusinessError(Problem("EXPORT_BROKEN_OFF", {"reason": " ".join(str(error).split())})) from None
        except (OSError, ValueError) as error:
            # ValueError: a NUL in the path.
            raise BusinessError(Problem("CANNOT_WRITE", {"file": file, "reason": getattr(error, "strerror", None) or str(error)})) from None
        record_audit(AuditEntry.Action.EXPORT, "command", file, {"kind": "saf-t", "vouchers": count})
        return CommandResult({"legal_entity": wanted.company.code, "file": file, "vouchers": count})


def day_of(options: dict[str, Any], name: str, option: str) -> date:
    """A day of the options. Raises BusinessError BAD_DATE."""
    try:
        return parsing.day(options[name])
    except FieldError as error:
        raise BusinessError(error.at(option).problem) from None


def installed_version() -> str:
    """The version of the software."""
    try:
        return version("retailhq")
    except PackageNotFoundError:
        return "0"
