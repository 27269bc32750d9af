"""The jobs that people see: asked for, working, done, failed, with progress."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy
from django_celery_beat.models import PeriodicTask

from core.db.fields import MessageField, name_field
from core.files.models import StoredFile


class Job(models.Model):
    """One piece of background work that somebody asked for.

    The row is the request: it is committed before the broker hears of it, so a request outlives the broker. `done` of `total` counts
    what the kind counts, mostly lines. `result` holds what was made and what failed, `files` the files that it made; `arguments` what was
    asked for. `run_token` belongs to the one run that may write to a job of a registered kind (core/jobs/kinds.py); postings have a
    token on each statement instead.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("Waiting")
        RUNNING = "running", gettext_lazy("Running")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Done with failures")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    kind = models.CharField(max_length=40)
    title = MessageField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    phase = MessageField(null=True, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    files = models.ManyToManyField(StoredFile, related_name="jobs")
    run_token = models.UUIDField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = (("manage_recurrence", "Manage recurrences"),)
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=("done", "failed", "cancelled"), finished_at__isnull=False)
                | models.Q(status__in=("queued", "running"), finished_at__isnull=True),
                name="job_finished_with_time",
            ),
        )
        # Reader: the watchdog and the jobs bell look for the few jobs that are not finished.
        indexes = (models.Index(fields=("status",), condition=models.Q(finished_at__isnull=True), name="job_open"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Recurrence(models.Model):
    """Work that the clock starts. When, and whether it is paused, stands in the clock's own row (`task`); `last_job` is the latest run."""

    kind = models.CharField(max_length=40)
    name = name_field(verbose_name=gettext_lazy("Name"), unique=True)
    task = models.OneToOneField(PeriodicTask, on_delete=models.PROTECT, related_name="recurrence")
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="recurrences")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SignOfLife(models.Model):
    """When a part of the installation that works in the background last said that it does (core/jobs/queries/signs.py)."""

    part = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.part
