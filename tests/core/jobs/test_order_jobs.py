"""Deliveries asked for while the broker is away or has lost its memory: kept, seen as waiting, sent and invoiced by themselves later."""

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from core.db.bulk import execute
from core.jobs.models import Job
from core.jobs.queries.pages import job_view
from core.jobs.services.recurrences import Timing, save_recurrence, start_recurrence
from core.jobs.tasks import watchdog
from orders.models import Delivery
from orders.services.delivery_queue import rescue_interrupted
from orders.tasks import post_deliveries
from retailhq.embedded.supervise import Crew
from tests.concurrency.parallel import wait_for
from tests.core.access.people import make_person
from tests.core.jobs.conftest import Queue
from tests.core.jobs.test_posting_jobs import broker_at, dead_address
from tests.oracle.building import line
from tests.oracle.commands import run
from tests.scenarios.world import Shop, milk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(tmp_path: Path, transactional_db: None) -> Shop:
    shop = Shop(tmp_path)
    shop.sells_item()
    shop.has("A", 9)
    return shop


def invoices(shop: Shop) -> list[str]:
    return [row["invoice"] for row in shop.exports("invoices")]


def test_invoicing_that_is_asked_for_without_a_broker_waits_and_is_sent_later(
    shop: Shop, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.is_ordered(milk(4))
    shop.comes_in()
    with broker_at(dead_address(), monkeypatch):
        answer = run("invoice_orders")
        assert (answer.status, answer.data["orders"], answer.data["status"]) == (0, 1, "queued")
        assert rescue_interrupted()["dispatched"] == 0
    job = Job.objects.get()
    assert job.dispatched_at is None
    assert job_view(job, timezone.now()).waits_for_queue
    assert Delivery.objects.get().work_state == "queued"
    assert len(queue) == 0
    assert rescue_interrupted()["dispatched"] == 1
    assert len(queue) == 1
    assert rescue_interrupted()["dispatched"] == 0
    post_deliveries(job.pk, [Delivery.objects.get().warehouse_id])
    job.refresh_from_db()
    assert (job.status, job.result) == ("done", {"invoiced": 1, "failed": 0})
    assert invoices(shop) == ["CO1-I1"]


def test_an_order_with_goods_taken_along_is_taken_without_a_broker(shop: Shop, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    with broker_at(dead_address(), monkeypatch):
        shop.is_ordered(milk(2), delivery="carry_out", paid="3.18")
        shop.comes_in()
    assert (Delivery.objects.get().work_state, len(queue)) == ("queued", 0)
    watchdog()
    assert len(queue) == 1
    post_deliveries(Job.objects.get().pk, [Delivery.objects.get().warehouse_id])
    assert invoices(shop) == ["CO1-I1"]
    shop.must_be_sound()


def test_what_a_broker_has_forgotten_is_sent_again(shop: Shop, queue: Queue) -> None:
    shop.is_ordered(milk(4))
    shop.comes_in()
    assert run("invoice_orders").data["orders"] == 1
    assert len(queue) == 1
    queue.empty()
    assert rescue_interrupted()["dispatched"] == 0, "somebody may still be on the way to it"
    execute("UPDATE jobs_job SET dispatched_at = now() - interval '1 minute'")
    assert rescue_interrupted()["dispatched"] == 1
    assert len(queue) == 1


def test_a_real_worker_invoices_what_was_asked_for_while_the_broker_was_away(
    shop: Shop, queue: Queue, start_worker: Callable[..., Crew], monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in ("S1", "S2"):
        shop.has("A", 9, warehouse=f"W{store[1]}")
        shop.is_ordered(milk(4), store=store)
    shop.comes_in()
    with broker_at(dead_address(), monkeypatch):
        assert run("invoice_orders").data["orders"] == 2
    crew = start_worker(concurrency=2)
    assert rescue_interrupted()["dispatched"] == 1
    job = Job.objects.get()
    wait_for(lambda: crew.look_after() and Job.objects.get().finished_at is not None, "the worker invoices", 90.0)
    job.refresh_from_db()
    assert (job.status, job.done, job.total) == ("done", job.total, 4)
    assert invoices(shop) == ["CO1-I1", "CO2-I1"]
    shop.must_be_sound()


# -- by the clock, and seen ------------------------------------------------------------------------------------------------


def test_a_recurrence_invoices_what_is_open_and_its_job_leads_to_the_orders(shop: Shop, queue: Queue, client: Client) -> None:
    shop.sells_item("EGGS")
    shop.is_ordered(milk(4))
    shop.is_ordered(line("EGGS", 1))
    shop.comes_in()
    ada = make_person("ada", "administrator")
    recurrence = save_recurrence(None, "invoice_orders", "Every evening", Timing(at=time(22, 0), zone="UTC"), ada)
    job = start_recurrence(recurrence.pk)
    assert job is not None
    assert (job.kind, str(job.title), job.requested_by and job.requested_by.username) == (
        "invoice_orders",
        "Invoice 2 customer orders",
        "system",
    )
    assert len(queue) == 1
    post_deliveries(job.pk, [Delivery.objects.all()[0].warehouse_id])
    job.refresh_from_db()
    assert (job.status, job.result) == ("failed", {"invoiced": 1, "failed": 1})

    client.force_login(ada)
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert f'href="/orders/?job={job.pk}"' in page
    assert f'href="/orders/?job={job.pk}&amp;state=failed"' in page
    orders = client.get(f"/orders/?job={job.pk}").content.decode()
    assert "CO1" in orders
    assert "CO2" in orders
    failed = client.get(f"/orders/?job={job.pk}&state=failed").content.decode()
    assert "CO2" in failed
    assert "CO1" not in failed
    assert "CO2" not in client.get(f"/orders/?job={job.pk + 1}").content.decode()

    shop.has("E", 1, item="EGGS")
    shop.comes_in()
    again = start_recurrence(recurrence.pk)
    assert again is not None
    post_deliveries(again.pk, [Delivery.objects.all()[0].warehouse_id])
    assert invoices(shop) == ["CO1-I1", "CO2-I1"]
    nothing = start_recurrence(recurrence.pk)
    assert nothing is not None
    assert (nothing.pk != again.pk, Job.objects.get(pk=nothing.pk).status) == (True, "done")
