"""Makes a posted history of any length by arithmetic: every key follows from store, day, receipt and line, so nothing is looked up.

Per store and day: twelve transactions of eight lines, a tender declaration, a statement, a sales order, an invoice and two vouchers. Six
assortments of 3,000 items, the first ones sold far more often; 60 % of the items have batches, one per 65 days; a twelfth of their lines
went to the default batch. The last day is on no statement yet and has transactions in error, the day before is calculated. Triggers and
indexes are off while rows are written, so these are fast to make and as large as the real ones; references hold, amounts need not add up.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import ceil

from django.db import connection

from core.db.bulk import execute, fetch_all
from core.jobs.models import Job
from inventory.models import Batch, Disposition, Item, ItemGroup, ItemModelGroup, Site, StorageGroup, TrackingGroup, Warehouse
from ledger.services import ensure_legal_entity_books
from orders.models import Customer, Store, Terminal
from parameters.models import Currency, LegalEntity, RetailParameters, Unit
from retailhq.bench.generate import FIRST_DAY, LINES_PER_STATEMENT, Size

ITEMS = 20_000
BATCHES_PER_ITEM = 6
DAYS_PER_CHUNK = 10
BIG_TABLES = (
    "statements_postransaction", "statements_postransactionline", "statements_pospayment", "statements_validationproblem",
    "statements_statement", "statements_orderreceipt", "orders_salesorder", "orders_salesorderline", "orders_batchallocation",
    "orders_invoice", "orders_invoiceline", "inventory_receiptline", "inventory_inventorytransaction", "inventory_onhand",
    "inventory_batchdebt", "ledger_voucher", "ledger_voucherline", "jobs_job",
)  # fmt: skip


def make_history(size: Size, say: Callable[[str], None]) -> None:
    """Fills an empty, migrated database; `say` hears how far it is."""
    make_masters(size.stores)
    for setting in ("work_mem = '512MB'", "maintenance_work_mem = '1GB'", "synchronous_commit = off", "jit = off"):
        execute(f"SET {setting}")
    indexes = take_indexes_off()
    for table in BIG_TABLES:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    values = {"stores": size.stores, "days": size.days, "first": FIRST_DAY, "items": ITEMS}
    for day in range(0, size.days, DAYS_PER_CHUNK):
        chunk = values | {"from": day, "to": min(day + DAYS_PER_CHUNK, size.days) - 1}
        for sql in CHUNK_SQL:
            execute(sql, chunk)
        say(f"days {day} to {chunk['to']} of {size.days}")
    for sql in LAST_SQL:
        execute(sql, values)
    make_jobs(size.days * 10)
    for table, definition in indexes:
        execute(definition)
        say(f"index on {table}")
    for table in BIG_TABLES:
        execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in BIG_TABLES:
        if fetch_all(
            "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = 'id' AND is_identity = 'YES'", [table]
        ):
            execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(max(id), 1) FROM {table}))")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say("done")


def take_indexes_off() -> list[tuple[str, str]]:
    """Drops keys and indexes of the big tables; gives what makes them again."""
    found = []
    sql = """
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype IN ('p', 'u') AND c.relname = ANY(%s) ORDER BY k.contype, c.relname
    """
    foreign = """
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype = 'f' AND k.conparentid = 0
          AND EXISTS (SELECT 1 FROM pg_class b WHERE b.oid IN (k.conrelid, k.confrelid) AND b.relname = ANY(%s))
    """
    references = fetch_all(foreign, [list(BIG_TABLES)])
    for table, name, _ in references:
        execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for table, name, definition in fetch_all(sql, [list(BIG_TABLES)]):
        found.append((table, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'))
        execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for table, name, definition in fetch_all(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)", [list(BIG_TABLES)]
    ):
        found.append((table, definition))
        execute(f'DROP INDEX "{name}"')
    return found + [(table, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}') for table, name, definition in references]


def make_masters(stores: int) -> None:
    """Company, stores, items and batches, their keys counted from 1 as the SQL expects."""
    currency, _ = Currency.objects.get_or_create(code="USD")
    Unit.objects.get_or_create(code="each")
    entity = LegalEntity.objects.create(pk=1, code="BENCH", name="Bench", currency=currency)
    RetailParameters.objects.create(legal_entity=entity, posting_use_default_batch_id=True, posting_default_batch_id="DEFAULT")
    ensure_legal_entity_books([entity.pk])
    site = Site.objects.create(code="S", name="Site", legal_entity=entity)
    numbers = range(1, stores + 1)
    Warehouse.objects.bulk_create(Warehouse(pk=n, code=f"W{n:03}", name=f"Warehouse {n}", site=site, legal_entity=entity) for n in numbers)
    Customer.objects.bulk_create(Customer(pk=n, code=f"S{n:03}-WALKIN", name=f"Walk-in {n}") for n in numbers)
    Store.objects.bulk_create(
        Store(pk=n, code=f"S{n:03}", name=f"Store {n}", warehouse_id=n, currency=currency, time_zone="America/New_York",
              end_of_business_day="00:00", walk_in_customer_id=n)
        for n in numbers
    )  # fmt: skip
    Terminal.objects.bulk_create(Terminal(pk=n, store_id=n, code="T1") for n in numbers)
    group, model = ItemGroup.objects.create(code="ALL", name="All"), ItemModelGroup.objects.create(code="FEFO", negative_physical=True)
    tracking = [TrackingGroup.objects.create(code=code, batch_active=active) for code, active in (("BATCH", True), ("NONE", False))]
    storage = StorageGroup.objects.create(code="NONE", name="None")
    Item.objects.bulk_create(
        (
            Item(pk=n, code=f"{1_000_000 + n}", name=f"Item {n}", item_group=group, model_group=model, storage_group=storage,
                 tracking_group=tracking[n % 5 >= 3], unit_id="each", standard_cost=Decimal(1 + n % 7))
            for n in range(1, ITEMS + 1)
        ),
        batch_size=5_000,
    )  # fmt: skip
    available = Disposition.objects.get(code="available")
    Batch.objects.bulk_create(
        (
            Batch(pk=(n - 1) * BATCHES_PER_ITEM + number + 1, item_id=n, number="DEFAULT" if number == 5 else f"L{n % 97:02}-{number}",
                  expires_on=None if number == 5 or n % 11 == 0 else FIRST_DAY + timedelta(days=65 * number + 70 + n % 40),
                  disposition=available, is_default_batch=number == 5)
            for n in range(1, ITEMS + 1) if n % 5 < 3 for number in range(BATCHES_PER_ITEM)
        ),
        batch_size=5_000,
    )  # fmt: skip


def make_jobs(number: int) -> None:
    """Jobs of the past."""
    at = datetime.combine(FIRST_DAY, time(), UTC)
    Job.objects.bulk_create(
        Job(kind="post_statements", title="Post 400 statements", status="failed" if n % 20 == 0 else "done", done=38_400, total=38_400,
            started_at=at + timedelta(hours=n), finished_at=at + timedelta(hours=n, minutes=1))
        for n in range(number)
    )  # fmt: skip


def size_for(lines: int, stores: int) -> Size:
    """The size with at least so many lines."""
    return Size(ceil(lines / (stores * LINES_PER_STATEMENT)) * stores * LINES_PER_STATEMENT, stores)


# sid: a store's day; the sales lines of the chunk with everything that follows from their number.
_DAYS = "generate_series(%(from)s::int, %(to)s::int) d CROSS JOIN generate_series(1, %(stores)s::int) s"
_SID = "(d * %(stores)s::bigint + s)"
_LINES = f"""
    (SELECT x.*, CASE WHEN x.item %% 5 >= 3 THEN NULL WHEN x.id %% 12 = 0 THEN (x.item - 1) * 6 + 6
                      ELSE (x.item - 1) * 6 + least(x.d / 65, 4) + 1 END AS batch, 1 + (x.id %% 3)::numeric AS quantity
     FROM (SELECT d, s, r, n, {_SID} AS sid, ({_SID} - 1) * 13 + r AS tid, (({_SID} - 1) * 12 + r - 1) * 8 + n AS id,
                  1 + (floor(power(((({_SID} * 12 + r) * 8 + n) * 7919 %% 1000003) / 1000003.0, 2) * 3000)::bigint * 6 + s %% 6)
                      %% %(items)s::bigint AS item
           FROM {_DAYS} CROSS JOIN generate_series(1, 12) r CROSS JOIN generate_series(1, 8) n) x) l
