"""What to do with stock that expires: it sells in time, or goes where it does, and nothing that would sell is pushed out of its time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.expiring import DAYS_OF_TRANSFER, Advice, DatedStock, Suggestion, suggest
from inventory.rules.expiry import is_expired, selling_days

D = Decimal
W1, W2, W3, ABROAD = 1, 2, 3, 9
COMPANY = {W1: 1, W2: 1, W3: 1, ABROAD: 2}


def row(key: int, quantity: int, days: int, warehouse: int = W1, *, blocked: bool = False) -> DatedStock:
    return DatedStock(key, warehouse, f"B{key}", D(quantity), days, blocked)


def suggested(stock: Sequence[DatedStock], **paces: str) -> dict[int, Suggestion]:
    return suggest(stock, {int(name[1:]): D(pace) for name, pace in paces.items()}, COMPANY)


def test_what_sells_in_time_stays() -> None:
    assert suggested([row(1, 10, 5)], w1="2") == {1: Suggestion(Advice.SELLS, D(10), D(10))}


def test_what_expires_first_is_sold_first() -> None:
    found = suggested([row(1, 6, 3), row(2, 6, 6)], w1="2")
    assert found[1] == Suggestion(Advice.SELLS, D(6), D(6))
    assert found[2] == Suggestion(Advice.SELLS, D(6), D(6))
    assert suggested([row(1, 6, 3), row(2, 7, 6)], w1="2")[2] == Suggestion(Advice.MARK_DOWN, D(1), D(6))


def test_the_rest_goes_where_most_of_it_sells_a_day_later() -> None:
    found = suggested([row(1, 20, 5)], w1="1", w2="2", w3="3", w9="100")
    assert found == {1: Suggestion(Advice.TRANSFER, D(12), D(5), W3, D(3))}


def test_what_lies_there_is_not_pushed_out_of_its_time() -> None:
    assert suggested([row(1, 4, 4), row(2, 8, 4, W2)], w2="2")[1] == Suggestion(Advice.MARK_DOWN, D(4))
    assert suggested([row(1, 4, 4), row(2, 10, 6, W2)], w2="2")[1] == Suggestion(Advice.TRANSFER, D(2), D(0), W2, D(2))


def test_two_transfers_share_the_days_that_are_left_after_the_way() -> None:
    found = suggested([row(1, 3, 5), row(2, 3, 5, W3)], w2="1")
    assert [found[key].quantity for key in (1, 2)] == [3, 1]
    assert found[2].rest == 2


def test_expired_is_written_off_and_blocked_is_left() -> None:
    found = suggested([row(1, 3, 0), row(2, 3, 5, blocked=True), row(3, 1, 0, blocked=True)], w1="9")
    assert [(found[key].advice, int(found[key].quantity)) for key in (1, 2, 3)] == [
        (Advice.WRITE_OFF, 3),
        (Advice.BLOCKED, 3),
        (Advice.WRITE_OFF, 1),
    ]


@pytest.mark.parametrize(("on_the_day", "expected"), [(True, [0, 1, 2]), (False, [0, 0, 1])])
def test_selling_days_say_what_expiry_says(on_the_day: bool, expected: list[int]) -> None:
    today = date(2024, 5, 1)
    for left, days in zip((-1, 0, 1), expected, strict=True):
        expires = today + timedelta(days=left)
        assert selling_days(expires, today, on_the_day) == days
        assert (days == 0) == is_expired(expires, today, on_the_day)


stocks = st.lists(
    st.builds(
        lambda quantity, days, warehouse: (quantity, days, warehouse),
        st.integers(1, 12),
        st.integers(0, 8),
        st.sampled_from([W1, W2, W3, ABROAD]),
    ),
    max_size=8,
)
paces = st.dictionaries(st.sampled_from([W1, W2, W3, ABROAD]), st.integers(0, 30).map(lambda tenths: D(tenths) / 10))


@given(stocks, paces)
def test_whoever_follows_the_suggestions_sells_all_that_they_promise(
    rows: Sequence[tuple[int, int, int]], pace: Mapping[int, Decimal]
) -> None:
    """Day by day, each place sells what expires first; of every batch at most what was to be marked down or written off is left."""
    stock = [row(key, *of) for key, of in enumerate(rows)]
    found = suggest(stock, pace, COMPANY)
    lying: dict[int, list[list[int]]] = defaultdict(list)
    coming: dict[int, list[list[int]]] = defaultdict(list)
    for one in stock:
        hint = found[one.on_hand_id]
        moved = hint.quantity if hint.advice is Advice.TRANSFER else D(0)
        if moved:
            assert hint.to_warehouse_id is not None
            assert COMPANY[hint.to_warehouse_id] == COMPANY[one.warehouse_id]
            assert hint.to_warehouse_id != one.warehouse_id
            coming[hint.to_warehouse_id].append([one.days, int(moved)])
            assert hint.in_time + hint.quantity + hint.rest == one.quantity
        lying[one.warehouse_id].append([one.days, int(hint.in_time)])
    for day in range(10):
        if day == DAYS_OF_TRANSFER:
            for warehouse, arrived in coming.items():
                lying[warehouse] += arrived
        for warehouse, shelf in lying.items():
            sells = int(pace.get(warehouse, D(0)) * (day + 1)) - int(pace.get(warehouse, D(0)) * day)
            for batch in sorted(shelf):
                sold = min(sells, batch[1]) if batch[0] > day else 0
                batch[1] -= sold
                sells -= sold
    assert all(left == 0 for shelf in lying.values() for _, left in shelf)


@given(stocks, paces)
def test_nothing_is_marked_down_while_another_place_of_the_company_would_sell_it(
    rows: Sequence[tuple[int, int, int]], pace: Mapping[int, Decimal]
) -> None:
    """A batch alone in a company is marked down only where no place sells a whole unit more in time."""
    stock = [row(key, *of) for key, of in enumerate(rows)][:1]
    for one in stock:
        hint = suggest(stock, pace, COMPANY)[one.on_hand_id]
        others = [place for place in pace if place != one.warehouse_id and COMPANY[place] == COMPANY[one.warehouse_id]]
        if hint.advice is Advice.MARK_DOWN:
            assert all(int(pace[place] * max(one.days - DAYS_OF_TRANSFER, 0)) == 0 for place in others)
