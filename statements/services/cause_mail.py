"""The mail that says what is open after the night, and what others ask, to everybody who may put something of it right; else none."""

from collections.abc import Sequence
from datetime import date

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, ngettext

from core.access.access import Access
from core.access.models import HelpRequest
from core.access.queries import questions_for
from core.access.ways import may_put_right
from core.i18n.messages import render_title
from core.jobs.kinds import JobResult, register_kind
from core.jobs.models import Job
from core.jobs.recurrence_kinds import register_recurring
from core.jobs.run import Run
from core.jobs.services import request_work
from statements.queries.causes import RIGHT_TO_MEND, OpenCause, areas_of, is_snoozed, open_causes, stores_of
from statements.rules.causes import AREAS

logger = structlog.get_logger(__name__)

KIND = "mail_exceptions"


def causes_for(person: User, today: date) -> list[OpenCause]:
    """What keeps documents back, is not put off, and the person may put right: by a way of its code, or by trying its documents again."""
    access = Access(person)
    causes = open_causes(stores_of(access), areas_of(access))
    return [
        cause
        for cause in causes
        if cause.severity == "error"
        and not is_snoozed(cause, today)
        and (access.has(RIGHT_TO_MEND[cause.key.area]) or may_put_right(cause.key.code, access))
    ]


def mail_exceptions(today: date) -> dict[str, int]:
    """Sends each person one mail in the language of the installation; gives how many went out, how many had nothing to hear of, and where
    there are some, how many could not be sent: an address that the mail server refuses keeps nobody else's.

    A few queries for each person with an address.
    """
    mails: list[EmailMessage] = []
    quiet = 0
    for person in User.objects.filter(is_active=True).exclude(email="").order_by("pk"):
        causes, questions = causes_for(person, today), list(questions_for(Access(person)))
        if causes or questions:
            mails.append(_mail(person, causes, questions))
        else:
            quiet += 1
    lost = sum(not _sent(mail) for mail in mails)
    return {"mails": len(mails) - lost, "nothing_open": quiet, **({"not_sent": lost} if lost else {})}


def _sent(mail: EmailMessage) -> bool:
    try:
        return bool(mail.send())
    except OSError:  # what smtplib raises, too
        logger.exception("open_causes_not_mailed", to=mail.to)
        return False


def _mail(person: User, causes: Sequence[OpenCause], questions: Sequence[HelpRequest]) -> EmailMessage:
    documents = sum(cause.documents for cause in causes) + len(questions)
    with translation.override(settings.LANGUAGE_CODE):
        subject = ngettext("RetailHQ: %(count)s document waits for you", "RetailHQ: %(count)s documents wait for you", documents)
        context = {
            "person": person,
            "causes": [
                (cause, render_title(cause.key.code), AREAS[cause.key.area], " ".join(part for part in cause.key.subject if part))
                for cause in causes
            ],
            "questions": [(question, render_title(question.code)) for question in questions],
            "link": f"{settings.SITE_URL}{reverse('statements:inbox')}",
        }
        return EmailMessage(subject % {"count": documents}, render_to_string("statements/inbox_mail.txt", context), None, [person.email])


def send(run: Run) -> JobResult:
    """The work of the job."""
    done = mail_exceptions(timezone.now().date())
    return JobResult(done, failed="not_sent" in done)


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
