"""Invoices deliveries, a chunk in one transaction of the caller: stock issued, invoice, vouchers, stages; or a problem and no change."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.messages import encode_message
from core.lib.problems import Problem
from inventory.queries.policies import Policies
from inventory.rules.fallback_budget import OverLimit
from inventory.rules.issues import Taken
from inventory.rules.stock import Demand, Failure, FallbackSettings
from inventory.writes.plain_pools import place_demands
from ledger.queries import Accounts, closed_dates, payment_account, posting_accounts
from ledger.rules.vouchers import VoucherPlan
from ledger.writes import insert_vouchers
from orders.models import OrderEvent
from orders.queries import deliveries as reads
from orders.queries.captures import open_captures
from orders.queries.deliveries import DeliveryHead, DeliveryLineRow
from orders.queries.gift_cards import cards_of_deliveries
from orders.rules.accounts import ON_ACCOUNT, AccountKey, account_problem
from orders.rules.fulfilment import DeliveryMode, Stages, Verb, move
from orders.rules.gift_cards import card_problem
from orders.rules.invoices import OrderHead, Settlement, plan_invoice_voucher, plan_settlement_voucher
from orders.rules.order_money import deposit_used, rounding_of_deposit
from orders.rules.order_state import currency_problem, customer_problem
from orders.services.accounts import held_accounts
from orders.services.captures import alerts_of
from orders.services.gift_cards import held_cards
from orders.services.invoices import (
    INVOICE_ACCOUNTS,
    Issued,
    Issuing,
    invoice_accounts,
    issue_needs,
    issue_placed,
    post_adjustments,
    record_failed_orders,
)
from orders.services.reservations import release_surplus
from orders.writes import deliveries as writes
from orders.writes.invoices import clear_failures
from orders.writes.place_orders import insert_events


def invoice_deliveries(
    delivery_ids: Sequence[int], policies: Policies, settings: Mapping[int, FallbackSettings], now: datetime, actor: str
) -> dict[int, Problem]:
    """Invoices the deliveries whose lines can all be issued, and gives the problem of each other one; a fixed number of queries.

    The deliveries are held by the caller, who has made the fiscal periods of their days; `settings` are of their legal entities. Locks
    their orders, then gift cards that they take from, then customers with a credit limit who buy on account, then as `issue_needs`; raises
    as it does.
    """
    reads.hold_orders_of(delivery_ids)
    heads = {head.delivery_id: head for head in reads.delivery_heads(delivery_ids)}
    entities = {head.legal_entity_id for head in heads.values()}
    payments = reads.delivery_payments(delivery_ids)
    accounts = posting_accounts(entities)
    problems = _head_problems(heads.values(), payments, accounts)
    problems = _card_problems([head.delivery_id for head in heads.values() if head.delivery_id not in problems]) | problems
    unowed = _account_problems([head for head in heads.values() if head.delivery_id not in problems], payments)
    all_lines = [line for line in reads.delivery_lines(delivery_ids) if line.delivery_id not in problems]
    stages, stage_problems = _moved([line for line in all_lines if line.delivery_id not in unowed], heads)
    problems |= stage_problems | unowed
    lines = [line for line in all_lines if line.delivery_id not in problems]
    reservations = reads.reservations_of({line.order_line_id for line in all_lines})
    how = Issuing(SourceKind.DELIVERY_LINE, settings, policies, reservations, approved=_approved_lines(all_lines, heads, settings))
    earlier = reads.earlier_deliveries({line.return_of for line in all_lines if line.return_of is not None})
    entity_of_warehouse = {head.warehouse_id: head.legal_entity_id for head in heads.values()}
    # What is not there is said before who owes it: tried and taken back, since it is not delivered either way.
    failures = _try_to_issue(
        _needs([line for line in all_lines if line.delivery_id in unowed], heads, now), earlier, entity_of_warehouse, how
    )
    issued = issue_delivered(_needs(lines, heads, now), earlier, entity_of_warehouse, how)
    failures |= issued.failures
    if failures:
        orders = {delivery_id: (heads[delivery_id].order_id, heads[delivery_id].store) for delivery_id in failures}
        problems |= record_failed_orders(failures, orders, SourceKind.DELIVERY_LINE)
    done = [head for head in heads.values() if head.delivery_id not in problems]
    if done:
        _alert(done, {line.order_line_id for line in lines if line.batch_id is not None}, settings, actor)
        _tell_passed_limits(done, how.over, actor)
        if how.approved:
            _use_approvals(done, how.over)
        _finish(done, [line for line in lines if line.delivery_id not in problems], stages, issued, payments, accounts, actor)
    return problems


def issue_delivered(needs: Sequence[Demand], earlier: Taken, entity_of_warehouse: Mapping[int, int], how: Issuing) -> Issued:
    """Issues what deliveries want: as a set where some of it is reserved for nobody, else by the rule alone, which has all the rest.

    Locks and raises as `issue_needs`.
    """
    if all(need.quantity < 0 or need.batch_id is not None or need.order_line_id in how.reservations for need in needs):
        return issue_needs(needs, earlier, entity_of_warehouse, how)
    place_demands(needs, how.reservations)
    return issue_placed(earlier, entity_of_warehouse, how)


def _approved_lines(
    lines: Sequence[DeliveryLineRow], heads: Mapping[int, DeliveryHead], settings: Mapping[int, FallbackSettings]
) -> frozenset[int]:
    """Lines of orders that somebody let pass a fallback limit; one query, none where no limit asks for approval."""
    if not any(one.asks_over_limit for one in settings.values()):
        return frozenset()
    approved = reads.approved_orders({head.order_id for head in heads.values()})
    return frozenset(line.line_id for line in lines if heads[line.delivery_id].order_id in approved)


def _use_approvals(done: Sequence[DeliveryHead], over: Sequence[OverLimit]) -> None:
    """An approval is for the first delivery of its order that passes a limit; at most one query."""
    passed = {delivery_id for limit in over for delivery_id in limit.order_ids}
    writes.use_approvals({head.order_id: head.delivery_id for head in done if head.delivery_id in passed})


def _try_to_issue(
    needs: Sequence[Demand], earlier: Taken, entity_of_warehouse: Mapping[int, int], how: Issuing
) -> dict[int, Sequence[Failure]]:
    """Which deliveries could not be issued; nothing is. No query where there are no needs."""
    if not needs:
        return {}
    with transaction.atomic():
        failures = issue_needs(needs, earlier, entity_of_warehouse, how).failures
        transaction.set_rollback(True)
    return failures


def _head_problems(
    heads: Collection[DeliveryHead], payments: Mapping[int, Sequence[tuple[str, Decimal]]], accounts: Accounts
) -> dict[int, Problem]:
    """Blocked customers, other currencies, closed periods, missing accounts."""
    dates = {(head.legal_entity_id, head.day) for head in heads}
    closed = closed_dates(dates, goods=True)
    problems: dict[int, Problem] = {}
    for head in heads:
        entity = head.legal_entity_id
        missing = [kind for kind in (*INVOICE_ACCOUNTS, "prepayment") if (entity, kind, "") not in accounts]
        methods = {ON_ACCOUNT, *(method for method, _ in payments.get(head.delivery_id, ()))}
        missing += [f"payment {method}" for method in sorted(methods) if payment_account(accounts, entity, method) is None]
        missing += ["rounding"] if _rounding(head) and (entity, "rounding", "") not in accounts else []
        if blocked := customer_problem(head.customer, head.customer_blocked):
            problems[head.delivery_id] = blocked
        elif mismatch := currency_problem(head.currency, head.company, head.company_currency):
            problems[head.delivery_id] = mismatch
        elif code := closed.get((entity, head.day)):
            problems[head.delivery_id] = Problem(code, {"date": head.day}, variant="delivery")
        elif missing:
            problems[head.delivery_id] = Problem("ACCOUNT_MISSING", {"kinds": missing}, variant="delivery")
    return problems


def _card_problems(delivery_ids: Sequence[int]) -> dict[int, Problem]:
    """Gift cards that hold less by now than deliveries take from them, which counts as taken already; four queries."""
    taken = cards_of_deliveries(delivery_ids)
    held = held_cards({one.card for one in taken})
    problems: dict[int, Problem] = {}
    for one in taken:
        card = held[one.legal_entity_id, one.card]
        problem = card_problem(one.card, card._replace(balance=card.balance + one.taken), one.taken)
        if problem:
            problems.setdefault(one.delivery_id, problem)
    return problems


def _account_problems(heads: Sequence[DeliveryHead], payments: Mapping[int, Sequence[tuple[str, Decimal]]]) -> dict[int, Problem]:
    """What cannot go on the account of its customer; what the deliveries before it put there counts."""
    wanted: list[tuple[DeliveryHead, AccountKey, Decimal]] = []
    for head in heads:
        paid = payments.get(head.delivery_id, ())
        amount = _rest(head, paid) + sum((amount for method, amount in paid if method == ON_ACCOUNT), ZERO)
        if amount > 0 or (amount < 0 and head.on_account):
            wanted.append((head, (head.legal_entity_id, head.customer), amount))
    accounts = held_accounts({key for _, key, _ in wanted})
    problems: dict[int, Problem] = {}
    for head, key, amount in wanted:
        if problem := account_problem(head.customer, accounts[key], amount):
            problems[head.delivery_id] = problem
        elif amount > 0:
            accounts[key] = accounts[key]._replace(open_amount=accounts[key].open_amount + amount)
    return problems


def _moved(lines: Sequence[DeliveryLineRow], heads: Mapping[int, DeliveryHead]) -> tuple[dict[int, Stages], dict[int, Problem]]:
    """Stages of order lines once the deliveries are invoiced; problems of deliveries that want more than is left."""
    stages: dict[int, Stages] = {}
    problems: dict[int, Problem] = {}
    for line in lines:
        before = stages.get(line.order_line_id, line.stages)
        verb = Verb(heads[line.delivery_id].verb)
        after = move(before, verb, abs(line.quantity), DeliveryMode(line.mode), line.number, is_return=line.quantity < 0)
        if isinstance(after, Stages):
            stages[line.order_line_id] = after
        else:
            problems.setdefault(line.delivery_id, after)
    return stages, problems


def _needs(lines: Sequence[DeliveryLineRow], heads: Mapping[int, DeliveryHead], now: datetime) -> list[Demand]:
    """What the lines want from stock, judged by the day of the delivery."""
    needs = []
    for line in lines:
        if line.stock_quantity:
            head = heads[line.delivery_id]
            where = (line.line_id, line.delivery_id, line.order_line_id, head.warehouse_id, line.item_id)
            needs.append(Demand(*where, line.stock_quantity, head.day, now, line.batch_id, line.return_of))
    return needs


def _finish(
    done: Sequence[DeliveryHead],
    lines: Sequence[DeliveryLineRow],
    stages: Mapping[int, Stages],
    issued: Issued,
    payments: Mapping[int, Sequence[tuple[str, Decimal]]],
    accounts: Accounts,
    actor: str,
) -> None:
    """Invoices, vouchers, stages, what is left of reservations, and the entry in the histories."""
    clear_failures([head.order_id for head in done])
    invoices = writes.insert_delivery_invoices([head.delivery_id for head in done])
    vouchers: list[VoucherPlan] = []
    deposits: dict[int, Decimal] = {}
    roundings: dict[int, Decimal] = {}
    owed: list[tuple[int, int, int, date, Decimal, str]] = []
    of_delivery: dict[int, tuple[OrderHead, int]] = {}
    for head in done:
        invoice_id, number = invoices[head.delivery_id]
        invoice = OrderHead(head.order_id, number, head.legal_entity_id, head.store, head.day, head.net, head.tax, head.gift_cards)
        cost = issued.costs.get(head.delivery_id, ZERO)
        vouchers.append(plan_invoice_voucher(invoice, invoice_id, cost, invoice_accounts(invoice, accounts)))
        paid = _settle(head, payments.get(head.delivery_id, ()), accounts)
        deposits[head.delivery_id], roundings[head.delivery_id] = paid.deposit, paid.rounding
        if on_account := paid.on_account + sum(
            (amount for method, amount in payments.get(head.delivery_id, ()) if method == ON_ACCOUNT), ZERO
        ):
            owed.append((head.legal_entity_id, head.order_id, invoice_id, head.day, on_account, number))
        vouchers.append(_settlement(invoice, invoice_id, paid, accounts))
        of_delivery[head.delivery_id] = (invoice, invoice_id)
    vouchers += post_adjustments(issued.adjustments, of_delivery, accounts)
    posted = insert_vouchers(vouchers)
    if owed:
        writes.insert_customer_transactions(SourceKind.INVOICE, owed)
    writes.link_payment_vouchers(
        {
            delivery_id: posted[invoice.legal_entity_id, f"{invoice.number}-PAY"]
            for delivery_id, (invoice, _) in of_delivery.items()
            if (invoice.legal_entity_id, f"{invoice.number}-PAY") in posted
        }
    )
    moved = {line.order_line_id for line in lines}
    writes.update_stages({line_id: after for line_id, after in stages.items() if line_id in moved})
    writes.finish_deliveries({delivery_id: invoice_id for delivery_id, (invoice_id, _) in invoices.items()}, deposits, roundings)
    release_surplus(reads.open_lines({head.order_id for head in done}), moved)
    insert_events([(head.order_id, OrderEvent.What.INVOICED, event_payload(head, invoices[head.delivery_id][1])) for head in done], actor)


def _alert(done: Sequence[DeliveryHead], order_line_ids: Collection[int], settings: Mapping[int, FallbackSettings], actor: str) -> None:
    """Says in the histories which captured batches leave though they are blocked or expired by now; one query, none without captures."""
    if not order_line_ids:
        return
    days = {head.order_id: head.day for head in done}
    captures = [capture for capture in open_captures(days) if capture.order_line_id in order_line_ids]
    alerts = [(capture.order_id, alert) for capture in captures for alert in alerts_of([capture], days, settings)]
    insert_events(
        [
            (order_id, OrderEvent.What.ALERT, {"line": alert.line, "code": alert.code, "text": encode_message(alert.message)})
            for order_id, alert in alerts
        ],
        actor,
    )


def _tell_passed_limits(done: Sequence[DeliveryHead], over: Sequence[OverLimit], actor: str) -> None:
    """Says in the histories which fallback limits were passed and let through; what was only tried is none of `done`. At most one query."""
    insert_events(
        [
            (head.order_id, OrderEvent.What.ALERT, {"code": "FALLBACK_OVER_LIMIT", "text": encode_message(limit.message)})
            for limit in dict.fromkeys(over)
            for head in done
            if head.delivery_id in limit.order_ids
        ],
        actor,
    )


def event_payload(head: DeliveryHead, invoice: str) -> dict[str, object]:
    return {"verb": head.verb, "invoice": invoice, "total": str(head.net + head.tax)}


def _deposit(head: DeliveryHead) -> Decimal:
    """What of the deposit settles the delivery."""
    return deposit_used(*_prepaid(head), in_full=head.verb == Verb.CARRY_OUT)


def _rounding(head: DeliveryHead) -> Decimal:
    """What of the delivery is left to rounding: known since it was paid, or what the deposit leaves."""
    return rounding_of_deposit(*_prepaid(head), in_full=head.verb == Verb.CARRY_OUT) if head.on_account else head.rounding


def _prepaid(head: DeliveryHead) -> tuple[Decimal, Decimal, Decimal, int, Decimal]:
    return head.deposit_left, head.net + head.tax, head.remaining, head.decimals, head.rounding_limit


def _rest(head: DeliveryHead, payments: Sequence[tuple[str, Decimal]]) -> Decimal:
    """What neither deposit nor payments nor rounding settle."""
    return head.net + head.tax - _deposit(head) - _rounding(head) - sum((amount for _, amount in payments), ZERO)


def _settle(head: DeliveryHead, payments: Sequence[tuple[str, Decimal]], accounts: Accounts) -> Settlement:
    by_account = [(payment_account(accounts, head.legal_entity_id, method) or 0, amount) for method, amount in payments]
    return Settlement(_deposit(head), by_account, _rest(head, payments), _rounding(head))


def _settlement(invoice: OrderHead, invoice_id: int, paid: Settlement, accounts: Accounts) -> VoucherPlan:
    entity = invoice.legal_entity_id
    account_of = {kind: accounts[entity, kind, ""] for kind in ("prepayment", "clearing", *(["rounding"] if paid.rounding else []))}
    return plan_settlement_voucher(invoice, invoice_id, paid, account_of, accounts[entity, "payment", ON_ACCOUNT])
