"""Pages of Retail parameters: the form with its tabs, what a change would do, and who changed what."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access.access import access_of
from core.lib.problems import BusinessError
from core.masterdata.merge import merged
from core.masterdata.queries import CHANGE_LIMIT
from parameters.forms import (
    RULE_PREFIX,
    TABS,
    RetailParametersForm,
    as_typed,
    differences,
    field_path,
    initial_values,
    on_or_off,
    rule_path,
    shown_value,
)
from parameters.models import LegalEntity, RetailParameters
from parameters.queries import (
    ParameterChange,
    change_named,
    changes_for_page,
    company_for,
    disabled_rules,
    latest_change,
    number_sequences,
    recurrences,
    settings_from,
    validation_rules,
)
from parameters.rules.keys import KEYS
from parameters.services import CHANGE_EFFECTS, CHANGED_MEANWHILE, save_retail_parameters


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_retail(request: HttpRequest) -> HttpResponse:
    """Shows and saves the parameters of a company (`?company=`, else the one the person works in)."""
    company = company_asked_for(request)
    if company is None:
        return render(request, "parameters/no_company.html")
    tab = request.GET.get("tab", "")
    tab = tab if tab in {slugify(name) for name in TABS} else "posting"
    back = f"{reverse('parameters:retail')}?{urlencode({'company': company.code, 'tab': tab})}"
    return answer_form(request, company, request.POST if request.method == "POST" else None, tab=tab, back=back)


def company_asked_for(request: HttpRequest) -> LegalEntity | None:
    """The company of the request; raises Http404 when a form names one that does not exist."""
    wanted = request.POST.get("company") or request.GET.get("company")
    company = company_for(access_of(request), wanted)
    if company is not None and request.method == "POST" and company.code != (wanted or company.code):
        raise Http404
    return company


def answer_form(request: HttpRequest, company: LegalEntity, data: Mapping[str, str] | None, *, tab: str, back: str) -> HttpResponse:
    """The form with `data` as typed. Saves it and goes `back` if it may be saved, and its effect has been seen where it has one."""
    record = RetailParameters.objects.select_related("legal_entity").get(legal_entity=company)
    rules, disabled = validation_rules(), disabled_rules(company.pk)
    may_change = access_of(request).may("parameters:retail", "POST")
    form = RetailParametersForm(data, initial=initial_values(record, rules, disabled), rules=rules, active_tab=tab, may_change=may_change)
    conflict: list[tuple[str, str, str, str]] = []
    effects = []
    if data is not None and may_change and form.is_valid():
        if form.cleaned_data["version"] == record.version and form.cleaned_data["confirmed"] != form.fingerprint:
            effects = list(CHANGE_EFFECTS.ask(form.change_from(settings_from(record), disabled)))
        if effects:
            form = with_typed(form, confirmed=form.fingerprint)
        elif save_parameters(request, company, form):
            return HttpResponseRedirect(back)
        else:
            record.refresh_from_db()
            if record.version != form.cleaned_data["version"]:
                off = disabled_rules(company.pk)
                how: dict[str, Any] = {"initial": initial_values(record, rules, off), "rules": rules, "active_tab": tab, "may_change": True}
                typed = merged(data, RetailParametersForm(None, **how))
                form = RetailParametersForm({**typed, "version": str(record.version)}, **how)
                conflict = differences(form, record, off) if form.is_valid() else []
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.CONFLICT if conflict else HTTPStatus.OK
    context = {
        "company": company,
        "address": f"{reverse('parameters:retail')}?{urlencode({'company': company.code})}",
        "form": form,
        "effects": effects,
        "rules": [{"code": rule, "field": form[RULE_PREFIX + rule.code]} for rule in rules],
        "sequences": number_sequences(),
        "recurrences": recurrences(),
        "conflict": conflict,
        "last_change": latest_change(record),
        "may_change": may_change,
    }
    return render(request, "parameters/retail.html", context, status=status)


def save_parameters(request: HttpRequest, company: LegalEntity, form: RetailParametersForm) -> bool:
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


def with_typed(form: RetailParametersForm, **values: str) -> RetailParametersForm:
    """The same typed values with some hidden ones replaced: saving again is a decision made with everything in view."""
    form.data = {**dict(form.data.items()), **values}
    return form


@require_safe
@never_cache
def show_history(request: HttpRequest) -> HttpResponse:
    """Who changed what, when, from and to; of one field where `?field=` names it."""
    company = company_for(access_of(request), request.GET.get("company"))
    if company is None:
        return render(request, "parameters/no_company.html")
    fields = {key.field: field_path(key) for key in KEYS}
    rules = {RULE_PREFIX + rule.code: rule_path(rule.code) for rule in validation_rules() if not rule.always_on}
    field = request.GET.get("field", "")
    field = field if field in fields or field in rules else ""
    changes = changes_for_page(company.pk, field if field in fields else "", field.removeprefix(RULE_PREFIX) if field in rules else "")
    record = RetailParameters.objects.select_related("legal_entity").get(legal_entity=company)
    stored = initial_values(record, validation_rules(), disabled_rules(company.pk))
    context = {
        "company": company,
        "changes": [change_row(change, stored) for change in changes],
        "field": field,
        "choices": [(gettext("Parameters"), fields), (gettext("Validation rules"), rules)],
        "limit": CHANGE_LIMIT,
        "may_change": access_of(request).may("parameters:retail", "POST"),
    }
    return render(request, "parameters/history.html", context)


@require_POST
@never_cache
def restore_value(request: HttpRequest) -> HttpResponse:
    """Takes one change back: the stored values with the earlier value, through the same form, rules and confirmation as if typed."""
    company = company_asked_for(request)
    field = request.POST.get("field", "")
    change = change_named(company.pk, request.POST.get("change", ""), field) if company else None
    if company is None or change is None:
        raise Http404
    field = field_of(change)
    record = RetailParameters.objects.select_related("legal_entity").get(legal_entity=company)
    shown = initial_values(record, validation_rules(), disabled_rules(company.pk))
    history = f"{reverse('parameters:history')}?{urlencode({'company': company.code})}"
    if field not in shown or shown[field] == change.before:
        messages.info(request, gettext("Nothing to restore: the field has this value."))
        return HttpResponseRedirect(history)
    tab = slugify(change.key.tab) if change.key else "transaction-validation"
    return answer_form(request, company, as_typed(shown | {field: change.before}), tab=tab, back=history)


def field_of(change: ParameterChange) -> str:
    """The form's field that a change is about."""
    return change.key.field if change.key else RULE_PREFIX + change.rule


def change_row(change: ParameterChange, stored: Mapping[str, Any]) -> dict[str, object]:
    """A change in the words of the form; `current` when the value before it is the stored one again."""
    if change.key is None:
        words = {"what": rule_path(change.rule), "before": on_or_off(change.before), "after": on_or_off(change.after)}
    else:
        before, after = shown_value(change.key, change.before), shown_value(change.key, change.after)
        words = {"what": field_path(change.key), "before": before, "after": after}
    name = field_of(change)
    current = name not in stored or stored[name] == change.before
    return {"at": change.at, "who": change.who, **words, "name": name, "change_id": change.change_id, "current": current}
