"""Rows of the list of vouchers, and what the page of one shows."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse

from core.access.access import Access
from core.lib.document_kinds import SourceKind
from core.tables.sources import Origin, OriginKind, origins_of, register_source, sources_seen_by
from ledger.models import Voucher, VoucherLine

VOUCHER_SORTS: dict[str, tuple[str, ...]] = {"number": ("number",), "date": ("date", "number")}
# What makes vouchers.
MAKERS = (
    *(SourceKind.INVOICE, SourceKind.STATEMENT, SourceKind.CUSTOMER_ORDER),
    *(SourceKind.RECEIPT_LINE, SourceKind.JOURNAL_LINE, SourceKind.COST_ADJUSTMENT, SourceKind.POS_TRANSACTION),
)
# A mirrored voucher names the one that it takes back; movements and adjustments of this kind name the reversal itself.
MIRRORED = SourceKind.REVERSAL


def vouchers_seen_by(access: Access) -> "QuerySet[Voucher, Voucher]":
    """Vouchers of the company; somebody limited to stores sees those made by documents of these stores."""
    rows = Voucher.objects.filter(legal_entity_id=access.company_id).select_related("legal_entity__currency")
    if access.scope.everything:
        return rows
    own = Voucher.objects.filter(sources_seen_by(access), legal_entity_id=access.company_id).values("pk")
    return rows.filter(sources_seen_by(access) | Q(source_kind=MIRRORED, source_id__in=own))


def sum_lines(vouchers: Sequence[Any], access: Access) -> None:
    """Gives every voucher its `amount` (the sum of one side) and `origin`; one query, and one per kind of origin."""
    lines = VoucherLine.objects.filter(voucher__in=[voucher.pk for voucher in vouchers]).order_by().values("voucher")
    sums = dict(lines.annotate(total=Sum("debit")).values_list("voucher", "total"))
    origins = origins_of({(voucher.source_kind, voucher.source_id) for voucher in vouchers}, access, MAKERS)
    mirrored = voucher_origins([voucher.source_id for voucher in vouchers if voucher.source_kind == MIRRORED])
    origins |= {(MIRRORED.value, key): origin for key, origin in mirrored.items()}
    for voucher in vouchers:
        voucher.amount = sums.get(voucher.pk, Decimal(0))
        voucher.origin = origins.get((voucher.source_kind, voucher.source_id), Origin(""))


def voucher_origins(ids: Collection[int]) -> Mapping[int, Origin]:
    """Vouchers by their keys."""
    rows = Voucher.objects.filter(pk__in=ids).values_list("pk", "number")
    return {pk: Origin(number, reverse("ledger:voucher", args=[pk])) for pk, number in rows}


register_source(
    SourceKind.VOUCHER,
    OriginKind(
        voucher_origins, lambda access: Voucher.objects.filter(legal_entity_id=access.company_id).values("pk"), view="ledger:voucher"
    ),
)


def voucher_for_page(access: Access, voucher_id: int) -> Voucher | None:
    """A voucher that somebody sees; one query."""
    return vouchers_seen_by(access).filter(pk=voucher_id).first()


def lines_of_voucher(voucher_id: int) -> list[VoucherLine]:
    """Its lines with their accounts; one query."""
    return list(VoucherLine.objects.filter(voucher_id=voucher_id).select_related("account").order_by("line_number"))
