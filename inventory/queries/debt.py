"""What pages and commands show of batch debt and of proposals to settle it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Round
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.access.access import Access
from core.db.bulk import array, fetch_all
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.tables.sources import SOURCES, Origin, origins_of
from inventory.models import BatchCredit, BatchDebt, DebtSettlement, DebtSettlementLine, Item, SettlementProposal, Warehouse
from inventory.queries.fallback_budget import CURRENCY_OF_DEBT
from inventory.queries.settlements import Selection
from inventory.rules.costing import PoolCost, worth
from inventory.rules.settlements import Payment
from inventory.rules.stock import StockKey

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# What opens debt.
OPENERS = (SourceKind.POS_LINE, SourceKind.DELIVERY_LINE, SourceKind.JOURNAL_LINE)


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """So much of an open debt that a real batch would pay, with everything by its name."""

    warehouse: str
    item: str
    name: str
    unit: str
    debt: str
    day: date
    from_batch: str
    to_batch: str
    expires_on: date | None
    quantity: Decimal
    value: Decimal
    pool: StockKey
    batch_id: int


def proposed_lines(payments: Mapping[StockKey, Sequence[Payment]], costs: Mapping[StockKey, PoolCost]) -> list[ProposedLine]:
    """The lines of a proposal, by warehouse and item, oldest debt first; three queries and one per kind of documents."""
    warehouses = _names("SELECT id, code FROM inventory_warehouse WHERE id = ANY(%s::bigint[])", {pool[0] for pool in payments})
    items = _names("SELECT id, code, name, unit_id FROM inventory_item WHERE id = ANY(%s::bigint[])", {pool[1] for pool in payments})
    used = {batch for of in payments.values() for payment in of for batch in (payment.batch_id, payment.debt.batch_id)}
    batches = _names("SELECT id, number, expires_on FROM inventory_batch WHERE id = ANY(%s::bigint[])", used)
    sources = sources_of_debts({payment.debt.debt_id for of in payments.values() for payment in of})
    lines = [
        ProposedLine(
            warehouse=warehouses[pool[0]][0],
            item=items[pool[1]][0],
            name=items[pool[1]][1],
            unit=items[pool[1]][2],
            debt=sources.get(debt.debt_id, ""),
            day=debt.day,
            from_batch=batches[debt.batch_id][0],
            to_batch=batches[batch_id][0],
            expires_on=batches[batch_id][1],
            quantity=quantity,
            value=worth(quantity, debt.unit_cost, costs[pool].decimals),
            pool=pool,
            batch_id=batch_id,
        )
        for pool, of in payments.items()
        for debt, batch_id, quantity in of
    ]
    return sorted(lines, key=lambda line: (line.warehouse, line.item))


def _names(sql: str, ids: Collection[int]) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in fetch_all(sql, [array(ids)])}


def sources_of_debts(debt_ids: Collection[int]) -> dict[int, str]:
    """What the debts were opened by, as people call it; one query and one per kind of documents."""
    rows = fetch_all("SELECT id, source_kind, source_id FROM inventory_batchdebt WHERE id = ANY(%s::bigint[])", [array(debt_ids)])
    names: dict[tuple[int, int], str] = {}
    for kind in [kind for kind in OPENERS if kind in SOURCES]:
        ids = {source_id for _, of_kind, source_id in rows if of_kind == kind}
        names |= {(kind.value, key): origin.text for key, origin in SOURCES[kind].origins(ids or {0}).items()}
    return {debt_id: names.get((kind, source_id), "") for debt_id, kind, source_id in rows}


def warehouses_named(code: str) -> list[int]:
    """The warehouse of that code, all of them for a blank one; one query."""
    chosen = Warehouse.objects.filter(code=code) if code else Warehouse.objects.all()
    return list(chosen.values_list("pk", flat=True))


# -- pages -------------------------------------------------------------------------------------------------------------

DEBT_SORTS: dict[str, tuple[str, ...]] = {"day": ("business_date", "pk")}
SETTLEMENT_SORTS: dict[str, tuple[str, ...]] = {"date": ("date", "pk")}
# From how many days on, and the name of the bucket.
AGES: "tuple[tuple[int, StrPromise], ...]" = (
    (0, gettext_lazy("up to 7 days")),
    (8, gettext_lazy("8 to 30 days")),
    (31, gettext_lazy("31 to 90 days")),
    (91, gettext_lazy("over 90 days")),
)
TREND_WEEKS = 8


def debt_seen_by(access: Access) -> "QuerySet[BatchDebt, BatchDebt]":
    """Batch debt of the warehouses that somebody sees."""
    rows = BatchDebt.objects.filter(access.scope.warehouses()).select_related("warehouse__legal_entity__currency", "item", "batch")
    decimals: Any = F("warehouse__legal_entity__currency__decimals")
    return rows.annotate(value=Round(F("open_quantity") * F("unit_cost"), decimals))


def name_documents(rows: Sequence[Any], access: Access) -> None:
    """Gives every debt the document that opened it, and its age in days; one query per kind of documents."""
    origins = origins_of({(row.source_kind, row.source_id) for row in rows}, access, OPENERS)
    today = timezone.localdate()
    for row in rows:
        row.origin = origins.get((row.source_kind, row.source_id), Origin(""))
        row.age = (today - row.business_date).days


def settlements_seen_by(access: Access) -> "QuerySet[DebtSettlement, DebtSettlement]":
    """Settlements of the warehouses that somebody sees, with their lines and quantities."""
    rows = DebtSettlement.objects.filter(access.scope.warehouses()).select_related("warehouse", "undoes", "undone_by")
    lines = DebtSettlementLine.objects.filter(settlement=OuterRef("pk")).order_by().values("settlement")
    return rows.annotate(
        lines=Subquery(lines.annotate(n=Count("pk")).values("n")), quantity=Subquery(lines.annotate(q=Sum("quantity")).values("q"))
    )


def proposals_seen_by(access: Access) -> "QuerySet[SettlementProposal, SettlementProposal]":
    """What waits for a person before it is settled, in the warehouses that somebody sees; the oldest debt first.

    A proposal whose debt is gone by other ways waits no longer.
    """
    owed = BatchDebt.objects.filter(warehouse=OuterRef("warehouse"), item=OuterRef("item"), open_quantity__gt=0)
    rows = SettlementProposal.objects.filter(access.scope.warehouses(), decided_at__isnull=True)
    return rows.filter(Exists(owed)).select_related("warehouse", "item").order_by("oldest_on", "pk")


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Open debt of an age: `first` and `last` are the business dates of the bucket, None where it has no end."""

    name: "StrPromise"
    lines: int
    value: Decimal
    first: date | None
    last: date | None


