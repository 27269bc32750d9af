"""The Z report of a till: what it printed at the end of a shift against what its transactions come to (docs/domain.md#z-report)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO, plain_text
from core.lib.parsing import FieldError, code, decimal, document_amount, shown

# Counts, then amounts; what customers paid by method, drawer events by kind and tax by rate follow: `tender:cash`, `drawer:float`,
# `tax:19`.
COUNTS = ("transactions", "returns", "voids", "drawer_events")
AMOUNTS = ("net", "tax", "total")
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


def compare(printed: Figures, computed: Figures) -> list[ZLine]:
    """Every figure of either, counts and amounts first."""
    return [ZLine(key, printed.get(key), computed.get(key, ZERO)) for key in sorted({*printed, *computed}, key=_place)]


def _place(figure: str) -> tuple[int, str]:
    known = (*COUNTS, *AMOUNTS)
    return (known.index(figure), "") if figure in known else (len(known), figure)


def read_figure(name: str, text: str) -> tuple[str, Decimal]:
    """A figure as somebody wrote it, `tax:19.0` as `tax:19`. Raises FieldError BAD_VALUE, BAD_TEXT, BAD_NUMBER, TOO_LARGE."""
    kind, _, of = name.partition(":")
    if kind == "tax" and of:
        name = f"tax:{plain_text(decimal(of, 1))}"
    elif kind in {"tender", "drawer"} and of:
        name = f"{kind}:{code(of)}"
    elif name not in {*COUNTS, *AMOUNTS}:
        words = (*COUNTS, *AMOUNTS, "tender:METHOD", "drawer:KIND", "tax:RATE")
        raise FieldError("BAD_VALUE", {"value": shown(name), "words": words}, "none_of")
    return name, document_amount(text)
