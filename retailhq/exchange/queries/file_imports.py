"""What pages show of uploaded files: one with its jobs, and the history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from core.access.access import Access
from core.db.pagination import Page, keyset_page
from core.jobs.models import Job
from core.jobs.queries.pages import JobView, job_view
from retailhq.exchange.models import FileImport


@dataclass(frozen=True, slots=True)
class ImportView:
    """An upload as people see it. `now` is the job that says where it stands: its import, else its check."""

    row: FileImport
    check: JobView
    apply: JobView | None

    @property
    def now(self) -> JobView:
        """The job that matters now: the application once it was asked for, else the check."""
        return self.apply or self.check

    @property
    def is_open(self) -> bool:
        """Whether somebody works on it."""
        return self.now.is_open

    @property
    def is_checked(self) -> bool:
        """Whether the check came to its end; only then there are counts."""
        return "rows" in self.check.result

    @property
    def is_applied(self) -> bool:
        """Whether the import came to its end."""
        return self.apply is not None and "rows" in self.apply.result

    @property
    def result(self) -> dict[str, Any]:
        """The counts that count: of the import when there was one, else of the check."""
        return dict(self.apply.result if self.apply and self.is_applied else self.check.result)

    @property
    def accepted(self) -> int:
        """Rows that the check would take."""
        return sum(int(self.check.result.get(name, 0)) for name in ("new", "updated", "unchanged"))

    @property
    def look(self) -> str:
        """The key of its badge (retailhq/exchange/badges.py)."""
        if self.apply is not None:
            if self.apply.is_open:
                return "import:applying"
            if not self.is_applied:
                return "import:stopped"
            return "import:partly" if self.result["rejected"] else "import:applied"
        if self.check.is_open:
            return "import:checking"
        return "import:checked" if self.is_checked else "import:unusable"

    @property
    def refusal_to_apply(self) -> str:
        """Why it cannot be imported now, or ''."""
        if self.check.is_open:
            return gettext("Wait until the file is checked.")
        if not self.is_checked:
            return gettext("The file was not checked to its end.")
        if self.is_applied:
            return gettext("The file is imported already.")
        if self.apply is not None and self.apply.is_open:
            return gettext("The file is being imported.")
        if not self.accepted:
            return gettext("No row of the file was accepted.")
        if self.row.file_id is None:
            return gettext("The file is not stored any more; upload it again.")
        return ""


def imports_seen_by(access: Access) -> "QuerySet[FileImport, FileImport]":
    """All uploads for who sees all stores: a file may hold rows of any store. Others see their own."""
    rows = FileImport.objects.select_related("uploaded_by", "check_job__requested_by", "apply_job__requested_by", "replaces")
    return rows if access.scope.everything else rows.filter(uploaded_by=access.user.pk)


def import_view(row: FileImport, as_of: datetime) -> ImportView:
    """The view of a row whose jobs are loaded."""
    return ImportView(row, job_view(row.check_job, as_of), job_view(row.apply_job, as_of) if row.apply_job else None)


def import_for_page(access: Access, import_id: int, as_of: datetime) -> ImportView | None:
    """One upload, or None; one query."""
    row = imports_seen_by(access).filter(pk=import_id).first()
    return import_view(row, as_of) if row else None


def imports_for_list(access: Access, after: str, before: str, as_of: datetime) -> Page[ImportView]:
    """A page of uploads, newest first; one query."""
    page = keyset_page(imports_seen_by(access).defer("preview"), ("-id",), after=after, before=before, size=20)
    return Page([import_view(row, as_of) for row in page.rows], page.earlier, page.later)


def import_of_job(access: Access, job_id: int) -> int | None:
    """The upload that a job checked or applied."""
    found = imports_seen_by(access).filter(check_job=job_id) | imports_seen_by(access).filter(apply_job=job_id)
    return found.values_list("pk", flat=True).first()


def rejects_of(job: JobView | None) -> int | None:
    """The file of refused rows that a job made, while it is stored."""
    return Job.files.through.objects.filter(job_id=job.id).values_list("storedfile_id", flat=True).first() if job else None


def imported_before(row: FileImport) -> FileImport | None:
    """An earlier upload with the same content and kind that was imported; importing it again changes nothing."""
    same = FileImport.objects.filter(digest=row.digest, kind=row.kind, apply_job__result__has_key="rows").exclude(pk=row.pk)
    return same.select_related("uploaded_by", "apply_job").order_by("-pk").first()
