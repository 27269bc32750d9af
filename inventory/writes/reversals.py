"""Set-based writes of debt and credit of default batches without lines that are taken back."""

from collections.abc import Sequence

from core.db.bulk import array, copy_rows, execute, reserve_ids
from inventory.rules.reversals import DefaultStockUndone, OpenPosting

_TABLES = (("inventory_batchdebt", True), ("inventory_batchcredit", False))


def write_default_stock_undone(undone: DefaultStockUndone) -> None:
    """First what becomes less, then what becomes more, so that a place never has both; at most twelve queries.

    The on-hand rows of the places are held, and may be negative where debts are left; triggers move their stock.
    """
    if undone.gone_uses:
        execute("DELETE FROM inventory_defaultstockuse WHERE id = ANY(%s::bigint[])", [array(undone.gone_uses)])
    for table, is_debt in _TABLES:
        gone = [posting.id for posting in undone.gone if posting.is_debt is is_debt]
        if gone:
            execute(f"DELETE FROM {table} WHERE id = ANY(%s::bigint[])", [array(gone)])
        _change(table, [posting for posting in undone.changed if posting.is_debt is is_debt], less=True)
    for table, is_debt in _TABLES:
        _change(table, [posting for posting in undone.changed if posting.is_debt is is_debt], less=False)
        _insert(table, [posting for posting in undone.new if posting.is_debt is is_debt])
    if undone.new_uses:
        copy_rows(
            "inventory_defaultstockuse",
            ("debt_id", "credit_id", "source_kind", "source_id", "quantity", "business_date"),
            (
                (
                    *((use.posting.id, None) if use.posting.is_debt else (None, use.posting.id)),
                    *(*use.source, use.quantity, use.business_date),
                )
                for use in undone.new_uses
            ),
        )


def _change(table: str, postings: Sequence[OpenPosting], *, less: bool) -> None:
    if postings:
        execute(
            f"""
            UPDATE {table} d SET quantity = n.quantity, open_quantity = n.open_quantity
            FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS n (id, quantity, open_quantity)
            WHERE d.id = n.id AND d.open_quantity {">" if less else "<"} n.open_quantity
            """,
            [
                array(posting.id for posting in postings),
                array(posting.quantity for posting in postings),
                array(posting.open_quantity for posting in postings),
            ],
        )


def _insert(table: str, postings: Sequence[OpenPosting]) -> None:
    if not postings:
        return
    for posting, row_id in zip(postings, reserve_ids(table, len(postings)), strict=True):
        posting.id = row_id
    columns = ["id", "warehouse_id", "item_id", "batch_id", "source_kind", "source_id", "quantity", "open_quantity", "business_date"]
    rows: list[tuple[object, ...]] = [(p.id, *p.place, *p.source, p.quantity, p.open_quantity, p.business_date) for p in postings]
    if table == "inventory_batchdebt":
        columns.append("unit_cost")
        rows = [(*row, p.unit_cost) for row, p in zip(rows, postings, strict=True)]
    copy_rows(table, columns, rows)
