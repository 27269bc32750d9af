"""Posted statements and transactions taken back exactly, once, in one step each (docs/posting.md#reversals).

Locks, in this order: the calculation of the store, the statement's row, the allocations of its lines, then as `take_back_movements`.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.durability import wait_for_this_commit
from core.db.locks import CALCULATION, lock_for_transaction
from core.lib.decimals import ZERO
from core.lib.document_kinds import SourceKind
from core.lib.messages import Message
from core.lib.problems import BusinessError, Problem
from inventory.rules.reversals import TakenBack
from inventory.services.reversals import take_back_movements
from ledger.queries import closed_dates, posting_accounts_at, reversal_of, vouchers_of
from ledger.queries.reversals import AccountSum, sums_of_entries, sums_of_vouchers
from ledger.rules.reversals import REVERSAL_STEP, DocumentToReverse, not_posted, reversed_already
from ledger.rules.vouchers import Entry, VoucherPlan
from ledger.services import begin_reversal
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
    ids = reads.transactions_of(statement.id)
    parts = reads.read_parts(ids, statement.posting_date)
    sums = sums_of_vouchers(vouchers_of(reads.sources_of_statement(statement.id)))
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


@transaction.atomic
def reverse_statement(statement_id: int, reason: str, actor: str, on: date | None = None) -> Reversed:
    """Takes a posted statement back; its transactions stand anew, free to be corrected and to be calculated.

    So does one that stopped after invoicing: what it posted so far is taken back, and it counts as posted and reversed. What single
    transactions of it were reversed before stays as it is. Raises BusinessError NOT_POSTED, REVERSED_ALREADY, CAME_BACK_SINCE,
    STOCK_TAKEN_SINCE, PERIOD_CLOSED, STOCK_PERIOD_CLOSED, REVERSAL_DATE_TOO_EARLY, REASON_NEEDED.
    """
    statement = _hold(statement_id)
    if statement.reversal_id is not None:
        before = reversal_of(SourceKind.STATEMENT, statement.id)
        raise BusinessError(reversed_already(statement.number, before.actor if before else ""))
    if not (statement.is_posted or statement.is_stuck):
        raise BusinessError(not_posted(statement.number))
    ids = reads.transactions_of(statement.id)
    parts = reads.hold_parts(ids, statement.posting_date)
    _refuse_returned(ids)
    vouchers = vouchers_of(reads.sources_of_statement(statement.id))
    what = DocumentToReverse(statement.legal_entity_id, SourceKind.STATEMENT, statement.id, statement.number, reason.strip(), actor, on)
    reversal_id = begin_reversal(what, {statement.posting_date, *vouchers.values()}, goods=bool(parts))
    take_back_movements(parts, SourceKind.REVERSED_POS_LINE, what, reversal_id)
    mirror_vouchers(vouchers, on)
    taken = _stand_anew(statement, what, reversal_id, ids)
    writes.mark_statement(statement.id, reversal_id)
    return taken


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
    statement = _hold(seen.statement_id)
    found = reads.hold_transaction(transaction_id)
    if found.reversal_id is not None:
        raise _refuse_second(found.document, found)
    if not statement.is_posted:
        raise BusinessError(Problem("NOT_POSTED", {"document": found.document, "statement": statement.number}, variant="in_part"))
    parts = reads.hold_parts([found.id], statement.posting_date)
    _refuse_returned([found.id])
    what = DocumentToReverse(statement.legal_entity_id, SourceKind.POS_TRANSACTION, found.id, found.document, reason.strip(), actor, on)
    reversal_id = begin_reversal(what, {statement.posting_date}, goods=bool(parts))
    take_back_movements(parts, SourceKind.REVERSED_POS_LINE, what, reversal_id)
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
    return _stand_anew(statement, what, reversal_id, [found.id])


@transaction.atomic
def reverse_and_correct(
    transaction_id: int, corrections: list[Correction], reason: str, actor: str, on: date | None = None
) -> tuple[Reversed, CorrectionResult]:
    """Takes a posted transaction back and puts what is right in its place, in one step; the next statement of its day posts it.

    Raises as `reverse_transaction` and `correct_one`.
    """
    taken = reverse_transaction(transaction_id, reason, actor, on)
    return taken, correct_one(taken.transactions[transaction_id], corrections, 0, actor)


def _hold(statement_id: int) -> PostedStatement:
    lock_for_transaction(CALCULATION, [reads.store_of_statement(statement_id)])
    return reads.hold_statement(statement_id)


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


def _stand_anew(statement: PostedStatement, what: DocumentToReverse, reversal_id: int, ids: list[int]) -> Reversed:
    """What is the same for both: accounts of customers, the transactions anew, history and audit trail."""
    wait_for_this_commit()
    mirror_customer_transactions(SourceKind.POS_TRANSACTION, ids, what.on)
    taken = writes.stand_anew(ids, reversal_id)
    said = Message("{document} was reversed: {reason}", {"document": what.document, "reason": what.reason})
    add_events([(statement.id, "reversed", "", said)], what.actor)
    record_audit(AuditEntry.Action.REVERSE, what.actor, what.document, {"reason": what.reason, "transactions": len(ids)})
    return Reversed(what.document, reversal_id, taken)
