"""Keeps what recounts found, tells who looks after it of what is new, and takes down who does (docs/domain.md#drift-watch)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.locks import locked_row
from retailhq.integrity.checks import Difference
from retailhq.integrity.models import KeptDifference
from retailhq.integrity.queries import add_sentences, possible_owners
from retailhq.integrity.writes import merge_differences

logger = structlog.get_logger(__name__)

SHOWN_IN_MAIL = 20


@dataclass(frozen=True, slots=True)
class Watched:
    """What a recount changed: ids of new differences, and how many are gone."""

    new: Sequence[int]
    gone: int


@transaction.atomic
def keep_differences(differences: Sequence[Difference], at: datetime) -> Watched:
    """Keeps what was found: what is new is open, what is not found any more is gone by itself. Holds the open rows."""
    new, gone = merge_differences(differences, at)
    return Watched(new, gone)


def mail_new(watched: Watched) -> int:
    """One mail about new differences to everybody who may look after them and has an address; none for nothing. Gives how many.

    A mail server that is away takes no recount with it: what is new stands in the list all the same.
    """
    if not watched.new:
        return 0
    rows = list(KeptDifference.objects.filter(pk__in=watched.new[:SHOWN_IN_MAIL]).order_by("pk"))
    mails = [_mail(person, rows, len(watched.new)) for person in possible_owners().exclude(email="")]
    try:
        return (get_connection().send_messages(mails) or 0) if mails else 0
    except OSError:
        logger.exception("differences_not_mailed", new=len(watched.new))
        return 0


def _mail(person: User, rows: Sequence[KeptDifference], count: int) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        add_sentences(rows)
        subject = ngettext(
            "RetailHQ: a recount found %(count)s new difference", "RetailHQ: a recount found %(count)s new differences", count
        )
        context = {
            "person": person,
            "rows": rows,
            "more": count - len(rows),
            "link": f"{settings.SITE_URL}{reverse('integrity:differences')}",
        }
        return EmailMessage(subject % {"count": count}, render_to_string("integrity/mail.txt", context), None, [person.email])


@transaction.atomic
def look_after(difference_id: int, owner: User | None, note: str, actor: str) -> None:
    """Who looks after a difference, and what is known of it; goes to the audit trail. Holds the row."""
    row = locked_row(KeptDifference, difference_id)
    row.owner, row.note = owner, note
    row.save(update_fields=["owner", "note"])
    details = {"difference": row.pk, "owner": owner.get_username() if owner else "", "note": note}
    record_audit(AuditEntry.Action.WATCH, actor, f"{row.check_name} {row.key}"[:150], details)
