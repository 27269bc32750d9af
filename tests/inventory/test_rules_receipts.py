"""What a receipt does to its batch and to the moving average; without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from inventory.rules.costing import PoolCost, worth
from inventory.rules.file_columns import ReceiptRow, expiry_of
from inventory.rules.policy_groups import ModelGroupFlags, free_code, wanted_flags
from inventory.rules.receipts import BatchCard, BatchCards

MADE, EXPIRES = date(2024, 1, 1), date(2024, 2, 1)
ROW = ReceiptRow("R1", 1, "W1", "MILK", "A", Decimal(5), Decimal(1), datetime(2024, 1, 2, tzinfo=UTC), None, None, "")


def card(**changes: Any) -> BatchCard:
    return replace(BatchCard(1, MADE, EXPIRES, "available"), **changes)


def receive(row: ReceiptRow, known: BatchCard | None = None, shelf_life: int | None = None) -> tuple[str, BatchCard]:
    """The code of the refusal, or '', and the batch afterwards."""
    cards = BatchCards({("MILK", "A"): known} if known else {})
    problem = cards.receive(row, shelf_life)
    return (problem.code if problem else "", cards.cards["MILK", "A"])


def test_a_new_batch_takes_what_the_receipt_says() -> None:
    assert receive(ROW) == ("", BatchCard(None, None, None, "available"))
    full = ROW._replace(manufactured_on=MADE, expires_on=EXPIRES, disposition="inspect")
    assert receive(full) == ("", BatchCard(None, MADE, EXPIRES, "inspect"))


EXPIRIES = [
    (EXPIRES, MADE, 10, EXPIRES), (None, MADE, 10, date(2024, 1, 11)), (None, MADE, None, None), (None, None, 10, None),
    (None, MADE, 0, MADE), (None, date(9999, 12, 30), 10, date.max),
]  # fmt: skip


@pytest.mark.parametrize(("said", "made", "days", "expected"), EXPIRIES)
def test_expiry_is_given_or_follows_from_shelf_life(said: date | None, made: date | None, days: int | None, expected: date | None) -> None:
    assert expiry_of(said, made, days) == expected
    _, batch = receive(ROW._replace(manufactured_on=made, expires_on=said), shelf_life=days)
    assert batch.expires_on == expected


SAME = [{}, {"manufactured_on": MADE}, {"expires_on": EXPIRES}, {"disposition": "available"}]
OTHER = [{"manufactured_on": date(2024, 1, 2)}, {"expires_on": date(2024, 2, 2)}, {"disposition": "blocked"}]


@pytest.mark.parametrize("said", SAME)
def test_a_later_receipt_that_agrees_changes_nothing(said: dict[str, Any]) -> None:
    assert receive(ROW._replace(**said), card()) == ("", card())


@pytest.mark.parametrize("said", OTHER)
def test_a_later_receipt_that_contradicts_is_refused(said: dict[str, Any]) -> None:
    assert receive(ROW._replace(**said), card()) == ("CONFLICT", card())


def test_a_blank_disposition_leaves_a_blocked_batch_blocked() -> None:
    assert receive(ROW, card(disposition="blocked")) == ("", card(disposition="blocked"))


def test_empty_dates_are_filled_in() -> None:
    bare = card(manufactured_on=None, expires_on=None)
    code, batch = receive(ROW._replace(manufactured_on=MADE), bare, shelf_life=31)
    assert (code, batch) == ("", card(filled=True))


def test_filled_dates_must_make_sense_together() -> None:
    code, batch = receive(ROW._replace(manufactured_on=date(2024, 3, 1)), card(manufactured_on=None))
    assert (code, batch.manufactured_on) == ("CONFLICT", None)


def test_nothing_is_received_on_the_default_batch() -> None:
    assert receive(ROW, card(is_default_batch=True))[0] == "CONFLICT"


AVERAGES = [
    ("0", "9", [("10", "2")], "2"), ("10", "1", [("10", "2")], "1.5"), ("-5", "9", [("10", "2")], "2"),
    ("1", "1", [("2", "2")], "1.666666666667"),
    ("10", "1", [("10", "2"), ("20", "3")], "2.25"), ("10", "1", [], "1"), ("-30", "9", [("10", "2"), ("10", "4")], "4"),
]  # fmt: skip


@pytest.mark.parametrize(("stock", "cost", "receipts", "expected"), AVERAGES)
def test_moving_average(stock: str, cost: str, receipts: list[tuple[str, str]], expected: str) -> None:
    pool = PoolCost(Decimal(stock), worth(Decimal(stock), Decimal(cost)), Decimal(cost), moving_average=True)
    for quantity, unit_cost in receipts:
        pool.receive(Decimal(quantity), Decimal(unit_cost))
    assert pool.unit_cost == Decimal(expected)


def test_groups_are_named_by_their_flags() -> None:
    assert ModelGroupFlags(True, True, "batch_number", "standard").code == "BATCH-NUMBER-NEG"
    assert ModelGroupFlags(False, False, "fefo", "moving_average").code == "FEFO-AVG"
    assert free_code("FEFO", {"FEFO", "FEFO-2"}) == "FEFO-3"
    edited = ModelGroupFlags(True, False, "fefo", "moving_average")
    assert wanted_flags(edited, True, "fefo") == edited
    assert wanted_flags(edited, True, "lifo") == ModelGroupFlags(True, True, "lifo", "moving_average")
    assert wanted_flags(None, False, "fefo") == ModelGroupFlags(False, False, "fefo", "standard")


def test_another_costing_method_is_followed() -> None:
    pool = PoolCost(Decimal(10), Decimal("27.00"), Decimal("2.50"), moving_average=False)

    assert pool.revalue(Decimal(9), moving_average=True) == 0
    assert (pool.moving_average, pool.unit_cost, pool.value) == (True, Decimal("2.70"), Decimal("27.00"))
    empty = PoolCost(Decimal(0), Decimal(0), Decimal("2.50"), moving_average=False)
    assert empty.revalue(Decimal(9), moving_average=True) == 0
    assert empty.unit_cost == Decimal("2.50")
    assert pool.revalue(Decimal(3), moving_average=False) == Decimal("3.00")
    assert (pool.moving_average, pool.unit_cost, pool.value) == (False, Decimal(3), Decimal("30.00"))
