"""Content of a pending order as fields that a person can mend, and what an edit changed; pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from core.lib.problems import Code, Problem, register

HEAD = ("customer", "ordered_at", "delivery", "currency", "warehouse", "net", "tax", "total")
LINE = ("item", "quantity", "unit", "price", "discount", "net", "tax", "batch", "delivery", "gift_card", "voided")
PAYMENT = ("method", "amount", "gift_card")
_PLACE = re.compile(r"(lines|payments)\[(\d+)\]\.(\w+)")
TRUE = "true"

register(
    Code(
        "PENDING_ORDER_DONE",
        "customer order",
        "The pending order is created or discarded; it can no longer be changed.",
        "Look at the order that was made of it, or hand it in anew.",
        "Pending order {confirmation} is created or discarded; it stays as it is.",
    ),
    Code(
        "PENDING_ORDER_CHANGED",
        "customer order",
        "Somebody changed the pending order meanwhile.",
        "Load it again, then make the change.",
        "Somebody changed pending order {confirmation} meanwhile; load it again.",
    ),
    Code(
        "REASON_MISSING",
        "customer order",
        "A pending order is discarded only with a reason.",
        "Say why it is not wanted.",
        "Say why the order is not wanted; nothing was changed.",
    ),
    Code(
        "NOTHING_CHANGED",
        "customer order",
        "The edit changes nothing.",
        "Correct a value, or try again without an edit.",
        "Nothing was changed; correct a value, or try again.",
    ),
)


class PendingChange(NamedTuple):
    """A value that an edit replaced; blank for one that is left out."""

    field: str
    before: str
    after: str


def parsed(content: str) -> dict[str, Any]:
    """The content with its decimals as the texts that came in. Raises ValueError for what is no JSON."""
    found: dict[str, Any] = json.loads(content, parse_float=str)
    return found


def fields_of(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every value that may be edited, by its path such as `lines[0].quantity`; blank for one that is left out."""
    for name in HEAD:
        yield name, text_of(content.get(name))
    for rows, names in (("lines", LINE), ("payments", PAYMENT)):
        for place, row in enumerate(content.get(rows) or ()):
            for name in names:
                yield f"{rows}[{place}].{name}", text_of(row.get(name))


def text_of(value: object) -> str:
    """A value as the form shows it; false and null are blank."""
    return "" if value is None or value is False else TRUE if value is True else str(value)


def edited(content: str, wanted: Mapping[str, str]) -> tuple[str, list[PendingChange]]:
    """The content with the values that were wanted, and what differs; paths that name no field are left alone."""
    found = parsed(content)
    changes = []
    for path, before in list(fields_of(found)):
        after = wanted.get(path, before).strip()
        if after != before:
            match = _PLACE.fullmatch(path)
            row, name = (found[match[1]][int(match[2])], match[3]) if match else (found, path)
            if after:
                row[name] = True if name == "voided" else after
            else:
                row.pop(name, None)
            changes.append(PendingChange(path, before, after))
    return json.dumps(found, ensure_ascii=False), changes


def done(confirmation: str) -> Problem:
    """It is too late for a change."""
    return Problem("PENDING_ORDER_DONE", {"confirmation": confirmation})
