"""The inbox: open problems of all companies by what causes them, questions of others, and one page for each cause."""

from datetime import date

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access.access import Access, access_of
from core.access.queries import own_questions, questions_for
from core.access.views_help import NoteForm, address_of
from core.i18n.messages import render as render_message
from core.i18n.messages import render_remedy, render_title
from core.i18n.texts import count_text
from core.lib.problems import BusinessError
from core.lib.ways import WAYS, Page
from core.ui.refusals import tell_refusals
from statements.models import CauseNote
from statements.queries.causes import (
    CAUSES_SHOWN,
    DOCUMENTS_SHOWN,
    RIGHT_OF_AREA,
    RIGHT_TO_MEND,
    OpenCause,
    areas_of,
    documents_of,
    is_snoozed,
    open_causes,
    people_who_see,
    stores_of,
    waiting_count,
)
from statements.rules.causes import AREAS, ORDERS, PENDING, POSTING, VALIDATION, CauseKey, key_from
from statements.rules.changes import DISCARDED
from statements.services.causes import assign_cause, correct_cause, note_cause, replay_cause, snooze_cause
from statements.views.actions import company_of
from statements.views.bulk_corrections import FIELDS, BulkForm, first_refusal, tell_corrected

PAGE_OF_AREA = {
    VALIDATION: "statements:transaction",
    POSTING: "statements:detail",
    ORDERS: "customer_orders:detail",
    PENDING: "customer_orders:pending_one",
}
SHOWS = {
    "open": gettext_lazy("Open"),
    "mine": gettext_lazy("Mine"),
    "snoozed": gettext_lazy("Put off"),
}


class HandleForm(forms.Form):
    """Who sees to a cause, until when it is put off, and a note."""

    person = forms.ModelChoiceField(User.objects.none(), required=False, to_field_name="username")
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    note = forms.CharField(required=False, max_length=500)


@require_safe
@never_cache
def show_inbox(request: HttpRequest) -> HttpResponse:
    """Causes of all companies, and questions; a fixed number of queries."""
    access = access_of(request)
    today = timezone.now().date()
    show = request.GET.get("show", "")
    show = show if show in SHOWS else "open"
    found = open_causes(stores_of(access), areas_of(access))
    shown = {
        "open": [cause for cause in found if not is_snoozed(cause, today)],
        "mine": [cause for cause in found if cause.handling and cause.handling.assigned_to_id == access.user.pk],
        "snoozed": [cause for cause in found if is_snoozed(cause, today)],
    }
    context = {
        "causes": [
            (cause, render_title(cause.key.code), AREAS[cause.key.area], address(cause.key)) for cause in shown[show][:CAUSES_SHOWN]
        ],
        "more": len(found) > CAUSES_SHOWN,
        "tabs": [(key, name, len(shown[key])) for key, name in SHOWS.items()],
        "show": show,
        "sees_causes": bool(areas_of(access)),
        "several_companies": len(access.scope.company_codes) > 1,
        "questions": [(question, render_title(question.code), address_of(question)) for question in questions_for(access)],
        "own": [(question, render_title(question.code)) for question in own_questions(access, timezone.now())],
        "note": NoteForm(),
    }
    return render(request, "statements/inbox.html", context)


@require_safe
@cache_control(private=True, max_age=30)
def show_badge(request: HttpRequest) -> HttpResponse:
    """How much waits, for the frame: causes that keep documents back and are not put off, and questions."""
    access = access_of(request)
    waiting = waiting_count(open_causes(stores_of(access), areas_of(access)), timezone.now().date())
    return render(request, "statements/_inbox_badge.html", {"waiting": waiting + questions_for(access).count()})


def address(key: CauseKey, page: str = "statements:cause") -> str:
    """The address of a cause, or of something that is done with it."""
    return f"{reverse(page)}?{urlencode({name: value for name, value in key._asdict().items() if value})}"


def key_or_404(request: HttpRequest) -> CauseKey:
    """The cause that the address names, if the person sees its area. Raises Http404."""
    key = key_from(request.GET.dict())
    if key is None or not access_of(request).has(RIGHT_OF_AREA[key.area]):
        raise Http404
    return key


def may_mend(access: Access, key: CauseKey) -> bool:
    """Whether the person may try the documents of the cause again."""
    return access.has(RIGHT_TO_MEND[key.area])


@require_safe
@never_cache
def show_cause(request: HttpRequest) -> HttpResponse:
    """One cause: what to do, the documents that it keeps back, who sees to it."""
    return cause_page(request, key_or_404(request), BulkForm())


