"""No state without an exit: a statement is stopped by each code that can stop it, and the remedy that its page prints brings it to Posted.

The door that is walked must be on the page of the stopped statement, open to a role that has the right; what it leads to is done by the
page itself where that is a button or a form, else by the service behind it. Codes that are not walked stand in `NOT_WALKED`, with why.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from core.lib.ways import WAYS, Page
from ledger.models import FiscalPeriod, MainAccount, PostingProfile
from orders.models import Customer
from statements.models import PosTransaction, PosTransactionLine, Statement
from tests.oracle.commands import DONE
from tests.scenarios.world import Shop

CHECKED, INVOICED = "Checked", "Customer order invoiced"
COUNT = {"terminal": "T1", "method": "cash", "reason": "Counted again"}


@dataclass(frozen=True)
class Exit:
    """How a statement comes to stop with a code in a state, the way that is walked (url name), and the walk."""

    state: str
    stop: Callable[[Shop], None]
    view: str
    walk: Callable[[Shop, Client, Statement], None]


def sells_bags(shop: Shop) -> None:
    shop.sells_item("BAG", tracked=False, negative=True)
    shop.sells(1, item="BAG")


def counts_less(**parameters: str) -> Callable[[Shop], None]:
    def stop(shop: Shop) -> None:
        shop.parameters(**parameters)
        sells_bags(shop)
        shop.till_event("tender_declaration", "0.01")

    return stop


def counts_again(shop: Shop, client: Client, statement: Statement) -> None:
    total = PosTransaction.objects.get(kind="sale").total
    shop.journal.not_followed("the count is entered on the page")
    answer = client.post(f"/statements/{statement.pk}/count/", {**COUNT, "amount": f"{total:f}"})
    assert answer.status_code == 302, answer.content.decode()


def needs_milk(**item: object) -> Callable[[Shop], None]:
    def stop(shop: Shop) -> None:
        shop.sells_item(**item)  # type: ignore[arg-type]
        shop.sells(3)

    return stop


def receives_milk(shop: Shop, client: Client, statement: Statement) -> None:
    shop.has("", 100)


def switches_on(shop: Shop, client: Client, statement: Statement) -> None:
    shop.falls_back()


def widens_scope(shop: Shop, client: Client, statement: Statement) -> None:
    shop.parameters(inventory__default_batch_scope="all")


def narrow_scope(shop: Shop) -> None:
    shop.falls_back(scope="advanced")
    needs_milk(negative=True)(shop)


def over_limit(shop: Shop) -> None:
    shop.falls_back()
    shop.parameters(inventory__fallback_limit_quantity="2", inventory__fallback_over_limit="stop")
    needs_milk(negative=True)(shop)


def raises_the_limit(shop: Shop, client: Client, statement: Statement) -> None:
    shop.parameters(inventory__fallback_limit_quantity="3")


def closes_the_month(shop: Shop) -> None:
    sells_bags(shop)
    shop.calculates()
    FiscalPeriod.objects.update(status="closed")


def closes_the_stock(shop: Shop) -> None:
    sells_bags(shop)
    shop.calculates()
    FiscalPeriod.objects.update(stock_status="closed")


def opens_the_stock(shop: Shop, client: Client, statement: Statement) -> None:
    FiscalPeriod.objects.update(stock_status="open")


def opens_the_month(shop: Shop, client: Client, statement: Statement) -> None:
    FiscalPeriod.objects.update(status="open")


def loses_an_account(shop: Shop) -> None:
    sells_bags(shop)
    shop.calculates()
    PostingProfile.objects.filter(posting_type="over_short").delete()


def sets_the_account(shop: Shop, client: Client, statement: Statement) -> None:
    account = MainAccount.objects.filter(legal_entity=statement.legal_entity).earliest("pk")
    PostingProfile.objects.create(legal_entity=statement.legal_entity, posting_type="over_short", account=account)


def pays_on_account(shop: Shop) -> None:
    """The customer is put on hold between validation and posting; another sale of the day is sound."""
    sells_bags(shop)
    shop.sells(1, item="BAG", customer="C1")
    shop.calculates()
    shop.journal.not_followed("the payment becomes one on account")
    sale = PosTransaction.objects.get(customer_code="C1")
    sale.payments.update(method_id="on_account")
    Customer.objects.filter(code="C1").update(on_hold=True)


def disagrees(shop: Shop) -> None:
    sells_bags(shop)
    shop.sells(2, item="BAG")
    shop.calculates()
    shop.journal.not_followed("a line is changed behind validation")
    PosTransactionLine.objects.filter(transaction__number="2").update(net=Decimal(1000))


def revalidates(shop: Shop, client: Client, statement: Statement) -> None:
    assert client.post(f"/statements/{statement.pk}/revalidate/").status_code == 302


def captures_too_much(shop: Shop) -> None:
    shop.sells_item()
    shop.has("A", 1)
    shop.sells(3, batch="A")


def receives_the_batch(shop: Shop, client: Client, statement: Statement) -> None:
    shop.has("A", 100)


EXITS: dict[str, Exit] = {
    "DIFFERENCE_TOO_LARGE": Exit(CHECKED, counts_less(statements__max_difference="0"), "statements:count", counts_again),
    "LINE_DIFFERENCE_TOO_LARGE": Exit(CHECKED, counts_less(statements__max_line_difference="0"), "statements:count", counts_again),
    "SHIFT_DIFFERENCE_TOO_LARGE": Exit(CHECKED, counts_less(statements__max_shift_difference="0"), "statements:count", counts_again),
    "PERIOD_CLOSED": Exit(CHECKED, closes_the_month, "setup:fiscal-periods", opens_the_month),
    "STOCK_PERIOD_CLOSED": Exit(CHECKED, closes_the_stock, "setup:fiscal-periods", opens_the_stock),
    "ACCOUNT_MISSING": Exit(CHECKED, loses_an_account, "setup:posting-profiles", sets_the_account),
    "PROOF_MISMATCH": Exit(CHECKED, disagrees, "statements:revalidate", revalidates),
    "H21": Exit(CHECKED, pays_on_account, "statements:revalidate", revalidates),
    "NO_VALID_BATCH": Exit(INVOICED, needs_milk(negative=True), "parameters:retail", switches_on),
    "NEGATIVE_NOT_ALLOWED": Exit(INVOICED, needs_milk(tracked=False), "imports:start", receives_milk),
    "DEFAULT_BATCH_OUT_OF_SCOPE": Exit(INVOICED, narrow_scope, "parameters:retail", widens_scope),
    "FALLBACK_OVER_LIMIT": Exit(INVOICED, over_limit, "parameters:retail", raises_the_limit),
    "CAPTURED_BATCH_SHORT": Exit(INVOICED, captures_too_much, "imports:start", receives_the_batch),
}
# Stopped by other tests, or by what this world cannot make; each has its ways in tests/test_remedies.py.
NOT_WALKED = {
    "CURRENCY_MISMATCH": "tests/cases/test_currencies.py stops it; its way is Revalidate as for H21",
    "OTHER_COMPANY": "tests/cases stop it; its way is Revalidate as for H21",
    "G02": "tests/cases/test_gift_cards.py stops it; its way is Revalidate as for H21",
    "DEFAULT_BATCH_IS_REAL": "tests/cases/test_default_batch_is_real.py",
    "DEFAULT_BATCH_NOT_SET": "its way is the field beside that of NO_VALID_BATCH",
    "FINANCIAL_NEGATIVE_NOT_ALLOWED": "its ways are those of NEGATIVE_NOT_ALLOWED",
    "LOCATION_CANNOT_GO_NEGATIVE": "tests/scenarios/test_acceptance.py",
    "NO_PARAMETERS": "a company has its parameters from its first day",
    "NO_DIFFERENCE_TO_ACCEPT": "refuses an action, stops no statement",
    "NOTHING_TO_HOLD": "refuses an action, stops no statement",
    "RETURN_EXCEEDS_SALE": "only a correction behind the validation of the return makes it",
    "RETURN_OF_UNPOSTED_SALE": "tests/scenarios/test_returns.py",
    "UNEXPECTED_ERROR": "tests/cases/test_unforeseen.py, in every state",
}


def test_every_code_that_stops_a_statement_is_walked_or_named() -> None:
    stopping = {
        code
        for code, ways in WAYS.items()
        if any(isinstance(way, Page) and way.view in {"statements:post", "statements:count", "statements:revalidate"} for way in ways)
    }
    assert stopping == EXITS.keys() | NOT_WALKED.keys()


@pytest.mark.parametrize("code", sorted(EXITS))
def test_the_printed_remedy_leads_out(shop: Shop, client: Client, code: str) -> None:
    way = EXITS[code]
    way.stop(shop)
    shop.posts()
    statement = Statement.objects.get()
    assert (statement.failed_state, statement.error_code) == (way.state, code)

    client.force_login(User.objects.create_superuser("root"))
    page = client.get(f"/statements/{statement.pk}/").content.decode()
    door = next(way_out for way_out in WAYS[code] if isinstance(way_out, Page) and way_out.view == EXITS[code].view)
    assert str(door.words) in page, "the page prints the way"
    assert re.search(rf'(href|action)="[^"]*"[^>]*>.*{re.escape(str(door.words))}', page)
    way.walk(shop, client, statement)

    assert shop.posts().status == DONE
    statement.refresh_from_db()
    assert (statement.post_state, statement.failed_state, statement.error_code) == ("Posted", "", "")
    shop.must_be_sound()


@pytest.mark.parametrize("code", ["NO_VALID_BATCH", "PROOF_MISMATCH"])
def test_where_the_cause_stays_the_rest_of_the_day_goes_out(shop: Shop, client: Client, code: str) -> None:
    """By the buttons beside the remedy: what fails is held or leaves the statement, the rest is posted."""
    sells_bags(shop)
    (needs_milk() if code == "NO_VALID_BATCH" else disagrees)(shop)
    shop.posts()
    statement = Statement.objects.get()
    assert statement.error_code == code
    client.force_login(User.objects.create_superuser("root"))
    verb = "hold" if code == "NO_VALID_BATCH" else "revalidate"
    assert client.post(f"/statements/{statement.pk}/{verb}/").status_code == 302
    shop.posts()
    statement.refresh_from_db()
    assert statement.post_state == "Posted"
