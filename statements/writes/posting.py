"""Set-based writes of the posting engine. State changes are compare-and-set: the old state and the run's token stand in the WHERE."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from core.db.bulk import array, execute, fetch_all, fetch_as, text_array
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, written_message
from core.lib.problems import Problem
from inventory.rules.stock import Demand
from inventory.writes.takes import WITH_EMPTY_TABLES, make_work_tables
from orders.models import SalesOrder
from statements.models import Statement
from statements.queries.discounts import DISCOUNT
from statements.queries.posting import WITHOUT_ORDER
from statements.rules.aggregation import OrderGroup
from statements.rules.states import PostState

IDLE = Statement.WorkState.IDLE


def save_snapshots(snapshots: Mapping[int, str], token: UUID) -> None:
    """Keeps the settings (JSON) that apply to the attempt, by statement, while the statement is this run's. All of a company have the same,
    which is sent once; one query.
    """
    texts = {text: place for place, text in enumerate(dict.fromkeys(snapshots.values()), 1)}
    execute(
        """
        UPDATE statements_statement s SET settings_snapshot = t.snapshot
        FROM unnest(%s::bigint[], %s::int[]) AS d (id, place)
        JOIN unnest(%s::jsonb[]) WITH ORDINALITY AS t (snapshot, place) ON t.place = d.place
        WHERE s.id = d.id AND s.run_token = %s
        """,
        [array(snapshots), array(texts[text] for text in snapshots.values()), text_array(texts), token],
    )


def record_states(reached: Sequence[tuple[int, PostState]], last: PostState, actor: str) -> None:
    """Sets the last completed state and adds an event per reached state; Posted statements leave work. One query."""
    ids = array(statement_id for statement_id, state in reached if state == last)
    leaves_work = (
        ", posted_at = now(), work_state = '', run_token = NULL, heartbeat_at = NULL"
        if last == PostState.POSTED
        # Not now(), which is when the transaction began: after a long step the heart would have stopped long ago.
        else ", heartbeat_at = clock_timestamp()"
    )
    execute(
        f"""
        WITH done AS (UPDATE statements_statement SET post_state = %s{leaves_work} WHERE id = ANY(%s::bigint[]))
        INSERT INTO statements_statementevent (statement_id, event, state, actor, text)
        SELECT e.statement_id, 'completed', e.state, %s, NULL FROM unnest(%s::bigint[], %s::text[]) AS e (statement_id, state)
        """,
        [last, ids, actor, array(statement_id for statement_id, _ in reached), text_array(state for _, state in reached)],
    )


def record_failures(failures: Mapping[int, Problem], state: PostState, actor: str) -> None:
    """Statements fall back to idle with the state that failed; two queries."""
    execute(
        """
        UPDATE statements_statement s
        SET work_state = %s, run_token = NULL, heartbeat_at = NULL, failed_state = %s, error_code = f.code, error_text = f.message
        FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS f (id, code, message) WHERE s.id = f.id
        """,
        [
            IDLE,
            state,
            list(failures),
            [problem.code for problem in failures.values()],
            [written_message(problem.message) for problem in failures.values()],
        ],
    )
    add_events([(statement_id, "failed", state, _failure(problem)) for statement_id, problem in failures.items()], actor)


def _failure(problem: Problem) -> Message:
    return Message("{code}: {reason}", {"code": problem.code, "reason": problem.message})


def add_events(events: Sequence[tuple[int, str, str, Message | None]], actor: str) -> None:
    """(statement, event, state, what is said) rows of the event log; one query."""
    if events:
        execute(
            """
            INSERT INTO statements_statementevent (statement_id, event, state, actor, text)
            SELECT e.statement_id, e.event, e.state, %s, e.text
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::jsonb[]) AS e (statement_id, event, state, text)
            """,
            [
                actor,
                *([event[column] for event in events] for column in range(3)),
                [written_message(event[3]) if event[3] else None for event in events],
            ],
        )


# One order per customer, or per receipt where lines are not aggregated, numbered as `group_sales` does. Statements with an order that would
# become too long are left to it: how much of it fits depends on what went before.
_GROUP_SALES = f"""
    WITH sale AS MATERIALIZED (
        SELECT t.id, t.statement_id, c.id AS customer_id, c.code, how.aggregate, how.max_lines, t.sold_at, m.code AS terminal, t.number,
               (SELECT count(*) FROM statements_postransactionline l WHERE l.transaction_id = t.id AND NOT l.voided) AS line_count
        FROM statements_postransaction t
        JOIN statements_statement st ON st.id = t.statement_id
        JOIN unnest(%(entities)s::bigint[], %(aggregate)s::bool[], %(max_lines)s::int[]) AS how (entity_id, aggregate, max_lines)
            ON how.entity_id = st.legal_entity_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN orders_customer c ON c.id = COALESCE(t.customer_id, s.walk_in_customer_id)
        WHERE t.statement_id = ANY(%(ids)s::bigint[]) AND {WITHOUT_ORDER}
    ), too_long AS (
        SELECT DISTINCT statement_id
        FROM (
            SELECT statement_id FROM sale WHERE aggregate GROUP BY statement_id, customer_id
            HAVING count(*) > 1 AND sum(line_count) > max(max_lines)
        ) x
    ), placed AS MATERIALIZED (
        SELECT s.id, s.statement_id, s.customer_id, s.aggregate, COALESCE(o.last, 0) + dense_rank() OVER (
                   PARTITION BY s.statement_id
                   ORDER BY s.code COLLATE "C", CASE WHEN NOT s.aggregate THEN s.sold_at END,
                            CASE WHEN NOT s.aggregate THEN s.terminal END COLLATE "C",
                            CASE WHEN NOT s.aggregate THEN s.number END COLLATE "C"
               ) AS ordinal
        FROM sale s
        LEFT JOIN (
            SELECT source_id, max(ordinal) AS last FROM orders_salesorder
            WHERE source_kind = %(statement)s AND source_id = ANY(%(ids)s::bigint[]) GROUP BY source_id
        ) o ON o.source_id = s.statement_id
        WHERE NOT EXISTS (SELECT FROM too_long l WHERE l.statement_id = s.statement_id)
    ), made AS (
        INSERT INTO orders_salesorder (number, legal_entity_id, origin, store_id, warehouse_id, customer_id, business_date, status,
                                       source_kind, source_id, ordinal, merges_lines, error_code, error_text)
        SELECT t.number || '-' || lpad(g.ordinal::text, greatest(4, length(g.ordinal::text)), '0'), t.legal_entity_id, %(origin)s,
               t.store_id, t.warehouse_id, g.customer_id, COALESCE(t.posting_date, t.business_date), %(status)s, %(statement)s, t.id,
               g.ordinal, g.aggregate, '', NULL
        FROM (SELECT DISTINCT statement_id, ordinal, customer_id, aggregate FROM placed) g
        JOIN statements_statement t ON t.id = g.statement_id
        ORDER BY t.id, g.ordinal
        RETURNING id, source_id, ordinal
    ), received AS (
        INSERT INTO statements_orderreceipt (transaction_id, order_id)
        SELECT p.id, m.id FROM placed p JOIN made m ON m.source_id = p.statement_id AND m.ordinal = p.ordinal ORDER BY p.id
    )
    SELECT statement_id FROM too_long ORDER BY statement_id
