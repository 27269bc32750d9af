"""Reads of what a reversal of a delivery takes back; one query each."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import fetch_all, fetch_as
from core.lib.document_kinds import SourceKind
from orders.models import Delivery, DeliveryLine


class InvoicedDelivery(NamedTuple):
    """A delivery that is to be taken back, without invoice while there is none; `paid` are its payments, `owed` went on account."""

    id: int
    order_id: int
    order: str
    ordinal: int
    legal_entity_id: int
    day: date
    invoice_id: int | None
    invoice: str
    is_reversal: bool
    is_in_work: bool
    total: Decimal
    rounding: Decimal
    paid: Decimal
    owed: Decimal

    @property
    def document(self) -> str:
        """Its name for people."""
        return f"{self.order}/{self.ordinal}"

    @property
    def deposit(self) -> Decimal:
        """What of the deposit settled it: all that nothing else did. `owed` has what was paid on account, too."""
        return self.total - self.rounding - self.paid - self.owed


def invoiced_delivery(order_id: int, ordinal: int) -> InvoicedDelivery | None:
    """The delivery of an order that the caller holds; None where there is none of that number."""
    rows = fetch_as(
        InvoicedDelivery,
        """
        SELECT d.id, o.id AS order_id, o.number AS order, d.ordinal, o.legal_entity_id, COALESCE(i.date, d.day) AS day, i.id AS invoice_id,
               COALESCE(i.number, '') AS invoice,
               EXISTS (
                   SELECT FROM ledger_reversal r JOIN orders_invoice b ON b.id = r.source_id
                   WHERE r.source_kind = %(invoice)s AND b.order_id = o.id AND b.number || '-R' = i.number
               ) AS is_reversal,
               EXISTS (SELECT FROM orders_delivery w WHERE w.order_id = o.id AND w.work_state <> '') AS is_in_work,
               d.net + d.tax AS total, d.rounding,
               COALESCE((
                   SELECT sum(p.amount) FROM orders_orderpayment p WHERE p.delivery_id = d.id AND p.method_id IS DISTINCT FROM 'on_account'
               ), 0) AS paid,
               COALESCE((
                   SELECT c.amount FROM orders_customertransaction c WHERE c.source_kind = %(invoice)s AND c.source_id = i.id
               ), 0) AS owed
        FROM orders_delivery d
        JOIN orders_salesorder o ON o.id = d.order_id
        LEFT JOIN orders_invoice i ON i.id = d.invoice_id
        WHERE d.order_id = %(order)s AND d.ordinal = %(ordinal)s
        """,
        {"invoice": int(SourceKind.INVOICE), "order": order_id, "ordinal": ordinal},
    )
    return rows[0] if rows else None


class InvoicedReturn(NamedTuple):
    """A return of what the delivery handed out, as far as it was not taken back itself."""

    order: str
    delivery: int


def returns_of_delivery(delivery_id: int) -> list[InvoicedReturn]:
    """Invoiced returns of the delivery's lines that were not reversed."""
    rows = fetch_as(
        InvoicedReturn,
        """
        SELECT o.number AS order, min(d.ordinal) AS delivery
        FROM orders_deliveryline l
        JOIN orders_deliveryline b ON b.return_of_id = l.id
        JOIN orders_delivery d ON d.id = b.delivery_id AND d.invoice_id IS NOT NULL
        JOIN orders_salesorder o ON o.id = d.order_id
        WHERE l.delivery_id = %s GROUP BY o.id, o.number, l.id HAVING sum(b.quantity) <> 0 ORDER BY o.number
        """,
        [delivery_id],
    )
    return list(dict.fromkeys(rows))


class LineToReserve(NamedTuple):
    """What a delivery took of an order line that is not carried out, in the item's unit."""

    order_line_id: int
    item_id: int
    warehouse_id: int
    batch_id: int | None
    quantity: Decimal


def lines_to_reserve(delivery_id: int) -> list[LineToReserve]:
    """Sold lines of a delivery whose goods are reserved again once it is taken back."""
    return fetch_as(
        LineToReserve,
        """
        SELECT l.order_line_id, ol.item_id, c.warehouse_id, c.batch_id, sum(l.stock_quantity) AS quantity
        FROM orders_deliveryline l
        JOIN orders_salesorderline ol ON ol.id = l.order_line_id
        JOIN orders_customerorderline c ON c.order_line_id = l.order_line_id
        JOIN inventory_item i ON i.id = ol.item_id AND i.kind = 'stocked'
        WHERE l.delivery_id = %s AND l.stock_quantity > 0 AND c.delivery <> 'carry_out'
        GROUP BY 1, 2, 3, 4 ORDER BY 1
        """,
        [delivery_id],
    )


def lines_of(delivery_id: int) -> list[int]:
    """The lines of a delivery."""
    return list(DeliveryLine.objects.filter(delivery_id=delivery_id).order_by("pk").values_list("pk", flat=True))


def last_delivery(order_id: int) -> int:
    """The number of the last delivery of an order that is neither taken back nor takes one back; 0 where there is none."""
    rows = fetch_all(
        """
        SELECT max(d.ordinal)
        FROM orders_delivery d JOIN orders_invoice i ON i.id = d.invoice_id
        WHERE d.order_id = %(order)s AND NOT EXISTS (
            SELECT FROM ledger_reversal r JOIN orders_invoice b ON b.id = r.source_id
            WHERE r.source_kind = %(invoice)s AND b.order_id = d.order_id AND (b.id = i.id OR b.number || '-R' = i.number)
        )
        """,
        {"order": order_id, "invoice": int(SourceKind.INVOICE)},
    )
    return int(rows[0][0] or 0)


def delivery_named(delivery_id: int) -> tuple[int, int] | None:
    """Order and number of a delivery."""
    return Delivery.objects.filter(pk=delivery_id).values_list("order_id", "ordinal").first()
