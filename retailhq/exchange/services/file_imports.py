"""Imports in the web: a job checks an uploaded file and writes nothing, another applies it; with the services of `import_data`."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils.translation import gettext_lazy

from core.files.models import StoredFile
from core.files.rejects import HEADER, cells
from core.files.run import ImportCounts
from core.files.source import Most, open_stream
from core.files.storage import StoredStream, gone, write_file
from core.jobs.chunks import RetryableError
from core.jobs.kinds import JobResult, register_kind
from core.jobs.models import Job
from core.jobs.run import Run
from core.jobs.services import request_work
from core.lib.imports import BatchResult, Reject, Row, reject_of
from core.lib.messages import Message, encode_message
from core.lib.problems import BusinessError, Code, Problem, register
from orders.services.order_files import IncomingOrder
from retailhq.exchange import writes as writes
from retailhq.exchange.models import FileImport
from retailhq.exchange.services.files import (
    CSV_KINDS,
    ORDERS,
    TRANSACTIONS,
    Manner,
    carry_out,
    check_kind,
    prepare,
    record_import,
    replacing_by,
    tally,
)
from retailhq.exchange.services.guards import places_for
from retailhq.exchange.services.profiles import profile_for, remember_profile, remembered_profile
from statements.services.decode import Incoming

CHECK, APPLY = "check_file", "import_file"
KEEP_DAYS = 90
SHOWN_ROWS = 20
SHOWN_REJECTS = 100
# Nobody corrects more rows by hand; what stands in thousands of rows has one cause.
MOST_STORED_REJECTS = 20_000
LONGEST_CELL = 80
MEDIA_TYPES = {
    "gz": "application/gzip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}
DOCUMENT_COLUMNS = {
    TRANSACTIONS: ["store", "terminal", "number", "kind", "sold_at", "lines", "total", "currency"],
    ORDERS: ["store", "order", "customer", "ordered_at", "delivery", "lines", "total", "currency"],
}

register(
    Code(
        "MORE_REJECTS",
        "import",
        "So many rows are refused that the file of rejects does not name them all.",
        "Correct those that it names, then import again; they mostly have one cause.",
        "{count} more rows are refused; correct these first.",
    ),
    Code(
        "NOT_CHECKED",
        "import",
        "The file has not been checked to its end.",
        "Wait for the check, or upload the file again.",
        "{file} has not been checked to its end.",
    ),
    Code(
        "NOTHING_TO_IMPORT",
        "import",
        "The check accepted no row.",
        "Correct the file and upload it again.",
        "No row of {file} was accepted; correct the file first.",
    ),
    Code(
        "IMPORT_REQUESTED",
        "import",
        "The file is being imported already, or was.",
        "Nothing was started twice; see its job.",
        {"": "{file} was asked for already, as job {job}.", "at_once": "{file} is being imported already."},
    ),
)


def request_check(
    kind: str,
    name: str,
    chunks: Iterable[bytes],
    user: User | AnonymousUser | None,
    *,
    most_bytes: int | None = None,
    replaces: FileImport | None = None,
    replace: bool = False,
    profile: str = "",
) -> FileImport:
    """Stores an uploaded file and asks for its check; with `replace`, check and import replace transactions that are not posted.

    `profile` says how it is written; blank: as the last imported file of its name. Raises BusinessError UNKNOWN_KIND, UNKNOWN_PROFILE,
    REPLACE_NOT_POSSIBLE, KIND_NOT_ALLOWED, FILE_EMPTY, FILE_TOO_LARGE; nothing is kept then.
    """
    check_kind(kind, replace=replace)
    places_for(user, kind, replace=replace)
    if not profile:
        profile = remembered_profile(kind, name)
    profile_for(kind, profile)
    file = write_file(name, _media_type(name), chunks, user, keep_days=KEEP_DAYS, most_bytes=most_bytes)
    if not file.size:
        file.delete()
        raise BusinessError(Problem("FILE_EMPTY", {"file": file.name}))
    with transaction.atomic():
        arguments = {"kind": kind, "file": file.pk, "replace": replace, "profile": profile}
        job = request_work(CHECK, Message("Check {file}", {"file": file.name}), arguments, user)
        return writes.add_file_import(kind, file, job, user.pk if user else None, replaces.pk if replaces else None)


def _media_type(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return MEDIA_TYPES.get(ending, "text/plain")


@transaction.atomic
def request_import(file_import: FileImport, user: User | AnonymousUser | None) -> Job:
    """Asks for the import of a file that was checked; asked twice, also at once, one job is made.

    Raises BusinessError KIND_NOT_ALLOWED, NOT_CHECKED, NOTHING_TO_IMPORT, FILE_GONE, IMPORT_REQUESTED.
    """
    places_for(user, file_import.kind, replace=bool(file_import.check_job.arguments.get("replace")))
    check, before = file_import.check_job, file_import.apply_job
    if check.finished_at is None or "rows" not in check.result:
        raise BusinessError(Problem("NOT_CHECKED", {"file": file_import.file_name}))
    if not check.result["new"] + check.result["updated"] + check.result["unchanged"]:
        raise BusinessError(Problem("NOTHING_TO_IMPORT", {"file": file_import.file_name}))
    if before and (before.finished_at is None or "rows" in before.result):
        raise BusinessError(Problem("IMPORT_REQUESTED", {"file": file_import.file_name, "job": before.pk}))
    if file_import.file is None:
        raise gone()
    arguments = {"kind": file_import.kind, "file": file_import.file_id, "digest": file_import.digest}
    arguments |= {"replace": check.arguments.get("replace", False), "profile": check.arguments.get("profile", "")}
    job = request_work(APPLY, Message("Import {file}", {"file": file_import.file_name}), arguments, user)
    if not writes.set_apply_job(file_import, job):
        raise BusinessError(Problem("IMPORT_REQUESTED", {"file": file_import.file_name}, variant="at_once"))
    return job


# --- The work ------------------------------------------------------------------------------------------------------------------------


class StoredRejects:
    """Collects refused rows for a stored file, tells the job how far the reading is, and keeps the first rows for a look."""

    def __init__(self, run: Run, stream: StoredStream, size: int) -> None:
        self.first: list[Reject] = []
        self.count = 0
        self._run = run
        self._stream = stream
        self._size = size
        self._file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115  closed by `close`
        self._rows = 0

    def saw(self, rows: Sequence[Row[Any]]) -> None:
        """Counts rows that were worked on."""
        self._rows += len(rows)

    def write(self, rejects: Iterable[Reject], /) -> None:
        """Called once for every batch. Raises what `Run.progress` raises."""
        for reject in rejects:
            if len(self.first) < SHOWN_REJECTS:
                self.first.append(reject)
            self.count += 1
            self._rows += 1
            if self.count <= MOST_STORED_REJECTS:
                self._write_row(HEADER if self.count == 1 else (), cells(reject))
        phase = Message("{rows} rows read", {"rows": Decimal(self._rows)})
        self._run.progress(self._stream.position >> 10, max(1, -(-self._size >> 10)), phase)

    def _write_row(self, *rows: Sequence[object]) -> None:
        text = _Lines()
        csv.writer(text).writerows(row for row in rows if row)
        self._file.write("".join(text.parts).encode("utf-8", "backslashreplace"))

    def store(self, name: str, user: User | None) -> list[StoredFile]:
        """The file of rejects, if there are any."""
        if not self.count:
            return []
        if self.count > MOST_STORED_REJECTS:
            more = Problem("MORE_REJECTS", {"count": Decimal(self.count - MOST_STORED_REJECTS)})
            self._write_row(cells(reject_of(0, "", more)))
        self._file.seek(0)
        return [write_file(f"{name}.rejected.csv", "text/csv", iter(lambda: self._file.read(1 << 18), b""), user)]

    def close(self) -> None:
        self._file.close()


class _Lines:
    """What csv.writer writes to."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)


