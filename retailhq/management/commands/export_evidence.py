"""`export_evidence`: all that a statement, a batch or a period rests on, in one file that proves itself (docs/exports.md#evidence)."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.cli.command import CommandResult, RetailCommand
from core.files.target import whole_file
from core.lib import parsing
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from retailhq.exchange.services.evidence import write_batch_evidence, write_evidence, write_period_evidence

_PARTS = {"statement": ("statement",), "batch": ("item", "batch"), "period": ("legal_entity", "first", "last")}


class Command(RetailCommand):
    """Documents, settings, decisions, books and hashes of a statement, a batch or a period."""

    help = (
        "Writes a ZIP file with documents, settings, decisions, ledger and stock of a posted statement, of a batch (--item, --batch) or "
        "of a company's days (--legal-entity, --from, --through), hashes of all of them, and verify_evidence.py, which proves it with "
        "Python alone: python verify_evidence.py FILE."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the evidence is of, and FILE."""
        parser.add_argument("statement", nargs="?", default="", metavar="STATEMENT")
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--item", default="", metavar="I", help="item of the batch")
        parser.add_argument("--batch", default="", metavar="B", help="of this batch instead of a statement")
        parser.add_argument("--legal-entity", default="", metavar="CODE", help="of this company instead of a statement")
        parser.add_argument("--from", dest="first", default="", metavar="DATE", help="first day, YYYY-MM-DD")
        parser.add_argument("--through", dest="last", default="", metavar="DATE", help="last day, YYYY-MM-DD")

    def run(self, **options: Any) -> CommandResult:
        """Writes the package whole or not at all."""
        kind = _kind_of(options)
        file = options["file"]
        first, last = (_day(options, "first", "--from"), _day(options, "last", "--through")) if kind == "period" else (date.min, date.min)

        def write(stream: BinaryIO) -> dict[str, object]:
            if kind == "statement":
                return write_evidence(options["statement"], stream)
            if kind == "batch":
                return write_batch_evidence(options["item"], options["batch"], stream)
            return write_period_evidence(options["legal_entity"], first, last, stream)

        try:
            with whole_file(Path(file)) as stream:
                done = write(stream)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BusinessError(Problem("CANNOT_WRITE", {"file": file, "reason": reason})) from None
        named = {name: str(options[name]) for name in _PARTS[kind]}
        record_audit(AuditEntry.Action.EXPORT, "command", file, {"kind": "evidence", **named})
        return CommandResult({"file": file, **done})


def _kind_of(options: dict[str, Any]) -> str:
    """What is named whole, and nothing of the others. Raises BusinessError EVIDENCE_NOT_NAMED."""
    kinds = [kind for kind, names in _PARTS.items() if any(options[name] for name in names)]
    if len(kinds) != 1 or not all(options[name] for name in _PARTS[kinds[0]]):
        raise BusinessError(Problem("EVIDENCE_NOT_NAMED"))
    return kinds[0]


def _day(options: dict[str, Any], name: str, option: str) -> date:
    try:
        return parsing.day(options[name])
    except FieldError as error:
        raise BusinessError(error.at(option).problem) from None
