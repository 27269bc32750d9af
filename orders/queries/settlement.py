"""How customer orders were settled, less what came back; a fixed number of queries for any number of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from core.db.bulk import array, fetch_all
from orders.rules.deliveries import Part
from orders.rules.settlement import ReturnedGoods, ReturnSettlement, SettledSale, after_returns

# With the orders asked about those whose goods came back together with theirs: what was paid back for both is split over both.
_SALES = """
    WITH RECURSIVE sales (order_id) AS (
        SELECT unnest(%(orders)s::bigint[])
        UNION
        SELECT other.order_id
        FROM sales
        JOIN orders_salesorderline sold ON sold.order_id = sales.order_id
        JOIN orders_customerorderline back ON back.return_of_id = sold.id
        JOIN orders_salesorderline line ON line.id = back.order_line_id
        JOIN orders_salesorderline beside ON beside.order_id = line.order_id
        JOIN orders_customerorderline back_too ON back_too.order_line_id = beside.id
        JOIN orders_salesorderline other ON other.id = back_too.return_of_id
    )
"""


def settled_sales(order_ids: Collection[int]) -> dict[int, SettledSale]:
    """How sales were settled, less what their returns gave back or were asked to give back so far; four queries.

    What of an invoice neither deposit nor payments nor rounding settled is owed on account.
    """
    orders = {"orders": array(order_ids)}
    owed = fetch_all(
        _SALES
        + """
        SELECT c.order_id, c.invoiced - c.deposit_used - COALESCE((
            SELECT sum(d.rounding) FROM orders_delivery d WHERE d.order_id = c.order_id AND d.invoice_id IS NOT NULL
        ), 0) - COALESCE((
            SELECT sum(p.amount) FROM orders_orderpayment p JOIN orders_delivery d ON d.id = p.delivery_id
            WHERE p.order_id = c.order_id AND d.invoice_id IS NOT NULL AND p.method_id <> 'on_account'
        ), 0) + COALESCE((
            SELECT sum(p.amount) FROM orders_orderpayment p
            WHERE p.order_id = c.order_id AND p.delivery_id IS NULL AND p.kind = 'refund' AND p.method_id = 'on_account'
        ), 0)
        FROM sales JOIN orders_customerorder c ON c.order_id = sales.order_id
        """,
        orders,
    )
    paid = fetch_all(
        _SALES
        + """
        SELECT p.order_id, p.method_id, sum(p.amount) FROM sales JOIN orders_orderpayment p ON p.order_id = sales.order_id
        WHERE p.method_id <> 'on_account' GROUP BY 1, 2 HAVING sum(p.amount) > 0
        """,
        orders,
    )
    parts = fetch_all(
        _SALES
        + """
        SELECT d.id, sales.order_id, -sum(dl.net + dl.tax)
        FROM sales
        JOIN orders_salesorderline sold ON sold.order_id = sales.order_id
        JOIN orders_customerorderline back ON back.return_of_id = sold.id
        JOIN orders_deliveryline dl ON dl.order_line_id = back.order_line_id
        JOIN orders_delivery d ON d.id = dl.delivery_id AND d.error_code = ''
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        orders,
    )
    found = {order: SettledSale(max(amount, Decimal(0)), _methods(rows for rows in paid if rows[0] == order)) for order, amount in owed}
    return after_returns(found, _returns(parts))


def _methods(rows: Iterable[tuple[int, str, Decimal]]) -> dict[str, Decimal]:
    return {method: amount for _, method, amount in rows}


def _returns(parts: Collection[tuple[int, int, Decimal]]) -> list[ReturnedGoods]:
    """Deliveries of returns with what they paid back, oldest first; one query, none without returns."""
    goods: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for delivery_id, order_id, amount in parts:
        goods[delivery_id][order_id] = amount
    back: dict[int, dict[str, Decimal]] = defaultdict(dict)
    if goods:
        sql = """
            SELECT delivery_id, method_id, -sum(amount) FROM orders_orderpayment
            WHERE delivery_id = ANY(%s::bigint[]) AND method_id <> 'on_account' GROUP BY 1, 2 HAVING sum(amount) < 0
        """
        for delivery_id, method, amount in fetch_all(sql, [array(goods)]):
            back[delivery_id][method] = amount
    return [ReturnedGoods(amounts, back[delivery_id]) for delivery_id, amounts in goods.items()]


def settlement_of_return(parts: Collection[Part]) -> ReturnSettlement | None:
    """How what the parts bring back was settled; None where they return no known sale. Five queries, none without returns."""
    back = [part for part in parts if part.quantity < 0]
    if not back:
        return None
    sold_on = dict(
        fetch_all(
            """
            SELECT c.order_line_id, s.order_id FROM orders_customerorderline c JOIN orders_salesorderline s ON s.id = c.return_of_id
            WHERE c.order_line_id = ANY(%s::bigint[])
            """,
            [array({part.order_line_id for part in back})],
        )
    )
    if not sold_on:
        return None
    amounts: dict[int | None, Decimal] = defaultdict(Decimal)
    for part in back:
        amounts[sold_on.get(part.order_line_id)] -= part.net + part.tax
    known = {order: amount for order, amount in amounts.items() if order is not None}
    return ReturnSettlement(known, settled_sales(known), amounts[None])


def prepaid_by_method(order_id: int) -> dict[str, Decimal]:
    """What was paid ahead by method, less what was paid back; one query."""
    rows = fetch_all(
        """
        SELECT method_id, sum(amount) FROM orders_orderpayment
        WHERE order_id = %s AND delivery_id IS NULL AND kind IN ('deposit', 'refund') AND method_id <> 'on_account'
        GROUP BY 1 HAVING sum(amount) > 0
        """,
        [order_id],
    )
    return dict(rows)
