"""Refuses every page that the page table does not open to the person."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.access.access import access_of
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


def _is_open_without_password(name: str) -> bool:
    """What stays open to somebody who must choose a password first."""
    return PAGES.get(name) in {ANYBODY, BY_TOKEN} or name in {"sign_out", "password_change"}
