"""Pages of recurrences: what runs by itself, when, how it ended; make, change, pause, run now."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import access_of
from core.jobs.forms import DAILY, EVERY, HOURLY, WEEKLY, RecurrenceForm
from core.jobs.queries.recurrences import RecurrenceView, recurrence_for_page, recurrence_views
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services.recurrences import delete_recurrence, pause_recurrence, save_recurrence, start_recurrence

ZONES = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


@require_safe
@never_cache
def show_recurrences(request: HttpRequest) -> HttpResponse:
    """All recurrences, in plain words."""
    return render(request, "jobs/recurrences.html", {"recurrences": recurrence_views(timezone.now())})


def is_refused(request: HttpRequest) -> bool:
    """Says so, and why, to somebody of some stores: what runs by itself works on all of them."""
    if request.method != "POST" or access_of(request).grants.everything:
        return False
    messages.error(request, gettext("Recurrences work on all stores; let an administrator of all stores do it."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_recurrence(request: HttpRequest, recurrence_id: int | None = None) -> HttpResponse:
    """Makes a recurrence, or changes one."""
    if is_refused(request):
        return redirect("jobs:recurrences")
    found = get_recurrence_or_404(recurrence_id) if recurrence_id is not None else None
    row = found.row if found else None
    form = RecurrenceForm(request.POST or None, recurrence=row, initial=values_of(found) if found else {})
    if request.method == "POST" and form.is_valid():
        saved = save_recurrence(row, form.cleaned_data["kind"], form.cleaned_data["name"], form.timing, request.user)
        messages.success(request, gettext("%(name)s is saved.") % {"name": saved.name})
        return redirect("jobs:recurrences")
    context = {"form": form, "found": found, "kinds": RECURRING.values(), "zones": ZONES}
    return render(request, "jobs/recurrence_form.html", context, status=400 if request.method == "POST" else 200)


def get_recurrence_or_404(recurrence_id: int) -> RecurrenceView:
    """The recurrence of that id; raises Http404."""
    found = recurrence_for_page(recurrence_id, timezone.now())
    if found is None:
        raise Http404
    return found


def values_of(found: RecurrenceView) -> dict[str, object]:
    """What the form begins with."""
    how = EVERY if found.minutes is not None else HOURLY if found.minute is not None else WEEKLY if found.days else DAILY
    when = {name: getattr(found, name) for name in ("minutes", "minute", "at", "days", "zone")}
    return {"name": found.row.name, "kind": found.row.kind, "how": how, **when}


@require_POST
def pause(request: HttpRequest, recurrence_id: int) -> HttpResponse:
    """Pauses, or resumes with `resume` set."""
    if is_refused(request):
        return redirect("jobs:recurrences")
    found = get_recurrence_or_404(recurrence_id)
    paused = not request.POST.get("resume")
    pause_recurrence(found.row, request.user, paused=paused)
    text = gettext("%(name)s is paused.") if paused else gettext("%(name)s goes on.")
    messages.success(request, text % {"name": found.row.name})
    return redirect("jobs:recurrences")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: HttpRequest, recurrence_id: int) -> HttpResponse:
    """GET asks for confirmation, POST deletes."""
    if is_refused(request):
        return redirect("jobs:recurrences")
    found = get_recurrence_or_404(recurrence_id)
    if request.method != "POST":
        return render(request, "jobs/recurrence_delete.html", {"found": found})
    delete_recurrence(recurrence_id, request.user)
    messages.success(request, gettext("%(name)s is deleted.") % {"name": found.row.name})
    return redirect("jobs:recurrences")


@require_POST
def run_now(request: HttpRequest, recurrence_id: int) -> HttpResponse:
    """Starts a run, unless one is going on."""
    if is_refused(request):
        return redirect("jobs:recurrences")
    found = get_recurrence_or_404(recurrence_id)
    job = start_recurrence(recurrence_id, request.user)
    if job is None:
        messages.info(request, gettext("%(name)s is running already; nothing was started twice.") % {"name": found.row.name})
    else:
        link = format_html('<a href="{}">{}</a>', reverse("jobs:detail", args=[job.pk]), gettext("Job %(id)s") % {"id": job.pk})
        messages.success(request, format_html(gettext("{} is asked for: {}."), found.row.name, link))
    return redirect("jobs:recurrences")
