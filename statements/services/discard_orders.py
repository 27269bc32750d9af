"""*Delete customer order*: the sales orders of a statement that are not invoiced go, and what tills sold is free again."""

from dataclasses import dataclass

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.lib.messages import Message
from core.lib.problems import BusinessError, Code, Problem, register
from statements.models import Statement
from statements.queries.versions import transactions_of_open_orders
from statements.services.calculation import recalculate_with
from statements.services.versions import lock_documents, take_off
from statements.writes import undo_calculation as writes
from statements.writes.posting import add_events

register(
    Code(
        "NO_ORDER_TO_DISCARD",
        "posting",
        "The statement has no sales order that could be deleted: it has none, or all of them are invoiced.",
        "Look at the statement as it stands now; what is invoiced is taken back by reversing it (command reverse).",
        "Statement {statement} has no sales order that is not invoiced; nothing was changed.",
    )
)


@dataclass(frozen=True, slots=True)
class Discarded:
    """What became of the statement: transactions that are free again, and whether it stays with other documents."""

    transactions: int
    stays: bool


@transaction.atomic
def discard_orders(statement_id: int, actor: str) -> Discarded:
    """Deletes the sales orders of an idle statement that are not invoiced; their transactions wait for the next calculation.

    With invoiced orders the statement keeps its state, and posting goes on with them. Without, it is calculated anew from what it holds
    still, and is gone when that is nothing. Takes the locks of `lock_documents`; a fixed number of queries. Raises BusinessError
    STATEMENT_MOVED_ON, NO_ORDER_TO_DISCARD.
    """
    number, store_id = Statement.objects.values_list("number", "store_id").get(pk=statement_id)
    ids = transactions_of_open_orders(statement_id)
    locked = lock_documents(ids)
    if not writes.hold_idle(statement_id) or transactions_of_open_orders(statement_id) != ids:
        raise BusinessError(Problem("STATEMENT_MOVED_ON"))
    if not ids:
        raise BusinessError(Problem("NO_ORDER_TO_DISCARD", {"statement": number}))
    if locked.refused:
        raise BusinessError(*locked.refused.values())
    said = Message("{count} transactions of deleted sales orders are free again.", {"count": len(ids)})
    rested, free = take_off(locked, ids, actor, said)
    if rested:
        recalculate_with(rested, sorted(set(free) - set(ids)), actor)
        writes.delete_empty_statements([store_id])
    if statement_id not in rested:
        writes.say_what_left(statement_id, Message("The sales orders that failed are deleted; post the statement again."))
    stays = Statement.objects.filter(pk=statement_id).exists()
    if stays:
        add_events([(statement_id, "delete orders", "", said)], actor)
    record_audit(AuditEntry.Action.CLEAR, actor, number, {"event": "delete orders", "transactions": len(ids)})
    return Discarded(len(ids), stays)
