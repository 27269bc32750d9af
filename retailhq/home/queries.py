"""The figures of Home (Store financials), all within the stores of the person; each is one query on an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.access.access import Access
from core.access.models import AuditEntry
from core.access.scope import Scope
from core.db.bulk import fetch_all, fetch_dicts
from core.jobs.models import Job
from core.jobs.queries.pages import jobs_seen_by
from core.lib.messages import Message
from orders.models import Store
from statements.models import Statement

DAYS, WEEKS = 28, 12
RECENT_DAYS = 7
WORK = AuditEntry.Action

_OPEN = """
    SELECT
        count(*) AS open_statements,
        count(*) FILTER (WHERE failed_state <> '' AND work_state = '') AS failed_statements,
        count(*) FILTER (WHERE work_state <> '') AS working_statements,
        count(*) FILTER (WHERE calc_state = 'Calculated' AND post_state = '' AND failed_state = '' AND work_state = '') AS ready_statements,
        COALESCE(sum(transaction_count) FILTER (WHERE work_state = '' AND failed_state = '' AND error_code <> ''), 0)::bigint
            AS held_transactions
    FROM statements_statement WHERE posted_at IS NULL AND store_id = ANY(%(stores)s)
"""
_ERRORS = """
    SELECT count(*) AS transactions_in_error
    FROM statements_postransaction
    WHERE statement_id IS NULL AND validation_status = 'error' AND store_id = ANY(%(stores)s)
"""
_DEBT = """
    SELECT i.code, i.name, f.debts, f.quantity, f.value, i.unit_id, f.all_debts, f.all_quantity, f.all_value, f.all_oldest,
           (SELECT count(*) FROM inventory_settlementproposal p WHERE p.decided_at IS NULL AND p.warehouse_id = ANY(%(warehouses)s)
              AND EXISTS (SELECT FROM inventory_batchdebt o
                          WHERE o.warehouse_id = p.warehouse_id AND o.item_id = p.item_id AND o.open_quantity > 0))
    FROM (
        SELECT d.item_id, count(*) AS debts, sum(d.open_quantity) AS quantity,
               sum(round(d.open_quantity * d.unit_cost, u.decimals)) AS value,
               sum(count(*)) OVER ()::bigint AS all_debts, sum(sum(d.open_quantity)) OVER () AS all_quantity,
               sum(sum(round(d.open_quantity * d.unit_cost, u.decimals))) OVER () AS all_value,
               min(min(d.business_date)) OVER () AS all_oldest
        FROM inventory_batchdebt d
        JOIN inventory_warehouse w ON w.id = d.warehouse_id JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = e.currency_id
        WHERE d.open_quantity > 0 AND d.warehouse_id = ANY(%(warehouses)s)
        GROUP BY d.item_id ORDER BY value DESC, d.item_id LIMIT 8
    ) f JOIN inventory_item i ON i.id = f.item_id
    ORDER BY f.value DESC, i.code
"""
# The last day by store comes from one index probe a store; the days before it from the same index, (store, business_date).
_LINES = """
    WITH last AS (
        SELECT max(s.business_date) AS day FROM unnest(%(stores)s::bigint[]) o(id)
        CROSS JOIN LATERAL (
            SELECT business_date FROM statements_statement WHERE store_id = o.id ORDER BY business_date DESC LIMIT 1
        ) s
    )
    SELECT s.business_date, sum(s.line_count)::bigint, sum(s.captured_count)::bigint
    FROM last JOIN statements_statement s ON s.business_date BETWEEN last.day - %(days)s::int AND last.day
    WHERE s.post_state = 'Posted' AND s.reversal_id IS NULL AND s.store_id = ANY(%(stores)s)
    GROUP BY s.business_date ORDER BY s.business_date
"""
_ON_DEFAULT = """
    SELECT business_date, count(*) FROM inventory_batchdebt
    WHERE warehouse_id = ANY(%(warehouses)s) AND business_date BETWEEN %(first)s AND %(last)s
    GROUP BY business_date
"""


@dataclass(frozen=True, slots=True)
class DebtOfItem:
    """What of an item was sold on a default batch and is still open."""

    code: str
    name: str
    lines: int
    quantity: Decimal
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Debt:
    """Open batch debt of the person's warehouses; `value` at the cost when each was opened. The items with the most value.

    `proposals` are items whose goods came in, and wait for a person to pay the debt.
    """

    lines: int
    quantity: Decimal
    value: Decimal
    oldest: date | None
    items: list[DebtOfItem]
    proposals: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """What was posted of one business day: lines, those whose batch was captured at the till, those that went to a default batch."""

    day: date
    lines: int
    captured: int
    on_default: int


@dataclass(frozen=True, slots=True)
class Week:
    """The same for the week that begins on `first`, a Monday."""

    first: date
    lines: int
    captured: int
    on_default: int

    @property
    def last(self) -> date:
        """The last day of the week."""
        return self.first + timedelta(days=6)

    @property
    def share(self) -> Decimal | None:
        """The share of lines on a default batch in per cent; None where nothing was posted."""
        return self._share_of(self.on_default)

    @property
    def captured_share(self) -> Decimal | None:
        """The share of lines whose batch was captured at the till; None where nothing was posted."""
        return self._share_of(self.captured)

    def _share_of(self, lines: int) -> Decimal | None:
        return (Decimal(100) * lines / self.lines).quantize(Decimal("0.01")) if self.lines else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What needs attention in the stores of the person."""

    open_statements: int
    failed_statements: int
    working_statements: int
    ready_statements: int
    held_transactions: int
    transactions_in_error: int
    running_jobs: int
    failed_jobs: int


@dataclass(frozen=True, slots=True)
class RecentAction:
    """Something that the person did: what it was, on what, and the statements that it touched as far as the person sees them."""

    at: datetime
    kind: str
    name: str
    subject: Message
    job: int | None
    statements: list[tuple[int, str]]


def figures_of(access: Access, scope: Scope, as_of: datetime) -> Figures:
    """The tiles; three queries. A failed job counts for a week."""
    found: dict[str, Any] = {}
    for sql in (_OPEN, _ERRORS):
        found |= fetch_dicts(sql, {"stores": sorted(scope.store_ids)})[0]
    jobs = jobs_seen_by(access)
    since = as_of - timedelta(days=RECENT_DAYS)
    rows = (
        jobs.filter(finished_at__isnull=True)
        .values_list("status")
        .union(jobs.filter(status=Job.Status.FAILED, finished_at__gte=since).order_by("-id").values_list("status"), all=True)
    )
    statuses = [status for (status,) in rows.order_by()]
    failed = statuses.count(Job.Status.FAILED)
    return Figures(**found, running_jobs=len(statuses) - failed, failed_jobs=failed)


def debt_of(scope: Scope) -> Debt:
    """Open batch debt with the eight items of the most value; one query on the index of open debts."""
    rows = fetch_all(_DEBT, {"warehouses": sorted(scope.warehouse_ids)})
    if not rows:
        return Debt(0, Decimal(0), Decimal(0), None, [])
    items = [DebtOfItem(code, name, lines, quantity, value, unit) for code, name, lines, quantity, value, unit, *_ in rows]
    lines, quantity, value, oldest, proposals = rows[0][6:]
    return Debt(lines, quantity, value, oldest, items, proposals)


def days_of(scope: Scope) -> list[Day]:
    """Every day from the Monday twelve weeks back to the last business day that has a statement; two queries."""
    lines: dict[date, tuple[int, int]] = {
        day: (count, captured) for day, count, captured in fetch_all(_LINES, {"stores": sorted(scope.store_ids), "days": WEEKS * 7 - 1})
    }
    if not lines:
        return []
    last = max(lines)
    first = last - timedelta(days=(WEEKS - 1) * 7 + last.weekday())
    between = {"warehouses": sorted(scope.warehouse_ids), "first": first, "last": last}
    on_default = dict(fetch_all(_ON_DEFAULT, between))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    counts = [(day, *lines.get(day, (0, 0))) for day in days]
    return [Day(day, count, captured, on_default.get(day, 0)) for day, count, captured in counts]


def weeks_of(days: Sequence[Day]) -> list[Week]:
    """The days summed up by week."""
    weeks: dict[date, list[Day]] = {}
    for day in days:
        weeks.setdefault(day.day - timedelta(days=day.day.weekday()), []).append(day)
    return [
        Week(first, *(sum(getattr(day, name) for day in parts) for name in ("lines", "captured", "on_default")))
        for first, parts in weeks.items()
    ]


def stopped_statements(scope: Scope) -> list[Statement]:
    """The eight oldest statements that stopped with a reason; one query."""
    rows = Statement.objects.filter(scope.stores(), work_state="", posted_at=None).exclude(failed_state="")
    return list(rows.select_related("store__currency").order_by("business_date", "number")[:8])


def recent_actions(access: Access) -> list[RecentAction]:
    """What the person did last, from the audit trail; two queries."""
    kinds = (WORK.POST, WORK.CALCULATE, WORK.VALIDATE, WORK.HOLD, WORK.CLEAR, WORK.IMPORT, WORK.EXPORT, WORK.PARAMETERS, WORK.MASTER_DATA)
    entries = list(AuditEntry.objects.filter(actor=access.user.get_username(), action__in=kinds).order_by("-id")[:6])
    touched = {entry.pk: entry.details.get("statements") for entry in entries}
    ids = {key for keys in touched.values() if isinstance(keys, list) for key in keys[:3]}
    numbers = dict(Statement.objects.filter(access.scope.stores(), pk__in=ids).values_list("pk", "number"))
    actions = []
    for entry in entries:
        keys = touched[entry.pk]
        statements = [(key, numbers[key]) for key in keys[:3] if key in numbers] if isinstance(keys, list) else []
        actions.append(RecentAction(entry.at, entry.action, entry.get_action_display(), entry.what, entry.details.get("job"), statements))
    return actions


def stores_to_choose(scope: Scope) -> list[Store]:
    """The stores that the person sees in the company, by code; one query."""
    return list(Store.objects.filter(scope.stores("")).select_related("warehouse").order_by("code"))
