"""Files that people upload, and profiles that say how files are written."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from core.db.fields import active_field, code_field, name_field
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


class ImportProfile(models.Model):
    """How files of one source are written (core/lib/reading_profiles.py has what it becomes).

    `kind` blank: any kind of file. `mapping` says which column is which, a line for each (rules/mapping_text.py).
    """

    class DecimalSign(models.TextChoices):
        """What stands before decimals."""

        POINT = ".", gettext_lazy("Point")
        COMMA = ",", gettext_lazy("Comma")

    class DateOrder(models.TextChoices):
        """The order of the parts of dates."""

        ISO = "iso", "2017-12-31"
        DAY_MONTH = "dmy", gettext_lazy("Day first: 31.12.2017, 31/12/2017")
        MONTH_DAY = "mdy", gettext_lazy("Month first: 12/31/2017")

    class Delimiter(models.TextChoices):
        """What parts the columns."""

        COMMA = "", gettext_lazy("Comma")
        SEMICOLON = ";", gettext_lazy("Semicolon")
        TAB = "tab", gettext_lazy("Tab")
        BAR = "|", gettext_lazy("Bar")

    class Encoding(models.TextChoices):
        """The encoding of the text."""

        UTF_8 = "", "UTF-8"
        UTF_16 = "utf-16", "UTF-16"
        WINDOWS = "windows-1252", gettext_lazy("Windows-1252, Western Europe")
        WINDOWS_EAST = "windows-1250", gettext_lazy("Windows-1250, Central Europe")
        LATIN_9 = "iso-8859-15", "ISO-8859-15"

    code = code_field(unique=True)
    name = name_field()
    kind = models.CharField(max_length=30, blank=True, default="")
    delimiter = models.CharField(max_length=3, blank=True, default="", choices=Delimiter.choices)
    encoding = models.CharField(max_length=20, blank=True, default="", choices=Encoding.choices)
    decimal_sign = models.CharField(max_length=1, default=".", choices=DecimalSign.choices)
    date_order = models.CharField(max_length=3, default="iso", choices=DateOrder.choices)
    time_zone = models.CharField(max_length=60, blank=True, default="")
    header_row = models.IntegerField(default=0)
    sheet = name_field(blank=True, default="")
    groups_thousands = models.BooleanField(default=False)
    has_money_signs = models.BooleanField(default=False)
    has_serial_dates = models.BooleanField(default=False)
    has_odd_codes = models.BooleanField(default=False)
    turned = models.BooleanField(default=False)
    mapping = models.TextField(blank=True, default="")
    is_active = active_field()
    history = HistoricalRecords()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(header_row__gte=0), name="profile_header_row"),)

    def __str__(self) -> str:
        return self.code


class ImportSource(models.Model):
    """Which profile the last imported file of that name was read by; digits of names do not count, so Monday's file is known on Tuesday."""

    kind = models.CharField(max_length=30)
    name = name_field()
    profile = code_field(blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "name"), name="import_source_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
