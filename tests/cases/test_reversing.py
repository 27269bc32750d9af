"""What was posted is taken back exactly: same batches, same cost, same accounts, debts as they were; and once (architecture 7.2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.db.history import record_history
from core.lib.problems import BusinessError
from ledger.models import FiscalPeriod, MainAccount, PostingProfile, Reversal
from orders.models import CustomerTransaction
from statements.models import PosTransaction, Statement
from statements.queries.versions import versions_of
from statements.rules.corrections import Correction
from statements.services.reversals import reverse_and_correct, reverse_statement
from tests.cases.books import balances
from tests.cases.test_correcting import corrects
from tests.cases.test_replacing import sends, ticket
from tests.cases.world import PricedShop
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, WRONG_USE, Answer, done, run
from tests.oracle.rows import LineRef, Receipt
from tests.scenarios.world import LONG_AGO, NOON, TODAY, Shop


def reverses(shop: Shop, *what: str, reason: str = "Posted by mistake.") -> Answer:
    """Reverses what is named; it must be done."""
    shop.comes_in()
    return done("reverse", *what, "--reason", reason)


def refused(shop: Shop, *what: str, reason: str = "Posted by mistake.") -> set[str]:
    """Codes of a reversal that changes nothing."""
    shop.comes_in()
    before = standing(shop)
    answer = run("reverse", *what, "--reason", reason)
    assert answer.status == WRONG_USE, answer
    assert standing(shop) == before
    return {problem["code"] for problem in answer.data["problems"]}


def standing(shop: Shop) -> dict[str, object]:
    """On-hand, open debts and balances of accounts: what must be as if it had never been posted."""
    return {
        "on-hand": [row for row in shop.exports("on-hand") if row["quantity"] != "0"],
        "batch-debt": [{**row, "age_days": ""} for row in shop.exports("batch-debt")],
        "accounts": balances(shop, without=()),
    }


def numbers(shop: Shop) -> list[str]:
    return [row["statement"] for row in shop.exports("statements") if row["post_state"] == "Posted"]


def key(ref: LineRef) -> str:
    return f"{ref.store}/{ref.terminal}/{ref.number}"


@pytest.fixture
def priced(shop: Shop) -> PricedShop:
    """A shop with costs that falls back on the default batch; 10 MILK of batch A."""
    own = PricedShop(shop.folder)
    own.journal = shop.journal
    own.sells_at_cost()
    own.falls_back()
    own.receives(10, "0.60", "A")
    own.comes_in()
    return own


def test_a_reversed_statement_leaves_nothing_but_its_trace(priced: PricedShop) -> None:
    before = standing(priced)
    sale = priced.sells(4)
    priced.sells(9)
    priced.posts()
    priced.must_be_posted()
    (number,) = numbers(priced)
    answer = reverses(priced, "--statement", number)
    assert answer.data["reversed"][0]["transactions"] == 2
    assert standing(priced) == before
    assert priced.allocated(sale) == []
    assert [row["post_state"] for row in priced.exports("statements")] == ["Reversed"]
    priced.must_be_worth_what_it_costs()
    assert refused(priced, "--statement", number) == {"REVERSED_ALREADY"}


def test_its_transactions_are_posted_anew_as_before(priced: PricedShop) -> None:
    priced.sells(4)
    priced.sells(9)
    priced.posts()
    posted = standing(priced)
    (number,) = numbers(priced)
    reverses(priced, "--statement", number)
    priced.posts()
    assert standing(priced) == posted
    assert sorted(row["post_state"] for row in priced.exports("statements")) == ["Posted", "Reversed"]
    priced.must_be_worth_what_it_costs()


def test_one_transaction_alone(priced: PricedShop) -> None:
    priced.sells(4)
    priced.posts()
    before = standing(priced)
    later = priced.sells(8)
    priced.posts()
    reverses(priced, "--transaction", key(later))
    assert standing(priced) == before
    priced.must_be_worth_what_it_costs()
    assert refused(priced, "--transaction", key(later)) == {"REVERSED_ALREADY"}


def test_one_of_many_in_one_invoice_and_then_the_rest(priced: PricedShop) -> None:
    before = standing(priced)
    first = priced.sells(4)
    priced.sells(9)
    priced.posts()
    (number,) = numbers(priced)
    reverses(priced, "--transaction", key(first))
    assert priced.shelf() == {"A": "4", "DEF": "-3"}
    priced.must_be_worth_what_it_costs()
    reverses(priced, "--statement", number)
    assert standing(priced) == before
    priced.must_be_worth_what_it_costs()


def test_a_return_that_is_posted_keeps_its_sale_and_goes_first(priced: PricedShop) -> None:
    before = standing(priced)
    sale = priced.sells(12)
    priced.posts()
    back = priced.takes_back(sale, 5)
    priced.posts()
    assert refused(priced, "--transaction", key(sale)) == {"CAME_BACK_SINCE"}
    reverses(priced, "--transaction", key(back))
    assert priced.debts() == [(sale.number, "2")]
    reverses(priced, "--transaction", key(sale))
    assert standing(priced) == before
    priced.posts()
    priced.must_be_worth_what_it_costs()
    assert priced.allocated(back) == [
        ("A", "-3", "returned", "LINKED_RETURN"),
        ("DEF", "-2", "returned", "LINKED_RETURN"),
    ]


def test_what_is_not_posted_or_not_known(priced: PricedShop) -> None:
    sale = priced.sells(1)
    priced.calculates()
    assert refused(priced, "--transaction", key(sale)) == {"NOT_POSTED"}
    assert refused(priced, "--statement", priced.statement()["statement"]) == {"NOT_POSTED"}
    assert refused(priced, "--statement", "S9-000001") == {"NOT_POSTED"}
    assert refused(priced, "--transaction", "S1/T1") == {"NOT_POSTED"}
    assert refused(priced) == {"NOTHING_TO_REVERSE"}
    priced.posts()
    assert refused(priced, "--transaction", key(sale), reason=" ") == {"REASON_NEEDED"}


def test_a_return_whose_goods_were_sold_on(priced: PricedShop) -> None:
    """Where stock may not become negative, what took the goods is reversed first."""
    priced.sells_at_cost(item="SOAP", negative=False, tracked=False)
    priced.pending.receipts.append(Receipt("R-SOAP", 1, "W1", "SOAP", "", Decimal(1), LONG_AGO, unit_cost=Decimal(1)))
    sale = priced.sells(1, item="SOAP")
    priced.posts()
    back = priced.takes_back(sale, 1, item="SOAP")
    priced.posts()
    later = priced.sells(1, item="SOAP")
    priced.posts()
    assert refused(priced, "--transaction", key(back)) == {"STOCK_TAKEN_SINCE"}
    reverses(priced, "--transaction", key(later))
    reverses(priced, "--transaction", key(back))
    priced.must_be_worth_what_it_costs()
    assert Decimal(priced.shelf(item="SOAP").get("", "0")) == 0


def test_a_standard_cost_that_changed_since_is_an_adjustment(priced: PricedShop) -> None:
    sale = priced.sells(4)
    priced.posts()
    priced.costs_from_now_on("1.00")
    reverses(priced, "--transaction", key(sale))
    assert priced.account("inventory") == Decimal("10.00")
    assert priced.account("cost_of_goods") == 0
    priced.must_be_worth_what_it_costs()


def test_a_big_statement_costs_no_more_queries_than_a_small_one(priced: PricedShop) -> None:
    """Both sell more than the ten that lie there: debts and all that hangs on them are part of either."""
    counts = []
    for day, size in enumerate((12, 30)):
        for _ in range(size):
            priced.sells(1, at=NOON + timedelta(days=day))
        priced.posts()
        statement = Statement.objects.get(reversal=None, transaction_count=size)
        with CaptureQueriesContext(connection) as captured:
            reverse_statement(statement.pk, "Too much.", "maria")
        counts.append(len(captured))
        priced.journal.not_followed("reversed beside the command")
        PosTransaction.objects.filter(statement=None).update(validation_status="discarded")
    assert counts[0] == counts[1] < 70, counts


def test_exit_status_of_a_run_that_is_refused_on_the_way(priced: PricedShop) -> None:
    sale = priced.sells(1)
    priced.posts()
    answer = run("reverse", "--transaction", key(sale), "--transaction", key(sale), "--reason", "Twice.")
    assert answer.status != DONE
    priced.must_be_sound()


# -- what is right in its place ----------------------------------------------------------------------------------------


def test_the_remedy_of_what_is_posted_already_can_be_walked_by_file(priced: PricedShop) -> None:
    """Replacing is refused as long as it is posted; reversed, replaced and posted, the books hold what is right."""
    sends(priced, ticket(3), how=())
    priced.posts()
    wrong = standing(priced)
    answer, rows = sends(priced, ticket(2))
    assert [row["code"] for row in rows] == ["POSTED_ALREADY"]
    assert "reverse --transaction S1/T1/1001 --reason R" in rows[0]["message"]
    reverses(priced, "--transaction", "S1/T1/1001")
    answer, rows = sends(priced, ticket(3), how=())
    assert (answer.data["unchanged"], rows) == (1, [])
    answer, rows = sends(priced, ticket(2))
    assert rows == []
    priced.journal.not_followed("a document is replaced")
    priced.posts()
    assert priced.shelf() == {"A": "8"}
    assert standing(priced) != wrong
    assert balances(priced)["cash"] == "3.18"
    priced.must_be_worth_what_it_costs()


def test_the_remedy_of_what_is_posted_already_can_be_walked_by_a_correction(priced: PricedShop) -> None:
    before = standing(priced)
    sends(priced, ticket(3), how=())
    priced.posts()
    _, refusals = corrects(priced, ("1001", 1, "quantity", "2"))
    assert set(refusals.values()) == {"POSTED_ALREADY"}
    reverses(priced, "--transaction", "S1/T1/1001")
    _, refusals = corrects(priced, ("1001", None, "discarded", "true"))
    assert refusals == {}
    priced.posts()
    assert standing(priced) == before
    priced.must_be_worth_what_it_costs()


def test_a_correction_of_what_was_posted_in_one_step(priced: PricedShop) -> None:
    sends(priced, ticket(3), how=())
    priced.posts()
    posted = PosTransaction.objects.get()
    amounts = {"quantity": "2", "net": "3.00", "tax": "0.18"}
    corrections = [Correction(1, field, value, "Two, not three.") for field, value in amounts.items()]
    corrections.append(Correction(None, "payment:1:amount", "3.18", "Two, not three."))
    taken, result = reverse_and_correct(posted.pk, corrections, "Two, not three.", "maria")
    assert result.corrected == 1
    priced.journal.not_followed("a document is corrected")
    priced.posts()
    assert priced.shelf() == {"A": "8"}
    anew = PosTransaction.objects.get(pk=taken.transactions[posted.pk])
    assert [version.way for version in versions_of(anew.pk)] == ["corrected"]
    assert anew.statement is not None
    priced.must_be_worth_what_it_costs()


def test_a_correction_that_is_refused_takes_nothing_back(priced: PricedShop) -> None:
    sends(priced, ticket(3), how=())
    priced.posts()
    before = standing(priced)
    with pytest.raises(BusinessError):
        reverse_and_correct(PosTransaction.objects.get().pk, [Correction(9, "quantity", "2", "No such line.")], "Wrong.", "maria")
    assert standing(priced) == before
    assert not Reversal.objects.exists()


# -- closed periods ----------------------------------------------------------------------------------------------------


def test_in_a_closed_period_it_is_taken_back_today_if_asked_for(priced: PricedShop) -> None:
    before = standing(priced)
    priced.sells(4)
    priced.posts()
    (number,) = numbers(priced)
    FiscalPeriod.objects.filter(starts_on__lte=TODAY).update(status="closed")
    assert refused(priced, "--statement", number) == {"PERIOD_CLOSED"}
    assert refused(priced, "--statement", number, "--date", "2024-04-30") == {"REVERSAL_DATE_TOO_EARLY"}
    assert refused(priced, "--statement", number, "--date", TODAY.isoformat()) == {"PERIOD_CLOSED"}
    today = timezone.now().date().isoformat()
    reverses(priced, "--statement", number, "--date", today)
    assert standing(priced) == before
    backs = [row for row in priced.exports("vouchers") if row["source_kind"] == "reversal"]
    assert {row["date"] for row in backs} == {today}
    assert {row["source_id"] for row in backs} == {row["voucher"].removesuffix("-R") for row in backs}
    moved = [row for row in priced.exports("inventory-transactions") if row["source_kind"] == "reversed_pos_line"]
    assert [(row["date"], row["source_id"]) for row in moved] == [(today, "S1/T1/1/1")]
    priced.must_be_worth_what_it_costs()


# -- money -------------------------------------------------------------------------------------------------------------


def test_over_and_short_of_a_day_are_booked_anew_by_whatever_is_left(priced: PricedShop) -> None:
    """One of two sales is reversed: the drawer is as counted again once the day's next statement is posted."""
    first = priced.sells(2)
    priced.sells(2)
    priced.till_event("tender_declaration", "6.00")
    priced.parameters(statements__max_difference="100")
    priced.posts()
    posted = balances(priced)
    assert posted["over/short"] == "0.36"
    reverses(priced, "--transaction", key(first))
    priced.posts()
    assert balances(priced) == posted


