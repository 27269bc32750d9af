"""Pages of imports: choose a file, see what the check would do, import it, take the rejects."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Select
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import Access, access_of
from core.files.models import StoredFile
from core.files.source import DamagedFileError
from core.files.storage import download, read_file
from core.i18n.messages import render as render_message
from core.lib.problems import REGISTRY, BusinessError, Problem
from core.lib.reading_profiles import OURS, ReadingProfile
from core.masterdata.declaration import Author
from core.masterdata.services import change_record, create_record, version_of
from core.ui.refusals import tell_refusals
from inventory.models import Batch
from parameters.models import LegalEntity
from retailhq.exchange.forms import KIND_CHOICES, ColumnsForm, ImportForm, PeriodForm
from retailhq.exchange.models import FileImport, ImportProfile
from retailhq.exchange.names import KIND_NAMES
from retailhq.exchange.queries.file_imports import (
    ImportView,
    import_for_page,
    import_of_job,
    imported_before,
    imports_for_list,
    rejects_of,
)
from retailhq.exchange.records import IMPORT_PROFILES
from retailhq.exchange.rules.import_templates import TEMPLATES
from retailhq.exchange.rules.mapping_text import write_pairs
from retailhq.exchange.rules.tables import TABLES, columns_of
from retailhq.exchange.services.column_preview import Preview, guess_columns, guess_format, look_at, preview
from retailhq.exchange.services.evidence_job import request_batch_evidence, request_evidence, request_period_evidence
from retailhq.exchange.services.file_imports import request_check, request_import
from retailhq.exchange.services.guards import may_import
from retailhq.exchange.services.profiles import all_profiles, reading_of
from statements.views.detail import get_statement_or_404

WRONG = 422
# Where what was imported is looked at.
MADE = {
    "legal-entities": "parameters:retail",
    "items": "inventory:items",
    "receipts": "inventory:batches",
    "transactions": "statements:transactions",
    "customer-orders": "orders:list",
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """The form and the history; a good upload goes on to its own page."""
    access = access_of(request)
    bound = request.method == "POST"
    form = form_for(access, initial={"kind": request.GET.get("kind", "")})
    if bound:
        data, files = request.POST, request.FILES
        form = form_for(access, data, files, too_large=getattr(request, "upload_too_large", False))
    refusal = refusal_to_import(access)
    if bound and refusal:
        messages.error(request, refusal)
    elif bound and form.is_valid():
        replaces = corrected(request, access)
        try:
            name, chunks = str(form.cleaned_data["file"].name), form.cleaned_data["file"].chunks()
            how = {"replace": form.cleaned_data["replace"], "profile": form.cleaned_data["profile"]}
            found = request_check(form.cleaned_data["kind"], name, chunks, request.user, replaces=replaces, **how)
        except BusinessError as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.code}: {render_message(problem)}")
        else:
            return redirect("imports:detail", found.pk)
    page = imports_for_list(access, request.GET.get("after", ""), request.GET.get("before", ""), timezone.now())
    kinds = [(kind, name, gettext(TEMPLATES[kind].columns)) for kind, name in KIND_CHOICES]
    context = {"form": form, "page": page, "kinds": kinds, "names": KIND_NAMES, "refusal": refusal}
    return render(request, "exchange/imports.html", context, status=400 if bound else 200)


def corrected(request: HttpRequest, access: Access) -> FileImport | None:
    """The upload that this one corrects."""
    given = request.POST.get("replaces", "")
    found = import_for_page(access, int(given), timezone.now()) if given.isdecimal() and len(given) < 18 else None
    return found.row if found else None


def refusal_to_import(access: Access, kind: str = "") -> str:
    """Why the person may not import, a kind of file or any, or ''."""
    if not access.may("imports:start", "POST"):
        return gettext("You have no right to import.")
    if kind and not may_import(access.has, kind):
        return gettext("Such files may be imported by who may change the same on the pages.")
    return ""


def form_for(access: Access, *data: Any, **options: Any) -> ImportForm:
    """The form, which offers the kinds that the person may import."""
    form = ImportForm(*data, **options)
    select = form.fields["kind"].widget
    assert isinstance(select, Select)
    select.choices = [(kind, name) for kind, name in select.choices if not kind or may_import(access.has, str(kind))]
    return form


def get_import_or_404(request: HttpRequest, import_id: int) -> ImportView:
    """The upload, for who may see it. Raises Http404."""
    found = import_for_page(access_of(request), import_id, timezone.now())
    if found is None:
        raise Http404
    return found


@require_safe
@never_cache
def show(request: HttpRequest, import_id: int) -> HttpResponse:
    """One upload: where it stands, what the check found, what was made."""
    found = get_import_or_404(request, import_id)
    access = access_of(request)
    refusal = refusal_to_import(access, found.row.kind)
    codes, asked = found.result.get("problems_by_code", {}), found.row.check_job.arguments
    profile = all_profiles().get(asked["profile"]) if asked.get("profile") else None
    context = {
        "found": found,
        "job": found.now,
        "kind_name": KIND_NAMES.get(found.row.kind, found.row.kind),
        "rejects": None if found.is_open else rejects_of(found.apply if found.is_applied else found.check),
        "before": None if found.apply else imported_before(found.row),
        "refusal": refusal or found.refusal_to_apply,
        "refusal_to_upload": refusal,
        "codes": [(code, count, REGISTRY.get(code)) for code, count in codes.items()],
        "made": address_of_made(access, found),
        "form": form_for(access, initial={"kind": found.row.kind, **{name: asked.get(name) for name in ("replace", "profile")}}),
        "replace": asked.get("replace", False),
        "profile": profile,
        "may_map": found.row.kind in TABLES and found.row.file_id is not None,
        "live": bool(request.headers.get("HX-Request")),
    }
    return render(request, "exchange/_import_live.html" if context["live"] else "exchange/import_detail.html", context)


def address_of_made(access: Access, found: ImportView) -> str:
    """Where what was imported is looked at, if there is such a page and the person may open it."""
    name = MADE.get(found.row.kind, "")
    try:
        return reverse(name) if found.is_applied and name and access.may(name) else ""
    except NoReverseMatch:
        return ""


@require_POST
def apply(request: HttpRequest, import_id: int) -> HttpResponse:
    """Asks for the import; a second click changes nothing and says so."""
    found = get_import_or_404(request, import_id)
    refusal = refusal_to_import(access_of(request), found.row.kind)
    try:
        if refusal:
            messages.error(request, refusal)
        else:
            request_import(found.row, request.user)
    except BusinessError as error:
        tell_refusals(request, error.problems, messages.INFO)
    return redirect("imports:detail", import_id)


@require_safe
def show_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An example file of a kind, to fill in."""
    if kind not in TEMPLATES:
        raise Http404
    template = TEMPLATES[kind]
    response = HttpResponse(
        template.content, content_type="text/csv; charset=utf-8" if template.name.endswith(".csv") else "application/x-ndjson"
    )
    response["Content-Disposition"] = f'attachment; filename="{template.name}"'
    return response


