"""Bodies of calls that do something with an order; decoded as files are (orders/services/decode.py), so numbers never pass a float."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest

from core.api.answers import ApiError, stored_item
from core.api.bodies import object_of
from core.lib.imports import Reject
from core.lib.messages import Message
from core.lib.parsing import reason
from inventory.rules.approvals import LONGEST_NOTE
from orders.rules.till_lines import OrderPaymentData
from orders.services import decode
from orders.services.decode import Amount, CodeText, DocumentFormat, DocumentT, Fields, Quantity, Whole

# The field of the body is called as its type is.
Day = date
REVERSAL_MOMENTS = {"date": "2026-05-01"}


class QuantityIn(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the order and how much of it, absolute, in the line's unit."""

    line: Whole
    quantity: Quantity


class BackIn(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the order and how much of it comes back, absolute, in the line's unit or in the given one."""

    line: Whole
    quantity: Quantity
    unit: str | None = None


class PaidIn(msgspec.Struct, forbid_unknown_fields=True):
    """A payment; refunds are negative. `gift_card` is the number of the card that it is paid with, or paid back to."""

    method: CodeText
    amount: Amount
    gift_card: str | None = None


class HandleIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is picked or packed, or taken back; `version` is the order's version that the caller saw."""

    lines: list[QuantityIn]
    version: Whole | None = None


class HandOverIn(msgspec.Struct, forbid_unknown_fields=True):
    """What leaves; without `lines` everything that can. Without `payments` what is due goes on account, with them it is paid."""

    lines: list[QuantityIn] | None = None
    payments: list[PaidIn] | None = None
    version: Whole | None = None


class CancelIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is cancelled, without `lines` all that is left; money that goes back is paid with `refund_method`."""

    lines: list[QuantityIn] | None = None
    refund_method: CodeText = "cash"
    version: Whole | None = None


class ReturnedIn(msgspec.Struct, forbid_unknown_fields=True):
    """What comes back, without `lines` all that can; `store` is where it comes back to, if not where it was sold. `version` is the
    order's version that the caller saw.
    """

    lines: list[BackIn] | None = None
    refund_method: CodeText = "cash"
    store: CodeText | None = None
    version: Whole | None = None


class ReverseIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why a document is taken back; `date` where the reversal is not booked on the date of what it takes back."""

    reason: str
    date: Day | None = None


class NoteIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why a document may pass a fallback limit."""

    note: str


class Asked(NamedTuple):
    """A checked body."""

    quantities: dict[int, Decimal] | None
    payments: tuple[OrderPaymentData, ...] | None
    version: int | None
    refund_method: str
    store: str | None
    units: dict[int, str]


class AskedReversal(NamedTuple):
    """A checked body of a reversal."""

    reason: str
    on: date | None


AskedIn = HandleIn | HandOverIn | CancelIn | ReturnedIn


def _asked(raw: AskedIn) -> Asked:
    """The body with every value checked. Raises FieldError."""
    paid = raw.payments if isinstance(raw, HandOverIn) else None
    decode.refuse_too_many(raw.lines or [], paid or [], Message("request"))
    lines = None if raw.lines is None else decode.in_order(raw.lines, lambda line: line.line)
    return Asked(
        None if lines is None else {line.line: decode.quantity[line.quantity] for line in lines},
        None
        if paid is None
        else tuple(
            OrderPaymentData(number, decode.code[one.method], decode.money[one.amount], decode.optional(one.gift_card))
            for number, one in enumerate(paid, 1)
        ),
        raw.version,
        decode.code[raw.refund_method] if isinstance(raw, CancelIn | ReturnedIn) else "",
        decode.code[raw.store] if isinstance(raw, ReturnedIn) and raw.store is not None else None,
        {line.line: decode.unit[line.unit] for line in lines or [] if isinstance(line, BackIn) and line.unit is not None},
    )


def _fields(raw: AskedIn) -> Fields:
    yield from _quantity_fields(raw.lines or [])
    if isinstance(raw, ReturnedIn):
        yield "store", decode.code.__getitem__, raw.store
    if isinstance(raw, CancelIn | ReturnedIn):
        yield "refund_method", decode.code.__getitem__, raw.refund_method
    for place, payment in enumerate((raw.payments if isinstance(raw, HandOverIn) else None) or []):
        yield f"payments[{place}].method", decode.code.__getitem__, payment.method
        yield f"payments[{place}].amount", decode.money.__getitem__, payment.amount
        yield f"payments[{place}].gift_card", decode.optional, payment.gift_card


def _quantity_fields(lines: Sequence[QuantityIn | BackIn]) -> Iterator[tuple[str, Any, Any]]:
    for place, line in enumerate(lines):
        yield f"lines[{place}].quantity", decode.quantity.__getitem__, line.quantity
        if isinstance(line, BackIn) and line.unit is not None:
            yield f"lines[{place}].unit", decode.unit.__getitem__, line.unit


def _format(kind: type[AskedIn]) -> "DocumentFormat[Any, Asked]":
    decoder: Any = msgspec.json.Decoder(kind, float_hook=str)
    return DocumentFormat(Message("request"), decoder, _asked, lambda _: "", _fields, lambda _: "", {})


def reversal_fields(raw: ReverseIn) -> Fields:
    """Fields of a reversal that are checked."""
    yield "reason", reason, raw.reason


HANDLE, HAND_OVER, CANCEL, RETURN = _format(HandleIn), _format(HandOverIn), _format(CancelIn), _format(ReturnedIn)


REVERSE: "DocumentFormat[ReverseIn, AskedReversal]" = DocumentFormat(
    Message("request"),
    msgspec.json.Decoder(ReverseIn),
    lambda raw: AskedReversal(reason(raw.reason), raw.date),
    lambda _: "",
    reversal_fields,
    lambda _: "",
    REVERSAL_MOMENTS,
)


def note_of(raw: NoteIn) -> str:
    """The note, checked. Raises FieldError."""
    return reason(raw.note, LONGEST_NOTE)


def _note_fields(raw: NoteIn) -> Fields:
    yield "note", lambda note: reason(note, LONGEST_NOTE), raw.note


NOTE: "DocumentFormat[NoteIn, str]" = DocumentFormat(
    Message("request"), msgspec.json.Decoder(NoteIn), note_of, lambda _: "", _note_fields, lambda _: "", {}
)


def asked_of(request: HttpRequest, form: "DocumentFormat[Any, DocumentT]", *, may_be_missing: bool = False) -> DocumentT:
    """What the body asks for. Raises ApiError."""
    row = form.read_line(object_of(request, may_be_missing=may_be_missing))
    if isinstance(row, Reject):
        raise ApiError(stored_item(row.code, row.message))
    return row.value
