"""Reads of the preview alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_by
from inventory.queries.pools import (
    JUDGED_STOCK,
    KIND_OF_POOL,
    NEEDS_RULE,
    PLACE,
    POLICY_OF_POOL,
    SETTINGS_OF_POOL,
    STOCK_OF_POOL,
    STOCK_SUMS,
    WANTED,
    settings_arrays,
)
from inventory.rules.stock import Demand, FallbackSettings
from ledger.models import MainAccount
from statements.queries.discounts import DISCOUNT

# What goes by the rule anyhow, or is not tracked and may go below zero, needs no look at its stock.
_POOL_THAT_ASKS = "(SELECT p.* WHERE NOT p.by_rule AND (p.tracked OR NOT p.may_be_short OR NOT p.negative_financial))"

# Data order (docs/posting.md#the-runner) decides who gets which batch, and what a line costs. One list of lines that the rule decides, and
# behind it by statement what needs no deciding.
_DEMANDS = f"""
    WITH receipt AS MATERIALIZED (
        SELECT t.id, t.statement_id, COALESCE(o.id, -t.id) AS order_id, st.warehouse_id, x.day, t.sold_at, row_number() OVER (
                   ORDER BY x.day, t.sold_at, s.code COLLATE "C", m.code COLLATE "C", t.number COLLATE "C"
               ) AS place
        FROM unnest(%(ids)s::bigint[], %(days)s::date[]) AS x (id, day)
        JOIN statements_statement st ON st.id = x.id
        JOIN statements_postransaction t ON t.statement_id = st.id AND t.kind = 'sale'
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
        LEFT JOIN orders_salesorder o ON o.id = r.order_id
        WHERE COALESCE(o.status, '') <> 'invoiced'
    ), line AS MATERIALIZED (
        SELECT l.id, r.order_id, r.warehouse_id, l.item_id, l.stock_quantity AS quantity, r.day, r.sold_at AS at, l.batch_id,
               l.return_of_id, r.statement_id, r.id AS transaction_id, (r.place << 32) + l.number AS place
        FROM receipt r JOIN statements_postransactionline l ON l.transaction_id = r.id
        WHERE NOT l.voided AND l.stock_quantity <> 0
    ), {PLACE}, pool AS (
        SELECT p.*, {KIND_OF_POOL} AS kind
        FROM (
            SELECT d.warehouse_id, d.item_id, d.demand, d.by_rule OR w.all_by_rule AS by_rule, d.first_day, d.last_day, d.first_at,
                   d.last_at, {POLICY_OF_POOL}{{worth}}
            FROM ({WANTED.format(lines="line", by_rule=NEEDS_RULE)}) d
            {SETTINGS_OF_POOL}
            {{worth_from}}
            WHERE i.kind = 'stocked'
        ) p
        CROSS JOIN LATERAL (
            SELECT {STOCK_SUMS} FROM ({JUDGED_STOCK.format(held="(" + STOCK_OF_POOL.format(pools=_POOL_THAT_ASKS) + ")")}) x
        ) s
    ), judged AS MATERIALIZED (
        SELECT l.*, p.kind{{worth_of_pool}}
        FROM line l JOIN pool p ON p.warehouse_id = l.warehouse_id AND p.item_id = l.item_id
    )
    SELECT id, order_id, 0, warehouse_id, item_id, quantity, day, at, batch_id, return_of_id, statement_id, transaction_id, place,
           NULL::bigint, NULL::bigint, NULL::numeric
    FROM judged WHERE kind IN ('rule', 'short')
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, statement_id, NULL, NULL,
           count(*) FILTER (WHERE kind = 'covered'), count(*) FILTER (WHERE kind = 'untracked'), {{cost}}
    FROM (
        SELECT *{{running}} FROM judged WHERE kind IN ('covered', 'untracked') AND NOT transaction_id = ANY(%(without)s::bigint[])
    ) x
    GROUP BY statement_id
    ORDER BY place
