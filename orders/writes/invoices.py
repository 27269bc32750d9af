"""Set-based writes of invoices and batch allocations."""

from collections.abc import Collection, Sequence

from core.db.bulk import copy_rows, execute, fetch_all
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, written_message
from orders.models import SalesOrder


def insert_allocations(source_kind: SourceKind) -> None:
    """Allocations of what is issued (`inventory/writes/takes.py`); one query. Raises IntegrityError when a line is allocated already."""
    execute(
        """
        INSERT INTO orders_batchallocation (
            source_kind, source_id, ordinal, order_line_id, item_id, warehouse_id, batch_id, quantity, source, reason, setting, cost_amount
        )
        SELECT %s, line_id, ordinal, order_line_id, item_id, warehouse_id, batch_id, quantity, source, reason, setting, cost FROM work_take
        """,
        [int(source_kind)],
    )


def insert_invoices(order_ids: Collection[int]) -> dict[int, int]:
    """First and only invoice of each order with its lines, and the orders' status; gives invoice ids by order. Three queries."""
    ids = list(order_ids)
    invoices: dict[int, int] = dict(
        fetch_all(
            """
            INSERT INTO orders_invoice (number, legal_entity_id, order_id, ordinal, date, net, tax, total)
            SELECT o.number || '-I1', o.legal_entity_id, o.id, 1, o.business_date, COALESCE(s.net, 0),
                   COALESCE(s.tax, 0), COALESCE(s.net + s.tax, 0)
            FROM orders_salesorder o
            LEFT JOIN (
                SELECT order_id, sum(net) AS net, sum(tax) AS tax FROM orders_salesorderline WHERE order_id = ANY(%s) GROUP BY order_id
            ) s ON s.order_id = o.id
            WHERE o.id = ANY(%s)
            RETURNING order_id, id
            """,
            [ids, ids],
        )
    )
    execute(
        """
        INSERT INTO orders_invoiceline (invoice_id, line_number, order_line_id, quantity, net, tax)
        SELECT i.invoice_id, l.line_number, l.id, l.quantity, l.net, l.tax
        FROM unnest(%s::bigint[], %s::bigint[]) AS i (order_id, invoice_id)
        JOIN orders_salesorderline l ON l.order_id = i.order_id
        """,
        [list(invoices), list(invoices.values())],
    )
    execute(
        "UPDATE orders_salesorder SET status = %s, error_code = '', error_text = NULL WHERE id = ANY(%s)",
        [SalesOrder.Status.INVOICED, ids],
    )
    return invoices


def record_failures(rows: Sequence[tuple[int, SourceKind, int, int, str, object, Message | str]]) -> None:
    """Replaces the problems of failed orders; rows are (order, source kind, line, item, code, missing, message). Three queries."""
    orders = sorted({row[0] for row in rows})
    clear_failures(orders)
    written = [(*row[:6], written_message(row[6])) for row in rows]
    copy_rows("orders_orderproblem", ("order_id", "source_kind", "source_id", "item_id", "code", "missing_quantity", "message"), written)
    execute(
        """
        UPDATE orders_salesorder o SET error_code = p.code, error_text = p.message
        FROM (
            SELECT DISTINCT ON (order_id) order_id, code, message FROM orders_orderproblem WHERE order_id = ANY(%s) ORDER BY order_id, id
        ) p
        WHERE o.id = p.order_id
        """,
        [orders],
    )


def clear_failures(order_ids: Collection[int]) -> None:
    """Forgets the problems of an earlier attempt."""
    execute("DELETE FROM orders_orderproblem WHERE order_id = ANY(%s)", [list(order_ids)])
