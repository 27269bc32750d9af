"""What the checks of new customer orders look at, for a whole batch of orders; a fixed number of queries."""

from collections.abc import Collection
from uuid import UUID

from core.db.bulk import array, fetch_all, fetch_by, text_array
from core.db.meant_codes import Named
from inventory.queries import named
from orders.queries.returns import RETURNED
from orders.rules.fulfilment import DeliveryMode
from orders.rules.place_orders import Buyer, OrderKey, OrderParameters, OrderPlace, OrderReturn, OrderStore
from orders.rules.sold_lines import ReturnedLine

NAMED_BY = {
    **named.NAMED_BY,
    "UNKNOWN_CUSTOMER": Named("customer", "orders_customer"),
    "UNKNOWN_STORE": Named("store", "orders_store"),
}


def order_stores(codes: Collection[str]) -> dict[str, OrderStore]:
    """Stores by code; one query."""
    return fetch_by(
        ("code",),
        OrderStore,
        """
        SELECT s.code, s.id, s.currency_id AS currency, s.time_zone, s.end_of_business_day, s.walk_in_customer_id AS walk_in_id,
               COALESCE(w.code, '') AS warehouse, c.code AS walk_in,
               s.rounding_limit, w.legal_entity_id
        FROM orders_store s
        JOIN orders_customer c ON c.id = s.walk_in_customer_id
        LEFT JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WHERE s.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def places(codes: Collection[str]) -> dict[str, OrderPlace]:
    """Warehouses by code; one query."""
    return fetch_by(
        ("code",),
        OrderPlace,
        """
        SELECT w.code, w.id, e.id AS legal_entity_id, e.code AS company, e.currency_id AS currency
        FROM inventory_warehouse w JOIN parameters_legalentity e ON e.id = w.legal_entity_id WHERE w.code = ANY(%s::text[])
        """,
        [text_array(codes)],
    )


def buyers(codes: Collection[str]) -> dict[str, Buyer]:
    """Customers by code; one query."""
    return fetch_by(("code",), Buyer, "SELECT code, id, blocked FROM orders_customer WHERE code = ANY(%s::text[])", [text_array(codes)])


def order_parameters(legal_entity_ids: Collection[int]) -> dict[int, OrderParameters]:
    """Percentages and delivery modes by legal entity; one query."""
    sql = """
        SELECT legal_entity_id, customer_orders_default_deposit_percent, customer_orders_cancellation_charge_percent,
               customer_orders_offer_pickup, customer_orders_offer_ship,
               customer_orders_offer_carry_out
        FROM parameters_retailparameters WHERE legal_entity_id = ANY(%s::bigint[])
    """
    modes = (DeliveryMode.PICKUP, DeliveryMode.SHIP, DeliveryMode.CARRY_OUT)
    return {
        entity: OrderParameters(deposit, frozenset(mode for mode, on in zip(modes, offered, strict=True) if on), charge)
        for entity, deposit, charge, *offered in fetch_all(sql, [array(legal_entity_ids)])
    }


def known_orders(numbers: Collection[str]) -> dict[OrderKey, tuple[int, UUID | None]]:
    """Orders of any company that have one of the numbers, with their digest; None for one that a statement made. One query."""
    rows = fetch_all(
        """
        SELECT o.legal_entity_id, o.number, o.id, c.content_hash
        FROM orders_salesorder o LEFT JOIN orders_customerorder c ON c.order_id = o.id
        WHERE o.number = ANY(%s::text[])
        """,
        [text_array(numbers)],
    )
    return {(entity, number): (order_id, digest) for entity, number, order_id, digest in rows}


def returned_order_lines(refs: Collection[OrderReturn]) -> dict[tuple[int, OrderReturn], ReturnedLine]:
    """Order lines that returns name, of any company, with what of them is invoiced and what is on returns; two queries.

    Holds their orders FOR NO KEY UPDATE, by id: two returns of one line are taken one after the other.
    """
    if not refs:
        return {}
    numbers = text_array({ref.order for ref in refs})
    fetch_all("SELECT id FROM orders_salesorder WHERE number = ANY(%s::text[]) ORDER BY id FOR NO KEY UPDATE", [numbers])
    found = fetch_by(
        ("sold_by", "number", "line"),
        ReturnedLine,
        f"""
        SELECT o.legal_entity_id AS sold_by, k.number, k.line, l.id AS order_line_id, o.legal_entity_id, i.code AS item, l.unit_id AS unit,
               c.invoiced, d.net, d.tax,
               r.quantity AS returned, r.net AS returned_net, r.tax AS returned_tax, COALESCE(g.number, '') AS gift_card,
               l.quantity, l.stock_quantity
        FROM unnest(%s::text[], %s::int[]) AS k (number, line)
        JOIN orders_salesorder o ON o.number = k.number
        JOIN orders_salesorderline l ON l.order_id = o.id AND l.line_number = k.line AND l.quantity > 0
        JOIN orders_customerorderline c ON c.order_line_id = l.id
        JOIN inventory_item i ON i.id = l.item_id
        LEFT JOIN orders_giftcard g ON g.id = c.gift_card_id
        {RETURNED}
        """,
        [text_array(ref.order for ref in refs), array(ref.line for ref in refs)],
    )
    return {(entity, OrderReturn(number, line)): sold for (entity, number, line), sold in found.items()}
