"""Set-based writes of POS transactions that are replaced or corrected; each document keeps its row and its lines keep theirs."""

import json
from collections.abc import Collection, Iterable, Sequence

from core.db.bulk import array, copy_rows, execute, fetch_all
from core.lib.messages import Message, written_message
from orders.models import SalesOrder
from statements.writes.imports import LINE_COLUMNS, PAYMENT_COLUMNS, TRANSACTION_COLUMNS


def add_versions(rows: Iterable[tuple[int, str, object, object, Message | str, str]]) -> None:
    """Earlier versions as (transaction, way, content, changes, reason, actor), numbered on; two queries."""
    execute("CREATE TEMPORARY TABLE version_in (transaction_id bigint, way text, content jsonb, changes jsonb, reason jsonb, actor text)")
    copy_rows(
        "version_in",
        ("transaction_id", "way", "content", "changes", "reason", "actor"),
        ((row[0], row[1], json.dumps(row[2]), json.dumps(row[3]), written_message(row[4]), row[5]) for row in rows),
    )
    execute(
        """
        INSERT INTO statements_transactionversion (transaction_id, number, way, content, changes, reason, actor)
        SELECT v.transaction_id,
               1 + (SELECT COALESCE(max(b.number), 0) FROM statements_transactionversion b WHERE b.transaction_id = v.transaction_id),
               v.way, v.content, v.changes, v.reason, v.actor
        FROM version_in v
        """
    )
    execute("DROP TABLE version_in")


def free_transactions(transaction_ids: Collection[int]) -> None:
    """Takes the transactions off their statements, those that count their money too; one query."""
    execute(
        "UPDATE statements_postransaction SET statement_id = NULL, counted_on_id = NULL WHERE id = ANY(%s::bigint[])",
        [array(transaction_ids)],
    )


def leave_orders(transaction_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """Takes the transactions out of their sales orders and drops the lines of these; gives orders that are empty now and the others."""
    rows = fetch_all(
        "DELETE FROM statements_orderreceipt WHERE transaction_id = ANY(%s::bigint[]) RETURNING order_id", [array(transaction_ids)]
    )
    orders = {row[0] for row in rows}
    if not orders:
        return [], []
    execute("DELETE FROM orders_salesorderline WHERE order_id = ANY(%s::bigint[])", [array(orders)])
    rest = fetch_all(
        """
        SELECT DISTINCT r.order_id, o.status FROM statements_orderreceipt r JOIN orders_salesorder o ON o.id = r.order_id
        WHERE r.order_id = ANY(%s::bigint[])
        """,
        [array(orders)],
    )
    return sorted(orders - {row[0] for row in rest}), sorted(row[0] for row in rest if row[1] == SalesOrder.Status.CREATED)


def rewrite_transactions(rows: Iterable[Sequence[object]]) -> None:
    """New headers, in the order of `TRANSACTION_COLUMNS`, for transactions that are there; without a digest theirs stays. Four queries."""
    names = ", ".join(TRANSACTION_COLUMNS)
    execute(f"CREATE TEMPORARY TABLE merge_in AS SELECT {names} FROM statements_postransaction WITH NO DATA")
    copy_rows("merge_in", TRANSACTION_COLUMNS, rows)
    sets = ", ".join(f"{name} = m.{name}" for name in TRANSACTION_COLUMNS if name not in ("id", "content_hash"))
    execute(
        f"""
        UPDATE statements_postransaction t SET {sets}, content_hash = COALESCE(m.content_hash, t.content_hash)
        FROM merge_in m WHERE t.id = m.id
        """
    )
    execute("DROP TABLE merge_in")


def rewrite_lines(transaction_ids: Collection[int], rows: Iterable[Sequence[object]]) -> None:
    """New lines, in the order of `LINE_COLUMNS`: a line whose number stays keeps its row, and with it the returns that name it.

    What returns name is forgotten where the line is gone; `link_returns` finds what is there. At most seven queries.
    """
    ids = array(transaction_ids)
    execute("UPDATE statements_postransactionline SET return_of_id = NULL WHERE transaction_id = ANY(%s::bigint[])", [ids])
    names = ", ".join(LINE_COLUMNS)
    sets = ", ".join(f"{name} = excluded.{name}" for name in LINE_COLUMNS if name not in ("transaction_id", "number"))
    execute(f"CREATE TEMPORARY TABLE merge_in AS SELECT {names} FROM statements_postransactionline WITH NO DATA")
    copy_rows("merge_in", LINE_COLUMNS, rows)
    execute(
        f"""
        INSERT INTO statements_postransactionline ({names}) SELECT {names} FROM merge_in
        ON CONFLICT (transaction_id, number) DO UPDATE SET {sets}
        """
    )
    gone = """
        SELECT l.id FROM statements_postransactionline l
        WHERE l.transaction_id = ANY(%s::bigint[]) AND NOT EXISTS (
            SELECT FROM merge_in m WHERE m.transaction_id = l.transaction_id AND m.number = l.number
        )
    """
    removed = [row[0] for row in fetch_all(f"{gone} FOR UPDATE OF l", [ids])]
    execute("DROP TABLE merge_in")
    if removed:
        execute("UPDATE statements_postransactionline SET return_of_id = NULL WHERE return_of_id = ANY(%s::bigint[])", [array(removed)])
        execute("DELETE FROM statements_postransactionline WHERE id = ANY(%s::bigint[])", [array(removed)])


def rewrite_payments(transaction_ids: Collection[int], rows: Iterable[Sequence[object]]) -> None:
    """New payments, in the order of `PAYMENT_COLUMNS`; two queries."""
    execute("DELETE FROM statements_pospayment WHERE transaction_id = ANY(%s::bigint[])", [array(transaction_ids)])
    copy_rows("statements_pospayment", PAYMENT_COLUMNS, rows)


def forget_gift_card_movements(transaction_ids: Collection[int]) -> None:
    """Takes away what the transactions did to gift cards; one query."""
    execute("DELETE FROM statements_giftcardmovement WHERE transaction_id = ANY(%s::bigint[])", [array(transaction_ids)])


def discard_transactions(transaction_ids: Collection[int], status: str) -> None:
    """Nothing is done with these transactions any more, until somebody takes them up again; two queries."""
    execute("UPDATE statements_postransaction SET validation_status = %s WHERE id = ANY(%s::bigint[])", [status, array(transaction_ids)])
    execute("DELETE FROM statements_validationproblem WHERE transaction_id = ANY(%s::bigint[])", [array(transaction_ids)])