@require_safe
@never_cache
def show_source(request: HttpRequest, import_id: int) -> HttpResponse:
    """The uploaded file itself, to correct it."""
    file = get_import_or_404(request, import_id).row.file
    if file is None:
        raise Http404
    return download(file)  # type: ignore[return-value]


@require_safe
def show_of_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """From a job to the upload that it belongs to."""
    found = import_of_job(access_of(request), job_id)
    if found is None:
        raise Http404
    return redirect("imports:detail", found)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def map_columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """Says which column of an uploaded file is which, shows how its first rows are read then, and keeps that as a profile."""
    found = get_import_or_404(request, import_id)
    kind, file = found.row.kind, found.row.file
    if file is None or kind not in TABLES:
        raise Http404
    access = access_of(request)
    refusal = refusal_to_import(access, kind) or refusal_to_map(access)
    columns = columns_of(kind)
    shown: Preview | None = None
    if request.method == "POST":
        posted = [request.POST.get(f"from-{column}", "") for column in columns]
        form = ColumnsForm(request.POST, kind=kind, columns=columns, header=[*header_of(file, posted_format(request)), *posted])
        if form.is_valid():
            shown = preview(file, kind, reading_of(form.profile_row()))
            if request.POST.get("action") == "save" and not refusal and (number := keep_and_check(request, found.row, form)):
                return redirect("imports:detail", number)
    else:
        asked = all_profiles().get(found.row.check_job.arguments.get("profile", ""), None)
        profile = asked or guess_format(file)
        header = header_of(file, profile)
        if not profile.is_mapped:
            profile = replace(profile, columns=guess_columns(kind, header))
        shown = preview(file, kind, profile)
        joined = [source.written_headers for source in profile.columns.values()]
        form = ColumnsForm(initial=initial_of(profile, kind), kind=kind, columns=columns, header=[*header, *joined])
    context = {"found": found, "form": form, "preview": shown, "refusal": refusal, "kind_name": KIND_NAMES[kind]}
    return render(request, "exchange/map_columns.html", context, status=400 if form.is_bound and form.errors else 200)


