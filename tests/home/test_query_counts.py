"""How many SQL statements each page costs: reviewed data in tests/query_counts.json, the same with 1 statement and with 50."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from parameters.models import RetailParameters
from retailhq.jobs.models import Job
from statements.models import PosTransaction, Statement
from tests.browser.world import make_people
from tests.factories import PosTransactionFactory, StatementFactory, StatementLineFactory, ValidationProblemFactory, make_posted_day

pytestmark = pytest.mark.django_db
COUNTS: dict[str, int] = json.loads((Path(__file__).parents[1] / "query_counts.json").read_text())


def make_rows(number: int) -> Statement:
    """So many statements of one store and as many of all that pages list."""
    day = make_posted_day()
    store = day.statement.store
    job = Job.objects.create(kind="post_statements", title="Post")
    Statement.objects.filter(pk=day.statement.pk).update(job=job)
    for index in range(number - 1):
        Job.objects.create(kind="post_statements", title=f"Post {index}")
        statement = StatementFactory.create(store=store, failed_state="Checked", error_code="PERIOD_CLOSED")
        StatementLineFactory.create(statement=statement)
        PosTransactionFactory.create(store=store, statement=day.statement)
        ValidationProblemFactory.create(transaction=day.sale, code=f"X{index}")
    RetailParameters.objects.create(legal_entity=day.statement.legal_entity)
    day.statement.refresh_from_db()
    return day.statement


def pages_of(statement: Statement) -> dict[str, str]:
    """Every page by its name in the file."""
    sale = PosTransaction.objects.filter(statement=statement).earliest("pk")
    detail = f"/statements/{statement.pk}/"
    tabs = {f"statement {tab}": f"{detail}?tab={tab}" for tab in ("payments", "orders", "allocations", "receipts", "vouchers", "events")}
    return {
        "start": "/",
        "statements": "/statements/",
        **tabs,
        "statement live": f"{detail}live/",
        "statement preview": f"{detail}preview/",
        "statements stopped note": "/statements/stopped-note/",
        "pos transactions": "/pos-transactions/",
        "pos transaction": f"/pos-transactions/{sale.pk}/",
        "jobs": "/jobs/",
        "job": f"/jobs/{statement.job_id}/",
        "jobs bell": "/jobs/bell/",
        "jobs latest": "/jobs/latest/",
        "search": "/search/?q=1",
        "stores to choose": "/store/",
        "parameters": "/parameters/retail/",
        "parameters history": "/parameters/retail/history/",
        "default batch note": "/inventory/default-batch-note/?path=posting&posting_default_batch_id=DEF",
        "policies": "/inventory/policies/",
        "posting accounts": "/ledger/posting-accounts/?part=gift_card",
        "problem counts": "/statements/problem-counts/",
    }


@pytest.mark.parametrize("number", [1, 50])
def test_pages_cost_what_was_reviewed(client: Client, number: int) -> None:
    client.force_login(make_people()[0])
    statement = make_rows(number)
    counts = {}
    for name, address in pages_of(statement).items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts[name] = len(captured)
    assert counts == COUNTS, json.dumps(counts, indent=2, sort_keys=True)
