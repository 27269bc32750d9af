"""Orders that come in over HTTP."""

from collections import Counter
from collections.abc import Collection

from core.api.answers import ErrorItem, Reply, item_of, nothing_kept, stored_item
from core.api.bodies import Rows
from core.api.models import Token
from core.api.writes import note_job
from core.lib.imports import Reject, Row
from core.lib.problems import Problem
from orders.api.answers import DeliveryOutcome, RowOut, RowsOut, order_out
from orders.models import CustomerOrder, Delivery
from orders.queries.whole_order import order_address
from orders.services.order_files import CUSTOMER_ORDERS, IncomingOrder
from orders.services.place_orders import PlaceResult, place_orders

ADDRESS = "/api/v1/customer-orders/"


def place(token: Token, rows: Rows) -> Reply:
    """Takes the orders that can be taken. Raises ApiError when none could be: then nothing has changed."""
    found = [CUSTOMER_ORDERS.read_line(line) for line in rows.lines]
    errors: dict[int, list[ErrorItem]] = {}
    readable: list[Row[IncomingOrder]] = []  # Their positions are those of `place_orders`.
    for row in found:
        if isinstance(row, Reject):
            errors[row.row] = [stored_item(row.code, row.message, row=row.row, key=row.key or None)]
        elif not token.sees(row.value.order.store):
            problem = Problem("STORE_NOT_ALLOWED", {"token": token.name, "store": row.value.order.store})
            errors[row.number] = [item_of(problem, row=row.number, key=row.key)]
        else:
            readable.append(row)
    taken = place_orders(
        [row.value for row in readable], CustomerOrder.Channel.API, token.actor, may_override=token.may(Token.Verb.OVERRIDE_DEPOSIT)
    )
    for position, problems in taken.refused.items():
        row = readable[position]
        errors[row.number] = [stored_item(one.code, one.message, row=row.number, key=row.key, line=one.line) for one in problems]
    if len(errors) == len(found):
        raise nothing_kept(errors, many=rows.many)
    note_jobs(token, taken)
    if not rows.many:
        return one_order(taken)
    new = {readable[position].number for position in taken.new}
    return Reply(200, placement_payload(found, new, errors).model_dump(mode="json"))


def one_order(taken: PlaceResult) -> Reply:
    """The only order, which was placed or was there already."""
    ((_, order_id),) = (*taken.new.items(), *taken.unchanged.items())
    return Reply(201 if taken.new else 200, order_out(order_id), ADDRESS + order_address(order_id))


def placement_payload(found: list[Row[IncomingOrder] | Reject], new: Collection[int], errors: dict[int, list[ErrorItem]]) -> RowsOut:
    """What became of each row; `new` are the numbers of rows whose orders were placed."""
    answers: list[RowOut] = []
    for number, row in enumerate(found, 1):
        status: DeliveryOutcome = "refused" if number in errors else "new" if number in new else "unchanged"
        answers.append(RowOut(row=number, key=row.key, status=status, errors=errors.get(number, [])))
    counts = Counter(answer.status for answer in answers)
    return RowsOut(new=counts["new"], unchanged=counts["unchanged"], refused=counts["refused"], rows=answers)


def note_jobs(token: Token, taken: PlaceResult) -> None:
    """What was carried out is invoiced by jobs that the token may look at."""
    jobs = Delivery.objects.filter(order__in=taken.new.values(), job__isnull=False).values_list("job", flat=True).distinct()
    for job_id in jobs:
        note_job(token.pk, job_id)
