"""Figures of the proof sheet of one statement, and which of many have a chain that does not close; a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from core.db.bulk import array, fetch_all, fetch_as, text_array
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from ledger.models import MainAccount
from ledger.queries import Accounts, posting_accounts, posting_accounts_at
from statements.models import PosTransaction, Statement
from statements.queries.posting import flawed_transactions, load_money, proof_sums
from statements.queries.z_report import printed_reports
from statements.rules import vouchers as entries
from statements.rules.checks import Flaw
from statements.rules.proof import ItemProof, LedgerProof, ProofTotals
from statements.rules.states import POST_STATES, PostState
from statements.rules.tax_rates import TaxedLine, judge_rates
from statements.rules.z_report import printed_rates

# What vouchers of invoices post (orders/rules/invoices.py).
INVOICE_POSTINGS = ("clearing", "cost_of_goods", "gift_card", "inventory", "revenue", "sales_tax")

_ITEMS = """
    WITH orders AS (
        SELECT id FROM orders_salesorder WHERE source_kind = %(statement)s AND source_id = %(id)s
    ),
    lines AS (
        SELECT l.* FROM orders_salesorderline l JOIN orders o ON o.id = l.order_id
    ),
    tills AS (
        SELECT l.id, l.item_id, l.stock_quantity, l.net, l.tax
        FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        WHERE t.statement_id = %(id)s AND t.kind = 'sale'
    ),
    sold AS (
        SELECT item_id, sum(stock_quantity) AS quantity, sum(net) AS net, sum(tax) AS tax FROM tills GROUP BY item_id
    ),
    allocated AS (
        SELECT l.item_id, sum(a.quantity) AS quantity, sum(a.cost_amount) AS cost
        FROM tills l JOIN orders_batchallocation a ON a.source_kind = %(pos_line)s AND a.source_id = l.id GROUP BY l.item_id
    ),
    ordered AS (
        SELECT item_id, sum(stock_quantity) AS quantity, sum(net) AS net, sum(tax) AS tax FROM lines GROUP BY item_id
    ),
    invoiced AS (
        SELECT l.item_id, sum(x.net) AS net, sum(x.tax) AS tax
        FROM lines l JOIN orders_invoice i ON i.order_id = l.order_id
        JOIN orders_invoiceline x ON x.invoice_id = i.id AND x.order_line_id = l.id GROUP BY l.item_id
    ),
    moved AS (
        SELECT l.item_id, -sum(m.quantity) AS quantity, -sum(m.cost_amount) AS cost
        FROM lines l JOIN inventory_inventorytransaction m ON m.source_kind = %(order_line)s AND m.source_id = l.id GROUP BY l.item_id
    )
    SELECT i.id AS item_id, i.code AS item, i.name, i.unit_id AS unit, COALESCE(s.quantity, 0) AS sold, o.quantity AS ordered,
           a.quantity AS allocated, m.quantity AS moved, COALESCE(s.net, 0) AS net, o.net AS net_ordered, v.net AS net_invoiced,
           COALESCE(s.tax, 0) AS tax, o.tax AS tax_ordered, v.tax AS tax_invoiced, a.cost AS cost_allocated, m.cost AS cost_moved
    FROM sold s
    FULL JOIN ordered o ON o.item_id = s.item_id
    LEFT JOIN invoiced v ON v.item_id = COALESCE(s.item_id, o.item_id)
    LEFT JOIN allocated a ON a.item_id = COALESCE(s.item_id, o.item_id)
    LEFT JOIN moved m ON m.item_id = COALESCE(s.item_id, o.item_id)
    JOIN inventory_item i ON i.id = COALESCE(s.item_id, o.item_id)
    ORDER BY i.code COLLATE "C"
"""


def item_proof(statement_id: int) -> list[ItemProof]:
    """Every item of the statement along the chain, in the order of their codes; one query."""
    values = {
        "id": statement_id,
        "statement": SourceKind.STATEMENT,
        "pos_line": SourceKind.POS_LINE,
        "order_line": SourceKind.SALES_ORDER_LINE,
    }
    return fetch_as(ItemProof, _ITEMS, values)


def taxed_lines(statement_id: int) -> list[TaxedLine]:
    """Net and tax of the lines of the statement's sales, each pair of amounts of an item once; one query."""
    return fetch_as(
        TaxedLine,
        """
        SELECT DISTINCT l.item_id, l.net, l.tax
        FROM statements_postransaction t JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        WHERE t.statement_id = %s AND t.kind = 'sale' ORDER BY 1, 2, 3
        """,
        [statement_id],
    )


