"""Journals and goods that come in: their lists, one journal, the forms that post them, and what is suggested while somebody types."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse as address_of
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_stubs_ext import StrPromise

from core.access.access import access_of
from core.access.addresses import back_to_asker, own_address
from core.lib.imports import problem_of
from core.lib.parsing import FieldError, instant
from core.lib.problems import BusinessError
from core.tables.page import ListPage
from core.tables.views import list_view
from core.ui.line_rows import FIRST_ROWS, MORE_ROWS, opened_at, rows_asked
from core.ui.refusals import tell_refusals
from core.ui.suggestions import show_suggestions, typed_text
from inventory.filters import JournalFilter, ReceiptFilter
from inventory.forms import JournalForm, LinesForm, ReceiptForm
from inventory.queries import journal_pages as queries
from inventory.queries.suggestions import batches_starting_with, items_starting_with
from inventory.services.journal_reversals import reverse_journal
from inventory.services.journals import post_journal
from inventory.services.receipts import register_receipt
from inventory.services.time_zones import zones_of_warehouses
from inventory.tables import JournalTable, ReceiptTable
from ledger.queries import closed_dates
from ledger.queries.reversals import sums_of_vouchers
from ledger.views.reversals import ReversalPreview, respond_reversal

WRONG = 422


class FormPage(NamedTuple):
    """What the page of a form says: its title, what it makes, a hint about the lines, its button, and the list it came from."""

    title: StrPromise
    document: StrPromise
    hint: StrPromise
    save: StrPromise
    back: str


FORM_PAGES = {
    JournalForm: FormPage(
        gettext_lazy("New journal"),
        gettext_lazy("Journal"),
        gettext_lazy(
            "A count says what is there, the others what changes; what goes out has a minus. A correction names the receipt and its line, "
            "such as R1/1."
        ),
        gettext_lazy("Post the journal"),
        "inventory:journals",
    ),
    ReceiptForm: FormPage(
        gettext_lazy("Register goods"),
        gettext_lazy("Receipt"),
        gettext_lazy("A blank unit cost is what stock costs now; blank lines are passed over."),
        gettext_lazy("Register goods"),
        "inventory:receipts",
    ),
}

JOURNALS = ListPage(
    key="journals",
    import_kind="journals",
    view="inventory:journals",
    title=gettext_lazy("Inventory journals"),
    rows=queries.journals_seen_by,
    annotate_page=queries.sum_up_lines,
    table=JournalTable,
    filters=JournalFilter,
    sorts=queries.JOURNAL_SORTS,
    default_sort="-posted",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(gettext_lazy("There are no journals yet"), gettext_lazy("Adjust, count or transfer stock with a new journal.")),
    no_match=gettext_lazy("No journal matches"),
    template="inventory/journal_list.html",
)
RECEIPTS = ListPage(
    key="receipts",
    import_kind="receipts",
    view="inventory:receipts",
    title=gettext_lazy("Receipts of goods"),
    rows=queries.receipts_seen_by,
    annotate_page=queries.add_corrections,
    table=ReceiptTable,
    filters=ReceiptFilter,
    sorts=queries.RECEIPT_SORTS,
    default_sort="-received",
    quick=("receipt__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(gettext_lazy("No goods came in yet"), gettext_lazy("Register goods, or import receipts.")),
    no_match=gettext_lazy("No receipt matches"),
    template="inventory/receipt_list.html",
)

show_journals = list_view(JOURNALS)
show_receipts = list_view(RECEIPTS)


@require_safe
@never_cache
def show_journal(request: HttpRequest, journal_id: int) -> HttpResponse:
    """A journal with its lines and vouchers; a fixed number of queries."""
    access = access_of(request)
    journal = queries.journal_for_page(access, journal_id)
    if journal is None:
        raise Http404
    lines = queries.lines_of_journal(journal.pk)
    context = {"journal": journal, "currency": journal.legal_entity.currency, "lines": lines, "vouchers": queries.vouchers_of(lines)}
    return render(request, "inventory/journal_detail.html", {**context, "reversal": queries.reversal_of_journal(journal.pk)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reverse_one_journal(request: HttpRequest, journal_id: int) -> HttpResponse:
    """The form that takes a journal back, and the journal taken back."""
    access = access_of(request)
    journal = queries.journal_for_page(access, journal_id)
    if journal is None or not queries.is_of_own_warehouses(access, journal.pk):
        raise Http404

    def preview() -> ReversalPreview:
        lines = queries.lines_of_journal(journal.pk)
        closed = closed_dates({(journal.legal_entity_id, line.date) for line in lines}, goods=True)
        accounts = sums_of_vouchers([voucher.pk for voucher in queries.vouchers_of(lines)])
        back = (address_of("inventory:journal", args=[journal.pk]), gettext("Back to the journal"))
        closed_on = min((day for _, day in closed), default=None)
        return ReversalPreview(journal.number, accounts, journal.legal_entity.currency, closed_on, back, {})

    def take_back(reason: str, on: date | None) -> HttpResponse:
        reverse_journal(journal.pk, reason, request.user.get_username(), on)
        messages.success(request, gettext("The journal is reversed."))
        return redirect("inventory:journal", journal.pk)

    return respond_reversal(request, "inventory/journal_reverse.html", preview, take_back)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_journal(request: HttpRequest) -> HttpResponse:
    """A blank form, filled in by the query string as far as that goes, or the journal that was typed into it, posted whole or not."""
    access = access_of(request)
    if request.method != "POST":
        first = first_values(request, JournalForm.parts)
        return show_form(
            request, JournalForm(access=access, rows=FIRST_ROWS, initial={"date": timezone.localdate(), **first}), timezone.now()
        )
    form = JournalForm(request.POST, access=access, rows=rows_asked(request))
    opened = opened_at(request)
    if request.POST.get("do") == "add":
        return add_rows(request, JournalForm, opened)
    if form.is_valid():
        rows = form.rows_to_post(opened, request.user.pk or 0)
        if not form.errors:
            try:
                journal_id = post_journal(rows, request.user.get_username())
            except BusinessError as error:
                form.add_problems(error.problems)
            else:
                messages.success(request, gettext("The journal is posted."))
                return redirect("inventory:journal", journal_id)
    return show_form(request, form, opened)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_receipt(request: HttpRequest) -> HttpResponse:
    """A blank form, filled in by the query string as far as that goes, or the goods that were typed into it: all or none come in."""
    access = access_of(request)
    if request.method != "POST":
        form = ReceiptForm(access=access, rows=FIRST_ROWS, initial=first_values(request, ReceiptForm.parts))
        form.initial["received_at"] = first_moment(request, form)
        return show_form(request, form, timezone.now())
    form = ReceiptForm(request.POST, access=access, rows=rows_asked(request))
    opened = opened_at(request)
    if request.POST.get("do") == "add":
        return add_rows(request, ReceiptForm, opened)
    if form.is_valid():
        costs = queries.costs_now(form.cleaned_data["warehouse"].pk, form.items_without_cost())
        rows = form.rows_to_post(opened, request.user.pk or 0, costs)
        if not form.errors:
            try:
                done = register_receipt(rows, request.user.get_username())
            except BusinessError as error:
                form.add_problems(error.problems)
            else:
                messages.success(request, gettext("The goods are in stock."))
                tell_refusals(request, map(problem_of, done.warnings), messages.WARNING)
                return back_to_asker(request, address_of("inventory:receipts"))
    return show_form(request, form, opened)


@require_safe
@never_cache
def suggest(request: HttpRequest) -> HttpResponse:
    """Items, or batches of the row's item with what lies in the warehouse, that begin with what was typed; at most three queries."""
    item, batch = typed_text(request, "item"), typed_text(request, "batch")
    options: list[tuple[str, str]] = []
    warehouse = request.GET.get("warehouse", "")
    if item is not None and batch is not None and warehouse.isprintable():
        if request.GET.get("part") == "item":
            options = [(found.code, found.name) for found in items_starting_with(item)]
        else:
            options = batches_starting_with(access_of(request), item, batch, warehouse)
    return show_suggestions(request, options)


