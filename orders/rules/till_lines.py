"""Lines and payments as tills write them, in transactions and in customer orders alike, and what both are judged by."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from core.lib.messages import Params
from core.lib.problems import Code, Problem, register, register_texts
from inventory.rules.journals import OTHER_COMPANY

# A line of a receipt or of an order.
LineT = TypeVar("LineT", bound=Any)

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
    OTHER_COMPANY,
)
register(*(code for code in SHARED_CODES if code is not OTHER_COMPANY))
register_texts(
    "OTHER_COMPANY",
    {
        "warehouse": "Warehouse {warehouse} belongs to another company than store {store}.",
        "sold_line": "Line {line}: another company than that of the store sold it, on order {order}.",
    },
)


class ReturnRef(NamedTuple):
    """The line that a return names."""

    store: str
    terminal: str
    number: str
    line: int


class PosLineData(NamedTuple):
    """A line of a transaction; returns have negative quantity and net.

    `expires_on` is the expiry that was scanned, `gtin` what the scan named the item by; it is not kept.
    """

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
    expires_on: date | None = None
    gtin: str = ""


class PosPaymentData(NamedTuple):
    """A payment; of a tender declaration, what was counted."""

    number: int
    method: str
    amount: Decimal


class OrderPaymentData(NamedTuple):
    """A payment of a customer order, a refund below zero; `gift_card` is the number of the card that gives it, or gets it back."""

    number: int
    method: str
    amount: Decimal
    gift_card: str = ""


# Nobody sells so many of anything at once: it is a bar code, or an amount, in the field of the quantity.
IMPLAUSIBLE_QUANTITY = Decimal(1_000_000)
_HALF = Decimal("0.5")


class KnownCodes(NamedTuple):
    """What lines mean where they write it otherwise: units by another case (PCS where only pcs is one), items by their barcodes."""

    units: Mapping[str, str]
    items: Mapping[str, str]

    def in_lines(self, lines: Sequence[LineT]) -> tuple[LineT, ...]:
        """The lines with the codes that are meant."""
        units, items = self
        return tuple(
            line._replace(unit=units.get(line.unit, line.unit), item=items.get(line.item, line.item))
            if line.unit in units or line.item in items
            else line
            for line in lines
        )


def other_item_scanned(lines: Iterable[Any], items: Mapping[str, str]) -> Problem | None:
    """A line whose scan names another item than it says; `items` are codes by barcode. None where none does."""
    for line in lines:
        scanned = items.get(line.gtin) if line.gtin else None
        if scanned is not None and scanned != line.item:
            said: Params = {"line": line.number, "scanned": scanned, "said": line.item}
            return Problem("SCAN_CONTRADICTS", said, line=line.number, variant="other_item")
    return None


class PricedLine(Protocol):
    """What `beside_its_price` looks at."""

    @property
    def quantity(self) -> Decimal:
        """Negative where goods come back."""

    @property
    def price(self) -> Decimal:
        """Of one."""

    @property
    def discount(self) -> Decimal:
        """Taken off, of a return with either sign."""

    @property
    def net(self) -> Decimal:
        """Without tax."""

    @property
    def tax(self) -> Decimal:
        """On top of net."""


def beside_its_price(line: PricedLine, decimals: int, limit: Decimal) -> Decimal | None:
    """What quantity times price less discount comes to where that is not what the line says; None where it is.

    Tills give prices without tax or with it, so either of net, and net and tax, will do, but for the store's rounding `limit` and half a
    smallest unit of the currency for each piece, because a price per piece is rounded itself. Net and tax are rounded too, half a unit
    each: no limit below one unit (0.05 of a yen) takes that away. Without quantity there is no price.
    """
    if not line.quantity:
        return None
    amount = abs(line.quantity * line.price) - abs(line.discount)
    allowed = max(limit, Decimal(1).scaleb(-decimals)) + abs(line.quantity) * _HALF.scaleb(-decimals)
    if min(abs(amount - abs(line.net)), abs(amount - abs(line.net + line.tax))) <= allowed:
        return None
    return amount if line.quantity >= 0 else -amount


def business_date(sold_at: datetime, zone: ZoneInfo, end_of_business_day: time) -> date:
    """The local date of the sale, or the day before when the store's day had not ended yet; 00:00 means calendar days."""
    local = sold_at.astimezone(zone)
    if local.time() < end_of_business_day:
        return local.date() - timedelta(days=1)
    return local.date()


# The tax of a receipt is rounded once, its lines each, and cash has no coins for every cent. What lines, header and payments of a till's
# document or an order differ by, up to the rounding limit of the store each, is booked as rounding difference.


def within_rounding(difference: Decimal, limit: Decimal) -> bool:
    """Whether two sums that differ by so much may stand beside each other; `limit` is the store's."""
    return abs(difference) <= limit


def is_covered(paid: Decimal, wanted: Decimal, limit: Decimal) -> bool:
    """Whether what is paid ahead is enough; cents that rounding leaves are no reason to refuse, but nothing is not enough."""
    return paid >= wanted or (paid > 0 and within_rounding(wanted - paid, limit))
