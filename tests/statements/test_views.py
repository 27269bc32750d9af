"""Pages of statements and POS transactions, asked over HTTP with the real engine behind them."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from celery import Celery
from django.contrib.messages import get_messages
from django.test import Client

from core.db import after_commit
from core.db.pagination import write_cursor
from core.jobs.models import Job
from core.jobs.services import run_job
from retailhq import celery as project
from statements.models import PosTransaction, Statement, ValidationProblem
from statements.rules.states import POST_STATES
from statements.views.detail import TABS, track_of
from tests.browser.world import Showcase, calculate_and_post, make_company, make_grocer
from tests.core.access.people import make_person
from tests.factories import (
    DAY,
    PosTransactionFactory,
    PosTransactionLineFactory,
    StatementFactory,
    StoreFactory,
    ValidationProblemFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(make_person("maria", "poster"))
    return client


@pytest.fixture
def showcase(transactional_db: None, client: Client) -> Showcase:
    showcase = make_grocer(receipts_a_day=6, days=2)
    client.force_login(showcase.poster)
    return showcase


def said(answer: Any) -> list[str]:
    """Messages that the answer leaves for the next page."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def numbers(page: Any) -> list[str]:
    """Statements on a list page, in order."""
    return [row.record.number for row in page.context["table"].rows]


# -- list ------------------------------------------------------------------------------------------------------------------------------


def test_list_is_narrowed_by_store_date_and_state(signed_in: Client) -> None:
    warehouse = WarehouseFactory.create()
    stores = [StoreFactory.create(code=code, warehouse=warehouse) for code in ("A", "B")]
    StatementFactory.create(number="A-1", store=stores[0], business_date=date(2024, 5, 1))
    StatementFactory.create(
        number="A-2", store=stores[0], business_date=date(2024, 5, 2), failed_state="Checked", error_code="PERIOD_CLOSED"
    )
    StatementFactory.create(number="B-1", store=stores[1], business_date=date(2024, 5, 2), work_state="queued")

    def found(query: str) -> set[str]:
        return set(numbers(signed_in.get(f"/statements/?{query}")))

    assert found("") == {"A-1", "A-2", "B-1"}
    assert found("store=A") == {"A-1", "A-2"}
    assert found("date_from=2024-05-02") == {"A-2", "B-1"}
    assert found("date_to=2024-05-01") == {"A-1"}
    assert found("state=failed") == {"A-2"}
    assert found("state=working") == {"B-1"}
    assert found("state=ready") == {"A-1"}
    assert found("state=posted") == set()
    assert found("state=nonsense&store=nowhere&date_from=never") == {"A-1", "A-2", "B-1"}
    assert found("number=b-") == {"B-1"}


@pytest.mark.parametrize("sort", ["number", "-number", "store", "-total", "total", "-business_date", "line_count", "-transaction_count"])
def test_pages_follow_each_other_in_every_sort(signed_in: Client, sort: str) -> None:
    store = StoreFactory.create()
    Statement.objects.bulk_create(
        StatementFactory.build(store=store, total=Decimal(number % 7), line_count=number % 5, transaction_count=number % 3)
        for number in range(120)
    )
    seen: list[str] = []
    query = f"?sort={sort}"
    pages = []
    while query:
        page = signed_in.get(f"/statements/{query}")
        seen += numbers(page)
        pages.append(numbers(page))
        later = page.context["page"].later
        query = f"?sort={sort}&after={later}" if later else ""
    assert len(seen) == len(set(seen)) == 120
    back = signed_in.get(f"/statements/?sort={sort}&before={page.context['page'].earlier}")
    assert numbers(back) == pages[-2]
    key = {"store": "number", "business_date": "number"}.get(sort.lstrip("-"), sort.lstrip("-"))
    values = [getattr(Statement.objects.get(number=number), key) for number in seen]
    assert values == sorted(values, reverse=sort.startswith("-"))


@pytest.mark.parametrize("cursor", ["nonsense", "WyJhIl0", "W251bGwsIDFd", "WyJuZXZlciIsICJ4Il0"])
def test_broken_cursor_shows_the_first_page(signed_in: Client, cursor: str) -> None:
    StatementFactory.create(number="A-1")

    assert numbers(signed_in.get(f"/statements/?after={cursor}")) == ["A-1"]
    assert numbers(signed_in.get(f"/statements/?sort=total&before={cursor}&sort=;drop")) == ["A-1"]


