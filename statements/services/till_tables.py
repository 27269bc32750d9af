"""Tables of tills as transactions: rows that belong together become one document, which is then read as any other."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import msgspec

from core.files.source import Line
from core.lib.imports import Reject, Row, reject_of
from core.lib.problems import BusinessError, Problem
from statements.queries.till_tables import stores_by_name, units_of_items
from statements.rules.till_table import IGNORED, TillRow, TillStore, document_of
from statements.services.decode import Incoming, read_line

AT_ONCE = 500


class _Group(NamedTuple):
    """Rows of one transaction, which stand together in the file, and which of them are refused."""

    rows: list[Row[TillRow]]
    refused: list[Reject]


def read_till_rows(rows: Iterator[Row[TillRow] | Reject], *, turned: bool) -> Iterator[Row[Incoming] | Reject]:
    """Transactions of a table, one query for each five hundred of them; one with a refused row is left out as a whole.

    Raises BusinessError STORE_NOT_NAMED where already the first transaction is of no store that is known.
    """
    stores = stores_by_name()
    groups = _groups(rows)
    some = list(islice(groups, AT_ONCE))
    first = next((group.rows[0].value for group in some if group.rows), None)
    if first and store_of(first, stores) is None:
        raise BusinessError(_no_store(first))
    return _documents(some, groups, stores, turned)


def _documents(
    some: list[_Group], others: Iterator[_Group], stores: Mapping[str, TillStore], turned: bool
) -> Iterator[Row[Incoming] | Reject]:
    while some:
        units = units_of_items({row.value.item for group in some for row in group.rows})
        for group in some:
            yield from group.refused
            if group.rows:
                yield _document(group, stores, units, turned)
        some = list(islice(others, AT_ONCE))


def _document(group: _Group, stores: Mapping[str, TillStore], units: Mapping[str, str], turned: bool) -> Row[Incoming] | Reject:
    head = group.rows[0]
    if group.refused:
        return reject_of(head.number, head.key, Problem("TRANSACTION_INCOMPLETE", {"row": group.refused[0].row}))
    store = store_of(head.value, stores)
    if store is None:
        return reject_of(head.number, head.key, _no_store(head.value))
    document = document_of([row.value for row in group.rows], store, units, turned=turned)
    return read_line(Line(head.number, msgspec.json.encode(document), too_long=False))


def _groups(rows: Iterator[Row[TillRow] | Reject]) -> Iterator[_Group]:
    group = _Group([], [])
    for row in rows:
        if isinstance(row, Reject):
            if group.rows and not row.key.endswith(group.rows[0].value.number):
                yield group
                group = _Group([], [])
            group.refused.append(row)
        elif row.value.row != IGNORED:
            ends = not _is_of(row.value, group.rows[0].value) if group.rows else bool(group.refused)
            if ends and not (group.refused and group.refused[-1].key.endswith(row.value.number)):
                yield group
                group = _Group([], [])
            group.rows.append(row)
    if group.rows or group.refused:
        yield group


def _is_of(row: TillRow, first: TillRow) -> bool:
    """Whether the row is of the transaction that the first one began; what it leaves blank says nothing."""
    return row.number == first.number and row.store in ("", first.store) and row.terminal in ("", first.terminal)


def _no_store(row: TillRow) -> Problem:
    return Problem("STORE_NOT_NAMED", {"store": row.store}) if row.store else Problem("STORE_NOT_NAMED", variant="blank")


def store_of(row: TillRow, stores: Mapping[str, TillStore]) -> TillStore | None:
    """The store that a row names by code or name; the only one there is where it names none."""
    if row.store:
        return stores.get(row.store.casefold())
    codes = {store.code: store for store in stores.values()}
    return next(iter(codes.values())) if len(codes) == 1 else None
