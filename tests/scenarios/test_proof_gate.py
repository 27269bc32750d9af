"""What does not agree stops before the ledger, and there is a way out (docs/domain.md#posting-states)."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from core.lib.problems import Problem
from orders.models import Invoice, SalesOrder
from statements.models import Statement
from statements.rules.proof import ItemProof, prove_by_rate
from statements.rules.states import PostState
from statements.services import runner, steps
from statements.services.chunks import Chunk
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
    nothing = (None,) * 3
    some = (Decimal(1), None, None, None)
    rows = prove_by_rate(
        [
            ItemProof(1, "A", "", "", *some, Decimal(100), Decimal(100), None, Decimal(19), Decimal(19), *nothing),
            ItemProof(2, "B", "", "", *some, Decimal(50), Decimal(50), None, Decimal("9.50"), Decimal("9.00"), *nothing),
            ItemProof(3, "C", "", "", *some, Decimal(10), None, None, Decimal("0.70"), None, *nothing),
            ItemProof(4, "D", "", "", *some, Decimal(0), None, None, Decimal(0), None, *nothing),
        ],
        {1: (Decimal(19),), 2: (Decimal(19),), 3: (Decimal(19), Decimal(7))},
    )
    assert [(row.rates, row.net, row.net_ordered, row.tax_ordered, row.differs) for row in rows] == [
        ((Decimal(19), Decimal(7)), Decimal(10), None, None, False),
        ((Decimal(19),), Decimal(150), Decimal(150), Decimal("28.00"), True),
        ((), Decimal(0), None, None, False),
    ]


# What nobody does by a page or file: each is a fault of ours between invoicing and Posted, made behind the engine.
FAULTS = {
    "cost moved": "UPDATE inventory_inventorytransaction SET cost_amount = cost_amount - 1 WHERE source_kind = 3",
    "cost allocated": "UPDATE orders_batchallocation SET cost_amount = cost_amount + 1",
    "units moved": "UPDATE inventory_inventorytransaction SET quantity = quantity - 1 WHERE source_kind = 3",
    "units allocated": "UPDATE orders_batchallocation SET quantity = quantity + 1",
    "nothing issued": "DELETE FROM orders_batchallocation; DELETE FROM inventory_inventorytransaction WHERE source_kind = 3",
    "invoiced": "UPDATE orders_invoiceline SET net = net + 1",
    "vouchers": "UPDATE ledger_voucherline SET debit = debit * 2, credit = credit * 2",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_cost_and_vouchers_are_proven_before_posted(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The chain of one statement, down to the value of stock and the vouchers of its invoices, decides on Posted; the page shows it."""
    shop.journal.not_followed("something is changed behind the engine")
    shop.sells_item("MILK")
    shop.has("A", 9)
    shop.sells(2)
    shop.comes_in()
    step = next(step for step in steps.POSTING_STEPS if step.state == PostState.GIFT_CARDS_POSTED)

    def damage(chunk: Chunk, ids: list[int]) -> dict[int, Problem]:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for query in FAULTS[fault].split("; "):
                table = query.split()[2 if query.startswith("DELETE") else 1]
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(query)
        return {}

    damaging = step._replace(applies=steps.everything, run=damage)
    monkeypatch.setattr(runner, "POSTING_STEPS", tuple(damaging if one is step else one for one in steps.POSTING_STEPS))
    assert shop.posts().status == PARTLY
    statement = Statement.objects.get()
    assert (statement.failed_state, statement.error_code) == ("Posted", "PROOF_MISMATCH")
    assert ("accounts" if fault == "vouchers" else "items") in str(statement.error_text)
    # The way out that its page offers: what is posted is taken back as it stands, and posted anew.
    client.force_login(User.objects.create_superuser("root"))
    page = client.get(f"/statements/{statement.pk}/").content.decode()
    assert re.search(rf'href="/statements/{statement.pk}/reverse/[^>]*>.*Reverse what is posted of it', page)
    if fault in ("vouchers", "invoiced"):
        monkeypatch.undo()
        assert client.post(f"/statements/{statement.pk}/reverse/", {"reason": "The chain is broken"}).status_code == 302
        assert shop.posts().status == DONE
        assert Statement.objects.latest("pk").post_state == "Posted"
