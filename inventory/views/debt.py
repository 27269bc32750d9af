"""Batch debt: the list with ageing and trend, a proposal side by side, settlements and their undo."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import access_of
from core.i18n.texts import count_text
from core.lib.problems import BusinessError
from core.tables.page import ListPage
from core.tables.views import list_view
from core.ui.refusals import tell_refusals
from inventory.filters import DebtFilter, SettlementFilter
from inventory.queries import debt as queries
from inventory.queries.settlements import Selection, entities_of
from inventory.rules.stock import StockKey
from inventory.services.payback import put_aside
from inventory.services.settlements import Settled, Settling, move_credit, plan_settlement, settle_warehouse, undo_settlement
from inventory.tables import DebtTable, SettlementTable

LINES_SHOWN = 500
PROPOSALS_SHOWN = 50
LONGEST_REASON = 200
LONGEST_NUMBER = 60

DEBT = ListPage(
    key="batch-debt",
    view="inventory:debt",
    title=gettext_lazy("Batch debt"),
    rows=queries.debt_seen_by,
    annotate_page=queries.name_documents,
    table=DebtTable,
    filters=DebtFilter,
    sorts=queries.DEBT_SORTS,
    default_sort="day",
    nothing=(gettext_lazy("Nothing is owed"), gettext_lazy("What is sold on a default batch is listed here until a real batch pays it.")),
    no_match=gettext_lazy("No batch debt matches"),
    template="inventory/debt_list.html",
)
SETTLEMENTS = ListPage(
    key="debt-settlements",
    view="inventory:settlements",
    title=gettext_lazy("Settlements"),
    rows=queries.settlements_seen_by,
    table=SettlementTable,
    filters=SettlementFilter,
    sorts=queries.SETTLEMENT_SORTS,
    default_sort="-date",
    quick=("number__startswith",),
    quick_label=gettext_lazy("Number starts with"),
    nothing=(gettext_lazy("Nothing was settled yet"), gettext_lazy("Propose a settlement on the list of batch debt.")),
    no_match=gettext_lazy("No settlement matches"),
)


def ageing(request: HttpRequest) -> dict[str, object]:
    """How old what is owed is, how it grew and was paid week by week, and what waits to be settled; three queries."""
    access = access_of(request)
    today = timezone.localdate()
    proposals = list(queries.proposals_seen_by(access)[: PROPOSALS_SHOWN + 1])
    return {
        "ages": queries.ages_of(access, today),
        "trend": queries.trend_of(access, today),
        "proposals": proposals[:PROPOSALS_SHOWN],
        "more_proposals": len(proposals) > PROPOSALS_SHOWN,
    }


show_debt = list_view(DEBT, ageing)
show_settlements = list_view(SETTLEMENTS)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def settle(request: HttpRequest) -> HttpResponse:
    """A proposal for `?warehouse=&item=&date_to=` within what the person sees, and its approval item by item."""
    return approve(request) if request.method == "POST" else propose(request)


def propose(request: HttpRequest) -> HttpResponse:
    """Debt and the batch that would pay it, side by side; a fixed number of queries."""
    of, through = asked_for(request)
    plan = plan_settlement(of, entities_of(of.warehouses))
    lines = queries.proposed_lines(plan.payments, plan.costs)
    context = {
        "pools": queries.by_pool(lines[:LINES_SHOWN], plan.digests),
        "lines": len(lines),
        "hidden": max(len(lines) - LINES_SHOWN, 0),
        "through": through,
        "open": queries.open_lines(access_of(request), of),
        "query": request.GET.urlencode(),
    }
    return render(request, "inventory/settle.html", context)


def asked_for(request: HttpRequest) -> tuple[Selection, date | None]:
    """What the address names, within the warehouses of the person; two queries."""
    through = parse_date(request.GET.get("date_to", "")) if request.GET.get("date_to") else None
    warehouse, item = (text if (text := request.GET.get(name, "")).isprintable() else "?" for name in ("warehouse", "item"))
    seen = queries.warehouses_seen_by(access_of(request), warehouse)
    return Selection(seen, queries.items_named(item), through), through


def approve(request: HttpRequest) -> HttpResponse:
    """Settles the items that were picked, each as it was shown; a settlement per warehouse."""
    of, through = asked_for(request)
    back = f"{reverse('inventory:settle')}?{request.GET.urlencode()}"
    reason = request.POST.get("reason", "").strip()
    approved: dict[int, dict[StockKey, str]] = {}
    for pick in request.POST.getlist("pool"):
        warehouse, _, rest = pick.partition("/")
        item, _, digest = rest.partition("/")
        if warehouse.isdecimal() and item.isdecimal() and int(warehouse) in of.warehouses:
            approved.setdefault(int(warehouse), {})[int(warehouse), int(item)] = digest
    if not approved:
        messages.warning(request, gettext("Pick at least one item first."))
        return redirect(back)
    if not reason or len(reason) > LONGEST_REASON:
        messages.error(request, gettext("Say in at most 200 characters why it is settled."))
        return redirect(back)
    done: list[Settled] = []
    for warehouse_id, pools in sorted(approved.items()):
        own = Selection([warehouse_id], [pool[1] for pool in pools], through)
        try:
            settled = settle_warehouse(warehouse_id, own, Settling(reason, request.user.get_username(), pools))
        except BusinessError as error:
            tell_refusals(request, error.problems)
        else:
            done += [settled] if settled else []
    if not done:
        return redirect(back)
    lines = sum(settled.lines for settled in done)
    text = ngettext("%(lines)s line is settled: %(numbers)s.", "%(lines)s lines are settled: %(numbers)s.", lines)
    messages.success(request, text % {"lines": count_text(lines), "numbers": ", ".join(settled.number for settled in done)})
    if len(done) == 1:
        return redirect("inventory:settlement", done[0].settlement_id)
    return redirect("inventory:settlements")


@require_POST
def put_proposal_aside(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Leaves what a proposal would pay owed; it is proposed again when goods come in again."""
    proposal = queries.proposals_seen_by(access_of(request)).filter(pk=proposal_id).first()
    if proposal is None:
        raise Http404
    put_aside(proposal, request.user.get_username())
    messages.success(request, gettext("The proposal is put aside; the debt stays open."))
    return redirect("inventory:debt")


