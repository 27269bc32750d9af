"""Set-based writes of recalls."""

from collections.abc import Sequence
from datetime import date

from core.db.bulk import array, execute
from statements.models import Recall
from statements.queries.recall import DELIVERY, IS_UNPOSTED, OPEN_LINES, TILL
from statements.rules.recall import Certainty, Reason, Window

# Allocations of all batches of the item in places where the batch may have been, or of the batch itself wherever; once for sales and for
# what came back of them. A till that recorded another batch says that it was not this one.
_LINES = f"""
    WITH places AS (
        SELECT warehouse_id, array_agg(first) AS firsts, array_agg(last) AS lasts
        FROM unnest(%(warehouses)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w (warehouse_id, first, last)
        GROUP BY 1
    ), moved AS MATERIALIZED (
        SELECT a.source_kind, a.source_id, a.ordinal, a.warehouse_id, a.batch_id, a.quantity, a.source, a.reason, b.number,
               b.is_default_batch
        FROM inventory_batch b JOIN orders_batchallocation a ON a.batch_id = b.id
        WHERE b.item_id = %(item)s AND (
            a.quantity < 0 OR a.batch_id = %(batch)s
            OR (a.source <> 'captured' AND a.warehouse_id IN (SELECT warehouse_id FROM places))
        )
    ), settled AS (
        SELECT d.source_kind, d.source_id, d.warehouse_id, d.batch_id AS from_batch, x.to_batch_id, sum(x.quantity) AS quantity
        FROM inventory_batchdebt d JOIN inventory_debtsettlementline x ON x.debt_id = d.id
        WHERE d.item_id = %(item)s GROUP BY 1, 2, 3, 4, 5 HAVING sum(x.quantity) <> 0
    ), returned AS (
        SELECT {TILL} AS source_kind, l.return_of_id AS source_id, a.batch_id, -sum(a.quantity) AS quantity
        FROM moved a
        JOIN statements_postransactionline l ON l.id = a.source_id
        JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
        WHERE a.source_kind = {TILL} AND a.quantity < 0 AND l.return_of_id IS NOT NULL GROUP BY 2, 3
        UNION ALL
        SELECT {DELIVERY}, l.return_of_id, a.batch_id, -sum(a.quantity)
        FROM moved a JOIN orders_deliveryline l ON l.id = a.source_id
        WHERE a.source_kind = {DELIVERY} AND a.quantity < 0 AND l.return_of_id IS NOT NULL GROUP BY 2, 3
    ), sold AS (
        SELECT a.source_kind, a.source_id, a.batch_id, a.warehouse_id, a.number, a.is_default_batch, a.source, a.reason,
               a.quantity - COALESCE(r.quantity, 0) AS quantity
        FROM (
            SELECT source_kind, source_id, batch_id, warehouse_id, number, is_default_batch, min(source) AS source, min(reason) AS reason,
                   sum(quantity) AS quantity
            FROM (
                SELECT source_kind, source_id, batch_id, warehouse_id, number, is_default_batch, source, reason, quantity
                FROM moved WHERE quantity > 0
                UNION ALL
                SELECT s.source_kind, s.source_id, b.id, s.warehouse_id, b.number, b.is_default_batch, 'default', '{Reason.SETTLED}',
                       CASE WHEN b.id = s.to_batch_id THEN s.quantity ELSE -s.quantity END
                FROM settled s JOIN inventory_batch b ON b.id IN (s.from_batch, s.to_batch_id)
            ) t
            GROUP BY 1, 2, 3, 4, 5, 6
        ) a
        LEFT JOIN returned r ON r.source_kind = a.source_kind AND r.source_id = a.source_id AND r.batch_id = a.batch_id
    ), lines AS (
        SELECT a.*, t.store_id, m.code AS terminal, t.number AS document, l.number AS line_number, t.customer_id,
               t.business_date, t.sold_at AS first_at, t.sold_at AS last_at
        FROM sold a
        JOIN statements_postransactionline l ON l.id = a.source_id
        JOIN statements_postransaction t ON t.id = l.transaction_id AND t.reversal_id IS NULL
        JOIN orders_terminal m ON m.id = t.terminal_id
        WHERE a.source_kind = {TILL}
        UNION ALL
        SELECT a.*, o.store_id, '', o.number, ol.line_number, o.customer_id, d.day, d.requested_at, i.posted_at
        FROM sold a
        JOIN orders_deliveryline l ON l.id = a.source_id
        JOIN orders_salesorderline ol ON ol.id = l.order_line_id
        JOIN orders_delivery d ON d.id = l.delivery_id
        JOIN orders_invoice i ON i.id = d.invoice_id
        JOIN orders_salesorder o ON o.id = d.order_id
        WHERE a.source_kind = {DELIVERY}
        UNION ALL
        SELECT {TILL}, l.id, l.batch_id, s.warehouse_id, COALESCE(b.number, ''), false,
               CASE WHEN l.batch_id IS NULL THEN '' ELSE 'captured' END, '', l.stock_quantity, t.store_id, m.code, t.number, l.number,
               t.customer_id, t.business_date, t.sold_at, t.sold_at
        {OPEN_LINES}
        JOIN orders_terminal m ON m.id = t.terminal_id
        LEFT JOIN inventory_batch b ON b.id = l.batch_id
        WHERE {IS_UNPOSTED} AND l.stock_quantity > 0
    ), judged AS (
        SELECT x.*,
               CASE WHEN x.batch_id = %(batch)s AND x.source = 'captured' THEN {int(Certainty.CERTAIN)}
                    WHEN x.batch_id = %(batch)s THEN {int(Certainty.PROBABLE)}
                    ELSE {int(Certainty.POSSIBLE)} END AS certainty,
               CASE WHEN x.batch_id = %(batch)s AND x.source = 'captured' THEN 'CAPTURED'
                    WHEN x.batch_id = %(batch)s AND x.source = 'default' THEN '{Reason.SETTLED}'
                    WHEN x.batch_id = %(batch)s THEN x.reason
                    WHEN x.number = '' THEN 'NOT_POSTED'
                    WHEN x.is_default_batch THEN 'DEFAULT_BATCH'
                    ELSE 'OTHER_BATCH' END AS why
        FROM lines x LEFT JOIN places p ON p.warehouse_id = x.warehouse_id
        WHERE x.quantity > 0
          AND (%(first)s::date IS NULL OR x.business_date >= %(first)s::date)
          AND (%(last)s::date IS NULL OR x.business_date <= %(last)s::date)
          -- One row per place and a look into its few windows: a million sales are not held against hundreds of places each.
          AND (x.batch_id = %(batch)s OR (x.source <> 'captured' AND EXISTS (
              SELECT FROM unnest(p.firsts, p.lasts) AS w (first, last) WHERE w.first <= x.last_at AND w.last >= x.first_at
          )))
    )
    INSERT INTO statements_recallline (
        recall_id, certainty, reason, store_id, terminal, document, line_number, customer_code, batch_number, quantity, business_date,
        source_kind, source_id
    )
    SELECT %(recall)s, j.certainty, j.why, j.store_id, j.terminal, j.document, j.line_number, COALESCE(c.code, ''), j.number, j.quantity,
           j.business_date, j.source_kind, j.source_id
    FROM judged j
    -- The walk-in customer of a store is nobody who could be told.
    LEFT JOIN orders_customer c ON c.id = j.customer_id AND c.id NOT IN (SELECT walk_in_customer_id FROM orders_store)
    ORDER BY j.certainty, j.business_date, j.document, j.line_number
"""


def insert_lines(recall: Recall, windows: Sequence[Window]) -> None:
    """The lines of a recall, in one query."""
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
