"""What does not agree stops before the ledger, and there is a way out (docs/domain.md#posting-states)."""

from decimal import Decimal

import pytest
from django.db import connection

from orders.models import Invoice, SalesOrder
from statements.models import Statement
from statements.rules.proof import ItemProof, prove_by_rate, rate_of
from tests.oracle.commands import DONE, PARTLY, run
from tests.scenarios.world import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(shop: Shop) -> Shop:
    """A statement whose order was made and cannot be invoiced yet."""
    shop.sells_item("MILK")
    shop.sells(2)
    shop.comes_in()
    assert shop.posts().status == PARTLY
    return shop


def test_orders_that_differ_from_their_transactions_are_not_invoiced(stopped: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_salesorderline SET net = net + 1")
    stopped.has("A", 5)
    stopped.comes_in()
    assert run("post_statements", "--inline").status == PARTLY
    statement = Statement.objects.get()
    assert (statement.failed_state, statement.error_code) == ("Customer order invoiced", "PROOF_MISMATCH")
    assert not Invoice.objects.exists()
    assert run("discard_orders", "--statement", statement.number).status == DONE
    assert stopped.posts().status == DONE
    assert Statement.objects.get().post_state == "Posted"
    assert SalesOrder.objects.get().status == "invoiced"


def test_the_sheet_is_proven_by_tax_rate(stopped: Shop) -> None:
    assert rate_of(Decimal("10.00"), Decimal("1.90")) == 19
    assert rate_of(Decimal("0.30"), Decimal("0.02")) == Decimal("6.5")
    assert rate_of(Decimal(0), Decimal(0)) is None
    nothing = (None,) * 3
    some = (Decimal(1), None, None, None)
    rows = prove_by_rate(
        [
            ItemProof(1, "A", "", "", *some, Decimal(100), Decimal(100), None, Decimal(19), Decimal(19), *nothing),
            ItemProof(2, "B", "", "", *some, Decimal(50), Decimal(50), None, Decimal("9.50"), Decimal("9.00"), *nothing),
            ItemProof(3, "C", "", "", *some, Decimal(10), None, None, Decimal("0.70"), None, *nothing),
        ]
    )
    assert [(row.rate, row.net, row.net_ordered, row.tax_ordered, row.differs) for row in rows] == [
        (Decimal(19), Decimal(150), Decimal(150), Decimal("28.00"), True),
        (Decimal(7), Decimal(10), None, None, False),
    ]
