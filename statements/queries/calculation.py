"""Reads of calculation."""

from datetime import date
from typing import NamedTuple

from core.db.bulk import fetch_all, fetch_as
from statements.models import PosTransaction
from statements.rules.states import STARTED


class StoreDay(NamedTuple):
    """A store, business day and kind of statement with transactions for it, and the open statement that they can join, if any.

    Of a financial statement of a shift also the terminal and the shift.
    """

    store_id: int
    store: str
    business_date: date
    kind: str
    terminal_id: int | None
    shift: int | None
    warehouse_id: int
    legal_entity_id: int
    statement_id: int | None
    last_ordinal: int


def stores_with_open_transactions(store_codes: list[str], through: date | None, store_ids: list[int] | None = None) -> list[int]:
    """Stores, of these if given, that have something to calculate or a statement that was emptied, by code; one query."""
    rows = fetch_all(
        """
        SELECT s.id FROM orders_store s
        WHERE (cardinality(%(codes)s::text[]) = 0 OR s.code = ANY(%(codes)s)) AND s.warehouse_id IS NOT NULL
          AND (%(ids)s::int[] IS NULL OR s.id = ANY(%(ids)s)) AND (EXISTS (
            SELECT FROM statements_postransaction t
            WHERE t.store_id = s.id AND t.statement_id IS NULL AND (%(through)s::date IS NULL OR t.business_date <= %(through)s)
        ) OR EXISTS (
            SELECT FROM statements_postransaction t
            WHERE t.store_id = s.id AND t.counted_on_id IS NULL AND (%(through)s::date IS NULL OR t.business_date <= %(through)s)
        ) OR EXISTS (
            SELECT FROM statements_statement e WHERE e.store_id = s.id AND e.posted_at IS NULL AND e.calc_state = %(started)s
        ))
        ORDER BY s.code COLLATE "C"
        """,
        {"codes": store_codes, "through": through, "ids": store_ids, "started": STARTED},
    )
    return [row[0] for row in rows]


# What calculation puts on statements. A row is a transaction that a statement of a kind is to book, or whose money (`counted`) it is to
# count. A linked return waits until its sale is posted, or stands on a statement of the same warehouse and an earlier or the same day, or
# comes to stand there now: then the partition's order makes sure that the sale is posted first.
CANDIDATES = """
    WITH stores AS (
        SELECT s.id, s.warehouse_id, s.time_zone, s.end_of_business_day, s.closing_method = 'shift' AS by_shift,
               COALESCE(NULLIF(s.statement_model, ''), p.statements_model, 'combined') = 'split' AS is_split
        FROM orders_store s
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        LEFT JOIN parameters_retailparameters p ON p.legal_entity_id = w.legal_entity_id
        WHERE s.id = ANY(%(stores)s)
    ),
    waiting AS (
        SELECT t.id, t.store_id, t.business_date, t.terminal_id, t.shift, false AS counted,
               CASE WHEN NOT s.is_split THEN 'combined' WHEN t.kind = ANY(%(sales)s::text[]) THEN 'transactional'
                    ELSE 'financial' END AS kind
        FROM statements_postransaction t JOIN stores s ON s.id = t.store_id
        WHERE t.store_id = ANY(%(stores)s) AND t.statement_id IS NULL AND t.validation_status = %(valid)s
          AND (%(through)s::date IS NULL OR t.business_date <= %(through)s)
        UNION ALL
        SELECT t.id, t.store_id, t.business_date, t.terminal_id, t.shift, true, 'financial'
        FROM statements_postransaction t
        JOIN stores s ON s.id = t.store_id AND s.is_split
        LEFT JOIN statements_statement o ON o.id = t.statement_id
        WHERE t.store_id = ANY(%(stores)s) AND t.counted_on_id IS NULL AND t.validation_status = %(valid)s
          AND t.kind = ANY(%(sales)s::text[]) AND COALESCE(o.kind, 'transactional') = 'transactional'
          AND (%(through)s::date IS NULL OR t.business_date <= %(through)s)
    )
    SELECT t.id, t.store_id, t.business_date, s.warehouse_id, t.kind, t.counted,
           CASE WHEN t.kind = 'financial' AND s.by_shift AND t.shift IS NOT NULL THEN t.terminal_id END AS terminal_id,
           CASE WHEN t.kind = 'financial' AND s.by_shift THEN t.shift END AS shift
    FROM waiting t JOIN stores s ON s.id = t.store_id
    WHERE (%(kind)s = '' OR t.kind = %(kind)s) AND CASE
        WHEN t.kind = 'transactional' THEN true
        WHEN s.by_shift AND t.shift IS NOT NULL THEN EXISTS (
            SELECT FROM statements_postransaction c
            WHERE c.store_id = t.store_id AND c.kind = 'shift_close' AND c.business_date BETWEEN t.business_date AND t.business_date + 1
              AND c.terminal_id = t.terminal_id AND c.shift = t.shift AND c.validation_status = %(valid)s
        )
        -- By itself the money of a day is stated once the day is over.
        WHEN t.kind = 'financial' AND %(kind)s = '' THEN now() AT TIME ZONE s.time_zone >= t.business_date + 1 + s.end_of_business_day
        ELSE true END
"""

