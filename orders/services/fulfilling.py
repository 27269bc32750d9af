"""Picks and packs quantities of a customer order, and takes that back; stock and ledger do not move before the delivery."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from orders.queries import deliveries as reads
from orders.rules.fulfilment import DeliveryMode, Stages, Verb, move
from orders.writes import deliveries as writes
from retailhq.lib.problems import BusinessError, Code, Problem, register

HANDLING = frozenset({Verb.PICK, Verb.UNPICK, Verb.PACK, Verb.UNPACK})

register(
    Code(
        "DELIVERY_IN_PROGRESS",
        "customer order",
        "The order is done, or a delivery of it is in work.",
        "Wait for it, then load the order again.",
    ),
    Code(
        "ORDER_CHANGED",
        "customer order",
        "Somebody else changed the order meanwhile.",
        "Load the order again, then repeat what is still needed.",
    ),
)


@transaction.atomic
def handle_quantities(order_id: int, verb: Verb, quantities: Mapping[int, Decimal], version: int) -> int:
    """Moves quantities (absolute, by line number) of an order to the stage of a HANDLING verb; gives the order's new version.

    Holds the order. Raises BusinessError: DELIVERY_IN_PROGRESS, ORDER_CHANGED when `version` is not the order's, and the problems of every
    line that has not that much for the verb. Nothing has changed then.
    """
    if verb not in HANDLING:
        raise ValueError(f"{verb} moves stock")
    if not reads.hold_open_orders([order_id]):
        raise BusinessError(Problem("DELIVERY_IN_PROGRESS", "The order is invoiced or cancelled, or a delivery of it is in work."))
    lines = {line.number: line for line in reads.open_lines([order_id])}
    stages: dict[int, Stages] = {}
    problems: list[Problem] = []
    for number, quantity in sorted(quantities.items()):
        line = lines.get(number)
        if line is None:
            problems.append(Problem("QUANTITY_NOT_OPEN", f"Line {number}: nothing of it is left.", number))
            continue
        after = move(line.stages, verb, quantity, DeliveryMode(line.mode), number)
        if isinstance(after, Stages):
            stages[line.order_line_id] = after
        else:
            problems.append(after)
    if problems:
        raise BusinessError(*problems)
    changed = writes.next_version(order_id, version)
    if changed is None:
        raise BusinessError(Problem("ORDER_CHANGED", f"The order is not at version {version} any more; load it again."))
    writes.update_stages(stages)
    return changed
