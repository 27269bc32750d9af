"""Where a batch came from and went, as events of GS1 EPCIS 2.0 in JSON-LD, for partners' systems.

Items are named by the GS1 Digital Link of their GTIN where barcode or code is one, else by an identifier of the company's own; EPCIS
allows both.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from inventory.services.scans import is_gtin

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_OWN = "urn:retailhq:"


class ReceivedGoods(NamedTuple):
    """Goods of the batch that a warehouse received."""

    receipt: str
    warehouse: str
    quantity: Decimal
    at: datetime


class MovedGoods(NamedTuple):
    """Goods of the batch that went from a warehouse to another one."""

    journal: str
    warehouse: str
    to_warehouse: str
    quantity: Decimal
    at: datetime


class SoldGoods(NamedTuple):
    """Goods of the batch that a store sold, certainly or probably."""

    document: str
    store: str
    quantity: Decimal
    at: datetime
    is_certain: bool


def batch_uri(item: str, batch: str, barcode: str = "") -> str:
    """The class of all units of a batch: by the GTIN that the item's barcode or code is, else by an identifier of ours."""
    for code in (barcode, item):
        if is_gtin(code):
            return f"https://id.gs1.org/01/{code.zfill(14)}/10/{quote(batch, safe='')}"
    return f"{_OWN}batch:{quote(item, safe='')}:{quote(batch, safe='')}"


def epcis_document(
    batch: str, unit: str, received: Iterable[ReceivedGoods], moved: Iterable[MovedGoods], sold: Iterable[SoldGoods], at: datetime
) -> dict[str, Any]:
    """An EPCIS document: receiving, shipping and receiving between warehouses, retail selling.

    `batch` is the class of its units, `at` when it is written.
    """
    events = [
        _event(one.at, one.quantity, batch, unit, ("receiving", "in_progress"), f"warehouse:{one.warehouse}", f"receipt:{one.receipt}")
        for one in received
    ]
    for move in moved:
        sides = ((move.warehouse, ("shipping", "in_transit")), (move.to_warehouse, ("receiving", "in_progress")))
        document = f"journal:{move.journal}"
        events += [_event(move.at, move.quantity, batch, unit, what, f"warehouse:{place}", document) for place, what in sides]
    events += [
        _event(one.at, one.quantity, batch, unit, ("retail_selling", "retail_sold"), f"store:{one.store}", f"sale:{one.document}")
        | {"retailhq:certainty": "certain" if one.is_certain else "probable"}
        for one in sold
    ]
    return {
        "@context": [CONTEXT, {"retailhq": f"{_OWN}vocabulary:"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(),
        "epcisBody": {"eventList": sorted(events, key=lambda event: str(event["eventTime"]))},
    }


def _event(
    at: datetime, quantity: Decimal, batch: str, unit: str, step_and_disposition: tuple[str, str], place: str, document: str
) -> dict[str, Any]:
    step, disposition = step_and_disposition
    where = f"{_OWN}{quote(place, safe=':')}"
    return {
        "type": "ObjectEvent",
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "readPoint": {"id": where},
        "bizLocation": {"id": where},
        "bizTransactionList": [{"bizTransaction": f"{_OWN}{quote(document, safe=':')}"}],
        # The unit stands outside the list: its codes are those of UN/CEFACT there, and ours are the company's.
        "quantityList": [{"epcClass": batch, "quantity": float(quantity)}],
        "retailhq:unit": unit,
    }
