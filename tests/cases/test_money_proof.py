"""What cannot be booked to the cent, in its currency and company, is found before the ledger is touched (docs/domain.md#money 2, 7)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orders.models import Store as StoreRow
from parameters.models import Currency, DisabledRule
from parameters.models import LegalEntity as Company
from statements.models import Statement
from statements.services.undo_calculation import revalidate_statement
from tests.cases.books import balances
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, rejected, run
from tests.oracle.rows import Customer, LegalEntity, LineRef, Payment, Store, Warehouse
from tests.scenarios.world import NOON, Shop

TAXED = Decimal("0.06")


def ticket(
    shop: Shop, net: str, *, tax: str = "0", total: str | None = None, paid: str | None = None, header_tax: str | None = None, **how: Any
) -> LineRef:
    """A receipt of one bag; header and payments as given, else as the line says."""
    shop.clock += timedelta(minutes=1)
    shop.transactions_made += 1
    row = pos_transaction("S1", str(shop.transactions_made), shop.clock, line("BAG", 1, price=net))
    sold = replace(row.lines[0], net=Decimal(net), tax=Decimal(tax))
    whole = sold.net + sold.tax if total is None else Decimal(total)
    amount = whole if paid is None else Decimal(paid)
    header = sold.tax if header_tax is None else Decimal(header_tax)
    method = how.pop("method", "cash")
    changed = replace(row, lines=(sold,), net=sold.net, tax=header, total=whole, payments=(Payment(1, method, amount),), **how)
    return shop.keeps(changed)


def rule_off(*codes: str) -> None:
    for code in codes:
        DisabledRule.objects.create(legal_entity=Company.objects.get(), code=code)


@pytest.fixture
def bags(shop: Shop) -> Shop:
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.comes_in()
    return shop


def test_cash_rounding_goes_to_the_rounding_account(bags: Shop) -> None:
    """Case 06: within the store's rounding limit, up and down."""
    ticket(bags, "12.91", paid="12.90")
    ticket(bags, "12.93", paid="12.95")
    ticket(bags, "12.93", method="card")
    ticket(bags, "12.91", paid="12.89")
    assert bags.posts().status == DONE
    bags.must_be_posted()
    assert balances(bags) == {"cash": "38.74", "card": "12.93", "revenue": "-51.68", "rounding": "0.01"}


def test_tax_that_the_till_computes_per_receipt(bags: Shop) -> None:
    ticket(bags, "2.50", tax="0.14", header_tax="0.15", total="2.65")
    assert bags.posts().status == DONE
    bags.must_be_posted()
    assert balances(bags) == {"cash": "2.65", "revenue": "-2.50", "tax": "-0.14", "rounding": "-0.01"}


def test_above_the_limit_it_is_an_error_that_names_the_limit(bags: Shop) -> None:
    ticket(bags, "12.91", paid="12.97")
    assert bags.validates() == {"H14"}
    assert "0.05 is allowed" in bags.exports("problems")[0]["message"]
    bags.store(Store("S1", "W1", rounding_limit=Decimal("0.06")))
    assert bags.posts().status == DONE
    bags.must_be_posted()


@pytest.mark.parametrize("off", [("H06", "H08"), ("H06", "H08", "H14", "H07")])
def test_a_rule_that_is_off_books_nothing_wrong(bags: Shop, off: tuple[str, ...]) -> None:
    """Case 33b: found at Checked with nothing written, and there is a way out."""
    rule_off(*off)
    ticket(bags, "2.00", tax="0.14", total="2.41")
    ticket(bags, "5.00")
    assert bags.posts().status == PARTLY
    row = bags.statement()
    assert (row["post_state"], row["failed_state"], row["error_code"]) == ("", "Checked", "PROOF_MISMATCH")
    assert bags.exports("vouchers") == []
    assert bags.exports("invoices") == []
    assert run("post_statements", "--inline").status == PARTLY
    assert bags.exports("vouchers") == []
    DisabledRule.objects.all().delete()
    assert revalidate_statement(Statement.objects.get().pk, "ada").left == 1
    assert bags.posts().status == DONE
    bags.must_be_posted()
    assert balances(bags) == {"cash": "5.00", "revenue": "-5.00"}


