"""What comes in after its day was posted: it joins the next statement by itself, and is listed by store and day (docs/domain.md)."""

import pytest
from django.test import Client
from django.utils import timezone

from ledger.models import FiscalPeriod
from orders.models import Store
from statements.models import PosTransaction
from tests.cases.world import PricedShop
from tests.core.access.people import make_person
from tests.oracle.commands import DONE, run
from tests.oracle.rows import LineRef
from tests.retailhq.api.calling import Till
from tests.scenarios.world import TODAY


@pytest.fixture
def sold(shop: PricedShop) -> LineRef:
    """The first sale of a day that is posted."""
    shop.sells_at_cost()
    shop.receives(10, "0.60", "A")
    sale = shop.sells(2)
    shop.posts()
    shop.must_be_posted()
    assert not late()
    return sale


def late() -> list[tuple[str, str]]:
    """Kind of document and statement of what came late, in order of arrival."""
    rows = PosTransaction.objects.exclude(day_posted_at=None).order_by("pk")
    return [(row.kind, row.statement.number if row.statement else "") for row in rows]


def comes_late(shop: PricedShop, sold: LineRef) -> None:
    """A ticket, a return of what was sold in time, and a count entered by hand."""
    shop.sells(1)
    shop.takes_back(sold, 1)
    shop.comes_in()
    shop.journal.not_followed("a count is entered by hand")
    how = ("--store", "S1", "--terminal", "T1", "--date", TODAY.isoformat(), "--method", "cash", "--amount", "4", "--reason", "late")
    assert run("count_tender", *how).status == DONE


def test_tickets_returns_and_counts_join_the_next_statement_by_themselves(shop: PricedShop, sold: LineRef) -> None:
    comes_late(shop, sold)
    assert [kind for kind, _ in late()] == ["sale", "sale", "tender_declaration"]
    shop.posts()
    shop.must_be_posted()
    (first, second) = sorted(row["statement"] for row in shop.exports("statements"))
    assert {number for _, number in late()} == {second}
    assert PosTransaction.objects.filter(statement__number=first, day_posted_at=None).count() == 1
    assert shop.shelf() == {"A": "8"}


@pytest.mark.parametrize("stock", [False, True])
def test_after_the_period_closed_they_are_posted_today_and_say_so(shop: PricedShop, sold: LineRef, client: Client, stock: bool) -> None:
    FiscalPeriod.objects.filter(starts_on__lte=TODAY).update(**{"stock_status" if stock else "status": "closed"})
    shop.parameters(statements__late_documents="current")
    comes_late(shop, sold)
    shop.posts()
    shop.must_be_posted()
    today = timezone.now().date()
    taken = PosTransaction.objects.filter(day_posted_at__isnull=False).select_related("statement")
    assert {row.statement.posting_date for row in taken if row.statement} == {today}
    client.force_login(make_person("pia", "poster"))
    page = client.get("/pos-transactions/late/").content.decode()
    assert page.count("posted on ") == 3
    rows = Till().get(f"late-documents?store=S1&business_date={TODAY}").body["rows"]
    assert {(row["statement"] is not None, row["posted_on"]) for row in rows} == {(True, today.isoformat())}
    assert sorted(row["what"] for row in rows) == ["count", "return", "ticket"]
    assert {row["days_late"] for row in rows} == {(today - TODAY).days}


def test_the_list_is_narrowed_and_exported(shop: PricedShop, sold: LineRef, client: Client) -> None:
    comes_late(shop, sold)
    client.force_login(make_person("cleo", "clerk"))
    address = "/pos-transactions/late/"

    def shown(**narrowed: str) -> list[str]:
        return [row.record.late_word for row in client.get(address, narrowed).context["table"].rows]

    assert sorted(shown()) == ["Count", "Return", "Sale"]
    assert shown(what="return") == ["Return"]
    assert shown(what="count", taken="no") == ["Count"]
    assert shown(taken="yes") == []
    assert shown(date_from=TODAY.isoformat(), date_to=TODAY.isoformat(), what="other") == []
    answer = client.post(f"{address}?what=ticket", {"do": "export", "format": "csv"})
    text = answer.getvalue().decode()
    assert "Sale" in text
    assert "Return" not in text


def test_lists_show_the_stores_that_one_sees(shop: PricedShop, sold: LineRef, client: Client) -> None:
    comes_late(shop, sold)
    assert Till(stores=["S2"]).get("late-documents").body["rows"] == []
    client.force_login(make_person("cleo", "clerk", stores=[Store.objects.get(code="S2")]))
    assert not list(client.get("/pos-transactions/late/").context["table"].rows)


def test_what_is_corrected_after_a_reversal_is_not_late(shop: PricedShop, sold: LineRef) -> None:
    """It was there in time; only what came in afterwards is late."""
    (number,) = [row["statement"] for row in shop.exports("statements")]
    shop.journal.not_followed("reversed")
    assert run("reverse", "--statement", number, "--reason", "wrong").status == DONE
    shop.sells(1)
    shop.comes_in()
    assert late() == []
