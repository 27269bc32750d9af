"""Pages of API tokens, and the description of the API as a page."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.access.access import access_of
from core.api.models import Token
from core.api.services import create_token, revoke_token
from retailhq.api.forms import TokenForm


@login_not_required
@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """What can be called, with a way to try it; a token is asked for, nothing else. No query."""
    return render(request, "api/docs.html")


@require_safe
@never_cache
def show_tokens(request: HttpRequest) -> HttpResponse:
    """All tokens, those that work first; one query."""
    tokens = sorted(Token.objects.select_related("created_by"), key=lambda token: (token.revoked_at is not None, token.name))
    return render(request, "api/token_list.html", {"tokens": tokens, "now": timezone.now(), "verbs": dict(Token.Verb.choices)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def make_token(request: HttpRequest) -> HttpResponse:
    """A new token; its secret is on the answer of this POST only, never in a message or a session."""
    form = TokenForm(request.POST if request.method == "POST" else None, giver=access_of(request))
    if request.method == "POST" and form.is_valid():
        assert request.user.is_authenticated
        token, secret = create_token(form.wanted(), request.user)
        return render(request, "api/token_secret.html", {"token": token, "secret": secret})
    return render(request, "api/token_form.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Asks, then ends a token for good."""
    token = Token.objects.select_related("created_by").filter(pk=token_id).first() if token_id < 2**63 else None
    if token is None:
        raise Http404
    if request.method != "POST":
        return render(request, "api/token_revoke.html", {"token": token})
    assert request.user.is_authenticated
    if revoke_token(token.pk, request.user):
        messages.success(request, gettext("The token %(name)s is revoked.") % {"name": token.name})
    return redirect("tokens:list")
