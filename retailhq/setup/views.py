"""The start page of setup."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from retailhq.setup.queries import first_steps, master_groups


@require_safe
@never_cache
def show_index(request: HttpRequest) -> HttpResponse:
    """All masters with their counts, and what is missing before the first posting."""
    access = access_of(request)
    steps = first_steps(access)
    context = {"groups": master_groups(access), "steps": steps, "open_steps": sum(bool(step.missing) for step in steps)}
    return render(request, "setup/index.html", context)
