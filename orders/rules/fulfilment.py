"""How the quantity of a customer order line moves from stage to stage: one table of transitions, consumed in its order.

A line's quantity is spread over stages: open, picked, packed, invoiced, cancelled. Shipping 201 of a line of which 200 are packed uses the
packed 200 first and then one that is open, so a transition names the stages that it takes from, in order (docs/domain.md#stages).
Quantities are absolute and in the line's unit; a return line (negative on the order) moves through the same stages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.lib.decimals import ZERO
from core.lib.messages import Message, Params
from core.lib.problems import Code, Problem, register


class DeliveryMode(StrEnum):
    """How a line reaches the customer."""

    PICKUP = "pickup"
    SHIP = "ship"
    CARRY_OUT = "carry_out"


class Stage(StrEnum):
    """Where a part of a line's quantity stands; `open` is what no other stage holds."""

    OPEN = "open"
    PICKED = "picked"
    PACKED = "packed"
    INVOICED = "invoiced"
    CANCELLED = "cancelled"


class Verb(StrEnum):
    """What is done to quantities of an order."""

    PICK = "pick"
    UNPICK = "unpick"
    PACK = "pack"
    UNPACK = "unpack"
    SHIP = "ship"
    PICK_UP = "pick_up"
    CARRY_OUT = "carry_out"
    INVOICE = "invoice"
    CANCEL = "cancel"
    RETURN = "return"


