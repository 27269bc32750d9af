"""What changes of master data mean for sales and statements that are not posted: checks and effects for records of lower apps."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import ngettext

from core.db.pagination import COUNT_LIMIT, count_up_to
from core.i18n.texts import count_text
from orders.models import Store
from parameters.models import LegalEntity
from statements.models import PosTransaction, Statement


def unposted(condition: Q) -> int:
    """How many statements are not posted, up to a limit."""
    return count_up_to(Statement.objects.filter(condition, posted_at=None))


def on_no_statement(condition: Q) -> int:
    """How many transactions may still come onto a statement, up to a limit."""
    rows = PosTransaction.objects.filter(condition, statement=None)
    return count_up_to(rows.exclude(validation_status=PosTransaction.ValidationStatus.DISCARDED))


def store_is_open(before: Store | None, after: Store) -> Iterable[str]:
    """An inactive store is no longer offered, but its day is still posted."""
    if before and before.is_active and not after.is_active:
        yield from still_to_post(unposted(Q(store=before)), on_no_statement(Q(store=before)))


def company_is_open(before: LegalEntity | None, after: LegalEntity) -> Iterable[str]:
    """The same for all stores of a company."""
    if before and before.is_active and not after.is_active:
        yield from still_to_post(unposted(Q(legal_entity=before)), on_no_statement(Q(store__warehouse__legal_entity=before)))


def still_to_post(statements: int, transactions: int) -> Iterable[str]:
    """What is posted all the same."""
    if statements:
        yield ngettext(
            "%(count)s statement is not posted yet; it can still be posted.",
            "%(count)s statements are not posted yet; they can still be posted.",
            statements,
        ) % {"count": limited(statements)}
    if transactions:
        yield ngettext(
            "%(count)s transaction is on no statement yet; it can still be calculated and posted.",
            "%(count)s transactions are on no statement yet; they can still be calculated and posted.",
            transactions,
        ) % {"count": limited(transactions)}


def store_moves(before: Store | None, after: Store) -> Iterable[str]:
    """What is calculated keeps its warehouse, the rest goes to the new one."""
    if before and before.warehouse_id != after.warehouse_id:
        kept = unposted(Q(store=before)) if before.warehouse_id else 0
        if kept:
            yield ngettext(
                "%(count)s statement that is calculated is still posted from the old warehouse; recalculate it to use the new one.",
                "%(count)s statements that are calculated are still posted from the old warehouse; recalculate them to use the new one.",
                kept,
            ) % {"count": limited(kept)}


def limited(number: int) -> str:
    """A count as pages write it."""
    return f"{count_text(COUNT_LIMIT)}+" if number > COUNT_LIMIT else count_text(number)
