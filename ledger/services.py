"""Business verbs of the ledger: books for new legal entities, fiscal periods on first use."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.history import record_as_found, record_history
from core.db.locks import IMPORT, lock_for_transaction, locked_row
from core.files.repeats import first_of_each_key
from core.lib.contributions import Contributions
from core.lib.imports import BatchResult, ImportKind, Row
from core.lib.problems import BusinessError
from ledger.models import FiscalPeriod, Reversal
from ledger.queries import closed_dates, currencies_with_vouchers, reversals_of
from ledger.rules.chart import STANDARD_CHART
from ledger.rules.master_data import OpenDocument, Span, company_currency_problem, month_problem
from ledger.rules.reversals import DocumentToReverse, reversal_refusal, reversed_already
from ledger.writes import insert_chart, insert_months, insert_reversals
from parameters.rules.file_columns import LegalEntityRow
from parameters.services import give_parameters, legal_entity_named, save_legal_entities


def ensure_legal_entity_books(legal_entity_ids: Collection[int]) -> None:
    """Gives legal entities the standard chart of accounts and its posting profiles; what exists stays. Two queries."""
    insert_chart(legal_entity_ids, STANDARD_CHART)


def ensure_books_of_new_company(legal_entity_id: int, actor: str) -> None:
    """Gives a legal entity that was just made its Retail parameters, accounts and posting profiles; inside the caller's transaction."""
    give_parameters([legal_entity_id], actor)
    ensure_legal_entity_books([legal_entity_id])


def ensure_periods(dates: Collection[tuple[int, date]]) -> None:
    """Makes the monthly fiscal periods, open, that plausible (legal entity, date) pairs need and no period covers; one query."""
    insert_months(sorted(set(dates)))


class PeriodQuestion(NamedTuple):
    """Days of a company; with `goods` only what moves goods is asked for."""

    legal_entity_id: int
    first: date
    last: date
    goods: bool = False


# What is not posted yet on days that are about to be closed: documents of higher apps.
OPEN_IN_PERIOD: Contributions[PeriodQuestion, OpenDocument] = Contributions()


class MonthSet(NamedTuple):
    """What became of a month: whether its status changed, and what is not posted in it."""

    changed: bool
    open_documents: list[OpenDocument]


@transaction.atomic
def set_month(legal_entity: str, month: Span, status: str, actor: str, *, stock: bool = False) -> MonthSet:
    """Closes or opens a calendar month of a company, or its `stock` alone; makes its period where there is none. A fixed number of queries.

    Documents that are not posted do not keep it from being closed: they are named, and wait. Holds the period's row. Raises BusinessError
    UNKNOWN_LEGAL_ENTITY, PERIOD_IS_NO_MONTH.
    """
    entity_id = legal_entity_named(legal_entity).pk
    periods = FiscalPeriod.objects.filter(legal_entity=entity_id, starts_on__lte=month.last, ends_on__gte=month.first)
    if problem := month_problem(month, [Span(*days) for days in periods.values_list("starts_on", "ends_on")]):
        raise BusinessError(problem)
    key = periods.values_list("pk", flat=True).first()
    field = "stock_status" if stock else "status"
    changed = key is None or getattr(locked_row(FiscalPeriod, key), field) != status
    if key is None:
        row = FiscalPeriod(legal_entity_id=entity_id, starts_on=month.first, ends_on=month.last, **{field: status})
        FiscalPeriod.objects.bulk_create([row])
        record_history(FiscalPeriod, [row.pk], "+", actor)
    elif changed:
        record_as_found(FiscalPeriod, [key])
        periods.update(**{field: status})
        record_history(FiscalPeriod, [key], "~", actor)
    if changed:
        about = {field: status, "legal_entity": legal_entity}
        record_audit(AuditEntry.Action.MASTER_DATA, actor, f"fiscal-periods {month.first}..{month.last}", about)
    return MonthSet(changed, sorted(OPEN_IN_PERIOD.ask(PeriodQuestion(entity_id, *month, goods=stock))))


class ReversalToBegin(NamedTuple):
    """A document to take back; `posted_on` are the dates of the entries that will be mirrored, `goods` says whether some move goods."""

    what: DocumentToReverse
    posted_on: Collection[date]
    goods: bool


def begin_reversal(what: DocumentToReverse, posted_on: Collection[date], *, goods: bool) -> int:
    """As `begin_reversals`, for one document; gives the reversal's id."""
    return begin_reversals([ReversalToBegin(what, posted_on, goods)])[0]


def begin_reversals(documents: Sequence[ReversalToBegin]) -> list[int]:
    """Keeps that documents are taken back, in the caller's transaction, before anything is; gives the reversals' ids, in their order.

    Of two reversals of one document at the same time the second waits for the first and is refused. A fixed number of queries. Raises
    BusinessError REASON_NEEDED, PERIOD_CLOSED, STOCK_PERIOD_CLOSED, REVERSAL_DATE_TOO_EARLY, REVERSED_ALREADY, for the first of them.
    """
    sources = [(one.what.source_kind, one.what.source_id) for one in documents]
    _refuse_second(documents, reversals_of(sources))
    days_of = [{*one.posted_on, *([one.what.on] if one.what.on else [])} for one in documents]
    pairs = {
        moves: {(one.what.legal_entity_id, day) for one, days in zip(documents, days_of, strict=True) if one.goods is moves for day in days}
        for moves in (False, True)
    }
    ensure_periods(pairs[False] | pairs[True])
    closed = {moves: closed_dates(found, goods=moves) if found else {} for moves, found in pairs.items()}
    for one, days in zip(documents, days_of, strict=True):
        codes = {day: closed[one.goods].get((one.what.legal_entity_id, day), "") for day in days}
        if problem := reversal_refusal(one.what.document, one.what.reason, one.what.on, codes):
            raise BusinessError(problem)
    begun = insert_reversals([one.what for one in documents])
    if len(begun) < len(documents):
        _refuse_second(documents, reversals_of(sources), made=set(begun.values()))
    return [begun[source] for source in sources]


def _refuse_second(documents: Sequence[ReversalToBegin], before: Mapping[tuple[int, int], Reversal], made: Collection[int] = ()) -> None:
    for one in documents:
        found = before.get((one.what.source_kind, one.what.source_id))
        if found and found.pk not in made:
            raise BusinessError(reversed_already(found.document, found.actor))


@transaction.atomic
def import_legal_entities(rows: Sequence[Row[LegalEntityRow]]) -> BatchResult:
    """One batch of the file `legal-entities`: makes or changes them; new ones get parameters, accounts and posting profiles.

    Refuses COMPANY_IN_USE for another currency once there are vouchers.

    Takes the import lock of its kind; a fixed number of queries.
    """
    lock_for_transaction(IMPORT, [ImportKind.LEGAL_ENTITIES])
    result = BatchResult()
    booked = currencies_with_vouchers({row.value.code for row in rows})
    accepted = []
    for row in rows:
        problem = company_currency_problem(row.value.code, booked.get(row.value.code, row.value.currency), row.value.currency)
        if problem:
            result.reject(row, problem)
        else:
            accepted.append(row)
    kept = [row.value for row in first_of_each_key(accepted, result, "parameters_legalentity")]
    touched = save_legal_entities(kept)
    ensure_legal_entity_books(touched.new)
    result.count(len(kept), len(touched.new), len(touched.updated))
    return result
