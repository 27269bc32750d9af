"""Bodies and answers of calls that take back what is posted."""

from datetime import date
from typing import Any, NamedTuple

import msgspec
from ninja import Schema

from core.lib.messages import Message
from core.lib.parsing import reason
from orders.api.bodies import REVERSAL_MOMENTS, ReverseIn, reversal_fields
from orders.services import decode
from orders.services.decode import CodeText, DocumentFormat, Fields
from statements.rules.till import PosTransactionKey
from statements.services.reversals import Reversed


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


class AskedTransactionReversal(NamedTuple):
    """A checked body."""

    reason: str
    on: date | None
    key: PosTransactionKey


def _asked(raw: ReverseTransactionIn) -> AskedTransactionReversal:
    """The body with every value checked. Raises FieldError."""
    key = PosTransactionKey(decode.code[raw.store], decode.code[raw.terminal], decode.code[raw.number])
    return AskedTransactionReversal(reason(raw.reason), raw.date, key)


def _fields(raw: ReverseTransactionIn) -> Fields:
    for name in ("store", "terminal", "number"):
        yield name, decode.code.__getitem__, getattr(raw, name)
    yield from reversal_fields(raw)


REVERSE_TRANSACTION: "DocumentFormat[ReverseTransactionIn, AskedTransactionReversal]" = DocumentFormat(
    Message("request"), msgspec.json.Decoder(ReverseTransactionIn), _asked, lambda _: "", _fields, lambda _: "", REVERSAL_MOMENTS
)


class ReverseJournalIn(ReverseIn, forbid_unknown_fields=True, kw_only=True):
    """The journal that is taken back, and why; `legal_entity` where several companies have one of its number."""

    journal: CodeText
    legal_entity: str = ""


class ReversedJournalOut(Schema):
    """The journal that was taken back."""

    document: str
    reversal: int


class AskedJournalReversal(NamedTuple):
    """A checked body."""

    reason: str
    on: date | None
    journal: str
    legal_entity: str


def _asked_journal(raw: ReverseJournalIn) -> AskedJournalReversal:
    """The body with every value checked. Raises FieldError."""
    company = decode.code[raw.legal_entity] if raw.legal_entity else ""
    return AskedJournalReversal(reason(raw.reason), raw.date, decode.code[raw.journal], company)


def _journal_fields(raw: ReverseJournalIn) -> Fields:
    yield "journal", decode.code.__getitem__, raw.journal
    if raw.legal_entity:
        yield "legal_entity", decode.code.__getitem__, raw.legal_entity
    yield from reversal_fields(raw)


REVERSE_JOURNAL: "DocumentFormat[ReverseJournalIn, AskedJournalReversal]" = DocumentFormat(
    Message("request"),
    msgspec.json.Decoder(ReverseJournalIn),
    _asked_journal,
    lambda _: "",
    _journal_fields,
    lambda _: "",
    REVERSAL_MOMENTS,
)


def reversed_out(taken: Reversed) -> dict[str, Any]:
    """The answer."""
    return ReversedOut(document=taken.document, reversal=taken.reversal_id, transactions=len(taken.transactions)).model_dump(mode="json")
