"""Hold failing transactions: the receipt that cannot be posted goes to a supplement, the rest of the day posts, the money adds up."""

from decimal import Decimal

from tests.oracle.commands import DONE, PARTLY
from tests.scenarios.world import Shop


def test_the_failing_receipt_is_held_and_the_rest_posts(shop: Shop) -> None:
    shop.sells_item(negative=False)
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.parameters(**{"posting.hold_failing_transactions": "true"})
    good = shop.sells(1, item="NAILS")
    bad = shop.sells(3)
    answer = shop.posts()
    assert answer.status == PARTLY
    assert (answer.data["posted"], answer.data["failed"], answer.data["held"]) == (1, 0, 1)
    rows = {row["post_state"]: row for row in shop.exports("statements")}
    assert set(rows) == {"Posted", ""}
    assert (rows["Posted"]["transactions"], rows[""]["transactions"]) == ("1", "1")
    assert rows[""]["error_code"] == "NO_VALID_BATCH"
    assert shop.batches_of(good) == {"": "1"}
    assert shop.batches_of(bad) == {}

    shop.has("A", 3)
    assert shop.posts().status == DONE
    assert {row["post_state"] for row in shop.exports("statements")} == {"Posted"}
    assert shop.batches_of(bad) == {"A": "3"}
    invoices = shop.exports("invoices")
    assert len(invoices) == 2
    assert sum(Decimal(row["total"]) for row in invoices) == sum(Decimal(row["total"]) for row in rows.values())
    shop.must_be_sound()


def test_without_the_switch_the_whole_order_waits(shop: Shop) -> None:
    shop.sells_item(negative=False)
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.sells(1, item="NAILS")
    shop.sells(3)
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
    assert shop.exports("invoices") == []


def test_a_statement_of_which_everything_fails_stands_in_its_error_state(shop: Shop) -> None:
    shop.sells_item(negative=False)
    shop.parameters(**{"posting.hold_failing_transactions": "true"})
    shop.sells(3)
    assert shop.posts().status == PARTLY
    shop.must_stand_at_invoicing("NO_VALID_BATCH")
