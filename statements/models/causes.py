"""Who sees to a cause of open problems, and what was said about it; no rules."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from core.db.fields import code_field


class CauseHandling(models.Model):
    """What people decided about a cause of open problems: who works on it, and until when it is put off (see `statements/rules/causes.py`).

    It stays when the problems are gone, and is found again when they come back.
    """

    area = models.CharField(max_length=12)
    company = code_field(blank=True)
    code = code_field(max_length=40)
    subject = models.JSONField(default=list)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    snoozed_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("area", "company", "code", "subject"), name="cause_handled_once"),)

    def __str__(self) -> str:
        return f"{self.code} {self.company}"


class CauseNote(models.Model):
    """What somebody noted about a cause; only ever added to."""

    handling = models.ForeignKey(CauseHandling, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(db_default=Now())
    actor = code_field(max_length=150)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.handling_id} {self.actor}"
