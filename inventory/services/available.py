"""What of stock may be sold today: the one answer of lists, pages and the API (docs/domain.md#valid-batch)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from core.access.access import Access
from core.lib.decimals import ZERO
from inventory.rules.expiry import is_expired
from inventory.services.time_zones import zones_of_warehouses
from parameters.queries import settings_of
from parameters.rules.settings import RetailSettings


def days_of_warehouses(warehouse_ids: Collection[int], now: datetime | None = None) -> dict[int, date]:
    """Which day it is, by warehouse and the clock of its store; one query, none without warehouses."""
    at = now or timezone.now()
    return {warehouse: at.astimezone(zone).date() for warehouse, zone in zones_of_warehouses(warehouse_ids).items()}


def sells_on_last_day(settings: Mapping[int, RetailSettings], legal_entity_id: int) -> bool:
    """Whether a company sells a batch on its expiration date; one without parameters does."""
    own = settings.get(legal_entity_id)
    return own is None or own.inventory_sellable_on_expiration_date


def add_available(rows: Sequence[Any], access: Access | None = None) -> None:
    """Gives every row of stock what is `available`: unreserved, and nothing of a batch that is expired or blocked. Two queries.

    Rows come with warehouse, batch and its disposition. What is below zero stays so: it is owed, whatever the batch.
    """
    today = days_of_warehouses({row.warehouse_id for row in rows})
    settings = settings_of({row.warehouse.legal_entity_id for row in rows}) if rows else {}
    for row in rows:
        free = row.physical - row.reserved
        on_last_day = sells_on_last_day(settings, row.warehouse.legal_entity_id)
        batch = row.batch
        may_be_sold = batch is None or not (
            batch.disposition.blocks_sale
            or (batch.expires_on is not None and is_expired(batch.expires_on, today[row.warehouse_id], on_last_day))
        )
        row.available = free if may_be_sold else min(free, ZERO)
