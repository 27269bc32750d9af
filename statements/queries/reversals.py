"""Reads of what a reversal of a statement, or of one of its transactions, takes back; a fixed number of queries."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as, text_array
from core.lib.document_kinds import SourceKind
from inventory.rules.reversals import TakenBack
from statements.models import PosTransaction, Statement
from statements.queries.discounts import DISCOUNT
from statements.rules.counting import INTO_TILL
from statements.rules.states import INVOICED_STATES
from statements.rules.till import PosTransactionKey
from statements.rules.vouchers import MoneyMove, StatementMoney


class PostedStatement(NamedTuple):
    """A statement that is to be taken back, or that holds a transaction that is; `reversal_id` is set where it was taken back before.

    One `is_stuck` that failed with all of its orders invoiced: what it posted so far cannot be cleared any more.
    """

    id: int
    number: str
    store_id: int
    store: str
    legal_entity_id: int
    posting_date: date
    is_posted: bool
    reversal_id: int | None
    posted_at: datetime | None
    is_stuck: bool


_INVOICED = text_array(INVOICED_STATES)
_STATEMENT = """
    SELECT t.id, t.number, t.store_id, s.code AS store, t.legal_entity_id, COALESCE(t.posting_date, t.business_date) AS posting_date,
           t.post_state = 'Posted' AND t.work_state = '' AS is_posted, t.reversal_id, t.posted_at,
           t.failed_state <> '' AND t.work_state = '' AND t.post_state = ANY(%s::text[]) AS is_stuck
    FROM statements_statement t JOIN orders_store s ON s.id = t.store_id
    WHERE t.id = ANY(%s::bigint[]) ORDER BY t.id
"""


def find_statement(number: str) -> int | None:
    """The id of a statement; one query."""
    return Statement.objects.filter(number=number).values_list("pk", flat=True).first()


def stores_of_statements(statement_ids: Collection[int]) -> list[int]:
    """The stores whose calculation is locked before the statements; one query."""
    return list(Statement.objects.filter(pk__in=statement_ids).values_list("store_id", flat=True))


def read_statement(statement_id: int) -> PostedStatement:
    """A statement that is there; one query."""
    return fetch_as(PostedStatement, _STATEMENT, [_INVOICED, array([statement_id])])[0]


def hold_statements(statement_ids: Collection[int]) -> dict[int, PostedStatement]:
    """Statements that are there, by id, their rows held FOR NO KEY UPDATE in that order; one query."""
    rows = fetch_as(PostedStatement, _STATEMENT + "FOR NO KEY UPDATE OF t", [_INVOICED, array(statement_ids)])
    return {row.id: row for row in rows}


class PostedTransaction(NamedTuple):
    """A transaction that is to be taken back, and the statement that it is on."""

    id: int
    key: PosTransactionKey
    statement_id: int | None
    kind: str
    reversal_id: int | None

    @property
    def document(self) -> str:
        """Its name for people."""
        return str(self.key)


_TRANSACTION = """
    SELECT t.id, s.code, e.code, t.number, t.statement_id, t.kind, t.reversal_id
    FROM statements_postransaction t
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal e ON e.id = t.terminal_id
    WHERE {condition}
