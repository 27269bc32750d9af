"""Calculation: one statement per store and day, the same again every time, waiting returns, lines per tender."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.db.bulk import execute
from core.lib.problems import BusinessError
from statements.models import PosPayment, PosTransaction, Statement, StatementEvent, StatementLine
from statements.services.calculation import calculate_statements
from tests.statements.retail_chain import DAY, MILK, RetailChain, line, must_be_sound

D = Decimal


def on(statement: Statement) -> int:
    return PosTransaction.objects.filter(statement=statement).count()


def test_one_statement_per_store_and_business_day(chain: RetailChain) -> None:
    for store in ("S1", "S2"):
        for day in (0, 0, 1):
            chain.sells(1, store=store, day=day)
    result = calculate_statements()
    assert (result.statements, result.new, result.transactions, result.waiting) == (4, 4, 6, 0)
    rows = {row.number: (row.store.code, row.business_date, row.ordinal, row.calc_state, on(row)) for row in chain.statements()}
    assert rows == {
        "S1-000001": ("S1", DAY, 1, "Calculated", 2),
        "S1-000002": ("S1", DAY + timedelta(days=1), 1, "Calculated", 1),
        "S2-000001": ("S2", DAY, 1, "Calculated", 2),
        "S2-000002": ("S2", DAY + timedelta(days=1), 1, "Calculated", 1),
    }
    must_be_sound()


def test_doing_it_again_changes_nothing(chain: RetailChain) -> None:
    chain.sells(1)
    before = [(row.number, row.total) for row in chain.calculates()]
    again = calculate_statements()
    assert (again.statements, again.new, again.transactions) == (0, 0, 0)
    assert [(row.number, row.total) for row in chain.statements()] == before
    assert StatementEvent.objects.count() == 1


def test_later_transactions_join_the_open_statement(chain: RetailChain) -> None:
    chain.sells(1)
    chain.calculates()
    chain.sells(4)
    result = calculate_statements()
    assert (result.statements, result.new) == (1, 0)
    statement = Statement.objects.get()
    assert (statement.transaction_count, statement.line_count, statement.total) == (2, 2, D("10.00"))
    assert StatementLine.objects.get().transaction_amount == D("10.00")
    must_be_sound()


@pytest.mark.parametrize(
    "state",
    ["work_state = 'queued'", "failed_state = 'Checked'", "post_state = 'Checked'", "post_state = 'Posted', posted_at = now()"],
)
def test_what_is_in_work_has_failed_or_is_posted_gets_a_supplement(chain: RetailChain, state: str) -> None:
    chain.sells(1)
    chain.calculates()
    execute(f"UPDATE statements_statement SET {state}")
    chain.sells(4)
    assert calculate_statements().new == 1
    assert [(row.number, row.ordinal, on(row)) for row in chain.statements()] == [("S1-000001", 1, 1), ("S1-000002", 2, 1)]


def test_what_is_not_valid_stays_off(chain: RetailChain) -> None:
    chain.sells(1, valid=False)
    chain.sells(1)
    assert calculate_statements().transactions == 1
    execute("UPDATE statements_postransaction SET validation_status = 'valid'")
    assert calculate_statements().transactions == 1
    assert Statement.objects.get().transaction_count == 2


def test_stores_and_dates_can_be_chosen(chain: RetailChain) -> None:
    for store in ("S1", "S2"):
        for day in (0, 1):
            chain.sells(1, store=store, day=day)
    assert calculate_statements(["S2"], through=DAY).numbers == ["S2-000001"]
    assert calculate_statements(through=DAY).numbers == ["S1-000001"]
    assert calculate_statements(through=date(2024, 4, 30)).numbers == []
    assert calculate_statements().new == 2


def test_unknown_stores_are_named_and_nothing_is_done(chain: RetailChain) -> None:
    chain.sells(1)
    with pytest.raises(BusinessError, match=r"'X'.*; .*'Y'"):
        calculate_statements(["X", "S1", "Y"])
    assert not Statement.objects.exists()


def test_a_store_without_warehouse_is_left_out(chain: RetailChain) -> None:
    chain.sells(1)
    execute("UPDATE orders_store SET warehouse_id = NULL")
    assert calculate_statements().statements == 0


# -- lines per tender ------------------------------------------------------------------------------------------------------


def lines(statement: Statement) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    rows = StatementLine.objects.filter(statement=statement)
    return {row.payment_method_id: (row.transaction_amount, row.counted_amount, row.difference) for row in rows}


def test_what_the_till_should_hold_and_what_was_counted(chain: RetailChain) -> None:
    chain.sells(5)  # 10.00 in cash
    chain.sells(3, method="card")
    for kind, amount in (("float", "100"), ("income", "7"), ("expense", "2"), ("removal", "20"), ("bank_drop", "30"), ("safe_drop", "40")):
        chain.event(kind, amount)
    chain.event("tender_declaration", "20.00")
    chain.event("tender_declaration", "24.00")
    statement = chain.calculates()[0]
    assert lines(statement) == {"cash": (D(25), D(24), D(-1)), "card": (D(6), D(6), D(0))}
    assert (statement.transaction_count, statement.total) == (10, D(16))


def test_a_method_that_was_only_counted(chain: RetailChain) -> None:
    chain.sells(5)
    chain.event("tender_declaration", "3.00", method="voucher")
    assert lines(chain.calculates()[0]) == {"cash": (D(10), D(10), D(0)), "voucher": (D(0), D(3), D(3))}


def test_several_payments_of_one_sale(chain: RetailChain) -> None:
    sold = chain.sale(total="10.00", paid="12.00")
    assert sold == []
    transaction = PosTransaction.objects.get()
    PosPayment.objects.create(transaction=transaction, number=2, method_id="cash", amount=D("-2.00"))
    assert lines(chain.calculates()[0]) == {"cash": (D(10), D(10), D(0))}


# -- returns that wait -----------------------------------------------------------------------------------------------------


def test_a_return_of_a_sale_that_is_nowhere_waits(chain: RetailChain) -> None:
    sold = chain.sells(2, valid=False)
    chain.takes_back(sold, 1, day=1)
    result = calculate_statements()
    assert (result.statements, result.waiting) == (0, 1)
    execute("UPDATE statements_postransaction SET validation_status = 'valid'")
    assert calculate_statements().waiting == 0
    assert Statement.objects.count() == 2


@pytest.mark.parametrize(
    ("return_day", "return_store", "waits"),
    [(0, "S1", False), (1, "S1", False), (-1, "S1", True), (1, "S2", True), (0, "BESIDE", False), (1, "BESIDE", False)],
)
def test_a_return_may_come_with_its_sale(chain: RetailChain, return_day: int, return_store: str, waits: bool) -> None:
    """Same warehouse and not before the sale's day: then the partition's order makes sure that the sale is posted first."""
    chain.store("S1")
    chain.store("S2")
    chain.store("BESIDE", beside="S1")
    chain.stock(5)
    sold = chain.sells(2)
    chain.takes_back(sold, 1, day=return_day, store=return_store)
    assert calculate_statements().waiting == int(waits)
    chain.posts()
    assert {state[0] for state in chain.states().values()} == {"Posted"}
    if waits:
        assert calculate_statements().transactions == 1, "the sale is posted by now"
        chain.posts()
    assert {state[0] for state in chain.states().values()} == {"Posted"}
    must_be_sound()


def test_a_return_waits_while_its_sale_has_failed_in_another_warehouse(chain: RetailChain) -> None:
    chain.fallback(False)
    sold = chain.sells(2)
    chain.takes_back(sold, 1, store="S2")
    chain.posts()
    assert calculate_statements().waiting == 1
    chain.fallback(True)
    chain.posts()
    assert calculate_statements().waiting == 0


def test_what_waits_for_what_waits(chain: RetailChain) -> None:
    """A receipt that holds a waiting return and a sale: the return of that sale must wait as well."""
    unposted = chain.sells(2, valid=False)
    mixed = chain.sale(line(MILK, -1, return_of=unposted), line(MILK, 3), day=1)
    chain.takes_back(mixed[1], 1, day=2)
    assert calculate_statements().waiting == 2


# -- cost ------------------------------------------------------------------------------------------------------------------


def test_the_number_of_statements_does_not_depend_on_stores_days_or_receipts(chain: RetailChain) -> None:
    def calculate() -> int:
        with CaptureQueriesContext(connection) as captured:
            calculate_statements()
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    chain.sells(1)
    few = calculate()
    for number in range(2, 12):
        for day in range(3):
            chain.sells(1, store=f"S{number}", day=day)
    assert calculate() == few
