"""Stores that post what they sold through the day and what their drawers hold in the evening (docs/domain.md#statement-kinds)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statements.models import PosTransaction, Statement, StatementLine
from statements.services.undo_calculation import clear_statement
from tests.cases.books import balances
from tests.cases.test_correcting import corrects
from tests.cases.test_counting import by_method, counted, posts, says, sells
from tests.cases.world import PricedShop
from tests.oracle.commands import DONE, PARTLY, run
from tests.scenarios.world import Shop

__all__ = ["counted"]


@pytest.fixture
def split(counted: Shop) -> Shop:
    """A shop that posts sales and money apart."""
    counted.parameters(statements__model="split", statements__max_difference="5")
    return counted


def calculates(shop: Shop, kind: str) -> list[str]:
    shop.comes_in()
    done = run("calculate_statements", "--kind", kind)
    assert done.status == DONE, done
    return list(done.data["numbers"])


def posts_kind(shop: Shop, kind: str, status: int = DONE) -> None:
    done = run("post_statements", "--kind", kind, "--inline")
    assert done.status == status, done


def kinds() -> list[tuple[str, str]]:
    return list(Statement.objects.order_by("number").values_list("kind", "post_state"))


def test_sales_are_posted_through_the_day_and_money_in_the_evening(split: Shop) -> None:
    says(split, "float", "100.00")
    sells(split, "20.00")
    assert len(calculates(split, "transactional")) == 1
    posts_kind(split, "transactional")
    sells(split, "30.00")
    assert len(calculates(split, "transactional")) == 1
    posts_kind(split, "transactional")
    assert not StatementLine.objects.exists()
    says(split, "tender_declaration", "149.50")
    assert len(calculates(split, "financial")) == 1
    posts_kind(split, "financial")
    assert kinds() == [("transactional", "Posted"), ("transactional", "Posted"), ("financial", "Posted")]
    line = StatementLine.objects.get()
    assert (line.transaction_amount, line.counted_amount, line.difference) == (Decimal(150), Decimal("149.5"), Decimal("-0.5"))
    assert balances(split) == {"cash": "149.50", "float": "-100.00", "over/short": "0.50", "revenue": "-50.00"}
    assert run("check_integrity").status == DONE


def test_without_kind_both_are_made_once_the_day_is_over(split: Shop) -> None:
    sells(split, "20.00")
    says(split, "tender_declaration", "20.00")
    posts(split)
    assert kinds() == [("transactional", "Posted"), ("financial", "Posted")]
    financial = Statement.objects.get(kind="financial")
    assert PosTransaction.objects.filter(counted_on=financial).count() == 2


def test_a_day_of_sales_alone_has_its_money_stated_too(split: Shop) -> None:
    sells(split, "20.00")
    assert posts(split) == {"cash": "20.00"}
    assert StatementLine.objects.get().transaction_amount == 20
    sells(split, "5.00")
    assert posts(split) == {"cash": "25.00"}
    assert [kind for kind, _ in kinds()] == ["transactional", "financial", "transactional", "financial"]


def test_a_difference_over_the_limit_stops_the_money_and_not_the_sales(split: Shop) -> None:
    sells(split, "20.00")
    says(split, "tender_declaration", "10.00")
    assert split.posts().status == PARTLY
    states = dict(Statement.objects.values_list("kind", "post_state"))
    assert states == {"transactional": "Posted", "financial": ""}
    assert Statement.objects.get(kind="financial").error_code == "DIFFERENCE_TOO_LARGE"
    says(split, "tender_declaration", "20.00")
    assert posts(split) == {"cash": "20.00"}


def test_only_closed_shifts_are_stated(split: Shop) -> None:
    by_method(split, statement_method="shift", closing_method="shift")
    sells(split, "20.00", shift=1)
    says(split, "tender_declaration", "19.00", shift=1)
    sells(split, "7.00", shift=1, terminal="T2")
    assert calculates(split, "financial") == []
    says(split, "shift_close", "0.00", shift=1)
    assert len(calculates(split, "financial")) == 1
    posts_kind(split, "financial")
    one = Statement.objects.get(kind="financial")
    assert (one.terminal.code if one.terminal else "", one.shift) == ("T1", 1)
    assert StatementLine.objects.get().difference == -1
    says(split, "shift_close", "0.00", shift=1, terminal="T2")
    posts(split)
    assert Statement.objects.filter(kind="financial", post_state="Posted").count() == 2
    assert balances(split)["cash"] == "26.00"
    assert not PosTransaction.objects.filter(counted_on=None).exists()


def test_a_combined_store_closes_by_shift_too(counted: Shop) -> None:
    by_method(counted, statement_method="shift", closing_method="shift")
    sells(counted, "20.00", shift=1)
    sells(counted, "5.00", shift=2)
    says(counted, "shift_close", "0.00", shift=1)
    assert posts(counted) == {"cash": "20.00"}
    says(counted, "shift_close", "0.00", shift=2)
    assert posts(counted) == {"cash": "25.00"}


def test_clear_frees_money_and_an_empty_statement_goes(split: Shop) -> None:
    sells(split, "20.00")
    calculates(split, "transactional")
    calculates(split, "financial")
    clear_statement(Statement.objects.get(kind="financial").pk, "clerk")
    assert PosTransaction.objects.get().counted_on is None
    split.parameters(statements__model="combined")
    split.comes_in()
    assert run("calculate_statements").status == DONE
    assert kinds() == [("transactional", "")]


def test_the_database_refuses_a_second_statement_for_money(split: Shop) -> None:
    sells(split, "20.00")
    says(split, "tender_declaration", "20.00")
    split.comes_in()
    assert run("calculate_statements").status == DONE
    sales, money = Statement.objects.get(kind="transactional"), Statement.objects.get(kind="financial")
    for change in ({"statement": money}, {"counted_on": sales}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PosTransaction.objects.filter(kind="sale").update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        PosTransaction.objects.filter(kind="tender_declaration").update(statement=sales)


def test_a_sale_that_is_corrected_after_the_evening_is_counted_anew(split: PricedShop) -> None:
    """The money was stated while the sale failed; what the correction changes is stated by a supplement."""
    split.sells_item("MILK", tracked=True, negative=False)
    sells(split, "20.00")
    milk = split.sells(1)
    says(split, "tender_declaration", "20.00")
    assert split.posts().status == PARTLY
    paid = PosTransaction.objects.get(number=milk.number).total
    financial = Statement.objects.get(kind="financial")
    assert (financial.post_state, StatementLine.objects.get().difference) == ("Posted", -paid)
    corrects(split, (milk.number, None, "discarded", "true"))
    assert PosTransaction.objects.get(number=milk.number).counted_on is None
    says(split, "tender_declaration", "20.00")
    posts(split)
    assert balances(split) == {"cash": "20.00", "revenue": "-20.00"}
    assert run("check_integrity").status == DONE


def test_a_reversed_financial_statement_is_made_anew(split: Shop) -> None:
    sells(split, "20.00")
    says(split, "bank_drop", "5.00")
    says(split, "tender_declaration", "14.00")
    posts(split)
    number = Statement.objects.get(kind="financial").number
    assert run("reverse", "--statement", number, "--reason", "counted wrongly").status == DONE
    assert balances(split) == {"cash": "20.00", "revenue": "-20.00"}
    assert PosTransaction.objects.filter(counted_on=None).count() == 3
    assert split.posts().status == DONE
    assert balances(split) == {"cash": "14.00", "bank": "5.00", "over/short": "1.00", "revenue": "-20.00"}
    assert run("check_integrity").status == DONE


EVENTS = st.tuples(
    st.sampled_from(["sale", "income", "expense", "float", "removal", "bank_drop", "tender_declaration"]),
    st.integers(1, 9999),
    st.sampled_from(["T1", "T2"]),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENTS, min_size=1, max_size=8), cuts=st.sets(st.integers(0, 7), max_size=2))
def test_transactional_and_financial_book_what_combined_would(counted: Shop, events: list[tuple[str, int, str]], cuts: set[int]) -> None:
    """The vouchers of a day add up to the same, to the cent, however often its sales were posted before the evening."""
    counted.parameters(statements__max_difference="1000000")
    booked = []
    for model in ("combined", "split"):
        counted.parameters(statements__model=model)
        counted.clock += timedelta(days=1)
        counted.clock = counted.clock.replace(hour=12)
        before = balances(counted)
        for place, (kind, cents, terminal) in enumerate(events):
            amount = f"{Decimal(cents) / 100:.2f}"
            if kind == "sale":
                sells(counted, amount, terminal=terminal)
            else:
                says(counted, kind, amount, terminal=terminal)
            if model == "split" and place in cuts:
                calculates(counted, "transactional")
                run("post_statements", "--kind", "transactional", "--inline")
        counted.comes_in()
        counted.posts()
        after = balances(counted)
        change = {name: Decimal(after.get(name, 0)) - Decimal(before.get(name, 0)) for name in {*before, *after}}
        booked.append({name: amount for name, amount in change.items() if amount})
    assert booked[0] == booked[1]
