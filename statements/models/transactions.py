"""POS transactions, what is wrong with them and how they came to be what they are; no rules."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import MessageField, code_field, money_field, price_field, quantity_field
from core.lib.messages import Message
from core.lib.problems import stored_problem
from inventory.models import Batch, Item
from ledger.models import Reversal
from orders.models import Customer, GiftCard, PaymentMethod, SalesOrder, Staff, Store, Terminal
from parameters.models import Currency, Unit
from statements.models.statements import Statement


class PosTransaction(models.Model):
    """One event at a till; (store, terminal, number) is its key.

    What was posted and taken back (`reversal`) stays as it was posted, on its statement; beside it the transaction stands anew under the
    same key, on no statement, and lives on.
    `statement` books it, `counted_on` counts its money: itself where that is not a transactional one, else a financial one of the day.
    `content_hash` is of the last document that came in under the key and tells a repeat from a conflict; corrections by people leave it.
    What came in after its store and day had been posted is late: `day_posted_at` says when that was.
    """

    class Kind(models.TextChoices):
        SALE = "sale", gettext_lazy("Sale")
        INCOME = "income", gettext_lazy("Income")
        EXPENSE = "expense", gettext_lazy("Expense")
        TENDER_DECLARATION = "tender_declaration", gettext_lazy("Tender declaration")
        START_AMOUNT = "start_amount", gettext_lazy("Start amount")
        FLOAT = "float", gettext_lazy("Float entry")
        REMOVAL = "removal", gettext_lazy("Tender removal")
        BANK_DROP = "bank_drop", gettext_lazy("Bank drop")
        SAFE_DROP = "safe_drop", gettext_lazy("Safe drop")
        SHIFT_OPEN = "shift_open", gettext_lazy("Shift opened")
        SHIFT_CLOSE = "shift_close", gettext_lazy("Shift closed")
        PAYMENT = "payment", gettext_lazy("Payment on account")

    class ValidationStatus(models.TextChoices):
        NONE = "none", gettext_lazy("Not validated")
        VALID = "valid", gettext_lazy("Successful")
        ERROR = "error", gettext_lazy("Error")
        DISCARDED = "discarded", gettext_lazy("Discarded")
        REVERSED = "reversed", gettext_lazy("Reversed")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, db_index=False)
    number = code_field()
    shift = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    sold_at = models.DateTimeField()
    business_date = models.DateField()
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    customer_code = code_field(blank=True, default="")
    staff = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    net = money_field()
    tax = money_field()
    total = money_field()
    header_discount = money_field(null=True, blank=True)
    header_paid = money_field(null=True, blank=True)
    header_item_count = quantity_field(null=True, blank=True)
    content_hash = models.UUIDField()
    validation_status = models.CharField(max_length=9, choices=ValidationStatus, default=ValidationStatus.NONE)
    statement = models.ForeignKey(Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="transactions")
    counted_on = models.ForeignKey(Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    imported_at = models.DateTimeField(db_default=Now())
    day_posted_at = models.DateTimeField(null=True, blank=True)
    reversal = models.ForeignKey(Reversal, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        permissions = (
            ("validate_transactions", "Validate transactions"),
            ("hold_transactions", "Hold transactions"),
            ("correct_transactions", "Correct transactions"),
            ("count_tender", "Count tenders"),
        )
        constraints = (
            models.UniqueConstraint(fields=("store", "terminal", "number", "reversal"), nulls_distinct=False, name="pos_transaction_once"),
            models.CheckConstraint(
                condition=models.Q(reversal__isnull=True) & ~models.Q(validation_status="reversed")
                | models.Q(reversal__isnull=False, statement__isnull=False, validation_status="reversed"),
                name="reversed_transaction_was_posted",
            ),
        )
        indexes = (
            # Reader: calculation takes what is on no statement yet; revalidation takes what is not valid.
            models.Index(fields=("store", "business_date"), condition=models.Q(statement__isnull=True), name="pos_transaction_open"),
            # Reader: calculation takes money that no statement counts yet.
            models.Index(fields=("store", "business_date"), condition=models.Q(counted_on__isnull=True), name="pos_transaction_uncounted"),
            # Reader: what a financial statement counts besides its own documents.
            models.Index(fields=("counted_on",), condition=models.Q(counted_on__isnull=False), name="pos_transaction_counted"),
            # Reader: was the same receipt uploaded under another number (H16)? Receipts of a store by time.
            models.Index(fields=("store", "sold_at"), name="pos_transaction_sold_at"),
            # Reader: what a customer owes on transactions that are not posted yet; few transactions name a customer.
            models.Index(fields=("customer",), condition=models.Q(customer__isnull=False), name="pos_transaction_customer"),
            # Readers: the list of POS transactions, newest business date first; and, partial because nearly all are valid sales, those
            # that are not. Cost in docs/benchmarks.md, S8.
            models.Index(fields=("business_date", "id"), name="pos_transaction_by_date"),
            models.Index(fields=("kind", "business_date", "id"), condition=~models.Q(kind="sale"), name="pos_transaction_no_sale"),
            models.Index(
                fields=("validation_status", "business_date", "id"),
                condition=~models.Q(validation_status="valid"),
                name="pos_transaction_not_valid",
            ),
            # Reader: the list of late documents, newest business date first.
            models.Index(fields=("business_date", "id"), condition=models.Q(day_posted_at__isnull=False), name="pos_transaction_late"),
            # Reader: the search palette looks for the beginning of a receipt number, store by store.
            models.Index(fields=("store", "number"), opclasses=("int8_ops", "varchar_pattern_ops"), name="pos_transaction_number"),
        )

    def __str__(self) -> str:
        return self.number


class LateKind(models.TextChoices):
    """What a transaction is among those that came after their day was posted."""

    TICKET = "ticket", gettext_lazy("Sale")
    RETURN = "return", gettext_lazy("Return")
    COUNT = "count", gettext_lazy("Count")
    OTHER = "other", gettext_lazy("Other")


class TransactionVersion(models.Model):
    """A POS transaction as it was until somebody replaced or corrected it, with what changed then; only ever added to.

    `content` is the earlier document in the form of the file; `changes` are (line or null, field, before, after, reason), the reason in
    English as files out say it. `reason` is what a person wrote, or a message of ours.
    """

    class Way(models.TextChoices):
        REPLACED = "replaced", gettext_lazy("Replaced")
        CORRECTED = "corrected", gettext_lazy("Corrected")

    transaction = models.ForeignKey(PosTransaction, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    way = models.CharField(max_length=10, choices=Way)
    content = models.JSONField()
    changes = models.JSONField()
    reason = MessageField()
    actor = code_field(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("transaction", "number"), name="transaction_version_once"),)

    def __str__(self) -> str:
        return f"{self.transaction_id}/{self.number}"


class PosTransactionLine(models.Model):
    """A line of a POS transaction; returns have negative quantity and net.

    `stock_quantity` is the quantity in the item's unit, empty while item or unit conversion is unknown. `batch_number` is what the till
    captured, `batch` the row it stands for. `return_of` is the line that the four return columns name.
    """

    transaction = models.ForeignKey(PosTransaction, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField()
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item_code = code_field()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quantity = quantity_field()
    stock_quantity = quantity_field(null=True)
    price = price_field()
    discount = money_field()
    net = money_field()
    tax = money_field()
    batch_number = code_field(blank=True, default="")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    voided = models.BooleanField(default=False)
    return_store = code_field(blank=True, default="")
    return_terminal = code_field(blank=True, default="")
    return_number = code_field(blank=True, default="")
    return_line = models.PositiveIntegerField(null=True)
    scanned_expiry = models.DateField(null=True)
    return_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("transaction", "number"), name="pos_transaction_line_once"),)
        indexes = (
            # Reader: what was returned of a line before.
            models.Index(fields=("return_of",), condition=models.Q(return_of__isnull=False), name="pos_line_return_of"),
        )

    def __str__(self) -> str:
        return f"{self.transaction_id}/{self.number}"


class PosPayment(models.Model):
    """A payment of a till transaction; of a tender declaration: what was counted."""

    transaction = models.ForeignKey(PosTransaction, on_delete=models.PROTECT, related_name="payments", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField()
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    amount = money_field()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("transaction", "number"), name="pos_payment_once"),)
        # Reader: what customers owe on transactions that are not posted yet; few payments are on account, years of them are not.
        indexes = (models.Index(fields=("transaction",), condition=models.Q(method="on_account"), name="pos_payment_on_account"),)

    def __str__(self) -> str:
        return f"{self.transaction_id}/{self.number}"


class GiftCardMovement(models.Model):
    """What a till transaction put on a gift card (above zero) or took from it, and the line or payment that says so.

    It counts while its transaction is valid.
    """

    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, related_name="movements")
    transaction = models.ForeignKey(PosTransaction, on_delete=models.CASCADE, related_name="gift_card_movements", db_index=False)
    amount = money_field()
    line_number = models.PositiveIntegerField(null=True)
    payment_number = models.PositiveIntegerField(null=True)

    class Meta:
        # Leads with the transaction: also the reader of its page and of its validation.
        constraints = (
            models.UniqueConstraint(
                fields=("transaction", "line_number", "payment_number"), nulls_distinct=False, name="gift_card_movement_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.card_id} {self.amount}"


class ValidationProblem(models.Model):
    """What a rule found on a transaction; `line_number` is empty for the header. Replaced by each validation."""

    class Severity(models.TextChoices):
        ERROR = "error", gettext_lazy("Error")
        WARNING = "warning", gettext_lazy("Warning")

    transaction = models.ForeignKey(PosTransaction, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line_number = models.PositiveIntegerField(null=True)
    code = code_field(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    variant = models.CharField(max_length=30, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("transaction", "line_number", "code"), nulls_distinct=False, name="validation_problem_once"),
        )
        # Reader: problems grouped by code.
        indexes = (models.Index(fields=("code",), name="validation_problem_code"),)

    def __str__(self) -> str:
        return self.code

    @property
    def message(self) -> Message:
        """What is said about it, not yet in any language."""
        return stored_problem(self.code, self.variant, self.params).message


class OrderTransaction(models.Model):
    """This POS transaction is part of that generated sales order; a transaction is never split over two orders."""

    transaction = models.OneToOneField(
        PosTransaction, primary_key=True, on_delete=models.PROTECT, db_constraint=False, related_name="in_order"
    )
    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, db_constraint=False, related_name="pos_transactions")

    class Meta:
        db_table = "statements_orderreceipt"

    def __str__(self) -> str:
        return f"{self.transaction_id}"
