"""What journals do to stock, what that is worth and what it posts to the ledger: decided line by line, in the order of the lines.

A line is taken or refused for itself; what is refused changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, Params
from core.lib.parsing import LARGEST_AMOUNT
from core.lib.problems import REGISTRY, Code, Problem, register, register_texts
from inventory.rules.costing import AdjustmentReason, PoolCost, ReceiptCost, worth
from inventory.rules.default_stock import DefaultStock, Place
from inventory.rules.fallback import negative_refusal
from inventory.rules.issues import Delta
from inventory.rules.journal_columns import JournalKind, JournalRow
from inventory.rules.stock import Demand, OnHandKey, Stock, StockKey
from ledger.rules.vouchers import Entry, VoucherPlan, merged

# One fact, every door: what leaves a company, or comes back to another one, whatever the document.
OTHER_COMPANY = Code(
    "OTHER_COMPANY",
    "validation",
    "Goods would leave, or come back to, another company than the one that they belong to.",
    "Choose a store or warehouse of the company that owns, sells or sold them.",
    {"transfer": "Warehouses {warehouse} and {to_warehouse} belong to two companies; goods go from one to the other by a sale."},
    always_on=True,
)
register(
    OTHER_COMPANY,
    Code(
        "UNKNOWN_BATCH",
        "import",
        "The item has no batch of that number.",
        "Correct the batch number, or register the goods that came in under it.",
        "Item {item} has no batch {batch}; correct the number, or register the goods that came in under it.",
    ),
    Code(
        "ITEM_NOT_STOCKED",
        "import",
        "The item is a gift card or a service, of which no stock is kept.",
        "Name an item that is kept in stock.",
        "Item {item} is a gift card or a service, of which no stock is kept.",
    ),
    Code(
        "UNKNOWN_RECEIPT",
        "import",
        "The company has no line of a receipt under that number.",
        "Correct the number of the receipt and its line.",
        "The company of warehouse {warehouse} has no receipt line {receipt}; correct the number of the receipt and its line.",
    ),
    Code(
        "RECEIPT_DIFFERS",
        "import",
        "A correction names another warehouse, item or batch than the receipt that it corrects.",
        "Name the warehouse, item and batch of the receipt.",
        "Receipt {receipt} brought {given} as {column}, the correction says {said}; name what the receipt says.",
    ),
    Code(
        "CORRECTION_TOO_LARGE",
        "import",
        "More would be taken back of a receipt than it brought.",
        "Take back at most what is left of it.",
        "Receipt {receipt} has {left} {unit} of item {item} left, {taken} would be taken back; take back at most what is left.",
    ),
    Code(
        "STOCK_RESERVED",
        "posting",
        "What would leave is set aside for customer orders.",
        "Hand out, edit or cancel these orders, or take less.",
        "In warehouse {warehouse} lie {there} {unit} of {goods}, of which {reserved} are set aside for customer orders; {taken} cannot go. "
        "Hand out, edit or cancel these orders, or take less.",
    ),
)
register_texts("CONFLICT", {"journal_line": "Journal {journal} line {line} came in before with other values; give it a new number."})
register_texts("REVERSED_ALREADY", {"journal": "Journal {journal} was reversed; give the line a journal of its own."})
register_texts("TOO_LARGE", {"journal_amount": "{quantity} {unit} of item {item} come to more than an amount can be."})
for _code in ("NEGATIVE_NOT_ALLOWED", "FINANCIAL_NEGATIVE_NOT_ALLOWED", "LOCATION_CANNOT_GO_NEGATIVE"):
    register_texts(_code, {"journal": "In warehouse {warehouse} lie {there} {unit} of {goods}, {taken} cannot go. {why} {remedy}"})

# What each kind is booked against; what a transfer takes along stays in the inventory account.
AGAINST = {
    JournalKind.ADJUSTMENT: "stock_adjustment",
    JournalKind.COUNT: "stock_adjustment",
    JournalKind.WRITE_OFF: "write_off",
    JournalKind.SUPPLIER_RETURN: "goods_received",
    JournalKind.RECEIPT_CORRECTION: "goods_received",
}
NEEDED_BY_KIND = {
    **{kind: ("inventory", account) for kind, account in AGAINST.items()},
    JournalKind.RECEIPT_CORRECTION: ("inventory", "goods_received", "price_variance", "cost_adjustment"),
    JournalKind.TRANSFER: ("inventory", "cost_adjustment"),
}


@dataclass(slots=True)
class ReceivedGoods:
    """A line of a receipt and what corrections have made of it; `left` may be taken back."""

    id: int
    warehouse: str
    item: str
    batch: str
    left: Decimal
    unit_cost: Decimal


def receipt_differs(row: JournalRow, received: ReceivedGoods) -> Problem | None:
    """What a correction says otherwise than its receipt; a blank batch is the one of the receipt."""
    for column, said, given in (
        ("warehouse", row.warehouse, received.warehouse),
        ("item", row.item, received.item),
        ("batch", row.batch or received.batch, received.batch),
    ):
        if said != given:
            return Problem("RECEIPT_DIFFERS", {"receipt": row.receipt, "column": column, "given": given or "-", "said": said})
    return None


class LineToPost(NamedTuple):
    """A line with the rows that it names; `at` is the instant from which goods that it brings count as there."""

    line_id: int
    row: JournalRow
    unit: str
    legal_entity_id: int
    pool: StockKey
    to_pool: StockKey | None
    batch_id: int | None
    is_default_batch: bool
    received: ReceivedGoods | None
    at: datetime


class ValueChange(NamedTuple):
    """A change of the value of stock beside what the moved goods cost; quantity and unit cost as they are then."""

    pool: StockKey
    reason: AdjustmentReason
    quantity: Decimal
    unit_cost: Decimal
    amount: Decimal


class PostedLine(NamedTuple):
    """What a line did: `change` of stock with its `cost` in its warehouse, what arrived in the other one, changes of value."""

    line: LineToPost
    change: Decimal
    cost: Decimal
    arrived: Decimal
    received: ReceiptCost | None
    adjustment: ValueChange | None


@dataclass(slots=True)
class JournalStock:
    """Stock of the places that lines name, as it stands and as they change it. `costs` and `default_stock` move along."""

    stocks: Mapping[StockKey, Stock]
    costs: Mapping[StockKey, PoolCost]
    default_stock: DefaultStock
    posted: list[PostedLine] = field(default_factory=list)
    deltas: dict[OnHandKey, Delta] = field(default_factory=dict)
    _on_hand: dict[OnHandKey, Decimal] = field(init=False)
    _reserved: dict[OnHandKey, Decimal] = field(init=False)

    def __post_init__(self) -> None:
        self._on_hand = {}
        self._reserved = {}
        for pool, stock in self.stocks.items():
            if not stock.policy.tracked:
                self._on_hand[*pool, None], self._reserved[*pool, None] = stock.physical, stock.reserved_loose
            for batch in stock.batches:
                self._on_hand[*pool, batch.batch_id], self._reserved[*pool, batch.batch_id] = batch.physical, batch.reserved

    def post(self, line: LineToPost) -> Problem | None:
        """Does what the line says, or gives why not."""
        row, key = line.row, (*line.pool, line.batch_id)
        there = self._on_hand.get(key, ZERO)
        match row.kind:
            case JournalKind.COUNT:
                change = row.quantity - there
            case JournalKind.TRANSFER:
                change = -row.quantity
            case _:
                change = row.quantity
        if problem := self._refusal(line, key, change):
            return problem
        cost, arrived, received, adjustment = self._value(line, change)
        self._move(line, line.pool, change)
        if line.to_pool is not None:
            self._move(line, line.to_pool, -change)
        self.posted.append(PostedLine(line, change, cost, arrived, received, adjustment))
        return None

    def _refusal(self, line: LineToPost, key: OnHandKey, change: Decimal) -> Problem | None:
        row, received = line.row, line.received
        if received is not None and received.left + change < 0:
            said: Params = {"receipt": row.receipt, "left": received.left.normalize(), "unit": line.unit, "item": row.item}
            return Problem("CORRECTION_TOO_LARGE", {**said, "taken": (-change).normalize()})
        if abs(change) * (received.unit_cost if received else self.costs[line.pool].unit_cost) >= LARGEST_AMOUNT:
            return Problem("TOO_LARGE", {"quantity": row.quantity, "unit": line.unit, "item": row.item}, variant="journal_amount")
        return self._shortage(line, key, -change) if change < 0 else None

    def _shortage(self, line: LineToPost, key: OnHandKey, taken: Decimal) -> Problem | None:
        """Why so much cannot leave."""
        policy = self.stocks[line.pool].policy
        there, reserved = self._on_hand.get(key, ZERO), self._reserved.get(key, ZERO)
        code = negative_refusal(policy, "NEGATIVE_NOT_ALLOWED") if taken > there else ""
        if not code and not policy.negative_financial and taken > self.costs[line.pool].quantity:
            code = "FINANCIAL_NEGATIVE_NOT_ALLOWED"
        if not code and reserved and there - taken < reserved:
            code = "STOCK_RESERVED"
        if not code:
            return None
        row = line.row
        goods = Message("item {item}, batch {batch}", {"item": row.item, "batch": row.batch}) if row.batch else row.item
        said: Params = {"warehouse": row.warehouse, "there": there.normalize(), "unit": line.unit, "goods": goods}
        if code == "STOCK_RESERVED":
            return Problem(code, {**said, "reserved": reserved.normalize(), "taken": taken.normalize()})
        return _refused_as_short(code, {**said, "taken": taken.normalize()})

    def _value(self, line: LineToPost, change: Decimal) -> tuple[Decimal, Decimal, ReceiptCost | None, ValueChange | None]:
        """What the change costs, what then arrives elsewhere, and what that does to the value beside it."""
        cost = self.costs[line.pool]
        if line.received is not None:
            received = line.received
            before = worth(received.left, received.unit_cost, cost.decimals)
            received.left += change
            booked = cost.correct_receipt(change, worth(received.left, received.unit_cost, cost.decimals) - before)
            return booked.value, ZERO, booked, _value_change(line.pool, cost, AdjustmentReason.RECEIPT_CORRECTED, booked.adjustment)
        if line.to_pool is not None:
            taken, target = cost.issue(-change), self.costs[line.to_pool]
            adjustment = target.take_back(-change, taken)
            return -taken, taken, None, _value_change(line.to_pool, target, AdjustmentReason.TRANSFERRED, adjustment)
        return -cost.issue(-change), ZERO, None, None

    def _move(self, line: LineToPost, pool: StockKey, change: Decimal) -> None:
        key = (*pool, line.batch_id)
        if not change:
            return
        self._on_hand[key] = self._on_hand.get(key, ZERO) + change
        delta = self.deltas.setdefault(key, Delta(is_default=line.is_default_batch))
        if change > 0:
            delta.came_back_at = min(delta.came_back_at or line.at, line.at)
        if line.is_default_batch:
            assert line.batch_id is not None
            place, demand = Place(*pool, line.batch_id), _demand(line, pool, change)
            if change > 0:
                self.default_stock.come_back(place, demand, change)
            elif self.default_stock.take(place, demand, -change, self.costs[pool].unit_cost):
                delta.may_go_negative = True
            return
        delta.quantity += change
        if self._on_hand[key] < 0:
            delta.may_go_negative = self.stocks[pool].policy.negative_physical


def _refused_as_short(code: str, said: Params) -> Problem:
    known = REGISTRY[code]
    return Problem(code, {**said, "why": Message(known.title), "remedy": Message(known.remedy)}, variant="journal")


def _value_change(pool: StockKey, cost: PoolCost, reason: AdjustmentReason, amount: Decimal) -> ValueChange | None:
    return ValueChange(pool, reason, cost.quantity, cost.unit_cost, amount) if amount else None


def _demand(line: LineToPost, pool: StockKey, change: Decimal) -> Demand:
    """The line as debt and credit of default batches see it."""
    return Demand(line.line_id, line.line_id, line.line_id, *pool, -change, line.row.date, line.at, line.batch_id)


def journal_vouchers(posted: Iterable[PostedLine], accounts: Mapping[tuple[int, str, str], int]) -> list[VoucherPlan]:
    """A voucher per journal, legal entity and date: inventory against the account of each kind.

    It is named after the first of its lines: lines of a journal that come in later make a voucher of their own. Adjustments of the value
    have vouchers of their own (`adjustment_vouchers`): a reversal mirrors what moved, and finds out anew what the value then lacks.
    """
    found: dict[tuple[str, int, date], list[PostedLine]] = {}
    for one in posted:
        found.setdefault((one.line.row.journal, one.line.legal_entity_id, one.line.row.date), []).append(one)
    vouchers = []
    for (journal, entity, _), own in found.items():
        own.sort(key=lambda one: one.line.row.line)
        first = own[0].line
        entries = merged(entry for one in own for entry in _entries(one, entity, accounts))
        number = f"IJ-{journal}-{first.row.line}"
        vouchers.append(VoucherPlan(entity, number, first.row.date, SourceKind.JOURNAL_LINE, first.line_id, "journal", entries))
    return vouchers


def _entries(one: PostedLine, entity: int, accounts: Mapping[tuple[int, str, str], int]) -> Iterable[Entry]:
    yield Entry(accounts[entity, "inventory", ""], one.cost + one.arrived)
    if one.received is not None:
        yield Entry(accounts[entity, "price_variance", ""], one.received.variance)
        yield Entry(accounts[entity, "goods_received", ""], -one.received.amount)
    elif one.line.row.kind is not JournalKind.TRANSFER:
        yield Entry(accounts[entity, AGAINST[one.line.row.kind], ""], -one.cost)


def adjustment_vouchers(posted: Sequence[tuple[PostedLine, int]], accounts: Mapping[tuple[int, str, str], int]) -> list[VoucherPlan]:
    """A voucher for the adjustments of each journal, legal entity and date: inventory against cost adjustments; lines with their ids."""
    found: dict[tuple[str, int, date], list[tuple[PostedLine, int]]] = {}
    for one, adjustment_id in posted:
        found.setdefault((one.line.row.journal, one.line.legal_entity_id, one.line.row.date), []).append((one, adjustment_id))
    vouchers = []
    for (journal, entity, day), own in found.items():
        first, adjustment_id = own[0]
        amount = sum((one.adjustment.amount for one, _ in own if one.adjustment), ZERO)
        entries = merged((Entry(accounts[entity, "inventory", ""], amount), Entry(accounts[entity, "cost_adjustment", ""], -amount)))
        number = f"IJ-{journal}-{first.line.row.line}-ADJ"
        vouchers.append(VoucherPlan(entity, number, day, SourceKind.COST_ADJUSTMENT, adjustment_id, "cost", entries))
    return vouchers
