"""Statements, their lines and events, and what somebody let them pass; no rules."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import MessageField, code_field, money_field
from core.jobs.queue.models import QueuedDocument
from inventory.models import Warehouse
from inventory.rules.approvals import LONGEST_NOTE
from ledger.models import Reversal
from orders.models import PaymentMethod, Store, Terminal
from parameters.models import LegalEntity
from statements.rules.states import StatementKind


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


class FallbackApproval(models.Model):
    """Somebody let a statement pass a fallback limit that asks for approval, once, and said why; never changed."""

    statement = models.OneToOneField(Statement, on_delete=models.CASCADE, related_name="fallback_approval")
    note = models.CharField(max_length=LONGEST_NOTE)
    actor = code_field(max_length=150)
    approved_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.statement_id} {self.actor}"
