"""The figures of `make bench`; each is measured in one run with what it is compared to, medians of several runs."""

import os
import platform
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection

from core.db.bulk import fetch_all, fetch_value
from retailhq.bench.databases import filled_template, fresh_copy
from retailhq.bench.effort import Effort, measure_effort
from retailhq.bench.floor import floor_effort, take_rows
from retailhq.bench.generate import Size
from retailhq.bench.posting import Posted, post_all
from retailhq.bench.row_by_row import post_all_row_by_row
from statements.models import Statement
from statements.services.posting import postable_statements
from statements.services.preview import preview_posting
from statements.services.reversals import reverse_in_turn

RESULT_SQL = (
    "SELECT a.source_id, a.ordinal, a.item_id, a.warehouse_id, b.number, a.quantity, a.source, a.reason FROM orders_batchallocation a "
    "LEFT JOIN inventory_batch b ON b.id = a.batch_id ORDER BY 1, 2",
    "SELECT o.warehouse_id, o.item_id, b.number, o.physical FROM inventory_onhand o LEFT JOIN inventory_batch b ON b.id = o.batch_id "
    "WHERE o.physical <> 0 ORDER BY 1, 2, 3",
    "SELECT v.number, a.number, l.debit, l.credit FROM ledger_voucherline l JOIN ledger_voucher v ON v.id = l.voucher_id "
    "JOIN ledger_mainaccount a ON a.id = l.account_id ORDER BY 1, 2, 3, 4",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of output."""

    figure: str
    value: float
    unit: str
    ratio_to: str
    ratio: float | None
    size: str
    # What else was measured in the same run, by name.
    beside: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """One figure as `make bench` prints it (docs/benchmarks.md)."""
        return {
            "figure": self.figure,
            "value": self.value,
            "unit": self.unit,
            "ratio_to": self.ratio_to,
            "ratio": self.ratio,
            "size": self.size,
            "machine": machine(),
            **({"beside": dict(self.beside)} if self.beside else {}),
        }


@cache
def machine() -> str:
    """Cores, memory and versions."""
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) // 1024**2
    server = fetch_value("SHOW server_version")
    return f"{os.cpu_count()} cores, {memory} GB, PostgreSQL {server}, Python {platform.python_version()}"


@dataclass(frozen=True, slots=True)
class Run:
    """One posting by one process, the floor right after it, and the seconds of several workers for the same where they were asked."""

    posted: Posted
    effort: Effort
    floor: Effort
    several: float | None


def posting_runs(template: str, runs: int, workers: int) -> list[Run]:
    """Posts a fresh copy `runs` times; each time the floor over the rows that it made follows, and several workers on another copy."""
    found = []
    for _ in range(runs):
        with fresh_copy(template):
            with measure_effort() as effort:
                posted = post_all()
            floor = floor_effort(take_rows())
        several = None
        if workers > 1:
            with fresh_copy(template):
                several = post_all(workers).seconds
        found.append(Run(posted, effort, floor, several))
    return found


def speed_figures(size: Size, runs: int, workers: int) -> Iterator[Figure]:
    """S1, S4, S6, S14 and the gain of further workers, on one size."""
    with filled_template(size) as template:
        found = posting_runs(template, runs, workers)
        lines = found[0].posted.lines
        name = f"{lines} lines, {size.stores} stores, {runs} runs"
        cost = statistics.median(run.effort.busy for run in found) / lines * 1e6
        floor = statistics.median(run.floor.busy for run in found) / lines * 1e6
        ratio = share(run.floor.busy / run.effort.busy for run in found)
        beside = {"floor": round(floor, 1), "lines_per_second": round(statistics.median(lines / run.posted.seconds for run in found))}
        yield Figure("S1", round(cost, 1), "µs of processor time a line", "floor 2 over posting", ratio, name, beside)
        yield Figure("S4", round(found[0].posted.queries / lines, 5), "queries/line", "", None, name)
        yield Figure("memory", round(max(run.posted.megabytes for run in found)), "MB", "", None, name)
        yield from preview_figures(template, runs, name)
        yield reversal_figure(template, runs, name)
        pairs = [(run.posted.seconds, run.several) for run in found if run.several is not None]
        if pairs:
            rate = round(lines / statistics.median(several for _, several in pairs))
            gain = share(one / several for one, several in pairs)
            yield Figure(f"S1 {workers} workers", rate, "lines/s", "one worker, by pairs", gain, name)


def share(ratios: Iterator[float]) -> float:
    """Median ratio."""
    return round(statistics.median(ratios), 3)


def preview_figures(template: str, runs: int, name: str) -> Iterator[Figure]:
    """S6: preview of everything against its posting, in processor time; without what would be posted, and with it."""
    ratios: dict[str, list[float]] = {"S6": [], "S6 with vouchers": []}
    costs: dict[str, list[float]] = {figure: [] for figure in ratios}
    for _ in range(runs):
        with fresh_copy(template):
            ids = postable_statements()
            seconds: dict[str, float] = {}
            for figure, with_vouchers in (("S6", False), ("S6 with vouchers", True)):
                with measure_effort() as effort:
                    preview_posting(ids, with_vouchers=with_vouchers)
                seconds[figure] = effort.busy
            with measure_effort() as effort:
                posted = post_all()
            for figure in ratios:
                ratios[figure].append(seconds[figure] / effort.busy)
                costs[figure].append(seconds[figure] / posted.lines * 1e6)
    for figure, found in ratios.items():
        cost = round(statistics.median(costs[figure]), 1)
        yield Figure(figure, cost, "µs of processor time a line", "posting", round(statistics.median(found), 3), name)


def reversal_figure(template: str, runs: int, name: str) -> Figure:
    """S14: everything taken back again, against its posting in the same run; processor time of client and server."""
    found = []
    for _ in range(runs):
        with fresh_copy(template):
            with measure_effort() as posting:
                lines = post_all().lines
            ids = list(Statement.objects.order_by("business_date", "pk").values_list("pk", flat=True))
            with measure_effort() as reversing:
                taken = reverse_in_turn(ids, "measured", "bench")
            assert len(taken.done) == len(ids), taken.problems
            found.append((reversing, posting.busy))
    per_line = statistics.median(effort.busy / lines for effort, _ in found)
    ratio = share(effort.busy / posting for effort, posting in found)
    return Figure("S14 reversal", round(per_line * 1e6, 1), "µs of processor time a line", "posting", ratio, name, found[-1][0].beside)


def growth_figures(sizes: list[Size], runs: int) -> Iterator[Figure]:
    """S2: time per line of each size against that of the first."""
    first: float | None = None
    for size in sizes:
        with filled_template(size) as template:
            per_line = []
            for _ in range(runs):
                with fresh_copy(template):
                    posted = post_all()
                    per_line.append(posted.seconds / posted.lines)
        median = statistics.median(per_line)
        first = first or median
        name = f"{posted.lines} lines, {size.stores} stores, {runs} runs"
        yield Figure("S2", round(median * 1e6, 2), "µs/line", f"{sizes[0].lines} lines", round(median / first, 3), name)


def row_by_row_figure(size: Size, runs: int) -> Iterator[Figure]:
    """S9: the same result one row at a time through the ORM."""
    with filled_template(size) as template:
        fast, slow, results = [], [], []
        for _ in range(runs):
            with fresh_copy(template):
                fast.append(post_all().seconds)
                results.append([fetch_all(sql) for sql in RESULT_SQL])
        with fresh_copy(template):
            started = time.perf_counter()
            post_all_row_by_row()
            slow.append(time.perf_counter() - started)
            results.append([fetch_all(sql) for sql in RESULT_SQL])
            lines = fetch_value("SELECT count(*) FROM statements_postransactionline")
            connection.close()
    assert all(result == results[0] for result in results), "the two ways of posting came to different results"
    ratio = statistics.median(slow) / statistics.median(fast)
    yield Figure("S9", round(lines / statistics.median(fast)), "lines/s", "row by row through the ORM", round(ratio, 1), f"{lines} lines")
