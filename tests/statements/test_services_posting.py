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
from tests.statements.retail_chain import CREATED, DAY, INVOICED, MILK, SOAP, RetailChain, count_rows, exported, line, must_be_sound

D = Decimal
POSTED = ("Posted", "", "")


def events(statement: Statement) -> list[tuple[str, str]]:
    return list(StatementEvent.objects.filter(statement=statement).order_by("id").values_list("event", "state"))


# -- the ten states --------------------------------------------------------------------------------------------------------


def test_a_day_with_everything_goes_through_the_ten_states_in_order(real_town: RetailChain) -> None:
    chain = real_town
    chain.stock(3)
    chain.sale(line(MILK, 5, discount=D("0.50")), line(SOAP, 1), method="gift_card")
    chain.event("income", "7.00")
    chain.event("expense", "2.00")
    chain.event("float", "100.00")
    chain.event("bank_drop", "50.00")
    chain.posts()
    statement = chain.statements()[0]
    assert events(statement) == [("completed", "Calculated"), ("post", ""), *(("completed", str(state)) for state in POST_STATES)]
    assert (statement.post_state, statement.work_state, statement.run_token, statement.attempts) == ("Posted", "", None, 1)
    assert statement.posted_at is not None
    posted = Voucher.objects.exclude(step="receipt")
    assert {voucher.number.removeprefix(f"{statement.number}-") for voucher in posted} == {
        "0001-INV", "DIS", "INX", "PAY", "GFT",
    }  # fmt: skip
    assert PaymentJournal.objects.get().voucher is not None
    must_be_sound()


def test_states_that_have_nothing_to_do_are_passed_and_logged_all_the_same(chain: RetailChain) -> None:
    chain.store()
    chain.event("float", "100.00")
    chain.posts()
    statement = chain.statements()[0]
    assert [state for event, state in events(statement) if event == "completed"] == ["Calculated", *map(str, POST_STATES)]
    assert not SalesOrder.objects.exists()
    assert [voucher.step for voucher in Voucher.objects.all()] == ["payments"]


def test_a_statement_without_lines_stands_beside_others(chain: RetailChain) -> None:
    """Two warehouses, two days, the first unit without a single line."""
    chain.event("float", "100.00", store="S1")
    chain.stock(5, store="S2")
    chain.sells(2, store="S2")
    chain.posts()
    assert set(chain.states().values()) == {POSTED}


def test_clearing_is_empty_after_posting(chain: RetailChain) -> None:
    chain.stock(9)
    chain.sells(3)
    chain.takes_back(None, 1)
    chain.event("income", "7.00")
    chain.event("expense", "2.00")
    chain.posts()
    clearing = PostingProfile.objects.get(posting_type="clearing").account
    lines = VoucherLine.objects.filter(account=clearing)
    assert sum(row.debit - row.credit for row in lines) == 0
    must_be_sound()


def test_a_sale_within_the_tolerance_that_nobody_paid_does_not_stay_on_clearing(chain: RetailChain) -> None:
    """Two cents were given away (within the store's rounding limit): no payment at all, and still a payment voucher."""
    chain.stock(1)
    chain.sale(line(MILK, 1, price=D("0.02")), paid="0")
    chain.posts()
    clearing = PostingProfile.objects.get(posting_type="clearing").account
    assert sum(row.debit - row.credit for row in VoucherLine.objects.filter(account=clearing)) == 0


def test_a_return_only_day_has_negative_documents(chain: RetailChain) -> None:
    chain.stock(5)
    sold = chain.sells(5)
    chain.posts()
    chain.takes_back(sold, 2, day=1)
    chain.posts()
    assert sorted(invoice.total for invoice in Invoice.objects.all()) == [D(-4), D(10)]
    assert chain.shelf() == {"A": D(2)}
    must_be_sound()


# -- failures and resume ---------------------------------------------------------------------------------------------------


