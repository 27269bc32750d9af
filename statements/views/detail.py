"""One statement: where it stands, why it stopped, and everything that it made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.jobs.queries.pages import JobView, job_view
from orders.models import BatchAllocation
from orders.queries.invoices import reserved_in
from orders.rules.invoices import set_aside_for_others
from statements.models import Statement
from statements.queries import pages, proof
from statements.rules.proof import broken_links, prove_by_rate
from statements.rules.states import POST_STATES, PostState, next_state, post_refusal
from statements.services.z_report import read_registers
from statements.views.fixes import DEFAULT_BATCH_CODES, ProblemRow, row_of_cause, row_of_statement_error
from statements.views.verbs import action_to_reverse, refusal_to_reverse, situation_of, verbs_for

TABS: dict[str, StrPromise] = {
    "payments": gettext_lazy("Payment methods"),
    "orders": gettext_lazy("Sales orders"),
    "allocations": gettext_lazy("Batch allocations"),
    "receipts": gettext_lazy("Transactions"),
    "vouchers": gettext_lazy("Vouchers"),
    "z": gettext_lazy("Z reports"),
    "proof": gettext_lazy("Proof sheet"),
    "events": gettext_lazy("Event log"),
}
ITEMS_SHOWN = 500
LONGEST_ID = 18
SOURCES = (
    *((str(value), label) for value, label in BatchAllocation.Source.choices),
    ("open", gettext_lazy("No stock moved yet")),
)


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One posting state: mark is done, failed, now or waiting; `at` when it was completed last."""

    name: str
    mark: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Permitted:
    """An action and, where it is not possible now, why."""

    refusal: str

    @property
    def allowed(self) -> bool:
        """Whether it is possible now."""
        return not self.refusal


def track_of(statement: Statement, times: Mapping[str, datetime]) -> list[TrackStep]:
    """The ten posting states with their marks."""
    coming = next_state(statement.post_state)
    done = POST_STATES if coming is None else POST_STATES[: POST_STATES.index(coming)]
    steps = []
    for state in POST_STATES:
        if state in done:
            mark = "done"
        elif statement.work_state and state == coming:
            mark = "now"
        else:
            mark = "failed" if state == statement.failed_state and not statement.work_state else "waiting"
        steps.append(TrackStep(state.value, mark, times.get(state.value) if mark == "done" else None))
    return steps


def live_context(statement: Statement) -> dict[str, object]:
    """What moves while a statement is in work; one query."""
    job: JobView | None = job_view(statement.job, timezone.now()) if statement.job and statement.work_state else None
    return {
        "statement": statement,
        "zone": statement.store.time_zone,
        "job": job,
        "track": track_of(statement, pages.state_times(statement.pk)),
        "words": words_for(statement),
    }


def words_for(statement: Statement) -> str:
    """Where it stands in one sentence, read out when it changes."""
    number = {"number": statement.number}
    if statement.work_state == Statement.WorkState.QUEUED:
        return gettext("Statement %(number)s waits to be posted") % number
    if statement.work_state:
        return gettext("Statement %(number)s is being posted: %(state)s") % {**number, "state": next_state(statement.post_state) or ""}
    if statement.failed_state:
        return gettext("Statement %(number)s stopped at %(state)s") % {**number, "state": statement.failed_state}
    if statement.reversal_id is not None:
        return gettext("Statement %(number)s is reversed") % number
    if statement.post_state == PostState.POSTED:
        return gettext("Statement %(number)s is posted") % number
    return gettext("Statement %(number)s is calculated") % number


@require_safe
@never_cache
def show_live(request: HttpRequest, statement_id: int) -> HttpResponse:
    """The moving part; polls on while the statement is in work, and tells the rest of the page when that ends."""
    statement = get_statement_or_404(request, statement_id)
    response = render(request, "statements/_live.html", live_context(statement))
    if not statement.work_state:
        response["HX-Trigger-After-Settle"] = "statement-changed"
    return response


@require_safe
@never_cache
def show_statement(request: HttpRequest, statement_id: int) -> HttpResponse:
    """The statement with one of its tabs; a fixed number of queries per tab."""
    statement = get_statement_or_404(request, statement_id)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "payments"
    tally = pages.tally_of(statement.pk)
    counts = {"orders": tally.orders, "receipts": statement.transaction_count, "vouchers": tally.vouchers}
    access = access_of(request)
    may_post, may_calculate = access.may("statements:post"), access.may("statements:calculate")
    context = {
        **live_context(statement),
        "tabs": [(key, name, counts.get(key)) for key, name in TABS.items()],
        "tab": tab,
        "store_name": f"{statement.store.code} {statement.store.name}".strip(),
        "calculate_fields": {"store": statement.store.code, "through": statement.business_date.isoformat(), "next": request.path},
        "tally": tally,
        "verbs": verbs_for(access, statement, situation_of(statement), tally=tally),
        "reverse": action_to_reverse(access, refusal_to_reverse(statement), reverse("statements:reverse", args=[statement.pk])),
        "reversal": statement.reversal,
        "preview_refusal": gettext("The statement is posted.") if statement.posted_at else "",
        "problems": problems_of(statement),
        "post": Permitted(refusal_to_post(statement) if may_post else gettext("You have no right to post statements.")),
        "calculate": Permitted(refusal_to_calculate(statement) if may_calculate else gettext("You have no right to calculate statements.")),
        **TAB_CONTEXTS[tab](request, statement),
    }
    return render(request, "statements/statement_detail.html", context)