"""


def group_into_orders(statement_ids: Collection[int], settings: Mapping[int, tuple[bool, int]]) -> list[int]:
    """Sales orders of what is in none yet, status aggregated, and which transactions stand behind them; gives statements left out.

    `settings` say by legal entity whether lines are aggregated, and how many an order may have. One query.
    """
    values = {
        "ids": array(statement_ids),
        "entities": array(settings),
        "aggregate": array(aggregate for aggregate, _ in settings.values()),
        "max_lines": array(most for _, most in settings.values()),
        "origin": SalesOrder.Origin.STATEMENT,
        "status": SalesOrder.Status.AGGREGATED,
        "statement": SourceKind.STATEMENT,
    }
    return [row[0] for row in fetch_all(_GROUP_SALES, values)]


def insert_orders(groups: Sequence[OrderGroup], merges_lines: Mapping[int, bool]) -> None:
    """Sales orders of the groups, status aggregated, and which transactions stand behind them; two queries."""
    if not groups:
        return
    ids: dict[tuple[int, int], int] = {
        (statement_id, ordinal): order_id
        for statement_id, ordinal, order_id in fetch_all(
            """
            INSERT INTO orders_salesorder (number, legal_entity_id, origin, store_id, warehouse_id, customer_id, business_date, status,
                                           source_kind, source_id, ordinal, merges_lines, error_code, error_text)
            SELECT t.number || '-' || lpad(g.ordinal::text, greatest(4, length(g.ordinal::text)), '0'), t.legal_entity_id, %s,
                   t.store_id, t.warehouse_id, g.customer_id, COALESCE(t.posting_date, t.business_date), %s, %s, t.id, g.ordinal,
                   g.merges_lines, '', NULL
            FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bool[]) AS g (statement_id, ordinal, customer_id, merges_lines)
            JOIN statements_statement t ON t.id = g.statement_id
            RETURNING source_id, ordinal, id
            """,
            [
                SalesOrder.Origin.STATEMENT,
                SalesOrder.Status.AGGREGATED,
                SourceKind.STATEMENT,
                [group.statement_id for group in groups],
                [group.ordinal for group in groups],
                [group.customer_id for group in groups],
                [merges_lines[group.statement_id] for group in groups],
            ],
        )
    }
    pairs = [(transaction_id, ids[group.statement_id, group.ordinal]) for group in groups for transaction_id in group.transaction_ids]
    execute(
        "INSERT INTO statements_orderreceipt (transaction_id, order_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
        [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
    )


_MERGED_LINES = f"""
    INSERT INTO orders_salesorderline (order_id, line_number, item_id, unit_id, quantity, stock_quantity, price, discount, net, tax)
    SELECT g.order_id, row_number() OVER (PARTITION BY g.order_id ORDER BY i.code COLLATE "C", g.unit_id COLLATE "C", g.is_return),
           g.item_id, g.unit_id, g.quantity, g.stock_quantity, g.price, g.discount, g.net, g.tax
    FROM (
        SELECT r.order_id, l.item_id, l.unit_id, l.quantity < 0 AS is_return,
               sum(l.quantity) AS quantity, sum(l.stock_quantity) AS stock_quantity,
               CASE WHEN sum(l.quantity) = 0 THEN max(l.price) ELSE round(sum(l.price * l.quantity) / sum(l.quantity), 6) END AS price,
               sum({DISCOUNT}) AS discount, sum(l.net) AS net, sum(l.tax) AS tax
        FROM orders_salesorder o
        JOIN statements_orderreceipt r ON r.order_id = o.id
        JOIN statements_postransactionline l ON l.transaction_id = r.transaction_id
        WHERE o.id = ANY(%s) AND o.merges_lines AND NOT l.voided
        GROUP BY r.order_id, l.item_id, l.unit_id, l.quantity < 0
    ) g JOIN inventory_item i ON i.id = g.item_id
