"""Takes customer orders, a batch at a time: checked, kept, deposits posted, goods reserved; for files, tills and the order desk alike.

Locks: the orders that returns name (FOR NO KEY UPDATE, by id), the gift cards that deposits are paid with (alike), then on-hand rows of
what is reserved (by warehouse, item, batch).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from core.db.bulk import reserve_ids
from core.db.meant_codes import name_meant
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.imports import BatchResult, Row
from core.lib.messages import Params, together
from core.lib.problems import AS_WRITTEN, Problem
from inventory.queries.named import batches_named, conversions_between, items_by_code
from inventory.rules.plausible import Limits
from inventory.rules.stock import Demand
from inventory.services.plausible import plausible_amounts
from ledger.queries import Accounts, closed_dates, payment_account, posting_accounts
from ledger.rules.vouchers import Entry, VoucherPlan, merged
from ledger.services import ensure_periods
from ledger.writes import insert_vouchers
from orders.models import CustomerOrder, OrderEvent, OrderPayment
from orders.queries import place_orders as reads
from orders.queries.known_codes import known_codes
from orders.queries.stores import payment_methods
from orders.rules.fulfilment import DeliveryMode, Verb
from orders.rules.order_numbers import number_of_statements, store_of_statement
from orders.rules.place_orders import NewLine, NewOrder, OrderFacts, OrderKey, OrderPlace, OrderStore, place_of, problems_of
from orders.rules.till_lines import is_covered, other_item_scanned
from orders.services.accounts import customer_accounts
from orders.services.delivery_queue import request_deliveries
from orders.services.gift_cards import held_cards
from orders.services.order_files import IncomingOrder
from orders.services.reservations import reserve_stock
from orders.writes import place_orders as writes
from orders.writes.gift_cards import ensure_cards
from orders.writes.place_orders import insert_events
from parameters.queries import currency_decimals


@dataclass(slots=True)
class PlaceResult:
    """What became of orders by their position: ids of those that were taken, of those there with the same content; problems of others."""

    new: dict[int, int] = field(default_factory=dict)
    unchanged: dict[int, int] = field(default_factory=dict)
    refused: dict[int, list[Problem]] = field(default_factory=dict)

    def compare(self, position: int, digest: UUID, number: str, known: tuple[int, UUID | None]) -> None:
        """Notes an order whose number is taken: unchanged when it has the same content, else a conflict; a statement's has no digest."""
        if known[1] == digest:
            self.unchanged[position] = known[0]
        else:
            self.refused[position] = [conflict(number) if known[1] else number_of_statements(number)]


@dataclass(frozen=True, slots=True)
class _Order:
    """An order that may be taken, at its position among those that came in, with what was found of its store and the ids it will have."""

    position: int
    order: NewOrder
    digest: UUID
    store: OrderStore
    place: OrderPlace
    day: date
    order_id: int
    line_ids: Sequence[int]

    @property
    def key(self) -> OrderKey:
        return self.place.legal_entity_id, self.order.number

    @property
    def lines(self) -> Sequence[tuple[int, NewLine]]:
        """Lines with their ids."""
        return list(zip(self.line_ids, self.order.lines, strict=True))


def import_customer_orders(rows: Sequence[Row[IncomingOrder]]) -> BatchResult:
    """One batch of the file `customer-orders`: one transaction, a fixed number of queries."""
    result = BatchResult()
    taken = place_orders([row.value for row in rows], CustomerOrder.Channel.IMPORT, "import_data")
    for position, problems in taken.refused.items():
        said: Params = {"text": together([problem.message for problem in problems])}
        result.reject(rows[position], Problem(problems[0].code, said, variant=AS_WRITTEN))
    _warn_of_implausible([rows[position] for position in taken.new], result)
    result.new, result.unchanged = len(taken.new), len(taken.unchanged)
    result.lines = sum(len(rows[position].value.order.lines) for position in taken.new)
    return result


def _warn_of_implausible(rows: Sequence[Row[IncomingOrder]], result: BatchResult) -> None:
    """Orders whose quantities or total are larger than their company takes for possible; three queries."""
    stores, warehouses = _stores_and_places([row.value.order for row in rows])
    limits = plausible_amounts({place.legal_entity_id for place in warehouses.values()})
    for row in rows:
        order = row.value.order
        place = place_of(order, stores, warehouses)
        known = limits.get(place.legal_entity_id, Limits()) if place else Limits()
        large = (known.of_quantity(line.item, line.quantity) for line in order.lines)
        if warning := known.of_amount(order.total) or next(filter(None, large), None):
            result.warn(row, warning)


