"""Where the columns of exports come from: one SQL query each, which PostgreSQL itself writes as CSV (exports.py)."""

from dataclasses import dataclass, replace

from core.lib.document_kinds import SourceKind
from statements.queries.gift_cards import CARD_MOVES


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Where the columns of a kind come from: an SQL expression per column, the joins, and the conditions of the filters.

    Literals of the conditions stand as `{stores}`, `{statements}` and `{companies}` (arrays of ids), `{batch}`, `{first}` and `{last}`,
    those of the joins as `{zones}` and `{days}`. Without `of_company` the rows of a company are those of its stores.
    """

    values: tuple[str, ...]
    rows: str
    where: str = ""
    of_store: str = ""
    of_statement: str = ""
    of_company: str = ""
    # What evidence of a batch or of days holds of them.
    of_batch: str = ""
    of_days: str = ""
    # The last column is a stored problem, which is written as its sentence.
    ends_in_problem: bool = False


_RECEIPT, _POS_LINE, _ORDER_LINE, _INVOICE, _STATEMENT, _CUSTOMER_ORDER, _DELIVERY_LINE, _COST_ADJUSTMENT = (
    int(SourceKind[name])
    for name in (
        *("RECEIPT_LINE", "POS_LINE", "SALES_ORDER_LINE", "INVOICE", "STATEMENT", "CUSTOMER_ORDER", "DELIVERY_LINE"),
        "COST_ADJUSTMENT",
    )
)
_SETTLEMENT_LINE = int(SourceKind.SETTLEMENT_LINE)
_JOURNAL, _ARRIVAL, _REVERSAL, _TILL, _BACK = (
    int(SourceKind[name]) for name in ("JOURNAL_LINE", "JOURNAL_ARRIVAL", "REVERSAL", "POS_TRANSACTION", "REVERSED_POS_LINE")
)


def _source_name(column: str) -> str:
    """The export's name of a stored kind of source."""
    cases = " ".join(f"WHEN {int(kind)} THEN '{kind.export_name}'" for kind in SourceKind)
    return f"CASE {column} {cases} END"


# The lines that owe to a default batch, or brought it credit: of a till, a customer order or a journal; `source` has their kind and id.
_DEBT_LINE = ("COALESCE(t.number, o.number, j.number)", "COALESCE(l.number, ol.line_number, jl.line_number)")
_DEBT_DOCUMENTS = f"""
        LEFT JOIN statements_postransactionline l ON {{source}}.source_kind = {_POS_LINE} AND l.id = {{source}}.source_id
        LEFT JOIN statements_postransaction t ON t.id = l.transaction_id
        LEFT JOIN orders_terminal m ON m.id = t.terminal_id
        LEFT JOIN orders_deliveryline dl ON {{source}}.source_kind = {_DELIVERY_LINE} AND dl.id = {{source}}.source_id
        LEFT JOIN orders_salesorderline ol ON ol.id = dl.order_line_id
        LEFT JOIN orders_salesorder o ON o.id = ol.order_id
        LEFT JOIN inventory_journalline jl ON {{source}}.source_kind = {_JOURNAL} AND jl.id = {{source}}.source_id
        LEFT JOIN inventory_journal j ON j.id = jl.journal_id
        LEFT JOIN orders_store s ON s.id = COALESCE(t.store_id, o.store_id)
"""

