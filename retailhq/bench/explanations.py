"""How long *Why this batch* takes behind a long history: lines of the last week, each explained once."""

from time import perf_counter

from core.db.bulk import fetch_all, fetch_value
from retailhq.bench.effort import percentile, processor_time
from retailhq.bench.generate import Size
from statements.services.explanations import explain_pos_line

_LINES = """
    SELECT a.source_id FROM orders_batchallocation a
    JOIN statements_postransactionline l ON l.id = a.source_id
    JOIN statements_postransaction t ON t.id = l.transaction_id
    -- The generator numbers lines of orders as if each transaction had an order of its own: those of the first one fit.
    JOIN orders_salesorderline o ON o.id = a.order_line_id AND o.line_number = l.number
    WHERE a.source_kind = 2 AND a.batch_id IS NOT NULL AND t.business_date >= (SELECT max(business_date) - 7 FROM statements_statement)
    ORDER BY hashint8(a.source_id) LIMIT %s
"""


def explanation_figure(size: Size, lines: int) -> dict[str, object]:
    """Milliseconds of an explanation over lines of the last days, whose (warehouse, item) have the longest history."""
    wall: list[float] = []
    busy: list[float] = []
    backend = fetch_value("SELECT pg_backend_pid()")
    for (line_id,) in fetch_all(_LINES, [lines]):
        began, worked = perf_counter(), processor_time(backend)
        found = explain_pos_line(line_id)
        wall.append(1000 * (perf_counter() - began))
        busy.append(processor_time(backend) - worked)
        assert found is not None
    return {
        "figure": "explanation",
        "lines of history": size.lines,
        "stores": size.stores,
        "explained": len(wall),
        **{f"{name}, ms": round(percentile(wall, share), 1) for name, share in (("p50", 0.5), ("p95", 0.95), ("slowest", 1.0))},
        "processor time p95, ms": round(percentile(busy, 0.95), 1),
    }
