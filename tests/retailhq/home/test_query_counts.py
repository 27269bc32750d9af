"""How many queries each page costs: reviewed data in tests/query_counts.json, the same with 1 statement and with 50."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.jobs.models import Job
from core.lib.document_kinds import SourceKind
from inventory.models import Batch, Journal, JournalLine
from ledger.models import Voucher
from orders.models import (
    CustomerOrderLine,
    CustomerTransaction,
    Delivery,
    DeliveryLine,
    GiftCard,
    OrderPayment,
    OrderProblem,
    PendingOrder,
    Reservation,
    SalesOrder,
)
from parameters.models import RetailParameters
from statements.models import GiftCardMovement, PosTransaction, Recall, Statement
from statements.services.recall import RecallRequest, recall_batch
from tests.browser.world import make_people
from tests.core.access.people import make_person
from tests.factories import (
    BatchAllocationFactory,
    BatchFactory,
    CustomerFactory,
    CustomerOrderFactory,
    InventoryTransactionFactory,
    InvoiceFactory,
    OnHandFactory,
    PendingOrderFactory,
    PostedDay,
    PosTransactionFactory,
    ReceiptLineFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StatementFactory,
    StatementLineFactory,
    ValidationProblemFactory,
    make_count_that_agrees,
    make_posted_day,
    make_voucher,
)

pytestmark = pytest.mark.django_db
ONE = Decimal(1)
COUNTS: dict[str, int] = json.loads((Path(__file__).parents[2] / "query_counts.json").read_text())


def make_rows(number: int) -> Statement:
    """So many statements of one store and as many of all that pages list."""
    day = make_posted_day()
    store = day.statement.store
    job = Job.objects.create(kind="post_statements", title="Post")
    Statement.objects.filter(pk=day.statement.pk).update(job=job)
    ValidationProblemFactory.create(transaction=day.sale, code="X")
    card = GiftCard.objects.create(number="G")
    for index in range(1, number + 1):
        GiftCardMovement.objects.create(card=card, transaction=day.sale, amount=ONE, line_number=index)
    for index in range(number - 1):
        Job.objects.create(kind="post_statements", title=f"Post {index}")
        make_person(f"clerk {index}", "clerk", stores=[store])
        statement = StatementFactory.create(store=store, failed_state="Checked", error_code="PERIOD_CLOSED")
        StatementLineFactory.create(statement=statement)
        sale = PosTransactionFactory.create(store=store, statement=day.statement)
        GiftCardMovement.objects.create(card=GiftCard.objects.create(number=f"G{index}"), transaction=sale, amount=ONE, line_number=1)
        ValidationProblemFactory.create(transaction=day.sale, code=f"X{index}")
        more_stock(day, index)
    make_customer_orders(day, number)
    RetailParameters.objects.create(legal_entity=day.statement.legal_entity)
    day.statement.refresh_from_db()
    return day.statement


def more_stock(day: PostedDay, index: int) -> None:
    """One more of everything that moved, as the lists of stock, orders and vouchers show it."""
    batch = BatchFactory.create(item=day.sold.item)
    where = {"warehouse": day.statement.warehouse, "item": day.sold.item, "batch": batch}
    OnHandFactory.create(**where)
    ReceiptLineFactory.create(**where)
    counted = make_count_that_agrees(day.statement.warehouse, day.item, batch)
    JournalLine.objects.create(
        journal=Journal.objects.earliest("pk"), line_number=index + 10, kind="count", **where, quantity=Decimal(0), change=Decimal(0),
        date=counted.date, reason="Counted", content_hash=counted.content_hash, actor="somebody",
    )  # fmt: skip
    order = SalesOrderFactory.create(store=day.statement.store, number=f"O-{index:03}", source_id=1_000_000 + index)
    line = SalesOrderLineFactory.create(order=order, item=day.sold.item)
    InventoryTransactionFactory.create(**where, source_kind=SourceKind.SALES_ORDER_LINE, source_id=line.pk)
    invoice = InvoiceFactory.create(order=order)
    amounts = [(day.accounts["clearing"], Decimal(1)), (day.accounts["revenue"], Decimal(-1))]
    make_voucher(amounts, source_kind=SourceKind.INVOICE, source_id=invoice.pk)


def make_customer_orders(day: PostedDay, number: int) -> None:
    """So many customer orders; the first has as many lines, each with everything that its page shows."""
    store = day.statement.store
    for _ in range(number):
        PendingOrderFactory.create(store=store)
    heads = [CustomerOrderFactory.create(order__store=store, order__number=f"CO{index:03}") for index in range(number)]
    order = heads[0].order
    where = {"store": store, "warehouse": order.warehouse, "day": order.business_date, "requested_at": heads[0].ordered_at}
    for index in range(1, number + 1):
        owed = {"legal_entity": day.statement.legal_entity, "customer": order.customer, "date": order.business_date, "amount": ONE}
        CustomerTransaction.objects.create(**owed, source_kind=SourceKind.INVOICE, source_id=index)
        buyer = CustomerFactory.create(on_hold=True)
        CustomerTransaction.objects.create(**owed | {"customer": buyer}, source_kind=SourceKind.POS_TRANSACTION, source_id=index)
        line = SalesOrderLineFactory.create(order=order, item=day.sold.item)
        CustomerOrderLine.objects.create(order_line=line, warehouse=order.warehouse, delivery="pickup", ordered=line.quantity)
        batch = BatchFactory.create(item=line.item)
        kept = {"warehouse": order.warehouse, "item": line.item, "batch": batch, "ordinal": 1, "quantity": 1, "reason": "FEFO"}
        Reservation.objects.create(order_line=line, **kept)
        problem = {"source_kind": SourceKind.DELIVERY_LINE, "source_id": index, "item": line.item, "code": "X", "message": "X"}
        OrderProblem.objects.create(order=order, missing_quantity=ONE, **problem)
        invoice = InvoiceFactory.create(order=order, ordinal=index, number=f"{order.number}-I{index}")
        delivery = Delivery.objects.create(
            order=order, ordinal=index, verb="ship", net=ONE, tax=Decimal(0), line_count=1, invoice=invoice, **where
        )
        delivered = DeliveryLine.objects.create(
            delivery=delivery, order_line=line, quantity=ONE, stock_quantity=ONE, net=ONE, tax=Decimal(0)
        )
        BatchAllocationFactory.create(order_line=line, source_kind=SourceKind.DELIVERY_LINE, source_id=delivered.pk, batch=batch)
        paid = {"kind": "deposit", "method_id": "cash", "amount": 1, "paid_at": heads[0].ordered_at, "delivery": delivery}
        OrderPayment.objects.create(order=order, ordinal=index, **paid)


def pages_of(statement: Statement) -> dict[str, str]:
    """Every page by its name in the file."""
    sale = PosTransaction.objects.filter(statement=statement).earliest("pk")
    batch = Batch.objects.filter(is_default_batch=True).earliest("pk")
    sold = Batch.objects.filter(is_default_batch=False).earliest("pk")
    order = SalesOrder.objects.filter(source_kind=SourceKind.STATEMENT, source_id=statement.pk).earliest("pk")
    voucher = Voucher.objects.earliest("pk")
    detail = f"/statements/{statement.pk}/"
    customer_order = f"/customer-orders/{SalesOrder.objects.get(number='CO000').pk}/"
    parts = ("lines", "deliveries", "allocations", "money", "invoices", "history")
    shown = ("payments", "orders", "allocations", "receipts", "vouchers", "z", "proof", "events")
    tabs = {f"statement {tab}": f"{detail}?tab={tab}" for tab in shown}
    return {
        "start": "/",
        "statements": "/statements/",
        **tabs,
        "statement live": f"{detail}live/",
        "statement preview": f"{detail}preview/",
        "statement reverse": f"{detail}reverse/",
        "statement z report": f"{detail}z-reports/{sale.terminal_id}/",
        "pos transaction reverse": f"/pos-transactions/{sale.pk}/reverse/",
        "statements stopped note": "/statements/stopped-note/",
        "pos transactions": "/pos-transactions/",
        "pos transaction": f"/pos-transactions/{sale.pk}/",
        "late documents": "/pos-transactions/late/",
        "why this batch": f"/pos-transactions/lines/{sale.lines.earliest('number').pk}/why/",
        "validation problems": "/validation-problems/?where=all",
        "inbox": "/inbox/",
        "inbox badge": "/inbox/badge/",
        "inbox cause": "/inbox/cause/?area=pending&code=L04",
        "items": "/inventory/items/",
        "item": f"/inventory/items/{batch.item_id}/",
        "batches": "/inventory/batches/",
        "batch": f"/inventory/batches/{batch.pk}/",
        "on-hand": "/inventory/on-hand/",
        "inventory transactions": "/inventory/transactions/",
        "recalls": "/inventory/recalls/",
        "recall": f"/inventory/recalls/{recall_batch(RecallRequest(sold.item.code, sold.number), 'test').pk}/",
        "recall lines": "/inventory/recalls/lines/",
        "recall notice": f"/inventory/recalls/{Recall.objects.earliest('pk').pk}/notice/",
        "receipts": "/inventory/receipts/",
        "receipt form": "/inventory/receipts/new/",
        "journals": "/inventory/journals/",
        "journal": f"/inventory/journals/{Journal.objects.earliest('pk').pk}/",
        "journal reversal": f"/inventory/journals/{Journal.objects.earliest('pk').pk}/reverse/",
        "journal form": "/inventory/journals/new/",
        "suggested batches": "/inventory/suggestions/?part=batch&row=1&item_1=I1&batch_1=",
        "suggested items of an order": f"/customer-orders/suggestions/?part=item&row=1&item_1=I&store={statement.store.code}",
        "suggested customers": "/customer-orders/suggestions/?part=customer&customer=C",
        "expiring stock": "/inventory/expiring/?within=",
        "batch debt": "/inventory/debt/",
        "evidence of a period": "/setup/import/evidence/period/",
        "fallback budget": "/inventory/debt/budget/",
        "settlements": "/inventory/debt/settlements/",
        "customer orders": "/customer-orders/",
        **{f"customer order {tab}": f"{customer_order}?tab={tab}" for tab in parts},
        "customer order live": f"{customer_order}live/",
        "sales orders": "/orders/",
        "sales order": f"/orders/{order.pk}/",
        "invoices": "/orders/invoices/",
        "invoice": f"/orders/invoices/{order.invoices.get().pk}/",
        "gift cards": "/gift-cards/",
        "gift card": f"/gift-cards/{GiftCard.objects.earliest('pk').pk}/",
        "customer accounts": "/orders/accounts/",
        "customer account": f"/orders/accounts/{CustomerTransaction.objects.earliest('pk').customer_id}/",
        "vouchers": "/ledger/vouchers/",
        "voucher": f"/ledger/vouchers/{voucher.pk}/",
        "jobs": "/jobs/",
        "differences": "/jobs/differences/",
        "job": f"/jobs/{statement.job_id}/",
        "pending orders": "/customer-orders/pending/",
        "pending order": f"/customer-orders/pending/{PendingOrder.objects.earliest('pk').pk}/",
        "users": "/setup/users/",
        "audit trail": "/setup/audit/",
        "jobs bell": "/jobs/bell/",
        "jobs latest": "/jobs/latest/",
        "search": "/search/?q=1",
        "stores to choose": "/store/",
        "parameters": "/parameters/retail/",
        "parameters history": "/parameters/retail/history/",
        "default batch note": "/inventory/default-batch-note/?path=posting&posting_default_batch_id=DEF",
        "policies": "/inventory/policies/",
        "posting accounts": "/ledger/posting-accounts/?part=gift_card",
        "problem counts": "/statements/problem-counts/",
    }


@pytest.mark.parametrize("number", [1, 50])
def test_pages_cost_what_was_reviewed(client: Client, number: int) -> None:
    client.force_login(make_people()[0])
    statement = make_rows(number)
    counts = {}
    for name, address in pages_of(statement).items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts[name] = len(captured)
    assert counts == COUNTS, json.dumps(counts, indent=2, sort_keys=True)
