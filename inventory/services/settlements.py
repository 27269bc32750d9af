"""Batch debt is paid by real batches, and what paid it is undone; credit of a default batch is moved to a real batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import SETTLEMENT, lock_for_transaction
from core.lib.decimals import ZERO
from core.lib.imports import content_digest
from core.lib.messages import Params
from core.lib.problems import BusinessError, Problem
from inventory.queries import settlements as reads
from inventory.queries.costing import pool_costs
from inventory.queries.policies import Policies
from inventory.queries.settlements import Selection
from inventory.queries.stock import LoadedStock, load_stock
from inventory.rules.costing import PoolCost, worth
from inventory.rules.default_stock import Place, Posting
from inventory.rules.fallback import statement_fallback
from inventory.rules.issues import Delta
from inventory.rules.settlements import Payment, propose, reopen
from inventory.rules.stock import OnHandKey, StockKey
from inventory.writes.costing import ensure_cost_rows
from inventory.writes.default_stock import leave_open
from inventory.writes.issues import apply_deltas
from inventory.writes.proposals import decide_proposals
from inventory.writes.settlements import NewLine, insert_settlement, make_inspected_batch
from ledger.queries import closed_dates
from ledger.rules.vouchers import period_closed
from ledger.services import ensure_periods
from parameters.queries import default_batch_ids, settings_of


@dataclass(frozen=True, slots=True)
class Plan:
    """What would pay the debts of a selection, by (warehouse, item), with the stock that it was made on."""

    payments: Mapping[StockKey, Sequence[Payment]]
    loaded: LoadedStock
    costs: Mapping[StockKey, PoolCost]

    @property
    def digests(self) -> dict[StockKey, str]:
        """By (warehouse, item): two plans that pay the same by the same batches have the same digest."""
        return {
            pool: content_digest(
                value
                for payment in payments
                for value in (payment.debt.debt_id, payment.batch_id, f"{payment.quantity:.4f}", f"{payment.debt.quantity:.4f}")
            ).hex
            for pool, payments in self.payments.items()
        }

    def value_of(self, pool: StockKey, payment: Payment) -> Decimal:
        """What the paid units cost."""
        return worth(payment.quantity, payment.debt.unit_cost, self.costs[pool].decimals)

    @property
    def lines(self) -> int:
        """How many lines the settlement would have."""
        return sum(len(of) for of in self.payments.values())


@dataclass(frozen=True, slots=True)
class Settled:
    """A settlement that was posted."""

    settlement_id: int
    number: str
    warehouse_id: int
    lines: int
    quantity: Decimal


@dataclass(slots=True)
class Settling:
    """Why and by whom; `digests` are those of the plan that a person approved (none: whatever the plan is)."""

    reason: str
    actor: str
    digests: Mapping[StockKey, str] = field(default_factory=dict)


def plan_settlement(of: Selection, entity_of_warehouse: Mapping[int, int], *, lock: bool = False) -> Plan:
    """What would pay the open debts of a selection; with `lock` cost rows, then on-hand rows are held. Ten queries at most."""
    pools = reads.pools_in_debt(of)
    if lock:
        ensure_cost_rows(pools)
    costs = pool_costs(pools, lock=lock)
    loaded = load_stock(pools, (), Policies(), costs, lock=lock)
    debts = reads.open_debts(pools, of.through)
    real = [batch.batch_id for stock in loaded.stocks.values() for batch in stock.batches if not batch.is_default_batch]
    blocked = reads.blocked_periods(real)
    settings = {entity: statement_fallback(own) for entity, own in settings_of(set(entity_of_warehouse.values())).items()}
    payments = {
        pool: propose(debts[pool], loaded.stocks[pool], blocked, settings[entity_of_warehouse[pool[0]]]) for pool in pools if pool in debts
    }
    return Plan({pool: found for pool, found in payments.items() if found}, loaded, costs)


def settle_debt(of: Selection, how: Settling) -> list[Settled]:
    """Pays the open debts of a selection, one settlement and one transaction per warehouse, in order of their codes.

    Raises BusinessError: PERIOD_CLOSED, STOCK_PERIOD_CLOSED, PROPOSAL_CHANGED; then nothing of that warehouse and of those after it is
    settled.
    """
    return [settled for key in reads.entities_of(of.warehouses) if (settled := settle_warehouse(key, of, how))]


@transaction.atomic
def settle_warehouse(warehouse_id: int, of: Selection, how: Settling) -> Settled | None:
    """Pays the open debts of the selection in one warehouse; None where there is nothing to pay. A fixed number of queries.

    Locks the SETTLEMENT lock of the warehouse, the cost rows, then the on-hand rows. Raises as `settle_debt`.
    """
    lock_for_transaction(SETTLEMENT, [warehouse_id])
    entity = reads.entities_of([warehouse_id])[warehouse_id]
    today = timezone.localdate()
    if code := closed_by(entity, today):
        raise BusinessError(period_closed(today, code))
    settled = post_settlement(warehouse_id, entity, Selection([warehouse_id], of.items, of.through), how)
    if settled:
        title = {"settlement": settled.number, "lines": settled.lines, "quantity": str(settled.quantity), "reason": how.reason}
        record_audit(AuditEntry.Action.SETTLE, how.actor, settled.number, title)
    return settled


def post_settlement(warehouse_id: int, legal_entity_id: int, of: Selection, how: Settling) -> Settled | None:
    """Pays the open debts of the selection, all in one warehouse whose SETTLEMENT lock is held, in the caller's transaction.

    Stock of an item in the warehouse and its value stay as they are: both movements of a line cost what the sold units cost.
    """
    plan = plan_settlement(of, {warehouse_id: legal_entity_id}, lock=True)
    if how.digests and plan.digests != how.digests:
        raise BusinessError(Problem("PROPOSAL_CHANGED"))
    settled = post_payments(warehouse_id, plan, plan.payments, how)
    if settled:
        decide_proposals(list(plan.payments), settled.settlement_id, how.actor)
    return settled


def post_payments(warehouse_id: int, plan: Plan, paid: Mapping[StockKey, Sequence[Payment]], how: Settling) -> Settled | None:
    """Posts payments of a plan that was made with its rows held; None where there are none."""
    if not paid:
        return None
    lines: list[NewLine] = []
    left: dict[int, Decimal] = {}
    deltas: dict[OnHandKey, Delta] = {}
    for pool, payments in paid.items():
        decimals = plan.costs[pool].decimals
        for debt, batch_id, quantity in payments:
            cost = worth(quantity, debt.unit_cost, decimals)
            lines.append(NewLine(debt.debt_id, None, Place(*pool, debt.batch_id), batch_id, quantity, cost))
            left[debt.debt_id] = left.get(debt.debt_id, debt.quantity) - quantity
            deltas.setdefault((*pool, batch_id), Delta()).quantity -= quantity
    settlement_id, number = insert_settlement(warehouse_id, timezone.localdate(), how.reason, how.actor, lines)
    apply_deltas(deltas, plan.loaded.on_hand_ids)
    leave_open("inventory_batchdebt", left)
    return Settled(settlement_id, number, warehouse_id, len(lines), sum((line.quantity for line in lines), ZERO))


def closed_by(legal_entity_id: int, day: date) -> str:
    """The code by which goods may not move on that day ('': they may); makes its period if there is none. Two queries."""
    ensure_periods({(legal_entity_id, day)})
    return closed_dates({(legal_entity_id, day)}, goods=True).get((legal_entity_id, day), "")


@transaction.atomic
def undo_settlement(number: str, reason: str, actor: str) -> Settled:
    """Mirrors a settlement: what was paid is owed again, real batches have back what they gave; gives the settlement that undid it.

    Locks as `settle_warehouse`; a fixed number of queries. Raises BusinessError: UNKNOWN_SETTLEMENT, SETTLEMENT_UNDONE, PERIOD_CLOSED,
    SETTLED_STOCK_GONE.
    """
    head = reads.settlement_head(number)
    if head is None:
        raise BusinessError(Problem("UNKNOWN_SETTLEMENT", {"number": number}))
    lock_for_transaction(SETTLEMENT, [head.warehouse_id])
    head = reads.settlement_head(number) or head
    if head.undone_by:
        raise BusinessError(Problem("SETTLEMENT_UNDONE", {"number": number, "by": head.undone_by}))
    today = timezone.localdate()
    if code := closed_by(reads.entities_of([head.warehouse_id])[head.warehouse_id], today):
        raise BusinessError(period_closed(today, code))
    lines = reads.settlement_lines(head.settlement_id)
    pool_costs({line.place[:2] for line in lines}, lock=True)
    mirrored = [NewLine(line.debt_id, line.credit_id, line.place, line.to_batch_id, -line.quantity, -line.cost) for line in lines]
    undo_id, undo_number = _move(head.warehouse_id, mirrored, today, reason, actor, (head.settlement_id, number))
    settled = Settled(undo_id, undo_number, head.warehouse_id, len(lines), sum((line.quantity for line in mirrored), ZERO))
    record_audit(AuditEntry.Action.SETTLE, actor, settled.number, {"settlement": settled.number, "undoes": number, "reason": reason})
    return settled


@transaction.atomic
def move_credit(place: StockKey, number: str, reason: str, actor: str) -> Settled:
    """Moves all that lies on default batches of an item in a warehouse to a batch of that number, in a settlement.

    A batch that is not there yet is made to be inspected: it is not sold until somebody says what it is. Stock and value of the item stay
    as they are. Locks as `settle_warehouse`. Raises BusinessError: NO_CREDIT, NOT_A_REAL_BATCH, PERIOD_CLOSED.
    """
    warehouse_id, item_id = place
    lock_for_transaction(SETTLEMENT, [warehouse_id])
    today = timezone.localdate()
    if code := closed_by(reads.entities_of([warehouse_id])[warehouse_id], today):
        raise BusinessError(period_closed(today, code))
    cost = pool_costs([place], lock=True).get(place)
    names = reads.names_of(place)
    batch = reads.batch_to_move_to(item_id, number)
    if not number.strip() or number in default_batch_ids() or (batch is not None and batch.is_default):
        raise BusinessError(Problem("NOT_A_REAL_BATCH", {"batch": number, "item": names.item}))
    lying = reads.open_credits(place)
    if not lying or cost is None:
        raise BusinessError(Problem("NO_CREDIT", {"item": names.item, "warehouse": names.warehouse}))
    batch_id = batch.batch_id if batch else make_inspected_batch(item_id, number)
    lines = [NewLine(None, one.credit_id, one.place, batch_id, -one.quantity, -cost.worth_of(one.quantity)) for one in lying]
    settlement_id, written = _move(warehouse_id, lines, today, reason, actor)
    settled = Settled(settlement_id, written, warehouse_id, len(lines), sum((line.quantity for line in lines), ZERO))
    record_audit(AuditEntry.Action.SETTLE, actor, written, {"settlement": written, "batch": number, "reason": reason})
    return settled


def _move(
    warehouse_id: int, lines: Sequence[NewLine], today: date, reason: str, actor: str, undoes: tuple[int, str] | None = None
) -> tuple[int, str]:
    """Posts lines that open debts or credits again (or move credit), with what then pays what; the cost rows are held."""
    places = {line.place for line in lines}
    rows = reads.hold_rows({(*line.place[:2], batch) for line in lines for batch in (line.place.batch_id, line.to_batch_id)})
    now = timezone.now()
    given: dict[OnHandKey, Decimal] = {}
    for line in lines:
        giving = (line.place.warehouse_id, line.place.item_id, line.to_batch_id)
        given[giving] = given.get(giving, ZERO) - line.quantity
    deltas = {key: Delta(quantity, came_back_at=now) for key, quantity in given.items()}
    for key, delta in deltas.items():
        if delta.quantity < 0 and rows[key].free < -delta.quantity:
            row = rows[key]
            said: Params = {"batch": row.batch, "item": row.item, "free": row.free, "wanted": -delta.quantity}
            raise BusinessError(Problem("SETTLED_STOCK_GONE", said))
    owed: dict[Place, dict[int, Decimal]] = {}
    lying: dict[Place, dict[int, Decimal]] = {}
    for line in lines:
        # A debt is paid by what the default batch gets, a credit grows by it.
        for side, posting_id, change in ((owed, line.debt_id, -line.quantity), (lying, line.credit_id, line.quantity)):
            if posting_id is not None:
                of_place = side.setdefault(line.place, {})
                of_place[posting_id] = of_place.get(posting_id, ZERO) + change
    debts, credits_ = reads.postings_of(places, _keys(owed), _keys(lying))
    written = insert_settlement(warehouse_id, today, reason, actor, lines, undoes)
    apply_deltas(deltas, {key: row.row_id for key, row in rows.items()})
    _leave_open(places, debts, credits_, owed, lying)
    return written


def _keys(side: Mapping[Place, Mapping[int, Decimal]]) -> list[int]:
    return [key for of_place in side.values() for key in of_place]


def _leave_open(
    places: Collection[Place],
    debts: Mapping[Place, Sequence[Posting]],
    credits_: Mapping[Place, Sequence[Posting]],
    owed: Mapping[Place, Mapping[int, Decimal]],
    lying: Mapping[Place, Mapping[int, Decimal]],
) -> None:
    """Writes what is open, what becomes less first: so no place ever has both debt and credit."""
    before: dict[str, dict[int, Decimal]] = {"inventory_batchdebt": {}, "inventory_batchcredit": {}}
    after: dict[str, dict[int, Decimal]] = {"inventory_batchdebt": {}, "inventory_batchcredit": {}}
    for place in places:
        found = reopen(debts.get(place, ()), credits_.get(place, ()), owed.get(place, {}), lying.get(place, {}))
        after["inventory_batchdebt"] |= found.debts
        after["inventory_batchcredit"] |= found.credits
        before["inventory_batchdebt"] |= {debt.id: debt.open_quantity for debt in debts.get(place, ()) if debt.id is not None}
        before["inventory_batchcredit"] |= {one.id: one.open_quantity for one in credits_.get(place, ()) if one.id is not None}
    for is_less in (True, False):
        for table, left in after.items():
            leave_open(table, {key: quantity for key, quantity in left.items() if (quantity < before[table][key]) is is_less})
