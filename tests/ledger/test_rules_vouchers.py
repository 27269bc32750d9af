"""Entries as values, and the chart that everybody starts with."""

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.problems import REGISTRY
from ledger.rules.chart import STANDARD_CHART
from ledger.rules.vouchers import Entry, account_missing, merged, period_closed
from statements.rules.checks import NEEDED_POSTINGS
from tests.ledger.entries import imbalance

ENTRIES = st.lists(
    st.builds(Entry, st.integers(1, 4), st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100), st.sampled_from(["", "a", "b"]))
)


@settings(deadline=None)
@given(ENTRIES)
def test_merging_keeps_every_sum_and_drops_what_is_zero(entries: list[Entry]) -> None:
    result = merged(entries)
    assert imbalance(result) == imbalance(entries)
    assert all(entry.amount for entry in result)
    assert max(Counter((entry.account_id, entry.text) for entry in result).values(), default=0) <= 1
    for account in {entry.account_id for entry in entries}:
        assert sum(entry.amount for entry in result if entry.account_id == account) == sum(
            entry.amount for entry in entries if entry.account_id == account
        )


def test_merging_keeps_the_order_of_first_appearance() -> None:
    one, two = Decimal(1), Decimal(2)
    assert merged([Entry(2, one), Entry(1, two, "x"), Entry(2, one), Entry(1, two)]) == [
        Entry(2, two), Entry(1, two, "x"), Entry(1, two),
    ]  # fmt: skip


def test_merging_nothing() -> None:
    assert merged([]) == []
    assert imbalance([]) == 0


def test_the_standard_chart_has_an_account_for_everything_that_posting_needs() -> None:
    postings = {posting for account in STANDARD_CHART for posting in account.postings}
    assert {(kind, "") for kind in NEEDED_POSTINGS} <= postings
    assert {("payment", method) for method in ("cash", "card", "gift_card", "voucher", "on_account")} <= postings
    assert len({account.number for account in STANDARD_CHART}) == len(STANDARD_CHART)
    assert len(postings) == sum(len(account.postings) for account in STANDARD_CHART), "a posting goes to one account"


def test_codes_of_the_ledger_say_what_to_do() -> None:
    for code in ("ACCOUNT_MISSING", "PERIOD_CLOSED"):
        assert REGISTRY[code].remedy.endswith("then post again.")


def test_refusals_say_what_is_missing() -> None:
    missing, closed = account_missing(["revenue", "tax"]), period_closed(date(2017, 1, 2))

    assert (missing.code, missing.params) == ("ACCOUNT_MISSING", {"kinds": ("revenue", "tax")})
    assert (closed.code, closed.params) == ("PERIOD_CLOSED", {"day": date(2017, 1, 2)})