NASTY = ("\x00", "NaN", "1e999999", "9" * 40, -(10**40), "2024-99-99", "%", "'")


def test_a_cursor_of_another_sort_starts_from_the_first_page(signed_in: Client) -> None:
    StatementFactory.create(number="A-1")
    for cursor in (write_cursor(["total", "number"], ["1", "Z"]), write_cursor(["number"], ["Z"])[:-2], *NASTY):
        for way in ("after", "before"):
            assert numbers(signed_in.get("/statements/", {"sort": "number", way: cursor})) == ["A-1"]


@pytest.mark.parametrize("value", NASTY)
def test_no_value_breaks_a_page(signed_in: Client, value: str) -> None:
    for address, names in {
        "/statements/": ("store", "date_from", "date_to", "state", "number", "job", "sort"),
        "/pos-transactions/": ("store", "validation", "unposted", "number", "date_to", "after"),
        "/jobs/": ("show", "after", "before"),
        "/statements/stopped-note/": ("company",),
        "/inventory/default-batch-note/": ("path", "posting_default_batch_id"),
        "/statements/problem-counts/": ("company",),
        "/inventory/policies/": ("company", "part"),
        "/ledger/posting-accounts/": ("company", "part"),
        "/parameters/retail/history/": ("company", "field"),
    }.items():
        for name in names:
            assert signed_in.get(address, {name: str(value)}).status_code == 200, (address, name)
    for name in ("store", "through", "next"):
        answer = signed_in.post("/statements/calculate/", {name: str(value)})
        assert answer.status_code == 302
    assert signed_in.get("/statements/99999999999999999999999/").status_code == 404


def test_list_shows_the_company_that_one_works_in(signed_in: Client) -> None:
    for code in ("ONE", "TWO"):
        warehouse = WarehouseFactory.create(legal_entity=make_company(code, code.title()))
        StatementFactory.create(number=f"{code}-1", store=StoreFactory.create(warehouse=warehouse))

    assert numbers(signed_in.get("/statements/")) == ["ONE-1"]
    signed_in.post("/company/", {"company": "TWO", "next": "/statements/"})
    assert numbers(signed_in.get("/statements/")) == ["TWO-1"]


# -- one statement ---------------------------------------------------------------------------------------------------------------------


def test_track_marks_done_failed_working_and_waiting() -> None:
    def marks(**values: str) -> dict[str, str]:
        return {step.name: step.mark for step in track_of(Statement(**values), {})}

    assert set(marks(post_state="Posted").values()) == {"done"}
    failed = marks(post_state="Customer order created", failed_state="Customer order invoiced")
    assert [failed[state] for state in POST_STATES[:5]] == ["done", "done", "done", "failed", "waiting"]
    again = marks(post_state="Customer order created", failed_state="Customer order invoiced", work_state="queued")
    assert again["Customer order invoiced"] == "now"
    assert set(marks(post_state="").values()) == {"waiting"}


def test_statement_shows_why_it_stopped_with_a_link_to_the_setting(showcase: Showcase, client: Client) -> None:
    calculate_and_post(showcase)
    statement = showcase.statement("S406", 1)

    page = client.get(f"/statements/{statement.pk}/").content.decode()

    assert statement.failed_state == "Customer order invoiced"
    assert "Why it stopped" in page
    assert "NO_VALID_BATCH" in page
    assert "1106523" in page
    assert "<strong>0.8 kg</strong> missing" in page
    assert "/parameters/retail/?company=USMF&amp;tab=posting#id_posting_use_default_batch_id" in page


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_posted_and_of_a_failed_statement(showcase: Showcase, client: Client, tab: str) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    posted, failed = showcase.statement("S367", 0), showcase.statement("S406", 1)
    wanted = {
        "payments": ("Cash", "Cash"),
        "orders": (f"{posted.number}-0001-I1", "NEGATIVE_NOT_ALLOWED"),
        "allocations": ("First to expire", "1106523"),
        "receipts": (f"{posted.number}-0001", "Failed"),
        "vouchers": ("Customer clearing", "No vouchers yet"),
        "z": ("not entered", "not entered"),
        "proof": ("Customer clearing", "Everything that is there agrees, to the cent."),
        "events": ("Completed", "NEGATIVE_NOT_ALLOWED"),
    }
    for statement, text in zip((posted, failed), wanted[tab], strict=True):
        answer = client.get(f"/statements/{statement.pk}/?tab={tab}")
        assert text in answer.content.decode()


