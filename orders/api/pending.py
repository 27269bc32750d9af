"""Orders that are submitted over HTTP and taken later (`Prefer: respond-async`)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from django.db.models import Q
from ninja import Schema

from core.api.answers import ErrorItem, Reply, item_of, nothing_kept, stored_item
from core.api.bodies import Rows
from core.api.models import Token
from core.lib.imports import Reject, Row
from core.lib.messages import decode_message
from core.lib.problems import Problem
from orders.models import CustomerOrder, PendingOrder
from orders.queries.whole_order import order_address
from orders.services.order_files import CUSTOMER_ORDERS, IncomingOrder
from orders.services.pending import SubmittedOrder, submit_orders

ADDRESS = "/api/v1/customer-orders/"
PENDING_ADDRESS = f"{ADDRESS}pending/"


class PendingOut(Schema):
    """An order that was submitted. `link` is where it is once it is taken; `errors` say why it could not be."""

    confirmation: str
    order: str
    store: str
    state: Literal["waiting", "created", "failed", "discarded"]
    held: bool
    received_at: datetime
    attempts: int
    link: str | None
    errors: list[ErrorItem]


class HandedInRow(Schema):
    """What became of one row that was submitted."""

    row: int
    key: str
    status: Literal["new", "unchanged", "refused"]
    confirmation: str | None
    errors: list[ErrorItem]


class HandedInRows(Schema):
    """What became of every row that was submitted, in its order."""

    new: int
    unchanged: int
    refused: int
    rows: list[HandedInRow]


def wants_to_wait(prefer: str) -> bool:
    """Whether the caller leaves it to us when the order is taken."""
    return "respond-async" in {part.partition(";")[0].strip().lower() for part in prefer.split(",")}


def submit_rows(token: Token, rows: Rows) -> Reply:
    """Keeps the orders that can be kept, to be taken later. Raises ApiError when none could be: then nothing has changed."""
    found = [CUSTOMER_ORDERS.read_line(line) for line in rows.lines]
    errors: dict[int, list[ErrorItem]] = {}
    places: list[int] = []
    handed: list[SubmittedOrder] = []
    for row, line in zip(found, rows.lines, strict=True):
        if isinstance(row, Reject):
            errors[row.row] = [stored_item(row.code, row.message, row=row.row, key=row.key or None)]
        elif not token.sees(row.value.order.store):
            problem = Problem("STORE_NOT_ALLOWED", {"token": token.name, "store": row.value.order.store})
            errors[row.number] = [item_of(problem, row=row.number, key=row.key)]
        else:
            places.append(row.number)
            handed.append(SubmittedOrder(line.data.decode(), row.value))
    accepted = submit_orders(handed, CustomerOrder.Channel.API, token.actor, may_override=token.may(Token.Verb.OVERRIDE_DEPOSIT))
    for position, problems in accepted.refused.items():
        number, key = places[position], handed[position].incoming.order.number
        errors[number] = [stored_item(one.code, one.message, row=number, key=key) for one in problems]
    if len(errors) == len(found):
        raise nothing_kept(errors, many=rows.many)
    if rows.many:
        new = {places[position]: confirmation for position, confirmation in accepted.new.items()}
        repeated = {places[position]: confirmation for position, confirmation in accepted.unchanged.items()}
        return Reply(202, submission_payload(found, new, repeated, errors).model_dump(mode="json"))
    ((_, confirmation),) = (*accepted.new.items(), *accepted.unchanged.items())
    return Reply(202, pending_out(PendingOrder.objects.get(confirmation=confirmation)), PENDING_ADDRESS + confirmation)


def submission_payload(
    found: Sequence[Row[IncomingOrder] | Reject], new: Mapping[int, str], repeated: Mapping[int, str], errors: dict[int, list[ErrorItem]]
) -> HandedInRows:
    """What became of each row; `new` and `repeated` are confirmation numbers by number of the row."""
    answers: list[HandedInRow] = []
    for number, row in enumerate(found, 1):
        status: Literal["new", "unchanged", "refused"] = "refused" if number in errors else "new" if number in new else "unchanged"
        confirmation = None if number in errors else new.get(number) or repeated[number]
        answers.append(HandedInRow(row=number, key=row.key, status=status, confirmation=confirmation, errors=errors.get(number, [])))
    counts = Counter(answer.status for answer in answers)
    return HandedInRows(new=counts["new"], unchanged=counts["unchanged"], refused=counts["refused"], rows=answers)


def pending_seen(confirmation: str, stores: Q) -> PendingOrder | None:
    """The order that was submitted under the number, if it is of one of the stores."""
    return PendingOrder.objects.filter(stores, confirmation=confirmation).select_related("store").first()


def pending_out(row: PendingOrder) -> dict[str, object]:
    """How far it is, as JSON."""
    failed = row.state == PendingOrder.State.FAILED
    errors = [stored_item(one["code"], decode_message(one["text"]), line=one["line"]) for one in row.problems] if failed else []
    link = ADDRESS + order_address(row.order_id) if row.order_id else None
    values = {name: getattr(row, name) for name in ("confirmation", "state", "held", "received_at", "attempts")}
    return PendingOut(**values, order=row.number, store=row.store.code, link=link, errors=errors).model_dump(mode="json")
