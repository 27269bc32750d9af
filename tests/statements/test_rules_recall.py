"""Where units of a batch may have been: windows of places."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from statements.rules.recall import ALWAYS, FOR_EVER, Movement, ReturnedLine, Window, find_windows

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
D = Decimal


def movement(place: int, days: float, quantity: int = 5) -> Movement:
    return Movement(place, NOON + days * DAY, D(quantity))


def returned(place: int, days: float, **sold: object) -> ReturnedLine:
    return ReturnedLine(place, NOON + days * DAY, D(1), captured=False, **sold)  # type: ignore[arg-type]  # passed on as given


def test_a_batch_may_be_where_it_came_from_then_on() -> None:
    assert find_windows([movement(1, 0), movement(2, 3)], [], []) == [Window(1, NOON, FOR_EVER), Window(2, NOON + 3 * DAY, FOR_EVER)]


def test_what_is_recorded_unit_by_unit_is_gone_with_the_last() -> None:
    assert find_windows([movement(1, 0)], [movement(1, 1, 3), movement(1, 2, 2)], []) == [Window(1, NOON, NOON + 2 * DAY)]
    again = find_windows([movement(1, 0), movement(1, 5)], [movement(1, 1, 3), movement(1, 2, 2)], [])
    assert again == [Window(1, NOON, NOON + 2 * DAY), Window(1, NOON + 5 * DAY, FOR_EVER)]


def test_goods_come_before_they_go_at_one_instant() -> None:
    assert find_windows([movement(1, 0)], [movement(1, 0)], []) == [Window(1, NOON, NOON)]


def test_more_left_than_came_so_more_was_there_than_is_registered() -> None:
    assert find_windows([movement(1, 0), movement(2, 1, 1)], [movement(2, 2, 2)], []) == [
        Window(1, NOON, FOR_EVER),
        Window(2, NOON, FOR_EVER),
    ]
    assert find_windows([], [movement(2, 2)], []) == [Window(2, ALWAYS, FOR_EVER)]


def test_a_return_brings_it_where_it_never_was() -> None:
    linked = returned(2, 4, sold_in=1, sold_at=NOON + DAY)
    assert find_windows([movement(1, 0)], [], [linked]) == [Window(1, NOON, FOR_EVER), Window(2, NOON + 4 * DAY, FOR_EVER)]
    early = returned(2, 4, sold_in=1, sold_at=NOON - DAY)
    assert find_windows([movement(1, 0)], [], [early]) == [Window(1, NOON, FOR_EVER)]


def test_from_there_it_goes_on_whatever_the_order_of_the_lines() -> None:
    second = returned(3, 6, sold_in=2, sold_at=NOON + 5 * DAY)
    first = returned(2, 4, sold_in=1, sold_at=NOON + DAY)
    for lines in ([first, second], [second, first]):
        assert [window.warehouse_id for window in find_windows([movement(1, 0)], [], lines)] == [1, 2, 3]


def test_a_return_of_nobody_knows_what_may_be_of_it_once_it_could_be_sold() -> None:
    assert [window.warehouse_id for window in find_windows([movement(1, 0)], [], [returned(2, -1)])] == [1]
    assert [window.warehouse_id for window in find_windows([movement(1, 0)], [], [returned(2, 1)])] == [1, 2]


def test_what_the_till_or_the_books_say_of_a_return_counts() -> None:
    said = [returned(2, 1, sold_in=9, sold_at=NOON, sold_surely=True), returned(3, 1, sold_in=9, sold_at=NOON, sold_likely=True)]
    assert [window.warehouse_id for window in find_windows([movement(1, 5)], [], said)] == [1, 2, 3]


def test_a_count_of_none_ends_it_until_more_comes() -> None:
    counted = [(1, NOON + 2 * DAY)]
    assert find_windows([movement(1, 0)], [], [], counted) == [Window(1, NOON, NOON + 2 * DAY)]
    assert find_windows([movement(1, 0), movement(1, 3)], [], [], counted)[1:] == [Window(1, NOON + 3 * DAY, FOR_EVER)]
    assert find_windows([movement(2, 0)], [movement(1, 1)], [], counted)[0] == Window(1, NOON, NOON + 2 * DAY)
