"""Stores and how their customers pay, for a whole batch of documents."""

from collections.abc import Collection
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_by, text_array
from orders.models import PaymentMethod


class WarehouseCompany(NamedTuple):
    """A warehouse and the company that keeps its books."""

    warehouse_id: int
    company: str
    currency: str
    decimals: int


def warehouse_companies(codes: Collection[str]) -> dict[str, WarehouseCompany]:
    """Warehouses by code, with their companies; one query."""
    return fetch_by(
        ("code",),
        WarehouseCompany,
        """
        SELECT w.code, w.id AS warehouse_id, e.code AS company, e.currency_id AS currency, u.decimals
        FROM inventory_warehouse w JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = e.currency_id WHERE w.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def zones_of_warehouses(warehouse_ids: Collection[int]) -> list[tuple[int, str]]:
    """Time zones of warehouses that have a store, that of the first by code; one query."""
    return fetch_all(
        """
        SELECT DISTINCT ON (warehouse_id) warehouse_id, time_zone FROM orders_store
        WHERE warehouse_id = ANY(%s::bigint[]) ORDER BY warehouse_id, code COLLATE "C"
        """,
        [array(warehouse_ids)],
    )


class KnownStore(NamedTuple):
    """A store as it is before an import; `company` is blank while it has no warehouse."""

    store_id: int
    company: str


def known_stores(codes: Collection[str]) -> dict[str, KnownStore]:
    """Stores by code; one query."""
    return fetch_by(
        ("code",),
        KnownStore,
        """
        SELECT s.code, s.id AS store_id, COALESCE(e.code, '') AS company
        FROM orders_store s
        LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        LEFT JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        WHERE s.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def payment_methods() -> list[str]:
    """All payment methods by code; one query."""
    return list(PaymentMethod.objects.order_by("code").values_list("code", flat=True))
