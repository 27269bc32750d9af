"""Captured batches of customer orders are judged again when they are used, and before (docs/domain.md#captured-batch)."""

from collections.abc import Collection, Mapping
from datetime import date

from core.lib.problems import Problem
from inventory.rules.captured import capture_alerts
from inventory.rules.fallback import order_fallback
from inventory.rules.stock import FallbackSettings
from orders.queries.captures import OpenCapture, open_captures
from parameters.queries import settings_of


def alerts_of(captures: Collection[OpenCapture], days: Mapping[int, date], settings: Mapping[int, FallbackSettings]) -> list[Problem]:
    """What is to be looked into of batches that are sold; `days` by order, `settings` by legal entity."""
    return [
        alert
        for capture in captures
        for alert in capture_alerts(
            capture.captured, capture.line, days[capture.order_id], settings[capture.legal_entity_id].sellable_on_expiration_date
        )
        if alert.code not in capture.off
    ]


def preview_alerts(order_id: int, today: date) -> list[Problem]:
    """The alerts that invoicing what is left of the order would raise today; two queries at most."""
    captures = open_captures([order_id])
    settings = settings_of({capture.legal_entity_id for capture in captures}) if captures else {}
    return alerts_of(captures, {order_id: today}, {entity: order_fallback(of) for entity, of in settings.items()})
