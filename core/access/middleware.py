"""Refuses every page that the page table does not open to the person, and finds documents in the company that they belong to."""

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from core.access.access import COMPANY_KEY, STORE_KEY, Access, access_of
from core.access.pages import ANYBODY, BY_TOKEN, PAGES
from core.access.services import PASSWORD_DUE

logger = structlog.get_logger(__name__)


class AccessMiddleware:
    """Stands behind LoginRequiredMiddleware, so a stranger is sent to the sign-in before anything is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> HttpResponse | None:
        """Raises PermissionDenied (403) unless the person may open the page with this method.

        Who has a one-time password is sent to choose an own one first.
        """
        match = request.resolver_match
        name = match.view_name if match else ""
        if name not in PAGES:
            logger.error("page_not_in_table", page=name, remedy="add a line to PAGES in the app's permissions.py")
        if not access_of(request).may(name, request.method or "GET"):
            raise PermissionDenied
        if not _is_open_without_password(name) and request.session.get(PASSWORD_DUE):
            return redirect("password_change")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Opens a document of another company in which the person sees it, and says so: a link in a mail does not know who works where.

        Only for looking, at something that the address names; the view itself says in which company it is found.
        """
        match = request.resolver_match
        looks = request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers
        if not isinstance(error, Http404) or match is None or not match.kwargs or not looks or not request.user.is_authenticated:
            return None
        here = access_of(request)
        current = request.session.get(COMPANY_KEY)
        for code in sorted(here.scope.company_codes - {current}):
            there = Access(request.user, {COMPANY_KEY: code})  # type: ignore[arg-type]  # read like a session
            if there.company_id == here.company_id:
                continue
            there.grants = here.grants
            request.access = there  # type: ignore[attr-defined]
            try:
                match.func(request, *match.args, **match.kwargs)
            except Http404:
                continue
            finally:
                request.access = here  # type: ignore[attr-defined]
            request.session[COMPANY_KEY] = code
            request.session.pop(STORE_KEY, None)
            messages.info(request, gettext("This belongs to company %(company)s; you work in it now.") % {"company": code})
            return redirect(request.get_full_path())
        return None


def _is_open_without_password(name: str) -> bool:
    """What stays open to somebody who must choose a password first."""
    return PAGES.get(name) in {ANYBODY, BY_TOKEN} or name in {"sign_out", "password_change"}
