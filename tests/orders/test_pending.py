"""Orders that are submitted now and taken later: nothing twice, nothing lost, every failure mended or put aside with a reason."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.jobs.models import Job
from core.jobs.recurrence_kinds import RECURRING
from core.jobs.services import run_job
from core.lib.problems import BusinessError, Problem
from orders.models import CustomerOrder, PendingOrder, PendingOrderEvent, Reservation, SalesOrder
from orders.rules.pending import edited, fields_of, parsed
from orders.services import pending as service
from orders.services.background import SYNCHRONIZE, request_synchronization
from orders.services.order_files import IncomingOrder
from orders.services.pending import (
    SubmitResult,
    SubmittedOrder,
    discard_pending,
    edit_pending,
    hold_pending,
    read,
    release_pending,
    retry_pending,
    submit_orders,
    synchronize_orders,
)
from orders.services.place_orders import place_orders
from tests.oracle.building import line
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db
API = CustomerOrder.Channel.API


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    shop.comes_in()
    return shop


def sent(shop: Shop, *lines: Any, change: dict[str, Any] | None = None, **how: Any) -> SubmittedOrder:
    """An order as a till sends it; `change` replaces values of it."""
    shop.is_ordered(*(lines or (milk(4),)), **how)
    content = json.dumps({**shop.orders.pop(), **(change or {})})
    incoming = read(content)
    assert isinstance(incoming, IncomingOrder), incoming
    return SubmittedOrder(content, incoming)


def hands_in(*orders: SubmittedOrder) -> SubmitResult:
    return submit_orders(orders, API, "token:till")


def pending(number: str = "CO1") -> PendingOrder:
    return PendingOrder.objects.exclude(state="discarded").get(number=number)


def history(number: str = "CO1") -> list[str]:
    return list(PendingOrderEvent.objects.filter(pending__number=number).order_by("pk").values_list("what", flat=True))


def failed(shop: Shop) -> PendingOrder:
    """One whose item nobody knows."""
    hands_in(sent(shop, line("CREAM", 4)))
    assert synchronize_orders("clock").failed == 1
    return pending()


def test_an_order_waits_under_its_confirmation_number_and_is_made_later(shop: Shop) -> None:
    accepted = hands_in(sent(shop, paid="2.00"))
    row = pending()
    assert accepted.new == {0: row.confirmation}
    assert (row.state, row.received_by, SalesOrder.objects.exists(), Reservation.objects.exists()) == (
        "waiting",
        "token:till",
        False,
        False,
    )

    found = synchronize_orders("clock")

    assert (found.created, found.linked, found.failed) == (1, 0, 0)
    row.refresh_from_db()
    order = CustomerOrder.objects.get()
    assert (row.state, row.order_id, row.attempts) == ("created", order.pk, 1)
    assert (order.channel, order.order.number, order.order.payments.get().amount) == ("api", "CO1", Decimal(2))
    assert Reservation.objects.get().quantity == 4
    assert history() == ["handed_in", "created"]
    assert synchronize_orders("clock").total == 0
    shop.must_be_sound()


def test_handed_in_twice_is_once(shop: Shop) -> None:
    order = sent(shop)
    first = hands_in(order, order)
    again = hands_in(order)
    assert (again.new, again.unchanged) == ({}, first.new)
    synchronize_orders("clock")
    assert hands_in(order).unchanged == first.new
    assert (PendingOrder.objects.count(), SalesOrder.objects.count()) == (1, 1)


def test_other_content_under_the_same_number_is_refused(shop: Shop) -> None:
    first, other = sent(shop, number="X"), sent(shop, milk(5), number="X")
    both = hands_in(first, other)
    assert (list(both.new), both.refused[1][0].code) == ([0], "CONFLICT")
    assert hands_in(other).refused[0][0].code == "CONFLICT"
    synchronize_orders("clock")
    assert hands_in(other).refused[0][0].code == "CONFLICT"
    assert PendingOrder.objects.count() == 1


def test_an_unknown_store_is_refused_and_the_others_are_kept(shop: Shop) -> None:
    accepted = hands_in(sent(shop, store="NOWHERE"), sent(shop))
    assert accepted.refused[0][0].code == "UNKNOWN_STORE"
    assert list(accepted.new) == [1]


def test_an_order_that_came_in_by_itself_meanwhile_is_linked_or_in_conflict(shop: Shop) -> None:
    same, mine, other = sent(shop, number="SAME"), sent(shop, number="OTHER"), sent(shop, milk(1), number="OTHER")
    hands_in(same, mine)
    taken = place_orders([same.incoming, other.incoming], API, "token:till")
    found = synchronize_orders("clock")
    assert (found.created, found.linked, found.failed) == (0, 1, 1)
    assert pending("SAME").order_id == taken.new[0]
    assert (pending("OTHER").state, pending("OTHER").error_code) == ("failed", "CONFLICT")
    assert (history("SAME")[-1], history("OTHER")[-1]) == ("linked", "failed")
    assert SalesOrder.objects.count() == 2


def test_a_failed_one_keeps_its_problem_and_its_neighbours_go_through(shop: Shop) -> None:
    hands_in(sent(shop, line("CREAM", 4)), sent(shop), sent(shop, customer="NOBODY"))
    found = synchronize_orders("clock")
    assert (found.created, found.failed) == (1, 2)
    assert [pending(number).error_code for number in ("CO1", "CO2", "CO3")] == ["UNKNOWN_ITEM", "", "UNKNOWN_CUSTOMER"]
    assert pending().problems[0]["line"] == 1
    # Not tried again by itself.
    assert synchronize_orders("clock").total == 0


def test_once_the_cause_is_mended_it_is_tried_again(shop: Shop) -> None:
    row = failed(shop)
    shop.sells_item("CREAM")
    shop.comes_in()
    assert retry_pending([row.pk], "olga") == [row.pk]
    assert retry_pending([row.pk], "olga") == []
    assert synchronize_orders("olga").created == 1
    row.refresh_from_db()
    assert (row.state, row.error_code, row.attempts) == ("created", "", 2)
    assert history() == ["handed_in", "failed", "retried", "created"]


def test_an_edit_is_written_down_value_by_value_and_the_order_waits_again(shop: Shop) -> None:
    row = failed(shop)
    changed = edit_pending(row.pk, row.version, {"lines[0].item": "MILK", "customer": "", "lines[9].item": "x", "order": "Y"}, "olga")
    assert changed == 2
    event = PendingOrderEvent.objects.get(what="edited")
    assert (event.actor, event.data["changes"]) == (
        "olga",
        [{"field": "customer", "from": "C1", "to": ""}, {"field": "lines[0].item", "from": "CREAM", "to": "MILK"}],
    )
    row.refresh_from_db()
    assert row.state == "waiting"
    assert synchronize_orders("clock").created == 1
    assert SalesOrder.objects.get().number == "CO1"


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"lines[0].quantity": "four"}, "BAD_NUMBER", "lines[0].quantity"),
        ({"lines[0].quantity": "NaN"}, "BAD_NUMBER", "lines[0].quantity"),
        ({"lines[0].price": "1" * 40}, "TOO_LARGE", "lines[0].price"),
        ({"total": ""}, "MISSING_FIELD", "total"),
        ({"ordered_at": "yesterday"}, "BAD_DATE", "ordered_at"),
        ({"delivery": "by pigeon"}, "BAD_VALUE", "delivery"),
        ({"customer": "a\x07b"}, "BAD_TEXT", "customer"),
        ({}, "NOTHING_CHANGED", ""),
        ({"customer": "C1"}, "NOTHING_CHANGED", ""),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field_and_nothing_is_changed(
    shop: Shop, wanted: dict[str, str], code: str, field: str
) -> None:
    row = failed(shop)
    with pytest.raises(BusinessError) as refused:
        edit_pending(row.pk, row.version, wanted, "olga")
    (problem,) = refused.value.problems
    assert problem.code == code, problem
    assert (problem.field if problem.field in dict(fields_of(parsed(row.content))) else "") == field, problem
    before = (row.content, row.version, row.state)
    row.refresh_from_db()
    assert (row.content, row.version, row.state) == before
    assert "edited" not in history()


def test_an_edit_of_an_older_version_or_of_a_done_one_is_refused(shop: Shop) -> None:
    row = failed(shop)
    edit_pending(row.pk, row.version, {"lines[0].item": "MILK"}, "olga")
    with pytest.raises(BusinessError, match="PENDING_ORDER_CHANGED"):
        edit_pending(row.pk, row.version, {"lines[0].item": "MUD"}, "maria")
    synchronize_orders("clock")
    with pytest.raises(BusinessError, match="PENDING_ORDER_DONE"):
        edit_pending(row.pk, row.version + 2, {"lines[0].item": "MUD"}, "maria")
    with pytest.raises(BusinessError, match="PENDING_ORDER_DONE"):
        discard_pending(row.pk, "too late", "maria")


def test_a_held_one_is_passed_over_until_it_is_released(shop: Shop) -> None:
    hands_in(sent(shop))
    row = pending()
    assert hold_pending([row.pk], "olga") == [row.pk]
    assert hold_pending([row.pk], "olga") == []
    assert synchronize_orders("clock").total == 0
    assert release_pending([row.pk], "olga") == [row.pk]
    assert synchronize_orders("clock").created == 1
    assert hold_pending([row.pk], "olga") == []
    assert history() == ["handed_in", "held", "released", "created"]


def test_a_discarded_one_keeps_its_content_and_its_reason_and_may_be_handed_in_anew(shop: Shop) -> None:
    row = failed(shop)
    for reason in ("", "  \0 "):
        with pytest.raises(BusinessError, match="REASON_MISSING"):
            discard_pending(row.pk, reason, "olga")
    discard_pending(row.pk, "The customer  went home", "olga")
    row.refresh_from_db()
    assert (row.state, "CREAM" in row.content) == ("discarded", True)
    assert PendingOrderEvent.objects.get(what="discarded").data == {"reason": "The customer went home"}
    assert retry_pending([row.pk], "olga") == []
    assert list(hands_in(sent(shop, number="CO1")).new) == [0]
    assert synchronize_orders("clock").created == 1


def test_a_repeat_of_what_was_sent_is_known_after_an_edit(shop: Shop) -> None:
    order = sent(shop, line("CREAM", 4))
    first = hands_in(order)
    synchronize_orders("clock")
    row = pending()
    edit_pending(row.pk, row.version, {"lines[0].item": "MILK"}, "olga")
    assert hands_in(order).unchanged == first.new


def test_one_that_breaks_our_code_is_marked_and_its_neighbours_go_through(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = service.read

    def breaks(content: str) -> IncomingOrder | Problem:
        if "CO2" in content:
            raise RuntimeError("a mistake of ours")
        return genuine(content)

    hands_in(*(sent(shop, milk(1)) for _ in range(5)))
    monkeypatch.setattr(service, "read", breaks)
    found = synchronize_orders("clock")
    assert (found.created, found.failed) == (4, 1)
    assert (pending("CO2").error_code, str(pending("CO2").error_text)) == (
        "UNEXPECTED_ERROR",
        "The pending order CO2 cannot be taken (RuntimeError: a mistake of ours).",
    )


def test_the_override_of_a_deposit_is_the_right_of_who_handed_it_in(shop: Shop) -> None:
    shop.parameters(**{"customer_orders.default_deposit_percent": "50"})
    shop.comes_in()
    may, may_not = sent(shop), sent(shop)
    submit_orders([may], API, "token:boss", may_override=True)
    hands_in(may_not)
    found = synchronize_orders("clock")
    assert (found.created, found.failed) == (1, 1)
    assert CustomerOrder.objects.get().deposit_overridden_by == "token:boss"


def test_the_job_says_what_it_made_and_fails_when_something_could_not_be_taken(shop: Shop) -> None:
    ada = User.objects.create_user("ada")
    hands_in(sent(shop), sent(shop, line("CREAM", 4)))
    job = request_synchronization(None, "Synchronize", ada)
    run_job(job.pk)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result) == (Job.Status.FAILED, {"created": 1, "linked": 0, "failed": 1})
    assert SYNCHRONIZE in RECURRING


def test_the_number_of_statements_does_not_depend_on_the_orders(shop: Shop) -> None:
    counts = []
    for number in (1, 20):
        orders = [sent(shop, milk(1), delivery="ship") for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            hands_in(*orders)
            synchronize_orders("clock")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_history_is_only_added_to(shop: Shop) -> None:
    hands_in(sent(shop))
    with pytest.raises(DatabaseError, match="what happened stays written down"), transaction.atomic():
        PendingOrderEvent.objects.update(actor="x")


def test_edits_keep_numbers_and_take_lines_out(shop: Shop) -> None:
    content = '{"net": 1.10, "lines": [{"number": 1, "quantity": 2, "voided": false}], "payments": []}'
    found, changes = edited(content, {"net": "1.10", "lines[0].quantity": "3", "lines[0].voided": "true"})
    assert json.loads(found) == {"net": "1.10", "lines": [{"number": 1, "quantity": "3", "voided": True}], "payments": []}
    assert [tuple(change) for change in changes] == [("lines[0].quantity", "2", "3"), ("lines[0].voided", "", "true")]
