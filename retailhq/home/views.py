"""The start page, and the switches of the frame."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from retailhq.access.access import COMPANY_KEY
from retailhq.home.frame import THEME_COOKIE, THEMES, Frame
from retailhq.home.queries import start_page

YEAR = 365 * 24 * 3600


@require_safe
@never_cache
def show_start(request: HttpRequest) -> HttpResponse:
    """Store financials: what needs attention, each figure with a link to its list."""
    frame = Frame(request)
    start = start_page(frame.access.scope) if frame.company else None
    return render(request, "home/start.html", {"frame": frame, "company": frame.company, "start": start})


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remembers the colours in a cookie; the script does the same without a request."""
    response = back(request)
    if request.POST.get("theme") in {theme.key for theme in THEMES}:
        response.set_cookie(THEME_COOKIE, request.POST["theme"], max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
def choose_company(request: HttpRequest) -> HttpResponse:
    """Remembers the company in the session."""
    request.session[COMPANY_KEY] = request.POST.get("company", "")[:60]
    return back(request)


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asked, if it is one of ours."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else resolve_url("home:start"))
