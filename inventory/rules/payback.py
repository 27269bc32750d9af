"""How much batch debt receipts and recurrences pay by themselves, and what they only propose (docs/domain.md#settlement)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from core.lib.decimals import ZERO
from core.lib.problems import Code, Problem, Severity, register
from inventory.rules.settlements import Payment
from inventory.rules.stock import StockKey
from parameters.rules.settings import RetailSettings

Passed = Literal["quantity", "value", "age"]
Payments = Mapping[StockKey, Sequence[Payment]]

PROPOSED = Code(
    "PAYBACK_PROPOSED",
    "settlement",
    "Goods that came in could pay batch debt, but more of it, or older one, than may be paid without asking.",
    "Look at the proposal and approve it, or raise the payback limits.",
    "Goods of warehouse {warehouse} could pay {quantity} units of batch debt worth {value}, above the payback limits; it is proposed.",
    severity=Severity.WARNING,
)
register(PROPOSED)


@dataclass(frozen=True, slots=True)
class PaybackLimits:
    """Limits of what is paid of a warehouse at once without asking: quantity in the items' units, value at cost, age of a debt in days."""

    quantity: Decimal | None = None
    value: Decimal | None = None
    days: int | None = None


class Proposed(NamedTuple):
    """What of an item in a warehouse waits for a person: so many lines and units, worth so much at cost, owed since that day."""

    pool: StockKey
    passed: Passed
    lines: int
    quantity: Decimal
    value: Decimal
    oldest: date


class Share(NamedTuple):
    """What of a plan is paid without asking, and what is proposed."""

    paid: Payments
    proposed: Sequence[Proposed]


def payback_limits(settings: RetailSettings) -> PaybackLimits:
    """The limits of a company."""
    return PaybackLimits(
        settings.inventory_payback_limit_quantity, settings.inventory_payback_limit_value, settings.inventory_payback_limit_days
    )


def within_limits(payments: Payments, limits: PaybackLimits, today: date, value_of: Callable[[StockKey, Payment], Decimal]) -> Share:
    """Parts a plan of one warehouse: debt over the age limit is proposed; of the rest everything is paid, or proposed if it is too much."""
    first = None if limits.days is None else today - timedelta(days=limits.days)
    young: dict[StockKey, list[Payment]] = {}
    proposed: list[Proposed] = []
    quantity = value = ZERO
    for pool, of in payments.items():
        old = [payment for payment in of if first is not None and payment.debt.day < first]
        if old:
            proposed.append(_proposed(pool, "age", old, value_of))
        if fresh := [payment for payment in of if first is None or payment.debt.day >= first]:
            young[pool] = fresh
            quantity += sum((payment.quantity for payment in fresh), ZERO)
            value += sum((value_of(pool, payment) for payment in fresh), ZERO)
    passed: Passed | None = None
    if limits.quantity is not None and quantity > limits.quantity:
        passed = "quantity"
    elif limits.value is not None and value > limits.value:
        passed = "value"
    if passed is None:
        return Share(young, proposed)
    return Share({}, [_proposed(pool, passed, of, value_of) for pool, of in payments.items()])


def _proposed(pool: StockKey, passed: Passed, of: Sequence[Payment], value_of: Callable[[StockKey, Payment], Decimal]) -> Proposed:
    return Proposed(
        pool,
        passed,
        len(of),
        sum((payment.quantity for payment in of), ZERO),
        sum((value_of(pool, payment) for payment in of), ZERO),
        min(payment.debt.day for payment in of),
    )


def payback_proposed(warehouse: str, proposed: Sequence[Proposed]) -> Problem:
    """The warning of what brought the goods in."""
    quantity = sum((one.quantity for one in proposed), ZERO).normalize() + 0
    value = sum((one.value for one in proposed), ZERO)
    return Problem("PAYBACK_PROPOSED", {"warehouse": warehouse, "quantity": quantity, "value": value})
