"""Evidence packages: all that a statement, a batch or a period rests on, in one file that proves itself (docs/exports.md#evidence)."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone

from core.cli.command import json_value
from core.lib.decimals import ZERO, plain_text
from core.lib.problems import BusinessError, Code, Problem, register
from retailhq.exchange import verify_evidence
from retailhq.exchange.queries import evidence as reads
from retailhq.exchange.queries.exports import Selection, stream_rows
from retailhq.exchange.rules.exports import BY_NAME
from statements.rules.changes import document_content
from statements.services.explanations import explain_pos_line, explanation_payload

register(
    Code(
        "STATEMENT_NOT_POSTED",
        "export",
        "A statement has evidence once it is posted.",
        "Post it first.",
        "Statement {statement} is not posted; there is nothing to prove yet.",
    ),
    Code(
        "EVIDENCE_NOT_NAMED",
        "export",
        "Evidence is of a statement, of a batch or of a company's days, and none of them or several are named.",
        "Name one: STATEMENT, or --item and --batch, or --legal-entity, --from and --through.",
        "Name one: STATEMENT, or --item and --batch, or --legal-entity, --from and --through.",
    ),
)

OF_STATEMENT = ("statements", "allocations", "inventory-transactions", "vouchers", "batch-debt", "problems")
OF_BATCH = ("allocations", "order-allocations", "inventory-transactions", "on-hand", "journals", "debt-settlements")
OF_STATEMENTS_OF_PERIOD = ("statements", "allocations", "batch-debt", "problems")
OF_PERIOD = ("inventory-transactions", "vouchers", "journals", "debt-settlements")
MOST_DECISIONS = 1_000
# No file of the package has a time of its own; when it was written stands in the manifest.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
Files = Iterator[tuple[str, Iterable[bytes]]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a package is about: its kind, what it is called there, and the lines whose decisions it explains."""

    kind: str
    names: dict[str, object]
    decisions: Sequence[int]


@transaction.atomic
def write_evidence(number: str, stream: BinaryIO) -> dict[str, object]:
    """Writes the package of a statement; gives its seal and counts. Raises BusinessError UNKNOWN_STATEMENT, STATEMENT_NOT_POSTED.

    All of it is of one moment. Decisions are explained for lines on a default batch, a thousand at most; the others name their policy.
    """
    reads.read_one_moment()
    statement = reads.statement_of(number)
    if statement is None:
        raise BusinessError(Problem("UNKNOWN_STATEMENT", {"name": repr(number)}, variant="export"))
    if statement["posted_at"] is None:
        raise BusinessError(Problem("STATEMENT_NOT_POSTED", {"statement": number}))
    ids = [int(statement.pop("id"))]
    subject = Subject("statement", {"statement": number}, reads.default_batch_lines(ids, MOST_DECISIONS))

    def files() -> Files:
        yield "statement.json", [_json(statement | {"events": reads.events_of(ids)[ids[0]]})]
        yield "documents.ndjson", (_line(document_content(row.value)) for row in reads.documents_of(ids))
        yield from _exports(OF_STATEMENT, Selection(statements=ids))

    return _write(subject, files(), stream)


@transaction.atomic
def write_batch_evidence(item: str, number: str, stream: BinaryIO) -> dict[str, object]:
    """Writes the package of a batch: where it came from, all that moved it, who got it. Raises BusinessError UNKNOWN_BATCH.

    All of it is of one moment; the lines of the last recall that was asked for are those of that one. Decisions are explained for a
    thousand lines at most.
    """
    reads.read_one_moment()
    batch = reads.batch_of(item, number)
    if batch is None:
        raise BusinessError(Problem("UNKNOWN_BATCH", {"item": item, "batch": number}, variant="recall"))
    batch_id = int(batch.pop("id"))
    recall = reads.last_recall(batch_id)
    subject = Subject("batch", {"item": item, "batch": number}, reads.lines_of_batch(batch_id, MOST_DECISIONS))

    def files() -> Files:
        known = {"history": reads.versions_of_batch(batch_id), "receipts": reads.receipts_of_batch(batch_id)}
        yield "batch.json", [_json(batch | known | {"recall": recall[1] if recall else None})]
        yield "documents.ndjson", (_line(document_content(row.value)) for row in reads.documents_of_batch(batch_id))
        yield from _exports(OF_BATCH, Selection(batch=batch_id))
        if recall:
            yield from _exports(("recall",), Selection(recall=recall[0]))

    return _write(subject, files(), stream)


