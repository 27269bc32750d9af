"""Rows of the lists of journals and receipts, and what the page of a journal shows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.http import urlencode

from core.access.access import Access
from core.db.bulk import fetch_all, text_array
from core.lib.document_kinds import SourceKind
from inventory.models import Journal, JournalLine, ReceiptLine, Warehouse
from inventory.queries.lists import adjustments_of
from inventory.queries.named import items_by_barcode
from ledger.models import Reversal, Voucher

JOURNAL_SORTS: dict[str, tuple[str, ...]] = {"posted": ("posted_at", "pk"), "number": ("number", "pk")}
RECEIPT_SORTS: dict[str, tuple[str, ...]] = {"received": ("received_at", "pk"), "receipt": ("receipt", "line_number", "pk")}


def in_own_warehouses(access: Access) -> Q:
    """Lines that touch a warehouse that the person sees: of a transfer, either of its two."""
    return access.scope.warehouses() | access.scope.warehouses("to_warehouse")


def journals_seen_by(access: Access) -> "QuerySet[Journal, Journal]":
    """Journals of the company with a line in the warehouses that somebody sees."""
    rows = Journal.objects.filter(legal_entity_id=access.company_id)
    own = JournalLine.objects.filter(in_own_warehouses(access), journal=OuterRef("pk"))
    return rows if access.scope.unlimited else rows.filter(Exists(own))


def sum_up_lines(journals: Sequence[Any], access: Access) -> None:
    """Gives every journal its number of lines, the kinds and warehouses of them, and the first reason; one query."""
    lines = JournalLine.objects.filter(journal__in=[journal.pk for journal in journals]).order_by("journal", "line_number")
    found: dict[int, list[JournalLine]] = {}
    for line in lines.select_related("warehouse"):
        found.setdefault(line.journal_id, []).append(line)
    for journal in journals:
        own = found.get(journal.pk, [])
        journal.line_count = len(own)
        journal.kinds = ", ".join(dict.fromkeys(line.get_kind_display() for line in own))
        journal.warehouse_codes = ", ".join(sorted({line.warehouse.code for line in own}))
        journal.reason = own[0].reason if own else ""


def journal_for_page(access: Access, journal_id: int) -> Journal | None:
    """A journal that somebody sees; one query."""
    return journals_seen_by(access).filter(pk=journal_id).select_related("legal_entity__currency").first()


def is_of_own_warehouses(access: Access, journal_id: int) -> bool:
    """Whether all that the journal moved lies in warehouses that the person sees; one query, none for who sees all."""
    if access.scope.unlimited:
        return True
    own = access.scope.warehouses() & (access.scope.warehouses("to_warehouse") | Q(to_warehouse=None))
    return not JournalLine.objects.filter(journal_id=journal_id).exclude(own).exists()


def is_within(journal_id: int, warehouses: "QuerySet[Warehouse, Warehouse]") -> bool:
    """Whether all that the journal moved lies in these warehouses; one query."""
    own = Q(warehouse__in=warehouses.values("pk")) & (Q(to_warehouse__in=warehouses.values("pk")) | Q(to_warehouse=None))
    return not JournalLine.objects.filter(journal_id=journal_id).exclude(own).exists()


def reversal_of_journal(journal_id: int) -> Reversal | None:
    """What took the journal back, if something did; one query."""
    return Reversal.objects.filter(source_kind=SourceKind.JOURNAL, source_id=journal_id).first()


def lines_of_journal(journal_id: int) -> list[JournalLine]:
    """Its lines with what they name; one query."""
    named = ("warehouse", "to_warehouse", "item", "batch", "receipt_line")
    return list(JournalLine.objects.filter(journal_id=journal_id).select_related(*named).order_by("line_number"))


def vouchers_of(lines: Collection[JournalLine]) -> list[Voucher]:
    """The vouchers that the lines made, with what they and their reversal did to the value of stock; one query."""
    ids = [line.pk for line in lines]
    adjusted = [adjustments_of(SourceKind.JOURNAL_LINE, ids), adjustments_of(SourceKind.JOURNAL, {line.journal_id for line in lines})]
    made = Q(source_kind=SourceKind.JOURNAL_LINE, source_id__in=ids)
    for of_kind in adjusted:
        made |= Q(source_kind=SourceKind.COST_ADJUSTMENT, source_id__in=of_kind)
    return list(Voucher.objects.filter(made).order_by("number"))


def receipts_seen_by(access: Access) -> "QuerySet[ReceiptLine, ReceiptLine]":
    """Receipt lines of the warehouses that somebody sees."""
    return ReceiptLine.objects.filter(access.scope.warehouses()).select_related("warehouse__legal_entity__currency", "item", "batch")


def add_corrections(lines: Sequence[Any], access: Access) -> None:
    """Gives every receipt line what corrections have made of its quantity, where it is corrected, and its voucher; two queries."""
    taken_back = Reversal.objects.filter(source_kind=SourceKind.JOURNAL).values("source_id")
    corrections = JournalLine.objects.filter(receipt_line__in=[line.pk for line in lines]).exclude(journal__in=taken_back)
    rows = corrections.order_by().values("receipt_line")
    corrected = dict(rows.annotate(total=Sum("change")).values_list("receipt_line", "total"))
    for line in lines:
        line.left = line.quantity + corrected.get(line.pk, Decimal(0))
        line.may_correct = access.may("inventory:journal_new", "POST") and line.left > 0
        line.correction_url = correction_url(line)
    vouchers = vouchers_of_receipts(lines) if access.may("ledger:voucher") else {}
    for line in lines:
        line.voucher = vouchers.get((line.warehouse.legal_entity_id, line.receipt, line.received_at.date()))


def vouchers_of_receipts(lines: Collection[ReceiptLine]) -> dict[tuple[int, str, date], Voucher]:
    """The vouchers of the receipts of these lines, by company, receipt and date; one query. A voucher names one line of its receipt."""
    named = ReceiptLine.objects.filter(receipt__in={line.receipt for line in lines}).values_list("pk", "receipt")
    receipt_of = dict(named)
    vouchers = Voucher.objects.filter(source_kind=SourceKind.RECEIPT_LINE, source_id__in=receipt_of)
    return {(voucher.legal_entity_id, receipt_of[voucher.source_id], voucher.date): voucher for voucher in vouchers}


def correction_url(line: ReceiptLine) -> str:
    """The form of a journal that corrects the receipt line."""
    batch = line.batch.number if line.batch else ""
    named = {"kind": JournalLine.Kind.RECEIPT_CORRECTION.value, "warehouse": line.warehouse.code, "item": line.item.code, "batch": batch}
    return f"{reverse('inventory:journal_new')}?{urlencode({**named, 'receipt': f'{line.receipt}/{line.line_number}'})}#id_quantity_1"


def costs_now(warehouse_id: int, items: Collection[str]) -> Mapping[str, Decimal]:
    """What one unit of the items costs in the warehouse now, by code or barcode, whichever was typed; two queries, none for nothing."""
    if not items:
        return {}
    meant = {typed: typed for typed in items} | items_by_barcode(items)
    costs = dict(
        fetch_all(
            """
            SELECT i.code, round(COALESCE(c.unit_cost, i.standard_cost), 6)
            FROM inventory_item i LEFT JOIN inventory_warehouseitemcost c ON c.item_id = i.id AND c.warehouse_id = %s
            WHERE i.code = ANY(%s::text[])
            """,
            [warehouse_id, text_array(set(meant.values()))],
        )
    )
    return {typed: costs[code] for typed, code in meant.items() if code in costs}
