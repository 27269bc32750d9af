"""One file in: the kinds that there are, and what importing a file gives."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.import_keys import clear_import_keys
from core.db.meant_codes import candidates_in
from core.files.json_objects import one_object_a_line
from core.files.rejects import RejectsFile, RejectSink
from core.files.run import ImportCounts, run_batches
from core.files.source import Content, Line, Source, display_name, open_source
from core.files.tables import read_rows
from core.lib.cells import OF_THE_STORE
from core.lib.csv_columns import FileFormat
from core.lib.imports import BatchResult, Reject, Row
from core.lib.messages import Message
from core.lib.problems import BusinessError, Code, Problem, register
from core.lib.reading_profiles import OURS, ReadingProfile
from inventory.rules import file_columns as inventory_columns
from inventory.rules.journal_columns import JOURNALS
from inventory.services import imports as inventory_imports
from inventory.services.journals import import_journals
from inventory.services.receipts import import_receipts
from ledger.services import import_legal_entities
from orders.queries.deliveries import is_delivery_in_work
from orders.rules import file_columns as orders_columns
from orders.services import imports as orders_imports
from orders.services.order_files import CUSTOMER_ORDERS
from orders.services.place_orders import import_customer_orders
from parameters.queries import lines_per_chunk
from parameters.rules.file_columns import LEGAL_ENTITIES
from retailhq.exchange.services.guards import Places, within
from retailhq.exchange.services.profiles import profile_for, remember_profile
from retailhq.exchange.services.spelling import TABLES, spelled
from statements.rules.till_table import TILL_ROWS
from statements.rules.z_report import Z_REPORTS
from statements.services import decode
from statements.services.decode import Incoming
from statements.services.imports import Replacing, import_transactions
from statements.services.validation import revalidate_returns
from statements.services.z_report import import_z_reports

TRANSACTIONS, ORDERS = "transactions", "customer-orders"

register(
    Code(
        "REPLACE_NOT_POSSIBLE",
        "import",
        "Rows of this kind of file are not replaced.",
        "Leave it out: master data is changed by importing it again; receipts and customer orders are corrected by documents of their own.",
        "Only transactions can be replaced; import {kind} without it.",
    ),
)

T = TypeVar("T")
Watch = Callable[[Sequence[Row[Any]], BatchResult], None]
Run = Callable[[RejectSink], ImportCounts]


class CsvKind(NamedTuple):
    """A kind of CSV file and what takes its rows; `by_actor` takes who imports them as well.

    As many rows form a transaction as `batch()` says before each, or as usual.
    """

    columns: FileFormat[Any]
    write: Callable[..., BatchResult]
    by_actor: bool = False
    batch: Callable[[], int] | None = None


class Manner(NamedTuple):
    """How a file is imported: `watch` sees every batch with its result, rows outside `places` are refused."""

    profile: ReadingProfile = OURS
    watch: Watch | None = None
    replacing: Replacing | None = None
    places: Places | None = None
    actor: str = "command"


PLAINLY = Manner()


def rows_of_stock() -> int:
    """As many receipt lines as a chunk of posting has lines, for their stock stays locked as long; fewer while customer orders wait.

    Two queries.
    """
    return lines_per_chunk(orders_wait=is_delivery_in_work())


CSV_KINDS: dict[str, CsvKind] = {
    kind.columns.kind: kind
    for kind in (
        CsvKind(LEGAL_ENTITIES, import_legal_entities),
        CsvKind(inventory_columns.WAREHOUSES, inventory_imports.import_warehouses),
        CsvKind(orders_columns.STORES, orders_imports.import_stores),
        CsvKind(orders_columns.CUSTOMERS, orders_imports.import_customers),
        CsvKind(inventory_columns.ITEMS, inventory_imports.import_items),
        CsvKind(inventory_columns.DISPOSITIONS, inventory_imports.import_dispositions),
        CsvKind(inventory_columns.BATCHES, inventory_imports.import_batches),
        CsvKind(inventory_columns.UNIT_CONVERSIONS, inventory_imports.import_unit_conversions),
        CsvKind(inventory_columns.RECEIPTS, import_receipts, batch=rows_of_stock),
        CsvKind(JOURNALS, import_journals, by_actor=True),
        CsvKind(Z_REPORTS, import_z_reports, by_actor=True),
    )
}
KINDS = (*CSV_KINDS, TRANSACTIONS, ORDERS)


def import_file(
    kind: str, file: str, *, dry_run: bool = False, actor: str = "command", replace: bool = False, profile: str = ""
) -> dict[str, Any]:
    """Imports a file (`-` is standard input) and gives the report of `import_data`; the rows that are refused go to a file beside it.

    With `replace`, transactions that are known with other content and not posted are replaced. `profile` says how the file is written.

    Each batch of some 5,000 rows, 20,000 of receipts, is a transaction of its own, so a killed import leaves whole batches and the same
    file completes it. A dry run does the same in one transaction that is rolled back. Raises BusinessError when the file cannot be used at
    all, UNKNOWN_PROFILE and REPLACE_NOT_POSSIBLE; then nothing was written.
    """
    check_kind(kind, replace=replace)
    reading = profile_for(kind, profile)
    started = time.monotonic()
    with ExitStack() as stack:
        source = stack.enter_context(open_source(file))
        # Reading the header comes first: a file that cannot be used leaves even the rejects of the one before alone.
        how = Manner(reading, replacing=replacing_by(display_name(file), actor) if replace else None, actor=actor)
        run = prepare(kind, source, how)
        rejects = stack.enter_context(RejectsFile(file))
        counts = carry_out(run, rejects, dry_run=dry_run)
        if not dry_run:
            record_import(kind, display_name(file), counts, actor)
            remember_profile(kind, display_name(file), reading.code)
    return {
        "kind": kind,
        "file": display_name(file),
        "profile": reading.code or None,
        "notes": [str(note) for note in source.notes],
        **tally(kind, counts),
        "rejects_file": str(rejects.path) if rejects.path else None,
        "warnings": [{"row": one.row, "key": one.key, "code": one.code, "message": str(one.message)} for one in counts.result.warnings],
        "dry_run": dry_run,
        "seconds": round(time.monotonic() - started, 3),
    }


def replacing_by(name: str, actor: str) -> Replacing:
    """What the history of a transaction says that a file replaced."""
    return Replacing(actor, Message("Replaced by the file {file}.", {"file": name}))


def check_kind(kind: str, *, replace: bool = False) -> None:
    """Raises BusinessError UNKNOWN_KIND, REPLACE_NOT_POSSIBLE."""
    if kind not in KINDS:
        raise BusinessError(Problem("UNKNOWN_KIND", {"kind": repr(kind), "kinds": KINDS}, variant="import"))
    if replace and kind != TRANSACTIONS:
        raise BusinessError(Problem("REPLACE_NOT_POSSIBLE", {"kind": kind}))


def tally(kind: str, counts: ImportCounts) -> dict[str, Any]:
    """What became of the rows of a file, for reports."""
    return {
        "rows": counts.rows,
        "new": counts.result.new,
        "updated": counts.result.updated,
        "unchanged": counts.result.unchanged,
        "rejected": counts.rejected,
        "problems_by_code": dict(sorted(counts.problems_by_code.items())),
        **({"lines": counts.result.lines, "errors": counts.result.errors} if kind == TRANSACTIONS else {}),
    }


def prepare(kind: str, source: Source, how: Manner = PLAINLY) -> Run:
    """Reads the header and gives what imports the rows. Raises BusinessError."""
    if kind == TRANSACTIONS:
        return _transactions_run(source, how)
    return _orders_run(source, how) if kind == ORDERS else _csv_run(source, CSV_KINDS[kind], how)


def carry_out(run: Run, rejects: RejectSink, *, dry_run: bool) -> ImportCounts:
    """Imports, or does the same in one transaction that is rolled back."""
    if not dry_run:
        return run(rejects)
    with transaction.atomic():
        counts = run(rejects)
        transaction.set_rollback(True)
    return counts


def record_import(kind: str, name: str, counts: ImportCounts, actor: str) -> None:
    """The audit entry of an import."""
    done = {"kind": kind, "new": counts.result.new, "updated": counts.result.updated, "rejected": counts.rejected}
    record_audit(AuditEntry.Action.IMPORT, actor, name, done)


def _watched(write: Callable[[Sequence[Row[T]]], BatchResult], watch: Watch | None) -> Callable[[Sequence[Row[T]]], BatchResult]:
    if watch is None:
        return write

    def written(batch: Sequence[Row[T]]) -> BatchResult:
        result = write(batch)
        watch(batch, result)
        return result

    return written


def document_lines(source: Source, profile: ReadingProfile) -> Iterator[Line]:
    """The documents of a file, one a line. Raises BusinessError PROFILE_NEEDED for a table."""
    if source.content == Content.WORKBOOK:
        raise BusinessError(Problem("PROFILE_NEEDED", variant="table"))
    return one_object_a_line(source.lines(profile.encoding))


def _csv_run(source: Source, kind: CsvKind, how: Manner) -> Run:
    rows = read_rows(source, kind.columns, replace(how.profile, meant=candidates_in(TABLES)))
    write = partial(kind.write, actor=how.actor) if kind.by_actor else kind.write
    if not how.profile.style.has_odd_codes:
        write = spelled(kind.columns.kind, write)
    write = within(kind.columns.kind, how.places, write)

    def run(rejects: RejectSink) -> ImportCounts:
        clear_import_keys()
        watched = _watched(write, how.watch)
        return run_batches(rows, watched, rejects, most=kind.batch) if kind.batch else run_batches(rows, watched, rejects)

    return run


def _read_transactions(source: Source, profile: ReadingProfile) -> Iterator[Row[Incoming] | Reject]:
    """Transactions as our own file has them, or as the table of a till that a profile explains. Raises BusinessError."""
    if source.content == Content.XML:
        from statements.services.saf_t_cash_register import read_cash_register

        return read_cash_register(source, profile)
    if not profile.is_mapped:
        return decode.TRANSACTIONS.read(document_lines(source, profile))
    from statements.services.till_tables import read_till_rows

    # Clocks of tills show the time of their store.
    style = replace(profile.style, time_zone=profile.style.time_zone or OF_THE_STORE)
    return read_till_rows(read_rows(source, TILL_ROWS, replace(profile, style=style, meant=candidates_in(TABLES))), turned=profile.turned)


def _transactions_run(source: Source, how: Manner) -> Run:
    write = within(TRANSACTIONS, how.places, partial(import_transactions, replacing=how.replacing))
    rows = _read_transactions(source, how.profile)

    def run(rejects: RejectSink) -> ImportCounts:
        counts = run_batches(rows, _watched(write, how.watch), rejects, weigh=_weight)
        if counts.broken_off:
            return counts
        if counts.result.waiting:
            # These returns came before the sale that they name; they were counted as problems and are none.
            again = revalidate_returns(counts.result.waiting)
            counts.problems_by_code += again.problems_by_code
            counts.problems_by_code -= again.problems_before
            counts.result.errors -= again.made_valid
        if counts.result.new or counts.result.updated:
            revalidate_returns(None)
        return counts

    return run


def _orders_run(source: Source, how: Manner) -> Run:
    write = within(ORDERS, how.places, import_customer_orders)
    rows = CUSTOMER_ORDERS.read(document_lines(source, how.profile))

    def run(rejects: RejectSink) -> ImportCounts:
        return run_batches(rows, _watched(write, how.watch), rejects, weigh=lambda incoming: 1 + len(incoming.order.lines))

    return run


def _weight(incoming: Incoming) -> int:
    return 1 + len(incoming.transaction.lines)
