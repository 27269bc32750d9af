"""Makes stores, stock and calculated statements of any size with a fixed number of queries; deterministic for its arguments.

About 60 % of the lines are batch-tracked. Each (warehouse, tracked item) has three batches with dates, with so much stock that some of the
demand falls to the default batch; one item in twenty has no batch at all.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.db import connection, transaction

from core.db.bulk import execute, fetch_value
from ledger.services import ensure_legal_entity_books
from parameters.models import Currency, LegalEntity, RetailParameters
from statements.services.calculation import calculate_statements

LINES_PER_TRANSACTION = 8
TRANSACTIONS_PER_STATEMENT = 12
LINES_PER_STATEMENT = LINES_PER_TRANSACTION * TRANSACTIONS_PER_STATEMENT
ITEMS = 2_000
FIRST_DAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class Size:
    """How much to make: `lines` in round numbers, over `stores`, as many days as that takes."""

    lines: int
    stores: int

    @property
    def days(self) -> int:
        """Business days per store."""
        return max(1, ceil(self.lines / (self.stores * LINES_PER_STATEMENT)))


def generate(size: Size) -> None:
    """Fills an empty, migrated database and calculates its statements."""
    with transaction.atomic():
        entity = _legal_entity()
        for sql in _SQL:
            execute(
                sql,
                {
                    "entity": entity.pk,
                    "stores": size.stores,
                    "items": ITEMS,
                    "days": size.days,
                    "first": FIRST_DAY,
                    "transactions": TRANSACTIONS_PER_STATEMENT,
                    "lines": LINES_PER_TRANSACTION,
                },
            )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    calculate_statements(actor="bench")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    made = fetch_value("SELECT count(*) FROM statements_statement")
    assert made == size.stores * size.days, f"{made} statements made"


def _legal_entity() -> LegalEntity:
    currency, _ = Currency.objects.get_or_create(code="USD")
    entity, _ = LegalEntity.objects.get_or_create(code="BENCH", defaults={"name": "Bench", "currency": currency})
    RetailParameters.objects.update_or_create(
        legal_entity=entity, defaults={"posting_use_default_batch_id": True, "posting_default_batch_id": "DEFAULT"}
    )
    ensure_legal_entity_books([entity.pk])
    return entity


def last_day(size: Size) -> date:
    """Last business date that was made."""
    return FIRST_DAY + timedelta(days=size.days - 1)


_SQL = (
    "INSERT INTO parameters_unit (code) VALUES ('each') ON CONFLICT DO NOTHING",
    "INSERT INTO inventory_site (code, name, legal_entity_id) VALUES ('S', 'S', %(entity)s)",
    """
    INSERT INTO inventory_warehouse (code, name, site_id, legal_entity_id, wms_enabled, store_negative_physical, store_negative_financial,
                                     location_plate_controlled)
    SELECT 'W' || n, 'W' || n, s.id, %(entity)s, false, false, false, false FROM inventory_site s, generate_series(1, %(stores)s) n
    """,
    "INSERT INTO orders_customer (code, name, blocked) SELECT 'WALKIN-S' || n, 'Walk-in', false FROM generate_series(1, %(stores)s) n",
    """
    INSERT INTO orders_store (code, name, warehouse_id, currency_id, time_zone, end_of_business_day, walk_in_customer_id,
                              rounding_limit)
    SELECT 'S' || n, 'S' || n, w.id, 'USD', 'America/New_York', '00:00', c.id, 0
    FROM generate_series(1, %(stores)s) n JOIN inventory_warehouse w ON w.code = 'W' || n JOIN orders_customer c ON c.code = 'WALKIN-S' || n
    """,
    "INSERT INTO orders_terminal (store_id, code) SELECT id, 'T1' FROM orders_store",
    "INSERT INTO inventory_itemgroup (code, name) VALUES ('ALL', 'All')",
    """
    INSERT INTO inventory_itemmodelgroup (code, name, negative_physical, negative_financial, allocation_policy, costing_method)
    VALUES ('FEFO-NEG', 'FEFO', true, true, 'fefo', 'standard') ON CONFLICT DO NOTHING
    """,
    "INSERT INTO inventory_trackinggroup (code, name, batch_active) VALUES ('B-BATCH', 'Batch', true), ('B-NONE', 'None', false)",
    "INSERT INTO inventory_storagegroup (code, name, wms_enabled) VALUES ('B-NONE', 'None', false)",
    """
    INSERT INTO inventory_item (code, name, item_group_id, model_group_id, tracking_group_id, storage_group_id, unit_id, standard_cost)
    SELECT 'I' || n, 'Item ' || n, g.id, m.id, t.id, s.id, 'each', 1 + n %% 7
    FROM generate_series(1, %(items)s) n
    JOIN inventory_itemgroup g ON g.code = 'ALL'
    JOIN inventory_itemmodelgroup m ON m.code = 'FEFO-NEG'
    JOIN inventory_trackinggroup t ON t.code = CASE WHEN n %% 5 < 3 THEN 'B-BATCH' ELSE 'B-NONE' END
    JOIN inventory_storagegroup s ON s.code = 'B-NONE'
    """,
    """
    INSERT INTO inventory_batch (item_id, number, expires_on, disposition_id, is_default_batch)
    SELECT i.id, 'B' || b, %(first)s::date + 30 * b + %(days)s, d.id, false
    FROM inventory_item i JOIN inventory_trackinggroup t ON t.id = i.tracking_group_id AND t.batch_active
    CROSS JOIN generate_series(1, 3) b JOIN inventory_disposition d ON d.code = 'available'
    WHERE i.id %% 20 <> 0
    """,
    """
    INSERT INTO statements_postransaction (store_id, terminal_id, number, kind, sold_at, business_date, currency_id, customer_code, net,
                                           tax, total, content_hash, validation_status)
    SELECT s.id, t.id, d || '-' || r, 'sale',
           (%(first)s::date + d)::timestamp AT TIME ZONE 'America/New_York' + make_interval(hours => 8, mins => r),
           %(first)s::date + d, 'USD', '', 8 * %(lines)s, 0, 8 * %(lines)s, gen_random_uuid(), 'valid'
    FROM orders_store s JOIN orders_terminal t ON t.store_id = s.id
    CROSS JOIN generate_series(0, %(days)s - 1) d CROSS JOIN generate_series(1, %(transactions)s) r
    ORDER BY s.id, d, r
    """,
    """
    INSERT INTO statements_postransactionline (transaction_id, number, item_id, item_code, unit_id, quantity, stock_quantity, price,
                                               discount, net, tax, batch_number, voided, return_store, return_terminal, return_number)
    SELECT t.id, n, i.id, i.code, 'each', 1 + n %% 2, 1 + n %% 2, 8.0 / (1 + n %% 2), 0, 8, 0, '', false, '', '', ''
    FROM statements_postransaction t CROSS JOIN generate_series(1, %(lines)s) n
    JOIN inventory_item i ON i.code = 'I' || 1 + ((t.id * 7919 + n * 104729) %% (%(items)s / 4) * 4 + n) %% %(items)s
    ORDER BY t.id, n
    """,
    """
    INSERT INTO statements_pospayment (transaction_id, number, method_id, amount)
    SELECT id, 1, CASE WHEN id %% 3 = 0 THEN 'card' ELSE 'cash' END, total FROM statements_postransaction
    """,
    """
    INSERT INTO inventory_receiptline (receipt, line_number, legal_entity_id, warehouse_id, item_id, batch_id, quantity, unit_cost,
                                       received_at, content_hash)
    SELECT 'R' || d.warehouse_id, row_number() OVER (PARTITION BY d.warehouse_id ORDER BY d.item_id, b.number),
           (SELECT legal_entity_id FROM inventory_warehouse w WHERE w.id = d.warehouse_id), d.warehouse_id, d.item_id, b.id,
           CASE WHEN b.id IS NULL THEN d.demand ELSE greatest(1, round(d.demand * 0.32)) END, i.standard_cost,
           %(first)s::date - 1, gen_random_uuid()
    FROM (
        SELECT s.warehouse_id, l.item_id, sum(l.stock_quantity) AS demand
        FROM statements_postransactionline l
        JOIN statements_postransaction t ON t.id = l.transaction_id JOIN orders_store s ON s.id = t.store_id
        GROUP BY 1, 2
    ) d
    JOIN inventory_item i ON i.id = d.item_id JOIN inventory_trackinggroup k ON k.id = i.tracking_group_id
    LEFT JOIN inventory_batch b ON b.item_id = d.item_id
    WHERE b.id IS NOT NULL OR NOT k.batch_active
    """,
    """
    INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount)
    SELECT warehouse_id, item_id, batch_id, quantity, received_at::date, 1, id, quantity * unit_cost FROM inventory_receiptline
    """,
    """
    INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at)
    SELECT warehouse_id, item_id, batch_id, sum(quantity), 0, false, min(received_at) FROM inventory_receiptline GROUP BY 1, 2, 3
    """,
    """
    INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
    SELECT warehouse_id, item_id, sum(quantity), sum(cost_amount), max(i.standard_cost), false
    FROM inventory_inventorytransaction t JOIN inventory_item i ON i.id = t.item_id GROUP BY 1, 2
    """,
)
