"""The one view behind every list: shows it, keeps columns and views, exports it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.access.access import COMPANY_KEY, access_of
from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.db.pagination import COUNT_LIMIT, count_up_to, keyset_page
from core.i18n.texts import count_text
from core.jobs.services import request_work
from core.lib.messages import Message
from core.tables import saved_views
from core.tables.export_job import KIND, arguments_of
from core.tables.exports import MEDIA_TYPES, file_blocks, headers, plain_rows
from core.tables.page import ListPage, register
from core.tables.request import AFTER, BEFORE, ListRequest, choice_of, found_rows, kept_of, read_request, views_of
from core.tables.tables import cells_of

View = Callable[[HttpRequest], HttpResponseBase]
# More rows are written by a worker.
MOST_AT_ONCE = 10_000
Extra = Callable[[HttpRequest], dict[str, Any]]
# What a list's own address does besides showing it.
VERBS: dict[str, Callable[[HttpRequest, ListPage, ListRequest], QueryDict]] = {
    "columns": saved_views.choose_columns,
    "forget-columns": saved_views.forget_columns,
    "save-view": saved_views.save_view,
    "rename-view": saved_views.rename_view,
    "delete-view": saved_views.delete_view,
    "default-view": saved_views.choose_default,
}


def list_view(page: ListPage, extra: Extra | None = None) -> View:
    """The view of a list, to be mounted under `page.view`; `extra` adds to the context of a template of its own."""
    register(page)

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def show(request: HttpRequest) -> HttpResponseBase:
        return change_list(request, page) if request.method == "POST" else show_list(request, page, extra)

    show.__doc__ = f"The list {page.key}."
    return show


def asked_in(request: HttpRequest, page: ListPage) -> tuple[ListRequest, list[Any]]:
    """What the address asks for, and the person's views; two queries, and one for the scope where a store was chosen."""
    assert request.user.pk is not None
    views = views_of(request.user.pk, page.key)
    start = page.filters.start(access_of(request))
    return read_request(page, request.GET, views, choice_of(request.user.pk, page.key), start), views


def show_list(request: HttpRequest, page: ListPage, extra: Extra | None) -> HttpResponse:
    """One page of rows; the same number of queries however many there are."""
    asked, views = asked_in(request, page)
    # Links on the page keep what is asked for, also what the default view asked for.
    request.GET = asked.query  # type: ignore[assignment]
    access = access_of(request)
    narrowed, rows = found_rows(page, access, asked)
    found = keyset_page(rows, page.order_of(asked.sort), after=asked.after, before=asked.before)
    if page.annotate_page:
        page.annotate_page(found.rows, access)
    number = count_up_to(rows) if found.rows else 0
    chips = list(narrowed.chips())
    kept = kept_of(page, asked)
    sequence = (["pick"] if page.selectable else []) + list(asked.columns)
    table = page.table(found.rows, sequence=sequence, exclude=[name for name in page.table.base_columns if name not in sequence])
    context = {
        "list": page,
        "filter": narrowed,
        "chips": chips,
        "narrowed": bool(chips or asked.quick),
        "asked": asked,
        "table": table,
        "cells": cells_of(table, found.rows),
        "page": found,
        "sort": asked.sort,
        "sorts": page.sorts,
        "number": number,
        "shown": row_count(number),
        "label": page.title,
        "clear": f"{reverse(page.view)}?view=none",
        "columns": [(name, page.columns[name], name in asked.columns) for name in saved_views.ordered(page, asked.columns)],
        "views": views,
        "view_changed": asked.view is not None and asked.view.query != kept,
        "kept": kept,
        "may_export": may_export(request, page),
        **(extra(request) if extra else {}),
    }
    return render(request, "tables/_list.html" if request.headers.get("HX-Target") == "list" else page.template, context)


def change_list(request: HttpRequest, page: ListPage) -> HttpResponseBase:
    """Keeps what the person changed about the list, then shows it again; or exports it."""
    asked, _ = asked_in(request, page)
    verb = request.POST.get("do", "")
    if verb == "export":
        return export(request, page, asked)
    query = VERBS[verb](request, page, asked) if verb in VERBS else asked.query
    query = query.copy()
    for cursor in (AFTER, BEFORE):
        query.pop(cursor, None)
    return HttpResponseRedirect(f"{reverse(page.view)}?{query.urlencode(safe=',')}")


def may_export(request: HttpRequest, page: ListPage) -> bool:
    """Whether the person may take the list with them."""
    return not page.export_right or access_of(request).has(page.export_right)


def export(request: HttpRequest, page: ListPage, asked: ListRequest) -> HttpResponseBase:
    """All rows that match, as the columns are chosen: at once, or by a worker where there are many."""
    if not may_export(request, page):
        raise PermissionDenied
    form = request.POST.get("format", "")
    form = form if form in MEDIA_TYPES else "csv"
    access = access_of(request)
    rows = found_rows(page, access, asked)[1]
    found = count_up_to(rows, MOST_AT_ONCE)
    if found > MOST_AT_ONCE:
        assert isinstance(request.user, User)
        arguments = arguments_of(page, asked, form, request.session.get(COMPANY_KEY, ""), get_language() or "en")
        job = request_work(KIND, export_title(page), arguments, request.user)
        record_export(request, page, asked, {"format": form, "job": job.pk})
        messages.success(request, gettext("The list is long, so it is written in the background; the file will be here."))
        return HttpResponseRedirect(reverse("jobs:detail", args=[job.pk]))
    record_export(request, page, asked, {"format": form, "rows": found})
    values = plain_rows(page, rows.order_by(*page.order_of(asked.sort)), asked.columns, access)
    blocks = file_blocks(form, str(page.title), headers(page, asked.columns), values)
    response = StreamingHttpResponse(blocks, content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{page.key}-{timezone.localdate():%Y-%m-%d}.{form}"'
    return response


def record_export(request: HttpRequest, page: ListPage, asked: ListRequest, details: dict[str, object]) -> None:
    """Who took what with them: the list, what narrowed it and its columns stand in the audit trail before the first row leaves."""
    record_audit(AuditEntry.Action.EXPORT, request.user.get_username(), page.key, {**details, "query": kept_of(page, asked)})


def row_count(number: int) -> str:
    """The number of rows found, exact up to the limit."""
    if number > COUNT_LIMIT:
        return gettext("%(limit)s+ rows") % {"limit": count_text(COUNT_LIMIT)}
    return ngettext("%(count)s row", "%(count)s rows", number) % {"count": count_text(number)}


def export_title(page: ListPage) -> Message:
    """What the job of an export is called."""
    with override("en"):
        return Message("Export {list}", {"list": Message(str(page.title))})
