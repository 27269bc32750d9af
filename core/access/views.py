"""Sign-in, sign-out, passwords."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.access import services
from core.access.forms import ResetForm, SignInForm
from core.access.throttling import client_address, failures_from, minutes_to_wait


class SignIn(LoginView):
    """Sign-in; Django keeps `next` on this site and changes the session's key."""

    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        """Asks nothing of an address from which many names were tried."""
        if failures_from(client_address(request)) >= settings.SIGN_IN_TRIES_PER_ADDRESS:
            return show_locked(request)
        response: HttpResponse = super().post(request, *arguments, **named)
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signs the person in."""
        user = form.get_user()
        assert isinstance(user, User)
        services.sign_in(self.request, user)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Notes the failure; what was typed stays, but the password."""
        if form.cleaned_data.get("username") and form.cleaned_data.get("password"):
            services.note_failure(self.request, form.cleaned_data["username"])
        return super().form_invalid(form)


def show_locked(request: HttpRequest, answer: HttpResponse | None = None, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """What somebody sees who guessed too often (settings.AXES_LOCKOUT_CALLABLE): how long to wait. The same for names that do not exist."""
    username = str((credentials or {}).get("username", ""))
    minutes = minutes_to_wait(username, client_address(request), timezone.now())
    # An empty form: the page must not keep what was typed while nobody may try.
    context = {"form": SignInForm(request), "next": request.POST.get("next", ""), "minutes": minutes}
    response = render(request, "registration/sign_in.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(minutes * 60)
    return response


class SignOut(LogoutView):
    """Sign-out, by POST only."""

    def post(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        """Notes it and ends the session."""
        services.note_sign_out(request)
        response: HttpResponse = super().post(request, *arguments, **named)
        return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def change_password(request: HttpRequest) -> HttpResponse:
    """The person's own password; other sessions of theirs end."""
    user = request.user
    assert isinstance(user, User)
    due = bool(request.session.get(services.PASSWORD_DUE))
    form = PasswordChangeForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        services.change_password(request, user, form.cleaned_data["new_password1"])
        messages.success(request, gettext("Your password is changed. Everywhere else you are signed out."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "registration/password_change.html", {"form": form, "due": due}, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    """Asks for a link by e-mail; the answer is the same whether there is such a user or not."""
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and settings.SENDS_MAIL and form.is_valid():
        site = f"{request.scheme}://{request.get_host()}"
        services.ask_for_reset(form.cleaned_data["email"].lower(), site, client_address(request))
        return redirect("password_reset_sent")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "sends_mail": settings.SENDS_MAIL}
    return render(request, "registration/password_reset.html", context, status=status)


@login_not_required
@require_safe
@never_cache
def show_reset_sent(request: HttpRequest) -> HttpResponse:
    """Says that the mail is under way, or where it lies on a machine without mail server."""
    return render(request, "registration/password_reset_sent.html", {"mail_folder": settings.MAIL_FOLDER})


class ChooseNewPassword(PasswordResetConfirmView):
    """Reached by the link of the mail; Django moves its token from the address into the session at once."""

    template_name = "registration/password_reset_confirm.html"
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        """Stores the password and sends the person to the sign-in."""
        user = self.user
        assert user is not None
        services.store_password(user, form.cleaned_data["new_password1"], user.get_username())
        self.request.session.pop("_password_reset_token", None)
        messages.success(self.request, gettext("Your new password is stored. Sign in with it."))
        return HttpResponseRedirect(resolve_url(self.success_url))