# As sentences say them.
TO_DO: Final[Mapping[Verb, Message]] = {
    Verb.PICK: Message("to pick"),
    Verb.UNPICK: Message("to unpick"),
    Verb.PACK: Message("to pack"),
    Verb.UNPACK: Message("to unpack"),
    Verb.SHIP: Message("to ship"),
    Verb.PICK_UP: Message("to pick up"),
    Verb.CARRY_OUT: Message("to carry out"),
    Verb.INVOICE: Message("to invoice"),
    Verb.CANCEL: Message("to cancel"),
    Verb.RETURN: Message("to return"),
}
MODE_WORDS: Final[Mapping[DeliveryMode, Message]] = {
    DeliveryMode.PICKUP: Message("the delivery mode is pickup"),
    DeliveryMode.SHIP: Message("the delivery mode is ship"),
    DeliveryMode.CARRY_OUT: Message("the delivery mode is carry out"),
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: from which stages (in order of use) to which, for which delivery modes, and whether stock is issued.

    `sales` and `returns` say which lines the verb is for: goods that leave, goods that come back.
    """

    sources: tuple[Stage, ...]
    target: Stage
    modes: frozenset[DeliveryMode]
    issues: bool = False
    sales: bool = True
    returns: bool = False

    def serves(self, mode: DeliveryMode, *, is_return: bool) -> bool:
        """Whether the verb is for lines of this kind."""
        return mode in self.modes and (self.returns if is_return else self.sales)


_FULFILLED = frozenset({DeliveryMode.PICKUP, DeliveryMode.SHIP})
_ANY = frozenset(DeliveryMode)
_HELD = (Stage.PICKED, Stage.PACKED, Stage.INVOICED, Stage.CANCELLED)  # in the order of the fields of Stages
_NEAREST_FIRST = (Stage.PACKED, Stage.PICKED, Stage.OPEN)

TRANSITIONS: Mapping[Verb, Transition] = {
    Verb.PICK: Transition((Stage.OPEN,), Stage.PICKED, _FULFILLED),
    Verb.UNPICK: Transition((Stage.PICKED,), Stage.OPEN, _FULFILLED),
    Verb.PACK: Transition((Stage.PICKED, Stage.OPEN), Stage.PACKED, _FULFILLED),
    Verb.UNPACK: Transition((Stage.PACKED,), Stage.PICKED, _FULFILLED),
    Verb.SHIP: Transition(_NEAREST_FIRST, Stage.INVOICED, frozenset({DeliveryMode.SHIP}), issues=True),
    Verb.PICK_UP: Transition(_NEAREST_FIRST, Stage.INVOICED, frozenset({DeliveryMode.PICKUP}), issues=True),
    Verb.CARRY_OUT: Transition((Stage.OPEN,), Stage.INVOICED, frozenset({DeliveryMode.CARRY_OUT}), issues=True, returns=True),
    Verb.INVOICE: Transition(_NEAREST_FIRST, Stage.INVOICED, _ANY, issues=True, returns=True),
    Verb.RETURN: Transition((Stage.OPEN,), Stage.INVOICED, _ANY, issues=True, sales=False, returns=True),
    Verb.CANCEL: Transition((Stage.OPEN, Stage.PICKED, Stage.PACKED), Stage.CANCELLED, _ANY, returns=True),
}

register(
    Code(
        "QUANTITY_NOT_OPEN",
        "customer order",
        "The line has not that much left for this action.",
        "Lower the quantity to what is left, or load the order again: somebody else may have worked on it.",
        {
            "too_much": "Line {line}: only {left} of {quantity} are left {to_do}.",
            "nothing_left": "Line {line}: nothing of it is left.",
            "no_line": "Line {line}: the order has no such line.",
            "handled": "Line {line}: {handled} are picked, packed, invoiced or cancelled, more than {quantity}.",
        },
    ),
    Code(
        "WRONG_DELIVERY_MODE",
        "customer order",
        "The line is not delivered that way.",
        "Ship lines to be shipped, hand out lines to be picked up, take back returns; change the delivery mode of the line first if the "
        "customer wishes.",
        "Line {line}: {state}; it has nothing {to_do}.",
    ),
    Code(
        "BAD_QUANTITY",
        "customer order",
        "The quantity is not above zero, or is that of a bar code.",
        "Give a quantity above zero, or leave the line out; a million or more of an item takes several lines.",
        {
            "not_positive": "Line {line}: {quantity} is not above zero.",
            "zero": "Line {line}: the quantity is zero.",
            "implausible": "Line {line}: {quantity} looks like a bar code or an amount; correct it, or write several lines.",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Stages:
    """A line's quantity by stage, absolute, in the line's unit."""

    ordered: Decimal
    picked: Decimal = ZERO
    packed: Decimal = ZERO
    invoiced: Decimal = ZERO
    cancelled: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        """What no stage holds yet."""
        return self.ordered - self.picked - self.packed - self.invoiced - self.cancelled

    def at(self, stage: Stage) -> Decimal:
        """The quantity in a stage."""
        amount: Decimal = getattr(self, stage)
        return amount


def movable(stages: Stages, verb: Verb) -> Decimal:
    """The most that the verb can move."""
    return sum((stages.at(stage) for stage in TRANSITIONS[verb].sources), ZERO)


def move(stages: Stages, verb: Verb, quantity: Decimal, mode: DeliveryMode, line: int = 1, *, is_return: bool = False) -> Stages | Problem:
    """The stages after the verb moved `quantity`, or why it cannot."""
    transition = TRANSITIONS[verb]
    if quantity <= 0:
        return Problem("BAD_QUANTITY", {"line": line, "quantity": quantity.normalize()}, line=line, variant="not_positive")
    if not transition.serves(mode, is_return=is_return):
        state = Message("it is a return") if is_return else MODE_WORDS[mode]
        return Problem("WRONG_DELIVERY_MODE", {"line": line, "state": state, "to_do": TO_DO[verb]}, line=line)
    if quantity > (most := movable(stages, verb)):
        said: Params = {"line": line, "left": most.normalize(), "quantity": quantity.normalize(), "to_do": TO_DO[verb]}
        return Problem("QUANTITY_NOT_OPEN", said, line=line, variant="too_much")
    left = quantity
    # What is open is what remains, so it has no place of its own to change. Built once: invoicing moves some thousand lines at a time.
    held = {stage: stages.at(stage) for stage in _HELD}
    for source in transition.sources:
        part = min(left, stages.at(source))
        left -= part
        if source in held:
            held[source] -= part
    if transition.target in held:
        held[transition.target] += quantity
    return Stages(stages.ordered, *held.values())
