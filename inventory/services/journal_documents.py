"""Lines of journals as calls of the API send them: objects with the columns of the file, read by its rules."""

from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec

from core.db.meant_codes import candidates_in
from core.files.json_problems import RepeatedFieldError, json_problem, known_of, refuse_repeated_fields
from core.files.source import Line
from core.lib.csv_columns import RowReader
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import CODE_LENGTH, LARGEST_WHOLE, QUANTITY_PLACES, QUANTITY_WHOLE_DIGITS, FieldError
from core.lib.problems import Problem, register_texts
from core.lib.reading_profiles import OURS
from inventory.queries.named import CODE_TABLES
from inventory.rules.journal_columns import JOURNALS, JournalRow

register_texts("BAD_JSON", {"no_journal_line": "The line is not a line of a journal. {why}"})

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


# What JSON writes as a number stays the text of the call.
_KNOWN = known_of(JournalLineIn)
_decoder = msgspec.json.Decoder(JournalLineIn, float_hook=str)


def line_reader() -> RowReader[JournalRow]:
    """Reads the lines of one call, as those of a file are read."""
    return JOURNALS.reader([column.name for column in JOURNALS.columns], replace(OURS, meant=candidates_in(CODE_TABLES)))


def read_line(line: Line, reader: RowReader[JournalRow]) -> Row[JournalRow] | Reject:
    """One line as a value, or why it is none."""
    try:
        raw = _decoder.decode(line.data)
        refuse_repeated_fields(line.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RepeatedFieldError) as error:
        why = json_problem(error, line.data, Message("line of a journal"), _KNOWN)
        problem = why if why.code == "BAD_JSON" else Problem("BAD_JSON", {"why": why.message}, variant="no_journal_line")
        return reject_of(line.number, "", problem)
    cells = [_cell(getattr(raw, column.name)) for column in JOURNALS.columns]
    key = f"{raw.journal}/{raw.line}"
    try:
        return Row(line.number, key, reader.read(cells))
    except FieldError as error:
        return reject_of(line.number, key, error.problem)


def _cell(value: object) -> str:
    """A value as the file would have it; what is no number or text is refused as the text that it is."""
    return "" if value is None else str(value)
