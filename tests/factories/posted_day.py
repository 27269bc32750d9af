"""One posted day that agrees with itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.lib.document_kinds import SourceKind
from inventory.models import (
    Batch,
    BatchCredit,
    BatchDebt,
    CostAdjustment,
    DebtSettlement,
    DebtSettlementLine,
    Item,
    Journal,
    JournalLine,
    ReceiptLine,
    Warehouse,
)
from ledger.models import MainAccount, PostingProfile, Voucher, VoucherLine
from orders.models import (
    Invoice,
    PaymentJournal,
    SalesOrder,
    SalesOrderLine,
    Store,
)
from parameters.models import LegalEntity
from statements.models import (
    PosTransaction,
    PosTransactionLine,
    Statement,
)
from tests.factories.documents import (
    BatchAllocationFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    OrderTransactionFactory,
    PaymentJournalFactory,
    PaymentJournalLineFactory,
    PosPaymentFactory,
    PosTransactionFactory,
    PosTransactionLineFactory,
    SalesOrderFactory,
    SalesOrderLineFactory,
    StatementFactory,
    StatementLineFactory,
    TenderCountFactory,
)
from tests.factories.master_data import (
    DAY,
    NOON,
    ZERO,
    BatchDebtFactory,
    BatchFactory,
    InventoryTransactionFactory,
    ItemFactory,
    MainAccountFactory,
    OnHandFactory,
    PostingProfileFactory,
    ReceiptLineFactory,
    StoreFactory,
    VoucherFactory,
    WarehouseItemCostFactory,
)


def make_voucher(entries: Sequence[tuple[MainAccount, Decimal]], **values: object) -> Voucher:
    """A voucher with one line per entry, debit positive, credit negative; all lines in one query, as the database wants them."""
    voucher = VoucherFactory.create(legal_entity=entries[0][0].legal_entity, **values)
    VoucherLine.objects.bulk_create(
        VoucherLine(voucher=voucher, line_number=number, account=account, debit=max(amount, ZERO), credit=max(-amount, ZERO))
        for number, (account, amount) in enumerate(entries, 1)
    )
    return voucher


@dataclass(frozen=True)
class PostedDay:
    """What posting leaves behind for one statement.

    Receipt 1 sells 3 of `item`: 2 from `batch`, 1 on the `default_batch`, which opens `debt`. It costs 3.00 net and 0.30 tax, paid in cash.
    """

    accounts: dict[str, MainAccount]
    statement: Statement
    sale: PosTransaction
    sold: PosTransactionLine
    order: SalesOrder
    order_line: SalesOrderLine
    item: Item
    batch: Batch
    default_batch: Batch
    receipt: ReceiptLine
    invoice: Invoice
    debt: BatchDebt
    journal: PaymentJournal


def make_undone_settlement(day: PostedDay) -> DebtSettlement:
    """Half a unit of the day's debt was paid by the real batch, and that was undone: stock and debt are as they were."""
    warehouse, half = day.statement.warehouse, Decimal("0.5")
    settlement = None
    for ordinal, quantity in ((1, half), (2, -half)):
        settlement = DebtSettlement.objects.create(
            number=f"{warehouse.code}-S{ordinal}",
            warehouse=warehouse,
            ordinal=ordinal,
            date=DAY,
            reason="test",
            actor="test",
            undoes=settlement,
        )
        line = DebtSettlementLine.objects.create(
            settlement=settlement, line_number=1, debt=day.debt, to_batch=day.batch, quantity=quantity, cost_amount=quantity / 2
        )
        for batch, moved in ((day.default_batch, quantity), (day.batch, -quantity)):
            InventoryTransactionFactory.create(
                warehouse=warehouse, item=day.item, batch=batch, quantity=moved, cost_amount=moved / 2,
                source_kind=SourceKind.SETTLEMENT_LINE, source_id=line.pk,
            )  # fmt: skip
    assert settlement is not None
    assert settlement.undoes is not None
    return settlement.undoes


def make_accounts(legal_entity: LegalEntity) -> dict[str, MainAccount]:
    """An account with its posting profile for every kind of posting, by kind."""
    accounts = {}
    for kind in PostingProfile.PostingType:
        account = MainAccountFactory.create(legal_entity=legal_entity)
        method = "cash" if kind is PostingProfile.PostingType.PAYMENT else ""
        PostingProfileFactory.create(legal_entity=legal_entity, posting_type=kind, payment_method=method, account=account)
        accounts[str(kind)] = account
    return accounts


def make_count_that_agrees(warehouse: Warehouse, item: Item, batch: Batch) -> JournalLine:
    """A journal that counted what is there, and so moved nothing."""
    journal = Journal.objects.create(number=f"J{batch.pk}", legal_entity=warehouse.legal_entity, actor="somebody")
    return JournalLine.objects.create(
        journal=journal, line_number=1, kind="count", warehouse=warehouse, item=item, batch=batch, quantity=ZERO, change=ZERO, date=DAY,
        reason="Counted", content_hash=UUID(int=0), actor="somebody",
    )  # fmt: skip


