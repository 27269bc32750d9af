"""What a change of parameters would do to open statements: told before it is saved, and true afterwards."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parameters.models import RetailParameters
from parameters.queries import settings_of
from parameters.rules.effects import ProposedChange
from parameters.services import CHANGE_EFFECTS
from statements.models import PosTransaction, Statement, ValidationProblem
from statements.services.effects import StatementEffects, effects_on_statements
from statements.services.preview import preview_posting
from statements.views import effects as words
from tests.statements.town import CREATED, INVOICED, MILK, NOON, SOAP, Town, count_rows, line


def change_to(town: Town, **values: Any) -> ProposedChange:
    entity = town.entities["LE"].pk
    before = settings_of([entity])[entity]
    return ProposedChange(entity, before, replace(before, **values))


def numbers(found: StatementEffects, name: str) -> list[tuple[str, str]]:
    return [(changed.statement.number, changed.code) for changed in getattr(found, name)]


def three_days(town: Town) -> None:
    """The first day is covered by a batch, the others are not; the second has soap besides."""
    town.stock(2)
    town.sells(2)
    town.sale(line(SOAP, 1), day=1, customer="SOAPY")
    town.sells(1, day=1)
    town.sells(3, day=2)


def test_switching_the_fallback_on_heals_what_it_names(town: Town) -> None:
    town.fallback(False)
    three_days(town)
    town.posts()
    assert [state for _, state, _ in town.states().values()] == ["", INVOICED, INVOICED]
    values: dict[str, Any] = {"posting_use_default_batch_id": True, "posting_default_batch_id": "DEF"}

    found = effects_on_statements(change_to(town, **values))

    assert numbers(found, "would_post") == [("S1-000002", "NO_VALID_BATCH"), ("S1-000003", "NO_VALID_BATCH")]
    assert (found.looked_at, found.open_statements, found.would_stop, found.redirected) == (2, 2, [], [])
    town.set(**values)
    town.posts()
    assert {state for state, _, _ in town.states().values()} == {"Posted"}


def test_switching_the_fallback_off_stops_what_it_names(town: Town) -> None:
    three_days(town)
    town.calculates()

    found = effects_on_statements(change_to(town, posting_use_default_batch_id=False))

    assert numbers(found, "would_stop") == [("S1-000002", "NO_VALID_BATCH"), ("S1-000003", "NO_VALID_BATCH")]
    town.fallback(False)
    town.posts()
    assert {number: state for number, (_, state, _) in town.states().items() if state} == {"S1-000002": INVOICED, "S1-000003": INVOICED}


def test_another_number_and_other_quantities_are_told(town: Town) -> None:
    town.stock(5, "B", received=NOON + timedelta(days=9))
    three_days(town)
    town.calculates()

    other = effects_on_statements(change_to(town, posting_default_batch_id="OTHER"))
    later = effects_on_statements(change_to(town, inventory_use_batches_received_after_sale=True))

    assert (other.redirected_lines, len(other.redirected), other.shifted) == (2, 2, [])
    assert (later.shifted_quantity, later.shifted_value) == (Decimal(-4), Decimal("-6.00"))
    assert later.redirected == []


def test_counted_differences_stop_and_pass(town: Town) -> None:
    town.sells(1, SOAP)
    town.event("tender_declaration", "9.00")
    town.calculates()

    stops = effects_on_statements(change_to(town, statements_max_difference=Decimal("6.99")))
    passes = effects_on_statements(change_to(town, statements_max_difference=Decimal("7.00")))

    assert numbers(stops, "would_stop") == [("S1-000001", "DIFFERENCE_TOO_LARGE")]
    assert passes.is_empty


def test_holding_is_told_apart_from_posting(town: Town) -> None:
    town.fallback(False)
    three_days(town)
    town.calculates()

    found = effects_on_statements(change_to(town, posting_hold_failing_transactions=True))

    assert numbers(found, "would_hold") == [("S1-000002", "NO_VALID_BATCH")]
    assert not found.would_post, "the third day has nothing that could be posted without the failing receipt"
    town.set(posting_hold_failing_transactions=True)
    told = {row.head.number: (row.held, row.failed_state) for row in preview_posting([row.pk for row in town.statements()])}
    town.posts()
    assert told == {"S1-000001": (0, ""), "S1-000002": (1, ""), "S1-000003": (0, INVOICED)}
    assert town.states()["S1-000002"][0] == "Posted"
    assert town.states()["S1-000003"] == (CREATED, INVOICED, "NO_VALID_BATCH")


def test_what_posting_does_not_decide_by_costs_nothing(town: Town) -> None:
    three_days(town)
    town.calculates()
    changes = [change_to(town, customer_orders_use_default_batch_id=True, posting_max_parallel_lanes=2), change_to(town)]
    with CaptureQueriesContext(connection) as captured:
        assert all(effects_on_statements(change).is_empty for change in changes)
    assert len(captured) == 0


def test_reads_are_fixed_and_nothing_is_written(town: Town) -> None:
    counts = []
    for day in range(3):
        town.sells(3, day=day)
        town.calculates()
        rows, states = count_rows(), town.states()
        with CaptureQueriesContext(connection) as captured:
            effects_on_statements(change_to(town, posting_use_default_batch_id=False))
        counts.append(len(captured))
        assert (count_rows(), town.states()) == (rows, states)
    assert counts[0] == counts[2]


def test_the_latest_days_are_left_out_where_there_are_too_many(town: Town) -> None:
    three_days(town)
    town.calculates()

    found = effects_on_statements(change_to(town, posting_use_default_batch_id=False), lines=2)

    assert (found.looked_at, found.open_statements) == (2, 3)
    assert [effect.tone for effect in words.statement_effects(found)] == ["bad", "info"]


def test_other_companies_and_what_is_in_work_are_left_alone(town: Town) -> None:
    town.entity("LE2")
    town.store("S9", entity="LE2")
    town.sells(1, store="S9")
    town.sells(1)
    town.calculates()
    assert [number for number, _ in numbers(effects_on_statements(change_to(town, posting_use_default_batch_id=False)), "would_stop")] == [
        "S1-000001"
    ]
    Statement.objects.filter(number="S1-000001").update(work_state="queued")
    assert effects_on_statements(change_to(town, posting_use_default_batch_id=False)).is_empty


@pytest.mark.parametrize(("codes", "kept"), [({"H14"}, 1), ({"H14", "L04"}, 2), ({"H13"}, 0)])
def test_rules_that_alone_keep_transactions_off(town: Town, codes: set[str], kept: int) -> None:
    for found in (("H14",), ("H14", "L04"), ("B03",)):
        sold = town.sells(1, valid=False)
        for code in found:
            severity = "warning" if code.startswith("B") else "error"
            ValidationProblem.objects.create(
                transaction_id=sold.transaction_id, code=code, severity=severity, variant="as_written", params={"text": code}
            )
    PosTransaction.objects.filter(problems__code="B03").update(validation_status="valid")
    change = change_to(town)

    effects = list(CHANGE_EFFECTS.ask(replace(change, rules_off=frozenset(codes))))

    assert [effect.text.split(" ")[0] for effect in effects] == ([str(kept)] if kept else [])
    on_again = list(CHANGE_EFFECTS.ask(replace(change, rules_on=frozenset({"H14"}))))
    assert [(effect.tone, effect.text.split(" ")[0]) for effect in on_again] == [("info", "3")]


def test_items_of_other_kinds_do_not_matter(town: Town) -> None:
    town.sells(4, SOAP)
    town.item(MILK)
    town.calculates()
    assert RetailParameters.objects.count() == 1
    assert list(CHANGE_EFFECTS.ask(change_to(town, posting_default_batch_id="OTHER"))) == []
