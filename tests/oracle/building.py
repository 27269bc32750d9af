"""Short ways to write rows whose sums agree, for tests that people read."""

from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.oracle.rows import Line, LineRef, Payment, Transaction

ZERO = Decimal(0)
CENT = Decimal("0.01")
TAX = Decimal("0.06")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def line(
    item: str,
    quantity: str | int | Decimal,
    *,
    unit: str = "pcs",
    price: str = "1.50",
    batch: str | None = None,
    voided: bool = False,
    return_of: LineRef | None = None,
) -> Line:
    """One till line, with net and tax that agree with price and quantity; `pos_transaction` numbers it."""
    amount = Decimal(quantity)
    net = cents(amount * Decimal(price))
    return Line(
        number=0,
        item=item,
        quantity=amount,
        unit=unit,
        price=Decimal(price),
        net=net,
        tax=cents(net * TAX),
        batch=batch,
        voided=voided,
        return_of=return_of,
    )


def pos_transaction(
    store: str,
    number: str,
    at: datetime,
    *lines: Line,
    terminal: str = "T1",
    customer: str | None = None,
    business_date: date | None = None,
    method: str = "cash",
) -> Transaction:
    """A POS transaction of these lines, paid in full; lines are numbered from 1."""
    numbered = tuple(replace(row, number=place) for place, row in enumerate(lines, start=1))
    live = [row for row in numbered if not row.voided]
    net = sum((row.net for row in live), ZERO)
    tax = sum((row.tax for row in live), ZERO)
    payments = (Payment(1, method, net + tax),) if net + tax else ()
    return Transaction(
        store=store,
        terminal=terminal,
        number=number,
        sold_at=at,
        customer=customer,
        lines=numbered,
        payments=payments,
        net=net,
        tax=tax,
        total=net + tax,
        business_date=business_date,
    )


def cash_event(
    store: str, number: str, at: datetime, kind: str, amount: str | Decimal, *, method: str = "cash", terminal: str = "T1"
) -> Transaction:
    """A till event without goods: income, expense, float, removal, a drop or a declaration of what was counted."""
    value = Decimal(amount)
    return Transaction(
        store=store,
        terminal=terminal,
        number=number,
        sold_at=at,
        kind=kind,
        payments=(Payment(1, method, value),),
        net=value,
        total=value,
    )
