"""Document numbers are unique within their company: two companies that number alike do not get in each other's way (ADR 0020)."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from inventory.models import ReceiptLine
from ledger.models import Voucher
from parameters.models import LegalEntity
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.rows import LegalEntity as Company
from tests.oracle.rows import Store, Warehouse
from tests.scenarios.world import LONG_AGO, NOON


@pytest.fixture
def companies(shop: PricedShop) -> PricedShop:
    """W1 and S1 belong to LE, W2 and S2 to another company."""
    shop.pending.legal_entities.append(Company("L2", "Others"))
    shop.warehouse(Warehouse("W2", "L2", site="OTHER"))
    shop.store(Store("S2", "W2"))
    shop.sells_at_cost("1.00")
    return shop


def receives_alike(shop: PricedShop) -> None:
    """The same delivery note number in both companies."""
    shop.receives(5, "1.00", "A", receipt="GR1")
    shop.receives(7, "1.00", "B", warehouse="W2", receipt="GR1")


def test_two_companies_may_number_their_goods_receipts_alike(companies: PricedShop) -> None:
    receives_alike(companies)
    companies.comes_in()
    rows = ReceiptLine.objects.values_list("legal_entity__code", "receipt", "warehouse__code")
    assert sorted(rows) == [("L2", "GR1", "W2"), ("LE", "GR1", "W1")]
    assert Counter(Voucher.objects.values_list("number", "legal_entity__code")) == {("GR-GR1-1", "LE"): 1, ("GR-GR1-1", "L2"): 1}
    companies.must_be_worth_what_it_costs()


def test_the_same_rows_again_are_unchanged_in_each_company(companies: PricedShop) -> None:
    receives_alike(companies)
    companies.comes_in()
    receives_alike(companies)
    (answer,) = companies.comes_in()
    assert (answer.data["new"], answer.data["unchanged"]) == (0, 2)


def test_a_number_stands_for_one_receipt_within_a_company(companies: PricedShop) -> None:
    receives_alike(companies)
    companies.pending.warehouses.append(Warehouse("W3", "LE"))
    companies.comes_in()
    row = f"receipt,line,warehouse,item,batch,quantity,unit_cost,received_at\nGR1,1,W3,MILK,A,9,1.00,{LONG_AGO.isoformat()}\n"
    assert "give it a new number" in companies.must_refuse("receipts", row, "CONFLICT")
    assert ReceiptLine.objects.count() == 2


def test_days_of_two_companies_that_number_alike_post(companies: PricedShop) -> None:
    """Tills, tickets and receipts have the same numbers on both sides; each company's books stand for themselves."""
    receives_alike(companies)
    for store in ("S1", "S2"):
        for number in range(1, 4):
            companies.keeps(pos_transaction(store, str(number), NOON + timedelta(minutes=number), line("MILK", 1)))
    companies.posts()
    companies.must_be_posted()
    for entity in LegalEntity.objects.all():
        numbers = Counter(Voucher.objects.filter(legal_entity=entity).values_list("number", flat=True))
        assert set(numbers.values()) == {1}
        assert "GR-GR1-1" in numbers


def test_the_database_refuses_a_number_twice_within_a_company(companies: PricedShop) -> None:
    receives_alike(companies)
    companies.comes_in()
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.update(legal_entity=LegalEntity.objects.get(code="LE"))
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptLine.objects.update(legal_entity=LegalEntity.objects.get(code="LE"))
