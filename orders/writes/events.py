"""Set-based writes of the history of customer orders."""

import json
from collections.abc import Sequence

from core.db.bulk import copy_rows
from orders.models import OrderEvent

Event = tuple[int, OrderEvent.What, dict[str, object]]


def insert_events(events: Sequence[Event], actor: str) -> None:
    """Adds (order, what, data) to the histories of orders; one COPY, none for nothing."""
    if events:
        columns = ("order_id", "actor", "what", "data")
        copy_rows("orders_orderevent", columns, ((order, actor, str(what), json.dumps(data)) for order, what, data in events))
