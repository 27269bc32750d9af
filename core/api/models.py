"""Tokens of the API, the answers that are kept for them, and the jobs that they asked for."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import code_field, name_field
from core.jobs.models import Job


class Token(models.Model):
    """A key of the API: what it may do, for which stores, and until when.

    Of the secret only a digest is kept; `prefix` is its beginning, by which people tell tokens apart. Stores stand here by code, because
    they belong to a higher room; without `all_stores` a token sees only these.
    """

    class Verb(models.TextChoices):
        SEND_TRANSACTIONS = "send_transactions", gettext_lazy("Send transactions")
        PLACE_ORDERS = "place_orders", gettext_lazy("Place customer orders")
        OVERRIDE_DEPOSIT = "override_deposit", gettext_lazy("Place customer orders below the deposit")
        VIEW_ORDERS = "view_orders", gettext_lazy("Look at customer orders")
        HANDLE_ORDERS = "handle_orders", gettext_lazy("Pick and pack customer orders")
        DELIVER_ORDERS = "deliver_orders", gettext_lazy("Ship, hand out and invoice customer orders")
        CANCEL_ORDERS = "cancel_orders", gettext_lazy("Cancel and take back customer orders")
        VIEW_STATEMENTS = "view_statements", gettext_lazy("Look at statements")
        POST_STATEMENTS = "post_statements", gettext_lazy("Post statements")
        ACCEPT_DIFFERENCES = "accept_differences", gettext_lazy("Accept counted differences")
        APPROVE_FALLBACKS = "approve_fallbacks", gettext_lazy("Let documents pass a fallback limit")
        VIEW_STOCK = "view_stock", gettext_lazy("Look at on-hand stock")
        VIEW_RECALLS = "view_recalls", gettext_lazy("Ask who got a batch")
        POST_JOURNALS = "post_journals", gettext_lazy("Post inventory journals")
        CLOSE_PERIODS = "close_periods", gettext_lazy("Close and open periods")
        VIEW_INBOX = "view_inbox", gettext_lazy("Look at the inbox")
        HANDLE_INBOX = "handle_inbox", gettext_lazy("Put right what waits in the inbox")

    name = name_field(verbose_name=gettext_lazy("Name"), unique=True, max_length=60)
    prefix = code_field(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    verbs = ArrayField(models.CharField(max_length=20, choices=Verb))
    all_stores = models.BooleanField(default=False)
    stores = ArrayField(code_field(), default=list, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_lazy("API token")
        verbose_name_plural = gettext_lazy("API tokens")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """Who acts, in trails and on documents."""
        return f"token:{self.name}"

    def may(self, verb: str) -> bool:
        """Whether the token was given the verb."""
        return verb in self.verbs

    def sees(self, store: str) -> bool:
        """Whether the token is for the store of that code."""
        return self.all_stores or store in self.stores

    def at(self, path: str) -> models.Q:
        """The condition that the store code at `path` is one of the token's."""
        return models.Q() if self.all_stores else models.Q(**{f"{path}__in": list(self.stores)})


class IdempotencyRecord(models.Model):
    """What was answered to a call with an Idempotency-Key, committed together with what the call did; a repeat gets it again.

    `digest` tells a repeat from another call under the same key. A call that was refused did nothing and keeps no row.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "calls_keptanswer"
        constraints = (models.UniqueConstraint(fields=("token", "key"), name="answer_once_per_key"),)
        # Reader: the watchdog removes what is old.
        indexes = (models.Index(fields=("at",), name="kept_answer_age"),)

    def __str__(self) -> str:
        return self.key


class TokenJob(models.Model):
    """A job that a token asked for, and therefore may look at."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "calls_askedjob"
        constraints = (models.UniqueConstraint(fields=("token", "job"), name="job_once_per_token"),)

    def __str__(self) -> str:
        return f"{self.token_id}/{self.job_id}"
