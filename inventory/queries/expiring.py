"""Stock with an expiration date, how fast items sell, and what is at stake; a fixed number of queries."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from core.access.access import Access
from core.access.scope import Scope
from core.db.bulk import array, fetch_all, fetch_as
from core.lib.document_kinds import SALES
from inventory.models import OnHand, Warehouse
from inventory.queries.lists import NAMED_OF_STOCK
from inventory.rules.stock import StockKey

EXPIRING_SORTS: dict[str, tuple[str, ...]] = {
    "expires_on": ("batch__expires_on", "pk"),
    "item": ("item__code", "batch__expires_on", "pk"),
    "warehouse": ("warehouse__code", "batch__expires_on", "pk"),
}
# How far back sales are counted for a pace, and at least over how many days what only began to sell.
PACE_DAYS, LEAST_PACE_DAYS = 28, 7


def expiring_seen_by(access: Access) -> "QuerySet[OnHand, OnHand]":
    """Stock with an expiration date in the warehouses that somebody sees."""
    return dated_stock().filter(access.scope.warehouses())


def dated_stock() -> "QuerySet[OnHand, OnHand]":
    """All stock with an expiration date."""
    rows = OnHand.objects.filter(batch__expires_on__isnull=False, physical__gt=0, is_default=False)
    return rows.select_related(*NAMED_OF_STOCK, "item__item_group")


def expired_on(today: date) -> Q:
    """Stock of batches that are expired on a day, as `is_expired` says (inventory/rules/expiry.py)."""
    not_sold = Q(warehouse__legal_entity__retail_parameters__inventory_sellable_on_expiration_date=False)
    return Q(batch__expires_on__lt=today) | (Q(batch__expires_on=today) & not_sold)


class DatedRow(NamedTuple):
    """A batch of an item in a warehouse, and what nobody reserved of it."""

    on_hand_id: int
    warehouse_id: int
    item_id: int
    number: str
    expires_on: date
    quantity: Decimal
    blocked: bool


def dated_rows(item_ids: Collection[int], warehouse_ids: Collection[int]) -> list[DatedRow]:
    """Dated stock of the items in the warehouses; one query."""
    return fetch_as(
        DatedRow,
        """
        SELECT o.id AS on_hand_id, o.warehouse_id, o.item_id, b.number, b.expires_on, o.physical - o.reserved AS quantity,
               d.blocks_sale AS blocked
        FROM inventory_onhand o
        JOIN inventory_batch b ON b.id = o.batch_id AND b.expires_on IS NOT NULL AND NOT b.is_default_batch
        JOIN inventory_disposition d ON d.id = b.disposition_id
        WHERE o.item_id = ANY(%s::bigint[]) AND o.warehouse_id = ANY(%s::bigint[]) AND o.physical > o.reserved
        """,
        [array(item_ids), array(warehouse_ids)],
    )


def daily_sales(item_ids: Collection[int], warehouse_ids: Collection[int], today: date) -> dict[StockKey, Decimal]:
    """Units sold a day, less what came back, of the last four weeks by (warehouse, item); one query.

    An item that has sold for a shorter time is counted over that time. It is an estimate, so movements are looked for from the first that
    was posted for these days on.
    """
    rows = fetch_all(
        """
        SELECT t.warehouse_id, t.item_id, -sum(t.quantity) / GREATEST(%(today)s::date - min(t.date), %(least)s)
        FROM inventory_inventorytransaction t
        WHERE t.item_id = ANY(%(items)s::bigint[]) AND t.warehouse_id = ANY(%(warehouses)s::bigint[])
          AND t.id >= (SELECT id FROM inventory_inventorytransaction WHERE date >= %(first)s ORDER BY date, id LIMIT 1)
          AND t.date >= %(first)s AND t.date < %(today)s AND t.source_kind = ANY(%(kinds)s::smallint[])
        GROUP BY 1, 2 HAVING sum(t.quantity) < 0
        """,
        {
            "items": array(item_ids), "warehouses": array(warehouse_ids), "today": today, "first": today - timedelta(days=PACE_DAYS),
            "least": LEAST_PACE_DAYS, "kinds": array(int(kind) for kind in SALES),
        },
    )  # fmt: skip
    return {(warehouse, item): pace for warehouse, item, pace in rows}


def companies_of(warehouse_ids: Collection[int]) -> dict[int, int]:
    """Legal entities by active warehouse; one query."""
    return dict(Warehouse.objects.filter(pk__in=warehouse_ids, is_active=True).values_list("pk", "legal_entity_id"))


def codes_of(warehouse_ids: Collection[int]) -> dict[int, str]:
    """Codes of warehouses; one query, none for nothing."""
    return dict(Warehouse.objects.filter(pk__in=warehouse_ids).values_list("pk", "code"))


def unit_costs_of(item_ids: Collection[int], warehouse_ids: Collection[int]) -> dict[StockKey, Decimal]:
    """What a unit is worth by (warehouse, item); one query."""
    rows = fetch_all(
        """
        SELECT warehouse_id, item_id, unit_cost FROM inventory_warehouseitemcost
        WHERE item_id = ANY(%s::bigint[]) AND warehouse_id = ANY(%s::bigint[])
        """,
        [array(item_ids), array(warehouse_ids)],
    )
    return {(warehouse, item): cost for warehouse, item, cost in rows}


class AtStake(NamedTuple):
    """Dated stock that is expired, or will be within so many days: lines and value at cost. `within` is None for what is expired."""

    within: int | None
    lines: int
    value: Decimal


def at_stake(scope: Scope, today: date, steps: Collection[int]) -> list[AtStake]:
    """What is expired, and what expires within each number of days (each with what comes before it); one query."""
    rows = fetch_all(
        """
        SELECT s.step, count(*), COALESCE(sum(round(x.physical * c.unit_cost, u.decimals)), 0)
        FROM unnest(%(steps)s::int[]) AS s (step)
        JOIN (
            SELECT o.warehouse_id, o.item_id, o.physical, w.legal_entity_id,
                   CASE WHEN b.expires_on = %(today)s AND NOT r.inventory_sellable_on_expiration_date THEN -1
                        ELSE b.expires_on - %(today)s::date END AS days
            FROM inventory_batch b JOIN inventory_onhand o ON o.batch_id = b.id AND o.physical > 0 AND NOT o.is_default
            JOIN inventory_warehouse w ON w.id = o.warehouse_id
            LEFT JOIN parameters_retailparameters r ON r.legal_entity_id = w.legal_entity_id
            WHERE b.expires_on <= %(today)s::date + %(most)s AND (%(all)s OR o.warehouse_id = ANY(%(warehouses)s::bigint[]))
        ) x ON x.days <= s.step AND (s.step < 0 OR x.days >= 0)
        JOIN parameters_legalentity e ON e.id = x.legal_entity_id
        JOIN parameters_currency u ON u.code = e.currency_id
        LEFT JOIN inventory_warehouseitemcost c ON c.warehouse_id = x.warehouse_id AND c.item_id = x.item_id
        GROUP BY 1
        """,
        {
            "steps": array([-1, *steps]), "today": today, "most": max(steps), "all": scope.unlimited,
            "warehouses": array(scope.warehouse_ids),
        },
    )  # fmt: skip
    found = {step: (lines, value) for step, lines, value in rows}
    return [AtStake(step if step >= 0 else None, *found.get(step, (0, Decimal(0)))) for step in (-1, *steps)]
