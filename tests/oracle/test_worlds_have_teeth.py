"""A rule that is read wrongly must show in the worlds on which the exports are compared; here the oracle itself reads wrongly."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.oracle import deciding
from tests.oracle.deciding import DecisionLine
from tests.oracle.oracle import Oracle
from tests.oracle.rows import World
from tests.oracle.worlds import SEEDS, SIZE, make_world


def no_seat(unit: list[DecisionLine]) -> list[DecisionLine]:
    return sorted(deciding.in_order_of_decision(unit), key=lambda line_: line_.quantity > 0)


def no_captured_pass(unit: list[DecisionLine]) -> list[DecisionLine]:
    return deciding.in_order_of_decision([replace(line_, captured=None) for line_ in unit])


def returns_last(unit: list[DecisionLine]) -> list[DecisionLine]:
    return sorted(deciding.in_order_of_decision(unit), key=lambda line_: line_.quantity < 0)


def last_to_fail(failing: list[DecisionLine]) -> DecisionLine:
    return max(failing, key=lambda line_: line_.place)


MISREAD: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "returns are not seated behind their sales": ("order", lambda _: no_seat),
    "captured batches wait for their turn": ("order", lambda _: no_captured_pass),
    "returns come last": ("order", lambda _: returns_last),
    "the last failing order goes first": ("failing", lambda _: last_to_fail),
    "expiry without its parameter": ("settings", lambda row: replace(row, sellable_on_expiration_date=True)),
    "goods received later are always taken": ("settings", lambda row: replace(row, use_received_after_sale=True)),
    "goods received later are never taken": ("settings", lambda row: replace(row, use_received_after_sale=False)),
    "every item is in scope": ("settings", lambda row: replace(row, scope="all")),
    "the switch is always on": ("settings", lambda row: replace(row, use_default=True)),
    "fifo by number": ("items", lambda row: replace(row, allocation_policy=row.allocation_policy.replace("fifo", "batch_number"))),
    "lifo is fifo": ("items", lambda row: replace(row, allocation_policy=row.allocation_policy.replace("lifo", "fifo"))),
    "fefo is fifo": ("items", lambda row: replace(row, allocation_policy=row.allocation_policy.replace("fefo", "fifo"))),
    "the store's flag does not count": ("warehouse", lambda row: replace(row, store_negative_physical=False)),
    "plates do not matter": ("warehouse", lambda row: replace(row, location_plate_controlled=False)),
    "orders are never cut": ("limit", lambda row: row | {"posting.max_lines_per_order": "1000"}),
    "one line more fits an order": (
        "limit",
        lambda row: row | {"posting.max_lines_per_order": str(int(row["posting.max_lines_per_order"]) + 1)},
    ),
    "always aggregated": ("limit", lambda row: row | {"posting.aggregate_lines": "true"}),
}


@pytest.mark.parametrize(("where", "misread"), MISREAD.values(), ids=MISREAD)
def test_the_worlds_notice_a_rule_that_is_read_wrongly(where: str, misread: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = 0
    for seed in SEEDS:
        honest = told(seed)
        with monkeypatch.context() as patch:
            _misread(patch, where, misread)
            noticed += told(seed) != honest
    assert noticed >= 2


def told(seed: int) -> object:
    """Batches of all lines and the states of all statements after the first run of a world."""
    story = make_world(seed, SIZE, f"w{seed}-")
    oracle = Oracle(story.world)
    oracle.calculate(story.through)
    if story.first_stores:
        oracle.post(set(story.first_stores))
    oracle.post()
    taken = {ref: [(take.batch, take.quantity) for take in takes] for ref, takes in oracle.takes.items()}
    return taken, sorted(map(repr, oracle.statement_rows()))


def _misread(patch: pytest.MonkeyPatch, where: str, misread: Callable[[Any], Any]) -> None:
    if where == "order":
        honest = deciding.in_order_of_decision
        wrong = misread(None)

        def ordered(unit: list[DecisionLine]) -> list[DecisionLine]:
            # The misreading itself asks the honest order.
            with pytest.MonkeyPatch.context() as inner:
                inner.setattr(deciding, "in_order_of_decision", honest)
                return list(wrong(unit))

        patch.setattr(deciding, "in_order_of_decision", ordered)
    elif where == "failing":
        patch.setattr(deciding, "first_to_fail", misread(None))
    elif where == "settings":
        settings = Oracle.settings
        patch.setattr(Oracle, "settings", lambda self: misread(settings(self)))
    elif where == "limit":
        begin = Oracle.__init__

        def start(self: Oracle, world: World) -> None:
            begin(self, world)
            self.parameters = misread(self.parameters)

        patch.setattr(Oracle, "__init__", start)
    else:
        shelf = Oracle.shelf

        def seen(self: Oracle, warehouse: str) -> Any:
            found = shelf(self, warehouse)
            if where == "warehouse":
                found.warehouse = misread(found.warehouse)
            else:
                found.items = {code: misread(item) for code, item in found.items.items()}
            return found

        patch.setattr(Oracle, "shelf", seen)
