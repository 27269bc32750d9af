"""Quantities in other units, for queries: nothing that is counted is rounded on the way."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from core.db.bulk import array, fetch_all


def convertible_units(item_ids: Collection[int]) -> Mapping[int, set[str]]:
    """The units that convert to the items' own, with these; one query."""
    found: dict[int, set[str]] = defaultdict(set)
    for item_id, unit, other in fetch_all(
        """
        SELECT i.id, i.unit_id, CASE WHEN u.from_unit_id = i.unit_id THEN u.to_unit_id ELSE u.from_unit_id END
        FROM inventory_item i
        LEFT JOIN inventory_unitconversion u
               ON (u.item_id = i.id OR u.item_id IS NULL) AND i.unit_id IN (u.from_unit_id, u.to_unit_id)
        WHERE i.id = ANY(%s::bigint[])
        """,
        [array(item_ids)],
    ):
        found[item_id] |= {unit, other or unit}
    return found


def in_stock_unit(quantity: str, unit: str, item: str) -> str:
    """SQL of `quantity` in the unit of the row `item` of items; null without conversion.

    The ratio of the item goes before that of all items, and one that is written in this direction before its reverse, as
    `ratio_between` has it.
    """
    return f"""
        CASE WHEN {unit} = {item}.unit_id THEN {quantity} ELSE (
            SELECT CASE WHEN u.from_unit_id = {unit} THEN {quantity} * u.factor / u.denominator
                        ELSE {quantity} * u.denominator / u.factor END
            FROM inventory_unitconversion u
            WHERE (u.item_id = {item}.id OR u.item_id IS NULL)
              AND (u.from_unit_id, u.to_unit_id) IN (({unit}, {item}.unit_id), ({item}.unit_id, {unit}))
            ORDER BY u.item_id IS NULL, u.from_unit_id <> {unit} LIMIT 1
        ) END
    """


def in_sold_unit(quantity: str, stock_quantity: str, unit: str, sold: str, item: str) -> str:
    """SQL of what came back, in the unit of the row `sold`, a sold line of the row `item`; what counts is written with places to spare.

    Of a return in another unit `stock_quantity` was booked. It is that of `quantity` but for rounding, or the unit stood for something
    else then: what was booked counts. What does not lie in stock has nothing booked.
    """
    exact = in_stock_unit(quantity, unit, item)
    return f"""
        CASE WHEN {unit} = {sold}.unit_id THEN {quantity} ELSE (
            SELECT CASE WHEN {sold}.stock_quantity = 0 THEN e.quantity / ({in_stock_unit("1::numeric", f"{sold}.unit_id", item)})
                        WHEN abs(e.quantity - {stock_quantity}) <= 0.0001 THEN e.quantity * {sold}.quantity / {sold}.stock_quantity
                        ELSE {stock_quantity} * {sold}.quantity / {sold}.stock_quantity END
            FROM (SELECT {exact} AS quantity) e
        ) END
    """