def test_allocations_by_source_and_paged(showcase: Showcase, client: Client) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    statement = showcase.statement("S406", 1)
    address = f"/statements/{statement.pk}/?tab=allocations"

    untouched = client.get(f"{address}&source=open").context["page"].rows
    assert len(untouched) == statement.line_count, "nothing of a failed order is allocated"
    assert {row.problem.code for row in untouched if row.problem} == {"NEGATIVE_NOT_ALLOWED"}
    posted = showcase.statement("S406", 0)
    default = client.get(f"/statements/{posted.pk}/?tab=allocations&source=untracked").context["page"].rows
    assert {row.allocations[0].source for row in default} == {"untracked"}


def test_orders_show_only_failures(showcase: Showcase, client: Client) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    posted, failed = showcase.statement("S367", 0), showcase.statement("S406", 1)

    assert not client.get(f"/statements/{posted.pk}/?tab=orders&failed=1").context["page"].rows
    assert [order.error_code for order in client.get(f"/statements/{failed.pk}/?tab=orders&failed=1").context["page"].rows] == [
        "NEGATIVE_NOT_ALLOWED"
    ]


def test_live_part_polls_only_while_in_work(signed_in: Client) -> None:
    statement = StatementFactory.create(work_state="queued", job=Job.objects.create(kind="post_statements", title="Post 1 statement"))
    address = f"/statements/{statement.pk}/live/"

    waiting = signed_in.get(address)
    assert "hx-trigger" in waiting.content.decode()
    assert "waits for the queue" in waiting.content.decode()
    assert "HX-Trigger-After-Settle" not in waiting.headers

    Statement.objects.update(work_state="")
    done = signed_in.get(address)
    assert "hx-trigger" not in done.content.decode()
    assert done.headers["HX-Trigger-After-Settle"] == "statement-changed"


# -- Post and Calculate ----------------------------------------------------------------------------------------------------------------


def calculate_in_background(client: Client, data: dict[str, str]) -> None:
    """All stores are calculated by a job; the answer leads to it."""
    address = client.post("/statements/calculate/", data)["Location"]
    assert run_job(int(address.rstrip("/").rsplit("/", 1)[1]))
    assert "every 2s" not in client.get(address).content.decode()


def test_the_whole_head_follows_when_work_ends(signed_in: Client) -> None:
    """States green and "Posted at" still blank was half the truth (C18): buttons and facts are swapped with the rest."""
    statement = StatementFactory.create(number="A-1", post_state="Posted", posted_at=datetime(2024, 5, 1, 12, tzinfo=UTC))
    page = signed_in.get(f"/statements/{statement.pk}/").content.decode()
    swapped = re.search(r'id="statement-rest"[^>]*hx-select-oob="([^"]*)"', page)
    assert swapped is not None
    for part in swapped[1].split(","):
        assert page.count(f'id="{part.removeprefix("#")}"') == 1, part
    facts = page[page.index('id="statement-facts"') :]
    assert "Posted at" in facts[: facts.index("</section>")]
    assert "2024-05-01T" in facts[: facts.index("</section>")]


def test_second_click_on_post_changes_nothing_and_says_so(showcase: Showcase, client: Client) -> None:
    calculate_in_background(client, {"store": "", "through": ""})
    statement = showcase.statement("S367", 0)

    first = client.post(f"/statements/{statement.pk}/post/")
    second = client.post(f"/statements/{statement.pk}/post/")

    assert "is asked for" in said(first)[-1]
    assert "nothing was started twice" in said(second)[-1]
    assert Job.objects.filter(kind="post_statements").count() == 1


