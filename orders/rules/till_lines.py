"""Lines and payments as tills write them, on receipts and on customer orders alike."""

from decimal import Decimal
from typing import NamedTuple

from core.lib.problems import Code, register

# One fact, every door: till transactions, customer orders, their returns and the stores that they come from.
SHARED_CODES = (
    Code(
        "CURRENCY_MISMATCH",
        "validation",
        "Document, store and company do not have the same currency.",
        "Correct the document, or the currency of store and company.",
        {
            "store": (
                "Store {store} would sell in {currency} and company {company} of its warehouse keeps books in {company_currency}; "
                "give it that currency or a warehouse of another company."
            ),
            "order": "The order is in {currency} and company {company} keeps books in {company_currency}.",
        },
        always_on=True,
    ),
    Code(
        "OTHER_COMPANY",
        "validation",
        "Goods would leave, or come back to, another company than the one that sells them.",
        "Choose a store or warehouse of the company that sells, or sold, them.",
        {
            "warehouse": "Warehouse {warehouse} belongs to another company than store {store}.",
            "sold_line": "Line {line}: another company than that of the store sold it, on order {order}.",
        },
        always_on=True,
    ),
)
register(*SHARED_CODES)


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
