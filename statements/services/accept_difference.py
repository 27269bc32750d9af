"""Accepting what was counted: once, with a note, by whoever has the right for it (docs/domain.md#counting)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import CALCULATION, lock_for_transaction
from core.lib.decimals import plain_text
from core.lib.messages import Message
from core.lib.parsing import reason
from core.lib.problems import BusinessError, Code, Problem, register
from ledger.queries import posting_accounts
from parameters.queries import settings_of
from statements.models import AcceptedDifference, Statement
from statements.queries import posting as reads
from statements.rules.checks import DIFFERENCE_CODES, CountedLine
from statements.services.chunks import Chunk
from statements.services.steps import check_statements
from statements.writes.posting import add_events
from statements.writes.undo_calculation import hold_idle, set_error_text

register(
    Code(
        "NO_DIFFERENCE_TO_ACCEPT",
        "posting",
        "What was counted is within the limits, or something else keeps the statement from being posted.",
        "Post the statement; what stops it is said there.",
        "Statement {statement} has no counted difference over its limits that could be accepted; nothing was changed.",
    )
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a statement would book of its counts, and the limit that it passes (None: none, or something else stops the statement)."""

    lines: Sequence[CountedLine]
    problem: Problem | None


def look_at_difference(statement_id: int) -> Difference:
    """What there is to accept; a fixed number of queries, nothing written."""
    heads = {head.statement_id: head for head in reads.statement_heads([statement_id])}
    entities = {head.legal_entity_id for head in heads.values()}
    chunk = Chunk(heads, settings_of(entities), posting_accounts(entities), reads.StepApplicability())
    checked = check_statements(chunk, [statement_id], named=True)
    problem = checked.failed.get(statement_id)
    if problem is None or problem.code not in DIFFERENCE_CODES:
        return Difference((), None)
    return Difference(checked.lines[statement_id], problem)


@transaction.atomic
def accept_difference(statement_id: int, note: str, actor: str) -> Difference:
    """Lets a statement be posted with what was counted, over its limits; for these differences only: another count is judged anew.

    Takes the calculation lock of the store and the statement's row. Raises FieldError for a note that is blank or too long, BusinessError
    STATEMENT_MOVED_ON, NO_DIFFERENCE_TO_ACCEPT.
    """
    note = reason(note).strip()
    statement = Statement.objects.get(pk=statement_id)
    lock_for_transaction(CALCULATION, [statement.store_id])
    if not hold_idle(statement_id):
        raise BusinessError(Problem("STATEMENT_MOVED_ON"))
    found = look_at_difference(statement_id)
    if found.problem is None:
        raise BusinessError(Problem("NO_DIFFERENCE_TO_ACCEPT", {"statement": statement.number}))
    counted = [[line.unit, line.method, plain_text(line.difference)] for line in found.lines]
    AcceptedDifference.objects.create(statement=statement, counted=counted, note=note, actor=actor)
    said = Message("The counted difference is accepted: {note}", {"note": note})
    set_error_text(statement_id, Message("The counted difference is accepted; post the statement again."))
    add_events([(statement_id, "accepted", "", said)], actor)
    record_audit(AuditEntry.Action.COUNT, actor, statement.number, {"accepted": counted, "note": note})
    return found
