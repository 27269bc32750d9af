"""Lines and payments as tills write them, on receipts and on customer orders alike."""

from decimal import Decimal
from typing import NamedTuple


class ReturnRef(NamedTuple):
    """The line that a return names."""

    store: str
    terminal: str
    number: str
    line: int


class PosLineData(NamedTuple):
    """A line of a receipt; returns have negative quantity and net."""

    number: int
    item: str
    quantity: Decimal
    unit: str
    price: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    batch: str
    voided: bool
    return_of: ReturnRef | None


class PosPaymentData(NamedTuple):
    """A payment; of a tender declaration, what was counted."""

    number: int
    method: str
    amount: Decimal
