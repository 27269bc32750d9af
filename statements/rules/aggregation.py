"""Groups the receipts of a statement into sales orders: one per customer, never a receipt in two orders (docs/domain.md#posting-states)."""

from collections.abc import Sequence
from typing import NamedTuple


class Sale(NamedTuple):
    """A sale on a statement; receipts come in data order. `customer` is the buyer's code."""

    transaction_id: int
    statement_id: int
    customer_id: int
    customer: str
    line_count: int


class OrderGroup(NamedTuple):
    """The receipts of one sales order; `ordinal` counts the orders of a statement from 1."""

    statement_id: int
    ordinal: int
    customer_id: int
    transaction_ids: tuple[int, ...]


def group_sales(receipts: Sequence[Sale], *, aggregate: bool, max_lines: int, first_ordinal: int = 1) -> list[OrderGroup]:
    """Orders of one statement, by customer code, receipts in data order.

    A further order starts before `max_lines` receipt lines would be passed. Without `aggregate` each receipt is its own order.
    """
    by_customer = sorted(receipts, key=lambda receipt: receipt.customer)
    groups: list[tuple[Sale, list[int]]] = []
    lines = 0
    for receipt in by_customer:
        fits = groups and aggregate and groups[-1][0].customer_id == receipt.customer_id and lines + receipt.line_count <= max_lines
        if fits:
            groups[-1][1].append(receipt.transaction_id)
            lines += receipt.line_count
        else:
            groups.append((receipt, [receipt.transaction_id]))
            lines = receipt.line_count
    return [
        OrderGroup(head.statement_id, ordinal, head.customer_id, tuple(ids)) for ordinal, (head, ids) in enumerate(groups, first_ordinal)
    ]
