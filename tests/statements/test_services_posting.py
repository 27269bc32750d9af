"""Posting on real tables: the ten states, resume, failing orders, poisoned statements, and nothing ever twice."""

from datetime import date
from decimal import Decimal

import pytest

from core.db.bulk import execute
from core.lib.problems import BusinessError
from inventory.models import OnHand
from ledger.models import FiscalPeriod, PostingProfile, Voucher, VoucherLine
from orders.models import Invoice, OrderProblem, PaymentJournal, SalesOrder
from parameters.models import RetailParameters
from statements.models import Statement, StatementEvent
from statements.rules.states import POST_STATES, PostState
from statements.services.posting import postable_statements, request_posting
from tests.statements.town import CREATED, DAY, INVOICED, MILK, SOAP, Town, count_rows, exported, line, must_be_sound

D = Decimal
POSTED = ("Posted", "", "")


def events(statement: Statement) -> list[tuple[str, str]]:
    return list(StatementEvent.objects.filter(statement=statement).order_by("id").values_list("event", "state"))


# -- the ten states --------------------------------------------------------------------------------------------------------


def test_a_day_with_everything_goes_through_the_ten_states_in_order(real_town: Town) -> None:
    town = real_town
    town.stock(3)
    town.sale(line(MILK, 5, discount=D("0.50")), line(SOAP, 1), method="gift_card")
    town.event("income", "7.00")
    town.event("expense", "2.00")
    town.event("float", "100.00")
    town.event("bank_drop", "50.00")
    town.posts()
    statement = town.statements()[0]
    assert events(statement) == [("completed", "Calculated"), ("post", ""), *(("completed", str(state)) for state in POST_STATES)]
    assert (statement.post_state, statement.work_state, statement.run_token, statement.attempts) == ("Posted", "", None, 1)
    assert statement.posted_at is not None
    posted = Voucher.objects.exclude(step="receipt")
    assert {voucher.number.removeprefix(f"{statement.number}-") for voucher in posted} == {
        "0001-INV", "DIS", "INX", "PAY", "GFT",
    }  # fmt: skip
    assert PaymentJournal.objects.get().voucher is not None
    must_be_sound()


def test_states_that_have_nothing_to_do_are_passed_and_logged_all_the_same(town: Town) -> None:
    town.store()
    town.event("float", "100.00")
    town.posts()
    statement = town.statements()[0]
    assert [state for event, state in events(statement) if event == "completed"] == ["Calculated", *map(str, POST_STATES)]
    assert not SalesOrder.objects.exists()
    assert [voucher.step for voucher in Voucher.objects.all()] == ["payments"]


def test_a_statement_without_lines_stands_beside_others(town: Town) -> None:
    """Two warehouses, two days, the first unit without a single line."""
    town.event("float", "100.00", store="S1")
    town.stock(5, store="S2")
    town.sells(2, store="S2")
    town.posts()
    assert set(town.states().values()) == {POSTED}


def test_clearing_is_empty_after_posting(town: Town) -> None:
    town.stock(9)
    town.sells(3)
    town.takes_back(None, 1)
    town.event("income", "7.00")
    town.event("expense", "2.00")
    town.posts()
    clearing = PostingProfile.objects.get(posting_type="clearing").account
    lines = VoucherLine.objects.filter(account=clearing)
    assert sum(row.debit - row.credit for row in lines) == 0
    must_be_sound()


def test_a_sale_within_the_tolerance_that_nobody_paid_does_not_stay_on_clearing(town: Town) -> None:
    """Two cents were given away (within the store's rounding limit): no payment at all, and still a payment voucher."""
    town.stock(1)
    town.sale(line(MILK, 1, price=D("0.02")), paid="0")
    town.posts()
    clearing = PostingProfile.objects.get(posting_type="clearing").account
    assert sum(row.debit - row.credit for row in VoucherLine.objects.filter(account=clearing)) == 0


