"""Set-based writes of deliveries, their invoices, and the stages of order lines."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from core.db.bulk import array, copy_rows, execute, fetch_all, fetch_value, reserve_ids, text_array
from core.lib.document_kinds import SourceKind
from core.lib.messages import written_message
from core.lib.problems import Problem
from orders.models import SalesOrder
from orders.queries.deliveries import OpenOrder
from orders.rules.deliveries import Part
from orders.rules.fulfilment import Stages
from orders.writes.invoices import clear_failures


def delete_idle_deliveries(order_ids: Collection[int]) -> None:
    """Failed deliveries give way, with their lines, payments and problems; the orders are held by the caller. Six queries at most."""
    rows = fetch_all(
        "SELECT id FROM orders_delivery WHERE order_id = ANY(%s::bigint[]) AND invoice_id IS NULL AND work_state = '' FOR UPDATE",
        [array(order_ids)],
    )
    if rows:
        ids = array(row[0] for row in rows)
        execute("DELETE FROM orders_orderpayment WHERE delivery_id = ANY(%s::bigint[])", [ids])
        execute("DELETE FROM orders_deliveryline WHERE delivery_id = ANY(%s::bigint[])", [ids])
        execute("DELETE FROM orders_delivery WHERE id = ANY(%s::bigint[])", [ids])
        clear_failures(order_ids)
        execute("UPDATE orders_salesorder SET error_code = '', error_text = NULL WHERE id = ANY(%s::bigint[])", [array(order_ids)])


def insert_deliveries(
    orders: Sequence[OpenOrder],
    parts: Mapping[int, Sequence[Part]],
    days: Mapping[int, date],
    verb: str,
    now: datetime,
    actor: str,
    rounding: Decimal | None = None,
) -> dict[int, int]:
    """One delivery per order that has parts; gives delivery ids by order. Three queries.

    `rounding` is what payments leave to it; None: nothing is paid with it, what is not paid is owed.
    Raises IntegrityError when another delivery of an order is open.
    """
    going = [order for order in orders if parts.get(order.order_id)]
    ids = reserve_ids("orders_delivery", len(going))
    by_order = {order.order_id: delivery_id for order, delivery_id in zip(going, ids, strict=True)}
    last = dict(
        fetch_all("SELECT order_id, max(ordinal) FROM orders_delivery WHERE order_id = ANY(%s::bigint[]) GROUP BY 1", [array(by_order)])
    )
    copy_rows(
        "orders_delivery",
        (
            *("id", "order_id", "ordinal", "verb", "store_id", "warehouse_id", "day", "requested_at", "requested_by", "on_account"),
            *("rounding", "net", "tax", "line_count", "error_code", "error_text", "attempts", "work_state"),
        ),
        (
            (
                *(by_order[order.order_id], order.order_id, last.get(order.order_id, 0) + 1, verb, order.store_id, order.warehouse_id),
                *(days[order.order_id], now, actor, rounding is None, rounding or Decimal(0)),
                *(sum(part.net for part in own), sum(part.tax for part in own), len(own)),
                *("", None, 0, ""),
            )
            for order in going
            for own in (parts[order.order_id],)
        ),
    )
    copy_rows(
        "orders_deliveryline",
        ("delivery_id", "order_line_id", "quantity", "stock_quantity", "net", "tax", "return_of_id"),
        ((by_order[order_id], *part[1:]) for order_id, own in parts.items() if order_id in by_order for part in own),
    )
    return by_order


def insert_customer_transactions(kind: SourceKind, owed: Sequence[tuple[int, int, int, date, Decimal, str]]) -> None:
    """(legal entity, order, document, date, amount, its number) of what goes on the account of the order's customer; one query."""
    execute(
        """
        INSERT INTO orders_customertransaction (legal_entity_id, customer_id, source_kind, source_id, date, amount, text)
        SELECT w.entity, o.customer_id, %s, w.document, w.date, w.amount, w.number
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::numeric[], %s::text[])
            AS w (entity, order_id, document, date, amount, number)
        JOIN orders_salesorder o ON o.id = w.order_id
        """,
        [kind, *([row[column] for row in owed] for column in range(6))],
    )


