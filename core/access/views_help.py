"""Asking those who may put a problem right, and their answers."""

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.access.access import Access, access_of
from core.access.addresses import back_to_asker, own_address
from core.access.models import HelpRequest
from core.access.queries import questions_for
from core.access.services import answer_help, ask_for_help
from core.access.ways import about_in, right_of, roles_with, titles_of, url_of
from core.i18n.messages import render as render_message
from core.i18n.messages import render_remedy, render_title
from core.lib.problems import REGISTRY
from core.lib.ways import About, Page, pages_of, words_of

LONGEST_NOTE = 500
LONGEST_PAGE = HelpRequest._meta.get_field("page").max_length
WRONG = 422
START = "/"


class NoteForm(forms.Form):
    """A few words to somebody."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )


def way_of(code: str, view: str, about: About) -> Page | None:
    """The way that a question is about, if there is one."""
    return next((way for way in pages_of(code, about) if way.view == view), None)


def address_of(question: HelpRequest) -> str:
    """Where what a question is about is put right; the page where it was met if that way is gone."""
    way = way_of(question.code, question.way, question.about)
    return (url_of(way, question.about) if way else "") or question.page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """The note to write, and its sending; for a way that the person may go themselves, straight there."""
    asked = request.GET
    code, view, page = asked.get("code", ""), asked.get("way", ""), own_address(request, asked.get("next", ""))[:LONGEST_PAGE]
    about = about_in(asked)
    way = way_of(code, view, about) if code in REGISTRY and all(value.isprintable() for value in about.values()) else None
    if way is None or not (url := url_of(way, about)):
        raise Http404
    right = right_of(way)
    if not right or access_of(request).has(right):
        return HttpResponseRedirect(START if way.post else url)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        assert isinstance(request.user, User)
        company = str(about.get("company", "")) or company_of(access_of(request))
        question = HelpRequest(code=code, way=view, about=about, right=right, company=company, page=page, note=form.cleaned_data["note"])
        ask_for_help(question, request.user)
        messages.success(request, gettext("Your question is sent; the answer appears in your inbox."))
        return HttpResponseRedirect(page or START)
    context = {
        "form": form,
        "code": code,
        "title": render_title(code),
        "remedy": render_remedy(code),
        "words": render_message(words_of(way, about)),
        "roles": titles_of(roles_with(right)),
        "back": page,
    }
    return render(request, "access/ask.html", context, status=WRONG if form.is_bound else 200)


@require_POST
@never_cache
def answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """An answer, by somebody who may give it."""
    question = questions_for(access_of(request)).filter(pk=request_id).first()
    if question is None:
        raise Http404
    form = NoteForm(request.POST)
    assert isinstance(request.user, User)
    if form.is_valid() and answer_help(question.pk, form.cleaned_data["note"], request.user):
        messages.success(request, gettext("%(who)s gets your answer.") % {"who": question.asked_by})
    return back_to_asker(request, START)


def company_of(access: Access) -> str:
    """The code of the company that the person works in."""
    here = (place.company_code for place in access.grants.places if place.company == access.company_id)
    return next(here, "") if access.company_id else ""
