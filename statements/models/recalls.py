"""Recalls with their answers, and approvals of what passes a fallback limit; no rules."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import code_field, quantity_field
from core.jobs.models import Job
from inventory.models import Batch, Item
from orders.models import Store


class Recall(models.Model):
    """Who may have got units of a batch, as it was known when somebody asked; its lines are kept with it.

    Days limit the business date of sales. `seconds` is how long the answer took, `is_mock` a drill. Until its job is done `done_at` is
    empty.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    from_date = models.DateField(null=True, blank=True)
    through_date = models.DateField(null=True, blank=True)
    is_mock = models.BooleanField(default=False)
    actor = code_field(max_length=150)
    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)
    seconds = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    certain = models.PositiveIntegerField(default=0)
    probable = models.PositiveIntegerField(default=0)
    possible = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        # Reader: the list of recalls, newest first, and the recall of a batch that was asked for a moment ago.
        indexes = (models.Index(fields=("asked_at", "id"), name="recall_by_time"),)

    def __str__(self) -> str:
        return str(self.pk)


CERTAINTIES = {1: gettext_lazy("Certain"), 2: gettext_lazy("Probable"), 3: gettext_lazy("Possible")}


class RecallLine(models.Model):
    """A sale that was, or may have been, of the recalled batch, in the item's unit and less what came back of it.

    `batch_number` is the batch as recorded, blank for what is not posted; `customer_code` is blank for somebody without a name. `certainty`
    is a number of `statements.rules.recall.Certainty`.
    """

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="lines", db_constraint=False, db_index=False)
    certainty = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=20)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    terminal = code_field(blank=True)
    document = code_field(max_length=80)
    line_number = models.PositiveIntegerField()
    customer_code = code_field(blank=True)
    batch_number = code_field(blank=True)
    quantity = quantity_field()
    business_date = models.DateField()
    source_kind = models.PositiveSmallIntegerField()
    source_id = models.BigIntegerField()

    class Meta:
        # Reader: the lines of a recall, the surest first.
        indexes = (models.Index(fields=("recall", "certainty", "id"), name="recall_line_by_certainty"),)

    def __str__(self) -> str:
        return f"{self.recall_id}/{self.document}/{self.line_number}"

    @property
    def certainty_name(self) -> str:
        """How sure it is, in the reader's language."""
        return str(CERTAINTIES[self.certainty])
