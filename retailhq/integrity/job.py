"""The job that checks integrity; requested by people or by a recurrence."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy

from core.files.rejects import harmless
from core.files.storage import write_file
from core.jobs.kinds import JobResult, register_kind
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.messages import Message
from retailhq.integrity.checks import CHECKS, Difference, differences

INTEGRITY = "check_integrity"


def check_integrity(run: Run) -> JobResult:
    """The work of a check; its differences are a file."""
    run.progress(0, len(CHECKS), Message("Comparing"))
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        yield _csv_line(Difference._fields)
        for row in differences(lambda done, total, name: run.progress(done, total, Message(name))):
            count += 1
            yield _csv_line([harmless(str(cell)) for cell in row])

    file = write_file("differences.csv", "text/csv", lines(), run.user)
    if count:
        return JobResult({"checks": len(CHECKS), "differences": count}, [file], failed=True)
    file.delete()
    return JobResult({"checks": len(CHECKS), "differences": 0})


def _csv_line(cells: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


register_kind(INTEGRITY, check_integrity, unit=gettext_lazy("checks"))
register_recurring(
    INTEGRITY,
    gettext_lazy("Check integrity"),
    gettext_lazy("Recomputes balances and documents and names every difference."),
    lambda title, actor: request_work(INTEGRITY, title, {}, actor),
)
