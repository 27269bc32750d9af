"""Posted statements and transactions taken back exactly, once, in one step each (docs/posting.md#reversals).

Locks, in this order: the calculation of the stores, the statements' rows by id, the allocations of its lines, then as `take_back`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audits
from core.db.durability import wait_for_this_commit
from core.db.locks import CALCULATION, lock_for_transaction
from core.jobs.queue.rules import cut_in_order
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message
from core.lib.problems import BusinessError, Problem
from inventory.rules.reversals import TakenBack
from inventory.services.reversals import empty_work_table, take_back
from inventory.writes.taking_back import documents_put_back
from ledger.queries import closed_dates, posting_accounts_at, reversal_of, vouchers_of
from ledger.queries.reversals import AccountSum, sums_of_entries, sums_of_vouchers
from ledger.rules.reversals import REVERSAL_STEP, DocumentToReverse, not_posted, reversed_already
from ledger.rules.vouchers import Entry, VoucherPlan
from ledger.services import ReversalToBegin, begin_reversal, begin_reversals
from ledger.writes import insert_vouchers, mirror_vouchers
from orders.rules.invoices import OrderHead, plan_invoice_voucher
from orders.writes.reversals import mirror_customer_transactions
from statements.queries import reversals as reads
from statements.queries.reversals import PostedStatement, PostedTransaction
from statements.rules import vouchers as entries
from statements.rules.corrections import Correction
from statements.rules.reversals import account_of, came_back_since, reversed_entries
from statements.rules.till import PosTransactionKey
from statements.services.corrections import CorrectionResult, correct_one
from statements.services.runner import WORK
from statements.writes import reversals as writes
from statements.writes.posting import add_events


@dataclass(frozen=True, slots=True)
class Reversed:
    """What was taken back: the document, and the transactions that stand anew by those that were posted."""

    document: str
    reversal_id: int
    transactions: dict[int, int]


def statement_to_reverse(number: str) -> int:
    """The id of a statement. Raises BusinessError NOT_POSTED for one that is not known."""
    found = reads.find_statement(number)
    if found is None:
        raise BusinessError(Problem("NOT_POSTED", {"document": number}, variant="unknown"))
    return found


def transaction_to_reverse(key: PosTransactionKey) -> int:
    """The id of the transaction that stands under a key now.

    Raises BusinessError NOT_POSTED where it is not known or on no statement, REVERSED_ALREADY where it was taken back.
    """
    found = reads.find_transaction(key)
    if found is None:
        raise BusinessError(Problem("NOT_POSTED", {"document": str(key)}, variant="unknown"))
    if found.statement_id is None and (before := reads.last_reversed(key)):
        raise _refuse_second(before.document, before)
    return found.id


@dataclass(frozen=True, slots=True)
class WouldReverse:
    """What a reversal would book: how many transactions and movements, amounts by account, and the date that is closed (None: open)."""

    transactions: int
    movements: int
    accounts: list[AccountSum]
    posted_on: date
    closed: bool


def look_at_statement(statement_id: int) -> WouldReverse:
    """What reversing the statement would book; seven queries."""
    statement = reads.read_statement(statement_id)
    ids = reads.transactions_of([statement.id])[statement.id]
    parts = reads.read_parts(ids, statement.posting_date)
    sums = sums_of_vouchers([voucher.id for voucher in vouchers_of(reads.sources_of_statements([statement.id]))])
    return WouldReverse(len(ids), len(parts), sums, statement.posting_date, _is_closed(statement, goods=bool(parts)))


def look_at_transaction(transaction_id: int) -> WouldReverse | None:
    """What reversing the transaction would book; None where it is not posted. At most ten queries."""
    found = reads.read_transaction(transaction_id)
    if found.statement_id is None or found.reversal_id is not None:
        return None
    statement = reads.read_statement(found.statement_id)
    if not statement.is_posted:
        return None
    parts = reads.read_parts([found.id], statement.posting_date)
    entries_back = reversed_entries(*_booked(statement, found, parts))
    closed = _is_closed(statement, goods=bool(parts))
    return WouldReverse(1, len(parts), sums_of_entries(entries_back), statement.posting_date, closed)


def _is_closed(statement: PostedStatement, *, goods: bool) -> bool:
    return bool(closed_dates({(statement.legal_entity_id, statement.posting_date)}, goods=goods))


def reverse_statement(statement_id: int, reason: str, actor: str, on: date | None = None) -> Reversed:
    """As `reverse_statements`, for one."""
    return reverse_statements([statement_id], reason, actor, on)[0]


@transaction.atomic
def reverse_statements(statement_ids: Sequence[int], reason: str, actor: str, on: date | None = None) -> list[Reversed]:
    """Takes posted statements back, all or none of them; their transactions stand anew, free to be corrected and to be calculated.

    So does one that stopped after invoicing: what it posted so far is taken back, and it counts as posted and reversed. What single
    transactions of it were reversed before stays as it is. A fixed number of queries. Raises BusinessError NOT_POSTED, REVERSED_ALREADY,
    CAME_BACK_SINCE, STOCK_TAKEN_SINCE, PERIOD_CLOSED, STOCK_PERIOD_CLOSED, REVERSAL_DATE_TOO_EARLY, REASON_NEEDED.
    """
    statements = _hold(statement_ids)
    for statement in statements:
        _refuse_statement(statement)
    ids = reads.transactions_of(statement_ids)
    days = {statement.id: statement.posting_date for statement in statements}
    empty_work_table()
    writes.put_back_transactions({one: (owner, days[owner]) for owner, of_statement in ids.items() for one in of_statement})
    goods = documents_put_back()
    _refuse_returned([one for of_statement in ids.values() for one in of_statement])
    statement_of = reads.sources_of_statements(statement_ids)
    vouchers = vouchers_of(statement_of)
    posted_on = {owner: {day} for owner, day in days.items()}
    for voucher in vouchers:
        posted_on[statement_of[voucher.source]].add(voucher.date)
    what = [
        DocumentToReverse(one.legal_entity_id, SourceKind.STATEMENT, one.id, one.number, reason.strip(), actor, on) for one in statements
    ]
    begun = begin_reversals([ReversalToBegin(one, posted_on[one.source_id], one.source_id in goods) for one in what])
    reversals = dict(zip(begun, what, strict=True))
    if goods:
        take_back(SourceKind.REVERSED_POS_LINE, reversals)
    mirror_vouchers([voucher.id for voucher in vouchers], on)
    taken = _stand_anew([(reversal_id, one, one.source_id, ids[one.source_id]) for reversal_id, one in reversals.items()])
    writes.mark_statements({one.source_id: reversal_id for reversal_id, one in reversals.items()})
    return taken


def _refuse_statement(statement: PostedStatement) -> None:
    if statement.reversal_id is not None:
        before = reversal_of(SourceKind.STATEMENT, statement.id)
        raise BusinessError(reversed_already(statement.number, before.actor if before else ""))
    if not (statement.is_posted or statement.is_stuck):
        raise BusinessError(not_posted(statement.number))


@dataclass(slots=True)
class ReversedInTurn:
    """What of a list of statements was taken back, and what refused the next one, which ended it."""

    done: list[Reversed] = field(default_factory=list)
    problems: Sequence[Problem] = ()


def reverse_in_turn(
    statement_ids: Sequence[int],
    reason: str,
    actor: str,
    on: date | None = None,
    *,
    progress: Callable[[int, int], object] = lambda *_: None,
    passes_reversed: bool = False,
) -> ReversedInTurn:
    """Takes posted statements back in their order, in chunks of as many lines as posting works at once; the first refused ends it.

    A chunk is one transaction; one that is refused is halved, until the statement that is to blame stands alone. `passes_reversed`: one
    that somebody took back meanwhile ends nothing.
    """
    found = ReversedInTurn()
    lines = reads.lines_of_statements(statement_ids)
    waiting = list(reversed(cut_in_order([(one, lines[one]) for one in dict.fromkeys(statement_ids)], WORK.chunk_lines())))
    while waiting and not found.problems:
        chunk = waiting.pop()
        progress(len(found.done), len(statement_ids))
        try:
            found.done += reverse_statements(chunk, reason, actor, on)
        except BusinessError as error:
            if len(chunk) == 1:
                is_passed = passes_reversed and all(problem.code == "REVERSED_ALREADY" for problem in error.problems)
                found.problems = () if is_passed else error.problems
            else:
                middle = len(chunk) // 2
                waiting += [chunk[middle:], chunk[:middle]]
    return found


@transaction.atomic
def reverse_transaction(transaction_id: int, reason: str, actor: str, on: date | None = None) -> Reversed:
    """Takes one transaction of a posted statement back: its stock, its amounts, its payments; it stands anew, free to be corrected.

    What its day was over or short is left to the next statement of the day. Raises as `reverse_statement`.
    """
    seen = reads.read_transaction(transaction_id)
    if seen.reversal_id is not None:
        raise _refuse_second(seen.document, seen)
    if seen.statement_id is None:
        raise BusinessError(not_posted(seen.document))
    statement = _hold([seen.statement_id])[0]
    found = reads.hold_transaction(transaction_id)
    if found.reversal_id is not None:
        raise _refuse_second(found.document, found)
    if not statement.is_posted:
        raise BusinessError(Problem("NOT_POSTED", {"document": found.document, "statement": statement.number}, variant="in_part"))
    empty_work_table()
    writes.put_back_transactions({found.id: (found.id, statement.posting_date)})
    parts = reads.read_parts([found.id], statement.posting_date)
    _refuse_returned([found.id])
    what = DocumentToReverse(statement.legal_entity_id, SourceKind.POS_TRANSACTION, found.id, found.document, reason.strip(), actor, on)
    reversal_id = begin_reversal(what, {statement.posting_date}, goods=bool(parts))
    if parts:
        take_back(SourceKind.REVERSED_POS_LINE, {reversal_id: what})
    booked = _booked(statement, found, parts)
    number = f"{statement.number}-R{reversal_id}"
    day = on or statement.posting_date
    insert_vouchers(
        [
            VoucherPlan(
                *(statement.legal_entity_id, number, day, SourceKind.POS_TRANSACTION, found.id, REVERSAL_STEP, reversed_entries(*booked))
            )
        ]
    )
    return _stand_anew([(reversal_id, what, statement.id, [found.id])])[0]


@transaction.atomic
def reverse_and_correct(
    transaction_id: int, corrections: list[Correction], reason: str, actor: str, on: date | None = None
) -> tuple[Reversed, CorrectionResult]:
    """Takes a posted transaction back and puts what is right in its place, in one step; the next statement of its day posts it.

    Raises as `reverse_transaction` and `correct_one`.
    """
    taken = reverse_transaction(transaction_id, reason, actor, on)
    return taken, correct_one(taken.transactions[transaction_id], corrections, 0, actor)


def _hold(statement_ids: Collection[int]) -> list[PostedStatement]:
    """The statements, in the order in which they are named, held."""
    lock_for_transaction(CALCULATION, reads.stores_of_statements(statement_ids))
    held = reads.hold_statements(statement_ids)
    return [held[statement_id] for statement_id in statement_ids]


def _refuse_second(document: str, found: PostedTransaction) -> BusinessError:
    before = reversal_of(SourceKind.POS_TRANSACTION, found.id) or (
        reversal_of(SourceKind.STATEMENT, found.statement_id) if found.statement_id else None
    )
    return BusinessError(reversed_already(document, before.actor if before else ""))


def _refuse_returned(transaction_ids: list[int]) -> None:
    if returned := reads.posted_returns(transaction_ids):
        raise BusinessError(*(came_back_since(*one) for one in returned))


def _booked(statement: PostedStatement, found: PostedTransaction, parts: list[TakenBack]) -> list[list[Entry]]:
    """What the vouchers of the statement and of its invoice hold of one transaction, on the accounts of then."""
    entity = statement.legal_entity_id
    assert statement.posted_at is not None
    accounts = entries.accounts_of(posting_accounts_at(entity, statement.posted_at), entity)
    money = reads.money_of_transaction(found.id)
    booked: list[list[Entry]] = []
    if part := reads.invoiced_part(found.id):
        head = OrderHead(0, statement.number, entity, statement.store, statement.posting_date, part.net, part.tax, part.gift_cards)
        cost = -sum((moved.cost_amount for moved in parts), ZERO)
        invoice = plan_invoice_voucher(head, part.invoice_id, cost, account_of(posting_accounts_at(entity, part.posted_at), entity))
        booked.append(list(invoice.entries))
        money.discount = part.discount
        booked.append(entries.discount_entries(money, accounts))
    if found.kind in {"income", "expense"}:
        booked.append(entries.income_expense_entries(money, accounts))
    booked.append(entries.payment_entries(money, accounts))
    if any(move.method == "gift_card" for move in money.moves):
        booked.append(entries.gift_card_entries(money, accounts))
    return booked


def _stand_anew(documents: Sequence[tuple[int, DocumentToReverse, int, Sequence[int]]]) -> list[Reversed]:
    """What is the same for all: accounts of customers, the transactions anew, history and audit trail.

    `documents` are (reversal, what, its statement, its transactions).
    """
    wait_for_this_commit()
    ids = {one: reversal_id for reversal_id, _, _, transactions in documents for one in transactions}
    on, actor = documents[0][1].on, documents[0][1].actor
    mirror_customer_transactions(SourceKind.POS_TRANSACTION, ids, on)
    taken = writes.stand_anew(ids)
    add_events(
        [
            (statement_id, "reversed", "", Message("{document} was reversed: {reason}", {"document": what.document, "reason": what.reason}))
            for _, what, statement_id, _ in documents
        ],
        actor,
    )
    record_audits(
        AuditEntry.Action.REVERSE,
        actor,
        [(what.document, {"reason": what.reason, "transactions": len(transactions)}) for _, what, _, transactions in documents],
    )
    return [
        Reversed(what.document, reversal_id, {one: taken[one] for one in transactions}) for reversal_id, what, _, transactions in documents
    ]
