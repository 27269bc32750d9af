"""The columns that every document of the engine has."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy

from core.db.fields import MessageField, code_field
from core.jobs.models import Job
from core.jobs.queue.spec import IDLE, QUEUED, RUNNING


class QueuedDocument(models.Model):
    """A document that waits in a partition, is claimed by a run, and keeps the failure of its last attempt.

    Each change is a compare-and-set.

    `work_state` says whether somebody asked for the work (`queued`, for `job`) or a run holds it (`running`, with `run_token` and
    `heartbeat_at`). A table of its own brings store, warehouse and lines (`core.jobs.queue.spec.QueueSpec`).
    """

    class WorkState(models.TextChoices):
        IDLE = IDLE, gettext_lazy("Idle")
        QUEUED = QUEUED, gettext_lazy("Queued")
        RUNNING = RUNNING, gettext_lazy("Running")

    error_code = code_field(blank=True, default="")
    error_text = MessageField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    work_state = models.CharField(max_length=8, choices=WorkState, blank=True, default=WorkState.IDLE)
    run_token = models.UUIDField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=models.Q(work_state=RUNNING, run_token__isnull=False)
                | (~models.Q(work_state=RUNNING) & models.Q(run_token__isnull=True)),
                name="%(class)s_running_has_token",
            ),
        )
