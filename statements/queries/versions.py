"""Reads of POS transactions that are to be replaced or corrected, and of their earlier versions."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import Q, Subquery

from core.db.bulk import array, fetch_all
from core.lib.document_kinds import SourceKind
from orders.models import SalesOrder
from statements.models import PosTransaction, TransactionVersion
from statements.rules.changes import Stand
from statements.rules.till import PosTransactionKey


class Affected(NamedTuple):
    """What a change of transactions touches: their stores and those of their returns, and returns of their lines that are not posted."""

    stores: list[int]
    returns: list[int]


def affected_by(transaction_ids: Collection[int]) -> Affected:
    """Stores and unposted linked returns of the transactions; one query."""
    rows = fetch_all(
        """
        SELECT DISTINCT t.store_id, NULL::bigint FROM statements_postransaction t WHERE t.id = ANY(%(ids)s::bigint[])
        UNION
        SELECT t.store_id, t.id
        FROM statements_postransactionline l
        JOIN statements_postransactionline r ON r.return_of_id = l.id
        JOIN statements_postransaction t ON t.id = r.transaction_id AND t.id <> ALL(%(ids)s::bigint[])
        WHERE l.transaction_id = ANY(%(ids)s::bigint[])
        """,
        {"ids": array(transaction_ids)},
    )
    return Affected(sorted({row[0] for row in rows}), sorted(row[1] for row in rows if row[1] is not None))


class Standing(NamedTuple):
    """Where a transaction stands; `has_no_orders` says that its statement is idle and has no sales orders.

    `counted_on` is the statement that counts its money.
    """

    key: PosTransactionKey
    statement_id: int | None
    stand: Stand
    has_no_orders: bool
    status: str
    counted_on: int | None


def lock_places(transaction_ids: Collection[int]) -> dict[int, Standing]:
    """Locks the statements of the transactions (FOR NO KEY UPDATE, by id, as posting does), then tells where each stands; two queries."""
    fetch_all(
        """
        SELECT s.id FROM statements_statement s
        WHERE s.id IN (SELECT t.statement_id FROM statements_postransaction t WHERE t.id = ANY(%s::bigint[]) AND t.statement_id IS NOT NULL)
        ORDER BY s.id FOR NO KEY UPDATE
        """,
        [array(transaction_ids)],
    )
    return _places(transaction_ids)


def stand_of(transaction_id: int) -> Stand:
    """Where a transaction that exists stands at the moment; one query."""
    return _places([transaction_id])[transaction_id].stand


def _places(transaction_ids: Collection[int]) -> dict[int, Standing]:
    rows = fetch_all(
        """
        SELECT t.id, s.code, e.code, t.number, t.statement_id, COALESCE(st.number, ''), COALESCE(st.post_state, ''),
               COALESCE(st.work_state, ''), COALESCE(o.status = %s, false),
               COALESCE(st.work_state = '' AND NOT EXISTS (
                   SELECT FROM orders_salesorder x WHERE x.source_kind = %s AND x.source_id = st.id
               ), false),
               t.validation_status, t.counted_on_id
        FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal e ON e.id = t.terminal_id
        LEFT JOIN statements_statement st ON st.id = t.statement_id
        LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
        LEFT JOIN orders_salesorder o ON o.id = r.order_id
        WHERE t.id = ANY(%s::bigint[])
        """,
        [SalesOrder.Status.INVOICED, SourceKind.STATEMENT, array(transaction_ids)],
    )
    return {row[0]: Standing(PosTransactionKey(*row[1:4]), row[4], Stand(*row[5:9]), *row[9:]) for row in rows}


def transactions_of_open_orders(statement_id: int) -> list[int]:
    """Transactions of a statement's sales orders that are not invoiced; one query."""
    rows = fetch_all(
        """
        SELECT r.transaction_id FROM orders_salesorder o JOIN statements_orderreceipt r ON r.order_id = o.id
        WHERE o.source_kind = %s AND o.source_id = %s AND o.status <> %s ORDER BY 1
        """,
        [SourceKind.STATEMENT, statement_id, SalesOrder.Status.INVOICED],
    )
    return [row[0] for row in rows]


def statements_in_use(statement_ids: Collection[int]) -> list[int]:
    """Those of the statements that hold or count transactions; one query."""
    rows = fetch_all(
        """
        SELECT statement_id FROM statements_postransaction WHERE statement_id = ANY(%(ids)s::bigint[])
        UNION
        SELECT counted_on_id FROM statements_postransaction
        WHERE counted_on_id = ANY(%(ids)s::bigint[]) AND (statement_id IS NULL OR counted_on_id <> statement_id)
        """,
        {"ids": array(statement_ids)},
    )
    return sorted(row[0] for row in rows)


def version_count(transaction_id: int) -> int:
    """How many earlier versions there are; one query."""
    return TransactionVersion.objects.filter(transaction=transaction_id).count()


def versions_of(transaction_id: int) -> Sequence[TransactionVersion]:
    """What the transaction was before, newest first, also before it was posted and reversed; one query."""
    key = PosTransaction.objects.filter(pk=transaction_id).values("store_id", "terminal_id", "number")
    same = PosTransaction.objects.filter(*(Q(**{name: Subquery(key.values(name))}) for name in ("store_id", "terminal_id", "number")))
    return list(TransactionVersion.objects.filter(transaction__in=same).order_by("-transaction_id", "-number"))
