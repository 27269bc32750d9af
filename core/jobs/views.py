"""Pages of jobs: one job with live progress, and the bell."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access.access import access_of
from core.access.addresses import back_to_asker
from core.files.storage import download
from core.jobs.models import Job
from core.jobs.queries.pages import KEEP, JobView, file_for_download, job_for_page, latest_jobs, open_job_count
from core.jobs.services import cancel_job, repeat_job


@require_safe
@never_cache
def show_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job; asked for by htmx only its live part comes back, which polls on only while the job is open. Two queries."""
    job = get_job_or_404(request, job_id)
    live = bool(request.headers.get("HX-Request"))
    template = "jobs/_job_live.html" if live else "jobs/job_detail.html"
    return render(request, template, {"job": job, "is_own": is_own(request, job), "live": live})


def get_job_or_404(request: HttpRequest, job_id: int) -> JobView:
    """The job, for who may see it. Raises Http404."""
    job = job_for_page(access_of(request), job_id, timezone.now())
    if job is None:
        raise Http404
    return job


def is_own(request: HttpRequest, job: JobView) -> bool:
    """Whether the person may stop and repeat it and have its files: who asked for it, and who keeps the recurrences."""
    return job.requested_by == request.user.get_username() or access_of(request).has(KEEP)


@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stops a job: at once when nobody began it, else at its next word."""
    job = get_job_or_404(request, job_id)
    if not is_own(request, job):
        messages.error(request, gettext("Only who asked for the job may stop it."))
    elif job.refusal_to_cancel or not cancel_job(job_id):
        messages.info(request, job.refusal_to_cancel or gettext("The job is finished."))
    else:
        messages.success(request, gettext("The job is stopped, or stops at its next step. What is done by then stays."))
    return back_to_asker(request, reverse("jobs:detail", args=[job_id]))


@require_POST
def repeat(request: HttpRequest, job_id: int) -> HttpResponse:
    """Asks for the same work again as a job of its own."""
    job = get_job_or_404(request, job_id)
    if not is_own(request, job) or job.refusal_to_repeat:
        messages.error(request, job.refusal_to_repeat or gettext("Only who asked for the job may repeat it."))
        return redirect("jobs:detail", job_id)
    again = repeat_job(Job.objects.get(pk=job_id), request.user)
    messages.success(request, gettext("The same work is asked for again."))
    return redirect("jobs:detail", again.pk)


@require_safe
@never_cache
def show_file(request: HttpRequest, job_id: int, file_id: int) -> StreamingHttpResponse:
    """A file that the job made, as a download."""
    file = file_for_download(access_of(request), job_id, file_id)
    if file is None:
        raise Http404
    return download(file)


@require_safe
@never_cache
def show_bell(request: HttpRequest) -> HttpResponse:
    """The bell with the count of open jobs; one query."""
    return render(request, "jobs/_bell.html", {"open_jobs": open_job_count(access_of(request))})


@require_safe
@never_cache
def show_latest(request: HttpRequest) -> HttpResponse:
    """The last jobs with their progress, for the menu of the bell; one query beside those of the person's access."""
    jobs = latest_jobs(access_of(request), timezone.now())
    context = {"jobs": jobs, "any_open": any(job.is_open for job in jobs), "waits": any(job.waits_for_queue for job in jobs)}
    return render(request, "jobs/_latest.html", context)
