"""Statements taken back together come to what they come to one by one, and to what was there before; whatever the company looks like."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, event, given, settings

from core.db.bulk import execute, fetch_all, fetch_value
from inventory.writes import takes, taking_back
from retailhq.integrity.checks import differences
from statements.models import Statement
from statements.services.reversals import reverse_in_turn, reverse_statement, reverse_statements
from tests.statements.retail_chain import SOAP, RetailChain, line, must_be_sound
from tests.statements.test_plain_pools import WITHOUT_SHRINKING, Company, companies, found_company, gone_through_again, lines, plan_of, town

__all__ = ["town"]

pytestmark = pytest.mark.usefixtures("new_database")

# What must be as if it had never been posted.
STANDING = {
    "on-hand": """
        SELECT o.warehouse_id, o.item_id, b.number, o.physical, o.reserved, o.open_debt, o.open_credit
        FROM inventory_onhand o LEFT JOIN inventory_batch b ON b.id = o.batch_id
        WHERE (o.physical, o.reserved, o.open_debt, o.open_credit) <> (0, 0, 0, 0) ORDER BY 1, 2, 3
    """,
    "costs": """
        SELECT warehouse_id, item_id, quantity, value FROM inventory_warehouseitemcost WHERE (quantity, value) <> (0, 0) ORDER BY 1, 2
    """,
    "debts": "SELECT warehouse_id, item_id, source_id, quantity, open_quantity FROM inventory_batchdebt ORDER BY 1, 2, 3, 4",
    "credits": "SELECT warehouse_id, item_id, source_id, quantity, open_quantity FROM inventory_batchcredit ORDER BY 1, 2, 3, 4",
    "uses": "SELECT source_kind, source_id, quantity FROM inventory_defaultstockuse ORDER BY 1, 2, 3",
    "accounts": """
        SELECT a.number, sum(l.debit - l.credit) FROM ledger_voucherline l JOIN ledger_mainaccount a ON a.id = l.account_id
        GROUP BY a.number HAVING sum(l.debit - l.credit) <> 0 ORDER BY 1
    """,
}


def standing() -> dict[str, list[Any]]:
    return {name: fetch_all(sql) for name, sql in STANDING.items()}


def posted_statements() -> list[int]:
    return list(Statement.objects.filter(post_state="Posted", reversal=None).order_by("business_date", "pk").values_list("pk", flat=True))


def after(take_back: Callable[[], object]) -> dict[str, list[Any]]:
    """What stands then; nothing of it stays."""
    with transaction.atomic():
        wrong = set(differences())  # stock that is reserved for nobody
        take_back()
        assert wrong.issuperset(differences())
        found = standing()
        transaction.set_rollback(True)
    return found


def one_by_one(statements: list[int]) -> None:
    for statement in reversed(statements):
        reverse_statement(statement, "Posted by mistake.", "ada")


@pytest.mark.django_db
@settings(max_examples=20, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(companies(lines))
def test_together_comes_to_what_was_there_before(town: RetailChain, company: Company) -> None:
    with transaction.atomic():
        chain = found_company(town, company)
        before, known = standing(), posted_statements()
        chain.posts()
        new = [statement for statement in posted_statements() if statement not in known]
        assume(new)  # whatever leaves the block leaves nothing behind
        together = after(lambda: reverse_statements(new, "Posted by mistake.", "ada"))
        apart = after(lambda: one_by_one(new))
        is_all = not Statement.objects.exclude(post_state="Posted").exists()
        transaction.set_rollback(True)
    event("all posted" if is_all else "some failed")
    assert together == apart
    if is_all:
        assert together == before


def test_a_chunk_that_is_refused_is_parted_and_the_first_refused_ends_it(chain: RetailChain) -> None:
    """Of five days the fourth was taken back before."""
    chain.stock(9)
    for day in range(5):
        chain.sells(1, day=day)
    chain.posts()
    ids = posted_statements()
    reverse_statement(ids[3], "Posted by mistake.", "ada")
    found = reverse_in_turn(ids, "Posted by mistake.", "ada")
    assert [taken.document for taken in found.done] == ["S1-000001", "S1-000002", "S1-000003"]
    assert [problem.code for problem in found.problems] == ["REVERSED_ALREADY"]
    assert posted_statements() == [ids[4]]
    again = reverse_in_turn(ids, "Posted by mistake.", "ada", passes_reversed=True)
    assert (len(again.done), again.problems) == (1, ())
    assert chain.shelf() == {"A": 9}
    must_be_sound()


def test_the_number_of_queries_does_not_grow_with_the_statements(chain: RetailChain) -> None:
    chain.stock(90)
    for day in range(8):
        chain.sale(line("MILK", 1), line(SOAP, 1), day=day)
    chain.posts()
    ids = posted_statements()
    counts = []
    for part in (ids[:1], ids[1:]):
        with CaptureQueriesContext(connection) as caught:
            reverse_statements(part, "Posted by mistake.", "ada")
        counts.append(len(caught))
    assert counts[0] == counts[1]
    must_be_sound()


@pytest.mark.django_db
def test_no_query_goes_through_the_work_table_for_each_row_of_another() -> None:
    """Work tables have no statistics (tests/statements/test_plain_pools.py)."""
    takes.make_work_tables()
    execute(
        """
        INSERT INTO work_take (line_id, order_id, ordinal, order_line_id, warehouse_id, item_id, batch_id, quantity, cost, day)
        SELECT n, n / 100, 2, n, n % 50, n % 2000, n % 7, -1, -1, DATE '2024-05-01' FROM generate_series(1, 5000) n
        """
    )
    plans = {
        "hold costs": plan_of(taking_back.HOLD_COSTS, {}),
        "hold on-hand": plan_of(taking_back.HOLD_ON_HAND, {}),
        "costs": plan_of(taking_back.SAVE_PLAIN_COSTS, {}),
        "move": plan_of(takes.MOVE.format(mover="line_id"), {"moved_by": 3}),
        "off hand": plan_of(takes.TAKE_OFF_HAND, {}),
    }
    assert {name: gone_through_again(plan) for name, plan in plans.items()} == {name: [] for name in plans}
    assert fetch_value("SELECT count(*) FROM work_take") == 5000