def test_posted_statement_is_not_posted_again(showcase: Showcase, client: Client) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    statement = showcase.statement("S367", 0)

    assert said(client.post(f"/statements/{statement.pk}/post/"))[-1] == "The statement is posted."
    assert "disabled" in client.get(f"/statements/{statement.pk}/").content.decode().split('id="post-button"')[1][:60]


def test_selected_statements_are_posted_and_the_others_named(showcase: Showcase, client: Client) -> None:
    calculate_and_post(showcase, default_batch="DEF", through=0)
    ids = list(Statement.objects.values_list("pk", flat=True))

    answer = client.post("/statements/post/", {"picked": [*ids, "x", "-1", "99999999999999999999"], "next": "/statements/?state=open"})

    assert answer["Location"] == "/statements/?state=open"
    assert said(answer)[0] == "2 statements are posted already."
    assert "Post 2 statements" in said(answer)[1]
    assert said(client.post("/statements/post/", {}))[-1] == "Pick at least one statement first."


def test_problems_that_were_picked_are_validated_again_and_those_on_statements_left_alone(signed_in: Client) -> None:
    healed, kept, posted = (PosTransactionFactory.create(validation_status="error") for _ in range(3))
    PosTransaction.objects.filter(pk=posted.pk).update(statement=StatementFactory.create(store=posted.store))
    PosTransaction.objects.exclude(pk=healed.pk).update(store=healed.store)
    problems = [ValidationProblemFactory.create(transaction=row, code="OLD") for row in (healed, posted, kept)]

    asked = signed_in.post("/validation-problems/revalidate/", {"picked": [problem.pk for problem in problems[:2]] + ["x", "-1"]})
    job = Job.objects.get()
    assert asked["Location"] == f"/jobs/{job.pk}/"
    assert said(asked) == ["1 transaction is on a statement and was left alone; revalidate the statement."]
    assert str(job.title) == "Validate 1 transaction"
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result["transactions"]) == (Job.Status.DONE, 1)
    assert not ValidationProblem.objects.filter(transaction=healed, code="OLD").exists()
    assert ValidationProblem.objects.filter(code="OLD").count() == 2


def test_all_problems_that_match_are_validated_after_their_number_was_confirmed(signed_in: Client) -> None:
    for code in ("A", "A", "B"):
        ValidationProblemFactory.create(transaction=PosTransactionFactory.create(store=StoreFactory.create()), code=code)
    form = {"all": "1", "query": "code=A", "next": "/validation-problems/?code=A"}
    PosTransaction.objects.update(store=PosTransaction.objects.earliest("pk").store)
    asked = signed_in.post("/validation-problems/revalidate/", form)
    assert (asked.status_code, asked.context["number"]) == (200, 2)
    assert not Job.objects.exists()
    signed_in.post("/validation-problems/revalidate/", {**form, "confirmed": "2"})
    assert len(Job.objects.get().arguments["transactions"]) == 2
    assert said(signed_in.post("/validation-problems/revalidate/", {}))[-1] == "Pick at least one problem first."


def test_transactions_of_other_stores_are_not_validated(client: Client) -> None:
    problems = [ValidationProblemFactory.create(transaction=PosTransactionFactory.create(validation_status="error")) for _ in range(2)]
    client.force_login(make_person("cleo", "clerk", stores=[problems[0].transaction.store]))
    answer = client.post("/validation-problems/revalidate/", {"picked": [problems[1].pk]})
    assert said(answer) == ["Pick at least one problem first."]
    assert not Job.objects.exists()


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks go to a port where nobody listens, with the timeouts of the project."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    away = Celery("away", set_as_current=False)
    away.conf.update({**project.SETTINGS, "broker_url": f"redis://127.0.0.1:{port}/0"})
    monkeypatch.setattr(after_commit, "current_app", away)
    yield
    away.close()


def test_with_the_broker_away_the_job_waits_and_says_so(showcase: Showcase, client: Client, broker_away: None) -> None:
    calculate_in_background(client, {})
    statement = showcase.statement("S367", 0)

    answer = client.post(f"/statements/{statement.pk}/post/")

    assert "starts by itself when the queue is back" in said(answer)[-1]
    job = Job.objects.get(kind="post_statements")
    assert (job.status, job.dispatched_at) == ("queued", None)
    assert "waits for the queue" in client.get(f"/statements/{statement.pk}/").content.decode()
    assert "waits for the queue" in client.get(f"/jobs/{job.pk}/").content.decode()


