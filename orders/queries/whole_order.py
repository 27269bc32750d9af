"""A customer order with everything that became of it, for who sees it from outside: seven queries, whatever its size."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import Exists, OuterRef, Q

from core.db.bulk import fetch_dicts
from core.lib.document_kinds import SourceKind
from orders.models import CustomerOrder, SalesOrder

Rows = list[dict[str, Any]]


def orders_named(numbers: Collection[str], seen: Q) -> list[tuple[int, str, str]]:
    """(id, number, company) of customer orders of these numbers whose stores are seen, in any company; one query."""
    rows = CustomerOrder.objects.filter(seen, order__number__in=numbers).order_by("order__number", "order__legal_entity__code")
    return list(rows.values_list("order_id", "order__number", "order__legal_entity__code"))


def order_address(order_id: int) -> str:
    """What names the order in addresses of calls: its number, with its company where another one has an order of that number; one query."""
    others = SalesOrder.objects.filter(number=OuterRef("number")).exclude(pk=OuterRef("pk"))
    order = SalesOrder.objects.annotate(is_shared=Exists(others)).values_list("number", "legal_entity__code", "is_shared").get(pk=order_id)
    number, company, is_shared = order
    return quote(number, safe="") + (f"?{urlencode({'legal_entity': company})}" if is_shared else "")


def whole_order(order_id: int) -> dict[str, Any]:
    """Head, lines with stages, reservations and allocations, payments, deliveries, invoices and problems of an order."""
    (head,) = fetch_dicts(
        """
        SELECT o.number AS order, e.code AS legal_entity, s.code AS store, w.code AS warehouse, c.code AS customer, o.status,
               o.business_date, h.channel,
               h.currency_id AS currency, h.ordered_at, h.delivery, h.net, h.tax, h.total, h.deposit_wanted, h.deposit_used, h.invoiced,
               h.cancelled, h.charged, h.version
        FROM orders_salesorder o
        JOIN orders_customerorder h ON h.order_id = o.id
        JOIN parameters_legalentity e ON e.id = o.legal_entity_id
        JOIN orders_store s ON s.id = o.store_id
        JOIN inventory_warehouse w ON w.id = o.warehouse_id
        JOIN orders_customer c ON c.id = o.customer_id
        WHERE o.id = %s
        """,
        [order_id],
    )
    lines = _lines(order_id)
    by_id = {line.pop("id"): line for line in lines}
    for rows, name in ((_reserved(order_id), "reserved"), (_allocations(order_id), "allocations")):
        of_line: Mapping[int, Rows] = _by_line(rows)
        for line_id, line in by_id.items():
            line[name] = of_line.get(line_id, [])
    found = {"payments": _payments(order_id), "deliveries": _deliveries(order_id), "invoices": _invoices(order_id)}
    return {**head, "lines": lines, **found}


def _by_line(rows: Rows) -> dict[int, Rows]:
    found: dict[int, Rows] = defaultdict(list)
    for row in rows:
        found[row.pop("line_id")].append(row)
    return found


def _lines(order_id: int) -> Rows:
    return fetch_dicts(
        """
        SELECT l.id, l.line_number AS line, i.code AS item, l.quantity, l.unit_id AS unit, l.price, l.discount, l.net, l.tax, c.delivery,
               b.number AS batch, g.number AS gift_card,
               c.ordered - c.picked - c.packed - c.invoiced - c.cancelled AS open, c.picked, c.packed, c.invoiced,
               c.cancelled, ro.number AS return_of_order, r.line_number AS return_of_line
        FROM orders_salesorderline l
        JOIN orders_customerorderline c ON c.order_line_id = l.id
        JOIN inventory_item i ON i.id = l.item_id
        LEFT JOIN inventory_batch b ON b.id = c.batch_id
        LEFT JOIN orders_giftcard g ON g.id = c.gift_card_id
        LEFT JOIN orders_salesorderline r ON r.id = c.return_of_id
        LEFT JOIN orders_salesorder ro ON ro.id = r.order_id
        WHERE l.order_id = %s ORDER BY l.line_number
        """,
        [order_id],
    )


def _reserved(order_id: int) -> Rows:
    return fetch_dicts(
        """
        SELECT r.order_line_id AS line_id, b.number AS batch, r.quantity
        FROM orders_reservation r JOIN orders_salesorderline l ON l.id = r.order_line_id LEFT JOIN inventory_batch b ON b.id = r.batch_id
        WHERE l.order_id = %s ORDER BY r.order_line_id, r.ordinal, r.id
        """,
        [order_id],
    )


def _allocations(order_id: int) -> Rows:
    return fetch_dicts(
        """
        SELECT dl.order_line_id AS line_id, w.code AS warehouse, b.number AS batch, a.quantity, a.source, a.reason
        FROM orders_delivery d
        JOIN orders_deliveryline dl ON dl.delivery_id = d.id
        JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = dl.id
        JOIN inventory_warehouse w ON w.id = a.warehouse_id
        LEFT JOIN inventory_batch b ON b.id = a.batch_id
        WHERE d.order_id = %s ORDER BY dl.order_line_id, dl.id, a.ordinal
        """,
        [SourceKind.DELIVERY_LINE, order_id],
    )


def _payments(order_id: int) -> Rows:
    return fetch_dicts(
        """
        SELECT p.ordinal AS number, p.kind, p.method_id AS method, g.number AS gift_card, p.amount, p.paid_at, v.number AS voucher,
               d.ordinal AS delivery
        FROM orders_orderpayment p LEFT JOIN ledger_voucher v ON v.id = p.voucher_id LEFT JOIN orders_delivery d ON d.id = p.delivery_id
        LEFT JOIN orders_giftcard g ON g.id = p.gift_card_id
        WHERE p.order_id = %s ORDER BY p.ordinal
        """,
        [order_id],
    )


_STATUS = """
    CASE WHEN d.invoice_id IS NOT NULL THEN 'invoiced' WHEN d.work_state <> '' THEN d.work_state WHEN d.error_code <> '' THEN 'failed'
         ELSE 'idle' END
