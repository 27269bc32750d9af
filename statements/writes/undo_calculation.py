"""Set-based writes of what people do with a statement that is not posted; each starts with a compare-and-set that holds its row."""

from collections.abc import Collection

from core.db.bulk import array, execute, fetch_all
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message, written_message
from statements.rules.states import BEFORE_ORDERS, STARTED, PostState


def take_back(statement_id: int) -> int | None:
    """Sets an idle statement without sales orders back to Started, without lines and totals; gives its store. None: not possible now.

    Its transactions stay on it. Holds its row until the transaction ends. Three queries.
    """
    return take_back_all([statement_id], BEFORE_ORDERS).get(statement_id)


def take_back_all(statement_ids: Collection[int], post_states: Collection[str]) -> dict[int, int]:
    """Takes back those of the statements that are idle, have no sales orders and stand at one of the states; gives their stores."""
    rows = fetch_all(
        """
        UPDATE statements_statement s
        SET calc_state = %s, post_state = '', failed_state = '', error_code = '', error_text = NULL, transaction_count = 0, line_count = 0,
            captured_count = 0, total = 0, posting_date = NULL
        WHERE id = ANY(%s::bigint[]) AND work_state = '' AND post_state = ANY(%s::text[])
          AND NOT EXISTS (SELECT FROM orders_salesorder o WHERE o.source_kind = %s AND o.source_id = s.id)
        RETURNING id, store_id
        """,
        [STARTED, array(statement_ids), list(post_states), SourceKind.STATEMENT],
    )
    taken = dict(rows)
    execute("DELETE FROM statements_statementline WHERE statement_id = ANY(%s::bigint[])", [array(taken)])
    execute("DELETE FROM statements_tendercount WHERE statement_id = ANY(%s::bigint[])", [array(taken)])
    return taken


def delete_empty_statements(store_ids: Collection[int]) -> int:
    """Drops idle statements of the stores that stand at Started and hold nothing, with their events; says how many. At most four queries.

    The audit trail keeps who emptied them. The caller holds the calculation locks of the stores.
    """
    rows = fetch_all(
        """
        SELECT s.id FROM statements_statement s
        WHERE s.store_id = ANY(%s::bigint[]) AND s.calc_state = %s AND s.post_state = '' AND s.work_state = ''
          AND NOT EXISTS (SELECT FROM statements_postransaction t WHERE t.statement_id = s.id)
          AND NOT EXISTS (
              SELECT FROM statements_postransaction t
              WHERE t.counted_on_id = s.id AND (t.statement_id IS NULL OR t.counted_on_id <> t.statement_id)
          )
          AND NOT EXISTS (SELECT FROM orders_salesorder o WHERE o.source_kind = %s AND o.source_id = s.id)
        ORDER BY s.id FOR UPDATE
        """,
        [array(store_ids), STARTED, SourceKind.STATEMENT],
    )
    ids = [row[0] for row in rows]
    if ids:
        execute("DELETE FROM statements_accepteddifference WHERE statement_id = ANY(%s::bigint[])", [ids])
        execute("DELETE FROM statements_statementevent WHERE statement_id = ANY(%s::bigint[])", [ids])
        execute("DELETE FROM statements_statement WHERE id = ANY(%s::bigint[])", [ids])
    return len(ids)


def hold_idle(statement_id: int) -> bool:
    """Holds the row of a statement that is neither posted nor in work; says whether it is such a one. One query."""
    rows = fetch_all(
        "SELECT id FROM statements_statement WHERE id = %s AND work_state = '' AND post_state <> %s FOR NO KEY UPDATE",
        [statement_id, PostState.POSTED],
    )
    return bool(rows)


def free_transactions(statement_id: int) -> list[int]:
    """Takes all transactions off the statement and gives them; one query."""
    rows = fetch_all(
        """
        UPDATE statements_postransaction
        SET statement_id = NULL, counted_on_id = CASE WHEN counted_on_id <> statement_id THEN counted_on_id END
        WHERE statement_id = %s RETURNING id
        """,
        [statement_id],
    )
    return [row[0] for row in rows]


def forget_money(statement_ids: Collection[int]) -> int:
    """The statements count no money of other statements' transactions any more; says of how many. One query."""
    return execute(
        """
        UPDATE statements_postransaction SET counted_on_id = NULL
        WHERE counted_on_id = ANY(%s::bigint[]) AND (statement_id IS NULL OR counted_on_id <> statement_id)
        """,
        [array(statement_ids)],
    )


def put_back(statement_id: int, transaction_ids: list[int], valid: str) -> int:
    """Puts those of the transactions that are valid back on the statement; says how many. One query."""
    return execute(
        """
        UPDATE statements_postransaction t
        SET statement_id = s.id, counted_on_id = CASE WHEN s.kind = 'transactional' THEN t.counted_on_id ELSE s.id END
        FROM statements_statement s WHERE s.id = %s AND t.id = ANY(%s::bigint[]) AND t.validation_status = %s
        """,
        [statement_id, transaction_ids, valid],
    )


def take_failed(statement_id: int) -> bool:
    """Holds the row of an idle statement that stands failed at invoicing; says whether it does. One query."""
    rows = fetch_all(
        "SELECT id FROM statements_statement WHERE id = %s AND work_state = '' AND failed_state = %s FOR NO KEY UPDATE",
        [statement_id, PostState.ORDER_INVOICED],
    )
    return bool(rows)


def set_error_text(statement_id: int, text: Message) -> None:
    """What a statement that stands failed says once its difference is accepted; one query."""
    execute(
        "UPDATE statements_statement SET error_text = %s::jsonb WHERE id = %s AND failed_state <> ''", [written_message(text), statement_id]
    )


def say_what_left(statement_id: int, text: Message) -> None:
    """What the statement that stays in its error state says now; one query."""
    execute("UPDATE statements_statement SET error_text = %s::jsonb WHERE id = %s", [written_message(text), statement_id])
