"""What changes of master data mean for sales and statements that are not posted: checks and effects for records of lower apps."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import ngettext

from core.db.pagination import COUNT_LIMIT, count_up_to
from core.i18n.texts import count_text
from ledger.models import FiscalPeriod
from orders.models import Store
from parameters.models import LegalEntity
from statements.models import PosTransaction, Statement
from statements.rules.states import PostState


def unposted(condition: Q) -> int:
    """How many statements are not posted, up to a limit."""
    return count_up_to(Statement.objects.filter(condition).exclude(post_state=PostState.POSTED))


def store_is_open(before: Store | None, after: Store) -> Iterable[str]:
    """An inactive store is no longer offered, but its day is still posted."""
    if before and before.is_active and not after.is_active:
        yield from still_to_post(unposted(Q(store=before)), count_up_to(PosTransaction.objects.filter(store=before, statement=None)))


def company_is_open(before: LegalEntity | None, after: LegalEntity) -> Iterable[str]:
    """The same for all stores of a company."""
    if before and before.is_active and not after.is_active:
        loose = PosTransaction.objects.filter(store__warehouse__legal_entity=before, statement=None)
        yield from still_to_post(unposted(Q(legal_entity=before)), count_up_to(loose))


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


def period_closes(before: FiscalPeriod | None, after: FiscalPeriod) -> Iterable[str]:
    """Statements of a closed period fail until it is opened again."""
    closed = FiscalPeriod.Status.CLOSED
    if after.status != closed or (before and before.status == closed):
        return
    days = (after.starts_on, after.ends_on)
    statements = unposted(Q(legal_entity=after.legal_entity_id, business_date__range=days))
    if statements:
        yield ngettext(
            "%(count)s statement of the period is not posted; it cannot be posted while the period is closed.",
            "%(count)s statements of the period are not posted; they cannot be posted while the period is closed.",
            statements,
        ) % {"count": limited(statements)}
    loose = PosTransaction.objects.filter(store__warehouse__legal_entity=after.legal_entity_id, statement=None, business_date__range=days)
    transactions = count_up_to(loose)
    if transactions:
        yield ngettext(
            "%(count)s transaction of the period is on no statement yet; it cannot be posted while the period is closed.",
            "%(count)s transactions of the period are on no statement yet; they cannot be posted while the period is closed.",
            transactions,
        ) % {"count": limited(transactions)}


def limited(number: int) -> str:
    """A count as pages write it."""
    return f"{count_text(COUNT_LIMIT)}+" if number > COUNT_LIMIT else count_text(number)
