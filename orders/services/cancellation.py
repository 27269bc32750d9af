"""Cancels quantities of a customer order: what was reserved is free again, a charge is kept of what was paid ahead, the rest goes back.

Locks: the order, then its failed delivery, then on-hand rows of what was reserved (order_locks.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core.access.scope import Scope
from core.lib.decimals import ZERO
from core.lib.problems import BusinessError, Problem
from orders.models import OrderEvent
from orders.queries import deliveries as reads
from orders.queries.place_orders import order_parameters
from orders.queries.stores import payment_methods
from orders.rules.accounts import ON_ACCOUNT
from orders.rules.deliveries import Amounts, OpenLine, all_movable, amounts_of, moved
from orders.rules.fulfilment import Stages, Verb
from orders.rules.order_money import Refund, cancellation, method_problems
from orders.rules.order_state import OrderState
from orders.rules.prepayments import CANCELLATIONS, CHARGE, REFUND, Prepaid
from orders.rules.settlement import SettledSale
from orders.rules.till_lines import OrderPaymentData
from orders.services.order_locks import count_change, held_order, seen_order
from orders.services.pick_and_pack import handling_summary
from orders.services.prepayments import post_prepayments, prepaid_of
from orders.services.reservations import release_surplus
from orders.writes import cancellation as cancel_writes
from orders.writes import deliveries as writes
from orders.writes.place_orders import insert_events


class Cancelled(NamedTuple):
    """The charge that was kept, what was paid back, the number of the voucher, blank where there was nothing to post, and what was taken
    off what the customer owes.
    """

    charge: Decimal
    refund: Decimal
    voucher: str
    credited: Decimal = ZERO


class _Plan(NamedTuple):
    """What is cancelled: quantities by line number; stages and amounts by order line; what becomes of the money."""

    quantities: Mapping[int, Decimal]
    stages: Mapping[int, Stages]
    amounts: Mapping[int, Amounts]
    money: Refund
    prepaid: SettledSale

    @property
    def total(self) -> Decimal:
        """What is cancelled, with tax."""
        return sum((amounts.total for amounts in self.amounts.values()), ZERO)


def cancellation_of(order_id: int, quantities: Mapping[int, Decimal] | None, *, scope: Scope | None = None) -> Refund:
    """Charge and refund as `cancel_order` would post them, for somebody who has to confirm. Holds nothing; raises as that does."""
    order = seen_order(order_id, None, scope)
    return _plan(order, reads.open_lines([order_id]), quantities).money


@transaction.atomic
def cancel_order(
    order_id: int,
    quantities: Mapping[int, Decimal] | None,
    refund_method: str,
    *,
    actor: str,
    version: int | None = None,
    scope: Scope | None = None,
) -> Cancelled:
    """Cancels `quantities` (absolute, by line number; None: all that is left), picked and packed goods included.

    The charge (Retail parameters) is kept of the deposit, never more than there is; what the deposit exceeds the rest of the order by
    goes back: first to what of the order is owed on account, then by the methods that were paid with, `refund_method` first, at most what
    each of them brought. An order of which nothing is left is cancelled, or invoiced where something was. A failed delivery goes.
    Some twenty queries, whatever the number of lines.

    Raises BusinessError as `held_order`; NOTHING_TO_DELIVER; BAD_QUANTITY and QUANTITY_NOT_OPEN of every line that has not that much;
    UNKNOWN_PAYMENT_METHOD, PERIOD_CLOSED, ACCOUNT_MISSING where money moves. Nothing has changed then.
    """
    order = held_order(order_id, version, scope)
    plan = _plan(order, reads.open_lines([order_id]), quantities)
    charge, refund, credited = plan.money
    if refund and (problems := method_problems([OrderPaymentData(1, refund_method, -refund)], payment_methods())):
        raise BusinessError(*problems)
    count_change(order)
    writes.delete_idle_deliveries([order_id])
    paid = [Prepaid(REFUND, method, -amount) for method, amount in plan.prepaid.by_method(refund + credited, refund_method)]
    paid += [Prepaid(REFUND, ON_ACCOUNT, -credited)] if credited else []
    kept = [Prepaid(CHARGE, None, charge)] if charge else []
    voucher = post_prepayments(order, CANCELLATIONS, [*paid, *kept], timezone.now())
    writes.update_stages(plan.stages)
    cancel_writes.add_cancelled(order_id, plan.amounts, plan.total, charge)
    cancel_writes.end_when_done(order_id)
    release_surplus(reads.open_lines([order_id]), plan.stages.keys())
    money: dict[str, object] = {"charge": str(charge), "refund": str(refund), "voucher": voucher}
    if credited:
        money["credited"] = str(credited)
    entry = {"lines": handling_summary(plan.quantities), **money}
    insert_events([(order_id, OrderEvent.What.CANCELLED, entry)], actor)
    return Cancelled(charge, refund, voucher, credited)


def _plan(order: OrderState, lines: list[OpenLine], quantities: Mapping[int, Decimal] | None) -> _Plan:
    """Raises BusinessError for what cannot be cancelled."""
    wanted = all_movable(lines, Verb.CANCEL) if quantities is None else quantities
    if not wanted:
        raise BusinessError(Problem("NOTHING_TO_DELIVER", {"order": order.number}, variant="cancel"))
    stages, problems = moved(lines, Verb.CANCEL, wanted)
    if problems:
        raise BusinessError(*problems)
    amounts = {line.order_line_id: amounts_of(line, wanted[line.number], line.done, line.shared) for line in lines if line.number in wanted}
    plan = _Plan(wanted, stages, amounts, Refund(ZERO, ZERO), prepaid_of(order))
    percent = order_parameters([order.legal_entity_id])[order.legal_entity_id].charge_percent
    charge, back, _ = cancellation(order.deposit_left, plan.total, order.remaining - plan.total, percent, order.decimals)
    refund = plan.prepaid.refund(back)
    return plan._replace(money=Refund(charge, refund, back - refund))
