"""Takes goods of an order back in one call: the linked return, and its delivery with the refund.

Locks: the order that goods come back of, then as place_orders.py and request_delivery.py do.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core.access.scope import Scope
from core.jobs.models import Job
from core.lib.decimals import ZERO
from core.lib.problems import BusinessError, Problem
from inventory.queries.named import conversions_between
from orders.models import CustomerOrder
from orders.queries import returns as reads
from orders.queries.order_state import hold_orders, order_state
from orders.queries.place_orders import order_stores
from orders.queries.settlement import settled_sales
from orders.queries.stores import payment_methods
from orders.rules.fulfilment import Verb
from orders.rules.order_money import method_problems
from orders.rules.order_state import order_changed, other_store, unknown_order
from orders.rules.place_orders import NewLine
from orders.rules.returns import SoldLine, all_returnable, goods_back, next_number, return_line, return_order
from orders.rules.till_lines import OrderPaymentData
from orders.services.order_files import IncomingOrder, order_digest
from orders.services.order_locks import count_change
from orders.services.place_orders import place_orders
from orders.services.request_delivery import request_delivery
from parameters.queries import units_as_known


@transaction.atomic
def return_lines(
    order_id: int,
    quantities: Mapping[int, Decimal] | None,
    refund_method: str,
    *,
    units: Mapping[int, str] | None = None,
    store: str | None = None,
    user_id: int | None,
    actor: str,
    version: int | None = None,
    channel: str = CustomerOrder.Channel.WEB,
    scope: Scope | None = None,
) -> tuple[int, Job]:
    """Takes back `quantities` (absolute, by line number; None: all that can come back); gives the return's order id and the job.

    They are in the units of the sale, or in `units` by line number.

    The return is an order `ORDER-R1` with negative lines that name those of the sale. Goods come into the warehouse of `store` (None: where
    they were sold) and back to the batches of the original deliveries, last first, when the delivery is invoiced. Of what was invoiced for
    them first goes what is still owed on account, the rest is paid back by the methods that the sale was paid with, `refund_method` first,
    never more than was paid. Until then they count as on their way: nobody can return them twice. It counts as
    a change of the order, so that whoever names the `version` that he saw does not return by mistake what was just returned.

    Raises BusinessError: UNKNOWN_ORDER, UNKNOWN_STORE, OTHER_STORE (the goods come to a store outside `scope`), ORDER_CHANGED,
    NOTHING_TO_DELIVER, BAD_QUANTITY, NO_UNIT_CONVERSION and RETURN_EXCEEDS_SALE by line, and the problems of `place_orders` and
    `request_delivery`. Nothing has changed then.
    """
    hold_orders([order_id])
    order = order_state(order_id)
    if order is None:
        raise BusinessError(unknown_order())
    place = store or order.store
    found = order_stores([place]).get(place)
    if found and scope is not None and found.id not in scope.store_ids:
        raise BusinessError(other_store(order.number, place))
    if version is not None and version != order.version:
        raise BusinessError(order_changed(order.number, version))
    sold = reads.sold_lines(order_id)
    wanted = all_returnable(sold) if quantities is None else quantities
    if not wanted:
        raise BusinessError(Problem("NOTHING_TO_DELIVER", {"order": order.number}, variant="return"))
    lines = lines_of_return(order.number, sold, wanted, units or {}, order.decimals)
    number = next_number(order.number, reads.numbers_from(f"{order.number}-R", order.legal_entity_id))
    back = return_order(number, place, order.customer, order.currency, timezone.now(), lines[0].delivery, lines)
    taken = place_orders([IncomingOrder(back, order_digest(back))], channel, actor)
    if taken.refused:
        raise BusinessError(*taken.refused[0])
    (return_id,) = taken.new.values()
    count_change(order)
    if problems := method_problems([OrderPaymentData(1, refund_method, ZERO)], payment_methods()):
        raise BusinessError(*problems)
    parts = settled_sales([order_id])[order_id].by_method(-back.total, refund_method)
    refund = [OrderPaymentData(place, method, -amount) for place, (method, amount) in enumerate(parts, 1)]
    job, _ = request_delivery(return_id, Verb.RETURN, None, refund, user_id=user_id, actor=actor)
    return return_id, job


def lines_of_return(
    order: str, sold: Sequence[SoldLine], quantities: Mapping[int, Decimal], units: Mapping[int, str], decimals: int
) -> list[NewLine]:
    """The lines that bring `quantities` of an order back; two queries, none without `units`. Raises BusinessError for what cannot."""
    meant = units_as_known(set(units.values())) if units else {}
    units = {number: meant.get(unit, unit) for number, unit in units.items() if unit}
    items = {line.item for line in sold if line.number in units}
    conversions = conversions_between({*units.values(), *(line.unit for line in sold)}, items) if units else {}
    back, problems = goods_back(sold, quantities, units, conversions)
    if problems:
        raise BusinessError(*problems)
    return [return_line(order, line, back[line.number], decimals) for line in sold if line.number in back]
