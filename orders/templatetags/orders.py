"""How codes and states of orders are said on pages."""

from typing import Any

from django import template
from django.template.loader import render_to_string

from core.ui.templatetags.show import state
from orders.words import MODES, VERBS

register = template.Library()


@register.filter
def delivery_mode(code: str) -> str:
    """How goods reach the customer."""
    return str(MODES.get(code, code))


@register.filter
def verb(code: str) -> str:
    """What is done to an order."""
    return str(VERBS.get(code, code))


@register.simple_tag
def order_state(row: Any) -> str:
    """The badge of a customer order: in work, failed, partly invoiced, or its status. `row` has `order` and `work_state`."""
    if row.work_state:
        key = f"order:{row.work_state}"
    elif row.order.error_code:
        key = "order:failed"
    elif row.order.status == "created" and row.invoiced:
        key = "order:partly"
    else:
        key = row.order.status
    return render_to_string("components/_status.html", state(key))
