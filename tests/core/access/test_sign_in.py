"""The door: guessing is slowed down, sessions change their keys, mails tell strangers nothing, and no secret reaches a log."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.access.models import AuditEntry, MustChangePassword
from core.access.services import RESETS_AN_HOUR, send_reset_links, store_password
from core.access.tasks import send_reset_links as task
from tests.core.access.people import make_person

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
NEW = "another-horse-battery"


@pytest.fixture
def maria() -> User:
    maria = make_person("maria", "poster", password=PASSWORD)
    User.objects.filter(pk=maria.pk).update(email="maria@example.com")
    return maria


def enter(client: Client, password: str = PASSWORD, username: str = "maria", **extra: Any) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, "next": extra.pop("next", "")}, **extra)


def actions() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor"))


# -- Throttling ------------------------------------------------------------------------------------------------------------------------


def test_five_failures_shut_the_door_for_this_name_and_address(client: Client, maria: User) -> None:
    answers = [enter(client, "wrong").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    right = enter(client)

    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    assert right.status_code == 429
    assert "Wait 15 minutes" in right.content.decode()
    assert 14 * 60 < int(right["Retry-After"]) <= 15 * 60
    assert "_auth_user_id" not in client.session
    assert enter(Client(), REMOTE_ADDR="192.0.2.7").status_code == 302, "another address is not locked"
    make_person("theo", password=PASSWORD)
    assert enter(Client(), username="theo").status_code == 302, "another name is not locked"
    assert actions()[:5] == [("sign_in_failed", "maria")] * 4 + [("locked_out", "maria")]


def test_the_door_opens_by_itself_and_guessing_on_does_not_make_it_longer(client: Client, maria: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT + 3):
        enter(client, "wrong")
    # As if all of it had happened so long ago that one more minute is left.
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME + timedelta(seconds=30))
    assert "Wait 1 minute " in enter(client).content.decode()
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1))
    assert enter(client).status_code == 302


def test_names_that_do_not_exist_are_answered_alike(client: Client, maria: User) -> None:
    def shape(username: str) -> list[tuple[int, str]]:
        pages = [enter(client, "wrong", username=username) for _ in range(settings.AXES_FAILURE_LIMIT + 1)]
        token = r'name="csrfmiddlewaretoken" value="[^"]*"'
        return [(page.status_code, re.sub(token, "", page.content.decode()).replace(username, "X")) for page in pages]

    assert shape("maria") == shape("nobody")


def test_a_success_forgets_earlier_failures(client: Client, maria: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        enter(client, "wrong")
    assert enter(client).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_many_names_from_one_address_shut_the_door_for_the_address(client: Client, maria: User, settings: Any) -> None:
    """One guess for each of many names stays below the limit of a name."""
    settings.SIGN_IN_TRIES_PER_ADDRESS = 6
    for number in range(6):
        assert enter(client, "wrong", username=f"name{number}").status_code == 200
    refused = enter(client)
    assert (refused.status_code, "Wait 15 minutes" in refused.content.decode()) == (429, True)
    assert enter(Client(), REMOTE_ADDR="192.0.2.7").status_code == 302, "another address is not locked"
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1))
    assert enter(client).status_code == 302


@pytest.mark.parametrize(("trusted", "locked"), [(True, 302), (False, 429)])
def test_the_address_of_a_proxy_header_counts_only_behind_a_proxy(
    client: Client, maria: User, settings: Any, trusted: bool, locked: int
) -> None:
    """Without a proxy anybody could send another header with every guess."""
    settings.TRUST_PROXY = trusted
    for number in range(settings.AXES_FAILURE_LIMIT):
        enter(client, "wrong", headers={"X-Forwarded-For": f"198.51.100.{number}"})

    assert enter(client, headers={"X-Forwarded-For": "spoofed, 203.0.113.9"}).status_code == locked


@pytest.mark.parametrize("username", ["", "a\0b", "x" * 5000, "名前", "'; DROP TABLE"])
def test_odd_names_are_refused_quietly(client: Client, username: str) -> None:
    assert enter(client, username=username).status_code == 200


# -- Sessions --------------------------------------------------------------------------------------------------------------------------


def test_the_session_changes_its_key_at_sign_in_and_at_a_new_password(client: Client, maria: User) -> None:
    client.post("/theme/", {"theme": "dark"})
    session = client.session
    session["company"] = "USMF"
    session.save()
    before = session.session_key
    enter(client)
    inside = client.session.session_key
    other = Client()
    enter(other)
    answer = client.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})

    assert answer.status_code == 302
    assert len({before, inside, client.session.session_key}) == 3
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302, "other sessions of the person end"
    assert Client(headers={"Cookie": f"sessionid={before}"}).get("/").status_code == 302


def test_a_session_lasts_a_working_day_from_the_sign_in(client: Client, maria: User) -> None:
    enter(client)
    cookie = client.cookies["sessionid"]

    assert cookie["max-age"] == 12 * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "sessionid" not in client.get("/jobs/").cookies, "looking on does not make it longer"


def test_a_deactivated_person_is_out_with_the_next_click(client: Client, maria: User) -> None:
    enter(client)
    User.objects.update(is_active=False)

    assert client.get("/").status_code == 302
    assert enter(Client()).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "/\\elsewhere.example", "http:///x"]
)
def test_next_stays_on_this_site(client: Client, maria: User, target: str) -> None:
    assert enter(client, next=target)["Location"] == "/"


def test_leaving_needs_a_post_and_is_noted(client: Client, maria: User) -> None:
    enter(client)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")

    assert client.get("/").status_code == 302
    assert actions() == [("sign_in", "maria"), ("sign_out", "maria")]
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {"127.0.0.1"}


# -- Passwords -------------------------------------------------------------------------------------------------------------------------


def test_a_one_time_password_must_be_replaced_first(client: Client, maria: User) -> None:
    store_password(maria, "one-time-password", "root", due=True)
    enter(client, "one-time-password")

    assert client.get("/jobs/")["Location"] == "/password/"
    assert "Choose your own" in client.get("/password/").content.decode()
    client.post("/password/", {"old_password": "one-time-password", "new_password1": NEW, "new_password2": NEW})
    assert client.get("/jobs/").status_code == 200
    assert not MustChangePassword.objects.exists()


def test_a_weak_or_wrong_password_is_refused_at_its_field(client: Client, maria: User) -> None:
    client.force_login(maria)
    answer = client.post("/password/", {"old_password": "wrong", "new_password1": "maria", "new_password2": "maria"})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"old_password", "new_password2"}
    maria.refresh_from_db()
    assert maria.check_password(PASSWORD)


def test_password_by_mail(client: Client, maria: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr("core.access.services.send", lambda *arguments: sent.append(arguments))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/password/forgotten/", {"email": "Maria@Example.com"})
    assert answer["Location"] == "/password/forgotten/sent/"
    assert "If there is an account" in client.get(answer["Location"]).content.decode()
    assert sent == [("access.send_reset_links", "maria@example.com", "http://testserver", "en")]

    task(*sent[0][1:])
    link = re.search(r"http://testserver(/password/new/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    assert link[1] not in form.request["PATH_INFO"], "the token does not stay in the address"
    done = client.post(form.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    assert done["Location"] == "/sign-in/"
    assert enter(client, NEW).status_code == 302
    assert "used already" in Client().get(link[1], follow=True).content.decode()


def test_strangers_learn_nothing_from_the_forgotten_password(
    client: Client, maria: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """Same answer, same work in the request; only the worker looks whether the address is somebody's."""
    sent: list[Any] = []
    monkeypatch.setattr("core.access.services.send", lambda *arguments: sent.append(arguments))
    with django_capture_on_commit_callbacks(execute=True):
        answers = [client.post("/password/forgotten/", {"email": email}) for email in ("maria@example.com", "nobody@example.com")]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert len(sent) == 2

    assert send_reset_links("nobody@example.com", "http://testserver", "en") == 0
    User.objects.update(is_active=False)
    assert send_reset_links("maria@example.com", "http://testserver", "en") == 0


