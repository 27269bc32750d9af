"""Pages of jobs: one job with live progress, and the bell."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from retailhq.access.access import access_of
from retailhq.jobs.queries.pages import job_for_page, latest_jobs, open_job_count


@require_safe
@never_cache
def show_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job; asked for by htmx only its live part comes back, which polls on only while the job is open. One statement."""
    job = job_for_page(access_of(request), job_id, timezone.now())
    if job is None:
        raise Http404
    template = "jobs/_job_live.html" if request.headers.get("HX-Request") else "jobs/job_detail.html"
    return render(request, template, {"job": job})


@require_safe
@never_cache
def show_bell(request: HttpRequest) -> HttpResponse:
    """The bell with the count of open jobs; one statement."""
    return render(request, "jobs/_bell.html", {"open_jobs": open_job_count(access_of(request))})


@require_safe
@never_cache
def show_latest(request: HttpRequest) -> HttpResponse:
    """The last jobs with their progress, for the menu of the bell; one statement beside those of the person's access."""
    jobs = latest_jobs(access_of(request), timezone.now())
    context = {"jobs": jobs, "any_open": any(job.is_open for job in jobs), "waits": any(job.waits_for_queue for job in jobs)}
    return render(request, "jobs/_latest.html", context)
