"""`export_data` of some stores or statements: their rows and no others, of every kind."""

from copy import deepcopy
from decimal import Decimal

import pytest

from core.lib.document_kinds import SourceKind
from retailhq.exchange.rules.exports import KINDS
from statements.models import CountedDenomination, TransactionVersion, ZReport
from tests.factories import (
    BatchAllocationFactory,
    DeliveryLineFactory,
    PosPaymentFactory,
    PostedDay,
    PosTransactionFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StoreFactory,
    ValidationProblemFactory,
    WarehouseFactory,
    make_posted_day,
    make_undone_settlement,
)
from tests.retailhq.exchange.conftest import Export
from tests.shared import make_once

Days = tuple[PostedDay, PostedDay]


def make_days() -> Days:
    """A day of store S1 and one of another, each with a settlement that was undone."""
    day, other = make_posted_day(StoreFactory.create(code="S1", warehouse=WarehouseFactory.create(code="W1"))), make_posted_day()
    make_undone_settlement(day)
    make_undone_settlement(other)
    return day, other


made_days = make_once(make_days)


@pytest.fixture
def days(made_days: Days, db: None) -> Days:
    return deepcopy(made_days)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if kind.by_store and not kind.of_batch])
def test_filters_by_store(kind: str, export: Export, days: Days) -> None:
    day, _ = days
    ValidationProblemFactory.create(transaction=day.sale)
    change = [None, "staff", "1", "2", ""]
    TransactionVersion.objects.create(transaction=day.sale, number=1, way="replaced", content={}, changes=[change], reason="", actor="ada")
    line = SalesOrderLineFactory.create(order=SalesOrderFactory.create(store=day.statement.store))
    delivered = DeliveryLineFactory.create(order_line=line)
    BatchAllocationFactory.create(source_kind=SourceKind.DELIVERY_LINE, source_id=delivered.pk, order_line=line)
    counted = PosTransactionFactory.create(
        store=day.statement.store, terminal=day.sale.terminal, kind="tender_declaration", business_date=day.sale.business_date
    )
    PosPaymentFactory.create(transaction=counted, amount=Decimal(3))
    CountedDenomination.objects.create(transaction=counted, value=Decimal(1), pieces=3)
    ZReport.objects.create(terminal=day.sale.terminal, business_date=day.sale.business_date, figures={"total": "3.30"}, actor="ada")
    other = StoreFactory.create()
    mine = export(kind, "--store", "S1")
    assert len(mine) > 1
    assert export(kind, "--store", other.code) == mine[:1]
    assert export(kind, "--store", "S1", "--store", other.code) == mine
    everything = export(kind)
    assert [row for row in everything if row in mine] == mine
    assert len(everything) > len(mine) or kind in ("problems", "order-allocations", "corrections", "denominations", "z-reports")


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if kind.by_statement])
def test_filters_by_statement(kind: str, export: Export, days: Days) -> None:
    day, other = days
    ValidationProblemFactory.create(transaction=day.sale)
    ValidationProblemFactory.create(transaction=other.sale)
    first, second = (export(kind, "--statement", d.statement.number) for d in (day, other))
    both = export(kind, "--statement", day.statement.number, "--statement", other.statement.number)
    assert len(first) > 1
    assert len(second) > 1
    assert sorted(first[1:] + second[1:]) == sorted(both[1:])
    assert export(kind, "--statement", day.statement.number, "--store", other.statement.store.code) == first[:1]
