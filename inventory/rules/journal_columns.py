"""Columns of the file of journals, and what a line of a journal may say."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from core.lib import parsing
from core.lib.csv_columns import Column, FileFormat
from core.lib.holds import Holds, holding
from core.lib.parsing import FieldError
from core.lib.problems import register_texts
from inventory.rules.barcodes import item_code

register_texts(
    "BAD_VALUE",
    {
        "no_journal_kind": "{field} {value} is no kind of journal line; write {kinds}.",
        "no_receipt_line": "{field} {value} names no line of a receipt; write the receipt and its line, such as R1/1.",
        "not_of_kind": "{field} must be blank for a line of the kind {kind}.",
        "same_warehouse": "{field} {warehouse} is the warehouse that the goods leave; a transfer needs another one.",
    },
)
register_texts("BAD_NUMBER", {"no_change": "{field} is 0; only a count may be."})


class JournalKind(StrEnum):
    """What a line of a journal does."""

    ADJUSTMENT = "adjustment"
    COUNT = "count"
    TRANSFER = "transfer"
    WRITE_OFF = "write_off"
    SUPPLIER_RETURN = "supplier_return"
    RECEIPT_CORRECTION = "receipt_correction"


# Kinds that only ever take goods out: whether a sign is written or not, that is what is meant.
ONLY_OUT = frozenset({JournalKind.WRITE_OFF, JournalKind.SUPPLIER_RETURN})


class JournalRow(NamedTuple):
    """A row of `journals`: what a count found, what a transfer takes along (above zero), else the change.

    `receipt` is the line of the receipt that is corrected, as `RECEIPT/LINE`.
    """

    journal: str
    line: int
    kind: JournalKind
    warehouse: str
    to_warehouse: str
    item: str
    batch: str
    quantity: Decimal
    date: date
    receipt: str
    reason: str

    @property
    def receipt_key(self) -> tuple[str, int]:
        """Number and line of the receipt that is corrected."""
        number, _, line = self.receipt.rpartition("/")
        return number, int(line)


@holding(Holds.WORD)
def journal_kind(text: str) -> JournalKind:
    """What a line does. Raises FieldError."""
    if text not in tuple(JournalKind):
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text), "kinds": tuple(map(str, JournalKind))}, "no_journal_kind")
    return JournalKind(text)


def receipt_line(text: str) -> str:
    """A receipt and its line, `RECEIPT/LINE`, the line without leading zeros. Raises FieldError."""
    number, _, line = text.rpartition("/")
    if not number or not line.isdecimal():
        raise FieldError("BAD_VALUE", {"value": parsing.shown(text)}, "no_receipt_line")
    return f"{parsing.code(number)}/{parsing.whole(line)}"


def journal_row(
    journal: str,
    line: int,
    kind: JournalKind,
    warehouse: str,
    to_warehouse: str,
    item: str,
    batch: str,
    quantity: Decimal,
    day: date,
    receipt: str,
    reason: str,
) -> JournalRow:
    """A line whose values go together. Raises FieldError."""
    for field, value, of in (("to_warehouse", to_warehouse, JournalKind.TRANSFER), ("receipt", receipt, JournalKind.RECEIPT_CORRECTION)):
        if kind is of and not value:
            raise FieldError("MISSING_FIELD", {}, "blank", field)
        if kind is not of and value:
            raise FieldError("BAD_VALUE", {"kind": kind.value}, "not_of_kind", field)
    if to_warehouse == warehouse:
        raise FieldError("BAD_VALUE", {"warehouse": parsing.shown(warehouse)}, "same_warehouse", "to_warehouse")
    if kind is JournalKind.COUNT:
        if quantity < 0:
            raise FieldError("BAD_NUMBER", {"value": parsing.shown(str(quantity)), "low": 0}, "below", "quantity")
    elif not quantity:
        raise FieldError("BAD_NUMBER", {}, "no_change", "quantity")
    if kind is JournalKind.TRANSFER:
        quantity = abs(quantity)
    elif kind in ONLY_OUT:
        quantity = -abs(quantity)
    return JournalRow(journal, line, kind, warehouse, to_warehouse, item, batch, quantity, parsing.usable_day(day), receipt, reason)


JOURNALS = FileFormat(
    "journals",
    ("journal", "line"),
    (
        Column("journal", parsing.code),
        Column("line", parsing.whole),
        Column("kind", journal_kind),
        Column("warehouse", parsing.code),
        Column("to_warehouse", parsing.code, blank=""),
        Column("item", item_code),
        Column("batch", parsing.code, blank=""),
        Column("quantity", parsing.document_quantity),
        Column("date", parsing.day),
        Column("receipt", receipt_line, blank=""),
        Column("reason", parsing.name),
    ),
    journal_row,
)
