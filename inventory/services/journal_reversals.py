"""Journals taken back exactly, once (docs/posting.md#reversals)."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import IMPORT, lock_for_transaction
from core.lib.document_kinds import SourceKind
from core.lib.imports import ImportKind
from core.lib.problems import BusinessError, Problem, register_texts
from inventory.models import Journal, JournalLine
from inventory.queries.reversals import movements_to_take_back
from inventory.services.reversals import take_back_parts
from ledger.queries import vouchers_of
from ledger.rules.reversals import DocumentToReverse
from ledger.services import begin_reversal
from ledger.writes import mirror_vouchers
from parameters.services import legal_entity_named

register_texts("NOT_POSTED", {"in_companies": "Several companies have a journal {document}; say which is meant (--legal-entity CODE)."})


@dataclass(frozen=True, slots=True)
class ReversedJournal:
    """A journal that was taken back."""

    document: str
    reversal_id: int


def journal_to_reverse(number: str, company: str = "") -> int:
    """The id of a journal, of the company where one is named.

    Raises BusinessError NOT_POSTED where there is none, or one in several companies and none was named; UNKNOWN_LEGAL_ENTITY.
    """
    found = Journal.objects.filter(number=number)
    if company:
        found = found.filter(legal_entity=legal_entity_named(company))
    ids = list(found.values_list("pk", flat=True)[:2])
    if len(ids) != 1:
        raise BusinessError(Problem("NOT_POSTED", {"document": number}, variant="in_companies" if ids else "unknown"))
    return ids[0]


@transaction.atomic
def reverse_journal(journal_id: int, reason: str, actor: str, on: date | None = None) -> ReversedJournal:
    """Takes a journal back: stock, its value, debts and credits of default batches, vouchers.

    Takes the import lock of journals, then locks as `take_back`. Raises BusinessError REVERSED_ALREADY, STOCK_TAKEN_SINCE,
    PERIOD_CLOSED, STOCK_PERIOD_CLOSED, REVERSAL_DATE_TOO_EARLY, REASON_NEEDED, ACCOUNT_MISSING.
    """
    lock_for_transaction(IMPORT, [ImportKind.JOURNALS])
    journal = Journal.objects.get(pk=journal_id)
    lines = dict(JournalLine.objects.filter(journal=journal).order_by("pk").values_list("pk", "date"))
    what = DocumentToReverse(journal.legal_entity_id, SourceKind.JOURNAL, journal.pk, journal.number, reason.strip(), actor, on)
    reversal_id = begin_reversal(what, set(lines.values()), goods=True)
    sources = [(kind.value, line) for kind in (SourceKind.JOURNAL_LINE, SourceKind.JOURNAL_ARRIVAL) for line in lines]
    take_back_parts(movements_to_take_back(sources), SourceKind.REVERSAL, what, reversal_id)
    mirror_vouchers([voucher.id for voucher in vouchers_of([(SourceKind.JOURNAL_LINE, line) for line in lines])], on)
    record_audit(AuditEntry.Action.REVERSE, actor, journal.number, {"reason": what.reason, "lines": len(lines)})
    return ReversedJournal(journal.number, reversal_id)
