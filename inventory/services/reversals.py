"""Movements taken back exactly: same batches, same cost, debts and credits of default batches as they were (docs/posting.md#reversals).

For whoever reverses a posted document in one transaction: `ledger.services.begin_reversal`, then `take_back_movements`, then
`ledger.writes.mirror_vouchers`; what the value of stock then lacks is posted here as a cost adjustment.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.problems import BusinessError, Problem
from inventory.queries.costing import pool_costs
from inventory.queries.policies import Policies
from inventory.queries.reversals import hold_on_hand, load_postings, names_of, settled_postings
from inventory.rules.costing import AdjustmentReason, PoolCost
from inventory.rules.default_stock import Place
from inventory.rules.issues import Delta, Movement
from inventory.rules.reversals import DefaultStockUndone, StockBefore, TakenBack, missing_stock, stock_taken_since, undo_default_stock
from inventory.rules.stock import OnHandKey, StockKey
from inventory.writes.costing import NewAdjustment, insert_adjustments, save_costs
from inventory.writes.issues import apply_deltas, insert_movements
from inventory.writes.reversals import write_default_stock_undone
from ledger.queries import posting_accounts
from ledger.rules.reversals import DocumentToReverse
from ledger.rules.vouchers import Entry, VoucherPlan, account_missing, merged
from ledger.writes import insert_vouchers

_ACCOUNTS = ("inventory", "cost_adjustment")


def take_back_movements(parts: Sequence[TakenBack], kind: SourceKind, what: DocumentToReverse, reversal_id: int) -> None:
    """Takes movements, or parts of them, back in the caller's transaction; a fixed number of queries.

    Locks the cost rows, then the on-hand rows, in the order of posting. Raises BusinessError STOCK_TAKEN_SINCE, DEBT_SETTLED,
    ACCOUNT_MISSING, and IntegrityError where one of the parts (kind, key, batch) was taken back before.
    """
    if not parts:
        return
    changes: dict[OnHandKey, Decimal] = {}
    for part in parts:
        key = (part.warehouse_id, part.item_id, part.batch_id)
        changes[key] = changes.get(key, ZERO) - part.quantity
    costs = pool_costs({key[:2] for key in changes}, lock=True)
    before = hold_on_hand(changes)
    _refuse_missing_stock(changes, before, what)
    insert_movements(
        [Movement(p.warehouse_id, p.item_id, p.batch_id, -p.quantity, what.on or p.date, p.key, -p.cost_amount) for p in parts],
        kind,
    )
    _change_stock(parts, changes, before, what)
    _change_costs(parts, costs, what, reversal_id)


def _refuse_missing_stock(changes: Mapping[OnHandKey, Decimal], before: Mapping[OnHandKey, StockBefore], what: DocumentToReverse) -> None:
    policies = Policies().load({key[:2] for key in changes})
    for key, change in changes.items():
        if missing := missing_stock(change, before[key], may_be_negative=policies[key[:2]].negative_physical):
            item, batch, warehouse, unit = names_of(key)
            raise BusinessError(stock_taken_since(what.document, item, batch, warehouse, missing, unit))


def _change_stock(
    parts: Sequence[TakenBack], changes: Mapping[OnHandKey, Decimal], before: Mapping[OnHandKey, StockBefore], what: DocumentToReverse
) -> None:
    """On-hand, and debts and credits behind that of default batches."""
    deltas: dict[OnHandKey, Delta] = {}
    after: dict[Place, Decimal] = {}
    for key, change in changes.items():
        may_go_negative = before[key].physical + change < 0
        if before[key].is_default:
            assert key[2] is not None
            after[Place(key[0], key[1], key[2])] = before[key].physical + change
            change = ZERO
        if change or may_go_negative:
            deltas[key] = Delta(change, may_go_negative, is_default=before[key].is_default)
    if deltas:
        apply_deltas(deltas, {key: row.row_id for key, row in before.items()})
    if after:
        lines = {
            part.line: part.date
            for part in parts
            if part.batch_id is not None and (part.warehouse_id, part.item_id, part.batch_id) in after
        }
        postings, uses = load_postings(lines, after)
        undone = undo_default_stock(lines, after, postings, uses)
        _keep_settled(undone, what)
        write_default_stock_undone(undone)


def _keep_settled(undone: DefaultStockUndone, what: DocumentToReverse) -> None:
    """What real batches paid is undone by whoever settled it; what was settled and undone stays as the paper trail wants it, closed."""
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
                raise BusinessError(Problem("DEBT_SETTLED", {"document": what.document, "settlement": number}))
            posting.is_gone, posting.is_changed = False, True


def _change_costs(parts: Sequence[TakenBack], costs: Mapping[StockKey, PoolCost], what: DocumentToReverse, reversal_id: int) -> None:
    """What stock is worth, and an adjustment with its voucher where that is not what it cost."""
    moved: dict[StockKey, tuple[Decimal, Decimal, date]] = {}
    for part in parts:
        pool = (part.warehouse_id, part.item_id)
        quantity, cost, day = moved.get(pool, (ZERO, ZERO, date.min))
        moved[pool] = (quantity - part.quantity, cost - part.cost_amount, max(day, what.on or part.date))
    adjustments = []
    for pool, (quantity, cost, day) in moved.items():
        if amount := costs[pool].reverse(quantity, cost):
            adjustments.append(
                NewAdjustment(
                    *(pool, day, AdjustmentReason.REVERSED_AT_ITS_COST, costs[pool].quantity, costs[pool].unit_cost, amount),
                    (SourceKind.REVERSAL, reversal_id),
                )
            )
    save_costs({pool: costs[pool] for pool in moved})
    if not adjustments:
        return
    ids = insert_adjustments(adjustments)
    entity = what.legal_entity_id
    accounts = posting_accounts({entity})
    if missing := [kind for kind in _ACCOUNTS if (entity, kind, "") not in accounts]:
        raise BusinessError(account_missing(missing))
    total = sum((adjustment.amount for adjustment in adjustments), ZERO)
    entries = merged((Entry(accounts[entity, "inventory", ""], total), Entry(accounts[entity, "cost_adjustment", ""], -total)))
    day = max(adjustment.date for adjustment in adjustments)
    insert_vouchers([VoucherPlan(entity, f"REVERSAL-{reversal_id}-ADJ", day, SourceKind.COST_ADJUSTMENT, ids[0], "cost", entries)])
