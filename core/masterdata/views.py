"""Pages of any record: make, edit, switch off and on, history. The views are told which records there are."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import access_of
from core.i18n.messages import render as render_message
from core.masterdata.declaration import Author, MasterData
from core.masterdata.forms import MasterDataForm, differences
from core.masterdata.merge import merged
from core.masterdata.queries import CHANGE_LIMIT, author_of, changes_of, latest_change, row_of, use_counts
from core.masterdata.services import MasterDataRefused, Unconfirmed, change_record, create_record, version_of

Records = Mapping[str, MasterData]
LONGEST_GIVEN = 100


def asked_for(request: HttpRequest, records: Records, slug: str, kind: str) -> MasterData:
    """The record that an address names, if the person may do this with it. Raises Http404, PermissionDenied."""
    record = records.get(slug)
    if record is None:
        raise Http404
    if not access_of(request).has(record.right(kind)):
        raise PermissionDenied
    return record


def row_asked_for(request: HttpRequest, record: MasterData, key: str) -> Model:
    """The row that an address names. Raises Http404, also for a row of another company."""
    row = row_of(record, access_of(request).scope, key)
    if row is None:
        raise Http404
    return row


def author(request: HttpRequest) -> Author:
    """The user name that history records."""
    return Author(request.user.pk, request.user.get_username())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def make(request: HttpRequest, slug: str, records: Records) -> HttpResponse:
    """The empty form, and the new row."""
    record = asked_for(request, records, slug, "add")
    company_id = access_of(request).company_id
    if not record.may_add or (record.owned and not company_id):
        raise Http404
    row = record.model(**({"legal_entity_id": company_id} if record.owned else {}))
    form = record.form(request.POST or None, instance=row, record=record, company_id=company_id, may_save=True)
    form.initial.update(given_values(request, form))
    unconfirmed = None
    if request.method == "POST" and form.is_valid():
        fresh = record.model(**({"legal_entity_id": company_id} if record.owned else {}))
        try:
            made = create_record(record, fresh, form.values, author(request), request.POST.get("agreed", ""))
        except MasterDataRefused as refused:
            form.add_problems(refused.refusals)
        except Unconfirmed as error:
            unconfirmed = error
        else:
            messages.success(request, gettext("%(one)s %(row)s is saved.") % {"one": record.one, "row": made})
            return HttpResponseRedirect(record.address("edit", made))
    context = {"record": record, "form": form, "row": None, "may_change": True, "unconfirmed": unconfirmed, "list": record.address("list")}
    return render(request, "masterdata/edit.html", context, status=status_of(form, unconfirmed, []))


@require_safe
@never_cache
def open_by_code(request: HttpRequest, slug: str, records: Records) -> HttpResponse:
    """The form of the row with the code of the query; where there is none, the form that makes it, filled with what the query says."""
    record = asked_for(request, records, slug, "view")
    code = request.GET.get("code", "")
    fields = {field.name for field in record.model._meta.concrete_fields}
    if code.isprintable() and "code" in fields and (row := record.model._default_manager.filter(code=code).first()) is not None:
        return HttpResponseRedirect(record.address("edit", row))
    if record.may_add and access_of(request).has(record.right("add")):
        return HttpResponseRedirect(f"{record.address('new')}?{request.GET.urlencode()}")
    return HttpResponseRedirect(record.address("list"))


def given_values(request: HttpRequest, form: MasterDataForm) -> dict[str, str]:
    """What the address says a new row shall be filled with; texts only, fields of the form only."""
    return {
        name: value[:LONGEST_GIVEN]
        for name, value in ((name, str(value)) for name, value in request.GET.items())
        if name in form.names and isinstance(form.fields[name], forms.CharField) and value.isprintable()
    }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: HttpRequest, key: str, slug: str, records: Records) -> HttpResponse:
    """The form of a row, and its changes. A concurrent edit shows both versions and keeps what was typed."""
    record = asked_for(request, records, slug, "change" if request.method == "POST" else "view")
    row = row_asked_for(request, record, key)
    access = access_of(request)
    may_change = access.has(record.right("change"))
    form = record.form(
        request.POST if request.method == "POST" else None,
        instance=row, initial={"seen": version_of(row)}, record=record, company_id=access.company_id, may_save=may_change,
    )  # fmt: skip
    unconfirmed, last = None, None
    conflict: list[tuple[str, str, str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            agreed = request.POST.get("agreed", "")
            saved = change_record(record, row.pk, form.values, form.cleaned_data["seen"], author(request), agreed)
        except Unconfirmed as error:
            unconfirmed = error
        except MasterDataRefused as refused:
            if refused.is_concurrent:
                conflict, last, form = both_versions(request, record, form, key)
            else:
                form.add_problems(refused.refusals)
        else:
            messages.success(request, gettext("%(one)s %(row)s is saved.") % {"one": record.one, "row": saved})
            return HttpResponseRedirect(record.address("edit", saved))
    context = {
        **page_of(request, record, row, key),
        "form": form,
        "unconfirmed": unconfirmed,
        "conflict": conflict,
        "last": last,
        "uses": use_counts(record, row),
    }
    return render(request, "masterdata/edit.html", context, status=status_of(form, unconfirmed, conflict or ([()] if last else [])))


def both_versions(
    request: HttpRequest, record: MasterData, form: MasterDataForm, key: str
) -> tuple[list[tuple[str, str, str, str]], Any, MasterDataForm]:
    """What saving again would change, who stored what is there, and the form with the person's own changes on top of that."""
    stored = row_asked_for(request, record, key)
    last = latest_change(record, stored)
    how: dict[str, Any] = {"record": record, "company_id": access_of(request).company_id, "may_save": True}
    as_stored = record.form(None, instance=row_asked_for(request, record, key), **how)
    form = record.form({**merged(form.data, as_stored), "seen": version_of(stored)}, instance=row_asked_for(request, record, key), **how)
    changed = {"who": author_of(last), "at": last.history_date} if last else {"who": "", "at": None}
    return differences(form, form.values, stored, form.names) if form.is_valid() else [], changed, form


