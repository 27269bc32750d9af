"""What people do with a statement before it is posted: clear, recalculate, revalidate, and hold what fails.

Each is one transaction that starts with a compare-and-set on the statement, so that it and a posting that starts at the same time cannot
both happen: the later one finds the statement changed. Clear, recalculate and revalidate take the calculation lock of the store first.
"""

from dataclasses import dataclass, replace

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import CALCULATION, lock_for_transaction
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, Params, encode
from core.lib.problems import BusinessError, Code, Problem, register
from inventory.rules.fallback import statement_fallback
from ledger.queries import posting_accounts
from orders.models import SalesOrder
from orders.services.invoices import Issuing
from orders.writes.invoices import clear_failures
from parameters.queries import settings_of
from statements.models import Statement
from statements.queries import needs as needs_reads
from statements.queries import posting as reads
from statements.services.chunks import Chunk
from statements.services.hold import hold_failing_transactions
from statements.services.validation import VALID, Validated, validate_these
from statements.writes import calculation as calculation_writes
from statements.writes import undo_calculation as writes
from statements.writes.posting import add_events

register(
    Code(
        "STATEMENT_MOVED_ON",
        "posting",
        "The statement does not stand where this is possible: it is posted, being posted, or has sales orders.",
        "Look at the statement as it stands now.",
        {
            "": "The statement is posted, being posted, or has sales orders by now; nothing was changed.",
            "hold": "The statement does not stand failed at invoicing any more; nothing was held.",
        },
    ),
    Code(
        "NOTHING_TO_HOLD",
        "posting",
        "No transaction can be held: nothing of the statement could be posted without those that fail, or none of them fails any more.",
        "Put the cause right, then post the statement again.",
        ("No transaction can be held: nothing could be posted without those that fail, or none fails any more; post the statement again."),
    ),
)


@dataclass(frozen=True, slots=True)
class Revalidated:
    """What revalidating found: transactions that stay on the statement, and those that left it because of an error."""

    stayed: int
    left: int


@transaction.atomic
def clear_statement(statement_id: int, actor: str) -> int:
    """Frees the transactions of a statement that has no orders; it stands at Started until it is calculated again.

    Gives how many were freed. Raises BusinessError STATEMENT_MOVED_ON.
    """
    number = _take_back(statement_id)
    freed = writes.free_transactions(statement_id)
    writes.forget_money([statement_id])
    _record(statement_id, "clear", Message("{count} transactions freed", {"count": len(freed)}), AuditEntry.Action.CLEAR, number, actor)
    return len(freed)


@transaction.atomic
def recalculate_statement(statement_id: int, actor: str) -> None:
    """Makes lines per tender, counts and totals anew from the transactions that are on the statement, and forgets an error before posting.

    Raises BusinessError STATEMENT_MOVED_ON.
    """
    number = _take_back(statement_id)
    calculation_writes.calculate_lines([statement_id], actor)
    _record(statement_id, "recalculate", None, AuditEntry.Action.CALCULATE, number, actor)


@transaction.atomic
def revalidate_statement(statement_id: int, actor: str) -> Revalidated:
    """Runs the rules on the statement's transactions; those with errors leave it, and it is calculated anew from the others.

    Raises BusinessError STATEMENT_MOVED_ON.
    """
    number = _take_back(statement_id)
    freed = writes.free_transactions(statement_id)
    validate_these(freed, Validated())
    stayed = writes.put_back(statement_id, freed, VALID)
    calculation_writes.calculate_lines([statement_id], actor)
    left = len(freed) - stayed
    _record(
        statement_id,
        "revalidate",
        Message("{count} transactions left the statement", {"count": left}),
        AuditEntry.Action.VALIDATE,
        number,
        actor,
    )
    return Revalidated(stayed, left)


@transaction.atomic
def hold_failing(statement_id: int, actor: str) -> int:
    """Moves the transactions that fail to a supplement, whatever the parameter says, so that the rest can be posted; gives how many.

    Locks on-hand rows as invoicing does. Raises BusinessError STATEMENT_MOVED_ON, NOTHING_TO_HOLD.
    """
    if not writes.take_failed(statement_id):
        raise BusinessError(Problem("STATEMENT_MOVED_ON", variant="hold"))
    heads = {head.statement_id: head for head in reads.statement_heads([statement_id])}
    entities = {head.legal_entity_id for head in heads.values()}
    settings = {entity: replace(own, posting_hold_failing_transactions=True) for entity, own in settings_of(entities).items()}
    chunk = Chunk(heads, settings, posting_accounts(entities), reads.StepApplicability())
    orders = reads.open_orders([statement_id], SalesOrder.Status.CREATED)
    needs = needs_reads.needs_of_orders(orders)
    how = Issuing(SourceKind.POS_LINE, {entity: statement_fallback(own) for entity, own in settings.items()}, chunk.policies)
    before = Statement.objects.get(pk=statement_id)
    if not hold_failing_transactions(chunk, orders, needs, needs_reads.earlier_takes(needs, lock=True), how):
        raise BusinessError(Problem("NOTHING_TO_HOLD"))
    held = before.transaction_count - Statement.objects.get(pk=statement_id).transaction_count
    clear_failures(list(orders))
    moved: Params = {"count": held}
    writes.say_what_left(statement_id, Message("{count} failing transactions were moved to a supplement; post the statement again.", moved))
    _record(
        statement_id, "hold", Message("{count} transactions moved to a supplement", moved), AuditEntry.Action.HOLD, before.number, actor
    )
    return held


def _take_back(statement_id: int) -> str:
    """Locks the store against calculation, and takes the statement back; gives its number."""
    found = Statement.objects.filter(pk=statement_id).values_list("store_id", "number").first()
    if found is not None:
        lock_for_transaction(CALCULATION, [found[0]])
        if writes.take_back(statement_id) is not None:
            return found[1]
    raise BusinessError(Problem("STATEMENT_MOVED_ON"))


def _record(statement_id: int, event: str, said: Message | None, action: AuditEntry.Action, number: str, actor: str) -> None:
    """The event log of the statement and the audit trail, in the transaction of the action."""
    add_events([(statement_id, event, "", said)], actor)
    record_audit(action, actor, number, {"event": event, **({"text": encode(said)} if said else {})})
