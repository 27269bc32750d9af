"""What exports of tills leave out: stores by code and name, and the units of items."""

from collections.abc import Collection

from inventory.models import Item
from orders.models import Store
from statements.rules.till_table import TillStore


def stores_by_name() -> dict[str, TillStore]:
    """All stores by code and, where no other has it, by name; case does not count. One query."""
    rows = list(Store.objects.order_by("code").values_list("code", "name", "time_zone", "currency_id"))
    names = [name.casefold() for _, name, _, _ in rows]
    found = {name.casefold(): TillStore(code, zone, currency) for code, name, zone, currency in rows if names.count(name.casefold()) == 1}
    return found | {code.casefold(): TillStore(code, zone, currency) for code, _, zone, currency in rows}


def units_of_items(codes: Collection[str]) -> dict[str, str]:
    """The units in which the items are stocked; one query."""
    return dict(Item.objects.filter(code__in=codes).values_list("code", "unit_id")) if codes else {}
