"""Settlements of batch debt: what real batches paid of it, and what was undone."""

from django.db import models
from django.db.models.functions import Now

from core.db.fields import code_field, money_field, quantity_field
from inventory.models.stock import Batch, BatchCredit, BatchDebt, Warehouse


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

    settlement = models.ForeignKey(DebtSettlement, on_delete=models.PROTECT, db_index=False)
    line_number = models.PositiveIntegerField()
    debt = models.ForeignKey(BatchDebt, null=True, on_delete=models.PROTECT, db_index=False)
    credit = models.ForeignKey(BatchCredit, null=True, on_delete=models.PROTECT, db_index=False)
    to_batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
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
