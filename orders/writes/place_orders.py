"""Set-based writes of new customer orders, and of the history of all of them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from core.db.bulk import array, copy_rows, fetch_all, text_array
from core.lib.document_kinds import SourceKind
from orders.models import OrderEvent, SalesOrder

ORDER_COLUMNS = (
    *("order_id", "channel", "currency_id", "ordered_at", "delivery", "net", "tax", "total", "deposit_wanted", "deposit_overridden_by"),
    *("deposit_used", "invoiced", "cancelled", "charged", "version", "content_hash"),
)
LINE_COLUMNS = ("id", "order_id", "line_number", "item_id", "unit_id", "quantity", "stock_quantity", "price", "discount", "net", "tax")
STAGE_COLUMNS = (
    *("order_line_id", "warehouse_id", "delivery", "ordered", "picked", "packed", "invoiced", "cancelled"),
    *("cancelled_stock", "cancelled_net", "cancelled_tax", "batch_id", "return_of_id", "gift_card_id", "scanned_expiry"),
)
Event = tuple[int, OrderEvent.What, dict[str, object]]
PAYMENT_COLUMNS = ("order_id", "delivery_id", "ordinal", "kind", "method_id", "amount", "paid_at", "voucher_id", "gift_card_id")


def insert_heads(heads: Sequence[tuple[int, str, int, int, int, int, Any]]) -> set[int]:
    """Sales orders as (id, number, company, store, warehouse, customer, date); gives the ids of those whose number was free. One query.

    Numbers go in in one order, so two that take the same orders wait for each other and never in a ring.
    """
    rows = sorted(heads, key=lambda head: head[1:3])
    inserted = fetch_all(
        """
        INSERT INTO orders_salesorder (id, number, legal_entity_id, origin, store_id, warehouse_id, customer_id, business_date, status,
                                       source_kind, source_id, ordinal, merges_lines, error_code, error_text)
        SELECT h.id, h.number, h.entity, %s, h.store, h.warehouse, h.customer, h.day, %s, %s, h.id, 1, false, '', NULL
        FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[])
            AS h (id, number, entity, store, warehouse, customer, day)
        ON CONFLICT (number, legal_entity_id) DO NOTHING RETURNING id
        """,
        [
            SalesOrder.Origin.CUSTOMER,
            SalesOrder.Status.CREATED,
            SourceKind.CUSTOMER_ORDER,
            array(row[0] for row in rows),
            text_array(row[1] for row in rows),
            *(array(row[place] for row in rows) for place in (2, 3, 4, 5, 6)),
        ],
    )
    return {row[0] for row in inserted}


def insert_orders(rows: Iterable[Sequence[object]]) -> None:
    """What customer orders have beside their heads, in the order of `ORDER_COLUMNS`; one COPY."""
    copy_rows("orders_customerorder", ORDER_COLUMNS, rows)


def insert_lines(lines: Iterable[Sequence[object]], stages: Iterable[Sequence[object]]) -> None:
    """Lines and their stages, in the order of `LINE_COLUMNS` and `STAGE_COLUMNS`; two COPYs."""
    copy_rows("orders_salesorderline", LINE_COLUMNS, lines)
    copy_rows("orders_customerorderline", STAGE_COLUMNS, stages)


def insert_payments(rows: Iterable[Sequence[object]]) -> None:
    """Payments, in the order of `PAYMENT_COLUMNS`; one COPY."""
    copy_rows("orders_orderpayment", PAYMENT_COLUMNS, rows)


def insert_events(events: Sequence[Event], actor: str) -> None:
    """Adds (order, what, data) to the histories of orders; one COPY, none for nothing."""
    if events:
        columns = ("order_id", "actor", "what", "data")
        copy_rows("orders_orderevent", columns, ((order, actor, str(what), json.dumps(data)) for order, what, data in events))
