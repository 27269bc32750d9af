"""Application configuration."""

from collections.abc import Collection, Sequence

from django.apps import AppConfig

from core.lib.document_kinds import SourceKind
from core.ui.explained import register_explained
from inventory.rules.master_data import UsedUnit
from parameters.rules.effects import Effect, ProposedChange


class OrdersConfig(AppConfig):
    """Registers the app with Django, and has it asked before Retail parameters are saved."""

    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Contributes what lower apps ask about documents of this one."""
        from inventory.services.open_documents import ITEM_DOCUMENTS, OPEN_DOCUMENTS, OPEN_UNITS, WAREHOUSE_DOCUMENTS
        from inventory.services.time_zones import WAREHOUSE_ZONES
        from parameters.services import CHANGE_EFFECTS

        register_explained(SourceKind.DELIVERY_LINE, "customer_orders:why")
        CHANGE_EFFECTS.add(effects_of_change)
        OPEN_DOCUMENTS.add(items_with_open_documents)
        OPEN_UNITS.add(units_on_open_documents)
        ITEM_DOCUMENTS.add(items_with_documents)
        WAREHOUSE_DOCUMENTS.add(warehouses_with_documents)
        WAREHOUSE_ZONES.add(zones_of_warehouses)


def effects_of_change(change: ProposedChange) -> Sequence[Effect]:
    """What the change would do to documents of this app; imported when it is asked for, because only pages ask."""
    from orders.views import effects

    return effects.effects_of_change(change)


def items_with_open_documents(item_ids: Collection[int]) -> set[int]:
    """Items that open documents of this app rely on; the models are not there yet when the app registers."""
    from orders.queries.open_items import items_on_open_orders

    return items_on_open_orders(item_ids)


def units_on_open_documents(units: Collection[str]) -> set[UsedUnit]:
    """What open documents of this app have in another unit than the item's own."""
    from orders.queries.open_items import units_on_open_orders

    return units_on_open_orders(units)


def items_with_documents(item_ids: Collection[int]) -> set[int]:
    """Items on sales orders of any kind and status."""
    from orders.queries.open_items import items_on_orders

    return items_on_orders(item_ids)


def warehouses_with_documents(warehouse_ids: Collection[int]) -> set[int]:
    """Warehouses of orders, and of stores that have documents."""
    from orders.services.store_documents import warehouses_with_documents

    return warehouses_with_documents(warehouse_ids)


def zones_of_warehouses(warehouse_ids: Collection[int]) -> list[tuple[int, str]]:
    """Time zones of warehouses: that of their store, of several the first by code."""
    from orders.queries.stores import zones_of_warehouses

    return zones_of_warehouses(warehouse_ids)
