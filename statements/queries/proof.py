"""Figures of the proof sheet of one statement, and which of many have a chain that does not close; a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Collection
from decimal import Decimal

from core.db.bulk import fetch_all
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from ledger.models import MainAccount
from ledger.queries import posting_accounts, posting_accounts_at
from statements.models import PosTransaction, Statement
from statements.queries.posting import flawed_transactions, load_money, proof_sums
from statements.rules import vouchers as entries
from statements.rules.checks import Flaw
from statements.rules.proof import ItemProof, LedgerProof, ProofTotals
from statements.rules.states import POST_STATES, PostState

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
    SELECT i.id, i.code, i.name, i.unit_id, COALESCE(s.quantity, 0), o.quantity, a.quantity, m.quantity, COALESCE(s.net, 0), o.net, v.net,
           COALESCE(s.tax, 0), o.tax, v.tax, a.cost, m.cost
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
    return [ItemProof._make(row) for row in fetch_all(_ITEMS, values)]


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
    """What each account must have got from the statement's own vouchers, made anew from its transactions, and what it got; seven queries.

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
    rows = []
    for step, account in keys:
        number, name = names.get(account, ("", ""))
        rows.append(LedgerProof(step, account, number, name, expected.get((step, account), ZERO), posted.get((step, account), ZERO)))
    return rows


_VOUCHERS = """
    SELECT v.step, l.account_id, sum(l.debit - l.credit)
    FROM ledger_voucher v JOIN ledger_voucherline l ON l.voucher_id = v.id
    WHERE v.source_kind = %s AND v.source_id = %s GROUP BY 1, 2
"""


# Figures of every item of statements' sales along the chain, each link with the other sign of the one before it.
_CHAIN = """
    WITH orders AS (
        SELECT id, source_id AS statement_id FROM orders_salesorder WHERE source_kind = %(statement)s AND source_id = ANY(%(ids)s)
    ),
    lines AS (
        SELECT o.statement_id, l.* FROM orders_salesorderline l JOIN orders o ON o.id = l.order_id
    ),
    tills AS (
        SELECT t.statement_id, l.*
        FROM statements_postransaction t
        JOIN statements_postransactionline l ON l.transaction_id = t.id AND NOT l.voided
        WHERE t.statement_id = ANY(%(ids)s) AND t.kind = 'sale'
    )
"""
_ORDERED = f"""
    {_CHAIN}
    SELECT statement_id, item_id FROM (
        SELECT statement_id, item_id, stock_quantity, net, tax FROM tills
        UNION ALL
        SELECT statement_id, item_id, -stock_quantity, -net, -tax FROM lines
    ) u
    GROUP BY 1, 2 HAVING sum(stock_quantity) <> 0 OR sum(net) <> 0 OR sum(tax) <> 0
"""
_INVOICED = f"""
    {_CHAIN}
    SELECT statement_id, item_id FROM (
        SELECT statement_id, item_id, net, tax, 0 AS quantity FROM lines
        UNION ALL
        SELECT l.statement_id, l.item_id, -x.net, -x.tax, 0 FROM lines l JOIN orders_invoiceline x ON x.order_line_id = l.id
        UNION ALL
        SELECT l.statement_id, l.item_id, 0, 0, a.quantity
        FROM tills l JOIN orders_batchallocation a ON a.source_kind = %(pos_line)s AND a.source_id = l.id
        UNION ALL
        SELECT l.statement_id, l.item_id, 0, 0, m.quantity
        FROM lines l JOIN inventory_inventorytransaction m ON m.source_kind = %(order_line)s AND m.source_id = l.id
    ) u
    GROUP BY 1, 2 HAVING sum(net) <> 0 OR sum(tax) <> 0 OR sum(quantity) <> 0
"""


def broken_chains(statement_ids: Collection[int], *, invoiced: bool) -> dict[int, int]:
    """How many items of each statement differ between tills and orders, with `invoiced` also between orders, invoices, allocations and
    stock; statements whose chain closes are not there. One query, two with `invoiced`.
    """
    values = {
        "ids": list(statement_ids),
        "statement": SourceKind.STATEMENT,
        "pos_line": SourceKind.POS_LINE,
        "order_line": SourceKind.SALES_ORDER_LINE,
    }
    found = {tuple(row) for query in ((_ORDERED, _INVOICED) if invoiced else (_ORDERED,)) for row in fetch_all(query, values)}
    return dict(Counter(statement_id for statement_id, _ in found))
