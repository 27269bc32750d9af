"""Receipts become sales orders: each in exactly one, one customer each, never beyond the limit, the same again every time."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statements.rules.aggregation import OrderGroup, Sale, group_sales

RECEIPTS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 12)), max_size=20).map(
    lambda rows: [Sale(number, 7, 100 + customer, f"C{customer}", lines) for number, (customer, lines) in enumerate(rows, 1)]
)


def receipts(*rows: tuple[str, int]) -> list[Sale]:
    """Receipts of one statement by customer code and lines; ids count from 1."""
    return [Sale(number, 7, sum(map(ord, customer)), customer, lines) for number, (customer, lines) in enumerate(rows, 1)]


def ids(groups: list[OrderGroup]) -> list[tuple[int, ...]]:
    return [group.transaction_ids for group in groups]


@settings(deadline=None)
@given(RECEIPTS, st.booleans(), st.integers(1, 30), st.integers(1, 5))
def test_every_receipt_is_in_exactly_one_order(rows: list[Sale], aggregate: bool, most: int, first: int) -> None:
    groups = group_sales(rows, aggregate=aggregate, max_lines=most, first_ordinal=first)
    assert sorted(receipt for group in groups for receipt in group.transaction_ids) == [row.transaction_id for row in rows]
    assert [group.ordinal for group in groups] == list(range(first, first + len(groups)))
    of = {row.transaction_id: row for row in rows}
    for group in groups:
        assert {of[receipt].customer_id for receipt in group.transaction_ids} == {group.customer_id}
        assert list(group.transaction_ids) == sorted(group.transaction_ids), "receipts stay in data order"
        assert len(group.transaction_ids) == 1 or sum(of[receipt].line_count for receipt in group.transaction_ids) <= most
        assert aggregate or len(group.transaction_ids) == 1


@settings(deadline=None)
@given(RECEIPTS, st.integers(1, 30))
def test_no_order_is_opened_without_need(rows: list[Sale], most: int) -> None:
    """The first receipt of a customer's next order would not have fitted into the order before."""
    groups = group_sales(rows, aggregate=True, max_lines=most)
    of = {row.transaction_id: row for row in rows}
    for group, following in pairwise(groups):
        if group.customer_id == following.customer_id:
            lines = sum(of[receipt].line_count for receipt in group.transaction_ids)
            assert lines + of[following.transaction_ids[0]].line_count > most


def test_customers_by_code_point_receipts_in_data_order() -> None:
    rows = receipts(("b", 1), ("B", 1), ("a", 1), ("B", 1), ("Ä", 1))
    assert ids(group_sales(rows, aggregate=True, max_lines=9)) == [(2, 4), (3,), (1,), (5,)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [((2, 2, 1), [(1, 2, 3)]), ((2, 2, 2), [(1, 2), (3,)]), ((9, 1), [(1,), (2,)]), ((1, 9), [(1,), (2,)]), ((5,), [(1,)])],
    ids=["fits exactly", "one too many", "larger than the limit", "the larger one comes later", "the limit itself"],
)
def test_the_limit_of_lines(lines: tuple[int, ...], expected: list[tuple[int, ...]]) -> None:
    assert ids(group_sales(receipts(*(("C", count) for count in lines)), aggregate=True, max_lines=5)) == expected


def test_without_aggregation_each_receipt_is_an_order_by_customer() -> None:
    assert ids(group_sales(receipts(("b", 1), ("a", 1), ("b", 1)), aggregate=False, max_lines=9)) == [(2,), (1,), (3,)]


def test_numbers_go_on_where_orders_exist() -> None:
    groups = group_sales(receipts(("C", 1)), aggregate=True, max_lines=9, first_ordinal=4)
    assert groups == [OrderGroup(7, 4, ord("C"), (1,))]


def test_nothing_to_group() -> None:
    assert group_sales([], aggregate=True, max_lines=9) == []
