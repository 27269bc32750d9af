"""What pages show of items and stock policies."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from inventory.models import Warehouse
from retailhq.db.bulk import fetch_dicts

CLASHES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Clash:
    """An item for which a number stands for a real batch; `blocked` and `expired` say why that is worse."""

    item: str
    blocked: bool
    expired: bool


@dataclass(frozen=True, slots=True)
class DefaultBatchFacts:
    """What a default batch number means for the items; quantities are sums over units of several items."""

    tracked_items: int
    existing: int
    debts: int
    debt_quantity: Decimal
    clash_count: int
    clashes: list[Clash]

    @property
    def to_create(self) -> int:
        """Items that would get the batch on first use."""
        return self.tracked_items - self.existing - self.clash_count


_FACTS = """
    WITH b AS (
        SELECT b.id, b.is_placeholder, d.blocks_sale AS blocked, COALESCE(b.expires_on < %(today)s, false) AS expired
        FROM inventory_batch b JOIN inventory_item i ON i.id = b.item_id JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
        JOIN inventory_disposition d ON d.id = b.disposition_id
        WHERE b.number = %(number)s AND t.batch_active
    ), clash AS (SELECT * FROM b WHERE NOT is_placeholder OR blocked OR expired), debt AS (
        SELECT count(*) AS debts, COALESCE(sum(x.open_quantity), 0) AS quantity
        FROM b JOIN inventory_batchdebt x ON x.batch_id = b.id WHERE x.open_quantity > 0
    )
    SELECT (
               SELECT count(*) FROM inventory_item i JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id WHERE t.batch_active
           ) AS tracked_items,
           (SELECT count(*) FROM b) - (SELECT count(*) FROM clash) AS existing, debt.debts, debt.quantity AS debt_quantity,
           (SELECT count(*) FROM clash) AS clash_count
    FROM debt
"""
_CLASHES = """
    SELECT i.code AS item, d.blocks_sale AS blocked, COALESCE(b.expires_on < %(today)s, false) AS expired
    FROM inventory_batch b JOIN inventory_item i ON i.id = b.item_id JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id
    JOIN inventory_disposition d ON d.id = b.disposition_id
    WHERE b.number = %(number)s AND t.batch_active AND (NOT b.is_placeholder OR d.blocks_sale OR b.expires_on < %(today)s)
    ORDER BY i.code COLLATE "C" LIMIT %(limit)s
"""


def default_batch_facts(number: str, today: date) -> DefaultBatchFacts:
    """How many items have the batch, how many would get it, its open debt, and items where it is a real batch; two statements."""
    parameters: dict[str, Any] = {"number": number, "today": today, "limit": CLASHES_SHOWN}
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
    """Item model groups with their policies and how many items they have; one statement."""
    return fetch_dicts(_GROUPS)


def warehouses_of(legal_entity_id: int) -> list[Warehouse]:
    """Warehouses of a legal entity by code; one statement."""
    return list(Warehouse.objects.filter(legal_entity_id=legal_entity_id).order_by("code"))
