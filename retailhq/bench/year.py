"""The real year: tickets and goods received of the demo's source, imported, calculated and posted, with what each of it costs."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from core.db.bulk import fetch_all, fetch_value
from retailhq.bench.databases import PREFIX, database
from retailhq.bench.effort import Effort, measure_effort
from retailhq.bench.figures import Figure
from retailhq.demo.derive import derive
from retailhq.demo.output import RECEIPTS, TRANSACTIONS
from retailhq.demo.source import Source
from retailhq.demo.stores import DEFAULT_BATCH, MAIN_ENTITY, Slice
from statements.services.posting import request_posting, run_inline
from statements.services.preview import preview_posting

FIRST_DAY = date(2017, 1, 1)
DAYS = 366
BY_LINES = 200_000
MASTER_DATA = ("legal-entities", "warehouses", "stores", "customers", "items")
# The tickets are real, and older every year.
PARAMETERS = (f"posting.default_batch_id={DEFAULT_BATCH}", "posting.use_default_batch_id=true", "validation.days_back=36500")
PER_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Part:
    """Statements that are posted together: some `BY_LINES` lines of successive days."""

    statements: Sequence[int]
    lines: int


def ensure_files(folder: Path, wanted: Slice, source: Source) -> Path:
    """Derives the import files of the slice into a folder of its own inside `folder`, once; gives it."""
    name = f"{wanted.first_day}-{wanted.days}-{wanted.stores or 'all'}"
    files, fresh = folder / name, folder / f"{name}.new"
    if not files.is_dir():
        shutil.rmtree(fresh, ignore_errors=True)
        derive(source, wanted, fresh)
        (fresh / "slice.json").write_text(json.dumps({key: str(value) for key, value in asdict(wanted).items()}), encoding="utf-8")
        fresh.rename(files)
    return files


def year_figures(files: Path, by_lines: int, name: str) -> Iterator[Figure]:
    """S2 to S6 and S12 on the files, in a database of their own: import, validate, calculate, preview and post, a part at a time."""
    with database(f"{PREFIX}_year"):
        call_command("migrate", verbosity=0)
        whole = Effort()
        for kind in MASTER_DATA:
            yield from _imported(whole, kind, files / f"{kind}.csv", name)
        run_command("set_parameters", *PARAMETERS, legal_entity=MAIN_ENTITY)
        yield from _imported(whole, "receipts", files / RECEIPTS, name)
        yield from _imported(whole, "transactions", files / TRANSACTIONS, name)
        analyze()
        with measure_effort() as effort:
            made = run_command("calculate_statements")["statements"]
        whole.add(effort)
        yield Figure("S3 calculate", rate(made, effort), "statements per second of processor time", "", None, name, effort.beside)
        analyze()
        yield from _posted(whole, by_lines, name)
        yield Figure("S3", round(whole.busy, 1), "s of processor time, all of it", "", None, name, whole.beside)


def _imported(whole: Effort, kind: str, file: Path, name: str) -> Iterator[Figure]:
    with measure_effort() as effort:
        report = run_command("import_data", kind, str(file))
    whole.add(effort)
    count = report["lines"] if kind == "transactions" else report["rows"]
    unit = "lines" if kind == "transactions" else "rows"
    what = {"receipts": "S5 receipts", "transactions": "S5 transactions"}.get(kind, f"import {kind}")
    yield Figure(what, rate(count, effort), f"{unit} per second of processor time", "", None, f"{count} {unit}, {name}", effort.beside)


def _posted(whole: Effort, by_lines: int, name: str) -> Iterator[Figure]:
    """S3, S4, S2, S6 and S12: posting in parts, the first and the last of which are previewed before."""
    parts = parts_of(by_lines)
    assert parts, "nothing can be posted"
    posting = Effort()
    costs: list[float] = []
    size = disk_bytes()
    for place, part in enumerate(parts):
        previews: dict[str, Effort] = {}
        if place in (0, len(parts) - 1):
            for figure, with_vouchers in (("S6", False), ("S6 with vouchers", True)):
                with measure_effort() as previews[figure]:
                    preview_posting(part.statements, with_vouchers=with_vouchers)
        with measure_effort() as effort:
            run_inline(request_posting(part.statements, None, "bench", to_workers=False).pk, "bench")
        posting.add(effort)
        costs.append(effort.busy / part.lines * PER_MILLION)
        cost = round(costs[-1], 1)
        yield Figure(
            "S2", cost, "µs of processor time a line", "first part", round(costs[-1] / costs[0], 3), f"{part.lines} lines", effort.beside
        )
        for figure, preview in previews.items():
            yield Figure(
                figure, round(preview.busy / part.lines * PER_MILLION, 1), "µs of processor time a line", "posting",
                round(preview.busy / effort.busy, 3), f"{part.lines} lines", preview.beside,
            )  # fmt: skip
    whole.add(posting)
    lines = sum(part.lines for part in parts)
    left = fetch_value("SELECT count(*) FROM statements_statement WHERE post_state <> 'Posted'")
    sized = f"{lines} lines, {name}, {left} statements not posted"
    per_line = round(posting.busy / lines * PER_MILLION, 1)
    yield Figure("S3 posting", round(posting.busy, 1), "s of processor time", "", None, sized, posting.beside)
    yield Figure("S1 real", per_line, "µs of processor time a line", "", None, sized, posting.beside)
    yield Figure("S4", round(posting.queries / lines, 5), "queries a line", "", None, sized)
    yield Figure("S12 WAL", round(posting.wal / lines, 1), "bytes a line", "", None, sized)
    yield Figure("S12 disk", round((disk_bytes() - size) / lines, 1), "bytes a line", "", None, sized)


def parts_of(by_lines: int) -> list[Part]:
    """Everything that can be posted, in order of business date, cut into parts of about so many lines."""
    rows = fetch_all("SELECT id, line_count FROM statements_statement WHERE post_state = '' ORDER BY business_date, id")
    parts: list[Part] = []
    statements: list[int] = []
    lines = 0
    for statement_id, count in rows:
        statements.append(statement_id)
        lines += count
        if lines >= by_lines:
            parts.append(Part(statements, lines))
            statements, lines = [], 0
    if lines:
        parts.append(Part(statements, lines))
    return parts


def rate(count: int, effort: Effort) -> int:
    """How many there were per second of processor time."""
    return round(count / effort.busy) if effort.busy else 0


def disk_bytes() -> int:
    """What all tables take on the disk, with their indexes."""
    return int(
        fetch_value(
            "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )


def analyze() -> None:
    """Gives the planner what autovacuum would after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def run_command(command: str, *arguments: str, **options: Any) -> dict[str, Any]:
    """What a command of ours prints; it may end with 1, as real files hold rows that are refused."""
    out = StringIO()
    try:
        call_command(command, *arguments, as_json=True, stdout=out, **options)
    except SystemExit as ending:
        if ending.code != 1:
            raise
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer
