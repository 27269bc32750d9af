"""An evidence package: all that a statement rests on, in one file that proves itself offline (docs/exports.md#evidence)."""

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from core.cli.command import json_value
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
    )
)

EXPORTS = ("statements", "allocations", "inventory-transactions", "vouchers", "batch-debt", "problems")
MOST_DECISIONS = 1_000
# No file of the package has a time of its own; when it was written stands in the manifest.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


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
    hashes: dict[str, str] = {}
    decisions = reads.default_batch_lines(statement["id"], MOST_DECISIONS)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, pieces in _files(statement, decisions):
            digest = sha256()
            with package.open(zipfile.ZipInfo(name, _NO_TIME), "w") as file:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
            hashes[name] = digest.hexdigest()
        sealed = verify_evidence.seal(hashes)
        manifest = {"statement": number, "written_at": timezone.now(), "files": hashes, "seal": sealed}
        package.writestr(zipfile.ZipInfo(verify_evidence.MANIFEST, _NO_TIME), _json(manifest))
    return {"statement": number, "seal": sealed, "files": len(hashes), "decisions": len(decisions)}


def _files(statement: dict[str, object], decisions: list[int]) -> Iterator[tuple[str, Iterator[bytes]]]:
    statement_id = int(str(statement["id"]))
    head = {name: value for name, value in statement.items() if name != "id"}
    yield "statement.json", iter([_json(head | {"events": reads.events_of(statement_id)})])
    yield "documents.ndjson", (_line(document_content(row.value)) for row in reads.documents_of(statement_id))
    yield "decisions.ndjson", (_line(explanation_payload(found)) for line in decisions if (found := explain_pos_line(line)) is not None)
    for kind in EXPORTS:
        yield f"{kind}.csv", stream_rows(BY_NAME[kind], Selection(statements=[statement_id]), timezone.now())
    yield "verify_evidence.py", iter([Path(verify_evidence.__file__).read_bytes()])


def _json(value: object) -> bytes:
    return json.dumps(value, default=json_value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _line(value: object) -> bytes:
    return json.dumps(value, default=json_value, ensure_ascii=False).encode() + b"\n"
