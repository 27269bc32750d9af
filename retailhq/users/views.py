"""Pages of users."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.access import services as access_services
from core.access.access import access_of
from core.access.roles import ROLES
from core.i18n.messages import render as render_message
from core.lib.problems import BusinessError
from retailhq.users import queries, services
from retailhq.users.forms import UserForm


def get_user_or_404(user_id: int) -> User:
    """The user; raises Http404."""
    user = User.objects.filter(pk=user_id).first() if user_id < 2**31 else None
    if user is None:
        raise Http404
    return user


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def create_user(request: HttpRequest) -> HttpResponse:
    """A new user; the one-time password is on the answer of this POST only, never in a message or a session."""
    access = access_of(request)
    form = UserForm(request.POST if request.method == "POST" else None, giver=access)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = services.create_user(form.wanted(), request.user.get_username(), access)
        except BusinessError as error:
            add_problems(form, error)
        else:
            return show_password(request, user, password)
    return render_form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Names, roles, stores and whether the user is active."""
    user = get_user_or_404(user_id)
    wanted = services.wanted_as(user)
    initial = {name: getattr(wanted, name) for name in ("username", "first_name", "last_name", "email", "is_active", "all_stores")}
    initial |= {"roles": sorted(wanted.roles), "stores": [store.pk for store in wanted.stores]}
    access = access_of(request)
    form = UserForm(request.POST if request.method == "POST" else None, initial=initial, user_id=user.pk, giver=access)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_user(user.pk, form.wanted(), request.user.get_username(), access)
        except BusinessError as error:
            add_problems(form, error)
        else:
            messages.success(request, gettext("%(user)s is saved.") % {"user": form.cleaned_data["username"]})
            return redirect("access:users")
    return render_form(request, form, user)


def add_problems(form: UserForm, error: BusinessError) -> None:
    """Shows above the form why nothing was changed."""
    for problem in error.problems:
        form.add_error(None, render_message(problem))


def render_form(request: HttpRequest, form: UserForm, user: User | None) -> HttpResponse:
    """The form; somebody who may only look gets its fields switched off."""
    may_change = access_of(request).may("access:user", "POST")
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "user_shown": user,
        "person": queries.person(user.pk) if user else None,
        "roles": ROLES,
        "may_change": may_change,
    }
    return render(request, "users/user_form.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


@require_POST
@never_cache
def give_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new one-time password for somebody; it is shown once."""
    user = get_user_or_404(user_id)
    if user.pk == request.user.pk:
        # Own passwords are chosen, not given: the page that follows would have ended this session.
        return redirect("password_change")
    try:
        return show_password(request, user, services.new_password(user, request.user.get_username(), access_of(request)))
    except BusinessError as error:
        for problem in error.problems:
            messages.error(request, render_message(problem))
        return redirect("access:user", user.pk)


def show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    """The only page that shows a one-time password."""
    return render(request, "users/user_password.html", {"user_shown": user, "password": password})


@require_POST
def unlock_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Lets somebody who guessed too often try again at once."""
    user = get_user_or_404(user_id)
    access_services.unlock(user, request.user.get_username())
    messages.success(request, gettext("%(user)s may try to sign in again.") % {"user": user.get_username()})
    return redirect("access:user", user.pk)
