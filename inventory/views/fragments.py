"""Fragments about items and stock policies that other pages show."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access.access import access_of
from inventory.models import ItemModelGroup
from inventory.queries.pages import default_batch_facts, policy_groups, warehouses_of
from parameters.queries import company_for, settings_of
from parameters.rules.keys import BATCH_ID_LENGTH

PATHS = ("posting", "customer_orders")


@require_safe
@never_cache
def show_default_batch_note(request: HttpRequest) -> HttpResponse:
    """The note beside a default batch id, for the number in the field now, about the company of the page; at most four queries.

    Who may only look has fields that are switched off, and a browser sends nothing of those: then it is what is stored.
    """
    path = request.GET.get("path", "")
    prefix = path if path in PATHS else PATHS[0]
    company = company_for(access_of(request), request.GET.get("company"))
    typed = request.GET.get(f"{prefix}_default_batch_id")
    if typed is not None:
        number, switched_on = typed.strip()[:BATCH_ID_LENGTH], f"{prefix}_use_default_batch_id" in request.GET
    else:
        stored = settings_of([company.pk]).get(company.pk) if company else None
        number = str(getattr(stored, f"{prefix}_default_batch_id", ""))
        switched_on = bool(getattr(stored, f"{prefix}_use_default_batch_id", False))
    usable = number.isprintable() and bool(number)
    facts = default_batch_facts(number, timezone.localdate(), company.pk) if usable and company else None
    return render(request, "inventory/_default_batch_note.html", {"number": number, "facts": facts, "switched_on": switched_on})


@require_safe
@never_cache
def show_policies(request: HttpRequest) -> HttpResponse:
    """Where stock may go negative, by item model group or by warehouse of a company (`?part=`); at most two queries."""
    if request.GET.get("part") == "warehouses":
        company = company_for(access_of(request), request.GET.get("company"))
        return render(request, "inventory/_policies_of_warehouses.html", {"warehouses": warehouses_of(company.pk) if company else []})
    policies, costing = dict(ItemModelGroup.AllocationPolicy.choices), dict(ItemModelGroup.CostingMethod.choices)
    groups = [
        {**row, "policy": policies.get(row["allocation_policy"], ""), "costing": costing.get(row["costing_method"], "")}
        for row in policy_groups()
    ]
    return render(request, "inventory/_policies_of_groups.html", {"groups": groups})
