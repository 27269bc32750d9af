"""Reads of Z reports: what the transactions of each till and shift of a store day come to; a fixed number of queries."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from core.db.bulk import fetch_all
from core.lib.decimals import ZERO, plain_text
from statements.models import ZReport
from statements.rules.counting import INTO_TILL
from statements.rules.proof import rate_of
from statements.rules.vouchers import OTHER_SIDE
from statements.rules.z_report import Register

_OF_DAY = """
    statements_postransaction t
    WHERE t.store_id = %(store)s AND t.business_date = %(date)s AND t.reversal_id IS NULL
      AND (t.statement_id IS NOT NULL OR t.validation_status = 'valid')
"""
_COUNTS = f"""
    SELECT t.terminal_id, t.shift, count(*) FILTER (WHERE l.lines > 0), count(*) FILTER (WHERE l.back > 0),
           count(*) FILTER (WHERE t.kind = 'sale' AND l.lines = 0), count(*) FILTER (WHERE t.kind = ANY(%(drawer)s::text[])),
           COALESCE(sum(l.net), 0), COALESCE(sum(l.tax), 0)
    FROM (SELECT t.* FROM {_OF_DAY}) t
    LEFT JOIN LATERAL (
        SELECT count(*) AS lines, count(*) FILTER (WHERE p.quantity < 0) AS back, sum(p.net) AS net, sum(p.tax) AS tax
        FROM statements_postransactionline p WHERE p.transaction_id = t.id AND NOT p.voided AND t.kind = 'sale'
    ) l ON true
    GROUP BY 1, 2
"""
_PAID = f"""
    SELECT t.terminal_id, t.shift, t.kind, p.method_id, sum(p.amount * k.sign)
    FROM (SELECT t.* FROM {_OF_DAY}) t
    JOIN statements_pospayment p ON p.transaction_id = t.id
    JOIN unnest(%(kinds)s::text[], %(signs)s::int[]) AS k (kind, sign) ON k.kind = t.kind
    GROUP BY 1, 2, 3, 4
"""
_TAXED = f"""
    SELECT t.terminal_id, t.shift, sum(p.net), sum(p.tax)
    FROM (SELECT t.* FROM {_OF_DAY} AND t.kind = 'sale') t
    JOIN statements_postransactionline p ON p.transaction_id = t.id AND NOT p.voided
    GROUP BY t.terminal_id, t.shift, p.item_id
"""


def computed_figures(store_id: int, day: date) -> dict[Register, dict[str, Decimal]]:
    """Figures of each till and shift with documents that day; three queries."""
    values = {
        **{"store": store_id, "date": day, "drawer": list(OTHER_SIDE)},
        **{"kinds": list(INTO_TILL), "signs": list(INTO_TILL.values())},
    }
    found: dict[Register, dict[str, Decimal]] = {}
    for terminal, shift, sales, returns, voids, events, net, tax in fetch_all(_COUNTS, values):
        counts = {"transactions": sales, "returns": returns, "voids": voids, "drawer_events": events}
        figures = {name: Decimal(count) for name, count in counts.items()} | {"net": net, "tax": tax, "total": net + tax}
        found[Register(terminal, shift)] = defaultdict(Decimal, figures)
    for terminal, shift, kind, method, amount in fetch_all(_PAID, values):
        found[Register(terminal, shift)][f"drawer:{kind}" if kind in OTHER_SIDE else f"tender:{method}"] += amount
    for terminal, shift, net, tax in fetch_all(_TAXED, values):
        rate = rate_of(net, tax)
        found[Register(terminal, shift)][f"tax:{plain_text(rate or ZERO)}"] += tax
    return {register: dict(figures) for register, figures in found.items()}


def printed_reports(store_id: int, day: date) -> dict[Register, ZReport]:
    """What the tills of a store printed that day, as it was entered last; one query."""
    return {Register(row.terminal_id, row.shift): row for row in ZReport.objects.filter(terminal__store=store_id, business_date=day)}