def ages_of(access: Access, today: date) -> list[AgeBucket]:
    """Open debt by age, in the warehouses of the person; one query on the index of open debts."""
    rows = fetch_all(
        f"""
        SELECT width_bucket(%(today)s::date - d.business_date, ARRAY[8, 31, 91]), count(*),
               sum(round(d.open_quantity * d.unit_cost, u.decimals))
        FROM inventory_batchdebt d {CURRENCY_OF_DEBT}
        WHERE d.open_quantity > 0 AND d.warehouse_id = ANY(%(warehouses)s::bigint[]) GROUP BY 1
        """,
        {"today": today, "warehouses": array(access.scope.warehouse_ids)},
    )
    found = {bucket: (lines, value) for bucket, lines, value in rows}
    starts = [days for days, _ in AGES]
    return [
        AgeBucket(
            name,
            *found.get(place, (0, ZERO)),
            first=today - timedelta(days=starts[place + 1] - 1) if place + 1 < len(AGES) else None,
            last=today - timedelta(days=days) if place else None,
        )
        for place, (days, name) in enumerate(AGES)
    ]


@dataclass(frozen=True, slots=True)
class TrendWeek:
    """What was newly owed in the week that begins on `first`, a Monday, and what settlements paid in it, at cost.

    `bars` are both in percent of the most of any week.
    """

    first: date
    owed: Decimal
    paid: Decimal
    bars: tuple[int, int] = (0, 0)


