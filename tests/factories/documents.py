"""Factories of till transactions, statements, orders, invoices, allocations and payment journals."""
# factory-boy types its factories but not its declarations.
# mypy: disable-error-code="no-untyped-call"

from decimal import Decimal
from uuid import UUID

from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, SubFactory
from factory.declarations import Sequence as Numbered
from factory.django import DjangoModelFactory

from core.lib.document_kinds import SourceKind
from orders.models import (
    BatchAllocation,
    CustomerOrder,
    Delivery,
    DeliveryLine,
    Invoice,
    InvoiceLine,
    PaymentJournal,
    PaymentJournalLine,
    PendingOrder,
    SalesOrder,
    SalesOrderLine,
)
from statements.models import (
    OrderTransaction,
    PosPayment,
    PosTransaction,
    PosTransactionLine,
    Recall,
    RecallLine,
    Statement,
    StatementLine,
    TenderCount,
    ValidationProblem,
)
from tests.factories.master_data import (
    DAY,
    NO_SOURCE,
    NOON,
    ZERO,
    BatchFactory,
    CurrencyFactory,
    ItemFactory,
    PaymentMethodFactory,
    StoreFactory,
    TerminalFactory,
)


class StatementFactory(DjangoModelFactory[Statement]):
    class Meta:
        model = Statement

    store = SubFactory(StoreFactory)
    number = Numbered(lambda n: f"ST-{n:06}")
    warehouse = LazyAttribute(lambda row: row.store.warehouse)
    legal_entity = LazyAttribute(lambda row: row.warehouse.legal_entity)
    business_date = DAY
    ordinal = Numbered(lambda n: n)
    calc_state = "Calculated"


class StatementLineFactory(DjangoModelFactory[StatementLine]):
    class Meta:
        model = StatementLine

    statement = SubFactory(StatementFactory)
    payment_method = SubFactory(PaymentMethodFactory)
    transaction_amount = ZERO
    counted_amount = SelfAttribute("transaction_amount")
    difference = LazyAttribute(lambda row: row.counted_amount - row.transaction_amount)


class TenderCountFactory(DjangoModelFactory[TenderCount]):
    class Meta:
        model = TenderCount

    statement = SubFactory(StatementFactory)
    terminal = SubFactory(TerminalFactory)
    payment_method = SubFactory(PaymentMethodFactory)
    expected = ZERO
    counted = SelfAttribute("expected")
    difference = ZERO


class PosTransactionFactory(DjangoModelFactory[PosTransaction]):
    class Meta:
        model = PosTransaction

    store = SubFactory(StoreFactory)
    terminal = SubFactory(TerminalFactory, store=SelfAttribute("..store"))
    number = Numbered(lambda n: f"{n}")
    kind = PosTransaction.Kind.SALE
    sold_at = NOON
    business_date = DAY
    currency = SubFactory(CurrencyFactory)
    net = ZERO
    tax = ZERO
    total = LazyAttribute(lambda row: row.net + row.tax)
    content_hash = UUID(int=0)
    validation_status = PosTransaction.ValidationStatus.VALID


class PosTransactionLineFactory(DjangoModelFactory[PosTransactionLine]):
    class Meta:
        model = PosTransactionLine

    transaction = SubFactory(PosTransactionFactory)
    number = Numbered(lambda n: n + 1)
    item = SubFactory(ItemFactory)
    item_code = LazyAttribute(lambda row: row.item.code)
    unit = LazyAttribute(lambda row: row.item.unit)
    quantity = Decimal(1)
    stock_quantity = SelfAttribute("quantity")
    price = Decimal(1)
    discount = ZERO
    net = SelfAttribute("quantity")
    tax = ZERO


class PosPaymentFactory(DjangoModelFactory[PosPayment]):
    class Meta:
        model = PosPayment

    transaction = SubFactory(PosTransactionFactory)
    number = Numbered(lambda n: n + 1)
    method = SubFactory(PaymentMethodFactory)
    amount = Decimal(1)


class ValidationProblemFactory(DjangoModelFactory[ValidationProblem]):
    class Meta:
        model = ValidationProblem

    transaction = SubFactory(PosTransactionFactory)
    line_number = None
    code = "H01"
    severity = ValidationProblem.Severity.ERROR
    variant = "as_written"
    params = LazyFunction(lambda: {"text": "Something is wrong."})


class RecallFactory(DjangoModelFactory[Recall]):
    class Meta:
        model = Recall

    batch = SubFactory(BatchFactory)
    item = SelfAttribute("batch.item")
    actor = "anna"


class RecallLineFactory(DjangoModelFactory[RecallLine]):
    class Meta:
        model = RecallLine

    recall = SubFactory(RecallFactory)
    certainty = 1
    reason = "CAPTURED"
    store = SubFactory(StoreFactory)
    document = Numbered(lambda n: f"R{n}")
    line_number = 1
    quantity = Decimal(1)
    business_date = DAY
    source_kind = SourceKind.POS_LINE
    source_id = Numbered(lambda n: NO_SOURCE + n)


class SalesOrderFactory(DjangoModelFactory[SalesOrder]):
    class Meta:
        model = SalesOrder

    number = Numbered(lambda n: f"O{n}")
    origin = SalesOrder.Origin.STATEMENT
    store = SubFactory(StoreFactory)
    warehouse = LazyAttribute(lambda row: row.store.warehouse)
    legal_entity = LazyAttribute(lambda row: row.warehouse.legal_entity)
    customer = LazyAttribute(lambda row: row.store.walk_in_customer)
    business_date = DAY
    status = SalesOrder.Status.CREATED
    source_kind = SourceKind.STATEMENT
    source_id = Numbered(lambda n: NO_SOURCE + n)
    ordinal = 1


