"""Movements taken back exactly: same batches, same cost, debts and credits of default batches as they were (docs/posting.md#reversals).

For whoever reverses posted documents in one transaction: what they moved goes into the work table of takes
(`inventory/writes/taking_back.py`), then `ledger.services.begin_reversals`, `take_back`, `ledger.writes.mirror_vouchers`; what the value of
stock then lacks is posted here as cost adjustments.
"""

from collections.abc import Collection, Mapping, Sequence

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError, Problem
from inventory.queries.costing import pool_costs
from inventory.queries.policies import Policies
from inventory.queries.reversals import load_postings, names_of, settled_postings
from inventory.rules.costing import AdjustmentReason
from inventory.rules.reversals import DefaultStockUndone, TakenBack, missing_stock, stock_taken_since, undo_default_stock
from inventory.rules.stock import StockKey
from inventory.writes import taking_back as writes
from inventory.writes.costing import NewAdjustment, insert_adjustments, save_costs
from inventory.writes.default_stock import write_default_stock_undone
from inventory.writes.takes import forget_takes, insert_movements, make_work_tables, take_off_hand
from inventory.writes.taking_back import DefaultLine
from ledger.queries import posting_accounts
from ledger.rules.reversals import DocumentToReverse
from ledger.rules.vouchers import Entry, VoucherPlan, account_missing, merged
from ledger.writes import insert_vouchers

_ACCOUNTS = ("inventory", "cost_adjustment")


def empty_work_table() -> None:
    """Begins taking back in the caller's transaction: nothing is in the work table of takes; two queries."""
    make_work_tables()
    forget_takes()


def take_back_parts(parts: Sequence[TakenBack], kind: SourceKind, what: DocumentToReverse, reversal_id: int) -> None:
    """As `take_back`, for one document, of which these movements, or parts of them, are taken back."""
    if parts:
        empty_work_table()
        writes.put_back(what.source_id, parts)
        take_back(kind, {reversal_id: what})


def take_back(kind: SourceKind, documents: Mapping[int, DocumentToReverse]) -> None:
    """Takes what is in the work table back in the caller's transaction; a fixed number of queries. `documents` by reversal.

    Locks the cost rows, then the on-hand rows, in the order of posting. Raises BusinessError STOCK_TAKEN_SINCE, DEBT_SETTLED,
    ACCOUNT_MISSING, and IntegrityError where one of the parts (kind, key, batch) was taken back before.
    """
    of_document = {what.source_id: (reversal_id, what) for reversal_id, what in documents.items()}
    writes.hold_stock()
    _refuse_missing_stock(of_document)
    lines = writes.default_lines()
    if on := next(iter(documents.values())).on:
        writes.date_takes(on)
    insert_movements(kind, by_line=True)
    take_off_hand()
    if lines:
        _undo_default_stock(lines, of_document)
    if pools := writes.save_plain_costs():
        _change_costs(pools, of_document)


def _refuse_missing_stock(documents: Mapping[int, tuple[int, DocumentToReverse]]) -> None:
    short = writes.short_stock()
    if not short:
        return
    policies = Policies().load({one.key[:2] for one in short})
    for one in short:
        if missing := missing_stock(one.change, one.before, may_be_negative=policies[one.key[:2]].negative_physical):
            item, batch, warehouse, unit = names_of(one.key)
            raise BusinessError(stock_taken_since(documents[one.document][1].document, item, batch, warehouse, missing, unit))


def _undo_default_stock(found: Sequence[DefaultLine], documents: Mapping[int, tuple[int, DocumentToReverse]]) -> None:
    """Debts and credits behind the stock of default batches, without the lines."""
    lines = {line.source: line.day for line in found}
    after = {line.place: line.after for line in found}
    postings, uses = load_postings(lines, after)
    undone = undo_default_stock(lines, after, postings, uses)
    _keep_settled(undone, {line.source: documents[line.document][1].document for line in found})
    write_default_stock_undone(undone)


def _keep_settled(undone: DefaultStockUndone, documents: Mapping[tuple[int, int], str]) -> None:
    """What real batches paid is undone by whoever settled it; what was settled and undone stays as the paper trail wants it, closed.

    `documents` are names by line.
    """
    gone = undone.gone
    if not gone:
        return
    found = settled_postings(
        [posting.id for posting in gone if posting.is_debt and posting.id],
        [posting.id for posting in gone if not posting.is_debt and posting.id],
    )
    for posting in gone:
        place = (posting.is_debt, posting.id or 0)
        if place in found:
            if number := found[place]:
                document = documents.get(posting.source) or next(iter(documents.values()))
                raise BusinessError(Problem("DEBT_SETTLED", {"document": document, "settlement": number}))
            posting.is_gone, posting.is_changed = False, True


def _change_costs(pools: Collection[StockKey], documents: Mapping[int, tuple[int, DocumentToReverse]]) -> None:
    """What stock of these pools is worth by the rule, and adjustments with a voucher of each document where that is not what it cost."""
    costs = pool_costs(pools, lock=True)
    adjustments: dict[int, list[NewAdjustment]] = {}
    for moved in writes.moved_in(pools):
        pool = (moved.warehouse_id, moved.item_id)
        if amount := costs[pool].reverse(moved.quantity, moved.cost):
            adjustments.setdefault(moved.document, []).append(
                NewAdjustment(
                    *(pool, moved.day, AdjustmentReason.REVERSED_AT_ITS_COST, costs[pool].quantity, costs[pool].unit_cost, amount),
                    (SourceKind.REVERSAL, documents[moved.document][0]),
                )
            )
    save_costs(costs)
    if not adjustments:
        return
    ids = iter(insert_adjustments([one for of_document in adjustments.values() for one in of_document]))
    entities = {documents[document][1].legal_entity_id for document in adjustments}
    accounts = posting_accounts(entities)
    if missing := [kind for entity in sorted(entities) for kind in _ACCOUNTS if (entity, kind, "") not in accounts]:
        raise BusinessError(account_missing(missing))
    vouchers = []
    for document, of_document in adjustments.items():
        reversal_id, what = documents[document]
        first, *_ = (next(ids) for _ in of_document)
        vouchers.append(_voucher(what.legal_entity_id, reversal_id, of_document, first, accounts))
    insert_vouchers(vouchers)


def _voucher(
    legal_entity_id: int, reversal_id: int, adjustments: Sequence[NewAdjustment], first: int, accounts: Mapping[tuple[int, str, str], int]
) -> VoucherPlan:
    total = sum((one.amount for one in adjustments), ZERO)
    entries = merged(
        (
            Entry(accounts[legal_entity_id, "inventory", ""], total),
            Entry(accounts[legal_entity_id, "cost_adjustment", ""], -total),
        )
    )
    day = max(one.date for one in adjustments)
    return VoucherPlan(legal_entity_id, f"REVERSAL-{reversal_id}-ADJ", day, SourceKind.COST_ADJUSTMENT, first, "cost", entries)
