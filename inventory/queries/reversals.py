"""Reads of what a reversal of movements comes upon; a fixed number of queries."""

from collections.abc import Collection, Sequence

from core.db.bulk import array, fetch_all
from inventory.rules.default_stock import Place
from inventory.rules.reversals import OpenPosting, PostingUse, Source, TakenBack
from inventory.rules.stock import OnHandKey

_USES = """
    WITH lines AS MATERIALIZED (SELECT * FROM unnest(%(kinds)s::smallint[], %(lines)s::bigint[]) AS l (kind, line))
    SELECT u.id, u.debt_id, u.credit_id, u.source_kind, u.source_id, u.quantity, u.business_date
    FROM inventory_defaultstockuse u
    WHERE u.id IN (
        SELECT u.id FROM lines l JOIN inventory_defaultstockuse u ON u.source_kind = l.kind AND u.source_id = l.line
        UNION
        SELECT u.id FROM lines l JOIN inventory_batchdebt d ON d.source_kind = l.kind AND d.source_id = l.line
        JOIN inventory_defaultstockuse u ON u.debt_id = d.id
        UNION
        SELECT u.id FROM lines l JOIN inventory_batchcredit c ON c.source_kind = l.kind AND c.source_id = l.line
        JOIN inventory_defaultstockuse u ON u.credit_id = c.id
    )
    ORDER BY u.id
"""

_POSTINGS = """
    SELECT d.id, d.warehouse_id, d.item_id, d.batch_id, d.source_kind, d.source_id, d.quantity, d.open_quantity, d.business_date
    FROM {table} d
    WHERE d.id IN (
        SELECT d.id FROM unnest(%(warehouses)s::bigint[], %(items)s::bigint[], %(batches)s::bigint[])
            AS p (warehouse_id, item_id, batch_id)
        JOIN {table} d ON d.warehouse_id = p.warehouse_id AND d.item_id = p.item_id AND d.batch_id = p.batch_id AND d.open_quantity > 0
        UNION
        SELECT d.id FROM unnest(%(kinds)s::smallint[], %(lines)s::bigint[]) AS l (kind, line)
        JOIN {table} d ON d.source_kind = l.kind AND d.source_id = l.line
        UNION
        SELECT unnest(%(used)s::bigint[])
    )
    ORDER BY d.business_date, d.id
"""


def load_postings(lines: Collection[Source], places: Collection[Place]) -> tuple[list[OpenPosting], list[PostingUse]]:
    """Debts and credits that are open in the places, that the lines opened or used, and of who used theirs; with these uses.

    Three queries; the cost rows of the places are held.
    """
    keys = {"kinds": array(line[0] for line in lines), "lines": array(line[1] for line in lines)}
    uses = fetch_all(_USES, keys)
    users = sorted({*lines, *((row[3], row[4]) for row in uses)})
    wanted = {
        "kinds": array(line[0] for line in users),
        "lines": array(line[1] for line in users),
        "warehouses": array(place.warehouse_id for place in places),
        "items": array(place.item_id for place in places),
        "batches": array(place.batch_id for place in places),
    }
    postings: dict[tuple[bool, int], OpenPosting] = {}
    for table, is_debt, column in (("inventory_batchdebt", True, 1), ("inventory_batchcredit", False, 2)):
        used = array({row[column] for row in uses if row[column] is not None})
        for row in fetch_all(_POSTINGS.format(table=table), {**wanted, "used": used}):
            postings[is_debt, row[0]] = OpenPosting(Place(*row[1:4]), is_debt, (row[4], row[5]), row[6], row[7], row[8], row[0])
    return list(postings.values()), [
        PostingUse(postings[row[1] is not None, row[1] if row[1] is not None else row[2]], (row[3], row[4]), row[5], row[6], row[0])
        for row in uses
    ]


def names_of(key: OnHandKey) -> tuple[str, str, str, str]:
    """Item, batch ('' without), warehouse and unit of an on-hand row; one query."""
    ((item, batch, warehouse, unit),) = fetch_all(
        """
        SELECT i.code, COALESCE((SELECT number FROM inventory_batch WHERE id = %s), ''), w.code, i.unit_id
        FROM inventory_item i, inventory_warehouse w WHERE i.id = %s AND w.id = %s
        """,
        [key[2], key[1], key[0]],
    )
    return item, batch, warehouse, unit


def movements_to_take_back(sources: Sequence[Source]) -> list[TakenBack]:
    """Whole movements with these sources that moved something, with their ids as keys; one query."""
    rows = fetch_all(
        """
        SELECT t.id, t.warehouse_id, t.item_id, t.batch_id, t.quantity, t.cost_amount, t.date, t.source_kind, t.source_id
        FROM unnest(%s::smallint[], %s::bigint[]) AS s (kind, id)
        JOIN inventory_inventorytransaction t ON t.source_kind = s.kind AND t.source_id = s.id AND t.quantity <> 0
        ORDER BY t.id
        """,
        [array(source[0] for source in sources), array(source[1] for source in sources)],
    )
    return [TakenBack._make((*row[:7], (row[7], row[8]))) for row in rows]


def settled_postings(debts: Collection[int], credits_: Collection[int]) -> dict[tuple[bool, int], str | None]:
    """Those of the debts and credits that settlements name, by (is debt, id): the last settlement that holds, None where all are undone.

    One query.
    """
    rows = fetch_all(
        """
        SELECT s.debt_id, s.credit_id, sum(s.quantity) <> 0, max(h.number) FILTER (
            WHERE h.undoes_id IS NULL AND NOT EXISTS (SELECT FROM inventory_debtsettlement u WHERE u.undoes_id = h.id)
        )
        FROM inventory_debtsettlementline s JOIN inventory_debtsettlement h ON h.id = s.settlement_id
        WHERE s.debt_id = ANY(%s::bigint[]) OR s.credit_id = ANY(%s::bigint[]) GROUP BY s.debt_id, s.credit_id
        """,
        [array(debts), array(credits_)],
    )
    return {(row[0] is not None, row[0] if row[0] is not None else row[1]): row[3] if row[2] else None for row in rows}