"""

_WITHOUT_COSTS = _DEMANDS.format(worth="", worth_from="", worth_of_pool="", cost="0", running="")

# What a line costs is the difference of what its pool is worth before it and behind it (inventory/rules/costing.py).
_WITH_COSTS = _DEMANDS.format(
    worth=""", COALESCE(c.quantity, 0) AS stock, COALESCE(c.value, 0) AS value, COALESCE(c.unit_cost, i.standard_cost) AS unit_cost,
                   w.decimals""",
    worth_from="LEFT JOIN inventory_warehouseitemcost c ON c.warehouse_id = d.warehouse_id AND c.item_id = d.item_id",
    worth_of_pool=", p.stock, p.value, p.unit_cost, p.decimals",
    cost="""
        sum(CASE WHEN upto = quantity THEN value ELSE round((stock - upto + quantity) * unit_cost, decimals) END
            - round((stock - upto) * unit_cost, decimals))
    """,
    running=", sum(quantity) OVER (PARTITION BY warehouse_id, item_id ORDER BY place ROWS UNBOUNDED PRECEDING) AS upto",
)


class SoldOn(NamedTuple):
    """Where a line was sold: the statement and the transaction."""

    statement_id: int
    transaction_id: int


class PlainLines(NamedTuple):
    """Lines of a statement that real batches cover, lines that are not tracked, and what both cost where that was asked for."""

    allocated: int
    untracked: int
    cost: Decimal


@dataclass(slots=True)
class StatementDemands:
    """Lines to decide, in data order, and where each was sold; what of the statements needs no deciding, by statement."""

    to_decide: list[Demand] = field(default_factory=list)
    sold_on: dict[int, SoldOn] = field(default_factory=dict)
    plain: dict[int, PlainLines] = field(default_factory=dict)


def read_demands(
    days: Mapping[int, date],
    settings: Mapping[int, FallbackSettings],
    without: Collection[int] = (),
    *,
    with_costs: bool = False,
    every_line: bool = False,
) -> StatementDemands:
    """What posting would want from stock before any order is made; one query, which locks nothing.

    What statements want of each (warehouse, item) is compared with what is valid for all of it, as posting does: lines of pools that are
    covered or not tracked, and may not fail, need no deciding, unless `every_line` shall be. `days` says by statement the date that batches
    are judged by. Transactions `without` which the rest is posted are not among the plain lines. The order of a demand is the sales order's
    id, or minus the transaction's id where there is none yet.
    """
    found = StatementDemands()
    values = {"ids": array(days), "days": array(days.values()), "without": array(without), **settings_arrays(settings)}
    if every_line:
        values["all_by_rule"] = [True for _ in settings]
    for row in fetch_all(_WITH_COSTS if with_costs else _WITHOUT_COSTS, values) if days else ():
        if row[0] is None:
            found.plain[row[10]] = PlainLines(*row[13:])
        else:
            found.to_decide.append(Demand._make(row[:10]))
            found.sold_on[row[0]] = SoldOn(row[10], row[11])
    return found


class SaleSums(NamedTuple):
    """Sums over the lines of a statement's sales that are still to be invoiced; `gift_cards` is the part of `net` that is owed to holders.

    `discount` is that of all its sales, `lines` how many are still to be invoiced.
    """

    lines: int
    net: Decimal
    tax: Decimal
    gift_cards: Decimal
    discount: Decimal


def sums_of_sales(statement_ids: Collection[int], without: Collection[int]) -> dict[int, SaleSums]:
    """Sums by statement, of transactions `without` only the discount; one query."""
    return fetch_by(
        ("statement_id",),
        SaleSums,
        f"""
        SELECT t.statement_id, count(*) FILTER (WHERE t.goes) AS lines, COALESCE(sum(l.net) FILTER (WHERE t.goes), 0) AS net,
               COALESCE(sum(l.tax) FILTER (WHERE t.goes), 0) AS tax,
               COALESCE(sum(l.net) FILTER (WHERE t.goes AND i.kind = 'gift_card'), 0) AS gift_cards, sum({DISCOUNT}) AS discount
        FROM (
            SELECT t.id, t.statement_id, COALESCE(o.status, '') <> 'invoiced' AND NOT t.id = ANY(%(without)s::bigint[]) AS goes
            FROM statements_postransaction t
            LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
            LEFT JOIN orders_salesorder o ON o.id = r.order_id
            WHERE t.statement_id = ANY(%(ids)s::bigint[]) AND t.kind = 'sale'
        ) t
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        LEFT JOIN inventory_item i ON i.id = l.item_id
        GROUP BY t.statement_id
        """,
        {"ids": array(statement_ids), "without": array(without)},
    )


def transactions_in(order_ids: Collection[int]) -> list[int]:
    """Transactions behind sales orders; one query, none without orders."""
    if not order_ids:
        return []
    sql = "SELECT transaction_id FROM statements_orderreceipt WHERE order_id = ANY(%s::bigint[])"
    return [row[0] for row in fetch_all(sql, [array(order_ids)])]


def account_names(account_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number and name of accounts; one query."""
    rows = MainAccount.objects.filter(pk__in=account_ids).values_list("pk", "number", "name")
    return {pk: (number, name) for pk, number, name in rows}