def first_values(request: HttpRequest, parts: Iterable[str]) -> dict[str, Any]:
    """What the query string says of the head and of the first row; the warehouse of the chosen store where it says none."""
    given: dict[str, Any] = {name: text for name, value in request.GET.items() if (text := str(value)) and text.isprintable()}
    named: dict[str, Any] = {
        name: given[name] for name in ("kind", "warehouse", "to_warehouse", "number", "reason", "date") if name in given
    }
    row = {f"{part}_1": given[part] for part in parts if part in given}
    chosen = access_of(request).chosen.get("warehouses", "")
    return {**({"warehouse": chosen} if chosen else {}), **named, **row}


def first_moment(request: HttpRequest, form: ReceiptForm) -> datetime:
    """The moment of the query string, else now, by the clock of the warehouse."""
    try:
        moment = instant(request.GET.get("received_at", ""))
    except FieldError:
        moment = timezone.now()
    warehouse = form.fields["warehouse"].queryset.filter(code=form.initial.get("warehouse", "")).first()  # type: ignore[attr-defined]
    zone = zones_of_warehouses([warehouse.pk])[warehouse.pk] if warehouse else UTC
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def add_rows(request: HttpRequest, kind: type[LinesForm], opened: datetime) -> HttpResponse:
    """More blank lines below what was typed; with htmx only the lines."""
    form = kind(request.POST, access=access_of(request), rows=rows_asked(request) + MORE_ROWS)
    form.is_valid()
    form.errors.clear()
    if request.headers.get("HX-Request"):
        return render(request, "inventory/_document_lines.html", {"form": form})
    return show_form(request, form, opened)


def show_form(request: HttpRequest, form: LinesForm, opened: datetime) -> HttpResponse:
    """The form as entered; status 422 where it has errors."""
    form.mark_wrong()
    asked = request.POST.get("next") or request.GET.get("next") or ""
    context = {"form": form, "page": FORM_PAGES[type(form)], "opened": opened.replace(microsecond=0).isoformat()}
    context["next"] = own_address(request, asked)
    return render(request, "inventory/document_form.html", context, status=WRONG if form.errors else 200)
