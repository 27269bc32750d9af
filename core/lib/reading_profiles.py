"""How a file of another program is read as one of ours: its format, the style of its cells, and which of its columns is which of ours."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from core.lib.cells import PLAIN, CellStyle
from core.lib.messages import Message, as_written

ANY_OTHER: Final = "*"
NO_NAME: Final = as_written("")


def header_key(name: str) -> str:
    """What two spellings of a column's name have in common: case, blanks, dashes and underscores do not count."""
    return re.sub(r"[\s_-]+", "_", name.replace("\ufeff", "").strip().casefold())


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where the values of one of our columns come from.

    The cells under `headers` are joined by a blank. `values` says what theirs is called with us (case does not count; `*` is any other
    that is filled); `constant` stands where the cell is blank, or where there is no header. An
    optional one may be missing in the file.
    """

    headers: tuple[str, ...] = ()
    constant: str = ""
    is_optional: bool = False
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def written_headers(self) -> str:
        """The headers in one text: joined by ` + `, with ` ?` behind them if they may be missing."""
        return f"{' + '.join(self.headers)}{' ?' if self.is_optional else ''}".strip()

    def value(self, cells: Sequence[str]) -> str:
        """Our value of their cells."""
        text = " ".join(filter(None, (cell.strip() for cell in cells)))
        if not text:
            return self.constant
        if not self.values:
            return text
        return self.values.get(text.casefold(), self.values.get(ANY_OTHER, text))


@dataclass(frozen=True, slots=True)
class ReadingProfile:
    """A way of reading files. `kind` is the kind of file that it is for, blank: any.

    `encoding` blank: UTF-8, or what a byte order mark says; `delimiter` blank: commas, or what a line `sep=` says. `header_row` is that of
    the names, 0: the first one that is not blank; `sheet` the sheet of a workbook, blank: the first. Without `columns` the file has our
    names.
    """

    code: str = ""
    name: Message = NO_NAME
    kind: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0
    sheet: str = ""
    style: CellStyle = PLAIN
    # Of exports whose sales are written with a minus, as Dynamics does.
    turned: bool = False
    columns: Mapping[str, ColumnSource] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    # The code that exists and a damaged cell of a column may have been; '' for none.
    meant: Callable[[str, str], str] | None = None

    @property
    def is_mapped(self) -> bool:
        """Whether it says which column is which."""
        return bool(self.columns)


OURS: Final = ReadingProfile()
