"""Edits a customer order that is not done: lines, prices, customer, delivery, further deposits; what is reserved follows.

Locks: the order, then its failed delivery, then on-hand rows of everything that it has or wants reserved (order_locks.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core.access.scope import Scope
from core.db.bulk import reserve_ids
from core.db.meant_codes import name_meant
from core.lib.decimals import ZERO
from core.lib.messages import Params
from core.lib.problems import BusinessError, Problem
from inventory.rules.stock import Demand
from orders.models import OrderEvent
from orders.queries import deliveries as reads
from orders.queries import edits as edit_reads
from orders.queries.known_codes import known_codes
from orders.queries.place_orders import NAMED_BY
from orders.rules.accounts import account_problem
from orders.rules.deliveries import OpenLine, left_in_stock
from orders.rules.edits import EditedLines, OrderChange, OrderEdit, Rest, Terms, deposit_of_rest, edit_lines, prepayment_problems, rest_of
from orders.rules.file_columns import walk_in_code
from orders.rules.fulfilment import DeliveryMode, Verb
from orders.rules.order_state import OrderState
from orders.rules.place_orders import NewLine, NewOrder, OrderFacts, addition_problems
from orders.rules.prepayments import DEPOSIT, DEPOSITS, REFUND, Prepaid
from orders.rules.settlement import refund_problems
from orders.rules.till_lines import is_covered
from orders.services.accounts import customer_accounts
from orders.services.delivery_queue import request_deliveries
from orders.services.order_locks import count_change, held_order
from orders.services.place_orders import facts_for
from orders.services.prepayments import post_prepayments, prepaid_of
from orders.services.reservations import hold_stock, release_surplus, reserve_stock
from orders.writes import deliveries as writes
from orders.writes import edits as edit_writes
from orders.writes.cancellation import end_when_done
from orders.writes.gift_cards import ensure_cards
from orders.writes.place_orders import insert_events, insert_lines


@dataclass(slots=True)
class _Plan:
    """A held order, the edit, what the checks looked at, and what becomes of lines and money."""

    order: OrderState
    edit: OrderEdit
    facts: OrderFacts
    before: Sequence[OpenLine]
    after: EditedLines
    customer: str
    delivery: str
    added: NewOrder
    wanted: tuple[Decimal, Decimal]

    @property
    def money(self) -> tuple[Decimal, Decimal]:
        """What net and tax of the order change by."""
        net = sum((line.net for line in self.after.lines), self.added.net) - sum((line.net for line in self.before), ZERO)
        tax = sum((line.tax for line in self.after.lines), self.added.tax) - sum((line.tax for line in self.before), ZERO)
        return net, tax

    @property
    def left(self) -> Decimal:
        """What is paid ahead after the edit."""
        return self.order.deposit_left + self.edit.paid

    @property
    def on_account_at_once(self) -> Decimal:
        """What of the goods that are carried out now is not paid."""
        rest = [*map(rest_of, self.after.lines), *(Rest(line.delivery, line.net + line.tax) for line in self.edit.added)]
        carried = sum((one.total for one in rest if one.mode == DeliveryMode.CARRY_OUT or one.total < 0), ZERO)
        left = max(self.left, ZERO)
        return ZERO if is_covered(left, carried, self.order.rounding_limit) else carried - left

    def changes(self) -> list[OrderChange]:
        """Everything that changes, for the history."""
        changes = list(self.after.changes)
        if self.added.customer != self.customer:
            changes.append(OrderChange(0, "customer", self.customer, self.added.customer))
        if self.added.delivery != self.delivery:
            changes.append(OrderChange(0, "delivery", self.delivery, self.added.delivery))
        changes += (OrderChange(0, "paid", "", f"{payment.amount} {payment.method}") for payment in self.edit.payments)
        return changes


@transaction.atomic
def edit_order(
    order_id: int, edit: OrderEdit, *, actor: str, version: int | None, may_override: bool = False, scope: Scope | None = None
) -> int:
    """Changes an order of which something is left; gives its new version, the old one where the edit changes nothing.

    Quantities do not fall below what is picked, packed, invoiced or cancelled; price, discount and unit conversion of a line stay unless
    others are given, and cannot change once part of the line is done; lines that nobody has handled may go. Totals and deposit are
    computed again; further payments are posted as `ORDER-DEP2` and so on. Too much that was reserved is freed and what is missing is
    reserved; what is now carried out at once is sent to be invoiced. A failed delivery goes. Some forty queries, whatever the lines.

    Raises BusinessError as `held_order`; the problems of new orders for what is added; by line QUANTITY_NOT_OPEN, BAD_QUANTITY,
    PARTLY_DONE, IN_FULFILMENT, RETURN_APART, RETURN_EXCEEDS_SALE, DELIVERY_MODE_OFF, LINE_AMOUNTS, DUPLICATE_LINE; NO_LINES; for the money
    PAYMENT_TOO_HIGH (pay back what is too much), BAD_PAYMENT, REFUND_NOT_AS_PAID, DEPOSIT_TOO_LOW (unless `may_override`), PERIOD_CLOSED,
    ACCOUNT_MISSING; of gift cards as `post_prepayments`. Nothing has changed then.
    """
    order = held_order(order_id, version, scope)
    plan = _plan(order, edit._replace(added=known_codes(edit.added).in_lines(edit.added)))
    problems = [*plan.after.problems, *_problems(plan, may_override=may_override)]
    if problems:
        raise BusinessError(*name_meant(problems, NAMED_BY))
    changes = plan.changes()
    if not changes:
        return order.version
    now = timezone.now()
    changed = count_change(order)
    writes.delete_idle_deliveries([order_id])
    paid = [
        Prepaid(DEPOSIT if payment.amount > 0 else REFUND, payment.method, payment.amount, payment.gift_card) for payment in edit.payments
    ]
    voucher = post_prepayments(order, DEPOSITS, paid, now)
    _write(plan, actor, now)
    data: dict[str, object] = {"changes": [{"line": one.line, "field": one.field, "from": one.before, "to": one.after} for one in changes]}
    insert_events([(order_id, OrderEvent.What.EDITED, data | ({"voucher": voucher} if voucher else {}))], actor)
    if any(line.mode == DeliveryMode.CARRY_OUT and not line.is_return for line in reads.open_lines([order_id])):
        request_deliveries([order_id], Verb.CARRY_OUT, None, actor)
    return changed


def _plan(order: OrderState, edit: OrderEdit) -> _Plan:
    customer, delivery, warehouse = edit_reads.order_head(order.order_id)
    new_customer = customer if edit.customer is None else edit.customer or walk_in_code(order.store)
    added = NewOrder(
        *(order.number, order.store, new_customer, timezone.now(), delivery if edit.delivery is None else edit.delivery),
        *(order.currency, warehouse, edit.added, edit.payments),
        *(sum((line.net for line in edit.added), ZERO), sum((line.tax for line in edit.added), ZERO), ZERO),
    )
    facts, _ = facts_for([added._replace(lines=tuple(line._replace(return_of=None) for line in edit.added))])
    parameters = facts.parameters[order.legal_entity_id]
    before = reads.open_lines([order.order_id], done_too=True)
    after = edit_lines(before, edit_reads.line_terms(order.order_id), edit, delivery, parameters.modes)
    rest = [*map(rest_of, after.lines), *(Rest(line.delivery, line.net + line.tax) for line in edit.added)]
    percent = parameters.deposit_percent
    wanted = (deposit_of_rest(map(rest_of, before), percent, order.decimals), deposit_of_rest(rest, percent, order.decimals))
    return _Plan(order, edit, facts, before, after, customer, delivery, added, wanted)


def _problems(plan: _Plan, *, may_override: bool) -> list[Problem]:
    """What stands in the way beside the lines themselves."""
    order, edit = plan.order, plan.edit
    added = plan.added if plan.added.customer != plan.customer else plan.added._replace(customer="")
    problems = [] if any(line.return_of for line in edit.added) else addition_problems(added, plan.facts)
    if added.customer and any(line.stages.invoiced for line in plan.before):
        problems.append(Problem("PARTLY_DONE", {"order": order.number, "customer": plan.customer}, variant="other_customer"))
    if (mode := plan.added.delivery) != plan.delivery and mode not in plan.facts.parameters[order.legal_entity_id].modes:
        problems.append(Problem("DELIVERY_MODE_OFF", {"mode": mode}, variant="order"))
    remaining = order.remaining + sum(plan.money, ZERO)
    if not problems and (amount := plan.on_account_at_once):
        key = (order.legal_entity_id, plan.added.customer)
        problem = account_problem(key[1], customer_accounts([key])[key], amount)
        problems += [problem] if problem else []
    if not problems and any(payment.amount < 0 for payment in edit.payments):
        problems += _refund_problems(order, edit)
    return problems + prepayment_problems(
        *(edit, plan.left, remaining, plan.wanted, order.currency, order.decimals, order.rounding_limit), may_override=may_override
    )


def _refund_problems(order: OrderState, edit: OrderEdit) -> list[Problem]:
    """A deposit goes back by the methods that were paid with, and not while something of the order is owed."""
    prepaid = prepaid_of(order)
    if prepaid.owed:
        owed: Params = {"amount": prepaid.owed, "currency": order.currency, "order": order.number}
        return [Problem("REFUND_NOT_AS_PAID", owed, variant="owed")]
    return refund_problems(edit.payments, prepaid.paid, order.currency)


def _write(plan: _Plan, actor: str, now: datetime) -> None:
    """Lines, head and what is reserved."""
    order, after, facts = plan.order, plan.after, plan.facts
    items = {facts.items[line.item].id for line in plan.edit.added}
    hold_stock({(order.warehouse_id, item) for item in items | {terms.item_id for terms in edit_reads.line_terms(order.order_id).values()}})
    removed = [line.order_line_id for line in after.removed]
    release_surplus((), removed)
    edit_writes.delete_lines(removed)
    edit_writes.update_lines(after.lines, after.terms)
    ids = reserve_ids("orders_salesorderline", len(plan.edit.added))
    cards = ensure_cards(line.gift_card for line in plan.edit.added)
    rows = [_rows(line_id, line, order, facts, cards) for line_id, line in zip(ids, plan.edit.added, strict=True)]
    insert_lines((line for line, _ in rows), (stages for _, stages in rows))
    customer_id = facts.customers[plan.added.customer].id
    overridden_by = actor if plan.wanted[1] > plan.wanted[0] and not is_covered(plan.left, plan.wanted[1], order.rounding_limit) else ""
    deposit = plan.wanted[1] - plan.wanted[0]
    edit_writes.update_head(order.order_id, customer_id, plan.added.delivery, (*plan.money, deposit), overridden_by)
    end_when_done(order.order_id)
    _set_aside_again(order, edit_reads.line_terms(order.order_id), now)


def _rows(
    line_id: int, line: NewLine, order: OrderState, facts: OrderFacts, cards: Mapping[str, int]
) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """An added line and its stages, as `insert_lines` takes them."""
    batch = facts.batch_of(line)
    amounts = (facts.moved_quantity(line), line.price, line.discount, line.net, line.tax)
    return (
        (line_id, order.order_id, line.number, facts.items[line.item].id, line.unit, line.quantity, *amounts),
        (
            line_id,
            order.warehouse_id,
            line.delivery,
            line.quantity,
            *[ZERO] * 7,
            batch.id if batch else None,
            None,
            cards.get(line.gift_card),
            line.expires_on,
        ),
    )


def _set_aside_again(order: OrderState, terms: Mapping[int, Terms], now: datetime) -> None:
    """Frees what lines have too much, reserves what they lack; what they have stays theirs. On-hand is locked already."""
    lines = reads.open_lines([order.order_id])
    release_surplus(lines, terms.keys())
    kept = reads.reservations_of([line.order_line_id for line in lines])
    today = now.astimezone(ZoneInfo(order.time_zone)).date()
    needs = []
    for line in lines:
        line_id = line.order_line_id
        lacking = left_in_stock(line) - sum((part.quantity for part in kept.get(line_id, ())), ZERO)
        if lacking > 0:
            own = terms[line_id]
            where = (line_id, order.order_id, line_id, order.warehouse_id, own.item_id)
            needs.append(Demand(*where, lacking, today, now, own.batch_id))
    reserve_stock({order.legal_entity_id: needs} if needs else {})
