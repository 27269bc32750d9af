"""The inbox over HTTP: what is open by cause, and what people and their tools do about it (docs/api.md)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from core.api.answers import Money, Reply, json_response, refusal, render_for_caller
from core.api.bodies import idempotent, value_of
from core.api.caller import Bearer, request_token
from core.api.documents import object_body
from core.api.jobs import address_of
from core.api.lists import QueryText
from core.api.models import Token
from core.api.writes import note_job
from core.i18n.messages import render_remedy, render_title
from core.lib.problems import Problem, register_texts
from orders.models import Store
from statements.queries.causes import (
    CAUSES_SHOWN,
    DOCUMENTS_SHOWN,
    OpenCause,
    documents_of,
    is_snoozed,
    open_causes,
    people_who_see,
)
from statements.rules.causes import AREAS, VALIDATION, CauseKey, key_from
from statements.services.causes import assign_cause, correct_cause, handling_of, note_cause, replay_cause, snooze_cause

register_texts(
    "BAD_VALUE",
    {
        "unknown_person": "There is nobody called {person} who sees such documents.",
        "only_validation": "Only causes of the area validation can be corrected.",
        "no_cause": "No cause has such a name; name it as the list of causes does.",
    },
)

router = Router(tags=["Inbox"])
May = Token.Verb
Area = Annotated[str, Query(pattern=f"^({'|'.join(AREAS)})?$", description="validation, posting, orders or pending")]
Body = TypeVar("Body", bound="CauseIn")


class CauseIn(msgspec.Struct, forbid_unknown_fields=True):
    """What names a cause, as the list gives it: area, company, code, and what its problems are about."""

    area: Literal["validation", "posting", "orders", "pending"]
    code: Annotated[str, msgspec.Meta(min_length=1)]
    company: str = ""
    store: str = ""
    item: str = ""
    batch: str = ""
    customer: str = ""
    unit: str = ""
    day: str = ""

    @property
    def key(self) -> CauseKey:
        return CauseKey(**{name: getattr(self, name) for name in CauseKey._fields})


class CorrectCauseIn(CauseIn, forbid_unknown_fields=True, kw_only=True):
    """One correction of all transactions of a cause: a field as in `correct_transactions`, its value, and why."""

    field: str
    value: str = ""
    reason: str


class AssignCauseIn(CauseIn, forbid_unknown_fields=True, kw_only=True):
    """Who sees to it, by user name; null for nobody."""

    person: str | None


class NoteCauseIn(CauseIn, forbid_unknown_fields=True, kw_only=True):
    """What is said about it."""

    note: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class SnoozeCauseIn(CauseIn, forbid_unknown_fields=True, kw_only=True):
    """The day from which on it is open again; null ends that at once."""

    until: date | None


class CauseOut(Schema):
    """Open problems with one cause: how many documents it keeps back, what they are worth, the oldest business date, who sees to it."""

    area: str
    company: str
    code: str
    store: str
    item: str
    batch: str
    customer: str
    unit: str
    day: str
    title: str
    remedy: str
    severity: str
    documents: int
    value: Money
    currency: str
    since: date
    assigned_to: str | None
    snoozed_until: date | None
    is_snoozed: bool


class CausesOut(Schema):
    """Errors before warnings, those that keep most back first; `more` says that there are others."""

    rows: list[CauseOut]
    more: bool


class CauseDocumentOut(Schema):
    """A document that a cause keeps back, with the sentence of its first problem."""

    document: str
    store: str
    day: date
    value: Money
    line: int | None
    message: str


class CauseDocumentsOut(Schema):
    """The oldest documents first; `more` says that there are others."""

    rows: list[CauseDocumentOut]
    more: bool


class ReplayedOut(Schema):
    """How many documents were tried again: what validation freed and what stays, or the job that works on them."""

    documents: int
    freed: int | None = None
    stay: int | None = None
    job: int | None = None


class CorrectedOut(Schema):
    """Transactions that were corrected, that said so already, that still have an error; and corrections that were refused, by code."""

    corrected: int
    unchanged: int
    errors: int
    refused: dict[str, int]


class HandledOut(Schema):
    """Who sees to the cause, and until when it is put off."""

    assigned_to: str | None
    snoozed_until: date | None
    notes: int


def stores_of(request: HttpRequest) -> frozenset[int]:
    """The stores of the token; one query."""
    return frozenset(Store.objects.filter(request_token(request).at("code")).values_list("pk", flat=True))


def body_of(request: HttpRequest, kind: type[Body]) -> Body:
    """What the body asks for. Raises ApiError BAD_JSON; BAD_VALUE for what cannot be stored as text."""
    asked = value_of(request, kind)
    texts = [value for value in msgspec.structs.astuple(asked) if isinstance(value, str)]
    if key_from(asked.key._asdict()) is None or any("\x00" in text for text in texts):
        raise refusal(Problem("BAD_VALUE", variant="no_cause"))
    return asked


@router.get("/inbox", auth=Bearer(May.VIEW_INBOX), response=CausesOut, operation_id="list_causes", summary="What is open, by cause")
def list_causes(request: HttpRequest, area: Area = "", company: QueryText = "", code: QueryText = "") -> HttpResponse:
    """Causes in the token's stores, of all companies."""
    found = open_causes(stores_of(request), [area] if area else list(AREAS))
    rows = [cause for cause in found if company in {"", cause.key.company} and code in {"", cause.key.code}]
    answer = CausesOut(rows=[cause_out(cause) for cause in rows[:CAUSES_SHOWN]], more=len(rows) > CAUSES_SHOWN)
    return json_response(200, answer.model_dump(mode="json"))


