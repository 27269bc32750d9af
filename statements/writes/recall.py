"""Set-based writes of recalls."""

from collections.abc import Sequence
from datetime import date

from core.db.bulk import array, execute
from statements.models import Recall
from statements.queries.recall import DELIVERY, IS_UNPOSTED, OPEN_LINES, TILL
from statements.rules.recall import Certainty, Reason, Window

# What settlements and returns changed of lines is put together line by line; all others, nearly everything, are read once and judged as
# they stand. `places` says of each warehouse when the batch may first and last have been there; only where it was away in between
# (`has_gaps`) are its windows looked into. A till that recorded another batch says that it was not this one.
_LINES = f"""
    WITH windows AS MATERIALIZED (
        SELECT * FROM unnest(%(warehouses)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w (warehouse_id, first, last)
    ), places AS MATERIALIZED (
        SELECT warehouse_id, min(first) AS first, max(last) AS last, count(*) > 1 AS has_gaps FROM windows GROUP BY 1
    ), came_back AS MATERIALIZED (
        SELECT a.source_kind, a.source_id, a.batch_id, -a.quantity AS quantity
        FROM orders_batchallocation a
        WHERE a.batch_id IN (SELECT id FROM inventory_batch WHERE item_id = %(item)s) AND a.quantity < 0
    ), changes AS MATERIALIZED (
        SELECT d.source_kind, d.source_id, d.warehouse_id, b.id AS batch_id, 'default' AS source, '{Reason.SETTLED}' AS reason,
               CASE WHEN b.id = x.to_batch_id THEN x.quantity ELSE -x.quantity END AS quantity
        FROM inventory_batchdebt d
        JOIN inventory_debtsettlementline x ON x.debt_id = d.id
        JOIN inventory_batch b ON b.id IN (d.batch_id, x.to_batch_id)
        WHERE d.item_id = %(item)s
        UNION ALL
        SELECT {TILL}, l.return_of_id, NULL, a.batch_id, NULL, NULL, -a.quantity
        FROM came_back a
        JOIN statements_postransactionline l ON l.id = a.source_id AND l.return_of_id IS NOT NULL
        JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
        WHERE a.source_kind = {TILL}
        UNION ALL
        SELECT {DELIVERY}, l.return_of_id, NULL, a.batch_id, NULL, NULL, -a.quantity
        FROM came_back a JOIN orders_deliveryline l ON l.id = a.source_id AND l.return_of_id IS NOT NULL
        WHERE a.source_kind = {DELIVERY}
    ), changed AS MATERIALIZED (
        SELECT DISTINCT source_kind, source_id FROM changes
    ), sold AS (
        SELECT a.source_kind, a.source_id, a.batch_id, a.warehouse_id, a.source, a.reason, a.quantity
        FROM orders_batchallocation a LEFT JOIN changed c ON c.source_kind = a.source_kind AND c.source_id = a.source_id
        WHERE a.batch_id IN (SELECT id FROM inventory_batch WHERE item_id = %(item)s) AND a.quantity > 0 AND c.source_id IS NULL
          AND (a.batch_id = %(batch)s OR (a.source <> 'captured' AND a.warehouse_id IN (SELECT warehouse_id FROM places)))
        UNION ALL
        SELECT source_kind, source_id, batch_id, min(warehouse_id), min(source), min(reason), sum(quantity)
        FROM (
            SELECT a.source_kind, a.source_id, a.batch_id, a.warehouse_id, a.source, a.reason, a.quantity
            FROM changed c
            JOIN orders_batchallocation a ON a.source_kind = c.source_kind AND a.source_id = c.source_id AND a.batch_id IS NOT NULL
            WHERE a.quantity > 0
            UNION ALL
            SELECT source_kind, source_id, batch_id, warehouse_id, source, reason, quantity FROM changes
        ) t
        GROUP BY 1, 2, 3 HAVING sum(quantity) > 0
    ), lines AS (
        SELECT a.*, t.store_id, t.terminal_id, t.number AS document, l.number AS line_number, t.customer_id, t.business_date,
               t.sold_at AS first_at, t.sold_at AS last_at
        FROM sold a
        JOIN statements_postransactionline l ON l.id = a.source_id
        JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
        WHERE a.source_kind = {TILL}
        UNION ALL
        SELECT a.*, o.store_id, NULL, o.number, ol.line_number, o.customer_id, d.day, d.requested_at, i.posted_at
        FROM sold a
        JOIN orders_deliveryline l ON l.id = a.source_id
        JOIN orders_salesorderline ol ON ol.id = l.order_line_id
        JOIN orders_delivery d ON d.id = l.delivery_id
        JOIN orders_invoice i ON i.id = d.invoice_id
        JOIN orders_salesorder o ON o.id = d.order_id
        WHERE a.source_kind = {DELIVERY}
        UNION ALL
        SELECT {TILL}, l.id, l.batch_id, s.warehouse_id, CASE WHEN l.batch_id IS NULL THEN '' ELSE 'captured' END, '', l.stock_quantity,
               t.store_id, t.terminal_id, t.number, l.number, t.customer_id, t.business_date, t.sold_at, t.sold_at
        {OPEN_LINES}
        WHERE {IS_UNPOSTED} AND l.stock_quantity > 0
    ), judged AS (
        SELECT x.*,
               CASE WHEN x.batch_id = %(batch)s AND x.source = 'captured' THEN {int(Certainty.CERTAIN)}
                    WHEN x.batch_id = %(batch)s THEN {int(Certainty.PROBABLE)}
                    ELSE {int(Certainty.POSSIBLE)} END AS certainty
        FROM lines x LEFT JOIN places p ON p.warehouse_id = x.warehouse_id
        WHERE (%(first)s::date IS NULL OR x.business_date >= %(first)s::date)
          AND (%(last)s::date IS NULL OR x.business_date <= %(last)s::date)
          AND (x.batch_id = %(batch)s OR (
              x.source <> 'captured' AND p.first <= x.last_at AND p.last >= x.first_at
              AND (NOT p.has_gaps OR EXISTS (
                  SELECT FROM windows w WHERE w.warehouse_id = x.warehouse_id AND w.first <= x.last_at AND w.last >= x.first_at
              ))
          ))
    )
    INSERT INTO statements_recallline (
        recall_id, certainty, reason, store_id, terminal, document, line_number, customer_code, batch_number, quantity, business_date,
        source_kind, source_id
    )
    SELECT %(recall)s, j.certainty,
           CASE WHEN j.certainty = {int(Certainty.CERTAIN)} THEN 'CAPTURED'
                WHEN j.certainty = {int(Certainty.PROBABLE)} AND j.source = 'default' THEN '{Reason.SETTLED}'
                WHEN j.certainty = {int(Certainty.PROBABLE)} THEN j.reason
                WHEN b.id IS NULL THEN '{Reason.NOT_POSTED}'
                WHEN b.is_default_batch THEN '{Reason.DEFAULT_BATCH}'
                ELSE '{Reason.OTHER_BATCH}' END,
           j.store_id, COALESCE((SELECT m.code FROM orders_terminal m WHERE m.id = j.terminal_id), ''), j.document, j.line_number,
           -- The walk-in customer of a store is nobody who could be told.
           COALESCE((SELECT c.code FROM orders_customer c
                     WHERE c.id = j.customer_id AND c.id NOT IN (SELECT walk_in_customer_id FROM orders_store)), ''),
           COALESCE(b.number, ''), j.quantity, j.business_date, j.source_kind, j.source_id
    FROM judged j
    LEFT JOIN inventory_batch b ON b.id = j.batch_id
    ORDER BY j.certainty, j.business_date, j.source_kind, j.source_id
"""
# Terminals and customers are looked up by key line by line: the planner takes the lines for few, and as joins would hold each of them
# against all terminals.
# A year of an item is sorted and joined in memory; it is one question at a time.
_MEMORY = "SET LOCAL work_mem = '256MB'"