def test_accounts_are_those_that_were_booked_on(priced: PricedShop) -> None:
    """A posting profile that was changed since changes nothing of what is taken back."""
    before = standing(priced)
    sale = priced.sells(2)
    priced.posts()
    profile = PostingProfile.objects.get(posting_type="revenue")
    record_history(PostingProfile, [profile.pk], "~", "As found.")
    other = MainAccount.objects.create(legal_entity=profile.legal_entity, number="4001", name="Other", account_type="revenue")
    PostingProfile.objects.filter(pk=profile.pk).update(account=other)
    record_history(PostingProfile, [profile.pk], "~", "Changed.")
    # A test is one transaction, whose moment is its beginning.
    PostingProfile.history.update(history_date=timezone.now())
    reverses(priced, "--transaction", key(sale))
    assert standing(priced) == before


def test_a_purchase_on_account_is_owed_no_longer(priced: PricedShop) -> None:
    before = standing(priced)
    priced.keeps(pos_transaction("S1", "1", NOON, line("MILK", 2), customer="C1", method="on_account"))
    priced.posts()
    reverses(priced, "--transaction", "S1/T1/1")
    assert CustomerTransaction.objects.aggregate(owed=Sum("amount"))["owed"] == 0
    assert standing(priced) == before
    priced.posts()
    assert CustomerTransaction.objects.aggregate(owed=Sum("amount"))["owed"] == Decimal("3.18")
    priced.must_be_worth_what_it_costs()


def test_what_real_batches_paid_is_undone_before_its_sale_is_reversed(priced: PricedShop) -> None:
    """The remedy is walked: undo the settlement, reverse, and nothing is left of the sale; what was undone stays to be seen."""
    sale = priced.sells(12)
    priced.posts()
    priced.receives(5, "0.60", "B", receipt="LATE")
    priced.comes_in()
    done("settle_batch_debt")
    (settlement,) = {row["settlement"] for row in priced.exports("debt-settlements")}
    answer = run("reverse", "--transaction", key(sale), "--reason", "Wrong.")
    assert (answer.codes, settlement in answer.errors) == ({"DEBT_SETTLED"}, True)
    done("undo_settlement", settlement, "--reason", "The sale is reversed.")
    reverses(priced, "--transaction", key(sale))
    assert priced.shelf() == {"A": "10", "B": "5"}
    assert priced.debts() == []
    priced.must_be_worth_what_it_costs()
    priced.posts()
    assert priced.shelf() == {"B": "3"}
    priced.must_be_worth_what_it_costs()
