"""Reads of deliveries of customer orders; a fixed number of queries for any number of them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Max, Q

from core.db.bulk import array, fetch_all, fetch_as, fetch_dicts, fetch_value
from core.lib.document_kinds import SourceKind
from core.lib.messages import with_messages
from inventory.queries.units import in_sold_unit
from inventory.rules.issues import Taken
from inventory.rules.reservations import Reserved
from ledger.models import Voucher
from orders.models import Delivery, OrderPayment, SalesOrder
from orders.queries.order_state import DEPOSIT_LEFT, REMAINING, hold_orders
from orders.rules.deliveries import Amounts, Delivered, OpenLine
from orders.rules.fulfilment import Stages
from orders.rules.sold_lines import PLACES_TO_SPARE


class OpenOrder(NamedTuple):
    """An order that something can be delivered of."""

    order_id: int
    store_id: int
    warehouse_id: int
    time_zone: str


class DeliveryHead(NamedTuple):
    """A delivery about to be invoiced; `deposit_left` and `remaining` are of its order, before this invoice.

    `gift_cards` is the part of `net` that is owed to their holders; `rounding` is what its payments left to it.
    """

    delivery_id: int
    order_id: int
    number: str
    store: str
    customer: str
    customer_blocked: bool
    verb: str
    legal_entity_id: int
    warehouse_id: int
    day: date
    decimals: int
    currency: str
    company: str
    company_currency: str
    net: Decimal
    tax: Decimal
    deposit_left: Decimal
    remaining: Decimal
    on_account: bool
    rounding: Decimal
    rounding_limit: Decimal
    gift_cards: Decimal


class DeliveryLineRow(NamedTuple):
    """A line of a delivery with where its order line stands."""

    line_id: int
    delivery_id: int
    order_line_id: int
    number: int
    item_id: int
    batch_id: int | None
    mode: str
    quantity: Decimal
    stock_quantity: Decimal
    return_of: int | None
    stages: Stages


EVERYTHING = Q()


def is_delivery_in_work() -> bool:
    """Whether a delivery waits for a worker or is being invoiced; one query."""
    return bool(fetch_value("SELECT EXISTS (SELECT FROM orders_delivery WHERE invoice_id IS NULL AND work_state <> '')"))


def open_orders(of: Q = EVERYTHING) -> list[int]:
    """Customer orders, all or some, that are neither invoiced nor cancelled; one query."""
    rows = SalesOrder.objects.filter(of, origin=SalesOrder.Origin.CUSTOMER, status=SalesOrder.Status.CREATED)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def deliveries_in_work(of: Q = EVERYTHING) -> list[int]:
    """Deliveries, of all orders or some, that somebody asked for and that are not done; one query."""
    orders = SalesOrder.objects.filter(of).values("pk")
    # What is invoiced is in no work, and what is not is found by a short index, however many were.
    working = Delivery.objects.filter(order__in=orders, invoice__isnull=True).exclude(work_state="")
    return list(working.order_by("pk").values_list("pk", flat=True))


def hold_open_orders(order_ids: Collection[int]) -> list[OpenOrder]:
    """Open orders without a delivery in work, held with those that their returns name (`hold_orders`); two queries."""
    hold_orders(order_ids)
    # A second query: it sees what was committed while the first one waited.
    return fetch_as(
        OpenOrder,
        """
        SELECT o.id AS order_id, o.store_id, o.warehouse_id, s.time_zone FROM orders_salesorder o JOIN orders_store s ON s.id = o.store_id
        WHERE o.id = ANY(%s::bigint[]) AND o.status = %s
          AND NOT EXISTS (SELECT FROM orders_delivery d WHERE d.order_id = o.id AND d.work_state <> '')
        ORDER BY o.id
        """,
        [array(order_ids), SalesOrder.Status.CREATED],
    )


# What a return `l` is, and what a delivery line `b` of a return's line `bl` brings back, in the unit of the line `sold` of item `i`.
OF_SALE = f"round({in_sold_unit('c.ordered', '-l.stock_quantity', 'l.unit_id', 'sold', 'i')}, {PLACES_TO_SPARE})"
BACK_OF_SALE = in_sold_unit("b.quantity", "b.stock_quantity", "bl.unit_id", "sold", "i")


def open_lines(order_ids: Collection[int], *, done_too: bool = False) -> list[OpenLine]:
    """Lines of orders with something left to deliver, or all of them, by order and number; one query."""
    rows = fetch_all(
        f"""
        SELECT l.order_id, l.id, l.line_number, c.delivery, l.quantity, l.stock_quantity, l.net, l.tax, u.decimals, c.return_of_id,
               c.ordered, c.picked, c.packed, c.invoiced, c.cancelled,
               s.stock_quantity + c.cancelled_stock, s.net + c.cancelled_net, s.tax + c.cancelled_tax,
               COALESCE(back.of_sale, 0)
        FROM orders_salesorderline l
        JOIN orders_customerorderline c ON c.order_line_id = l.id
        JOIN orders_customerorder o ON o.order_id = l.order_id
        JOIN parameters_currency u ON u.code = o.currency_id
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(dl.stock_quantity), 0) AS stock_quantity, COALESCE(sum(dl.net), 0) AS net, COALESCE(sum(dl.tax), 0) AS tax
            FROM orders_deliveryline dl JOIN orders_delivery d ON d.id = dl.delivery_id
            WHERE dl.order_line_id = l.id AND d.invoice_id IS NOT NULL
        ) s
        LEFT JOIN LATERAL (
            SELECT {OF_SALE} AS of_sale
            FROM orders_salesorderline sold JOIN inventory_item i ON i.id = sold.item_id
            WHERE sold.id = c.return_of_id
        ) back ON true
        WHERE l.order_id = ANY(%s::bigint[]) AND (%s OR c.ordered > c.invoiced + c.cancelled)
        ORDER BY l.order_id, l.line_number
        """,
        [array(order_ids), done_too],
    )
    return [OpenLine._make((*row[:10], Stages(*row[10:15]), Amounts(*row[15:18]), row[18])) for row in rows]


def delivered_lines(order_line_ids: Collection[int]) -> dict[int, list[Delivered]]:
    """Invoiced delivery lines of order lines, first delivered first, less what comes back or came back of each; one query."""
    found: dict[int, list[Delivered]] = defaultdict(list)
    for order_line_id, *delivered in fetch_all(
        f"""
        SELECT l.order_line_id, l.id, l.quantity + COALESCE(r.quantity, 0), l.stock_quantity + COALESCE(r.stock_quantity, 0)
        FROM orders_deliveryline l
        JOIN orders_salesorderline sold ON sold.id = l.order_line_id
        JOIN inventory_item i ON i.id = sold.item_id
        JOIN orders_delivery d ON d.id = l.delivery_id
        CROSS JOIN LATERAL (
            SELECT round(sum({BACK_OF_SALE}), {PLACES_TO_SPARE}) AS quantity, sum(b.stock_quantity) AS stock_quantity
            FROM orders_deliveryline b
            JOIN orders_delivery bd ON bd.id = b.delivery_id
            JOIN orders_salesorderline bl ON bl.id = b.order_line_id
            WHERE b.return_of_id = l.id AND (bd.invoice_id IS NOT NULL OR bd.work_state <> '')
        ) r
        WHERE l.order_line_id = ANY(%s::bigint[]) AND d.invoice_id IS NOT NULL AND l.return_of_id IS NULL
        ORDER BY l.order_line_id, l.id
        """,
        [array(order_line_ids)],
    ):
        found[order_line_id].append(Delivered(*delivered))
    return found


def delivery_heads(delivery_ids: Collection[int]) -> list[DeliveryHead]:
    """Deliveries with what their orders still come to, in the order in which they are decided; one query.

    Call it with their orders held, so that money does not move meanwhile.
    """
    return fetch_as(
        DeliveryHead,
        f"""
        SELECT d.id AS delivery_id, o.id AS order_id, o.number, s.code AS store, k.code AS customer, k.blocked AS customer_blocked, d.verb,
               w.legal_entity_id, d.warehouse_id, d.day, u.decimals,
               c.currency_id AS currency, e.code AS company, e.currency_id AS company_currency, d.net, d.tax,
               {DEPOSIT_LEFT} AS deposit_left, {REMAINING} AS remaining, d.on_account, d.rounding, s.rounding_limit,
               COALESCE((
                   SELECT sum(dl.net)
                   FROM orders_deliveryline dl
                   JOIN orders_salesorderline l ON l.id = dl.order_line_id
                   JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'gift_card'
                   WHERE dl.delivery_id = d.id
               ), 0) AS gift_cards
        FROM orders_delivery d
        JOIN orders_salesorder o ON o.id = d.order_id
        JOIN orders_customerorder c ON c.order_id = o.id
        JOIN orders_store s ON s.id = o.store_id
        JOIN orders_customer k ON k.id = o.customer_id
        JOIN inventory_warehouse w ON w.id = d.warehouse_id
        JOIN parameters_legalentity e ON e.id = w.legal_entity_id
        JOIN parameters_currency u ON u.code = c.currency_id
        WHERE d.id = ANY(%s::bigint[]) ORDER BY d.id
        """,
        [array(delivery_ids)],
    )


def hold_orders_of(delivery_ids: Collection[int]) -> None:
    """Holds the orders of deliveries FOR NO KEY UPDATE, by id; one query."""
    fetch_all(
        """
        SELECT id FROM orders_salesorder WHERE id IN (SELECT order_id FROM orders_delivery WHERE id = ANY(%s::bigint[]))
        ORDER BY id FOR NO KEY UPDATE
        """,
        [array(delivery_ids)],
    )


def delivery_lines(delivery_ids: Collection[int]) -> list[DeliveryLineRow]:
    """Lines of deliveries with the stages of their order lines, in the order in which they are decided; one query."""
    rows = fetch_all(
        """
        SELECT l.id, l.delivery_id, l.order_line_id, o.line_number, o.item_id, c.batch_id, c.delivery, l.quantity, l.stock_quantity,
               l.return_of_id, c.ordered, c.picked, c.packed, c.invoiced, c.cancelled
        FROM orders_deliveryline l
        JOIN orders_salesorderline o ON o.id = l.order_line_id
        JOIN orders_customerorderline c ON c.order_line_id = l.order_line_id
        WHERE l.delivery_id = ANY(%s::bigint[]) ORDER BY l.delivery_id, o.line_number, l.id
        """,
        [array(delivery_ids)],
    )
    return [DeliveryLineRow._make((*row[:10], Stages(*row[10:]))) for row in rows]


def names_of_delivery(delivery_id: int) -> tuple[str, tuple[str, ...]]:
    """The number of its order and at most ten codes of its items; one query."""
    rows = fetch_all(
        """
        SELECT s.number, i.code
        FROM orders_delivery d
        JOIN orders_salesorder s ON s.id = d.order_id
        LEFT JOIN orders_deliveryline l ON l.delivery_id = d.id
        LEFT JOIN orders_salesorderline o ON o.id = l.order_line_id
        LEFT JOIN inventory_item i ON i.id = o.item_id
        WHERE d.id = %s ORDER BY o.line_number
        """,
        [delivery_id],
    )
    return rows[0][0], tuple(dict.fromkeys(row[1] for row in rows if row[1]))[:10]


def delivery_payments(delivery_ids: Collection[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """What was paid with deliveries, by delivery: method and amount; one query."""
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    sql = (
        "SELECT delivery_id, method_id, amount FROM orders_orderpayment WHERE delivery_id = ANY(%s::bigint[]) ORDER BY delivery_id, ordinal"
    )
    for delivery_id, method, amount in fetch_all(sql, [array(delivery_ids)]):
        found[delivery_id].append((method, amount))
    return found


def reservations_of(order_line_ids: Collection[int]) -> dict[int, list[Reserved]]:
    """What is reserved for order lines, in the order in which it is used; one query."""
    found: dict[int, list[Reserved]] = defaultdict(list)
    for line_id, batch_id, quantity, reason in fetch_all(
        """
        SELECT order_line_id, batch_id, quantity, reason FROM orders_reservation
        WHERE order_line_id = ANY(%s::bigint[]) ORDER BY order_line_id, ordinal, id
        """,
        [array(order_line_ids)],
    ):
        found[line_id].append(Reserved(batch_id, quantity, reason))
    return dict(found)


def earlier_deliveries(delivery_line_ids: Collection[int], *, lock: bool = True) -> Taken:
    """What invoiced delivery lines took, and what came back since; two queries, none without returns.

    Holds their allocations FOR NO KEY UPDATE, before any on-hand row, so that a second return sees what the first brought back; a dry run
    reads without `lock`.
    """
    if not delivery_line_ids:
        return Taken()
    taken = fetch_all(
        "SELECT source_id, batch_id, quantity, cost_amount FROM orders_batchallocation "
        "WHERE source_kind = %s AND source_id = ANY(%s::bigint[]) ORDER BY source_id, ordinal" + (" FOR NO KEY UPDATE" if lock else ""),
        [SourceKind.DELIVERY_LINE, array(sorted(delivery_line_ids))],
    )
    returned = fetch_all(
        """
        SELECT l.return_of_id, a.batch_id, -sum(a.quantity), -sum(a.cost_amount)
        FROM orders_deliveryline l JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = l.id
        WHERE l.return_of_id = ANY(%s::bigint[]) GROUP BY l.return_of_id, a.batch_id
        """,
        [SourceKind.DELIVERY_LINE, array(delivery_line_ids)],
    )
    return Taken(taken, returned)


def approved_orders(order_ids: Collection[int]) -> frozenset[int]:
    """Those of the orders whose next delivery may pass a fallback limit; one query."""
    rows = fetch_all(
        "SELECT order_id FROM orders_orderapproval WHERE order_id = ANY(%s::bigint[]) AND delivery_id IS NULL", [array(order_ids)]
    )
    return frozenset(row[0] for row in rows)


def delivery_outcome(delivery_ids: Collection[int]) -> dict[str, int]:
    """How many of the deliveries are invoiced, failed and still waiting; one query."""
    sql = """
        SELECT count(*) FILTER (WHERE invoice_id IS NOT NULL) AS invoiced, count(*) FILTER (WHERE error_code <> '') AS failed,
               count(*) FILTER (WHERE work_state <> '') AS waiting
        FROM orders_delivery WHERE id = ANY(%s::bigint[])
    """
    return dict(fetch_dicts(sql, [array(delivery_ids)])[0])


def failed_deliveries(delivery_ids: Collection[int]) -> list[dict[str, Any]]:
    """The failures among the deliveries, per line where a line failed: item, missing quantity and remedy; one query."""
    rows = fetch_dicts(
        """
        SELECT o.number AS order, s.code AS store, l.line_number AS line, COALESCE(p.code, d.error_code) AS code, i.code AS item,
               p.missing_quantity, COALESCE(p.message, d.error_text) AS message
        FROM orders_delivery d
        JOIN orders_salesorder o ON o.id = d.order_id
        JOIN orders_store s ON s.id = o.store_id
        LEFT JOIN orders_orderproblem p ON p.order_id = o.id
        LEFT JOIN orders_deliveryline dl ON p.source_kind = %s AND dl.id = p.source_id
        LEFT JOIN orders_salesorderline l ON l.id = dl.order_line_id
        LEFT JOIN inventory_item i ON i.id = p.item_id
        WHERE d.id = ANY(%s::bigint[]) AND d.error_code <> ''
        ORDER BY o.number COLLATE "C", l.line_number
        """,
        [SourceKind.DELIVERY_LINE, array(delivery_ids)],
    )
    return with_messages(rows)


def last_payment(order_id: int) -> int:
    """The ordinal of the order's last payment, 0 without one; the order is held by the caller. One query."""
    last: int = OrderPayment.objects.filter(order=order_id).aggregate(last=Max("ordinal", default=0))["last"]
    return last


def count_of_vouchers(order_id: int, step: str) -> int:
    """How many vouchers the order has whose step begins like that; the order is held by the caller. One query."""
    return Voucher.objects.filter(source_kind=SourceKind.CUSTOMER_ORDER, source_id=order_id, step__startswith=step).count()
