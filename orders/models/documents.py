"""Sales orders, invoices, batch allocations, payment journals."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.db.fields import MessageField, code_field, money_field, price_field, quantity_field
from inventory.models import Batch, Item, Warehouse
from ledger.models import Voucher
from orders.models.stores import Customer, PaymentMethod, Store
from parameters.models import LegalEntity, Unit


class SalesOrder(models.Model):
    """A sales order; status `aggregated` means that its transactions are grouped and its lines are not made yet.

    `merges_lines`: one line per item, unit and direction; otherwise a line per receipt line with that line's number. Its number is unique
    within its company, which is that of its warehouse.
    """

    class Origin(models.TextChoices):
        STATEMENT = "statement", gettext_lazy("Statement")
        CUSTOMER = "customer", gettext_lazy("Customer order")

    class Status(models.TextChoices):
        AGGREGATED = "aggregated", gettext_lazy("Aggregated")
        CREATED = "created", gettext_lazy("Open order")
        INVOICED = "invoiced", gettext_lazy("Invoiced")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")

    number = code_field(max_length=80)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    origin = models.CharField(max_length=10, choices=Origin)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    business_date = models.DateField()
    status = models.CharField(max_length=12, choices=Status)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    ordinal = models.PositiveIntegerField()
    merges_lines = models.BooleanField(default=True)
    error_code = code_field(blank=True, default="")
    error_text = MessageField(null=True, blank=True)

    class Meta:
        constraints = (
            # Leads with the source, so it also lists the orders of a statement.
            models.UniqueConstraint(fields=("source_kind", "source_id", "ordinal"), name="order_once_per_source"),
            models.UniqueConstraint(fields=("number", "legal_entity"), name="sales_order_number_once"),
        )
        indexes = (
            # Reader: the list of sales orders, newest business date first.
            models.Index(fields=("business_date", "number"), name="sales_order_by_date"),
            # Reader: the search palette and the lists look for the beginning of a number.
            models.Index(fields=("number",), opclasses=("varchar_pattern_ops",), name="sales_order_number"),
            # Readers: lists of what failed and of what is not invoiced; few of many.
            models.Index(fields=("business_date", "number"), condition=~models.Q(status="invoiced"), name="sales_order_open"),
        )

    def __str__(self) -> str:
        return self.number


class SalesOrderLine(models.Model):
    """A line of a sales order; returns have negative quantity and net. `stock_quantity` is in the item's unit."""

    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    line_number = models.PositiveIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field()
    stock_quantity = quantity_field()
    price = price_field()
    discount = money_field()
    net = money_field()
    tax = money_field()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("order", "line_number"), name="order_line_once"),)

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_number}"


class OrderProblem(models.Model):
    """Why a line kept its order from being invoiced at the last attempt, and what would fix it; replaced by each attempt."""

    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, related_name="problems", db_index=False)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    code = code_field()
    missing_quantity = quantity_field()
    message = MessageField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("order", "source_kind", "source_id"), name="order_problem_once"),)

    def __str__(self) -> str:
        return self.code


class Invoice(models.Model):
    """An invoice of a sales order; never changed. Its number is unique within its company, which is that of its order."""

    number = code_field(max_length=90)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    ordinal = models.PositiveIntegerField(default=1)
    date = models.DateField()
    net = money_field()
    tax = money_field()
    total = money_field()
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("order", "ordinal"), name="invoice_once_per_order"),
            models.UniqueConstraint(fields=("number", "legal_entity"), name="invoice_number_once"),
            models.CheckConstraint(condition=models.Q(total=models.F("net") + models.F("tax")), name="invoice_total_adds_up"),
        )
        indexes = (
            # Reader: the list of invoices, newest first.
            models.Index(fields=("date", "number"), name="invoice_by_date"),
            # Reader: the list looks for the beginning of a number.
            models.Index(fields=("number",), opclasses=("varchar_pattern_ops",), name="invoice_number"),
        )

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """What of an order line was invoiced, with the cost of what was issued for it."""

    pk = models.CompositePrimaryKey("invoice_id", "line_number")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    line_number = models.PositiveIntegerField()
    order_line = models.ForeignKey(SalesOrderLine, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field()
    net = money_field()
    tax = money_field()

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.line_number}"


class BatchAllocation(models.Model):
    """This quantity of a sold line came from (or went back to) that batch, and why.

    The natural key (source line, ordinal) makes posting twice impossible. Quantity is in the item's unit, sales positive, returns
    negative; `cost_amount` is what it cost, with the same sign, and what a linked return brings back. `setting` is the default batch id
    that applied where the source is the default batch.
    """

    class Source(models.TextChoices):
        CAPTURED = "captured", gettext_lazy("Captured at the till")
        ALLOCATED = "allocated", gettext_lazy("Chosen by policy")
        DEFAULT = "default", gettext_lazy("Default batch")
        RETURNED = "returned", gettext_lazy("Returned")
        UNTRACKED = "untracked", gettext_lazy("Not batch-tracked")

    pk = models.CompositePrimaryKey("source_kind", "source_id", "ordinal")
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    order_line = models.ForeignKey(SalesOrderLine, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field()
    source = models.CharField(max_length=10, choices=Source)
    reason = models.CharField(max_length=20)
    setting = code_field(blank=True, default="")
    cost_amount = money_field(default=0, db_default=0)

    class Meta:
        # Reader: where a batch went (batch page, recall); untracked rows would only swell it.
        indexes = (models.Index(fields=("batch",), condition=models.Q(batch__isnull=False), name="batch_allocation_batch"),)

    def __str__(self) -> str:
        return f"{self.source_kind}/{self.source_id}/{self.ordinal}"


class PaymentJournal(models.Model):
    """Money received for the invoices of one source, by payment method; posted once its voucher is set."""

    number = code_field(unique=True, max_length=80)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    date = models.DateField()
    voucher = models.OneToOneField(Voucher, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source_kind", "source_id"), name="payment_journal_once"),)

    def __str__(self) -> str:
        return self.number


class PaymentJournalLine(models.Model):
    """What was paid for an invoice with a method; refunds are negative."""

    journal = models.ForeignKey(PaymentJournal, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_constraint=False)
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    amount = money_field()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("journal", "invoice", "payment_method"), name="payment_journal_line_once"),)

    def __str__(self) -> str:
        return f"{self.journal_id}/{self.invoice_id}"
