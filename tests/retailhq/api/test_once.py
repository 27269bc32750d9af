"""Idempotency-Key: the same call under the same key is done once and answered alike; also when it arrives three times at once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.api import services, writes
from core.api.answers import Reply, refusal
from core.api.models import IdempotencyRecord
from core.api.services import run_idempotent
from core.db.bulk import execute
from core.jobs.tasks import watchdog
from core.lib.problems import Problem
from orders.api import placement, routes
from orders.models import CustomerOrder, Delivery, OrderPayment, SalesOrder
from orders.services.place_orders import place_orders
from orders.services.request_delivery import request_delivery
from tests.concurrency.parallel import Gate, ThreadGroup, somebody_waits_for_a_lock, wait_for, waiting_for_locks
from tests.retailhq.api.calling import Answer, Till, make_token, order_of, work
from tests.retailhq.api.conftest import fill
from tests.retailhq.api.counting import counts
from tests.scenarios.world import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(tmp_path: Path, db: None) -> Shop:
    """A shop of its own for each test, because some of them commit."""
    return fill(Shop(tmp_path))


def test_a_repeat_gets_the_first_answer_and_does_nothing(shop: Shop, till: Till) -> None:
    order = order_of(shop, paid="2.36")
    first = till.post("customer-orders", order, key="k-1")
    before = counts()
    again = till.post("customer-orders", order, key="k-1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Location"] == first.headers["Location"]
    assert counts() == before
    # Without the key it is the same order again, and says so.
    assert till.post("customer-orders", order).status == 200


def test_another_call_under_the_key_is_refused(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop), key="k-1")
    other = order_of(shop)
    before = counts()
    refused = till.post("customer-orders", other, key="k-1")
    assert (refused.status, refused.codes) == (422, ["IDEMPOTENCY_KEY_REUSED"])
    assert till.post("customer-orders/CO1/invoice", key="k-1").codes == ["IDEMPOTENCY_KEY_REUSED"]
    assert counts() == before
    assert Till().post("customer-orders", other, key="k-1").status == 201


def test_a_refused_call_leaves_its_key_free(shop: Shop, till: Till) -> None:
    order = order_of(shop, customer="NOBODY")
    before = counts()
    assert till.post("customer-orders", order, key="k-1").codes == ["UNKNOWN_CUSTOMER"]
    assert counts() == before
    assert till.post("customer-orders", {**order, "customer": "C1"}, key="k-1").status == 201


@pytest.mark.parametrize("key", ["", "with blank", "x" * 201, "ümlaut"])
def test_a_key_that_is_none_is_refused(shop: Shop, till: Till, key: str) -> None:
    before = counts()
    answer = till.post("customer-orders", order_of(shop), headers={"Idempotency-Key": key})
    assert (answer.status, answer.codes) == (400, ["BAD_IDEMPOTENCY_KEY"])
    assert counts() == before


def test_a_repeated_delivery_tells_how_far_the_first_one_is(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop))
    first = till.post("customer-orders/CO1/invoice", key="k-1")
    work()
    again = till.post("customer-orders/CO1/invoice?wait=1", key="k-1")
    assert (first.status, again.status, again.body["invoice"]) == (202, 200, "CO1-I1")
    assert again.body["job"]["job"] == first.body["job"]["job"]
    assert Delivery.objects.count() == 1


def test_answers_are_kept_for_some_days(shop: Shop, till: Till) -> None:
    till.post("customer-orders", order_of(shop), key="old")
    till.post("customer-orders", order_of(shop), key="new")
    IdempotencyRecord.objects.filter(key="old").update(at=timezone.now() - timedelta(days=8))
    watchdog()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["new"]


# -- at once ---------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy_shop(tmp_path: Path, transactional_db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 10)
    shop.comes_in()
    return shop


def three_times(call: Callable[[], Answer], gate: Gate) -> list[Answer]:
    """The same call from three connections: the first stands in the middle of its work while the others come."""
    with ThreadGroup() as threads:
        first = threads.start(call)
        gate.wait()
        others = [threads.start(call), threads.start(call)]
        wait_for(lambda: waiting_for_locks() == 2, "both others wait for the first")
        gate.open()
        return [first.result(), *(other.result() for other in others)]


@pytest.mark.django_db(transaction=True)
def test_three_tills_send_one_order_once(busy_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    till, order, gate = Till(), order_of(busy_shop, paid="2.36"), Gate()
    monkeypatch.setattr(placement, "place_orders", gate.around(place_orders))
    answers = three_times(lambda: till.post("customer-orders", order, key="k-1"), gate)
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert answers[0].body == answers[1].body == answers[2].body
    assert (SalesOrder.objects.count(), OrderPayment.objects.count(), IdempotencyRecord.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_three_requests_of_one_delivery_are_one_delivery_with_one_payment(busy_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    till, gate = Till(), Gate()
    till.post("customer-orders", order_of(busy_shop))
    monkeypatch.setattr(routes, "request_delivery", gate.around(request_delivery))
    paid = {"payments": [{"method": "cash", "amount": "6.36"}]}
    answers = three_times(lambda: till.post("customer-orders/CO1/pick-up", paid, key="k-1"), gate)
    assert [answer.status for answer in answers] == [202, 202, 202], answers
    assert len({answer.body["job"]["job"] for answer in answers}) == 1
    assert (Delivery.objects.count(), OrderPayment.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_a_key_the_second_request_is_refused(busy_shop: Shop) -> None:
    """The control: what the key is for."""
    till = Till()
    till.post("customer-orders", order_of(busy_shop))
    assert till.post("customer-orders/CO1/pick-up").status == 202
    assert till.post("customer-orders/CO1/pick-up").codes == ["DELIVERY_IN_PROGRESS"]


@pytest.mark.django_db(transaction=True)
def test_the_second_does_the_work_when_the_first_is_refused(busy_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    till, order, gate = Till(), order_of(busy_shop), Gate()
    genuine = placement.place
    turns = iter((True, False))

    def place(*arguments: Any) -> Reply:
        reply = genuine(*arguments)
        if next(turns):
            gate.stop_first()
            raise refusal(Problem("BUSY"))
        return reply

    monkeypatch.setattr(routes, "place", place)
    with ThreadGroup() as threads:
        first = threads.start(lambda: till.post("customer-orders", order, key="k-1"))
        gate.wait()
        second = threads.start(lambda: till.post("customer-orders", order, key="k-1"))
        wait_for(somebody_waits_for_a_lock, "the second waits for the first")
        gate.open()
        assert (first.result().status, second.result().status) == (503, 201)
    assert CustomerOrder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_is_told_so(busy_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    till, order, gate = Till(), order_of(busy_shop), Gate()
    monkeypatch.setattr(routes, "place", gate.around(placement.place))
    monkeypatch.setattr(services, "LOCK_MILLISECONDS", 50)
    with ThreadGroup() as threads:
        first = threads.start(lambda: till.post("customer-orders", order, key="k-1"))
        gate.wait()
        second = till.post("customer-orders", order, key="k-1")
        gate.open()
        assert (second.status, second.codes, second.headers["Retry-After"]) == (409, ["IDEMPOTENCY_KEY_BUSY"], "2")
        assert first.result().status == 201
    assert till.post("customer-orders", order, key="k-1").body == first.result().body


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_the_order_is_told_so(busy_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    till = Till()
    till.post("customer-orders", order_of(busy_shop))
    monkeypatch.setattr(services, "LOCK_MILLISECONDS", 50)
    with ThreadGroup() as threads, transaction.atomic():
        SalesOrder.objects.select_for_update().get()
        refused = threads.start(lambda: till.post("customer-orders/CO1/pick-up")).result()
    assert (refused.status, refused.codes) == (503, ["BUSY"])
    assert Delivery.objects.count() == 0


def test_without_the_claim_the_index_refuses_a_second_answer(db: None) -> None:
    """The control: the last guard behind the claim."""
    token, _ = make_token()
    run_idempotent(token, "k-1", "digest", lambda: Reply(200, {}))
    sql = "INSERT INTO calls_keptanswer (token_id, key, digest, status, answer) VALUES (%s, 'k-1', '', 200, 'null')"
    with pytest.raises(IntegrityError, match="answer_once_per_key"), transaction.atomic():
        execute(sql, [token.pk])


def test_what_is_done_and_its_answer_are_committed_together(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that dies before its answer is kept has done nothing."""
    before = counts()

    def dies(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(writes, "store_answer", dies)
    order = order_of(shop)
    assert till.post("customer-orders", order, key="k-1").codes == ["UNEXPECTED_ERROR_IN_CALL"]
    assert counts() == before
    monkeypatch.undo()
    assert till.post("customer-orders", order, key="k-1").status == 201