def trend_of(access: Access, today: date) -> list[TrendWeek]:
    """The last weeks, the current one last; one query."""
    start = today - timedelta(days=today.weekday() + 7 * (TREND_WEEKS - 1))
    rows = fetch_all(
        f"""
        SELECT date_trunc('week', t.day)::date, sum(t.owed), sum(t.paid)
        FROM (
            SELECT d.business_date AS day, round(d.quantity * d.unit_cost, u.decimals) AS owed, 0 AS paid
            FROM inventory_batchdebt d {CURRENCY_OF_DEBT}
            WHERE d.warehouse_id = ANY(%(warehouses)s::bigint[]) AND d.business_date >= %(start)s
            UNION ALL
            SELECT s.date, 0, l.cost_amount
            FROM inventory_debtsettlement s JOIN inventory_debtsettlementline l ON l.settlement_id = s.id AND l.debt_id IS NOT NULL
            WHERE s.warehouse_id = ANY(%(warehouses)s::bigint[]) AND s.date >= %(start)s
        ) t
        GROUP BY 1
        """,
        {"warehouses": array(access.scope.warehouse_ids), "start": start},
    )
    found = {first: (owed, paid) for first, owed, paid in rows}
    weeks = [start + timedelta(days=7 * number) for number in range(TREND_WEEKS)]
    most = max((amount for both in found.values() for amount in both), default=ZERO) or ZERO
    return [
        TrendWeek(first, owed, paid, (percent_of(owed, most), percent_of(paid, most)))
        for first in weeks
        for owed, paid in [found.get(first, (ZERO, ZERO))]
    ]


def percent_of(part: Decimal, whole: Decimal) -> int:
    """How long a bar is; what is below zero has none."""
    return int(max(part, ZERO) * 100 / whole) if whole > 0 else 0


def warehouses_seen_by(access: Access, code: str) -> list[int]:
    """The warehouse of that code, all that the person sees for a blank one; one query."""
    rows = Warehouse.objects.filter(pk__in=access.scope.warehouse_ids)
    return list((rows.filter(code=code) if code else rows).values_list("pk", flat=True))


def items_named(code: str) -> list[int] | None:
    """The item of that code, None for a blank one; one query."""
    return list(Item.objects.filter(code=code).values_list("pk", flat=True)) if code else None


def open_lines(access: Access, of: Selection) -> int:
    """How many debts of the selection are open; one query."""
    rows = BatchDebt.objects.filter(warehouse__in=of.warehouses, open_quantity__gt=0)
    if of.items is not None:
        rows = rows.filter(item__in=of.items)
    return (rows.filter(business_date__lte=of.through) if of.through else rows).count()


@dataclass(frozen=True, slots=True)
class ProposedPool:
    """What would be settled of an item in a warehouse; `pick` names it with the digest of what was shown."""

    pick: str
    lines: list[ProposedLine]
    quantity: Decimal


def by_pool(lines: Sequence[ProposedLine], digests: Mapping[StockKey, str]) -> list[ProposedPool]:
    """The lines of a proposal by warehouse and item."""
    pools: dict[StockKey, list[ProposedLine]] = {}
    for line in lines:
        pools.setdefault(line.pool, []).append(line)
    return [
        ProposedPool(f"{pool[0]}/{pool[1]}/{digests[pool]}", own, sum((line.quantity for line in own), ZERO)) for pool, own in pools.items()
    ]


def settlement_for_page(access: Access, settlement_id: int) -> DebtSettlement | None:
    """A settlement that the person sees; one query."""
    return settlements_seen_by(access).filter(pk=settlement_id).first()


def lines_for_page(settlement_id: int, limit: int) -> list[DebtSettlementLine]:
    """Lines of a settlement with debt, batches and documents, `limit` and one more; one query and one per kind of documents."""
    rows = DebtSettlementLine.objects.filter(settlement=settlement_id).select_related(
        "to_batch", "debt__item", "debt__batch", "credit__item", "credit__batch"
    )
    lines = list(rows.order_by("line_number")[: limit + 1])
    names = sources_of_debts({line.debt_id for line in lines if line.debt_id is not None})
    for line in lines:
        line.document = names.get(line.debt_id or 0, "")  # type: ignore[attr-defined]
    return lines


def credits_seen_by(access: Access) -> list[dict[str, Any]]:
    """What lies on default batches in the warehouses that somebody sees, by warehouse and item; one query."""
    rows: Any = BatchCredit.objects.filter(access.scope.warehouses(), open_quantity__gt=0).values(
        "warehouse", "item", "warehouse__code", "item__code", "item__name", "item__unit", "batch__number"
    )
    return list(rows.annotate(quantity=Sum("open_quantity"), since=Min("business_date")).order_by("since", "item__code")[:500])
