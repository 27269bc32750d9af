"""The recount: books kept a second time, from the imported files alone, and compared with what headquarters exported.

It knows the product by its published rules only (docs/domain.md) and imports nothing of it. What headquarters may choose freely, such as
which valid batch serves a line, is read from the exports and judged; every quantity, debt, cost and balance is derived here.
"""

from tests.oracle.recount.books import KINDS, Books
from tests.oracle.recount.cost import Valuation
from tests.oracle.recount.documents import Judge
from tests.oracle.recount.history import History, Known
from tests.oracle.recount.money import money_differences
from tests.oracle.recount.steps import Costing, File, HandOver, Parameters, Posting, Settlements, TakingBack
from tests.oracle.recount.stock import stock_differences

__all__ = [
    "KINDS",
    "Books",
    "Costing",
    "File",
    "HandOver",
    "History",
    "Parameters",
    "Posting",
    "Settlements",
    "TakingBack",
    "recount",
    "unchecked_days",
]


def recount(history: History, books: Books) -> list[str]:
    """Every difference between the books and what the history gives, in words; none: the books are right."""
    return _recount(history, books)[0]


def unchecked_days(history: History, books: Books) -> list[str]:
    """Store days whose money is not recounted, because some of their documents wait."""
    return _recount(history, books)[1]


def _recount(history: History, books: Books) -> tuple[list[str], list[str]]:
    known = Known()
    valuation = Valuation(known)
    wrong: list[str] = []
    for step in history.steps:
        news = known.learn(step)
        wrong += news.wrong
        valuation.follow(step, news)
    judge = Judge(known)
    wrong += stock_differences(known, judge, books)
    wrong += valuation.differences(books)
    money, unchecked = money_differences(known, judge, books, valuation.accounts())
    return list(dict.fromkeys([*wrong, *money])), unchecked
