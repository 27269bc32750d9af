"""Calculation: statements of store days by kind, transactions marked, lines per tender (docs/domain.md#calculation-states)."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Q

from core.access.models import AuditEntry
from core.access.scope import Scope
from core.access.writes import record_audit
from core.db.locks import CALCULATION, lock_for_transaction
from core.jobs.chunks import part_culprits, reason_of
from core.lib.messages import Params
from core.lib.problems import BusinessError, Problem
from orders.models import Store
from orders.rules.order_numbers import statement_number
from parameters.writes import reserve_numbers
from statements.queries import calculation as reads
from statements.queries.versions import statements_in_use
from statements.writes import calculation as writes
from statements.writes.undo_calculation import delete_empty_statements

STORES_PER_TRANSACTION = 50


@dataclass(slots=True)
class Calculated:
    """What calculation did; `waiting` counts transactions left out because they return a sale that cannot be posted before them.

    `failed` names the stores that could not be calculated.
    """

    statements: int = 0
    new: int = 0
    transactions: int = 0
    waiting: int = 0
    numbers: list[str] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)

    def add(self, part: "Calculated") -> None:
        """Adds what a batch of stores did."""
        self.statements += part.statements
        self.new += part.new
        self.transactions += part.transactions
        self.waiting += part.waiting
        self.numbers += part.numbers


def calculate_statements(
    store_codes: Sequence[str] = (),
    through: date | None = None,
    actor: str = "",
    scope: Scope | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    kind: str = "",
) -> Calculated:
    """Puts unposted, valid transactions on statements; what was calculated before stays, later transactions join the open statement.

    A store has one combined statement for a day, or transactional ones for its sales and a financial one for its money, as its statement
    model says; with `kind` only those of that kind are made. Asked for by its kind, a financial one is made before its day is over, too.
    Works through the stores in batches of one transaction each; takes the calculation locks of its stores, so two runs at once do the
    work once. A fixed number of queries per batch. A store that cannot be calculated is named in `failed`, and the others go on. Stores
    outside `scope` are not known; commands have no scope and see all. Raises BusinessError UNKNOWN_STORE.
    """
    known = set(Store.objects.filter(scope.stores("") if scope else Q(), code__in=store_codes).values_list("code", flat=True))
    if unknown := [code for code in store_codes if code not in known]:
        raise BusinessError(*(Problem("UNKNOWN_STORE", {"store": repr(code)}, variant="check_code") for code in unknown))
    result = Calculated()
    stores = reads.stores_with_open_transactions(list(store_codes), through, sorted(scope.store_ids) if scope else None)

    def calculate(part: Sequence[int]) -> None:
        done = Calculated()
        calculate_batch(part, through, actor, done, kind)
        result.add(done)

    def leave_out(store_id: int, error: Exception) -> None:
        said: Params = {"store": Store.objects.values_list("code", flat=True).get(pk=store_id), **reason_of(error)}
        result.failed.append(Problem("UNEXPECTED_ERROR", said, variant="calculation"))

    for start in range(0, len(stores), STORES_PER_TRANSACTION):
        progress(start, len(stores))
        part_culprits(stores[start : start + STORES_PER_TRANSACTION], calculate, leave_out)
    progress(len(stores), len(stores))
    return result


@transaction.atomic
def calculate_batch(store_ids: Sequence[int], through: date | None, actor: str, result: Calculated, kind: str = "") -> None:
    """One batch of stores: Started, Marked, Calculated in one transaction."""
    lock_for_transaction(CALCULATION, store_ids)
    candidates = writes.collect_candidates(store_ids, through, kind)
    waiting = _leave_out_waiting()
    days = reads.store_days()
    new = [day for day in days if day.statement_id is None]
    if new:
        blocks = reserve_numbers({f"statement:{store}": count for store, count in Counter(day.store for day in new).items()})
        numbers = {}
        for day in new:
            numbers[day] = statement_number(day.store, blocks[f"statement:{day.store}"])
            blocks[f"statement:{day.store}"] += 1
        writes.insert_statements(new, numbers)
        result.numbers += numbers.values()
    if days:
        marked = writes.mark_transactions()
        writes.calculate_lines(marked, actor)
        result.statements += len(marked)
        stores = sorted({day.store for day in days})
        record_audit(AuditEntry.Action.CALCULATE, actor, ", ".join(stores), {"statements": len(marked), "new": len(new)})
    result.new += len(new)
    result.transactions += candidates - len(waiting)
    result.waiting += len(waiting)
    delete_empty_statements(store_ids)


def _leave_out_waiting() -> list[int]:
    """Takes returns whose sale cannot be posted before them out of `to_mark`, and gives them."""
    waiting: list[int] = []
    # A return of a return that waits does not exist (L16), but leaving out a sale of a mixed transaction can make further returns wait.
    while more := reads.waiting_returns():
        writes.leave_out(more)
        waiting += more
    return waiting


def recalculate_with(statement_ids: Collection[int], transaction_ids: Collection[int], actor: str) -> None:
    """Calculates statements that were taken back anew: with what is still on them and, of these transactions, the valid ones of their days.

    In the caller's transaction, which holds the calculation locks of the stores. A statement that keeps nothing stands at Started.
    """
    writes.collect_those_of(statement_ids, transaction_ids)
    _leave_out_waiting()
    marked = writes.mark_transactions()
    writes.calculate_lines({*marked, *statements_in_use(statement_ids)}, actor)
