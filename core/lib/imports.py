"""What readers hand to importers and importers hand back; values only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from core.lib.messages import Message
from core.lib.problems import AS_WRITTEN, BusinessError, Problem

T = TypeVar("T")
_SEPARATOR = "\x1f"


class ImportKind(IntEnum):
    """Kinds of files that are imported one at a time; the number is the key of an advisory lock."""

    LEGAL_ENTITIES = 1
    WAREHOUSES = 2
    STORES = 3
    CUSTOMERS = 4
    ITEMS = 5
    DISPOSITIONS = 6
    UNIT_CONVERSIONS = 7
    RECEIPTS = 8
    JOURNALS = 9
    BATCHES = 10
    Z_REPORTS = 11


class Row(NamedTuple, Generic[T]):
    """One row of a file that could be read: its line in the file, its key as people write it, its value."""

    number: int
    key: str
    value: T


class Reject(NamedTuple):
    """One row that is not imported, and why."""

    row: int
    key: str
    code: str
    message: Message


def reject_of(row: int, key: str, problem: Problem) -> Reject:
    """The row, which is not imported because of the problem."""
    return Reject(row, key, problem.code, problem.message)


def problem_of(reject: Reject) -> Problem:
    """The problem of a row that is not imported, at the number of the row."""
    said = reject.message
    return Problem(reject.code, said.params, line=reject.row, variant=said.variant if said.code else AS_WRITTEN)


@dataclass(slots=True)
class BatchResult:
    """What became of the rows of one batch.

    `lines` counts receipt lines of new transactions, `found` the codes that validation found on them, `errors` the transactions among them
    that validation keeps off statements, `waiting` the ids of those that name a line which may stand later in the file. `repeated` are
    the numbers of rows that were there with the same content, `replaced` those that took the place of other content; a sum over batches
    leaves them out. `warnings` are rows that were kept and should be looked at.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    lines: int = 0
    errors: int = 0
    rejects: list[Reject] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    waiting: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    warnings: list[Reject] = field(default_factory=list)

    def reject(self, row: "Row[T]", problem: Problem) -> None:
        """Notes a row that is refused."""
        self.rejects.append(reject_of(row.number, row.key, problem))

    def warn(self, row: "Row[T]", problem: Problem) -> None:
        """Notes a row that is kept although something about it is odd."""
        self.warnings.append(reject_of(row.number, row.key, problem))
        self.found[problem.code] += 1

    def count(self, accepted: int, new: int, updated: int) -> None:
        """Counts accepted rows of which some were made and some changed; the others were the same already."""
        self.new += new
        self.updated += updated
        self.unchanged += accepted - new - updated

    def refuse_rejects(self) -> None:
        """For what is done whole or not at all: raises BusinessError with the problems of the rows that were refused."""
        if self.rejects:
            raise BusinessError(*map(problem_of, self.rejects))


def content_digest(parts: Iterable[object]) -> UUID:
    """128 bits over the values as text. Give numbers in one scale and moments as `utc_text`, so that equal content gives equal digests."""
    return UUID(hex=text_digest(joined_content(parts)))


def joined_content(parts: Iterable[object]) -> str:
    """The text that the digest of values is made of; of its parts it can be made again."""
    return _SEPARATOR.join(map(str, parts))


def text_digest(text: str) -> str:
    """128 bits over a text, in hexadecimal digits."""
    return blake2b(text.encode(), digest_size=16).hexdigest()
