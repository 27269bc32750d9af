"""Tables of tills as transactions: rows that belong together become one document, which is then read as any other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from core.files.source import Line
from core.lib.imports import Reject, Row, reject_of
from core.lib.problems import BusinessError, Problem
from parameters.queries import currency_decimals
from statements.queries.till_tables import stores_by_name, units_of_items
from statements.rules.till_table import IGNORED, TillFacts, TillRow, TillStore, document_of
from statements.services.decode import TRANSACTIONS, Incoming

AT_ONCE = 500


@dataclass(slots=True)
class _Group:
    """Rows of one transaction, which stand together in the file, which of them are refused, and why it is left out."""

    rows: list[Row[TillRow]] = field(default_factory=list)
    refused: list[Reject] = field(default_factory=list)
    problem: Problem | None = None
    key: str = ""

    def takes(self, row: Row[TillRow] | Reject) -> bool:
        """Whether the row may be of this transaction; one that cannot be taken apart may be of any."""
        if not self.key or not row.key:
            return True
        if isinstance(row, Row) and self.rows:
            return _is_of(row.value, self.rows[0].value)
        return _number_in(row.key) == _number_in(self.key)

    def add(self, row: Row[TillRow] | Reject) -> None:
        """Takes the row; a refused one leaves all of them out."""
        self.key = self.key or row.key
        if isinstance(row, Row):
            self.rows.append(row)
            return
        self.refused.append(row)
        self.problem = self.problem or Problem("TRANSACTION_INCOMPLETE", {"row": row.row}, variant="" if row.key else "in_doubt")

    def following(self) -> "_Group":
        """The next transaction, which the last row may have begun if that could not be taken apart."""
        last = self.refused[-1] if self.refused else None
        in_doubt = last is not None and not last.key and (not self.rows or self.rows[-1].number < last.row)
        return _Group(problem=Problem("TRANSACTION_INCOMPLETE", {"row": last.row}, variant="in_doubt") if last and in_doubt else None)


def read_till_rows(rows: Iterator[Row[TillRow] | Reject], *, turned: bool) -> Iterator[Row[Incoming] | Reject]:
    """Transactions of a table, two queries for each five hundred of them; one with a refused row is left out as a whole.

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
    currencies = {store.currency for store in stores.values()}
    while some:
        rows = [row.value for group in some for row in group.rows]
        decimals = currency_decimals(currencies | {row.currency for row in rows})
        facts = TillFacts(units_of_items({row.item for row in rows}), decimals)
        for group in some:
            yield from group.refused
            if group.rows:
                yield _document(group, stores, facts, turned)
        some = list(islice(others, AT_ONCE))


def _document(group: _Group, stores: Mapping[str, TillStore], facts: TillFacts, turned: bool) -> Row[Incoming] | Reject:
    head = group.rows[0]
    if group.problem:
        return reject_of(head.number, head.key, group.problem)
    store = store_of(head.value, stores)
    if store is None:
        return reject_of(head.number, head.key, _no_store(head.value))
    document = document_of([row.value for row in group.rows], store, facts, turned=turned)
    return TRANSACTIONS.read_line(Line(head.number, msgspec.json.encode(document), too_long=False))


def _groups(rows: Iterator[Row[TillRow] | Reject]) -> Iterator[_Group]:
    group = _Group()
    for row in rows:
        if isinstance(row, Row) and row.value.row == IGNORED:
            continue
        if not group.takes(row):
            yield group
            group = group.following()
        group.add(row)
    if group.rows or group.refused:
        yield group


def _number_in(key: str) -> str:
    """The number of the transaction, the last part of the key of a row."""
    return key.rpartition("/")[2]


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