@require_safe
@never_cache
def show_settlement(request: HttpRequest, settlement_id: int) -> HttpResponse:
    """A settlement, line by line; three queries and one per kind of documents."""
    settlement = queries.settlement_for_page(access_of(request), settlement_id)
    if settlement is None:
        raise Http404
    lines = queries.lines_for_page(settlement.pk, LINES_SHOWN)
    context = {"settlement": settlement, "lines": lines[:LINES_SHOWN], "more": len(lines) > LINES_SHOWN}
    return render(request, "inventory/settlement_detail.html", context)


@require_POST
def undo(request: HttpRequest, settlement_id: int) -> HttpResponse:
    """Undoes a settlement with the reason that was given; a second click changes nothing and says so."""
    settlement = queries.settlement_for_page(access_of(request), settlement_id)
    if settlement is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        messages.error(request, gettext("Say in at most 200 characters why it is undone."))
        return redirect("inventory:settlement", settlement_id)
    try:
        undone = undo_settlement(settlement.number, reason, request.user.get_username())
    except BusinessError as error:
        tell_refusals(request, error.problems)
        return redirect("inventory:settlement", settlement_id)
    messages.success(
        request, gettext("%(number)s is undone by %(by)s; what it paid is owed again.") % {"number": settlement.number, "by": undone.number}
    )
    return redirect("inventory:settlement", settlement_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def credit(request: HttpRequest) -> HttpResponse:
    """What lies on default batches, and the form that moves it to a real batch or to one that is inspected first."""
    rows = queries.credits_seen_by(access_of(request))
    if request.method == "POST":
        warehouse, _, item = request.POST.get("place", "").partition("/")
        place = next((row for row in rows if (str(row["warehouse"]), str(row["item"])) == (warehouse, item)), None)
        reason = request.POST.get("reason", "").strip()
        if place is None:
            messages.warning(request, gettext("Nothing lies there any more."))
        elif not reason or len(reason) > LONGEST_REASON:
            messages.error(request, gettext("Say in at most 200 characters why it is moved."))
        else:
            number = request.POST.get("batch", "").strip()[:LONGEST_NUMBER]
            try:
                moved = move_credit((place["warehouse"], place["item"]), number, reason, request.user.get_username())
            except BusinessError as error:
                tell_refusals(request, error.problems)
            else:
                messages.success(request, gettext("Moved to batch %(batch)s: %(number)s.") % {"batch": number, "number": moved.number})
        return redirect("inventory:credit")
    return render(request, "inventory/credit.html", {"rows": rows})
