"""Bodies and answers of calls that take back what is posted."""

from datetime import date
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest
from ninja import Schema

from core.api.answers import ApiError, stored_item
from core.api.bodies import object_of
from core.lib.imports import Reject
from core.lib.messages import Message
from orders.services import decode
from orders.services.decode import CodeText, DocumentFormat, Fields
from statements.rules.corrections import reason
from statements.rules.till import PosTransactionKey
from statements.services.reversals import Reversed

# The field of the body is called as its type is.
Day = date


class ReverseIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why a document is taken back; `date` where the reversal is not booked on the date of what it takes back."""

    reason: str
    date: Day | None = None


class ReverseTransactionIn(ReverseIn, forbid_unknown_fields=True, kw_only=True):
    """The transaction that is taken back, and why."""

    store: CodeText
    terminal: CodeText
    number: CodeText


class ReversedOut(Schema):
    """What was taken back, and how many transactions stand anew."""

    document: str
    reversal: int
    transactions: int


class AskedReversal(NamedTuple):
    """A checked body."""

    reason: str
    on: date | None
    key: PosTransactionKey


def _asked(raw: ReverseIn) -> AskedReversal:
    """The body with every value checked. Raises FieldError."""
    key = ("", "", "")
    if isinstance(raw, ReverseTransactionIn):
        key = (decode.code[raw.store], decode.code[raw.terminal], decode.code[raw.number])
    return AskedReversal(reason(raw.reason), raw.date, PosTransactionKey(*key))


def _fields(raw: ReverseIn) -> Fields:
    if isinstance(raw, ReverseTransactionIn):
        for name in ("store", "terminal", "number"):
            yield name, decode.code.__getitem__, getattr(raw, name)
    yield "reason", reason, raw.reason


def _format(kind: type[ReverseIn]) -> "DocumentFormat[Any, AskedReversal]":
    decoder: Any = msgspec.json.Decoder(kind)
    return DocumentFormat(Message("request"), decoder, _asked, lambda _: "", _fields, lambda _: "", {"date": "2026-05-01"})


REVERSE, REVERSE_TRANSACTION = _format(ReverseIn), _format(ReverseTransactionIn)


def reversal_asked(request: HttpRequest, form: "DocumentFormat[Any, AskedReversal]") -> AskedReversal:
    """What the body asks for. Raises ApiError."""
    row = form.read_line(object_of(request))
    if isinstance(row, Reject):
        raise ApiError(stored_item(row.code, row.message))
    return row.value


def reversed_out(taken: Reversed) -> dict[str, Any]:
    """The answer."""
    return ReversedOut(document=taken.document, reversal=taken.reversal_id, transactions=len(taken.transactions)).model_dump(mode="json")
