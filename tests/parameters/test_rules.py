"""Rules of companies and number sequences; values alone."""

from decimal import Decimal

import pytest

from core.lib.parsing import FieldError
from parameters.rules.denominations import DENOMINATIONS, MOST_PIECES, Pieces, read_pieces, total_of
from parameters.rules.effects import Changed, DryRun, compare_runs
from parameters.rules.master_data import number_problem


@pytest.mark.parametrize(("stored", "wanted", "refused"), [(7, 7, False), (7, 9, False), (7, 6, True), (1, 0, True)])
def test_a_number_sequence_never_goes_back(stored: int, wanted: int, refused: bool) -> None:
    problem = number_problem("statement:S1", stored, wanted)
    assert bool(problem) is refused
    if problem:
        assert (problem.code, problem.params["last"]) == ("NUMBER_USED", stored - 1)


@pytest.mark.parametrize(
    ("given", "read", "total"),
    [
        ([], (), "0"),
        ([("50", 1), ("0.20", 3), ("1", 0)], ((Decimal(50), 1), (Decimal("0.20"), 3)), "50.60"),
        ([("0.005", MOST_PIECES)], ((Decimal("0.005"), MOST_PIECES),), "5000"),
    ],
)
def test_coins_and_notes_come_to_their_values(given: list[tuple[str, int]], read: Pieces, total: str) -> None:
    assert read_pieces(given) == read
    assert total_of(read) == Decimal(total)


@pytest.mark.parametrize("pieces", [-1, MOST_PIECES + 1])
def test_nobody_counts_less_than_nothing_or_a_million_coins(pieces: int) -> None:
    with pytest.raises(FieldError) as refused:
        read_pieces([("50", 1), ("0.20", pieces)])
    assert refused.value.code == "BAD_VALUE"


@pytest.mark.parametrize("currency", DENOMINATIONS)
def test_coins_and_notes_of_a_currency_stand_from_the_highest_down(currency: str) -> None:
    values = DENOMINATIONS[currency]
    assert list(values) == sorted(set(values), reverse=True)
    assert min(values) > 0


STOPS, HOLDS = DryRun("NO_VALID_BATCH"), DryRun(holds=True)
USES, USES_MORE = (
    DryRun(default_lines=1, default_quantity=Decimal(2), default_value=Decimal(3)),
    DryRun("", False, 2, Decimal(5), Decimal(7)),
)


@pytest.mark.parametrize(
    ("today", "then", "ends"),
    [
        (DryRun(), DryRun(), set()),
        (STOPS, STOPS, set()),
        (STOPS, USES, {"would_pass"}),
        (STOPS, HOLDS, {"would_hold"}),
        (USES, STOPS, {"would_stop"}),
        (USES, USES, {"redirected"}),
        (USES, DryRun(), {"shifted"}),
        (USES, USES_MORE, {"redirected", "shifted"}),
    ],
)
def test_two_dry_runs_are_compared(today: DryRun, then: DryRun, ends: set[str]) -> None:
    found = compare_runs([("S1", today, then)], 4, other_batch=True)
    said = {name: getattr(found, name) for name in ("would_pass", "would_stop", "would_hold", "redirected", "shifted")}
    code = today.code or then.code
    assert {name: rows for name, rows in said.items() if rows} == {name: (Changed("S1", code),) for name in ends}
    assert (found.is_empty, found.looked_at, found.open) == (not ends, 1, 4)
    assert found.redirected_lines == (then.default_lines if "redirected" in ends else 0)
    moved = (then.default_quantity - today.default_quantity, then.default_value - today.default_value)
    assert (found.shifted_quantity, found.shifted_value) == (moved if "shifted" in ends else (0, 0))
    same_batch = compare_runs([("S1", today, then)], 4, other_batch=False)
    assert same_batch.redirected == ()
