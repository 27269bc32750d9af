"""What people do with a statement works for each kind (docs/domain.md#operations-on-a-statement)."""

import pytest

from statements.models import PosTransaction, Statement
from statements.services.discard_orders import discard_orders
from statements.services.undo_calculation import clear_statement, hold_failing, recalculate_statement, revalidate_statement
from tests.cases.test_counting import says, sells
from tests.oracle.commands import DONE, PARTLY, run
from tests.scenarios.world import Shop

pytestmark = pytest.mark.django_db
KINDS = ("transactional", "financial")


@pytest.fixture
def split(shop: Shop) -> Shop:
    """A split store that sold a bag and some milk, of which there is none, and counted its drawer."""
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.sells_item("MILK")
    shop.parameters(statements__model="split", statements__max_difference="100")
    sells(shop, "20.00")
    shop.sells(1)
    says(shop, "tender_declaration", "20.00")
    shop.comes_in()
    assert run("calculate_statements").status == DONE
    return shop


def of(kind: str) -> Statement:
    return Statement.objects.get(kind=kind, ordinal__lte=2)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_calculated_is_made_anew_checked_and_cleared(split: Shop, kind: str) -> None:
    before = of(kind)
    recalculate_statement(before.pk, "maria")
    again = of(kind)
    assert (again.calc_state, again.transaction_count, again.total) == ("Calculated", before.transaction_count, before.total)
    assert revalidate_statement(before.pk, "maria").left == 0
    assert of(kind).transaction_count == before.transaction_count
    assert clear_statement(before.pk, "maria") == before.transaction_count
    assert run("calculate_statements", "--kind", kind).status == DONE
    assert of(kind).transaction_count == before.transaction_count
    assert run("preview_posting", "--statement", before.number).status in (DONE, PARTLY)
    assert not PosTransaction.objects.filter(counted_on=None).exists()


def test_a_posting_is_resumed_by_kind(split: Shop) -> None:
    assert run("post_statements", "--inline").status == PARTLY
    assert (of("transactional").failed_state, of("financial").post_state) == ("Customer order invoiced", "Posted")
    split.has("A", 5)
    split.comes_in()
    assert run("post_statements", "--kind", "transactional", "--inline").status == DONE
    assert of("transactional").post_state == "Posted"
    split.must_be_sound()


def test_what_fails_is_held_by_a_supplement_of_the_same_kind(split: Shop) -> None:
    split.parameters(posting__aggregate_lines="false")
    split.comes_in()
    assert run("post_statements", "--kind", "transactional", "--inline").status == PARTLY
    assert hold_failing(of("transactional").pk, "maria") == 1
    supplement = Statement.objects.get(ordinal=3)
    assert (supplement.kind, supplement.lines.count(), supplement.transaction_count) == ("transactional", 0, 1)
    run("post_statements", "--inline")
    assert of("transactional").post_state == "Posted"
    assert of("financial").post_state == "Posted"
    split.must_be_sound()


def test_orders_are_deleted_and_aggregation_is_exported(split: Shop) -> None:
    run("post_statements", "--kind", "transactional", "--inline")
    rows = split.exports("aggregation")
    assert {(row["statement"], row["status"]) for row in rows} == {(of("transactional").number, "created")}
    assert len(rows) == 2
    assert discard_orders(of("transactional").pk, "maria").transactions == 2
    assert not split.exports("aggregation")
    assert PosTransaction.objects.filter(kind="sale", statement=None, counted_on=None).count() == 2
    assert run("calculate_statements").status == DONE
    assert PosTransaction.objects.filter(kind="sale", counted_on=of("financial")).count() == 2
    split.must_be_sound()