"""


def _deliveries(order_id: int) -> Rows:
    return fetch_dicts(
        f"""
        SELECT d.ordinal AS number, d.verb, d.day, d.requested_at, d.requested_by, d.net, d.tax, d.net + d.tax AS total,
               {_STATUS} AS status, i.number AS invoice, d.job_id AS job, NULLIF(d.error_code, '') AS error_code,
               d.error_text
        FROM orders_delivery d LEFT JOIN orders_invoice i ON i.id = d.invoice_id
        WHERE d.order_id = %s ORDER BY d.ordinal
        """,
        [order_id],
    )


def first_delivery(order_id: int) -> dict[str, Any]:
    """Number of an order and the key of its first delivery; one query."""
    sql = "SELECT o.number AS order, d.id AS delivery FROM orders_delivery d JOIN orders_salesorder o ON o.id = d.order_id"
    return fetch_dicts(f"{sql} WHERE o.id = %s ORDER BY d.ordinal LIMIT 1", [order_id])[0]


def delivery_state(delivery_id: int) -> dict[str, Any] | None:
    """Number within its order, status and invoice of a delivery, None when it gave way to another; one query."""
    rows = fetch_dicts(
        f"""
        SELECT d.ordinal AS number, {_STATUS} AS status, i.number AS invoice
        FROM orders_delivery d LEFT JOIN orders_invoice i ON i.id = d.invoice_id WHERE d.id = %s
        """,
        [delivery_id],
    )
    return rows[0] if rows else None


def _invoices(order_id: int) -> Rows:
    return fetch_dicts(
        "SELECT number AS invoice, date, net, tax, total FROM orders_invoice WHERE order_id = %s ORDER BY ordinal", [order_id]
    )
