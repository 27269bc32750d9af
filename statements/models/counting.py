"""What people counted, accepted and entered beside statements; no rules."""

from django.db import models
from django.db.models.functions import Now

from core.db.fields import code_field, money_field
from orders.models import PaymentMethod, Staff, Terminal
from statements.models.statements import Statement
from statements.models.transactions import PosTransaction


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


class AcceptedDifference(models.Model):
    """Somebody let a statement be posted with what was counted, over its limits; only ever added to.

    `counted` are (unit, payment method, difference) as they were then: it holds for these, and no longer once another count changes them.
    """

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="acceptances")
    counted = models.JSONField()
    note = models.TextField()
    actor = code_field(max_length=150)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.statement_id} {self.actor}"


class CountedDenomination(models.Model):
    """How many coins or notes of a value somebody counted; together they are the amount of a tender declaration."""

    transaction = models.ForeignKey(PosTransaction, on_delete=models.CASCADE, related_name="denominations", db_index=False)
    value = money_field()
    pieces = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("transaction", "value"), name="counted_denomination_once"),
            models.CheckConstraint(condition=models.Q(value__gt=0, pieces__gt=0), name="counted_denomination_is_there"),
        )

    def __str__(self) -> str:
        return f"{self.transaction_id} {self.value}"


class ZReport(models.Model):
    """What a till printed at the end of its day, or of a shift of it: amounts as text by the names of `statements.rules.z_report`."""

    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+", db_index=False)
    business_date = models.DateField()
    shift = models.PositiveIntegerField(null=True, blank=True)
    figures = models.JSONField()
    actor = code_field(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        # Leads with the terminal: also the reader of a store's day.
        constraints = (models.UniqueConstraint(fields=("terminal", "business_date", "shift"), nulls_distinct=False, name="z_report_once"),)

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.business_date}/{self.shift or ''}"