@transaction.atomic
def place_orders(incoming: Sequence[IncomingOrder], channel: str, actor: str, *, may_override: bool = False) -> PlaceResult:
    """Takes the orders that can be taken, whole or not at all.

    What header and lines, lines and payments differ by within the store's rounding limit is taken; the order comes to what its lines come
    to. An order that its company has with the same content is `unchanged`, one with other content is refused as CONFLICT. Payments are
    posted as deposits, real batches are reserved for what is picked up or shipped later, and what is carried out at once is sent to be
    invoiced.
    """
    taken = PlaceResult()
    incoming = _with_known_codes(incoming, taken)
    stores, warehouses = _stores_and_places([one.order for one in incoming])
    fresh, repeats = _without_repeats(incoming, stores, warehouses, taken)
    fresh = [position for position in fresh if position not in taken.refused]
    if not fresh:
        return taken
    now = timezone.now()
    facts, accounts = _facts([incoming[position].order for position in fresh], stores, warehouses)
    accepted: list[_Order] = []
    line_ids = iter(reserve_ids("orders_salesorderline", sum(len(incoming[position].order.lines) for position in fresh)))
    for position, order_id in zip(fresh, reserve_ids("orders_salesorder", len(fresh)), strict=True):
        order, digest = incoming[position]
        if problems := problems_of(order, facts, may_override=may_override) or _without_account(order, facts, accounts):
            taken.refused[position] = name_meant(problems, reads.NAMED_BY)
            continue
        facts, place = facts.with_taken(order), facts.place(order)
        assert place is not None
        ids = (order_id, tuple(islice(line_ids, len(order.lines))))
        accepted.append(_Order(position, order.as_lines_come_to(), digest, facts.stores[order.store], place, facts.day(order), *ids))
    kept = _insert_heads(accepted, facts, taken)
    if kept:
        cards = ensure_cards(_cards_named(kept, facts))
        _insert_bodies(kept, facts, channel, actor if may_override else "", cards)
        _post_deposits(kept, accounts, cards)
        _set_aside(kept, facts, now)
        taken.new = {one.position: one.order_id for one in kept}
        insert_events([(one.order_id, OrderEvent.What.TAKEN, event_payload(one.order, facts)) for one in kept], actor)
        _send_carried_out(kept, actor)
    _answer_repeats(repeats, taken)
    return taken


def _with_known_codes(incoming: Sequence[IncomingOrder], taken: PlaceResult) -> Sequence[IncomingOrder]:
    """The orders with the units and items that they mean; those whose scans name other items are refused. Two queries."""
    known = known_codes(line for one in incoming for line in one.order.lines)
    if not any(known):
        return incoming
    meant = [one._replace(order=one.order._replace(lines=known.in_lines(one.order.lines))) for one in incoming]
    for position, one in enumerate(meant):
        if problem := other_item_scanned(one.order.lines, known.items):
            taken.refused[position] = [problem]
    return meant


def event_payload(order: NewOrder, facts: OrderFacts) -> dict[str, object]:
    wanted = facts.deposit_wanted(order)
    data: dict[str, object] = {"total": str(order.total), "paid": str(order.paid), "deposit": str(wanted)}
    return data | ({} if is_covered(order.paid, wanted, facts.rounding_limit(order)) else {"overridden": True})


def _without_repeats(
    incoming: Sequence[IncomingOrder], stores: Mapping[str, OrderStore], warehouses: Mapping[str, OrderPlace], taken: PlaceResult
) -> tuple[list[int], dict[int, int]]:
    """Positions of orders whose number is new to their company, and of their repeats in the batch with the position of the first."""
    known = reads.known_orders([one.order.number for one in incoming])
    first_of: dict[OrderKey, int] = {}
    repeats: dict[int, int] = {}
    for position, (order, digest) in enumerate(incoming):
        place = place_of(order, stores, warehouses)
        key = (place.legal_entity_id if place else None, order.number)
        first = first_of.setdefault(key, position) if key not in known else position
        if key in known:
            taken.compare(position, digest, order.number, known[key])
        elif digest != incoming[first].digest:
            taken.refused[position] = [conflict(order.number)]
        elif first != position:
            repeats[position] = first
    return list(first_of.values()), repeats


