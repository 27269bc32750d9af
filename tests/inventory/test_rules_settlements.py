"""Which real batches pay open debt: proven against the largest flow, found by the smallest cut."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.rules.default_stock import Place, Posting
from inventory.rules.settlements import BlockedPeriod, OpenDebt, Payment, could_be, propose, reopen
from inventory.rules.stock import BatchStock, FallbackSettings, Policy, Stock, StockPolicy

ZERO = Decimal(0)
START = datetime(2024, 3, 1, 12, tzinfo=UTC)
DEFAULT_ROW = 99
RULES = FallbackSettings(True, "DEF", scope_advanced_only=False)
PLACE = Place(1, 2, DEFAULT_ROW)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def debt(number: int, day: int, quantity: int | str) -> OpenDebt:
    return OpenDebt(number, DEFAULT_ROW, at(day).date(), at(day), Decimal(quantity), Decimal("1.50"))


def batch(
    number: int, quantity: int | str, *, received: int | None = 0, expires: int | None = None, reserved: int = 0, blocked: bool = False
) -> BatchStock:
    first, last = None if received is None else at(received), None if expires is None else at(expires).date()
    return BatchStock(number, f"B{number}", Decimal(quantity), Decimal(reserved), last, first, blocked, is_default_batch=False)


def stock(*batches: BatchStock, policy: Policy = Policy.FEFO) -> Stock:
    how = StockPolicy(True, policy, negative_physical=True, negative_financial=True, advanced=False, plate_controlled=False)
    return Stock(how, batches=batches)


def paid(payments: Sequence[Payment]) -> list[tuple[int, int, str]]:
    return [(payment.debt.debt_id, payment.batch_id, str(payment.quantity)) for payment in payments]


def test_the_oldest_debt_is_paid_first_by_the_first_batch_of_the_policy() -> None:
    shelf = stock(batch(1, 4, expires=40), batch(2, 3, expires=30))
    assert paid(propose([debt(2, 6, 5), debt(1, 5, 4)], shelf, {}, RULES)) == [(1, 2, "3"), (1, 1, "1"), (2, 1, "3")]


@pytest.mark.parametrize(
    ("one", "pays"),
    [
        (batch(1, 5, received=5), True),
        (batch(1, 5, received=6), False),
        (batch(1, 5, received=None), False),
        (batch(1, 5, expires=5), True),
        (batch(1, 5, expires=4), False),
        (batch(1, 5, reserved=5), False),
        (batch(1, -1), False),
        (batch(1, 5, blocked=True), True),
    ],
)
def test_a_batch_pays_what_it_could_have_been_when_it_was_sold(one: BatchStock, pays: bool) -> None:
    """Whether it is blocked today says nothing of the day of the sale."""
    assert bool(propose([debt(1, 5, 1)], stock(one), {}, RULES)) is pays


@pytest.mark.parametrize(("since", "until", "pays"), [(None, None, False), (6, None, True), (None, 5, True), (4, 6, False), (5, 6, False)])
def test_a_batch_that_was_blocked_then_pays_nothing(since: int | None, until: int | None, pays: bool) -> None:
    period = BlockedPeriod(None if since is None else at(since), None if until is None else at(until))
    assert could_be(batch(1, 5), debt(1, 5, 1), [period], RULES) is pays
    assert bool(propose([debt(1, 5, 1)], stock(batch(1, 5)), {1: [period]}, RULES)) is pays


def test_an_older_debt_takes_another_batch_so_that_a_younger_one_is_paid_too() -> None:
    """By FEFO the old debt would take batch 2, the only one that the young one could have been."""
    shelf = stock(batch(1, 2, received=0, expires=60), batch(2, 2, received=0, expires=30), batch(3, 9, received=30))
    young = debt(2, 10, 2)
    blocked = {1: [BlockedPeriod(at(8), at(12))]}
    assert paid(propose([debt(1, 5, 2), young], shelf, blocked, RULES)) == [(1, 1, "2"), (2, 2, "2")]


def test_a_younger_debt_leaves_the_first_batch_to_an_older_one_over_a_third() -> None:
    """By FIFO the oldest run wants batch 1, which the youngest had; that takes batch 2, which the one between leaves for batch 3."""
    shelf = stock(batch(1, 2), batch(2, 3), batch(3, 3, expires=5), policy=Policy.FIFO)
    blocked = {2: [BlockedPeriod(at(0), at(3))]}
    found = propose([debt(0, 0, 3), debt(1, 4, 3), debt(2, 6, 3)], shelf, blocked, RULES)
    assert paid(found) == [(0, 1, "2"), (0, 3, "1"), (1, 2, "1"), (1, 3, "2"), (2, 2, "2")]


def test_the_oldest_debt_leaves_the_first_batch_to_an_older_one_rather_than_to_pay_the_youngest() -> None:
    """With all of batch 1 for the oldest as much would be paid, but of the youngest debt in place of the one between."""
    blocked = {1: [BlockedPeriod(at(2), None)], 2: [BlockedPeriod(at(1), at(2))]}
    found = propose([debt(0, 0, 1), debt(1, 1, "0.5"), debt(2, 2, "0.5")], stock(batch(1, 1), batch(2, "0.5")), blocked, RULES)
    assert paid(found) == [(0, 1, "0.5"), (0, 2, "0.5"), (1, 1, "0.5")]


def test_a_batch_that_an_exchange_set_free_goes_to_the_next_oldest_debt() -> None:
    shelf = stock(batch(1, 3), batch(2, 2), batch(3, 3), batch(4, 2, received=5))
    blocked = {
        2: [BlockedPeriod(at(2), at(4))],
        3: [BlockedPeriod(at(5), at(8)), BlockedPeriod(at(3), at(5))],
        4: [BlockedPeriod(at(4), at(8))],
    }
    found = propose([debt(0, 2, 2), debt(1, 5, 1), debt(2, 1, 1), debt(3, 3, 1), debt(4, 8, 1)], shelf, blocked, RULES)
    assert paid(found) == [(2, 1, "1"), (0, 1, "1"), (0, 3, "1"), (3, 1, "1"), (1, 2, "1"), (4, 2, "1")]


@dataclass(frozen=True)
class Case:
    debts: list[OpenDebt]
    shelf: Stock
    blocked: dict[int, list[BlockedPeriod]]
    rules: FallbackSettings

    def could(self, one: OpenDebt, by: BatchStock) -> bool:
        return could_be(by, one, self.blocked.get(by.batch_id, ()), self.rules)


DAYS = st.integers(0, 8)
QUANTITIES = st.sampled_from(["0.5", "1", "2", "3", "7"])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    debts = [debt(number, draw(DAYS), draw(QUANTITIES)) for number in range(draw(st.integers(1, 6)))]
    batches, blocked = [], {}
    for number in range(1, draw(st.integers(1, 5)) + 1):
        expires = draw(st.none() | DAYS)
        batches.append(batch(number, draw(QUANTITIES), received=draw(st.none() | DAYS), expires=expires, reserved=draw(st.integers(0, 1))))
        spans = draw(st.lists(st.tuples(DAYS, st.none() | st.integers(1, 4)), max_size=2))
        blocked[number] = [BlockedPeriod(at(first), None if more is None else at(first + more)) for first, more in spans]
    rules = FallbackSettings(True, "DEF", False, draw(st.booleans()), draw(st.booleans()))
    return Case(debts, stock(*batches, policy=draw(st.sampled_from(Policy))), blocked, rules)


def free(one: BatchStock) -> Decimal:
    return max(one.physical - one.reserved, ZERO)


def largest_flow(case: Case, debts: Sequence[OpenDebt]) -> Decimal:
    """By the smallest cut: for each set of debts, the others in full and all that the batches of the set have."""
    smallest = sum((one.quantity for one in debts), ZERO)
    for size in range(1, len(debts) + 1):
        for chosen in combinations(debts, size):
            rest = sum((one.quantity for one in debts if one not in chosen), ZERO)
            shelf = sum((free(by) for by in case.shelf.batches if any(case.could(one, by) for one in chosen)), ZERO)
            smallest = min(smallest, rest + shelf)
    return smallest


def in_order(debts: Sequence[OpenDebt]) -> list[OpenDebt]:
    return sorted(debts, key=lambda one: (one.day, one.at, one.debt_id))


@settings(max_examples=300, deadline=None)
@given(cases())
def test_nothing_more_could_be_paid_and_the_oldest_debts_least_of_all(case: Case) -> None:
    """The first N debts together are paid as much as any assignment could pay of them, for every N: so the sum is the largest, too."""
    payments = propose(case.debts, case.shelf, case.blocked, case.rules)
    of_debt: dict[int, Decimal] = defaultdict(Decimal)
    of_batch: dict[int, Decimal] = defaultdict(Decimal)
    shelf = {by.batch_id: by for by in case.shelf.batches}
    for payment in payments:
        assert payment.quantity > 0
        assert case.could(payment.debt, shelf[payment.batch_id])
        of_debt[payment.debt.debt_id] += payment.quantity
        of_batch[payment.batch_id] += payment.quantity
    assert all(quantity <= free(shelf[key]) for key, quantity in of_batch.items())
    debts = in_order(case.debts)
    assert all(of_debt[one.debt_id] <= one.quantity for one in debts)
    for count in range(1, len(debts) + 1):
        assert sum((of_debt[one.debt_id] for one in debts[:count]), ZERO) == largest_flow(case, debts[:count])
    assert propose(case.debts[::-1], case.shelf, case.blocked, case.rules) == payments


@settings(max_examples=200, deadline=None)
@given(cases())
def test_the_oldest_debt_has_as_much_of_the_first_batch_as_leaves_the_others_paid(case: Case) -> None:
    payments = propose(case.debts, case.shelf, case.blocked, case.rules)
    if not payments:
        return
    first = payments[0]
    took = first.quantity
    own = [one for one in payments if one.debt.debt_id == first.debt.debt_id]
    # One unit more of that batch for it would have to come from its own later batches, or from units that nobody else can replace.
    if len(own) > 1 and took < free(next(by for by in case.shelf.batches if by.batch_id == first.batch_id)):
        step = Decimal("0.5")
        of_debt = {one.debt_id: sum((by.quantity for by in payments if by.debt.debt_id == one.debt_id), ZERO) for one in case.debts}
        of_debt[first.debt.debt_id] -= took + step
        # What is paid of each debt stays: that a younger one could be paid in place of an older one is no reason.
        less = [one._replace(quantity=of_debt[one.debt_id]) for one in case.debts]
        shelf = [by._replace(physical=by.physical - took - step) if by.batch_id == first.batch_id else by for by in case.shelf.batches]
        rest = Case(less, stock(*shelf, policy=case.shelf.policy.policy), case.blocked, case.rules)
        total = sum((one.quantity for one in payments), ZERO)
        assert largest_flow(rest, rest.debts) < total - took - step


def lying(number: int, quantity: int | str) -> Posting:
    return Posting(PLACE, number, Decimal(9), Decimal(quantity), date(2024, 3, number), id=number)


@pytest.mark.parametrize(
    ("debts", "credits_", "owed", "more", "left"),
    [
        ([lying(1, 0)], [], {1: 5}, {}, ({1: 5}, {})),
        ([lying(1, 0)], [lying(2, 3)], {1: 5}, {}, ({1: 2}, {2: 0})),
        ([lying(1, 0)], [lying(2, 3), lying(3, 4)], {1: 5}, {}, ({}, {2: 0, 3: 2})),
        ([lying(1, 2), lying(2, 1)], [lying(3, 0)], {}, {3: 2}, ({1: 0}, {})),
        ([], [lying(3, 4)], {}, {3: -3}, ({}, {3: 1})),
    ],
)
def test_what_is_opened_again_is_one_book_with_what_lies_there(
    debts: list[Posting],
    credits_: list[Posting],
    owed: dict[int, int],
    more: dict[int, int],
    left: tuple[dict[int, Decimal], dict[int, Decimal]],
) -> None:
    found = reopen(debts, credits_, {key: Decimal(value) for key, value in owed.items()}, {key: Decimal(v) for key, v in more.items()})
    assert (found.debts, found.credits) == left
