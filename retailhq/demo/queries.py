"""What the demo shows of the database: a fixed number of reads, whatever the size of the demo."""

from typing import Any

from retailhq.db.bulk import fetch_dicts, fetch_value


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
    return fetch_dicts(
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
