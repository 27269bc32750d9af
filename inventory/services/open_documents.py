"""What documents rely on, whatever app keeps the documents: items and warehouses (docs/domain.md#validation-rules)."""

from collections.abc import Collection

from core.lib.contributions import Contributions
from inventory.rules.master_data import UsedUnit

# Contributed by higher apps: of the items asked about, those whose quantities open documents have counted.
OPEN_DOCUMENTS: Contributions[Collection[int], int] = Contributions()
# What open documents have in another unit than the item's own, where both are among the units asked about.
OPEN_UNITS: Contributions[Collection[str], UsedUnit] = Contributions()
# Those that stand on documents, open or posted.
ITEM_DOCUMENTS: Contributions[Collection[int], int] = Contributions()
# Of the warehouses asked about, those that documents, open or posted, name or are posted from.
WAREHOUSE_DOCUMENTS: Contributions[Collection[int], int] = Contributions()


def items_with_open_documents(item_ids: Collection[int]) -> set[int]:
    """Items that sales or orders which are not posted rely on; one query for each app that contributes."""
    return set(OPEN_DOCUMENTS.ask(item_ids)) if item_ids else set()


def units_on_open_documents(units: Collection[str]) -> set[UsedUnit]:
    """What sales or orders which are not posted have in another unit than the item's own, both of these; one query for each app."""
    return set(OPEN_UNITS.ask(units)) if units else set()


def items_with_documents(item_ids: Collection[int]) -> set[int]:
    """Items that sales or orders rely on, posted or not; two queries at most for each app that contributes."""
    return items_with_open_documents(item_ids).union(ITEM_DOCUMENTS.ask(item_ids)) if item_ids else set()


def warehouses_with_documents(warehouse_ids: Collection[int]) -> set[int]:
    """Warehouses that sales or orders rely on, posted or not; a fixed number of queries."""
    return set(WAREHOUSE_DOCUMENTS.ask(warehouse_ids)) if warehouse_ids else set()
