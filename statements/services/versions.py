"""New versions of POS transactions: one way for what a till sends again and for what people correct (docs/imports.md).

Locks, in this order: the calculation locks of the stores, the rows of their statements (by id, as posting does), the rows of the
transactions (by id).
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from core.db.locks import CALCULATION, lock_for_transaction
from core.lib.messages import Message
from core.lib.problems import Problem
from statements.models import PosTransaction, TransactionVersion
from statements.queries import facts as fact_reads
from statements.queries import versions as reads
from statements.queries.validation import StoredTransaction, lock_stored
from statements.queries.versions import Standing
from statements.rules.changes import BEFORE_INVOICES, DISCARDED, DocumentChange, change_refusal, document_content, find_changes
from statements.rules.till import PosTransactionData, PosTransactionKey
from statements.services.calculation import recalculate_with
from statements.services.documents import VALID, resolve_documents
from statements.services.validate_batch import Checked
from statements.services.validation import Validated, validate_these
from statements.writes import hold as order_writes
from statements.writes import undo_calculation as statement_writes
from statements.writes import versions as writes
from statements.writes.calculation import count_statements, count_transactions, write_counts
from statements.writes.imports import delete_problems, insert_gift_card_movements, insert_problems, link_returns
from statements.writes.posting import add_events, insert_order_lines

Way = TransactionVersion.Way
_CHANGED = Message("Transactions left the statement because they were changed.")
GONE = PosTransaction.ValidationStatus.DISCARDED


class Author(NamedTuple):
    """Who changes documents, how, and why."""

    actor: str
    way: str


class NewVersion(NamedTuple):
    """What a transaction is from now on. `digest` is of the file that says so, None for a correction; discarded ones are not posted.

    `reasons` are those of single fields, by (line, field), where they differ from that of the whole.
    """

    transaction_id: int
    value: PosTransactionData
    reason: Message | str
    digest: UUID | None = None
    discarded: bool = False
    reasons: Mapping[tuple[int | None, str], str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Locked:
    """Transactions whose rows are held: as they are, where each stands, and why some cannot be changed.

    `returns` are transactions that take back what these sold, and are not posted.
    """

    stored: Mapping[int, StoredTransaction]
    places: Mapping[int, Standing]
    refused: Mapping[int, Problem]
    returns: Sequence[int]
    stores: Collection[int] = ()


def lock_documents(transaction_ids: Collection[int]) -> Locked:
    """Holds transactions for a change, in the caller's transaction; nine queries."""
    affected = reads.affected_by(transaction_ids)
    lock_for_transaction(CALCULATION, affected.stores)
    places = reads.lock_places({*transaction_ids, *affected.returns})
    refused = {}
    for transaction_id in transaction_ids:
        if problem := change_refusal(places[transaction_id].key, places[transaction_id].stand):
            refused[transaction_id] = problem
    stored = {row.id: row for row in lock_stored(transaction_ids)}
    return Locked(stored, places, refused, affected.returns, affected.stores)


def changes_of(stored: StoredTransaction, new: NewVersion) -> tuple[DocumentChange, ...]:
    """What the new version changes."""
    found = find_changes(stored.value, new.value)
    was = stored.status == GONE
    return (*found, DocumentChange(None, DISCARDED, str(was).lower(), str(new.discarded).lower())) if was != new.discarded else found


def _with_reasons(changes: Sequence[DocumentChange], version: NewVersion) -> list[tuple[object, ...]]:
    return [(*change, version.reasons.get(change[:2], str(version.reason))) for change in changes]


def keep_versions(locked: Locked, new: Sequence[NewVersion], author: Author) -> Checked:
    """Puts new versions in the place of transactions that are not refused: earlier ones into their history, validated at once.

    Statements that held them and have no sales orders are calculated anew; from an order that is not invoiced they are taken out, and
    wait for the next calculation. Returns of what they sold are validated again. A fixed number of queries.
    """
    ids = [version.transaction_id for version in new]
    writes.add_versions(
        (
            *(version.transaction_id, author.way, document_content(locked.stored[version.transaction_id].value)),
            *(_with_reasons(changes_of(locked.stored[version.transaction_id], version), version), version.reason, author.actor),
        )
        for version in new
    )
    rested, free = take_off(locked, ids, author.actor)
    valid = {row.value.key for row in locked.stored.values() if row.status == VALID}
    gone = [version for version in new if version.discarded]
    checked = _rewrite([version for version in new if not version.discarded], valid)
    if gone:
        _rewrite(gone, valid)
        writes.discard_transactions([version.transaction_id for version in gone], GONE)
    validate_these([transaction_id for transaction_id in free if transaction_id not in set(ids)], Validated())
    if rested:
        recalculate_with(rested, free, author.actor)
        add_events(
            [(statement_id, "recalculate", "", Message("Transactions of the statement were changed.")) for statement_id in rested],
            author.actor,
        )
        statement_writes.delete_empty_statements(sorted(locked.stores))
    return checked


def take_off(locked: Locked, ids: Sequence[int], actor: str, left: Message = _CHANGED) -> tuple[list[int], list[int]]:
    """Takes transactions, and returns of theirs, off statements; gives the statements that were taken back and what is free now.

    `left` is what the events of statements with other orders say. In the caller's transaction, which holds the transactions.
    """
    held = {transaction_id: locked.places[transaction_id].statement_id for transaction_id in ids}
    statements = {statement_id for statement_id in held.values() if statement_id is not None}
    with_orders = [
        transaction_id for transaction_id, statement_id in held.items() if statement_id and not locked.places[transaction_id].has_no_orders
    ]
    emptied, changed = writes.leave_orders(with_orders) if with_orders else ([], [])
    order_writes.delete_orders(emptied)
    insert_order_lines(changed)
    places = locked.places
    waiting = {row: places[row].statement_id for row in locked.returns if places[row].has_no_orders}
    wanted = statements | {statement_id for statement_id in waiting.values() if statement_id is not None}
    wanted |= {place.counted_on for place in places.values() if place.counted_on is not None}
    rested = statement_writes.take_back_all(sorted(wanted), BEFORE_INVOICES)
    back = [transaction_id for transaction_id, statement_id in waiting.items() if statement_id in rested]
    back += [transaction_id for transaction_id in locked.returns if places[transaction_id].statement_id is None]
    free = sorted({*ids, *back})
    writes.free_transactions(free)
    if kept := sorted(statements - rested.keys()):
        write_counts(count_statements(kept))
        count_transactions(kept)
        add_events(
            [(statement_id, "changed", "", left) for statement_id in kept],
            actor,
        )
    return sorted(rested), free


def _rewrite(new: Sequence[NewVersion], valid_before: Set[PosTransactionKey]) -> Checked:
    """The documents themselves, with what the rules find on them."""
    ids = [version.transaction_id for version in new]
    stores = fact_reads.stores_by_code({version.value.key.store for version in new})
    documents = resolve_documents(ids, [version.value for version in new], stores, are_stored=True, valid_before=valid_before)
    writes.rewrite_transactions(documents.headers([version.digest for version in new]))
    writes.rewrite_lines(ids, documents.lines())
    writes.rewrite_payments(ids, documents.payments())
    writes.forget_gift_card_movements(ids)
    insert_gift_card_movements(documents.gift_card_movements())
    delete_problems(ids)
    insert_problems(documents.problems())
    link_returns(documents.returns())
    return documents.checked
