"""Bodies and answers of calls about what was counted and what tills printed."""

from datetime import date
from functools import partial
from typing import Any

import msgspec
from ninja import Schema

from core.api.answers import Money
from core.lib.messages import Message
from core.lib.parsing import reason
from orders.services import decode
from orders.services.decode import CodeText, DocumentFormat, Fields, Whole
from parameters.rules.denominations import read_pieces
from statements.rules.z_report import read_figure
from statements.services.accept_difference import Difference
from statements.services.counts import CountRequest, TenderCounted
from statements.services.z_report import PrintedReport, RegisterReport

Day = date


class AcceptIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why a counted difference is accepted."""

    note: str


class AcceptedLineOut(Schema):
    """A difference that was accepted, of a payment method of what is counted together."""

    unit: str
    method: str
    difference: Money


class AcceptedOut(Schema):
    """What was accepted."""

    statement: str
    accepted: list[AcceptedLineOut]


def _note_fields(raw: AcceptIn) -> Fields:
    yield "note", reason, raw.note


ACCEPT: "DocumentFormat[AcceptIn, str]" = DocumentFormat(
    Message("request"), msgspec.json.Decoder(AcceptIn), lambda raw: reason(raw.note), lambda _: "", _note_fields, lambda _: "", {}
)


def accepted_out(number: str, found: Difference) -> dict[str, Any]:
    """The answer."""
    rows = [AcceptedLineOut(unit=line.unit, method=line.method, difference=line.difference) for line in found.lines]
    return AcceptedOut(statement=number, accepted=rows).model_dump(mode="json")


class CountIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What was counted of a payment method in a drawer; `denominations` are coins and notes by their value, and add up to the amount."""

    store: CodeText
    terminal: CodeText
    date: Day
    method: CodeText
    amount: str
    reason: str
    shift: Whole | None = None
    staff: str = ""
    denominations: dict[str, int] = {}


class CountedOut(Schema):
    """What counted before (null: nothing) and counts now, and the document that says so ("": nothing was changed)."""

    before: Money | None
    counted: Money
    transaction: str


def _counted(raw: CountIn) -> CountRequest:
    """The body with every value checked. Raises FieldError."""
    return CountRequest(
        *(decode.code[raw.store], decode.code[raw.terminal], raw.date, decode.code[raw.method], decode.money[raw.amount]),
        *(reason(raw.reason), raw.shift, decode.code[raw.staff] if raw.staff else "", read_pieces(raw.denominations.items())),
    )


def _count_fields(raw: CountIn) -> Fields:
    for name in ("store", "terminal", "method"):
        yield name, decode.code.__getitem__, getattr(raw, name)
    yield "amount", decode.money.__getitem__, raw.amount
    yield "reason", reason, raw.reason


COUNT: "DocumentFormat[CountIn, CountRequest]" = DocumentFormat(
    Message("request"),
    msgspec.json.Decoder(CountIn),
    _counted,
    lambda _: "",
    _count_fields,
    lambda _: "",
    {"date": "2026-05-01"},
)


def counted_out(done: TenderCounted) -> dict[str, Any]:
    """The answer."""
    return CountedOut(before=done.before, counted=done.counted, transaction=done.transaction).model_dump(mode="json")


class ZReportIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a till printed at the end of its day, or of a shift of it: figures by their names, as `enter_z_report` takes them."""

    store: CodeText
    terminal: CodeText
    date: Day
    shift: Whole | None = None
    figures: dict[str, str]


class FigureOut(Schema):
    """A figure as the till printed it (null: not given), as its transactions come to, and what the till printed too much."""

    figure: str
    printed: str | None
    computed: str
    difference: str


class ZReportOut(Schema):
    """Every figure of the till's day or shift, and how many differ."""

    figures: list[FigureOut]
    differences: int


def _printed(raw: ZReportIn) -> PrintedReport:
    """The body with every value checked. Raises FieldError."""
    figures = dict(read_figure(name, value) for name, value in raw.figures.items())
    return PrintedReport(decode.code[raw.store], decode.code[raw.terminal], raw.date, raw.shift, figures)


def _printed_fields(raw: ZReportIn) -> Fields:
    for name in ("store", "terminal"):
        yield name, decode.code.__getitem__, getattr(raw, name)
    for name, value in raw.figures.items():
        yield "figures", partial(read_figure, name), value


Z_REPORT: "DocumentFormat[ZReportIn, PrintedReport]" = DocumentFormat(
    Message("request"),
    msgspec.json.Decoder(ZReportIn),
    _printed,
    lambda _: "",
    _printed_fields,
    lambda _: "",
    {"date": "2026-05-01"},
)


def z_report_out(done: RegisterReport) -> dict[str, Any]:
    """The answer."""
    return ZReportOut(figures=[FigureOut.model_validate(one) for one in done.values()], differences=len(done.differing)).model_dump(
        mode="json"
    )
