"""Files that people upload."""

from django.conf import settings
from django.db import models

from core.db.fields import name_field
from core.files.models import StoredFile
from core.jobs.models import Job


class FileImport(models.Model):
    """A file that somebody uploaded: checked by one job, applied by another, both of the very same stored bytes.

    `preview` shows the first rows that the check accepted and refused. A corrected file is a row of its own that `replaces` this one.
    Whether it is checked, applied or failed is what its jobs say. The stored file goes after a while; name, digest and counts stay.
    """

    kind = models.CharField(max_length=30)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    file_name = name_field()
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    check_job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="checks_import")
    apply_job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="applies_import")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    preview = models.JSONField(default=dict)

    class Meta:
        db_table = "statements_fileimport"
        ordering = ("-id",)
        # Reader: whether the same content was imported before.
        indexes = (models.Index(fields=("digest",), name="file_import_digest"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
