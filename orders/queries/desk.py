"""What the order desk looks up while somebody types: customers, items with what of them is free, batches; and what a row is about."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from core.access.access import Access
from core.lib.decimals import ZERO, plain_text
from inventory.models import Item
from inventory.queries.named import items_by_barcode
from inventory.queries.suggestions import SUGGESTED, batches_starting_with, free_stock, items_starting_with
from orders.models import Customer, Store


class ItemAtDesk(NamedTuple):
    """An item as a row names it, and what of it is free in the store; None of gift cards and services, which have no stock."""

    code: str
    name: str
    unit: str
    free: Decimal | None


def warehouse_of(access: Access, store: str) -> str:
    """Where the goods of a store of the person leave from, '' for none; one query."""
    return Store.objects.filter(access.scope.stores(""), code=store).values_list("warehouse__code", flat=True).first() or ""


def customers_starting_with(text: str) -> list[tuple[str, str]]:
    """Customers that may buy whose code or telephone number begins with the text, or whose name has it; one query."""
    named = Q(code__startswith=text) | Q(name__icontains=text) | Q(phone__startswith=text, phone__gt="")
    rows = Customer.objects.filter(named, is_active=True, blocked=False).order_by("code").values_list("code", "name", "phone")
    return [(code, " \N{MIDDLE DOT} ".join(filter(None, (name, phone)))) for code, name, phone in rows[:SUGGESTED]]


def items_for_sale(access: Access, store: str, text: str) -> list[tuple[str, str]]:
    """Items that the text may mean, with their names and what of them is free in the store; three queries."""
    found = items_starting_with(text, any_kind=True)
    return [(one.code, _said(one)) for one in _at_desk(access, store, found)]


def items_of_rows(access: Access, store: str, typed: Collection[str]) -> dict[str, ItemAtDesk]:
    """The items that rows name by code or barcode, by what was typed; four queries."""
    meant = {code: code for code in typed} | items_by_barcode(typed)
    known = {one.code: one for one in _at_desk(access, store, list(Item.objects.filter(code__in=set(meant.values()))))}
    return {code: known[item] for code, item in meant.items() if item in known}


def batches_for_sale(access: Access, store: str, item: str, text: str) -> list[tuple[str, str]]:
    """Batches of the row's item, first those of the store; four queries."""
    return batches_starting_with(access, item, text, warehouse_of(access, store))


def _at_desk(access: Access, store: str, items: Collection[Item]) -> list[ItemAtDesk]:
    stocked = {item.pk for item in items if item.kind == Item.Kind.STOCKED}
    warehouse = warehouse_of(access, store) if stocked else ""
    free = free_stock(access, warehouse, stocked) if warehouse else {}
    return [
        ItemAtDesk(one.code, one.name, one.unit_id, free.get(one.pk, ZERO) if warehouse and one.pk in stocked else None) for one in items
    ]


def _said(item: ItemAtDesk) -> str:
    """The item beside its code, such as "Whole milk · 62 pcs"."""
    stock = "" if item.free is None else f"{plain_text(item.free)} {item.unit}"
    return " \N{MIDDLE DOT} ".join(filter(None, (item.name, stock)))
