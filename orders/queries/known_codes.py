"""Which units and items lines mean by what they write."""

from collections.abc import Iterable
from typing import Any

from inventory.queries.named import items_by_barcode, items_by_code
from orders.rules.till_lines import KnownCodes
from parameters.queries import units_as_known


def known_codes(lines: Iterable[Any]) -> KnownCodes:
    """What the units and items of lines of transactions or of orders mean; at most two queries."""
    named = {(line.unit, line.item, line.gtin) for line in lines}
    codes = {code for _, *both in named for code in both if code}
    return KnownCodes(units_as_known({unit for unit, *_ in named}), items_by_barcode(codes))


def units_of_items(codes: Iterable[str]) -> dict[str, str]:
    """The units of items by code or barcode, whichever was written; at most two queries."""
    written = set(codes)
    meant = {code: code for code in written} | items_by_barcode(written)
    found = items_by_code(set(meant.values()))
    return {code: found[item].unit for code, item in meant.items() if item in found}
