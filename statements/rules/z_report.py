"""The Z report of a till: what it printed at the end of a shift against what its transactions come to (docs/domain.md#z-report)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.lib.csv_columns import Column, FileFormat
from core.lib.decimals import ZERO, plain_text
from core.lib.holds import Holds, holding
from core.lib.parsing import FieldError, code, decimal, document_amount, shown, usable_day, whole
from core.lib.parsing import day as read_day
from core.lib.problems import Code, Severity, register

register(
    Code(
        "Z_REPORT_DIFFERS",
        "import",
        "What a till printed is not what its transactions come to.",
        "Look for transactions that are missing or came twice; a figure that was written wrong is entered again.",
        "{figure}: the till printed {printed}, its transactions come to {computed}.",
        severity=Severity.WARNING,
    ),
)

# Counts, then amounts; what customers paid by method, drawer events by kind and tax by rate follow: `tender:cash`, `drawer:float`,
# `tax:19`.
COUNTS = ("transactions", "returns", "voids", "drawer_events")
AMOUNTS = ("net", "tax", "total")
TAX = "tax:"
# Of tax rates, in percent: 8.875.
RATE_SCALE = 3
Figures = Mapping[str, Decimal]


class Register(NamedTuple):
    """A till's day, or a shift of it."""

    terminal_id: int
    shift: int | None


class ZLine(NamedTuple):
    """A figure as the till printed it (None: not given) and as its transactions come to."""

    figure: str
    printed: Decimal | None
    computed: Decimal

    @property
    def difference(self) -> Decimal:
        """What the till printed too much; nothing where it printed nothing."""
        return ZERO if self.printed is None else self.printed - self.computed


def printed_rates(reports: Iterable[Collection[str]]) -> frozenset[Decimal]:
    """The tax rates that tills printed, by the names of their figures."""
    return frozenset(Decimal(name.removeprefix(TAX)) for figures in reports for name in figures if name.startswith(TAX))


@holding(Holds.DAY)
def usable_date(text: str) -> date:
    """A business date. Raises FieldError."""
    return usable_day(read_day(text))


def compare(printed: Figures, computed: Figures) -> list[ZLine]:
    """Every figure of either, counts and amounts first."""
    return [ZLine(key, printed.get(key), computed.get(key, ZERO)) for key in sorted({*printed, *computed}, key=_place)]


def _place(figure: str) -> tuple[int, str]:
    known = (*COUNTS, *AMOUNTS)
    return (known.index(figure), "") if figure in known else (len(known), figure)


@holding(Holds.WORD)
def figure_name(name: str) -> str:
    """The name of a figure as it is kept, `tax:19.0` as `tax:19`. Raises FieldError BAD_VALUE, BAD_TEXT, BAD_NUMBER, TOO_LARGE."""
    kind, _, of = name.partition(":")
    if kind == "tax" and of:
        return f"{TAX}{plain_text(decimal(of, RATE_SCALE))}"
    if kind in {"tender", "drawer"} and of:
        return f"{kind}:{code(of)}"
    if name not in {*COUNTS, *AMOUNTS}:
        words = (*COUNTS, *AMOUNTS, "tender:METHOD", "drawer:KIND", "tax:RATE")
        raise FieldError("BAD_VALUE", {"value": shown(name), "words": words}, "none_of")
    return name


def read_figure(name: str, text: str) -> tuple[str, Decimal]:
    """A figure as somebody wrote it. Raises FieldError BAD_VALUE, BAD_TEXT, BAD_NUMBER, TOO_LARGE."""
    return figure_name(name), document_amount(text)


class ZReportRow(NamedTuple):
    """A row of `z-reports`: one figure of a till's day, or of a shift of it."""

    store: str
    terminal: str
    shift: int | None
    date: date
    figure: str
    printed: Decimal


Z_REPORTS = FileFormat(
    "z-reports",
    ("store", "terminal", "date", "shift", "figure"),
    (
        Column("store", code),
        Column("terminal", code),
        Column("shift", whole, blank=None),
        Column("date", usable_date),
        Column("figure", figure_name),
        Column("printed", document_amount),
    ),
    ZReportRow,
)
