"""Delete customer orders: what is not invoiced is free again, by page, command and API; what is invoiced stays."""

from decimal import Decimal

import pytest
from django.test import Client

from core.access.models import AuditEntry
from core.lib.problems import BusinessError
from inventory.models import OnHand
from ledger.models import VoucherLine
from orders.models import SalesOrder
from statements.models import PosTransaction, Statement, StatementEvent
from statements.services.discard_orders import discard_orders
from statements.services.undo_calculation import revalidate_statement
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, WRONG_USE, run
from tests.statements.retail_chain import CREATED, INVOICED, MILK, RetailChain, line, must_be_sound


@pytest.fixture
def stopped(chain: RetailChain) -> RetailChain:
    """A day of two orders, of which that of customer C-1 cannot be posted: nothing lies on the shelf and nothing falls back."""
    chain.fallback(False)
    chain.stock(1)
    chain.sells(1)
    chain.sells(3, customer="C-1")
    chain.posts()
    return chain


def only() -> Statement:
    return Statement.objects.get()


def test_failed_orders_go_and_the_rest_is_posted(stopped: RetailChain) -> None:
    assert (only().post_state, only().failed_state) == (CREATED, INVOICED)

    done = discard_orders(only().pk, "maria")

    assert (done.transactions, done.stays) == (1, True)
    assert list(SalesOrder.objects.values_list("status", flat=True)) == [SalesOrder.Status.INVOICED]
    assert PosTransaction.objects.filter(statement=None).count() == 1
    assert "post the statement again" in str(only().error_text)
    must_be_sound()
    assert AuditEntry.objects.filter(action="clear", actor="maria", subject="S1-000001").exists()
    assert StatementEvent.objects.filter(event="delete orders", actor="maria").exists()
    stopped.fallback(True)
    stopped.posts()
    assert [state[:2] for state in stopped.states().values()] == [("Posted", ""), ("Posted", "")]
    must_be_sound()
    assert Statement.objects.count() == 2


def test_a_statement_of_which_nothing_is_left_is_gone(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(3)
    chain.posts()

    done = discard_orders(only().pk, "maria")

    assert (done.transactions, done.stays) == (1, False)
    assert not Statement.objects.exists()
    assert not SalesOrder.objects.exists()
    must_be_sound()
    chain.fallback(True)
    chain.posts()
    assert [state[:2] for state in chain.states().values()] == [("Posted", "")]
    must_be_sound()


def test_what_is_no_sale_keeps_the_statement(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(3)
    chain.event("expense", "5.00")
    chain.posts()

    assert discard_orders(only().pk, "maria").stays

    assert (only().calc_state, only().failed_state, only().transaction_count) == ("Calculated", "", 1)
    chain.fallback(True)
    chain.posts()
    # The sale came back with the next calculation, onto the same statement.
    assert [state[:2] for state in chain.states().values()] == [("Posted", "")]
    must_be_sound()


@pytest.mark.parametrize("posted", [False, True])
def test_without_open_orders_nothing_changes(chain: RetailChain, posted: bool) -> None:
    chain.sells(1)
    chain.calculates()
    if posted:
        chain.posts()
    with pytest.raises(BusinessError) as refused:
        discard_orders(only().pk, "maria")
    assert refused.value.problems[0].code == ("STATEMENT_MOVED_ON" if posted else "NO_ORDER_TO_DISCARD")
    assert only().transaction_count == 1


def test_the_command(stopped: RetailChain) -> None:
    answer = run("discard_orders", "--statement", "S1-000001")
    assert (answer.status, answer.data["transactions"], answer.data["stays"]) == (DONE, 1, True)
    assert run("discard_orders", "--statement", "S1-000001").status == WRONG_USE
    assert run("discard_orders", "--statement", "S1-999999").status == WRONG_USE


def test_the_button(stopped: RetailChain, client: Client) -> None:
    client.force_login(make_person("maria", "poster"))
    page = client.get(f"/statements/{only().pk}/").content.decode()
    assert f"/statements/{only().pk}/discard-orders/" in page
    answer = client.post(f"/statements/{only().pk}/discard-orders/", follow=True)
    assert "1 transaction is free again." in answer.content.decode()
    assert not SalesOrder.objects.exclude(status=SalesOrder.Status.INVOICED).exists()


def test_the_books_are_as_if_the_order_had_never_been(stopped: RetailChain) -> None:
    def books() -> tuple[list[tuple[str, Decimal, Decimal]], list[tuple[int | None, Decimal]]]:
        lines = VoucherLine.objects.order_by("account__number", "pk").values_list("account__number", "debit", "credit")
        return list(lines), list(OnHand.objects.order_by("pk").values_list("batch_id", "physical"))

    before = books()
    discard_orders(only().pk, "maria")
    assert books() == before


def test_an_emptied_statement_is_dropped_by_the_next_calculation(chain: RetailChain) -> None:
    chain.sale(line(MILK, 1), paid="1.00")
    chain.calculates()
    revalidate_statement(only().pk, "maria")
    assert only().transaction_count == 0
    chain.calculates()
    assert not Statement.objects.exists()
