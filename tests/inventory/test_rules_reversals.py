"""Debts and credits without some of their lines: one book whatever is taken back, and what it was where the last is taken back first."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lib.decimals import ZERO
from inventory.rules.costing import PoolCost
from inventory.rules.default_stock import DefaultStock, Place, Posting
from inventory.rules.reversals import OpenPosting, PostingUse, StockBefore, missing_stock, stock_taken_since, undo_default_stock
from tests.inventory.shelf import DAY, need

D = Decimal
PLACE = Place(1, 10, 77)
KIND = 2


@dataclass
class Book:
    """Debts, credits and their uses of one place, as the tables hold them."""

    postings: list[OpenPosting] = field(default_factory=list)
    uses: list[PostingUse] = field(default_factory=list)
    stock: Decimal = ZERO
    moved: dict[int, Decimal] = field(default_factory=dict)
    rows: int = 0

    def next_row(self) -> int:
        self.rows += 1
        return self.rows

    def moves(self, line: int, quantity: int, return_of: int | None = None) -> None:
        """A line is posted: a sale above zero, a return below."""
        of: dict[bool, list[Posting]] = {True: [], False: []}
        rows: dict[int, OpenPosting] = {}
        for row in self.postings:
            assert row.id is not None
            of[row.is_debt].append(Posting(PLACE, row.source[1], row.quantity, row.open_quantity, row.business_date, id=row.id))
            rows[row.id] = row
        stock = DefaultStock.of(of[True], of[False])
        demand = need(line, quantity, return_of=return_of)
        if quantity > 0:
            stock.take(PLACE, demand, Decimal(quantity), ZERO)
        else:
            stock.come_back(PLACE, demand, Decimal(-quantity))
        for use in stock.uses:
            assert use.posting.id is not None
            row = rows[use.posting.id]
            row.open_quantity = use.posting.open_quantity
            self.uses.append(PostingUse(row, (KIND, line), use.quantity, use.business_date, self.next_row()))
        for new, is_debt in ((stock.new_debts, True), (stock.new_credits, False)):
            self.postings += [
                OpenPosting(PLACE, is_debt, (KIND, p.line_id), p.quantity, p.open_quantity, p.business_date, id=self.next_row())
                for p in new
            ]
        self.moved[line] = Decimal(-quantity)
        self.stock -= quantity

    def undoes(self, *lines: int) -> None:
        sources = {(KIND, line) for line in lines}
        self.stock -= sum((self.moved.pop(line) for line in lines), ZERO)
        wanted = [use for use in self.uses if use.source in sources or use.posting.source in sources]
        undone = undo_default_stock(dict.fromkeys(sources, DAY), {PLACE: self.stock}, self.postings, wanted)
        for row in undone.new:
            row.id = self.next_row()
        self.postings = [row for row in undone.postings if not row.is_gone]
        self.uses = [use for use in self.uses if use.id not in undone.gone_uses]
        for use in undone.new_uses:
            use.id = self.next_row()
            self.uses.append(use)

    def must_be_one_book(self) -> None:
        debt = sum((row.open_quantity for row in self.postings if row.is_debt), ZERO)
        credit = sum((row.open_quantity for row in self.postings if not row.is_debt), ZERO)
        assert (debt, credit) == (max(ZERO, -self.stock), max(ZERO, self.stock))
        for row in self.postings:
            used = sum((use.quantity for use in self.uses if use.posting is row), ZERO)
            assert row.open_quantity == row.quantity - used, row

    def shown(self) -> list[tuple[bool, int, Decimal, Decimal]]:
        return sorted((row.is_debt, row.source[1], row.quantity, row.open_quantity) for row in self.postings)


MOVES = st.lists(st.tuples(st.integers(-5, 5).filter(bool), st.booleans()), min_size=1, max_size=8)


def played(moves: list[tuple[int, bool]]) -> tuple[Book, list[list[tuple[bool, int, Decimal, Decimal]]]]:
    """The book, and how it was shown before each move."""
    book = Book()
    before = []
    for line, (quantity, linked) in enumerate(moves, start=1):
        before.append(book.shown())
        sales = [known for known, moved in book.moved.items() if moved < 0]
        book.moves(line, quantity, return_of=sales[0] if linked and quantity < 0 and sales else None)
        book.must_be_one_book()
    return book, before


PLAYED = [
    # Sales (above zero) and returns, linked to the oldest sale or not; and the lines that are taken back together, step by step.
    ([(5, False), (-2, True), (-1, False)], [[3], [2], [1]]),
    ([(5, False), (-2, True), (3, False)], [[1], [2, 3]]),
    ([(-4, False), (3, False), (2, False)], [[1], [2], [3]]),
    ([(-4, False), (3, False), (-2, True), (5, False)], [[2, 3], [1], [4]]),
    ([(2, False), (3, False), (-4, False), (1, False)], [[1], [3], [2], [4]]),
    ([(5, False), (-5, True), (2, False), (-1, False)], [[1, 2], [4], [3]]),
    ([(-3, False), (-2, False), (4, False), (2, False)], [[1], [4], [2], [3]]),
    ([(1, False), (2, False), (2, False), (-1, False)], [[1], [4], [2, 3]]),
]


@pytest.mark.parametrize(("moves", "steps"), PLAYED)
def test_what_is_taken_back_in_any_order_leaves_one_book(moves: list[tuple[int, bool]], steps: list[list[int]]) -> None:
    book, _ = played(moves)
    for lines in steps:
        book.undoes(*lines)
        book.must_be_one_book()
    assert book.shown() == []


@given(moves=MOVES)
def test_the_last_line_taken_back_first_leaves_what_was_before_it(moves: list[tuple[int, bool]]) -> None:
    book, before = played(moves)
    for line in range(len(moves), 0, -1):
        book.undoes(line)
        assert book.shown() == before[line - 1]
        book.must_be_one_book()


@given(moves=MOVES, data=st.data())
def test_in_any_order_it_stays_one_book_and_all_of_it_leaves_nothing(moves: list[tuple[int, bool]], data: st.DataObject) -> None:
    book, _ = played(moves)
    lines = data.draw(st.permutations(range(1, len(moves) + 1)))
    while lines:
        part = data.draw(st.integers(1, len(lines)))
        book.undoes(*lines[:part])
        book.must_be_one_book()
        lines = lines[part:]
    assert book.shown() == []


def test_a_return_whose_debt_is_gone_lies_there_as_credit_of_its_line() -> None:
    book = Book()
    book.moves(1, 5)
    book.moves(2, -2)
    book.undoes(1)
    assert book.shown() == [(False, 2, Decimal(2), Decimal(2))]


def test_a_sale_whose_credit_is_gone_is_owed() -> None:
    book = Book()
    book.moves(1, -2)
    book.moves(2, 2)
    book.undoes(1)
    assert book.shown() == [(True, 2, Decimal(2), Decimal(2))]


def test_uses_that_were_not_kept_once_are_made_up_for() -> None:
    book = Book()
    book.moves(1, 5)
    book.moves(2, -2)
    book.uses.clear()
    book.undoes(2)
    assert sum(row[3] for row in book.shown()) == 5


def test_what_is_owed_without_a_use_is_owed_since_the_line_that_is_taken_back() -> None:
    """A return of before uses were kept had paid a debt that is closed: nothing of the place is open."""
    undone = undo_default_stock({(KIND, 9): DAY}, {PLACE: D(-5)}, [], [])
    assert [(row.is_debt, row.open_quantity, row.business_date) for row in undone.new] == [(True, D(5), DAY)]


def test_debts_that_no_stock_owes_any_more_are_paid_oldest_first() -> None:
    """Nothing of it was written down as a use: rows of before uses were kept."""
    first, second = (OpenPosting(PLACE, True, (KIND, line), D(line), D(line), DAY, id=line) for line in (3, 4))
    kept = PostingUse(first, (KIND, 8), D(0), DAY, id=1)
    own = PostingUse(second, (KIND, 9), D(1), DAY)
    undone = undo_default_stock({(KIND, 9): DAY}, {PLACE: D(-2)}, [first, second], [kept, own])
    assert [row.open_quantity for row in undone.changed] == [D(0), D(2)]
    assert (undone.gone, undone.new, undone.gone_uses) == ([], [], [])


def test_what_is_taken_out_and_has_left_is_missing() -> None:
    problem = stock_taken_since("S1-000001", "MILK", "", "W1", D("2.0"), "pcs")
    assert (problem.code, str(problem.params["missing"]), problem.params["batch"]) == ("STOCK_TAKEN_SINCE", "2", "-")


def test_stock_becomes_negative_only_where_it_may() -> None:
    row = StockBefore(1, Decimal(3), negative_allowed=False, is_default=False)
    assert missing_stock(Decimal(-5), row, may_be_negative=False) == 2
    assert missing_stock(Decimal(-5), row, may_be_negative=True) == ZERO
    assert missing_stock(Decimal(-3), row, may_be_negative=False) == ZERO
    assert missing_stock(Decimal(5), row._replace(physical=Decimal(-9)), may_be_negative=False) == ZERO
    owed = StockBefore(1, Decimal(-3), negative_allowed=True, is_default=True)
    assert missing_stock(Decimal(-5), owed, may_be_negative=False) == ZERO


def test_cost_is_as_it_was_and_follows_the_standard_of_today() -> None:
    cost = PoolCost(Decimal(10), Decimal("3.33"), Decimal("0.333"), moving_average=True)
    issued = cost.issue(Decimal(12))
    assert cost.reverse(Decimal(12), issued) == ZERO
    assert cost == PoolCost(Decimal(10), Decimal("3.33"), Decimal("0.333"), moving_average=True)
    dearer = PoolCost(Decimal(5), Decimal("10.00"), Decimal(2), moving_average=False)
    assert dearer.reverse(Decimal(5), Decimal("5.00")) == Decimal("5.00")
    assert dearer.value == Decimal("20.00")
    average = PoolCost(Decimal(5), Decimal("10.00"), Decimal(2), moving_average=True)
    assert average.reverse(Decimal(5), Decimal("5.00")) == ZERO
    assert (average.value, average.unit_cost) == (Decimal("15.00"), Decimal("1.5"))
    gone = PoolCost(Decimal(5), Decimal("10.00"), Decimal(2), moving_average=True)
    assert gone.reverse(Decimal(-5), Decimal("-9.99")) == Decimal("-0.01")
    assert gone.value == ZERO
