"""Corrections of POS transactions by people: many at once from a file, or one from its page; all or nothing for each document."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.lib import parsing
from core.lib.cells import CellStyle
from core.lib.imports import Reject, Row, reject_of
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from orders.queries.stores import payment_methods
from parameters.queries import units_as_known
from statements.queries import facts as fact_reads
from statements.queries import versions as reads
from statements.rules.corrections import AS_TYPED, Correction, CorrectionRow, RefusedCorrectionError, correct_document
from statements.rules.till import PosTransactionKey
from statements.rules.validation import keeps_off_statements
from statements.services.validation import revalidate_returns
from statements.services.versions import GONE, Author, Locked, NewVersion, Way, changes_of, keep_versions, lock_documents

DOCUMENTS_PER_TRANSACTION = 1000


@dataclass(slots=True)
class CorrectionResult:
    """What became of corrections: documents that were corrected or said so already, and rows that were refused.

    `errors` counts corrected documents that validation keeps off statements still, `found` what it found on them.
    """

    corrected: int = 0
    unchanged: int = 0
    errors: int = 0
    found: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def refusals(self) -> Counter[str]:
        """How many rows were refused for each reason."""
        return Counter(reject.code for reject in self.rejects)


class _Wanted(NamedTuple):
    """The corrections of one document, each with its row."""

    key: PosTransactionKey
    rows: Sequence[Row[CorrectionRow]]

    @property
    def corrections(self) -> list[Correction]:
        return [row.value.correction for row in self.rows]


def correct_transactions(rows: Sequence[Row[CorrectionRow] | Reject], actor: str, style: CellStyle = AS_TYPED) -> CorrectionResult:
    """Makes all corrections of a file, a thousand documents a transaction; a document of which one row is refused stays as it is.

    `style` says how values are written. Refuses UNKNOWN_TRANSACTION, UNKNOWN_LINE, BAD_VALUE and what else a value may be,
    POSTED_ALREADY, BEING_POSTED, and with CORRECTION_INCOMPLETE the other rows of such a document. Takes the locks of `lock_documents`; a
    fixed number of queries for each thousand.
    """
    result = CorrectionResult()
    result.rejects += [row for row in rows if isinstance(row, Reject)]
    unreadable = {row.key for row in rows if isinstance(row, Reject)}
    of_document: dict[PosTransactionKey, list[Row[CorrectionRow]]] = {}
    for row in rows:
        if isinstance(row, Row):
            of_document.setdefault(row.value.key, []).append(row)
    wanted = []
    for key, own in of_document.items():
        if str(key) in unreadable:
            _reject(result, own, None, _INCOMPLETE)
        else:
            wanted.append(_Wanted(key, own))
    for start in range(0, len(wanted), DOCUMENTS_PER_TRANSACTION):
        _correct_chunk(wanted[start : start + DOCUMENTS_PER_TRANSACTION], actor, style, result)
    if result.corrected:
        revalidate_returns(None)
    result.rejects.sort()
    return result


def correct_picked(transaction_ids: Sequence[int], field_name: str, value: str, why: str, actor: str) -> CorrectionResult:
    """Makes the same correction of a field of the document on all of the transactions; those that were reversed meanwhile are left out.

    What a transaction refuses is in the result, and leaves the others alone. Raises BusinessError for a blank reason.
    """
    try:
        parsing.reason(why)
    except FieldError as error:
        raise BusinessError(error.at("reason").problem) from None
    correction = Correction(None, field_name, value, why)
    keys = [PosTransactionKey(*key) for key in fact_reads.keys_of(transaction_ids).values()]
    return correct_transactions([Row(number, str(key), CorrectionRow(key, correction)) for number, key in enumerate(keys, 1)], actor)


_INCOMPLETE = Problem("CORRECTION_INCOMPLETE")


def _reject(result: CorrectionResult, rows: Sequence[Row[CorrectionRow]], place: int | None, problem: Problem) -> None:
    """Refuses all rows of a document; where one of them is the reason (`place`), the others say so."""
    for number, row in enumerate(rows):
        result.rejects.append(reject_of(row.number, row.key, problem if place is None or place == number else _INCOMPLETE))


@transaction.atomic
def _correct_chunk(wanted: Sequence[_Wanted], actor: str, style: CellStyle, result: CorrectionResult) -> None:
    ids = fact_reads.ids_by_key([document.key for document in wanted])
    known = []
    for document in wanted:
        if document.key in ids:
            known.append(document)
        else:
            _reject(result, document.rows, None, Problem("UNKNOWN_TRANSACTION", {"transaction": str(document.key)}))
    if not known:
        return
    locked = lock_documents([ids[document.key] for document in known])
    bounds = _bounds({document.key.store for document in known}, [one for document in known for one in document.corrections], style)
    versions = []
    for document in known:
        transaction_id = ids[document.key]
        if problem := locked.refused.get(transaction_id):
            _reject(result, document.rows, None, problem)
            continue
        try:
            version = _version(locked, transaction_id, document.corrections, bounds)
        except RefusedCorrectionError as error:
            _reject(result, document.rows, error.place, error.problem)
            continue
        if changes_of(locked.stored[transaction_id], version):
            versions.append(version)
        else:
            result.unchanged += 1
    if versions:
        _keep(locked, versions, actor, result)


class _Bounds(NamedTuple):
    """Rounding limits by store, the payment methods that there are, units that are known in another case, and how values are written."""

    limits: Mapping[str, Decimal]
    methods: Sequence[str]
    units: Mapping[str, str]
    style: CellStyle


def _bounds(stores: Collection[str], corrections: Sequence[Correction], style: CellStyle = AS_TYPED) -> _Bounds:
    found = fact_reads.stores_by_code(stores)
    units = units_as_known({correction.value.strip() for correction in corrections if correction.field == "unit"})
    return _Bounds({code: store.rounding_limit for code, store in found.items()}, payment_methods(), units, style)


def _version(locked: Locked, transaction_id: int, corrections: Sequence[Correction], bounds: _Bounds) -> NewVersion:
    stored = locked.stored[transaction_id]
    limit = bounds.limits[stored.value.key.store]
    meant = [
        correction._replace(value=bounds.units.get(correction.value.strip(), correction.value))
        if correction.field == "unit"
        else correction
        for correction in corrections
    ]
    is_discarded = stored.status == GONE
    corrected = correct_document(stored.value, meant, limit, discarded=is_discarded, methods=bounds.methods, style=bounds.style)
    reasons = dict.fromkeys(correction.reason for correction in corrections)
    own = {(correction.line, correction.field): correction.reason for correction in corrections}
    return NewVersion(transaction_id, corrected.value, "; ".join(reasons), discarded=corrected.discarded, reasons=own)


def _keep(locked: Locked, versions: Sequence[NewVersion], actor: str, result: CorrectionResult) -> None:
    checked = keep_versions(locked, versions, Author(actor, Way.CORRECTED))
    result.corrected += len(versions)
    for found in checked.problems:
        result.errors += keeps_off_statements(found)
        result.found.update(problem.code for problem in found)
    keys = [str(version.value.key) for version in versions]
    record_audit(AuditEntry.Action.CORRECT, actor, ", ".join(keys), {"transactions": len(versions)})


@transaction.atomic
def correct_one(transaction_id: int, corrections: Sequence[Correction], seen_version: int, actor: str) -> CorrectionResult:
    """Corrects one transaction as a person saw it; `seen_version` is the number of earlier versions that the person saw.

    Raises BusinessError CHANGED_MEANWHILE, and what `correct_transactions` refuses with.
    """
    locked = lock_documents([transaction_id])
    stored = locked.stored[transaction_id]
    if problem := locked.refused.get(transaction_id):
        raise BusinessError(problem)
    if reads.version_count(transaction_id) != seen_version:
        raise BusinessError(Problem("CHANGED_MEANWHILE", {"transaction": str(stored.value.key)}, variant="transaction"))
    bounds = _bounds({stored.value.key.store}, corrections)
    result = CorrectionResult()
    try:
        version = _version(locked, transaction_id, corrections, bounds)
    except RefusedCorrectionError as error:
        raise BusinessError(error.problem) from None
    if changes_of(stored, version):
        _keep(locked, [version], actor, result)
    else:
        result.unchanged = 1
    return result
