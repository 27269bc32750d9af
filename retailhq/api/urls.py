"""Addresses of the API and of its description."""

import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from core.api.answers import problem_response, refusal
from core.lib.problems import Problem
from retailhq.api.api import api
from retailhq.api.views import show_docs


def called(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the API: tokens open it and not sessions, so it needs neither sign-in nor form token; every answer is JSON or a problem."""

    @wraps(view)
    def answer(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if not request.accepts("application/json") and not request.accepts("application/problem+json"):
            return problem_response(refusal(Problem("NOT_ACCEPTABLE")))
        if unknown := sorted(set(request.GET) - parameters(request)):
            return problem_response(refusal(Problem("BAD_PARAMETER", {"name": repr(unknown[0][:60])}, variant="unknown")))
        response = view(request, *arguments, **named)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            problem = Problem("METHOD_NOT_ALLOWED", {"method": request.method or "", "allowed": allowed})
            return problem_response(refusal(problem, headers={"Allow": allowed}))
        return response

    return csrf_exempt(login_not_required(answer))


def parameters(request: HttpRequest) -> set[str]:
    """The names that the description has for the query of this call; a misspelt one would be passed over in silence."""
    assert request.resolver_match is not None
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", request.resolver_match.route)
    return query_names().get((path, (request.method or "").lower()), set(request.GET))


@cache
def query_names() -> dict[tuple[str, str], set[str]]:
    """Names of parameters in the query by address and method, from the description."""
    return {
        (path, method): {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method, operation in methods.items()
    }


def unknown_address(request: HttpRequest) -> HttpResponse:
    """Whatever else stands below the API's address."""
    return problem_response(refusal(Problem("UNKNOWN_ADDRESS", {"address": request.path})))


def api_patterns() -> list[URLPattern]:
    """All addresses of the API; the last one catches what there is not."""
    patterns, *_ = api.urls
    found = [pattern for pattern in patterns if isinstance(pattern, URLPattern)]
    for pattern in found:
        if pattern.name == "openapi-json":
            pattern.callback = login_not_required(require_safe(pattern.callback))
        else:
            # The root is an address that ninja needs for itself.
            pattern.callback = called(unknown_address if pattern.name == "api-root" else pattern.callback)
    return [path("docs", show_docs, name="docs"), *found, re_path("", called(unknown_address), name="unknown")]


app_name = "api"
urlpatterns = api_patterns()
