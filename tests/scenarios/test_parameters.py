"""Parameters: a switch without its value, a value of the wrong kind, a key that does not exist; and that they are kept."""

import pytest

from tests.oracle.commands import DONE, WRONG_USE, done, run
from tests.scenarios.world import Shop

KEYS = (
    "posting.use_default_batch_id",
    "posting.default_batch_id",
    "customer_orders.use_default_batch_id",
    "customer_orders.default_batch_id",
    "inventory.default_batch_scope",
    "inventory.sellable_on_expiration_date",
    "inventory.use_batches_received_after_sale",
    "posting.aggregate_lines",
    "posting.max_lines_per_order",
    "posting.max_parallel_lanes",
    "posting.hold_failing_transactions",
    "statements.max_difference",
    "statements.disable_counting",
    "customer_orders.offer_pickup",
    "customer_orders.offer_ship",
    "customer_orders.offer_carry_out",
    "customer_orders.default_deposit_percent",
    "customer_orders.cancellation_charge_percent",
)


@pytest.fixture
def company(shop: Shop) -> Shop:
    shop.comes_in()
    return shop


REFUSED: list[tuple[str, ...]] = [
    ("posting.use_default_batch_id=true",),
    ("customer_orders.use_default_batch_id=true",),
    ("posting.use_default_batch_id=maybe",),
    ("posting.use_default_batch_id=",),
    ("posting.default_batch_id",),
    ("posting.no_such_key=1",),
    ("inventory.default_batch_scope=some",),
    ("posting.max_lines_per_order=0",),
    ("posting.max_lines_per_order=many",),
    ("statements.max_difference=1e3",),
    ("statements.max_difference=NaN",),
    ("statements.max_difference=-1",),
    ("posting.default_batch_id=DEF", "posting.no_such_key=1"),
    (),
]


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_refused_and_nothing_is_changed(company: Shop, words: tuple[str, ...]) -> None:
    before = run("show_parameters").data
    answer = run("set_parameters", *words)
    assert answer.status == WRONG_USE, answer
    assert "Traceback" not in answer.errors
    assert run("show_parameters").data == before


def test_an_unknown_key_is_answered_with_the_known_ones(company: Shop) -> None:
    answer = run("set_parameters", "posting.no_such_key=1")
    said = str(answer.data) + answer.errors
    assert [key for key in KEYS if key not in said] == []


def test_switch_and_value_come_and_go_together(company: Shop) -> None:
    done("set_parameters", "posting.use_default_batch_id=true", "posting.default_batch_id=DEF")
    assert run("set_parameters", "posting.default_batch_id=").status == WRONG_USE
    done("set_parameters", "posting.use_default_batch_id=false", "posting.default_batch_id=")
    assert run("set_parameters", "posting.use_default_batch_id=true").status == WRONG_USE


def test_show_parameters_shows_every_key_with_its_default(company: Shop) -> None:
    shown = str(run("show_parameters").data)
    assert [key for key in KEYS if key not in shown] == []


def test_a_legal_entity_that_does_not_exist(company: Shop) -> None:
    assert run("set_parameters", "posting.default_batch_id=DEF", "--legal-entity", "NOPE").status == WRONG_USE
    assert run("set_parameters", "posting.default_batch_id=DEF", "--legal-entity", "LE").status == DONE


def test_each_legal_entity_has_its_own(company: Shop) -> None:
    """With two companies the name is needed; each keeps its own values."""
    path = company.folder / "le.csv"
    path.write_text("legal_entity,name,currency\nLE2,Other,USD\n")
    done("import_data", "legal-entities", str(path))
    assert run("set_parameters", "posting.default_batch_id=DEF").status == WRONG_USE
    done("set_parameters", "posting.default_batch_id=DEF", "--legal-entity", "LE2")
    assert "DEF" in str(run("show_parameters", "--legal-entity", "LE2").data)
    assert "DEF" not in str(run("show_parameters", "--legal-entity", "LE").data)
