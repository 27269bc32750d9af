"""Reads of the posting engine: a fixed number of statements per chunk, whatever the number of statements in it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SourceKind
from inventory.rules.issues import less
from inventory.rules.stock import Demand, PriorAllocation
from statements.rules.aggregation import Sale
from statements.rules.checks import StatementToCheck
from statements.rules.states import CALCULATED, PostState
from statements.rules.vouchers import MoneyMove, StatementMoney


class StatementHead(NamedTuple):
    """What every step needs to know of a statement."""

    statement_id: int
    number: str
    store: str
    warehouse_id: int
    legal_entity_id: int
    business_date: date
    post_state: str


@dataclass(slots=True)
class StepApplicability:
    """Which statements of a chunk have something to do in which posting state."""

    sales: set[int] = field(default_factory=set)
    income_expense: set[int] = field(default_factory=set)
    payments: set[int] = field(default_factory=set)
    gift_cards: set[int] = field(default_factory=set)


def calculated_statements(*, in_work: bool, store_codes: Sequence[str], numbers: Sequence[str]) -> list[int]:
    """Calculated statements that are not posted, idle or in work, by store and number where given."""
    rows = fetch_all(
        """
        SELECT t.id FROM statements_statement t JOIN orders_store s ON s.id = t.store_id
        WHERE t.calc_state = %s AND t.post_state <> %s AND (t.work_state <> '') = %s
          AND (cardinality(%s::text[]) = 0 OR s.code = ANY(%s)) AND (cardinality(%s::text[]) = 0 OR t.number = ANY(%s))
        """,
        [CALCULATED, PostState.POSTED, in_work, list(store_codes), list(store_codes), list(numbers), list(numbers)],
    )
    return [row[0] for row in rows]


def statement_heads(statement_ids: Collection[int]) -> list[StatementHead]:
    """Heads in partition order."""
    rows = fetch_all(
        """
        SELECT t.id, t.number, s.code, t.warehouse_id, t.legal_entity_id, t.business_date, t.post_state
        FROM statements_statement t JOIN orders_store s ON s.id = t.store_id
        WHERE t.id = ANY(%s) ORDER BY t.warehouse_id, t.business_date, t.number COLLATE "C"
        """,
        [list(statement_ids)],
    )
    return [StatementHead(*row) for row in rows]


def load_applicability(statement_ids: Collection[int]) -> StepApplicability:
    """One statement."""
    rows = fetch_all(
        """
        SELECT t.statement_id, bool_or(t.kind = 'sale'), bool_or(t.kind IN ('income', 'expense')), bool_or(p.gift_card IS NOT NULL),
               bool_or(p.gift_card)
        FROM statements_postransaction t
        LEFT JOIN LATERAL (
            SELECT bool_or(p.method_id = 'gift_card') AS gift_card FROM statements_pospayment p
            WHERE p.transaction_id = t.id
        ) p ON true
        WHERE t.statement_id = ANY(%s) GROUP BY t.statement_id
        """,
        [list(statement_ids)],
    )
    facts = StepApplicability()
    for statement_id, sales, income_expense, payments, gift_cards in rows:
        for known, members in (
            (sales, facts.sales),
            (income_expense, facts.income_expense),
            (payments, facts.payments),
            (gift_cards, facts.gift_cards),
        ):
            if known:
                members.add(statement_id)
    return facts


def statements_to_check(statement_ids: Collection[int]) -> list[StatementToCheck]:
    """One statement."""
    rows = fetch_all(
        """
        SELECT t.id, t.legal_entity_id, t.business_date, l.payment_method_id, l.difference
        FROM statements_statement t LEFT JOIN statements_statementline l ON l.statement_id = t.id
        WHERE t.id = ANY(%s) ORDER BY t.id, l.payment_method_id
        """,
        [list(statement_ids)],
    )
    differences: dict[tuple[int, int, date], dict[str, Decimal]] = defaultdict(dict)
    for statement_id, entity, day, method, difference in rows:
        known = differences[statement_id, entity, day]
        if method is not None:
            known[method] = difference
    return [StatementToCheck(*key, found) for key, found in differences.items()]


def receipts_without_order(statement_ids: Collection[int]) -> list[Sale]:
    """Sales that are in no sales order yet, by statement in data order; one statement."""
    rows = fetch_all(
        """
        SELECT t.id, t.statement_id, c.id, c.code,
               (SELECT count(*) FROM statements_postransactionline l WHERE l.transaction_id = t.id AND NOT l.voided)
        FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN orders_customer c ON c.id = COALESCE(t.customer_id, s.walk_in_customer_id)
        WHERE t.statement_id = ANY(%s) AND t.kind = 'sale'
          AND NOT EXISTS (SELECT FROM statements_orderreceipt r WHERE r.transaction_id = t.id)
        ORDER BY t.statement_id, t.sold_at, m.code COLLATE "C", t.number COLLATE "C"
        """,
        [list(statement_ids)],
    )
    return [Sale(*row) for row in rows]


def last_ordinals(statement_ids: Collection[int]) -> dict[int, int]:
    """Highest order ordinal of each statement that has orders."""
    return dict(
        fetch_all(
            "SELECT source_id, max(ordinal) FROM orders_salesorder WHERE source_kind = %s AND source_id = ANY(%s) GROUP BY source_id",
            [SourceKind.STATEMENT, list(statement_ids)],
        )
    )


def open_orders(statement_ids: Collection[int], status: str) -> dict[int, int]:
    """Orders of the statements in this status: statement by order; one statement."""
    return dict(
        fetch_all(
            "SELECT id, source_id FROM orders_salesorder WHERE source_kind = %s AND source_id = ANY(%s) AND status = %s ORDER BY id",
            [SourceKind.STATEMENT, list(statement_ids), status],
        )
    )


# Data order (architecture.md 4): it alone decides who gets which batch, so the number of workers never shows.
_NEEDS = """
    SELECT l.id, o.id, ol.id, o.warehouse_id, l.item_id, l.stock_quantity, o.business_date, t.sold_at, l.batch_id, l.return_of_id
    FROM orders_salesorder o
    JOIN statements_orderreceipt r ON r.order_id = o.id
    JOIN statements_postransaction t ON t.id = r.transaction_id
    JOIN statements_postransactionline l ON l.transaction_id = t.id
    JOIN orders_salesorderline ol ON ol.order_id = o.id AND ol.item_id = l.item_id AND ol.unit_id = l.unit_id
        AND (ol.quantity < 0) = (l.quantity < 0) AND (o.merges_lines OR ol.line_number = l.number)
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
    WHERE o.id = ANY(%s) AND NOT l.voided AND l.stock_quantity <> 0
    ORDER BY o.business_date, t.sold_at, s.code COLLATE "C", m.code COLLATE "C", t.number COLLATE "C", l.number