def cause_out(cause: OpenCause) -> CauseOut:
    """A cause for an answer."""
    handling = cause.handling
    return CauseOut(
        **cause.key._asdict(),
        title=render_title(cause.key.code),
        remedy=render_remedy(cause.key.code),
        severity=cause.severity,
        documents=cause.documents,
        value=cause.amount or Decimal(0),
        currency=cause.currency if isinstance(cause.currency, str) else cause.currency.code,
        since=cause.since,
        assigned_to=handling.assigned_to.get_username() if handling and handling.assigned_to else None,
        snoozed_until=handling.snoozed_until if handling else None,
        is_snoozed=is_snoozed(cause, timezone.now().date()),
    )


@router.post(
    "/inbox/documents",
    auth=Bearer(May.VIEW_INBOX),
    response=CauseDocumentsOut,
    operation_id="list_cause_documents",
    summary="What a cause keeps back",
    openapi_extra=object_body(CauseIn, required=True),
)
def list_cause_documents(request: HttpRequest) -> HttpResponse:
    """The documents that a cause keeps back in the token's stores; changes nothing."""
    key = body_of(request, CauseIn).key

    def look() -> Reply:
        found = documents_of(key, stores_of(request))
        rows = [
            CauseDocumentOut(
                document=row.number,
                store=row.store,
                day=row.day,
                value=row.amount or Decimal(0),
                line=row.line,
                message=render_for_caller(row.message) if row.message else "",
            )
            for row in found[:DOCUMENTS_SHOWN]
        ]
        return Reply(200, CauseDocumentsOut(rows=rows, more=len(found) > DOCUMENTS_SHOWN).model_dump(mode="json"))

    return idempotent(request, look).response()


@router.post(
    "/inbox/replay",
    auth=Bearer(May.HANDLE_INBOX),
    response=ReplayedOut,
    operation_id="replay_cause",
    url_name="replay_cause",
    summary="Try again what a cause keeps back",
    openapi_extra=object_body(CauseIn, required=True),
)
def replay_documents_of_cause(request: HttpRequest) -> HttpResponse:
    """Validates, posts, delivers or takes again exactly what the cause keeps back in the token's stores."""
    key, token = body_of(request, CauseIn).key, request_token(request)

    def replay() -> Reply:
        done = replay_cause(key, stores_of(request), AnonymousUser(), token.actor, "")
        answer = ReplayedOut(documents=done.documents)
        if done.validated:
            answer.freed, answer.stay = done.validated.made_valid, done.validated.errors
        if done.job:
            note_job(token.pk, done.job.pk)
            answer.job = done.job.pk
        return Reply(200, answer.model_dump(mode="json"), address_of(answer.job) if answer.job else "")

    return idempotent(request, replay).response()


