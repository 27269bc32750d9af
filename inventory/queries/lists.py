"""Rows of the lists of items, batches, stock and movements, and what their detail pages show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.http import urlencode

from core.access.access import Access
from core.lib.document_kinds import SourceKind
from core.tables.sources import SOURCES, Origin, OriginKind, origins_of, register_source
from inventory.models import (
    Batch,
    BatchDebt,
    CostAdjustment,
    DebtSettlementLine,
    InventoryTransaction,
    Item,
    Journal,
    JournalLine,
    OnHand,
    ReceiptLine,
)
from ledger.models import Reversal, Voucher

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
    OriginKind(
        receipt_origins, lambda access: ReceiptLine.objects.filter(access.scope.warehouses()).values("pk"), view="inventory:receipts"
    ),
)


def journal_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Journals by the keys of their lines."""
    rows = JournalLine.objects.filter(pk__in=ids).values_list("pk", "journal", "journal__number", "line_number")
    return {pk: Origin(f"{number}/{line}", reverse("inventory:journal", args=[journal])) for pk, journal, number, line in rows}


def journal_lines_seen_by(access: Access) -> "QuerySet[Any, Any]":
    """Keys of the journal lines of the warehouses that somebody sees; of a transfer, either of its two."""
    return JournalLine.objects.filter(access.scope.warehouses() | access.scope.warehouses("to_warehouse")).values("pk")


for _kind in (SourceKind.JOURNAL_LINE, SourceKind.JOURNAL_ARRIVAL):
    register_source(_kind, OriginKind(journal_origins, journal_lines_seen_by, view="inventory:journal"))


def adjustment_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """What changed the value of stock: the document that did, what a reversal took back, or the item whose cost changed.

    One query, and one for each kind of document among them.
    """
    rows = CostAdjustment.objects.filter(pk__in=ids).values_list("pk", "source_kind", "source_id", "item_id", "item__code")
    made_by = {pk: (kind, source_id) for pk, kind, source_id, *_ in rows}
    reversed_ids = {source_id for kind, source_id in made_by.values() if kind == SourceKind.REVERSAL}
    taken_back = Reversal.objects.filter(pk__in=reversed_ids).values_list("pk", "source_kind", "source_id") if reversed_ids else ()
    documents = {reversal: (kind, source_id) for reversal, kind, source_id in taken_back}
    made_by |= {pk: documents[key[1]] for pk, key in made_by.items() if key[0] == SourceKind.REVERSAL and key[1] in documents}
    known = {
        (kind.value, key): origin
        for kind in (*MAKERS, SourceKind.INVOICE, SourceKind.STATEMENT, SourceKind.POS_TRANSACTION, SourceKind.JOURNAL)
        if kind in SOURCES and (wanted := {key for of_kind, key in made_by.values() if of_kind == kind})
        for key, origin in SOURCES[kind].origins(wanted).items()
    }
    return {pk: known.get(made_by[pk], Origin(item, reverse("inventory:item", args=[item_id]))) for pk, _, _, item_id, item in rows}


register_source(
    SourceKind.COST_ADJUSTMENT,
    OriginKind(
        adjustment_origins, lambda access: CostAdjustment.objects.filter(access.scope.warehouses()).values("pk"), view="inventory:item"
    ),
)


def adjustments_of(kind: SourceKind, ids: "Collection[int] | QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    """Keys of what documents of a kind, or what takes these back, did to the value of stock."""
    taken_back = Reversal.objects.filter(source_kind=kind, source_id__in=ids).values("pk")
    made = Q(source_kind=kind, source_id__in=ids) | Q(source_kind=SourceKind.REVERSAL, source_id__in=taken_back)
    return CostAdjustment.objects.filter(made).values("pk")


def whole_journal_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Journals by their keys."""
    rows = Journal.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: Origin(number, reverse("inventory:journal", args=[pk])) for pk, number in rows}


register_source(
    SourceKind.JOURNAL,
    OriginKind(
        whole_journal_origins,
        lambda access: JournalLine.objects.filter(pk__in=journal_lines_seen_by(access)).values("journal"),
        view="inventory:journal",
    ),
)


def vouchers_of_item(item_id: int, access: Access, most: int) -> "QuerySet[Voucher, Voucher]":
    """The latest vouchers that changed what the item is worth although nothing moved, of the warehouses that somebody sees."""
    adjusted = CostAdjustment.objects.filter(access.scope.warehouses(), item_id=item_id).values("pk")
    return Voucher.objects.filter(source_kind=SourceKind.COST_ADJUSTMENT, source_id__in=adjusted).order_by("-pk")[:most]


def settlement_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Settlements of batch debt by the keys of their lines."""
    rows = DebtSettlementLine.objects.filter(pk__in=ids).values_list("pk", "settlement", "settlement__number", "line_number")
    return {pk: Origin(f"{number}/{line}", reverse("inventory:settlement", args=[key])) for pk, key, number, line in rows}


register_source(
    SourceKind.SETTLEMENT_LINE,
    OriginKind(
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