def rates_of_items(statement: Statement) -> dict[int, tuple[Decimal, ...]]:
    """The tax rates of each item of the statement's sales, the highest first, of rates that its tills printed that day where those explain
    the amounts; two queries. The statement comes with its store and currency.
    """
    lines = taxed_lines(statement.pk)
    known = printed_rates(report.figures for report in printed_reports(statement.store_id, statement.business_date).values())
    found: dict[int, set[Decimal]] = defaultdict(set)
    for line, rate in zip(lines, judge_rates(lines, statement.store.currency.decimals, known), strict=True):
        found[line.item_id] |= {rate} if rate is not None else set()
    return {item: tuple(sorted(rates, reverse=True)) for item, rates in found.items()}


def proof_totals(statement_id: int) -> ProofTotals:
    """The sums that the gate before Posted compares; one query."""
    return proof_sums([statement_id])[statement_id]


def flaws_of(statement_id: int) -> list[Flaw]:
    """Transactions whose lines, total and payments disagree, as the state Checked finds them; one query."""
    return flawed_transactions([statement_id])


def transaction_ids(statement_id: int, flaws: list[Flaw]) -> dict[str, int]:
    """Ids of flawed transactions by their keys; one query."""
    rows = PosTransaction.objects.filter(statement_id=statement_id, number__in={flaw.transaction.split("/")[-1] for flaw in flaws})
    return {"/".join(key): pk for pk, *key in rows.values_list("pk", "store__code", "terminal__code", "number")}


def ledger_proof(statement: Statement) -> list[LedgerProof]:
    """What each account must have got from the vouchers of the statement and of its invoices, made anew from its transactions and from what
    moved, and what it got; nine queries.

    Only the steps that the statement has been through, on the accounts as they were set when it was posted.
    """
    done = POST_STATES[: POST_STATES.index(PostState(statement.post_state)) + 1] if statement.post_state else ()
    money = load_money([statement.pk])[statement.pk]
    entity = statement.legal_entity_id
    profiles = posting_accounts_at(entity, statement.posted_at) if statement.posted_at else posting_accounts([entity])
    # A profile that is gone by now leaves its amounts on no account (0).
    accounts = entries.Accounts._make(defaultdict(int, found) for found in entries.accounts_of(profiles, entity))
    expected: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for step, state, entries_of in entries.OWN_VOUCHERS:
        if state in done:
            for entry in entries_of(money, accounts):
                expected[step, entry.account_id] += entry.amount
    posted = {(step, account): amount for step, account, amount in fetch_all(_VOUCHERS, [SourceKind.STATEMENT, statement.pk])}
    keys = sorted(expected.keys() | posted.keys())
    found = MainAccount.objects.filter(pk__in={key[1] for key in keys}).values_list("pk", "number", "name")
    names = {pk: (number, name) for pk, number, name in found}
    rows = _invoice_proof(statement, profiles) if PostState.ORDER_INVOICED in done else []
    for step, account in keys:
        number, name = names.get(account, ("", ""))
        rows.append(LedgerProof(step, account, number, name, expected.get((step, account), ZERO), posted.get((step, account), ZERO)))
    return rows


def _invoice_proof(statement: Statement, profiles: Accounts) -> list[LedgerProof]:
    """What vouchers of the statement's invoices must hold of sales, tax and cost, and what they hold, by posting; two queries."""
    rows = fetch_all(_BOOKED, _chain_values([statement.pk]))
    ids = {kind: profiles.get((statement.legal_entity_id, kind, ""), 0) for kind, _, _ in rows}
    names = MainAccount.objects.in_bulk(ids.values())
    proofs = []
    for kind, expected, posted in rows:
        account = names.get(ids[kind])
        number, name = (account.number, account.name) if account else ("", kind)
        proofs.append(LedgerProof("invoice", ids[kind], number, name, expected, posted))
    return proofs


