"""`export_data KIND FILE [--store S]... [--statement N]... [--legal-entity CODE]...`: one CSV file (docs/formats.md#files-out)."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import Error
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.cli.command import EXIT_PARTLY, CommandResult, RetailCommand
from core.files.target import whole_file
from core.lib.problems import BusinessError, Problem
from retailhq.exchange.queries.exports import Selection, company_ids, statement_ids, store_ids, stream_rows
from retailhq.exchange.rules.exports import BY_NAME, STANDARD_OUTPUT, check_request
from statements.management.commands.recall import add_batch_arguments, recall_request
from statements.services.recall import recall_batch


class Command(RetailCommand):
    """Exports rows, sorted, as CSV; the file is written whole or not at all."""

    help = (
        f"Writes a CSV file. KIND: {', '.join(BY_NAME)}. FILE may be - (standard output); a name that ends in .gz is compressed. "
        "Text stands as it is stored: import the columns as text into a spreadsheet, where =1+1 would be a formula."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """KIND, FILE and the filters."""
        parser.add_argument("kind", metavar="KIND")
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--store", action="append", default=[], metavar="S", help="only rows of this store; may be given several times")
        parser.add_argument("--statement", action="append", default=[], metavar="N", help="only rows of this statement; likewise")
        add_batch_arguments(parser, required=False)
        parser.add_argument("--legal-entity", action="append", default=[], metavar="CODE", help="only rows of this company; likewise")

    def run(self, **options: Any) -> CommandResult:
        """Checks the request, then streams."""
        name, file, stores, statements = options["kind"], options["file"], options["store"], options["statement"]
        companies = options["legal_entity"]
        batch = [options[option] for option in ("item", "batch", "first", "last")]
        if problems := check_request(name, file, stores, statements, as_json=options["as_json"], batch=batch):
            raise BusinessError(*problems)
        selection = Selection(
            stores=known_ids(stores, store_ids, "UNKNOWN_STORE") if stores else None,
            statements=known_ids(statements, statement_ids, "UNKNOWN_STATEMENT") if statements else None,
            recall=recall_batch(recall_request(options), "command").pk if BY_NAME[name].of_batch else 0,
            companies=known_ids(companies, company_ids, "UNKNOWN_LEGAL_ENTITY") if companies else None,
        )
        pieces = stream_rows(BY_NAME[name], selection, timezone.now())
        try:
            if file == STANDARD_OUTPUT:
                record_audit(AuditEntry.Action.EXPORT, "command", file, {"kind": name})
                self.write_to_stdout(pieces)
                return CommandResult()
            rows = write_to_file(file, pieces)
            record_audit(AuditEntry.Action.EXPORT, "command", file, {"kind": name, "rows": rows})
            return CommandResult({"kind": name, "file": file, "rows": rows})
        except Error as error:
            reason = " ".join(str(error).split())
            raise BusinessError(Problem("EXPORT_BROKEN_OFF", {"reason": reason})) from None
        except (OSError, ValueError) as error:
            # ValueError: a NUL in the path.
            reason = getattr(error, "strerror", None) or str(error)
            raise BusinessError(Problem("CANNOT_WRITE", {"file": file, "reason": reason})) from None

    def write_to_stdout(self, pieces: Iterable[bytes]) -> None:
        """Rows to standard output; a reader that has seen enough ends the export quietly."""
        binary = getattr(getattr(self.stdout, "_out", self.stdout), "buffer", None)
        try:
            for piece in pieces:
                if binary is None:
                    self.stdout.write(piece.decode(), ending="")
                else:
                    binary.write(piece)
            if binary is not None:
                binary.flush()
        except BrokenPipeError:
            # The interpreter flushes once more at its end and would complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(EXIT_PARTLY) from None


def write_to_file(file: str, pieces: Iterable[bytes]) -> int:
    """Writes all pieces, one row each and the header first; gives the number of rows."""
    count = 0
    with whole_file(Path(file)) as stream:
        for piece in pieces:
            stream.write(piece)
            count += 1
    return count - 1


def known_ids(given: Sequence[str], find: Any, code: str) -> list[int]:
    """Ids of what the filter names; raises BusinessError with every name that is not known."""
    found: Mapping[str, int] = find(given)
    if unknown := [name for name in dict.fromkeys(given) if name not in found]:
        raise BusinessError(*(Problem(code, {"name": repr(name)}, variant="export") for name in unknown))
    return list(found.values())
