"""Sales orders as sets come to what the rule comes to, receipt by receipt."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from core.db.bulk import fetch_all
from statements.queries.posting import last_ordinals, sales_without_order
from statements.rules.aggregation import Sale, group_sales
from statements.writes.posting import group_into_orders
from tests.statements.retail_chain import MILK, RetailChain, line

Receipt = tuple[str, str, int, int]
receipts = st.lists(
    st.tuples(st.sampled_from(["S1", "S2"]), st.sampled_from(["", "C1", "c2", "B3"]), st.integers(1, 4), st.integers(0, 3)),
    min_size=1,
    max_size=9,
)

ORDERS = """
    SELECT o.source_id, o.ordinal, o.customer_id, o.merges_lines, o.status, array_agg(r.transaction_id ORDER BY r.transaction_id)
    FROM orders_salesorder o JOIN statements_orderreceipt r ON r.order_id = o.id GROUP BY o.id ORDER BY 1, 2
"""


def by_rule(statement_ids: Sequence[int], aggregate: bool, most: int) -> tuple[list[Any], list[int]]:
    """The orders that the rule makes, and the statements of which one would have become too long."""
    of_statement: dict[int, list[Sale]] = {}
    for receipt in sales_without_order(statement_ids):
        of_statement.setdefault(receipt.statement_id, []).append(receipt)
    ordinals = last_ordinals(statement_ids)
    rows, too_long = [], []
    for statement_id, sales in sorted(of_statement.items()):
        groups = group_sales(sales, aggregate=aggregate, max_lines=most, first_ordinal=ordinals.get(statement_id, 0) + 1)
        if aggregate and len(groups) > len({sale.customer_id for sale in sales}):
            too_long.append(statement_id)
            continue
        rows += [
            (statement_id, group.ordinal, group.customer_id, aggregate, "aggregated", sorted(group.transaction_ids)) for group in groups
        ]
    return rows, too_long


def sell(chain: RetailChain, sold: Sequence[Receipt], first: int) -> None:
    for number, (store, customer, lines, minute) in enumerate(sold, first):
        chain.sale(*(line(MILK, 1) for _ in range(lines)), store=store, customer=customer, at=minute, number=f"{number}")


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(receipts, st.booleans(), st.integers(1, 9))
@example([("S1", "C1", 3, 0), ("S1", "C1", 3, 1)], True, 5)
def test_sets_group_sales_as_the_rule_does(sold: Sequence[Receipt], aggregate: bool, most: int) -> None:
    with transaction.atomic():
        chain = RetailChain()
        sell(chain, sold, 1)
        ids = [row.pk for row in chain.calculates()]
        entity = {row.legal_entity_id for row in chain.statements()}.pop()
        expected, too_long = by_rule(ids, aggregate, most)
        assert group_into_orders(ids, {entity: (aggregate, most)}) == too_long
        assert [tuple(row) for row in fetch_all(ORDERS)] == expected
        # What is in an order is left alone, and what the rule is to group has none yet.
        assert group_into_orders(ids, {entity: (aggregate, most)}) == too_long
        assert len(fetch_all(ORDERS)) == len(expected)
        transaction.set_rollback(True)
    event(f"too long: {bool(too_long)}")