def test_a_return_only_day_has_negative_documents(town: Town) -> None:
    town.stock(5)
    sold = town.sells(5)
    town.posts()
    town.takes_back(sold, 2, day=1)
    town.posts()
    assert sorted(invoice.total for invoice in Invoice.objects.all()) == [D(-4), D(10)]
    assert town.shelf() == {"A": D(2)}
    must_be_sound()


# -- failures and resume ---------------------------------------------------------------------------------------------------


def test_a_failed_order_says_code_item_store_quantity_and_remedy(town: Town) -> None:
    town.fallback(False)
    town.stock(2)
    sold = town.sells(5)
    town.posts()
    assert list(town.states().values()) == [(CREATED, INVOICED, "NO_VALID_BATCH")]
    problem = OrderProblem.objects.get()
    assert (problem.code, problem.item.code, problem.missing_quantity, problem.source_id) == ("NO_VALID_BATCH", MILK, D(3), sold.pk)
    assert str(problem.message).startswith("Item MILK in store S1: 3 pcs missing.")
    assert count_rows()["BatchAllocation"] == 0
    assert [voucher.step for voucher in Voucher.objects.all()] == ["receipt"]
    assert town.shelf() == {"A": D(2)}
    must_be_sound()


@pytest.mark.parametrize("remedy", ["switch", "stock", "negative on"])
def test_after_the_cause_is_mended_posting_goes_on_and_posts_nothing_twice(real_town: Town, remedy: str) -> None:
    town = real_town
    town.fallback(remedy == "negative on")
    town.item(negative=remedy != "negative on")
    town.stock(2)
    town.sells(5)
    town.sells(1, SOAP, customer="C1")  # another order of the same statement, which does not fail
    town.posts()
    before = exported(("invoices", "allocations", "vouchers"))
    assert len(before["invoices"]) == 1
    if remedy == "switch":
        town.fallback(True)
    elif remedy == "stock":
        town.stock(3)
    else:
        execute("UPDATE inventory_itemmodelgroup SET negative_physical = true, negative_financial = true")
    town.posts()
    statement = town.statements()[0]
    assert (statement.post_state, statement.attempts) == ("Posted", 2)
    after = exported(("invoices", "allocations", "vouchers"))
    for kind, rows in before.items():
        assert set(rows) < set(after[kind])
    assert len(after["invoices"]) == 2
    assert OrderProblem.objects.count() == 0
    log = events(statement)
    assert log.count(("failed", INVOICED)) == 1
    assert all(log.count(("completed", str(state))) == 1 for state in POST_STATES)
    must_be_sound()


def test_of_two_orders_the_good_one_is_invoiced(town: Town) -> None:
    """Scenario 19: the group that fails does not hold back the other, and is not looked at again once it is through."""
    town.fallback(False)
    town.stock(2)
    good = town.sells(2, customer="A")
    bad = town.sells(3, customer="B")
    town.posts()
    statuses = dict(SalesOrder.objects.values_list("customer__code", "status"))
    assert statuses == {"A": "invoiced", "B": "created"}
    assert town.takes(good) == [("A", D(2), "allocated", "FEFO")]
    assert town.takes(bad) == []
    town.stock(9, "B")
    town.posts()
    assert list(town.states().values()) == [POSTED]
    assert town.takes(good) == [("A", D(2), "allocated", "FEFO")]
    assert town.takes(bad) == [("B", D(3), "allocated", "FEFO")]
    must_be_sound()


def test_posting_again_without_a_remedy_fails_again_and_adds_nothing(town: Town) -> None:
    town.fallback(False)
    town.sells(5)
    town.posts()
    before = count_rows()
    town.posts()
    assert list(town.states().values()) == [(CREATED, INVOICED, "NO_VALID_BATCH")]
    assert count_rows() == before
    assert town.statements()[0].attempts == 2
    assert OrderProblem.objects.count() == 1


def test_the_other_statements_of_the_partition_go_on(town: Town) -> None:
    town.fallback(False)
    town.stock(5)
    town.sells(9)
    town.sells(4, day=1)
    town.posts()
    assert [state[0] for state in town.states().values()] == [CREATED, "Posted"]