"""


def _as_transaction(row: tuple[object, ...]) -> PostedTransaction:
    return PostedTransaction(row[0], PosTransactionKey(*row[1:4]), *row[4:])  # type: ignore[arg-type]


def find_transaction(key: PosTransactionKey) -> PostedTransaction | None:
    """A transaction by its key: the one that lives, not one that was taken back; one query."""
    condition = "s.code = %s AND e.code = %s AND t.number = %s AND t.reversal_id IS NULL"
    rows = fetch_all(_TRANSACTION.format(condition=condition), [*key])
    return _as_transaction(rows[0]) if rows else None


def last_reversed(key: PosTransactionKey) -> PostedTransaction | None:
    """What stood under the key when it was taken back last; one query."""
    condition = "s.code = %s AND e.code = %s AND t.number = %s AND t.reversal_id IS NOT NULL ORDER BY t.id DESC LIMIT 1"
    rows = fetch_all(_TRANSACTION.format(condition=condition), [*key])
    return _as_transaction(rows[0]) if rows else None


def read_transaction(transaction_id: int) -> PostedTransaction:
    """A transaction that is there; one query."""
    return _as_transaction(fetch_all(_TRANSACTION.format(condition="t.id = %s"), [transaction_id])[0])


def hold_transaction(transaction_id: int) -> PostedTransaction:
    """A transaction that is there, its row held FOR NO KEY UPDATE; one query."""
    return _as_transaction(fetch_all(_TRANSACTION.format(condition="t.id = %s") + "FOR NO KEY UPDATE OF t", [transaction_id])[0])


def transactions_of(statement_ids: Collection[int]) -> dict[int, list[int]]:
    """Transactions, by statement, that were not taken back before; one query."""
    rows = PosTransaction.objects.filter(statement_id__in=statement_ids, reversal__isnull=True).order_by("pk")
    found: dict[int, list[int]] = {statement_id: [] for statement_id in statement_ids}
    for statement_id, transaction_id in rows.values_list("statement_id", "pk"):
        found[statement_id].append(transaction_id)
    return found


def lines_of_statements(statement_ids: Collection[int]) -> dict[int, int]:
    """How many lines statements have, by id; one query."""
    return dict(Statement.objects.filter(pk__in=statement_ids).values_list("pk", "line_count"))


def statements_not_reversed(statement_ids: Collection[int]) -> list[int]:
    """Those of the statements that nobody took back, in their order; one query."""
    left = set(Statement.objects.filter(pk__in=statement_ids, reversal__isnull=True).values_list("pk", flat=True))
    return [statement_id for statement_id in statement_ids if statement_id in left]


def read_parts(transaction_ids: Collection[int], day: date) -> list[TakenBack]:
    """What the transactions moved, by line and batch; one query."""
    rows = fetch_all(
        """
        SELECT l.id, a.warehouse_id, a.item_id, a.batch_id, -sum(a.quantity), -sum(a.cost_amount)
        FROM statements_postransactionline l
        JOIN orders_batchallocation a ON a.source_kind = %s AND a.source_id = l.id
        WHERE l.transaction_id = ANY(%s::bigint[]) GROUP BY 1, 2, 3, 4 ORDER BY 1, 4
        """,
        [SourceKind.POS_LINE, array(transaction_ids)],
    )
    return [TakenBack(row[0], row[1], row[2], row[3], row[4], row[5], day, (SourceKind.POS_LINE, row[0])) for row in rows]


class PostedReturn(NamedTuple):
    """A sold line of what is to be taken back came back on another transaction that is posted."""

    sale: str
    line: int
    returned_by: str
    statement: str


def posted_returns(transaction_ids: Collection[int]) -> list[PostedReturn]:
    """Returns of what the transactions sold that are invoiced on others and not taken back; one query."""
    return fetch_as(
        PostedReturn,
        """
        SELECT concat(s.code, '/', e.code, '/', t.number) AS sale, l.number AS line,
               concat(rs.code, '/', re.code, '/', rt.number) AS returned_by, st.number AS statement
        FROM statements_postransactionline l
        JOIN statements_postransactionline r ON r.return_of_id = l.id AND NOT r.voided
        JOIN statements_postransaction rt ON rt.id = r.transaction_id AND rt.reversal_id IS NULL AND rt.id <> ALL(%(ids)s::bigint[])
        JOIN statements_orderreceipt x ON x.transaction_id = rt.id
        JOIN orders_salesorder o ON o.id = x.order_id AND o.status = 'invoiced'
        JOIN statements_statement st ON st.id = rt.statement_id
        JOIN statements_postransaction t ON t.id = l.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal e ON e.id = t.terminal_id
        JOIN orders_store rs ON rs.id = rt.store_id
        JOIN orders_terminal re ON re.id = rt.terminal_id
        WHERE l.transaction_id = ANY(%(ids)s::bigint[])
        ORDER BY 3, 1, 2 LIMIT 20
        """,
        {"ids": array(transaction_ids)},
    )


def sources_of_statements(statement_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """What vouchers of statements name as their source: themselves, their invoices, transactions of theirs that were taken back.

    With the statement of each; one query.
    """
    rows = fetch_all(
        """
        SELECT %(statement)s::int, id, id FROM unnest(%(ids)s::bigint[]) AS s (id)
        UNION ALL
        SELECT %(invoice)s, i.id, o.source_id FROM orders_salesorder o JOIN orders_invoice i ON i.order_id = o.id
        WHERE o.source_kind = %(statement)s AND o.source_id = ANY(%(ids)s::bigint[])
        UNION ALL
        SELECT %(till)s, t.id, t.statement_id FROM statements_postransaction t
        WHERE t.statement_id = ANY(%(ids)s::bigint[]) AND t.reversal_id IS NOT NULL
        """,
        {
            "statement": SourceKind.STATEMENT, "invoice": SourceKind.INVOICE, "till": SourceKind.POS_TRANSACTION,
            "ids": array(statement_ids),
        },
    )  # fmt: skip
    return {(row[0], row[1]): row[2] for row in rows}


class InvoicedPart(NamedTuple):
    """What of an invoice one transaction stands for; `gift_cards` is the part of `net` that is owed to their holders."""

    invoice_id: int
    posted_at: datetime
    net: Decimal
    tax: Decimal
    gift_cards: Decimal
    discount: Decimal


def invoiced_part(transaction_id: int) -> InvoicedPart | None:
    """What a sale put on its invoice; None for what is no sale or has no lines. One query."""
    rows = fetch_as(
        InvoicedPart,
        f"""
        SELECT i.id AS invoice_id, i.posted_at, COALESCE(sum(l.net), 0) AS net, COALESCE(sum(l.tax), 0) AS tax,
               COALESCE(sum(l.net) FILTER (WHERE m.kind = 'gift_card'), 0) AS gift_cards, COALESCE(sum({DISCOUNT}), 0) AS discount
        FROM statements_orderreceipt r
        JOIN orders_invoice i ON i.order_id = r.order_id
        JOIN statements_postransactionline l ON l.transaction_id = r.transaction_id AND NOT l.voided
        JOIN inventory_item m ON m.id = l.item_id
        WHERE r.transaction_id = %s GROUP BY i.id, i.posted_at
        """,
        [transaction_id],
    )
    return rows[0] if rows else None


def money_of_transaction(transaction_id: int) -> StatementMoney:
    """The sums of one transaction that vouchers are made from, without differences of counts; two queries."""
    money = StatementMoney()
    for kind, total in fetch_all(
        """
        SELECT t.kind, CASE WHEN t.kind = 'sale' THEN (
            SELECT COALESCE(sum(net + tax), 0) FROM statements_postransactionline WHERE transaction_id = t.id AND NOT voided
        ) ELSE t.total END
        FROM statements_postransaction t WHERE t.id = %s
        """,
        [transaction_id],
    ):
        money.totals[kind] = total
    for kind, method, amount in fetch_all(
        """
        SELECT t.kind, p.method_id, sum(p.amount)
        FROM statements_postransaction t JOIN statements_pospayment p ON p.transaction_id = t.id
        WHERE t.id = %s AND t.kind = ANY(%s::text[]) GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [transaction_id, list(INTO_TILL)],
    ):
        money.moves.append(MoneyMove(kind, method, amount))
    return money


