"""SAF-T Cash Register of the Norwegian tax authority: what its elements are as transactions of ours.

Source: schema 1.00 and code lists 11 (transactions), 12 (payments) and 13 (events) of Skatteetaten. What moves neither goods nor money has
no counterpart here; it is counted and said, never guessed.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

from core.lib.cells import CellStyle, plain_cell
from core.lib.decimals import ZERO, plain_text
from core.lib.holds import Holds
from core.lib.parsing import MONEY_DIGITS, FieldError, decimal, instant, shown
from core.lib.problems import Code, register
from statements.rules.till_table import USUAL_UNIT, TillStore

register(
    Code(
        "NOT_SAF_T",
        "import",
        "The XML is no SAF-T Cash Register file.",
        "Export SAF-T Cash Register from the till; SAF-T Financial is the export of a ledger.",
        "The file is XML with the root {root}, no SAF-T Cash Register file.",
    ),
    Code(
        "FOREIGN_TENDER",
        "import",
        "A payment was made in another currency than the file's.",
        "Send this transaction in the format of ours with the amount in the store's currency, or correct it at the till.",
        "{field} Payment {number} is in {currency}; only payments in {own} are taken.",
    ),
)

CASH_REGISTER: Final = "cashregister"
SALE, COUNT, START = "sale", "tender_declaration", "start_amount"
# Code list 11. What is not here and has lines is a sale; what is None has no counterpart.
KINDS: Final[Mapping[str, str | None]] = {
    "11003": "expense",
    "11004": "expense",
    "11005": "payment",
    "11007": COUNT,
    "11008": None,
    "11010": "removal",
    "11011": "float",
    "11014": None,
}
# Code list 12; what is not here keeps the code of the till, which a method of that code may have.
METHODS: Final = {
    **{"12001": "cash", "12002": "card", "12003": "card", "12004": "card", "12005": "gift_card", "12006": "on_account"},
    **{"12010": "voucher", "12011": "card"},
}
# Code list 13: a till that starts and ends.
SHIFTS: Final = {"13001": "shift_open", "13002": "shift_close"}
Z_REPORT: Final = "13009"
# Events that belong to a transaction, which is there itself.
OF_TRANSACTIONS: Final = frozenset(("13012", "13013", "13028"))

PLACES, PRICE_PLACES = 2, Decimal("0.000001")


class Basics:
    """The codes of the file, by what the authority's lists call them."""

    def __init__(self) -> None:
        self._predefined: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def add(self, basic: Element) -> None:
        """Keeps a `basic`."""
        code = text_of(basic, "basicID")
        self._predefined[code] = text_of(basic, "predefinedBasicID")
        self._words[code] = text_of(basic, "basicDesc") or code

    def predefined(self, code: str) -> str:
        """The code of the authority's list; the code itself where a till writes that."""
        return self._predefined.get(code, "") or code

    def words(self, code: str) -> str:
        """What the till calls it."""
        return self._words.get(code, code)


class Till(NamedTuple):
    """The till that an element is of."""

    store: TillStore
    terminal: str
    currency: str
    basics: Basics


def text_of(parent: Element, name: str) -> str:
    """The text of a child, blank where there is none."""
    child = child_of(parent, name)
    return (child.text or "").strip() if child is not None else ""


def child_of(parent: Element, name: str) -> Element | None:
    """The first child of that name, whatever its namespace."""
    return next(children(parent, name), None)


def children(parent: Element, name: str) -> Iterator[Element]:
    """The children of that name, whatever their namespace."""
    return (child for child in parent if child.tag.rpartition("}")[2] == name)


def required(parent: Element, name: str) -> str:
    """The text of a child. Raises FieldError where there is none."""
    if not (text := text_of(parent, name)):
        raise FieldError("MISSING_FIELD", {}, "left_out", name)
    return text


def amount_of(parent: Element, name: str, *, places: int = PLACES, is_debit: bool = False) -> Decimal:
    """A number of a child, 0 where there is none; what a debit writes without sign is taken away. Raises FieldError."""
    text = text_of(parent, name)
    try:
        number = decimal(text, places, MONEY_DIGITS) if text else ZERO
    except FieldError as error:
        raise error.at(name) from None
    return -abs(number) if is_debit else number


def is_true(parent: Element, name: str) -> bool:
    """Whether a flag is set."""
    return text_of(parent, name) in ("true", "1")


def moment_of(parent: Element, day: str, time: str, store: TillStore) -> str:
    """Date and time as clocks of the store show them. Raises FieldError."""
    text = f"{required(parent, day)} {required(parent, time)}"
    try:
        written = plain_cell(text, Holds.MOMENT, CellStyle(time_zone=store.time_zone))
        instant(written)
    except FieldError:
        raise FieldError("BAD_DATE", {"value": shown(text)}, "no_moment", time) from None
    return written


def kind_of(transaction: Element, basics: Basics) -> str | None:
    """Which kind of transaction it is, None for one without counterpart."""
    code = basics.predefined(text_of(transaction, "transType"))
    return KINDS.get(code, SALE)