def test_a_difference_that_is_too_large_stops_before_anything_is_written(town: Town) -> None:
    town.stock(5)
    town.sells(5)
    town.event("tender_declaration", "30.00")
    town.posts()
    assert list(town.states().values()) == [("", "Checked", "DIFFERENCE_TOO_LARGE")]
    assert not SalesOrder.objects.exists()
    town.set(statements_max_difference=D("20.00"))
    town.posts()
    assert list(town.states().values()) == [POSTED]
    assert VoucherLine.objects.get(account__number="6200").credit == D("20.00")
    must_be_sound()


def test_a_missing_account_is_named(town: Town) -> None:
    town.sells(1, method="card")
    PostingProfile.objects.filter(payment_method="card").delete()
    town.posts()
    assert list(town.states().values()) == [("", "Checked", "ACCOUNT_MISSING")]
    assert "payment card" in str(town.statements()[0].error_text)


def test_without_parameters_there_is_no_posting(town: Town) -> None:
    town.sells(1)
    RetailParameters.objects.all().delete()
    town.posts()
    assert list(town.states().values()) == [("", "Checked", "NO_PARAMETERS")]


# -- fiscal periods --------------------------------------------------------------------------------------------------------


def close(first: date, last: date) -> None:
    entity = RetailParameters.objects.get().legal_entity
    FiscalPeriod.objects.update_or_create(legal_entity=entity, starts_on=first, ends_on=last, defaults={"status": "closed"})


MAY = (date(2024, 5, 1), date(2024, 5, 31))


def test_a_closed_period_is_refused(town: Town) -> None:
    town.sells(1)
    close(*MAY)
    town.posts()
    assert list(town.states().values()) == [("", "Checked", "PERIOD_CLOSED")]


def test_a_month_before_a_closed_one_is_not_open_for_want_of_a_period(town: Town) -> None:
    """Nobody opened May; June is closed. Posting must not slip a voucher into a month of the past that has no period at all."""
    town.sells(1)
    close(date(2024, 6, 1), date(2024, 6, 30))
    town.posts()
    assert list(town.states().values()) == [("", "Checked", "PERIOD_CLOSED")]
    assert not FiscalPeriod.objects.filter(starts_on=MAY[0]).exists()


def test_a_period_that_was_closed_meanwhile_stops_the_resumed_posting(town: Town) -> None:
    """Failed in May, mended in June after May was closed: no voucher may get into May, though the check was passed once."""
    town.fallback(False)
    town.sells(1)
    town.posts()
    close(*MAY)
    town.fallback(True)
    town.posts()
    assert list(town.states().values()) == [(CREATED, INVOICED, "PERIOD_CLOSED")]
    assert not Voucher.objects.exists()
    FiscalPeriod.objects.update(status="open")
    town.posts()
    assert list(town.states().values()) == [POSTED]


# -- asked twice -----------------------------------------------------------------------------------------------------------


def test_a_second_click_is_refused_while_the_first_is_in_work(town: Town) -> None:
    town.sells(1)
    ids = [row.pk for row in town.calculates()]
    request_posting(ids, None, to_workers=False)
    with pytest.raises(BusinessError, match="NOTHING_TO_POST"):
        request_posting(ids, None, to_workers=False)
    assert Statement.objects.get().work_state == "queued"
    assert Statement.objects.get().job is not None


def test_a_posted_statement_cannot_be_posted(town: Town) -> None:
    town.sells(1)
    town.posts()
    before = exported()
    assert postable_statements() == []
    with pytest.raises(BusinessError, match="NOTHING_TO_POST"):
        request_posting([Statement.objects.get().pk], None, to_workers=False)
    assert exported() == before


