"""Tax rates that amounts come to: tills send amounts and no rates (docs/domain.md#tax-rates)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from core.lib.decimals import ZERO

# Rates are whole more often than halves, halves more often than quarters, and so on.
STEPS = tuple(map(Decimal, ("1", "0.5", "0.25", "0.1", "0.125", "0.05", "0.01", "0.001")))
# No tax is higher, in percent; amounts that come to more are none of a rate.
HIGHEST = Decimal(1000)
HUNDRED = Decimal(100)
# Less than rates differ by.
LEAST = Decimal("0.000000001")


class TaxedLine(NamedTuple):
    """Net and tax of a line, and its item."""

    item_id: int
    net: Decimal
    tax: Decimal


class Span(NamedTuple):
    """The rates, in percent, that round to the same amounts; none where `low` is above `high`."""

    low: Decimal
    high: Decimal

    def __contains__(self, rate: object) -> bool:
        return isinstance(rate, Decimal) and self.low <= rate <= self.high

    @property
    def is_empty(self) -> bool:
        """Whether no rate is one of them."""
        return self.low > self.high

    def nearest(self, step: Decimal, near: Decimal) -> Decimal | None:
        """The multiple of a step that is one of them, of several the nearest."""
        first, last = ((end / step).to_integral_value(way) for end, way in ((self.low, ROUND_CEILING), (self.high, ROUND_FLOOR)))
        return min(max((near / step).to_integral_value(ROUND_HALF_EVEN), first), last) * step if first <= last else None


class Claim(NamedTuple):
    """Lines (by their places) that are taxed alike, the rates that explain them, and the one that their amounts come to exactly."""

    span: Span
    ratio: Decimal
    places: list[int]


def judge_rates(lines: Sequence[TaxedLine], decimals: int, known: Collection[Decimal] = ()) -> list[Decimal | None]:
    """The rate of each line, in percent; None where no rate explains it (tax without net, or of the other sign).

    Lines of an item have one rate wherever one explains them all to the cent of the currency (`decimals`). Of rates that do, one that is
    `known` (printed by a till) is taken, else as few different ones as explain all lines, and of those the plainest.
    """
    claims = _claims(lines, Decimal(1).scaleb(-decimals) / 2)
    found: list[Decimal | None] = [None] * len(lines)
    unknown = [claim for claim in claims if not _give(claim, known, found)]
    rates = _fewest(unknown)
    for claim in unknown:
        _give(claim, rates, found)
    # What has neither net nor tax goes with its item.
    of_item = {line.item_id: rate for line, rate in zip(lines, found, strict=True) if rate is not None}
    for place, line in enumerate(lines):
        if not line.net and not line.tax:
            found[place] = of_item.get(line.item_id, ZERO)
    return found


def _give(claim: Claim, rates: Iterable[Decimal], found: list[Decimal | None]) -> bool:
    """Gives the lines of the claim the nearest of those of the rates that explain it; says whether there is one."""
    rate = min((rate for rate in rates if rate in claim.span), key=lambda rate: (abs(rate - claim.ratio), rate), default=None)
    if rate is None:
        return False
    for place in claim.places:
        found[place] = rate
    return True


def _claims(lines: Sequence[TaxedLine], half: Decimal) -> list[Claim]:
    """The lines of each item together where one rate explains them all, else line by line."""
    of_item: dict[int, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.net and line.net * line.tax >= 0:
            of_item[line.item_id].append(place)
    claims = []
    for places in of_item.values():
        span = _span_of_item({lines[place] for place in places}, half)
        if span.is_empty:
            claims += [Claim(_rounded(lines[place], half), _ratio([lines[place]]), [place]) for place in places]
        else:
            claims.append(Claim(span, _ratio(lines[place] for place in places), places))
    return [claim for claim in claims if not claim.span.is_empty]


def _span_of_item(lines: Collection[TaxedLine], half: Decimal) -> Span:
    """The rates that explain all lines. Where tax was rounded by transaction, lines got a cent more or less; such rates count where none
    else explains all, and where the same net has another tax, so that it cannot have been rounded by line.
    """
    rounded, shared = (_common(span(line, half) for line in lines) for span in (_rounded, _shared))
    amounts = {(abs(line.net), abs(line.tax)) for line in lines}
    differs = len(amounts) > len({net for net, _ in amounts})
    return shared if rounded.is_empty or differs else rounded


def _rounded(line: TaxedLine, half: Decimal) -> Span:
    """Rates that come to the tax of a line, which was rounded by itself, as its net may have been."""
    net, tax = abs(line.net), abs(line.tax)
    high = (tax + half) * HUNDRED / (net - half) if net > half else HIGHEST
    return Span(max(ZERO, tax - half) * HUNDRED / (net + half), min(high, HIGHEST))


def _shared(line: TaxedLine, half: Decimal) -> Span:
    """Rates whose tax is less than a cent from that of a line, which got its share of the tax of the transaction."""
    net, tax = abs(line.net), abs(line.tax)
    low, high = ((tax + share) * HUNDRED / net for share in (-2 * half, 2 * half))
    return Span(max(ZERO, low + LEAST), min(high - LEAST, HIGHEST))


def _common(spans: Iterable[Span]) -> Span:
    every = list(spans)
    return Span(max(span.low for span in every), min(span.high for span in every))


def _ratio(lines: Iterable[TaxedLine]) -> Decimal:
    own = list(lines)
    return sum((abs(line.tax) for line in own), ZERO) * HUNDRED / sum((abs(line.net) for line in own), ZERO)


def _fewest(claims: Sequence[Claim]) -> list[Decimal]:
    """As few rates as explain all claims: each is one of what overlaps, from the lowest upper end on."""
    rates: list[Decimal] = []
    group: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (claim.span.high, claim.span.low)):
        if group and claim.span.low > group[0].span.high:
            rates.append(_plainest_of(group))
            group = []
        group.append(claim)
    return [*rates, _plainest_of(group)] if group else rates


def _plainest_of(group: Sequence[Claim]) -> Decimal:
    common = _common(claim.span for claim in group)
    # The narrowest claim knows best.
    near = min(group, key=lambda claim: claim.span.high - claim.span.low).ratio
    return plainest(common, min(max(near, common.low), common.high))


def plainest(span: Span, near: Decimal) -> Decimal:
    """The plainest rate of a span, of equally plain ones the nearest."""
    found = (span.nearest(step, near) for step in STEPS)
    return next((rate for rate in found if rate is not None), near)
