"""Journals: what is adjusted, counted, transferred, written off, sent back or corrected is in stock and in the ledger at once."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, tzinfo
from uuid import UUID

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.bulk import reserve_ids
from core.db.locks import IMPORT, lock_for_transaction
from core.db.meant_codes import name_meant_in
from core.db.upsert import ids_by_code
from core.lib.document_kinds import SourceKind
from core.lib.imports import BatchResult, ImportKind, Row, content_digest
from core.lib.problems import Problem
from inventory.models import Journal
from inventory.queries.costing import pool_costs
from inventory.queries.journals import JournalItem, items_to_move, journal_digests, received_goods, reversed_journals
from inventory.queries.named import NAMED_BY, batches_named, entities_of_warehouses
from inventory.queries.policies import Policies
from inventory.queries.stock import load_default_stock, load_stock
from inventory.rules.captured import differing_expiry, expiry_differs
from inventory.rules.default_stock import Place
from inventory.rules.facts import BatchFacts
from inventory.rules.file_columns import STOCKED
from inventory.rules.journal_columns import JournalKind, JournalRow
from inventory.rules.journals import (
    NEEDED_BY_KIND,
    JournalStock,
    LineToPost,
    PostedLine,
    ReceivedGoods,
    adjustment_vouchers,
    journal_vouchers,
    receipt_differs,
)
from inventory.rules.plausible import Limits
from inventory.rules.stock import StockKey
from inventory.services.barcodes import with_named_items
from inventory.services.plausible import plausible_amounts
from inventory.services.time_zones import start_of_day, zones_of_warehouses
from inventory.writes.costing import NewAdjustment, ensure_cost_rows, insert_adjustments, save_costs
from inventory.writes.default_stock import write_default_stock
from inventory.writes.issues import apply_deltas
from inventory.writes.journals import ensure_journals, insert_lines
from ledger.queries import Accounts, closed_dates, posting_accounts
from ledger.rules.vouchers import account_missing, period_closed
from ledger.services import ensure_periods
from ledger.writes import insert_vouchers


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows of a batch name; `entities` by warehouse, batches by (item id, number), receipts by (company, receipt, line)."""

    warehouses: Mapping[str, int]
    entities: Mapping[str, int]
    accounts: Accounts
    closed: Mapping[tuple[int, date], str]
    items: Mapping[str, JournalItem]
    batches: Mapping[tuple[int, str], BatchFacts]
    receipts: Mapping[tuple[int, str, int], ReceivedGoods]
    zones: Mapping[int, tzinfo]
    taken_back: Set[tuple[int, str]]


@transaction.atomic
def post_journal(rows: Sequence[Row[JournalRow]], actor: str) -> int:
    """Posts a journal whole or not at all, and gives its id; one that was sent twice is posted once. Locks and raises as `import_journals`,
    and BusinessError with the problems of its lines.
    """
    result = import_journals(rows, actor)
    result.refuse_rejects()
    row = rows[0].value
    journal = Journal.objects.get(number=row.journal, legal_entity__warehouse__code=row.warehouse)
    if result.new:
        record_audit(AuditEntry.Action.JOURNAL, actor, journal.number, {"lines": result.new, "reason": row.reason})
    return journal.pk


@transaction.atomic
def import_journals(rows: Sequence[Row[JournalRow]], actor: str = "command") -> BatchResult:
    """Posts journal lines in their order: stock, movements, costs, debt and credit of default batches, a voucher per journal and date.

    A line is posted or refused for itself; a repeat with the same content counts as unchanged. Takes the import lock of its kind, then
    cost rows and on-hand rows in posting's order; a fixed number of queries. Raises StaleStock when stock changed in spite of the locks.
    """
    lock_for_transaction(IMPORT, [ImportKind.JOURNALS])
    result = BatchResult()
    rows, expiries = with_named_items(rows, result)
    codes = {code for row in rows for code in (row.value.warehouse, row.value.to_warehouse) if code}
    warehouses = ids_by_code("inventory_warehouse", codes)
    entities = entities_of_warehouses(warehouses)
    # A number is known within the company of the warehouse; without one the row is refused.
    keys = [(entities.get(row.value.warehouse, 0), row.value.journal, row.value.line) for row in rows]
    before = journal_digests(keys)
    fresh: list[tuple[Row[JournalRow], tuple[int, str, int], UUID]] = []
    for key, row in zip(keys, rows, strict=True):
        digest = content_digest(row.value[2:])
        if key in before and before[key] == digest:
            result.unchanged += 1
            result.repeated.append(row.number)
        elif key in before:
            result.reject(row, Problem("CONFLICT", {"journal": key[1], "line": key[2]}, variant="journal_line"))
        else:
            fresh.append((row, key, digest))
    if fresh:
        limits = plausible_amounts({key[0] for _, key, _ in fresh if key[0]})
        for row, key, _ in fresh:
            if warning := limits.get(key[0], Limits()).of_quantity(row.value.item, row.value.quantity):
                result.warn(row, warning)
        known = _read_known([row.value for row, _, _ in fresh], warehouses, entities)
        _post_fresh(fresh, known, result, actor)
        if expiries:
            _warn_of_expiries(fresh, expiries, known, result)
    name_meant_in(result, NAMED_BY)
    return result


