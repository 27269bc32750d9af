"""Lists of items, batches, stock and movements."""

from django.utils.translation import gettext_lazy

from core.tables.page import ListPage
from core.tables.views import list_view
from inventory.filters import BatchFilter, ItemFilter, MovementFilter, OnHandFilter
from inventory.queries import lists as queries
from inventory.services.available import add_available
from inventory.tables import BatchTable, ItemTable, MovementTable, OnHandTable

ITEMS = ListPage(
    key="items",
    import_kind="items",
    view="inventory:items",
    title=gettext_lazy("Items"),
    rows=queries.items_seen_by,
    table=ItemTable,
    filters=ItemFilter,
    sorts=queries.ITEM_SORTS,
    default_sort="code",
    quick=("code__startswith", "name__icontains", "barcode__endswith"),
    quick_label=gettext_lazy("Number, name or barcode"),
    nothing=(gettext_lazy("There are no items yet"), gettext_lazy("Import items, or create one under Setup.")),
    no_match=gettext_lazy("No item matches"),
)
BATCHES = ListPage(
    key="batches",
    import_kind="batches",
    view="inventory:batches",
    title=gettext_lazy("Batches"),
    rows=queries.batches_seen_by,
    table=BatchTable,
    filters=BatchFilter,
    sorts=queries.BATCH_SORTS,
    default_sort="item",
    quick=("number__startswith", "item__code__startswith"),
    quick_label=gettext_lazy("Batch or item starts with"),
    nothing=(gettext_lazy("There are no batches yet"), gettext_lazy("Receipts of goods make them.")),
    no_match=gettext_lazy("No batch matches"),
)
ON_HAND = ListPage(
    key="on-hand",
    view="inventory:on_hand",
    title=gettext_lazy("On-hand"),
    rows=queries.on_hand_seen_by,
    annotate_page=add_available,
    table=OnHandTable,
    filters=OnHandFilter,
    sorts=queries.ON_HAND_SORTS,
    default_sort="warehouse",
    quick=("item__code__startswith",),
    quick_label=gettext_lazy("Item starts with"),
    nothing=(gettext_lazy("There is no stock yet"), gettext_lazy("Import receipts of goods.")),
    no_match=gettext_lazy("No stock matches"),
)
MOVEMENTS = ListPage(
    key="inventory-transactions",
    view="inventory:transactions",
    title=gettext_lazy("Inventory transactions"),
    rows=queries.movements_seen_by,
    annotate_page=queries.name_origins,
    table=MovementTable,
    filters=MovementFilter,
    sorts=queries.MOVEMENT_SORTS,
    default_sort="-date",
    nothing=(gettext_lazy("Nothing moved yet"), gettext_lazy("Receipts of goods and posted statements make inventory transactions.")),
    no_match=gettext_lazy("No inventory transaction matches"),
)

show_items = list_view(ITEMS)
show_batches = list_view(BATCHES)
show_on_hand = list_view(ON_HAND)
show_movements = list_view(MOVEMENTS)
