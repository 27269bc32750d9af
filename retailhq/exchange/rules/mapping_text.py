"""Which column is which, as people write it: one line for each of our columns.

    item = Variant SKU
    sold_at = Date + Time
    unit = "pcs"
    method = Payment Method ? "card"; Cash > cash; * > card

Headers that are joined stand with ` + `, `?` says that the column may be missing, what stands in quotes is taken where the cell is blank,
and `theirs > ours` says what a value is called with us; `*` is any other.
"""

import re
from collections.abc import Mapping, Sequence

from core.lib import parsing
from core.lib.parsing import FieldError, shown
from core.lib.problems import register_texts
from core.lib.reading_profiles import ColumnSource

register_texts(
    "BAD_VALUE",
    {
        "mapping_line": '{field} {value} is not written as column = header, column = "constant", or both.',
        "mapping_column": "{field} {value} is no column of {kind}; the columns are {columns}.",
        "mapping_twice": "{field} {value} stands twice.",
        "mapping_kind": "{field} A mapping of columns needs the kind of file that it is for.",
        "shipped_profile": "{field} {value} is the code of a profile that is shipped; choose another one.",
        "mapping_value": "{field} {value} is not written as theirs > ours.",
    },
)

LONGEST_LINE = 2_000
_LINE = re.compile(
    r"\s*(?P<column>[a-z_]+)\s*=\s*(?P<headers>[^?\";]*?)\s*(?P<maybe>\?)?\s*"
    r"(?:\"(?P<constant>[^\"]*)\")?\s*(?:;(?P<values>.*))?"
)


def read_mapping(text: str, kind: str, columns: Sequence[str]) -> dict[str, ColumnSource]:
    """The sources by our column. Raises FieldError."""
    found: dict[str, ColumnSource] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = _LINE.fullmatch(line)
        if parts is None or not (parts["headers"] or parts["constant"] is not None):
            raise FieldError("BAD_VALUE", {"value": shown(line)}, "mapping_line")
        if not kind:
            raise FieldError("BAD_VALUE", {}, "mapping_kind")
        column = parts["column"]
        if column not in columns:
            raise FieldError("BAD_VALUE", {"value": shown(column), "kind": kind, "columns": list(columns)}, "mapping_column")
        if column in found:
            raise FieldError("BAD_VALUE", {"value": shown(column)}, "mapping_twice")
        headers = tuple(header.strip() for header in parts["headers"].split(" + ") if header.strip())
        found[column] = ColumnSource(headers, parts["constant"] or "", bool(parts["maybe"]), dict(read_pairs(parts["values"] or "")))
    return found


def read_pairs(text: str) -> list[tuple[str, str]]:
    """What theirs is called with us, `theirs > ours` with semicolons between. Raises FieldError."""
    pairs = []
    for part in filter(None, map(str.strip, text.split(";"))):
        theirs, sign, ours = part.partition(">")
        if not sign or not theirs.strip():
            raise FieldError("BAD_VALUE", {"value": shown(part)}, "mapping_value")
        pairs.append((theirs.strip().casefold(), ours.strip()))
    return pairs


def mapping_lines(text: str) -> str:
    """Lines with nothing in them that cannot be stored, each one like a mapping. Raises FieldError."""
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.isprintable() or len(line) > LONGEST_LINE or _LINE.fullmatch(line) is None:
            raise FieldError("BAD_VALUE", {"value": shown(line)}, "mapping_line")
    return text


def row_number(text: str) -> int:
    """A row from 1, 0 for the first one that is filled. Raises FieldError."""
    return 0 if text == "0" else parsing.whole(text)


def write_mapping(columns: Mapping[str, ColumnSource]) -> str:
    """The lines of a mapping."""
    return "\n".join(f"{column} = {write_source(source)}" for column, source in columns.items())


def write_source(source: ColumnSource) -> str:
    """What stands behind the column's name."""
    parts = [source.written_headers]
    if source.constant or not source.headers:
        parts.append(f'"{source.constant}"')
    written = " ".join(filter(None, parts))
    return "; ".join(filter(None, (written, write_pairs(source.values))))


def write_pairs(values: Mapping[str, str]) -> str:
    """What theirs is called with us, in one line."""
    return "; ".join(f"{theirs} > {ours}" for theirs, ours in values.items())
