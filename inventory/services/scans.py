"""What somebody scanned from a 2D code: a GS1 element string or a GS1 Digital Link, which name item, batch and expiry."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from core.db.upsert import ids_by_code
from core.lib.parsing import FieldError, shown
from core.lib.problems import Code, register
from inventory.rules.barcodes import looks_scanned

register(
    Code(
        "BAD_SCAN",
        "import",
        "The scan is no GS1 element string and no GS1 Digital Link.",
        "Send what the scanner read, with its separators, or leave the scan out.",
        "{field}.scan {value} is no GS1 element string and no GS1 Digital Link; send what the scanner read, or leave it out.",
    ),
    Code(
        "SCAN_CONTRADICTS",
        "import",
        "The scan names another item, batch or expiry than the line.",
        "Correct the line where it comes from; one of the two was typed wrong or taken from other goods.",
        {
            "item": "{field}: the scan names item {scanned} and the line {said}; correct the line.",
            "batch": "{field}: the scan names batch {scanned} and the line {said}; correct the line.",
            "expiry": "{field}: the scan names the expiry {scanned} and the line {said}; correct the line.",
            "other_item": "Line {line}: the scan names item {scanned} by its GTIN and the line {said}; correct the line.",
        },
    ),
)

_GTIN_LENGTHS = (8, 12, 13, 14)
_GTIN, _BATCH, _EXPIRY = "01", "10", "17"


class Scan(NamedTuple):
    """What a scan names; blank and None for what it does not. A best-before date says nothing about the last day of sale."""

    gtin: str
    batch: str
    expires_on: date | None


def is_gtin(code: str) -> bool:
    """Whether a code is a GTIN: 8, 12, 13 or 14 digits, the last of which checks the others."""
    if len(code) not in _GTIN_LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))
    return weighed % 10 == 0


def read_scan(text: str) -> Scan:
    """What a scan names. Raises FieldError BAD_SCAN."""
    # Its tables cost a start of every command some time, and few tills scan.
    import biip

    try:
        read = biip.parse(text)
    except (biip.ParseError, ValueError):
        raise FieldError("BAD_SCAN", {"value": shown(text)}) from None
    found = read.gs1_message or read.gs1_digital_link_uri
    if found is None:
        raise FieldError("BAD_SCAN", {"value": shown(text)})
    parts = {part.ai.ai: part for part in found.element_strings}
    if not parts.keys() & {_GTIN, _BATCH} or (_GTIN in parts and not is_gtin(parts[_GTIN].value)):
        raise FieldError("BAD_SCAN", {"value": shown(text)})
    expiry = parts.get(_EXPIRY)
    return Scan(
        parts[_GTIN].value if _GTIN in parts else "", parts[_BATCH].value if _BATCH in parts else "", expiry.date if expiry else None
    )


def scans_among(items: Collection[str]) -> frozenset[str]:
    """Those of the texts that stand where an item is named which a 2D code gave; a code of an item is that item. At most one query."""
    likely = {text for text in items if looks_scanned(text)}
    return frozenset(likely - ids_by_code("inventory_item", likely).keys()) if likely else frozenset()


class ScannedLine(NamedTuple):
    """What a line names together with its scan; `gtin` is what the scan names its item by, blank where it says nothing."""

    item: str
    batch: str
    expires_on: date | None
    gtin: str


def scanned_line(scan: str, item: str, batch: str) -> ScannedLine:
    """What a line that was scanned names; a blank item is the one of the scan. Raises FieldError BAD_SCAN, SCAN_CONTRADICTS.

    An item whose code is a GTIN must be the one that was scanned; whether another code is the item of the GTIN, its barcode says.
    """
    found = read_scan(scan)
    if found.gtin and is_gtin(item) and found.gtin.zfill(14) != item.zfill(14):
        raise FieldError("SCAN_CONTRADICTS", {"scanned": found.gtin, "said": item}, "item")
    if batch and found.batch and batch != found.batch:
        raise FieldError("SCAN_CONTRADICTS", {"scanned": found.batch, "said": batch}, "batch")
    if not (item or found.gtin):
        raise FieldError("MISSING_FIELD", {}, "blank", "item")
    return ScannedLine(item or found.gtin, batch or found.batch, found.expires_on, found.gtin)