def insert_lines(recall: Recall, windows: Sequence[Window]) -> None:
    """The lines of a recall; two queries. The rest of the transaction keeps the memory that it takes."""
    execute(_MEMORY)
    execute(
        _LINES,
        {
            "recall": recall.pk, "item": recall.item_id, "batch": recall.batch_id, "first": recall.from_date, "last": recall.through_date,
            "warehouses": array(window.warehouse_id for window in windows),
            "starts": array(window.start for window in windows),
            "ends": array(window.end for window in windows),
        },
    )  # fmt: skip


def finish_recall(recall_id: int, seconds: float) -> None:
    """Counts the lines and says that the recall is answered; one query."""
    execute(
        """
        UPDATE statements_recall r SET done_at = statement_timestamp(), seconds = %(seconds)s::numeric, certain = n.certain,
            probable = n.probable, possible = n.possible
        FROM (
            SELECT count(*) FILTER (WHERE certainty = %(certain)s) AS certain,
                   count(*) FILTER (WHERE certainty = %(probable)s) AS probable,
                   count(*) FILTER (WHERE certainty = %(possible)s) AS possible
            FROM statements_recallline WHERE recall_id = %(recall)s
        ) n
        WHERE r.id = %(recall)s
        """,
        {"recall": recall_id, "seconds": f"{seconds:.3f}", **{certainty.label: int(certainty) for certainty in Certainty}},
    )


def clear_lines(recall_id: int) -> None:
    """Takes the lines of an attempt that broke off away."""
    execute("DELETE FROM statements_recallline WHERE recall_id = %s", [recall_id])


def make_recall(item_id: int, batch_id: int, first: date | None, last: date | None, actor: str, *, is_mock: bool) -> Recall:
    """A recall without lines."""
    return Recall.objects.create(item_id=item_id, batch_id=batch_id, from_date=first, through_date=last, actor=actor, is_mock=is_mock)