"""
_MADE_UP = """'{"text": "Made up for the benchmark"}'::jsonb"""
_POSTED = "d < %(days)s::int - 2"
_ON_STATEMENT = "d < %(days)s::int - 1"

CHUNK_SQL = (
    f"""
    INSERT INTO statements_statement (id, number, store_id, warehouse_id, legal_entity_id, business_date, ordinal, calc_state, post_state,
        failed_state, error_code, error_text, attempts, work_state, transaction_count, line_count, total, settings_snapshot, posted_at,
        created_at)
    SELECT {_SID}, 'S' || lpad(s::text, 3, '0') || '-' || lpad((d + 1)::text, 6, '0'), s, s, 1, %(first)s::date + d, 1, 'Calculated',
        CASE WHEN {_POSTED} AND {_SID} %% 200 <> 0 THEN 'Posted' WHEN {_SID} %% 200 = 0 THEN 'Customer order created' ELSE '' END,
        CASE WHEN {_SID} %% 200 = 0 THEN 'Customer order invoiced' ELSE '' END,
        CASE WHEN {_SID} %% 200 = 0 THEN 'NO_VALID_BATCH' ELSE '' END, NULL, 1, '', 13, 96, 100 + {_SID} * 37 %% 90000 / 100.0, '{{}}',
        CASE WHEN {_POSTED} AND {_SID} %% 200 <> 0 THEN (%(first)s::date + d + 1)::timestamptz END, (%(first)s::date + d + 1)::timestamptz
    FROM {_DAYS} WHERE {_ON_STATEMENT} ORDER BY 1
    """,
    f"""
    INSERT INTO statements_postransaction (id, store_id, terminal_id, number, kind, sold_at, business_date, currency_id, customer_code, net,
        tax, total, content_hash, validation_status, statement_id, imported_at)
    SELECT ({_SID} - 1) * 13 + r, s, s, (31000000000 + ({_SID} - 1) * 13 + r)::text,
        CASE WHEN r = 13 THEN 'tender_declaration' ELSE 'sale' END,
        (%(first)s::date + d)::timestamp AT TIME ZONE 'America/New_York' + make_interval(hours => 7, mins => r * 60 + s %% 60),
        %(first)s::date + d, 'USD', '', 20 + r, 1, 21 + r, gen_random_uuid(),
        CASE WHEN NOT {_ON_STATEMENT} AND r = 3 THEN 'error' ELSE 'valid' END, CASE WHEN {_ON_STATEMENT} THEN {_SID} END,
        (%(first)s::date + d + 1)::timestamptz
    FROM {_DAYS} CROSS JOIN generate_series(1, 13) r ORDER BY 1
    """,
    f"""
    INSERT INTO statements_postransactionline (id, transaction_id, number, item_id, item_code, unit_id, quantity, stock_quantity, price,
        discount, net, tax, batch_number, voided, return_store, return_terminal, return_number)
    SELECT id, tid, n, item, (1000000 + item)::text, 'each', quantity, quantity, 2.5, 0, 2.5 * quantity, 0.15, '', false, '', '', ''
    FROM {_LINES} ORDER BY 1
    """,
    f"""
    INSERT INTO statements_pospayment (id, transaction_id, number, method_id, amount)
    SELECT ({_SID} - 1) * 13 + r, ({_SID} - 1) * 13 + r, 1, CASE WHEN r %% 3 = 0 THEN 'card' ELSE 'cash' END, 21 + r
    FROM {_DAYS} CROSS JOIN generate_series(1, 13) r ORDER BY 1
    """,
    f"""
    INSERT INTO statements_validationproblem (transaction_id, line_number, code, severity, variant, params)
    SELECT ({_SID} - 1) * 13 + 3, 1, (ARRAY['L04', 'L05', 'H14'])[1 + s %% 3], 'error', 'as_written', {_MADE_UP}
    FROM {_DAYS} WHERE NOT {_ON_STATEMENT}
    UNION ALL SELECT ({_SID} - 1) * 13 + 5, 2, 'B05', 'warning', 'as_written', {_MADE_UP} FROM {_DAYS} WHERE {_SID} %% 3 = 0
    """,
    f"""
    INSERT INTO orders_salesorder (id, number, legal_entity_id, origin, store_id, warehouse_id, customer_id, business_date, status,
        source_kind, source_id, ordinal, merges_lines, error_code, error_text)
    SELECT {_SID}, 'S' || lpad(s::text, 3, '0') || '-' || lpad((d + 1)::text, 6, '0') || '-0001', 1, 'statement', s, s, s,
        %(first)s::date + d, CASE WHEN {_SID} %% 200 = 0 THEN 'created' ELSE 'invoiced' END, 5, {_SID}, 1, false,
        CASE WHEN {_SID} %% 200 = 0 THEN 'NO_VALID_BATCH' ELSE '' END, NULL
    FROM {_DAYS} WHERE {_POSTED} ORDER BY 1
    """,
    f"INSERT INTO statements_orderreceipt (transaction_id, order_id) SELECT DISTINCT tid, sid FROM {_LINES} WHERE {_POSTED}",
    f"""
    INSERT INTO orders_salesorderline (id, order_id, line_number, item_id, unit_id, quantity, stock_quantity, price, discount, net, tax)
    SELECT id, sid, (r - 1) * 8 + n, item, 'each', quantity, quantity, 2.5, 0, 2.5 * quantity, 0.15 FROM {_LINES} WHERE {_POSTED} ORDER BY 1
    """,
    f"""
    INSERT INTO orders_batchallocation (source_kind, source_id, ordinal, order_line_id, item_id, warehouse_id, batch_id, quantity, source,
        reason, setting)
    SELECT 2, id, 1, id, item, s, batch, quantity,
        CASE WHEN batch IS NULL THEN 'untracked' WHEN id %% 12 = 0 THEN 'default' ELSE 'allocated' END,
        CASE WHEN batch IS NULL THEN 'NOT_TRACKED' WHEN id %% 12 = 0 THEN 'STOCK_USED_UP' ELSE 'FEFO' END, ''
    FROM {_LINES} WHERE {_POSTED} AND sid %% 200 <> 0 ORDER BY 2
    """,
    f"""
    INSERT INTO inventory_receiptline (id, receipt, line_number, legal_entity_id, warehouse_id, item_id, batch_id, quantity, unit_cost,
        received_at, content_hash, registered_at)
    SELECT id, 'GR-' || s || '-' || d, (r - 1) * 8 + n, (SELECT legal_entity_id FROM inventory_warehouse w WHERE w.id = s), s, item,
        batch, 20, 1.5, (%(first)s::date + d)::timestamptz, gen_random_uuid(),
        (%(first)s::date + d)::timestamptz
    FROM {_LINES} WHERE id %% 5 = 0 AND l.id %% 12 <> 0 ORDER BY 1
    """,
    f"""
    INSERT INTO inventory_inventorytransaction (warehouse_id, item_id, batch_id, quantity, date, source_kind, source_id, cost_amount,
        posted_at)
    SELECT s, item, batch, 20, %(first)s::date + d, 1, id, 30, (%(first)s::date + d)::timestamptz
    FROM {_LINES} WHERE id %% 5 = 0 AND l.id %% 12 <> 0
    UNION ALL
    SELECT s, item, batch, -quantity, %(first)s::date + d, 3, id, -1.5 * quantity, (%(first)s::date + d + 1)::timestamptz
    FROM {_LINES} WHERE {_POSTED} AND sid %% 200 <> 0 ORDER BY 5, 6
    """,
    f"""
    INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, is_default)
    SELECT DISTINCT s, item, batch, 0, 0, true, true
    FROM {_LINES} JOIN inventory_batch b ON b.id = batch AND b.is_default_batch
    WHERE {_POSTED} AND sid %% 200 <> 0 AND l.id %% 12 = 0
      AND NOT EXISTS (SELECT FROM inventory_onhand o WHERE o.warehouse_id = s AND o.item_id = item AND o.batch_id = batch)
    """,
    f"""
    INSERT INTO inventory_batchdebt (warehouse_id, item_id, batch_id, source_kind, source_id, quantity, open_quantity, business_date,
        unit_cost, opened_at)
    SELECT s, item, batch, 2, id, quantity, CASE WHEN id %% 5 = 0 THEN 0 ELSE quantity END, %(first)s::date + d, 1.5,
        (%(first)s::date + d)::timestamptz
    FROM {_LINES} WHERE {_POSTED} AND sid %% 200 <> 0 AND batch IS NOT NULL AND l.id %% 12 = 0
    """,
    f"""
    INSERT INTO orders_invoice (id, number, legal_entity_id, order_id, ordinal, date, net, tax, total, posted_at)
    SELECT {_SID}, 'S' || lpad(s::text, 3, '0') || '-' || lpad((d + 1)::text, 6, '0') || '-0001-I1', 1, {_SID}, 1, %(first)s::date + d,
        100 + {_SID} %% 977, 6, 106 + {_SID} %% 977, (%(first)s::date + d + 1)::timestamptz
    FROM {_DAYS} WHERE {_POSTED} AND {_SID} %% 200 <> 0 ORDER BY 1
    """,
    f"""
    INSERT INTO orders_invoiceline (invoice_id, line_number, order_line_id, quantity, net, tax)
    SELECT sid, (r - 1) * 8 + n, id, quantity, 2.5 * quantity, 0.15 FROM {_LINES} WHERE {_POSTED} AND sid %% 200 <> 0 ORDER BY 1, 2
    """,
    f"""
    INSERT INTO ledger_voucher (id, legal_entity_id, number, date, source_kind, source_id, step, posted_at)
    SELECT {_SID} * 2 + v - 1, 1,
        'S' || lpad(s::text, 3, '0') || '-' || lpad((d + 1)::text, 6, '0') || CASE WHEN v = 1 THEN '-0001-I' ELSE '-P' END,
        %(first)s::date + d, CASE WHEN v = 1 THEN 4 ELSE 5 END, {_SID}, CASE WHEN v = 1 THEN 'invoice' ELSE 'payment' END,
        (%(first)s::date + d + 1)::timestamptz
    FROM {_DAYS} CROSS JOIN generate_series(1, 2) v WHERE {_POSTED} AND {_SID} %% 200 <> 0 ORDER BY 1
    """,
    f"""
    INSERT INTO ledger_voucherline (voucher_id, line_number, account_id, debit, credit, text)
    SELECT {_SID} * 2 + v - 1, n, (SELECT min(id) FROM ledger_mainaccount) + n, CASE WHEN n %% 2 = 1 THEN 100 ELSE 0 END,
        CASE WHEN n %% 2 = 0 THEN 100 ELSE 0 END, ''
    FROM {_DAYS} CROSS JOIN generate_series(1, 2) v CROSS JOIN generate_series(1, 4) n WHERE {_POSTED} AND {_SID} %% 200 <> 0
    """,
)
LAST_SQL = (
    """
    INSERT INTO inventory_onhand (warehouse_id, item_id, batch_id, physical, reserved, negative_allowed, first_received_at)
    SELECT t.warehouse_id, t.item_id, t.batch_id, abs(sum(t.quantity)), 0, false, min(t.posted_at)
    FROM inventory_inventorytransaction t LEFT JOIN inventory_batch b ON b.id = t.batch_id
    WHERE b.is_default_batch IS NOT true
    GROUP BY t.warehouse_id, t.item_id, t.batch_id
    """,
    """
    INSERT INTO inventory_warehouseitemcost (warehouse_id, item_id, quantity, value, unit_cost, moving_average)
    SELECT warehouse_id, item_id, sum(physical), round(sum(physical) * 1.5, 2), 1.5, false FROM inventory_onhand GROUP BY 1, 2
    """,
)
