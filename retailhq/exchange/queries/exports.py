"""Exports as streams: PostgreSQL itself writes the CSV (COPY ... TO STDOUT), sorted, and hands it out row by row, so memory stays flat.

One query reads all rows of an export, so an export shows one moment, also while statements are being posted.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from psycopg import sql

from core.db.bulk import cursor
from core.lib.problems import stored_problem
from orders.models import Store
from parameters.models import LegalEntity
from retailhq.exchange.queries.export_sources import SOURCES
from retailhq.exchange.rules.exports import ColumnType, ExportColumn, ExportKind
from statements.models import Statement

_NEEDS_QUOTES = re.compile('[,"\r\n]')


@dataclass(frozen=True, slots=True)
class Selection:
    """Ids that the filters named, and the first and last of days; None: not filtered."""

    stores: Sequence[int] | None = None
    statements: Sequence[int] | None = None
    recall: int = 0
    companies: Sequence[int] | None = None
    batch: int | None = None
    days: tuple[date, date] | None = None
    today: Mapping[str, str] = field(default_factory=dict)


_STORES_OF_COMPANIES = """
    SELECT s.id FROM orders_store s JOIN inventory_warehouse w ON w.id = s.warehouse_id WHERE w.legal_entity_id = ANY({companies})
"""
# Kinds whose rows say how old they are.
_AGED = frozenset({"batch-debt"})


def store_ids(codes: Sequence[str]) -> dict[str, int]:
    """Ids of the stores that exist, by code; one query."""
    return dict(Store.objects.filter(code__in=codes).values_list("code", "pk"))


def statement_ids(numbers: Sequence[str]) -> dict[str, int]:
    """Ids of the statements that exist, by number; one query."""
    return dict(Statement.objects.filter(number__in=numbers).values_list("number", "pk"))


def company_ids(codes: Sequence[str]) -> dict[str, int]:
    """Ids of the legal entities that exist, by code; one query."""
    return dict(LegalEntity.objects.filter(code__in=codes).values_list("code", "pk"))


def today_by_zone(as_of: datetime) -> dict[str, str]:
    """The date that it is at `as_of` in each time zone that a store has; one query."""
    zones = Store.objects.order_by().values_list("time_zone", flat=True).distinct()
    return {zone: as_of.astimezone(ZoneInfo(zone)).date().isoformat() for zone in zones}


def stream_rows(kind: ExportKind, selection: Selection, as_of: datetime) -> Iterator[bytes]:
    """The export as CSV in UTF-8 with a header row, in pieces; one query, two where ages are asked for."""
    today = today_by_zone(as_of) if kind.name in _AGED else {}
    with cursor() as c:
        statement = copy_statement(kind, selection, today).as_string(c)
        with c.copy(statement) as copy:
            pieces = map(bytes, copy)
            yield from _with_sentences(pieces) if SOURCES[kind.name].ends_in_problem else pieces


def _with_sentences(rows: Iterator[bytes]) -> Iterator[bytes]:
    """Rows of CSV whose last cell is a stored problem, with its English sentence instead; quoted as PostgreSQL does."""
    yield next(rows)
    for *cells, stored in csv.reader(row.decode() for row in rows):
        code, variant, params = json.loads(stored)
        written = [*cells, str(stored_problem(code, variant, params).message)]
        yield f"{','.join(map(_quoted, written))}\n".encode()


def _quoted(cell: str) -> str:
    return '"{}"'.format(cell.replace('"', '""')) if _NEEDS_QUOTES.search(cell) else cell


def copy_statement(kind: ExportKind, selection: Selection, today: Mapping[str, str]) -> sql.Composed:
    """The COPY of an export."""
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER true, ENCODING 'UTF8')").format(rows_query(kind, selection, today))


def rows_query(kind: ExportKind, selection: Selection, today: Mapping[str, str]) -> sql.Composed:
    """The query of an export's rows, sorted; each column bears its name."""
    source = SOURCES[kind.name]
    columns = list(zip(kind.columns, source.values, strict=True))
    conditions = [source.where] if source.where else []
    if selection.stores is not None:
        conditions.append(source.of_store)
    if selection.statements is not None:
        conditions.append(source.of_statement)
    if selection.companies is not None:
        conditions.append(source.of_company or source.of_store.replace("{stores}", f"ARRAY({_STORES_OF_COMPANIES})"))
    if selection.batch is not None:
        conditions.append(source.of_batch)
    if selection.days is not None:
        conditions.append(source.of_days)
    first, last = selection.days or (None, None)
    text = f"""
        SELECT {", ".join(f'{_written(column, value)} AS "{column.name}"' for column, value in columns)}
        FROM {source.rows}
        {"WHERE " if conditions else ""}{" AND ".join(conditions)}
        ORDER BY {", ".join(_sorted(column, value) for column, value in columns)}
    """
    return sql.SQL(text).format(
        stores=sql.Literal(list(selection.stores or ())),
        statements=sql.Literal(list(selection.statements or ())),
        recall=sql.Literal(selection.recall),
        companies=sql.Literal(list(selection.companies or ())),
        batch=sql.Literal(selection.batch),
        first=sql.Literal(first),
        last=sql.Literal(last),
        zones=sql.Literal(list(today)),
        days=sql.Literal(list(today.values())),
    )


def _written(column: ExportColumn, value: str) -> str:
    """How a value stands in the file: decimals plain, dates ISO whatever the server's setting, blank text and no text alike."""
    match column.type:
        case ColumnType.DECIMAL:
            return f"trim_scale({value})"
        case ColumnType.DATE:
            return f"to_char({value}, 'YYYY-MM-DD')"
        case ColumnType.TEXT:
            return f"NULLIF({value}, '')"
        case ColumnType.COUNT:
            return value


def _sorted(column: ExportColumn, value: str) -> str:
    """What rows are sorted by: text by code point, everything else by value, blank first."""
    return f"COALESCE({value}, '') COLLATE \"C\"" if column.type is ColumnType.TEXT else f"{value} NULLS FIRST"