def _warn_of_expiries(
    fresh: Sequence[tuple[Row[JournalRow], tuple[int, str, int], UUID]], expiries: Mapping[int, date], known: _Known, result: BatchResult
) -> None:
    """Says of goods that were scanned with another expiry than their batch has."""
    for row, _, _ in fresh:
        item = known.items.get(row.value.item)
        batch = known.batches.get((item.id, row.value.batch)) if item else None
        scanned = expiries.get(row.number)
        if batch is not None and (said := differing_expiry(row.value.item, row.value.batch, batch.expires_on, scanned)):
            result.warn(row, expiry_differs(said))


def _read_known(rows: Sequence[JournalRow], warehouses: Mapping[str, int], entities: Mapping[str, int]) -> _Known:
    dates = {(entities[row.warehouse], row.date) for row in rows if row.warehouse in entities}
    ensure_periods(dates)
    receipts = received_goods({(entities[row.warehouse], *row.receipt_key) for row in rows if row.receipt and row.warehouse in entities})
    items = items_to_move({row.item for row in rows})
    named = {(row.item, row.batch) for row in rows if row.batch} | {(one.item, one.batch) for one in receipts.values() if one.batch}
    return _Known(
        warehouses,
        entities,
        posting_accounts(set(entities.values())),
        closed_dates(dates, goods=True),
        items,
        batches_named({(items[item].id, number) for item, number in named if item in items}),
        receipts,
        zones_of_warehouses(set(warehouses.values())),
        reversed_journals({(entities[row.warehouse], row.journal) for row in rows if row.warehouse in entities}),
    )


def _refusal(row: JournalRow, known: _Known) -> Problem | None:
    """Why a row cannot be posted, whatever the stock."""
    for code in (row.warehouse, row.to_warehouse):
        if code and code not in known.warehouses:
            return Problem("UNKNOWN_WAREHOUSE", {"warehouse": code})
    entity, item = known.entities[row.warehouse], known.items.get(row.item)
    if row.to_warehouse and known.entities[row.to_warehouse] != entity:
        return Problem("OTHER_COMPANY", {"warehouse": row.warehouse, "to_warehouse": row.to_warehouse}, variant="transfer")
    if (entity, row.journal) in known.taken_back:
        return Problem("REVERSED_ALREADY", {"journal": row.journal}, variant="journal")
    if closed := known.closed.get((entity, row.date)):
        return period_closed(row.date, closed)
    if missing := [kind for kind in NEEDED_BY_KIND[row.kind] if (entity, kind, "") not in known.accounts]:
        return account_missing(missing)
    if item is None:
        return Problem("UNKNOWN_ITEM", {"item": row.item})
    if item.kind != STOCKED:
        return Problem("ITEM_NOT_STOCKED", {"item": row.item})
    if row.kind is JournalKind.RECEIPT_CORRECTION:
        received = known.receipts.get((entity, *row.receipt_key))
        if received is None:
            return Problem("UNKNOWN_RECEIPT", {"warehouse": row.warehouse, "receipt": row.receipt})
        return receipt_differs(row, received)
    if item.batch_tracked and not row.batch:
        return Problem("BATCH_REQUIRED", {"item": row.item})
    if row.batch and not item.batch_tracked:
        return Problem("BATCH_NOT_ALLOWED", {"item": row.item, "batch": row.batch})
    if row.batch and (item.id, row.batch) not in known.batches:
        return Problem("UNKNOWN_BATCH", {"item": row.item, "batch": row.batch})
    return None


def _post_fresh(
    fresh: Sequence[tuple[Row[JournalRow], tuple[int, str, int], UUID]], known: _Known, result: BatchResult, actor: str
) -> None:
    """Posts rows whose keys are not known, in their order; a key that comes again is the same row or a conflict."""
    taken: dict[tuple[int, str, int], UUID] = {}
    ids = reserve_ids("inventory_journalline", len(fresh))
    candidates = []
    for (row, key, digest), line_id in zip(fresh, ids, strict=True):
        if problem := _refusal(row.value, known):
            result.reject(row, problem)
        else:
            candidates.append((row, key, digest, _resolved(row.value, line_id, known)))
    stock = _hold_stock([line for *_, line in candidates])
    digests: dict[int, UUID] = {}
    for row, key, digest, line in candidates:
        if key in taken and taken[key] == digest:
            result.unchanged += 1
            result.repeated.append(row.number)
        elif key in taken:
            result.reject(row, Problem("CONFLICT", {"journal": key[1], "line": key[2]}, variant="journal_line"))
        elif problem := stock.journal.post(line):
            result.reject(row, problem)
        else:
            taken[key] = digests[line.line_id] = digest
    if stock.journal.posted:
        _write(stock, known, digests, actor)
    result.new = len(stock.journal.posted)


def _resolved(row: JournalRow, line_id: int, known: _Known) -> LineToPost:
    """A row that can be posted, with what it names."""
    entity, item = known.entities[row.warehouse], known.items[row.item]
    received = known.receipts[entity, *row.receipt_key] if row.receipt else None
    batch = known.batches.get((item.id, received.batch if received else row.batch))
    warehouse = known.warehouses[row.warehouse]
    target = known.warehouses[row.to_warehouse] if row.to_warehouse else None
    return LineToPost(
        line_id,
        row,
        item.unit,
        entity,
        (warehouse, item.id),
        None if target is None else (target, item.id),
        batch.id if batch else None,
        batch.is_default_batch if batch else False,
        received,
        start_of_day(row.date, known.zones[target or warehouse]),
    )


@dataclass(frozen=True, slots=True)
class _HeldStock:
    """Stock of the places that lines name, with its on-hand rows."""

    journal: JournalStock
    on_hand_ids: Mapping[tuple[int, int, int | None], int]


def _hold_stock(lines: Sequence[LineToPost]) -> _HeldStock:
    """Holds cost rows and on-hand rows of the places that the lines name and reads them, with what is owed and lies on default batches."""
    pools: set[StockKey] = {pool for line in lines for pool in (line.pool, line.to_pool) if pool is not None}
    if not pools:
        return _HeldStock(JournalStock({}, {}, load_default_stock((), (), SourceKind.JOURNAL_LINE)), {})
    ensure_cost_rows(pools)
    costs = pool_costs(pools, lock=True)
    places = {
        (pool, line.batch_id) for line in lines for pool in (line.pool, line.to_pool) if pool is not None and line.batch_id is not None
    }
    loaded = load_stock(pools, places, Policies(), costs, lock=True)
    default_batches = {line.batch_id for line in lines if line.is_default_batch}
    default_places = sorted(Place(*pool, batch_id) for pool, batch_id in places if batch_id in default_batches)
    default_stock = load_default_stock(default_places, default_places, SourceKind.JOURNAL_LINE)
    return _HeldStock(JournalStock(loaded.stocks, costs, default_stock), loaded.on_hand_ids)


def _write(stock: _HeldStock, known: _Known, digests: Mapping[int, UUID], actor: str) -> None:
    posted = stock.journal.posted
    journals = ensure_journals({(one.line.legal_entity_id, one.line.row.journal) for one in posted}, actor)
    insert_lines(posted, journals, digests, actor)
    if stock.journal.deltas:
        apply_deltas(stock.journal.deltas, stock.on_hand_ids)
    write_default_stock(stock.journal.default_stock, SourceKind.JOURNAL_LINE)
    save_costs(stock.journal.costs)
    adjusted = [one for one in posted if one.adjustment]
    ids = insert_adjustments([_adjustment(one) for one in adjusted])
    insert_vouchers(journal_vouchers(posted, known.accounts) + adjustment_vouchers(list(zip(adjusted, ids, strict=True)), known.accounts))


def _adjustment(one: PostedLine) -> NewAdjustment:
    value = one.adjustment
    assert value is not None
    source = (SourceKind.JOURNAL_LINE, one.line.line_id)
    return NewAdjustment(value.pool, one.line.row.date, value.reason, value.quantity, value.unit_cost, value.amount, source)
