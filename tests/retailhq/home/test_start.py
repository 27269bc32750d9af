"""Home (Store financials): figures, charts and recent work, within the company, the stores and the rights of the person."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.access.models import AuditEntry
from core.access.writes import record_audit
from core.jobs.models import Job, Recurrence
from core.jobs.services.recurrences import Timing, save_recurrence
from core.lib.messages import Message
from retailhq.home import queries
from retailhq.home.charts import bars, rows
from tests.core.access.people import make_person
from tests.factories import (
    BatchDebtFactory,
    PosTransactionFactory,
    StatementFactory,
    StoreFactory,
    ValidationProblemFactory,
    make_posted_day,
)

pytestmark = pytest.mark.django_db


def test_tiles_count_what_needs_attention(client: Client) -> None:
    person = make_person("maria", "clerk")
    client.force_login(person)
    day = make_posted_day()
    store = StoreFactory.create(warehouse=day.statement.warehouse)
    StatementFactory.create(store=store, failed_state="Checked", error_code="PERIOD_CLOSED", total=Decimal("1234.5"))
    StatementFactory.create(store=store)
    StatementFactory.create(store=store, work_state="queued")
    StatementFactory.create(store=store, error_code="NO_VALID_BATCH", transaction_count=7)
    PosTransactionFactory.create(store=store, validation_status="error")
    StatementFactory.create(failed_state="Checked")  # another company's
    BatchDebtFactory.create(warehouse=day.statement.warehouse, quantity=Decimal("2.5"), unit_cost=Decimal("4"))
    now = timezone.now()
    Job.objects.create(kind="k", title="t", requested_by=person)
    Job.objects.create(kind="k", title="t", requested_by=person, status="failed", finished_at=now)
    Job.objects.create(kind="k", title="t", requested_by=person, status="failed", finished_at=now - timedelta(days=8))

    page = client.get("/")
    home = page.context["home"]
    figures = home.figures

    assert (figures.failed_statements, figures.open_statements, figures.working_statements, figures.ready_statements) == (1, 4, 1, 2)
    assert (figures.transactions_in_error, figures.held_transactions) == (1, 7)
    assert (figures.running_jobs, figures.failed_jobs) == (1, 1)
    assert (home.debt.lines, home.debt.value) == (2, Decimal("10.00"))
    assert "1,234.50" in page.content.decode()
    assert home.failed_recurrences is None, "clerks keep no recurrences"


def test_tiles_lead_to_what_they_count(client: Client) -> None:
    """Each address is one that the page links, and its list holds the rows behind the figure, no others."""
    person = make_person("maria", "administrator")
    client.force_login(person)
    day = make_posted_day()
    store = StoreFactory.create(warehouse=day.statement.warehouse)
    failed = StatementFactory.create(store=store, failed_state="Checked", error_code="PERIOD_CLOSED")
    held = StatementFactory.create(store=store, error_code="NO_VALID_BATCH", transaction_count=7)
    wrong = PosTransactionFactory.create(store=store, validation_status="error")
    problem = ValidationProblemFactory.create(transaction=wrong, code="H14")
    ValidationProblemFactory.create(transaction=day.sale, code="H14")
    now = timezone.now()
    Job.objects.create(kind="k", title="t", requested_by=person)
    broken = Job.objects.create(kind="k", title="t", requested_by=person, status="failed", finished_at=now)
    recurrence = save_recurrence(None, "remove_expired_files", "Files that expired", Timing(minutes=15), person)
    Recurrence.objects.update(last_job=broken)

    page = client.get("/")
    links = re.findall(r'<a class="tile[^"]*" href="([^"]+)"', page.content.decode())
    found = {tile.split("?")[0] + tile.partition("?")[2][:12]: client.get(tile.replace("&amp;", "&")) for tile in links}
    rows = {key: [row.pk for row in answer.context["page"].rows] for key, answer in found.items() if "page" in answer.context}

    assert rows["/statements/state=failed"] == [failed.pk]
    assert rows["/statements/state=held"] == [held.pk]
    assert rows["/validation-problems/severity=err"] == [problem.pk]
    assert rows["/jobs/show=failed&"] == [broken.pk]
    assert broken.pk not in rows["/jobs/show=open"]
    assert [row.row.pk for row in page.context["home"].failed_recurrences] == [recurrence.pk]
    assert "/jobs/recurrences/" in links


def test_the_chosen_store_narrows_the_figures(client: Client) -> None:
    client.force_login(make_person("maria", "clerk"))
    day = make_posted_day()
    store = StoreFactory.create(warehouse=day.statement.warehouse)
    StatementFactory.create(store=store)

    assert client.get("/").context["home"].figures.open_statements == 1
    client.post("/store/", {"store": day.statement.store.code})
    assert client.get("/").context["home"].figures.open_statements == 0
    client.post("/store/", {"store": "there is no such store"})
    assert client.get("/").context["home"].figures.open_statements == 1


def test_charts_follow_the_days_and_weeks(client: Client) -> None:
    client.force_login(make_person("maria", "clerk"))
    day = make_posted_day()
    at = day.statement.business_date - timedelta(days=21)
    first = at - timedelta(days=at.weekday())
    for number in range(10):
        StatementFactory.create(
            store=day.statement.store, business_date=first + timedelta(days=number), ordinal=9, line_count=10,
            post_state="Posted", posted_at=timezone.now(),
        )  # fmt: skip
    for _ in range(7):
        BatchDebtFactory.create(warehouse=day.statement.warehouse, business_date=first)
    StatementFactory.create(store=StoreFactory.create(), business_date=first, line_count=999, post_state="Posted", posted_at=timezone.now())

    page = client.get("/")
    charts = {chart.key: chart for chart in page.context["home"].charts}
    days = {row.day: row for row in queries.days_of(page.context["home"].scope)}
    weeks = {week.first: week for week in queries.weeks_of(list(days.values()))}

    assert days[first].on_default == 7
    assert days[first + timedelta(days=9)].lines == 10
    assert weeks[first].share == Decimal("10.00")
    row = next(row for row in charts["lines"].rows if row.value == "10")
    assert f"date_from={first + timedelta(days=9)}" in row.url


def test_pictures_carry_nothing_that_the_policy_forbids() -> None:
    for picture in (bars(["<b>", "2"], [1, None]), rows(["a", "b"], [Decimal("1.5"), 2]), bars([], [])):
        assert not re.search(r"<style|<script|style=|onload|<b>|\sid=", picture)
        assert 'aria-hidden="true"' in picture


def test_recent_work_is_ones_own(client: Client) -> None:
    person = make_person("maria", "clerk")
    client.force_login(person)
    day = make_posted_day()
    job = Job.objects.create(kind="post_statements", title="Post 1 statement", requested_by=person)
    record_audit(AuditEntry.Action.POST, "maria", Message("Post 1 statement"), {"job": job.pk, "statements": [day.statement.pk, 999]})
    record_audit(AuditEntry.Action.CALCULATE, "theo", "S1", {"statements": 3})

    actions = client.get("/").context["home"].actions
    assert [(str(action.subject), action.job, action.statements) for action in actions] == [
        ("Post 1 statement", job.pk, [(day.statement.pk, day.statement.number)])
    ]


def test_somebody_without_rights_sees_no_figures_of_statements(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody"))
    make_posted_day()

    page = client.get("/").content.decode()
    assert "Failed postings" not in page


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (queries._OPEN, "statement_open"),
        (queries._ERRORS, "pos_transaction_"),
        (queries._DEBT, "batch_debt_open"),
        (queries._LINES, "statement_once_per_day"),
        (queries._ON_DEFAULT, "batch_debt_day"),
    ],
)
def test_figures_are_index_backed(sql: str, index: str) -> None:
    """The index made for a figure can answer it; indexes of other readers are out of the way, as tiny tables make all of them equal."""
    values: Any = {"stores": [1], "warehouses": [1], "days": 83, "first": date(2017, 1, 2), "last": date(2017, 3, 26)}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT r.indexrelid::regclass::text FROM pg_index i JOIN pg_index r ON r.indrelid = i.indrelid
            WHERE i.indexrelid::regclass::text LIKE %s AND r.indexrelid::regclass::text NOT LIKE %s
                AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = r.indexrelid)
            """,
            [f"{index}%", f"{index}%"],
        )
        for (rival,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {rival}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan, plan