_WAITING = """
    SELECT DISTINCT m.id
    FROM to_mark m
    JOIN statements_postransactionline l ON l.transaction_id = m.id AND l.return_of_id IS NOT NULL AND NOT l.voided
    JOIN statements_postransactionline ol ON ol.id = l.return_of_id
    JOIN statements_postransaction ot ON ot.id = ol.transaction_id
    LEFT JOIN statements_statement os ON os.id = ot.statement_id
    LEFT JOIN statements_orderreceipt r ON r.transaction_id = ot.id
    LEFT JOIN orders_salesorder o ON o.id = r.order_id
    LEFT JOIN to_mark om ON om.id = ot.id AND NOT om.counted
    WHERE NOT m.counted AND COALESCE(o.status, '') <> 'invoiced'
      AND NOT COALESCE(os.warehouse_id = m.warehouse_id AND os.business_date <= m.business_date, false)
      AND NOT COALESCE(om.warehouse_id = m.warehouse_id AND om.business_date <= m.business_date, false)
"""


def waiting_returns() -> list[int]:
    """Transactions of `to_mark` with a linked return whose sale cannot be posted before them; one query."""
    return [row[0] for row in fetch_all(_WAITING)]


def store_days() -> list[StoreDay]:
    """Store days of `to_mark` by store, date and kind (sales before money), each with the statement that is still open for it; one query.

    The open statements are locked (FOR NO KEY UPDATE, by id as in posting), so that none of them is posted while transactions are added.
    """
    return fetch_as(
        StoreDay,
        """
        WITH days AS (SELECT DISTINCT store_id, business_date, kind, terminal_id, shift FROM to_mark),
        held AS MATERIALIZED (
            SELECT t.id, t.store_id, t.business_date, t.ordinal, t.kind, t.terminal_id, t.shift
            FROM statements_statement t
            JOIN days d ON d.store_id = t.store_id AND d.business_date = t.business_date AND d.kind = t.kind
                AND d.terminal_id IS NOT DISTINCT FROM t.terminal_id AND d.shift IS NOT DISTINCT FROM t.shift
            WHERE t.post_state = '' AND t.failed_state = '' AND t.work_state = ''
            ORDER BY t.id FOR NO KEY UPDATE OF t
        )
        SELECT d.store_id, s.code AS store, d.business_date, d.kind, d.terminal_id, d.shift, w.id AS warehouse_id, w.legal_entity_id,
               open.id AS statement_id,
               COALESCE(last.ordinal, 0) AS last_ordinal
        FROM days d
        JOIN orders_store s ON s.id = d.store_id
        JOIN inventory_warehouse w ON w.id = s.warehouse_id
        LEFT JOIN LATERAL (
            SELECT t.id FROM held t
            WHERE t.store_id = d.store_id AND t.business_date = d.business_date AND t.kind = d.kind
              AND t.terminal_id IS NOT DISTINCT FROM d.terminal_id AND t.shift IS NOT DISTINCT FROM d.shift
            ORDER BY t.ordinal LIMIT 1
        ) open ON true
        LEFT JOIN LATERAL (
            SELECT max(t.ordinal) AS ordinal FROM statements_statement t WHERE t.store_id = d.store_id AND t.business_date = d.business_date
        ) last ON true
        ORDER BY s.code COLLATE "C", d.business_date, d.kind DESC, d.terminal_id, d.shift
        """,
    )


VALID = PosTransaction.ValidationStatus.VALID
