"""What holds for every decision, whatever the lines, the stock and the settings."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.decimals import ZERO
from inventory.rules.allocation import decide, decide_pool, in_order_of_choice
from inventory.rules.stock import (
    DEFAULT_BATCH,
    Allocation,
    BatchStock,
    Decision,
    Failure,
    FallbackSettings,
    Policy,
    PriorAllocation,
    Reason,
    Source,
    Stock,
)
from tests.inventory import shelf
from tests.inventory.shelf import NOON, POLICIES, POOLS, SETTINGS, Case, cases, is_valid, total_of

# A shared machine may stop any example for a while.
PATIENT = settings(deadline=None)
# Whatever is asked for can be had: the fallback is on, and nothing may refuse it.
UNLIMITED = POLICIES.map(lambda policy: replace(policy, negative_physical=True, negative_financial=True, plate_controlled=False))
ALWAYS_ON = SETTINGS.map(lambda settings: replace(settings, use_default_batch=True, default_batch_id="DEF", scope_advanced_only=False))


def run(case: Case) -> Decision:
    return decide(case.needs, case.stocks, case.earlier, case.settings)


def by_line(decision: Decision) -> dict[int, list[Allocation]]:
    found: dict[int, list[Allocation]] = defaultdict(list)
    for take in decision.takes:
        found[take.need.line_id].append(take)
    return found


def summary(decision: Decision) -> tuple[object, object]:
    """A decision without the order in which items were looked at; what is missing is told once the others have taken theirs."""
    failures = {order: [(failure.need, failure.code) for failure in failed] for order, failed in decision.failures.items()}
    return sorted(decision.takes), failures


@PATIENT
@given(cases())
def test_every_decision_adds_up(case: Case) -> None:
    """Generating a case costs more than any check of it, so these checks share theirs."""
    before = repr(case)
    decision = run(case)
    every_line_is_covered_to_the_last_piece_or_its_order_fails(case, decision)
    a_failed_order_says_which_lines_and_how_much(decision)
    no_more_comes_back_than_was_taken(case, decision)
    a_return_never_needs_negative_inventory(decision)
    a_return_after_its_sale_finds_it(case, decision)
    nothing_goes_below_zero_unless_it_may(case, decision)
    assert repr(case) == before, "deciding changed what it was given"


def every_line_is_covered_to_the_last_piece_or_its_order_fails(case: Case, decision: Decision) -> None:
    takes = by_line(decision)
    for need in case.needs:
        if need.order_id in decision.failures:
            assert need.line_id not in takes
        else:
            assert sum((take.quantity for take in takes[need.line_id]), ZERO) == need.quantity
            assert [take.ordinal for take in takes[need.line_id]] == list(range(1, len(takes[need.line_id]) + 1))
            assert all(take.quantity * need.quantity > 0 for take in takes[need.line_id])


def a_failed_order_says_which_lines_and_how_much(decision: Decision) -> None:
    for order, failed in decision.failures.items():
        assert failed
        for failure in failed:
            assert failure.need.order_id == order
            assert 0 < failure.missing <= abs(failure.need.quantity)
        assert len({failure.need.line_id for failure in failed}) == len(failed)


def no_more_comes_back_than_was_taken(case: Case, decision: Decision) -> None:
    gone: dict[tuple[int, int | None], Decimal] = defaultdict(Decimal)
    for line, takes in case.earlier.items():
        for part in takes:
            gone[line, part.batch_id] += part.quantity
    for take in decision.takes:
        if take.quantity > 0:
            gone[take.need.line_id, take.batch_id] += take.quantity
    for take in decision.takes:
        if take.need.return_of is not None:
            gone[take.need.return_of, take.batch_id] += take.quantity
    assert all(quantity >= 0 for quantity in gone.values())


def a_return_never_needs_negative_inventory(decision: Decision) -> None:
    of_returns = {"DEFAULT_BATCH_NOT_SET", "DEFAULT_BATCH_OUT_OF_SCOPE", "RETURN_OF_UNPOSTED_SALE", "RETURN_EXCEEDS_SALE"}
    for failed in decision.failures.values():
        assert {failure.code for failure in failed if failure.need.quantity < 0} <= of_returns


def a_return_after_its_sale_finds_it(case: Case, decision: Decision) -> None:
    sold = {need.line_id: need for need in case.needs if need.quantity > 0}
    for failed in decision.failures.values():
        for failure in failed:
            original = sold.get(failure.need.return_of or 0)
            if original is not None and original.line_id < failure.need.line_id and original.order_id not in decision.failures:
                assert failure.code == "RETURN_EXCEEDS_SALE"


def nothing_goes_below_zero_unless_it_may(case: Case, decision: Decision) -> None:
    moved: dict[tuple[int, int, int | None], Decimal] = defaultdict(Decimal)
    excused: set[tuple[int, int, int | None]] = set()
    default = {
        row.batch_id: DEFAULT_BATCH
        for stock in case.stocks.values()
        for row in stock.batches
        if row.is_default_batch and row.number == case.settings.default_batch_id
    }
    for take in decision.takes:
        key = (take.need.warehouse_id, take.need.item_id, default.get(take.batch_id or 0, take.batch_id))
        moved[key] += take.quantity
        if take.source in (Source.DEFAULT, Source.UNTRACKED) or take.reason is Reason.CAPTURED_NEGATIVE:
            excused.add(key)
    for (warehouse, item, batch), quantity in moved.items():
        stock = case.stocks[warehouse, item]
        rows = [row for row in stock.batches if default.get(row.batch_id, row.batch_id) == batch]
        before = sum((row.physical for row in rows), ZERO) if batch is not None else stock.physical
        if quantity > before and quantity > 0:
            assert (warehouse, item, batch) in excused
            assert stock.policy.negative_physical
            assert not (stock.policy.advanced and stock.policy.plate_controlled)


class Replay:
    """Walks through the takes of one item in the order in which they were decided, with its own idea of the stock."""

    def __init__(self, stock: Stock, settings: FallbackSettings) -> None:
        self.stock = stock
        self.settings = settings
        self.rows = {row.batch_id: row for row in stock.batches}
        self.on_hand = {row.batch_id: row.physical for row in stock.batches}

    def available(self, row: BatchStock) -> Decimal:
        return self.on_hand[row.batch_id] - row.reserved

    def valid(self, take: Allocation) -> list[BatchStock]:
        chosen = in_order_of_choice(self.rows.values(), self.stock.policy.policy)
        return [row for row in chosen if is_valid(row, take.need, self.settings)]

    def check(self, take: Allocation) -> None:
        if take.source is Source.ALLOCATED:
            assert take.batch_id is not None
            row = self.rows[take.batch_id]
            assert is_valid(row, take.need, self.settings)
            assert self.available(row) >= take.quantity
            for better in self.valid(take):
                if better.batch_id == row.batch_id:
                    break
                assert self.available(better) <= 0, f"{better.number} comes before {row.number}"
        if take.source is Source.DEFAULT:
            assert take.batch_id == DEFAULT_BATCH
            assert all(self.available(row) <= 0 for row in self.valid(take))
        if take.source is Source.CAPTURED:
            assert take.batch_id == take.need.batch_id
            assert take.batch_id is not None
            short = self.on_hand.get(take.batch_id, ZERO) < take.quantity
            assert take.reason is (Reason.CAPTURED_NEGATIVE if short else Reason.CAPTURED)

    def move(self, take: Allocation) -> None:
        if take.batch_id in self.on_hand:
            self.on_hand[take.batch_id] -= take.quantity
            row = self.rows[take.batch_id]
            if take.quantity < 0 and row.first_received_at is None:
                self.rows[take.batch_id] = row._replace(first_received_at=take.need.at)


@PATIENT
@given(cases())
def test_only_valid_batches_are_chosen_in_order_and_none_gives_more_than_it_has(case: Case) -> None:
    replays = {pool: Replay(stock, case.settings) for pool, stock in case.stocks.items()}
    for take in run(case).takes:
        replay = replays[take.need.warehouse_id, take.need.item_id]
        replay.check(take)
        replay.move(take)


def slowly(case: Case) -> Decision:
    """The sentence of the decision, word by word: take the earliest failing order out, decide everything again, until nothing fails."""
    place = {need.line_id: at for at, need in enumerate(case.needs)}
    out: dict[int, list[Failure]] = {}
    while True:
        takes: list[Allocation] = []
        failures: list[Failure] = []
        for pool, stock in case.stocks.items():
            needs = [need for need in case.needs if (need.warehouse_id, need.item_id) == pool]
            took, failed = decide_pool(needs, stock, case.earlier, case.settings, out)
            takes += took
            failures += failed
        if not failures:
            return Decision(takes, out)
        failures.sort(key=lambda failure: place[failure.need.line_id])
        first = failures[0].need.order_id
        out[first] = [failure for failure in failures if failure.need.order_id == first]


@PATIENT
@given(cases())
def test_the_fast_way_to_failing_orders_is_the_slow_one(case: Case) -> None:
    assert summary(run(case)) == summary(slowly(case))


@PATIENT
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_batches_in_the_input_does_not_matter(case: Case, random: object) -> None:
    shuffled = {}
    for pool, stock in case.stocks.items():
        rows = list(stock.batches)
        random.shuffle(rows)  # type: ignore[attr-defined]  # a random.Random in Hypothesis's clothes
        shuffled[pool] = replace(stock, batches=tuple(rows))
    assert summary(run(replace(case, stocks=shuffled))) == summary(run(case))


@PATIENT
@given(cases())
def test_the_decision_for_the_survivors_is_the_one_without_the_failed_orders(case: Case) -> None:
    decision = run(case)
    alone = run(replace(case, needs=tuple(need for need in case.needs if need.order_id not in decision.failures)))
    assert not alone.failures
    assert sorted(alone.takes) == sorted(decision.takes)
    # Orders fail as a whole; nothing else connects two items, let alone two warehouses.
    for pool, stock in case.stocks.items():
        needs = [need for need in case.needs if (need.warehouse_id, need.item_id) == pool]
        takes, failures = decide_pool(needs, stock, case.earlier, case.settings, decision.failures)
        assert not failures
        assert sorted(takes) == sorted(take for take in decision.takes if (take.need.warehouse_id, take.need.item_id) == pool)


def after(stock: Stock, takes: list[Allocation], number: str) -> Stock:
    """The stock as the next chunk would read it from the database; `number` is the default batch id."""
    rows = {row.batch_id: row for row in stock.batches}
    known = next((row.batch_id for row in stock.batches if row.is_default_batch and row.number == number), DEFAULT_BATCH)
    takes = [take._replace(batch_id=known) if take.batch_id == DEFAULT_BATCH else take for take in takes]
    if known == DEFAULT_BATCH and any(take.batch_id == DEFAULT_BATCH for take in takes):
        rows[DEFAULT_BATCH] = BatchStock(DEFAULT_BATCH, number, ZERO, ZERO, None, None, False, True)
    blank = stock.physical - sum((row.physical for row in stock.batches), ZERO)
    for take in takes:
        row = rows.get(take.batch_id) if take.batch_id is not None else None
        if row is None:
            blank -= take.quantity
        else:
            at = min(row.first_received_at or take.need.at, take.need.at) if take.quantity < 0 else None
            rows[row.batch_id] = row._replace(physical=row.physical - take.quantity, first_received_at=row.first_received_at or at)
    return replace(stock, batches=tuple(rows.values()), physical=blank + sum((row.physical for row in rows.values()), ZERO))


@PATIENT
@given(cases())
def test_two_days_in_one_chunk_are_decided_as_in_two(case: Case) -> None:
    first_day = min(need.day for need in case.needs)
    early = run(replace(case, needs=tuple(need for need in case.needs if need.day == first_day)))
    stocks = {
        pool: after(
            stock, [take for take in early.takes if (take.need.warehouse_id, take.need.item_id) == pool], case.settings.default_batch_id
        )
        for pool, stock in case.stocks.items()
    }
    late = run(Case(tuple(need for need in case.needs if need.day != first_day), stocks, earlier_after(case, early), case.settings))
    both = run(case)
    assert {**early.failures, **late.failures} == both.failures
    assert sorted((*early.takes, *late.takes)) == sorted(both.takes)


def earlier_after(case: Case, decision: Decision) -> dict[int, list[PriorAllocation]]:
    """What the database would say of posted lines after the decision is posted."""
    earlier = {line: list(takes) for line, takes in case.earlier.items()}
    for take in decision.takes:
        if take.quantity > 0:
            earlier.setdefault(take.need.line_id, []).append(PriorAllocation(take.batch_id, take.quantity))
        elif take.need.return_of is not None:
            left = -take.quantity
            rest: list[PriorAllocation] = []
            for part in reversed(earlier[take.need.return_of]):
                gone = min(left, part.quantity) if part.batch_id == take.batch_id else ZERO
                left -= gone
                if part.quantity > gone:
                    rest.append(PriorAllocation(part.batch_id, part.quantity - gone))
            earlier[take.need.return_of] = rest[::-1]
    return earlier


@settings(PATIENT, max_examples=50)
@given(cases(UNLIMITED, ALWAYS_ON, returns=False))
def test_with_the_fallback_every_sale_posts(case: Case) -> None:
    assert not run(case).failures


@PATIENT
@given(cases(UNLIMITED, ALWAYS_ON), st.integers(0, 15), st.integers(1, 20))
def test_more_stock_never_means_more_on_the_default_batch(case: Case, which: int, more: int) -> None:
    pool = POOLS[which % 3]
    rows = list(case.stocks[pool].batches)
    real = [place for place, row in enumerate(rows) if not row.is_default_batch]
    if not real:
        return
    place = real[which % len(real)]
    rows[place] = rows[place]._replace(physical=rows[place].physical + more)
    richer = replace(case.stocks[pool], batches=tuple(rows), physical=case.stocks[pool].physical + more)
    before, now = run(case), run(replace(case, stocks={**case.stocks, pool: richer}))
    assert set(now.failures) == set(before.failures)  # a return that cannot be linked fails with any stock
    assert total_of(now, "default") <= total_of(before, "default")


@settings(PATIENT, max_examples=50)
@given(
    st.lists(st.tuples(st.none() | st.integers(1, 28), st.none() | st.integers(0, 3)), max_size=6),
    st.sampled_from(Policy),
    st.randoms(),
)
def test_the_order_of_choice_is_total(facts: list[tuple[int | None, int | None]], policy: Policy, random: object) -> None:
    """Ties always break: whatever the order of the input, the same list comes out, and every batch is in it."""
    rows = [
        shelf.batch(
            f"B{place}", 1, expires=None if day is None else date(2024, 5, day), received=None if hour is None else NOON.replace(hour=hour)
        )
        for place, (day, hour) in enumerate(facts)
    ]
    expected = in_order_of_choice(rows, policy)
    random.shuffle(rows)  # type: ignore[attr-defined]  # a random.Random in Hypothesis's clothes
    assert in_order_of_choice(rows, policy) == expected
    assert sorted(expected) == sorted(rows)
