"""Set-based writes of reversals of what orders and transactions booked on accounts of customers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, execute, fetch_all, reserve_ids
from core.lib.document_kinds import SourceKind
from orders.models import SalesOrder


def mirror_customer_transactions(kind: SourceKind, source_ids: Collection[int], on: date | None) -> None:
    """Takes back what documents of a kind put on accounts, on the same dates or on this one; one query.

    Raises IntegrityError where it was taken back before.
    """
    execute(
        """
        INSERT INTO orders_customertransaction (legal_entity_id, customer_id, source_kind, source_id, date, amount, text)
        SELECT legal_entity_id, customer_id, %s, id, COALESCE(%s::date, date), -amount, text
        FROM orders_customertransaction WHERE source_kind = %s AND source_id = ANY(%s::bigint[])
        """,
        [int(SourceKind.REVERSAL), on, int(kind), array(source_ids)],
    )


class MirroredDelivery(NamedTuple):
    """The delivery that takes another one back, its credit note, and its lines by those that they take back."""

    id: int
    invoice_id: int
    invoice: str
    lines: Mapping[int, int]


def mirror_delivery(delivery_id: int, line_ids: Sequence[int], on: date | None, actor: str) -> MirroredDelivery:
    """A delivery with the other sign and its credit note, with lines and allocations; the order is held by the caller. Seven queries.

    Its lines name the sold lines that they bring back, as those of a return do.
    """
    new_id, *_ = reserve_ids("orders_delivery", 1)
    new_lines = reserve_ids("orders_deliveryline", len(line_ids))
    ((invoice_id, number),) = fetch_all(
        """
        INSERT INTO orders_invoice (number, legal_entity_id, order_id, ordinal, date, net, tax, total)
        SELECT i.number || '-R', i.legal_entity_id, i.order_id,
               (SELECT max(ordinal) + 1 FROM orders_invoice WHERE order_id = i.order_id), COALESCE(%s::date, i.date),
               -i.net, -i.tax, -i.total
        FROM orders_delivery d JOIN orders_invoice i ON i.id = d.invoice_id WHERE d.id = %s
        RETURNING id, number
        """,
        [on, delivery_id],
    )
    execute(
        """
        INSERT INTO orders_invoiceline (invoice_id, line_number, order_line_id, quantity, net, tax)
        SELECT %s, l.line_number, l.order_line_id, -l.quantity, -l.net, -l.tax
        FROM orders_delivery d JOIN orders_invoiceline l ON l.invoice_id = d.invoice_id WHERE d.id = %s
        """,
        [invoice_id, delivery_id],
    )
    execute(
        """
        INSERT INTO orders_delivery (
            id, order_id, ordinal, verb, store_id, warehouse_id, day, requested_at, requested_by, on_account, rounding, net, tax,
            line_count, error_code, error_text, attempts, work_state, invoice_id
        )
        SELECT %s, order_id, (SELECT max(ordinal) + 1 FROM orders_delivery WHERE order_id = d.order_id), 'return', store_id, warehouse_id,
               COALESCE(%s::date, day), now(), %s, on_account, -rounding, -net, -tax, line_count, '', NULL, 0, '', %s
        FROM orders_delivery d WHERE id = %s
        """,
        [new_id, on, actor, invoice_id, delivery_id],
    )
    pairs = [array(line_ids), array(new_lines)]
    execute(
        """
        INSERT INTO orders_deliveryline (id, delivery_id, order_line_id, quantity, stock_quantity, net, tax, return_of_id)
        SELECT m.new, %s, l.order_line_id, -l.quantity, -l.stock_quantity, -l.net, -l.tax, COALESCE(l.return_of_id, l.id)
        FROM unnest(%s::bigint[], %s::bigint[]) AS m (old, new) JOIN orders_deliveryline l ON l.id = m.old
        """,
        [new_id, *pairs],
    )
    execute(
        """
        INSERT INTO orders_batchallocation (
            source_kind, source_id, ordinal, order_line_id, item_id, warehouse_id, batch_id, quantity, source, reason, setting, cost_amount
        )
        SELECT a.source_kind, m.new, a.ordinal, a.order_line_id, a.item_id, a.warehouse_id, a.batch_id, -a.quantity, 'returned',
               'LINKED_RETURN', '', -a.cost_amount
        FROM unnest(%s::bigint[], %s::bigint[]) AS m (old, new)
        JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = m.old
        """,
        [*pairs, int(SourceKind.DELIVERY_LINE)],
    )
    return MirroredDelivery(new_id, invoice_id, number, dict(zip(line_ids, new_lines, strict=True)))


def give_back_money(delivery_id: int, mirrored: MirroredDelivery, voucher_id: int | None, on: date | None) -> None:
    """Payments of a delivery with the other sign, and what it put on the account of the customer; two queries."""
    execute(
        """
        INSERT INTO orders_orderpayment (order_id, delivery_id, ordinal, kind, method_id, amount, paid_at, voucher_id, gift_card_id)
        SELECT p.order_id, %s, (SELECT max(ordinal) FROM orders_orderpayment WHERE order_id = p.order_id)
               + row_number() OVER (ORDER BY p.ordinal), 'refund', p.method_id, -p.amount, now(), %s, p.gift_card_id
        FROM orders_orderpayment p WHERE p.delivery_id = %s
        """,
        [mirrored.id, voucher_id, delivery_id],
    )
    execute(
        """
        INSERT INTO orders_customertransaction (legal_entity_id, customer_id, source_kind, source_id, date, amount, text)
        SELECT c.legal_entity_id, c.customer_id, c.source_kind, %s, COALESCE(%s::date, c.date), -c.amount, %s
        FROM orders_delivery d
        JOIN orders_customertransaction c ON c.source_kind = %s AND c.source_id = d.invoice_id WHERE d.id = %s
        """,
        [mirrored.invoice_id, on, mirrored.invoice, int(SourceKind.INVOICE), delivery_id],
    )


def open_again(delivery_id: int, deposit: Decimal) -> None:
    """What the delivery handed out is left to be delivered again: stages of its lines, sums and status of its order. Three queries."""
    execute(
        """
        UPDATE orders_customerorderline c SET invoiced = c.invoiced - l.quantity
        FROM (
            SELECT order_line_id, abs(sum(quantity)) AS quantity FROM orders_deliveryline WHERE delivery_id = %s GROUP BY order_line_id
        ) l
        WHERE c.order_line_id = l.order_line_id
        """,
        [delivery_id],
    )
    execute(
        """
        UPDATE orders_customerorder c
        SET invoiced = c.invoiced - d.net - d.tax, deposit_used = c.deposit_used - %s, version = c.version + 1
        FROM orders_delivery d WHERE d.id = %s AND c.order_id = d.order_id
        """,
        [deposit, delivery_id],
    )
    execute(
        "UPDATE orders_salesorder o SET status = %s FROM orders_delivery d WHERE d.id = %s AND o.id = d.order_id",
        [SalesOrder.Status.CREATED, delivery_id],
    )
