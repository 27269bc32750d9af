"""Signing in and out, passwords: each action with its audit entry."""

from datetime import timedelta
from functools import partial

from axes.utils import reset
from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from core.access.models import AuditEntry, HelpRequest, MustChangePassword
from core.access.throttling import client_address
from core.access.writes import record_audit
from core.db.after_commit import send

Action = AuditEntry.Action
PASSWORD_DUE = "password_due"
RESETS_AN_HOUR = 3


@transaction.atomic
def sign_in(request: HttpRequest, user: User) -> None:
    """Signs in under a new session key; who has a password from somebody else must choose an own one first."""
    login(request, user)
    if MustChangePassword.objects.filter(user=user).exists():
        request.session[PASSWORD_DUE] = True
    record_audit(Action.SIGN_IN, user.get_username(), address=client_address(request))


def note_failure(request: HttpRequest, username: str) -> None:
    """Records a failed sign-in, and once that the name is locked out.

    A name that is no user's is not kept: it may be a password in the wrong field.
    """
    count = getattr(request, "axes_failures_since_start", None)
    locked = getattr(request, "axes_locked_out", False)
    if locked and count is None:
        return
    known = User.objects.filter(username=username).exists()
    record_audit(Action.LOCKED_OUT if locked else Action.SIGN_IN_FAILED, username if known else "", address=client_address(request))


def note_sign_out(request: HttpRequest) -> None:
    """Records that somebody leaves; call it before the session ends."""
    if request.user.is_authenticated:
        record_audit(Action.SIGN_OUT, request.user.get_username(), address=client_address(request))


@transaction.atomic
def change_password(request: HttpRequest, user: User, password: str) -> None:
    """Sets the person's own new password: this session gets a new key, all other sessions of the person end."""
    store_password(user, password, user.get_username())
    request.session.pop(PASSWORD_DUE, None)
    update_session_auth_hash(request, user)


@transaction.atomic
def store_password(user: User, password: str, actor: str, *, due: bool = False) -> None:
    """Stores a password, ends a lock-out; with `due` the person must choose an own one at the next sign-in."""
    user.set_password(password)
    user.save(update_fields=["password"])
    if due:
        MustChangePassword.objects.get_or_create(user=user)
    else:
        MustChangePassword.objects.filter(user=user).delete()
    reset(username=user.get_username())
    record_audit(Action.PASSWORD, actor, user.get_username(), {"one_time": due})


@transaction.atomic
def unlock(user: User, actor: str) -> None:
    """Lets somebody who was locked out try again at once."""
    reset(username=user.get_username())
    record_audit(Action.UNLOCK, actor, user.get_username())


@transaction.atomic
def ask_for_reset(address: str, site: str, client: str | None) -> None:
    """Asks a worker to send a link to this e-mail address, if it is somebody's. The answer and its time tell nothing: the worker looks.

    More than a few requests an hour for one address are recorded and not sent.
    """
    since = timezone.now() - timedelta(hours=1)
    asked = AuditEntry.objects.filter(action=Action.PASSWORD_ASKED, subject=address, at__gt=since).count()
    record_audit(Action.PASSWORD_ASKED, "", address, address=client)
    if asked < RESETS_AN_HOUR:
        transaction.on_commit(partial(send, "access.send_reset_links", address, site, translation.get_language() or settings.LANGUAGE_CODE))


def send_reset_links(address: str, site: str, language: str) -> int:
    """Sends a link to every active user of that e-mail address who has a password, and gives how many; it works once and for a day."""
    users = [user for user in User.objects.filter(email__iexact=address, is_active=True) if user.has_usable_password()]
    for user in users:
        key = {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}
        with translation.override(language):
            link = f"{site}{reverse('password_reset_confirm', kwargs=key)}"
            context = {"user": user, "link": link}
            subject = translation.gettext("New password for RetailHQ")
            send_mail(subject, render_to_string("registration/password_reset_mail.txt", context), None, [user.email])
    return len(users)


@transaction.atomic
def ask_for_help(request: HelpRequest, actor: User) -> HelpRequest:
    """Sends a note to those who may put a problem right; the same question again, while it is open, only renews the note."""
    same = HelpRequest.objects.filter(
        code=request.code, way=request.way, about=request.about, company=request.company, asked_by=actor, answered_at=None
    ).first()
    if same is not None:
        same.note = request.note
        same.save(update_fields=["note"])
        return same
    request.asked_by = actor
    request.save()
    record_audit(Action.ASK, actor.get_username(), request.code, {"way": request.way, "about": request.about, "note": request.note})
    return request


@transaction.atomic
def answer_help(request_id: int, answer: str, actor: User) -> bool:
    """Answers a question; says whether it was still open."""
    found = HelpRequest.objects.filter(pk=request_id, answered_at=None)
    if not found.update(answer=answer, answered_by=actor, answered_at=timezone.now()):
        return False
    record_audit(Action.ANSWER, actor.get_username(), str(request_id), {"answer": answer})
    return True
