"""Import of till transactions: resolved, validated and kept, batch by batch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from core.db.bulk import reserve_ids
from core.db.locks import TRANSACTION_IMPORT, lock_for_transaction
from core.db.meant_codes import meant_codes, name_meant_in
from core.lib.damaged_codes import named_instead
from core.lib.imports import BatchResult, Row
from core.lib.messages import Message
from core.lib.problems import Problem
from orders.queries.known_codes import known_codes
from orders.queries.place_orders import NAMED_BY
from orders.queries.stores import payment_methods
from orders.rules.till_lines import business_date, other_item_scanned
from statements.queries import facts as reads
from statements.rules.till import DAY_SERIES, StoreFacts, with_dated_numbers
from statements.rules.validation import keeps_off_statements
from statements.services.decode import Incoming
from statements.services.documents import resolve_documents
from statements.services.validate_batch import Checked
from statements.services.versions import Author, NewVersion, Way, changes_of, keep_versions, lock_documents
from statements.writes import imports as writes


class Replacing(NamedTuple):
    """Transactions with a known key and other content replace what is not posted; who sends them, and why as its history says."""

    actor: str
    reason: Message


class Repeated(NamedTuple):
    """A row whose key is known with other content, and the transaction that has it."""

    row: Row[Incoming]
    transaction_id: int


def import_transactions(rows: Sequence[Row[Incoming]], replacing: Replacing | None = None) -> BatchResult:
    """Keeps and validates one batch of transactions; terminals, staff, units and currencies that they name are made.

    A unit that is known in another case is that one; rows of unknown items that a spreadsheet damaged are warned of, with the item that
    is known.
    A repeat with the same content counts as unchanged; other content under a known key is a CONFLICT, unless it is `replacing` what is
    there. Refuses UNKNOWN_STORE, BAD_VALUE for an unknown payment method, POSTED_ALREADY and BEING_POSTED. Takes the import locks of its
    stores, and those of `lock_documents` where something is replaced; a fixed number of queries for any number of rows.
    """
    result = BatchResult()
    with transaction.atomic():
        stores = stores_named(rows)
        known = with_days(_with_known_codes(rows, result), stores)
        # A key that stands twice in a file that replaces: the later row replaces the earlier one.
        for part in _rounds(known) if replacing else [known]:
            _import(part, stores, replacing, result)
        name_meant_in(result, NAMED_BY)
        if result.found["L04"]:
            _warn_of_damaged_items(known, result)
    return result


def _warn_of_damaged_items(rows: Sequence[Row[Incoming]], result: BatchResult) -> None:
    """Says of each row which item that exists a spreadsheet made one of its own of; the row is kept."""
    meant = meant_codes("inventory_item", {line.item for row in rows for line in row.value.transaction.lines})
    for row in rows if meant else ():
        for line in row.value.transaction.lines:
            if found := meant.get(line.item):
                result.warn(row, named_instead(line.item, found.candidate, found.damage))
                break


def _with_known_codes(rows: Sequence[Row[Incoming]], result: BatchResult) -> Sequence[Row[Incoming]]:
    """Rows with the units and items that they mean; those whose scans name other items are refused. Two queries."""
    known = known_codes(line for row in rows for line in row.value.transaction.lines)
    if not any(known):
        return rows
    meant = []
    for row in rows:
        document = row.value.transaction
        lines, live = (known.in_lines(own) for own in (document.lines, document.live))
        if known.items and (problem := other_item_scanned(lines, known.items)):
            result.reject(row, problem)
            continue
        meant.append(row._replace(value=row.value._replace(transaction=document._replace(lines=lines, live=live))))
    return meant


def stores_named(rows: Sequence[Row[Incoming]]) -> dict[str, StoreFacts]:
    """The stores of transactions, and of the sales that they take back; one query."""
    named = {row.value.key.store for row in rows}
    named |= {line.return_of.store for row in rows for line in row.value.transaction.lines if line.return_of is not None}
    return reads.stores_by_code(named)


def with_days(rows: Sequence[Row[Incoming]], stores: Mapping[str, StoreFacts]) -> Sequence[Row[Incoming]]:
    """Rows with the business date that their store decides, unless one was given, and the keys that they are known by.

    These are dated numbers where the store's numbers begin anew each day.
    """
    numbered_by_day = any(store.number_series == DAY_SERIES for store in stores.values())
    dated = []
    for row in rows:
        value, store = row.value, stores.get(row.value.key.store)
        if value.given_date is None and store is not None:
            day = business_date(value.transaction.sold_at, ZoneInfo(store.time_zone), store.end_of_business_day)
            value = value._replace(transaction=value.transaction._replace(business_date=day))
        if numbered_by_day:
            value = value._replace(transaction=with_dated_numbers(value.transaction, stores))
            row = row._replace(key=str(value.key))
        dated.append(row._replace(value=value))
    return dated


def _rounds(rows: Sequence[Row[Incoming]]) -> Iterator[Sequence[Row[Incoming]]]:
    """The rows in parts that name no key twice, in order."""
    rest = rows
    while rest:
        part: list[Row[Incoming]] = []
        later: list[Row[Incoming]] = []
        keys = set()
        for row in rest:
            (later if row.value.key in keys else part).append(row)
            keys.add(row.value.key)
        yield part
        rest = later


def _import(rows: Sequence[Row[Incoming]], named: Mapping[str, StoreFacts], replacing: Replacing | None, result: BatchResult) -> None:
    stores = {code: named[code] for code in {row.value.key.store for row in rows} if code in named}
    lock_for_transaction(TRANSACTION_IMPORT, [store.id for store in stores.values()])
    known = _acceptable(rows, stores, result)
    terminals = reads.terminal_ids({(stores[row.value.key.store].id, row.value.key.terminal) for row in known})
    fresh, repeated = _without_repeats(known, stores, terminals, result)
    if repeated and replacing:
        _replace(repeated, replacing, result)
    for again in repeated if not replacing else ():
        result.reject(again.row, Problem("CONFLICT", {"transaction": again.row.key}, variant="transaction"))
    if fresh:
        _keep([row.value for row in fresh], stores, result)


def _acceptable(rows: Sequence[Row[Incoming]], stores: Mapping[str, StoreFacts], result: BatchResult) -> list[Row[Incoming]]:
    """Rows of known stores and payment methods."""
    methods = payment_methods()
    known_methods = frozenset(methods)
    accepted = []
    for row in rows:
        incoming = row.value.transaction
        if incoming.key.store not in stores:
            result.reject(row, Problem("UNKNOWN_STORE", {"store": incoming.key.store}, variant="of_document"))
        elif unknown := [payment.method for payment in incoming.payments if payment.method not in known_methods]:
            result.reject(row, Problem("BAD_VALUE", {"method": unknown[0], "methods": methods}, variant="unknown_method"))
        else:
            accepted.append(row)
    return accepted


def _without_repeats(
    rows: Sequence[Row[Incoming]], stores: Mapping[str, StoreFacts], terminals: Mapping[tuple[int, str], int], result: BatchResult
) -> tuple[list[Row[Incoming]], list[Repeated]]:
    """Rows whose key is new, in the database and in the batch, and those whose key is known with other content."""
    wanted = []
    for row in rows:
        store, terminal, number = row.value.key
        terminal_id = terminals.get((stores[store].id, terminal))
        if terminal_id is not None:
            wanted.append((stores[store].id, terminal_id, number))
    stored = reads.known_digests(wanted) if wanted else {}
    here: dict[object, reads.KnownDigest] = {}
    fresh, repeated = [], []
    for row in rows:
        key = row.value.key
        store_id = stores[key.store].id
        terminal_id = terminals.get((store_id, key.terminal))
        before = here.get(key) if terminal_id is None else stored.get((store_id, terminal_id, key.number), here.get(key))
        if before is None:
            here[key] = reads.KnownDigest(0, row.value.digest)
            fresh.append(row)
        elif before.digest == row.value.digest:
            result.unchanged += 1
            result.repeated.append(row.number)
        else:
            repeated.append(Repeated(row, before.id))
    return fresh, repeated


def _replace(repeated: Sequence[Repeated], replacing: Replacing, result: BatchResult) -> None:
    """New versions of known transactions, but of those that are posted."""
    locked = lock_documents([known.transaction_id for known in repeated])
    accepted = []
    for known in repeated:
        if problem := locked.refused.get(known.transaction_id):
            result.reject(known.row, problem)
        else:
            accepted.append(known)
    if not accepted:
        return
    incoming = {known.transaction_id: known.row.value for known in accepted}
    versions = [NewVersion(row_id, row.transaction, replacing.reason, row.digest) for row_id, row in incoming.items()]
    changed = [version for version in versions if changes_of(locked.stored[version.transaction_id], version)]
    # What people corrected to the very content that comes in now is there already.
    writes.keep_digests({version.transaction_id: row.digest for version, row in zip(versions, incoming.values(), strict=True)})
    ids = [version.transaction_id for version in changed]
    same = incoming.keys() - set(ids)
    result.unchanged += len(same)
    result.repeated += [known.row.number for known in accepted if known.transaction_id in same]
    result.updated += len(ids)
    result.replaced += [known.row.number for known in accepted if known.transaction_id not in same]
    if changed:
        checked = keep_versions(locked, changed, Author(replacing.actor, Way.REPLACED))
        _count(result, [incoming[row_id] for row_id in ids], checked, ids)


def _keep(fresh: Sequence[Incoming], stores: Mapping[str, StoreFacts], result: BatchResult) -> None:
    ids = reserve_ids("statements_postransaction", len(fresh))
    documents = resolve_documents(ids, [incoming.transaction for incoming in fresh], stores)
    writes.insert_transactions(documents.headers([incoming.digest for incoming in fresh]))
    writes.mark_late(ids, documents.days())
    writes.insert_lines(documents.lines())
    writes.insert_payments(documents.payments())
    writes.insert_gift_card_movements(documents.gift_card_movements())
    writes.insert_problems(documents.problems())
    if returns := documents.returns():
        writes.link_returns(returns)
    result.new += len(fresh)
    _count(result, fresh, documents.checked, ids)


def _count(result: BatchResult, incoming: Sequence[Incoming], checked: Checked, ids: Sequence[int]) -> None:
    result.lines += sum(len(row.transaction.lines) for row in incoming)
    for row_id, found in zip(ids, checked.problems, strict=True):
        if found:
            result.found.update(problem.code for problem in found)
            result.errors += keeps_off_statements(found)
            if any(problem.code == "L16" for problem in found):
                result.waiting.append(row_id)
