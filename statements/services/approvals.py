"""Somebody with the right lets a statement pass a fallback limit that asks for approval, once (docs/domain.md#fallback-limits)."""

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import locked_row
from core.lib import parsing
from core.lib.messages import Message
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.rules.approvals import LONGEST_NOTE, approval_refusal
from parameters.queries import settings_of
from statements.models import FallbackApproval, Statement
from statements.writes.posting import add_events


def approval_problem(statement: Statement) -> Problem | None:
    """Why the statement cannot be approved now; at most two queries."""
    settings = settings_of([statement.legal_entity_id]).get(statement.legal_entity_id)
    return approval_refusal(
        "statement",
        statement.number,
        statement.error_code,
        settings.inventory_fallback_over_limit if settings else "",
        is_approved=FallbackApproval.objects.filter(statement=statement).exists(),
        is_open=statement.post_state != "Posted" and not statement.work_state,
    )


@transaction.atomic
def approve_fallback(statement_id: int, note: str, actor: str) -> FallbackApproval:
    """Lets the statement pass the limits the next time that it is posted; note and person stand in its event log and the audit trail.

    Holds the statement. Raises BusinessError NOTHING_TO_APPROVE, MISSING_FIELD or BAD_VALUE for the note.
    """
    try:
        note = parsing.reason(note.strip(), LONGEST_NOTE)
    except FieldError as error:
        raise BusinessError(error.at("note").problem) from None
    statement = locked_row(Statement, statement_id)
    if problem := approval_problem(statement):
        raise BusinessError(problem)
    approval = FallbackApproval.objects.create(statement=statement, note=note, actor=actor)
    add_events([(statement.pk, "fallback approved", "", Message("Let pass the fallback limit: {note}", {"note": note}))], actor)
    record_audit(AuditEntry.Action.APPROVE, actor, statement.number, {"statement": statement.number, "note": note})
    return approval
