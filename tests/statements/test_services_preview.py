"""The preview is what posting does, before it does it, and leaves no trace."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.lib.document_kinds import SourceKind
from inventory.rules.stock import DEFAULT_BATCH
from ledger.models import FiscalPeriod
from orders.models import BatchAllocation, OrderProblem
from statements.services.preview import PreviewedStatement, preview_posting
from tests.core.access.people import make_person
from tests.oracle.commands import run
from tests.statements.retail_chain import CREATED, DAY, INVOICED, MILK, SOAP, RetailChain, count_rows, line

D = Decimal
Row = tuple[int, int, str, Decimal, str, str]


def fill(chain: RetailChain) -> None:
    """Two stores of one warehouse and one of its own; captured batches, returns, shortages, several orders, two days."""
    chain.entity("LE2", posting_use_default_batch_id=False, posting_default_batch_id="")
    chain.store("S2", beside="S1")
    chain.store("S3", entity="LE2")
    chain.item("HONEY", negative=False)
    batch = chain.stock(5)
    chain.stock(4, "B", expires=DAY)
    chain.stock(2, "H", item="HONEY")
    chain.stock(3, "C", store="S3")
    sold = chain.sale(line(MILK, 3), line(SOAP, 2))[0]
    chain.sells(2, batch=batch, store="S2")
    chain.takes_back(sold, 1, store="S2")
    chain.sale(line(MILK, 9), line("HONEY", 3), customer="FAILS")
    chain.sells(2, "HONEY", customer="GOES ON", day=1)
    chain.takes_back(None, 1, day=1)
    chain.sells(3, store="S3")
    chain.sells(1, store="S3", day=1)


def previewed(statements: list[PreviewedStatement]) -> list[Row]:
    """All takes; the default batch, which may have no row yet, as a stand-in."""
    return sorted(
        (take.need.line_id, take.ordinal, str(take.batch_id), take.quantity, take.source.value, take.reason.value)
        for statement in statements
        for take in statement.takes
    )


def posted() -> list[Row]:
    rows = BatchAllocation.objects.filter(source_kind=SourceKind.POS_LINE).select_related("batch")
    return sorted(
        (
            row.source_id,
            row.ordinal,
            str(DEFAULT_BATCH if row.batch and row.batch.is_default_batch else row.batch_id),
            row.quantity,
            row.source,
            row.reason,
        )
        for row in rows
    )


def test_posting_does_what_the_preview_says(chain: RetailChain) -> None:
    fill(chain)
    told = preview_posting([row.pk for row in chain.calculates()], with_takes=True)
    chain.posts()
    assert previewed(told) == posted()
    assert {row.head.number: (row.failed_state, row.error_code) for row in told} == {
        number: (failed, code) for number, (_, failed, code) in chain.states().items()
    }
    failures = {(failure.line_id, failure.code, failure.missing, str(failure.message)) for row in told for failure in row.failures}
    stored = OrderProblem.objects.all()
    assert failures == {(one.source_id, one.code, one.missing_quantity, str(one.message)) for one in stored}
    assert Counter(code for _, code, _, _ in failures) == {"NO_VALID_BATCH": 1, "NEGATIVE_NOT_ALLOWED": 1}


def test_the_preview_of_what_failed_is_what_posting_it_again_does(chain: RetailChain) -> None:
    """Orders exist by now, one of them invoiced; only the other is looked at."""
    fill(chain)
    chain.posts()
    chain.stock(9, "H2", item="HONEY")
    before = posted()
    told = preview_posting([row.pk for row in chain.statements() if row.failed_state], with_takes=True)
    chain.posts()
    assert sorted(before + previewed(told)) == posted()
    assert [row.failed_state for row in told] == ["", INVOICED]


def test_a_preview_writes_nothing(chain: RetailChain) -> None:
    fill(chain)
    ids = [row.pk for row in chain.calculates()]
    rows, shelf, states = count_rows(), chain.shelf(), chain.states()
    with CaptureQueriesContext(connection) as captured:
        preview_posting(ids)
    assert (count_rows(), chain.shelf(), chain.states()) == (rows, shelf, states)
    assert not FiscalPeriod.objects.exists()
    statements = [query["sql"].lstrip().upper() for query in captured]
    assert not [sql for sql in statements if not sql.startswith(("SELECT", "WITH"))]
    assert not [sql for sql in statements if re.search(r"\b(INSERT|UPDATE|DELETE|COPY)\b", sql)]
    assert not [sql for sql in statements if "FOR NO KEY UPDATE" in sql]


def test_the_number_of_reads_does_not_depend_on_what_is_previewed(chain: RetailChain) -> None:
    fill(chain)
    ids = [row.pk for row in chain.calculates()]
    counts = []
    for chosen in (ids[:1], ids):
        with CaptureQueriesContext(connection) as captured:
            preview_posting(chosen)
        counts.append(len(captured))
    # Two reads more: what was taken by lines that are returned, and names of items that fail.
    assert counts[1] <= counts[0] + 3


def test_what_stops_before_invoicing_is_told_too(chain: RetailChain) -> None:
    chain.sells(1)
    chain.event("tender_declaration", "99.00")
    told = preview_posting([row.pk for row in chain.calculates()])
    assert [(row.failed_state, row.error_code, row.lines_by_source) for row in told] == [("Checked", "DIFFERENCE_TOO_LARGE", {})]


def test_a_period_that_was_closed_meanwhile_is_told(chain: RetailChain) -> None:
    chain.fallback(False)
    chain.sells(1)
    chain.posts()
    FiscalPeriod.objects.update(status="closed")
    chain.fallback(True)
    told = preview_posting([row.pk for row in chain.statements()])
    assert [(row.failed_state, row.error_code) for row in told] == [(INVOICED, "PERIOD_CLOSED")]
    chain.posts()
    assert list(chain.states().values()) == [(CREATED, INVOICED, "PERIOD_CLOSED")]


def test_batches_are_judged_by_the_date_that_late_sales_are_posted_on(chain: RetailChain) -> None:
    """The batch was good on the day of the sale; that day's period is closed, and today it is expired."""
    chain.set(statements_late_documents="current")
    chain.stock(5, expires=DAY)
    chain.stock(5, "STILL GOOD", expires=date(2999, 1, 1))
    chain.sells(1)
    chain.posts()
    FiscalPeriod.objects.filter(starts_on__lte=DAY).update(status="closed")
    chain.sells(2)
    told = preview_posting([row.pk for row in chain.calculates() if not row.posted_at], with_takes=True)
    before = posted()
    chain.posts()
    assert [(row.failed_state, row.error_code) for row in told] == [("", "")]
    assert sorted(before + previewed(told)) == posted()


