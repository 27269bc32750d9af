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
from parameters.rules.effects import Differences, ProposedChange
from parameters.services import CHANGE_EFFECTS
from statements.models import PosTransaction, Statement, ValidationProblem
from statements.queries.effects import OpenStatement
from statements.services.effects import effects_on_statements
from statements.services.preview import preview_posting
from statements.views import effects as words
from tests.statements.retail_chain import CREATED, INVOICED, MILK, NOON, SOAP, RetailChain, count_rows, line


def change_to(chain: RetailChain, **values: Any) -> ProposedChange:
    entity = chain.entities["LE"].pk
    before = settings_of([entity])[entity]
    return ProposedChange(entity, before, replace(before, **values))


def numbers(found: Differences[OpenStatement], name: str) -> list[tuple[str, str]]:
    return [(changed.document.number, changed.code) for changed in getattr(found, name)]


def three_days(chain: RetailChain) -> None:
    """The first day is covered by a batch, the others are not; the second has soap besides."""
    chain.stock(2)
    chain.sells(2)
    chain.sale(line(SOAP, 1), day=1, customer="SOAPY")
    chain.sells(1, day=1)
    chain.sells(3, day=2)


def test_switching_the_fallback_on_heals_what_it_names(chain: RetailChain) -> None:
    chain.fallback(False)
    three_days(chain)
    chain.posts()
    assert [state for _, state, _ in chain.states().values()] == ["", INVOICED, INVOICED]
    values: dict[str, Any] = {"posting_use_default_batch_id": True, "posting_default_batch_id": "DEF"}

    found = effects_on_statements(change_to(chain, **values))

    assert numbers(found, "would_pass") == [("S1-000002", "NO_VALID_BATCH"), ("S1-000003", "NO_VALID_BATCH")]
    assert (found.looked_at, found.open, found.would_stop, found.redirected) == (2, 2, (), ())
    chain.set(**values)
    chain.posts()
    assert {state for state, _, _ in chain.states().values()} == {"Posted"}


def test_switching_the_fallback_off_stops_what_it_names(chain: RetailChain) -> None:
    three_days(chain)
    chain.calculates()

    found = effects_on_statements(change_to(chain, posting_use_default_batch_id=False))

    assert numbers(found, "would_stop") == [("S1-000002", "NO_VALID_BATCH"), ("S1-000003", "NO_VALID_BATCH")]
    chain.fallback(False)
    chain.posts()
    assert {number: state for number, (_, state, _) in chain.states().items() if state} == {"S1-000002": INVOICED, "S1-000003": INVOICED}


def test_another_number_and_other_quantities_are_told(chain: RetailChain) -> None:
    chain.stock(5, "B", received=NOON + timedelta(days=9))
    three_days(chain)
    chain.calculates()

    other = effects_on_statements(change_to(chain, posting_default_batch_id="OTHER"))
    later = effects_on_statements(change_to(chain, inventory_use_batches_received_after_sale=True))

    assert (other.redirected_lines, len(other.redirected), other.shifted) == (2, 2, ())
    assert (later.shifted_quantity, later.shifted_value) == (Decimal(-4), Decimal("-6.00"))
    assert later.redirected == ()


def test_counted_differences_stop_and_pass(chain: RetailChain) -> None:
    chain.sells(1, SOAP)
    chain.event("tender_declaration", "9.00")
    chain.calculates()

    stops = effects_on_statements(change_to(chain, statements_max_difference=Decimal("6.99")))
    passes = effects_on_statements(change_to(chain, statements_max_difference=Decimal("7.00")))

    assert numbers(stops, "would_stop") == [("S1-000001", "DIFFERENCE_TOO_LARGE")]
    assert passes.is_empty


