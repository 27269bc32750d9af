"""Pages of Retail parameters: the form with its tabs, and who changed what."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from parameters.forms import TABS, RetailParametersForm, differences, field_path, initial_values, shown_value
from parameters.models import LegalEntity, RetailParameters
from parameters.queries import Change, changes_for_page, company_for, disabled_rules, latest_change, number_sequences, validation_rules
from parameters.services import CHANGED_MEANWHILE, save_retail_parameters
from retailhq.access.access import access_of
from retailhq.lib.problems import BusinessError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_retail(request: HttpRequest) -> HttpResponse:
    """Shows and saves the parameters of a company (`?company=`, else the one the person works in)."""
    access = access_of(request)
    wanted = request.POST.get("company") or request.GET.get("company")
    company = company_for(access, wanted)
    if company is None:
        return render(request, "parameters/no_company.html")
    if request.method == "POST" and company.code != (wanted or company.code):
        raise Http404
    record = RetailParameters.objects.select_related("legal_entity").get(legal_entity=company)
    rules, disabled = validation_rules(), disabled_rules(company.pk)
    tabs = [slugify(name) for name in TABS]
    active = request.GET.get("tab", "")
    may_change = access.may("parameters:retail", "POST")
    form = RetailParametersForm(
        request.POST if request.method == "POST" else None,
        initial=initial_values(record, rules, disabled),
        rules=rules,
        active_tab=active if active in tabs else "posting",
        may_change=may_change,
    )
    conflict: list[tuple[str, str, str, str]] = []
    if request.method == "POST" and form.is_valid():
        if saved(request, company, form):
            return HttpResponseRedirect(
                f"{reverse('parameters:retail')}?{urlencode({'company': company.code, 'tab': active or 'posting'})}"
            )
        record.refresh_from_db()
        if record.version != form.cleaned_data["version"]:
            conflict = differences(form.values, record)
            form = with_version(form, record.version)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.CONFLICT if conflict else HTTPStatus.OK
    context = {
        "company": company,
        "record": record,
        "form": form,
        "rules": [{"code": rule, "field": form[f"rule_{rule.code}"]} for rule in rules],
        "sequences": number_sequences(),
        "conflict": conflict,
        "their_change": latest_change(record) if conflict else None,
        "may_change": may_change,
    }
    return render(request, "parameters/retail.html", context, status=status)


def saved(request: HttpRequest, company: LegalEntity, form: RetailParametersForm) -> bool:
    """Saves by the same service as set_parameters; what it refuses becomes errors of the form, a concurrent edit becomes none."""
    try:
        save_retail_parameters(company.pk, form.values, form.cleaned_data["version"], request.user.get_username(), form.disabled_rules)
    except BusinessError as error:
        for problem in error.problems:
            if problem.code != CHANGED_MEANWHILE:
                form.add_problem(problem)
        return False
    messages.success(request, gettext("Retail parameters of %(company)s are saved.") % {"company": company.name})
    return True


def with_version(form: RetailParametersForm, version: int) -> RetailParametersForm:
    """The same typed values, now based on the stored version: saving again is a decision made with both in view."""
    form.data = {**dict(form.data.items()), "version": str(version)}
    return form


@require_safe
@never_cache
def show_history(request: HttpRequest) -> HttpResponse:
    """Who changed what, when, from and to."""
    company = company_for(access_of(request), request.GET.get("company"))
    if company is None:
        return render(request, "parameters/no_company.html")
    return render(
        request, "parameters/history.html", {"company": company, "changes": [change_row(change) for change in changes_for_page(company.pk)]}
    )


def change_row(change: Change) -> dict[str, object]:
    """A change in the words of the form."""
    if change.key is None:
        words = {True: gettext("On"), False: gettext("Off")}
        field = gettext("Transaction validation > %(code)s") % {"code": change.rule}
        return {
            "at": change.at,
            "who": change.who,
            "field": field,
            "before": words[bool(change.before)],
            "after": words[bool(change.after)],
        }
    before, after = shown_value(change.key, change.before), shown_value(change.key, change.after)
    return {"at": change.at, "who": change.who, "field": field_path(change.key), "before": before, "after": after}
