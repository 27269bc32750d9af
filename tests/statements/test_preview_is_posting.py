"""Whatever a company is like: the preview of all picked statements together says what posting then does, down to each account."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.lib.document_kinds import SourceKind
from inventory.models import CostAdjustment, ItemModelGroup
from ledger.models import Voucher
from orders.models import BatchAllocation, Invoice, OrderProblem
from statements.models import PosTransactionLine, Statement
from statements.services.preview import PreviewedStatement, preview_posting
from tests.oracle.commands import run
from tests.statements.retail_chain import MILK, SOAP, RetailChain, line

D = Decimal
HONEY = "HONEY"
STORES = st.sampled_from(["S1", "S2", "S3"])
ITEMS = st.sampled_from([MILK, SOAP, HONEY])
QUANTITIES = st.sampled_from(["0.25", "1", "3", "7"])
DAYS = st.integers(0, 2)
EVENTS = st.one_of(
    st.tuples(st.just("sell"), STORES, DAYS, ITEMS, QUANTITIES),
    st.tuples(st.just("sell"), STORES, DAYS, ITEMS, QUANTITIES),
    st.tuples(st.just("discount"), STORES, DAYS, ITEMS, QUANTITIES),
    st.tuples(st.just("buyer"), STORES, DAYS, ITEMS, QUANTITIES),
    st.tuples(st.just("return"), STORES, DAYS, st.integers(0, 9)),
    st.tuples(st.just("blind"), STORES, DAYS, ITEMS, QUANTITIES),
    st.tuples(st.just("cash"), STORES, DAYS, st.sampled_from(["income", "expense", "float", "bank_drop"])),
    st.tuples(st.just("count"), STORES, DAYS, st.sampled_from(["0", "5.00", "500.00"])),
)
Booked = dict[tuple[str, str, int], Decimal]


@pytest.mark.parametrize("averages", [False, True])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=st.lists(EVENTS, max_size=4),
    after=st.lists(EVENTS, min_size=2, max_size=9),
    fallback=st.booleans(),
    aggregate=st.booleans(),
    stock=st.lists(st.tuples(STORES, ITEMS, QUANTITIES), max_size=5),
)
def test_posting_writes_what_the_preview_says(
    db: None,
    averages: bool,
    before: list[tuple[str, ...]],
    after: list[tuple[str, ...]],
    fallback: bool,
    aggregate: bool,
    stock: list[tuple[str, str, str]],
) -> None:
    with transaction.atomic():
        chain = RetailChain()
        chain.fallback(fallback)
        chain.set(posting_aggregate_lines=aggregate)
        chain.entity("LE2")
        chain.store("S1")
        chain.store("S2", beside="S1")
        chain.store("S3", entity="LE2")
        for item, negative in ((MILK, True), (SOAP, True), (HONEY, False)):
            chain.item(item, negative=negative, cost="1.337")
        if averages:
            ItemModelGroup.objects.update(costing_method="moving_average")
        for number, (store, item, quantity) in enumerate(stock):
            chain.stock(quantity, f"B{number}", item=item, store=store)
        sold: list[PosTransactionLine] = []
        for event in before:
            happens(chain, sold, event)
        chain.posts()
        for event in after:
            happens(chain, sold, event)
        told, found = told_and_posted(chain)
        assert told == found
        transaction.set_rollback(True)


def happens(chain: RetailChain, sold: list[PosTransactionLine], event: tuple[str, ...]) -> None:
    """One event at a till."""
    kind, store, day, *more = event
    how: dict[str, Any] = {"store": store, "day": int(day)}
    if kind == "return":
        # Of what the same company sold, not later than it comes back.
        own = [one for one in sold if (one.transaction.store.code == "S3") == (store == "S3")]
        if own:
            original = own[int(more[0]) % len(own)]
            chain.takes_back(original, str(original.quantity), original.item_code, **how)
            sold.remove(original)
    elif kind == "blind":
        chain.takes_back(None, more[1], more[0], **how)
    elif kind == "cash":
        chain.event(more[0], "2.00", **how)
    elif kind == "count":
        chain.event("tender_declaration", more[0], **how)
    else:
        of = line(more[0], more[1], discount=D("0.10")) if kind == "discount" else line(more[0], more[1])
        sold += chain.sale(of, customer="BUYER" if kind == "buyer" else "", **how)


def told_and_posted(chain: RetailChain) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where statements end, what fails, what falls back and what is booked: as the preview says, and as posting then did."""
    told = preview_posting([row.pk for row in chain.calculates() if row.post_state != "Posted"], with_vouchers=True)
    known, allocated = set(Voucher.objects.values_list("pk", flat=True)), set(BatchAllocation.objects.values_list("pk", flat=True))
    chain.posts()
    states = chain.states()
    stored = OrderProblem.objects.filter(order__source_id__in={row.head.statement_id for row in told})
    return {
        "states": {row.head.number: (row.failed_state, row.error_code) for row in told},
        "failures": {(one.line_id, one.code, one.missing, str(one.message)) for row in told for one in row.failures},
        "fallback": fallback_told(told),
        "vouchers": vouchers_told(told),
    }, {
        "states": {row.head.number: states[row.head.number][1:] for row in told},
        "failures": {(one.source_id, one.code, one.missing_quantity, str(one.message)) for one in stored},
        "fallback": fallback_posted(allocated),
        "vouchers": vouchers_posted(known),
    }


