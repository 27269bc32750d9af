"""Customer orders for tests of pages: taken by the real service from the showcase's shelves."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from orders.models import Customer, CustomerOrder, Delivery, PendingOrder, Store
from orders.rules.fulfilment import Verb
from orders.rules.place_orders import NewLine, NewOrder
from orders.rules.till_lines import OrderPaymentData
from orders.services.delivery_queue import finish_here, request_deliveries
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.pending import SubmittedOrder, hold_pending, read, submit_orders, synchronize_orders
from orders.services.pick_and_pack import handle_quantities
from orders.services.place_orders import place_orders
from parameters.services import set_retail_parameters
from tests.browser.world import ITEMS, TAX, Showcase, make_grocer, receive
from tests.factories import BatchFactory, DispositionFactory

ORDERED = datetime(2017, 1, 2, 15, 4, tzinfo=UTC)
PRICES = {code: (Decimal(price), unit) for code, _, unit, price, _, _ in ITEMS}
CENT = Decimal("0.01")
NUMBERS = count(1)


FRESH = (("1029743", "M-1", "22", 3), ("1029743", "M-2", "40", 8), ("1082185", "L-1", "80", 9))


def restock(showcase: Showcase) -> None:
    """Goods that are good today: customer orders are judged by the day on which they leave, not by that of the showcase's story."""
    today = timezone.localdate()
    available = DispositionFactory.create()
    for store in showcase.stores:
        assert store.warehouse is not None
        for number, (code, name, quantity, days) in enumerate(FRESH, 1):
            batch = BatchFactory.create(
                item=showcase.items[code],
                number=f"{name}-{store.code}",
                expires_on=today + timedelta(days=days),
                disposition=available,
            )
            receive(store.warehouse, showcase.items[code], batch, Decimal(quantity), ORDERED, f"FRESH-{store.code}", number)


def make_desk() -> Showcase:
    """The showcase with few receipts and goods that are good today."""
    found = make_grocer(receipts_a_day=1, days=1)
    restock(found)
    return found


def use_default_batch(showcase: Showcase) -> None:
    """The switch of the Customer orders tab is on, its value filled."""
    values = ["customer_orders.use_default_batch_id=true", "customer_orders.default_batch_id=CO-DEF"]
    set_retail_parameters(values, showcase.company.code, "maria")


def invoice(order: CustomerOrder, verb: Verb = Verb.INVOICE) -> Delivery:
    """Everything that the verb can move of the order, worked in this process; it may be refused."""
    _, deliveries = request_deliveries([order.pk], verb, None, "olga", to_workers=False)
    finish_here(deliveries, "test")
    return Delivery.objects.get(pk=deliveries[0])


def order_line(number: int, item: str, quantity: str, delivery: str = "pickup") -> NewLine:
    """A line at the showcase's price."""
    price, unit = PRICES[item]
    net = (price * Decimal(quantity)).quantize(CENT)
    return NewLine(number, item, Decimal(quantity), unit, price, Decimal(0), net, (net * TAX).quantize(CENT), "", delivery, None)


def take_order(
    store: Store, *wanted: tuple[str, str], number: str = "", delivery: str = "pickup", paid: str = "", customer: str = "REGULAR"
) -> CustomerOrder:
    """An order of (item, quantity) pairs, of a customer who may buy on account; what is paid is a deposit in cash."""
    Customer.objects.get_or_create(code="REGULAR", defaults={"name": "Regular customer"})
    lines = tuple(order_line(place, item, quantity, delivery) for place, (item, quantity) in enumerate(wanted, 1))
    net, tax = sum((line.net for line in lines), Decimal(0)), sum((line.tax for line in lines), Decimal(0))
    number = number or f"CO-{next(NUMBERS):04}"
    payments = (OrderPaymentData(1, "cash", Decimal(paid)),) if paid else ()
    order = NewOrder(number, store.code, customer, ORDERED, delivery, "USD", "", lines, payments, net, tax, net + tax)
    taken = place_orders([IncomingOrder(order, order_digest(order))], CustomerOrder.Channel.WEB, "olga")
    assert not taken.refused, taken.refused
    return CustomerOrder.objects.get(pk=taken.new[0])


