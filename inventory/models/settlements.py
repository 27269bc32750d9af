"""Settlements of batch debt: what real batches paid of it, and what was undone."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import code_field, money_field, quantity_field
from inventory.models.stock import Batch, BatchCredit, BatchDebt, Item, Warehouse


class DebtSettlement(models.Model):
    """Batch debt of a warehouse that real batches paid, or credit that was moved to real batches, in one step; never changed.

    One that undoes another names it: so nothing is undone twice.
    """

    number = code_field(unique=True, max_length=80)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    ordinal = models.PositiveIntegerField()
    date = models.DateField()
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=150)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("warehouse", "ordinal"), name="settlement_once"),)
        indexes = (models.Index(fields=("date", "id"), name="settlement_by_date"),)  # Reader: the list of settlements, newest first.

    def __str__(self) -> str:
        return self.number


class DebtSettlementLine(models.Model):
    """So much of a debt that a real batch paid; negative: it goes back to the default batch's debt, or its credit to the real batch.

    `quantity` is what the default batch gets and the real batch gives, `cost_amount` what these units cost, with the same sign. Stock of
    the item in the warehouse and its value stay as they are.
    """

    settlement = models.ForeignKey(DebtSettlement, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    line_number = models.PositiveIntegerField()
    debt = models.ForeignKey(BatchDebt, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    credit = models.ForeignKey(BatchCredit, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    to_batch = models.ForeignKey(Batch, on_delete=models.PROTECT, db_constraint=False)
    quantity = quantity_field()
    cost_amount = money_field()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("settlement", "line_number"), name="settlement_line_once"),
            models.CheckConstraint(condition=~models.Q(quantity=0), name="settlement_line_moves"),
            models.CheckConstraint(
                condition=models.Q(debt__isnull=False, credit__isnull=True) | models.Q(debt__isnull=True, credit__isnull=False),
                name="settlement_line_of_debt_or_credit",
            ),
        )
        indexes = (
            # Reader: which batches a sold line went to after all, when it comes back.
            models.Index(fields=("debt",), condition=models.Q(debt__isnull=False), name="settlement_line_debt"),
            models.Index(fields=("credit",), condition=models.Q(credit__isnull=False), name="settlement_line_credit"),
        )

    def __str__(self) -> str:
        return f"{self.settlement_id}/{self.line_number}"


class SettlementProposal(models.Model):
    """Batch debt of an item in a warehouse that goods could pay when they came in, above the payback limits: it waits for a person.

    Figures are those of the last time. It is decided once: by the `settlement` that paid, or put aside without one.
    """

    class Passed(models.TextChoices):
        QUANTITY = "quantity", gettext_lazy("Quantity")
        VALUE = "value", gettext_lazy("Value")
        AGE = "age", gettext_lazy("Age")

    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_index=False)
    passed = models.CharField(max_length=8, choices=Passed)
    lines = models.PositiveIntegerField()
    quantity = quantity_field()
    value = money_field()
    oldest_on = models.DateField()
    reason = models.CharField(max_length=200)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(db_default=Now())
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    settlement = models.ForeignKey(DebtSettlement, null=True, on_delete=models.PROTECT, related_name="proposals", db_index=False)

    class Meta:
        constraints = (
            # Reader: Home and the page of batch debt, for what is open.
            models.UniqueConstraint(
                fields=("warehouse", "item"), condition=models.Q(decided_at__isnull=True), name="settlement_proposal_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=False) | models.Q(settlement__isnull=True), name="settlement_proposal_paid_is_decided"
            ),
        )

    def __str__(self) -> str:
        return f"{self.warehouse_id}/{self.item_id}"
