"""Hands over one order, or takes a return back: what a till or the order desk asks for, with the payment that goes with it.

Locks: the order and those that its returns name, the gift cards that something is taken from, then its failed delivery (order_locks.py).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core.access.scope import Scope
from core.jobs.models import Job
from core.jobs.queue.services import enqueue
from core.lib.decimals import ZERO
from core.lib.problems import BusinessError, Problem
from orders.models import OrderEvent, OrderPayment
from orders.queries import deliveries as reads
from orders.queries.deliveries import OpenOrder
from orders.queries.gift_cards import cards_of_lines
from orders.queries.settlement import settlement_of_return
from orders.queries.stores import payment_methods
from orders.rules.accounts import account_problem
from orders.rules.deliveries import Part, all_movable, moved
from orders.rules.fulfilment import TO_DO, TRANSITIONS, Verb
from orders.rules.gift_cards import taken_from_cards
from orders.rules.order_money import deposit_used, till_problems
from orders.rules.order_state import OrderState, customer_problem
from orders.rules.settlement import ReturnSettlement
from orders.rules.till_lines import OrderPaymentData
from orders.services.accounts import customer_accounts
from orders.services.delivery_queue import WORK, delivered_of, parts_to_deliver, title_of
from orders.services.gift_cards import back_to_cards, refuse_takings
from orders.services.order_locks import held_order, seen_order
from orders.services.pick_and_pack import handling_summary
from orders.writes import deliveries as writes
from orders.writes.gift_cards import ensure_cards
from orders.writes.place_orders import insert_events, insert_payments


class Due(NamedTuple):
    """What a delivery comes to with tax, what of the deposit it uses, and what is due at the till; negative amounts are paid back."""

    invoice: Decimal
    deposit_used: Decimal
    due: Decimal
    currency: str


def due(order_id: int, verb: Verb, quantities: Mapping[int, Decimal] | None, *, scope: Scope | None = None) -> Due:
    """What would have to be paid to the cent; `request_delivery` takes it but for rounding. Holds nothing; raises as that does."""
    order = seen_order(order_id, None, scope)
    parts, _ = _parts(order, verb, quantities)
    return _due(order, verb, parts, settlement_of_return(parts))


@transaction.atomic
def request_delivery(
    order_id: int,
    verb: Verb,
    quantities: Mapping[int, Decimal] | None,
    payments: Sequence[OrderPaymentData] | None,
    *,
    user_id: int | None,
    actor: str,
    version: int | None = None,
    scope: Scope | None = None,
) -> tuple[Job, int]:
    """Asks for the delivery of `quantities` (absolute, by line number; None: all that the verb can move); gives the job and the delivery.

    The delivery is invoiced in the background, in one transaction; until then nothing but the request exists. Without `payments` what is
    due goes on account; with them what is due must be paid, refunds negative, and it is posted with the invoice, what the payments differ
    by within the store's rounding limit as rounding. A delivery that failed gives way.

    Raises BusinessError as `held_order`; CUSTOMER_BLOCKED; NOTHING_TO_DELIVER; the problems of every line that has not that much for the
    verb (BAD_QUANTITY, QUANTITY_NOT_OPEN, WRONG_DELIVERY_MODE); PAYMENT_INCOMPLETE, PAYMENT_TOO_HIGH, BAD_PAYMENT,
    UNKNOWN_PAYMENT_METHOD, PAID_ON_ACCOUNT, GIFT_CARD_MISPLACED, UNKNOWN_GIFT_CARD, GIFT_CARD_SHORT, GIFT_CARD_BLOCKED; for what goes on
    account ACCOUNT_NEEDS_CUSTOMER, CUSTOMER_ON_HOLD, CREDIT_LIMIT_EXCEEDED.
    Nothing has changed then.
    """
    if not TRANSITIONS[verb].issues:
        raise ValueError(f"{verb} moves no stock")
    order = held_order(order_id, version, scope)
    if problem := customer_problem(order.customer, order.customer_blocked):
        raise BusinessError(problem)
    parts, quantities = _parts(order, verb, quantities)
    settled = settlement_of_return(parts)
    asked = _due(order, verb, parts, settled)
    if payments is not None and (problems := _payment_problems(order, payments, settled, asked)):
        raise BusinessError(*problems)
    if payments is None and (problem := _account_problem(order, asked)):
        raise BusinessError(problem)
    if payments is not None:
        payments = back_to_cards(settled.parts if settled else (), payments)
    _refuse_cards(order, parts, payments or ())
    writes.delete_idle_deliveries([order_id])
    now = timezone.now()
    head = OpenOrder(order_id, order.store_id, order.warehouse_id, order.time_zone)
    days = {order_id: now.astimezone(ZoneInfo(order.time_zone)).date()}
    rounding = None if payments is None else _rounding(order, payments, settled, asked)
    (delivery_id,) = writes.insert_deliveries([head], {order_id: parts}, days, verb, now, actor, rounding).values()
    kinds = (OrderPayment.Kind.REFUND, OrderPayment.Kind.PAYMENT)
    cards = ensure_cards(payment.gift_card for payment in payments or ())
    insert_payments(
        (order_id, delivery_id, place, kinds[payment.amount > 0], payment.method, payment.amount, now, None, cards.get(payment.gift_card))
        for place, payment in enumerate(payments or (), reads.last_payment(order_id) + 1)
    )
    entry: dict[str, object] = {"verb": verb, "lines": handling_summary(quantities), "due": str(asked.due)}
    insert_events([(order_id, OrderEvent.What.REQUESTED, entry)], actor)
    job = enqueue.request_work(WORK, [delivery_id], title_of, user_id, actor, to_workers=True, scope=None)
    assert job is not None, "a delivery that was just made can be queued"
    return job, delivery_id


def _refuse_cards(order: OrderState, parts: Sequence[Part], payments: Sequence[OrderPaymentData]) -> None:
    """What payments, and sold cards that come back, take from gift cards; it counts from now on and is judged again when it is invoiced.

    Raises BusinessError UNKNOWN_GIFT_CARD, GIFT_CARD_SHORT, GIFT_CARD_BLOCKED; holds the cards.
    """
    taken = taken_from_cards(payments)
    back = [part for part in parts if part.net < 0]
    cards = cards_of_lines([part.order_line_id for part in back]) if back else {}
    for part in back:
        if card := cards.get(part.order_line_id):
            taken[card] = taken.get(card, ZERO) - part.net
    refuse_takings(order.legal_entity_id, taken)


def _payment_problems(
    order: OrderState, payments: Sequence[OrderPaymentData], settled: ReturnSettlement | None, asked: Due
) -> list[Problem]:
    """What is wrong with payments or refunds: a refund goes back by the method that was paid with, at most what was."""
    problems = till_problems(payments, asked.due, asked.currency, order.decimals, payment_methods(), order.rounding_limit)
    if settled is None or asked.invoice >= 0 or problems:
        return problems
    return settled.problems(payments, asked.currency, order.rounding_limit)


def _rounding(order: OrderState, payments: Sequence[OrderPaymentData], settled: ReturnSettlement | None, asked: Due) -> Decimal:
    """What of the invoice is left to rounding when it is paid at the till; of a return, what its sale left to it, too."""
    paid = sum((payment.amount for payment in payments), ZERO)
    if asked.invoice < 0 and settled is not None:
        return asked.due - paid - settled.never_paid(-asked.invoice, order.rounding_limit)
    return asked.invoice - asked.deposit_used - paid


def _account_problem(order: OrderState, asked: Due) -> Problem | None:
    """Why what is due cannot go on account; it is judged again when the delivery is invoiced.

    That nobody is named who could owe it is left to then: a till hears first of goods that are not there, which no payment mends.
    """
    key = (order.legal_entity_id, order.customer)
    account = customer_accounts([key])[key]
    return account_problem(order.customer, account, asked.due) if asked.due and not account.walk_in else None


def _parts(order: OrderState, verb: Verb, quantities: Mapping[int, Decimal] | None) -> tuple[list[Part], Mapping[int, Decimal]]:
    """What is to be delivered. Raises BusinessError: NOTHING_TO_DELIVER, and what keeps lines from it."""
    lines = reads.open_lines([order.order_id])
    wanted = all_movable(lines, verb) if quantities is None else quantities
    if not wanted:
        raise BusinessError(Problem("NOTHING_TO_DELIVER", {"order": order.number, "to_do": TO_DO[verb]}, variant="verb"))
    _, problems = moved(lines, verb, wanted)
    if problems:
        raise BusinessError(*problems)
    return parts_to_deliver(lines, wanted, delivered_of(lines)), wanted


def _due(order: OrderState, verb: Verb, parts: Sequence[Part], settled: ReturnSettlement | None) -> Due:
    total = sum((part.net + part.tax for part in parts), ZERO)
    if total < 0 and settled is not None:
        return Due(total, ZERO, -min(settled.refund, -total), order.currency)
    limit = order.rounding_limit
    used = deposit_used(order.deposit_left, total, order.remaining, order.decimals, limit, in_full=verb == Verb.CARRY_OUT)
    return Due(total, used, total if total <= 0 else max(total - used, ZERO), order.currency)
