"""Case 35: one delivery that is registered under two numbers is kept and warned about; a repeat under its own number is none."""

from pathlib import Path

import pytest

from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, run
from tests.scenarios.world import LONG_AGO

HEADER = "receipt,line,warehouse,item,batch,quantity,unit_cost,received_at,manufactured_on,expires_on,disposition\n"


@pytest.fixture
def milk(shop: PricedShop) -> PricedShop:
    shop.sells_at_cost()
    shop.receives(100, "0.60", "A", receipt="R1")
    shop.comes_in()
    return shop


def receives(shop: PricedShop, *rows: str) -> tuple[int, list[tuple[int, str]]]:
    """How many rows are new, and the (row, code) of warnings."""
    path = Path(shop.folder) / "again.csv"
    path.write_text(HEADER + "".join(f"{row},{LONG_AGO.isoformat()},,,\n" for row in rows), encoding="utf-8")
    answer = run("import_data", "receipts", str(path))
    assert answer.status == DONE, answer
    assert answer.data["problems_by_code"].get("DUPLICATE_RECEIPT", 0) == len(answer.data["warnings"])
    return answer.data["new"], [(row["row"], row["code"]) for row in answer.data["warnings"]]


def test_35_a_second_number_is_kept_and_warned_about(milk: PricedShop) -> None:
    assert receives(milk, "R2,1,W1,MILK,A,100.0,0.60") == (1, [(2, "DUPLICATE_RECEIPT")])
    assert milk.shelf() == {"A": "200"}
    assert receives(milk, "R2,1,W1,MILK,A,100.0,0.60") == (0, [])


@pytest.mark.parametrize(
    "other",
    ["R2,1,W1,MILK,A,10,0.60", "R2,1,W1,MILK,B,100,0.60", "R2,1,W2,MILK,A,100,0.60", "R2,1,W1,MILK,A,100,0.61", "R1,2,W1,MILK,A,100,0.60"],
)
def test_35_what_differs_is_another_delivery(milk: PricedShop, other: str) -> None:
    assert receives(milk, other) == (1, [])


def test_35_twice_in_one_file(milk: PricedShop) -> None:
    assert receives(milk, "R5,1,W1,MILK,C,7,0.60", "R6,1,W1,MILK,C,7,0.60") == (2, [(3, "DUPLICATE_RECEIPT")])
