"""What journal lines do to stock and its value, and what they are refused for; values alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.lib.parsing import LARGEST_AMOUNT
from inventory.rules.costing import PoolCost
from inventory.rules.default_stock import DefaultStock
from inventory.rules.journal_columns import JournalKind, JournalRow
from inventory.rules.journals import JournalStock, LineToPost, ReceivedGoods
from inventory.rules.stock import Stock, StockPolicy
from tests.inventory.shelf import DAY, DEFAULT, NOON, OPEN, POOLS, STRICT, batch, stock

D = Decimal
POOL = POOLS[0]
UNTRACKED = replace(OPEN, tracked=False)


def shelf(on: Stock, unit_cost: str = "2.00", decimals: int = 2) -> JournalStock:
    cost = PoolCost(on.physical, on.physical * D(unit_cost), D(unit_cost), moving_average=False, decimals=decimals)
    return JournalStock({POOL: on}, {POOL: cost}, DefaultStock.of([], []))


def row(
    quantity: str, kind: JournalKind = JournalKind.ADJUSTMENT, batch_id: int | None = None, received: ReceivedGoods | None = None
) -> LineToPost:
    said = JournalRow("J1", 1, kind, "W1", "", "MILK", "A" if batch_id else "", D(quantity), DAY, "R1/1" if received else "", "because")
    return LineToPost(1, said, "pcs", 1, POOL, None, batch_id, False, received, NOON)


@pytest.mark.parametrize(
    ("policy", "there", "reserved", "line", "code"),
    [
        (OPEN, 5, 0, row("-5"), ""),
        (OPEN, 5, 0, row("-6"), ""),
        (STRICT, 5, 0, row("-6"), "NEGATIVE_NOT_ALLOWED"),
        (replace(OPEN, negative_financial=False), 5, 0, row("-6"), "FINANCIAL_NEGATIVE_NOT_ALLOWED"),
        (OPEN, 5, 3, row("-3"), "STOCK_RESERVED"),
        (OPEN, 5, 3, row("-2"), ""),
        (OPEN, 5, 0, row("0", JournalKind.COUNT), ""),
        (OPEN, 5, 0, row("5", JournalKind.COUNT), ""),
        (OPEN, 5, 0, row(str(LARGEST_AMOUNT)), "TOO_LARGE"),
    ],
)
def test_a_line_is_taken_or_refused_for_itself(policy: StockPolicy, there: int, reserved: int, line: LineToPost, code: str) -> None:
    loose = replace(stock(policy=replace(policy, tracked=False), blank=there), reserved_loose=D(reserved))
    on = shelf(loose)
    problem = on.post(line)
    assert (problem.code if problem else "") == code
    assert bool(on.posted) is not bool(code)


def test_a_correction_takes_back_what_the_receipt_brought_and_no_more() -> None:
    received = ReceivedGoods(1, "W1", "MILK", "", D(3), D("2.00"))
    on = shelf(stock(policy=UNTRACKED, blank=9))
    refused = on.post(row("-4", JournalKind.RECEIPT_CORRECTION, received=received))
    assert refused is not None
    assert (refused.code, str(refused.params["left"])) == ("CORRECTION_TOO_LARGE", "3")
    assert on.post(row("-3", JournalKind.RECEIPT_CORRECTION, received=received)) is None
    assert received.left == 0


def test_what_a_default_batch_has_is_taken_before_anything_is_owed() -> None:
    default = batch(DEFAULT, 2, is_default_batch=True)
    on = shelf(stock(default))
    line = row("2")._replace(batch_id=default.batch_id, is_default_batch=True)
    assert on.post(line) is None
    key = (*POOL, default.batch_id)
    assert on.post(line._replace(line_id=2, row=line.row._replace(quantity=D(-2)))) is None
    assert not on.deltas[key].may_go_negative
    assert on.post(line._replace(line_id=3, row=line.row._replace(quantity=D(-1)))) is None
    assert on.deltas[key].may_go_negative
