"""Set-based writes of till transactions and of what validation finds on them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from core.db.bulk import array, copy_rows, execute, fetch_all
from core.db.upsert import add_missing, ensure_by_code
from core.lib.problems import Problem
from statements.queries.facts import terminal_ids

TRANSACTION_COLUMNS = (
    *("id", "store_id", "terminal_id", "number", "kind", "sold_at", "business_date", "currency_id", "customer_id", "customer_code"),
    *("staff_id", "net", "tax", "total", "header_discount", "header_paid", "header_item_count", "content_hash", "validation_status"),
    "shift",
)
LINE_COLUMNS = (
    *("transaction_id", "number", "item_id", "item_code", "unit_id", "quantity", "stock_quantity", "price", "discount", "net", "tax"),
    *("batch_number", "batch_id", "voided", "return_store", "return_terminal", "return_number", "return_line"),
    "scanned_expiry",
)
PAYMENT_COLUMNS = ("transaction_id", "number", "method_id", "amount")


def ensure_terminals(terminals: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids of terminals by (store id, code), made where missing; at most three queries."""
    known = terminal_ids(terminals)
    if missing := set(terminals) - known.keys():
        add_missing("orders_terminal", {"store_id": "bigint", "code": "text"}, missing)
        known |= terminal_ids(missing)
    return known


def ensure_staff(codes: Collection[str]) -> dict[str, int]:
    """Ids of staff by code, made where missing; at most three queries."""
    return ensure_by_code("orders_staff", {"code": "text"}, {code: (code,) for code in codes})


def insert_transactions(rows: Iterable[Sequence[object]]) -> None:
    """Headers, in the order of `TRANSACTION_COLUMNS`; one COPY."""
    copy_rows("statements_postransaction", TRANSACTION_COLUMNS, rows)


def mark_late(transaction_ids: Collection[int], days: Collection[tuple[int, date]]) -> int:
    """Says of transactions whose store and day were posted before when that was; `days` are theirs.

    Gives how many are late. One query, two where one of the days was posted.
    """
    posted = fetch_all(
        """
        SELECT s.store_id, s.business_date, min(s.posted_at)
        FROM unnest(%s::bigint[], %s::date[]) AS d (store_id, day)
        JOIN statements_statement s ON s.store_id = d.store_id AND s.business_date = d.day
        WHERE s.posted_at IS NOT NULL AND s.reversal_id IS NULL AND s.kind <> 'transactional' GROUP BY 1, 2
        """,
        [array(store for store, _ in days), array(day for _, day in days)],
    )
    if not posted:
        return 0
    return execute(
        """
        UPDATE statements_postransaction t SET day_posted_at = d.at
        FROM unnest(%s::bigint[], %s::date[], %s::timestamptz[]) AS d (store_id, day, at)
        WHERE t.id = ANY(%s::bigint[]) AND t.store_id = d.store_id AND t.business_date = d.day
        """,
        [*(array(column) for column in zip(*posted, strict=True)), array(transaction_ids)],
    )


def insert_lines(rows: Iterable[Sequence[object]]) -> None:
    """Lines, in the order of `LINE_COLUMNS`; one COPY. What a return names is set by `link_returns`."""
    copy_rows("statements_postransactionline", LINE_COLUMNS, rows)


def insert_payments(rows: Iterable[Sequence[object]]) -> None:
    """Payments, in the order of `PAYMENT_COLUMNS`; one COPY."""
    copy_rows("statements_pospayment", PAYMENT_COLUMNS, rows)


def insert_gift_card_movements(rows: Sequence[tuple[int, str, Decimal, int | None, int | None]]) -> None:
    """(transaction, card, amount, line, payment): what cards get and give; cards that are new are made. Two queries, none without rows."""
    if not rows:
        return
    add_missing("orders_giftcard", {"number": "text"}, {(row[1],) for row in rows})
    execute(
        """
        INSERT INTO statements_giftcardmovement (card_id, transaction_id, amount, line_number, payment_number)
        SELECT g.id, m.transaction_id, m.amount, m.line, m.payment
        FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::int[], %s::int[]) AS m (transaction_id, card, amount, line, payment)
        JOIN orders_giftcard g ON g.number = m.card
        """,
        [list(column) for column in zip(*rows, strict=True)],
    )


