"""What came in after its store and day had been posted (docs/domain.md#late-documents)."""

from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from core.access.access import Access
from statements.models import LateKind, PosTransaction, PosTransactionLine


def late_documents(rows: "QuerySet[PosTransaction, PosTransaction]") -> "QuerySet[PosTransaction, PosTransaction]":
    """Those of the transactions that came in after their day had been posted, and say whether they take something back."""
    back = PosTransactionLine.objects.filter(transaction=OuterRef("pk"), quantity__lt=0, voided=False)
    late = rows.filter(day_posted_at__isnull=False, reversal=None).annotate(takes_back=Exists(back))
    return late.select_related("store__currency", "terminal", "statement", "currency")


def late_documents_seen_by(access: Access) -> "QuerySet[PosTransaction, PosTransaction]":
    """Late documents of the stores that somebody sees."""
    return late_documents(PosTransaction.objects.filter(access.scope.stores()))


def late_kind(row: PosTransaction) -> LateKind:
    """What a row of `late_documents` is."""
    if row.kind == PosTransaction.Kind.SALE:
        return LateKind.RETURN if row.takes_back else LateKind.TICKET  # type: ignore[attr-defined]  # annotated
    return LateKind.COUNT if row.kind == PosTransaction.Kind.TENDER_DECLARATION else LateKind.OTHER


def days_late(row: PosTransaction) -> int:
    """Days from the business date to the day on which it arrived, as the store reckons; never below zero."""
    return max((row.imported_at.astimezone(ZoneInfo(row.store.time_zone)).date() - row.business_date).days, 0)
