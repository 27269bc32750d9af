"""Holds a customer order for a change; every service that changes one begins here.

Lock order of customer orders (ADR 0012): orders by id, those that returns name included; then their deliveries; then allocations that
returns name; then on-hand rows by warehouse, item, batch.
"""

from core.access.scope import Scope
from core.lib.problems import BusinessError
from orders.queries.order_state import hold_orders, order_state
from orders.rules.order_state import OrderState, order_changed, order_problem
from orders.writes import deliveries as writes


def held_order(order_id: int, version: int | None, scope: Scope | None) -> OrderState:
    """The order, held until the transaction ends; two queries.

    Raises BusinessError: UNKNOWN_ORDER, OTHER_STORE (not in `scope`; None sees all stores), ORDER_CLOSED, DELIVERY_IN_PROGRESS,
    ORDER_CHANGED when it is not at `version` (None does not care).
    """
    hold_orders([order_id])
    return seen_order(order_id, version, scope)


def seen_order(order_id: int, version: int | None, scope: Scope | None) -> OrderState:
    """As `held_order`, without holding it: what a page shows before somebody decides. One query."""
    order = order_state(order_id)
    problem = order_problem(order, version, None if scope is None else scope.store_ids)
    if problem:
        raise BusinessError(problem)
    assert order is not None
    return order


def count_change(order: OrderState) -> int:
    """The version of a held order after one more change; compare-and-set, the last guard should the hold have failed.

    Raises BusinessError ORDER_CHANGED.
    """
    changed = writes.next_version(order.order_id, order.version)
    if changed is None:
        raise BusinessError(order_changed(order.number, order.version))
    return changed
