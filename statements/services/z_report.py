"""Entering what a till printed at the end of its shift or day (docs/domain.md#z-report)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.lib.decimals import plain_text
from core.lib.problems import BusinessError, Problem
from orders.models import Store, Terminal
from statements.models import ZReport
from statements.queries.z_report import computed_figures, printed_reports
from statements.rules.z_report import Register, ZLine, compare


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
    computed, printed = computed_figures(store_id, day), printed_reports(store_id, day)
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