def test_within_the_limit_it_posts_with_the_rule_off(bags: Shop) -> None:
    rule_off("H06", "H08")
    ticket(bags, "2.00", tax="0.14", total="2.17")
    assert bags.posts().status == DONE
    bags.must_be_posted()
    assert balances(bags) == {"cash": "2.17", "revenue": "-2.00", "tax": "-0.14", "rounding": "-0.03"}


@pytest.mark.parametrize("kind", ["removal", "expense", "float", "bank_drop", "safe_drop", "income", "start_amount"])
def test_an_event_with_a_sign_is_refused(bags: Shop, kind: str) -> None:
    """Case K10."""
    bags.till_event(kind, "-20.00")
    assert bags.validates() == {"H19"}
    assert "write 20.00" in bags.exports("problems")[0]["message"]
    bags.posts()
    assert bags.exports("statements") == []


def test_a_count_below_zero_is_one(bags: Shop) -> None:
    """Counted without the change fund on a day of refunds."""
    bags.rings(line("BAG", -1, price="3.00"))
    bags.till_event("tender_declaration", "-3.18")
    assert bags.posts().status == DONE
    bags.must_be_posted()
    assert balances(bags) == {"cash": "-3.18", "revenue": "3.00", "tax": "0.18"}


def test_the_sign_of_an_event_cannot_be_switched_off(bags: Shop) -> None:
    rule_off("H19")
    bags.till_event("removal", "-20.00")
    assert bags.validates() == {"H19"}


def test_a_receipt_with_all_lines_voided_posts_nothing(bags: Shop) -> None:
    """Case 36: it is no error, and stands on the statement of its day."""
    bags.keeps(pos_transaction("S1", "VOID", NOON, line("BAG", 5, price="9.00", voided=True)))
    ticket(bags, "4.00")
    assert bags.validates() == set()
    assert bags.posts().status == DONE
    bags.must_be_posted()
    assert bags.statement()["transactions"] == "2"
    assert balances(bags) == {"cash": "4.00", "revenue": "-4.00"}


# -- currency and company ----------------------------------------------------------------------------------------------


def test_a_store_sells_in_the_currency_of_its_company(bags: Shop, tmp_path: Path) -> None:
    """Case E13."""
    bags.store(Store("S9", "W1", currency="EUR"))
    path = tmp_path / "stores.csv"
    path.write_text("store,name,warehouse,currency,time_zone,end_of_business_day\nS9,S9,W1,EUR,UTC,00:00\n", encoding="utf-8")
    assert run("import_data", "stores", str(path)).status == PARTLY
    assert [row["code"] for row in rejected(path)] == ["CURRENCY_MISMATCH"]
    assert not StoreRow.objects.filter(code="S9").exists()


def test_a_sale_in_another_currency_stays_off_statements(bags: Shop) -> None:
    ticket(bags, "3.00", currency="EUR")
    assert bags.validates() == {"CURRENCY_MISMATCH"}
    bags.posts()
    assert bags.exports("statements") == []


def test_a_store_whose_company_has_another_currency_by_now(bags: Shop) -> None:
    """Reached by another way than the import: on arrival, and for what is on a statement already, at Checked."""
    ticket(bags, "3.00")
    bags.calculates()
    Currency.objects.get_or_create(code="EUR")
    Company.objects.update(currency="EUR")
    bags.journal.not_followed("the company changed its currency by hand")
    ticket(bags, "4.00")
    assert bags.validates() == {"CURRENCY_MISMATCH"}
    assert run("post_statements", "--inline").status == PARTLY
    row = bags.statement()
    assert (row["failed_state"], row["error_code"]) == ("Checked", "CURRENCY_MISMATCH")
    assert bags.exports("vouchers") == []
    text = str(Statement.objects.get().error_text)
    assert "switch on" not in text
    assert "Revalidate the statement" in text
    assert revalidate_statement(Statement.objects.get().pk, "ada").left == 1
    assert bags.statement()["transactions"] == "0"


def test_a_company_with_vouchers_keeps_its_currency(bags: Shop, tmp_path: Path) -> None:
    ticket(bags, "3.00")
    assert bags.posts().status == DONE
    path = tmp_path / "legal-entities.csv"
    path.write_text("legal_entity,name,currency\nLE,Foods,EUR\n", encoding="utf-8")
    assert run("import_data", "legal-entities", str(path)).status == PARTLY
    assert [row["code"] for row in rejected(path)] == ["COMPANY_IN_USE"]