def make_posted_day(store: Store | None = None) -> PostedDay:
    """A posted statement with everything that belongs to it; agrees with itself in every check."""
    store = store or StoreFactory.create()
    warehouse = store.warehouse
    assert warehouse is not None
    accounts = make_accounts(warehouse.legal_entity)
    item = ItemFactory.create(standard_cost=Decimal("0.50"))
    batch = BatchFactory.create(item=item)
    default_batch = BatchFactory.create(item=item, number="DEF", is_default_batch=True)
    receipt = ReceiptLineFactory.create(warehouse=warehouse, item=item, batch=batch, quantity=Decimal(2), unit_cost=Decimal("0.50"))
    where = {"warehouse": warehouse, "item": item}
    InventoryTransactionFactory.create(**where, batch=batch, quantity=Decimal(2), source_id=receipt.pk, cost_amount=Decimal("1.00"))
    make_count_that_agrees(warehouse, item, batch)
    OnHandFactory.create(**where, batch=batch, physical=ZERO, first_received_at=NOON)
    WarehouseItemCostFactory.create(**where, quantity=Decimal(-1), value=Decimal("-0.50"), unit_cost=Decimal("0.50"))

    money = {"net": Decimal("3.00"), "tax": Decimal("0.30")}
    statement = StatementFactory.create(
        store=store, post_state="Posted", posted_at=NOON, transaction_count=1, line_count=1, total=Decimal("3.30")
    )
    StatementLineFactory.create(statement=statement, transaction_amount=Decimal("3.30"))
    sale = PosTransactionFactory.create(store=store, statement=statement, **money)
    sold = PosTransactionLineFactory.create(transaction=sale, number=1, item=item, quantity=Decimal(3), **money)
    PosPaymentFactory.create(transaction=sale, number=1, amount=Decimal("3.30"))
    TenderCountFactory.create(statement=statement, terminal=sale.terminal, expected=Decimal("3.30"))

    order = SalesOrderFactory.create(
        number=f"{statement.number}-0001", store=store, source_id=statement.pk, status=SalesOrder.Status.INVOICED
    )
    OrderTransactionFactory.create(transaction=sale, order=order)
    order_line = SalesOrderLineFactory.create(order=order, line_number=1, item=item, quantity=Decimal(3), **money)
    for ordinal, quantity, taken_from, source in ((1, 2, batch, "allocated"), (2, 1, default_batch, "default")):
        BatchAllocationFactory.create(
            source_id=sold.pk,
            ordinal=ordinal,
            order_line=order_line,
            batch=taken_from,
            quantity=Decimal(quantity),
            source=source,
            cost_amount=Decimal(quantity) / 2,
        )
        InventoryTransactionFactory.create(
            **where,
            batch=taken_from,
            quantity=Decimal(-quantity),
            source_kind=SourceKind.SALES_ORDER_LINE,
            source_id=order_line.pk,
            cost_amount=Decimal(-quantity) / 2,
        )
    debt = BatchDebtFactory.create(**where, batch=default_batch, source_id=sold.pk)
    BatchCredit.objects.create(
        **where,
        batch=default_batch,
        source_kind=SourceKind.POS_LINE,
        source_id=sold.pk,
        quantity=Decimal(1),
        open_quantity=ZERO,
        business_date=DAY,
    )
    CostAdjustment.objects.create(
        **where, date=DAY, reason="issued_below_zero", quantity=Decimal(2), unit_cost=Decimal("0.50"), amount=ZERO,
        source_kind=SourceKind.RECEIPT_LINE, source_id=receipt.pk,
    )  # fmt: skip
    invoice = InvoiceFactory.create(order=order, **money)
    InvoiceLineFactory.create(invoice=invoice, order_line=order_line)

    of = accounts
    make_voucher(
        [(of["inventory"], Decimal("1.00")), (of["goods_received"], Decimal("-1.00"))],
        number=f"GR-{receipt.receipt}-1", source_kind=SourceKind.RECEIPT_LINE, source_id=receipt.pk, step="receipt",
    )  # fmt: skip
    make_voucher(
        [
            (of["clearing"], Decimal("3.30")), (of["revenue"], Decimal("-3.00")), (of["sales_tax"], Decimal("-0.30")),
            (of["cost_of_goods"], Decimal("1.50")), (of["inventory"], Decimal("-1.50")),
        ],
        number=f"{order.number}-INV", source_kind=SourceKind.INVOICE, source_id=invoice.pk, step="invoice",
    )  # fmt: skip
    payment = make_voucher(
        [(of["payment"], Decimal("3.30")), (of["clearing"], Decimal("-3.30"))],
        number=f"{statement.number}-PAY",
        source_id=statement.pk,
    )
    journal = PaymentJournalFactory.create(number=f"{statement.number}-PJ", source_id=statement.pk, voucher=payment)
    PaymentJournalLineFactory.create(journal=journal, invoice=invoice, amount=Decimal("3.30"))
    return PostedDay(accounts, statement, sale, sold, order, order_line, item, batch, default_batch, receipt, invoice, debt, journal)
