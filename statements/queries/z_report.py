"""Reads of Z reports: what the transactions of each till and shift of a store day come to; a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from core.db.bulk import array, fetch_all
from core.lib.decimals import ZERO, plain_text
from statements.models import ZReport
from statements.rules.counting import INTO_TILL
from statements.rules.tax_rates import TaxedLine, judge_rates
from statements.rules.vouchers import OTHER_SIDE
from statements.rules.z_report import Register

StoreDayKey = tuple[int, date]
_OF_DAYS = """
    unnest(%(stores)s::bigint[], %(dates)s::date[]) AS d (store_id, day)
    JOIN statements_postransaction t ON t.store_id = d.store_id AND t.business_date = d.day AND t.reversal_id IS NULL
        AND (t.statement_id IS NOT NULL OR t.validation_status = 'valid')
"""
_COUNTS = f"""
    SELECT t.store_id, t.business_date, t.terminal_id, t.shift, count(*) FILTER (WHERE l.lines > 0), count(*) FILTER (WHERE l.back > 0),
           count(*) FILTER (WHERE t.kind = 'sale' AND l.lines = 0), count(*) FILTER (WHERE t.kind = ANY(%(drawer)s::text[])),
           COALESCE(sum(l.net), 0), COALESCE(sum(l.tax), 0)
    FROM (SELECT t.* FROM {_OF_DAYS}) t
    LEFT JOIN LATERAL (
        SELECT count(*) AS lines, count(*) FILTER (WHERE p.quantity < 0) AS back, sum(p.net) AS net, sum(p.tax) AS tax
        FROM statements_postransactionline p WHERE p.transaction_id = t.id AND NOT p.voided AND t.kind = 'sale'
    ) l ON true
    GROUP BY 1, 2, 3, 4
"""
_PAID = f"""
    SELECT t.store_id, t.business_date, t.terminal_id, t.shift, t.kind, p.method_id, sum(p.amount * k.sign)
    FROM (SELECT t.* FROM {_OF_DAYS}) t
    JOIN statements_pospayment p ON p.transaction_id = t.id
    JOIN unnest(%(kinds)s::text[], %(signs)s::int[]) AS k (kind, sign) ON k.kind = t.kind
    GROUP BY 1, 2, 3, 4, 5, 6
"""
_TAXED = f"""
    SELECT t.store_id, t.business_date, t.terminal_id, t.shift, c.decimals, p.item_id, p.net, p.tax, count(*)
    FROM (SELECT t.* FROM {_OF_DAYS}) t
    JOIN statements_postransactionline p ON p.transaction_id = t.id AND NOT p.voided
    JOIN parameters_currency c ON c.code = t.currency_id
    WHERE t.kind = 'sale'
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""
Computed = dict[Register, dict[str, Decimal]]


def computed_figures(known: Mapping[StoreDayKey, Collection[Decimal]]) -> dict[StoreDayKey, Computed]:
    """Figures of each till and shift with documents on store days; three queries.

    Tax goes by rate as all lines of the day tell them (`statements.rules.tax_rates`); `known` are the rates that the tills printed.
    """
    values = {
        **{"stores": array(store for store, _ in known), "dates": array(day for _, day in known), "drawer": list(OTHER_SIDE)},
        **{"kinds": list(INTO_TILL), "signs": list(INTO_TILL.values())},
    }
    found: dict[StoreDayKey, Computed] = {key: {} for key in known}
    for store, day, terminal, shift, sales, returns, voids, events, net, tax in fetch_all(_COUNTS, values):
        counts = {"transactions": sales, "returns": returns, "voids": voids, "drawer_events": events}
        figures = {name: Decimal(count) for name, count in counts.items()} | {"net": net, "tax": tax, "total": net + tax}
        found[store, day][Register(terminal, shift)] = defaultdict(Decimal, figures)
    for store, day, terminal, shift, kind, method, amount in fetch_all(_PAID, values):
        found[store, day][Register(terminal, shift)][f"drawer:{kind}" if kind in OTHER_SIDE else f"tender:{method}"] += amount
    for key, rows in groupby(fetch_all(_TAXED, values), key=itemgetter(0, 1)):
        lines = list(rows)
        rates = judge_rates([TaxedLine(*line[5:8]) for line in lines], lines[0][4], known[key])
        for (_, _, terminal, shift, _, _, _, tax, times), rate in zip(lines, rates, strict=True):
            found[key][Register(terminal, shift)][f"tax:{plain_text(rate or ZERO)}"] += tax * times
    return {key: {register: dict(figures) for register, figures in of_day.items()} for key, of_day in found.items()}


def printed_reports(store_id: int, day: date) -> dict[Register, ZReport]:
    """What the tills of a store printed that day, as it was entered last; one query."""
    return {Register(row.terminal_id, row.shift): row for row in ZReport.objects.filter(terminal__store=store_id, business_date=day)}


def reports_of(days: Collection[StoreDayKey]) -> dict[StoreDayKey, dict[Register, dict[str, str]]]:
    """Figures that the tills printed on store days, as text; one query."""
    rows = fetch_all(
        """
        SELECT d.store_id, d.day, z.terminal_id, z.shift, z.figures
        FROM unnest(%s::bigint[], %s::date[]) AS d (store_id, day)
        JOIN orders_terminal m ON m.store_id = d.store_id
        JOIN statements_zreport z ON z.terminal_id = m.id AND z.business_date = d.day
        """,
        [array(store for store, _ in days), array(day for _, day in days)],
    )
    found: dict[StoreDayKey, dict[Register, dict[str, str]]] = {key: {} for key in days}
    for store, day, terminal, shift, figures in rows:
        found[store, day][Register(terminal, shift)] = figures
    return found
