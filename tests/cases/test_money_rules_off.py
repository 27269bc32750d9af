"""Whatever validation rules are switched off: posting ends Posted, or failed with a way out and nothing wrong in the books (6.11)."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from parameters.models import DisabledRule, LegalEntity
from statements.models import Statement
from statements.rules.states import PostState
from statements.rules.validation import RULES
from statements.services.undo_calculation import clear_statement
from tests.cases.books import balances
from tests.oracle.building import line, pos_transaction
from tests.oracle.commands import DONE, PARTLY, run
from tests.oracle.rows import Customer, LineRef, Payment, Transaction
from tests.scenarios.world import NOON, Shop, milk

SWITCHABLE = sorted(rule.code for rule in RULES if not rule.always_on)
Change = Callable[[Transaction], Transaction]


def first_line(**changes: object) -> Change:
    def change(row: Transaction) -> Transaction:
        return replace(row, lines=(replace(row.lines[0], **changes), *row.lines[1:]))  # type: ignore[arg-type]  # passed on as given

    return change


# One flaw each; every rule that can be met by a file is broken by one of them.
FLAWS: dict[str, Change] = {
    "none": lambda row: row,
    "closed date": lambda row: replace(row, business_date=NOON.date() - timedelta(days=20_000)),
    "decimals": first_line(discount=Decimal("0.01")),
    "unknown customer": lambda row: replace(row, customer="NOBODY"),
    "blocked customer": lambda row: replace(row, customer="C2"),
    "blocked on account": lambda row: replace(row, customer="C2", payments=(Payment(1, "on_account", row.total),)),
    "nobody on account": lambda row: replace(row, payments=(Payment(1, "on_account", row.total),)),
    "total": lambda row: replace(row, total=row.total + 1),
    "total and payment": lambda row: replace(row, total=row.total + 1, payments=(Payment(1, "cash", row.total + 1),)),
    "net": lambda row: replace(row, net=row.net + 1, tax=row.tax - 1),
    "tax": lambda row: replace(row, tax=row.tax + 1),
    "cents": lambda row: replace(row, total=row.total + Decimal("0.05"), payments=(Payment(1, "cash", row.total),)),
    "not paid": lambda row: replace(row, payments=()),
    "overpaid": lambda row: replace(row, payments=(Payment(1, "cash", row.total + 2),)),
    "other currency": lambda row: replace(row, currency="EUR"),
    "unknown item": first_line(item="CHEESE"),
    "negative price": first_line(price=Decimal(-1)),
    "signs": first_line(quantity=Decimal(-1)),
    "unknown unit": first_line(unit="pallet"),
    "unknown batch": first_line(batch="NOPE"),
    "batch of an untracked item": first_line(item="NAILS", batch="A"),
    "return of nothing": first_line(quantity=Decimal(-1), net=Decimal(-1), return_of=LineRef("S1", "T1", "999", 1)),
    "no lines": lambda row: replace(row, lines=(), net=Decimal(0), tax=Decimal(0), total=Decimal(0), payments=()),
    "voided": lambda row: replace(row, lines=tuple(replace(part, voided=True) for part in row.lines)),
}


def subset(seed: int) -> list[str]:
    """No rule, all of them, and any share between."""
    random = Random(seed)
    return SWITCHABLE if seed == 0 else [code for code in SWITCHABLE if random.random() < seed / 6]


@pytest.mark.parametrize("flaw", sorted(FLAWS))
def test_one_flaw_with_every_rule_off(shop: Shop, flaw: str) -> None:
    post_with_flaws(shop, SWITCHABLE, [flaw])
    assert {statement.failed_state for statement in not_posted()} <= {PostState.CHECKED}
    assert all(statement.error_code for statement in not_posted())
    assert wrong_in_books(shop) == []
    walk_out(shop)
    assert [statement.number for statement in not_posted() if statement.post_state] == []
    assert wrong_in_books(shop) == []


@pytest.mark.parametrize("seed", range(6))
def test_all_flaws_with_any_subset_of_rules_off(shop: Shop, seed: int) -> None:
    post_with_flaws(shop, subset(seed), sorted(FLAWS))
    assert {statement.failed_state for statement in not_posted()} <= {PostState.CHECKED}
    assert all(statement.error_code for statement in not_posted())
    assert wrong_in_books(shop) == []
    walk_out(shop)
    assert [statement.number for statement in not_posted() if statement.post_state] == []
    assert wrong_in_books(shop) == []


def not_posted() -> list[Statement]:
    return list(Statement.objects.exclude(post_state=PostState.POSTED))


def post_with_flaws(shop: Shop, off: list[str], flaws: list[str]) -> None:
    """Posts tickets with these flaws, with these rules off."""
    shop.sells_item(negative=True)
    shop.sells_item("NAILS", tracked=False, negative=True)
    shop.has("A", 500)
    shop.falls_back()
    shop.pending.customers = [Customer("C2", blocked=True)]
    shop.comes_in()
    DisabledRule.objects.bulk_create(DisabledRule(legal_entity=LegalEntity.objects.get(), code=code) for code in off)
    for number, flaw in enumerate(flaws, 1):
        row = pos_transaction("S1", str(number), NOON + timedelta(minutes=number), milk(2), line("NAILS", 1))
        shop.keeps(FLAWS[flaw](row))
    assert shop.posts().status in (DONE, PARTLY)


def walk_out(shop: Shop) -> None:
    """Takes the way out that the remedies name: rules on, clear, validate, calculate, post."""
    DisabledRule.objects.all().delete()
    for statement in not_posted():
        clear_statement(statement.pk, "ada")
    assert run("validate_transactions").status in (DONE, PARTLY)
    assert run("calculate_statements").status == DONE
    assert run("post_statements", "--inline").status == DONE


def wrong_in_books(shop: Shop) -> list[str]:
    """What is not right: clearing that stays, rounding beyond the limit of each ticket, revenue and tax that are not those of the lines."""
    shop.must_be_sound()
    posted = Statement.objects.filter(post_state=PostState.POSTED)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    tickets = 0
    for statement in posted:
        for sale in statement.transactions.all():
            tickets += 1
            for sold in sale.lines.filter(voided=False):
                sums["revenue"] -= sold.net
                sums["tax"] -= sold.tax
    found = balances(shop)
    wrong = ["clearing"] if "clearing" in found else []
    if abs(Decimal(found.pop("rounding", "0"))) > Decimal("0.10") * tickets:
        wrong.append("rounding")
    # Discounts given stand beside gross revenue.
    found["revenue"] = f"{Decimal(found.get('revenue', '0')) + Decimal(found.get('discounts', '0')):.2f}"
    return wrong + [f"{name} {found.get(name)}" for name in ("revenue", "tax") if found.get(name, "0.00") != f"{sums[name]:.2f}"]
