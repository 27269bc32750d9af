"""Inventory journals; no rules."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import code_field, money_field, name_field, quantity_field
from inventory.models.stock import Batch, Item, ReceiptLine, Warehouse
from parameters.models import LegalEntity


class Journal(models.Model):
    """An inventory journal: a document whose lines change stock, each for a reason. Its number is known within its company."""

    number = code_field()
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, db_index=False)
    actor = code_field(max_length=150)
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("number", "legal_entity"), name="journal_once"),)
        # Reader: the list of journals of a company, newest first.
        indexes = (models.Index(fields=("legal_entity", "-posted_at", "-id"), name="journal_newest"),)

    def __str__(self) -> str:
        return self.number


class JournalLine(models.Model):
    """What one line of a journal says, and what it did; (journal, line number) is its key. Never changed: a further line corrects it.

    `quantity` is what the line says: what a count found, what a transfer took to `to_warehouse`, else the change. `change` is what stock
    of `warehouse` changed by, `cost_amount` what its value did. A correction of a receipt names its line. `actor` posted the line.
    """

    class Kind(models.TextChoices):
        ADJUSTMENT = "adjustment", gettext_lazy("Adjustment")
        COUNT = "count", gettext_lazy("Count")
        TRANSFER = "transfer", gettext_lazy("Transfer")
        WRITE_OFF = "write_off", gettext_lazy("Write-off")
        SUPPLIER_RETURN = "supplier_return", gettext_lazy("Return to the supplier")
        RECEIPT_CORRECTION = "receipt_correction", gettext_lazy("Correction of a receipt")

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    to_warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity = quantity_field()
    change = quantity_field()
    cost_amount = money_field(default=0)
    date = models.DateField()
    receipt_line = models.ForeignKey(ReceiptLine, null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    reason = name_field()
    content_hash = models.UUIDField()
    actor = code_field(max_length=150)
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("journal", "line_number"), name="journal_line_once"),
            models.CheckConstraint(
                condition=models.Q(kind="transfer", to_warehouse__isnull=False)
                | (~models.Q(kind="transfer") & models.Q(to_warehouse=None)),
                name="journal_line_to_warehouse",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="receipt_correction", receipt_line__isnull=False)
                | (~models.Q(kind="receipt_correction") & models.Q(receipt_line=None)),
                name="journal_line_receipt",
            ),
        )

    def __str__(self) -> str:
        return f"{self.journal_id}/{self.line_number}"
