"""Batch debt is paid back with real batches, and that is undone (docs/domain.md#settlement)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services import run_job
from inventory.models import Batch, BatchDebt, DebtSettlement, Disposition, InventoryTransaction, Warehouse
from inventory.queries.settlements import Selection
from inventory.services.background import SETTLE
from inventory.services.settlements import Settling, settle_debt
from tests.cases.test_debt import book
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import WRONG_USE, Answer, done, run
from tests.scenarios.world import DEFAULT, LONG_AGO, NOON, milk

DAY = timedelta(days=1)


def settles(*arguments: str) -> Answer:
    return done("settle_batch_debt", *arguments)


def undoes(number: str) -> Answer:
    return done("undo_settlement", number, "--reason", "not that one")


def owes(shop: PricedShop, quantity: int | str = 3) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.sells(quantity)
    shop.posts()


def test_24_a_late_delivery_pays_the_debt(shop: PricedShop) -> None:
    owes(shop)
    shop.receives(10, "1.00", "A")
    shop.comes_in()
    assert settles().data == {"lines": 1, "settlements": [{"settlement": "W1-S000001", "lines": 1, "quantity": "3"}]}
    assert shop.shelf() == {"A": "7"}
    assert shop.debts() == []
    rows = shop.exports("debt-settlements")
    (sold,) = shop.exports("allocations")
    assert rows == [
        {
            **{"settlement": "W1-S000001", "warehouse": "W1", "item": "MILK", "from_batch": DEFAULT, "to_batch": "A", "quantity": "3"},
            **{name: sold[name] for name in ("store", "terminal", "transaction", "line")},
            **{"date": timezone.localdate().isoformat(), "undone": "false"},
        }
    ]
    shop.must_be_worth_what_it_costs()


def test_a_proposal_writes_nothing(shop: PricedShop) -> None:
    owes(shop)
    shop.receives(2, "1.00", "A")
    shop.comes_in()
    proposed = settles("--propose").data
    (row,) = proposed["proposed"]
    assert (row["warehouse"], row["item"], row["from_batch"], row["to_batch"], row["quantity"]) == ("W1", "MILK", DEFAULT, "A", "2")
    assert row["debt"].startswith("S1/")
    assert shop.debts() == [("1", "3")]
    assert not DebtSettlement.objects.exists()


def test_nothing_to_pay_is_no_mistake(shop: PricedShop) -> None:
    owes(shop)
    assert settles().data == {"lines": 0, "settlements": []}


def test_undone_everything_is_as_it_was_and_only_once(shop: PricedShop) -> None:
    owes(shop)
    shop.receives(10, "1.00", "A")
    shop.comes_in()
    before = (shop.shelf(), shop.debts(), book())
    settles()
    assert undoes("W1-S000001").data["settlement"] == "W1-S000001-U"
    assert (shop.shelf(), shop.debts(), book()) == before
    assert [row["undone"] for row in shop.exports("debt-settlements")] == ["true"]
    again = run("undo_settlement", "W1-S000001", "--reason", "again")
    assert (again.status, [problem["code"] for problem in again.data["problems"]]) == (WRONG_USE, ["SETTLEMENT_UNDONE"])
    for number in ("W1-S000001-U", "W1-S000009"):
        unknown = run("undo_settlement", number, "--reason", "again")
        assert [problem["code"] for problem in unknown.data["problems"]] == ["UNKNOWN_SETTLEMENT"]
    shop.must_be_worth_what_it_costs()
    assert settles().data["settlements"][0]["settlement"] == "W1-S000003"


def test_goods_that_came_after_the_sale_pay_only_where_that_is_allowed(shop: PricedShop) -> None:
    owes(shop)
    shop.receives(10, "1.00", "A", at=NOON + 2 * DAY)
    shop.comes_in()
    assert settles().data["lines"] == 0
    shop.parameters(inventory__use_batches_received_after_sale="true")
    shop.comes_in()
    assert settles().data["lines"] == 1


def test_a_return_of_a_settled_sale_goes_back_to_the_real_batch(shop: PricedShop) -> None:
    shop.sells_at_cost("0.335")
    shop.falls_back()
    sale = shop.sells(7)
    shop.posts()
    shop.receives(4, "0.40", "A")
    shop.comes_in()
    settles()
    assert shop.shelf() == {DEFAULT: "-3"}
    back = shop.takes_back(sale, 5, at=NOON + DAY)
    shop.posts()
    assert {batch: quantity for batch, quantity, *_ in shop.allocated(back)} == {DEFAULT: "-3", "A": "-2"}
    assert shop.shelf() == {"A": "2"}
    rest = shop.takes_back(sale, 2, at=NOON + 2 * DAY)
    shop.posts()
    assert shop.batches_of(rest) == {"A": "-2"}
    assert shop.account("cost_of_goods") == 0
    shop.must_be_worth_what_it_costs()


def test_a_return_in_another_store_and_a_settlement_do_not_bring_back_more_than_was_sold(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    sale = shop.sells(5)
    shop.posts()
    shop.takes_back(sale, 2, at=NOON + DAY, store="S2")
    shop.posts()
    shop.receives(9, "1.00", "A")
    shop.comes_in()
    settles()
    assert book() == {"W1": (0, 0, 0), "W2": (2, 0, 2)}
    back = shop.takes_back(sale, 3, at=NOON + 2 * DAY)
    shop.posts()
    assert shop.batches_of(back) == {"A": "-3"}
    assert shop.account("cost_of_goods") == 0
    shop.must_be_posted()


def test_an_undone_settlement_meets_what_came_back_meanwhile(shop: PricedShop) -> None:
    """A blind return opened a credit; what is owed again is paid by it, as if nothing had been settled."""
    owes(shop)
    shop.receives(10, "1.00", "A")
    shop.comes_in()
    settles()
    shop.takes_back(None, 2, at=NOON + DAY)
    shop.posts()
    assert book() == {"W1": (2, 0, 2)}
    undoes("W1-S000001")
    assert book() == {"W1": (-1, 1, 0)}
    assert shop.shelf() == {"A": "10", DEFAULT: "-1"}
    shop.must_be_worth_what_it_costs()


def test_a_return_to_the_real_batch_comes_before_its_settlement_is_undone(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    sale = shop.sells(3)
    shop.posts()
    shop.receives(10, "1.00", "A")
    shop.comes_in()
    settles()
    shop.takes_back(sale, 2, at=NOON + DAY)
    shop.posts()
    undoes("W1-S000001")
    assert shop.shelf() == {"A": "12", DEFAULT: "-3"}
    back = shop.takes_back(sale, 1, at=NOON + 2 * DAY)
    shop.posts()
    assert shop.batches_of(back) == {DEFAULT: "-1"}
    assert shop.account("cost_of_goods") == 0
    shop.must_be_worth_what_it_costs()


@pytest.mark.parametrize(("blocked_before", "pays"), [(True, False), (False, True)])
def test_a_batch_that_is_blocked_today_pays_what_was_sold_before(shop: PricedShop, blocked_before: bool, pays: bool) -> None:
    owes(shop)
    shop.has("A", 10, disposition="blocked" if blocked_before else "")
    shop.comes_in()
    if not blocked_before:
        card = Batch.objects.get(number="A")
        card.disposition = Disposition.objects.get(code="blocked")
        card.save()
    assert bool(settles().data["lines"]) is pays


def test_what_is_reserved_or_of_another_place_or_date_pays_nothing(shop: PricedShop) -> None:
    owes(shop)
    shop.receives(10, "1.00", "A", warehouse="W2")
    shop.comes_in()
    assert settles().data["lines"] == 0
    shop.receives(10, "1.00", "B")
    shop.comes_in()
    assert settles("--warehouse", "W2").data["lines"] == 0
    assert settles("--through", (NOON.date() - DAY).isoformat()).data["lines"] == 0
    assert settles("--item", "MILK", "--warehouse", "W1", "--through", NOON.date().isoformat()).data["lines"] == 1


def test_bad_arguments_say_what_is_wrong(shop: PricedShop) -> None:
    owes(shop)
    answer = run("settle_batch_debt", "--warehouse", "NO", "--item", "NO", "--through", "soon")
    assert answer.status == WRONG_USE
    assert [problem["code"] for problem in answer.data["problems"]] == ["BAD_DATE", "UNKNOWN_WAREHOUSE", "UNKNOWN_ITEM"]


def test_goods_that_come_in_pay_by_themselves_where_the_parameter_says_so(shop: PricedShop) -> None:
    owes(shop)
    shop.parameters(inventory__pay_debt_on_receipt="true")
    shop.comes_in()
    shop.receives(2, "1.00", "A")
    shop.comes_in()
    assert shop.shelf() == {DEFAULT: "-1"}
    shop.receives(2, "1.00", "B", at=NOON + DAY)
    shop.comes_in()
    assert shop.shelf() == {DEFAULT: "-1", "B": "2"}
    assert [(row.number, row.actor) for row in DebtSettlement.objects.all()] == [("W1-S000001", "import")]
    shop.must_be_worth_what_it_costs()


def test_receipts_count_by_their_instants_although_something_was_settled_between(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.falls_back()
    shop.averages()
    shop.parameters(inventory__pay_debt_on_receipt="true")
    shop.sells(5)
    shop.posts()
    shop.receives(2, "2.00", "B", at=LONG_AGO + DAY)
    shop.comes_in()
    shop.receives(9, "1.00", "A", at=LONG_AGO)
    shop.comes_in()
    assert shop.unit_cost() == Decimal("1.333333333333")
    shop.must_be_worth_what_it_costs()


def test_customer_orders_and_their_returns_are_settled_alike(shop: PricedShop) -> None:
    shop.sells_at_cost()
    shop.orders_fall_back(DEFAULT)
    sold = shop.is_ordered(milk(3))
    shop.invoices()
    shop.receives(10, "1.00", "A")
    shop.parameters(inventory__use_batches_received_after_sale="true")
    shop.comes_in()
    settles()
    assert shop.shelf() == {"A": "7"}
    assert [row["transaction"] for row in shop.exports("debt-settlements")] == [sold.order]
    shop.is_ordered(milk(-3), back=sold)
    shop.invoices()
    assert shop.shelf() == {"A": "10"}
    shop.must_be_worth_what_it_costs()


def test_movements_of_a_settlement_change_no_value(shop: PricedShop) -> None:
    owes(shop, "1.3333")
    shop.receives(10, "1.00", "A")
    shop.comes_in()
    value = shop.account("inventory")
    settles()
    moved = InventoryTransaction.objects.filter(source_kind=9).order_by("id").values_list("quantity", "cost_amount")
    assert list(moved) == [(Decimal("1.3333"), Decimal("0.80")), (Decimal("-1.3333"), Decimal("-0.80"))]
    assert shop.account("inventory") == value
    assert BatchDebt.objects.get().reason == "NO_BATCH"


def test_a_recurrence_settles_what_can_be_paid_and_finds_nothing_the_second_time(shop: PricedShop) -> None:
    shop.journal.not_followed("a job settled")
    owes(shop)
    shop.receives(2, "1.00", "A")
    shop.comes_in()
    robot = make_person("robot", "administrator")
    results = []
    for _ in range(2):
        job = RECURRING[SETTLE].start("Settle batch debt", robot)
        run_job(job.pk)
        job.refresh_from_db()
        results.append(job.result)
    assert [(result["settlements"], result["lines"], result["quantity"]) for result in results] == [(1, 1, "2"), (0, 0, "0")]
    assert shop.debts() == [("1", "1")]
    shop.must_be_sound()


def test_statements_that_do_not_grow_with_the_debt(shop: PricedShop) -> None:
    counts = []
    shop.sells_at_cost()
    shop.falls_back()
    for number in (1, 12):
        for _ in range(number):
            shop.sells(1)
        shop.posts()
        shop.receives(number, "1.00", f"A{number}")
        shop.comes_in()
        with CaptureQueriesContext(connection) as captured:
            settle_debt(Selection([Warehouse.objects.get(code="W1").pk]), Settling("x", "x"))
        counts.append(len(captured))
    assert counts[0] == counts[1] < 35
    shop.journal.not_followed("settled by the service")
