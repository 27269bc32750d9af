"""Refusals of stock that a rule makes of values alone."""

from decimal import Decimal

import pytest

from core.lib.parsing import FieldError
from inventory.rules.allocation import decide
from inventory.rules.fallback import default_batch_is_real
from inventory.rules.file_columns import item_kind
from inventory.rules.reservations import reserve
from inventory.rules.stock import PriorAllocation
from tests.inventory.shelf import FALLS_BACK, POOLS, batch, need, stock, taken


def test_many_items_of_a_real_batch_are_counted() -> None:
    said = [str(default_batch_is_real("posting.default_batch_id", "A", ["MILK"], count).message) for count in (1, 4)]
    assert ["and 3 more" in sentence for sentence in said] == [False, True]


def test_kinds_of_items() -> None:
    assert item_kind("service") == "service"
    with pytest.raises(FieldError, match="is no kind of item"):
        item_kind("thing")


def test_what_comes_back_reserves_nothing() -> None:
    assert reserve([need(1, -2), need(2, 0)], {POOLS[0]: stock(batch("A", 5))}, FALLS_BACK) == []


def test_a_part_of_a_sale_that_was_nothing_takes_nothing_back() -> None:
    """An allocation that a settlement emptied stands among those of the sale."""
    a, b = batch("A", 0), batch("B", 0)
    earlier = {7: [PriorAllocation(a.batch_id, Decimal(2)), PriorAllocation(b.batch_id, Decimal(0))]}
    decision = decide([need(1, -1, return_of=7)], {POOLS[0]: stock(a, b)}, earlier, FALLS_BACK)
    assert taken(decision.takes, 1) == [(a.batch_id, Decimal(-1))]