def document_of(transaction: Element, till: Till, units: Mapping[str, str], methods: Mapping[str, str]) -> dict[str, Any]:
    """A `cashtransaction` in our format. Raises FieldError.

    A voided one has all its lines voided and no payments. Amounts of everything but a sale have no sign: the kind says where money goes.
    """
    kind = kind_of(transaction, till.basics) or SALE
    is_voided = is_true(transaction, "voidTransaction")
    is_debit = required(transaction, "amntTp") == "D"
    required(transaction, "transAmntIn")
    total = amount_of(transaction, "transAmntIn", is_debit=is_debit)
    net = amount_of(transaction, "transAmntEx", is_debit=is_debit)
    payments = list(_payments(transaction, till, methods, is_debit))
    lines = (
        [_line(number, line, units, is_voided) for number, line in enumerate(children(transaction, "ctLine"), 1)] if kind == SALE else []
    )
    if kind != SALE:
        payments = payments or [("cash", total)]
        payments = [(method, abs(amount)) for method, amount in payments]
        lines, net = [], sum((amount for _, amount in payments), ZERO)
        total = net
    if is_voided:
        payments, net, total = [], ZERO, ZERO
    return {
        **{"store": till.store.code, "terminal": till.terminal, "number": required(transaction, "transID"), "kind": kind},
        **{"sold_at": moment_of(transaction, "transDate", "transTime", till.store), "currency": till.currency},
        **{"customer": text_of(transaction, "custSupID") or None, "staff": text_of(transaction, "empID") or None},
        "lines": lines,
        "payments": [{"number": number, "method": method, "amount": plain_text(paid)} for number, (method, paid) in enumerate(payments, 1)],
        **{"net": plain_text(net), "tax": plain_text(total - net), "total": plain_text(total)},
    }


def _line(number: int, line: Element, units: Mapping[str, str], is_voided: bool) -> dict[str, Any]:
    is_debit = text_of(line, "amntTp") == "D"
    gross = amount_of(line, "lineAmntIn", is_debit=is_debit)
    net = amount_of(line, "lineAmntEx", is_debit=is_debit)
    quantity = amount_of(line, "qnt", places=6) or Decimal(1)
    quantity = quantity.copy_sign(gross) if gross else quantity
    discount = sum((amount_of(one, "dscAmnt") for one in children(line, "discount")), ZERO)
    discount = abs(discount).copy_sign(quantity)
    # Prices of tills hold the tax. Without an article the line is of its group.
    price = abs((gross + discount) / quantity).quantize(PRICE_PLACES, ROUND_HALF_UP)
    item = text_of(line, "artID") or text_of(line, "artGroupID") or required(line, "lineType")
    return {
        **{"number": number, "item": item, "quantity": plain_text(quantity), "unit": units.get(item, USUAL_UNIT)},
        **{"price": plain_text(price), "discount": plain_text(discount), "net": plain_text(net), "tax": plain_text(gross - net)},
        "voided": is_voided,
    }


def _payments(transaction: Element, till: Till, methods: Mapping[str, str], is_debit: bool) -> Iterator[tuple[str, Decimal]]:
    for number, payment in enumerate(children(transaction, "payment"), 1):
        own = text_of(payment, "curCode") or till.currency
        if own != till.currency:
            raise FieldError("FOREIGN_TENDER", {"number": number, "currency": own, "own": till.currency})
        code = required(payment, "paymentType")
        paid = amount_of(payment, "paidAmnt")
        # Change is a payment the other way; a debit whose payments have no sign pays out.
        method = methods.get(code.casefold()) or METHODS.get(till.basics.predefined(code), code)
        yield method, -paid if is_debit and paid > 0 else paid


def shift_of(event: Element, till: Till) -> dict[str, Any] | None:
    """The start or end of a till as a transaction; None for other events. Raises FieldError."""
    kind = SHIFTS.get(till.basics.predefined(text_of(event, "eventType")))
    return None if kind is None else _event(event, f"E{required(event, 'eventID')}", kind, ZERO, till)


def opening_of(event: Element, till: Till) -> dict[str, Any] | None:
    """What a Z report says that the drawer began with; None where it says nothing. Raises FieldError."""
    report = child_of(event, "eventReport")
    if report is None or till.basics.predefined(text_of(event, "eventType")) != Z_REPORT:
        return None
    opening = amount_of(report, "reportOpeningChangeFloat")
    return _event(event, f"Z{required(report, 'reportID')}", START, opening, till) if opening > 0 else None


def _event(event: Element, number: str, kind: str, amount: Decimal, till: Till) -> dict[str, Any]:
    payments = [{"number": 1, "method": "cash", "amount": plain_text(amount)}] if amount else []
    return {
        **{"store": till.store.code, "terminal": till.terminal, "number": number, "kind": kind, "currency": till.currency},
        **{"sold_at": moment_of(event, "eventDate", "eventTime", till.store), "staff": text_of(event, "empID") or None},
        **{"lines": [], "payments": payments, "net": plain_text(amount), "tax": "0", "total": plain_text(amount)},
    }
