"""Till transactions, what is wrong with them, statements and their posting; no rules."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import MessageField, code_field, money_field, price_field, quantity_field
from core.jobs.queue.models import QueuedDocument
from core.lib.messages import Message
from core.lib.problems import stored_problem
from inventory.models import Batch, Item, Warehouse
from ledger.models import Reversal
from orders.models import Customer, GiftCard, PaymentMethod, SalesOrder, Staff, Store, Terminal
from parameters.models import Currency, LegalEntity, Unit
from statements.rules.kinds import StatementKind


class Statement(QueuedDocument):
    """Transactions of one store and business day that are posted together; a document of the posting engine.

    A combined one holds all of the day; a transactional one what was sold and paid, any number of them in a day; a financial one what
    drawers hold, of the day or of one closed `shift` of a `terminal`, and counts the money of what transactional ones hold.
    `posting_date` is the date of its orders, movements and vouchers where it is not the business date: what came late for a closed fiscal
    period. `post_state` is the last completed posting state, `failed_state` the one that failed; posting goes on there.
    `settings_snapshot` is what applied at the last attempt. One that was taken back stays posted, with its `reversal` beside it.
    """

    class Kind(models.TextChoices):
        COMBINED = StatementKind.COMBINED.value, gettext_lazy("Combined")
        TRANSACTIONAL = StatementKind.TRANSACTIONAL.value, gettext_lazy("Transactional")
        FINANCIAL = StatementKind.FINANCIAL.value, gettext_lazy("Financial")

    number = code_field(unique=True, max_length=70)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.COMBINED, db_default=Kind.COMBINED)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False)
    terminal = models.ForeignKey(Terminal, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    shift = models.PositiveIntegerField(null=True, blank=True)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT)
    business_date = models.DateField()
    posting_date = models.DateField(null=True, blank=True)
    ordinal = models.PositiveIntegerField()
    calc_state = models.CharField(max_length=12)
    post_state = models.CharField(max_length=25, blank=True, default="")
    failed_state = models.CharField(max_length=25, blank=True, default="")
    transaction_count = models.PositiveIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)
    captured_count = models.PositiveIntegerField(default=0, db_default=0)
    total = money_field(default=0)
    settings_snapshot = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    posted_at = models.DateTimeField(null=True, blank=True)
    reversal = models.ForeignKey(Reversal, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta(QueuedDocument.Meta):
        permissions = (
            ("calculate_statement", "Calculate statements"),
            ("post_statement", "Post statements"),
            ("clear_statement", "Clear statements"),
            ("reverse_statement", "Reverse what is posted"),
            ("accept_difference", "Accept counted differences"),
            ("import_data", "Import data"),
        )
        constraints = (
            *QueuedDocument.Meta.constraints,
            models.UniqueConstraint(fields=("store", "business_date", "ordinal"), name="statement_once_per_day"),
            models.CheckConstraint(
                condition=models.Q(post_state="Posted", posted_at__isnull=False, failed_state="")
                | (~models.Q(post_state="Posted") & models.Q(posted_at__isnull=True)),
                name="statement_posted_with_time",
            ),
            models.CheckConstraint(
                condition=models.Q(reversal__isnull=True) | models.Q(post_state="Posted"), name="reversed_statement_was_posted"
            ),
            models.CheckConstraint(
                condition=models.Q(terminal__isnull=True, shift__isnull=True)
                | models.Q(kind=StatementKind.FINANCIAL.value, terminal__isnull=False, shift__isnull=False),
                name="statement_of_a_shift_is_financial",
            ),
        )
        # No state stands in an index or its predicate: the ten updates of a posting then write no index (HOT).
        indexes = (
            # Reader: the list of statements, newest business date first.
            models.Index(fields=("business_date", "number"), name="statement_by_date"),
            # Reader: a worker takes the next statements of its partitions; the watchdog looks for stale ones.
            models.Index(fields=("warehouse", "business_date"), condition=models.Q(posted_at__isnull=True), name="statement_in_work"),
            # Reader: Home counts what is not posted yet, among years of posted statements.
            models.Index(fields=("store", "business_date"), condition=models.Q(posted_at__isnull=True), name="statement_open"),
            # Reader: progress of a job.
            models.Index(fields=("job",), condition=models.Q(posted_at__isnull=True), name="statement_of_job"),
        )

    def __str__(self) -> str:
        return self.number


class StatementLine(models.Model):
    """Expected and counted amount of one payment method on a statement."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="lines", db_index=False)
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, db_index=False)
    transaction_amount = money_field()
    counted_amount = money_field()
    difference = money_field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("statement", "payment_method"), name="statement_line_once"),
            models.CheckConstraint(
                condition=models.Q(difference=models.F("counted_amount") - models.F("transaction_amount")),
                name="statement_difference_adds_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.payment_method_id}"


class TenderCount(models.Model):
    """A drawer of the statement's day as it stood when the statement was calculated or checked.

    `expected` and `counted` are of all documents of the drawer, on whichever statements; `difference` is what this statement books of
    theirs. A drawer is a terminal, a shift of a terminal or a person at a terminal, as the store's statement method says.
    """

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="counts", db_index=False)
    terminal = models.ForeignKey(Terminal, null=True, on_delete=models.PROTECT, db_index=False)
    shift = models.PositiveIntegerField(null=True)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, db_index=False)
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, db_index=False)
    expected = money_field()
    counted = money_field()
    difference = money_field()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("statement", "terminal", "shift", "staff", "payment_method"), nulls_distinct=False, name="tender_count_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.terminal_id}/{self.payment_method_id}"


class StatementEvent(models.Model):
    """What happened to a statement, when, by whom; only ever added to."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(db_default=Now())
    event = models.CharField(max_length=20)
    state = models.CharField(max_length=25, blank=True, default="")
    actor = code_field(max_length=150, blank=True, default="")
    text = MessageField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.statement_id} {self.event} {self.state}"


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


class CauseHandling(models.Model):
    """What people decided about a cause of open problems: who works on it, and until when it is put off (see `statements/rules/causes.py`).

    It stays when the problems are gone, and is found again when they come back.
    """

    area = models.CharField(max_length=12)
    company = code_field(blank=True)
    code = code_field(max_length=40)
    subject = models.JSONField(default=list)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    snoozed_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("area", "company", "code", "subject"), name="cause_handled_once"),)

    def __str__(self) -> str:
        return f"{self.code} {self.company}"


class CauseNote(models.Model):
    """What somebody noted about a cause; only ever added to."""

    handling = models.ForeignKey(CauseHandling, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(db_default=Now())
    actor = code_field(max_length=150)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.handling_id} {self.actor}"


class OrderTransaction(models.Model):
    """This POS transaction is part of that generated sales order; a transaction is never split over two orders."""

    transaction = models.OneToOneField(PosTransaction, primary_key=True, on_delete=models.PROTECT, related_name="order_receipt")
    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, related_name="receipts")

    class Meta:
        db_table = "statements_orderreceipt"

    def __str__(self) -> str:
        return f"{self.transaction_id}"