class AcceptedRows:
    """The first rows of a file that a check accepts, as cells to show."""

    def __init__(self, kind: str) -> None:
        self._csv = CSV_KINDS.get(kind)
        self.columns = [column.name for column in self._csv.columns.columns] if self._csv else DOCUMENT_COLUMNS[kind]
        self.rows: list[list[str]] = []

    def saw(self, rows: Sequence[Row[Any]], result: BatchResult) -> None:
        """Keeps rows while there is room."""
        if len(self.rows) >= SHOWN_ROWS:
            return
        refused = {reject.row for reject in result.rejects}
        for row in rows:
            if row.number not in refused and len(self.rows) < SHOWN_ROWS:
                self.rows.append([str(row.number), *(_shown(value) for value in self._cells(row.value))])

    def _cells(self, value: Any) -> Iterator[object]:
        if self._csv:
            yield from value
            return
        if isinstance(value, IncomingOrder):
            order = value.order
            yield from (order.store, order.number, order.customer, order.ordered_at.isoformat(), order.delivery, len(order.lines))
            yield from (order.total, order.currency)
            return
        incoming: Incoming = value
        till = incoming.transaction
        yield from (*till.key, till.kind, till.sold_at.isoformat(), len(till.lines), till.total, till.currency)


def _shown(value: object) -> str:
    """A value as the file would have it, cut where it is long."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def check_file(run: Run) -> JobResult:
    """The work of a check: the whole import in one transaction that is rolled back."""
    return _work(run, dry_run=True)


def apply_file(run: Run) -> JobResult:
    """The work of an import; run again, it finds what is there already unchanged."""
    return _work(run, dry_run=False)


def _work(run: Run, *, dry_run: bool) -> JobResult:
    kind, file = run.arguments["kind"], StoredFile.objects.filter(pk=run.arguments["file"]).first()
    if file is None or run.arguments.get("digest", file.digest) != file.digest:
        raise gone()
    stream = StoredStream(file.pk)
    rejects, accepted = StoredRejects(run, stream, file.size or 0), AcceptedRows(kind)

    def watch(rows: Sequence[Row[Any]], result: BatchResult) -> None:
        accepted.saw(rows, result)
        rejects.saw(rows)

    reading = profile_for(kind, run.arguments.get("profile", ""))
    replacing = replacing_by(file.name, run.actor) if run.arguments.get("replace") else None
    # As things stand now: whoever asked may have lost a right or a store since.
    places = places_for(run.user, kind, replace=replacing is not None)
    try:
        with open_stream(file.name, stream, Most(settings.UNPACKED_LIMIT_MB << 20, settings.IMPORT_MOST_LINES)) as source:
            how = Manner(reading, watch, replacing, places, run.actor)
            counts = carry_out(prepare(kind, source, how), rejects, dry_run=dry_run)
        if counts.broken_off:
            raise RetryableError("The database broke off.")
        if not dry_run:
            record_import(kind, file.name, counts, run.actor)
            remember_profile(kind, file.name, reading.code)
        if dry_run:
            writes.save_preview(run.job_id, _preview(accepted, rejects, counts.result.warnings, source.notes))
        files = rejects.store(file.name, run.user)
    finally:
        rejects.close()
    # A check that finds bad rows did what it is for.
    return JobResult(_result(kind, counts), files, failed=counts.rejected > 0 and not dry_run)


def _preview(accepted: AcceptedRows, rejects: StoredRejects, warnings: Sequence[Reject], notes: Sequence[Message]) -> dict[str, Any]:
    return {
        "notes": [encode_message(note) for note in notes],
        "columns": accepted.columns,
        "accepted": accepted.rows,
        "rejected": [[*reject[:3], encode_message(reject.message)] for reject in rejects.first],
        "warned": [[*warning[:3], encode_message(warning.message)] for warning in warnings],
    }


def _result(kind: str, counts: ImportCounts) -> dict[str, Any]:
    """The counts of a job's result; the codes only where there are any."""
    result = tally(kind, counts)
    return result if result["problems_by_code"] else {name: value for name, value in result.items() if name != "problems_by_code"}


register_kind(CHECK, check_file, unit=gettext_lazy("KB"), may_repeat=False, page="imports:of_job")
register_kind(APPLY, apply_file, unit=gettext_lazy("KB"), may_repeat=False, page="imports:of_job")
