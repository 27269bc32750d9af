"""What pages show of items and stock policies."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.db.bulk import fetch_dicts
from inventory.models import Warehouse

CLASHES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Clash:
    """An item for which a number would not do as default batch: it is a `real` batch there, or its row is `blocked` or `expired`."""

    item: str
    real: bool
    blocked: bool
    expired: bool


@dataclass(frozen=True, slots=True)
class DefaultBatchFacts:
    """What a default batch number means for the items; quantities are sums over units of several items, the value is at cost.

    `existing` items have the batch as a default batch; of `real` ones the number is a batch that goods were received on.
    """

    tracked_items: int
    existing: int
    real: int
    blocked: int
    expired: int
    debts: int
    debt_quantity: Decimal
    debt_value: Decimal
    oldest_debt: date | None
    clashes: list[Clash]

    @property
    def to_create(self) -> int:
        """Items that would get the batch on first use."""
        return self.tracked_items - self.existing - self.real


_BATCHES = """
    SELECT b.id, b.item_id, NOT b.is_default_batch AS real, d.blocks_sale AS blocked, COALESCE(b.expires_on < %(today)s, false) AS expired
    FROM inventory_batch b JOIN inventory_item i ON i.id = b.item_id JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
    JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE b.number = %(number)s AND t.batch_active
"""
_FACTS = f"""
    WITH b AS ({_BATCHES}), debt AS (
        SELECT count(*) AS debts, COALESCE(sum(x.open_quantity), 0) AS quantity,
               COALESCE(sum(round(x.open_quantity * x.unit_cost, u.decimals)), 0) AS value, min(x.business_date) AS oldest
        FROM b JOIN inventory_batchdebt x ON x.batch_id = b.id JOIN inventory_warehouse w ON w.id = x.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id JOIN parameters_currency u ON u.code = e.currency_id
        WHERE x.open_quantity > 0 AND w.legal_entity_id = %(company)s
    )
    SELECT (
               SELECT count(*) FROM inventory_item i JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id WHERE t.batch_active
           ) AS tracked_items,
           (SELECT count(*) FILTER (WHERE NOT real) FROM b) AS existing, (SELECT count(*) FILTER (WHERE real) FROM b) AS real,
           (SELECT count(*) FILTER (WHERE blocked) FROM b) AS blocked, (SELECT count(*) FILTER (WHERE expired) FROM b) AS expired,
           debt.debts, debt.quantity AS debt_quantity, debt.value AS debt_value, debt.oldest AS oldest_debt
    FROM debt
"""
_CLASHES = f"""
    SELECT i.code AS item, b.real, b.blocked, b.expired FROM ({_BATCHES}) b JOIN inventory_item i ON i.id = b.item_id
    WHERE b.real OR b.blocked OR b.expired ORDER BY i.code COLLATE "C" LIMIT %(limit)s
"""


def default_batch_facts(number: str, today: date, legal_entity_id: int) -> DefaultBatchFacts:
    """How many items have the batch, how many would get it, its open debt in a company, and items where it would not do; two queries."""
    parameters: dict[str, Any] = {"number": number, "today": today, "limit": CLASHES_SHOWN, "company": legal_entity_id}
    figures = fetch_dicts(_FACTS, parameters)[0]
    clashes = [Clash(**row) for row in fetch_dicts(_CLASHES, parameters)]
    return DefaultBatchFacts(**figures, clashes=clashes)


_GROUPS = """
    SELECT m.code, m.name, m.allocation_policy, m.negative_physical, m.negative_financial, m.costing_method, count(i.id) AS items,
           count(i.id) FILTER (WHERE t.batch_active) AS tracked
    FROM inventory_itemmodelgroup m LEFT JOIN inventory_item i ON i.model_group_id = m.id
    LEFT JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
    GROUP BY m.id ORDER BY m.code COLLATE "C"
"""


def policy_groups() -> list[dict[str, Any]]:
    """Item model groups with their policies and how many items they have; one query."""
    return fetch_dicts(_GROUPS)


def warehouses_of(legal_entity_id: int) -> list[Warehouse]:
    """Warehouses of a legal entity by code; one query."""
    return list(Warehouse.objects.filter(legal_entity_id=legal_entity_id).order_by("code"))
