"""Files that people upload and that jobs make, kept in the database: web servers and workers need share no disk."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from core.db.fields import name_field


class StoredFile(models.Model):
    """A file in parts; it is whole when its size is known.

    `digest` is the SHA-256 of the content as hexadecimal text: two files with the same digest are the same. After `expires_at` the file is
    removed by the nightly recurrence; a file without it stays.
    """

    name = name_field(verbose_name=gettext_lazy("Name"))
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField(null=True, blank=True, verbose_name=gettext_lazy("Size"))
    digest = models.CharField(max_length=64, blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # Reader: the removal of expired files.
        indexes = (models.Index(fields=("expires_at",), condition=models.Q(expires_at__isnull=False), name="file_expires"),)

    def __str__(self) -> str:
        return self.name


class StoredFilePart(models.Model):
    """Up to a megabyte of a file; parts count from 0."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("file", "number"), name="file_part_once"),)

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"
