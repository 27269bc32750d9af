"""Post and Calculate, asked for from a list or from one statement."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from core.access.access import COMPANY_KEY, access_of
from core.access.addresses import back_to_asker
from core.i18n.messages import render as render_message
from core.i18n.texts import count_text
from core.jobs.models import Job
from core.lib.problems import BusinessError
from core.tables.selection import ask_to_confirm, selection_of
from core.ui.refusals import tell_refusals
from statements.models import Statement, ValidationProblem
from statements.rules.states import PostState
from statements.services.background import request_calculation, request_validation, request_validation_of
from statements.services.calculation import calculate_statements
from statements.services.posting import request_posting
from statements.views.detail import get_statement_or_404, refusal_to_post
from statements.views.lists import PROBLEMS, STATEMENTS

MOST_AT_ONCE = 1000
MOST_PROBLEMS = 10_000


@require_POST
def post_one(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Asks for the posting of one statement; a second click changes nothing and says so."""
    statement = get_statement_or_404(request, statement_id)
    if statement.work_state and statement.job:
        job_link = link_to_job(statement.job)
        text = gettext("Statement {} is being posted already by {}; nothing was started twice.")
        messages.info(request, format_html(text, statement.number, job_link))
    elif refusal := refusal_to_post(statement):
        messages.info(request, refusal)
    else:
        ask_for_posting(request, [statement.pk])
    return redirect("statements:detail", statement_id)


@require_POST
def post_selected(request: HttpRequest) -> HttpResponse:
    """Asks for the posting of the statements picked in the list, or of all that match; says which were left alone."""
    selection = selection_of(request, STATEMENTS, MOST_AT_ONCE)
    if selection.unconfirmed:
        return ask_to_confirm(request, STATEMENTS, selection, gettext("Post statements"), gettext("Post"))
    picked = list(Statement.objects.filter(pk__in=selection.ids))
    posted = sum(statement.post_state == PostState.POSTED for statement in picked)
    working = sum(bool(statement.work_state) for statement in picked)
    if not picked:
        messages.warning(request, gettext("Pick at least one statement first."))
        return back_to_list(request)
    if posted:
        text = ngettext("%(n)s statement is posted already.", "%(n)s statements are posted already.", posted)
        messages.info(request, text % {"n": posted})
    if working:
        text = ngettext("%(n)s statement is being posted already.", "%(n)s statements are being posted already.", working)
        messages.info(request, text % {"n": working})
    if ready := [statement.pk for statement in picked if not refusal_to_post(statement)]:
        ask_for_posting(request, ready)
    return back_to_list(request)


def ask_for_posting(request: HttpRequest, statement_ids: list[int]) -> None:
    """Queues the posting and says what happens next, also when the queue is away."""
    try:
        job = request_posting(statement_ids, request.user.pk, request.user.get_username(), scope=access_of(request).scope)
    except BusinessError as error:
        tell_refusals(request, error.problems)
        return
    job.refresh_from_db(fields=("dispatched_at", "title"))
    if job.dispatched_at is None:
        text = gettext(
            "{} is stored, but the queue does not answer at the moment. It starts by itself when the queue is back; you need not ask again."
        )
        messages.warning(request, format_html(text, link_to_job(job)))
    else:
        messages.success(request, format_html(gettext("{} is asked for."), link_to_job(job)))


def link_to_job(job: Job) -> str:
    """A link with the job's title."""
    name = gettext("Job %(id)s: %(title)s") % {"id": job.pk, "title": render_message(job.title)}
    return format_html('<a href="{}">{}</a>', reverse("jobs:detail", args=[job.pk]), name)


@require_POST
def calculate(request: HttpRequest) -> HttpResponse:
    """Calculates statements, of one kind or all, of one store or of all, up to a day (all days when blank)."""
    # A NUL is nothing that the database could be asked about; without it the store is simply not known.
    store, through = request.POST.get("store", "").replace("\0", ""), request.POST.get("through", "")
    kind = request.POST.get("kind", "")
    kind = kind if kind in Statement.Kind.values else ""
    day: date | None = None
    if through:
        try:
            day = parse_date(through)
        except ValueError:
            day = None
        if day is None:
            messages.error(request, gettext("“%(text)s” is no date; nothing was calculated.") % {"text": through[:20]})
            return back_to_list(request)
    if not store:
        # All stores take a while: the request only asks.
        return redirect("jobs:detail", request_calculation([], day, request.user, company_of(request), kind).pk)
    try:
        result = calculate_statements([store], day, request.user.get_username(), access_of(request).scope, kind=kind)
    except BusinessError as error:
        tell_refusals(request, error.problems)
        return back_to_list(request)
    if result.statements:
        text = ngettext(
            "%(count)s statement calculated; transactions put on statements: %(transactions)s.",
            "%(count)s statements calculated; transactions put on statements: %(transactions)s.",
            result.statements,
        )
        messages.success(request, text % {"count": count_text(result.statements), "transactions": count_text(result.transactions)})
    else:
        messages.info(request, gettext("Nothing to calculate: no valid transaction waits for a statement."))
    if result.waiting:
        text = ngettext(
            "%(count)s return waits for its sale to be posted.", "%(count)s returns wait for their sales to be posted.", result.waiting
        )
        messages.info(request, text % {"count": count_text(result.waiting)})
    return back_to_list(request)


@require_POST
def validate(request: HttpRequest) -> HttpResponse:
    """Asks for the rules to run again over all transactions that are on no statement."""
    return redirect("jobs:detail", request_validation([], request.user, company_of(request)).pk)


@require_POST
def revalidate_selected(request: HttpRequest) -> HttpResponse:
    """Asks for the rules to run again over the transactions of the problems that were picked, or of all that match."""
    selection = selection_of(request, PROBLEMS, MOST_PROBLEMS)
    if selection.unconfirmed:
        return ask_to_confirm(request, PROBLEMS, selection, gettext("Revalidate transactions"), gettext("Revalidate"))
    found = ValidationProblem.objects.filter(pk__in=selection.ids).order_by().values_list("transaction_id", flat=True).distinct()
    waiting = sorted(found.filter(transaction__statement=None))
    if not found:
        messages.warning(request, gettext("Pick at least one problem first."))
        return back_to_list(request, "statements:problems")
    if left := len(found) - len(waiting):
        text = ngettext(
            "%(count)s transaction is on a statement and was left alone; revalidate the statement.",
            "%(count)s transactions are on statements and were left alone; revalidate the statements.",
            left,
        )
        messages.info(request, text % {"count": count_text(left)})
    if not waiting:
        return back_to_list(request, "statements:problems")
    return redirect("jobs:detail", request_validation_of(waiting, request.user, company_of(request)).pk)


def company_of(request: HttpRequest) -> str:
    """The company that the person works in, as the job shall see it."""
    return str(request.session.get(COMPANY_KEY, ""))


def back_to_list(request: HttpRequest, view: str = "statements:list") -> HttpResponseRedirect:
    """To the page that asked, with its filters, if it is one of ours."""
    return back_to_asker(request, reverse(view))
