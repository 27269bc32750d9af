"""Errors that no rule foresaw: whatever the database refuses, and in whatever state, a person gets the rest of the day posted by its page.

The error is a real one, raised by a trigger that goes on as long as its culprit is there: nothing has to be put right in the program.
"""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from orders.models import CustomerOrder, Delivery
from statements.models import PosTransaction, Statement
from statements.rules.states import POST_STATES, PostState
from tests.cases.test_bounds import allows, refuses
from tests.cases.test_gift_cards import Till
from tests.cases.world import PricedShop
from tests.oracle.building import line
from tests.oracle.commands import DONE, PARTLY, done, run
from tests.oracle.rows import Item

CULPRIT = "13"


def is_on_fire_in(state: PostState) -> None:
    """A statement with the culprit on it cannot come into the state."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE OR REPLACE FUNCTION test_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (
                    SELECT FROM statements_postransaction
                    WHERE statement_id = NEW.statement_id AND number = '{CULPRIT}' AND reversal_id IS NULL
                ) THEN RAISE EXCEPTION 'a number is on fire' USING ERRCODE = '22003'; END IF;
                RETURN NEW;
            END $$;
            CREATE OR REPLACE TRIGGER test_refuses BEFORE INSERT ON statements_statementevent FOR EACH ROW
                WHEN (NEW.event = 'completed' AND NEW.state = '{state}') EXECUTE FUNCTION test_refuses();
            """
        )


@pytest.fixture
def day(shop: PricedShop) -> PricedShop:
    """A day on which something is to do in every state; the culprit is a sale of honey."""
    shop.sells_at_cost()
    shop.sells_at_cost(item="HONEY")
    shop.falls_back()
    shop.orders_fall_back()
    shop.pending.items.append(Item("CARD", batch_tracked=False, kind="gift_card"))
    shop.receives(10, "0.60", "A")
    shop.parameters(statements__disable_counting="true")
    shop.sells(2)
    shop.rings(line("HONEY", 1), number=CULPRIT)
    shop.till_event("income", "7.00")
    shop.comes_in()
    return shop


def exit_of(state: PostState) -> str:
    """The button that leads out."""
    if state in {PostState.CHECKED, PostState.AGGREGATED}:
        return "clear"
    return "discard_orders" if state in {PostState.ORDER_CREATED, PostState.ORDER_INVOICED} else "reverse"


@pytest.mark.parametrize("state", POST_STATES)
def test_a_statement_has_an_exit_in_every_state(day: PricedShop, client: Client, state: PostState) -> None:
    till = Till(day, day.folder)
    till.number = 100
    till.rings("CARD", "10.00", card="G1")
    till.rings("MILK", "10.00", paid_with="G1")
    assert till.sends() == set()
    is_on_fire_in(state)
    assert day.posts().status == PARTLY
    stopped = Statement.objects.get()
    assert (stopped.failed_state, stopped.error_code) == (state, "UNEXPECTED_ERROR")
    client.force_login(User.objects.create_superuser("root"))
    address = f"/statements/{stopped.pk}/"
    page = client.get(address).content.decode()
    assert stopped.number in str(stopped.error_text)
    assert "a number is on fire" in page
    verb = exit_of(state)
    assert f"{address}{verb.replace('_', '-')}/" in page or f"{address}{verb}/" in page
    door = next(one for one in (f"{address}{verb}/", f"{address}{verb.replace('_', '-')}/") if one in page)
    day.journal.not_followed("the statement is taken back on its page")
    answer = client.post(door, {"reason": "It cannot be posted."})
    assert answer.status_code == 302, answer.content.decode()
    assert client.get(address).status_code in (200, 404)

    path = day.folder / "right.csv"
    path.write_text(f"store,terminal,transaction,line,field,value,reason\nS1,T1,{CULPRIT},,discarded,true,cannot be posted\n")
    assert done("correct_transactions", str(path)).status == DONE
    assert day.posts().status == DONE
    live = PosTransaction.objects.filter(reversal=None)
    assert {one.number for one in live if one.statement_id is None} == {CULPRIT}
    assert set(Statement.objects.values_list("post_state", "failed_state")) == {("Posted", "")}
    assert (Statement.objects.filter(reversal=None).count(), Statement.objects.exclude(reversal=None).count()) == (
        1,
        int(verb == "reverse"),
    )
    day.must_be_worth_what_it_costs()


def test_what_is_reversed_after_it_stopped_leaves_nothing(day: PricedShop) -> None:
    day.posts()
    number = day.statement()["statement"]
    assert run("reverse", "--statement", number, "--reason", "x").status == DONE
    stock = [row for row in day.exports("on-hand") if row["quantity"] != "0"]
    accounts = {kind: day.account(kind) for kind in ("inventory", "revenue", "cash", "cost_of_goods_sold", "clearing")}
    is_on_fire_in(PostState.PAYMENTS_POSTED)
    assert day.posts().status == PARTLY
    stopped = Statement.objects.exclude(failed_state="").get()
    assert done("reverse", "--statement", stopped.number, "--reason", "It cannot be posted.").status == DONE
    assert [row for row in day.exports("on-hand") if row["quantity"] != "0"] == stock
    assert {kind: day.account(kind) for kind in accounts} == accounts
    assert run("reverse", "--statement", stopped.number, "--reason", "again").codes == {"REVERSED_ALREADY"}
    assert run("post_statements", "--inline").status == DONE, "nothing of it is left to post"
    assert day.account("inventory") == day.moved_cost()
    day.must_be_sound()


def test_before_its_orders_are_invoiced_a_statement_is_not_reversed(day: PricedShop) -> None:
    is_on_fire_in(PostState.ORDER_INVOICED)
    day.posts()
    assert run("reverse", "--statement", Statement.objects.get().number, "--reason", "x").codes == {"NOT_POSTED"}


@pytest.mark.parametrize("table", ["orders_invoice", "inventory_inventorytransaction", "ledger_voucher", "orders_batchallocation"])
def test_a_customer_order_has_an_exit(day: PricedShop, client: Client, table: str) -> None:
    day.posts()
    day.is_ordered(line("MILK", 1), line("HONEY", 2), number="CO1")
    day.comes_in()
    refuses(table, "true")
    answer = day.invoices()
    assert (answer.status, answer.codes) == (PARTLY, {"UNEXPECTED_ERROR"})
    client.force_login(User.objects.create_superuser("root"))
    order = CustomerOrder.objects.get(order__number="CO1")
    address = f"/customer-orders/{order.pk}/"
    page = client.get(address).content.decode()
    for word in ("CO1", "MILK", "HONEY", "sum out of range", "Ask for the delivery again", f"{address}cancel/"):
        assert word in page
    asked = client.get(f"{address}cancel/")
    typed = {name: asked.context["form"][name].value() or "" for name in asked.context["form"].fields}
    client.post(f"{address}cancel/", {**typed, "seen": asked.context["comes"].seen, "version": str(order.version)})
    order.refresh_from_db()
    assert (order.order.status, order.cancelled) == ("cancelled", order.total)
    assert not Delivery.objects.exclude(error_code="").exists()
    assert run("invoice_orders", "--inline").status == DONE
    allows()
    day.must_be_sound()


def test_the_cause_may_pass_by_itself(day: PricedShop) -> None:
    """Then it is posted again, and nothing is posted twice."""
    is_on_fire_in(PostState.PAYMENTS_POSTED)
    day.posts()
    allows()
    day.posts()
    day.must_be_posted()
    assert day.account("clearing") == Decimal(0)
