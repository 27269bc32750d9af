"""Entering what a till printed at the end of its shift or day (docs/domain.md#z-report)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import IMPORT, lock_for_transaction
from core.db.upsert import ids_by_code
from core.files.repeats import first_of_each_key
from core.lib.decimals import ZERO, plain_text
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.messages import Params
from core.lib.problems import BusinessError, Problem, Severity
from orders.models import Store, Terminal
from statements.models import ZReport
from statements.queries.facts import terminal_ids
from statements.queries.z_report import StoreDayKey, computed_figures, printed_reports, reports_of
from statements.rules.z_report import Register, ZLine, ZReportRow, compare, printed_rates
from statements.writes.z_report import PrintedFigures, merge_z_reports


class PrintedReport(NamedTuple):
    """What a till printed of a day, or of a shift of it."""

    store: str
    terminal: str
    business_date: date
    shift: int | None
    figures: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """A till's day or shift: what it printed, if anybody entered it, against what its transactions come to."""

    terminal: str
    register: Register
    report: ZReport | None
    lines: list[ZLine]

    def values(self) -> list[dict[str, str | None]]:
        """The figures for JSON: as the till printed them (null: not given), as its transactions come to, and what is between."""
        return [
            {
                "figure": line.figure,
                "printed": None if line.printed is None else plain_text(line.printed),
                "computed": plain_text(line.computed),
                "difference": plain_text(line.difference),
            }
            for line in self.lines
        ]

    @property
    def differing(self) -> list[ZLine]:
        """The figures that differ."""
        return [line for line in self.lines if line.difference]


def read_registers(store_id: int, day: date) -> list[RegisterReport]:
    """Every till and shift of a store day that has documents or a Z report, by terminal and shift; five queries."""
    printed = printed_reports(store_id, day)
    key = (store_id, day)
    computed = computed_figures({key: printed_rates(report.figures for report in printed.values())})[key]
    codes = dict(Terminal.objects.filter(pk__in={register.terminal_id for register in (*computed, *printed)}).values_list("pk", "code"))
    found = []
    for register in {*computed, *printed}:
        report = printed.get(register)
        figures = {name: Decimal(amount) for name, amount in report.figures.items()} if report else {}
        found.append(RegisterReport(codes[register.terminal_id], register, report, compare(figures, computed.get(register, {}))))
    return sorted(found, key=lambda one: (one.terminal, one.register.shift is not None, one.register.shift or 0))


@transaction.atomic
def enter_z_report(printed: PrintedReport, actor: str) -> RegisterReport:
    """Keeps what a till printed, in place of what was entered of it before, and compares it with its transactions.

    Raises BusinessError UNKNOWN_STORE, UNKNOWN_TERMINAL.
    """
    store = Store.objects.filter(code=printed.store).first()
    if store is None:
        raise BusinessError(Problem("UNKNOWN_STORE", {"store": printed.store}, variant="counted"))
    terminal = Terminal.objects.filter(store=store, code=printed.terminal).first()
    if terminal is None:
        raise BusinessError(Problem("UNKNOWN_TERMINAL", {"store": printed.store, "terminal": printed.terminal}))
    figures = {name: plain_text(amount) for name, amount in sorted(printed.figures.items())}
    ZReport.objects.update_or_create(
        terminal=terminal,
        business_date=printed.business_date,
        shift=printed.shift,
        defaults={"figures": figures, "actor": actor, "at": timezone.now()},
    )
    key = "/".join((store.code, terminal.code, printed.business_date.isoformat(), str(printed.shift or "")))
    record_audit(AuditEntry.Action.COUNT, actor, key, {"z_report": figures})
    register = Register(terminal.pk, printed.shift)
    return next(one for one in read_registers(store.pk, printed.business_date) if one.register == register)


@transaction.atomic
def import_z_reports(rows: Sequence[Row[ZReportRow]], actor: str = "command") -> BatchResult:
    """Keeps figures that tills printed beside those that were entered of the same day or shift; what differs is warned of.

    A row is kept or refused for itself: UNKNOWN_STORE, UNKNOWN_TERMINAL, CONFLICT with an earlier row of the file. Takes the import lock of
    its kind; a fixed number of queries.
    """
    lock_for_transaction(IMPORT, [ImportKind.Z_REPORTS])
    result = BatchResult()
    stores = ids_by_code("orders_store", {row.value.store for row in rows})
    terminals = terminal_ids({(stores[row.value.store], row.value.terminal) for row in rows if row.value.store in stores})
    accepted: list[Row[ZReportRow]] = []
    for row in rows:
        store, terminal = row.value.store, row.value.terminal
        if store not in stores:
            result.reject(row, Problem("UNKNOWN_STORE", {"store": store}, variant="counted"))
        elif (stores[store], terminal) not in terminals:
            result.reject(row, Problem("UNKNOWN_TERMINAL", {"store": store, "terminal": terminal}))
        else:
            accepted.append(row)
    accepted = first_of_each_key(accepted, result)
    places = {row.number: (stores[row.value.store], row.value.date) for row in accepted}
    registers = {row.number: Register(terminals[stores[row.value.store], row.value.terminal], row.value.shift) for row in accepted}
    printed = reports_of(set(places.values()))
    changed: dict[tuple[StoreDayKey, Register], dict[str, str]] = {}
    for row in accepted:
        place, register, amount = places[row.number], registers[row.number], plain_text(row.value.printed)
        figures = printed[place].setdefault(register, {})
        before = figures.get(row.value.figure)
        if before == amount:
            result.unchanged += 1
            result.repeated.append(row.number)
            continue
        if before is None:
            result.new += 1
        else:
            result.updated += 1
        figures[row.value.figure] = amount
        changed.setdefault((place, register), {})[row.value.figure] = amount
    if changed:
        reports = [
            PrintedFigures(register.terminal_id, day, register.shift, json.dumps(figures))
            for ((_, day), register), figures in changed.items()
        ]
        merge_z_reports(reports, actor)
    computed = computed_figures({place: printed_rates(reports.values()) for place, reports in printed.items()}) if accepted else {}
    for row in accepted:
        found = computed[places[row.number]].get(registers[row.number], {}).get(row.value.figure, ZERO)
        if found != row.value.printed:
            said: Params = {"figure": row.value.figure, "printed": row.value.printed, "computed": found}
            result.warn(row, Problem("Z_REPORT_DIFFERS", said, severity=Severity.WARNING))
    return result
