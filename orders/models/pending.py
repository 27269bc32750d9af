"""Orders that tills submitted and nobody has taken yet."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import MessageField, code_field
from core.lib.messages import Message, decode_message
from orders.models.customer_orders import CustomerOrder
from orders.models.documents import SalesOrder
from orders.models.stores import Store
from parameters.models import LegalEntity


class PendingOrder(models.Model):
    """A customer order that was submitted: the till has its confirmation number, the order itself is made in the background.

    `content` is the order as the till sent it, as later edited; `digest` stays that of what was sent, which tells a repeat from a
    conflict. `legal_entity` is the company of the store when it was submitted, within which the number is unique. A `held` one is passed
    over. `error_code` and `error_text` are of the first of `problems` (code, text, line).
    """

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        CREATED = "created", gettext_lazy("Order created")
        FAILED = "failed", gettext_lazy("Failed")
        DISCARDED = "discarded", gettext_lazy("Discarded")

    confirmation = code_field(unique=True)
    number = code_field()
    legal_entity = models.ForeignKey(LegalEntity, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    content = models.TextField()
    digest = models.UUIDField()
    channel = models.CharField(max_length=6, choices=CustomerOrder.Channel)
    received_at = models.DateTimeField(db_default=Now())
    received_by = models.CharField(max_length=150)
    may_override = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    held = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    problems = models.JSONField(default=list)
    error_code = code_field(blank=True, default="")
    error_text = MessageField(null=True, blank=True)
    order = models.OneToOneField(SalesOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="handed_in")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (
            # What was discarded may be submitted anew.
            models.UniqueConstraint(
                fields=("number", "legal_entity"), nulls_distinct=False, condition=~models.Q(state="discarded"), name="pending_order_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="created", order__isnull=False) | (~models.Q(state="created") & models.Q(order__isnull=True)),
                name="pending_order_created_with_order",
            ),
            models.CheckConstraint(condition=models.Q(held=False) | models.Q(state__in=("waiting", "failed")), name="done_is_not_held"),
            models.CheckConstraint(condition=~models.Q(state="failed") | ~models.Q(error_code=""), name="pending_order_failed_with_code"),
        )
        indexes = (
            # Reader: the synchronisation takes what waits, oldest first.
            models.Index(fields=("id",), condition=models.Q(state="waiting", held=False), name="pending_order_waiting"),
            # Reader: Home counts what failed; the list of failed ones.
            models.Index(fields=("store", "id"), condition=models.Q(state="failed"), name="pending_order_failed"),
        )

    def __str__(self) -> str:
        return self.confirmation


class PendingOrderEvent(models.Model):
    """One entry of the history of a pending order: what was done, when, by whom; only ever added to.

    `data`: `changes` of an edit (field, from, to), `reason` of a discard, `code` and `text` (a message) of a failure, `order` made.
    """

    class What(models.TextChoices):
        HANDED_IN = "handed_in", gettext_lazy("Handed in")
        CREATED = "created", gettext_lazy("Order created")
        LINKED = "linked", gettext_lazy("Order was there already")
        FAILED = "failed", gettext_lazy("Failed")
        EDITED = "edited", gettext_lazy("Edited")
        HELD = "held", gettext_lazy("Held")
        RELEASED = "released", gettext_lazy("Released")
        RETRIED = "retried", gettext_lazy("Tried again")
        DISCARDED = "discarded", gettext_lazy("Discarded")

    pending = models.ForeignKey(PendingOrder, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)
    what = models.CharField(max_length=9, choices=What)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.pending_id} {self.what}"

    @property
    def message(self) -> Message | None:
        """Why it failed; None for another entry."""
        return decode_message(self.data["text"]) if "text" in self.data else None