def insert_delivery_invoices(delivery_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The next invoice of each delivery's order with its lines; gives id and number by delivery. Three queries."""
    ids = array(delivery_ids)
    rows = fetch_all(
        """
        INSERT INTO orders_invoice (number, legal_entity_id, order_id, ordinal, date, net, tax, total)
        SELECT o.number || '-I' || n.next, o.legal_entity_id, o.id, n.next, d.day, d.net, d.tax, d.net + d.tax
        FROM orders_delivery d
        JOIN orders_salesorder o ON o.id = d.order_id
        CROSS JOIN LATERAL (SELECT COALESCE(max(i.ordinal), 0) + 1 AS next FROM orders_invoice i WHERE i.order_id = o.id) n
        WHERE d.id = ANY(%s::bigint[])
        RETURNING id, number, order_id
        """,
        [ids],
    )
    execute(
        """
        INSERT INTO orders_invoiceline (invoice_id, line_number, order_line_id, quantity, net, tax)
        SELECT i.invoice_id, o.line_number, o.id, sum(l.quantity), sum(l.net), sum(l.tax)
        FROM unnest(%s::bigint[], %s::bigint[]) AS i (order_id, invoice_id)
        JOIN orders_salesorderline o ON o.order_id = i.order_id
        JOIN orders_deliveryline l ON l.order_line_id = o.id AND l.delivery_id = ANY(%s::bigint[])
        GROUP BY i.invoice_id, o.line_number, o.id
        """,
        [array(row[2] for row in rows), array(row[0] for row in rows), ids],
    )
    of_order = {order_id: (invoice_id, number) for invoice_id, number, order_id in rows}
    owners = fetch_all("SELECT id, order_id FROM orders_delivery WHERE id = ANY(%s::bigint[])", [ids])
    return {delivery_id: of_order[order_id] for delivery_id, order_id in owners}


def finish_deliveries(invoices: Mapping[int, int], deposits: Mapping[int, Decimal], roundings: Mapping[int, Decimal]) -> None:
    """Deliveries are invoiced, with what is left to rounding; their orders know what was invoiced and what of the deposit was used.

    Three queries. An order is invoiced when nothing of it is left; call it after `update_stages`.
    """
    execute(
        """
        UPDATE orders_delivery d
        SET invoice_id = x.invoice_id, rounding = x.rounding,
            work_state = '', run_token = NULL, heartbeat_at = NULL, error_code = '', error_text = NULL
        FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS x (id, invoice_id, rounding) WHERE d.id = x.id
        """,
        [array(invoices), array(invoices.values()), array(roundings[delivery_id] for delivery_id in invoices)],
    )
    execute(
        """
        UPDATE orders_customerorder c
        SET invoiced = c.invoiced + d.net + d.tax, deposit_used = c.deposit_used + x.deposit, version = c.version + 1
        FROM unnest(%s::bigint[], %s::numeric[]) AS x (id, deposit) JOIN orders_delivery d ON d.id = x.id
        WHERE c.order_id = d.order_id
        """,
        [array(invoices), array(deposits[delivery_id] for delivery_id in invoices)],
    )
    execute(
        """
        UPDATE orders_salesorder o
        SET error_code = '', error_text = NULL, status = CASE WHEN EXISTS (
            SELECT FROM orders_salesorderline l JOIN orders_customerorderline c ON c.order_line_id = l.id
            WHERE l.order_id = o.id AND c.ordered > c.invoiced + c.cancelled
        ) THEN o.status ELSE %s END
        FROM orders_delivery d WHERE d.order_id = o.id AND d.id = ANY(%s::bigint[])
        """,
        [SalesOrder.Status.INVOICED, array(invoices)],
    )


def use_approvals(deliveries: Mapping[int, int]) -> None:
    """Says which delivery used up what let its order pass a fallback limit, by order; one query, none for nothing."""
    if deliveries:
        execute(
            """
            UPDATE orders_orderapproval a SET delivery_id = d.delivery_id
            FROM unnest(%s::bigint[], %s::bigint[]) AS d (order_id, delivery_id)
            WHERE a.order_id = d.order_id AND a.delivery_id IS NULL
            """,
            [array(deliveries), array(deliveries.values())],
        )


def update_stages(stages: Mapping[int, Stages]) -> None:
    """Where order lines stand now; their orders are held by the caller, the CHECK of the table is the last guard. One query."""
    execute(
        """
        UPDATE orders_customerorderline c
        SET picked = s.picked, packed = s.packed, invoiced = s.invoiced, cancelled = s.cancelled
        FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[]) AS s (id, picked, packed, invoiced, cancelled)
        WHERE c.order_line_id = s.id
        """,
        [
            array(stages),
            *(array(getattr(stage, name) for stage in stages.values()) for name in ("picked", "packed", "invoiced", "cancelled")),
        ],
    )


def link_payment_vouchers(vouchers: Mapping[int, int]) -> None:
    """Payments of deliveries are posted with these vouchers, by delivery; one query."""
    if vouchers:
        execute(
            """
            UPDATE orders_orderpayment p SET voucher_id = v.voucher_id
            FROM unnest(%s::bigint[], %s::bigint[]) AS v (delivery_id, voucher_id) WHERE p.delivery_id = v.delivery_id
            """,
            [array(vouchers), array(vouchers.values())],
        )


def record_failed_deliveries(problems: Mapping[int, Problem]) -> dict[int, int]:
    """Deliveries stand idle with their problem, and so do their orders; gives orders by delivery. Two queries."""
    if not problems:
        return {}
    columns = [
        array(problems),
        text_array(p.code for p in problems.values()),
        text_array(written_message(p.message) for p in problems.values()),
    ]
    execute(
        """
        UPDATE orders_delivery d
        SET work_state = '', run_token = NULL, heartbeat_at = NULL, error_code = p.code, error_text = p.message
        FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS p (id, code, message) WHERE d.id = p.id
        """,
        columns,
    )
    return dict(
        fetch_all(
            """
            UPDATE orders_salesorder o SET error_code = p.code, error_text = p.message
            FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS p (id, code, message) JOIN orders_delivery d ON d.id = p.id
            WHERE o.id = d.order_id RETURNING d.id, o.id
            """,
            columns,
        )
    )


def next_version(order_id: int, version: int) -> int | None:
    """Counts a change of an order that stands at `version`; gives the new version, None where it stands elsewhere. Compare-and-set."""
    sql = "UPDATE orders_customerorder SET version = version + 1 WHERE order_id = %s AND version = %s RETURNING version"
    changed: int | None = fetch_value(sql, [order_id, version])
    return changed