"""

_SINGLE_LINES = f"""
    INSERT INTO orders_salesorderline (order_id, line_number, item_id, unit_id, quantity, stock_quantity, price, discount, net, tax)
    SELECT r.order_id, l.number, l.item_id, l.unit_id, l.quantity, l.stock_quantity, l.price, {DISCOUNT}, l.net, l.tax
    FROM orders_salesorder o
    JOIN statements_orderreceipt r ON r.order_id = o.id
    JOIN statements_postransactionline l ON l.transaction_id = r.transaction_id
    WHERE o.id = ANY(%s) AND NOT o.merges_lines AND NOT l.voided
"""


def insert_order_lines(order_ids: Collection[int]) -> None:
    """Lines of aggregated orders, merged or not as each was grouped, which become open orders; three queries."""
    ids = list(order_ids)
    execute(_MERGED_LINES, [ids])
    execute(_SINGLE_LINES, [ids])
    execute("UPDATE orders_salesorder SET status = %s WHERE id = ANY(%s)", [SalesOrder.Status.CREATED, ids])


# Data order (docs/posting.md#the-runner): transactions are put in order, their lines follow by number. Gives the linked returns.
PLACE_DEMANDS = f"""
    {WITH_EMPTY_TABLES}, receipt AS MATERIALIZED (
        SELECT r.transaction_id, o.id, o.merges_lines, o.warehouse_id, o.business_date, t.sold_at,
               row_number() OVER (
                   ORDER BY o.business_date, t.sold_at, s.code COLLATE "C", m.code COLLATE "C", t.number COLLATE "C"
               ) AS place
        FROM orders_salesorder o
        JOIN statements_orderreceipt r ON r.order_id = o.id
        JOIN statements_postransaction t ON t.id = r.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        WHERE o.id = ANY(%(orders)s::bigint[])
    ), line AS MATERIALIZED (
        SELECT l.id, r.id AS order_id, r.merges_lines, r.warehouse_id, r.business_date, r.sold_at, (r.place << 32) + l.number AS place,
               l.number, l.item_id, l.unit_id, l.quantity < 0 AS is_return, l.stock_quantity, l.batch_id, l.return_of_id
        FROM receipt r JOIN statements_postransactionline l ON l.transaction_id = r.transaction_id
        WHERE NOT l.voided AND l.stock_quantity <> 0
    ), order_line AS MATERIALIZED (
        SELECT l.id, l.order_id, l.item_id, l.unit_id, l.quantity < 0 AS is_return, l.line_number
        FROM orders_salesorderline l JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stocked'
        WHERE l.order_id = ANY(%(orders)s::bigint[])
    ), placed AS (
        INSERT INTO work_demand (
            line_id, order_id, order_line_id, warehouse_id, item_id, quantity, day, at, batch_id, return_of, place
        )
        SELECT l.id, l.order_id, o.id, l.warehouse_id, l.item_id, l.stock_quantity, l.business_date, l.sold_at, l.batch_id, l.return_of_id,
               l.place
        FROM line l
        JOIN order_line o ON o.order_id = l.order_id AND o.item_id = l.item_id AND o.unit_id = l.unit_id AND o.is_return = l.is_return
            AND (l.merges_lines OR o.line_number = l.number)
        RETURNING *
    )
    SELECT line_id, order_id, order_line_id, warehouse_id, item_id, quantity, day, at, batch_id, return_of
    FROM placed WHERE return_of IS NOT NULL ORDER BY place
