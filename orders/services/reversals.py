"""A posted delivery of a customer order taken back exactly: a delivery with the other sign and its credit note (docs/posting.md#reversals).

Locks the order, then as `take_back`, then gift cards that it takes back.
"""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.durability import wait_for_this_commit
from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError, Problem, register_texts
from inventory.queries.reversals import movements_to_take_back
from inventory.rules.stock import Demand
from inventory.services.reversals import take_back_parts
from ledger.queries import reversal_of
from ledger.queries.reversals import booked_vouchers
from ledger.rules.reversals import DocumentToReverse, not_posted, reversed_already
from ledger.rules.vouchers import Entry, VoucherPlan
from ledger.services import begin_reversal
from ledger.writes import insert_vouchers
from orders.models import OrderEvent
from orders.queries import reversals as reads
from orders.queries.gift_cards import cards_of_deliveries
from orders.queries.order_state import hold_orders, order_state
from orders.queries.reversals import InvoicedDelivery
from orders.rules.order_state import OrderState
from orders.services.gift_cards import held_cards
from orders.services.reservations import reserve_stock
from orders.writes import reversals as writes
from orders.writes.deliveries import delete_idle_deliveries
from orders.writes.place_orders import insert_events
from orders.writes.reversals import MirroredDelivery

register_texts(
    "NOT_POSTED",
    {"is_reversal": "{document} takes another delivery back itself; deliver the goods anew instead."},
)


@dataclass(frozen=True, slots=True)
class ReversedDelivery:
    """What was taken back, and the credit note of it."""

    document: str
    reversal_id: int
    invoice: str


@transaction.atomic
def reverse_delivery(order_id: int, ordinal: int, reason: str, actor: str, on: date | None = None) -> ReversedDelivery:
    """Takes an invoiced delivery back: goods to their batches, money as it was settled, the deposit; the order is open for it again.

    What is picked up or shipped is reserved again as far as it is there. Raises BusinessError UNKNOWN_ORDER, NOT_POSTED,
    REVERSED_ALREADY, DELIVERY_IN_PROGRESS, CAME_BACK_SINCE, STOCK_TAKEN_SINCE, PERIOD_CLOSED, STOCK_PERIOD_CLOSED,
    REVERSAL_DATE_TOO_EARLY, REASON_NEEDED, GIFT_CARD_SHORT.
    """
    hold_orders([order_id])
    order = order_state(order_id)
    if order is None:
        raise BusinessError(Problem("UNKNOWN_ORDER", {"order": str(order_id)}, variant="number"))
    found = reads.invoiced_delivery(order_id, ordinal)
    invoice_id = _refuse(found, order.number, ordinal)
    assert found is not None
    lines = reads.lines_of(found.id)
    moved = movements_to_take_back([(SourceKind.DELIVERY_LINE, line) for line in lines])
    vouchers = booked_vouchers(SourceKind.INVOICE, invoice_id)
    what = DocumentToReverse(found.legal_entity_id, SourceKind.INVOICE, invoice_id, found.document, reason.strip(), actor, on)
    reversal_id = begin_reversal(what, {found.day, *(voucher.date for voucher in vouchers)}, goods=bool(moved))
    delete_idle_deliveries([order_id])
    mirrored = writes.mirror_delivery(found.id, lines, on, actor)
    parts = [movement._replace(key=mirrored.lines[movement.line[1]]) for movement in moved]
    take_back_parts(parts, SourceKind.DELIVERY_LINE, what, reversal_id)
    plans = [
        VoucherPlan(
            *(found.legal_entity_id, voucher.number.replace(found.invoice, mirrored.invoice, 1), on or voucher.date),
            *(SourceKind.INVOICE, mirrored.invoice_id, voucher.step),
            [Entry(entry.account_id, -entry.amount, entry.text) for entry in voucher.entries],
        )
        for voucher in vouchers
    ]
    posted = insert_vouchers(plans)
    paid = next((posted[plan.legal_entity_id, plan.number] for plan in plans if plan.step == "settlement"), None)
    _open_again(found, order, mirrored, paid, what)
    _refuse_spent_cards(mirrored.id)
    return ReversedDelivery(found.document, reversal_id, mirrored.invoice)


def _refuse(found: InvoicedDelivery | None, order: str, ordinal: int) -> int:
    """The invoice of the delivery. Raises BusinessError where it cannot be taken back."""
    if found is None:
        raise BusinessError(Problem("NOT_POSTED", {"document": f"{order}/{ordinal}"}, variant="unknown"))
    if found.is_in_work:
        raise BusinessError(Problem("DELIVERY_IN_PROGRESS", {"order": order}))
    if found.invoice_id is None:
        raise BusinessError(not_posted(found.document))
    if found.is_reversal:
        raise BusinessError(Problem("NOT_POSTED", {"document": found.document}, variant="is_reversal"))
    if before := reversal_of(SourceKind.INVOICE, found.invoice_id):
        raise BusinessError(reversed_already(found.document, before.actor))
    if returned := reads.returns_of_delivery(found.id):
        raise BusinessError(
            *(
                Problem(
                    "CAME_BACK_SINCE",
                    {"delivery": ordinal, "order": order, "returned_by": back.order, "back": back.delivery},
                    variant="delivery",
                )
                for back in returned
            )
        )
    return found.invoice_id


def _refuse_spent_cards(delivery_id: int) -> None:
    """Raises BusinessError GIFT_CARD_SHORT where cards that the delivery sold are spent by now; holds them."""
    taken = cards_of_deliveries([delivery_id])
    held = held_cards({one.card for one in taken})
    left = [(one, held[one.legal_entity_id, one.card].balance) for one in taken]
    problems = [
        Problem("GIFT_CARD_SHORT", {"card": one.card, "held": balance + one.taken, "taken": one.taken}, variant="reversal")
        for one, balance in left
        if balance < 0
    ]
    if problems:
        raise BusinessError(*problems)


def _open_again(
    found: InvoicedDelivery, order: OrderState, mirrored: MirroredDelivery, voucher_id: int | None, what: DocumentToReverse
) -> None:
    """Money, stages and reservations of the order; history and audit trail."""
    wait_for_this_commit()
    writes.give_back_money(found.id, mirrored, voucher_id, what.on)
    writes.open_again(found.id, found.deposit)
    now = timezone.now()
    today = now.astimezone(ZoneInfo(order.time_zone)).date()
    needs = [
        Demand(
            line.order_line_id,
            order.order_id,
            line.order_line_id,
            line.warehouse_id,
            line.item_id,
            line.quantity,
            today,
            now,
            line.batch_id,
        )
        for line in reads.lines_to_reserve(found.id)
    ]
    reserve_stock({order.legal_entity_id: needs} if needs else {})
    entry = {"delivery": found.ordinal, "invoice": mirrored.invoice, "reason": what.reason}
    insert_events([(order.order_id, OrderEvent.What.REVERSED, entry)], what.actor)
    record_audit(AuditEntry.Action.REVERSE, what.actor, what.document, {"reason": what.reason, "invoice": mirrored.invoice})
