"""Differences that recounts found, from the first time until they were gone; no rules."""

from django.conf import settings
from django.db import models

from core.db.fields import code_field


class KeptDifference(models.Model):
    """A difference that a recount found: what is stored (`found`) is not what follows from other rows (`expected`); `key` names the row.

    It is open until a recount no longer finds it; one that comes back is another row. `owner` looks after it, `note` says what is known.
    """

    check_name = code_field(max_length=60)
    key = models.TextField()
    expected = models.TextField()
    found = models.TextField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            # Readers: the recount, and the list of what is open.
            models.UniqueConstraint(fields=("check_name", "key"), condition=models.Q(gone_at__isnull=True), name="difference_open_once"),
        )
        # Reader: the list, newest first.
        indexes = (models.Index(fields=("first_seen", "id"), name="difference_by_time"),)

    def __str__(self) -> str:
        return f"{self.check_name} {self.key}"