def update_gift_card_movements(transaction_ids: Collection[int]) -> int:
    """Has movements of gift cards say what their lines and payments say now; gives how many changed. One query."""
    return execute(
        """
        UPDATE statements_giftcardmovement m SET amount = n.amount
        FROM (
            SELECT g.id, COALESCE(
                CASE WHEN l.voided THEN 0 ELSE l.net END, CASE t.kind WHEN 'expense' THEN p.amount ELSE -p.amount END
            ) AS amount
            FROM statements_giftcardmovement g
            JOIN statements_postransaction t ON t.id = g.transaction_id
            LEFT JOIN statements_postransactionline l ON l.transaction_id = g.transaction_id AND l.number = g.line_number
            LEFT JOIN statements_pospayment p ON p.transaction_id = g.transaction_id AND p.number = g.payment_number
            WHERE g.transaction_id = ANY(%s::bigint[])
        ) n
        WHERE n.id = m.id AND n.amount <> m.amount
        """,
        [array(transaction_ids)],
    )


def insert_problems(problems: Iterable[tuple[int, Problem]]) -> None:
    """Problems by transaction id; one COPY."""
    copy_rows(
        "statements_validationproblem",
        ("transaction_id", "line_number", "code", "severity", "variant", "params"),
        (
            (transaction_id, found.line, found.code, found.severity.value, found.variant, json.dumps(found.stored_params))
            for transaction_id, found in problems
        ),
    )


def mark_unjudged(transaction_id: int, problem: Problem) -> None:
    """A transaction that could not be validated is in error, with this as its only problem; four queries."""
    delete_problems([transaction_id])
    execute(
        "UPDATE statements_postransaction SET validation_status = 'error' WHERE id = %s AND statement_id IS NULL",
        [transaction_id],
    )
    insert_problems([(transaction_id, problem)])


def delete_problems(transaction_ids: Collection[int]) -> None:
    """Forgets what was found on transactions; one query."""
    execute("DELETE FROM statements_validationproblem WHERE transaction_id = ANY(%s::bigint[])", [array(transaction_ids)])


def keep_digests(digests: Mapping[int, UUID]) -> None:
    """The digest of what came in last, by transaction; one query."""
    execute(
        """
        UPDATE statements_postransaction t SET content_hash = d.digest
        FROM unnest(%s::bigint[], %s::uuid[]) AS d (id, digest) WHERE t.id = d.id AND t.content_hash <> d.digest
        """,
        [array(digests), array(digests.values())],
    )


def link_returns(transaction_ids: Collection[int]) -> int:
    """Points the lines of transactions that name a returned line at it, as far as it is known; one query."""
    return execute(
        """
        UPDATE statements_postransactionline l SET return_of_id = o.id
        FROM statements_postransactionline r
        JOIN orders_store s ON s.code = r.return_store
        JOIN orders_terminal e ON e.store_id = s.id AND e.code = r.return_terminal
        JOIN statements_postransaction t ON t.store_id = s.id AND t.terminal_id = e.id AND t.number = r.return_number
            AND t.reversal_id IS NULL
        JOIN statements_postransactionline o ON o.transaction_id = t.id AND o.number = r.return_line
        WHERE r.transaction_id = ANY(%s::bigint[]) AND r.return_line IS NOT NULL AND l.id = r.id AND l.return_of_id IS DISTINCT FROM o.id
        """,
        [array(transaction_ids)],
    )


class LineChange(NamedTuple):
    """What validation resolved anew on a stored line."""

    id: int
    item_id: int | None
    stock_quantity: object
    batch_id: int | None


def update_lines(changes: Sequence[LineChange]) -> None:
    """Keeps what was resolved; at most one query."""
    if changes:
        execute(
            """
            UPDATE statements_postransactionline l
            SET item_id = c.item_id, stock_quantity = c.stock_quantity, batch_id = c.batch_id
            FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::bigint[]) AS c (id, item_id, stock_quantity, batch_id)
            WHERE l.id = c.id
            """,
            [array(column) for column in zip(*changes, strict=True)],
        )


def update_transactions(changes: Sequence[tuple[int, int | None, str]]) -> None:
    """Keeps customer and validation status by transaction id; at most one query."""
    if changes:
        execute(
            """
            UPDATE statements_postransaction t SET customer_id = c.customer_id, validation_status = c.status
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS c (id, customer_id, status)
            WHERE t.id = c.id
            """,
            [array(change[0] for change in changes), array(change[1] for change in changes), [change[2] for change in changes]],
        )
