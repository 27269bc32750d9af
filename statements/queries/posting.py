"""Reads of the posting engine: a fixed number of queries per chunk, whatever the number of statements in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.db.bulk import array, fetch_all, fetch_as, fetch_by
from core.lib.document_kinds import SourceKind
from orders.queries.gift_cards import ORDER_CARD_MOVES
from statements.rules.aggregation import Sale
from statements.rules.checks import Accepted, Flaw, StatementToCheck
from statements.rules.counting import INTO_TILL
from statements.rules.proof import ProofTotals
from statements.rules.states import CALCULATED
from statements.rules.vouchers import MoneyMove, StatementMoney


class StatementHead(NamedTuple):
    """What every step needs to know of a statement; `moves_goods` says whether it sells or takes back what lies in stock."""

    statement_id: int
    number: str
    store: str
    store_id: int
    warehouse_id: int
    legal_entity_id: int
    business_date: date
    post_state: str
    posting_date: date
    moves_goods: bool

    def on(self, posting_date: date) -> "StatementHead":
        """The same, posted on this date."""
        return self._replace(posting_date=posting_date)


@dataclass(slots=True)
class StepApplicability:
    """Which statements of a chunk have something to do in which posting state."""

    sales: set[int] = field(default_factory=set)
    income_expense: set[int] = field(default_factory=set)
    payments: set[int] = field(default_factory=set)
    gift_cards: set[int] = field(default_factory=set)


def calculated_statements(*, in_work: bool, store_codes: Sequence[str], numbers: Sequence[str], kind: str = "") -> list[int]:
    """Calculated statements that are not posted, idle or in work, by store, number and kind where given."""
    rows = fetch_all(
        """
        SELECT t.id FROM statements_statement t JOIN orders_store s ON s.id = t.store_id
        WHERE t.calc_state = %s AND t.posted_at IS NULL AND (t.work_state <> '') = %s
          AND (cardinality(%s::text[]) = 0 OR s.code = ANY(%s)) AND (cardinality(%s::text[]) = 0 OR t.number = ANY(%s))
          AND %s IN ('', t.kind)
        """,
        [CALCULATED, in_work, list(store_codes), list(store_codes), list(numbers), list(numbers), kind],
    )
    return [row[0] for row in rows]


def statement_heads(statement_ids: Collection[int]) -> list[StatementHead]:
    """Heads in the order in which they are posted: warehouse, business date, number. One query."""
    return fetch_as(
        StatementHead,
        """
        SELECT t.id AS statement_id, t.number, s.code AS store, t.store_id, t.warehouse_id, t.legal_entity_id, t.business_date,
               t.post_state,
               COALESCE(t.posting_date, t.business_date) AS posting_date, EXISTS (
                   SELECT FROM statements_postransaction r
                   JOIN statements_postransactionline l ON l.transaction_id = r.id AND NOT l.voided
                   JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stocked'
                   WHERE r.statement_id = t.id AND r.kind = 'sale'
               ) AS moves_goods
        FROM statements_statement t JOIN orders_store s ON s.id = t.store_id
        WHERE t.id = ANY(%s) ORDER BY t.warehouse_id, t.business_date, t.number COLLATE "C"
        """,
        [list(statement_ids)],
    )


def load_applicability(statement_ids: Collection[int]) -> StepApplicability:
    """Which of the statements have sales, income or expense, payments and gift cards; one query."""
    rows = fetch_all(
        """
        SELECT t.statement_id, bool_or(t.kind = 'sale'), bool_or(t.kind IN ('income', 'expense')), bool_or(p.gift_card IS NOT NULL),
               bool_or(p.gift_card)
        FROM statements_postransaction t
        LEFT JOIN LATERAL (
            SELECT bool_or(p.method_id = 'gift_card') AS gift_card FROM statements_pospayment p
            WHERE p.transaction_id = t.id
        ) p ON true
        WHERE t.statement_id = ANY(%(ids)s) GROUP BY t.statement_id
        UNION ALL
        -- A financial statement may have nothing but the money of others' transactions.
        SELECT s.id, false, false, true, false FROM statements_statement s WHERE s.id = ANY(%(ids)s) AND s.kind = 'financial'
        """,
        {"ids": list(statement_ids)},
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
    """What the check looks at but for counts, in the order in which statements of one day book; one query."""
    rows = fetch_all(
        """
        SELECT t.id, t.legal_entity_id, t.business_date,
               array(SELECT DISTINCT p.method_id FROM statements_postransaction r JOIN statements_pospayment p ON p.transaction_id = r.id
                     WHERE r.statement_id = t.id
                     UNION
                     SELECT l.payment_method_id FROM statements_statementline l WHERE l.statement_id = t.id),
               (SELECT a.counted FROM statements_accepteddifference a WHERE a.statement_id = t.id ORDER BY a.id DESC LIMIT 1)
        FROM statements_statement t WHERE t.id = ANY(%s) ORDER BY t.business_date, t.store_id, t.ordinal
        """,
        [list(statement_ids)],
    )
    return [
        StatementToCheck(statement_id, entity, day, frozenset(methods), accepted=_accepted(counted))
        for statement_id, entity, day, methods, counted in rows
    ]


def _accepted(counted: list[tuple[str, str, str]] | None) -> Accepted:
    """What the rows of an acceptance say."""
    return tuple(sorted((method, Decimal(amount)) for _, method, amount in counted or ()))


_FLAWS = f"""
    SELECT t.statement_id, x.code, concat(s.code, '/', m.code, '/', t.number) AS transaction, x.difference, s.rounding_limit AS limit
    FROM statements_postransaction t
    JOIN orders_store s ON s.id = t.store_id
    JOIN orders_terminal m ON m.id = t.terminal_id
    JOIN statements_statement st ON st.id = t.statement_id
    JOIN parameters_legalentity e ON e.id = st.legal_entity_id
    CROSS JOIN LATERAL (SELECT COALESCE(sum(amount), 0) AS total FROM statements_pospayment WHERE transaction_id = t.id) p
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(net + tax), 0) AS total FROM statements_postransactionline WHERE transaction_id = t.id AND NOT voided
    ) l
    CROSS JOIN LATERAL (
        SELECT 'CURRENCY_MISMATCH' AS code, 0 AS difference WHERE t.currency_id <> s.currency_id OR t.currency_id <> e.currency_id
        UNION ALL
        SELECT 'OTHER_COMPANY', 0
        WHERE EXISTS (
            SELECT FROM statements_postransactionline b
            JOIN statements_postransactionline o ON o.id = b.return_of_id
            JOIN statements_postransaction ot ON ot.id = o.transaction_id
            LEFT JOIN statements_statement os ON os.id = ot.statement_id
            JOIN orders_store ost ON ost.id = ot.store_id
            LEFT JOIN inventory_warehouse ow ON ow.id = ost.warehouse_id
            WHERE b.transaction_id = t.id AND NOT b.voided AND COALESCE(os.legal_entity_id, ow.legal_entity_id) <> st.legal_entity_id
        )
        UNION ALL
        SELECT 'H21', 0
        WHERE t.kind = 'sale'
          AND EXISTS (SELECT FROM orders_customer c WHERE c.id = t.customer_id AND (c.blocked OR c.on_hold))
          AND EXISTS (SELECT FROM statements_pospayment p WHERE p.transaction_id = t.id AND p.method_id = 'on_account' AND p.amount > 0)
          AND NOT EXISTS (SELECT FROM parameters_disabledrule r WHERE r.legal_entity_id = st.legal_entity_id AND r.code = 'H21')
        UNION ALL
        SELECT 'G02', 0
        WHERE EXISTS (
            SELECT FROM statements_giftcardmovement g
            WHERE g.transaction_id = t.id AND g.amount < 0 AND 0 > (
                SELECT sum(o.amount)
                FROM statements_giftcardmovement o
                JOIN statements_postransaction ot ON ot.id = o.transaction_id AND ot.validation_status = 'valid'
                JOIN orders_store ost ON ost.id = ot.store_id
                JOIN inventory_warehouse ow ON ow.id = ost.warehouse_id AND ow.legal_entity_id = st.legal_entity_id
                WHERE o.card_id = g.card_id
            ) + COALESCE((
                SELECT sum(m.amount) FROM ({ORDER_CARD_MOVES}) m WHERE m.card_id = g.card_id AND m.legal_entity_id = st.legal_entity_id
            ), 0)
        )
        UNION ALL
        SELECT 'PROOF_MISMATCH', d.amount
        FROM (
            SELECT CASE WHEN t.kind = 'sale' THEN greatest(abs(l.total - t.total), abs(t.total - p.total))
                        ELSE abs(t.total - p.total) END AS amount
        ) d
        WHERE t.kind IN ('sale', 'income', 'expense', 'payment') AND d.amount > s.rounding_limit
    ) x
    WHERE t.statement_id = ANY(%s)
    ORDER BY t.statement_id, x.code, t.sold_at, m.code COLLATE "C", t.number COLLATE "C"
