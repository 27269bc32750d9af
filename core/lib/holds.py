"""What the cells of a column hold: the parser of a column is marked with it, so that files of other programs can be read by style."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar
from weakref import WeakKeyDictionary


class Holds(StrEnum):
    """What a cell holds; the spelling of a code or text is never changed."""

    CODE = "code"
    TEXT = "text"
    WORD = "word"
    CURRENCY = "currency"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"


ParserT = TypeVar("ParserT", bound=Callable[[str], object])
_HOLDS: WeakKeyDictionary[Callable[[str], object], Holds] = WeakKeyDictionary()


def holding(holds: Holds) -> Callable[[ParserT], ParserT]:
    """Marks a parser of cells with what they hold; parsers of codes need no mark."""

    def mark(parse: ParserT) -> ParserT:
        _HOLDS[parse] = holds
        return parse

    return mark


def holds_of(parse: Callable[[str], object]) -> Holds:
    """What the cells of a column hold that are parsed so."""
    return _HOLDS.get(parse, Holds.CODE)
