"""The floor of S1: COPY of the very rows that posting made into the same tables, with keys, indexes and triggers, and little beside it."""

from collections.abc import Sequence

from django.db import transaction

from core.db.bulk import cursor, execute, fetch_value
from core.lib.document_kinds import SourceKind
from retailhq.bench.effort import Effort, measure_effort

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


def floor_effort(rows: dict[str, bytes]) -> Effort:
    """What cannot be saved of posting: COPY of the rows that it made into the emptied tables, COMMIT included; locking and changing the
    on-hand rows that it changed, in their order; and one read of the lines. The database is then as after the posting.
    """
    with cursor() as c, c.copy(_receipts("TO STDOUT")) as copy:
        receipts = b"".join(bytes(block) for block in copy)
    execute(
        f"""
        CREATE TEMPORARY TABLE changed_on_hand AS
        SELECT DISTINCT o.id, o.warehouse_id, o.item_id, o.batch_id
        FROM inventory_inventorytransaction m
        JOIN inventory_onhand o ON o.warehouse_id = m.warehouse_id AND o.item_id = m.item_id AND o.batch_id IS NOT DISTINCT FROM m.batch_id
        WHERE m.{_OURS["inventory_inventorytransaction"]}
        """
    )
    execute("ANALYZE changed_on_hand")
    execute(f"TRUNCATE {', '.join(RESULT_TABLES)} CASCADE")
    # Stock of default batches follows the debts that are written again.
    execute("UPDATE inventory_onhand SET physical = 0, open_debt = 0, open_credit = 0 WHERE is_default")
    _write({"inventory_inventorytransaction": receipts})
    # Rows that have just been changed have no room beside them, which is no part of a floor.
    execute("VACUUM inventory_onhand")
    with measure_effort() as effort:
        _write(rows, _LOCK_AND_CHANGE)
        fetch_value(_READ)
    execute("DROP TABLE changed_on_hand")
    return effort


_LOCK_AND_CHANGE = (
    """
    SELECT count(*) FROM (
        SELECT o.id FROM changed_on_hand c JOIN inventory_onhand o ON o.id = c.id
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
    ) x
    """,
    "UPDATE inventory_onhand o SET physical = o.physical FROM changed_on_hand c WHERE o.id = c.id",
)
_READ = """
    SELECT count(*), sum(l.stock_quantity), sum(l.net), sum(l.tax), max(l.item_id), max(l.batch_id)
    FROM statements_postransaction t JOIN statements_postransactionline l ON l.transaction_id = t.id WHERE NOT l.voided
"""


def _receipts(direction: str) -> str:
    where = f"source_kind = {SourceKind.RECEIPT_LINE.value}"
    return f"COPY (SELECT * FROM inventory_inventorytransaction WHERE {where}) {direction} (FORMAT binary)"


def _write(rows: dict[str, bytes], queries: Sequence[str] = ()) -> None:
    with transaction.atomic():
        for query in queries:
            execute(query)
        for table, data in rows.items():
            with cursor() as c, c.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)
