"""The floor of S1: COPY of the very rows that posting made, into the same tables (keys, indexes, triggers) and into bare ones."""

import time

from django.db import connection, transaction

from core.db.bulk import cursor, execute, fetch_all
from core.lib.document_kinds import SourceKind

# What posting inserts, parents first. Receipts stay out of inventory transactions.
RESULT_TABLES = (
    "orders_salesorder",
    "statements_orderreceipt",
    "orders_salesorderline",
    "orders_batchallocation",
    "inventory_inventorytransaction",
    "inventory_batchdebt",
    "orders_invoice",
    "orders_invoiceline",
    "ledger_voucher",
    "ledger_voucherline",
    "orders_paymentjournal",
    "orders_paymentjournalline",
    "statements_statementevent",
)
_OURS = {"inventory_inventorytransaction": f"source_kind <> {SourceKind.RECEIPT_LINE.value}"}


def take_rows() -> dict[str, bytes]:
    """The rows that posting made, as binary COPY data by table."""
    rows = {}
    for table in RESULT_TABLES:
        with cursor() as c, c.copy(f"COPY (SELECT * FROM {table} WHERE {_OURS.get(table, 'true')}) TO STDOUT (FORMAT binary)") as copy:
            rows[table] = b"".join(bytes(block) for block in copy)
    return rows


def seconds_with_keys(rows: dict[str, bytes]) -> float:
    """Empties the result tables and times the COPY of the rows back into them, COMMIT included; the database is then as before."""
    with cursor() as c, c.copy(_receipts("TO STDOUT")) as copy:
        receipts = b"".join(bytes(block) for block in copy)
    execute(f"TRUNCATE {', '.join(RESULT_TABLES)} CASCADE")
    # Stock of default batches follows the debts that are written again.
    execute("UPDATE inventory_onhand SET physical = 0, open_debt = 0, open_credit = 0 WHERE is_default")
    _write({"inventory_inventorytransaction": receipts}, "")
    connection.ensure_connection()
    started = time.perf_counter()
    _write(rows, "")
    return time.perf_counter() - started


def _receipts(direction: str) -> str:
    where = f"source_kind = {SourceKind.RECEIPT_LINE.value}"
    return f"COPY (SELECT * FROM inventory_inventorytransaction WHERE {where}) {direction} (FORMAT binary)"


def seconds_bare(rows: dict[str, bytes]) -> float:
    """Times the COPY of the rows into tables without keys and indexes."""
    execute("DROP SCHEMA IF EXISTS bench_bare CASCADE")
    execute("CREATE SCHEMA bench_bare")
    for table in rows:
        execute(f"CREATE TABLE bench_bare.{table} AS SELECT * FROM public.{table} WHERE false")
    started = time.perf_counter()
    _write(rows, "bench_bare.")
    seconds = time.perf_counter() - started
    execute("DROP SCHEMA bench_bare CASCADE")
    return seconds


def _write(rows: dict[str, bytes], schema: str) -> None:
    with transaction.atomic():
        for table, data in rows.items():
            with cursor() as c, c.copy(f"COPY {schema}{table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)


def row_count(table: str) -> int:
    """Rows of a result table."""
    return int(fetch_all(f"SELECT count(*) FROM {table}")[0][0])