def test_value_and_quantity_on_the_default_batch(chain: RetailChain) -> None:
    chain.item(cost="1.25")
    chain.stock(2)
    chain.sells(5)
    told = preview_posting([row.pk for row in chain.calculates()])
    assert (told[0].default_quantity, told[0].default_value, told[0].lines_by_source) == (D(3), D("3.75"), {"allocated": 1, "default": 1})


def test_nothing_to_preview(chain: RetailChain) -> None:
    assert preview_posting([]) == []


def test_what_stops_a_statement_as_a_whole_says_its_amount(chain: RetailChain, client: Client) -> None:
    """Not a code without words (C26): the page and the command say by how much the counts differ."""
    chain.stock(9)
    chain.sells(2)
    chain.event("tender_declaration", "500.00")
    statement = chain.calculates()[0]
    (told,) = preview_posting([statement.pk])
    assert (told.failed_state, told.error_code) == ("Checked", "DIFFERENCE_TOO_LARGE")
    assert told.problem is not None
    sentence = str(told.problem.message)
    assert "differ by" in sentence
    client.force_login(make_person("pia", "poster"))
    page = client.get(f"/statements/{statement.pk}/preview/").content.decode()
    assert "Counted amounts differ by" in page
    assert "is allowed; correct the tender declaration" in page
    answer = run("preview_posting", "--statement", statement.number)
    assert [row["message"] for row in answer.data["statements"]] == [sentence]


def test_batches_of_covered_lines_are_there_when_they_are_opened(chain: RetailChain, client: Client) -> None:
    """Not before: which batch a covered line takes is decided line by line."""
    chain.stock(2, "A", expires=date(2024, 6, 1))
    chain.stock(9, "B", expires=date(2024, 7, 1))
    sold = chain.sells(3)
    statement = chain.calculates()[0]
    client.force_login(make_person("pia", "poster"))
    address = f"/statements/{statement.pk}/preview/"
    closed, opened = client.get(address), client.get(f"{address}?batches=1")
    assert (closed.context["taken"], 'href="?batches=1#batches"' in closed.content.decode()) == ([], True)
    assert [(one.batch, one.quantity, source, one.reason) for one, source in opened.context["taken"]] == [
        ("A", D(2), "Chosen by policy", "FEFO"),
        ("B", D(1), "Chosen by policy", "FEFO"),
    ]
    assert "First to expire" in opened.content.decode()
    chain.posts()
    assert [take[:2] for take in chain.takes(sold)] == [("A", D(2)), ("B", D(1))]
