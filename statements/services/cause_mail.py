"""The mail that says what is open after the night, to everybody who may put something of it right; none when nothing is left."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, ngettext

from core.access.access import Access
from core.access.ways import doors_of
from core.i18n.messages import render_title
from core.jobs.kinds import JobResult, register_kind
from core.jobs.models import Job
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from statements.queries.causes import OpenCause, areas_of, is_snoozed, open_causes, stores_of
from statements.rules.causes import AREAS

KIND = "mail_exceptions"


def causes_for(person: User, today: date) -> list[OpenCause]:
    """What keeps documents back, is not put off, and can be put right by the person: a way of its code is open to them."""
    access = Access(person)
    causes = open_causes(stores_of(access), areas_of(access))
    return [
        cause
        for cause in causes
        if cause.severity == "error"
        and not is_snoozed(cause, today)
        and any(door.is_open for door in doors_of(cause.key.code, cause.key.about, access))
    ]


def mail_exceptions(today: date) -> dict[str, int]:
    """Sends each person one mail in the language of the installation; gives how many went out and how many had nothing to hear of.

    A few queries for each person with an address.
    """
    mails: list[EmailMessage] = []
    quiet = 0
    for person in User.objects.filter(is_active=True).exclude(email="").order_by("pk"):
        if causes := causes_for(person, today):
            mails.append(_mail(person, causes))
        else:
            quiet += 1
    if mails:
        get_connection().send_messages(mails)
    return {"mails": len(mails), "nothing_open": quiet}


def _mail(person: User, causes: Sequence[OpenCause]) -> EmailMessage:
    documents = sum(cause.documents for cause in causes)
    with translation.override(settings.LANGUAGE_CODE):
        subject = ngettext("RetailHQ: %(count)s document waits for you", "RetailHQ: %(count)s documents wait for you", documents)
        context = {
            "person": person,
            "causes": [
                (cause, render_title(cause.key.code), AREAS[cause.key.area], " ".join(part for part in cause.key.subject if part))
                for cause in causes
            ],
            "link": f"{settings.SITE_URL}{reverse('statements:inbox')}",
        }
        return EmailMessage(subject % {"count": documents}, render_to_string("statements/inbox_mail.txt", context), None, [person.email])


def send(run: Run) -> JobResult:
    """The work of the job."""
    return JobResult(mail_exceptions(timezone.now().date()))


def start(title: str, actor: User) -> Job:
    """Requests a run of the job."""
    return request_work(KIND, title, {}, actor)


register_kind(KIND, send, unit=gettext_lazy("mails"))
register_recurring(
    KIND,
    gettext_lazy("Mail what is open"),
    gettext_lazy("Tells everybody by e-mail what waits in their inbox and they may put right; nobody hears of nothing."),
    start,
)
