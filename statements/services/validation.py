"""Validation of transactions that are on no statement: what was unknown is looked up again, and the rules run again."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from core.access.models import AuditEntry
from core.access.scope import Scope
from core.access.writes import record_audit
from core.db.locks import CALCULATION, lock_for_transaction
from core.jobs.chunks import part_culprits, reason_of
from core.lib.messages import Params
from core.lib.problems import BusinessError, Problem, register_texts
from orders.models import Store
from statements.queries import facts as fact_reads
from statements.queries import validation as reads
from statements.queries.validation import StoredTransaction
from statements.rules.validation import keeps_off_statements
from statements.services.validate_batch import Checked, check_transactions
from statements.writes import imports as writes

register_texts("UNKNOWN_STORE", {"check_code": "Store {store} is not known; check its code."})

VALID, ERROR = "valid", "error"
TRANSACTIONS_PER_CHUNK = 1000


@dataclass(slots=True)
class Validated:
    """What validation found. `changed` counts transactions whose status or problems are others than before."""

    transactions: int = 0
    errors: int = 0
    changed: int = 0
    problems_by_code: Counter[str] = field(default_factory=Counter)
    problems_before: Counter[str] = field(default_factory=Counter)
    made_valid: int = 0

    @property
    def valid(self) -> int:
        """Transactions that may go on statements."""
        return self.transactions - self.errors


def validate_open_transactions(
    store_codes: Sequence[str] = (),
    actor: str = "",
    scope: Scope | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Validated:
    """Validates all transactions on no statement, of the stores named or of all; chunk by chunk, each in a transaction of its own.

    A chunk takes the calculation locks of its stores and the rows of its transactions. Stores outside `scope` are not known; commands
    have no scope and see all. Raises BusinessError UNKNOWN_STORE.
    """
    stores = dict(Store.objects.filter(scope.stores("") if scope else Q(), code__in=store_codes).values_list("code", "pk"))
    if unknown := [code for code in store_codes if code not in stores]:
        raise BusinessError(*(Problem("UNKNOWN_STORE", {"store": repr(code)}, variant="check_code") for code in unknown))
    outcome = Validated()
    place = reads.START
    within = stores.values() if store_codes else sorted(scope.store_ids) if scope else None
    record_audit(AuditEntry.Action.VALIDATE, actor, ", ".join(store_codes))
    total = reads.count_open(within)
    progress(0, total)
    while places := reads.next_open(place, within, TRANSACTIONS_PER_CHUNK):
        _validate_chunk([found.id for found in places], sorted({found.store_id for found in places}), outcome)
        place = places[-1]
        progress(outcome.transactions, outcome.transactions if len(places) < TRANSACTIONS_PER_CHUNK else total)
    return outcome


def validate_picked(
    transaction_ids: Collection[int],
    actor: str = "",
    scope: Scope | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Validated:
    """Validates those of the transactions that are on no statement and in `scope` (None: all), with the locks of the whole validation."""
    outcome = Validated()
    places = reads.open_among(transaction_ids, sorted(scope.store_ids) if scope else None)
    record_audit(AuditEntry.Action.VALIDATE, actor, "", {"transactions": len(places)})
    progress(0, len(places))
    for start in range(0, len(places), TRANSACTIONS_PER_CHUNK):
        chunk = places[start : start + TRANSACTIONS_PER_CHUNK]
        _validate_chunk([found.id for found in chunk], sorted({found.store_id for found in chunk}), outcome)
        progress(outcome.transactions, len(places))
    return outcome


def revalidate_returns(transaction_ids: Collection[int] | None) -> Validated:
    """Validates again those of the open transactions, of these or of all, whose returned line came in after them."""
    outcome = Validated()
    validate_these(reads.waiting_for_known_lines(transaction_ids), outcome)
    return outcome


def validate_these(transaction_ids: Sequence[int], outcome: Validated) -> None:
    """Validates those of the transactions that are on no statement, chunk by chunk; locks their rows, no store."""
    for start in range(0, len(transaction_ids), TRANSACTIONS_PER_CHUNK):
        _validate_chunk(transaction_ids[start : start + TRANSACTIONS_PER_CHUNK], [], outcome)


def _validate_chunk(transaction_ids: Sequence[int], store_ids: Sequence[int], outcome: Validated) -> None:
    """Validates transactions; one that no rule can judge gets an error that says so, and the others go on."""

    def keep_unjudged(transaction_id: int, error: Exception) -> None:
        with transaction.atomic():
            key = reads.key_of(transaction_id)
            said: Params = {"transaction": key, **reason_of(error)}
            writes.mark_unjudged(transaction_id, Problem("UNEXPECTED_ERROR", said, variant="validation"))
        outcome.transactions += 1
        outcome.errors += 1
        outcome.problems_by_code["UNEXPECTED_ERROR"] += 1

    part_culprits(transaction_ids, lambda part: _validate_part(part, store_ids, outcome), keep_unjudged)


def _validate_part(transaction_ids: Sequence[int], store_ids: Sequence[int], outcome: Validated) -> None:
    """A part of a chunk, in one transaction; `outcome` grows only once it is done."""
    found = Validated()
    with transaction.atomic():
        _judge(transaction_ids, store_ids, found)
    outcome.transactions += found.transactions
    outcome.errors += found.errors
    outcome.changed += found.changed
    outcome.made_valid += found.made_valid
    outcome.problems_by_code += found.problems_by_code
    outcome.problems_before += found.problems_before


def _judge(transaction_ids: Sequence[int], store_ids: Sequence[int], outcome: Validated) -> None:
    """Some thirty queries, whatever the number of transactions."""
    lock_for_transaction(CALCULATION, store_ids)
    stored = reads.lock_open(transaction_ids)
    if not stored:
        return
    if any(row.value.gift_cards for row in stored) and writes.update_gift_card_movements([row.id for row in stored]):
        stored = reads.lock_open(transaction_ids)
    values = [row.value for row in stored]
    stores = fact_reads.stores_by_code({value.key.store for value in values})
    valid = {row.value.key for row in stored if row.status == VALID}
    checked = check_transactions(values, stores, valid, [row.id for row in stored])
    _update_resolved(stored, checked)
    status_changes: list[tuple[int, int | None, str]] = []
    fresh_problems: list[tuple[StoredTransaction, list[Problem]]] = []
    for row, problems in zip(stored, checked.problems, strict=True):
        status = ERROR if keeps_off_statements(problems) else VALID
        customer_id = checked.facts.customers.get(row.value.customer)
        if (status, customer_id) != (row.status, row.customer_id):
            status_changes.append((row.id, customer_id, status))
        if frozenset(problems) != row.problems:
            fresh_problems.append((row, problems))
        outcome.changed += status != row.status or frozenset(problems) != row.problems
        outcome.made_valid += status == VALID and row.status == ERROR
        outcome.transactions += 1
        outcome.errors += status == ERROR
        outcome.problems_by_code.update(problem.code for problem in problems)
        outcome.problems_before.update(problem.code for problem in row.problems)
    writes.update_transactions(status_changes)
    if fresh_problems:
        writes.delete_problems([row.id for row, _ in fresh_problems])
        writes.insert_problems((row.id, problem) for row, problems in fresh_problems for problem in problems)


def _update_resolved(stored: Sequence[StoredTransaction], checked: Checked) -> None:
    """Keeps items, batches, stock quantities and returned lines that are known now."""
    changes = []
    facts = checked.facts
    for row in stored:
        for line in row.lines:
            item = facts.items.get(line.value.item)
            batch = facts.captured_batch(line.value)
            quantity = checked.stock_quantity(row.value.key, line.value)
            now = writes.LineChange(line.id, item.id if item else None, quantity, batch.id if batch else None)
            if now[1:] != (line.item_id, line.stock_quantity, line.batch_id):
                changes.append(now)
    writes.update_lines(changes)
    if returns := [row.id for row in stored if any(line.value.return_of for line in row.lines)]:
        writes.link_returns(returns)
