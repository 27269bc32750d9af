"""Set-based writes of holding: supplements, transactions and money that move to them."""

from collections.abc import Collection, Mapping
from typing import Any

from core.db.bulk import array, execute, fetch_all
from core.lib.messages import Message, written_message
from statements.rules.states import CALCULATED
from statements.writes.calculation import count_transactions

_MOVED = "unnest(%(moved)s::bigint[], %(statements)s::bigint[], %(supplements)s::bigint[]) AS h (transaction, statement, supplement)"


def insert_supplements(numbers: Mapping[int, str], reasons: Mapping[int, tuple[str, Message]]) -> dict[int, int]:
    """A calculated, idle statement beside each statement, with why it was made; gives supplements by statement. One query."""
    ids = list(numbers)
    rows = fetch_all(
        """
        INSERT INTO statements_statement (number, store_id, warehouse_id, legal_entity_id, business_date, ordinal, kind, terminal_id,
            shift, calc_state, post_state, failed_state, error_code, error_text, attempts, work_state, job_id, transaction_count,
            line_count, total, settings_snapshot)
        SELECT n.number, s.store_id, s.warehouse_id, s.legal_entity_id, s.business_date,
               (SELECT max(o.ordinal) FROM statements_statement o WHERE o.store_id = s.store_id AND o.business_date = s.business_date)
                   + row_number() OVER (PARTITION BY s.store_id, s.business_date ORDER BY s.id),
               s.kind, s.terminal_id, s.shift, %s, '', '', n.code, n.text::jsonb, 0, '', s.job_id, 0, 0, 0, '{}'
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n (id, number, code, text)
        JOIN statements_statement s ON s.id = n.id
        RETURNING id, number
        """,
        [CALCULATED, array(ids), [numbers[i] for i in ids], [reasons[i][0] for i in ids], [written_message(reasons[i][1]) for i in ids]],
    )
    of_number = {number: supplement for supplement, number in rows}
    return {statement_id: of_number[number] for statement_id, number in numbers.items()}


def move_transactions(held: Mapping[int, int], supplements: Mapping[int, int]) -> None:
    """Moves transactions with their money to the supplements of their statements, and counts both anew; three queries."""
    moved = {
        "moved": array(held),
        "statements": array(held.values()),
        "supplements": array(supplements[statement] for statement in held.values()),
    }
    _move_money(moved)
    execute(
        f"""
        UPDATE statements_postransaction t
        SET statement_id = h.supplement,
            counted_on_id = CASE WHEN t.counted_on_id = t.statement_id THEN h.supplement ELSE t.counted_on_id END
        FROM {_MOVED} WHERE t.id = h.transaction
        """,
        moved,
    )
    count_transactions({*held.values(), *supplements.values()})


def _move_money(moved: dict[str, Any]) -> None:
    """What was paid with them, by method, off the lines of their statements and on those of the supplements, if they count it."""
    execute(
        f"""
        WITH sums AS (
            SELECT h.statement, h.supplement, p.method_id, sum(p.amount) AS amount
            FROM {_MOVED}
            JOIN statements_statement s ON s.id = h.statement AND s.kind <> 'transactional'
            JOIN statements_pospayment p ON p.transaction_id = h.transaction GROUP BY 1, 2, 3
        ), left_over AS (
            UPDATE statements_statementline l
            SET transaction_amount = l.transaction_amount - s.amount, counted_amount = l.counted_amount - s.amount
            FROM sums s WHERE l.statement_id = s.statement AND l.payment_method_id = s.method_id
        )
        INSERT INTO statements_statementline (statement_id, payment_method_id, transaction_amount, counted_amount, difference)
        SELECT supplement, method_id, amount, amount, 0 FROM sums
        """,
        moved,
    )


def delete_orders(order_ids: Collection[int]) -> None:
    """Orders without transactions and their problems; at most two queries."""
    if order_ids:
        execute("DELETE FROM orders_orderproblem WHERE order_id = ANY(%s::bigint[])", [array(order_ids)])
        execute("DELETE FROM orders_salesorder WHERE id = ANY(%s::bigint[])", [array(order_ids)])
