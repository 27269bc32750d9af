"""Which items, stores and warehouses orders rely on."""

from collections.abc import Collection

from core.db.bulk import array, fetch_all, fetch_as, text_array
from inventory.rules.master_data import UsedUnit
from orders.models import SalesOrder, Store


def items_on_open_orders(item_ids: Collection[int]) -> set[int]:
    """Items of open customer orders; one query."""
    sql = """
        SELECT DISTINCT l.item_id FROM orders_salesorder o JOIN orders_salesorderline l ON l.order_id = o.id
        WHERE o.origin = %s AND o.status = %s AND l.item_id = ANY(%s::bigint[])
    """
    return {row[0] for row in fetch_all(sql, [SalesOrder.Origin.CUSTOMER, SalesOrder.Status.CREATED, array(item_ids)])}


def units_on_open_orders(units: Collection[str]) -> set[UsedUnit]:
    """What open customer orders have in another unit than the item's own, both of these; one query."""
    sql = """
        SELECT DISTINCT i.code AS item, l.unit_id AS unit, i.unit_id AS stock_unit
        FROM orders_salesorder o
        JOIN orders_salesorderline l ON l.order_id = o.id
        JOIN inventory_item i ON i.id = l.item_id AND i.unit_id <> l.unit_id
        WHERE o.origin = %s AND o.status = %s AND l.unit_id = ANY(%s::text[]) AND i.unit_id = ANY(%s::text[])
    """
    asked = text_array(units)
    return set(fetch_as(UsedUnit, sql, [SalesOrder.Origin.CUSTOMER, SalesOrder.Status.CREATED, asked, asked]))


def items_on_orders(item_ids: Collection[int]) -> set[int]:
    """Items on orders of any kind and status; one query, which looks at all lines: only a change of what an item is asks it."""
    sql = "SELECT DISTINCT item_id FROM orders_salesorderline WHERE item_id = ANY(%s::bigint[])"
    return {row[0] for row in fetch_all(sql, [array(item_ids)])}


def companies_of_orders(store_ids: Collection[int]) -> set[tuple[int, str]]:
    """Companies in which stores have orders, by store id; one query."""
    return set(SalesOrder.objects.filter(store__in=store_ids).values_list("store_id", "legal_entity__code").distinct())


def warehouses_on_orders(warehouse_ids: Collection[int]) -> set[int]:
    """Warehouses that orders or their lines name; one query."""
    sql = """
        SELECT k.id FROM unnest(%s::bigint[]) AS k (id)
        WHERE EXISTS (SELECT FROM orders_salesorder o WHERE o.warehouse_id = k.id)
           OR EXISTS (SELECT FROM orders_customerorderline l WHERE l.warehouse_id = k.id)
    """
    return {row[0] for row in fetch_all(sql, [array(warehouse_ids)])}


def stores_of_warehouses(warehouse_ids: Collection[int]) -> dict[int, int]:
    """The warehouse of each store that sells from one of these, by store id; one query."""
    return {store.pk: store.warehouse_id for store in Store.objects.filter(warehouse__in=warehouse_ids) if store.warehouse_id}