def other_company(shop: Shop) -> None:
    shop.pending.legal_entities.append(LegalEntity("LE2", "Other"))
    shop.warehouse(Warehouse("W9", "LE2"))
    shop.store(Store("S9", "W9"))


def test_a_return_into_another_company_is_refused(bags: Shop) -> None:
    """Case 08b."""
    sold = ticket(bags, "3.00")
    assert bags.posts().status == DONE
    other_company(bags)
    bags.rings(line("BAG", -1, price="3.00", return_of=sold), store="S9")
    assert bags.validates() == {"OTHER_COMPANY"}
    bags.posts()
    assert [row["store"] for row in bags.exports("statements")] == ["S1"]
    bags.must_be_sound()


def test_a_return_that_came_to_stand_in_another_company(bags: Shop) -> None:
    """Valid when it came in, in another company by the time of posting."""
    sold = ticket(bags, "3.00")
    assert bags.posts().status == DONE
    bags.rings(line("BAG", -1, price="3.00", return_of=sold), store="S2")
    assert bags.calculates().status == DONE
    other_company(bags)
    bags.comes_in()
    Statement.objects.filter(store__code="S2").update(legal_entity=Company.objects.get(code="LE2"))
    assert run("post_statements", "--inline").status == PARTLY
    assert bags.statement("S2")["error_code"] == "OTHER_COMPANY"


def test_the_company_of_a_sale_is_that_of_its_statement(bags: Shop) -> None:
    """On arrival as at posting, wherever its store belongs by now."""
    sold = ticket(bags, "3.00")
    assert bags.posts().status == DONE
    other_company(bags)
    bags.comes_in()
    StoreRow.objects.filter(code="S1").update(warehouse=StoreRow.objects.get(code="S9").warehouse)
    back = line("BAG", -1, price="3.00", return_of=sold)
    bags.rings(back, store="S9")
    assert bags.validates() == {"OTHER_COMPANY"}
    bags.rings(back, store="S2")
    bags.posts()
    assert {row["store"]: row["post_state"] for row in bags.exports("statements")} == {"S1": "Posted", "S2": "Posted"}


# -- dates -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [36, -20])
def test_a_till_whose_clock_is_wrong(bags: Shop, years: int) -> None:
    """Case 31: an error, and no fiscal period opens itself."""
    at = NOON.replace(year=2026 + years)
    bags.rings(line("BAG", 1), at=at)
    assert "H18" in bags.validates()
    bags.posts()
    assert bags.exports("statements") == []
    assert not Company.objects.get().fiscalperiod_set.filter(starts_on__year=at.year).exists()


def test_a_rule_on_dates_that_is_off_opens_no_period_either(bags: Shop) -> None:
    rule_off("H18")
    bags.rings(line("BAG", 1), at=NOON.replace(year=2062))
    assert bags.validates() == {"H01"}
    assert not Company.objects.get().fiscalperiod_set.filter(starts_on__year=2062).exists()


def test_how_far_back_is_a_parameter(bags: Shop) -> None:
    bags.rings(line("BAG", 1), at=NOON.replace(year=2006))
    bags.comes_in()
    bags.parameters(validation__days_back="20000")
    assert bags.validates() == set()
    assert bags.posts().status == DONE
    bags.must_be_posted()


# -- customers ---------------------------------------------------------------------------------------------------------


def test_on_account_needs_a_real_customer(bags: Shop) -> None:
    """Case 22: C1 may owe, C2 is blocked, and nobody is nobody."""
    bags.pending.customers = [Customer("C1"), Customer("C2", blocked=True)]
    ticket(bags, "10.00", method="on_account", customer="C1")
    ticket(bags, "10.00", method="on_account", customer="C2")
    ticket(bags, "10.00", method="on_account")
    ticket(bags, "10.00", method="on_account", customer=StoreRow.objects.get(code="S1").walk_in_customer.code)
    bags.validates()
    found = {(row["transaction"], row["code"]) for row in bags.exports("problems") if row["severity"] == "error"}
    assert found == {("2", "H21"), ("3", "H20"), ("4", "H20")}
    assert bags.posts().status == DONE
    assert balances(bags) == {"on account": "10.00", "revenue": "-10.00"}
    bags.must_be_posted()
