"""How long a recall takes: one item that every store sold every day of a year, and a batch that came to all of them in the middle of it."""

from datetime import timedelta
from time import perf_counter

from django.utils import timezone

from core.db.bulk import execute, fetch_value
from retailhq.bench.effort import processor_time
from retailhq.bench.generate import FIRST_DAY
from retailhq.bench.history import BIG_TABLES, make_masters
from statements.models import Statement
from statements.services.recall import RecallRequest, recall_batch

SALES_A_DAY = 3
ITEM = 1
_VALUES = "generate_series(1, %(stores)s) s CROSS JOIN generate_series(0, %(days)s - 1) d CROSS JOIN generate_series(1, %(sales)s) n"
_ID = "((s - 1) * %(days)s + d) * %(sales)s + n"
# Five real batches of the item, one after the other; a twelfth of the sales went to the default batch, the sixth one.
_BATCH = "CASE WHEN (d + n) %% 12 = 0 THEN 6 ELSE 1 + d * 5 / %(days)s END"
FILL = (
    f"""
    INSERT INTO statements_postransaction (id, store_id, terminal_id, number, kind, sold_at, business_date, currency_id, customer_code, net,
        tax, total, content_hash, validation_status, imported_at, statement_id)
    SELECT {_ID}, s, s, ({_ID})::text, 'sale', (%(first)s::date + d)::timestamp AT TIME ZONE 'UTC' + make_interval(hours => 8 + n),
        %(first)s::date + d, 'USD', '', 2, 0, 2, gen_random_uuid(), 'valid', now(), s
    FROM {_VALUES} ORDER BY 1
    """,
    f"""
    INSERT INTO statements_postransactionline (id, transaction_id, number, item_id, item_code, unit_id, quantity, stock_quantity, price,
        discount, net, tax, batch_number, voided, return_store, return_terminal, return_number)
    SELECT {_ID}, {_ID}, 1, {ITEM}, 'I', 'each', 1, 1, 2, 0, 2, 0, '', false, '', '', '' FROM {_VALUES} ORDER BY 1
    """,
    f"""
    INSERT INTO orders_batchallocation (source_kind, source_id, ordinal, order_line_id, item_id, warehouse_id, batch_id, quantity, source,
        reason, setting)
    SELECT 2, {_ID}, 1, {_ID}, {ITEM}, s, {_BATCH}, 1, CASE WHEN (d + n) %% 12 = 0 THEN 'default' ELSE 'allocated' END, 'FEFO', ''
    FROM {_VALUES} ORDER BY 2
    """,
    f"""
    INSERT INTO inventory_receiptline (id, receipt, line_number, legal_entity_id, warehouse_id, item_id, batch_id, quantity, unit_cost,
        received_at, content_hash)
    SELECT s, 'GR-' || s, 1, 1, s, {ITEM}, 3, 200, 1, (%(first)s::date + %(days)s * 2 / 5)::timestamptz, gen_random_uuid()
    FROM generate_series(1, %(stores)s) s
    """,
)


def fill(stores: int, days: int) -> None:
    """Fills an empty, migrated database."""
    make_masters(stores)
    for table in BIG_TABLES:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    now = timezone.now()
    Statement.objects.bulk_create(
        Statement(
            pk=n, number=f"S{n}", store_id=n, warehouse_id=n, legal_entity_id=1, business_date=FIRST_DAY, ordinal=1,
            calc_state="Calculated", post_state="Posted", posted_at=now,
        )
        for n in range(1, stores + 1)
    )  # fmt: skip
    values = {"stores": stores, "days": days, "sales": SALES_A_DAY, "first": FIRST_DAY}
    for sql in FILL:
        execute(sql, values)
    for table in BIG_TABLES:
        execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in (
        "statements_statement",
        "statements_postransaction",
        "statements_postransactionline",
        "orders_batchallocation",
        "inventory_receiptline",
    ):
        execute(f"ANALYZE {table}")


def recall_figures(stores: int, days: int) -> dict[str, object]:
    """Seconds of the whole recall, and of one that is limited to a month."""
    found: dict[str, object] = {"figure": "recall", "stores": stores, "days": days, "sales of the item": stores * days * SALES_A_DAY}
    backend = fetch_value("SELECT pg_backend_pid()")
    month = FIRST_DAY + timedelta(days=days * 2 // 5)
    for name, request in (
        ("all", RecallRequest("1000001", "L01-2")),
        ("a month", RecallRequest("1000001", "L01-2", month, month + timedelta(days=30))),
    ):
        began, worked = perf_counter(), processor_time(backend)
        recall = recall_batch(request, "bench")
        found[f"{name}, s"] = round(perf_counter() - began, 2)
        found[f"{name}, processor time, s"] = round((processor_time(backend) - worked) / 1000, 2)
        found[f"{name}, lines"] = recall.certain + recall.probable + recall.possible
    return found