SOURCES: dict[str, ExportSource] = {
    "allocations": ExportSource(
        (
            "s.code",
            "m.code",
            "t.number",
            "l.number",
            "i.code",
            "w.code",
            "b.number",
            "a.quantity",
            "a.source",
            "a.reason",
            "t.business_date",
        ),
        """
        orders_batchallocation a
        JOIN statements_postransactionline l ON l.id = a.source_id
        JOIN statements_postransaction t ON t.id = l.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN inventory_item i ON i.id = a.item_id
        JOIN inventory_warehouse w ON w.id = a.warehouse_id
        LEFT JOIN inventory_batch b ON b.id = a.batch_id
        """,
        where=f"a.source_kind = {_POS_LINE} AND t.reversal_id IS NULL",
        of_store="t.store_id = ANY({stores})",
        of_statement="t.statement_id = ANY({statements})",
        of_batch="a.batch_id = {batch}",
    ),
    "order-allocations": ExportSource(
        ("o.number", "l.line_number", "i.code", "w.code", "b.number", "a.quantity", "a.source", "a.reason"),
        """
        orders_batchallocation a
        JOIN orders_salesorderline l ON l.id = a.order_line_id
        JOIN orders_salesorder o ON o.id = l.order_id
        JOIN inventory_item i ON i.id = a.item_id
        JOIN inventory_warehouse w ON w.id = a.warehouse_id
        LEFT JOIN inventory_batch b ON b.id = a.batch_id
        """,
        where=f"a.source_kind = {_DELIVERY_LINE}",
        of_store="o.store_id = ANY({stores})",
        of_batch="a.batch_id = {batch}",
    ),
    "corrections": ExportSource(
        (
            *(
                "s.code",
                "m.code",
                "t.number",
                "(c.change->>0)::int",
                "c.change->>1",
                "c.change->>2",
                "c.change->>3",
                "c.change->>4",
                "v.actor",
            ),
            """to_char(v.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        ),
        """
        statements_transactionversion v
        CROSS JOIN LATERAL jsonb_array_elements(v.changes) AS c (change)
        JOIN statements_postransaction t ON t.id = v.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        """,
        of_store="t.store_id = ANY({stores})",
    ),
    "on-hand": ExportSource(
        ("w.code", "i.code", "b.number", "h.physical"),
        """
        inventory_onhand h
        JOIN inventory_warehouse w ON w.id = h.warehouse_id
        JOIN inventory_item i ON i.id = h.item_id
        LEFT JOIN inventory_batch b ON b.id = h.batch_id
        """,
        of_store="h.warehouse_id IN (SELECT warehouse_id FROM orders_store WHERE id = ANY({stores}))",
        of_company="w.legal_entity_id = ANY({companies})",
        of_batch="h.batch_id = {batch}",
    ),
    "inventory-transactions": ExportSource(
        (
            "w.code",
            "i.code",
            "b.number",
            "x.quantity",
            "x.date",
            _source_name("x.source_kind"),
            f"CASE x.source_kind WHEN {_RECEIPT} THEN r.receipt || '/' || r.line_number "
            f"WHEN {_COST_ADJUSTMENT} THEN COALESCE(ar.receipt || '/' || ar.line_number, an.number, j.number || '/' || jl.line_number, "
            f"a.reason) WHEN {_JOURNAL} THEN j.number || '/' || jl.line_number WHEN {_ARRIVAL} THEN j.number || '/' || jl.line_number "
            f"WHEN {_ORDER_LINE} THEN o.number || '/' || l.line_number "
            f"WHEN {_DELIVERY_LINE} THEN v.number || '/' || l.line_number "
            f"WHEN {_SETTLEMENT_LINE} THEN sh.number || '/' || sl.line_number "
            f"WHEN {_REVERSAL} THEN COALESCE(v.number || '/' || l.line_number, x.source_id::text) "
            f"WHEN {_BACK} THEN concat_ws('/', bs.code, bm.code, bt.number, bl.number) ELSE x.source_id::text END",
            "x.cost_amount",
        ),
        f"""
        inventory_inventorytransaction x
        JOIN inventory_warehouse w ON w.id = x.warehouse_id
        JOIN inventory_item i ON i.id = x.item_id
        LEFT JOIN inventory_batch b ON b.id = x.batch_id
        LEFT JOIN inventory_receiptline r ON x.source_kind = {_RECEIPT} AND r.id = x.source_id
        LEFT JOIN inventory_costadjustment a ON x.source_kind = {_COST_ADJUSTMENT} AND a.id = x.source_id
        LEFT JOIN inventory_receiptline ar ON a.source_kind = {_RECEIPT} AND ar.id = a.source_id
        LEFT JOIN orders_invoice an ON a.source_kind = {_INVOICE} AND an.id = a.source_id
        LEFT JOIN inventory_journalline jl ON jl.id = CASE WHEN x.source_kind IN ({_JOURNAL}, {_ARRIVAL}) THEN x.source_id
            WHEN a.source_kind = {_JOURNAL} THEN a.source_id END
        LEFT JOIN inventory_journal j ON j.id = jl.journal_id
        LEFT JOIN inventory_inventorytransaction rx ON x.source_kind = {_REVERSAL} AND rx.id = x.source_id
        LEFT JOIN statements_postransactionline bl ON x.source_kind = {_BACK} AND bl.id = x.source_id
        LEFT JOIN statements_postransaction bt ON bt.id = bl.transaction_id
        LEFT JOIN orders_store bs ON bs.id = bt.store_id
        LEFT JOIN orders_terminal bm ON bm.id = bt.terminal_id
        LEFT JOIN orders_deliveryline dl ON COALESCE(rx.source_kind, x.source_kind) = {_DELIVERY_LINE}
            AND dl.id = COALESCE(rx.source_id, x.source_id)
        LEFT JOIN orders_delivery d ON d.id = dl.delivery_id
        LEFT JOIN orders_invoice v ON v.id = d.invoice_id
        LEFT JOIN orders_salesorderline l ON l.id = CASE WHEN x.source_kind = {_ORDER_LINE} THEN x.source_id ELSE dl.order_line_id END
        LEFT JOIN orders_salesorder o ON o.id = l.order_id
        LEFT JOIN inventory_debtsettlementline sl ON x.source_kind = {_SETTLEMENT_LINE} AND sl.id = x.source_id
        LEFT JOIN inventory_debtsettlement sh ON sh.id = sl.settlement_id
        """,
        of_store="x.warehouse_id IN (SELECT warehouse_id FROM orders_store WHERE id = ANY({stores}))",
        of_company="w.legal_entity_id = ANY({companies})",
        of_statement=f"(o.source_kind = {_STATEMENT} AND o.source_id = ANY({{statements}}) OR bt.statement_id = ANY({{statements}}))",
        of_batch="x.batch_id = {batch}",
        of_days="x.date BETWEEN {first} AND {last}",
    ),
    "journals": ExportSource(
        (
            *("j.number", "l.line_number", "l.kind", "w.code", "tw.code", "i.code", "b.number", "l.quantity", "l.date"),
            *("r.receipt || '/' || r.line_number", "l.reason"),
        ),
        """
        inventory_journalline l JOIN inventory_journal j ON j.id = l.journal_id JOIN inventory_warehouse w ON w.id = l.warehouse_id
        JOIN inventory_item i ON i.id = l.item_id LEFT JOIN inventory_warehouse tw ON tw.id = l.to_warehouse_id
        LEFT JOIN inventory_batch b ON b.id = l.batch_id LEFT JOIN inventory_receiptline r ON r.id = l.receipt_line_id
        """,
        of_store="(SELECT array_agg(warehouse_id) FROM orders_store WHERE id = ANY({stores})) && ARRAY[l.warehouse_id, l.to_warehouse_id]",
        of_company="w.legal_entity_id = ANY({companies})",
        of_batch="l.batch_id = {batch}",
        of_days="l.date BETWEEN {first} AND {last}",
    ),
    "statements": ExportSource(
        (
            "t.number",
            "s.code",
            "t.business_date",
            "t.calc_state",
            "CASE WHEN t.reversal_id IS NULL THEN t.post_state ELSE 'Reversed' END",
            "t.failed_state",
            "t.error_code",
            "t.transaction_count",
            "t.line_count",
            "t.total",
            "t.kind",
            "m.code",
            "t.shift",
        ),
        "statements_statement t JOIN orders_store s ON s.id = t.store_id LEFT JOIN orders_terminal m ON m.id = t.terminal_id",
        of_store="t.store_id = ANY({stores})",
        of_statement="t.id = ANY({statements})",
    ),
    # Which transactions each generated sales order takes in.
    "aggregation": ExportSource(
        ("st.number", "o.number", "o.status", "c.code", "s.code", "m.code", "t.number", "t.business_date", "t.total"),
        f"""
        orders_salesorder o
        JOIN statements_statement st ON o.source_kind = {_STATEMENT} AND st.id = o.source_id
        JOIN statements_orderreceipt r ON r.order_id = o.id
        JOIN statements_postransaction t ON t.id = r.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        JOIN orders_customer c ON c.id = o.customer_id
        """,
        of_store="t.store_id = ANY({stores})",
        of_statement="st.id = ANY({statements})",
    ),
    # A drawer as its day's last statement found it; what statements booked of it so far.
    "counts": ExportSource(
        (
            *("s.code", "m.code", "c.shift", "c.business_date", "c.payment_method_id", "c.expected", "c.counted"),
            *("c.counted - c.expected", "COALESCE(p.difference, 0)"),
        ),
        """
        (
            SELECT DISTINCT ON (t.store_id, t.business_date, n.terminal_id, n.shift, n.staff_id, n.payment_method_id)
                   t.store_id, t.business_date, n.terminal_id, n.shift, n.staff_id, n.payment_method_id,
                   n.expected, n.counted
            FROM statements_tendercount n JOIN statements_statement t ON t.id = n.statement_id
            WHERE n.terminal_id IS NOT NULL AND t.reversal_id IS NULL
            ORDER BY t.store_id, t.business_date, n.terminal_id, n.shift, n.staff_id, n.payment_method_id, t.ordinal DESC
        ) c
        JOIN orders_store s ON s.id = c.store_id
        LEFT JOIN orders_terminal m ON m.id = c.terminal_id
        LEFT JOIN LATERAL (
            SELECT sum(n.difference) AS difference
            FROM statements_statement t JOIN statements_tendercount n ON n.statement_id = t.id
            WHERE t.store_id = c.store_id AND t.business_date = c.business_date AND t.post_state = 'Posted' AND t.reversal_id IS NULL
              AND n.terminal_id = c.terminal_id AND n.shift IS NOT DISTINCT FROM c.shift
              AND n.staff_id IS NOT DISTINCT FROM c.staff_id AND n.payment_method_id = c.payment_method_id
        ) p ON true
        """,
        of_store="c.store_id = ANY({stores})",
    ),
    "denominations": ExportSource(
        ("s.code", "m.code", "t.shift", "t.business_date", "t.number", "p.method_id", "d.value", "d.pieces", "d.value * d.pieces"),
        """
        statements_counteddenomination d
        JOIN statements_postransaction t ON t.id = d.transaction_id AND t.reversal_id IS NULL
        JOIN statements_pospayment p ON p.transaction_id = t.id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        """,
        of_store="t.store_id = ANY({stores})",
    ),
    "z-reports": ExportSource(
        ("s.code", "m.code", "z.shift", "z.business_date", "f.figure", "f.printed::numeric", "z.actor"),
        """
        statements_zreport z
        CROSS JOIN LATERAL jsonb_each_text(z.figures) AS f (figure, printed)
        JOIN orders_terminal m ON m.id = z.terminal_id
        JOIN orders_store s ON s.id = m.store_id
        """,
        of_store="m.store_id = ANY({stores})",
    ),
    "problems": ExportSource(
        ("s.code", "m.code", "t.number", "p.line_number", "p.code", "p.severity", "json_build_array(p.code, p.variant, p.params)::text"),
        """
        statements_validationproblem p
        JOIN statements_postransaction t ON t.id = p.transaction_id
        JOIN orders_store s ON s.id = t.store_id
        JOIN orders_terminal m ON m.id = t.terminal_id
        """,
        where="t.reversal_id IS NULL",
        of_store="t.store_id = ANY({stores})",
        of_statement="t.statement_id = ANY({statements})",
        ends_in_problem=True,
    ),
    "vouchers": ExportSource(
        (
            "v.number",
            "v.date",
            "c.number",
            "l.debit",
            "l.credit",
            _source_name("v.source_kind"),
            "COALESCE(rv.number, NULLIF(concat_ws('/', ps.code, pm.code, p.number), ''), t.number, n.number, o.number, "
            "r.receipt || '/' || r.line_number, j.number || '/' || jl.line_number, a.reason, v.source_id::text)",
        ),
        f"""
        ledger_voucher v
        JOIN ledger_voucherline l ON l.voucher_id = v.id
        JOIN ledger_mainaccount c ON c.id = l.account_id
        LEFT JOIN ledger_voucher rv ON v.source_kind = {_REVERSAL} AND rv.id = v.source_id
        CROSS JOIN LATERAL (SELECT COALESCE(rv.source_kind, v.source_kind), COALESCE(rv.source_id, v.source_id)) e (source_kind, source_id)
        LEFT JOIN statements_postransaction p ON e.source_kind = {_TILL} AND p.id = e.source_id
        LEFT JOIN orders_store ps ON ps.id = p.store_id
        LEFT JOIN orders_terminal pm ON pm.id = p.terminal_id
        LEFT JOIN statements_statement t ON t.id = CASE e.source_kind WHEN {_STATEMENT} THEN e.source_id ELSE p.statement_id END
        LEFT JOIN inventory_costadjustment a ON e.source_kind = {_COST_ADJUSTMENT} AND a.id = e.source_id
        LEFT JOIN orders_invoice n ON n.id = CASE e.source_kind WHEN {_INVOICE} THEN e.source_id
            WHEN {_COST_ADJUSTMENT} THEN CASE a.source_kind WHEN {_INVOICE} THEN a.source_id END END
        LEFT JOIN inventory_receiptline r ON e.source_kind = {_RECEIPT} AND r.id = e.source_id
        LEFT JOIN inventory_journalline jl ON jl.id = CASE WHEN e.source_kind = {_JOURNAL} THEN e.source_id
            WHEN a.source_kind = {_JOURNAL} THEN a.source_id END
        LEFT JOIN inventory_journal j ON j.id = jl.journal_id
        LEFT JOIN orders_salesorder o ON o.id = CASE WHEN e.source_kind = {_CUSTOMER_ORDER} THEN e.source_id ELSE n.order_id END
        """,
        of_store="COALESCE(t.store_id, o.store_id) = ANY({stores})",
        of_company="v.legal_entity_id = ANY({companies})",
        of_days="v.date BETWEEN {first} AND {last}",
        of_statement=f"(t.id = ANY({{statements}}) OR o.source_kind = {_STATEMENT} AND o.source_id = ANY({{statements}}))",
    ),
    "invoices": ExportSource(
        ("n.number", "o.number", "s.code", "n.date", "n.net", "n.tax", "n.total"),
        """
        orders_invoice n
        JOIN orders_salesorder o ON o.id = n.order_id
        JOIN orders_store s ON s.id = o.store_id
        """,
        of_store="o.store_id = ANY({stores})",
        of_statement=f"o.source_kind = {_STATEMENT} AND o.source_id = ANY({{statements}})",
    ),
    "customer-accounts": ExportSource(
        (
            *("e.code", "c.code", "x.date", "x.text", "x.amount"),
            "sum(x.amount) OVER (PARTITION BY x.legal_entity_id, x.customer_id ORDER BY x.date, x.id ROWS UNBOUNDED PRECEDING)",
        ),
        """
        orders_customertransaction x
        JOIN orders_customer c ON c.id = x.customer_id
        JOIN parameters_legalentity e ON e.id = x.legal_entity_id
        """,
        of_company="x.legal_entity_id = ANY({companies})",
    ),
    "gift-cards": ExportSource(
        ("e.code", "g.number", "m.balance", "CASE WHEN g.blocked THEN 'true' ELSE 'false' END"),
        f"""
        (SELECT card_id, legal_entity_id, sum(amount) AS balance FROM ({CARD_MOVES}) a GROUP BY 1, 2) m
        JOIN orders_giftcard g ON g.id = m.card_id
        JOIN parameters_legalentity e ON e.id = m.legal_entity_id
        """,
        of_company="m.legal_entity_id = ANY({companies})",
    ),
    # A line of a customer order has no POS transaction: its order stands in the column of the transaction, the terminal is blank.
    "batch-debt": ExportSource(
        (
            "w.code",
            "i.code",
            "s.code",
            "m.code",
            *_DEBT_LINE,
            "d.quantity",
            "d.open_quantity",
            "d.business_date",
            "z.today - d.business_date",
        ),
        f"""
        inventory_batchdebt d
        JOIN inventory_warehouse w ON w.id = d.warehouse_id
        JOIN inventory_item i ON i.id = d.item_id
        {_DEBT_DOCUMENTS.format(source="d")}
        LEFT JOIN unnest({{zones}}::text[], {{days}}::date[]) AS z (zone, today) ON z.zone = s.time_zone
        """,
        where="t.reversal_id IS NULL",
        of_store="s.id = ANY({stores})",
        of_company="w.legal_entity_id = ANY({companies})",
        of_statement="t.statement_id = ANY({statements})",
    ),
    # What moved credit of a default batch to a real one is negative, and has the document that brought the credit.
    "debt-settlements": ExportSource(
        (
            *("h.number", "w.code", "i.code", "f.number", "b.number", "x.quantity", "s.code", "m.code"),
            *_DEBT_LINE,
            "h.date",
            "CASE WHEN EXISTS (SELECT FROM inventory_debtsettlement u WHERE u.undoes_id = h.id) THEN 'true' ELSE 'false' END",
        ),
        f"""
        inventory_debtsettlement h
        JOIN inventory_debtsettlementline x ON x.settlement_id = h.id
        LEFT JOIN inventory_batchdebt d ON d.id = x.debt_id
        LEFT JOIN inventory_batchcredit c ON c.id = x.credit_id
        CROSS JOIN LATERAL (
            SELECT COALESCE(d.item_id, c.item_id) AS item_id, COALESCE(d.batch_id, c.batch_id) AS batch_id,
                   COALESCE(d.source_kind, c.source_kind) AS source_kind, COALESCE(d.source_id, c.source_id) AS source_id
        ) p
        JOIN inventory_warehouse w ON w.id = h.warehouse_id
        JOIN inventory_item i ON i.id = p.item_id
        JOIN inventory_batch f ON f.id = p.batch_id
        JOIN inventory_batch b ON b.id = x.to_batch_id
        {_DEBT_DOCUMENTS.format(source="p")}
        """,
        where="h.undoes_id IS NULL",
        of_store="h.warehouse_id IN (SELECT warehouse_id FROM orders_store WHERE id = ANY({stores}))",
        of_company="w.legal_entity_id = ANY({companies})",
        of_batch="x.to_batch_id = {batch}",
        of_days="h.date BETWEEN {first} AND {last}",
        of_statement="t.statement_id = ANY({statements})",
    ),
    "recall": ExportSource(
        (
            "CASE r.certainty WHEN 1 THEN 'certain' WHEN 2 THEN 'probable' ELSE 'possible' END",
            *("r.reason", "s.code", "r.terminal", "r.document", "r.line_number", "r.customer_code", "i.code", "r.batch_number"),
            *("r.quantity", "r.business_date"),
        ),
        """
        statements_recallline r
        JOIN statements_recall c ON c.id = r.recall_id
        JOIN inventory_item i ON i.id = c.item_id
        JOIN orders_store s ON s.id = r.store_id
        """,
        where="r.recall_id = {recall}",
        of_store="r.store_id = ANY({stores})",
    ),
}

# Vouchers as books of accounts elsewhere load them: every line says all that it needs.
_GENERAL = ("y.code", "v.date", "v.number", "l.line_number", "c.number", "c.name", "l.text", "l.debit", "l.credit", "y.currency_id")
_ROWS = f"{SOURCES['vouchers'].rows} JOIN parameters_legalentity y ON y.id = v.legal_entity_id"
SOURCES["general-journal"] = replace(SOURCES["vouchers"], values=_GENERAL, rows=_ROWS)
