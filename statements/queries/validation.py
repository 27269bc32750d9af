"""Reads of stored transactions for their revalidation."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as
from core.lib.problems import Problem, stored_problem
from orders.rules.till_lines import PosLineData, PosPaymentData, ReturnRef
from statements.rules.till import GiftCardMove, PosTransactionData, PosTransactionKey


class OpenTransaction(NamedTuple):
    """Where a walk through the open transactions stands."""

    store_id: int
    business_date: date
    id: int


START = OpenTransaction(0, date.min, 0)


def next_open(after: OpenTransaction, store_ids: Collection[int] | None, limit: int) -> list[OpenTransaction]:
    """The next transactions on no statement, by store, business date and id; one query, which walks the index of open ones."""
    stores = "AND store_id = ANY(%(stores)s::bigint[])" if store_ids is not None else ""
    return fetch_as(
        OpenTransaction,
        f"""
        SELECT store_id, business_date, id FROM statements_postransaction
        WHERE statement_id IS NULL AND validation_status <> 'discarded'
          AND (store_id, business_date, id) > (%(store)s::bigint, %(date)s::date, %(id)s::bigint) {stores}
        ORDER BY store_id, business_date, id LIMIT %(limit)s::bigint
        """,
        {
            **({"stores": array(store_ids)} if store_ids is not None else {}),
            "store": after.store_id,
            "date": after.business_date,
            "id": after.id,
            "limit": limit,
        },
    )


def open_among(transaction_ids: Collection[int], store_ids: Collection[int] | None) -> list[OpenTransaction]:
    """Those of the transactions that are on no statement, of these stores (None: all), in the same order; one query."""
    return fetch_as(
        OpenTransaction,
        """
        SELECT store_id, business_date, id FROM statements_postransaction
        WHERE id = ANY(%(ids)s::bigint[]) AND statement_id IS NULL AND validation_status <> 'discarded'
          AND (%(stores)s::bigint[] IS NULL OR store_id = ANY(%(stores)s::bigint[]))
        ORDER BY store_id, business_date, id
        """,
        {"ids": array(transaction_ids), "stores": array(store_ids) if store_ids is not None else None},
    )


def key_of(transaction_id: int) -> str:
    """The key of a transaction as people write it; one query."""
    rows = fetch_all(
        """
        SELECT concat(s.code, '/', m.code, '/', t.number) FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id JOIN orders_terminal m ON m.id = t.terminal_id WHERE t.id = %s
        """,
        [transaction_id],
    )
    return str(rows[0][0]) if rows else ""


def count_open(store_ids: Collection[int] | None) -> int:
    """How many transactions are on no statement; one query."""
    stores = "AND store_id = ANY(%(stores)s::bigint[])" if store_ids is not None else ""
    sql = f"SELECT count(*) FROM statements_postransaction WHERE statement_id IS NULL AND validation_status <> 'discarded' {stores}"
    return int(fetch_all(sql, {"stores": array(store_ids)} if store_ids is not None else {})[0][0])


def waiting_for_known_lines(transaction_ids: Collection[int] | None) -> list[int]:
    """Open transactions, of those given or of all, whose return reference failed (L16) and can be found now; one query."""
    chosen = "AND p.transaction_id = ANY(%(ids)s::bigint[])" if transaction_ids is not None else ""
    rows = fetch_all(
        f"""
        SELECT DISTINCT l.transaction_id
        FROM statements_validationproblem p
        JOIN statements_postransaction w ON w.id = p.transaction_id AND w.statement_id IS NULL
        JOIN statements_postransactionline l ON l.transaction_id = p.transaction_id AND l.number = p.line_number AND l.return_of_id IS NULL
        JOIN orders_store s ON s.code = l.return_store
        JOIN orders_terminal e ON e.store_id = s.id AND e.code = l.return_terminal
        JOIN statements_postransaction t ON t.store_id = s.id AND t.terminal_id = e.id AND t.number = l.return_number
            AND t.reversal_id IS NULL
        JOIN statements_postransactionline o ON o.transaction_id = t.id AND o.number = l.return_line
        WHERE p.code = 'L16' {chosen}
        ORDER BY l.transaction_id
        """,
        {"ids": array(transaction_ids)} if transaction_ids is not None else (),
    )
    return [row[0] for row in rows]


class StoredLine(NamedTuple):
    """A line with what was resolved before."""

    id: int
    item_id: int | None
    stock_quantity: Decimal | None
    batch_id: int | None
    value: PosLineData


class StoredTransaction(NamedTuple):
    """A transaction with what was resolved and found before."""

    id: int
    customer_id: int | None
    status: str
    value: PosTransactionData
    lines: tuple[StoredLine, ...]
    problems: frozenset[Problem]


def lock_open(transaction_ids: Collection[int]) -> list[StoredTransaction]:
    """The transactions that are on no statement and not discarded, their rows locked FOR NO KEY UPDATE by id; five queries."""
    return _lock(transaction_ids, "AND t.statement_id IS NULL AND t.validation_status <> 'discarded'")


def lock_stored(transaction_ids: Collection[int]) -> list[StoredTransaction]:
    """The transactions wherever they stand, their rows locked as by `lock_open`; five queries."""
    return _lock(transaction_ids, "")


def read_stored(transaction_id: int) -> StoredTransaction:
    """A transaction that exists, as it is at the moment, without a lock; five queries."""
    return _lock([transaction_id], "", "")[0]


def read_all_stored(transaction_ids: Collection[int]) -> list[StoredTransaction]:
    """Transactions as they are at the moment, without a lock; five queries."""
    return _lock(transaction_ids, "", "")


def _lock(transaction_ids: Collection[int], where: str, lock: str = "FOR NO KEY UPDATE OF t") -> list[StoredTransaction]:
    headers = fetch_all(
        f"""
        SELECT t.id, t.customer_id, t.validation_status, s.code, e.code, t.number, t.kind, t.sold_at, t.business_date, t.currency_id,
               t.customer_code, COALESCE(f.code, ''), t.net, t.tax, t.total, t.header_discount, t.header_paid, t.header_item_count, t.shift
        FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal e ON e.id = t.terminal_id
        LEFT JOIN orders_staff f ON f.id = t.staff_id
        WHERE t.id = ANY(%s::bigint[]) {where}
        ORDER BY t.id {lock}
        """,
        [array(transaction_ids)],
    )
    ids = [row[0] for row in headers]
    lines = _lines(ids)
    payments = _payments(ids)
    cards = _gift_cards(ids)
    problems = _problems(ids)
    return [
        StoredTransaction(
            row[0],
            row[1],
            row[2],
            _transaction(row, lines.get(row[0], []), payments.get(row[0], ()), cards.get(row[0], ())),
            tuple(lines.get(row[0], ())),
            frozenset(problems.get(row[0], ())),
        )
        for row in headers
    ]


def _transaction(
    row: Sequence[object], lines: Sequence[StoredLine], payments: Sequence[PosPaymentData], cards: Sequence[GiftCardMove]
) -> PosTransactionData:
    values = tuple(line.value for line in lines)
    live = tuple(line for line in values if not line.voided)
    return PosTransactionData._make((PosTransactionKey._make(row[3:6]), *row[6:18], values, live, tuple(payments), row[18], tuple(cards)))


def _lines(ids: Sequence[int]) -> dict[int, list[StoredLine]]:
    found: dict[int, list[StoredLine]] = {}
    for row in fetch_all(
        """
        SELECT transaction_id, id, item_id, stock_quantity, batch_id, number, item_code, quantity, unit_id, price, discount, net, tax,
               batch_number, voided, return_store, return_terminal, return_number, return_line, scanned_expiry
        FROM statements_postransactionline WHERE transaction_id = ANY(%s::bigint[]) ORDER BY transaction_id, number
        """,
        [array(ids)],
    ):
        back = ReturnRef(*row[15:19]) if row[18] is not None else None
        found.setdefault(row[0], []).append(StoredLine._make((*row[1:5], PosLineData._make((*row[5:15], back, row[19], "")))))
    return found


def _payments(ids: Sequence[int]) -> dict[int, list[PosPaymentData]]:
    found: dict[int, list[PosPaymentData]] = {}
    for row in fetch_all(
        """
        SELECT transaction_id, number, method_id, amount
        FROM statements_pospayment WHERE transaction_id = ANY(%s::bigint[]) ORDER BY transaction_id, number
        """,
        [array(ids)],
    ):
        found.setdefault(row[0], []).append(PosPaymentData(*row[1:]))
    return found


def _gift_cards(ids: Sequence[int]) -> dict[int, list[GiftCardMove]]:
    found: dict[int, list[GiftCardMove]] = {}
    for row in fetch_all(
        """
        SELECT m.transaction_id, g.number, m.amount, m.line_number, m.payment_number
        FROM statements_giftcardmovement m JOIN orders_giftcard g ON g.id = m.card_id
        WHERE m.transaction_id = ANY(%s::bigint[]) ORDER BY m.id
        """,
        [array(ids)],
    ):
        found.setdefault(row[0], []).append(GiftCardMove(*row[1:]))
    return found


def _problems(ids: Sequence[int]) -> dict[int, list[Problem]]:
    found: dict[int, list[Problem]] = {}
    for transaction_id, *columns in fetch_all(
        """
        SELECT transaction_id, code, variant, params, line_number, severity
        FROM statements_validationproblem WHERE transaction_id = ANY(%s::bigint[])
        """,
        [array(ids)],
    ):
        found.setdefault(transaction_id, []).append(stored_problem(*columns))
    return found
