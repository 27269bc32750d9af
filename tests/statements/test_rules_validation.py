"""Every validation rule by table: a transaction that passes and one that fails, and a meta-test that no rule lacks either.

A case changes the good transaction, or the facts, in one thing; the rule is asked alone, so other rules may find something too.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lib.messages import places_of
from core.lib.problems import REGISTRY, Problem, Severity
from inventory.rules.facts import BatchFacts, ItemFacts, Ratio
from inventory.rules.plausible import Limits
from inventory.rules.stock import FallbackSettings
from orders.rules.accounts import CustomerAccount
from orders.rules.till_lines import PosLineData, PosPaymentData, ReturnRef
from statements.rules.line_rules import captured_lines, find_stock_checks
from statements.rules.till import (
    KINDS,
    GiftCardMove,
    Original,
    PosTransactionData,
    PosTransactionKey,
    Span,
    StockQuestion,
    StoreFacts,
    ValidationContext,
)
from statements.rules.validation import RULES, keeps_off_statements, rules_for, validate

D = Decimal
DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
STORE = StoreFacts(1, "USD", "UTC", time(0, 0), D(0), 10, "W1", 100, False, False, False, False)
SALE = ReturnRef("S1", "T1", "7", 1)
SWITCHED_ON = FallbackSettings(True, "DEF", False)
SWITCHED_OFF = FallbackSettings(False, "DEF", False)

LINE = PosLineData(1, "MILK", D(2), "each", D("1.50"), D("0.20"), D("2.80"), D("0.20"), "", False, None)
GOOD = PosTransactionData(
    PosTransactionKey("S1", "T1", "8"), "sale", NOON, DAY, "USD", "", "", D("2.80"), D("0.20"), D("3.00"), None, None, None,
    (LINE,), (LINE,), (PosPaymentData(1, "cash", D("3.00")),),
)  # fmt: skip
FACTS = ValidationContext(
    stores={"S1": STORE},
    items={
        "MILK": ItemFacts(1, "each", True, True, True, False),
        "NAILS": ItemFacts(2, "each", False, True, True, False),
        "CHEESE": ItemFacts(3, "each", True, False, False, False),
    },
    customers={"C1": 1},
    batches={(1, "A"): BatchFacts(5, "available", False, date(2024, 5, 1), False)},
    conversions={("", "box", "each"): Ratio(D(12)), ("MILK", "tray", "each"): Ratio(D(6))},
    decimals={"USD": 2, "JPY": 0},
    open_dates=frozenset({(100, DAY)}),
    fallback={100: SWITCHED_ON},
    originals={SALE: Original("MILK", D(5), True, False, False)},
)


def with_lines(*lines: PosLineData) -> PosTransactionData:
    """The good transaction with other lines; its sums are left as they are."""
    return GOOD._replace(lines=lines, live=tuple(line for line in lines if not line.voided))


def with_line(**changes: Any) -> PosTransactionData:
    return with_lines(LINE._replace(**changes))


def half_a_yen(net: int) -> PosTransactionData:
    return with_line(quantity=D("0.5"), price=D(1), discount=D(0), net=D(net), tax=D(0))._replace(currency="JPY")


def back(quantity: str = "-1", **changes: Any) -> PosTransactionData:
    return with_line(quantity=D(quantity), net=D("-1.00"), return_of=SALE, **changes)


ENTITY = STORE.legal_entity_id or 0


def facts(**changes: Any) -> ValidationContext:
    return replace(FACTS, **changes)


def store(**changes: Any) -> ValidationContext:
    return facts(stores={"S1": STORE._replace(**changes)})


def batch(**changes: Any) -> ValidationContext:
    return facts(batches={(1, "A"): FACTS.batches[1, "A"]._replace(**changes)})


def stocked(quantity: str, **changes: Any) -> ValidationContext:
    return facts(available={StockQuestion(10, 1, DAY, NOON): D(quantity)}, **changes)


def event(kind: str, amount: str) -> PosTransactionData:
    return with_lines()._replace(kind=kind, net=D(0), tax=D(0), total=D(amount), payments=(PosPaymentData(1, "cash", D(amount)),))


def owed(customer: str) -> PosTransactionData:
    return GOOD._replace(customer=customer, payments=(PosPaymentData(1, "on_account", D(3)),))


def account(**changes: Any) -> ValidationContext:
    plain = CustomerAccount(walk_in=False, blocked=False, on_hold=False, credit_limit=None, open_amount=D(0))
    return facts(accounts={(ENTITY, "C1"): plain._replace(**changes)})


class Case(NamedTuple):
    """What the rule of `code` says about a transaction: the lines that it names (None: the header), nothing when it passes."""

    code: str
    why: str
    transaction: PosTransactionData
    facts: ValidationContext = FACTS
    lines: tuple[int | None, ...] = ()


HEADER: tuple[int | None, ...] = (None,)
FIRST: tuple[int | None, ...] = (1,)
VOID = LINE._replace(number=2, item="GONE", price=D(-1), voided=True, batch="X", unit="pallet", discount=D(5), net=D(9), tax=D(9))

CASES = [
    Case("H01", "open", GOOD),
    Case("H01", "closed", GOOD, facts(open_dates=frozenset()), HEADER),
    Case("H01", "no goods move", GOOD, facts(stock_closed=frozenset({(100, DAY)})), HEADER),
    Case("H01", "nothing of it is known to lie in stock", GOOD, facts(stock_closed=frozenset({(100, DAY)}), items={})),
    Case("H01", "no warehouse, no books: L14 says so", GOOD, store(legal_entity_id=None, warehouse_id=None)),
    Case("H02", "two decimals", GOOD),
    Case("H02", "no decimals in yen", GOOD._replace(currency="JPY"), FACTS, HEADER),
    Case("H02", "whole yen", with_line(discount=D(0), net=D(3), tax=D(0))._replace(
        currency="JPY", net=D(3), tax=D(0), total=D(3), payments=(PosPaymentData(1, "cash", D(3)),))),
    Case("H03", "nobody named", GOOD),
    Case("H03", "known", GOOD._replace(customer="C1")),
    Case("H03", "unknown", GOOD._replace(customer="C9"), FACTS, HEADER),
    Case("H04", "not given", GOOD),
    Case("H04", "agrees", GOOD._replace(discount=D("0.20"))),
    Case("H04", "voided lines do not count", with_lines(LINE, VOID)._replace(discount=D("0.20"))),
    Case("H04", "disagrees", GOOD._replace(discount=D("0.21")), FACTS, HEADER),
    Case("H06", "agrees", GOOD),
    Case("H06", "voided lines do not count", with_lines(LINE, VOID)),
    Case("H06", "disagrees", GOOD._replace(total=D("3.01")), FACTS, HEADER),
    Case("H07", "agrees", GOOD),
    Case("H07", "disagrees", GOOD._replace(net=D("2.81")), FACTS, HEADER),
    Case("H08", "agrees", GOOD),
    Case("H08", "disagrees", GOOD._replace(tax=D("0.21")), FACTS, HEADER),
    Case("H09", "not given", GOOD),
    Case("H09", "agrees", with_lines(LINE, VOID)._replace(item_count=D(2))),
    Case("H09", "disagrees", GOOD._replace(item_count=D(3)), FACTS, HEADER),
    Case("H10", "not given", GOOD),
    Case("H10", "agrees", GOOD._replace(paid=D(3))),
    Case("H10", "disagrees", GOOD._replace(paid=D("3.01")), FACTS, HEADER),
    Case("H13", "a line", GOOD),
    Case("H13", "no line", with_lines(), FACTS, HEADER),
    Case("H13", "voided lines only", with_lines(VOID)),
    Case("H14", "paid", GOOD),
    Case("H14", "within what the store allows", GOOD._replace(payments=(PosPaymentData(1, "cash", D("2.95")),)),
         store(rounding_limit=D("0.05"))),
    Case("H14", "beyond what the store allows", GOOD._replace(payments=(PosPaymentData(1, "cash", D("2.94")),)),
         store(rounding_limit=D("0.05")), HEADER),
    Case("H14", "overpaid", GOOD._replace(payments=(PosPaymentData(1, "cash", D("3.01")),)), FACTS, HEADER),
    Case("H14", "not paid", GOOD._replace(payments=()), FACTS, HEADER),
    Case("H14", "an expense must be paid too", GOOD._replace(kind="expense", payments=()), FACTS, HEADER),
    Case("H16", "the only one", GOOD),
    Case("H16", "a twin of another transaction", GOOD,
         facts(duplicates={PosTransactionKey("S1", "T1", "9"): PosTransactionKey("S1", "T1", "7")})),
    Case("H16", "under another number", GOOD, facts(duplicates={GOOD.key: PosTransactionKey("S1", "T1", "7")}), HEADER),
    Case("G01", "no card", GOOD),
    Case("G01", "on an item that is none", GOOD._replace(gift_cards=(GiftCardMove("GC", D(3), 1, None),)), FACTS, FIRST),
    Case("G01", "on cash", GOOD._replace(gift_cards=(GiftCardMove("GC", D(-3), None, 1),)), FACTS, HEADER),
    Case("G02", "it holds as much", GOOD._replace(gift_cards=(GiftCardMove("GC", D(-3), None, 1),)),
         facts(card_balances={(ENTITY, "GC"): D(3)})),
    Case("G02", "it gets what it gives", GOOD._replace(
        gift_cards=(GiftCardMove("GC", D(3), 1, None), GiftCardMove("GC", D(-3), None, 1)))),
    Case("G02", "it holds less", GOOD._replace(gift_cards=(GiftCardMove("GC", D(-3), None, 1),)),
         facts(card_balances={(ENTITY, "GC"): D("2.99")}), HEADER),
    Case("G02", "nobody knows it", GOOD._replace(gift_cards=(GiftCardMove("GC", D(-3), None, 1),)), FACTS, HEADER),
    Case("G03", "not blocked", GOOD._replace(gift_cards=(GiftCardMove("GC", D(-3), None, 1),)),
         facts(card_balances={(ENTITY, "GC"): D(3)})),
    Case("G03", "it gets something", GOOD._replace(gift_cards=(GiftCardMove("GC", D(3), 1, None),)),
         facts(blocked_cards=frozenset({"GC"}))),
    Case("G03", "blocked", GOOD._replace(gift_cards=(GiftCardMove("GC", D(-3), None, 1),)),
         facts(card_balances={(ENTITY, "GC"): D(3)}, blocked_cards=frozenset({"GC"})), HEADER),
    Case("CURRENCY_MISMATCH", "the store's", GOOD),
    Case("CURRENCY_MISMATCH", "another", GOOD._replace(currency="EUR"), FACTS, HEADER),
    Case("CURRENCY_MISMATCH", "the company's", GOOD, store(company_currency="USD")),
    Case("CURRENCY_MISMATCH", "not the company's", GOOD, store(company_currency="EUR"), HEADER),
    Case("H18", "no limit known", GOOD),
    Case("H18", "the last day", GOOD, facts(plausible={ENTITY: Span(DAY, DAY)})),
    Case("H18", "ahead", GOOD, facts(plausible={ENTITY: Span(date(2000, 1, 1), DAY - timedelta(days=1))}), HEADER),
    Case("H18", "back", GOOD, facts(plausible={ENTITY: Span(DAY + timedelta(days=1), date(2060, 1, 1))}), HEADER),
    Case("H19", "a removal", event("removal", "20")),
    Case("H19", "a removal with a sign", event("removal", "-20"), FACTS, HEADER),
    Case("H19", "the total alone", event("expense", "7")._replace(total=D(-7)), FACTS, HEADER),
    Case("H20", "in cash", GOOD),
    Case("H20", "a customer", owed("C1"), account()),
    Case("H20", "nobody", owed(""), account(), HEADER),
    Case("H20", "whoever walks in", owed("C1"), account(walk_in=True), HEADER),
    Case("H20", "an unknown one", owed("C9"), account(), HEADER),
    Case("H20", "a payment of nobody", event("payment", "5"), account(), HEADER),
    Case("H20", "a payment", event("payment", "5")._replace(customer="C1"), account()),
    Case("H20", "a payment on account", owed("C1")._replace(kind="payment", lines=(), live=()), account(), HEADER),
    Case("H21", "nothing against it", owed("C1"), account()),
    Case("H21", "blocked", owed("C1"), account(blocked=True), HEADER),
    Case("H21", "blocked, in cash", GOOD._replace(customer="C1"), account(blocked=True)),
    Case("H21", "on hold", owed("C1"), account(on_hold=True), HEADER),
    Case("H21", "up to the limit", owed("C1"), account(credit_limit=D(10), open_amount=D(7))),
    Case("H21", "above the limit", owed("C1"), account(credit_limit=D(10), open_amount=D("7.01")), HEADER),
    Case("H22", "not blocked", GOOD._replace(customer="C1"), account()),
    Case("H22", "blocked", GOOD._replace(customer="C1"), account(blocked=True), HEADER),
    Case("H23", "up to the limit", GOOD, facts(limits={ENTITY: Limits(amount=GOOD.total)})),
    Case("H23", "above it", GOOD, facts(limits={ENTITY: Limits(amount=GOOD.total - 1)}), HEADER),
    Case("L20", "up to the limit", GOOD, facts(limits={ENTITY: Limits(quantity=GOOD.lines[0].quantity)})),
    Case("L20", "above it", GOOD, facts(limits={ENTITY: Limits(quantity=GOOD.lines[0].quantity - 1)}), FIRST),
    Case("OTHER_COMPANY", "the same", back(), facts(originals={SALE: FACTS.originals[SALE]._replace(legal_entity_id=ENTITY)})),
    Case("OTHER_COMPANY", "another", back(), facts(originals={SALE: FACTS.originals[SALE]._replace(legal_entity_id=ENTITY + 1)}), FIRST),
    Case("L04", "known", GOOD),
    Case("L04", "unknown", with_line(item="EGGS"), FACTS, FIRST),
    Case("L04", "unknown and voided", with_lines(LINE, VOID)),
    Case("L07", "positive", GOOD),
    Case("L07", "free", with_line(price=D(0))),
    Case("L07", "negative", with_line(price=D("-0.01")), FACTS, FIRST),
    Case("L10", "both positive", GOOD),
    Case("L10", "both negative", with_line(quantity=D(-2), net=D("-2.80"))),
    Case("L10", "no quantity, money", with_line(quantity=D(0))),
    Case("L10", "quantity, no money", with_line(net=D(0))),
    Case("L10", "quantity against net", with_line(quantity=D(-2)), FACTS, FIRST),
    Case("L10", "net against quantity", with_line(net=D("-2.80")), FACTS, FIRST),
    Case("L18", "price without tax", GOOD),
    Case("L18", "price with tax", with_line(price=D("1.60"))),
    Case("L18", "discount of a return without sign", with_line(quantity=D(-2), net=D("-2.80"), tax=D("-0.20"))),
    Case("L18", "discount of a return with sign", with_line(quantity=D(-2), net=D("-2.80"), tax=D("-0.20"), discount=D("-0.20"))),
    Case("L18", "a rounded price of many", with_line(quantity=D(100), price=D("0.33"), discount=D(0), net=D("33.33"))),
    Case("L18", "within the rounding limit", with_line(net=D("2.84")), store(rounding_limit=D("0.05"))),
    Case("L18", "half a yen rounded up", half_a_yen(1)),
    Case("L18", "more than rounding", half_a_yen(2), FACTS, FIRST),
    Case("L18", "net and tax rounded to the cent", with_line(net=D("2.82"), tax=D(0)), store(rounding_limit=D(0))),
    Case("L18", "beyond the cent", with_line(net=D("2.83"), tax=D(0)), store(rounding_limit=D(0)), FIRST),
    Case("L18", "no quantity", with_line(quantity=D(0))),
    Case("L18", "quantity of another line", with_line(quantity=D(20)), FACTS, FIRST),
    Case("L18", "a bar code", with_line(quantity=D(40063813)), FACTS, FIRST),
    Case("L18", "net of another line", with_line(net=D("28.00")), FACTS, FIRST),
    Case("L18", "discount left out", with_line(discount=D(1)), FACTS, FIRST),
    Case("L19", "many", with_line(quantity=D(999_999))),
    Case("L19", "a bar code", with_line(quantity=D(40063813), price=D(0)), FACTS, FIRST),
    Case("L19", "a bar code that comes back", with_line(quantity=D(-40063813), price=D(0)), FACTS, FIRST),
    Case("L13", "the item's unit", GOOD),
    Case("L13", "converts for all items", with_line(unit="box")),
    Case("L13", "converts for this item", with_line(unit="tray")),
    Case("L13", "does not convert", with_line(unit="pallet"), FACTS, FIRST),
    Case("L13", "converts for another item only", with_line(item="NAILS", unit="tray"), FACTS, FIRST),
    Case("L13", "converts to more than fits", with_line(unit="box", quantity=D("99999999999999.0000")), FACTS, FIRST),
    Case("L14", "has one", GOOD),
    Case("L14", "has none", GOOD, store(warehouse_id=None, warehouse=""), HEADER),
    Case("L16", "no return", GOOD),
    Case("L16", "known", back()),
    Case("L16", "unknown", back(), facts(originals={}), FIRST),
    Case("L16", "of another item", back(item="CHEESE"), FACTS, FIRST),
    Case("L16", "of a return", back(), facts(originals={SALE: Original("MILK", D(-1), True, False, True)}), FIRST),
    Case("L16", "of a voided line", back(), facts(originals={SALE: Original("MILK", D(5), True, True, False)}), FIRST),
    Case("L16", "of an expense", back(), facts(originals={SALE: Original("MILK", D(5), False, False, False)}), FIRST),
    Case("L16", "positive", back("1"), FACTS, FIRST),
    Case("L16", "unknown and voided", back(voided=True), facts(originals={})),
    Case("L17", "no return", GOOD),
    Case("L17", "all of it", back("-5")),
    Case("L17", "more than was sold", back("-5.0001"), FACTS, FIRST),
    Case("L17", "more than is left", back("-2"), facts(returned={SALE: D(4)}), FIRST),
    Case("L17", "what is left", back("-1"), facts(returned={SALE: D(4)})),
    Case("L17", "two lines together", with_lines(back("-3").live[0], back("-3").live[0]._replace(number=2)), FACTS, (2,)),
    Case("L17", "in another unit", back("-1", unit="box"), FACTS, FIRST),
    Case("L17", "sale of an unknown unit: cannot be told", back("-99"),
         facts(originals={SALE: Original("MILK", None, True, False, False)})),
    Case("B01", "none captured", GOOD),
    Case("B01", "known", with_line(batch="A")),
    Case("B01", "unknown", with_line(batch="X"), FACTS, FIRST),
    Case("B01", "a batch of another item", with_line(item="CHEESE", batch="A"), FACTS, FIRST),
    Case("B01", "the default batch is no batch", with_line(batch="A"), batch(is_default_batch=True), FIRST),
    Case("B02", "tracked", with_line(batch="A")),
    Case("B02", "not tracked, none captured", with_line(item="NAILS")),
    Case("B02", "not tracked", with_line(item="NAILS", batch="A"), FACTS, FIRST),
    Case("B03", "available", with_line(batch="A")),
    Case("B03", "blocked", with_line(batch="A"), batch(blocks_sale=True, disposition="blocked"), FIRST),
    Case("B03", "blocked, a return", with_line(batch="A", quantity=D(-1)), batch(blocks_sale=True)),
    Case("B04", "expires that day", with_line(batch="A")),
    Case("B04", "no date", with_line(batch="A"), batch(expires_on=None)),
    Case("B04", "expired the day before", with_line(batch="A"), batch(expires_on=date(2024, 4, 30)), FIRST),
    Case("B04", "not sellable on the day", with_line(batch="A"),
         facts(fallback={100: replace(SWITCHED_ON, sellable_on_expiration_date=False)}), FIRST),
    Case("B05", "the default batch takes it", GOOD),
    Case("B05", "stock covers it", GOOD, stocked("2", fallback={100: SWITCHED_OFF})),
    Case("B05", "switch off, stock short", GOOD, stocked("1.9999", fallback={100: SWITCHED_OFF}), FIRST),
    Case("B05", "no stock at all", GOOD, facts(fallback={100: SWITCHED_OFF}), FIRST),
    Case("B05", "negative not allowed", with_line(item="CHEESE"), FACTS, FIRST),
    Case("B05", "negative allowed by the store", with_line(item="CHEESE"), store(negative_physical=True)),
    Case("B05", "out of scope", GOOD, facts(fallback={100: replace(SWITCHED_ON, scope_advanced_only=True)}), FIRST),
    Case("B05", "not tracked", with_line(item="NAILS"), facts(fallback={100: SWITCHED_OFF})),
    Case("B05", "captured", with_line(batch="A"), facts(fallback={100: SWITCHED_OFF})),
    Case("B05", "a return", back(), facts(fallback={100: SWITCHED_OFF})),
    Case("B05", "a return without its sale", with_line(quantity=D(-1), net=D(-1)), facts(fallback={100: SWITCHED_OFF}), FIRST),
    Case("B05", "in the item's unit", with_line(unit="box"), stocked("23", fallback={100: SWITCHED_OFF}), FIRST),
    Case("B06", "made on first use", GOOD),
    Case("B07", "as the batch has it", with_line(batch="A", expires_on=date(2024, 5, 1))),
    Case("B07", "nothing scanned", with_line(batch="A")),
    Case("B07", "the batch has no date", with_line(batch="A", expires_on=date(2024, 5, 9)), batch(expires_on=None)),
    Case("B07", "another date", with_line(batch="A", expires_on=date(2024, 5, 9)), FACTS, FIRST),
    Case("B07", "another date, a return", with_line(batch="A", quantity=D(-1), expires_on=date(2024, 5, 9)), FACTS, FIRST),
    Case("B04", "expired as scanned", with_line(batch="A", expires_on=date(2024, 4, 30)), batch(expires_on=None), FIRST),
    Case("B06", "there already", GOOD, facts(batches={(1, "DEF"): BatchFacts(9, "available", False, None, True)})),
    Case("B06", "a real batch", GOOD, facts(batches={(1, "DEF"): BatchFacts(9, "available", False, None, False)}), FIRST),
    Case("B06", "blocked", GOOD, facts(batches={(1, "DEF"): BatchFacts(9, "blocked", True, None, True)}), FIRST),
    Case("B06", "a real batch, switch off", GOOD,
         facts(fallback={100: SWITCHED_OFF}, batches={(1, "DEF"): BatchFacts(9, "available", False, None, False)})),
]  # fmt: skip


def ask(case: Case) -> list[Problem]:
    """What all rules find, with the stock questions that go with the facts."""
    complete = replace(case.facts, stock_checks=find_stock_checks([case.transaction], case.facts))
    return validate(case.transaction, complete)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code} {case.why}" for case in CASES])
def test_rule(case: Case) -> None:
    found = [problem for problem in ask(case) if problem.code == case.code]
    assert tuple(problem.line for problem in found) == case.lines
    for problem in found:
        assert str(problem.message).endswith((".", ".)"))
        assert places_of(problem.message.text) == problem.message.params.keys()
        assert problem.severity is REGISTRY[case.code].severity


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_pass_and_a_fail_row(rule: Any) -> None:
    rows = [case for case in CASES if case.code == rule.code]
    assert any(not case.lines for case in rows), f"{rule.code} has no row that passes"
    assert any(case.lines for case in rows), f"{rule.code} has no row that fails"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_sentence_of_a_rule_is_said_by_a_row(rule: Any) -> None:
    said = {problem.variant for case in CASES if case.code == rule.code for problem in ask(case) if problem.code == rule.code}
    assert said == ({""} if isinstance(rule.text, str) else rule.text.keys())


def test_the_good_transaction_is_good() -> None:
    assert ask(Case("", "", GOOD)) == []


def test_codes_are_not_used_twice_and_are_registered() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(REGISTRY[code].area == "validation" for code in codes)


def test_warnings_do_not_keep_a_transaction_off_statements() -> None:
    warnings = {rule.code for rule in RULES if rule.severity is Severity.WARNING}
    assert warnings == {"H16", "H22", "H23", "L20", "G03", "B03", "B04", "B05", "B06", "B07"}
    assert not keeps_off_statements([Problem(code, severity=Severity.WARNING) for code in warnings])
    assert keeps_off_statements([Problem("B05", severity=Severity.WARNING), Problem("L04")])


def test_a_rule_that_is_switched_off_is_not_asked() -> None:
    wrong = GOOD._replace(customer="C9")
    assert {problem.code for problem in validate(wrong, FACTS)} == {"H03"}
    assert validate(wrong, FACTS, frozenset({"H03"})) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sale", "payment")])
def test_till_events_are_not_asked_about_goods_and_sums(kind: str) -> None:
    """A declaration has no lines and its total means nothing; what it names must exist all the same."""
    event = with_lines()._replace(kind=kind, net=D(0), tax=D(5), total=D(7), payments=(PosPaymentData(1, "cash", D(7)),))
    assert validate(event, FACTS) == []
    assert {rule.code for rule in rules_for(kind, frozenset())} >= {"H01", "H02", "H03", "CURRENCY_MISMATCH", "L14"}
    assert {problem.code for problem in validate(event, store(warehouse_id=None))} == {"L14"}


AMOUNTS = st.decimals(-1000, 1000, places=2)
CHANGES: list[Callable[[Decimal], PosTransactionData]] = [
    lambda amount: GOOD._replace(total=amount),
    lambda amount: GOOD._replace(net=amount),
    lambda amount: GOOD._replace(tax=amount),
    lambda amount: GOOD._replace(payments=(PosPaymentData(1, "cash", amount),)),
    lambda amount: with_line(net=amount),
    lambda amount: with_line(tax=amount),
]


@given(AMOUNTS, st.sampled_from(CHANGES))
def test_no_wrong_sum_gets_through(amount: Decimal, change: Callable[[Decimal], PosTransactionData]) -> None:
    """Whatever amount is replaced by whatever other one: the transaction is good only if it is the same as before."""
    changed = change(amount)
    assert keeps_off_statements(validate(changed, FACTS)) == (changed != GOOD)


@given(st.decimals(-99999, 99999, places=4), st.sampled_from(["each", "box", "tray"]))
def test_quantities_in_stock_units_keep_their_sign_and_scale(quantity: Decimal, unit: str) -> None:
    line = LINE._replace(quantity=quantity, unit=unit)
    stock = FACTS.stock_quantity(line)
    assert stock is not None
    assert stock == quantity * {"each": 1, "box": 12, "tray": 6}[unit]
    assert stock == stock.quantize(D("0.0001"))


def test_a_captured_batch_of_an_unknown_item_is_left_to_the_rule_of_items() -> None:
    assert list(captured_lines(with_line(item="GONE", batch="A"), FACTS)) == []
    assert [row.batch for row, _ in captured_lines(with_line(batch="A"), FACTS)] == ["A"]
