"""Recall: ask for a batch, see where it came from, lies and went, block it everywhere, print a notice, give events to partners."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.i18n.texts import day_text, decimal_text, moment_text
from core.lib.decimals import ZERO
from core.lib.problems import BusinessError
from core.masterdata.declaration import Author
from core.masterdata.services import Unconfirmed, change_record, version_of
from core.printing.paper import Paper, PaperColumn, Sum
from core.tables.page import ListPage
from core.tables.views import list_view
from inventory.models import Batch, Disposition
from inventory.records.items import BATCHES
from orders.views.papers import as_file
from statements.filters import RecallFilter, RecallLineFilter
from statements.forms import RecallForm
from statements.models import Recall
from statements.queries import recall as queries
from statements.rules.recall import Certainty
from statements.services.epcis import MovedGoods, ReceivedGoods, SoldGoods, batch_uri, epcis_document
from statements.services.recall import request_recall
from statements.tables import RecallLineTable, RecallTable

WRONG = 422
BLOCKED = "blocked"
ROWS_SHOWN, CUSTOMERS_SHOWN = 50, 200
CERTAINTIES = {
    Certainty.CERTAIN: (gettext_lazy("Certain"), gettext_lazy("The batch was recorded when it was sold.")),
    Certainty.PROBABLE: (gettext_lazy("Probable"), gettext_lazy("The books took it from this batch.")),
    Certainty.POSSIBLE: (
        gettext_lazy("Possible"),
        gettext_lazy("The batch was in the same place at that moment, and nobody recorded which one was sold."),
    ),
}

RECALLS = ListPage(
    key="recalls",
    view="statements:recalls",
    title=gettext_lazy("Recalls"),
    rows=queries.recalls_seen_by,
    table=RecallTable,
    filters=RecallFilter,
    sorts={"asked_at": ("asked_at", "pk")},
    default_sort="-asked_at",
    quick=("batch__number__startswith", "item__code__startswith"),
    quick_label=gettext_lazy("Batch or item starts with"),
    nothing=(
        gettext_lazy("Nothing was recalled yet"),
        gettext_lazy("Press New recall and name a batch; a mock recall shows how quickly you could answer."),
    ),
    no_match=gettext_lazy("No recall matches"),
    template="statements/recall_list.html",
)
RECALL_LINES = ListPage(
    key="recall-lines",
    view="statements:recall_lines",
    title=gettext_lazy("Lines of recalls"),
    rows=queries.recall_lines_seen_by,
    table=RecallLineTable,
    filters=RecallLineFilter,
    sorts={"certainty": ("recall_id", "certainty", "pk")},
    default_sort="certainty",
    quick=("customer_code__startswith", "document__startswith"),
    quick_label=gettext_lazy("Customer or transaction starts with"),
    nothing=(gettext_lazy("No sale is concerned"), gettext_lazy("Ask for a batch under Recalls.")),
    no_match=gettext_lazy("No line matches"),
)

show_recalls = list_view(RECALLS)
show_recall_lines = list_view(RECALL_LINES)


def get_recall_or_404(recall_id: int) -> Recall:
    """The recall; raises Http404."""
    recall = Recall.objects.select_related("item", "batch__disposition", "job").filter(pk=recall_id).first()
    if recall is None:
        raise Http404
    return recall


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Names a batch and asks; what is refused stays typed in."""
    initial = {name: request.GET.get(name, "") for name in ("item", "batch")}
    form = RecallForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            recall = request_recall(form.request(), request.user)
        except BusinessError as error:
            form.add_problems(error.problems)
        else:
            return redirect("statements:recall", recall.pk)
    return render(request, "statements/recall_ask.html", {"form": form}, status=WRONG if form.is_bound else 200)


@require_safe
@never_cache
def show_recall(request: HttpRequest, recall_id: int) -> HttpResponse:
    """What is known of the batch; a fixed number of queries."""
    access = access_of(request)
    recall = get_recall_or_404(recall_id)
    scope = access.scope
    shares = {share.certainty: share for share in queries.shares_of(recall_id, scope)}
    rows: dict[str, list[Any]] = {
        "customers": queries.customers_of(recall_id, scope, CUSTOMERS_SHOWN + 1),
        "anonymous": queries.anonymous_by_store(recall_id, scope, ROWS_SHOWN + 1),
        "receipts": list(queries.receipts_of_batch(recall.batch_id, scope)[: ROWS_SHOWN + 1]),
        "transfers": list(queries.transfers_of_batch(recall.item_id, recall.batch_id, scope)[: ROWS_SHOWN + 1]),
        "stock": list(queries.stock_of_batch(recall.item_id, recall.batch_id, scope)[: ROWS_SHOWN + 1]),
        "reserved": list(queries.reservations_of_batch(recall.batch_id, scope)[: ROWS_SHOWN + 1]),
    }
    most = {name: CUSTOMERS_SHOWN if name == "customers" else ROWS_SHOWN for name in rows}
    blocked = recall.batch.disposition.blocks_sale
    context = {
        "recall": recall,
        "shares": [(certainty, *words, shares.get(certainty)) for certainty, words in CERTAINTIES.items()],
        **{name: found[: most[name]] for name, found in rows.items()},
        "cut": {name for name, found in rows.items() if len(found) > most[name]},
        "certainties": {int(certainty): words[0] for certainty, words in CERTAINTIES.items()},
        "blocked": blocked,
        "block_refusal": gettext("The batch is blocked already.") if blocked else "",
        "lines_url": f"{reverse('statements:recall_lines')}?recall={recall.pk}",
    }
    return render(request, "statements/recall_detail.html", context)