def test_a_failed_order_says_code_item_store_quantity_and_remedy(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.stock(2)
    sold = chain.sells(5)
    chain.posts()
    assert list(chain.states().values()) == [(CREATED, INVOICED, "NO_VALID_BATCH")]
    problem = OrderProblem.objects.get()
    assert (problem.code, problem.item.code, problem.missing_quantity, problem.source_id) == ("NO_VALID_BATCH", MILK, D(3), sold.pk)
    assert str(problem.message).startswith("Item MILK in store S1: 3 pcs missing.")
    assert count_rows()["BatchAllocation"] == 0
    assert [voucher.step for voucher in Voucher.objects.all()] == ["receipt"]
    assert chain.shelf() == {"A": D(2)}
    must_be_sound()


@pytest.mark.parametrize("remedy", ["switch", "stock", "negative on"])
def test_after_the_cause_is_mended_posting_goes_on_and_posts_nothing_twice(real_town: RetailChain, remedy: str) -> None:
    chain = real_town
    chain.fallback(remedy == "negative on")
    chain.item(negative=remedy != "negative on")
    chain.stock(2)
    chain.sells(5)
    chain.sells(1, SOAP, customer="C1")  # another order of the same statement, which does not fail
    chain.posts()
    before = exported(("invoices", "allocations", "vouchers"))
    assert len(before["invoices"]) == 1
    if remedy == "switch":
        chain.fallback(True)
    elif remedy == "stock":
        chain.stock(3)
    else:
        execute("UPDATE inventory_itemmodelgroup SET negative_physical = true, negative_financial = true")
    chain.posts()
    statement = chain.statements()[0]
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


def test_of_two_orders_the_good_one_is_invoiced(chain: RetailChain) -> None:
    """Scenario 19: the group that fails does not hold back the other, and is not looked at again once it is through."""
    chain.fallback(False)
    chain.stock(2)
    good = chain.sells(2, customer="A")
    bad = chain.sells(3, customer="B")
    chain.posts()
    statuses = dict(SalesOrder.objects.values_list("customer__code", "status"))
    assert statuses == {"A": "invoiced", "B": "created"}
    assert chain.takes(good) == [("A", D(2), "allocated", "FEFO")]
    assert chain.takes(bad) == []
    chain.stock(9, "B")
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    assert chain.takes(good) == [("A", D(2), "allocated", "FEFO")]
    assert chain.takes(bad) == [("B", D(3), "allocated", "FEFO")]
    must_be_sound()


def test_posting_again_without_a_remedy_fails_again_and_adds_nothing(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(5)
    chain.posts()
    before = count_rows()
    chain.posts()
    assert list(chain.states().values()) == [(CREATED, INVOICED, "NO_VALID_BATCH")]
    assert count_rows() == before
    assert chain.statements()[0].attempts == 2
    assert OrderProblem.objects.count() == 1


def test_the_other_statements_of_the_partition_go_on(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.stock(5)
    chain.sells(9)
    chain.sells(4, day=1)
    chain.posts()
    assert [state[0] for state in chain.states().values()] == [CREATED, "Posted"]


def test_a_difference_that_is_too_large_stops_before_anything_is_written(chain: RetailChain) -> None:
    chain.stock(5)
    chain.sells(5)
    chain.event("tender_declaration", "30.00")
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "DIFFERENCE_TOO_LARGE")]
    assert not SalesOrder.objects.exists()
    chain.set(statements_max_difference=D("20.00"))
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    assert VoucherLine.objects.get(account__number="6200").credit == D("20.00")
    must_be_sound()


def test_a_missing_account_is_named(chain: RetailChain) -> None:
    chain.sells(1, method="card")
    PostingProfile.objects.filter(payment_method="card").delete()
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "ACCOUNT_MISSING")]
    assert "payment card" in str(chain.statements()[0].error_text)


def test_without_parameters_there_is_no_posting(chain: RetailChain) -> None:
    chain.sells(1)
    RetailParameters.objects.all().delete()
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "NO_PARAMETERS")]


# -- fiscal periods --------------------------------------------------------------------------------------------------------


def close(first: date, last: date) -> None:
    entity = RetailParameters.objects.get().legal_entity
    FiscalPeriod.objects.update_or_create(legal_entity=entity, starts_on=first, ends_on=last, defaults={"status": "closed"})


MAY = (date(2024, 5, 1), date(2024, 5, 31))


def test_a_closed_period_is_refused(chain: RetailChain) -> None:
    chain.sells(1)
    close(*MAY)
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "PERIOD_CLOSED")]


def test_a_month_before_a_closed_one_is_not_open_for_want_of_a_period(chain: RetailChain) -> None:
    """Nobody opened May; June is closed. Posting must not slip a voucher into a month of the past that has no period at all."""
    chain.sells(1)
    close(date(2024, 6, 1), date(2024, 6, 30))
    chain.posts()
    assert list(chain.states().values()) == [("", "Checked", "PERIOD_CLOSED")]
    assert not FiscalPeriod.objects.filter(starts_on=MAY[0]).exists()


def test_a_period_that_was_closed_meanwhile_stops_the_resumed_posting(chain: RetailChain) -> None:
    """Failed in May, mended in June after May was closed: no voucher may get into May, though the check was passed once."""
    chain.fallback(False)
    chain.sells(1)
    chain.posts()
    close(*MAY)
    chain.fallback(True)
    chain.posts()
    assert list(chain.states().values()) == [(CREATED, INVOICED, "PERIOD_CLOSED")]
    assert not Voucher.objects.exists()
    FiscalPeriod.objects.update(status="open")
    chain.posts()
    assert list(chain.states().values()) == [POSTED]


# -- asked twice -----------------------------------------------------------------------------------------------------------


