"""Rates are told from amounts: never one that they contradict, the right one wherever they tell it (docs/domain.md#tax-rates)."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from statements.rules.tax_rates import Span, TaxedLine, judge_rates, plainest

CENT = Decimal("0.01")
REAL = tuple(map(Decimal, ("0", "2.6", "5.5", "6", "7", "7.25", "8.1", "8.875", "10", "19", "20", "25.5")))


def line(item: int, net: str, tax: str) -> TaxedLine:
    return TaxedLine(item, Decimal(net), Decimal(tax))


def test_a_small_amount_goes_with_the_others_of_its_item() -> None:
    """30 cents with 2 cents of tax are 6.7 %; the item is taxed at 7 %, as its other sales show."""
    lines = [line(1, "0.30", "0.02"), line(1, "14.00", "0.98"), line(1, "-14.00", "-0.98")]
    assert judge_rates(lines, 2) == [Decimal(7)] * 3


def test_a_small_amount_goes_with_other_items_where_its_own_say_nothing() -> None:
    assert judge_rates([line(1, "0.30", "0.02"), line(2, "100.00", "8.00")], 2) == [Decimal(8), Decimal(8)]
    assert judge_rates([line(1, "0.03", "0.00"), line(2, "100.00", "19.00")], 2) == [Decimal(19), Decimal(19)]


def test_what_was_sold_and_brought_back_keeps_its_rate() -> None:
    assert judge_rates([line(1, "100.00", "19.00"), line(1, "-100.00", "-19.00")], 2) == [Decimal(19)] * 2


def test_an_item_may_be_taxed_at_two_rates() -> None:
    """Eaten here and taken along: added up they would come to a rate that nobody has."""
    assert judge_rates([line(1, "10.00", "1.90"), line(1, "10.00", "0.70")], 2) == [Decimal(19), Decimal(7)]


def test_rates_have_their_decimals() -> None:
    assert judge_rates([line(1, "800.00", "71.00")], 2) == [Decimal("8.875")]
    assert judge_rates([line(1, "100.00", "8.10")], 2) == [Decimal("8.1")]
    assert judge_rates([line(1, "10000", "730")], 0) == [Decimal("7.3")]
    assert plainest(Span(Decimal("6.5001"), Decimal("6.5002")), Decimal("6.50015")) == Decimal("6.50015")


def test_tax_that_was_rounded_by_receipt_is_of_one_rate() -> None:
    """Three times 0.99 at 19 % are 0.56 of tax on the receipt, which its lines share: 0.19, 0.19 and 0.18."""
    lines = [line(1, "0.99", "0.19"), line(1, "0.99", "0.18")]
    assert judge_rates(lines, 2) == [Decimal(19)] * 2
    assert judge_rates([*lines, line(1, "1.98", "0.38")], 2) == [Decimal(19)] * 3


def test_rates_with_decimals_are_told_from_few_amounts() -> None:
    assert judge_rates([line(1, "10.00", "0.81"), line(1, "3.00", "0.24")], 2) == [Decimal("8.1")] * 2
    assert judge_rates([line(1, "4.00", "0.29"), line(1, "1.00", "0.07")], 2) == [Decimal("7.25")] * 2


def test_what_a_till_printed_comes_first() -> None:
    lines = [line(1, "1.00", "0.06"), line(2, "1.00", "0.07")]
    assert judge_rates(lines, 2, {Decimal("6.4"), Decimal("7.4"), Decimal(50)}) == [Decimal("6.4"), Decimal("7.4")]


def test_what_no_rate_explains_has_none() -> None:
    lines = [line(1, "0", "1.00"), line(2, "1.00", "-0.19"), line(3, "0", "0"), line(4, "0.01", "5.00"), line(5, "0.10", "9.00")]
    assert judge_rates(lines, 2)[:3] == [None, None, Decimal(0)]
    assert judge_rates(lines, 2)[4] is None
    assert judge_rates([], 2) == []
    assert judge_rates([line(1, "0", "0"), line(1, "10.00", "0.60")], 2) == [Decimal(6), Decimal(6)]


@given(
    st.dictionaries(st.integers(1, 6), st.sampled_from(REAL), min_size=1),
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 50_000), st.booleans()), min_size=1, max_size=30),
)
def test_rates_explain_the_amounts_and_are_no_more_than_there_were(taxed_at: dict[int, Decimal], sold: list[tuple[int, int, bool]]) -> None:
    lines = []
    for item, cents, back in sold:
        if item in taxed_at:
            net = CENT * (-cents if back else cents)
            lines.append(TaxedLine(item, net, (net * taxed_at[item] / 100).quantize(CENT, ROUND_HALF_UP)))
    judged = judge_rates(lines, 2)
    for one, rate in zip(lines, judged, strict=True):
        assert rate is not None
        assert abs(one.net * rate / 100 - one.tax) <= CENT / 2 * (1 + rate / 100), "a rate that the amounts contradict"
    assert len(set(judged)) <= len({taxed_at[one.item_id] for one in lines})
    if lines:
        told = judge_rates(lines, 2, set(taxed_at.values()))
        large = [place for place, one in enumerate(lines) if abs(one.net) >= 50]
        assert all(told[place] == taxed_at[lines[place].item_id] for place in large), "large amounts tell their rate"