def test_nobody_is_buried_in_mails(
    client: Client, maria: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("core.access.services.send", lambda *arguments: sent.append(arguments))
    for _ in range(RESETS_AN_HOUR + 3):
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/password/forgotten/", {"email": "maria@example.com"})

    assert len(sent) == RESETS_AN_HOUR


def test_an_installation_without_mail_says_so(client: Client, settings: Any) -> None:
    settings.SENDS_MAIL = False

    assert "Ask an administrator" in client.get(reverse("password_reset")).content.decode()
    assert client.post(reverse("password_reset"), {"email": "maria@example.com"}).status_code == 200
    assert not AuditEntry.objects.exists()


# -- Secrets ---------------------------------------------------------------------------------------------------------------------------


def test_no_secret_reaches_a_log_or_a_table(
    client: Client, maria: User, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = {"sw0rdfish-guess", PASSWORD, NEW, "typed-in-the-wrong-field"}
    caplog.set_level("DEBUG")
    enter(client, "sw0rdfish-guess")
    enter(client, username="typed-in-the-wrong-field")
    enter(client)
    client.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    Client(raise_request_exception=False).post("/password/", {"old_password": PASSWORD})

    seen = caplog.text + "".join(capfd.readouterr())
    kept = repr(list(AuditEntry.objects.values())) + repr(list(AccessAttempt.objects.values_list("get_data", "post_data")))
    assert {secret for secret in secrets if secret in seen} == set()
    assert {secret for secret in secrets if secret in kept} == set()