def test_a_second_click_is_refused_while_the_first_is_in_work(chain: RetailChain) -> None:
    chain.sells(1)
    ids = [row.pk for row in chain.calculates()]
    request_posting(ids, None, to_workers=False)
    with pytest.raises(BusinessError, match="NOTHING_TO_POST"):
        request_posting(ids, None, to_workers=False)
    assert Statement.objects.get().work_state == "queued"
    assert Statement.objects.get().job is not None


def test_a_posted_statement_cannot_be_posted(chain: RetailChain) -> None:
    chain.sells(1)
    chain.posts()
    before = exported()
    assert postable_statements() == []
    with pytest.raises(BusinessError, match="NOTHING_TO_POST"):
        request_posting([Statement.objects.get().pk], None, to_workers=False)
    assert exported() == before


@pytest.mark.parametrize("state", POST_STATES[:-1])
def test_a_step_that_runs_twice_changes_nothing(chain: RetailChain, state: PostState) -> None:
    """A posted statement is put back by force, as if the record of its states had been lost: each step meets its own work."""
    chain.stock(3)
    chain.sale(line(MILK, 5), method="gift_card")
    chain.event("income", "7.00")
    chain.posts()
    before, rows = exported(tuple(kind for kind in exported() if kind != "statements")), count_rows()
    back = POST_STATES[POST_STATES.index(state) - 1] if state != PostState.CHECKED else ""
    execute("UPDATE statements_statement SET post_state = %s, posted_at = NULL", [back])
    chain.posts()
    assert exported(tuple(before)) == before
    assert count_rows() == rows
    must_be_sound()


# -- what is unusual -------------------------------------------------------------------------------------------------------


def test_a_zero_line_carries_its_money_and_moves_nothing(chain: RetailChain) -> None:
    chain.stock(5)
    nothing = chain.sale(line(MILK, 0), line(MILK, 2))[0]
    chain.posts()
    assert chain.takes(nothing) == []
    assert chain.shelf() == {"A": D(3)}
    must_be_sound()


def test_an_order_of_nothing_but_zero_lines_is_invoiced(chain: RetailChain) -> None:
    chain.sale(line(MILK, 0), customer="C")
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    assert Invoice.objects.get().total == 0
    must_be_sound()


@pytest.mark.parametrize("aggregate", [True, False])
def test_an_order_of_nothing_but_voided_lines(chain: RetailChain, aggregate: bool) -> None:
    chain.set(posting_aggregate_lines=aggregate)
    chain.sale(line(MILK, 3, voided=True), total="0", customer="C")
    chain.sells(1)
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    must_be_sound()


def test_voided_lines_move_nothing(chain: RetailChain) -> None:
    chain.stock(5)
    kept, voided = chain.sale(line(MILK, 2), line(MILK, 3, voided=True))
    chain.posts()
    assert chain.takes(kept) == [("A", D(2), "allocated", "FEFO")]
    assert chain.takes(voided) == []
    assert chain.shelf() == {"A": D(3)}


def test_a_captured_batch_whose_stock_is_reserved_is_issued_all_the_same(chain: RetailChain) -> None:
    """The unit has left the store; that it was promised to somebody else cannot keep the day from being posted."""
    batch = chain.stock(5)
    chain.item().model_group.__class__.objects.update(negative_physical=False, negative_financial=False)
    OnHand.objects.update(reserved=4)
    sold = chain.sells(3, batch=batch)
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    assert chain.takes(sold) == [("A", D(3), "captured", "CAPTURED")]


def test_untracked_stock_that_is_reserved_is_issued_all_the_same(chain: RetailChain) -> None:
    chain.item(SOAP, negative=False)
    chain.stock(5, item=SOAP)
    OnHand.objects.update(reserved=4)
    chain.sells(3, SOAP)
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    assert chain.shelf(SOAP) == {"": D(2)}


def test_more_than_9999_orders_of_a_statement_have_numbers_of_their_own(chain: RetailChain) -> None:
    """One receipt, one order: a hypermarket's day. The ordinals before are taken by force; making them all would take too long here."""
    chain.set(posting_aggregate_lines=False)
    chain.stock(9)
    chain.sells(1)
    statement = chain.calculates()[0]
    customer = chain.stores["S1"].walk_in_customer
    for ordinal in (1000, 9999):
        SalesOrder.objects.create(
            number=f"{statement.number}-{ordinal:04}", origin="statement", store=statement.store, warehouse=statement.warehouse,
            legal_entity=statement.legal_entity, customer=customer, business_date=DAY, status="invoiced", source_kind=5,
            source_id=statement.pk, ordinal=ordinal,
        )  # fmt: skip
    chain.posts()
    assert set(SalesOrder.objects.values_list("number", flat=True)) == {f"S1-000001-{ordinal}" for ordinal in ("1000", "9999", "10000")}
    assert list(chain.states().values()) == [POSTED]
