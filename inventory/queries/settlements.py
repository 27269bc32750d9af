"""Reads for the settlement of batch debt; one query each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models.functions import Collate

from core.db.bulk import array, fetch_all, fetch_as, fetch_by
from core.lib.document_kinds import SourceKind
from inventory.models import Batch, Warehouse
from inventory.rules.default_stock import Place, Posting
from inventory.rules.issues import Settled
from inventory.rules.settlements import BlockedPeriod, OpenDebt
from inventory.rules.stock import OnHandKey, StockKey


@dataclass(frozen=True, slots=True)
class Selection:
    """Which open debt is meant: of these warehouses and items (None: all), of business dates through that one."""

    warehouses: Collection[int]
    items: Collection[int] | None = None
    through: date | None = None


def settled_of(source_kind: SourceKind, line_ids: Collection[int], before: int | None = None) -> list[Settled]:
    """What settlements changed of what lines took, in order; the cost rows of the places are held. One query, none without lines.

    `before` is an inventory transaction: only what was settled before it.
    """
    if not line_ids:
        return []
    return fetch_as(
        Settled,
        """
        SELECT d.source_id AS line_id, d.batch_id AS default_batch_id, l.to_batch_id AS batch_id, l.quantity, l.cost_amount AS cost
        FROM inventory_batchdebt d JOIN inventory_debtsettlementline l ON l.debt_id = d.id
        WHERE d.source_kind = %(kind)s AND d.source_id = ANY(%(lines)s::bigint[])
          AND (%(before)s::bigint IS NULL OR EXISTS (
              SELECT FROM inventory_inventorytransaction t
              WHERE t.source_kind = %(settlement)s AND t.source_id = l.id AND t.batch_id = l.to_batch_id AND t.id < %(before)s
          ))
        ORDER BY l.id
        """,
        {"kind": source_kind, "lines": array(line_ids), "before": before, "settlement": SourceKind.SETTLEMENT_LINE},
    )


def pools_in_debt(of: Selection) -> list[StockKey]:
    """The (warehouse, item) pools of the selection with open debt and a real batch in stock."""
    return fetch_all(
        """
        SELECT d.warehouse_id, d.item_id
        FROM (
            SELECT DISTINCT warehouse_id, item_id FROM inventory_batchdebt
            WHERE open_quantity > 0 AND warehouse_id = ANY(%s::bigint[]) AND (%s OR item_id = ANY(%s::bigint[])) AND business_date <= %s
        ) d
        WHERE EXISTS (
            SELECT FROM inventory_onhand o
            WHERE o.warehouse_id = d.warehouse_id AND o.item_id = d.item_id AND o.batch_id IS NOT NULL AND NOT o.is_default
              AND o.physical > o.reserved
        )
        ORDER BY d.warehouse_id, d.item_id
        """,
        [array(of.warehouses), of.items is None, array(of.items or ()), of.through or date.max],
    )


def open_debts(pools: Collection[StockKey], through: date | None) -> dict[StockKey, list[OpenDebt]]:
    """Open debts of the pools through that business date; the cost rows are held."""
    rows = fetch_all(
        """
        SELECT d.warehouse_id, d.item_id, d.id, d.batch_id, d.business_date, COALESCE(d.sold_at, d.opened_at), d.open_quantity, d.unit_cost
        FROM unnest(%s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id)
        JOIN inventory_batchdebt d ON d.warehouse_id = p.warehouse_id AND d.item_id = p.item_id
        WHERE d.open_quantity > 0 AND d.business_date <= %s
        """,
        [array(pool[0] for pool in pools), array(pool[1] for pool in pools), through or date.max],
    )
    found: dict[StockKey, list[OpenDebt]] = {}
    for warehouse_id, item_id, *debt in rows:
        found.setdefault((warehouse_id, item_id), []).append(OpenDebt(*debt))
    return found


def blocked_periods(batch_ids: Collection[int]) -> dict[int, list[BlockedPeriod]]:
    """When batches were blocked for sale, from the history of batches and of dispositions.

    What was there before the first entry of a history was not blocked; a batch without history is as it is today.
    """
    rows = fetch_all(
        """
        WITH states AS (
            -- What the import of its receipt made was so from the beginning, although the sale may have been before the import.
            SELECT h.id AS batch_id, h.disposition_id,
                   CASE WHEN h.history_type = '+' AND row_number() OVER of_batch = 1 THEN NULL ELSE h.history_date END AS since,
                   lead(h.history_date) OVER of_batch AS until
            FROM inventory_historicalbatch h WHERE h.id = ANY(%(batches)s::bigint[])
            WINDOW of_batch AS (PARTITION BY h.id ORDER BY h.history_date, h.history_id)
            UNION ALL
            SELECT b.id, b.disposition_id, NULL, NULL
            FROM inventory_batch b
            WHERE b.id = ANY(%(batches)s::bigint[]) AND NOT EXISTS (SELECT FROM inventory_historicalbatch h WHERE h.id = b.id)
        ), dispositions AS (
            SELECT h.id, h.blocks_sale, h.history_date AS since,
                   lead(h.history_date) OVER (PARTITION BY h.id ORDER BY h.history_date, h.history_id) AS until,
                   row_number() OVER (PARTITION BY h.id ORDER BY h.history_date, h.history_id) = 1 AS is_first
            FROM inventory_historicaldisposition h
            UNION ALL
            SELECT d.id, d.blocks_sale, NULL, NULL, true
            FROM inventory_disposition d WHERE NOT EXISTS (SELECT FROM inventory_historicaldisposition h WHERE h.id = d.id)
        )
        SELECT b.batch_id, lower(p.span), upper(p.span)
        FROM states b
        JOIN dispositions d ON d.id = b.disposition_id AND d.blocks_sale
        CROSS JOIN LATERAL (
            SELECT tstzrange(b.since, b.until) * tstzrange(CASE WHEN d.is_first THEN NULL ELSE d.since END, d.until) AS span
        ) p
        WHERE NOT isempty(p.span)
        ORDER BY b.batch_id, b.since NULLS FIRST
        """,
        {"batches": array(batch_ids)},
    )
    found: dict[int, list[BlockedPeriod]] = {}
    for batch_id, since, until in rows:
        found.setdefault(batch_id, []).append(BlockedPeriod(since, until))
    return found


class Head(NamedTuple):
    """A settlement as it was posted; `undone_by` is the number of what undid it."""

    settlement_id: int
    number: str
    warehouse_id: int
    undone_by: str | None


def settlement_head(number: str) -> Head | None:
    """The settlement of that number, unless it is one that undid another."""
    rows = fetch_as(
        Head,
        """
        SELECT s.id AS settlement_id, s.number, s.warehouse_id, u.number AS undone_by
        FROM inventory_debtsettlement s LEFT JOIN inventory_debtsettlement u ON u.undoes_id = s.id
        WHERE s.number = %s AND s.undoes_id IS NULL
        """,
        [number],
    )
    return rows[0] if rows else None


class SettledLine(NamedTuple):
    """A line of a settlement with the place of its debt or credit."""

    debt_id: int | None
    credit_id: int | None
    place: Place
    to_batch_id: int
    quantity: Decimal
    cost: Decimal


def settlement_lines(settlement_id: int) -> list[SettledLine]:
    """The lines of a settlement, in order."""
    rows = fetch_all(
        """
        SELECT l.debt_id, l.credit_id, COALESCE(d.warehouse_id, c.warehouse_id), COALESCE(d.item_id, c.item_id),
               COALESCE(d.batch_id, c.batch_id), l.to_batch_id, l.quantity, l.cost_amount
        FROM inventory_debtsettlementline l
        LEFT JOIN inventory_batchdebt d ON d.id = l.debt_id
        LEFT JOIN inventory_batchcredit c ON c.id = l.credit_id
        WHERE l.settlement_id = %s ORDER BY l.line_number
        """,
        [settlement_id],
    )
    return [SettledLine(row[0], row[1], Place(*row[2:5]), *row[5:]) for row in rows]


def postings_of(places: Collection[Place], debt_ids: Collection[int], credit_ids: Collection[int]) -> list[dict[Place, list[Posting]]]:
    """Debts, and credits, of places by place, the oldest first: what is open, and those named; the cost rows are held. Two queries."""
    ordered = sorted(places)
    sides: list[dict[Place, list[Posting]]] = []
    for table, ids in (("inventory_batchdebt", debt_ids), ("inventory_batchcredit", credit_ids)):
        rows = fetch_all(
            f"""
            SELECT d.warehouse_id, d.item_id, d.batch_id, d.source_id, d.quantity, d.open_quantity, d.business_date, d.id
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS p (warehouse_id, item_id, batch_id)
            JOIN {table} d ON d.warehouse_id = p.warehouse_id AND d.item_id = p.item_id AND d.batch_id = p.batch_id
            WHERE d.open_quantity > 0 OR d.id = ANY(%s::bigint[]) ORDER BY d.business_date, d.id
            """,
            [*(array(place[column] for place in ordered) for column in range(3)), array(ids)],
        )
        side: dict[Place, list[Posting]] = {}
        for row in rows:
            place = Place(*row[:3])
            side.setdefault(place, []).append(Posting(place, row[3], row[4], row[5], row[6], id=row[7]))
        sides.append(side)
    return sides


class Row(NamedTuple):
    """A row of on-hand with what its batch is called."""

    row_id: int
    free: Decimal
    item: str
    batch: str


def hold_rows(keys: Collection[OnHandKey]) -> dict[OnHandKey, Row]:
    """Rows of on-hand, held FOR NO KEY UPDATE in (warehouse, item, batch) order."""
    ordered = sorted(keys, key=lambda key: (*key[:2], key[2] or 0))
    return fetch_by(
        ("warehouse_id", "item_id", "batch_id"),
        Row,
        """
        SELECT o.warehouse_id, o.item_id, o.batch_id, o.id AS row_id, o.physical - o.reserved AS free, i.code AS item, b.number AS batch
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS k (warehouse_id, item_id, batch_id)
        JOIN inventory_onhand o ON o.warehouse_id = k.warehouse_id AND o.item_id = k.item_id AND o.batch_id = k.batch_id
        JOIN inventory_item i ON i.id = o.item_id
        JOIN inventory_batch b ON b.id = o.batch_id
        ORDER BY o.warehouse_id, o.item_id, o.batch_id FOR NO KEY UPDATE OF o
        """,
        [array(key[place] for key in ordered) for place in range(3)],
    )


def entities_of(warehouse_ids: Collection[int]) -> dict[int, int]:
    """Legal entities by warehouse, in order of the codes of these."""
    rows = Warehouse.objects.filter(pk__in=warehouse_ids).order_by(Collate("code", "C"))
    return dict(rows.values_list("pk", "legal_entity_id"))


def all_warehouses() -> list[int]:
    """Every warehouse, in order of their codes."""
    return list(Warehouse.objects.order_by(Collate("code", "C")).values_list("pk", flat=True))


class LyingCredit(NamedTuple):
    """What of a credit still lies on its default batch."""

    credit_id: int
    place: Place
    quantity: Decimal


def open_credits(pool: StockKey) -> list[LyingCredit]:
    """Open credits of a (warehouse, item) pool, the oldest first; its cost row is held."""
    rows = fetch_all(
        """
        SELECT id, warehouse_id, item_id, batch_id, open_quantity FROM inventory_batchcredit
        WHERE warehouse_id = %s AND item_id = %s AND open_quantity > 0 ORDER BY business_date, id
        """,
        list(pool),
    )
    return [LyingCredit(row[0], Place(*row[1:4]), row[4]) for row in rows]


class KnownBatch(NamedTuple):
    """A batch of an item by its number."""

    batch_id: int
    is_default: bool


def batch_to_move_to(item_id: int, number: str) -> KnownBatch | None:
    """The batch of that number, if there is one."""
    found = Batch.objects.filter(item_id=item_id, number=number).values_list("pk", "is_default_batch").first()
    return KnownBatch(*found) if found else None


class Names(NamedTuple):
    """What a (warehouse, item) pool is called."""

    warehouse: str
    item: str


def names_of(pool: StockKey) -> Names:
    """Codes of a pool."""
    sql = "SELECT w.code, i.code FROM inventory_warehouse w CROSS JOIN inventory_item i WHERE w.id = %s AND i.id = %s"
    return Names(*fetch_all(sql, list(pool))[0])
