"""Lines of journals and receipts as calls of the API send them."""

from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec

from core.db.meant_codes import candidates_in
from core.files.document_lines import DocumentLines
from core.lib.messages import Message
from core.lib.parsing import CODE_LENGTH, LARGEST_WHOLE, QUANTITY_PLACES, QUANTITY_WHOLE_DIGITS
from core.lib.problems import register_texts
from core.lib.reading_profiles import OURS, ReadingProfile
from inventory.queries.named import CODE_TABLES
from inventory.rules.file_columns import RECEIPTS, ReceiptRow
from inventory.rules.journal_columns import JOURNALS, JournalRow

register_texts(
    "BAD_JSON",
    {
        "no_journal_line": "The line is not a line of a journal. {why}",
        "no_receipt_line": "The line is not a line of a receipt. {why}",
    },
)

_NUMBER = rf"^-?[0-9]{{1,{QUANTITY_WHOLE_DIGITS}}}(\.[0-9]{{0,{QUANTITY_PLACES}}})?$"
_MOST = 10**QUANTITY_WHOLE_DIGITS - 1
_QUANTITY = {"anyOf": [{"type": "string", "pattern": _NUMBER}, {"type": "number", "minimum": -_MOST, "maximum": _MOST}]}
Quantity = Annotated[Any, msgspec.Meta(extra_json_schema=_QUANTITY)]
CodeText = Annotated[str, msgspec.Meta(extra_json_schema={"minLength": 1, "maxLength": CODE_LENGTH})]


class JournalLineIn(msgspec.Struct, forbid_unknown_fields=True):
    """A line of a journal; the columns of the file of journals. `receipt` is the line of a receipt that is corrected, RECEIPT/LINE."""

    journal: CodeText
    line: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_WHOLE)]
    kind: Literal["adjustment", "count", "transfer", "write_off", "supplier_return", "receipt_correction"]
    warehouse: CodeText
    item: CodeText
    quantity: Quantity
    date: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
    reason: CodeText
    to_warehouse: str | None = None
    batch: str | None = None
    receipt: str | None = None


class ReceiptLineIn(msgspec.Struct, forbid_unknown_fields=True):
    """A line of a receipt of goods; the columns of the file of receipts."""

    receipt: CodeText
    line: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_WHOLE)]
    warehouse: CodeText
    item: CodeText
    quantity: Quantity
    unit_cost: Quantity
    received_at: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
    batch: str | None = None
    manufactured_on: str | None = None
    expires_on: str | None = None
    disposition: str | None = None


JOURNAL_LINES: DocumentLines[JournalRow] = DocumentLines(JOURNALS, JournalLineIn, Message("line of a journal"), "no_journal_line")
RECEIPT_LINES: DocumentLines[ReceiptRow] = DocumentLines(RECEIPTS, ReceiptLineIn, Message("line of a receipt"), "no_receipt_line")


def meant_by_calls() -> ReadingProfile:
    """How lines of one call are read: a code that a spreadsheet damaged is refused with the one that it may mean."""
    return replace(OURS, meant=candidates_in(CODE_TABLES))
