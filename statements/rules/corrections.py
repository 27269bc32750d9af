"""Corrections of POS transactions that are not posted: the fields that people may change, and what each does to the document."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from core.lib import parsing
from core.lib.cells import CellStyle, plain_cell
from core.lib.csv_columns import Column, FileFormat
from core.lib.decimals import ZERO
from core.lib.holds import holds_of
from core.lib.parsing import FieldError, shown
from core.lib.problems import Code, Problem, register, register_texts
from orders.rules.till_lines import PosLineData, PosPaymentData
from parameters.rules.file_columns import unit_code
from statements.rules.changes import DISCARDED
from statements.rules.till import CARD_SIGNS, KINDS, SALE, PosTransactionData, PosTransactionKey

register(
    Code(
        "UNKNOWN_TRANSACTION",
        "import",
        "There is no POS transaction of this store, terminal and number.",
        "Correct the key, or import it first.",
        "There is no transaction {transaction}; correct its store, terminal and number.",
    ),
    Code(
        "UNKNOWN_LINE",
        "import",
        "The POS transaction has no such line or payment.",
        "Look at the transaction and correct the number.",
        {
            "line": "{field} cannot be corrected: there is no line {number}; the lines are {known}.",
            "payment": "{field} cannot be corrected: there is no payment {number}; the payments are {known}.",
        },
    ),
    Code(
        "CORRECTION_INCOMPLETE",
        "import",
        "Another correction of the same POS transaction was refused, so none of them was made.",
        "Correct the other row, and give all rows of the transaction again.",
        "Another correction of the transaction was refused; correct that row and give all rows of the transaction again.",
    ),
)
register_texts(
    "CHANGED_MEANWHILE",
    {"transaction": "Somebody else changed transaction {transaction} meanwhile; look at what it says now and decide again."},
)
register_texts(
    "BAD_VALUE",
    {
        "no_kind": "{field} {given} is no kind of transaction; the kinds are {kinds}.",
        "no_method": "{field} {given} is no payment method; they are {methods}.",
        "no_field": "{field} is no field that can be corrected; the fields are {fields}.",
        "field_of_line": "{field} is a field of a line; give the line.",
        "field_of_document": "{field} is a field of the document; leave the line blank.",
        "field_of_payment": "{field} must be written as payment:1:method or payment:1:amount.",
    },
)

# Whoever types a code means it: no spreadsheet came between.
AS_TYPED = CellStyle(has_odd_codes=True)


class Correction(NamedTuple):
    """What one field is to be; `line` is None for the document, `value` is as a file writes it."""

    line: int | None
    field: str
    value: str
    reason: str


class CorrectionRow(NamedTuple):
    """A row of a file of corrections."""

    key: PosTransactionKey
    correction: Correction


def _row(store: str, terminal: str, transaction: str, line: int | None, field: str, value: str, why: str) -> CorrectionRow:
    return CorrectionRow(PosTransactionKey(store, terminal, transaction), Correction(line, field, value, why))


CORRECTIONS: FileFormat[CorrectionRow] = FileFormat(
    "corrections",
    ("store", "terminal", "transaction"),
    (
        *(Column(name, parsing.code) for name in ("store", "terminal", "transaction")),
        Column("line", parsing.whole, None),
        Column("field", parsing.code),
        Column("value", parsing.name, ""),
        Column("reason", parsing.reason),
    ),
    _row,
)


def _optional(text: str) -> str:
    return parsing.code(text) if text.strip() else ""


def _kind(text: str) -> str:
    if text not in KINDS:
        raise FieldError("BAD_VALUE", {"given": shown(text), "kinds": KINDS}, "no_kind")
    return text


HEADER: dict[str, Callable[[str], Any]] = {
    "business_date": parsing.day,
    "customer": _optional,
    "staff": _optional,
    "kind": _kind,
    DISCARDED: parsing.flag,
}
LINE: dict[str, Callable[[str], Any]] = {
    "item": parsing.code,
    "batch": _optional,
    "unit": unit_code,
    "quantity": parsing.document_quantity,
    "price": parsing.decimal_of(6),
    "discount": parsing.document_amount,
    "net": parsing.document_amount,
    "tax": parsing.document_amount,
    "voided": parsing.flag,
}
PAYMENT: dict[str, Callable[[str], Any]] = {"method": parsing.code, "amount": parsing.document_amount}


class Corrected(NamedTuple):
    """A document after its corrections."""

    value: PosTransactionData
    discarded: bool


class RefusedCorrectionError(Exception):
    """A correction cannot be made; `place` is its place among those of the document."""

    def __init__(self, place: int, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.place = place
        self.problem = problem


def correct_document(
    document: PosTransactionData,
    corrections: Sequence[Correction],
    rounding_limit: Decimal,
    *,
    discarded: bool,
    methods: Collection[str] = (),
    style: CellStyle = AS_TYPED,
) -> Corrected:
    """The document with all corrections made; its sums move with its lines and payments.

    `methods` are those of payment that exist, `style` says how values are written. Raises RefusedCorrectionError.
    """
    header: dict[str, Any] = {}
    lines = {line.number: line for line in document.lines}
    payments = {payment.number: payment for payment in document.payments}
    for place, correction in enumerate(corrections):
        try:
            if correction.line is not None:
                lines[correction.line] = _corrected_line(lines, correction, style)
            elif correction.field.startswith("payment:"):
                number, name = _payment_field(correction.field)
                if number not in payments:
                    raise FieldError("UNKNOWN_LINE", {"number": number, "known": _listed(payments)}, "payment")
                value = _read(PAYMENT[name], correction, style)
                if name == "method" and value not in methods:
                    raise FieldError("BAD_VALUE", {"given": shown(value), "methods": tuple(methods)}, "no_method")
                payments[number] = payments[number]._replace(**{name: value})
            else:
                header[correction.field] = _read(_parser(HEADER, correction), correction, style)
        except FieldError as error:
            raise RefusedCorrectionError(place, replace(error.at(correction.field).problem, line=correction.line)) from None
    discarded = header.pop(DISCARDED, discarded)
    changed = tuple(lines.values())
    live = tuple(line for line in changed if not line.voided)
    after = document._replace(**header, lines=changed, live=live, payments=tuple(payments.values()))
    return Corrected(_with_cards(_with_sums(document, after, rounding_limit)), discarded)


def _read(parse: Callable[[str], Any], correction: Correction, style: CellStyle) -> Any:
    """The value, written as cells of files may be. Raises FieldError."""
    text = correction.value.strip()
    return parse(plain_cell(text, holds_of(parse), style) if text else text)


def _parser(known: dict[str, Callable[[str], Any]], correction: Correction) -> Callable[[str], Any]:
    if correction.field not in known:
        if correction.field in LINE:
            raise FieldError("BAD_VALUE", {}, "field_of_line")
        names = (*HEADER, *LINE, "payment:N:method", "payment:N:amount")
        raise FieldError("BAD_VALUE", {"fields": names}, "no_field")
    return known[correction.field]


def _corrected_line(lines: dict[int, PosLineData], correction: Correction, style: CellStyle) -> PosLineData:
    number = correction.line or 0
    if correction.field in HEADER or correction.field.startswith("payment:"):
        raise FieldError("BAD_VALUE", {}, "field_of_document")
    parse = _parser(LINE, correction)
    if number not in lines:
        raise FieldError("UNKNOWN_LINE", {"number": number, "known": _listed(lines)}, "line")
    line = lines[number]._replace(**{correction.field: _read(parse, correction, style)})
    parsing.refuse_large_product(line.quantity, line.price)
    return line


def _payment_field(field: str) -> tuple[int, str]:
    parts = field.split(":")
    if len(parts) != 3 or parts[2] not in PAYMENT:
        raise FieldError("BAD_VALUE", {}, "field_of_payment")
    return parsing.whole(parts[1]), parts[2]


def _listed(numbers: dict[int, Any]) -> str:
    return ", ".join(str(number) for number in list(numbers)[:20]) or "none"


def _with_sums(before: PosTransactionData, after: PosTransactionData, limit: Decimal) -> PosTransactionData:
    """Sums of the header move with what they add up, so that cents which rounding left stay; what is further off follows the lines."""
    if (before.lines, before.payments, before.kind) == (after.lines, after.payments, after.kind):
        return after
    if after.kind != SALE:
        total = _sum(after.payments, "amount") if before.payments != after.payments else after.total
        return after._replace(net=total - after.tax, total=total, paid=None if after.paid is None else total)
    net, tax = (_moved(getattr(before, name), before, after, name, limit) for name in ("net", "tax"))
    return after._replace(
        net=net,
        tax=tax,
        total=net + tax,
        discount=None if after.discount is None else _sum(after.live, "discount"),
        paid=None if after.paid is None else _sum(after.payments, "amount"),
        item_count=None if after.item_count is None else _sum(after.live, "quantity"),
    )


def _with_cards(document: PosTransactionData) -> PosTransactionData:
    """What gift cards get and give follows the lines and payments that say so."""
    if not document.gift_cards:
        return document
    lines = {line.number: ZERO if line.voided else line.net + line.tax for line in document.lines}
    sign = CARD_SIGNS.get(document.kind, 0)
    payments = {payment.number: sign * payment.amount for payment in document.payments}
    moves = (
        move._replace(amount=lines.get(move.line, ZERO) if move.line is not None else payments.get(move.payment or 0, ZERO))
        for move in document.gift_cards
    )
    return document._replace(gift_cards=tuple(moves))


def _moved(amount: Decimal, before: PosTransactionData, after: PosTransactionData, name: str, limit: Decimal) -> Decimal:
    lines = _sum(after.live, name)
    moved = amount + lines - _sum(before.live, name)
    return moved if abs(moved - lines) <= limit else lines


def _sum(rows: "Sequence[PosLineData] | Sequence[PosPaymentData]", name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), ZERO)