"""


def place_demands(order_ids: Collection[int]) -> list[Demand]:
    """What the transactions behind the orders want, as `needs_of_orders`, into the work tables of this session; gives the linked returns.

    Two queries.
    """
    make_work_tables()
    return fetch_as(Demand, PLACE_DEMANDS, {"orders": array(order_ids)})


def insert_payment_journals(statement_ids: Collection[int]) -> None:
    """A payment journal per statement with its payments by invoice and method; two queries."""
    ids = list(statement_ids)
    execute(
        """
        INSERT INTO orders_paymentjournal (number, source_kind, source_id, date)
        SELECT number || '-PJ', %s, id, COALESCE(posting_date, business_date) FROM statements_statement WHERE id = ANY(%s)
        """,
        [SourceKind.STATEMENT, ids],
    )
    execute(
        """
        INSERT INTO orders_paymentjournalline (journal_id, invoice_id, payment_method_id, amount)
        SELECT j.id, i.id, p.method_id, sum(p.amount)
        FROM orders_paymentjournal j
        JOIN statements_postransaction t ON t.statement_id = j.source_id AND t.kind = 'sale'
        JOIN statements_orderreceipt r ON r.transaction_id = t.id
        JOIN orders_invoice i ON i.order_id = r.order_id
        JOIN statements_pospayment p ON p.transaction_id = t.id
        WHERE j.source_kind = %s AND j.source_id = ANY(%s)
        GROUP BY j.id, i.id, p.method_id
        """,
        [SourceKind.STATEMENT, ids],
    )


def insert_customer_transactions(statement_ids: Collection[int]) -> None:
    """What the statements' transactions add to accounts of customers and what is paid on them; done before, it stays. One query."""
    execute(
        """
        INSERT INTO orders_customertransaction (legal_entity_id, customer_id, source_kind, source_id, date, amount, text)
        SELECT st.legal_entity_id, t.customer_id, %s, t.id, COALESCE(st.posting_date, st.business_date),
               sum(CASE WHEN t.kind = 'payment' THEN -p.amount ELSE p.amount END), concat(s.code, '/', m.code, '/', t.number)
        FROM statements_postransaction t
        JOIN statements_statement st ON st.id = t.statement_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN statements_pospayment p ON p.transaction_id = t.id
        WHERE t.statement_id = ANY(%s) AND t.customer_id IS NOT NULL
          AND (t.kind = 'payment' OR t.kind = 'sale' AND p.method_id = 'on_account')
        GROUP BY st.legal_entity_id, t.customer_id, t.id, st.posting_date, st.business_date, s.code, m.code, t.number
        HAVING sum(CASE WHEN t.kind = 'payment' THEN -p.amount ELSE p.amount END) <> 0
        ON CONFLICT (source_kind, source_id) DO NOTHING
        """,
        [SourceKind.POS_TRANSACTION, list(statement_ids)],
    )


def link_payment_vouchers(voucher_of_statement: Mapping[int, int]) -> None:
    """Marks payment journals as posted by their vouchers."""
    execute(
        """
        UPDATE orders_paymentjournal j SET voucher_id = v.voucher_id
        FROM unnest(%s::bigint[], %s::bigint[]) AS v (statement_id, voucher_id)
        WHERE j.source_kind = %s AND j.source_id = v.statement_id AND j.voucher_id IS NULL
        """,
        [list(voucher_of_statement), list(voucher_of_statement.values()), SourceKind.STATEMENT],
    )


def set_posting_dates(dates: Mapping[int, date | None]) -> None:
    """The date that each statement is posted on, None for its business date; one query."""
    execute(
        """
        UPDATE statements_statement s SET posting_date = d.date
        FROM unnest(%s::bigint[], %s::date[]) AS d (id, date) WHERE s.id = d.id AND s.posting_date IS DISTINCT FROM d.date
        """,
        [array(dates), array(dates.values())],
    )


def add_late_events(dates: Mapping[int, date]) -> None:
    """Says in the event log of statements that they are posted on another date, and why; one query."""
    add_events(
        [
            (row, "late", "", Message("Posted on {day}, because the period of the business date is closed.", {"day": day}))
            for row, day in dates.items()
        ],
        "",
    )
