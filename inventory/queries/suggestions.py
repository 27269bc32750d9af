"""What may be meant by what somebody typed or scanned so far: items and their batches."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import F, Q, Sum

from core.access.access import Access
from core.lib.decimals import plain_text
from inventory.models import Batch, Item, OnHand
from inventory.queries.named import items_by_barcode
from inventory.rules.barcodes import canonical_barcode

SUGGESTED = 12


def items_starting_with(text: str, *, any_kind: bool = False) -> list[Item]:
    """Active items whose code begins with the text, whose name has it, or whose barcode it is; stocked ones, or of any kind. One query."""
    named = Q(code__startswith=text) | Q(name__icontains=text) | Q(barcode=canonical_barcode(text))
    kinds = {} if any_kind else {"kind": Item.Kind.STOCKED}
    return list(Item.objects.filter(named, is_active=True, **kinds).order_by("code")[:SUGGESTED])


def free_stock(access: Access, warehouse: str, item_ids: Collection[int]) -> dict[int, Decimal]:
    """What of the items lies in the warehouse and is not reserved, by id of the item; one query."""
    rows = OnHand.objects.filter(access.scope.warehouses(), warehouse__code=warehouse, item__in=item_ids)
    return dict(rows.values_list("item").annotate(free=Sum(F("physical") - F("reserved"))))


def batches_starting_with(access: Access, item: str, text: str, warehouse: str) -> list[tuple[str, str]]:
    """Batches of an item, by its code or barcode, first those that lie in the warehouse, with how much; three queries."""
    item = items_by_barcode({item}).get(item, item)
    stock = OnHand.objects.filter(access.scope.warehouses(), warehouse__code=warehouse, item__code=item, batch__number__startswith=text)
    lying = list(stock.exclude(physical=0).order_by("batch__expires_on", "batch__number").select_related("batch", "item")[:SUGGESTED])
    options = [(row.batch.number, f"{plain_text(row.physical)} {row.item.unit_id}") for row in lying if row.batch]
    known = {number for number, _ in options}
    others = Batch.objects.filter(item__code=item, number__startswith=text).order_by("-pk").values_list("number", flat=True)[:SUGGESTED]
    return [*options, *((number, "") for number in others if number not in known)][:SUGGESTED]
