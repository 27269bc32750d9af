"""Rows of the lists of items, batches, stock and movements, and what their detail pages show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.http import urlencode

from core.access.access import Access
from core.lib.document_kinds import SourceKind
from core.tables.sources import Origin, Source, origins_of, register_source
from inventory.models import Batch, BatchDebt, DebtSettlementLine, InventoryTransaction, Item, JournalLine, OnHand, ReceiptLine

# Sorts as pages name them; each ends with a unique column. Of the two big tables only what an index answers in order.
ITEM_SORTS: dict[str, tuple[str, ...]] = {"code": ("code",), "name": ("name", "code")}
BATCH_SORTS: dict[str, tuple[str, ...]] = {
    "item": ("item__code", "number"),
    "number": ("number", "item__code"),
    "expires_on": ("expires_on", "pk"),
}
ON_HAND_SORTS: dict[str, tuple[str, ...]] = {
    "warehouse": ("warehouse__code", "item__code", "pk"),
    "item": ("item__code", "warehouse__code", "pk"),
}
MOVEMENT_SORTS: dict[str, tuple[str, ...]] = {"date": ("date", "pk")}


# What moves stock.
MAKERS = (
    *(SourceKind.RECEIPT_LINE, SourceKind.JOURNAL_LINE, SourceKind.JOURNAL_ARRIVAL),
    *(SourceKind.SALES_ORDER_LINE, SourceKind.DELIVERY_LINE, SourceKind.SETTLEMENT_LINE),
)

# What rows of stock are shown with, and what says whether they may be sold.
NAMED_OF_STOCK = ("warehouse__legal_entity__currency", "item", "batch__disposition")


def items_seen_by(access: Access) -> "QuerySet[Item, Item]":
    """All items; they are shared by companies and stores."""
    return Item.objects.select_related("item_group", "model_group", "tracking_group")


def batches_seen_by(access: Access) -> "QuerySet[Batch, Batch]":
    """All batches, with what the person's warehouses hold of each."""
    stock = OnHand.objects.filter(access.scope.warehouses(), batch=OuterRef("pk")).order_by().values("batch")
    return Batch.objects.select_related("item", "disposition").annotate(
        stock=Subquery(stock.annotate(total=Sum("physical")).values("total"))
    )


def on_hand_seen_by(access: Access) -> "QuerySet[OnHand, OnHand]":
    """Stock in the warehouses that somebody sees."""
    return OnHand.objects.filter(access.scope.warehouses()).select_related(*NAMED_OF_STOCK)


def movements_seen_by(access: Access) -> "QuerySet[InventoryTransaction, InventoryTransaction]":
    """Inventory transactions of the warehouses that somebody sees."""
    return InventoryTransaction.objects.filter(access.scope.warehouses()).select_related(
        "warehouse__legal_entity__currency", "item", "batch"
    )


def name_origins(rows: Sequence[Any], access: Access) -> None:
    """Gives every row its `origin`; one query per kind of origin."""
    origins = origins_of({(row.source_kind, row.source_id) for row in rows}, access, MAKERS)
    for row in rows:
        row.origin = origins.get((row.source_kind, row.source_id), Origin(""))


def receipt_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Receipts of goods by the keys of their lines; the list of receipts stands for a page of one."""
    rows = ReceiptLine.objects.filter(pk__in=ids).values_list("pk", "receipt", "line_number")
    page = reverse("inventory:receipts")
    return {pk: Origin(f"{receipt}/{line}", f"{page}?{urlencode({'receipt': receipt})}") for pk, receipt, line in rows}


register_source(
    SourceKind.RECEIPT_LINE,
    Source(receipt_origins, lambda access: ReceiptLine.objects.filter(access.scope.warehouses()).values("pk"), view="inventory:receipts"),
)


def journal_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Journals by the keys of their lines."""
    rows = JournalLine.objects.filter(pk__in=ids).values_list("pk", "journal", "journal__number", "line_number")
    return {pk: Origin(f"{number}/{line}", reverse("inventory:journal", args=[journal])) for pk, journal, number, line in rows}


def journal_lines_seen_by(access: Access) -> "QuerySet[Any, Any]":
    """Keys of the journal lines of the warehouses that somebody sees; of a transfer, either of its two."""
    return JournalLine.objects.filter(access.scope.warehouses() | access.scope.warehouses("to_warehouse")).values("pk")


for _kind in (SourceKind.JOURNAL_LINE, SourceKind.JOURNAL_ARRIVAL):
    register_source(_kind, Source(journal_origins, journal_lines_seen_by, view="inventory:journal"))


def settlement_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Settlements of batch debt by the keys of their lines."""
    rows = DebtSettlementLine.objects.filter(pk__in=ids).values_list("pk", "settlement", "settlement__number", "line_number")
    return {pk: Origin(f"{number}/{line}", reverse("inventory:settlement", args=[key])) for pk, key, number, line in rows}


register_source(
    SourceKind.SETTLEMENT_LINE,
    Source(
        settlement_origins,
        lambda access: DebtSettlementLine.objects.filter(access.scope.warehouses("settlement__warehouse")).values("pk"),
        view="inventory:settlement",
    ),
)


@dataclass(frozen=True, slots=True)
class Debt:
    """Open quantity on default batches, and since when."""

    quantity: Decimal
    lines: int


def item_for_page(item_id: int) -> Item | None:
    """An item with its groups; one query."""
    rows = Item.objects.select_related("item_group", "model_group", "tracking_group", "storage_group", "unit")
    return rows.filter(pk=item_id).first()


def batch_for_page(batch_id: int) -> Batch | None:
    """A batch with item and disposition; one query."""
    return Batch.objects.select_related("item__tracking_group", "disposition").filter(pk=batch_id).first()


def stock_of(access: Access, limit: int, **narrowing: Any) -> list[OnHand]:
    """Stock that is not zero, by warehouse; one query, `limit` rows and one more."""
    rows = on_hand_seen_by(access).filter(**narrowing).exclude(physical=0, reserved=0)
    return list(rows.order_by("warehouse__code", "batch__expires_on", "pk")[: limit + 1])


def movements_of(access: Access, limit: int, **narrowing: Any) -> list[InventoryTransaction]:
    """The latest movements with their origins; one query and one per kind of origin."""
    rows = list(movements_seen_by(access).filter(**narrowing).order_by("-date", "-pk")[:limit])
    name_origins(rows, access)
    return rows


def stock_total(access: Access, **narrowing: Any) -> Decimal:
    """What the person's warehouses hold in all; one query."""
    total: Decimal | None = OnHand.objects.filter(access.scope.warehouses(), **narrowing).aggregate(total=Sum("physical"))["total"]
    return total or Decimal(0)


def open_debt(access: Access, **narrowing: Any) -> Debt:
    """Open quantity on default batches in the person's warehouses; one query."""
    rows = BatchDebt.objects.filter(access.scope.warehouses(), open_quantity__gt=0, **narrowing)
    quantities = list(rows.values_list("open_quantity", flat=True))
    return Debt(sum(quantities, Decimal(0)), len(quantities))
