"""Takes customer orders, a batch at a time: checked, kept, deposits posted, goods reserved; for files, tills and the order desk alike.

Locks: the orders that returns name (FOR NO KEY UPDATE, by id), then on-hand rows of what is reserved (by warehouse, item, batch).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core.db.ids import reserve_ids
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.imports import BatchResult, Row
from core.lib.messages import Params, together
from core.lib.problems import AS_WRITTEN, Problem
from inventory.queries.named import batches_named, conversions_between, items_by_code
from inventory.rules.stock import Demand
from ledger.queries import Accounts, closed_dates, payment_account, posting_accounts
from ledger.rules.vouchers import Entry, VoucherPlan, merged
from ledger.services import ensure_periods
from ledger.writes import insert_vouchers
from orders.models import CustomerOrder, OrderEvent, OrderPayment
from orders.queries import place_orders as reads
from orders.queries.stores import payment_methods
from orders.rules.business_day import business_date
from orders.rules.fulfilment import DeliveryMode, Verb
from orders.rules.place_orders import NewLine, NewOrder, OrderFacts, OrderStore, problems_of
from orders.rules.rounding import is_covered
from orders.services.accounts import customer_accounts
from orders.services.delivery_queue import request_deliveries
from orders.services.order_files import IncomingOrder
from orders.services.reservations import reserve_stock
from orders.writes import place_orders as writes
from orders.writes.events import insert_events
from parameters.queries import currency_decimals


@dataclass(slots=True)
class PlaceResult:
    """What became of orders: ids of new ones by number, numbers that were there with the same content, problems of the others by place."""

    new: dict[str, int] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[int, list[Problem]] = field(default_factory=dict)


def import_customer_orders(rows: Sequence[Row[IncomingOrder]]) -> BatchResult:
    """One batch of the file `customer-orders`: one transaction, a fixed number of queries."""
    result = BatchResult()
    taken = place_orders([row.value for row in rows], CustomerOrder.Channel.IMPORT, "import_data")
    for place, problems in taken.refused.items():
        said: Params = {"text": together([problem.message for problem in problems])}
        result.reject(rows[place], Problem(problems[0].code, said, variant=AS_WRITTEN))
    result.new, result.unchanged = len(taken.new), len(taken.unchanged)
    result.lines = sum(len(row.value.order.lines) for row in rows if row.value.order.number in taken.new)
    return result


@transaction.atomic
def place_orders(incoming: Sequence[IncomingOrder], channel: str, actor: str, *, may_override: bool = False) -> PlaceResult:
    """Takes the orders that can be taken, whole or not at all.

    What header and lines, lines and payments differ by within the store's rounding limit is taken; the order comes to what its lines come
    to. An order that is there with the same content is `unchanged`, one with other content is refused as CONFLICT. Payments are posted as
    deposits, real batches are reserved for what is picked up or shipped later, and what is carried out at once is sent to be invoiced.
    """
    taken = PlaceResult()
    incoming = list(incoming)
    fresh, repeats = _without_repeats(incoming, reads.known_orders([one.order.number for one in incoming]), taken)
    if not fresh:
        return taken
    now = timezone.now()
    facts, accounts = facts_for([incoming[place].order for place in fresh])
    for place in list(fresh):
        order = incoming[place].order
        if problems := problems_of(order, facts, may_override=may_override) or _without_account(order, facts, accounts):
            taken.refused[place] = problems
            fresh.remove(place)
        else:
            incoming[place] = incoming[place]._replace(order=order.as_lines_come_to())
            facts = facts.with_owed(order)
    ids = _insert_heads(incoming, fresh, facts, taken)
    kept = [incoming[place] for place in fresh if incoming[place].order.number in ids]
    if kept:
        line_ids = _insert_bodies(kept, ids, facts, channel, actor if may_override else "")
        _post_deposits([one.order for one in kept], ids, facts, accounts)
        _set_aside([one.order for one in kept], ids, line_ids, facts, now)
        taken.new = ids
        insert_events([(ids[one.order.number], OrderEvent.What.TAKEN, event_payload(one.order, facts)) for one in kept], actor)
        _send_carried_out([one.order for one in kept], ids, actor)
    _answer_repeats(incoming, repeats, taken)
    return taken


def event_payload(order: NewOrder, facts: OrderFacts) -> dict[str, object]:
    wanted = facts.deposit_wanted(order)
    data: dict[str, object] = {"total": str(order.total), "paid": str(order.paid), "deposit": str(wanted)}
    return data | ({} if is_covered(order.paid, wanted, facts.rounding_limit(order)) else {"overridden": True})


def _without_repeats(
    incoming: Sequence[IncomingOrder], known: Mapping[str, tuple[int, object]], taken: PlaceResult
) -> tuple[list[int], dict[int, int]]:
    """Places of orders whose number is new, and of their repeats in the batch with the place of the first."""
    first_of: dict[str, int] = {}
    repeats: dict[int, int] = {}
    for place, one in enumerate(incoming):
        number = one.order.number
        seen = known[number][1] if number in known else incoming[first_of.setdefault(number, place)].digest
        if seen != one.digest:
            taken.refused[place] = [conflict(number)]
        elif number in known:
            taken.unchanged.append(number)
        elif first_of[number] != place:
            repeats[place] = first_of[number]
    return list(first_of.values()), repeats


def _answer_repeats(incoming: Sequence[IncomingOrder], repeats: Mapping[int, int], taken: PlaceResult) -> None:
    """A repeat of an order that was refused is refused as well: nobody shall believe that the order is there."""
    for place, first in repeats.items():
        if first in taken.refused:
            taken.refused[place] = taken.refused[first]
        else:
            taken.unchanged.append(incoming[place].order.number)


def conflict(number: str) -> Problem:
    """The problem of an order whose number stands for other content."""
    return Problem("CONFLICT", {"order": number}, variant="order")


def facts_for(orders: Sequence[NewOrder]) -> tuple[OrderFacts, Accounts]:
    """Everything that the checks of orders look at; some fifteen queries. Holds the orders that returns name, by id."""
    stores = reads.order_stores({order.store for order in orders})
    warehouses = reads.places({store.warehouse for store in stores.values()} | {order.warehouse for order in orders if order.warehouse})
    entities = {place.legal_entity_id for place in warehouses.values()}
    items = items_by_code({line.item for order in orders for line in order.lines})
    foreign = {
        (line.unit, line.item) for order in orders for line in order.lines if line.item in items and line.unit != items[line.item].unit
    }
    named = {(items[line.item].id, line.batch) for order in orders for line in order.lines if line.batch and line.item in items}
    days = {order.number: _day_of(order, stores[order.store]) for order in orders if order.store in stores}
    dates = {(entity, day) for day in set(days.values()) for entity in entities}
    ensure_periods(dates)
    facts = OrderFacts(
        stores=stores,
        warehouses=warehouses,
        methods=payment_methods(),
        days=days,
        customers=reads.buyers({order.customer for order in orders if order.customer}),
        items=items,
        conversions=conversions_between({unit for unit, _ in foreign}, {item for _, item in foreign}) if foreign else {},
        batches=batches_named(named) if named else {},
        originals=reads.returned_order_lines({line.return_of for order in orders for line in order.lines if line.return_of}),
        decimals=currency_decimals({order.currency for order in orders}),
        parameters=reads.order_parameters(entities),
        closed=closed_dates(dates),
    )
    facts = replace(facts, accounts=customer_accounts({facts.account_key(order) for order in orders if facts.on_account_at_once(order)}))
    return facts, posting_accounts(entities)


def _without_account(order: NewOrder, facts: OrderFacts, accounts: Accounts) -> list[Problem]:
    """Accounts that the deposit needs and nobody has set."""
    place = facts.place(order)
    if place is None or not order.payments:
        return []
    entity = place.legal_entity_id
    kinds = {f"payment {payment.method}": payment_account(accounts, entity, payment.method) for payment in order.payments}
    kinds["prepayment"] = accounts.get((entity, "prepayment", ""))
    missing = sorted(kind for kind, account in kinds.items() if account is None)
    return [Problem("ACCOUNT_MISSING", {"kinds": missing}, variant="payment")] if missing else []


def _day_of(order: NewOrder, store: OrderStore) -> date:
    return business_date(order.ordered_at, ZoneInfo(store.time_zone), store.end_of_business_day)


def _insert_heads(incoming: Sequence[IncomingOrder], fresh: Sequence[int], facts: OrderFacts, taken: PlaceResult) -> dict[str, int]:
    """Ids by number of the orders that are ours; those that somebody else took in the same moment are compared with what he wrote."""
    heads = []
    for place, order_id in zip(fresh, reserve_ids("orders_salesorder", len(fresh)), strict=True):
        order = incoming[place].order
        store, warehouse = facts.stores[order.store], facts.place(order)
        customer = facts.customers[order.customer].id if order.customer else store.walk_in_id
        assert warehouse is not None
        heads.append((order_id, order.number, store.id, warehouse.id, customer, facts.days[order.number]))
    inserted = writes.insert_heads(heads)
    ids = {head[1]: head[0] for head in heads if head[0] in inserted}
    if len(ids) < len(fresh):
        known = reads.known_orders([incoming[place].order.number for place in fresh])
        for place in fresh:
            number = incoming[place].order.number
            if number not in ids and known[number][1] == incoming[place].digest:
                taken.unchanged.append(number)
            elif number not in ids:
                taken.refused[place] = [conflict(number)]
    return ids


def _insert_bodies(
    kept: Sequence[IncomingOrder], ids: Mapping[str, int], facts: OrderFacts, channel: str, overridden_by: str
) -> dict[tuple[str, int], int]:
    """Customer orders, their lines and stages; gives line ids by (order, line number)."""
    lines = [(one.order, line) for one in kept for line in one.order.lines]
    line_ids = reserve_ids("orders_salesorderline", len(lines))
    writes.insert_orders(_order_row(one, ids, facts, channel, overridden_by) for one in kept)
    writes.insert_lines(
        (
            (
                *(line_id, ids[order.number], line.number, facts.items[line.item].id, line.unit, line.quantity),
                *(facts.moved_quantity(line), line.price, line.discount, line.net, line.tax),
            )
            for line_id, (order, line) in zip(line_ids, lines, strict=True)
        ),
        (_stage_row(line_id, order, line, facts) for line_id, (order, line) in zip(line_ids, lines, strict=True)),
    )
    return {(order.number, line.number): line_id for line_id, (order, line) in zip(line_ids, lines, strict=True)}


def _order_row(one: IncomingOrder, ids: Mapping[str, int], facts: OrderFacts, channel: str, overridden_by: str) -> tuple[object, ...]:
    order = one.order
    wanted = facts.deposit_wanted(order)
    by = "" if is_covered(order.paid, wanted, facts.rounding_limit(order)) else overridden_by
    money = (order.net, order.tax, order.total, wanted, by, ZERO, ZERO, ZERO, ZERO)
    return (ids[order.number], channel, order.currency, order.ordered_at, order.delivery, *money, 1, one.digest)


def _stage_row(line_id: int, order: NewOrder, line: NewLine, facts: OrderFacts) -> tuple[object, ...]:
    place, batch = facts.place(order), facts.batch_of(line)
    original = facts.originals[line.return_of].order_line_id if line.return_of else None
    assert place is not None
    return (line_id, place.id, line.delivery, abs(line.quantity), *[ZERO] * 7, batch.id if batch else None, original)


def _post_deposits(orders: Sequence[NewOrder], ids: Mapping[str, int], facts: OrderFacts, accounts: Accounts) -> None:
    """One voucher per order with payments: debit what was paid with, credit prepayments of customers."""
    paid = [order for order in orders if order.payments]
    plans = []
    entity_of: dict[str, int] = {}
    for order in paid:
        place = facts.place(order)
        assert place is not None
        entity = entity_of[order.number] = place.legal_entity_id
        entries = [Entry(payment_account(accounts, entity, payment.method) or 0, payment.amount) for payment in order.payments]
        entries.append(Entry(accounts[entity, "prepayment", ""], -order.paid))
        number, day = f"{order.number}-DEP", facts.days[order.number]
        plans.append(VoucherPlan(entity, number, day, SourceKind.CUSTOMER_ORDER, ids[order.number], "deposit", merged(entries)))
    vouchers = insert_vouchers(plans)
    writes.insert_payments(
        (
            *(ids[order.number], None, place, OrderPayment.Kind.DEPOSIT, payment.method, payment.amount),
            *(order.ordered_at, vouchers[entity_of[order.number], f"{order.number}-DEP"]),
        )
        for order in paid
        for place, payment in enumerate(order.payments, 1)
    )


def _set_aside(
    orders: Sequence[NewOrder], ids: Mapping[str, int], line_ids: Mapping[tuple[str, int], int], facts: OrderFacts, now: datetime
) -> None:
    """Reserves real batches for what is picked up or shipped later; less than wanted is no error."""
    needs: dict[int, list[Demand]] = {}
    for order in sorted(orders, key=lambda order: (order.ordered_at, order.number)):
        place = facts.place(order)
        assert place is not None
        today = now.astimezone(ZoneInfo(facts.stores[order.store].time_zone)).date()
        for line in order.lines:
            if line.quantity > 0 and line.delivery != DeliveryMode.CARRY_OUT:
                line_id, batch = line_ids[order.number, line.number], facts.batch_of(line)
                wanted = facts.moved_quantity(line)
                if not wanted:
                    continue
                need = Demand(line_id, ids[order.number], line_id, place.id, facts.items[line.item].id, wanted, today, now)
                needs.setdefault(place.legal_entity_id, []).append(need._replace(batch_id=batch.id if batch else None))
    reserve_stock(needs)


def _send_carried_out(orders: Sequence[NewOrder], ids: Mapping[str, int], actor: str) -> None:
    """What customers have in their hands already is invoiced right away, in the background; what only comes back waits for its refund."""
    carried = [
        ids[order.number] for order in orders if any(line.delivery == DeliveryMode.CARRY_OUT and line.quantity > 0 for line in order.lines)
    ]
    if carried:
        request_deliveries(carried, Verb.CARRY_OUT, None, actor)