def show_customer_orders(showcase: Showcase) -> dict[str, str]:
    """Addresses: the list, and orders in every state that a page shows."""
    restock(showcase)
    first, second = showcase.stores
    take_order(second, ("1133018", "4"), delivery="ship", number="CO-1000")
    refused = take_order(first, ("1029743", "80"), ("1133018", "2"), paid="50.00", number="CO-1001")
    invoice(refused)
    use_default_batch(showcase)
    invoiced = take_order(first, ("1029743", "70"), ("1082185", "4.25"), ("866211", "2"), paid="60.00", number="CO-1002")
    handle_quantities(invoiced.pk, Verb.PICK, {1: Decimal(30), 2: Decimal("4.25")}, actor="olga")
    handle_quantities(invoiced.pk, Verb.PACK, {2: Decimal("4.25")}, actor="olga")
    partly = take_order(first, ("1082185", "6"), ("866211", "5"), paid="10.00", number="CO-1003")
    handle_quantities(partly.pk, Verb.PICK, {1: Decimal(4)}, actor="olga")
    handle_quantities(partly.pk, Verb.PACK, {1: Decimal("1.5")}, actor="olga")
    invoice(invoiced)
    waiting = take_order(second, ("1029743", "3"), ("981760", "12"), delivery="ship", number="CO-1004")
    request_deliveries([waiting.pk], Verb.SHIP, showcase.poster.pk, "maria", to_workers=False)
    page = f"/customer-orders/{invoiced.pk}/"
    return {
        "customer-orders": "/customer-orders/",
        "customer-order-new": "/customer-orders/new/",
        "customer-order-edit": f"/customer-orders/{partly.pk}/edit/",
        "customer-order-open": f"/customer-orders/{partly.pk}/",
        "customer-order-refused": f"/customer-orders/{refused.pk}/",
        "customer-order-in-work": f"/customer-orders/{waiting.pk}/",
        "customer-order-invoiced": page,
        "customer-order-deliveries": f"{page}?tab=deliveries",
        "customer-order-allocations": f"{page}?tab=allocations",
        "customer-order-payments": f"{page}?tab=money",
        "customer-order-invoices": f"{page}?tab=invoices",
        "customer-order-history": f"{page}?tab=history",
        "customer-order-confirmation": f"{page}confirmation/",
        "customer-order-pick": f"/customer-orders/{partly.pk}/pick/",
        "customer-order-cancel": f"/customer-orders/{partly.pk}/cancel/",
        "customer-order-return": f"{page}return-goods/",
        "customer-order-pick-up": f"/customer-orders/{partly.pk}/pick-up/",
    }


def submit_order(store: Store, item: str, quantity: str, number: str, paid: str = "") -> PendingOrder:
    """An order of one line as a till hands it in; an item that nobody knows costs 1.00."""
    price, unit = PRICES.get(item, (Decimal(1), "each"))
    net = (price * Decimal(quantity)).quantize(CENT)
    tax = (net * TAX).quantize(CENT)
    line = {"number": 1, "item": item, "quantity": quantity, "unit": unit, "price": str(price), "net": str(net), "tax": str(tax)}
    content = {
        **{"store": store.code, "order": number, "ordered_at": ORDERED.isoformat(), "delivery": "pickup", "currency": "USD"},
        **{"net": str(net), "tax": str(tax), "total": str(net + tax), "lines": [line]},
        "payments": [{"number": 1, "method": "cash", "amount": paid}] if paid else [],
    }
    incoming = read(json.dumps(content))
    assert isinstance(incoming, IncomingOrder), incoming
    accepted = submit_orders([SubmittedOrder(json.dumps(content), incoming)], CustomerOrder.Channel.API, "token:till 3")
    return PendingOrder.objects.get(confirmation=accepted.new[0])


def show_pending_orders(showcase: Showcase) -> dict[str, str]:
    """Addresses: the list, and pending orders in every state that a page shows."""
    first, second = showcase.stores
    made = submit_order(first, "1029743", "2", "CO-2000", paid="2.00")
    failed = submit_order(first, "9999999", "3", "CO-2001", paid="1.00")
    synchronize_orders("clock")
    held = submit_order(first, "1082185", "1.5", "CO-2003")
    hold_pending([held.pk], "olga")
    submit_order(second, "866211", "2", "CO-2004")
    page = "/customer-orders/pending/"
    return {"pending-orders": page, "pending-order-failed": f"{page}{failed.pk}/", "pending-order-created": f"{page}{made.pk}/"}