@transaction.atomic
def write_period_evidence(company: str, first: date, last: date, stream: BinaryIO) -> dict[str, object]:
    """Writes the package of a company's days: statements booked in them with their documents, ledger and stock with what was there before.

    All of it is of one moment. Decisions are explained for a thousand lines on default batches at most. Raises BusinessError
    UNKNOWN_LEGAL_ENTITY, DATES_REVERSED.
    """
    if first > last:
        raise BusinessError(Problem("DATES_REVERSED", {"first": first, "last": last}))
    reads.read_one_moment()
    entity = reads.company_of(company)
    if entity is None:
        raise BusinessError(Problem("UNKNOWN_LEGAL_ENTITY", {"name": repr(company)}, variant="export"))
    statements = reads.statements_between(entity, first, last)
    ids = [int(statement.pop("id")) for statement in statements]
    names: dict[str, object] = {"legal_entity": company, "first": first, "last": last}
    subject = Subject("period", names, reads.default_batch_lines(ids, MOST_DECISIONS))

    def files() -> Files:
        yield "period.json", [_json(names | {"statements": len(statements)})]
        events = reads.events_of(ids)
        yield "statements.ndjson", (_line(row | {"events": events[key]}) for key, row in zip(ids, statements, strict=True))
        yield "documents.ndjson", (_line(document_content(row.value)) for row in reads.documents_of(ids))
        yield from _exports(OF_STATEMENTS_OF_PERIOD, Selection(statements=ids))
        yield from _exports(OF_PERIOD, Selection(companies=[entity], days=(first, last)))
        yield "stock.csv", _csv(("warehouse", "item", "batch", "opening", "closing"), reads.stock_between(entity, first, last))
        yield "balances.csv", _csv(("account", "opening", "closing"), reads.balances_between(entity, first, last))

    return _write(subject, files(), stream)


def _write(subject: Subject, files: Files, stream: BinaryIO) -> dict[str, object]:
    """The package with the decisions, the script that verifies it, and the manifest."""
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, pieces in chain(files, _common(subject)):
            digest = sha256()
            with package.open(zipfile.ZipInfo(name, _NO_TIME), "w") as file:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
            hashes[name] = digest.hexdigest()
        sealed = verify_evidence.seal(hashes)
        manifest = {"kind": subject.kind, **subject.names, "written_at": timezone.now(), "files": hashes, "seal": sealed}
        package.writestr(zipfile.ZipInfo(verify_evidence.MANIFEST, _NO_TIME), _json(manifest))
    return {**subject.names, "seal": sealed, "files": len(hashes), "decisions": len(subject.decisions)}


def _common(subject: Subject) -> Files:
    explained = (explain_pos_line(line) for line in subject.decisions)
    yield "decisions.ndjson", (_line(explanation_payload(found)) for found in explained if found is not None)
    yield "verify_evidence.py", [Path(verify_evidence.__file__).read_bytes()]


def _exports(kinds: Iterable[str], selection: Selection) -> Files:
    for kind in kinds:
        yield f"{kind}.csv", stream_rows(BY_NAME[kind], selection, timezone.now())


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as the exports write them; the last two columns are decimals."""
    for row in (columns, *((*row[:-2], *(plain_text(value or ZERO) for value in row[-2:])) for row in rows)):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerow(row)
        yield text.getvalue().encode()


def _json(value: object) -> bytes:
    return json.dumps(value, default=json_value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _line(value: object) -> bytes:
    return json.dumps(value, default=json_value, ensure_ascii=False).encode() + b"\n"