"""


def needs_of_orders(order_ids: Collection[int]) -> list[Demand]:
    """What the receipts behind the orders want from stock, in data order; one statement."""
    return [Demand._make(row) for row in fetch_all(_NEEDS, [list(order_ids)])]


def earlier_takes(needs: Sequence[Demand], *, lock: bool) -> dict[int, list[PriorAllocation]]:
    """What posted lines that needs return to took, less what came back since, first taken first; two statements, none without returns.

    With `lock` the allocations of these lines are held FOR NO KEY UPDATE until the transaction ends, before any on-hand row: two
    warehouses that take back the same line do so one after the other, and the second sees what the first brought back.
    """
    originals = sorted({need.return_of for need in needs if need.return_of is not None})
    if not originals:
        return {}
    taken: dict[int, list[PriorAllocation]] = defaultdict(list)
    for line_id, batch_id, quantity in fetch_all(
        """
        SELECT source_id, batch_id, quantity FROM orders_batchallocation
        WHERE source_kind = %s AND source_id = ANY(%s) ORDER BY source_id, ordinal
        """
        + ("FOR NO KEY UPDATE" if lock else ""),
        [SourceKind.POS_LINE, originals],
    ):
        taken[line_id].append(PriorAllocation(batch_id, quantity))
    returned = fetch_all(
        """
        SELECT l.return_of_id, a.batch_id, -sum(a.quantity)
        FROM statements_postransactionline l JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = l.id
        WHERE l.return_of_id = ANY(%s) GROUP BY l.return_of_id, a.batch_id
        """,
        [SourceKind.POS_LINE, originals],
    )
    for line_id, batch_id, quantity in returned:
        taken[line_id] = less(taken[line_id], batch_id, quantity)
    return dict(taken)


def load_money(statement_ids: Collection[int]) -> dict[int, StatementMoney]:
    """All sums that the statements' vouchers are made from; four statements."""
    ids = list(statement_ids)
    money = {statement_id: StatementMoney() for statement_id in ids}
    for statement_id, kind, total in fetch_all(
        "SELECT statement_id, kind, sum(total) FROM statements_postransaction WHERE statement_id = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2",
        [ids],
    ):
        money[statement_id].totals[kind] = total
    for statement_id, kind, method, amount in fetch_all(
        """
        SELECT t.statement_id, t.kind, p.method_id, sum(p.amount)
        FROM statements_postransaction t JOIN statements_pospayment p ON p.transaction_id = t.id
        WHERE t.statement_id = ANY(%s) AND t.kind <> 'tender_declaration' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        [ids],
    ):
        money[statement_id].moves.append(MoneyMove(kind, method, amount))
    for statement_id, method, difference in fetch_all(
        """
        SELECT statement_id, payment_method_id, difference FROM statements_statementline
        WHERE statement_id = ANY(%s) AND difference <> 0 ORDER BY 1, 2
        """,
        [ids],
    ):
        money[statement_id].differences[method] = difference
    for statement_id, discount in fetch_all(
        """
        SELECT o.source_id, sum(l.discount) FROM orders_salesorder o JOIN orders_salesorderline l ON l.order_id = o.id
        WHERE o.source_kind = %s AND o.source_id = ANY(%s) GROUP BY 1
        """,
        [SourceKind.STATEMENT, ids],
    ):
        money[statement_id].discount = discount
    return money


def proof_sums(statement_ids: Collection[int]) -> list[tuple[int, int, int, Decimal, Decimal]]:
    """(statement, sales receipts, receipts on orders, receipts' total, invoiced total); one statement."""
    return fetch_all(
        """
        SELECT x.id, COALESCE(t.receipts, 0), COALESCE(t.on_orders, 0), COALESCE(t.total, 0), COALESCE(i.total, 0)
        FROM unnest(%(ids)s::bigint[]) AS x (id)
        LEFT JOIN (
            SELECT t.statement_id, count(*) AS receipts, count(r.transaction_id) AS on_orders, sum(t.total) AS total
            FROM statements_postransaction t LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
            WHERE t.statement_id = ANY(%(ids)s) AND t.kind = 'sale' GROUP BY 1
        ) t ON t.statement_id = x.id
        LEFT JOIN (
            SELECT o.source_id, sum(i.total) AS total FROM orders_salesorder o JOIN orders_invoice i ON i.order_id = o.id
            WHERE o.source_kind = %(kind)s AND o.source_id = ANY(%(ids)s) GROUP BY 1
        ) i ON i.source_id = x.id
        """,
        {"ids": list(statement_ids), "kind": SourceKind.STATEMENT},
    )


_NEEDS_OF_STATEMENTS = """
    SELECT l.id, COALESCE(r.order_id, -t.id), 0, st.warehouse_id, l.item_id, l.stock_quantity, st.business_date, t.sold_at, l.batch_id,
           l.return_of_id, st.id
    FROM statements_statement st
    JOIN statements_postransaction t ON t.statement_id = st.id AND t.kind = 'sale'
    JOIN statements_postransactionline l ON l.transaction_id = t.id
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
    LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
    LEFT JOIN orders_salesorder o ON o.id = r.order_id
    WHERE st.id = ANY(%s) AND COALESCE(o.status, '') <> 'invoiced' AND NOT l.voided AND l.stock_quantity <> 0
    ORDER BY st.business_date, t.sold_at, s.code COLLATE "C", m.code COLLATE "C", t.number COLLATE "C", l.number
"""


def needs_before_orders(statement_ids: Collection[int]) -> tuple[list[Demand], dict[int, int]]:
    """What posting would want from stock, in data order, before any order is made, and the statement of each line; one statement.

    The order of a need is the sales order's id, or minus the transaction's id where there is none yet.
    """
    rows = fetch_all(_NEEDS_OF_STATEMENTS, [list(statement_ids)])
    return [Demand._make(row[:10]) for row in rows], {row[0]: row[10] for row in rows}


def receipts_of_lines(line_ids: Collection[int]) -> dict[int, int]:
    """Transaction by receipt line; one statement."""
    return dict(fetch_all("SELECT id, transaction_id FROM statements_postransactionline WHERE id = ANY(%s::bigint[])", [array(line_ids)]))


def sales_on_statements(statement_ids: Collection[int]) -> dict[int, int]:
    """Statement by sale; one statement."""
    return dict(
        fetch_all(
            "SELECT id, statement_id FROM statements_postransaction WHERE statement_id = ANY(%s::bigint[]) AND kind = 'sale'",
            [array(set(statement_ids))],
        )
    )
