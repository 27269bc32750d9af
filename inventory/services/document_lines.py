"""Lines of journals and receipts as calls of the API send them: objects with the columns of the file, read by its rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from core.db.meant_codes import candidates_in
from core.files.json_problems import RepeatedFieldError, json_problem, known_of, refuse_repeated_fields
from core.files.source import Line
from core.lib.csv_columns import FileFormat
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import CODE_LENGTH, LARGEST_WHOLE, QUANTITY_PLACES, QUANTITY_WHOLE_DIGITS, FieldError
from core.lib.problems import Problem, register_texts
from core.lib.reading_profiles import OURS
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


RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class DocumentLines(Generic[RowT]):
    """How lines of one kind of document come in a call: as objects of `struct`, each meaning a row of `format`.

    `words` say what a line is, `variant` is the sentence of BAD_JSON for what is none.
    """

    format: FileFormat[RowT]
    struct: type[msgspec.Struct]
    words: Message
    variant: str

    def read(self, lines: Iterable[Line]) -> Iterator[Row[RowT] | Reject]:
        """Each line as a value, or why it is none; what JSON writes as a number stays the text of the call."""
        decoder, known = msgspec.json.Decoder(self.struct, float_hook=str), known_of(self.struct)
        names = [column.name for column in self.format.columns]
        reader = self.format.reader(names, replace(OURS, meant=candidates_in(CODE_TABLES)))
        for line in lines:
            try:
                raw = decoder.decode(line.data)
                refuse_repeated_fields(line.data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RepeatedFieldError) as error:
                why = json_problem(error, line.data, self.words, known)
                yield reject_of(
                    line.number, "", why if why.code == "BAD_JSON" else Problem("BAD_JSON", {"why": why.message}, variant=self.variant)
                )
                continue
            key = "/".join(str(getattr(raw, name)) for name in self.format.key)
            try:
                yield Row(line.number, key, reader.read([_cell(getattr(raw, name)) for name in names]))
            except FieldError as error:
                yield reject_of(line.number, key, error.problem)


JOURNAL_LINES: DocumentLines[JournalRow] = DocumentLines(JOURNALS, JournalLineIn, Message("line of a journal"), "no_journal_line")
RECEIPT_LINES: DocumentLines[ReceiptRow] = DocumentLines(RECEIPTS, ReceiptLineIn, Message("line of a receipt"), "no_receipt_line")


def _cell(value: object) -> str:
    """A value as the file would have it; what is no number or text is refused as the text that it is."""
    return "" if value is None else str(value)
