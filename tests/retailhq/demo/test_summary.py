"""What counts as announced and what as a surprise, and that every part of the summary is printed."""

from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from retailhq.demo.derive import Derivation
from retailhq.demo.summary import Summary, find_surprises, print_summary
from retailhq.demo.workspace import Workspace

POSTED = {"legal_entity": "CJ", "calc_state": "Calculated", "post_state": "Posted", "failed_state": "", "error_code": "", "statements": 56}
SUMS = {"transactions": 600, "lines": 4_700, "total": Decimal("15000.00")}
STANDS = {
    "legal_entity": "CJX",
    "calc_state": "Calculated",
    "post_state": "Customer order created",
    "failed_state": "Customer order invoiced",
    "error_code": "NO_VALID_BATCH",
    "statements": 1,
}


TAKEN = {"legal_entity": "CJ", "state": "taken", "error_code": "", "orders": 9, "lines": 20, "total": Decimal("70.00")}
REFUSED = TAKEN | {"legal_entity": "CJX", "error_code": "NO_VALID_BATCH", "orders": 1, "lines": 1}


def announced() -> Summary:
    """Make the summary of a run that came out as announced."""
    derivation = Derivation(
        stores=["S1"],
        stop_store="S9",
        transactions=Counter(sale=487),
        lines=4_700,
        tracked_lines=1_800,
        deliveries=Counter(on_time=40, late=2),
        dirt=Counter(zero_quantity=34),
        customer_orders=40,
    )
    failure = {"statement": "S9-000001", "failed_state": "Customer order invoiced", "code": "NO_VALID_BATCH", "item": "995242"}
    return Summary(
        derivation=derivation,
        record={"imports": {"items.csv": {"rows": 3_000, "rejected": 0}}, "seconds": {"post statements": 2.0}, "posted_lines": 4_000},
        statements=[POSTED | SUMS, STANDS | SUMS],
        allocations=[{"source": "allocated", "lines": 950, "allocations": 990}, {"source": "default", "lines": 50, "allocations": 50}],
        reasons=[{"reason": "NO_BATCH", "allocations": 50}],
        debt={"rows": 50, "value": Decimal("123.45")},
        problems=[{"code": "B05", "severity": "warning", "problems": 1}],
        failures=[failure | {"store": "S9", "missing_quantity": Decimal(1), "message": "No valid batch."}],
        open_transactions=0,
        sizes={"transactions": 487, "lines": 4_700},
        differences=None,
        orders=[TAKEN, TAKEN | {"state": "invoiced", "orders": 30}, REFUSED],
        refused_orders=[{"number": "CO7", "legal_entity": "CJX", "code": "NO_VALID_BATCH", "message": "One piece of item 5 is missing."}],
        orders_on_default={"lines": 3, "number": "CO5", "batch": "NOBATCH-CO"},
    )


def test_nothing_surprises_when_it_came_out_as_announced() -> None:
    assert list(find_surprises(announced())) == []


def test_a_statement_that_somebody_has_repaired_is_no_surprise() -> None:
    summary = announced()
    summary.statements[1] = POSTED | SUMS | {"legal_entity": "CJX", "statements": 1}
    summary.failures = []
    assert list(find_surprises(summary)) == []


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("record", {"imports": {"items.csv": {"rows": 3, "rejected": 2}}}, "items.csv: 2 rows were rejected"),
        ("problems", [{"code": "H14", "severity": "error", "problems": 3}], "validation error H14"),
        ("open_transactions", 4, "4 transactions are on no statement"),
        ("statements", [POSTED | SUMS, STANDS | SUMS | {"error_code": "DEFAULT_BATCH_NOT_SET"}], "CJX are not posted"),
        ("statements", [POSTED | SUMS, STANDS | SUMS, STANDS | SUMS | {"legal_entity": "CJ"}], "CJ are not posted"),
        ("statements", [POSTED | SUMS | {"post_state": "Checked"}, STANDS | SUMS], "not posted: Checked"),
        ("statements", [POSTED | SUMS], "0 statements instead of one"),
        ("orders", [TAKEN | {"orders": 39}, REFUSED | {"error_code": "NEGATIVE_NOT_ALLOWED"}], "1 customer orders of CJX"),
        ("orders", [TAKEN | {"orders": 39, "error_code": "NO_VALID_BATCH"}, REFUSED], "39 customer orders of CJ cannot be handed over"),
        ("orders", [TAKEN | {"orders": 38}, REFUSED], "39 of 40 customer orders were taken"),
        ("differences", {"differences": [1]}, "check_integrity"),
    ],
)
def test_anything_else_is_a_surprise(part: str, value: Any, words: str) -> None:
    summary = announced()
    setattr(summary, part, value)
    (surprise,) = find_surprises(summary)
    assert words in surprise


def test_everything_is_printed(tmp_path: Path) -> None:
    out = StringIO()
    print_summary(announced(), Console(file=out, width=160), Workspace(tmp_path), loaded_now=True)
    text = out.getvalue()
    for words in (
        *("1 with the fallback on, S9 with it off", "487 sale", "38.3 % of them batch-tracked", "0 of 3,000", "34 zero quantity"),
        *("40 on time, 2 late", "1 B05 (warning)", "clean", "error at Customer order invoiced: NO_VALID_BATCH", "15,000.00"),
        *("50 lines, 5.0 % of the tracked ones; why: 50 NO_BATCH", "123.45 at cost, 50 open debts", "2,000"),
        *("3 lines on NOBATCH-CO", "order CO5", "taken, refused: NO_VALID_BATCH", "One piece of item 5 is missing.", "invoice_orders"),
        *("No valid batch.", "receipts-fallback-off.csv", "post_statements --store S9"),
    ):
        assert words in text, words
