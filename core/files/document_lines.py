"""Lines of documents as calls of the API send them: objects with the columns of a file, read by its rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from core.files.json_problems import RepeatedFieldError, decode_json, json_problem, known_of
from core.files.source import Line
from core.lib.csv_columns import FileFormat
from core.lib.imports import Reject, Row, reject_of
from core.lib.messages import Message
from core.lib.parsing import FieldError
from core.lib.problems import Problem
from core.lib.reading_profiles import OURS, ReadingProfile

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

    def read(self, lines: Iterable[Line], profile: ReadingProfile = OURS) -> Iterator[Row[RowT] | Reject]:
        """Each line as a value, or why it is none; what JSON writes as a number stays the text of the call."""
        decoder, known = msgspec.json.Decoder(self.struct, float_hook=str), known_of(self.struct)
        names = [column.name for column in self.format.columns]
        reader = self.format.reader(names, profile)
        for line in lines:
            if line.too_long:
                yield reject_of(line.number, "", Problem("TOO_LARGE", variant="line"))
                continue
            try:
                raw = decode_json(decoder, line.data)
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


def _cell(value: object) -> str:
    """A value as the file would have it; what is no number or text is refused as the text that it is."""
    return "" if value is None else str(value)
