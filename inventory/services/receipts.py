"""Import of receipts: what comes in is in stock at once, and in the ledger."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.history import record_history
from core.db.locks import IMPORT, SETTLEMENT, lock_for_transaction
from core.db.meant_codes import name_meant_in
from core.db.upsert import ids_by_code
from core.lib.document_kinds import SourceKind
from core.lib.imports import BatchResult, ImportKind, Row, content_digest
from core.lib.parsing import utc_text
from core.lib.problems import Problem
from inventory.models import Batch
from inventory.queries import receipts as stock_reads
from inventory.queries.costing import arrived_since_last_move, costs_of_new, pool_costs
from inventory.queries.imports import ReceiptItem, items_to_receive, receipt_digests
from inventory.queries.named import NAMED_BY, entities_of_warehouses
from inventory.queries.receipts import Received
from inventory.queries.settlements import Selection
from inventory.rules.costing import AdjustmentReason, Arrival, Arrived, PoolCost, ReceiptCost, receive_in_order
from inventory.rules.fallback import receipt_of_default_batch
from inventory.rules.file_columns import ReceiptRow
from inventory.rules.plausible import Limits
from inventory.rules.receipts import (
    AVAILABLE,
    NEEDED_POSTINGS,
    BatchCards,
    Delivered,
    ReceivedLine,
    delivered,
    duplicate_receipt,
    receipt_vouchers,
)
from inventory.rules.stock import OnHandKey, StockKey
from inventory.services.barcodes import with_named_items
from inventory.services.plausible import plausible_amounts
from inventory.services.settlements import Settling, closed_by, post_settlement
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


@transaction.atomic
def import_receipts(rows: Sequence[Row[ReceiptRow]]) -> BatchResult:
    """Posts one batch of receipt lines: batches, receipt lines, movements, on-hand, costs, a voucher per receipt and date.

    A repeat with the same content counts as unchanged. Takes the import lock of its kind, then cost rows and on-hand rows in posting's
    order; a fixed number of queries. Raises IntegrityError when somebody made a batch of the same number meanwhile; the caller tries
    again.
    """
    lock_for_transaction(IMPORT, [ImportKind.RECEIPTS])
    result = BatchResult()
    rows = with_named_items(rows)
    warehouses = ids_by_code("inventory_warehouse", {row.value.warehouse for row in rows})
    entities = entities_of_warehouses(warehouses)
    # A number is known within the company of the warehouse; without one the row is refused.
    keys = [(entities.get(row.value.warehouse, 0), row.value.receipt, row.value.line) for row in rows]
    before = receipt_digests(keys)
    fresh = {key: row.value for key, row in zip(keys, rows, strict=True) if key not in before}
    dates = {(entities[row.warehouse], row.received_at.date()) for row in fresh.values() if row.warehouse in entities}
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
        items_to_receive({row.item for row in fresh.values()}),
        ids_by_code("inventory_disposition", {row.disposition for row in fresh.values()} | {AVAILABLE}),
        plausible_amounts(set(entities.values())),
    )
    cards = BatchCards(stock_reads.batch_cards({(row.item, row.batch) for row in fresh.values() if row.batch}))
    accepted: list[tuple[ReceiptRow, UUID]] = []
    arrived = stock_reads.receipts_like(_deliveries(fresh.values(), known, cards))
    moments: dict[datetime, str] = {}
    for key, row in zip(keys, rows, strict=True):
        digest = _digest(row.value, moments)
        if key in before and before[key] == digest:
            result.unchanged += 1
        elif key in before:
            result.reject(row, Problem("CONFLICT", {"receipt": key[1], "line": key[2]}, variant="receipt_line"))
        elif problem := _refusal(row.value, known, cards):
            result.reject(row, problem)
        else:
            before[key] = digest
            accepted.append((row.value, digest))
            numbers = arrived.setdefault(delivered(row.value), set())
            limits = known.limits.get(key[0], Limits())
            for warning in (
                duplicate_receipt(row.value, numbers) if numbers else None,
                limits.of_quantity(row.value.item, row.value.quantity) or limits.of_amount(row.value.quantity * row.value.unit_cost),
            ):
                if warning:
                    result.warn(row, warning)
            numbers.add(row.value.receipt)
    if accepted:
        paying = _warehouses_that_pay(accepted, known)
        _post(accepted, known, cards)
        _pay_debt(accepted, known, paying)
    result.new = len(accepted)
    name_meant_in(result, NAMED_BY)
    return result


@transaction.atomic
def register_receipt(rows: Sequence[Row[ReceiptRow]], actor: str) -> BatchResult:
    """Takes in all lines of a receipt, or none; one that was sent twice comes in once. Locks and raises as `import_receipts`, and
    BusinessError with the problems of its lines.
    """
    result = import_receipts(rows)
    result.refuse_rejects()
    if result.new:
        record_audit(AuditEntry.Action.RECEIVE, actor, rows[0].value.receipt, {"lines": result.new, "warehouse": rows[0].value.warehouse})
    return result


def _digest(row: ReceiptRow, moments: dict[datetime, str]) -> UUID:
    """Everything but the key; the offset in which the moment is written does not matter. `moments` keeps how moments are written."""
    moment = moments.get(row.received_at)
    if moment is None:
        moment = moments[row.received_at] = utc_text(row.received_at)
    return content_digest((*row[2:7], moment, *row[8:11]))


def _deliveries(rows: Iterable[ReceiptRow], known: _Known, cards: BatchCards) -> dict[Delivered, OnHandKey]:
    """What rows bring, where it could have come in before: an item or batch that is made now never did."""
    found: dict[Delivered, OnHandKey] = {}
    for row in rows:
        warehouse, item = known.warehouses.get(row.warehouse), known.items.get(row.item)
        card = cards.cards.get((row.item, row.batch)) if row.batch else None
        if warehouse is not None and item is not None and (card is not None or not row.batch):
            found[delivered(row)] = (warehouse, item.id, card.id if card else None)
    return found


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


def _post(accepted: Sequence[tuple[ReceiptRow, UUID]], known: _Known, cards: BatchCards) -> None:
    """Writes receipts in the order in which goods came in, whatever the order of the rows: a moving average hangs on it."""
    item_ids = {code: item.id for code, item in known.items.items()}
    new = {(item_ids[item], number): card for (item, number), card in cards.cards.items() if card.id is None}
    made = writes.insert_batches(new, known.dispositions)
    # Whether a batch was blocked on a day of the past is read from its history.
    record_history(Batch, made.values(), "+", "import_data")
    writes.fill_batch_dates([card for card in cards.cards.values() if card.id is not None and card.filled])
    batch_ids: dict[tuple[str, str], int | None] = {
        key: card.id if card.id is not None else made[item_ids[key[0]], key[1]] for key, card in cards.cards.items()
    }
    receipts: list[ReceiptToWrite] = [
        (row, known.warehouses[row.warehouse], item_ids[row.item], batch_ids[row.item, row.batch] if row.batch else None, digest)
        for row, digest in sorted(accepted, key=lambda pair: (pair[0].received_at, pair[0].receipt, pair[0].line))
    ]
    costs, came_in = _cost(receipts)
    writes.add_stock(_sums(receipts))
    ids = writes.insert_receipts(receipts, known.entities, [cost.value for cost in came_in])
    insert_adjustments(
        [
            NewAdjustment(
                (warehouse_id, item_id), row.received_at.date(), AdjustmentReason.ISSUED_BELOW_ZERO,
                costs[warehouse_id, item_id].quantity, costs[warehouse_id, item_id].unit_cost, cost.adjustment,
                (SourceKind.RECEIPT_LINE, row_id),
            )
            for (row, warehouse_id, item_id, _, _), cost, row_id in zip(receipts, came_in, ids, strict=True)
            if cost.adjustment
        ]
    )  # fmt: skip
    lines = [
        ReceivedLine(row.receipt, row.line, row_id, known.entities[row.warehouse], row.received_at.date(), cost)
        for (row, *_), cost, row_id in zip(receipts, came_in, ids, strict=True)
    ]
    insert_vouchers(receipt_vouchers(lines, known.accounts))


def _warehouses_that_pay(accepted: Sequence[tuple[ReceiptRow, UUID]], known: _Known) -> dict[int, int]:
    """Warehouses where goods that come in pay batch debt, with their legal entities; their SETTLEMENT locks are held. Three queries."""
    entities = {known.warehouses[row.warehouse]: known.entities[row.warehouse] for row, _ in accepted if row.batch}
    settings = settings_of(set(entities.values()))
    today = timezone.localdate()
    switched_on = {entity for entity, own in settings.items() if own.inventory_pay_debt_on_receipt}
    open_today = {entity for entity in switched_on if not closed_by(entity, today)}
    paying = {warehouse: entity for warehouse, entity in entities.items() if entity in open_today}
    lock_for_transaction(SETTLEMENT, list(paying))
    return paying


def _pay_debt(accepted: Sequence[tuple[ReceiptRow, UUID]], known: _Known, paying: Mapping[int, int]) -> None:
    """What came in pays what is owed of it, a settlement per warehouse; a fixed number of queries for each."""
    for warehouse_id, entity in sorted(paying.items()):
        items = {known.items[row.item].id for row, _ in accepted if row.batch and known.warehouses[row.warehouse] == warehouse_id}
        post_settlement(warehouse_id, entity, Selection([warehouse_id], items), Settling(GOODS_RECEIVED, IMPORT_ACTOR))


def _cost(receipts: Sequence[ReceiptToWrite]) -> tuple[dict[StockKey, PoolCost], list[ReceiptCost]]:
    """What stock costs after the receipts, kept, and what each of them does to it, in their order. Five queries at most.

    Holds the cost rows: those that there are none of yet are made as they come out, the others are held in their order.
    """
    of_pool: dict[StockKey, list[int]] = {}
    for place, (_, warehouse_id, item_id, _, _) in enumerate(receipts):
        of_pool.setdefault((warehouse_id, item_id), []).append(place)
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
                row = receipts[place][0]
                done[place] = cost.receive(row.quantity, row.unit_cost)
            continue
        rows = [receipts[place][0] for place in places]
        new = [Arrival(row.received_at, row.receipt, row.line, row.quantity, row.unit_cost) for row in rows]
        done |= zip(places, receive_in_order(cost, arrived.get(pool, Arrived([])), new), strict=True)
    return done


def _sums(receipts: Sequence[ReceiptToWrite]) -> dict[OnHandKey, Received]:
    """Quantity and earliest moment per on-hand row."""
    sums: dict[OnHandKey, tuple[Decimal, datetime]] = {}
    for row, warehouse_id, item_id, batch_id, _ in receipts:
        key = (warehouse_id, item_id, batch_id)
        if key in sums:
            quantity, first = sums[key]
            sums[key] = (quantity + row.quantity, min(first, row.received_at))
        else:
            sums[key] = (row.quantity, row.received_at)
    return {key: Received(*values) for key, values in sums.items()}
