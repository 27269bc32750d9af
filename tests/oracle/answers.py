"""What the oracle keeps and what it answers: orders, statements, and the rows that the exports must hold."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.oracle.deciding import Failure
from tests.oracle.rows import LineRef, Transaction


@dataclass
class Order:
    """Transactions that stand or fall together."""

    ident: int
    transactions: list[Transaction]
    invoiced: bool = False
    failures: dict[LineRef, Failure] = field(default_factory=dict)


@dataclass
class Statement:
    store: str
    business_date: date
    transactions: list[Transaction]
    post_state: str = ""
    failed_state: str = ""
    orders: list[Order] | None = None
    booked: dict[str, Decimal] | None = None


@dataclass(frozen=True)
class AllocationRow:
    store: str
    terminal: str
    transaction: str
    line: int
    item: str
    warehouse: str
    batch: str
    quantity: Decimal
    source: str
    business_date: date
    reasons: frozenset[str]


@dataclass(frozen=True)
class StatementRow:
    store: str
    business_date: date
    calc_state: str
    post_state: str
    failed_state: str
    codes: frozenset[str]
    transactions: int
    lines: int
    total: Decimal


@dataclass(frozen=True)
class DebtRow:
    warehouse: str
    item: str
    store: str
    terminal: str
    transaction: str
    line: int
    quantity: Decimal
    open_quantity: Decimal
    business_date: date
