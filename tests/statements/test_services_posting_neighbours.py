"""Posting beside others: legal entities, poisoned statements, supplements, returns across days and warehouses."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.lib.problems import BusinessError
from inventory.models import BatchDebt, OnHand
from ledger.models import Voucher
from orders.models import Invoice, SalesOrder
from statements.models import Statement, StatementEvent
from statements.rules.states import POST_STATES, PostState
from statements.services.discard_orders import discard_orders
from statements.services.undo_calculation import clear_statement
from statements.writes import posting as writes
from tests.statements.chunks import cut_into
from tests.statements.retail_chain import CREATED, DAY, MILK, SOAP, RetailChain, exported, line, must_be_sound

D = Decimal
POSTED = ("Posted", "", "")


def events(statement: Statement) -> list[tuple[str, str]]:
    return list(StatementEvent.objects.filter(statement=statement).order_by("id").values_list("event", "state"))


def with_state(state: PostState, action: str, statement: str = "true") -> None:
    """Makes the database do something whenever this state is recorded of a statement (`NEW.statement_id`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE OR REPLACE FUNCTION test_interferes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF {statement} THEN {action}; END IF; RETURN NEW;
            END $$;
            CREATE OR REPLACE TRIGGER test_interferes BEFORE INSERT ON statements_statementevent FOR EACH ROW
                WHEN (NEW.event = 'completed' AND NEW.state = '{state}') EXECUTE FUNCTION test_interferes();
            """
        )


def without_state() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS test_interferes() CASCADE")


@pytest.fixture(autouse=True)
def no_trigger_is_left(request: pytest.FixtureRequest) -> object:
    """Where a test rolls back, its trigger goes along; where it commits, the database has to outlive this fixture."""
    commits = "real_town" in request.fixturenames
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        without_state()


# -- how chunks are cut ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk_lines", [1, 5_000])
def test_what_went_below_nothing_is_marked_however_chunks_are_cut(
    chain: RetailChain, monkeypatch: pytest.MonkeyPatch, chunk_lines: int
) -> None:
    """Two were sold that were not there and came back on the next day: in one chunk or in two, the row says that it may be negative."""
    cut_into(monkeypatch, chunk_lines)
    chain.stock(1, item=SOAP)
    captured = chain.stock(1, "A")
    soap = chain.sells(3, SOAP)
    milk = chain.sells(3, batch=captured)
    chain.takes_back(soap, 2, SOAP, day=1)
    chain.takes_back(milk, 2, day=1)
    fine = chain.sells(1, SOAP, store="S2")
    chain.takes_back(fine, 1, SOAP, store="S2", day=1)
    chain.stock(5, item=SOAP, store="S2")
    chain.posts()
    assert set(chain.states().values()) == {POSTED}
    marked = OnHand.objects.filter(negative_allowed=True).values_list("warehouse__code", "item__code", "batch__number")
    assert sorted(marked) == [("W-S1", "MILK", "A"), ("W-S1", "SOAP", None)]
    must_be_sound()


# -- two legal entities ----------------------------------------------------------------------------------------------------


def test_two_legal_entities_in_one_chunk_keep_to_their_own_settings_and_books(chain: RetailChain) -> None:
    chain.entity("LE2", posting_use_default_batch_id=True, posting_default_batch_id="OTHER")
    chain.entity("LE3", posting_use_default_batch_id=False, posting_default_batch_id="")
    for number, entity in enumerate(("LE", "LE2", "LE3"), 1):
        chain.store(f"S{number}", entity=entity)
        chain.sells(number, store=f"S{number}")
    chain.posts()
    assert [state[0] for state in chain.states().values()] == ["Posted", "Posted", CREATED]
    assert chain.shelf(store="S1") == {"DEF": D(-1)}
    assert chain.shelf(store="S2") == {"OTHER": D(-2)}
    assert set(BatchDebt.objects.values_list("batch__number", flat=True)) == {"DEF", "OTHER"}
    for voucher in Voucher.objects.all():
        assert {row.account.legal_entity_id for row in voucher.lines.all()} == {voucher.legal_entity_id}
    must_be_sound()


# -- poisoned statements ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [PostState.AGGREGATED, PostState.ORDER_INVOICED, PostState.PAYMENTS_POSTED, PostState.POSTED])
def test_the_statement_that_the_database_refuses_stands_alone(real_town: RetailChain, state: PostState) -> None:
    chain = real_town
    for number in range(1, 6):
        chain.stock(5, store=f"S{number}")
        chain.sells(2, store=f"S{number}")
    victim = chain.calculates()[2]
    with_state(
        state,
        "RAISE EXCEPTION 'disk is on fire' USING ERRCODE = 'check_violation'",
        f"NEW.statement_id = {victim.pk}",
    )
    chain.posts()
    failed = {row.number: row for row in chain.statements() if row.failed_state}
    assert set(failed) == {victim.number}
    assert (failed[victim.number].failed_state, failed[victim.number].error_code) == (state, "UNEXPECTED_ERROR")
    assert "is on fire" in str(failed[victim.number].error_text)
    before = POST_STATES[POST_STATES.index(state) - 1]
    assert failed[victim.number].post_state == before
    assert [row.post_state for row in chain.statements() if row.number != victim.number] == ["Posted"] * 4
    without_state()
    chain.posts()
    assert set(chain.states().values()) == {POSTED}
    assert {row.number: len(events(row)) for row in chain.statements()}[victim.number] == len(events(chain.statements()[0])) + 2
    must_be_sound()


WITH_SALES = [state for state in POST_STATES if state not in {PostState.INCOME_EXPENSE_POSTED, PostState.GIFT_CARDS_POSTED}]


@pytest.mark.parametrize("state", WITH_SALES)
def test_the_remedy_of_an_error_that_nobody_foresaw_holds_in_every_state(chain: RetailChain, state: PostState) -> None:
    """What is not invoiced is taken back; a statement of which all is invoiced is posted again, and nothing else."""
    chain.stock(5)
    chain.sells(2)
    stopped = chain.calculates()[0].pk
    with_state(state, "RAISE EXCEPTION 'no'")
    chain.posts()
    without_state()
    assert (chain.statements()[0].failed_state, chain.statements()[0].error_code) == (state, "UNEXPECTED_ERROR")
    if state in {PostState.CHECKED, PostState.AGGREGATED}:
        assert clear_statement(stopped, "maria") == 1
    elif state in {PostState.ORDER_CREATED, PostState.ORDER_INVOICED}:
        assert discard_orders(stopped, "maria").transactions == 1
    else:
        with pytest.raises(BusinessError) as refused:
            discard_orders(stopped, "maria")
        assert [problem.code for problem in refused.value.problems] == ["NO_ORDER_TO_DISCARD"]
    assert SalesOrder.objects.exists() == (POST_STATES.index(state) > POST_STATES.index(PostState.ORDER_INVOICED))
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    must_be_sound()


def test_a_poisoned_neighbour_does_not_change_who_gets_which_batch(chain: RetailChain) -> None:
    """Two stores of one warehouse are decided together in data order; looking for the culprit next door must not part them."""
    chain.stock(2)
    chain.store("S2", beside="S1")
    late = chain.sells(2, at=30)
    early = chain.sells(2, at=10, store="S2")
    chain.sells(1, store="S3")
    victim = chain.calculates()[2]
    with_state(PostState.ORDER_INVOICED, "RAISE EXCEPTION 'no'", f"NEW.statement_id = {victim.pk}")
    chain.posts()
    assert [row.error_code for row in chain.statements()] == ["", "", "UNEXPECTED_ERROR"]
    assert chain.takes(early) == [("A", D(2), "allocated", "FEFO")]
    assert chain.takes(late) == [("DEF", D(2), "default", "STOCK_USED_UP")]


def test_a_statement_that_fails_after_empty_states_stands_right_before_the_state_that_failed(chain: RetailChain) -> None:
    """Nothing but income: six states have nothing to do before it. Last state and failed state must be neighbours."""
    chain.store()
    chain.event("income", "7.00")
    chain.calculates()
    with_state(PostState.INCOME_EXPENSE_POSTED, "RAISE EXCEPTION 'no'")
    chain.posts()
    assert list(chain.states().values()) == [("Discounts posted", "Income/expense posted", "UNEXPECTED_ERROR")]


def test_a_mistake_in_the_code_stops_one_statement_and_is_not_tried_for_ever(chain: RetailChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any error that is no sign of a lost connection: the day goes on, the culprit says what happened, nothing stays in the queue."""
    chain.stock(9)
    chain.stock(9, store="S2")
    chain.sells(2)
    chain.sells(1, store="S2")
    victim = chain.calculates()[0].pk

    def mistaken(statement_ids: list[int], settings: dict[int, tuple[bool, int]]) -> list[int]:
        if victim in statement_ids:
            raise TypeError("unsupported operand type(s)")
        return genuine(statement_ids, settings)

    genuine = writes.group_into_orders
    monkeypatch.setattr(writes, "group_into_orders", mistaken)
    chain.posts()
    assert [(row.post_state, row.failed_state, row.error_code, row.work_state) for row in chain.statements()] == [
        ("Checked", "Aggregated", "UNEXPECTED_ERROR", ""),
        ("Posted", "", "", ""),
    ]
    assert "TypeError" in str(chain.statements()[0].error_text)
    monkeypatch.undo()
    chain.posts()
    assert set(chain.states().values()) == {POSTED}


# -- supplements -----------------------------------------------------------------------------------------------------------


def test_what_comes_later_is_posted_on_a_supplement(chain: RetailChain) -> None:
    chain.stock(9)
    chain.sells(2)
    chain.posts()
    chain.sells(3)
    chain.posts()
    assert [(row.ordinal, row.post_state) for row in chain.statements()] == [(1, "Posted"), (2, "Posted")]
    assert chain.shelf() == {"A": D(4)}
    assert sorted(SalesOrder.objects.values_list("number", flat=True)) == ["S1-000001-0001", "S1-000002-0001"]
    must_be_sound()


# -- returns across everything ---------------------------------------------------------------------------------------------


def test_a_sale_and_its_return_in_one_chunk_on_two_days(chain: RetailChain) -> None:
    chain.stock(5)
    sold = chain.sells(5)
    back = chain.takes_back(sold, 2, day=1)
    again = chain.sells(1, day=1)
    chain.posts()
    assert chain.takes(back) == [("A", D(-2), "returned", "LINKED_RETURN")]
    assert chain.takes(again) == [("A", D(1), "allocated", "FEFO")]
    assert chain.shelf() == {"A": D(1)}
    must_be_sound()


def test_a_sale_on_the_default_batch_and_its_return_in_one_chunk(chain: RetailChain) -> None:
    sold = chain.sells(5)
    chain.takes_back(sold, 2)
    chain.posts()
    assert chain.shelf() == {"DEF": D(-3)}
    debt = BatchDebt.objects.get()
    assert (debt.quantity, debt.open_quantity) == (D(5), D(3))
    must_be_sound()


def test_a_return_to_another_warehouse_brings_the_batch_along(chain: RetailChain) -> None:
    chain.stock(5)
    chain.store("S2")
    sold = chain.sells(5)
    chain.posts()
    back = chain.takes_back(sold, 2, store="S2", day=1)
    after = chain.sells(1, store="S2", day=1)
    chain.posts()
    assert chain.takes(back) == [("A", D(-2), "returned", "LINKED_RETURN")]
    assert chain.takes(after) == [("A", D(1), "allocated", "FEFO")]
    assert (chain.shelf(), chain.shelf(store="S2")) == ({}, {"A": D(1)})
    must_be_sound()


def test_returns_in_several_warehouses_never_bring_back_more_than_was_sold(chain: RetailChain) -> None:
    chain.stock(5)
    sold = chain.sells(5)
    chain.posts()
    chain.takes_back(sold, 3, store="S2", day=1)
    chain.takes_back(sold, 3, store="S3", day=1)
    chain.posts()
    outcomes = {row.store.code: (row.post_state, row.error_code) for row in chain.statements() if row.business_date != DAY}
    assert outcomes == {"S2": ("Posted", ""), "S3": (CREATED, "RETURN_EXCEEDS_SALE")}
    must_be_sound()


def test_statements_of_two_stores_share_a_warehouse_in_data_order(chain: RetailChain) -> None:
    chain.stock(3, expires=DAY + timedelta(days=9))
    chain.store("S2", beside="S1")
    late = chain.sells(2, at=30)
    early = chain.sells(2, at=10, store="S2")
    chain.posts()
    assert chain.takes(early) == [("A", D(2), "allocated", "FEFO")]
    assert chain.takes(late) == [("A", D(1), "allocated", "FEFO"), ("DEF", D(1), "default", "STOCK_USED_UP")]


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_aggregation_that_is_switched_after_the_orders_were_grouped(chain: RetailChain, before: bool, after: bool) -> None:
    """The run ended after Aggregated, then somebody switched: the orders keep the way in which they were grouped."""
    chain.set(posting_aggregate_lines=before)
    chain.stock(9)
    chain.sale(line(MILK, 1), line(MILK, 2))
    chain.sells(3)
    chain.calculates()
    with_state(PostState.ORDER_CREATED, "RAISE EXCEPTION 'not now'")
    chain.posts()
    assert [state[:2] for state in chain.states().values()] == [("Aggregated", CREATED)]
    without_state()
    chain.set(posting_aggregate_lines=after)
    chain.posts()
    assert list(chain.states().values()) == [POSTED]
    assert sorted(exported(("invoices",))["invoices"]) == exported(("invoices",))["invoices"]
    assert Invoice.objects.count() == (1 if before else 2)
    must_be_sound()