def _answer_repeats(repeats: Mapping[int, int], taken: PlaceResult) -> None:
    """A repeat of an order that was refused is refused as well: nobody shall believe that the order is there."""
    for position, first in repeats.items():
        if first in taken.refused:
            taken.refused[position] = taken.refused[first]
        else:
            taken.unchanged[position] = taken.new[first] if first in taken.new else taken.unchanged[first]


def conflict(number: str) -> Problem:
    """The problem of an order whose number stands for other content."""
    return Problem("CONFLICT", {"order": number}, variant="order")


def facts_for(orders: Sequence[NewOrder]) -> tuple[OrderFacts, Accounts]:
    """Everything that the checks of orders look at; some fifteen queries. Holds the orders that returns name, by id."""
    return _facts(orders, *_stores_and_places(orders))


def _stores_and_places(orders: Collection[NewOrder]) -> tuple[dict[str, OrderStore], dict[str, OrderPlace]]:
    """Stores of orders and of their numbers, and the warehouses of stores and orders, by code; two queries."""
    stores = reads.order_stores({code for order in orders for code in (order.store, store_of_statement(order.number))})
    return stores, reads.places({store.warehouse for store in stores.values()} | {order.warehouse for order in orders if order.warehouse})


def _facts(
    orders: Sequence[NewOrder], stores: Mapping[str, OrderStore], warehouses: Mapping[str, OrderPlace]
) -> tuple[OrderFacts, Accounts]:
    entities = {place.legal_entity_id for place in warehouses.values()}
    items = items_by_code({line.item for order in orders for line in order.lines})
    originals = reads.returned_order_lines({line.return_of for order in orders for line in order.lines if line.return_of})
    written = {(line.unit, line.item) for order in orders for line in order.lines} | {(sold.unit, sold.item) for sold in originals.values()}
    foreign = {(unit, item) for unit, item in written if item in items and unit != items[item].unit}
    named = {(items[line.item].id, line.batch) for order in orders for line in order.lines if line.batch and line.item in items}
    facts = OrderFacts(
        stores=stores,
        warehouses=warehouses,
        methods=payment_methods(),
        customers=reads.buyers({order.customer for order in orders if order.customer}),
        items=items,
        conversions=conversions_between({unit for unit, _ in foreign}, {item for _, item in foreign}) if foreign else {},
        batches=batches_named(named) if named else {},
        originals=originals,
        decimals=currency_decimals({order.currency for order in orders}),
        parameters=reads.order_parameters(entities),
    )
    dates = {(place.legal_entity_id, facts.day(order)) for order in orders if order.store in stores and (place := facts.place(order))}
    ensure_periods(dates)
    accounts = customer_accounts({facts.account_key(order) for order in orders if facts.on_account_at_once(order)})
    cards = held_cards({payment.gift_card for order in orders for payment in order.payments if payment.gift_card})
    return replace(facts, closed=closed_dates(dates), accounts=accounts, cards=cards), posting_accounts(entities)


def deposit_of(order: NewOrder) -> Decimal:
    """The deposit that an order would want that is not taken yet; four queries, nothing is held."""
    stores, warehouses = _stores_and_places([order])
    entities = {place.legal_entity_id for place in warehouses.values()}
    facts = OrderFacts(*(stores, warehouses, ()), decimals=currency_decimals({order.currency}), parameters=reads.order_parameters(entities))
    return facts.deposit_wanted(order.as_lines_come_to())


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


def _insert_heads(orders: Sequence[_Order], facts: OrderFacts, taken: PlaceResult) -> list[_Order]:
    """Those of the orders that are ours; the ones that somebody else took in the same moment are compared with what he wrote."""
    inserted = writes.insert_heads(
        [
            (one.order_id, one.order.number, one.place.legal_entity_id, one.store.id, one.place.id, _buyer_id(one, facts), one.day)
            for one in orders
        ]
    )
    lost = [one for one in orders if one.order_id not in inserted]
    known = reads.known_orders([one.order.number for one in lost]) if lost else {}
    for one in lost:
        taken.compare(one.position, one.digest, one.order.number, known[one.key])
    return [one for one in orders if one.order_id in inserted]


def _buyer_id(one: _Order, facts: OrderFacts) -> int:
    return facts.customers[one.order.customer].id if one.order.customer else one.store.walk_in_id


def _cards_named(orders: Sequence[_Order], facts: OrderFacts) -> Iterator[str]:
    """The gift cards of lines and payments."""
    for one in orders:
        yield from (facts.card_of(one.order, line) for line in one.order.lines)
        yield from (payment.gift_card for payment in one.order.payments)


