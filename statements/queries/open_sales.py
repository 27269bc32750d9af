"""Which items, stores and warehouses sales and statements rely on."""

from collections.abc import Collection
from datetime import date

from core.db.bulk import array, fetch_all, fetch_as, text_array
from inventory.rules.master_data import UsedUnit
from ledger.rules.master_data import OpenDocument

# Lines have no index by item; transactions that are not posted are few, and have one.
_OPEN_SALES = """
    SELECT l.item_id
    FROM statements_postransaction t JOIN statements_postransactionline l ON l.transaction_id = t.id
    WHERE t.statement_id IS NULL AND t.validation_status <> 'discarded' AND l.item_id = ANY(%(items)s::bigint[])
    UNION
    SELECT l.item_id
    FROM statements_statement s
    JOIN statements_postransaction t ON t.statement_id = s.id JOIN statements_postransactionline l ON l.transaction_id = t.id
    WHERE s.posted_at IS NULL AND l.item_id = ANY(%(items)s::bigint[])
"""


def open_in_period(legal_entity_id: int, first: date, last: date, goods: bool = False) -> list[OpenDocument]:
    """Statements of these days that are not posted, and per store and day the transactions on none that are not discarded; one query.

    With `goods` only those that move goods.
    """
    return fetch_as(
        OpenDocument,
        """
        SELECT 'statement' AS kind, s.code AS store, t.business_date AS day, t.number AS document,
               CASE WHEN t.failed_state <> '' THEN t.error_code ELSE t.calc_state END AS state,
               t.transaction_count AS documents
        FROM statements_statement t JOIN orders_store s ON s.id = t.store_id
        WHERE t.legal_entity_id = %(entity)s AND t.business_date BETWEEN %(first)s AND %(last)s AND t.posted_at IS NULL
          AND (NOT %(goods)s OR EXISTS (
              SELECT FROM statements_postransaction r JOIN statements_postransactionline l ON l.transaction_id = r.id AND NOT l.voided
              WHERE r.statement_id = t.id AND r.kind = 'sale'
          ))
        UNION ALL
        SELECT 'transactions', s.code, t.business_date, '', t.validation_status, count(*)
        FROM statements_postransaction t JOIN orders_store s ON s.id = t.store_id JOIN inventory_warehouse w ON w.id = s.warehouse_id
        WHERE w.legal_entity_id = %(entity)s AND t.business_date BETWEEN %(first)s AND %(last)s AND t.statement_id IS NULL
          AND t.validation_status <> 'discarded' AND (NOT %(goods)s OR t.kind = 'sale')
        GROUP BY 2, 3, 5
        """,
        {"entity": legal_entity_id, "first": first, "last": last, "goods": goods},
    )


def items_with_open_sales(item_ids: Collection[int]) -> set[int]:
    """Items with a till line that is on no statement, or on one that is not posted; one query."""
    return {row[0] for row in fetch_all(_OPEN_SALES, {"items": array(item_ids)})}


def units_on_open_sales(units: Collection[str]) -> set[UsedUnit]:
    """What till lines that are on no statement, or on one that is not posted, have in another unit than the item's own, both of these.

    One query.
    """
    sql = """
        SELECT DISTINCT i.code AS item, l.unit_id AS unit, i.unit_id AS stock_unit
        FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        JOIN inventory_item i ON i.id = l.item_id AND i.unit_id <> l.unit_id
        WHERE l.unit_id = ANY(%(units)s::text[]) AND i.unit_id = ANY(%(units)s::text[])
          AND (
              (t.statement_id IS NULL AND t.validation_status <> 'discarded')
              OR t.statement_id IN (SELECT id FROM statements_statement WHERE posted_at IS NULL)
          )
    """
    return set(fetch_as(UsedUnit, sql, {"units": text_array(units)}))


def companies_of_stores(store_ids: Collection[int]) -> set[tuple[int, str]]:
    """Companies in which stores have statements, and their own where they have sales on none, by store id; one query."""
    sql = """
        SELECT t.store_id, e.code
        FROM (SELECT DISTINCT store_id, legal_entity_id FROM statements_statement WHERE store_id = ANY(%(stores)s::bigint[])) t
        JOIN parameters_legalentity e ON e.id = t.legal_entity_id
        UNION
        SELECT s.id, e.code
        FROM orders_store s
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        WHERE s.id = ANY(%(stores)s::bigint[])
          AND EXISTS (SELECT FROM statements_postransaction t WHERE t.store_id = s.id AND t.statement_id IS NULL)
    """
    return {(store, company) for store, company in fetch_all(sql, {"stores": array(store_ids)})}


def warehouses_with_statements(warehouse_ids: Collection[int]) -> set[int]:
    """Warehouses that statements are posted from; one query."""
    sql = """
        SELECT k.id FROM unnest(%s::bigint[]) AS k (id) WHERE EXISTS (SELECT FROM statements_statement t WHERE t.warehouse_id = k.id)
    """
    return {row[0] for row in fetch_all(sql, [array(warehouse_ids)])}