@require_safe
@never_cache
def show_stopped_note(request: HttpRequest) -> HttpResponse:
    """For Retail parameters: how many statements wait for a default batch setting; one query."""
    stopped = pages.stopped_for(access_of(request).scope_in(request.GET.get("company", "")), DEFAULT_BATCH_CODES)
    return render(request, "statements/_stopped_note.html", {"stopped": stopped})


def get_statement_or_404(request: HttpRequest, statement_id: int) -> Statement:
    """The statement, if the person sees its store; raises Http404."""
    statement = pages.statement_for_page(statement_id, access_of(request).scope)
    if statement is None:
        raise Http404
    return statement


def refusal_to_post(statement: Statement) -> str:
    """Why Post is not possible now, '' when it is."""
    return render_message(refusal) if (refusal := post_refusal(situation_of(statement), statement.calc_state)) else ""


def refusal_to_calculate(statement: Statement) -> str:
    """Why Calculate would do nothing for this store and day, '' when it would; one query."""
    if pages.has_open_transactions(statement):
        return ""
    return gettext("No valid transaction of this store up to this day waits for a statement.")


def problems_of(statement: Statement) -> list[ProblemRow]:
    """Why it stopped: its failed lines by item and reason, or what stopped it as a whole. Two queries, none unless it failed."""
    if not statement.failed_state or statement.work_state:
        return []
    causes = pages.causes_of(statement.pk) if statement.failed_state == PostState.ORDER_INVOICED else []
    if not causes:
        return [row_of_statement_error(statement)]
    reserved = reserved_in({(cause.warehouse_id, cause.item_id) for cause in causes})
    # The orders of a statement reserve nothing, so that all that is reserved is for others.
    others = {pool: set_aside_for_others(found, 0) for pool, found in reserved.items()}
    return [row_of_cause(cause, statement, others.get((cause.warehouse_id, cause.item_id))) for cause in causes]


def cursors(request: HttpRequest) -> tuple[str, str]:
    """Where the page of a list starts."""
    return request.GET.get("after", ""), request.GET.get("before", "")


def payments_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    """Lines per payment method with their sums, and what was accepted of them."""
    lines = pages.tender_lines(statement.pk)
    sums = {name: sum(getattr(line, name) for line in lines) for name in ("transaction_amount", "counted_amount", "difference")}
    return {"lines": lines, "sums": sums, "acceptances": pages.acceptances_of(statement.pk)}


def orders_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    """Sales orders, on demand the failed ones only."""
    only_failed = request.GET.get("failed") == "1"
    return {"page": pages.orders_for_page(statement.pk, *cursors(request), only_failed=only_failed), "only_failed": only_failed}


def allocations_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    """Transaction lines, on demand of one item, with where their units came from."""
    source = request.GET.get("source", "")
    source = source if source in dict(SOURCES) else ""
    item = request.GET.get("item", "")
    item_id = int(item) if item.isdecimal() and len(item) < LONGEST_ID else None
    page = pages.lines_for_page(statement.pk, *cursors(request), source, item_id)
    return {"page": page, "source": source, "sources": SOURCES, "item_id": item_id}


def transactions_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    return {"page": pages.transactions_for_page(statement.pk, *cursors(request))}


def vouchers_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    return {"page": pages.vouchers_for_page(statement.pk, *cursors(request))}


def events_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    return {"page": pages.events_for_page(statement.pk, *cursors(request))}


def z_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    """What the tills of the day printed against what their transactions come to."""
    return {"registers": read_registers(statement.store_id, statement.business_date)}


def proof_tab(request: HttpRequest, statement: Statement) -> dict[str, object]:
    """The chain from the tills to the ledger, what differs first, with the figures that the gates of Checked and Posted compare."""
    totals, items, ledger = proof.proof_totals(statement.pk), proof.item_proof(statement.pk), proof.ledger_proof(statement)
    flaws = proof.flaws_of(statement.pk) if not statement.post_state else []
    keys = proof.transaction_ids(statement.pk, flaws)
    only_broken = request.GET.get("broken") == "1"
    posted = statement.post_state == PostState.POSTED
    rates = prove_by_rate(items, proof.rates_of_items(statement))
    return {
        "totals": totals,
        "posted": posted,
        "items": sorted((row for row in items if row.differs or not only_broken), key=lambda row: not row.differs)[:ITEMS_SHOWN],
        "item_count": len(items),
        "rates": rates,
        "ledger": ledger,
        "flaws": [(flaw, keys.get(flaw.transaction)) for flaw in flaws],
        "broken": broken_links(totals, items, rates, ledger, posted=posted) + len(flaws),
        "only_broken": only_broken,
    }


TAB_CONTEXTS: dict[str, Callable[[HttpRequest, Statement], dict[str, object]]] = {
    "payments": payments_tab,
    "orders": orders_tab,
    "allocations": allocations_tab,
    "receipts": transactions_tab,
    "vouchers": vouchers_tab,
    "z": z_tab,
    "proof": proof_tab,
    "events": events_tab,
}
