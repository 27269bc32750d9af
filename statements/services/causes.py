"""What people do about a cause of open problems: one correction of all its transactions, one replay, and who sees to it until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.jobs.models import Job
from core.lib.imports import Reject, Row
from core.lib.messages import Message
from core.lib.parsing import FieldError, reason
from core.lib.problems import BusinessError
from orders.rules.fulfilment import Verb
from orders.services.background import request_synchronization
from orders.services.delivery_queue import request_deliveries
from orders.services.pending import retry_pending
from statements.models import CauseHandling, CauseNote
from statements.queries.causes import ids_of, places_of
from statements.rules.causes import ORDERS, PENDING, POSTING, CauseKey
from statements.rules.corrections import LINE, Correction, CorrectionRow
from statements.rules.till import PosTransactionKey
from statements.services.background import request_validation_of
from statements.services.corrections import CorrectionResult, correct_transactions
from statements.services.posting import request_posting
from statements.services.validation import Validated, validate_picked

# As many transactions are validated while a person waits; more are the work of a job.
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a replay: how many documents it was for, and what validation freed, or the job that works on them."""

    documents: int
    validated: Validated | None = None
    job: Job | None = None


def replay_cause(key: CauseKey, stores: Collection[int], user: User | AnonymousUser, actor: str, company: str) -> Replayed:
    """Tries again what the cause keeps back, and nothing else: validates transactions, resumes statements, delivers or takes orders again.

    `stores` are those that the person or token sees; `actor` is who asks, `user` the person who sees the job (none for a token). Raises
    BusinessError NOTHING_TO_POST.
    """
    ids = ids_of(key, stores)
    if not ids:
        return Replayed(0)
    if key.area == POSTING:
        return Replayed(len(ids), job=request_posting(ids, user.pk, actor))
    if key.area == ORDERS:
        return Replayed(len(ids), job=request_deliveries(ids, Verb.INVOICE, user.pk, actor)[0])
    if key.area == PENDING:
        again = retry_pending(ids, actor)
        title = Message("Take {count} orders again" if len(again) > 1 else "Take 1 order again", {"count": len(again)})
        return Replayed(len(again), job=request_synchronization(again, title, user) if again else None)
    if len(ids) > AT_ONCE:
        return Replayed(len(ids), job=request_validation_of(ids, user, company))
    return Replayed(len(ids), validated=validate_picked(ids, actor))


def correct_cause(key: CauseKey, stores: Collection[int], field: str, value: str, why: str, actor: str) -> CorrectionResult:
    """Makes the same correction on all transactions of a cause, on the lines that have the problem where the field is one of a line.

    A field of the document is written without its line. Raises BusinessError for a blank reason; what a transaction refuses is in the
    result, and leaves the others alone.
    """
    try:
        reason(why)
    except FieldError as error:
        raise BusinessError(error.at("reason").problem) from None
    of_line = field in LINE
    wanted = {
        (place[:3], place.line if of_line else None): None for place in places_of(key, stores) if place.line is not None or not of_line
    }
    rows: list[Row[CorrectionRow] | Reject] = []
    for number, (transaction_key, line) in enumerate(wanted, start=1):
        document = PosTransactionKey(*transaction_key)
        rows.append(Row(number, str(document), CorrectionRow(document, Correction(line, field, value, why))))
    return correct_transactions(rows, actor)


def handling_of(key: CauseKey) -> CauseHandling:
    """The row of a cause, made when it is asked for first."""
    return CauseHandling.objects.get_or_create(area=key.area, company=key.company, code=key.code, subject=list(key.subject))[0]


@transaction.atomic
def assign_cause(key: CauseKey, person: User | None, actor: str) -> None:
    """Gives the cause to a person, or to nobody."""
    handling = handling_of(key)
    handling.assigned_to = person
    handling.save(update_fields=["assigned_to"])
    name = person.get_username() if person else ""
    _record(key, actor, {"assigned_to": name})


@transaction.atomic
def snooze_cause(key: CauseKey, until: date | None, actor: str) -> None:
    """Puts the cause off until a day, from which on it is open again; None ends that at once."""
    handling = handling_of(key)
    handling.snoozed_until = until if until is not None and until > timezone.now().date() else None
    handling.save(update_fields=["snoozed_until"])
    _record(key, actor, {"snoozed_until": until.isoformat() if until else ""})


@transaction.atomic
def note_cause(key: CauseKey, text: str, actor: str) -> None:
    """Adds a note; a blank one adds nothing."""
    if text.strip():
        CauseNote.objects.create(handling=handling_of(key), actor=actor, text=text.strip())
        _record(key, actor, {"note": text.strip()})


def _record(key: CauseKey, actor: str, what: dict[str, str]) -> None:
    subject = " ".join(part for part in (key.code, key.company, *key.subject) if part)
    record_audit(AuditEntry.Action.INBOX, actor, subject, {"area": key.area, **what})