def test_calculate_says_what_it_did(showcase: Showcase, client: Client) -> None:
    first = client.post("/statements/calculate/", {"store": "S367", "through": "2017-01-02"})
    again = client.post("/statements/calculate/", {"store": "S367", "through": "2017-01-02"})
    wrong = client.post("/statements/calculate/", {"store": "S367", "through": "2017-02-31"})
    unknown = client.post("/statements/calculate/", {"store": "NOWHERE"})

    assert said(first)[0] == "1 statement calculated; transactions put on statements: 6."
    assert "Nothing to calculate" in said(again)[-1]
    assert "is no date" in said(wrong)[-1]
    assert "NOWHERE" in said(unknown)[-1]
    assert Statement.objects.count() == 1


@pytest.mark.parametrize("address", ["/statements/1/post/", "/statements/post/", "/statements/calculate/"])
def test_who_may_only_look_may_not_post(client: Client, address: str) -> None:
    client.force_login(make_person("theo", "auditor"))

    assert client.post(address).status_code == 403
    assert client.get(address).status_code in {403, 405}


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_never_sent_to_another_site(signed_in: Client, target: str) -> None:
    assert signed_in.post("/statements/calculate/", {"store": "S1", "next": target})["Location"] == "/statements/"


# -- POS transactions ------------------------------------------------------------------------------------------------------------------


def test_receipt_shows_lines_sums_payments_and_batches(showcase: Showcase, client: Client) -> None:
    calculate_and_post(showcase, default_batch="DEF")
    sale = PosTransaction.objects.filter(statement=showcase.statement("S367", 0)).order_by("sold_at")[4]

    page = client.get(f"/pos-transactions/{sale.pk}/").content.decode()

    for text in ("Paper towels, 6 rolls", "M-1228-W367", "expires 2017-01-07", "31.73", "08:28:00", "-05:00 America/New_York"):
        assert text in page


def test_transaction_with_problems_voided_and_returned_lines(signed_in: Client) -> None:
    sale = PosTransactionFactory.create(validation_status="error", business_date=DAY)
    sold = PosTransactionLineFactory.create(transaction=sale, number=1, voided=True)
    back = PosTransactionFactory.create(store=sale.store)
    PosTransactionLineFactory.create(transaction=back, number=1, quantity=Decimal(-1), return_of=sold, item=sold.item)
    PosTransactionLineFactory.create(
        transaction=back, number=2, quantity=Decimal(-2), item=None, item_code="UNKNOWN", stock_quantity=None, unit=sold.unit
    )
    ValidationProblemFactory.create(transaction=sale, code="B05", line_number=1, params={"text": "2 pcs are not covered."})

    page = signed_in.get(f"/pos-transactions/{sale.pk}/").content.decode()
    assert "2 pcs are not covered." in page
    assert "Open Use default batch id: Administrator" in page
    assert "voided" in page
    page = signed_in.get(f"/pos-transactions/{back.pk}/").content.decode()
    assert f"return of {sale.number}" in page
    assert "return without a sale" in page
    assert "UNKNOWN" in page


def test_transactions_are_narrowed_by_validation_and_statement(signed_in: Client) -> None:
    store = StoreFactory.create(code="A")
    on = PosTransactionFactory.create(number="1", store=store, statement=StatementFactory.create(store=store))
    PosTransactionFactory.create(number="2", store=store, validation_status="error")

    def found(query: str) -> set[str]:
        return {row.record.number for row in signed_in.get(f"/pos-transactions/?{query}").context["table"].rows}

    assert found("") == {"1", "2"}
    assert found("validation=error&unposted=yes") == {"2"}
    assert found("unposted=no") == {on.number}
    assert found("number=2&store=A") == {"2"}


@pytest.mark.parametrize("address", ["/statements/7/", "/statements/7/live/", "/pos-transactions/7/", "/jobs/7/"])
def test_unknown_is_not_found(signed_in: Client, address: str) -> None:
    assert signed_in.get(address).status_code == 404
