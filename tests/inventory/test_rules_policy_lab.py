"""A past decided again under other settings, by rules alone; with what was posted it is compared in tests/statements/test_policy_lab.py."""

from decimal import Decimal

from inventory.rules.explanation import Taken
from inventory.rules.policy_lab import Run, Scenario, replay
from tests.inventory.shelf import FALLS_BACK, batch, need, stock

A = batch("A", 5)
TOOK_A = (Taken(A.batch_id, Decimal(3), "allocated", "FEFO"),)


def test_a_line_that_was_reversed_since_takes_what_it_took() -> None:
    """Also where the settings would give it something else: nothing of it is there any more to be decided."""
    sold = Run([need(1, 3)], stock(), {}, {}, FALLS_BACK, {1: TOOK_A}, ())
    found = replay([sold], Scenario(use_default_batch=False))
    assert (found.supposed.failed_lines, found.changed_lines) == (1, 1)
    found = replay([sold._replace(left_out=(1,))], Scenario(use_default_batch=False))
    assert (found.supposed.failed_lines, found.changed_lines, set(found.drift.values())) == (0, 0, {Decimal(0)})


def test_a_run_without_lines_changes_nothing() -> None:
    found = replay([Run([], stock(A), {}, {}, FALLS_BACK, {}, ())], Scenario(use_default_batch=False))
    assert (found.actual.lines, found.supposed.lines, dict(found.drift)) == (0, 0, {})
