"""Groups the sales of a statement into sales orders: one per customer, never a sale in two orders (docs/domain.md#posting-states)."""

from collections.abc import Sequence
from typing import NamedTuple


class Sale(NamedTuple):
    """A sale on a statement; sales come in data order. `customer` is the buyer's code."""

    transaction_id: int
    statement_id: int
    customer_id: int
    customer: str
    line_count: int


class OrderGroup(NamedTuple):
    """The sales of one sales order; `ordinal` counts the orders of a statement from 1."""

    statement_id: int
    ordinal: int
    customer_id: int
    transaction_ids: tuple[int, ...]


def group_sales(sales: Sequence[Sale], *, aggregate: bool, max_lines: int, first_ordinal: int = 1) -> list[OrderGroup]:
    """Orders of one statement, by customer code, sales in data order.

    A further order starts before `max_lines` sale lines would be passed. Without `aggregate` each sale is its own order.
    """
    by_customer = sorted(sales, key=lambda sale: sale.customer)
    groups: list[tuple[Sale, list[int]]] = []
    lines = 0
    for sale in by_customer:
        fits = groups and aggregate and groups[-1][0].customer_id == sale.customer_id and lines + sale.line_count <= max_lines
        if fits:
            groups[-1][1].append(sale.transaction_id)
            lines += sale.line_count
        else:
            groups.append((sale, [sale.transaction_id]))
            lines = sale.line_count
    return [
        OrderGroup(head.statement_id, ordinal, head.customer_id, tuple(ids)) for ordinal, (head, ids) in enumerate(groups, first_ordinal)
    ]