def fallback_told(told: list[PreviewedStatement]) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    return {(row.head.statement_id, one.item_id): (one.quantity, one.value) for row in told for one in row.fallback.values()}


def fallback_posted(known: set[int]) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    sums: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
    rows = BatchAllocation.objects.filter(source="default").exclude(pk__in=list(known)).select_related("order_line__order")
    for row in rows:
        key = (row.order_line.order.source_id or 0, row.order_line.item_id or 0)
        quantity, value = sums.get(key, (D(0), D(0)))
        sums[key] = (quantity + row.quantity, value + row.cost_amount)
    return sums


def vouchers_told(told: list[PreviewedStatement]) -> Booked:
    return {(row.head.number, one.step, one.account_id): one.amount for row in told for one in row.entries}


def vouchers_posted(known: set[int]) -> Booked:
    """Net amounts by statement, step and account."""
    invoices = dict(Invoice.objects.values_list("pk", "order__source_id"))
    adjusted = {
        pk: invoices[source] for pk, source in CostAdjustment.objects.filter(source_kind=SourceKind.INVOICE).values_list("pk", "source_id")
    }
    sums: Booked = defaultdict(Decimal)
    numbers = dict(Statement.objects.values_list("pk", "number"))
    for voucher in Voucher.objects.exclude(pk__in=known).prefetch_related("lines"):
        of = {SourceKind.INVOICE: invoices, SourceKind.COST_ADJUSTMENT: adjusted}.get(SourceKind(voucher.source_kind))
        statement = of[voucher.source_id] if of else voucher.source_id
        for entry in voucher.lines.all():
            sums[numbers[statement or 0], voucher.step, entry.account_id] += entry.debit - entry.credit
    return {key: amount for key, amount in sums.items() if amount}


def test_sales_in_orders_that_may_be_held_cost_what_they_cost(db: None) -> None:
    chain = RetailChain()
    chain.item(cost="1.25", negative=False)
    chain.stock(2)
    chain.sells(5)
    chain.sells(1)
    chain.posts()
    assert [row.failed_state for row in chain.statements()] == ["Customer order invoiced"]
    chain.set(posting_hold_failing_transactions=True)
    chain.stock(9, "B")
    (told,) = preview_posting([chain.statements()[0].pk], with_vouchers=True)
    assert sum(entry.amount for entry in told.entries if entry.amount > 0 and entry.step == "invoice") > sum(
        line.net for line in PosTransactionLine.objects.all()
    ), "revenue and cost of goods"
    told_of_all, found = told_and_posted(chain)
    assert told_of_all == found
    assert [row.post_state for row in chain.statements()] == ["Posted"]


def test_the_command_and_the_page_say_it_too(db: None) -> None:
    chain = RetailChain()
    chain.item(cost="1.25")
    chain.stock(2)
    chain.sells(5)
    chain.calculates()
    data = run("preview_posting").data
    assert [(row["item"], D(str(row["quantity"])), D(str(row["value"]))) for row in data["fallback"]] == [(MILK, D(3), D("3.75"))]
    debit = sum(D(str(row["debit"])) for row in data["vouchers"])
    assert debit == sum(D(str(row["credit"])) for row in data["vouchers"]) > 0
    assert {row["step"] for row in data["vouchers"]} == {"invoice", "payments"}
