"""The job that checks integrity; requested by people or by a recurrence."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.files.rejects import harmless
from core.files.storage import write_file
from core.jobs.kinds import JobResult, register_kind
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.messages import Message
from retailhq.integrity.checks import CHECKS, Difference, differences
from retailhq.integrity.services import keep_differences, mail_new

INTEGRITY = "check_integrity"


def check_integrity(run: Run) -> JobResult:
    """The work of a check; its differences are a file."""
    run.progress(0, len(CHECKS), Message("Comparing"))
    at = timezone.now()
    found: list[Difference] = []

    def lines() -> Iterator[bytes]:
        yield _csv_line(Difference._fields)
        for row in differences(lambda done, total, name: run.progress(done, total, Message(name))):
            found.append(row)
            yield _csv_line([harmless(str(cell)) for cell in row])

    file = write_file("differences.csv", "text/csv", lines(), run.user)
    watched = keep_differences(found, at)
    result = {"checks": len(CHECKS), "differences": len(found), "new": len(watched.new), "gone": watched.gone, "mails": mail_new(watched)}
    if found:
        return JobResult(result, [file], failed=True)
    file.delete()
    return JobResult(result)


def _csv_line(cells: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


register_kind(INTEGRITY, check_integrity, unit=gettext_lazy("checks"))
register_recurring(
    INTEGRITY,
    gettext_lazy("Check integrity"),
    gettext_lazy("Recomputes balances and documents, keeps every difference until it is gone, and mails what is new."),
    lambda title, actor: request_work(INTEGRITY, title, {}, actor),
)
