"""Import of receipts: what comes in is in stock at once, and in the ledger."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.bulk import reserve_ids
from core.db.locks import IMPORT, SETTLEMENT, lock_for_transaction
from core.db.meant_codes import name_meant_in
from core.db.upsert import ids_by_code
from core.lib.document_kinds import SourceKind
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.parsing import utc_text
from core.lib.problems import Problem
from inventory.queries.costing import arrived_since_last_move, costs_of_new, pool_costs
from inventory.queries.imports import ReceiptItem, items_to_receive, receipt_digests
from inventory.queries.named import NAMED_BY, entities_of_warehouses
from inventory.queries.receipts import batch_cards
from inventory.queries.settlements import Selection
from inventory.rules.costing import AdjustmentReason, Arrival, Arrived, PoolCost, ReceiptCost, receive_in_order
from inventory.rules.fallback import receipt_of_default_batch
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.payback import PaybackLimits, payback_limits, payback_proposed
from inventory.rules.plausible import Limits
from inventory.rules.receipts import (
    AVAILABLE,
    NEEDED_POSTINGS,
    BatchCard,
    BatchCards,
    ReceivedDocuments,
    delivery_text,
    duplicate_receipt,
    receipt_digest,
    receipt_vouchers,
)
from inventory.rules.stock import StockKey
from inventory.services.barcodes import with_named_items
from inventory.services.payback import pay_within_limits
from inventory.services.plausible import plausible_amounts
from inventory.services.settlements import Settling, closed_by
from inventory.writes import receipts as writes
from inventory.writes.costing import NewAdjustment, insert_adjustments, insert_costs, save_costs
from inventory.writes.receipts import ReceiptToWrite
from ledger.queries import Accounts, closed_dates, posting_accounts
from ledger.rules.vouchers import account_missing, period_closed
from ledger.services import ensure_periods
from ledger.writes import insert_vouchers
from parameters.queries import default_batch_ids, settings_of

# What a settlement says that goods made as they came in.
GOODS_RECEIVED, IMPORT_ACTOR = "Goods received", "import"


@dataclass(frozen=True, slots=True)
class _Known:
    """The master data that the rows of a batch name; `entities` by warehouse, `closed` are (legal entity, date) pairs.

    `without_accounts` are the kinds of posting that legal entities have no account for.
    """

    warehouses: Mapping[str, int]
    entities: Mapping[str, int]
    accounts: Accounts
    without_accounts: Mapping[int, Sequence[str]]
    closed: Mapping[tuple[int, date], str]
    default_numbers: Set[str]
    items: Mapping[str, ReceiptItem]
    dispositions: Mapping[str, int]
    limits: Mapping[int, Limits]


class _Taken(NamedTuple):
    """A row that is taken: its moment in UTC, its place among the rows, what it says, its item, batch and digest."""

    moment: str
    receipt: str
    line: int
    place: int
    value: ReceiptRow
    item_id: int
    card: BatchCard | None
    digest: str


@transaction.atomic
def import_receipts(rows: Sequence[Row[ReceiptRow]]) -> BatchResult:
    """Posts one batch of receipt lines: batches, receipt lines, movements, on-hand, costs, a voucher per receipt and date.

    A repeat with the same content counts as unchanged. Takes the import lock of its kind, then cost rows and on-hand rows in posting's
    order; a fixed number of queries. Raises IntegrityError when somebody made a batch of the same number meanwhile; the caller tries
    again.
    """
    lock_for_transaction(IMPORT, [ImportKind.RECEIPTS])
    result = BatchResult()
    items = items_to_receive({row.value.item for row in rows})
    rows, _ = with_named_items(rows, result, items)
    warehouses = ids_by_code("inventory_warehouse", {row.value.warehouse for row in rows})
    entities = entities_of_warehouses(warehouses)
    # A number is known within the company of the warehouse; without one the row is refused.
    keys = [(entities.get(row.value.warehouse, 0), row.value.receipt, row.value.line) for row in rows]
    before = receipt_digests(keys)
    fresh = [row.value for key, row in zip(keys, rows, strict=True) if key not in before] if before else [row.value for row in rows]
    dates = {(entities[row.warehouse], row.received_at.date()) for row in fresh if row.warehouse in entities}
    ensure_periods(dates)
    accounts = posting_accounts(set(entities.values()))
    missing = {entity: [kind for kind in NEEDED_POSTINGS if (entity, kind, "") not in accounts] for entity in set(entities.values())}
    known = _Known(
        warehouses,
        entities,
        accounts,
        {entity: kinds for entity, kinds in missing.items() if kinds},
        closed_dates(dates, goods=True),
        default_batch_ids(),
        items | items_to_receive({row.value.item for row in rows} - items.keys()),
        ids_by_code("inventory_disposition", {row.disposition for row in fresh} | {AVAILABLE}),
        plausible_amounts(set(entities.values())),
    )
    cards = BatchCards(batch_cards({(row.item, row.batch) for row in fresh if row.batch}))
    taken: list[_Taken] = []
    numbers: dict[str, list[str]] = {}
    repeats: dict[int, str] = {}
    moments = {moment: utc_text(moment) for moment in {row.value.received_at for row in rows}}
    for place, (key, row) in enumerate(zip(keys, rows, strict=True)):
        value = row.value
        moment = moments[value.received_at]
        delivered = delivery_text(value, moment)
        digest = receipt_digest(value, delivered)
        known_digest = before.get(key)
        if known_digest == digest:
            result.unchanged += 1
            result.repeated.append(row.number)
        elif known_digest is not None:
            result.reject(row, Problem("CONFLICT", {"receipt": key[1], "line": key[2]}, variant="receipt_line"))
        elif problem := _refusal(value, known, cards):
            result.reject(row, problem)
        else:
            before[key] = digest
            card = cards.cards[value.item, value.batch] if value.batch else None
            taken.append(_Taken(moment, value.receipt, value.line, place, value, known.items[value.item].id, card, digest))
            earlier = numbers.setdefault(delivered, [])
            if others := [number for number in earlier if number != value.receipt]:
                repeats[place] = min(others)
            earlier.append(value.receipt)
    if taken:
        paying = _warehouses_that_pay(taken, known)
        for place, other in _post(taken, known).items():
            repeats[place] = min(other, repeats.get(place, other))
        proposed = _pay_debt(taken, known, paying)
        _warn(result, rows, taken, repeats, known)
        for row in rows if proposed else ():
            if warning := proposed.pop(row.value.warehouse, None):
                result.warn(row, warning)
    result.new = len(taken)
    name_meant_in(result, NAMED_BY)
    return result


def _warn(result: BatchResult, rows: Sequence[Row[ReceiptRow]], taken: Sequence[_Taken], repeats: Mapping[int, str], known: _Known) -> None:
    """Notes rows that say what another receipt says, and those that are larger than is taken for possible."""
    limits = {warehouse: known.limits.get(entity, Limits()) for warehouse, entity in known.entities.items()}
    for one in taken:
        value, own = one.value, limits[one.value.warehouse]
        if one.place in repeats:
            result.warn(rows[one.place], duplicate_receipt(value, repeats[one.place]))
        if warning := own.of_quantity(value.item, value.quantity) or own.of_amount(value.quantity * value.unit_cost):
            result.warn(rows[one.place], warning)


@transaction.atomic
def receive_lines(rows: Sequence[Row[ReceiptRow]], actor: str) -> BatchResult:
    """Takes in what can be taken in of lines that somebody sent; an entry of the audit trail. Locks and raises as `import_receipts`."""
    result = import_receipts(rows)
    if result.new:
        record_audit(AuditEntry.Action.RECEIVE, actor, rows[0].value.receipt, {"lines": result.new, "warehouse": rows[0].value.warehouse})
    return result


@transaction.atomic
def register_receipt(rows: Sequence[Row[ReceiptRow]], actor: str) -> BatchResult:
    """Takes in all lines of a receipt, or none; one that was sent twice comes in once. Locks and raises as `import_receipts`, and
    BusinessError with the problems of its lines.
    """
    result = receive_lines(rows, actor)
    result.refuse_rejects()
    return result


def _refusal(row: ReceiptRow, known: _Known, cards: BatchCards) -> Problem | None:
    """Why a row is not taken; a row that is taken has made or completed its batch card."""
    item = known.items.get(row.item)
    if row.warehouse not in known.warehouses:
        return Problem("UNKNOWN_WAREHOUSE", {"warehouse": row.warehouse})
    entity = known.entities[row.warehouse]
    if known.closed and (code := known.closed.get((entity, day := row.received_at.date()))):
        return period_closed(day, code)
    if entity in known.without_accounts:
        return account_missing(known.without_accounts[entity])
    if item is None:
        return Problem("UNKNOWN_ITEM", {"item": row.item})
    if row.disposition and row.disposition not in known.dispositions:
        return Problem("UNKNOWN_DISPOSITION", {"disposition": row.disposition})
    if item.batch_tracked and not row.batch:
        return Problem("BATCH_REQUIRED", {"item": row.item})
    if row.batch in known.default_numbers:
        return receipt_of_default_batch(row.item, row.batch)
    if row.batch and not item.batch_tracked:
        return Problem("BATCH_NOT_ALLOWED", {"item": row.item, "batch": row.batch})
    return cards.receive(row, item.shelf_life_days) if row.batch else None


def _post(taken: Sequence[_Taken], known: _Known) -> dict[int, str]:
    """Writes receipts in the order in which goods came in, whatever the order of the rows: a moving average hangs on it.

    Gives the places of rows whose very delivery came in before under another number, with that number.
    """
    cards = {id(one.card): (one.item_id, one.value.batch, one.card) for one in taken if one.card is not None}
    new = [card for card in cards.values() if card[2].id is None]
    made = {id(card) for _, _, card in new}
    writes.insert_batches(sorted(new, key=itemgetter(0, 1)), known.dispositions)
    writes.fill_batch_dates([card for _, _, card in cards.values() if card.filled and id(card) not in made])
    ids = reserve_ids("inventory_receiptline", len(taken))
    documents = ReceivedDocuments()
    receipts = []
    for row_id, (moment, receipt, line, place, value, item_id, card, digest) in zip(ids, sorted(taken), strict=True):
        entity, day = known.entities[value.warehouse], value.received_at.date()
        receipts.append(
            ReceiptToWrite(
                row_id,
                place,
                documents.number_of(receipt, entity, day, line, row_id),
                receipt,
                line,
                entity,
                known.warehouses[value.warehouse],
                item_id,
                card.id if card else None,
                value.quantity,
                value.unit_cost,
                moment,
                day,
                digest,
                id(card) not in made,
            )
        )
    writes.make_work_tables()
    writes.fill_work_table(receipts)
    repeats = writes.repeated_deliveries()
    by_rule = set(writes.hold_costs())
    adjustments = _decide([one for one in receipts if one.place in by_rule]) if by_rule else []
    insert_vouchers(receipt_vouchers(documents.received(writes.receive()), known.accounts))
    insert_adjustments(adjustments)
    return repeats


def _warehouses_that_pay(taken: Sequence[_Taken], known: _Known) -> dict[int, tuple[int, PaybackLimits]]:
    """Warehouses where goods that come in pay batch debt, with company and limits; their SETTLEMENT locks are held. Three queries."""
    entities = {known.warehouses[code]: known.entities[code] for code in {one.value.warehouse for one in taken if one.card}}
    settings = settings_of(set(entities.values()))
    today = timezone.localdate()
    switched_on = {entity for entity, own in settings.items() if own.inventory_pay_debt_on_receipt}
    open_today = {entity for entity in switched_on if not closed_by(entity, today)}
    paying = {warehouse: (entity, payback_limits(settings[entity])) for warehouse, entity in entities.items() if entity in open_today}
    lock_for_transaction(SETTLEMENT, list(paying))
    return paying


def _pay_debt(taken: Sequence[_Taken], known: _Known, paying: Mapping[int, tuple[int, PaybackLimits]]) -> dict[str, Problem]:
    """What came in pays what is owed of it, a settlement per warehouse; gives by warehouse what is above the limits and only proposed.

    A fixed number of queries for each.
    """
    codes = {row_id: code for code, row_id in known.warehouses.items()}
    warnings: dict[str, Problem] = {}
    for warehouse_id, (entity, limits) in sorted(paying.items()):
        items = {one.item_id for one in taken if one.card and known.warehouses[one.value.warehouse] == warehouse_id}
        how = Settling(GOODS_RECEIVED, IMPORT_ACTOR)
        paid = pay_within_limits(warehouse_id, entity, Selection([warehouse_id], items), how, limits)
        if paid.proposed:
            warnings[codes[warehouse_id]] = payback_proposed(codes[warehouse_id], paid.proposed)
    return warnings


def _decide(receipts: Sequence[ReceiptToWrite]) -> list[NewAdjustment]:
    """Decides lines of a moving average by the rule and hands them to the work table; gives the adjustments that they bring."""
    costs, came_in = _cost(receipts)
    writes.fill_costs((one.id, cost) for one, cost in zip(receipts, came_in, strict=True))
    return [
        NewAdjustment(
            one.pool, one.day, AdjustmentReason.ISSUED_BELOW_ZERO, costs[one.pool].quantity, costs[one.pool].unit_cost, cost.adjustment,
            (SourceKind.RECEIPT_LINE, one.id),
        )
        for one, cost in zip(receipts, came_in, strict=True) if cost.adjustment
    ]  # fmt: skip


def _cost(receipts: Sequence[ReceiptToWrite]) -> tuple[dict[StockKey, PoolCost], list[ReceiptCost]]:
    """What stock costs after the receipts, kept, and what each of them does to it, in their order. Five queries at most.

    Holds the cost rows: those that there are none of yet are made as they come out, the others are held in their order.
    """
    of_pool: dict[StockKey, list[int]] = {}
    for place, one in enumerate(receipts):
        of_pool.setdefault(one.pool, []).append(place)
    costs = costs_of_new(of_pool)
    # Where there was no cost row yet, nothing arrived before.
    done = _received(receipts, costs, {pool: of_pool[pool] for pool in costs}, {})
    made = insert_costs(costs)
    if rest := {pool: places for pool, places in of_pool.items() if pool not in made}:
        # Also those that somebody made meanwhile: what came out for them above is forgotten.
        held = pool_costs(rest, lock=True)
        done |= _received(receipts, held, rest, arrived_since_last_move({pool for pool in rest if held[pool].moving_average}))
        save_costs(held)
        costs |= held
    return costs, [done[place] for place in range(len(receipts))]


def _received(
    receipts: Sequence[ReceiptToWrite],
    costs: Mapping[StockKey, PoolCost],
    of_pool: Mapping[StockKey, Sequence[int]],
    arrived: Mapping[StockKey, Arrived],
) -> dict[int, ReceiptCost]:
    """What receipts do to the cost of their items, by their places, which `of_pool` gives; moves `costs` along."""
    done: dict[int, ReceiptCost] = {}
    for pool, places in of_pool.items():
        cost = costs[pool]
        if not cost.moving_average:
            for place in places:
                done[place] = cost.receive(receipts[place].quantity, receipts[place].unit_cost)
            continue
        new = [
            Arrival(datetime.fromisoformat(one.moment), one.receipt, one.line, one.quantity, one.unit_cost)
            for one in map(receipts.__getitem__, places)
        ]
        done |= zip(places, receive_in_order(cost, arrived.get(pool, Arrived([])), new), strict=True)
    return done
