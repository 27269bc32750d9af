"""What the demo shows of the database: a fixed number of reads, whatever the size of the demo."""

from collections.abc import Sequence
from typing import Any

from core.db.bulk import fetch_dicts, fetch_value, text_array
from core.lib.messages import with_messages


def statements_by_state() -> list[dict[str, Any]]:
    """Count statements by legal entity and state; a failed one stands at the state that failed, with its code."""
    return fetch_dicts(
        """
        SELECT e.code AS legal_entity, t.calc_state, t.post_state, t.failed_state, t.error_code, count(*) AS statements,
               sum(t.transaction_count) AS transactions, sum(t.line_count) AS lines, sum(t.total) AS total
        FROM statements_statement t JOIN parameters_legalentity e ON e.id = t.legal_entity_id
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        """
    )


def allocations_by_source() -> list[dict[str, Any]]:
    """Count posted lines and allocations by source; a line that splits over batches counts once per source."""
    return fetch_dicts(
        """
        SELECT a.source, count(DISTINCT (a.source_kind, a.source_id)) AS lines, count(*) AS allocations
        FROM orders_batchallocation a GROUP BY 1 ORDER BY 1
        """
    )


def default_batch_reasons() -> list[dict[str, Any]]:
    """Count the allocations to the default batch by the reason why no real batch was left."""
    return fetch_dicts(
        """
        SELECT a.reason, count(*) AS allocations FROM orders_batchallocation a
        WHERE a.source = 'default' GROUP BY 1 ORDER BY 2 DESC, 1
        """
    )


def default_batch_debt() -> dict[str, Any]:
    """Sum up the open batch debt: rows, and value at the cost at which it was issued."""
    rows = fetch_dicts(
        """
        SELECT count(*) AS rows, COALESCE(sum(round(open_quantity * unit_cost, 2)), 0) AS value
        FROM inventory_batchdebt WHERE open_quantity > 0
        """
    )
    return rows[0]


def problems_by_code() -> list[dict[str, Any]]:
    """Count validation problems by code and severity."""
    return fetch_dicts("SELECT code, severity, count(*) AS problems FROM statements_validationproblem GROUP BY 1, 2 ORDER BY 1, 2")


def failed_lines() -> list[dict[str, Any]]:
    """List what keeps failed statements from posting, line by line."""
    rows = fetch_dicts(
        """
        SELECT t.number AS statement, s.code AS store, t.failed_state, COALESCE(p.code, t.error_code) AS code, i.code AS item,
               p.missing_quantity, COALESCE(p.message, t.error_text) AS message
        FROM statements_statement t
        JOIN orders_store s ON s.id = t.store_id
        LEFT JOIN orders_salesorder o ON o.source_kind = 5 AND o.source_id = t.id AND o.error_code <> ''
        LEFT JOIN orders_orderproblem p ON p.order_id = o.id
        LEFT JOIN inventory_item i ON i.id = p.item_id
        WHERE t.failed_state <> '' ORDER BY 1, p.id LIMIT 20
        """
    )
    return with_messages(rows)


def open_transactions() -> int:
    """Count transactions that are on no statement."""
    return int(fetch_value("SELECT count(*) FROM statements_postransaction WHERE statement_id IS NULL"))


def stored_sizes() -> dict[str, Any]:
    """Count transactions and lines in the database."""
    rows = fetch_dicts(
        """
        SELECT (SELECT count(*) FROM statements_postransaction) AS transactions,
               (SELECT count(*) FROM statements_postransactionline) AS lines
        """
    )
    return rows[0]


def orders_by_state() -> list[dict[str, Any]]:
    """Count customer orders by legal entity and how far they are; one that failed stands with its code."""
    return fetch_dicts(
        """
        SELECT e.code AS legal_entity, f.state, o.error_code, count(*) AS orders, sum(f.lines)::bigint AS lines, sum(c.total) AS total
        FROM orders_salesorder o
        JOIN orders_customerorder c ON c.order_id = o.id
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS lines, CASE
                WHEN o.status <> 'created' THEN o.status
                WHEN sum(s.invoiced) > 0 THEN 'partly invoiced'
                WHEN sum(s.packed) > 0 THEN 'packed'
                WHEN sum(s.picked) > 0 THEN 'picked'
                ELSE 'taken'
            END AS state
            FROM orders_salesorderline l JOIN orders_customerorderline s ON s.order_line_id = l.id WHERE l.order_id = o.id
        ) f
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """
    )


def refused_orders() -> list[dict[str, Any]]:
    """List why customer orders cannot be delivered, in the words of the till."""
    rows = fetch_dicts(
        """
        SELECT o.number, e.code AS legal_entity, COALESCE(p.code, o.error_code) AS code, COALESCE(p.message, o.error_text) AS message
        FROM orders_salesorder o
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        LEFT JOIN orders_orderproblem p ON p.order_id = o.id
        WHERE o.origin = 'customer' AND o.error_code <> '' ORDER BY o.number, p.id LIMIT 20
        """
    )
    return with_messages(rows)


def orders_on_default_batch() -> dict[str, Any]:
    """Count the lines of customer orders that went to the default batch, and name the first order."""
    rows = fetch_dicts(
        """
        SELECT count(DISTINCT a.order_line_id) AS lines, min(o.number) AS number, min(b.number) AS batch
        FROM orders_batchallocation a
        JOIN orders_salesorderline l ON l.id = a.order_line_id
        JOIN orders_salesorder o ON o.id = l.order_id AND o.origin = 'customer'
        JOIN inventory_batch b ON b.id = a.batch_id
        WHERE a.source = 'default'
        """
    )
    return rows[0]


def order_progress(numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read how far customer orders are, by number: quantities by line, picked, packed or further; what is taken along left out."""
    rows = fetch_dicts(
        """
        SELECT o.id, o.number, o.status, jsonb_object_agg(l.line_number, s.ordered) FILTER (WHERE s.delivery <> 'carry_out') AS lines,
               sum(s.picked) FILTER (WHERE s.delivery <> 'carry_out') AS picked,
               sum(s.packed + s.invoiced + s.cancelled) FILTER (WHERE s.delivery <> 'carry_out') AS packed
        FROM orders_salesorder o
        JOIN orders_salesorderline l ON l.order_id = o.id
        JOIN orders_customerorderline s ON s.order_line_id = l.id
        WHERE o.number = ANY(%s::text[]) GROUP BY o.id
        """,
        [text_array(numbers)],
    )
    return {row["number"]: row for row in rows}
