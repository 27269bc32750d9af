"""Transactions as the rows of a table, as tills export them: what a row may hold, and how the rows of one become a document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.decimals import ZERO, plain_text
from core.lib.holds import Holds, holding
from core.lib.parsing import FieldError, shown
from core.lib.problems import Code, register
from orders.rules.file_columns import known_time_zones
from parameters.rules.file_columns import currency_code, currency_decimals, unit_code

LINE, DOCUMENT, PAYMENT, IGNORED = "line", "document", "payment", "ignored"
SHIPPING_ITEM: Final = "SHIPPING"
USUAL_UNIT: Final = "pcs"

register(
    Code(
        "TRANSACTION_INCOMPLETE",
        "import",
        "A transaction of several rows is left out because one of its rows is refused.",
        "Correct the row that is named beside it, and import the file again.",
        {
            "": "The transaction is left out, as row {row} of it is refused.",
            "in_doubt": "The transaction is left out, as row {row} beside it cannot be read and may be of it.",
        },
    ),
    Code(
        "STORE_NOT_NAMED",
        "import",
        "The file does not say which store it is of, or names it in another way.",
        "Give the store the name that the till uses (Setup > Stores), or make a profile that says which store is meant.",
        {
            "": "The file names the store {store}, which is neither code nor name of a store here.",
            "blank": "The file names no store, and there are several here; choose a profile that names one.",
        },
    ),
)


class TillRow(NamedTuple):
    """A row of an export: a line, the document itself, or a payment; amounts of documents stand on any of its rows."""

    row: str
    store: str
    terminal: str
    number: str
    kind: str
    sold_at: str
    time_zone: str
    business_date: str
    currency: str
    customer: str
    staff: str
    item: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    gross: Decimal | None
    discount: Decimal | None
    net: Decimal | None
    tax: Decimal | None
    batch: str
    voided: bool
    document_net: Decimal | None
    document_tax: Decimal | None
    shipping: Decimal | None
    total: Decimal | None
    method: str
    amount: Decimal | None


class TillStore(NamedTuple):
    """A store as exports name it, and what they leave out."""

    code: str
    time_zone: str
    currency: str


class TillFacts(NamedTuple):
    """What of master data stands in for what exports leave out: units of items, and how many decimals amounts of a currency have."""

    units: Mapping[str, str]
    decimals: Mapping[str, int]


@holding(Holds.WORD)
def row_kind(text: str) -> str:
    """What a row of the table is. Raises FieldError."""
    words = (LINE, DOCUMENT, PAYMENT, IGNORED)
    if text not in words:
        raise FieldError("BAD_VALUE", {"value": shown(text), "words": words}, "none_of")
    return text


@holding(Holds.WORD)
def kind_word(text: str) -> str:
    """The kind of a transaction, in any case; whether there is such a kind is asked of the document. Raises FieldError."""
    return parsing.code(text)


@holding(Holds.MOMENT)
def local_moment(text: str) -> str:
    """A moment, with offset or as clocks of the store show it. Raises FieldError."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise FieldError("BAD_DATE", {"value": shown(text)}, "no_moment") from None
    return text


def zone_name(text: str) -> str:
    """The name of a time zone; what is none counts as not given."""
    return text if text in known_time_zones() else ""


@holding(Holds.DAY)
def day_text(text: str) -> str:
    """A date as the documents write it. Raises FieldError."""
    return parsing.day(text).isoformat()


@holding(Holds.NUMBER)
def price(text: str) -> Decimal:
    """A price, which is at least zero. Raises FieldError."""
    return parsing.decimal_of(6)(text)


AMOUNT = parsing.document_amount
TILL_ROWS: Final = FileFormat(
    "transactions",
    ("store", "terminal", "number"),
    (
        Column("row", row_kind, blank=LINE),
        Column("store", parsing.name, blank=""),
        Column("terminal", parsing.code, blank=""),
        Column("number", parsing.code),
        Column("kind", kind_word, blank="sale"),
        Column("sold_at", local_moment, blank=""),
        Column("time_zone", zone_name, blank=""),
        Column("business_date", day_text, blank=""),
        Column("currency", currency_code, blank=""),
        Column("customer", parsing.code, blank=""),
        Column("staff", parsing.code, blank=""),
        Column("item", parsing.code, blank=""),
        Column("quantity", parsing.document_quantity, blank=None),
        Column("unit", unit_code, blank=""),
        Column("price", price, blank=None),
        Column("gross", AMOUNT, blank=None),
        Column("discount", AMOUNT, blank=None),
        Column("net", AMOUNT, blank=None),
        Column("tax", AMOUNT, blank=None),
        Column("batch", parsing.code, blank=""),
        Column("voided", parsing.flag, blank=False),
        Column("document_net", AMOUNT, blank=None),
        Column("document_tax", AMOUNT, blank=None),
        Column("shipping", AMOUNT, blank=None),
        Column("total", AMOUNT, blank=None),
        Column("method", unit_code, blank=""),
        Column("amount", AMOUNT, blank=None),
    ),
    TillRow,
)


