"""Picks and packs quantities of a customer order, and takes that back; stock and ledger do not move before the delivery.

Locks: the order (order_locks.py).
"""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from core.access.scope import Scope
from core.lib.decimals import plain_text
from core.lib.problems import BusinessError, Problem
from orders.models import OrderEvent
from orders.queries import deliveries as reads
from orders.rules.deliveries import moved
from orders.rules.fulfilment import Verb
from orders.services.order_locks import count_change, held_order
from orders.writes import deliveries as writes
from orders.writes.place_orders import insert_events

HANDLING = {
    Verb.PICK: OrderEvent.What.PICK,
    Verb.UNPICK: OrderEvent.What.UNPICK,
    Verb.PACK: OrderEvent.What.PACK,
    Verb.UNPACK: OrderEvent.What.UNPACK,
}


@transaction.atomic
def handle_quantities(
    order_id: int, verb: Verb, quantities: Mapping[int, Decimal], version: int | None = None, *, actor: str, scope: Scope | None = None
) -> int:
    """Moves quantities (absolute, by line number) of an order to the stage of a HANDLING verb; gives the order's new version.

    Raises BusinessError as `held_order`, NOTHING_TO_DELIVER without quantities, and with the problems of every line that has not that much
    for the verb. Nothing has changed then.
    """
    if verb not in HANDLING:
        raise ValueError(f"{verb} moves stock")
    order = held_order(order_id, version, scope)
    if not quantities:
        raise BusinessError(Problem("NOTHING_TO_DELIVER", {"order": order.number}, variant="not_named"))
    stages, problems = moved(reads.open_lines([order_id]), verb, quantities)
    if problems:
        raise BusinessError(*problems)
    changed = count_change(order)
    writes.update_stages(stages)
    insert_events([(order_id, HANDLING[verb], {"lines": handling_summary(quantities)})], actor)
    return changed


def handling_summary(quantities: Mapping[int, Decimal]) -> dict[str, str]:
    """Quantities by line number as histories keep them."""
    return {str(number): plain_text(quantity) for number, quantity in sorted(quantities.items())}