_VOUCHERS = """
    SELECT v.step, l.account_id, sum(l.debit - l.credit)
    FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id
    WHERE v.source_kind = %s AND v.source_id = %s GROUP BY 1, 2
"""


# Figures of every item of statements' sales along the chain.
_CHAIN = """
    WITH orders AS MATERIALIZED (
        SELECT id, source_id AS statement_id FROM orders_salesorder WHERE source_kind = %(statement)s AND source_id = ANY(%(ids)s::bigint[])
    ),
    lines AS MATERIALIZED (
        SELECT o.statement_id, l.id, l.item_id, l.stock_quantity, l.net, l.tax
        FROM orders o JOIN orders_salesorderline l ON l.order_id = o.id
    ),
    tills AS MATERIALIZED (
        SELECT t.statement_id, l.id, l.item_id, l.stock_quantity, l.net, l.tax
        FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        WHERE t.statement_id = ANY(%(ids)s::bigint[]) AND t.kind = 'sale'
    )
"""
_ORDERED_OTHERWISE = """
    SELECT statement_id, item_id FROM (
        SELECT statement_id, item_id, stock_quantity, net, tax FROM tills
        UNION ALL
        SELECT statement_id, item_id, -stock_quantity, -net, -tax FROM lines
    ) u
    GROUP BY 1, 2 HAVING sum(stock_quantity) <> 0 OR sum(net) <> 0 OR sum(tax) <> 0
"""
_ORDERED = f"{_CHAIN} {_ORDERED_OTHERWISE}"
# Accounts as they were ever set: a posting that is resumed stands on those of its day. Where one account serves (or served) several of
# these postings, nobody can tell its parts apart, and the legal entity is left out.
_ACCOUNTS = """
    known AS (
        SELECT DISTINCT p.legal_entity_id, p.account_id, p.posting_type::text AS kind
        FROM (
            SELECT legal_entity_id, account_id, posting_type FROM ledger_postingprofile
            UNION ALL SELECT legal_entity_id, account_id, posting_type FROM ledger_historicalpostingprofile
        ) p
        WHERE p.posting_type = ANY(%(kinds)s::text[])
          AND p.legal_entity_id IN (SELECT legal_entity_id FROM statements_statement WHERE id = ANY(%(ids)s::bigint[]))
    ),
    accounts AS (
        SELECT account_id, kind, legal_entity_id FROM known
        WHERE legal_entity_id NOT IN (SELECT legal_entity_id FROM known GROUP BY legal_entity_id, account_id HAVING count(*) > 1)
    )
"""
_LINKS = f"""
    invoiced AS MATERIALIZED (
        SELECT l.statement_id, l.item_id, l.net AS ordered_net, l.tax AS ordered_tax, x.net, x.tax
        FROM lines l LEFT JOIN (
            SELECT x.order_line_id, x.net, x.tax
            FROM orders o JOIN orders_invoice n ON n.order_id = o.id JOIN orders_invoiceline x ON x.invoice_id = n.id
        ) x ON x.order_line_id = l.id
    ),
    moved AS MATERIALIZED (
        SELECT l.statement_id, l.item_id, m.quantity, m.cost_amount AS cost
        FROM lines l JOIN inventory_inventorytransaction m ON m.source_kind = %(order_line)s AND m.source_id = l.id
    ),
    {_ACCOUNTS},
    booked AS (
        SELECT statement_id, kind, sum(expected) AS expected, sum(posted) AS posted
        FROM (
            SELECT t.id AS statement_id, k.kind, COALESCE(k.amount, 0) AS expected, 0 AS posted
            FROM statements_statement t
            LEFT JOIN (
                SELECT v.statement_id, sum(v.net) AS net, sum(v.tax) AS tax,
                       COALESCE(sum(v.net) FILTER (WHERE i.kind = 'gift_card'), 0) AS cards
                FROM invoiced v JOIN inventory_item i ON i.id = v.item_id GROUP BY 1
            ) s ON s.statement_id = t.id
            LEFT JOIN (SELECT statement_id, sum(cost) AS cost FROM moved GROUP BY 1) c ON c.statement_id = t.id
            CROSS JOIN LATERAL (
                VALUES ('clearing', s.net + s.tax), ('revenue', s.cards - s.net), ('gift_card', -s.cards), ('sales_tax', -s.tax),
                       ('cost_of_goods', -c.cost), ('inventory', c.cost)
            ) AS k (kind, amount)
            WHERE t.id = ANY(%(ids)s::bigint[]) AND t.legal_entity_id IN (SELECT legal_entity_id FROM accounts)
            UNION ALL
            -- Summed before accounts are looked at: else a plan may go through all that was ever posted on an account, once for each order.
            SELECT l.statement_id, a.kind, 0, l.amount
            FROM (
                SELECT o.statement_id, l.account_id, sum(l.debit - l.credit) AS amount
                FROM orders o
                JOIN orders_invoice n ON n.order_id = o.id
                JOIN ledger_voucher v ON v.source_kind = %(invoice)s AND v.source_id = n.id AND v.step = 'invoice'
                JOIN ledger_voucherline l ON l.voucher_id = v.id
                GROUP BY o.statement_id, l.account_id
            ) l
            JOIN accounts a ON a.account_id = l.account_id
        ) u
        GROUP BY 1, 2
    )
"""
# Each link by itself, and only as many sums as it needs: numbers that are added up are what this costs. An order line has one invoice line,
# so these are compared as they stand; that none has two is counted.
_BROKEN = f"""
    {_CHAIN}, {_LINKS}
    SELECT statement_id, true FROM (
        ({_ORDERED_OTHERWISE})
        UNION
        SELECT statement_id, item_id FROM invoiced WHERE ordered_net IS DISTINCT FROM net OR ordered_tax IS DISTINCT FROM tax
        UNION
        SELECT i.statement_id, NULL
        FROM (SELECT statement_id, count(*) AS number FROM invoiced GROUP BY 1) i
        JOIN (SELECT statement_id, count(*) AS number FROM lines GROUP BY 1) l ON l.statement_id = i.statement_id
        WHERE i.number <> l.number
        UNION
        (
            SELECT statement_id, item_id FROM (
                SELECT l.statement_id, l.item_id, l.stock_quantity AS issued, NULL::numeric AS allocated, NULL::numeric AS cost
                FROM lines l JOIN inventory_item i ON i.id = l.item_id AND i.kind = 'stocked'
                UNION ALL
                SELECT l.statement_id, l.item_id, NULL, a.quantity, a.cost_amount
                FROM tills l JOIN orders_batchallocation a ON a.source_kind = %(pos_line)s AND a.source_id = l.id
                UNION ALL
                SELECT statement_id, item_id, quantity, quantity, cost FROM moved
            ) u
            GROUP BY 1, 2 HAVING sum(issued) <> 0 OR sum(allocated) <> 0 OR sum(cost) <> 0
        )
    ) x
    UNION ALL
    SELECT statement_id, false FROM booked WHERE expected <> posted
"""
_BOOKED = f"{_CHAIN}, {_LINKS} SELECT kind, expected, posted FROM booked WHERE expected <> 0 OR posted <> 0 ORDER BY kind"