def document_of(rows: Sequence[TillRow], store: TillStore, facts: TillFacts, *, turned: bool) -> dict[str, Any]:
    """The transaction that the rows are, as the file of transactions has it; units of items stand in where a row has none.

    What the rows leave out follows: the gross from quantity and price, the price from the gross, the net from both less discount. Net and
    tax of the document that no line names are spread over the lines in proportion. What follows is rounded half up to the currency.
    `turned`: sales are written with a minus.
    """
    head = _head(rows)
    sign = -1 if turned else 1
    currency = head.currency or store.currency
    smallest = Decimal(1).scaleb(-facts.decimals.get(currency, currency_decimals(currency)))
    sold = (row for row in rows if row.row == LINE and row.item)
    lines = [_line(number, row, facts.units, sign, smallest) for number, row in enumerate(sold, 1)]
    for line in lines:
        line["voided"] |= head.voided
    net, tax = _totals(head, lines, sign, smallest)
    if head.shipping:
        amounts = {"price": head.shipping, "discount": ZERO, "net": head.shipping, "tax": ZERO}
        lines.append(
            {"number": len(lines) + 1, "item": SHIPPING_ITEM, "quantity": Decimal(1), "unit": USUAL_UNIT, **amounts, "voided": head.voided}
        )
        net += ZERO if head.voided else head.shipping
    total = net + tax
    payments = [(row.method, sign * row.amount) for row in rows if row.row == PAYMENT and row.amount and row.method]
    if not payments and head.method and total:
        payments = [(head.method, total if head.amount is None else sign * head.amount)]
    written = [{name: plain_text(value) if isinstance(value, Decimal) else value for name, value in line.items()} for line in lines]
    return {
        **{"store": store.code, "terminal": head.terminal or "1", "number": head.number, "kind": head.kind},
        "sold_at": _moment(head, store),
        **({"business_date": head.business_date} if head.business_date else {}),
        **{"currency": currency, "customer": head.customer or None, "staff": head.staff or None},
        "lines": written,
        "payments": [
            {"number": number, "method": method, "amount": plain_text(amount)} for number, (method, amount) in enumerate(payments, 1)
        ],
        **{"net": plain_text(net), "tax": plain_text(tax), "total": plain_text(total)},
    }


def _head(rows: Sequence[TillRow]) -> TillRow:
    """What the rows say of the document: the row that is it, else the first one; blanks are filled from the others."""
    ordered = sorted(rows, key=lambda row: row.row != DOCUMENT)
    head = ordered[0]
    for name in (
        "sold_at",
        "time_zone",
        "business_date",
        "currency",
        "customer",
        "staff",
        "total",
        "shipping",
        "document_net",
        "document_tax",
    ):
        if getattr(head, name) in ("", None):
            given = next((value for row in ordered if (value := getattr(row, name)) not in ("", None)), None)
            head = head._replace(**{name: given}) if given is not None else head
    return head


def _line(number: int, row: TillRow, units: Mapping[str, str], sign: int, smallest: Decimal) -> dict[str, Any]:
    quantity = sign * (Decimal(1) if row.quantity is None else row.quantity)
    net = None if row.net is None else sign * row.net
    gross = None if row.gross is None else sign * row.gross
    reduced = abs(row.discount or ZERO).copy_sign(quantity)
    if gross is None:
        gross = quantity * row.price if row.price is not None else (net or ZERO) + reduced
    if net is None:
        net = gross - reduced
    each = row.price if row.price is not None else abs(gross / quantity).quantize(Decimal("0.000001"), ROUND_HALF_UP) if quantity else gross
    return {
        **{"number": number, "item": row.item, "quantity": quantity, "unit": row.unit or units.get(row.item, USUAL_UNIT)},
        **{"price": each, "discount": _rounded(quantity * each - net, smallest), "net": _rounded(net, smallest)},
        **{"tax": sign * (row.tax or ZERO), "batch": row.batch or None, "voided": row.voided},
    }


def _totals(head: TillRow, lines: Sequence[dict[str, Any]], sign: int, smallest: Decimal) -> tuple[Decimal, Decimal]:
    """Net and tax of the goods; what the lines do not have of them is spread over those that are not voided."""
    live = [line for line in lines if not line["voided"]]
    weights = [line["net"] for line in live]
    tax = sum((line["tax"] for line in live), ZERO)
    if head.document_tax is not None and live and tax != sign * head.document_tax:
        tax = sign * head.document_tax
        for line, part in zip(live, spread(tax, weights, smallest), strict=True):
            line["tax"] = part
    net = sum(weights, ZERO)
    if head.document_net is not None and live:
        wanted = sign * head.document_net
        for line, part in zip(live, spread(wanted - net, weights, smallest), strict=True):
            line["net"] += part
            line["discount"] -= part
        net = wanted
        if tax and head.total is not None and sign * head.total == wanted + (head.shipping or ZERO):
            # Prices include the tax.
            for line in live:
                line["net"] -= line["tax"]
            net -= tax
    return net, tax


def spread(amount: Decimal, weights: Sequence[Decimal], smallest: Decimal) -> list[Decimal]:
    """The amount over lines in proportion to their weights, in the smallest part of its currency; the sum of the parts is the amount."""
    whole = sum(map(abs, weights), ZERO)
    parts: list[Decimal] = []
    given, passed = ZERO, ZERO
    for place, weight in enumerate(weights, 1):
        passed += abs(weight)
        # To the last one goes what is left.
        upto = amount if place == len(weights) or not whole else _rounded(amount * passed / whole, smallest)
        parts.append(upto - given)
        given = upto
    return parts


def _rounded(number: Decimal, smallest: Decimal) -> Decimal:
    return number.quantize(smallest, ROUND_HALF_UP)


def _moment(head: TillRow, store: TillStore) -> str | None:
    if not head.sold_at:
        return None
    moment = datetime.fromisoformat(head.sold_at)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(head.time_zone or store.time_zone))
    return moment.isoformat()
