"""A printed document as plain text in its places: page and PDF are both made from it, so they cannot differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of the lines: `share` of the width, numbers to the right."""

    name: str
    share: int
    number: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount below the lines; the last one that a reader looks for is `strong`."""

    name: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A document with everything already in the words, digits and dates of `language`.

    `at` is the moment that it documents: the only date in the file, so that the same document is the same bytes whenever it is printed.
    """

    title: str
    number: str
    issuer: Sequence[str]
    recipient: Sequence[str]
    facts: Sequence[tuple[str, str]]
    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[str]]
    sums: Sequence[Sum]
    notes: Sequence[str]
    at: datetime
    language: str
    page_words: str

    @property
    def cells(self) -> list[list[tuple[PaperColumn, str]]]:
        """Rows with the column of each text."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]