def refusal_to_map(access: Access) -> str:
    """Why the person may not keep a profile, or ''."""
    if access.has("exchange.add_importprofile") and access.has("exchange.change_importprofile"):
        return ""
    return gettext("You may look, but not change: ask an administrator for the right to change this.")


def header_of(file: StoredFile, profile: ReadingProfile) -> list[str]:
    """The names of the columns in the file, none where it cannot be read so: the preview says why."""
    try:
        return look_at(file, profile).header
    except (BusinessError, DamagedFileError):
        return []


def posted_format(request: HttpRequest) -> ReadingProfile:
    """What is posted about the format, as far as it can be read."""
    row = str(request.POST.get("header_row", ""))
    delimiter, encoding = str(request.POST.get("delimiter", "")), str(request.POST.get("encoding", ""))
    return replace(
        OURS,
        delimiter={"tab": "\t"}.get(delimiter, delimiter) if delimiter in ImportProfile.Delimiter.values else "",
        encoding=encoding if encoding in ImportProfile.Encoding.values else "",
        header_row=int(row) if row.isascii() and row.isdigit() and len(row) < 9 else 0,
    )


def initial_of(profile: ReadingProfile, kind: str) -> dict[str, Any]:
    """What the form shows of a profile; that of a profile made here carries its code."""
    own = ImportProfile.objects.filter(code=profile.code, kind=kind).first() if profile.code else None
    style = profile.style
    values: dict[str, Any] = {
        **{"code": own.code if own else "", "name": own.name if own else ""},
        **{"delimiter": {"\t": "tab"}.get(profile.delimiter, profile.delimiter), "encoding": profile.encoding},
        **{"decimal_sign": style.decimal_sign, "date_order": style.date_order.value, "time_zone": style.time_zone},
        **{"header_row": str(profile.header_row), "groups_thousands": style.groups_thousands, "has_money_signs": style.has_money_signs},
    }
    for column, source in profile.columns.items():
        values |= {
            f"from-{column}": source.written_headers,
            f"always-{column}": source.constant,
            f"values-{column}": write_pairs(source.values),
        }
    return values


def keep_and_check(request: HttpRequest, upload: FileImport, form: ColumnsForm) -> int | None:
    """Keeps the profile and asks for a check of the same bytes; the new upload's key, None if it was refused."""
    author = Author(request.user.pk, request.user.get_username())
    code = form.cleaned_data["code"]
    try:
        if before := ImportProfile.objects.filter(code=code).first():
            change_record(IMPORT_PROFILES, before.pk, form.profile_values(), version_of(before), author)
        else:
            create_record(IMPORT_PROFILES, ImportProfile(code=code), form.profile_values(), author)
        replacing = bool(upload.check_job.arguments.get("replace", False))
        assert upload.file_id is not None
        chunks = read_file(upload.file_id)
        check = request_check(upload.kind, upload.file_name, chunks, request.user, replaces=upload, replace=replacing, profile=code)
    except BusinessError as error:
        for problem in error.problems:
            form.add_error("code", ValidationError(render_message(problem), code=problem.code))
        return None
    return check.pk


@require_POST
def ask_for_evidence(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Asks for the evidence package of a statement that the person sees; it is written in the background."""
    statement = get_statement_or_404(request, statement_id)
    if statement.posted_at is None:
        tell_refusals(request, [Problem("STATEMENT_NOT_POSTED", {"statement": statement.number})])
        return redirect("statements:detail", statement_id)
    return redirect("jobs:detail", request_evidence(statement.number, request.user).pk)


@require_POST
def ask_for_batch_evidence(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Asks for the evidence package of a batch, which is of all stores: only who sees them all gets it."""
    batch = get_object_or_404(Batch.objects.select_related("item"), pk=batch_id)
    if not access_of(request).scope.everything:
        messages.error(request, gettext("Evidence of a batch is of all stores, and you see only some."))
        return redirect("inventory:batch", batch_id)
    return redirect("jobs:detail", request_batch_evidence(batch.item.code, batch.number, request.user).pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask_for_period_evidence(request: HttpRequest) -> HttpResponse:
    """The days of the company that evidence is asked for, and the request; it is of all stores."""
    access = access_of(request)
    form = PeriodForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        company = LegalEntity.objects.filter(pk=access.company_id).values_list("code", flat=True).first()
        if company is None or not access.scope.everything:
            form.add_error(None, ValidationError(gettext("Evidence of a period is of all stores of the company, and you see only some.")))
        else:
            days = form.cleaned_data["first"], form.cleaned_data["last"]
            return redirect("jobs:detail", request_period_evidence(company, *days, request.user).pk)
    form.mark_wrong()
    return render(request, "exchange/evidence.html", {"form": form}, status=WRONG if form.is_bound else 200)