"""


def flawed_transactions(statement_ids: Collection[int]) -> list[Flaw]:
    """Transactions that could not be booked to the cent, in the right currency or company, on an account or from a card; one query."""
    return fetch_as(Flaw, _FLAWS, [list(statement_ids)])


class BlockedCapture(NamedTuple):
    """A line of a statement whose captured batch is blocked for sale by now; `known` where validation said so before."""

    statement_id: int
    transaction_id: int
    line: int
    batch: str
    item: str
    disposition: str
    known: bool


def blocked_captures(statement_ids: Collection[int]) -> list[BlockedCapture]:
    """Sold lines whose captured batch is blocked now, but where rule B03 is off; one query."""
    return fetch_as(
        BlockedCapture,
        """
        SELECT t.statement_id, t.id AS transaction_id, l.number AS line, b.number AS batch, l.item_code AS item, d.code AS disposition,
               EXISTS (
                   SELECT FROM statements_validationproblem p
                   WHERE p.transaction_id = t.id AND p.line_number = l.number AND p.code = 'B03'
               ) AS known
        FROM statements_postransaction t
        JOIN statements_statement st ON st.id = t.statement_id
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND l.batch_id IS NOT NULL AND NOT l.voided AND l.quantity > 0
        JOIN inventory_batch b ON b.id = l.batch_id
        JOIN inventory_disposition d ON d.id = b.disposition_id AND d.blocks_sale
        WHERE t.statement_id = ANY(%s)
          AND NOT EXISTS (SELECT FROM parameters_disabledrule r WHERE r.legal_entity_id = st.legal_entity_id AND r.code = 'B03')
        ORDER BY t.statement_id, t.id, l.number
        """,
        [list(statement_ids)],
    )


# A sale that was voided at the till has no line that is not; it moves and posts nothing, so no order takes it in.
_HAS_LINES = "EXISTS (SELECT FROM statements_postransactionline l WHERE l.transaction_id = t.id AND NOT l.voided)"


# Of a sale `t`: it has lines, and stands in no sales order yet.
WITHOUT_ORDER = f"""t.kind = 'sale' AND {_HAS_LINES}
          AND NOT EXISTS (SELECT FROM statements_orderreceipt r WHERE r.transaction_id = t.id)"""


def sales_without_order(statement_ids: Collection[int]) -> list[Sale]:
    """Sales with lines that are in no sales order yet, by statement in data order; one query."""
    return fetch_as(
        Sale,
        f"""
        SELECT t.id AS transaction_id, t.statement_id, c.id AS customer_id, c.code AS customer,
               (SELECT count(*) FROM statements_postransactionline l WHERE l.transaction_id = t.id AND NOT l.voided) AS line_count
        FROM statements_postransaction t
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN orders_customer c ON c.id = COALESCE(t.customer_id, s.walk_in_customer_id)
        WHERE t.statement_id = ANY(%s) AND {WITHOUT_ORDER}
        ORDER BY t.statement_id, t.sold_at, m.code COLLATE "C", t.number COLLATE "C"
        """,
        [list(statement_ids)],
    )


def last_ordinals(statement_ids: Collection[int]) -> dict[int, int]:
    """Highest order ordinal of each statement that has orders."""
    return dict(
        fetch_all(
            "SELECT source_id, max(ordinal) FROM orders_salesorder WHERE source_kind = %s AND source_id = ANY(%s) GROUP BY source_id",
            [SourceKind.STATEMENT, list(statement_ids)],
        )
    )


def approved_lines(statement_ids: Collection[int]) -> frozenset[int]:
    """Lines of those of the statements that somebody let pass a fallback limit; one query."""
    rows = fetch_all(
        """
        SELECT l.id
        FROM statements_fallbackapproval a
        JOIN statements_postransaction t ON t.statement_id = a.statement_id
        JOIN statements_postransactionline l ON l.transaction_id = t.id
        WHERE a.statement_id = ANY(%s::bigint[])
        """,
        [array(statement_ids)],
    )
    return frozenset(row[0] for row in rows)


def open_orders(statement_ids: Collection[int], status: str) -> dict[int, int]:
    """Orders of the statements in this status: statement by order; one query."""
    return dict(
        fetch_all(
            "SELECT id, source_id FROM orders_salesorder WHERE source_kind = %s AND source_id = ANY(%s) AND status = %s ORDER BY id",
            [SourceKind.STATEMENT, list(statement_ids), status],
        )
    )


def load_money(statement_ids: Collection[int]) -> dict[int, StatementMoney]:
    """All sums that the statements' vouchers are made from; four queries."""
    ids = list(statement_ids)
    money = {statement_id: StatementMoney() for statement_id in ids}
    # A sale is invoiced as its lines are; what its header and payments differ from them by is a rounding difference.
    for statement_id, kind, total in fetch_all(
        """
        SELECT t.statement_id, t.kind, sum(CASE WHEN t.kind = 'sale' THEN l.total ELSE t.total END)
        FROM statements_postransaction t CROSS JOIN LATERAL (
            SELECT COALESCE(sum(net + tax), 0) AS total FROM statements_postransactionline WHERE transaction_id = t.id AND NOT voided
        ) l
        WHERE t.statement_id = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [ids],
    ):
        money[statement_id].totals[kind] = total
    for statement_id, kind, method, amount in fetch_all(
        """
        SELECT t.statement_id, t.kind, p.method_id, sum(p.amount)
        FROM statements_postransaction t JOIN statements_pospayment p ON p.transaction_id = t.id
        WHERE t.statement_id = ANY(%s) AND t.kind = ANY(%s::text[]) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        [ids, list(INTO_TILL)],
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


def proof_sums(statement_ids: Collection[int]) -> dict[int, ProofTotals]:
    """What must agree before Posted, by statement; one query."""
    return fetch_by(
        ("id",),
        ProofTotals,
        f"""
        SELECT x.id, COALESCE(t.sales, 0) AS sales, COALESCE(t.on_orders, 0) AS on_orders, COALESCE(t.total, 0) AS total,
               COALESCE(i.total, 0) AS invoiced
        FROM unnest(%(ids)s::bigint[]) AS x (id)
        LEFT JOIN (
            SELECT t.statement_id, count(*) AS sales, count(r.transaction_id) AS on_orders, sum(l.total) AS total
            FROM statements_postransaction t
            LEFT JOIN statements_orderreceipt r ON r.transaction_id = t.id
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(net + tax), 0) AS total FROM statements_postransactionline WHERE transaction_id = t.id AND NOT voided
            ) l
            WHERE t.statement_id = ANY(%(ids)s) AND t.kind = 'sale' AND {_HAS_LINES} GROUP BY 1
        ) t ON t.statement_id = x.id
        LEFT JOIN (
            SELECT o.source_id, sum(i.total) AS total FROM orders_salesorder o JOIN orders_invoice i ON i.order_id = o.id
            WHERE o.source_kind = %(kind)s AND o.source_id = ANY(%(ids)s) GROUP BY 1
        ) i ON i.source_id = x.id
        """,
        {"ids": list(statement_ids), "kind": SourceKind.STATEMENT},
    )


def transactions_of_lines(line_ids: Collection[int]) -> dict[int, int]:
    """Transaction by line; one query."""
    return dict(fetch_all("SELECT id, transaction_id FROM statements_postransactionline WHERE id = ANY(%s::bigint[])", [array(line_ids)]))


def sales_on_statements(statement_ids: Collection[int]) -> dict[int, int]:
    """Statement by sale with lines; one query."""
    return dict(
        fetch_all(
            f"""
            SELECT t.id, t.statement_id FROM statements_postransaction t
            WHERE t.statement_id = ANY(%s::bigint[]) AND t.kind = 'sale' AND {_HAS_LINES}
            """,
            [array(set(statement_ids))],
        )
    )