@pytest.mark.parametrize("state", POST_STATES[:-1])
def test_a_step_that_runs_twice_changes_nothing(town: Town, state: PostState) -> None:
    """A posted statement is put back by force, as if the record of its states had been lost: each step meets its own work."""
    town.stock(3)
    town.sale(line(MILK, 5), method="gift_card")
    town.event("income", "7.00")
    town.posts()
    before, rows = exported(tuple(kind for kind in exported() if kind != "statements")), count_rows()
    back = POST_STATES[POST_STATES.index(state) - 1] if state != PostState.CHECKED else ""
    execute("UPDATE statements_statement SET post_state = %s, posted_at = NULL", [back])
    town.posts()
    assert exported(tuple(before)) == before
    assert count_rows() == rows
    must_be_sound()


# -- what is unusual -------------------------------------------------------------------------------------------------------


def test_a_zero_line_carries_its_money_and_moves_nothing(town: Town) -> None:
    town.stock(5)
    nothing = town.sale(line(MILK, 0), line(MILK, 2))[0]
    town.posts()
    assert town.takes(nothing) == []
    assert town.shelf() == {"A": D(3)}
    must_be_sound()


def test_an_order_of_nothing_but_zero_lines_is_invoiced(town: Town) -> None:
    town.sale(line(MILK, 0), customer="C")
    town.posts()
    assert list(town.states().values()) == [POSTED]
    assert Invoice.objects.get().total == 0
    must_be_sound()


@pytest.mark.parametrize("aggregate", [True, False])
def test_an_order_of_nothing_but_voided_lines(town: Town, aggregate: bool) -> None:
    town.set(posting_aggregate_lines=aggregate)
    town.sale(line(MILK, 3, voided=True), total="0", customer="C")
    town.sells(1)
    town.posts()
    assert list(town.states().values()) == [POSTED]
    must_be_sound()


def test_voided_lines_move_nothing(town: Town) -> None:
    town.stock(5)
    kept, voided = town.sale(line(MILK, 2), line(MILK, 3, voided=True))
    town.posts()
    assert town.takes(kept) == [("A", D(2), "allocated", "FEFO")]
    assert town.takes(voided) == []
    assert town.shelf() == {"A": D(3)}


def test_a_captured_batch_whose_stock_is_reserved_is_issued_all_the_same(town: Town) -> None:
    """The unit has left the store; that it was promised to somebody else cannot keep the day from being posted."""
    batch = town.stock(5)
    town.item().model_group.__class__.objects.update(negative_physical=False, negative_financial=False)
    OnHand.objects.update(reserved=4)
    sold = town.sells(3, batch=batch)
    town.posts()
    assert list(town.states().values()) == [POSTED]
    assert town.takes(sold) == [("A", D(3), "captured", "CAPTURED")]


def test_untracked_stock_that_is_reserved_is_issued_all_the_same(town: Town) -> None:
    town.item(SOAP, negative=False)
    town.stock(5, item=SOAP)
    OnHand.objects.update(reserved=4)
    town.sells(3, SOAP)
    town.posts()
    assert list(town.states().values()) == [POSTED]
    assert town.shelf(SOAP) == {"": D(2)}


def test_more_than_9999_orders_of_a_statement_have_numbers_of_their_own(town: Town) -> None:
    """One receipt, one order: a hypermarket's day. The ordinals before are taken by force; making them all would take too long here."""
    town.set(posting_aggregate_lines=False)
    town.stock(9)
    town.sells(1)
    statement = town.calculates()[0]
    customer = town.stores["S1"].walk_in_customer
    for ordinal in (1000, 9999):
        SalesOrder.objects.create(
            number=f"{statement.number}-{ordinal:04}", origin="statement", store=statement.store, warehouse=statement.warehouse,
            customer=customer, business_date=DAY, status="invoiced", source_kind=5, source_id=statement.pk, ordinal=ordinal,
        )  # fmt: skip
    town.posts()
    assert set(SalesOrder.objects.values_list("number", flat=True)) == {f"S1-000001-{ordinal}" for ordinal in ("1000", "9999", "10000")}
    assert list(town.states().values()) == [POSTED]
