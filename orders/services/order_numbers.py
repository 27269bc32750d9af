"""Finds customer orders by the number that people and tills know; several companies may have one of the same number (ADR 0020)."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from core.lib.problems import BusinessError, Problem
from orders.queries.stores import known_stores
from orders.queries.whole_order import orders_named
from orders.rules.order_state import ambiguous_number
from parameters.services import legal_entity_named

EVERY_ORDER = Q()


def find_orders(
    numbers: Collection[str], legal_entity: str = "", seen: Q = EVERY_ORDER, *, unknown: str = "number", store: str | None = None
) -> dict[str, int]:
    """Ids of customer orders by number: those of the company where one is named, of the stores that are `seen`; three queries at most.

    Of several the one of the company of `store` is meant. Raises BusinessError: UNKNOWN_LEGAL_ENTITY, UNKNOWN_STORE, UNKNOWN_ORDER
    (its sentence is the variant `unknown`), AMBIGUOUS_NUMBER.
    """
    if legal_entity:
        legal_entity_named(legal_entity)
    companies: dict[str, dict[str, int]] = defaultdict(dict)
    for order_id, number, company in orders_named(numbers, seen):
        if legal_entity in ("", company):
            companies[number][company] = order_id
    if store is not None and any(len(found) > 1 for found in companies.values()):
        known = known_stores([store]).get(store)
        if known is None:
            raise BusinessError(Problem("UNKNOWN_STORE", {"store": store}))
        own = known.company
        companies.update({number: {own: found[own]} for number, found in companies.items() if len(found) > 1 and own in found})
    problems = [
        ambiguous_number(number, companies[number]) if companies[number] else Problem("UNKNOWN_ORDER", {"order": number}, variant=unknown)
        for number in dict.fromkeys(numbers)
        if len(companies[number]) != 1
    ]
    if problems:
        raise BusinessError(*problems)
    return {number: order_id for number in numbers for order_id in companies[number].values()}
