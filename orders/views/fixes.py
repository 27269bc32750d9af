"""Where a problem of a customer order is put right: for each code the setting or page that its remedy speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from core.i18n.messages import render_remedy
from orders.models import Delivery, OrderProblem, SalesOrder


@dataclass(frozen=True, slots=True)
class Fix:
    """A link to what would put it right."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What kept a delivery from being invoiced: the item and how much of it is missing (item's unit) where it is about stock."""

    code: str
    message: str
    remedy: str
    link: Fix | None
    item_id: int = 0
    item: str = ""
    missing: Decimal | None = None
    unit: str = ""


Place = tuple[str, str, StrPromise]
# Code -> tab of Retail parameters, field on it, words of the link; what statements and customer orders have in common.
STOCK_PLACES: dict[str, Place] = {
    "DEFAULT_BATCH_OUT_OF_SCOPE": ("posting", "inventory_default_batch_scope", gettext_lazy("Open Default batch scope")),
    "NEGATIVE_NOT_ALLOWED": ("inventory", "", gettext_lazy("See where stock may go negative")),
    "FINANCIAL_NEGATIVE_NOT_ALLOWED": ("inventory", "", gettext_lazy("See where stock may go negative")),
    "CAPTURED_BATCH_SHORT": ("inventory", "", gettext_lazy("See where stock may go negative")),
    "LOCATION_CANNOT_GO_NEGATIVE": ("inventory", "", gettext_lazy("See where stock may go negative")),
    "NO_PARAMETERS": ("general", "", gettext_lazy("Open Retail parameters")),
}
_PLACES = STOCK_PLACES | {
    "NO_VALID_BATCH": ("customer-orders", "customer_orders_use_default_batch_id", gettext_lazy("Open Use default batch id")),
    "DEFAULT_BATCH_NOT_SET": ("customer-orders", "customer_orders_default_batch_id", gettext_lazy("Open Default batch id")),
    "DELIVERY_MODE_OFF": ("customer-orders", "customer_orders_offer_pickup", gettext_lazy("Open Delivery modes")),
    "DEPOSIT_TOO_LOW": ("customer-orders", "customer_orders_default_deposit_percent", gettext_lazy("Open Default deposit percentage")),
}
_MASTERS: dict[str, tuple[str, StrPromise]] = {
    "PERIOD_CLOSED": ("setup:fiscal-periods", gettext_lazy("Open Fiscal periods")),
    "ACCOUNT_MISSING": ("setup:posting-profiles", gettext_lazy("Open Posting profiles")),
    "WAREHOUSE_MISSING": ("setup:stores", gettext_lazy("Open Stores")),
    "CUSTOMER_BLOCKED": ("setup:customers", gettext_lazy("Open Customers")),
    "UNKNOWN_CUSTOMER": ("setup:customers", gettext_lazy("Open Customers")),
    "NO_UNIT_CONVERSION": ("setup:unit-conversions", gettext_lazy("Open Unit conversions")),
}


def link_to_setting(place: Place, company: str) -> Fix:
    """The link to a field of Retail parameters of a company."""
    tab, field, words = place
    anchor = f"#id_{field}" if field else ""
    return Fix(f"{reverse('parameters:retail')}?{urlencode({'company': company, 'tab': tab})}{anchor}", str(words))


def fix_of(code: str, company: str) -> Fix | None:
    """The link for a code in a company, if a page puts it right."""
    if code in _MASTERS:
        view, words = _MASTERS[code]
        return Fix(reverse(view), str(words))
    return link_to_setting(_PLACES[code], company) if code in _PLACES else None


def hindrances(order: SalesOrder, delivery: Delivery | None, problems: Sequence[OrderProblem], company: str) -> list[Hindrance]:
    """Why the last delivery was not invoiced, per line where lines failed; none while one is in work."""
    if delivery is not None and delivery.work_state:
        return []
    if problems:
        return [
            Hindrance(
                *(problem.code, problem.message, "", fix_of(problem.code, company)),
                *(problem.item_id, problem.item.code, problem.missing_quantity, problem.item.unit_id),
            )
            for problem in problems
        ]
    code, text = (delivery.error_code, delivery.error_text) if delivery else (order.error_code, order.error_text)
    return [Hindrance(code, text, render_remedy(code), fix_of(code, company))] if code else []