class Predecessor(NamedTuple):
    """What stood under the key of a transaction while it was posted, and why it was taken back."""

    id: int
    statement_id: int
    statement: str
    reason: str
    actor: str
    at: datetime


def posted_before(transaction_id: int) -> list[Predecessor]:
    """Postings of the transaction that were taken back, newest first; one query."""
    return fetch_as(
        Predecessor,
        """
        SELECT b.id, st.id AS statement_id, st.number AS statement, r.reason, r.actor, r.at
        FROM statements_postransaction t
        JOIN statements_postransaction b ON b.store_id = t.store_id AND b.terminal_id = t.terminal_id AND b.number = t.number
            AND b.reversal_id IS NOT NULL
        JOIN ledger_reversal r ON r.id = b.reversal_id
        JOIN statements_statement st ON st.id = b.statement_id
        WHERE t.id = %s AND t.reversal_id IS NULL ORDER BY b.id DESC
        """,
        [transaction_id],
    )


def successor_of(transaction_id: int) -> int | None:
    """The transaction that stands under the key of one that was taken back; one query."""
    rows = fetch_all(
        """
        SELECT l.id FROM statements_postransaction t
        JOIN statements_postransaction l ON l.store_id = t.store_id AND l.terminal_id = t.terminal_id AND l.number = t.number
            AND l.reversal_id IS NULL
        WHERE t.id = %s AND l.id <> t.id
        """,
        [transaction_id],
    )
    return rows[0][0] if rows else None
