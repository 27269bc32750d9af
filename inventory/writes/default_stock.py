"""Set-based writes of debts and credits of default batches, and of who used them; triggers move the stock of their places.

The on-hand rows of the places are held and there. What becomes less is written before what becomes more, so that a place never has both.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, copy_rows, execute, reserve_ids
from core.lib.document_kinds import SourceKind
from inventory.rules.default_stock import DefaultStock, Place, Posting
from inventory.rules.reversals import DefaultStockUndone, OpenPosting, Source
from inventory.rules.stock import Reason

DEBT, CREDIT = "inventory_batchdebt", "inventory_batchcredit"
_TABLES = ((DEBT, True), (CREDIT, False))


def write_default_stock(stock: DefaultStock, source_kind: SourceKind) -> None:
    """Debts paid, credits used, debts and credits opened by lines of a kind, and who used what; at most seven queries.

    A line has one debt, and one credit per default batch.
    """
    leave_open(DEBT, stock.paid)
    leave_open(CREDIT, stock.used)
    used = {id(use.posting) for use in stock.uses}
    _open(DEBT, stock.new_debts, source_kind, used)
    _open(CREDIT, stock.new_credits, source_kind, used)
    _insert_uses([(use.posting.id, use.is_debt, (source_kind, use.line_id), use.quantity, use.business_date) for use in stock.uses])


def write_default_stock_undone(undone: DefaultStockUndone) -> None:
    """Debts and credits without lines that are taken back; at most twelve queries."""
    _delete("inventory_defaultstockuse", undone.gone_uses)
    for table, is_debt in _TABLES:
        _delete(table, [posting.id for posting in undone.gone if posting.is_debt is is_debt])
        _change(table, [posting for posting in undone.changed if posting.is_debt is is_debt], less=True)
    for table, is_debt in _TABLES:
        new = [posting for posting in undone.new if posting.is_debt is is_debt]
        _change(table, [posting for posting in undone.changed if posting.is_debt is is_debt], less=False)
        for posting, row_id in zip(new, reserve_ids(table, len(new)), strict=True):
            posting.id = row_id
        _insert(table, [_Row(p.place, p.source, p.quantity, p.open_quantity, p.business_date, p.unit_cost, id=p.id) for p in new])
    _insert_uses([(use.posting.id, use.posting.is_debt, use.source, use.quantity, use.business_date) for use in undone.new_uses])


def leave_open(table: str, left: Mapping[int, Decimal]) -> None:
    """What is open of debts or credits, by id; one query, none for nothing."""
    if left:
        execute(
            f"UPDATE {table} d SET open_quantity = n.open_quantity FROM unnest(%s::bigint[], %s::numeric[]) AS n (id, open_quantity)"
            " WHERE d.id = n.id",
            [array(left), array(left.values())],
        )


class _Row(NamedTuple):
    place: Place
    source: Source
    quantity: Decimal
    open_quantity: Decimal
    business_date: date
    unit_cost: Decimal
    sold_at: datetime | None = None
    reason: Reason | str = ""
    id: int | None = None


def _open(table: str, new: Sequence[Posting], source_kind: SourceKind, used: Collection[int]) -> None:
    """Debts or credits of lines; they get their ids before only where one of them was used at once."""
    if any(id(posting) in used for posting in new):
        for posting, row_id in zip(new, reserve_ids(table, len(new)), strict=True):
            posting.id = row_id
    _insert(
        table,
        [
            _Row(
                *(p.place, (source_kind, p.line_id), p.quantity, p.open_quantity, p.business_date, p.unit_cost, p.sold_at, p.reason or ""),
                p.id,
            )
            for p in new
        ],
    )


def _insert(table: str, rows: Sequence[_Row]) -> None:
    """One COPY, none for nothing; rows have ids or none has."""
    if not rows:
        return
    columns = ["warehouse_id", "item_id", "batch_id", "source_kind", "source_id", "quantity", "open_quantity", "business_date"]
    values: list[tuple[object, ...]] = [(*r.place, *r.source, r.quantity, r.open_quantity, r.business_date) for r in rows]
    if table == DEBT:
        columns += ("unit_cost", "sold_at", "reason")
        values = [(*value, r.unit_cost, r.sold_at, r.reason) for value, r in zip(values, rows, strict=True)]
    if rows[0].id is not None:
        columns.append("id")
        values = [(*value, r.id) for value, r in zip(values, rows, strict=True)]
    copy_rows(table, columns, values)


def _insert_uses(uses: Sequence[tuple[int | None, bool, Source, Decimal, date]]) -> None:
    """Who paid of debts and took of credits (posting, whether it is a debt, line, quantity, date); one COPY, none for nothing."""
    if uses:
        copy_rows(
            "inventory_defaultstockuse",
            ("debt_id", "credit_id", "source_kind", "source_id", "quantity", "business_date"),
            ((posting if is_debt else None, None if is_debt else posting, *source, *rest) for posting, is_debt, source, *rest in uses),
        )


def _delete(table: str, ids: Collection[int | None]) -> None:
    if ids:
        execute(f"DELETE FROM {table} WHERE id = ANY(%s::bigint[])", [array(ids)])


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
