"""Legal entities and what is set for them; no rules."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from core.db.fields import active_field, code_field, money_field, name_field, quantity_field
from parameters.rules.settings import LINES_PER_CHUNK, LINES_PER_CHUNK_WITH_ORDERS


class Currency(models.Model):
    """A currency and how many decimals its amounts have."""

    code = code_field(primary_key=True, max_length=3)
    decimals = models.PositiveSmallIntegerField(default=2)

    class Meta:
        verbose_name_plural = gettext_lazy("currencies")
        constraints = (models.CheckConstraint(condition=models.Q(decimals__lte=3), name="currency_at_most_three_decimals"),)

    def __str__(self) -> str:
        return self.code


class Unit(models.Model):
    """A unit of measure; lines and items name it by its code."""

    code = code_field(primary_key=True, max_length=20)
    name = name_field(blank=True, default="", db_default="")
    is_active = active_field()
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code


class LegalEntity(models.Model):
    """A company that keeps books."""

    code = code_field(unique=True)
    name = name_field()
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = gettext_lazy("legal entities")

    def __str__(self) -> str:
        return self.code


class RetailParameters(models.Model):
    """Retail parameters of one legal entity; the key of each field stands in `parameters.rules.keys`.

    The table refuses a switch that is on without its value, whoever writes it.
    """

    class LateDocuments(models.TextChoices):
        PERIOD = "period", gettext_lazy("Wait for their period")
        CURRENT = "current", gettext_lazy("Posted today, in the current period")

    class StatementModel(models.TextChoices):
        COMBINED = "combined", gettext_lazy("Combined")
        SPLIT = "split", gettext_lazy("Transactional and financial")

    class OverLimit(models.TextChoices):
        WARN = "warn", gettext_lazy("Post and warn")
        STOP = "stop", gettext_lazy("Stop")
        ASK = "ask", gettext_lazy("Ask for approval")

    class DefaultBatchScope(models.TextChoices):
        ALL = "all", gettext_lazy("All warehouses and items")
        ADVANCED = "advanced", gettext_lazy("Advanced warehousing only")

    legal_entity = models.OneToOneField(LegalEntity, on_delete=models.PROTECT, related_name="retail_parameters")
    customer_orders_use_default_batch_id = models.BooleanField(gettext_lazy("Use default batch id"), default=False)
    customer_orders_default_batch_id = code_field(verbose_name=gettext_lazy("Default batch id"), blank=True, default="")
    customer_orders_default_deposit_percent = models.DecimalField(
        gettext_lazy("Default deposit percentage"), max_digits=5, decimal_places=2, default=0
    )
    customer_orders_cancellation_charge_percent = models.DecimalField(
        gettext_lazy("Cancellation charge percentage"), max_digits=5, decimal_places=2, default=0
    )
    customer_orders_offer_pickup = models.BooleanField(gettext_lazy("Delivery mode: pickup"), default=True)
    customer_orders_offer_ship = models.BooleanField(gettext_lazy("Delivery mode: ship"), default=True)
    customer_orders_offer_carry_out = models.BooleanField(gettext_lazy("Delivery mode: carry out"), default=True)
    posting_use_default_batch_id = models.BooleanField(gettext_lazy("Use default batch id when batch numbers are not found"), default=False)
    posting_default_batch_id = code_field(verbose_name=gettext_lazy("Default batch id"), blank=True, default="")
    posting_aggregate_lines = models.BooleanField(gettext_lazy("Sales transactions"), default=True)
    posting_max_lines_per_order = models.PositiveIntegerField(gettext_lazy("Maximum lines per order"), default=1000)
    posting_max_parallel_lanes = models.PositiveIntegerField(gettext_lazy("Maximum parallel partitions"), default=16)
    posting_max_lines_per_chunk = models.PositiveIntegerField(
        gettext_lazy("Maximum lines per chunk"), default=LINES_PER_CHUNK, db_default=LINES_PER_CHUNK
    )
    posting_max_lines_per_chunk_with_orders = models.PositiveIntegerField(
        gettext_lazy("Maximum lines per chunk while customer orders wait"),
        default=LINES_PER_CHUNK_WITH_ORDERS,
        db_default=LINES_PER_CHUNK_WITH_ORDERS,
    )
    posting_hold_failing_transactions = models.BooleanField(gettext_lazy("Hold failing transactions"), default=False)
    inventory_default_batch_scope = models.CharField(
        gettext_lazy("Default batch scope"), max_length=10, choices=DefaultBatchScope, default=DefaultBatchScope.ALL
    )
    inventory_sellable_on_expiration_date = models.BooleanField(gettext_lazy("Sellable on expiration date"), default=True)
    inventory_use_batches_received_after_sale = models.BooleanField(gettext_lazy("Use batches received after the sale"), default=False)
    inventory_pay_debt_on_receipt = models.BooleanField(gettext_lazy("Pay batch debt on receipt"), default=False, db_default=False)
    inventory_payback_limit_quantity = quantity_field(verbose_name=gettext_lazy("Payback limit, quantity"), null=True, blank=True)
    inventory_payback_limit_value = money_field(verbose_name=gettext_lazy("Payback limit, value"), null=True, blank=True)
    inventory_payback_limit_days = models.PositiveIntegerField(gettext_lazy("Payback limit, age in days"), null=True, blank=True)
    inventory_fallback_limit_quantity = quantity_field(verbose_name=gettext_lazy("Fallback limit, quantity"), null=True, blank=True)
    inventory_fallback_limit_value = money_field(verbose_name=gettext_lazy("Fallback limit, value"), null=True, blank=True)
    inventory_fallback_limit_share = models.DecimalField(
        gettext_lazy("Fallback limit, share in percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    inventory_fallback_over_limit = models.CharField(
        gettext_lazy("Over the fallback limit"), max_length=10, choices=OverLimit, default=OverLimit.WARN, db_default=OverLimit.WARN
    )
    statements_max_difference = money_field(verbose_name=gettext_lazy("Maximum posting difference"), default=Decimal("10.00"))
    statements_max_line_difference = money_field(verbose_name=gettext_lazy("Maximum line difference"), null=True, blank=True)
    statements_max_shift_difference = money_field(verbose_name=gettext_lazy("Maximum shift difference"), null=True, blank=True)
    statements_disable_counting = models.BooleanField(gettext_lazy("Disable counting required"), default=False)
    statements_late_documents = models.CharField(
        gettext_lazy("Late documents"), max_length=10, choices=LateDocuments, default=LateDocuments.PERIOD, db_default=LateDocuments.PERIOD
    )
    statements_model = models.CharField(
        gettext_lazy("Statement model"),
        max_length=10,
        choices=StatementModel,
        default=StatementModel.COMBINED,
        db_default=StatementModel.COMBINED,
    )
    validation_days_ahead = models.PositiveIntegerField(gettext_lazy("Days ahead"), default=1, db_default=1)
    validation_days_back = models.PositiveIntegerField(gettext_lazy("Days back"), default=3650, db_default=3650)
    validation_largest_quantity = quantity_field(
        verbose_name=gettext_lazy("Largest quantity"), null=True, blank=True, default=Decimal(10_000), db_default=Decimal(10_000)
    )
    validation_largest_amount = money_field(
        verbose_name=gettext_lazy("Largest amount"), null=True, blank=True, default=Decimal(1_000_000), db_default=Decimal(1_000_000)
    )
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = gettext_lazy("retail parameters")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(posting_use_default_batch_id=False) | ~models.Q(posting_default_batch_id=""),
                name="posting_default_batch_filled",
                violation_error_message="Fill in Default batch id before you switch on its use.",
            ),
            models.CheckConstraint(
                condition=models.Q(customer_orders_use_default_batch_id=False) | ~models.Q(customer_orders_default_batch_id=""),
                name="customer_orders_default_batch_filled",
                violation_error_message="Fill in Default batch id before you switch on its use.",
            ),
            models.CheckConstraint(
                condition=models.Q(posting_max_lines_per_order__gte=1) & models.Q(posting_max_parallel_lanes__gte=1),
                name="posting_limits_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(posting_max_lines_per_chunk__range=(1, 1_000_000))
                & models.Q(posting_max_lines_per_chunk_with_orders__range=(1, 1_000_000)),
                name="lines_per_chunk_in_range",
            ),
            models.CheckConstraint(condition=models.Q(statements_max_difference__gte=0), name="max_difference_not_negative"),
            models.CheckConstraint(
                condition=(models.Q(statements_max_line_difference__isnull=True) | models.Q(statements_max_line_difference__gte=0))
                & (models.Q(statements_max_shift_difference__isnull=True) | models.Q(statements_max_shift_difference__gte=0)),
                name="count_limits_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(customer_orders_default_deposit_percent__range=(0, 100))
                & models.Q(customer_orders_cancellation_charge_percent__range=(0, 100)),
                name="percentages_in_range",
            ),
        )

    def __str__(self) -> str:
        return f"Retail parameters {self.legal_entity_id}"


class DisabledRule(models.Model):
    """A validation rule that is switched off for a legal entity."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    code = code_field(max_length=10)
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("legal_entity", "code"), name="rule_disabled_once"),)

    def __str__(self) -> str:
        return self.code


class NumberSequence(models.Model):
    """The next number of a series; a block is reserved in one UPDATE outside the posting transaction, so gaps are possible."""

    code = code_field(primary_key=True, max_length=80)
    next_number = models.BigIntegerField(default=1)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.code
