"""Policy lab: asks for a past period to be decided again under other settings, and shows the difference."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.access.access import Access, access_of
from core.jobs.queries.pages import jobs_seen_by
from inventory.models import Item, ItemModelGroup, Warehouse
from statements.services.policy_lab import POLICY_LAB, Period, request_lab

WRONG = 422
AS_THEN = gettext_lazy("As it was then")
ON_OFF = (("", AS_THEN), ("on", gettext_lazy("On")), ("off", gettext_lazy("Off")))
SCOPES = (("", AS_THEN), ("off", gettext_lazy("All warehouses and items")), ("on", gettext_lazy("Advanced warehousing only")))
SELECT = {"class": "form-select"}
# Fields of the form by the name of what they suppose.
SWITCHES = ("use_default_batch", "scope_advanced_only", "use_batches_received_after_sale", "sellable_on_expiration_date")
MOST_DAYS = 366


class LabForm(forms.Form):
    """Which sales, and what is supposed."""

    first = forms.DateField(
        label=gettext_lazy("Sales from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    )
    last = forms.DateField(
        label=gettext_lazy("Sales through"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    )
    warehouse = forms.ModelChoiceField(
        queryset=Warehouse.objects.none(), to_field_name="code", required=False, label=gettext_lazy("Warehouse"),
        empty_label=gettext_lazy("All"), widget=forms.Select(attrs=SELECT),
    )  # fmt: skip
    item = forms.CharField(
        label=gettext_lazy("Item"), max_length=60, required=False, help_text=gettext_lazy("Blank: all items."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )  # fmt: skip
    policy = forms.ChoiceField(
        choices=(("", AS_THEN), *ItemModelGroup.AllocationPolicy.choices), required=False, label=gettext_lazy("Allocation policy"),
        widget=forms.Select(attrs=SELECT),
    )  # fmt: skip
    use_default_batch = forms.ChoiceField(
        choices=ON_OFF, required=False, label=gettext_lazy("Use default batch id"), widget=forms.Select(attrs=SELECT)
    )
    scope_advanced_only = forms.ChoiceField(
        choices=SCOPES, required=False, label=gettext_lazy("Default batch scope"), widget=forms.Select(attrs=SELECT)
    )
    use_batches_received_after_sale = forms.ChoiceField(
        choices=ON_OFF, required=False, label=gettext_lazy("Use batches received after the sale"), widget=forms.Select(attrs=SELECT)
    )
    sellable_on_expiration_date = forms.ChoiceField(
        choices=ON_OFF, required=False, label=gettext_lazy("Sellable on expiration date"), widget=forms.Select(attrs=SELECT)
    )

    def __init__(self, *args: Any, access: Access, **options: Any) -> None:
        super().__init__(*args, **options)
        self.access = access
        warehouse = self.fields["warehouse"]
        assert isinstance(warehouse, forms.ModelChoiceField)
        warehouse.queryset = Warehouse.objects.filter(pk__in=access.scope.warehouse_ids).order_by("code")

    def clean_item(self) -> Item | None:
        """The item of that code."""
        code = self.cleaned_data["item"].strip()
        item = Item.objects.filter(code=code).first() if code else None
        if code and item is None:
            raise forms.ValidationError(gettext("There is no item %(item)s."), params={"item": code})
        return item

    def clean(self) -> dict[str, Any]:
        """Days in their order, a year at most."""
        data = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error("last", gettext("Choose a day that is not before the first, and at most a year after it."))
        return data

    def period(self) -> Period:
        """Which sales. Of a form that is valid."""
        data = self.cleaned_data
        warehouses = [data["warehouse"].pk] if data["warehouse"] else sorted(self.access.scope.warehouse_ids)
        return Period(data["first"], data["last"], warehouses, [data["item"].pk] if data["item"] else None)

    def scenario(self) -> dict[str, Any]:
        """What is supposed, by name, without what stays. Of a form that is valid."""
        data = self.cleaned_data
        switches = {name: data[name] == "on" for name in SWITCHES if data[name]}
        return {**switches, **({"policy": data["policy"]} if data["policy"] else {})}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """The form; what is asked for is done by a worker."""
    access = access_of(request)
    form = LabForm(request.POST if request.method == "POST" else None, access=access)
    if form.is_valid():
        return redirect("statements:policy_lab_result", request_lab(form.period(), form.scenario(), request.user).pk)
    return render(request, "statements/policy_lab.html", {"form": form}, status=WRONG if form.is_bound else 200)


@require_safe
@never_cache
def show_result(request: HttpRequest, job_id: int) -> HttpResponse:
    """What was beside what would have been; until the job is done, its page."""
    access = access_of(request)
    job = jobs_seen_by(access).filter(pk=job_id, kind=POLICY_LAB).first()
    if job is None or not access.scope.warehouse_ids.issuperset(job.arguments["warehouses"]):
        raise Http404
    if "comparison" not in job.result:
        return redirect("jobs:detail", job.pk)
    found = job.result["comparison"]
    context = {
        "job": job,
        "found": found,
        "figures": figures(found["actual"], found["supposed"]),
        "supposed": supposed(job.arguments["scenario"]),
    }
    return render(request, "statements/policy_lab_result.html", context)


def supposed(scenario: dict[str, Any]) -> list[tuple[object, object]]:
    """What was supposed, by the names of the form's fields and of their choices."""
    found: list[tuple[object, object]] = []
    for name, field in LabForm.base_fields.items():
        if name in scenario:
            assert isinstance(field, forms.ChoiceField)
            words: dict[Any, Any] = dict(field.choices)  # type: ignore[arg-type]  # LabForm gives lists of pairs
            found.append((field.label, words[scenario[name] if name == "policy" else ("on" if scenario[name] else "off")]))
    return found


def figures(actual: dict[str, Any], supposed: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures with both sides, and how long the bars of each are in percent of the longer one."""
    names = {
        "fallback_lines": gettext("Lines on a default batch"),
        "fallback_quantity": gettext("Quantity on a default batch"),
        "fallback_value": gettext("Value on a default batch"),
        "failed_lines": gettext("Lines that fail"),
        "expired_quantity": gettext("Units that expire unsold"),
        "expired_value": gettext("Value that expires unsold"),
    }
    found = []
    for name, title in names.items():
        was, would = float(actual[name]), float(supposed[name])
        most = max(was, would) or 1
        bars = (round(was * 100 / most), round(would * 100 / most))
        found.append(
            {"name": title, "actual": actual[name], "supposed": supposed[name], "bars": bars, "better": would < was, "worse": would > was}
        )
    return found
