"""What stores do with the demo's customer orders: pick, pack, deliver with payment, ship, cancel; each as its place in the file says.

Every step looks first whether it was done, so an interrupted run is taken up again.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec
from django.contrib.auth.models import User

from orders.models import Delivery
from orders.rules.fulfilment import Verb
from orders.rules.till_lines import OrderPaymentData
from orders.services.cancellation import cancel_order
from orders.services.pick_and_pack import handle_quantities
from orders.services.request_delivery import due, request_delivery
from retailhq.demo.customer_orders import Fate, fate_of
from retailhq.demo.queries import order_progress
from retailhq.demo.workspace import USER

METHOD = "card"
STEPS: Mapping[Fate, tuple[Verb, ...]] = {
    Fate.WAITS: (),
    Fate.PICKED: (Verb.PICK,),
    Fate.PACKED: (Verb.PICK, Verb.PACK),
    Fate.COLLECTED: (Verb.PICK, Verb.PACK, Verb.PICK_UP),
    Fate.PARTLY: (Verb.PICK_UP,),
    Fate.SHIPPED: (Verb.PACK, Verb.SHIP),
    Fate.HYBRID: (Verb.PICK, Verb.PICK_UP),
    Fate.UNCOVERED: (Verb.PICK_UP,),
    Fate.CANCELLED: (Verb.CANCEL,),
    Fate.REFUSED: (Verb.PICK_UP,),
}


class Planned(NamedTuple):
    """An order of the file and what is to happen to it."""

    number: str
    fate: Fate


class _Head(msgspec.Struct):
    order: str
    store: str


def planned_orders(file: Path, stop_store: str) -> list[Planned]:
    """Read what is to happen from the file of orders: it follows from their places."""
    decoder = msgspec.json.Decoder(_Head)
    heads = [decoder.decode(line) for line in file.read_bytes().splitlines()]
    return [Planned(head.order, Fate.REFUSED if head.store == stop_store else fate_of(place)) for place, head in enumerate(heads)]


def fulfil(planned: Sequence[Planned]) -> None:
    """Do what is planned and not done yet. Deliveries are asked for, one after the other as tills do; the worker invoices them."""
    user = User.objects.get(username=USER)
    stands = order_progress([order.number for order in planned])
    for order in planned:
        found = stands[order.number]
        lines: dict[int, Decimal] = {int(number): Decimal(quantity) for number, quantity in found["lines"].items()}
        for verb in STEPS[order.fate]:
            if verb in (Verb.PICK, Verb.PACK):
                if found["packed"] == 0 and (verb is Verb.PACK or found["picked"] == 0):
                    handle_quantities(found["id"], verb, lines, actor=USER)
            elif verb is Verb.CANCEL:
                if found["status"] == "created":
                    cancel_order(found["id"], None, METHOD, actor=USER)
            elif not Delivery.objects.filter(order_id=found["id"], verb=verb).exists():
                deliver(found["id"], verb, {1: lines[1]} if order.fate is Fate.PARTLY else None, user)


def deliver(order_id: int, verb: Verb, quantities: Mapping[int, Decimal] | None, user: User) -> None:
    """Ask for a delivery: what is picked up is paid at the till, what is shipped goes on account."""
    owed = due(order_id, verb, quantities).due
    paid = None if verb is Verb.SHIP else (OrderPaymentData(1, METHOD, owed),) if owed else ()
    request_delivery(order_id, verb, quantities, paid, user_id=user.pk, actor=USER)