def cause_page(request: HttpRequest, key: CauseKey, form: BulkForm, status: int = 200) -> HttpResponse:
    """The page of a cause with the form of one correction for all."""
    access = access_of(request)
    stores = stores_of(access)
    cause = next((one for one in open_causes(stores, [key.area]) if one.key == key), None)
    documents = documents_of(key, stores)
    field = field_of(key.code)
    form.initial = {"field": field or DISCARDED, "value": "true" if field == DISCARDED else ""}
    handling = cause.handling if cause else None
    context = {
        "key": key,
        "cause": cause,
        "title": render_title(key.code),
        "remedy": render_remedy(key.code),
        "about": {**key.about, **only_document(key, cause, [document.document for document in documents])},
        "documents": [(document, reverse(PAGE_OF_AREA[key.area], args=[document.document])) for document in documents[:DOCUMENTS_SHOWN]],
        "more": len(documents) > DOCUMENTS_SHOWN,
        "area": render_message(AREAS[key.area]),
        "form": form if key.area == VALIDATION and access.may("statements:correct_cause", "POST") else None,
        "may_mend": may_mend(access, key),
        "replay_url": address(key, "statements:replay_cause"),
        "correct_url": address(key, "statements:correct_cause"),
        "handle_url": address(key, "statements:handle_cause"),
        "handling": handling,
        "snoozed": cause is not None and is_snoozed(cause, timezone.now().date()),
        "notes": CauseNote.objects.filter(handling=handling).order_by("-pk") if handling else [],
        "people": people_who_see(key.area),
    }
    return render(request, "statements/cause.html", context, status=status)


def field_of(code: str) -> str:
    """The field that the remedy of a code has corrected, where this can be done for many; else ''."""
    anchors = (way.anchor for way in WAYS.get(code, ()) if isinstance(way, Page) and way.view == "statements:correct")
    return next((name for anchor in anchors if (name := anchor.rpartition("-")[2]) in FIELDS), "")


def only_document(key: CauseKey, cause: OpenCause | None, documents: list[int]) -> dict[str, int]:
    """The key of the document where there is one only, so that links lead straight into it."""
    name = {VALIDATION: "transaction_id", POSTING: "statement_id", ORDERS: "order_id", PENDING: "pending_id"}[key.area]
    return {name: documents[0]} if cause is not None and len(documents) == 1 else {}


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Tries the documents of the cause again and says how many are free."""
    key = key_or_404(request)
    access = access_of(request)
    if not may_mend(access, key):
        raise PermissionDenied
    assert isinstance(request.user, User)
    try:
        done = replay_cause(key, stores_of(access), request.user, request.user.get_username(), company_of(request))
    except BusinessError as error:
        tell_refusals(request, error.problems)
        return HttpResponseRedirect(address(key))
    if done.validated:
        free, stay = done.validated.made_valid, done.validated.errors
        text = ngettext("%(free)s transaction is free;", "%(free)s transactions are free;", free) % {"free": count_text(free)}
        rest = ngettext("%(stay)s still has an error.", "%(stay)s still have an error.", stay) % {"stay": count_text(stay)}
        messages.add_message(request, messages.SUCCESS if free or not stay else messages.WARNING, f"{text} {rest}")
        return HttpResponseRedirect(address(key) if stay else reverse("statements:inbox"))
    if done.job:
        return HttpResponseRedirect(reverse("jobs:detail", args=[done.job.pk]))
    messages.info(request, gettext("Nothing of it is open any more."))
    return HttpResponseRedirect(reverse("statements:inbox"))


@require_POST
@never_cache
def correct(request: HttpRequest) -> HttpResponse:
    """Corrects all transactions of the cause at once, and says what became of them."""
    key = key_or_404(request)
    if key.area != VALIDATION:
        raise Http404
    form = BulkForm(request.POST)
    if not form.is_valid():
        return cause_page(request, key, form, 422)
    given = form.cleaned_data
    stores = stores_of(access_of(request))
    try:
        result = correct_cause(key, stores, given["field"], given["value"], given["reason"], request.user.get_username())
    except BusinessError as error:
        for problem in error.problems:
            form.add_error(None, render_message(problem))
        return cause_page(request, key, form, 422)
    if result.rejects and not result.corrected:
        form.add_error(None, first_refusal(result))
        return cause_page(request, key, form, 422)
    tell_corrected(request, result)
    return HttpResponseRedirect(address(key) if result.errors or result.rejects else reverse("statements:inbox"))


@require_POST
def handle(request: HttpRequest) -> HttpResponse:
    """Assigns the cause, puts it off or adds a note, as the button says."""
    key = key_or_404(request)
    if not may_mend(access_of(request), key):
        raise PermissionDenied
    form = HandleForm(request.POST)
    form.fields["person"].queryset = people_who_see(key.area)  # type: ignore[attr-defined]
    actor, what = request.user.get_username(), request.POST.get("what", "")
    if not form.is_valid():
        messages.error(request, gettext("That could not be read; nothing was changed."))
    elif what == "assign":
        assign_cause(key, form.cleaned_data["person"], actor)
    elif what == "take":
        assert isinstance(request.user, User)
        assign_cause(key, request.user, actor)
    elif what == "snooze":
        until: date | None = form.cleaned_data["until"]
        snooze_cause(key, until, actor)
    elif what == "note":
        note_cause(key, form.cleaned_data["note"], actor)
    return HttpResponseRedirect(address(key))
