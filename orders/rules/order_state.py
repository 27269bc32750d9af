"""Where a customer order stands when somebody wants to do something with it, and why he may not."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from core.lib.messages import Params
from core.lib.problems import Code, Problem, register, register_texts

_AREA = "customer order"
OPEN = "created"

register(
    Code(
        "UNKNOWN_ORDER",
        _AREA,
        "The customer order is not known.",
        "Look the number up in the list of sales orders.",
        {
            "": "The customer order is not known; look its number up in the list of sales orders.",
            "number": "Order {order} is not known; check its number.",
            "in_stores": "There is no customer order {order} in the stores of this token.",
            "handed_in": "No order was handed in under {confirmation} in the stores of this token.",
        },
    ),
    Code(
        "AMBIGUOUS_NUMBER",
        _AREA,
        "Several companies have an order of this number.",
        "Name the company: --legal-entity CODE with a command, ?legal_entity=CODE in the address of a call.",
        "Order {order} is there in the companies {legal_entities}; name the one that is meant.",
    ),
    Code(
        "OTHER_STORE",
        _AREA,
        "The order belongs to another store.",
        "Send the customer to that store, or let somebody of it do it.",
        "Order {order} is a matter of store {store}.",
    ),
    Code(
        "ORDER_CLOSED",
        _AREA,
        "The order is invoiced or cancelled; nothing of it is left.",
        "Take a new order, or a return of this one.",
        {
            "invoiced": "Order {order} is invoiced; nothing of it is left.",
            "cancelled": "Order {order} is cancelled; nothing of it is left.",
        },
    ),
    Code(
        "DELIVERY_IN_PROGRESS",
        _AREA,
        "A delivery of the order is in work.",
        "Wait for it, then load the order again.",
        "A delivery of order {order} is in work; wait for it, then load the order again.",
    ),
    Code(
        "ORDER_CHANGED",
        _AREA,
        "Somebody else changed the order meanwhile.",
        "Load the order again, then repeat what is still needed.",
        "Order {order} is not at version {version} any more; load it again.",
    ),
)
register_texts(
    "PERIOD_CLOSED",
    {
        "order": "{date} lies in a closed fiscal period; open it, or correct the date.",
        "delivery": "{date} lies in a closed fiscal period; open it, then ask again.",
        "payment": "{date} lies in a closed fiscal period; open it first.",
    },
)
register_texts(
    "STOCK_PERIOD_CLOSED", {"delivery": "{date} lies in a closed stock period, in which no goods move; open it, then ask again."}
)
register_texts(
    "ACCOUNT_MISSING",
    {
        "delivery": "No account is set for {kinds}; add the posting profile under Ledger, then ask again.",
        "payment": "No account is set for {kinds}; add the posting profile under Ledger.",
    },
)


class OrderState(NamedTuple):
    """An order with what its money comes to: `deposit_left` is paid ahead and neither used, charged nor paid back, `remaining` is what
    still has to be invoiced. `decimals` are those of the currency, `rounding_limit` is the store's.
    """

    order_id: int
    number: str
    status: str
    in_work: bool
    version: int
    store_id: int
    store: str
    warehouse_id: int
    legal_entity_id: int
    time_zone: str
    customer: str
    customer_blocked: bool
    currency: str
    company: str
    company_currency: str
    decimals: int
    deposit_left: Decimal
    remaining: Decimal
    rounding_limit: Decimal


def order_problem(order: OrderState | None, version: int | None, store_ids: Collection[int] | None) -> Problem | None:
    """Why nothing may be done with the order; None when something may. Without `store_ids` all stores are one's own."""
    if order is None:
        return unknown_order()
    if store_ids is not None and order.store_id not in store_ids:
        return other_store(order.number, order.store)
    if order.status != OPEN:
        return Problem("ORDER_CLOSED", {"order": order.number}, variant="cancelled" if order.status == "cancelled" else "invoiced")
    if order.in_work:
        return Problem("DELIVERY_IN_PROGRESS", {"order": order.number})
    if version is not None and version != order.version:
        return order_changed(order.number, version)
    return None


def unknown_order() -> Problem:
    """There is none of that id."""
    return Problem("UNKNOWN_ORDER")


def ambiguous_number(number: str, companies: Collection[str]) -> Problem:
    """Several companies have an order of that number, and none was named."""
    return Problem("AMBIGUOUS_NUMBER", {"order": number, "legal_entities": sorted(companies)})


def other_store(number: str, store: str) -> Problem:
    """Goods are handed out, and come back, where one works."""
    return Problem("OTHER_STORE", {"order": number, "store": store})


def order_changed(number: str, version: int) -> Problem:
    """The problem of an order that was changed concurrently."""
    return Problem("ORDER_CHANGED", {"order": number, "version": version})


def currency_problem(currency: str, company: str, company_currency: str) -> Problem | None:
    """An order is invoiced in the currency that it was taken in, and that has to be the one of the books."""
    if currency == company_currency:
        return None
    books: Params = {"currency": currency, "company": company, "company_currency": company_currency}
    return Problem("CURRENCY_MISMATCH", books, variant="order")


def customer_problem(customer: str, blocked: bool) -> Problem | None:
    """Nothing is handed out to a customer who is blocked, whenever the order was taken."""
    return Problem("CUSTOMER_BLOCKED", {"customer": customer}) if blocked else None
