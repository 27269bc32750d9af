"""Pages for what went wrong. They stand in the frame of all pages where the person is known, and need no database where it is not there."""

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from core.db.availability import RETRY_SECONDS, database_is_away


def page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    """The page in the whole frame, or in the still one (no person, no SQL) where that cannot be had."""
    try:
        if request.user.is_authenticated:
            return render(request, template, {"frame_template": "base.html", **context}, status=status)
    except (AttributeError, DatabaseError):
        pass  # no session yet, or no database: the still frame needs neither
    return still(request, template, status, **context)


def still(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    """The page in a frame that reads nothing but cookies."""
    theme = request.COOKIES.get("theme", "")
    values = {
        "frame_template": "frame/still.html",
        "theme": theme if theme in {"light", "dark"} else "system",
        "again": request.get_full_path() if request.method == "GET" else "",
        **context,
    }
    return HttpResponse(render_to_string(template, values), status=status)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Page of status 403."""
    return page(request, "403.html", 403, exception=str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Page of status 404."""
    return page(request, "404.html", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After while the database is away; never touches the database."""
    if not database_is_away(sys.exc_info()[1]):
        return still(request, "500.html", 500)
    return database_away(request)


def database_away(request: HttpRequest) -> HttpResponse:
    """503: nothing can be read or stored at the moment."""
    response = still(request, "503.html", 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
