"""Reads of the preview alone."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_as
from ledger.models import MainAccount
from statements.queries.discounts import DISCOUNT


class SaleSums(NamedTuple):
    """The sums of a sale's lines; `gift_cards` is the part of `net` that is owed to their holders.

    `order_id` is that of its sales order, or minus the transaction's id where there is none yet.
    """

    transaction_id: int
    statement_id: int
    order_id: int
    is_invoiced: bool
    net: Decimal
    tax: Decimal
    gift_cards: Decimal
    discount: Decimal


def sums_of_sales(statement_ids: Collection[int]) -> list[SaleSums]:
    """Sales on statements, as the lines of their sales orders are or would be; one query."""
    return fetch_as(
        SaleSums,
        f"""
        SELECT t.id AS transaction_id, t.statement_id, COALESCE(r.order_id, -t.id) AS order_id,
               COALESCE(o.status, '') = 'invoiced' AS is_invoiced, sum(l.net) AS net, sum(l.tax) AS tax,
               COALESCE(sum(l.net) FILTER (WHERE i.kind = 'gift_card'), 0) AS gift_cards, sum({DISCOUNT}) AS discount
        FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        LEFT JOIN inventory_item i ON i.id = l.item_id
        LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
        LEFT JOIN orders_salesorder o ON o.id = r.order_id
        WHERE t.statement_id = ANY(%s::bigint[]) AND t.kind = 'sale' GROUP BY t.id, t.statement_id, r.order_id, o.status
        ORDER BY t.id
        """,
        [array(statement_ids)],
    )


def account_names(account_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number and name of accounts; one query."""
    rows = MainAccount.objects.filter(pk__in=account_ids).values_list("pk", "number", "name")
    return {pk: (number, name) for pk, number, name in rows}