def status_of(form: MasterDataForm, unconfirmed: Unconfirmed | None, conflict: list[Any]) -> HTTPStatus:
    """The status of the answer: what was sent is not stored unless it is 200 without a question."""
    if form.errors:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.CONFLICT if conflict or unconfirmed else HTTPStatus.OK


def page_of(request: HttpRequest, record: MasterData, row: Model, key: str) -> dict[str, Any]:
    """What every page of a row shows."""
    return {
        "record": record,
        "row": row,
        "stored": row_of(record, access_of(request).scope, key) if request.method == "POST" else row,
        "may_change": access_of(request).has(record.right("change")),
        "list": record.address("list"),
        "edit": record.address("edit", row),
        "history": record.address("history", row),
        "switch": record.address("switch", row) if record.can_deactivate else "",
    }


@require_POST
@never_cache
def switch(request: HttpRequest, key: str, slug: str, records: Records) -> HttpResponse:
    """Deactivates or activates a row; what that does beside itself is asked on a page of its own."""
    record = asked_for(request, records, slug, "change")
    wanted = request.POST.get("active", "")
    row = row_asked_for(request, record, key)
    if wanted not in {"yes", "no"} or not record.can_deactivate:
        raise Http404
    active = wanted == "yes"
    try:
        change_record(record, row.pk, {"is_active": active}, version_of(row), author(request), request.POST.get("agreed", ""))
    except Unconfirmed as error:
        context = {**page_of(request, record, row, key), "unconfirmed": error, "active": wanted}
        return render(request, "masterdata/switch.html", context, status=HTTPStatus.CONFLICT)
    except MasterDataRefused as refused:
        for problem in refused.problems:
            messages.error(request, f"{render_message(problem)} ({problem.code})")
    else:
        text = gettext("%(one)s %(row)s is active again.") if active else gettext("%(one)s %(row)s is inactive and no longer offered.")
        messages.success(request, text % {"one": record.one, "row": row})
    return HttpResponseRedirect(record.address("edit", row))


@require_safe
@never_cache
def show_history(request: HttpRequest, key: str, slug: str, records: Records) -> HttpResponse:
    """Who changed what, when, from and to."""
    record = asked_for(request, records, slug, "view")
    row = row_asked_for(request, record, key)
    context = {**page_of(request, record, row, key), "changes": changes_of(record, row), "limit": CHANGE_LIMIT}
    return render(request, "masterdata/history.html", context)
