"""Why a delivery was not invoiced, with what each problem is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.i18n.messages import render_remedy
from core.lib.ways import About
from orders.models import Delivery, OrderProblem, SalesOrder


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What kept a delivery from being invoiced: the item and how much of it is missing (item's unit) where it is about stock."""

    code: str
    message: str
    remedy: str
    about: About
    item_id: int = 0
    item: str = ""
    missing: Decimal | None = None
    unit: str = ""


def hindrances(order: SalesOrder, delivery: Delivery | None, problems: Sequence[OrderProblem], company: str) -> list[Hindrance]:
    """Why the last delivery was not invoiced, per line where lines failed; none while one is in work."""
    if delivery is not None and delivery.work_state:
        return []
    about: dict[str, str | int] = {
        "order_id": order.pk,
        "order": order.number,
        "company": company,
        "store": order.store.code,
        "warehouse": order.warehouse.code,
        "customer": order.customer.code,
    }
    if problems:
        return [
            Hindrance(
                *(problem.code, problem.message, "", {**about, **about_line(problem)}),
                *(problem.item_id, problem.item.code, problem.missing_quantity, problem.item.unit_id),
            )
            for problem in problems
        ]
    code, text = (delivery.error_code, delivery.error_text) if delivery else (order.error_code, order.error_text)
    return [Hindrance(code, text, render_remedy(code), about)] if code else []


def about_line(problem: OrderProblem) -> dict[str, str | int]:
    """What a line that could not be delivered is about: the item, and how much of it is missing."""
    return {"item": problem.item.code, "quantity": f"{problem.missing_quantity.normalize():f}", "unit": problem.item.unit_id}
