"""Somebody with the right lets a customer order pass a fallback limit that asks for approval, once (docs/domain.md#fallback-limits).

Locks: the order (order_locks.py).
"""

from django.db import transaction

from core.access.models import AuditEntry
from core.access.scope import Scope
from core.access.writes import record_audit
from core.lib import parsing
from core.lib.messages import Message, encode_message
from core.lib.parsing import FieldError
from core.lib.problems import BusinessError, Problem
from inventory.rules.approvals import LONGEST_NOTE, approval_refusal
from orders.models import CustomerOrder, OrderApproval, OrderEvent
from orders.queries.order_state import hold_orders
from orders.writes.place_orders import insert_events
from parameters.queries import settings_of


def approval_problem(order: CustomerOrder) -> Problem | None:
    """Why the order cannot be approved now; at most three queries."""
    document = order.order
    entity = document.legal_entity_id
    settings = settings_of([entity]).get(entity)
    return approval_refusal(
        "order",
        document.number,
        document.error_code,
        settings.inventory_fallback_over_limit if settings else "",
        is_approved=order.approvals.filter(delivery__isnull=True).exists(),
        is_open=not document.deliveries.exclude(work_state="").exists(),
    )


@transaction.atomic
def approve_order_fallback(order_id: int, note: str, actor: str, *, scope: Scope | None = None) -> OrderApproval:
    """Lets the order's next delivery pass the limits; note and person stand in its history and the audit trail.

    Holds the order. Raises BusinessError UNKNOWN_ORDER (also for one that is not in `scope`), NOTHING_TO_APPROVE, MISSING_FIELD or
    BAD_VALUE for the note.
    """
    try:
        note = parsing.reason(note.strip(), LONGEST_NOTE)
    except FieldError as error:
        raise BusinessError(error.at("note").problem) from None
    hold_orders([order_id])
    order = CustomerOrder.objects.select_related("order").filter(pk=order_id).first()
    if order is None or (scope is not None and order.order.store_id not in scope.store_ids):
        raise BusinessError(Problem("UNKNOWN_ORDER"))
    if problem := approval_problem(order):
        raise BusinessError(problem)
    approval = OrderApproval.objects.create(order=order, note=note, actor=actor)
    said = encode_message(Message("Let pass the fallback limit: {note}", {"note": note}))
    insert_events([(order_id, OrderEvent.What.APPROVED, {"text": said})], actor)
    record_audit(AuditEntry.Action.APPROVE, actor, order.order.number, {"order": order.order.number, "note": note})
    return approval
