"""Barcodes of items: how they are kept, so that what one scanner reads is found whatever form another one gave it."""

import re
from collections.abc import Iterable, Iterator, Mapping

from core.lib import parsing
from core.lib.holds import Holds, holding
from core.lib.problems import Code, Problem, register

register(
    Code(
        "BARCODE_IN_USE",
        "setup",
        "Another item has this barcode; a scan of it names one item only.",
        "Correct it, or take it from the other item first.",
        "Barcode {barcode} belongs to item {other}; correct it, or take it from {other} first.",
    ),
)

_SHORT, _UPC, _EAN, _CASE = 8, 12, 13, 14


def canonical_barcode(text: str) -> str:
    """The form in which a barcode is kept and looked up: GTINs of 12 and 14 digits as the EAN-13 or EAN-8 that they also are.

    A UPC is an EAN-13 with a zero in front, and a 2D code fills every GTIN up to 14 digits (GS1 General Specifications 3.3.2).
    """
    if not (text.isascii() and text.isdigit()) or len(text) not in (_UPC, _EAN, _CASE):
        return text
    whole = text.zfill(_CASE)
    if whole.startswith("0" * (_CASE - _SHORT)):
        return whole[-_SHORT:]
    return whole[1:] if whole.startswith("0") else whole


def barcode(text: str) -> str:
    """A barcode as it is kept. Raises FieldError."""
    return canonical_barcode(parsing.code(text))


# Application identifier 01 with the GTIN and something behind it, with or without what a scanner puts in front; or a Digital Link.
_SCANNED = re.compile(r"(\][A-Za-z]\d)?[\x1d|]?01\d{14}.+|https?://\S+/01/\d{8,14}(/\S*|\?\S*)?")
LONGEST_SCAN = 300


def looks_scanned(text: str) -> bool:
    """A text that a 2D code gave rather than somebody typed; whether it can be read is another matter."""
    return len(text) <= LONGEST_SCAN and _SCANNED.fullmatch(text) is not None


@holding(Holds.CODE)
def item_code(text: str) -> str:
    """An item as people and scanners write it: its code, its barcode, or all that a 2D code said. Raises FieldError."""
    clean = text.strip()
    return clean if looks_scanned(clean) else parsing.code(text)


def barcode_refusals(wanted: Iterable[tuple[str, str]], owners: Mapping[str, str]) -> Iterator[tuple[str, Problem]]:
    """Of items with the barcodes they are to get, those that cannot have theirs: another one has it (`owners`) or asked before."""
    taken = dict(owners)
    for item, code in wanted:
        if (other := taken.setdefault(code, item)) != item:
            yield item, Problem("BARCODE_IN_USE", {"barcode": code, "other": other})
