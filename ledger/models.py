"""Accounts, periods, posting profiles and vouchers; a posted voucher is never changed."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from core.db.fields import active_field, code_field, money_field, name_field
from parameters.models import LegalEntity


class MainAccount(models.Model):
    """An account of a legal entity's chart."""

    class AccountType(models.TextChoices):
        ASSET = "asset", gettext_lazy("Asset")
        LIABILITY = "liability", gettext_lazy("Liability")
        REVENUE = "revenue", gettext_lazy("Revenue")
        EXPENSE = "expense", gettext_lazy("Expense")

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    number = code_field()
    name = name_field()
    account_type = models.CharField(max_length=10, choices=AccountType)
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("legal_entity", "number"), name="main_account_once"),)

    def __str__(self) -> str:
        return self.number


class FiscalPeriod(models.Model):
    """A span of dates that is open or closed for posting; periods of one legal entity never overlap (exclusion constraint).

    `stock_status` is closed by itself, mostly earlier: then goods do not move on these days, and everything else can still be posted.
    """

    class Status(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        CLOSED = "closed", gettext_lazy("Closed")

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    stock_status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, db_default=Status.OPEN.value)
    history = HistoricalRecords()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="period_ends_after_start"),
            models.UniqueConstraint(fields=("legal_entity", "starts_on"), name="period_once"),
        )

    def __str__(self) -> str:
        return f"{self.starts_on}..{self.ends_on}"


class PostingProfile(models.Model):
    """Which account a kind of posting goes to; `payment_method` is filled for payments only."""

    class PostingType(models.TextChoices):
        REVENUE = "revenue", gettext_lazy("Revenue")
        SALES_TAX = "sales_tax", gettext_lazy("Sales tax")
        CLEARING = "clearing", gettext_lazy("Customer clearing")
        COST_OF_GOODS = "cost_of_goods", gettext_lazy("Cost of goods sold")
        INVENTORY = "inventory", gettext_lazy("Inventory")
        PAYMENT = "payment", gettext_lazy("Payment")
        OVER_SHORT = "over_short", gettext_lazy("Over/short")
        ROUNDING = "rounding", gettext_lazy("Rounding difference")
        DISCOUNT = "discount", gettext_lazy("Periodic discount")
        INCOME = "income", gettext_lazy("Income")
        EXPENSE = "expense", gettext_lazy("Expense")
        BANK = "bank", gettext_lazy("Bank drop")
        SAFE = "safe", gettext_lazy("Safe drop")
        FLOAT = "float", gettext_lazy("Float and removal")
        GIFT_CARD = "gift_card", gettext_lazy("Gift card liability")
        PREPAYMENT = "prepayment", gettext_lazy("Customer prepayment")
        CANCELLATION_CHARGE = "cancellation", gettext_lazy("Cancellation charge")
        GOODS_RECEIVED = "goods_received", gettext_lazy("Goods received, not invoiced")
        PRICE_VARIANCE = "price_variance", gettext_lazy("Purchase price variance")
        COST_ADJUSTMENT = "cost_adjustment", gettext_lazy("Cost adjustment")
        STOCK_ADJUSTMENT = "stock_adjustment", gettext_lazy("Inventory adjustment")
        WRITE_OFF = "write_off", gettext_lazy("Write-off of goods")

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    posting_type = models.CharField(max_length=20, choices=PostingType)
    payment_method = code_field(blank=True, default="")
    account = models.ForeignKey(MainAccount, on_delete=models.PROTECT)
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("legal_entity", "posting_type", "payment_method"), name="posting_profile_once"),)

    def __str__(self) -> str:
        return f"{self.posting_type} {self.payment_method}".strip()


class Voucher(models.Model):
    """One balanced ledger posting; (source_kind, source_id, step) is its natural key, so a step that runs twice posts once.

    Its number is unique within its company.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    number = code_field(max_length=90)
    date = models.DateField()
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    step = models.CharField(max_length=20)
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source_kind", "source_id", "step"), name="voucher_once_per_step"),
            # Leads with the number, by which people look for it.
            models.UniqueConstraint(fields=("number", "legal_entity"), name="voucher_number_once"),
        )
        # Reader: the list of vouchers of a company, newest first.
        indexes = (models.Index(fields=("legal_entity", "date", "number"), name="voucher_by_date"),)

    def __str__(self) -> str:
        return self.number


class Reversal(models.Model):
    """A posted document was taken back: everything that it booked is booked again with the other sign; only ever added to.

    The document is named by kind and id, as vouchers name theirs, and by `document` for people; it is reversed once (the constraint says
    so whoever is first). `date` is that of the entries where it is not that of the ones which they take back. A mirrored voucher has the
    source (REVERSAL, id of the voucher that it takes back), so that each leads to the other.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT)
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()
    document = models.CharField(max_length=200)
    date = models.DateField(null=True, blank=True)
    reason = models.TextField()
    actor = code_field(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source_kind", "source_id"), name="reversed_once"),)

    def __str__(self) -> str:
        return self.document


class VoucherLine(models.Model):
    """One side of a voucher; debit and credit are two non-negative columns, one of them zero."""

    # Their references are held by guards (docs/adr/0004-references-of-big-tables.md), which stand with the functions in inventory.
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    line_number = models.PositiveIntegerField()
    account = models.ForeignKey(MainAccount, on_delete=models.PROTECT, db_constraint=False)
    debit = money_field(default=0)
    credit = money_field(default=0)
    text = name_field(blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("voucher", "line_number"), name="voucher_line_once"),
            models.CheckConstraint(
                condition=models.Q(debit__gte=0, credit=0) | models.Q(debit=0, credit__gte=0), name="voucher_line_one_side"
            ),
        )

    def __str__(self) -> str:
        return f"{self.voucher_id}/{self.line_number}"