def test_holding_is_told_apart_from_posting(chain: RetailChain) -> None:
    chain.fallback(False)
    three_days(chain)
    chain.calculates()

    found = effects_on_statements(change_to(chain, posting_hold_failing_transactions=True))

    assert numbers(found, "would_hold") == [("S1-000002", "NO_VALID_BATCH")]
    assert not found.would_pass, "the third day has nothing that could be posted without the failing receipt"
    chain.set(posting_hold_failing_transactions=True)
    told = {row.head.number: (row.held, row.failed_state) for row in preview_posting([row.pk for row in chain.statements()])}
    chain.posts()
    assert told == {"S1-000001": (0, ""), "S1-000002": (1, ""), "S1-000003": (0, INVOICED)}
    assert chain.states()["S1-000002"][0] == "Posted"
    assert chain.states()["S1-000003"] == (CREATED, INVOICED, "NO_VALID_BATCH")


def test_what_posting_does_not_decide_by_costs_nothing(chain: RetailChain) -> None:
    three_days(chain)
    chain.calculates()
    changes = [change_to(chain, customer_orders_use_default_batch_id=True, posting_max_parallel_lanes=2), change_to(chain)]
    with CaptureQueriesContext(connection) as captured:
        assert all(effects_on_statements(change).is_empty for change in changes)
    assert len(captured) == 0


def test_reads_are_fixed_and_nothing_is_written(chain: RetailChain) -> None:
    counts = []
    for day in range(3):
        chain.sells(3, day=day)
        chain.calculates()
        rows, states = count_rows(), chain.states()
        with CaptureQueriesContext(connection) as captured:
            effects_on_statements(change_to(chain, posting_use_default_batch_id=False))
        counts.append(len(captured))
        assert (count_rows(), chain.states()) == (rows, states)
    assert counts[0] == counts[2]


def test_the_latest_days_are_left_out_where_there_are_too_many(chain: RetailChain) -> None:
    three_days(chain)
    chain.calculates()

    found = effects_on_statements(change_to(chain, posting_use_default_batch_id=False), lines=2)

    assert (found.looked_at, found.open) == (2, 3)
    assert [effect.tone for effect in words.statement_effects(found)] == ["bad", "info"]


def test_other_companies_and_what_is_in_work_are_left_alone(chain: RetailChain) -> None:
    chain.entity("LE2")
    chain.store("S9", entity="LE2")
    chain.sells(1, store="S9")
    chain.sells(1)
    chain.calculates()
    assert [number for number, _ in numbers(effects_on_statements(change_to(chain, posting_use_default_batch_id=False)), "would_stop")] == [
        "S1-000001"
    ]
    Statement.objects.filter(number="S1-000001").update(work_state="queued")
    assert effects_on_statements(change_to(chain, posting_use_default_batch_id=False)).is_empty


@pytest.mark.parametrize(("codes", "kept"), [({"H14"}, 1), ({"H14", "L04"}, 2), ({"H13"}, 0)])
def test_rules_that_alone_keep_transactions_off(chain: RetailChain, codes: set[str], kept: int) -> None:
    for found in (("H14",), ("H14", "L04"), ("B03",)):
        sold = chain.sells(1, valid=False)
        for code in found:
            severity = "warning" if code.startswith("B") else "error"
            ValidationProblem.objects.create(
                transaction_id=sold.transaction_id, code=code, severity=severity, variant="as_written", params={"text": code}
            )
    PosTransaction.objects.filter(problems__code="B03").update(validation_status="valid")
    change = change_to(chain)

    effects = list(CHANGE_EFFECTS.ask(replace(change, rules_off=frozenset(codes))))

    assert [effect.text.split(" ")[0] for effect in effects] == ([str(kept)] if kept else [])
    on_again = list(CHANGE_EFFECTS.ask(replace(change, rules_on=frozenset({"H14"}))))
    assert [(effect.tone, effect.text.split(" ")[0]) for effect in on_again] == [("info", "3")]


def test_items_of_other_kinds_do_not_matter(chain: RetailChain) -> None:
    chain.sells(4, SOAP)
    chain.item(MILK)
    chain.calculates()
    assert RetailParameters.objects.count() == 1
    assert list(CHANGE_EFFECTS.ask(change_to(chain, posting_default_batch_id="OTHER"))) == []