@router.post(
    "/inbox/correct",
    auth=Bearer(May.HANDLE_INBOX),
    response=CorrectedOut,
    operation_id="correct_cause",
    url_name="correct_cause",
    summary="Correct all transactions of a cause",
    openapi_extra=object_body(CorrectCauseIn, required=True),
)
def correct_transactions_of_cause(request: HttpRequest) -> HttpResponse:
    """The same correction on all transactions of a cause that validation found; what one of them refuses leaves the others alone."""
    asked = body_of(request, CorrectCauseIn)
    if asked.area != VALIDATION:
        raise refusal(Problem("BAD_VALUE", variant="only_validation"))

    def correct() -> Reply:
        done = correct_cause(asked.key, stores_of(request), asked.field, asked.value, asked.reason, request_token(request).actor)
        answer = CorrectedOut(corrected=done.corrected, unchanged=done.unchanged, errors=done.errors, refused=dict(done.refusals))
        return Reply(200, answer.model_dump(mode="json"))

    return idempotent(request, correct).response()


def handle_cause(request: HttpRequest, key: CauseKey, act: Callable[[str], Any]) -> HttpResponse:
    """Does what is asked with a cause that is open in the token's stores, and says who sees to it. Raises ApiError UNKNOWN_CAUSE."""
    if not documents_of(key, stores_of(request)):
        raise refusal(Problem("UNKNOWN_CAUSE", {"code": key.code}))

    def handle() -> Reply:
        act(request_token(request).actor)
        row = handling_of(key)
        answer = HandledOut(
            assigned_to=row.assigned_to.get_username() if row.assigned_to else None,
            snoozed_until=row.snoozed_until,
            notes=row.notes.count(),
        )
        return Reply(200, answer.model_dump(mode="json"))

    return idempotent(request, handle).response()


@router.post(
    "/inbox/assign",
    auth=Bearer(May.HANDLE_INBOX),
    response=HandledOut,
    operation_id="assign_cause",
    url_name="assign_cause",
    summary="Say who sees to a cause",
    openapi_extra=object_body(AssignCauseIn, required=True),
)
def assign_one_cause(request: HttpRequest) -> HttpResponse:
    """Gives the cause to somebody whose role sees its documents, or to nobody."""
    asked = body_of(request, AssignCauseIn)
    person = people_who_see(asked.area).filter(username=asked.person).first() if asked.person else None
    if asked.person and person is None:
        raise refusal(Problem("BAD_VALUE", {"person": asked.person}, variant="unknown_person"))
    return handle_cause(request, asked.key, lambda actor: assign_cause(asked.key, person, actor))


@router.post(
    "/inbox/note",
    auth=Bearer(May.HANDLE_INBOX),
    response=HandledOut,
    operation_id="note_cause",
    url_name="note_cause",
    summary="Add a note to a cause",
    openapi_extra=object_body(NoteCauseIn, required=True),
)
def note_one_cause(request: HttpRequest) -> HttpResponse:
    """Adds a note that everybody who sees the cause reads."""
    asked = body_of(request, NoteCauseIn)
    return handle_cause(request, asked.key, lambda actor: note_cause(asked.key, asked.note, actor))


@router.post(
    "/inbox/snooze",
    auth=Bearer(May.HANDLE_INBOX),
    response=HandledOut,
    operation_id="snooze_cause",
    url_name="snooze_cause",
    summary="Put a cause off",
    openapi_extra=object_body(SnoozeCauseIn, required=True),
)
def snooze_one_cause(request: HttpRequest) -> HttpResponse:
    """Puts the cause off until a day, from which on it is open again."""
    asked = body_of(request, SnoozeCauseIn)
    return handle_cause(request, asked.key, lambda actor: snooze_cause(asked.key, asked.until, actor))
