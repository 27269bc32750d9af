"""`export_evidence STATEMENT FILE`: all that a posted statement rests on, in one file that proves itself offline."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.cli.command import CommandResult, RetailCommand
from core.files.target import whole_file
from core.lib.problems import BusinessError, Problem
from retailhq.exchange.services.evidence import write_evidence


class Command(RetailCommand):
    """Documents, settings, decisions, proof and hashes of a statement."""

    help = (
        "Writes a ZIP file with documents, settings, decisions, ledger and stock of a posted statement, hashes of all of them, and "
        "verify_evidence.py, which proves it with Python alone: python verify_evidence.py FILE."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """STATEMENT and FILE."""
        parser.add_argument("statement", metavar="STATEMENT")
        parser.add_argument("file", metavar="FILE")

    def run(self, **options: Any) -> CommandResult:
        """Writes the package whole or not at all."""
        number, file = options["statement"], options["file"]
        try:
            with whole_file(Path(file)) as stream:
                done = write_evidence(number, stream)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BusinessError(Problem("CANNOT_WRITE", {"file": file, "reason": reason})) from None
        record_audit(AuditEntry.Action.EXPORT, "command", file, {"kind": "evidence", "statement": number})
        return CommandResult({"file": file, **done})