class SalesOrderLineFactory(DjangoModelFactory[SalesOrderLine]):
    class Meta:
        model = SalesOrderLine

    order = SubFactory(SalesOrderFactory)
    line_number = Numbered(lambda n: n + 1)
    item = SubFactory(ItemFactory)
    unit = LazyAttribute(lambda row: row.item.unit)
    quantity = Decimal(1)
    stock_quantity = SelfAttribute("quantity")
    price = Decimal(1)
    discount = ZERO
    net = SelfAttribute("quantity")
    tax = ZERO


class DeliveryLineFactory(DjangoModelFactory[DeliveryLine]):
    """A line of a delivery of its own, all of an order line."""

    class Meta:
        model = DeliveryLine

    order_line = SubFactory(SalesOrderLineFactory)
    delivery = LazyAttribute(
        lambda row: Delivery.objects.create(
            order=row.order_line.order,
            ordinal=1,
            verb="invoice",
            store=row.order_line.order.store,
            warehouse=row.order_line.order.warehouse,
            day=DAY,
            requested_at=NOON,
            net=ZERO,
            tax=ZERO,
            line_count=1,
        )
    )
    quantity = SelfAttribute("order_line.quantity")
    stock_quantity = SelfAttribute("order_line.stock_quantity")
    net = SelfAttribute("order_line.net")
    tax = ZERO


class OrderTransactionFactory(DjangoModelFactory[OrderTransaction]):
    class Meta:
        model = OrderTransaction

    transaction = SubFactory(PosTransactionFactory)
    order = SubFactory(SalesOrderFactory)


class PendingOrderFactory(DjangoModelFactory[PendingOrder]):
    """An order that a till submitted and nobody could take."""

    class Meta:
        model = PendingOrder

    confirmation = Numbered(lambda number: f"PF{number:06}")
    number = Numbered(lambda number: f"PO{number:06}")
    store = SubFactory(StoreFactory)
    legal_entity = LazyAttribute(lambda row: row.store.warehouse and row.store.warehouse.legal_entity)
    content = '{"lines": [{"number": 1, "item": "X"}], "payments": [{"number": 1}]}'
    digest = UUID(int=0)
    channel = CustomerOrder.Channel.API
    received_by = "token:till"
    state = PendingOrder.State.FAILED
    error_code = "UNKNOWN_ITEM"
    error_text = "Item X is not known."
    problems = LazyAttribute(lambda row: [{"code": row.error_code, "text": row.error_text, "line": 1}])


class CustomerOrderFactory(DjangoModelFactory[CustomerOrder]):
    """An order that a customer placed, without lines."""

    class Meta:
        model = CustomerOrder

    order = SubFactory(SalesOrderFactory, origin=SalesOrder.Origin.CUSTOMER, source_kind=SourceKind.CUSTOMER_ORDER)
    channel = CustomerOrder.Channel.WEB
    currency = LazyAttribute(lambda row: row.order.store.currency)
    ordered_at = NOON
    delivery = "pickup"
    net = ZERO
    tax = ZERO
    total = LazyAttribute(lambda row: row.net + row.tax)
    content_hash = UUID(int=0)


class InvoiceFactory(DjangoModelFactory[Invoice]):
    class Meta:
        model = Invoice

    order = SubFactory(SalesOrderFactory)
    number = LazyAttribute(lambda row: f"{row.order.number}-I1")
    legal_entity = SelfAttribute("order.legal_entity")
    date = DAY
    net = ZERO
    tax = ZERO
    total = LazyAttribute(lambda row: row.net + row.tax)


class InvoiceLineFactory(DjangoModelFactory[InvoiceLine]):
    class Meta:
        model = InvoiceLine

    order_line = SubFactory(SalesOrderLineFactory)
    invoice = SubFactory(InvoiceFactory, order=SelfAttribute("..order_line.order"))
    line_number = SelfAttribute("order_line.line_number")
    quantity = SelfAttribute("order_line.quantity")
    net = SelfAttribute("order_line.net")
    tax = SelfAttribute("order_line.tax")


class BatchAllocationFactory(DjangoModelFactory[BatchAllocation]):
    class Meta:
        model = BatchAllocation

    source_kind = SourceKind.POS_LINE
    source_id = Numbered(lambda n: NO_SOURCE + n)
    ordinal = 1
    order_line = SubFactory(SalesOrderLineFactory)
    item = SelfAttribute("order_line.item")
    warehouse = SelfAttribute("order_line.order.warehouse")
    batch = SubFactory(BatchFactory, item=SelfAttribute("..item"))
    quantity = SelfAttribute("order_line.stock_quantity")
    source = BatchAllocation.Source.ALLOCATED
    reason = "FEFO"


class PaymentJournalFactory(DjangoModelFactory[PaymentJournal]):
    class Meta:
        model = PaymentJournal

    number = Numbered(lambda n: f"PJ{n}")
    source_kind = SourceKind.STATEMENT
    source_id = Numbered(lambda n: NO_SOURCE + n)
    date = DAY


class PaymentJournalLineFactory(DjangoModelFactory[PaymentJournalLine]):
    class Meta:
        model = PaymentJournalLine

    journal = SubFactory(PaymentJournalFactory)
    invoice = SubFactory(InvoiceFactory)
    payment_method = SubFactory(PaymentMethodFactory)
    amount = Decimal(1)