@require_POST
def block(request: HttpRequest, recall_id: int) -> HttpResponse:
    """Blocks the batch for sale, in all places at once."""
    recall = get_recall_or_404(recall_id)
    try:
        block_batch(recall.batch, Author(request.user.pk, request.user.get_username()))
    except BusinessError as error:
        for problem in error.problems:
            messages.error(request, render_message(problem))
    else:
        messages.success(request, gettext("Batch %(batch)s is blocked for sale everywhere.") % {"batch": recall.batch.number})
    return redirect("statements:recall", recall_id)


def block_batch(batch: Batch, author: Author) -> None:
    """Blocks a batch by its disposition, which holds in every warehouse at once; nothing changes where it is blocked.

    What is reserved stays with its orders, but is not delivered any more. Raises BusinessError as saving a batch does.
    """
    if batch.disposition.blocks_sale:
        return
    values = {"disposition": Disposition.objects.get(code=BLOCKED)}
    try:
        change_record(BATCHES, batch.pk, values, version_of(batch), author)
    except Unconfirmed as asked:
        # Whoever pressed the button has read what it does.
        change_record(BATCHES, batch.pk, values, version_of(batch), author, asked.token)


@require_safe
@never_cache
def show_notice(request: HttpRequest, recall_id: int) -> HttpResponse:
    """The notice as a page to print."""
    recall = get_recall_or_404(recall_id)
    back, pdf = (reverse(f"statements:{page}", args=[recall.pk]) for page in ("recall", "recall_notice_pdf"))
    return render(request, "orders/paper.html", {"paper": notice_of(request, recall), "back": back, "pdf": pdf})


@require_safe
@never_cache
def print_notice(request: HttpRequest, recall_id: int) -> HttpResponse:
    """The notice as PDF."""
    return as_file(notice_of(request, get_recall_or_404(recall_id)))


def notice_of(request: HttpRequest, recall: Recall) -> Paper:
    """What is to be hung up in the stores: the goods, the batch, and where it was sold."""
    scope = access_of(request).scope
    stores = queries.stores_of(recall.pk, scope)
    item, batch = recall.item, recall.batch
    likely = sum((row.likely for row in stores), start=ZERO)
    facts = [
        (gettext("Item"), f"{item.code} {item.name}"),
        (gettext("Batch"), batch.number),
        *([(gettext("Expires"), day_text(batch.expires_on))] if batch.expires_on else []),
        *([(gettext("Best before"), day_text(batch.best_before))] if batch.best_before else []),
        (gettext("Known at (UTC)"), moment_text((recall.done_at or recall.asked_at).astimezone(UTC), "short")),
    ]
    return Paper(
        title=gettext("Recall of goods"),
        number=f"{item.code}-{batch.number}",
        issuer=(gettext("To all stores and customers"),),
        recipient=(),
        facts=facts,
        columns=(
            PaperColumn(gettext("Store"), 60),
            PaperColumn(gettext("Sold from"), 30),
            PaperColumn(gettext("Sold through"), 30),
            PaperColumn(gettext("Certain and probable"), 30, number=True),
            PaperColumn(gettext("Possible"), 30, number=True),
        ),
        rows=[
            (
                f"{row.store} {row.name}".strip(), day_text(row.first), day_text(row.last),
                f"{decimal_text(row.likely)} {item.unit_id}", f"{decimal_text(row.possible)} {item.unit_id}",
            )
            for row in stores
        ],
        sums=[Sum(gettext("Certain and probable"), f"{decimal_text(likely)} {item.unit_id}", strong=True)],
        notes=(gettext("Do not use these goods. Bring them back to any store; you get your money back, also without a receipt."),),
        at=recall.done_at or recall.asked_at,
        language=get_language() or "en",
        page_words=gettext("Page %(page)s of %(pages)s"),
    )  # fmt: skip


@require_safe
@never_cache
def give_events(request: HttpRequest, recall_id: int) -> HttpResponse:
    """Receipts, transfers and certain and probable sales as EPCIS 2.0 events in JSON-LD; a transfer is of noon of its day."""
    recall = get_recall_or_404(recall_id)
    scope = access_of(request).scope
    received = [
        ReceivedGoods(f"{row.receipt}/{row.line_number}", row.warehouse.code, row.quantity, row.received_at.astimezone(UTC))
        for row in queries.receipts_of_batch(recall.batch_id, scope)
    ]
    moved = [
        MovedGoods(f"{row.journal.number}/{row.line_number}", row.warehouse.code, row.to_warehouse.code, row.quantity, noon_of(row.date))
        for row in queries.transfers_of_batch(recall.item_id, recall.batch_id, scope)
        if row.to_warehouse is not None
    ]
    sold = [SoldGoods(*row) for row in queries.sales_of(recall.pk, scope)]
    item, batch = recall.item, recall.batch
    document = epcis_document(batch_uri(item.code, batch.number, item.barcode), item.unit_id, received, moved, sold, timezone.now())
    response = HttpResponse(json.dumps(document, ensure_ascii=False), content_type="application/ld+json")
    name = f"epcis-{item.code}-{batch.number}.jsonld"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def noon_of(day: date) -> datetime:
    """A journal says a day and no instant."""
    return datetime.combine(day, time(12), UTC)