def _insert_bodies(orders: Sequence[_Order], facts: OrderFacts, channel: str, overridden_by: str, cards: Mapping[str, int]) -> None:
    """Customer orders, their lines and stages."""
    writes.insert_orders(_order_row(one, facts, channel, overridden_by) for one in orders)
    writes.insert_lines(
        (
            (
                *(line_id, one.order_id, line.number, facts.items[line.item].id, line.unit, line.quantity),
                *(facts.moved_quantity(line), line.price, line.discount, line.net, line.tax),
            )
            for one in orders
            for line_id, line in one.lines
        ),
        (_stage_row(line_id, one, line, facts, cards) for one in orders for line_id, line in one.lines),
    )


def _order_row(one: _Order, facts: OrderFacts, channel: str, overridden_by: str) -> tuple[object, ...]:
    order = one.order
    wanted = facts.deposit_wanted(order)
    by = "" if is_covered(order.paid, wanted, facts.rounding_limit(order)) else overridden_by
    money = (order.net, order.tax, order.total, wanted, by, ZERO, ZERO, ZERO, ZERO)
    return (one.order_id, channel, order.currency, order.ordered_at, order.delivery, *money, 1, one.digest)


def _stage_row(line_id: int, one: _Order, line: NewLine, facts: OrderFacts, cards: Mapping[str, int]) -> tuple[object, ...]:
    batch, sold = facts.batch_of(line), facts.original_key(one.order, line.return_of) if line.return_of else None
    original = facts.originals[sold].order_line_id if sold else None
    batch_id, card_id = batch.id if batch else None, cards.get(facts.card_of(one.order, line))
    return (line_id, one.place.id, line.delivery, abs(line.quantity), *[ZERO] * 7, batch_id, original, card_id, line.expires_on)


def _post_deposits(orders: Sequence[_Order], accounts: Accounts, cards: Mapping[str, int]) -> None:
    """One voucher per order with payments: debit what was paid with, credit prepayments of customers."""
    plans: dict[int, VoucherPlan] = {}
    for one in orders:
        if one.order.payments:
            entity = one.place.legal_entity_id
            entries = [Entry(payment_account(accounts, entity, payment.method) or 0, payment.amount) for payment in one.order.payments]
            entries.append(Entry(accounts[entity, "prepayment", ""], -one.order.paid))
            number = f"{one.order.number}-DEP"
            source = (SourceKind.CUSTOMER_ORDER, one.order_id)
            plans[one.order_id] = VoucherPlan(entity, number, one.day, *source, "deposit", merged(entries))
    vouchers = insert_vouchers(list(plans.values()))
    writes.insert_payments(
        (
            *(one.order_id, None, ordinal, OrderPayment.Kind.DEPOSIT, payment.method, payment.amount),
            *(one.order.ordered_at, vouchers[one.place.legal_entity_id, plans[one.order_id].number], cards.get(payment.gift_card)),
        )
        for one in orders
        for ordinal, payment in enumerate(one.order.payments, 1)
    )


def _set_aside(orders: Sequence[_Order], facts: OrderFacts, now: datetime) -> None:
    """Reserves real batches for what is picked up or shipped later; less than wanted is no error."""
    needs: dict[int, list[Demand]] = {}
    for one in sorted(orders, key=lambda one: (one.order.ordered_at, one.order.number)):
        today = now.astimezone(ZoneInfo(one.store.time_zone)).date()
        for line_id, line in one.lines:
            wanted = facts.moved_quantity(line)
            if wanted > 0 and line.delivery != DeliveryMode.CARRY_OUT:
                batch = facts.batch_of(line)
                need = Demand(line_id, one.order_id, line_id, one.place.id, facts.items[line.item].id, wanted, today, now)
                needs.setdefault(one.place.legal_entity_id, []).append(need._replace(batch_id=batch.id if batch else None))
    reserve_stock(needs)


def _send_carried_out(orders: Sequence[_Order], actor: str) -> None:
    """What customers have in their hands already is invoiced right away, in the background; what only comes back waits for its refund."""
    carried = [
        one.order_id for one in orders if any(line.delivery == DeliveryMode.CARRY_OUT and line.quantity > 0 for line in one.order.lines)
    ]
    if carried:
        request_deliveries(carried, Verb.CARRY_OUT, None, actor)