def _chain_values(statement_ids: Collection[int]) -> dict[str, Any]:
    return {
        "ids": array(statement_ids),
        "kinds": text_array(INVOICE_POSTINGS),
        "statement": SourceKind.STATEMENT,
        "invoice": SourceKind.INVOICE,
        "pos_line": SourceKind.POS_LINE,
        "order_line": SourceKind.SALES_ORDER_LINE,
    }


def orders_that_differ(statement_ids: Collection[int]) -> dict[int, int]:
    """How many items of each statement differ between tills and orders; statements that agree are not there. One query."""
    return dict(Counter(statement_id for statement_id, _ in fetch_all(_ORDERED, _chain_values(statement_ids))))


class Broken(NamedTuple):
    """What of a statement's chain does not close: items between tills and stock, and postings of its invoices on their accounts."""

    items: int
    postings: int


def broken_chains(statement_ids: Collection[int]) -> dict[int, Broken]:
    """What of each statement's chain does not close, from tills over orders, invoices, allocations and stock (quantity and cost) to the
    vouchers of its invoices; statements whose chain closes are not there. One query.
    """
    found = Counter((statement_id, of_item) for statement_id, of_item in fetch_all(_BROKEN, _chain_values(statement_ids)))
    return {row: Broken(found[row, True], found[row, False]) for row in sorted({statement_id for statement_id, _ in found})}
